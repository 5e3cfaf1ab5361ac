// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_search.c - where the breaks of a kinked experience curve lie, by least squares on logarithms.
 *
 * Two and more breaks are placed on the points first, all at once: the least sum of squares up to a break, as a function of the
 * curve's value there, is the lower envelope of parabolas, and the envelope at one break follows from those at the breaks before it
 * (the recursion of Fearnhead, Maidstone and Letchford 2019, J. Computational and Graphical Statistics 28, 265-275, for a given
 * number of breaks; of each envelope the parabolas are kept that lie lowest at a few values about the data). Then every break is
 * placed anew until none can improve: with all others in place, what one gains is known in closed form between any two neighbouring
 * points, the square of a line in its position over a parabola (Hudson 1966 takes the same cases: a break between points, or on
 * one). Newton steps over all parameters end it, with the curvature of the passage in which a break that lies on a point comes to
 * rest.
 *
 * A segment has two different points or more, and breaks are a doubling or more apart. Where the best place lies on that limit the
 * box of the fit is narrowed to it, so that the fit says so. Where several places serve nearly as well as the best they are starts
 * too, and the fit says that as well.
 */
#include "curves/kinked.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

enum {
    MOST_LINES = CC_MOST_BREAKS + 2, /* 1, ln experience, and a hinge for each break */
    MOST_P = 2 * CC_MOST_BREAKS + 2, /* all parameters */
    PLACES = 48,                     /* at which breaks are sought together, those of the user apart */
    NODES = 16,                      /* values at which an envelope is kept */
    KEPT = 6,                        /* sets that are carried on */
    CELLS = 160,                     /* distances between neighbours that are looked at, in a long series */
    SUMS = 6,
    SWEEPS = 20,
    STEPS = 40
};

/* A rival is a set whose sum of squares lies within that of the best plus this many residual variances. */
static const double RIVAL = 3.84;
/* How much may be won where breaks move together, as a ratio of sums of squares. */
static const double NEAR_BEST = 1.1, NEARLY = 1.01;
static const double DOUBLING = 0.6931471805599453;

typedef struct series {
    size_t n, breaks, stride; /* usable points, in order; stride: every so many distances are looked at */
    double *x, *y, *w,
        *sum; /* (n): ln experience, ln cost, weights; (n+1,5): of w, wx, wxx, wy, wxy, wyy from a point on */
    double x_origin, y_origin, size;                  /* taken off x and y; sum of w y y */
    double low[CC_MOST_BREAKS], high[CC_MOST_BREAKS]; /* where each break may lie */
    bool slots; /* each break has a range of its own; else they are told apart by their order alone */
    double box_low[MOST_P], box_high[MOST_P]; /* of all parameters, in the coordinates of the polish */
    bool boxed;                               /* first unit or exponents have bounds */
} series;

/* Breaks in slots 0, 1 ..., NaN where there is none, and the sum of squares that they leave. */
typedef struct set {
    double at[CC_MOST_BREAKS], left;
} set;

/* ---- sums of squares ------------------------------------------------------------------------------ */

