// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_search.c - where the breaks of a kinked experience curve lie, by least squares on logarithms.
 *
 * Two and more breaks are placed on the points first, all at once (kinked_together.c). Then every break is placed anew until none
 * can improve (kinked_places.c). Newton steps over all parameters end it (kinked_polish.c).
 *
 * A segment has two different points or more, and breaks are a doubling or more apart. Where the best place lies on that limit the
 * box of the fit is narrowed to it, so that the fit says so. Where several places serve nearly as well as the best they are starts
 * too, and the fit says that as well.
 */
#include "curves/kinked_search.h"

#include <math.h>

/* A rival is a set whose sum of squares lies within that of the best plus this many residual variances. */
static const double RIVAL = 3.84;
/* How much may be won where breaks move together, as a ratio of sums of squares. */
static const double NEAR_BEST = 1.1, NEARLY = 1.01;

/* Evenly spread, where the search has no place for a break: too few different points, or a box that leaves none. */
static void spread(const series *s, set *even)
{
    for (size_t k = 0; k < s->breaks; k++)
        even->at[k] = s->x[0] + (double)(k + 1) / (double)(s->breaks + 1) * (s->x[s->n - 1] - s->x[0]);
}

/* Moves breaks inside their ranges, and a doubling apart as far as those allow. */
static void separate(const series *s, set *of)
{
    for (size_t k = 0; k < s->breaks; k++) {
        double least = k > 0 ? of->at[k - 1] + DOUBLING : -INFINITY;
        of->at[k] = fmin(fmax(fmax(of->at[k], least), s->low[k]), s->high[k]);
    }
    for (size_t k = s->breaks; k-- > 1;) of->at[k - 1] = fmax(fmin(of->at[k - 1], of->at[k] - DOUBLING), s->low[k - 1]);
    of->left = cc_kinked_left_of(s, of);
}

/* Sets that serve nearly as well as the best: one break elsewhere, and the others beside it. */
static size_t rivals(const series *s, set *found, size_t count, size_t most)
{
    double limit = found[0].left * (1 + RIVAL / fmax((double)s->n - 2 - 2 * (double)s->breaks, 1));
    for (size_t slot = 0; slot < s->breaks; slot++)
        for (int side = 0; side < 2; side++) {
            base b;
            double low, high;
            if (s->low[slot] == s->high[slot]) continue;
            cc_kinked_factorise(s, &found[0], slot, &b);
            size_t cell = cell_of(s, found[0].at[slot]), reach = 2 * s->stride;
            cc_kinked_window(s, &found[0], slot, &low, &high);
            if (side == 0) high = fmin(high, cell > reach ? s->x[cell - reach] : -INFINITY);
            if (side == 1) low = fmax(low, cell + reach < s->n ? s->x[cell + reach] : INFINITY);
            if (!(low <= high)) continue;
            spot elsewhere = cc_kinked_best_place(s, &b, low, high, s->stride);
            if (!(elsewhere.left < limit)) continue;
            set one = found[0];
            one.at[slot] = elsewhere.at;
            cc_kinked_order(s, &one);
            one.left = cc_kinked_left_of(s, &one);
            cc_kinked_improve(s, &one, true);
            if (one.left < limit) count = cc_kinked_keep(s, found, count, most, &one);
        }
    while (count > 1 && !(found[count - 1].left <= limit)) count--;
    return count;
}

/* Brings the set to the front that is the best once breaks may move together, of those that come near the best so far. */
static void prefer(const series *s, set *found, size_t count)
{
    size_t first = 0;
    double least = INFINITY;
    if (count < 2) return;
    for (size_t k = 0; k < count && found[k].left <= NEAR_BEST * found[0].left; k++) {
        position at = cc_kinked_settle(s, &found[k]);
        if (!(at.left < least)) continue;
        least = at.left;
        first = k;
    }
    set best = found[first];
    best.left = fmin(best.left, least);
    for (size_t k = first; k-- > 0;) found[k + 1] = found[k];
    found[0] = best;
}

/* Puts each of two and more breaks aside, lets the others follow, and then all: one at a time they may rest in a lesser minimum. */
static void shake(series *s, set *best)
{
    for (size_t slot = 0; slot < s->breaks; slot++)
        for (int side = -2; side <= 2; side++) {
            size_t cell = cell_of(s, best->at[slot]);
            if (side == 0 || (int64_t)cell + side < 1 || (int64_t)cell + side >= (int64_t)s->n) continue;
            cell = (size_t)((int64_t)cell + side);
            set one = *best;
            double low = s->low[slot], high = s->high[slot], at = (s->x[cell - 1] + s->x[cell]) / 2;
            one.at[slot] = at;
            if (!(at >= low && at <= high) || !cc_kinked_fits(s, one.at, 1)) continue;
            one.left = cc_kinked_left_of(s, &one);
            s->low[slot] = s->high[slot] = at;
            cc_kinked_improve(s, &one, true);
            s->low[slot] = low;
            s->high[slot] = high;
            cc_kinked_improve(s, &one, true);
            if (!(one.left < best->left * NEARLY)) continue;
            position end = cc_kinked_settle(s, &one);
            if (!(end.left < best->left * (1 - 1e-9))) continue;
            for (size_t k = 0; k < s->breaks; k++) best->at[k] = end.at[CC_BREAK(k + 1)];
            best->left = end.left;
        }
}

