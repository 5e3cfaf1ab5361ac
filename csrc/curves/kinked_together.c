// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_together.c - places for all breaks at once, on a list of candidates.
 *
 * The least sum of squares up to a break, as a function of the curve's value there, is the lower envelope of parabolas, and the
 * envelope at one break follows from those at the breaks before it (the recursion of Fearnhead, Maidstone and Letchford 2019,
 * J. Computational and Graphical Statistics 28, 265-275, for a given number of breaks). Of each envelope the parabolas are kept
 * that lie lowest at a few values about the data.
 */
#include "curves/kinked_search.h"

#include <gsl/gsl_sort.h>
#include <math.h>

enum {
    PLACES = 48, /* at which breaks are sought, ends of ranges apart */
    NODES = 16   /* values at which an envelope is kept */
};

/* a v^2 - 2 b v + c: the least sum of squares up to a place where the curve has value v; which place and node it came from. */
typedef struct parabola {
    double a, b, c;
    int place, node;
} parabola;

enum { MOST_PLACES = PLACES + 2 * CC_MOST_BREAKS };

typedef struct envelopes {
    size_t n_places;
    int nodes; /* of one break alone nothing depends on the value there */
    double at[MOST_PLACES];
    size_t cell[MOST_PLACES], first[MOST_PLACES], end[MOST_PLACES];
    double node[MOST_PLACES][NODES];
    parabola best[CC_MOST_BREAKS][MOST_PLACES][NODES];
} envelopes;

/* The sums over the points past one cell and before another, about a place. */
static void sums_between(const series *s, size_t from, size_t to, double at, double *t)
{
    for (int k = 0; k < SUMS; k++) t[k] = s->sum[SUMS * from + (size_t)k] - s->sum[SUMS * to + (size_t)k];
    t[2] += at * (at * t[0] - 2 * t[1]);
    t[1] -= at * t[0];
    t[4] -= at * t[3];
}

/* The points of a first or last segment: any line that has value v at the place. */
static parabola outer_segment(const series *s, size_t from, size_t to, double at)
{
    double t[SUMS];
    sums_between(s, from, to, at, t);
    parabola q = {t[0], t[3], t[5], -1, 0};
    if (t[2] > 1e-12 * (s->sum[2] + at * at * s->sum[0])) {
        q.a -= t[1] * t[1] / t[2];
        q.b -= t[1] * t[4] / t[2];
        q.c -= t[4] * t[4] / t[2];
    }
    return q;
}

/* Sorted places: on the points, evenly between those of a short series, where ranges end. */
static void choose_places(const series *s, envelopes *e)
{
    size_t n = s->n < PLACES ? s->n : PLACES, parts = (PLACES - 1) / (n - 1), m = 0;
    for (size_t k = 0; k + 1 < n; k++) {
        double from = s->x[k * (s->n - 1) / (n - 1)], to = s->x[(k + 1) * (s->n - 1) / (n - 1)];
        for (size_t part = 0; part < parts; part++) e->at[m++] = from + (to - from) * (double)part / (double)parts;
    }
    e->at[m++] = s->x[s->n - 1];
    for (size_t k = 0; k < s->breaks; k++) {
        if (isfinite(s->low[k])) e->at[m++] = s->low[k];
        if (isfinite(s->high[k]) && s->high[k] > s->low[k]) e->at[m++] = s->high[k];
    }
    gsl_sort(e->at, 1, m);
    e->n_places = 0;
    e->nodes = s->breaks > 1 ? NODES : 1;
    for (size_t k = 0; k < m; k++)
        if (k == 0 || e->at[k] > e->at[k - 1]) e->at[e->n_places++] = e->at[k];
    for (size_t k = 0; k < e->n_places; k++) {
        e->first[k] = first_at(s, e->at[k]);
        e->end[k] = end_at(s, e->at[k]);
        size_t cell = e->cell[k] = cell_of(s, e->at[k]), from = cell > 4 ? cell - 4 : 0,
               to = cell + 4 < s->n ? cell + 4 : s->n;
        e->node[k][0] = 0;
        if (e->nodes == 1) continue;
        /* about a line through the nearest points, as far as those scatter */
        parabola near = outer_segment(s, from, to, e->at[k]);
        double centre = near.a > 0 ? near.b / near.a : 0, left = near.a > 0 ? near.c - near.b * centre : 0;
        double spread = sqrt(fmax(left, 1e-12 * s->size) / (s->sum[0] * (double)(to - from) / (double)s->n));
        for (int g = 0; g < e->nodes; g++) e->node[k][g] = centre + 3 * spread * (2.0 * g / (NODES - 1) - 1);
    }
}