/* The first point past a place. */
static size_t cell_of(const series *s, double at)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->x[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The points of the segments before a break end before one, and those after it begin with the other: a point on the break, or in
 * its passage, serves both. */
static size_t end_at(const series *s, double at)
{
    return cell_of(s, at + 0.9 * CC_KINK);
}

static size_t first_at(const series *s, double at)
{
    return cell_of(s, at - 0.9 * CC_KINK);
}

/* The normal equations of the lines 1, x and the hinges of some breaks, factorised as L L'. A hinge that the points cannot tell
 * from the lines before it is left out. */
typedef struct base {
    size_t m, cell[MOST_LINES];
    double at[MOST_LINES], l[MOST_LINES][MOST_LINES], inverse[MOST_LINES], y[MOST_LINES], left;
    size_t n_taken, first[CC_MOST_BREAKS],
        end[CC_MOST_BREAKS]; /* breaks in place, also those that are left out above */
    double taken[CC_MOST_BREAKS];
} base;

/* Sums of products of a line with the hinge at `at` that begins at a cell, and with y. */
static double hinge_product(const series *s, double a, size_t a_cell, double b, size_t b_cell)
{
    const double *t = s->sum + SUMS * (a_cell > b_cell ? a_cell : b_cell);
    return t[2] - (a + b) * t[1] + a * b * t[0];
}

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

/* Adds a line, given its products with those before it and itself; nothing where it depends on them. */
static void extend(base *b, const double *product, double y)
{
    double square = product[b->m], rest = square, *row = b->l[b->m];
    for (size_t j = 0; j < b->m; j++) {
        row[j] = product[j];
        for (size_t k = 0; k < j; k++) row[j] -= row[k] * b->l[j][k];
        row[j] *= b->inverse[j];
        rest -= row[j] * row[j];
        y -= row[j] * b->y[j];
    }
    if (!(rest > 1e-12 * square)) return;
    row[b->m] = sqrt(rest);
    b->inverse[b->m] = 1 / row[b->m];
    b->y[b->m] = y * b->inverse[b->m];
    b->left -= b->y[b->m] * b->y[b->m];
    b->m++;
}

/* Fills the base with the breaks of a set but the one in slot `except`. */
static void factorise(const series *s, const set *of, size_t except, base *b)
{
    double product[MOST_LINES] = {s->sum[0]};
    b->m = b->n_taken = 0;
    b->left = s->size;
    extend(b, product, s->sum[3]);
    product[0] = s->sum[1];
    product[1] = s->sum[2];
    extend(b, product, s->sum[4]);
    for (size_t k = 0; k < s->breaks && b->m >= 2; k++) {
        if (k == except || isnan(of->at[k])) continue;
        double at = b->at[b->m] = b->taken[b->n_taken] = of->at[k];
        size_t cell = b->cell[b->m] = cell_of(s, at);
        b->first[b->n_taken] = first_at(s, at);
        b->end[b->n_taken++] = end_at(s, at);
        const double *t = s->sum + SUMS * cell;
        product[0] = t[1] - at * t[0];
        product[1] = t[2] - at * t[1];
        for (size_t j = 2; j <= b->m; j++) product[j] = hinge_product(s, at, cell, b->at[j], b->cell[j]);
        extend(b, product, t[4] - at * t[3]);
    }
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

/* Least squares for the set with first unit and exponents inside their box, by the normal equations of the segments. */
static double boxed_left(const series *s, const set *of)
{
    size_t m = s->breaks + 2;
    double turn[MOST_LINES][MOST_LINES] = {{0}}, gram[MOST_LINES][MOST_LINES], full[MOST_LINES][MOST_LINES],
           y[MOST_LINES], right[MOST_LINES], value[MOST_LINES] = {0};
    bool free[MOST_LINES];
    size_t cell[MOST_LINES];
    /* lines 1, x, hinges */
    for (size_t j = 0; j < m; j++) {
        double at = j >= 2 ? of->at[j - 2] : 0;
        cell[j] = j >= 2 ? cell_of(s, at) : 0;
        const double *t = s->sum + SUMS * cell[j];
        y[j] = j == 0 ? t[3] : t[4] - at * t[3];
        for (size_t k = 0; k <= j; k++) {
            double other = k >= 2 ? of->at[k - 2] : 0;
            double own = k == 0 && j == 0 ? t[0]
                         : k == 0         ? t[1] - at * t[0]
                                          : hinge_product(s, at, cell[j], other, cell[k]);
            gram[j][k] = gram[k][j] = own;
        }
        /* value = level - exponent_1 (x - hinge_1) - exponent_2 (hinge_1 - hinge_2) ... */
        turn[j][j] = j == 0 ? 1 : -1;
        if (j >= 2) turn[j - 1][j] = 1;
        free[j] = true;
    }
    for (size_t j = 0; j < m; j++) {
        /* turn[k][j]: how exponent k enters line j; transposed products */
        for (size_t k = 0; k < m; k++) {
            double sum = 0;
            for (size_t a = 0; a < m; a++)
                for (size_t b = 0; b < m; b++) sum += turn[j][a] * gram[a][b] * turn[k][b];
            full[j][k] = sum;
        }
        right[j] = 0;
        for (size_t a = 0; a < m; a++) right[j] += turn[j][a] * y[a];
    }
    for (size_t round = 0; round <= m; round++) {
        size_t index[MOST_LINES], count = 0, worst = m;
        double l[MOST_LINES][MOST_LINES], v[MOST_LINES], excess = 0;
        for (size_t j = 0; j < m; j++)
            if (free[j] && s->box_low[j ? CC_EXPONENT(j) : 0] < s->box_high[j ? CC_EXPONENT(j) : 0])
                index[count++] = j;
            else
                value[j] =
                    fmin(fmax(value[j], s->box_low[j ? CC_EXPONENT(j) : 0]), s->box_high[j ? CC_EXPONENT(j) : 0]);
        for (size_t a = 0; a < count; a++) {
            v[a] = right[index[a]];
            for (size_t j = 0; j < m; j++) {
                bool is_free = false;
                for (size_t b = 0; b < count; b++) is_free = is_free || index[b] == j;
                if (!is_free) v[a] -= full[index[a]][j] * value[j];
            }
            for (size_t b = 0; b <= a; b++) {
                double sum = full[index[a]][index[b]];
                for (size_t i = 0; i < b; i++) sum -= l[a][i] * l[b][i];
                /* what is undetermined is 0 */
                if (a == b && !(sum > 1e-13 * full[index[a]][index[a]])) sum = INFINITY;
                l[a][b] = a == b ? sqrt(sum) : sum / l[b][b];
            }
            for (size_t b = 0; b < a; b++) v[a] -= l[a][b] * v[b];
            v[a] /= l[a][a];
        }
        for (size_t a = count; a-- > 0;) {
            for (size_t b = a + 1; b < count; b++) v[a] -= l[b][a] * v[b];
            v[a] /= l[a][a];
            size_t j = index[a];
            value[j] = v[a];
            double low = s->box_low[j ? CC_EXPONENT(j) : 0], high = s->box_high[j ? CC_EXPONENT(j) : 0];
            double over = fmax(low - v[a], v[a] - high);
            if (over > excess) {
                excess = over;
                worst = j;
            }
        }
        if (worst == m) break;
        free[worst] = false;
    }
    double left = s->size;
    for (size_t j = 0; j < m; j++) {
        left -= 2 * value[j] * right[j];
        for (size_t k = 0; k < m; k++) left += value[j] * full[j][k] * value[k];
    }
    return left;
}

static double left_of(const series *s, const set *of)
{
    if (s->boxed) return boxed_left(s, of);
    base b;
    factorise(s, of, CC_MOST_BREAKS, &b);
    return b.left;
}

/* ---- places of one break -------------------------------------------------------------------------- */

/* Whether the points from one cell up to before another have two different places. */
static bool two_places(const series *s, size_t from, size_t to)
{
    return from + 1 < to && s->x[from] < s->x[to - 1];
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

typedef struct spot {
    double at, left;
} spot;

/* The best place for a break beside the base, between low and high. */
static spot best_place(const series *s, const base *b, double low, double high, size_t stride)
{
    spot best = {NAN, INFINITY};
    size_t first = cell_of(s, low), last = cell_of(s, high);
    double most = 0, before = -INFINITY;
    first = first < 1 ? 1 : first;
    last = last + 1 > s->n ? s->n : last + 1;
    for (size_t cell = first; cell < last; cell += stride) {
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
    size_t first = cell_of(s, low), last = cell_of(s, high);
    first = first < 1 ? 1 : first;
    last = last + 1 > s->n ? s->n : last + 1;
    for (size_t cell = first; cell < last; cell += stride) {
        double from, to;
        if (!room(s, b, cell, low, high, &from, &to)) continue;
        double at[] = {from, from + (to - from) / 2, to};
        for (int k = 0; k < 3; k++) {
            trial.at[slot] = at[k];
            double left = boxed_left(s, &trial);
            if (left < best.left) best = (spot){at[k], left};
        }
    }
    return best;
}

static size_t in_place(const series *s, const set *of)
{
    size_t count = 0;
    for (size_t k = 0; k < s->breaks; k++) count += !isnan(of->at[k]);
    return count;
}

/* Those that are in place come first, in order. */
static void order(const series *s, set *of)
{
    if (s->slots) return;
    for (size_t k = 1; k < s->breaks; k++)
        for (size_t j = k; j > 0 && (of->at[j] < of->at[j - 1] || (isnan(of->at[j - 1]) && !isnan(of->at[j]))); j--) {
            double own = of->at[j];
            of->at[j] = of->at[j - 1];
            of->at[j - 1] = own;
        }
}

/* Where the break of a slot may lie, given its range and its neighbours. */
static void window(const series *s, const set *of, size_t slot, double *low, double *high)
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

/* Places every break anew until none can improve. `local`: only among the distances beside its own. */
static void improve(const series *s, set *of, bool local)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool better = false;
        for (size_t slot = 0; slot < s->breaks; slot++) {
            base b;
            double low, high;
            if (isnan(of->at[slot]) || s->low[slot] == s->high[slot]) continue;
            factorise(s, of, slot, &b);
            window(s, of, slot, &low, &high);
            if (local) {
                size_t cell = cell_of(s, of->at[slot]), reach = 2 * s->stride;
                low = fmax(low, cell > reach ? s->x[cell - reach] : -INFINITY);
                high = fmin(high, cell + reach < s->n ? s->x[cell + reach] : INFINITY);
                for (size_t k = 0; k < s->breaks; k++) {
                    if (k < slot && of->at[k] > low) low = of->at[k];
                    if (k > slot && of->at[k] < high) high = of->at[k];
                }
            }
            bool boxed = s->boxed && in_place(s, of) == s->breaks;
            size_t stride = local ? 1 : s->stride;
            spot found = boxed ? best_boxed(s, of, slot, &b, low, high, stride) : best_place(s, &b, low, high, stride);
            if (!(found.left < of->left - 1e-10 * fabs(of->left))) continue;
            of->at[slot] = found.at;
            of->left = found.left;
            order(s, of);
            better = true;
        }
        if (!better) return;
    }
}

/* ---- sets ----------------------------------------------------------------------------------------- */

static bool same(const series *s, const set *a, const set *b)
{
    for (size_t k = 0; k < s->breaks; k++)
        if (!isnan(a->at[k]) && !(fabs(a->at[k] - b->at[k]) <= 1e-6)) return false;
    return true;
}

/* Keeps the best few, the best first, of those that differ. */
static size_t keep(const series *s, set *kept, size_t count, size_t most, const set *one)
{
    if (!(one->left < INFINITY)) return count;
    for (size_t k = 0; k < count; k++)
        if (same(s, one, &kept[k])) return count;
    size_t at = count < most ? count++ : most;
    while (at > 0 && one->left < kept[at - 1].left) {
        if (at < most) kept[at] = kept[at - 1];
        at--;
    }
    if (at < most) kept[at] = *one;
    return count;
}

/* ---- all breaks at once --------------------------------------------------------------------------- */

/* a v^2 - 2 b v + c: the least sum of squares up to a place where the curve has value v; which place and node it came from. */
typedef struct parabola {
    double a, b, c;
    int place, node;
} parabola;

enum { MOST_PLACES = PLACES + 2 * CC_MOST_BREAKS };

typedef struct envelopes {
    size_t n_places;
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
    for (size_t k = 0; k < m; k++)
        if (k == 0 || e->at[k] > e->at[k - 1]) e->at[e->n_places++] = e->at[k];
    for (size_t k = 0; k < e->n_places; k++) {
        e->first[k] = first_at(s, e->at[k]);
        e->end[k] = end_at(s, e->at[k]);
        size_t cell = e->cell[k] = cell_of(s, e->at[k]), from = cell > 4 ? cell - 4 : 0,
               to = cell + 4 < s->n ? cell + 4 : s->n;
        /* about a line through the nearest points, as far as those scatter */
        parabola near = outer_segment(s, from, to, e->at[k]);
        double centre = near.a > 0 ? near.b / near.a : 0, left = near.a > 0 ? near.c - near.b * centre : 0;
        double spread = sqrt(fmax(left, 1e-12 * s->size) / (s->sum[0] * (double)(to - from) / (double)s->n));
        for (int g = 0; g < NODES; g++) e->node[k][g] = centre + 3 * spread * (2.0 * g / (NODES - 1) - 1);
    }
}

/* Enters a parabola where it lies lowest. */
static void enter(envelopes *e, size_t slot, size_t place, const parabola *q)
{
    parabola *best = e->best[slot][place];
    for (int g = 0; g < NODES; g++) {
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
            for (int g = 0; g < NODES; g++) {
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
    for (int g = 0; g < NODES; g++) {
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

/* Sets with a place for every break, the best first. */
static size_t find(const series *s, set *found, size_t most)
{
    static const parabola none = {0, 0, INFINITY, -1, 0};
    envelopes e;
    size_t count = 0, last = s->breaks - 1;
    choose_places(s, &e);
    for (size_t slot = 0; slot <= last; slot++)
        for (size_t k = 0; k < e.n_places; k++)
            for (int g = 0; g < NODES; g++) e.best[slot][k][g] = none;
    for (size_t k = 0; k < e.n_places; k++) {
        bool held = s->low[0] == s->high[0];
        if (!allowed(s, &e, 0, k) || !(held || two_places(s, 0, e.end[k]))) continue;
        parabola first = outer_segment(s, 0, e.cell[k], e.at[k]);
        enter(&e, 0, k, &first);
    }
    for (size_t slot = 1; slot <= last; slot++) recur(s, &e, slot);
    set kept[KEPT], best[MOST_PLACES];
    size_t n_kept = 0;
    for (size_t k = 0; k < e.n_places; k++) best[k] = close_set(s, &e, k);
    /* the lowest of its neighbours stands for them */
    for (size_t k = 0; k < e.n_places; k++)
        if (!(k > 0 && best[k - 1].left < best[k].left) && !(k + 1 < e.n_places && best[k + 1].left < best[k].left))
            n_kept = keep(s, kept, n_kept, KEPT, &best[k]);
    for (size_t k = 0; k < n_kept; k++) {
        set one = kept[k];
        if (s->boxed) one.left = left_of(s, &one);
        improve(s, &one, false);
        count = keep(s, found, count, most, &one);
    }
    return count;
}

/* ---- the polish ----------------------------------------------------------------------------------- */

/* ln first unit, exponents and ln breaks in the order of the parameters, x and y less their origins; the range of each; whether
 * break k is held a doubling after the one before it. */
typedef struct position {
    double at[MOST_P], left, low[MOST_P], high[MOST_P];
    bool tied[CC_MOST_BREAKS + 1];
} position;

/* The sum of squares. */
static double squares_at(const series *s, const double *at)
{
    double left = 0;
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i], residual = s->y[i] - at[0] + at[1] * x;
        for (size_t k = 1; k <= s->breaks && x > at[CC_BREAK(k)] - CC_KINK; k++) {
            double past = x - at[CC_BREAK(k)], share = (past + CC_KINK) * (0.5 / CC_KINK);
            residual +=
                (at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)]) * (past < CC_KINK ? CC_KINK * share * share : past);
        }
        left += s->w[i] * residual * residual;
    }
    return left;
}

/* Half the gradient and half the Hessian of the sum of squares, signs turned in the gradient; returns the sum. `exact`: with the
 * second derivatives of the curve, else the part that is never negative. */
static double equations(const series *s, const double *at, double (*a)[MOST_P], double *right, bool exact)
{
    size_t p = 2 + 2 * s->breaks;
    double left = 0;
    memset(a, 0, p * sizeof *a);
    memset(right, 0, p * sizeof *right);
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i], g[MOST_P], share[CC_MOST_BREAKS + 1] = {0}, value = at[0] - at[1] * x;
        g[0] = 1;
        g[1] = -x;
        for (size_t k = 1; k <= s->breaks; k++) {
            double past = x - at[CC_BREAK(k)], change = at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)];
            share[k] = fmin(fmax((past + CC_KINK) * (0.5 / CC_KINK), 0), 1);
            double hinge = past < CC_KINK ? CC_KINK * share[k] * share[k] : past;
            value -= change * hinge;
            g[CC_EXPONENT(k)] += hinge;
            g[CC_BREAK(k)] = change * share[k];
            g[CC_EXPONENT(k + 1)] = -hinge;
        }
        double residual = s->y[i] - value, w = s->w[i];
        left += w * residual * residual;
        for (size_t j = 0; j < p; j++) {
            right[j] += w * residual * g[j];
            for (size_t k = 0; k <= j; k++) a[j][k] += w * g[j] * g[k];
        }
        if (!exact) continue;
        for (size_t k = 1; k <= s->breaks; k++) {
            double change = at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)];
            bool inside = share[k] > 0 && share[k] < 1;
            a[CC_BREAK(k)][CC_EXPONENT(k)] += w * residual * share[k];
            a[CC_EXPONENT(k + 1)][CC_BREAK(k)] -= w * residual * share[k];
            if (inside) a[CC_BREAK(k)][CC_BREAK(k)] += w * residual * change * (0.5 / CC_KINK);
        }
    }
    return left;
}