/* Narrows the box to what keeps segments two points and breaks a doubling, where the best set presses against that. */
static bool hold(const series *s, const position *of, const double *theta, const cc_points *points)
{
    bool held = false;
    double unused[MOST_P][MOST_P], right[MOST_P];
    cc_kinked_equations(s, of->at, unused, right, false);
    for (size_t k = 1; k <= s->breaks; k++) {
        size_t j = CC_BREAK(k);
        bool low = (k > 1 && of->tied[k]) || (of->at[j] <= of->low[j] && of->low[j] > s->box_low[j]);
        bool high = (k < s->breaks && of->tied[k + 1]) || (of->at[j] >= of->high[j] && of->high[j] < s->box_high[j]);
        if (s->box_low[j] == s->box_high[j]) continue;
        /* a hair's breadth where it presses against both: a parameter without any would count as held by the user */
        bool up = right[j] > 0;
        double hair = low && high ? 1e-12 * theta[j] : 0;
        if (low) points->lower[j] = fmax(points->lower[j], up ? theta[j] - hair : theta[j]);
        if (high) points->higher[j] = fmin(points->higher[j], up ? theta[j] : theta[j] + hair);
        held = held || low || high;
    }
    return held;
}

/* Every break anew where its best place may have come to be elsewhere once breaks moved together. */
static position settle_again(const series *s, position at)
{
    for (int round = 0; round < 3; round++) {
        set moved = {.left = at.left};
        for (size_t b = 0; b < s->breaks; b++) moved.at[b] = at.at[CC_BREAK(b + 1)];
        cc_kinked_improve(s, &moved, true);
        if (!(moved.left < at.left * (1 - 1e-9))) break;
        position next = cc_kinked_settle(s, &moved);
        if (!(next.left < at.left)) break;
        at = next;
    }
    return at;
}

/* Breaks that are held or that the user starts from, NaN elsewhere; returns how many. */
static size_t read_given(series *s, const cc_points *points, set *begin)
{
    size_t given = 0;
    for (size_t k = 0; k < s->breaks; k++) {
        size_t j = CC_BREAK(k + 1);
        double at = s->box_low[j] == s->box_high[j] ? s->box_low[j] : log(points->given[j]) - s->x_origin;
        begin->at[k] = isfinite(at) ? at : NAN;
        given += isfinite(at);
        s->slots = s->slots || isfinite(at);
    }
    return given;
}

/* All breaks are given: the minimum below them, `near`: without a look at other places. */
static size_t follow(const series *s, set *begin, bool near, set *found)
{
    separate(s, begin);
    if (!cc_kinked_fits(s, begin->at, 1)) begin->left = INFINITY; /* any place that does is better */
    if (!near || begin->left == INFINITY) cc_kinked_improve(s, begin, true);
    found[0] = *begin;
    return 1;
}

/* Sets with a place for every break, the best first. */
static size_t place(const series *s, set *found)
{
    set kept[KEPT];
    size_t n_kept = cc_kinked_together(s, kept), count = 0;
    for (size_t k = 0; k < n_kept; k++) {
        if (s->boxed) kept[k].left = cc_kinked_left_of(s, &kept[k]);
        cc_kinked_improve(s, &kept[k], false);
        count = cc_kinked_keep(s, found, count, KEPT, &kept[k]);
    }
    return count;
}

/* The best set and those that serve nearly as well. Breaks that are given stay where they are, and are freed in the end. */
static size_t seek(series *s, set *begin, size_t given, set *found, size_t most)
{
    for (size_t k = 0; k < s->breaks; k++)
        if (!isnan(begin->at[k])) s->low[k] = s->high[k] = begin->at[k];
    size_t count = place(s, found);
    cc_kinked_free_breaks(s);
    if (count == 0) {
        spread(s, begin);
        separate(s, begin);
        found[0] = *begin;
    } else {
        prefer(s, found, count);
        if (s->breaks > 1 && given == 0 && !s->boxed) shake(s, &found[0]);
        if (s->stride > 1 || given > 0) cc_kinked_improve(s, &found[0], true);
    }
    return given == 0 && !s->boxed ? rivals(s, found, 1, most) : count + (count == 0);
}

/* A position as parameters of the curve; false where one is not finite. */
static bool write(const series *s, const position *of, double *theta)
{
    size_t p = 2 + 2 * s->breaks;
    bool finite = true;
    theta[0] = exp(of->at[0] + s->y_origin + of->at[1] * s->x_origin);
    for (size_t j = 1; j < p; j++) theta[j] = j % 2 ? of->at[j] : exp(of->at[j] + s->x_origin);
    for (size_t j = 0; j < p; j++) finite = finite && isfinite(theta[j]);
    return finite;
}

size_t cc_kinked_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    series s = {.breaks = (self->p - 2) / 2};
    set begin = {.left = INFINITY}, found[KEPT];
    if (!cc_kinked_read(&s, points)) return 0;
    if (most > KEPT) most = KEPT;
    size_t given = read_given(&s, points, &begin), written = 0;
    size_t count = given == s.breaks ? follow(&s, &begin, points->near, found) : seek(&s, &begin, given, found, most);
    for (size_t k = 0; k < count && written < most; k++) {
        position at = cc_kinked_settle(&s, &found[k]);
        if (k == 0 && s.breaks > 1 && !s.boxed && !points->near) at = settle_again(&s, at);
        double *theta = start + written * self->p;
        if (!write(&s, &at, theta)) continue;
        written++;
        /* a start that is held to a limit is the only one: the box is its own */
        if (written == 1 && hold(&s, &at, theta, points)) break;
    }
    return written;
}