/* Enters a parabola where it lies lowest. */
static void enter(envelopes *e, size_t slot, size_t place, const parabola *q)
{
    parabola *best = e->best[slot][place];
    for (int g = 0; g < e->nodes; g++) {
        double v = e->node[place][g], own = (q->a * v - 2 * q->b) * v + q->c;
        if (own < (best[g].a * v - 2 * best[g].b) * v + best[g].c) best[g] = *q;
    }
}

static bool allowed(const series *s, const envelopes *e, size_t slot, size_t place)
{
    return e->at[place] >= s->low[slot] && e->at[place] <= s->high[slot];
}

/* Whether a segment from one place to another, exclusive, leaves a distance and two points; what is held may do as it likes. */
static bool segment_fits(const series *s, const envelopes *e, size_t slot, size_t from, size_t to)
{
    if (e->at[to] - e->at[from] < CC_LEAST_DISTANCE) return false;
    bool held = s->low[slot - 1] == s->high[slot - 1] && s->low[slot] == s->high[slot];
    return held || two_places(s, e->first[from], e->end[to]);
}

/* The envelopes of break `slot` from those of the one before. */
static void recur(const series *s, envelopes *e, size_t slot)
{
    for (size_t to = 0; to < e->n_places; to++) {
        if (!allowed(s, e, slot, to)) continue;
        for (size_t from = 0; from < to; from++) {
            const parabola *before = e->best[slot - 1][from];
            if (!(before[0].c < INFINITY) || !segment_fits(s, e, slot, from, to)) continue;
            /* the segment's own sum of squares: aa u^2 + 2 ab u v + bb v^2 - 2 ay u - 2 by v + yy, u and v its ends */
            double t[SUMS], length = e->at[to] - e->at[from];
            sums_between(s, e->cell[from], e->cell[to], e->at[from], t);
            double first = t[1] / length, bb = t[2] / (length * length), by = t[4] / length;
            double ab = first - bb, aa = t[0] - first - ab, ay = t[3] - by;
            for (int g = 0; g < e->nodes; g++) {
                const parabola *q = &before[g];
                if (g > 0 && q->place == q[-1].place && q->node == q[-1].node && q->c == q[-1].c) continue;
                double whole = q->a + aa, share = whole > 0 ? 1 / whole : 0, pull = q->b + ay;
                parabola next = {bb - ab * ab * share, by - ab * pull * share, q->c + t[5] - pull * pull * share,
                                 (int)from, g};
                enter(e, slot, to, &next);
            }
        }
    }
}

/* The best set whose last break is at a place. */
static set close_set(const series *s, const envelopes *e, size_t end)
{
    set best = {.left = INFINITY};
    size_t last = s->breaks - 1;
    bool held = s->low[last] == s->high[last];
    if (!(e->best[last][end][0].c < INFINITY) || !(held || two_places(s, e->first[end], s->n))) return best;
    parabola rest = outer_segment(s, e->cell[end], s->n, e->at[end]);
    for (int g = 0; g < e->nodes; g++) {
        const parabola *q = &e->best[last][end][g];
        double a = q->a + rest.a, b = q->b + rest.b, left = q->c + rest.c - (a > 0 ? b * b / a : 0);
        if (!(left < best.left)) continue;
        best.left = left;
        size_t place = end;
        for (size_t slot = last + 1; slot-- > 0;) {
            best.at[slot] = e->at[place];
            if (slot == 0) break;
            place = (size_t)q->place;
            q = &e->best[slot - 1][place][q->node];
        }
    }
    return best;
}

/* The envelopes of the first break: one parabola each. */
static void begin(const series *s, envelopes *e)
{
    bool held = s->low[0] == s->high[0];
    for (size_t k = 0; k < e->n_places; k++) {
        if (!allowed(s, e, 0, k) || !(held || two_places(s, 0, e->end[k]))) continue;
        parabola first = outer_segment(s, 0, e->cell[k], e->at[k]);
        enter(e, 0, k, &first);
    }
}

size_t cc_kinked_together(const series *s, set *found)
{
    static const parabola none = {0, 0, INFINITY, -1, 0};
    envelopes e;
    choose_places(s, &e);
    for (size_t slot = 0; slot < s->breaks; slot++)
        for (size_t k = 0; k < e.n_places; k++)
            for (int g = 0; g < e.nodes; g++) e.best[slot][k][g] = none;
    begin(s, &e);
    for (size_t slot = 1; slot < s->breaks; slot++) recur(s, &e, slot);
    set best[MOST_PLACES];
    size_t count = 0;
    for (size_t k = 0; k < e.n_places; k++) best[k] = close_set(s, &e, k);
    /* the lowest of its neighbours stands for them */
    for (size_t k = 0; k < e.n_places; k++)
        if (!(k > 0 && best[k - 1].left < best[k].left) && !(k + 1 < e.n_places && best[k + 1].left < best[k].left))
            count = cc_kinked_keep(s, found, count, KEPT, &best[k]);
    return count;
}