/* The step on the free parameters, each diagonal raised by its share of damping; false where the equations have no minimum. */
static bool solve(size_t p, double (*a)[MOST_P], const double *right, const double *scale, const bool *free,
                  double damping, double *step)
{
    double l[MOST_P][MOST_P];
    for (size_t j = 0; j < p; j++) {
        for (size_t k = 0; k <= j; k++) {
            double sum = free[j] && free[k] ? a[j][k] : 0;
            if (j == k) sum = free[j] ? sum + damping * scale[j] : 1;
            double whole = fabs(sum);
            for (size_t i = 0; i < k; i++) sum -= l[j][i] * l[k][i];
            if (j == k && !(sum > 1e-14 * whole)) return false;
            l[j][k] = j == k ? sqrt(sum) : sum / l[k][k];
        }
        step[j] = free[j] ? right[j] : 0;
        for (size_t k = 0; k < j; k++) step[j] -= l[j][k] * step[k];
        step[j] /= l[j][j];
    }
    for (size_t j = p; j-- > 0;) {
        for (size_t k = j + 1; k < p; k++) step[j] -= l[k][j] * step[k];
        step[j] /= l[j][j];
    }
    return true;
}

/* Whether every segment has two points and a doubling; the breaks lie `apart` numbers from each other. */
static bool fits(const series *s, const double *at, size_t apart)
{
    size_t first = 0;
    for (size_t k = 0; k < s->breaks; k++) {
        if (!two_places(s, first, end_at(s, at[k * apart]))) return false;
        if (k > 0 && at[k * apart] - at[(k - 1) * apart] < CC_LEAST_DISTANCE) return false;
        first = first_at(s, at[k * apart]);
    }
    return two_places(s, first, s->n);
}

