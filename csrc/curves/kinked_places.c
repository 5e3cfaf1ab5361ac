// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_places.c - the best place of one break with all others in place, and of each in turn until none can improve.
 *
 * What one break gains is known in closed form between any two neighbouring points, the square of a line in its position over a
 * parabola (Hudson 1966 takes the same cases: a break between points, or on one).
 */
#include "curves/kinked_search.h"

#include <math.h>

enum { SWEEPS = 20 };

/* v becomes L^-1 v; returns its square. */
static double substitute(const base *b, double *v)
{
    double square = 0;
    for (size_t j = 0; j < b->m; j++) {
        for (size_t k = 0; k < j; k++) v[j] -= b->l[j][k] * v[k];
        v[j] *= b->inverse[j];
        square += v[j] * v[j];
    }
    return square;
}

/* What one more break at some place between two points gains: (p0 - p1 at)^2 / (q0 - 2 q1 at + q2 at^2). */
typedef struct gains {
    double p0, p1, q0, q1, q2, floor;
} gains;

static gains gains_of(const series *s, const base *b, size_t cell)
{
    const double *t = s->sum + SUMS * cell;
    double one[MOST_LINES], x[MOST_LINES], cross = 0, by_one = 0, by_x = 0;
    one[0] = t[0];
    one[1] = x[0] = t[1];
    x[1] = t[2];
    for (size_t j = 2; j < b->m; j++) {
        const double *past = s->sum + SUMS * (cell > b->cell[j] ? cell : b->cell[j]);
        one[j] = past[1] - b->at[j] * past[0];
        x[j] = past[2] - b->at[j] * past[1];
    }
    double ones = substitute(b, one), xs = substitute(b, x);
    for (size_t j = 0; j < b->m; j++) {
        cross += one[j] * x[j];
        by_one += one[j] * b->y[j];
        by_x += x[j] * b->y[j];
    }
    return (gains){t[4] - by_x, t[3] - by_one, t[2] - xs, t[1] - cross, t[0] - ones, 1e-12 * t[0]};
}

static double gain_at(const gains *g, double at)
{
    double above = g->p0 - at * g->p1, below = g->q0 - at * (2 * g->q1 - at * g->q2);
    return below > g->floor * (1 + at * at) ? above * above / below : 0;
}

/* The part of the distance before point `cell` where a break may lie beside those of the base; false where there is none. */
static bool room(const series *s, const base *b, size_t cell, double low, double high, double *from, double *to)
{
    *from = fmax(s->x[cell - 1], low);
    *to = fmin(s->x[cell], high);
    size_t before = 0, after = s->n;
    for (size_t j = 0; j < b->n_taken; j++) {
        if (b->taken[j] < s->x[cell]) {
            before = b->first[j] > before ? b->first[j] : before;
            *from = fmax(*from, b->taken[j] + DOUBLING);
        } else {
            after = b->end[j] < after ? b->end[j] : after;
            *to = fmin(*to, b->taken[j] - DOUBLING);
        }
    }
    return *from <= *to && two_places(s, before, cell) && two_places(s, cell, after);
}

/* The best place for a break beside the base, between low and high. */
spot cc_kinked_best_place(const series *s, const base *b, double low, double high, size_t stride)
{
    spot best = {NAN, INFINITY};
    size_t first, end;
    double most = 0, before = -INFINITY;
    cells_between(s, low, high, &first, &end);
    for (size_t cell = first; cell < end; cell += stride) {
        double from, to;
        if (!room(s, b, cell, low, high, &from, &to)) continue;
        gains g = gains_of(s, b, cell);
        double top = (g.p0 * g.q1 - g.p1 * g.q0) / (g.p0 * g.q2 - g.p1 * g.q1), at[3] = {to, top, from};
        int count = from > before ? 3 : 2; /* else it was the end of the distance before */
        before = to;
        for (int k = 0; k < count; k++) {
            if (!(at[k] >= from && at[k] <= to)) continue;
            double gain = gain_at(&g, at[k]);
            if (gain > most || isnan(best.at)) best.at = at[k];
            most = fmax(most, gain);
        }
    }
    if (!isnan(best.at)) best.left = b->left - most;
    return best;
}

/* The same for the break in a slot of a full set, with first unit and exponents inside their box: on the points and half-way. */
static spot best_boxed(const series *s, const set *of, size_t slot, const base *b, double low, double high,
                       size_t stride)
{
    spot best = {NAN, INFINITY};
    set trial = *of;
    size_t first, end;
    cells_between(s, low, high, &first, &end);
    for (size_t cell = first; cell < end; cell += stride) {
        double from, to;
        if (!room(s, b, cell, low, high, &from, &to)) continue;
        double at[] = {from, from + (to - from) / 2, to};
        for (int k = 0; k < 3; k++) {
            trial.at[slot] = at[k];
            double left = cc_kinked_boxed_left(s, &trial);
            if (left < best.left) best = (spot){at[k], left};
        }
    }
    return best;
}

/* Where the break of a slot may lie, given its range and its neighbours. */
void cc_kinked_window(const series *s, const set *of, size_t slot, double *low, double *high)
{
    *low = s->low[slot];
    *high = s->high[slot];
    if (!s->slots) return;
    for (size_t k = 0; k < s->breaks; k++) {
        if (k == slot || isnan(of->at[k])) continue;
        if (k < slot)
            *low = fmax(*low, of->at[k]);
        else
            *high = fmin(*high, of->at[k]);
    }
}

/* The window less what lies further off than a few distances, or beyond a neighbour. */
static void narrow(const series *s, const set *of, size_t slot, double *low, double *high)
{
    size_t cell = cell_of(s, of->at[slot]), reach = 2 * s->stride;
    *low = fmax(*low, cell > reach ? s->x[cell - reach] : -INFINITY);
    *high = fmin(*high, cell + reach < s->n ? s->x[cell + reach] : INFINITY);
    for (size_t k = 0; k < s->breaks; k++) {
        if (k < slot && of->at[k] > *low) *low = of->at[k];
        if (k > slot && of->at[k] < *high) *high = of->at[k];
    }
}

/* Where the break of a slot serves best, the others in place. */
static spot best_beside(const series *s, const set *of, size_t slot, bool local)
{
    base b;
    double low, high;
    size_t stride = local ? 1 : s->stride;
    cc_kinked_factorise(s, of, slot, &b);
    cc_kinked_window(s, of, slot, &low, &high);
    if (local) narrow(s, of, slot, &low, &high);
    if (s->boxed && cc_kinked_in_place(s, of) == s->breaks) return best_boxed(s, of, slot, &b, low, high, stride);
    return cc_kinked_best_place(s, &b, low, high, stride);
}

/* Places every break anew until none can improve. `local`: only among the distances beside its own. */
void cc_kinked_improve(const series *s, set *of, bool local)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool better = false;
        for (size_t slot = 0; slot < s->breaks; slot++) {
            if (isnan(of->at[slot]) || s->low[slot] == s->high[slot]) continue;
            spot found = best_beside(s, of, slot, local);
            if (!(found.left < of->left - 1e-10 * fabs(of->left))) continue;
            of->at[slot] = found.at;
            of->left = found.left;
            cc_kinked_order(s, of);
            better = true;
        }
        if (!better) return;
    }
}