/* The range of every parameter: its box and, for breaks, what leaves two different points to the segments beside them. */
static void set_range(const series *s, position *of)
{
    memcpy(of->low, s->box_low, sizeof of->low);
    memcpy(of->high, s->box_high, sizeof of->high);
    for (size_t k = 1; k <= s->breaks; k++) {
        size_t first = k > 1 ? first_at(s, of->at[CC_BREAK(k - 1)]) : 0, j = CC_BREAK(k);
        size_t end = k < s->breaks ? end_at(s, of->at[CC_BREAK(k + 1)]) : s->n;
        size_t second = first, last = end;
        while (second < end && s->x[second] == s->x[first]) second++;
        while (last > first && s->x[last - 1] == s->x[end - 1]) last--;
        /* a break that was put elsewhere stays there */
        if (second < end && s->x[second] <= of->at[j]) of->low[j] = fmax(of->low[j], s->x[second]);
        if (last > first && s->x[last - 1] >= of->at[j]) of->high[j] = fmin(of->high[j], s->x[last - 1]);
    }
}

/* A break that is held a doubling after another moves with it: its equation is added to the other's. */
static void tie(const series *s, const position *of, double (*a)[MOST_P], double *right)
{
    size_t p = 2 + 2 * s->breaks;
    for (size_t k = s->breaks; k >= 2; k--) {
        size_t from = CC_BREAK(k), to = CC_BREAK(k - 1);
        if (!of->tied[k]) continue;
        for (size_t j = 0; j < p; j++) {
            double own = j <= from ? a[from][j] : a[j][from];
            if (j == to)
                a[to][to] += 2 * own + a[from][from];
            else if (j != from)
                *(j < to ? &a[to][j] : &a[j][to]) += own;
        }
        right[to] += right[from];
    }
}

/* What may move: not what presses against its range, nor what is tied to something that does. */
static void choose_free(const series *s, const position *of, const double *right, bool *free)
{
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++) {
        bool is_break = j > 0 && j % 2 == 0;
        size_t k = is_break ? j / 2 : 0;
        free[j] = !(k > 1 && of->tied[k]);
        for (size_t member = j; free[j]; member += 2) {
            bool down = of->at[member] <= of->low[member] && right[j] <= 0;
            bool up = of->at[member] >= of->high[member] && right[j] >= 0;
            free[j] = of->low[member] < of->high[member] && !down && !up;
            if (!is_break || member / 2 >= s->breaks || !of->tied[member / 2 + 1]) break;
        }
    }
}

/* Breaks that would rather move away are not held any more; a break pulls those along that are held to it. */
static void loosen(const series *s, position *of, const double *right)
{
    double pull = 0;
    for (size_t k = s->breaks; k >= 2; k--) {
        pull += right[CC_BREAK(k)];
        of->tied[k] = of->tied[k] && pull <= 0;
        if (!of->tied[k]) pull = 0;
    }
}

/* A trial: the step inside the ranges, breaks a doubling apart. */
static position trial_of(const series *s, const position *of, const double *move)
{
    position next = *of;
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++)
        next.at[j] = fmin(fmax(of->at[j] + move[j], of->low[j]), of->high[j]);
    for (size_t k = 2; k <= s->breaks; k++) {
        double nearest = next.at[CC_BREAK(k - 1)] + DOUBLING;
        next.tied[k] = of->tied[k] || next.at[CC_BREAK(k)] < nearest;
        if (next.tied[k]) next.at[CC_BREAK(k)] = nearest;
    }
    /* what that pushed out of its range pushes the others back */
    for (size_t k = s->breaks; k >= 2; k--) {
        next.at[CC_BREAK(k)] = fmin(next.at[CC_BREAK(k)], next.high[CC_BREAK(k)]);
        if (next.tied[k]) next.at[CC_BREAK(k - 1)] = next.at[CC_BREAK(k)] - DOUBLING;
    }
    return next;
}

/* Newton steps over all parameters, damped where they lead up. */
static void polish(const series *s, position *of)
{
    size_t p = 2 + 2 * s->breaks;
    double a[MOST_P][MOST_P], right[MOST_P], damping = 0;
    for (int step = 0; step < STEPS; step++) {
        double scale[MOST_P] = {0}, move[MOST_P];
        bool free[MOST_P], moved = false;
        of->left = equations(s, of->at, a, right, true);
        loosen(s, of, right);
        set_range(s, of);
        bool fit = fits(s, of->at + CC_BREAK(1), 2);
        tie(s, of, a, right);
        choose_free(s, of, right, free);
        for (size_t j = 0; j < p; j++) scale[j] = fabs(a[j][j]);
        for (int trial = 0; trial < 12 && !moved; trial++, damping = damping > 0 ? 8 * damping : 1e-4) {
            double promise = 0;
            if (!solve(p, a, right, scale, free, damping, move)) continue;
            for (size_t j = 0; j < p; j++) promise += move[j] * right[j]; /* a tied break has no step of its own */
            if (!(promise > 1e-18 * of->left)) return;
            position next = trial_of(s, of, move);
            if (fit && !fits(s, next.at + CC_BREAK(1), 2)) continue;
            next.left = squares_at(s, next.at);
            if (!(next.left <= of->left * (1 + 1e-14))) continue;
            *of = next;
            moved = true;
        }
        if (!moved) return;
        damping = damping > 1e-3 ? damping / 64 : 0;
    }
}

/* The parameters that go with a set of breaks, polished. */
static position settle(const series *s, const set *of)
{
    size_t p = 2 + 2 * s->breaks;
    position found = {.left = INFINITY};
    double a[MOST_P][MOST_P], right[MOST_P], scale[MOST_P] = {0}, move[MOST_P];
    bool free[MOST_P] = {false};
    for (size_t j = 0; j < p; j++) {
        bool is_break = j > 0 && j % 2 == 0;
        /* with equal exponents a break has no weight yet: the first step is in the rest alone */
        found.at[j] = is_break ? of->at[j / 2 - 1] : fmin(fmax(0, s->box_low[j]), s->box_high[j]);
        free[j] = !is_break && s->box_low[j] < s->box_high[j];
    }
    equations(s, found.at, a, right, false);
    for (size_t j = 0; j < p; j++) scale[j] = a[j][j];
    if (!solve(p, a, right, scale, free, 0, move) && !solve(p, a, right, scale, free, 1e-10, move)) return found;
    for (size_t j = 0; j < p; j++) found.at[j] = fmin(fmax(found.at[j] + move[j], s->box_low[j]), s->box_high[j]);
    for (size_t k = 2; k <= s->breaks; k++)
        found.tied[k] = found.at[CC_BREAK(k)] <= found.at[CC_BREAK(k - 1)] + DOUBLING + 1e-9;
    polish(s, &found);
    return found;
}

/* ---- in and out ----------------------------------------------------------------------------------- */

/* Usable points in order, with sums from each on. */
static void load(series *s, const cc_points *points)
{
    size_t n = points->n, used = 0;
    double *place = points->work, *index = place + n, weight = 0;
    s->x = index + n;
    s->y = s->x + n;
    s->w = s->y + n;
    s->sum = s->w + n;
    for (size_t i = 0; i < n; i++) {
        if (!(points->w[i] > 0)) continue;
        place[used] = points->z[i];
        index[used++] = (double)i;
    }
    bool sorted = true;
    for (size_t k = 1; k < used; k++) sorted = sorted && place[k - 1] <= place[k];
    if (!sorted) gsl_sort2(place, 1, index, 1, used);
    s->n = used;
    s->x_origin = s->y_origin = s->size = 0;
    for (size_t k = 0; k < used; k++) {
        size_t i = (size_t)index[k];
        s->x[k] = place[k];
        s->y[k] = points->y[i];
        s->w[k] = points->w[i];
        weight += s->w[k];
        s->x_origin += s->w[k] * s->x[k];
        s->y_origin += s->w[k] * s->y[k];
    }
    s->x_origin = s->boxed ? 0 : s->x_origin / weight;
    s->y_origin = s->boxed ? 0 : s->y_origin / weight;
    for (size_t t = 0; t < SUMS; t++) s->sum[SUMS * used + t] = 0;
    for (size_t k = used; k-- > 0;) {
        double x = s->x[k] -= s->x_origin, y = s->y[k] -= s->y_origin, w = s->w[k];
        const double term[SUMS] = {w, w * x, w * x * x, w * y, w * x * y, w * y * y};
        for (size_t t = 0; t < SUMS; t++) s->sum[SUMS * k + t] = s->sum[SUMS * (k + 1) + t] + term[t];
        s->size += w * y * y;
    }
    s->stride = 1 + used / CELLS;
}

/* The box; where it leaves exponents and first unit alone the search is simpler, and may choose an origin of its own. */
static void read_box(series *s, const cc_points *points)
{
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++) {
        bool is_log = j % 2 == 0;
        double low = points->lower[j], high = points->higher[j];
        s->box_low[j] = is_log ? (low > 0 ? log(low) : -INFINITY) : low;
        s->box_high[j] = is_log ? (high > 0 ? log(high) : -INFINITY) : high;
        bool bound = s->box_low[j] > -INFINITY || s->box_high[j] < INFINITY;
        if (j > 0 && is_log)
            s->slots = s->slots || bound;
        else
            s->boxed = s->boxed || bound;
    }
}

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
    of->left = left_of(s, of);
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
            factorise(s, &found[0], slot, &b);
            size_t cell = cell_of(s, found[0].at[slot]), reach = 2 * s->stride;
            window(s, &found[0], slot, &low, &high);
            if (side == 0) high = fmin(high, cell > reach ? s->x[cell - reach] : -INFINITY);
            if (side == 1) low = fmax(low, cell + reach < s->n ? s->x[cell + reach] : INFINITY);
            if (!(low <= high)) continue;
            spot elsewhere = best_place(s, &b, low, high, s->stride);
            if (!(elsewhere.left < limit)) continue;
            set one = found[0];
            one.at[slot] = elsewhere.at;
            order(s, &one);
            one.left = left_of(s, &one);
            improve(s, &one, true);
            if (one.left < limit) count = keep(s, found, count, most, &one);
        }
    while (count > 1 && !(found[count - 1].left <= limit)) count--;
    return count;
}

/* Brings the set to the front that is the best once breaks may move together, of those that come near the best so far. */
static void prefer(const series *s, set *found, size_t count)
{
    size_t first = 0;
    double least = INFINITY;
    for (size_t k = 0; k < count && count > 1 && found[k].left <= NEAR_BEST * found[0].left; k++) {
        position at = settle(s, &found[k]);
        if (!(at.left < least)) continue;
        least = at.left;
        first = k;
    }
    set best = found[first];
    best.left = fmin(best.left, least);
    for (size_t k = first; k-- > 0;) found[k + 1] = found[k];
    if (count > 0) found[0] = best;
}

/* Puts each of three and more breaks aside, lets the others follow, and then all: one at a time they may rest in a lesser minimum. */
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
            if (!(at >= low && at <= high) || !fits(s, one.at, 1)) continue;
            one.left = left_of(s, &one);
            s->low[slot] = s->high[slot] = at;
            improve(s, &one, true);
            s->low[slot] = low;
            s->high[slot] = high;
            improve(s, &one, true);
            if (!(one.left < best->left * NEARLY)) continue;
            position end = settle(s, &one);
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
    equations(s, of->at, unused, right, false);
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

/* Breaks may lie where their box lets them. */
static void free_breaks(series *s)
{
    for (size_t k = 0; k < s->breaks; k++) {
        s->low[k] = s->box_low[CC_BREAK(k + 1)];
        s->high[k] = s->box_high[CC_BREAK(k + 1)];
    }
}

size_t cc_kinked_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    series s = {.breaks = (self->p - 2) / 2};
    set begin = {.left = INFINITY}, found[KEPT];
    size_t count = 0, given = 0;
    read_box(&s, points);
    load(&s, points);
    if (s.n < 2) return 0;
    for (size_t k = 0; k < s.breaks; k++) {
        size_t j = CC_BREAK(k + 1);
        s.box_low[j] -= s.x_origin;
        s.box_high[j] -= s.x_origin;
        double at = s.box_low[j] == s.box_high[j] ? s.box_low[j] : log(points->given[j]) - s.x_origin;
        begin.at[k] = isfinite(at) ? at : NAN;
        given += isfinite(at);
        s.slots = s.slots || isfinite(at);
    }
    free_breaks(&s);
    /* the search leaves breaks that are given where they are, and frees them in the end */
    for (size_t k = 0; k < s.breaks; k++)
        if (!isnan(begin.at[k])) s.low[k] = s.high[k] = begin.at[k];
    if (given == s.breaks) {
        free_breaks(&s);
        separate(&s, &begin);
        if (!fits(&s, begin.at, 1)) begin.left = INFINITY; /* any place that does is better */
        improve(&s, &begin, true);
        found[count++] = begin;
    } else {
        count = find(&s, found, KEPT);
        free_breaks(&s);
        prefer(&s, found, count);
        if (s.breaks > 2 && count > 0 && given == 0 && !s.boxed) shake(&s, &found[0]);
        if (count > 0 && (s.stride > 1 || given > 0)) improve(&s, &found[0], true);
        if (count == 0) {
            spread(&s, &begin);
            separate(&s, &begin);
            found[count++] = begin;
        }
        if (given == 0 && !s.boxed) count = rivals(&s, found, 1, most);
    }
    size_t written = 0;
    for (size_t k = 0; k < count && written < most; k++) {
        position at = settle(&s, &found[k]);
        for (int round = 0; round < 3 && k == 0 && s.breaks > 1 && !s.boxed; round++) {
            /* where breaks moved together one of them may have come to serve better elsewhere */
            set moved = {.left = at.left};
            for (size_t b = 0; b < s.breaks; b++) moved.at[b] = at.at[CC_BREAK(b + 1)];
            improve(&s, &moved, true);
            if (!(moved.left < at.left * (1 - 1e-9))) break;
            position next = settle(&s, &moved);
            if (!(next.left < at.left)) break;
            at = next;
        }
        double *theta = start + written * self->p;
        theta[0] = exp(at.at[0] + s.y_origin + at.at[1] * s.x_origin);
        for (size_t j = 1; j < self->p; j++) theta[j] = j % 2 ? at.at[j] : exp(at.at[j] + s.x_origin);
        bool finite = true, held = false;
        for (size_t j = 0; j < self->p; j++) finite = finite && isfinite(theta[j]);
        if (written == 0 && finite) held = hold(&s, &at, theta, points);
        written += finite;
        if (held) break;
    }
    return written;
}
