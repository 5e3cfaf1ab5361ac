// SPDX-License-Identifier: GPL-3.0-or-later
/* norton_bass.c - generations of a technology, each drawing users from the one before: Norton and Bass, 2 to 4 generations.
 *
 * Rows are stacked: one for each time and generation. Users of generation g, with I_0 = 0, F_g the Bass share since its own launch
 * and F = 0 past the last generation:
 *     I_g = F_g (potential_g + I_(g-1)),  y_g = I_g (1 - F_(g+1)).
 * The potentials enter linearly.
 */
#ifdef CC_WIDTH

#include "curves/bass.h"
#include "curves/staged.h"
#include "fit/small.h"

/* What no row changes: p + q and what goes with it, E from the launch of each generation to that of each later one and what it lacks
 * of 1; `in_order`: lanes whose launches are. */
typedef struct CC_W(common) {
    V p, q, both, over_both, p_both, p_part, q_part, e[MOST][MOST], fall[MOST][MOST];
    M in_order;
} CC_W(common);

CC_INLINE void CC_W(find_common)(int last, const V *theta, CC_W(common) * out)
{
    const V *launch = theta + 2 + last;
    V zero = CC_W(v_all)(0.0);
    out->p = theta[0];
    out->q = theta[1];
    out->both = out->p + out->q;
    out->over_both = 1.0 / out->both;
    out->p_both = out->p * out->both;
    out->p_part = out->p * out->over_both;
    out->q_part = out->q * out->over_both;
    out->in_order = V_LE(zero, zero);
    for (int k = 0; k < last; k++)
        for (int later = k + 1; later < last; later++)
            out->e[k][later] = CC_W(both_exps)(-out->both * (launch[later] - launch[k]), &out->fall[k][later]);
    for (int k = 0; k + 1 < last; k++) out->in_order = out->in_order & V_LE(launch[k], launch[k + 1]);
}

/* E since the latest launch that lies behind, of the row's generation or, where `past` is set, of the next one. */
typedef struct CC_W(latest) {
    V e, fall;
    M past;
} CC_W(latest);

CC_INLINE CC_W(latest) CC_W(since_latest)(int last, int own, V time, const V *theta, V both)
{
    const V *launch = theta + 2 + last;
    int later = own + 1 < last ? own + 1 : own;
    CC_W(latest) out;
    V zero = CC_W(v_all)(0.0), since_own = time - launch[own], since_later = time - launch[later];
    out.past = later > own ? V_LT(zero, since_later) : V_LT(zero, zero);
    V since = CC_W(v_max)(CC_W(v_select)(out.past, since_later, since_own), zero);
    out.e = CC_W(both_exps)(-both * since, &out.fall);
    return out;
}

/* E of generation k in a row of `own`, and what it lacks of 1: that since the latest launch, times E from its own launch to that one. Where
 * the next generation is out in all lanes, nothing has to be chosen. */
CC_INLINE V CC_W(e_of)(int own, int later, int k, bool all_past, const CC_W(common) * common,
                       const CC_W(latest) * latest, V *fall)
{
    V one = CC_W(v_all)(1.0), zero = CC_W(v_all)(0.0);
    if (k == later && (later == own || all_past)) {
        *fall = latest->fall;
        return latest->e;
    }
    if (k > own) {
        *fall = CC_W(v_select)(latest->past, latest->fall, zero);
        return CC_W(v_select)(latest->past, latest->e, one);
    }
    V between = common->e[k][later], lacking = common->fall[k][later];
    if (later > own && !all_past) {
        between = CC_W(v_select)(latest->past, between, k < own ? common->e[k][own] : one);
        lacking = CC_W(v_select)(latest->past, lacking, k < own ? common->fall[k][own] : zero);
    }
    *fall = latest->fall * between + lacking;
    return latest->e * between;
}

/* Value and gradient from E of each generation that bears on the row, and what it lacks of 1. theta: p, q, potentials, launches.
 *
 * With D = p + q E, u = (1 - E) (p + q) E / D^2 and F' = p (p + q)^2 E / D^2, the derivative by time: dF/dp = (q u + s F') / (p + q) and
 * dF/dq = (s F' - p u) / (p + q), so that sums over the generations serve both. */
CC_INLINE void CC_W(row_of)(int last, int own, V time, const V *theta, const CC_W(common) * common, const V *e,
                            const V *fall, V *f, V *g)
{
    int later = own + 1 < last ? own + 1 : own, known = later + 1;
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), stay = one, sum = zero, moved = zero;
    V share[MOST], bend[MOST], by_s[MOST], since[MOST], by_share[MOST], pool[MOST];
    const V *potential = theta + 2, *launch = theta + 2 + last;
    for (int k = 0; k < known; k++) {
        V over = 1.0 / (common->p + common->q * e[k]), rest = -fall[k] * over, lacks = common->both * (e[k] * over);
        since[k] = time - launch[k];
        M live = V_LT(zero, since[k]);
        share[k] = common->p * rest;
        bend[k] = rest * lacks;
        by_s[k] = CC_W(v_select)(live, common->p_both * over * lacks, zero);
        if (k > own) stay = CC_W(v_select)(live, lacks, one);
    }
    for (int k = 0; k <= own; k++) pool[k] = k > 0 ? potential[k] + share[k - 1] * pool[k - 1] : potential[k];
    V users = share[own] * pool[own], chain = stay;
    *f = users * stay;
    if (!g) return;
    for (int k = own; k >= 0; k--) {
        by_share[k] = chain * pool[k];
        chain = chain * share[k];
        g[2 + k] = chain;
    }
    if (later > own) by_share[later] = -users;
    for (int k = 0; k < known; k++) {
        V by_launch = -by_share[k] * by_s[k];
        g[2 + last + k] = by_launch;
        moved = moved - by_launch * since[k];
        sum = sum + by_share[k] * bend[k];
    }
    for (int k = own + 1; k < last; k++) g[2 + k] = zero;
    for (int k = known; k < last; k++) g[2 + last + k] = zero;
    moved = moved * common->over_both;
    g[0] = moved + common->q_part * sum;
    g[1] = moved - common->p_part * sum;
}

/* A row of generation `own`, counted from 0, in all lanes, whose launches are in order. */
CC_INLINE void CC_W(usual_row)(int last, int own, bool all_past, V time, const V *theta, const CC_W(common) * common,
                               const CC_W(latest) * latest, double *f, double *g)
{
    int later = own + 1 < last ? own + 1 : own;
    V e[MOST], fall[MOST], value, gradient[2 + 2 * MOST];
    for (int k = 0; k <= later; k++) e[k] = CC_W(e_of)(own, later, k, all_past, common, latest, &fall[k]);
    CC_W(row_of)(last, own, time, theta, common, e, fall, &value, g ? gradient : NULL);
    CC_W(v_store)(f, value);
    for (int j = 0; g && j < 2 + 2 * last; j++) CC_W(v_store)(g + j * CC_WIDTH, gradient[j]);
}

/* Puts numbers where they belong; what stands there in the other lanes stays. */
CC_INLINE void CC_W(put)(M here, const V *value, int count, double *to)
{
    for (int j = 0; j < count; j++) {
        double *at = to + j * CC_WIDTH;
        CC_W(v_store)(at, CC_W(v_select)(here, value[j], CC_W(v_load)(at)));
    }
}

/* A row that is of another generation in some lanes than in others, or whose launches are not in order in all of them. */
static __attribute__((noinline)) void CC_W(odd_row)(int last, V time, V number, const V *theta,
                                                    const CC_W(common) * common, double *f, double *g)
{
    int p = 2 + 2 * last;
    V nothing = CC_W(v_all)(NAN), zero = CC_W(v_all)(0.0);
    CC_W(v_store)(f, nothing);
    for (int j = 0; g && j < p; j++) CC_W(v_store)(g + j * CC_WIDTH, nothing);
    for (int own = 0; own < last; own++) {
        V one = CC_W(v_all)(own + 1.0), value, gradient[2 + 2 * MOST], e[MOST], fall[MOST];
        int later = own + 1 < last ? own + 1 : own;
        M here = V_LE(one, number) & V_LE(number, one);
        if (!CC_W(v_any)(here)) continue;
        CC_W(latest) latest = CC_W(since_latest)(last, own, time, theta, common->both);
        for (int k = 0; k <= later; k++) {
            V since = CC_W(v_max)(time - theta[2 + last + k], zero), own_fall;
            V own_e = CC_W(both_exps)(-common->both * since, &own_fall);
            e[k] = CC_W(v_select)(common->in_order, CC_W(e_of)(own, later, k, false, common, &latest, &fall[k]), own_e);
            fall[k] = CC_W(v_select)(common->in_order, fall[k], own_fall);
        }
        CC_W(row_of)(last, own, time, theta, common, e, fall, &value, g ? gradient : NULL);
        CC_W(put)(here, &value, 1, f);
        if (g) CC_W(put)(here, gradient, p, g);
    }
}

/* The generation of a row, counted from 0, where it is the same in all lanes; else -1. */
CC_INLINE int CC_W(common_generation)(int last, const double *number)
{
    if (!(number[0] >= 1 && number[0] <= last)) return -1;
    int first = (int)number[0];
    V own = CC_W(v_load)(number), wanted = CC_W(v_all)(first);
    return CC_W(v_any)(~(V_LE(own, wanted) & V_LE(wanted, own))) ? -1 : first - 1;
}

/* The compiler has to know the generation of a row. */
#define USUAL_ROW(K)                                                                                                   \
    case K:                                                                                                            \
        if (K + 1 < last && !CC_W(v_any)(~latest[m].past))                                                             \
            CC_W(usual_row)(last, K < last ? K : 0, true, time, th, &common, &latest[m], of_f, of_g);                  \
        else                                                                                                           \
            CC_W(usual_row)(last, K < last ? K : 0, false, time, th, &common, &latest[m], of_f, of_g);                 \
        break

/* x: time, generation. Series side by side mostly have the same rows. Exponentials come first, a few rows together, so that what waits
 * for them does not hold up the next. */
CC_INLINE void CC_W(norton_bass)(int last, const double *x, size_t stride, const double *theta, double *f, double *g,
                                 size_t n)
{
    int p = 2 + 2 * last, own[CC_TOGETHER];
    V th[2 + 2 * MOST];
    CC_W(latest) latest[CC_TOGETHER];
    for (int j = 0; j < p; j++) th[j] = CC_W(v_load)(theta + j * CC_WIDTH);
    CC_W(common) common;
    CC_W(find_common)(last, th, &common);
    bool usual = !CC_W(v_any)(~common.in_order);
    for (size_t from = 0; from < n; from += CC_TOGETHER) {
        size_t count = n - from < CC_TOGETHER ? n - from : CC_TOGETHER;
        for (size_t m = 0; m < count; m++) {
            own[m] = usual ? CC_W(common_generation)(last, x + (stride + from + m) * CC_WIDTH) : -1;
            if (own[m] >= 0)
                latest[m] = CC_W(since_latest)(last, own[m], CC_W(v_load)(x + (from + m) * CC_WIDTH), th, common.both);
        }
        for (size_t m = 0; m < count; m++) {
            size_t i = from + m;
            V time = CC_W(v_load)(x + i * CC_WIDTH);
            double *of_f = f + i * CC_WIDTH, *of_g = g ? g + i * (size_t)(p * CC_WIDTH) : NULL;
            switch (own[m]) {
                USUAL_ROW(0);
                USUAL_ROW(1);
                USUAL_ROW(2);
                USUAL_ROW(3);
            default:
                CC_W(odd_row)(last, time, CC_W(v_load)(x + (stride + i) * CC_WIDTH), th, &common, of_f, of_g);
            }
        }
    }
}
#undef USUAL_ROW

#define NORTON_BASS(G)                                                                                                 \
    static void CC_W(norton_bass_##G##_values)(const cc_curve *self, const double *x, size_t stride,                   \
                                               const double *theta, double *f, double *g, size_t n)                    \
    {                                                                                                                  \
        (void)self;                                                                                                    \
        if (g)                                                                                                         \
            CC_W(norton_bass)(G, x, stride, theta, f, g, n);                                                           \
        else                                                                                                           \
            CC_W(norton_bass)(G, x, stride, theta, f, NULL, n);                                                        \
    }
NORTON_BASS(2)
NORTON_BASS(3)
NORTON_BASS(4)

/* E from the launch of each generation to every one that is no earlier. */
CC_INLINE void CC_W(rows_gaps)(const sample *rows, V both, V (*gap)[MOST])
{
    for (int k = 0; k < rows->last; k++)
        for (int to = 0; to < rows->last; to++)
            if (to != k && rows->launch[k] <= rows->launch[to])
                gap[k][to] = CC_W(v_exp)(both * (rows->launch[k] - rows->launch[to]));
}

/* Users in a row of generation `own` for each unit of a potential; `e`: E since the latest launch before it. */
CC_INLINE void CC_W(for_potentials)(const sample *rows, int last, int own, size_t i, V p, V q, V e, V (*gap)[MOST],
                                    V *unit)
{
    int latest = rows->latest[i];
    V one = CC_W(v_all)(1.0), zero = CC_W(v_all)(0.0), chain = one;
    for (int k = own + 1 < last ? own + 1 : own; k >= 0; k--) {
        bool launched = rows->launch[k] < rows->time[i];
        V own_e = k == latest || !launched ? e : e * gap[k][latest];
        V share = launched ? p * (1.0 - own_e) / (p + q * own_e) : zero;
        chain = k > own ? 1.0 - share : chain * share;
        if (k <= own) unit[k] = chain;
    }
}

/* Adds the rows of generation `own` to the normal equations for the potentials; `total`: what they leave. */
CC_INLINE void CC_W(add_rows)(const sample *rows, int last, int own, V p, V q, V (*gap)[MOST], const V *begin, V *entry,
                              V *right, V *total)
{
    V both = p + q, e[ROWS];
    size_t first = rows->first[own], count = rows->first[own + 1] - first;
    for (size_t m = 0; m < count; m++) e[m] = CC_W(v_exp)(-both * rows->since[first + m]);
    for (size_t m = 0; m < count; m++) {
        size_t i = first + m;
        V unit[MOST], w = CC_W(v_all)(rows->w[i]), r = CC_W(v_all)(rows->y[i]);
        CC_W(for_potentials)(rows, last, own, i, p, q, e[m], gap, unit);
        for (int k = 0; k <= own; k++) r = r - unit[k] * begin[k];
        *total = *total + w * r * r;
        for (int j = 0; j <= own; j++) {
            V wu = w * unit[j];
            right[j] = right[j] + wu * r;
            for (int k = 0; k <= j; k++) entry[CC_TRI(j, k)] = entry[CC_TRI(j, k)] + wu * unit[k];
        }
    }
}

/* The best potentials (MOST) at each of `count` pairs of p and q, and the objective that is left; `last` comes apart from the rows so
 * that the compiler can know it. */
CC_INLINE void CC_W(try_some)(const sample *rows, int last, size_t count, const double *p, const double *q,
                              double *left, double (*potential)[MOST])
{
    V zero = CC_W(v_all)(0.0), lower[MOST], upper[MOST], begin[MOST], step[MOST];
    M mask[MOST];
    for (int k = 0; k < last; k++) {
        begin[k] = CC_W(v_all)(rows->begin[k]);
        lower[k] = CC_W(v_all)(rows->lower[k]);
        upper[k] = CC_W(v_all)(rows->upper[k]);
        mask[k] = V_LT(zero, CC_W(v_all)(rows->solved[k]));
    }
    for (size_t at = 0; at + CC_WIDTH <= count; at += CC_WIDTH) {
        double a[MOST * (MOST + 1) / 2 * CC_WIDTH], b[MOST * CC_WIDTH];
        V total = zero, right[MOST], entry[MOST * (MOST + 1) / 2], gap[MOST][MOST];
        V own_p = CC_W(v_load)(p + at), own_q = CC_W(v_load)(q + at), both = own_p + own_q;
        for (int j = 0; j < last; j++) {
            right[j] = zero;
            for (int k = 0; k <= j; k++) entry[CC_TRI(j, k)] = zero;
        }
        CC_W(rows_gaps)(rows, both, gap);
        CC_W(add_rows)(rows, last, 0, own_p, own_q, gap, begin, entry, right, &total);
        CC_W(add_rows)(rows, last, 1, own_p, own_q, gap, begin, entry, right, &total);
        if (last > 2) CC_W(add_rows)(rows, last, 2, own_p, own_q, gap, begin, entry, right, &total);
        if (last > 3) CC_W(add_rows)(rows, last, 3, own_p, own_q, gap, begin, entry, right, &total);
        for (int j = 0; j < last; j++) {
            CC_W(v_store)(b + j * CC_WIDTH, right[j]);
            for (int k = 0; k <= j; k++) CC_W(v_store)(a + CC_TRI(j, k) * CC_WIDTH, entry[CC_TRI(j, k)]);
        }
        M good = CC_W(solve_plain)((size_t)last, a, b, begin, lower, upper, mask, step);
        for (int j = 0; j < last; j++) {
            V product = zero;
            for (int k = 0; k < last; k++) product = product + entry[j >= k ? CC_TRI(j, k) : CC_TRI(k, j)] * step[k];
            total = total - step[j] * (2.0 * right[j] - product);
        }
        CC_W(v_store)(left + at, CC_W(v_select)(good, total, CC_W(v_all)(INFINITY)));
        for (int k = 0; k < last; k++) {
            double lane[CC_WIDTH];
            CC_W(v_store)(lane, begin[k] + step[k]);
            for (int m = 0; m < CC_WIDTH; m++) potential[at + (size_t)m][k] = lane[m];
        }
    }
}

static void CC_W(try_pairs)(const sample *rows, size_t count, const double *p, const double *q, double *left,
                            double (*potential)[MOST])
{
    switch (rows->last) {
    case 2:
        CC_W(try_some)(rows, 2, count, p, q, left, potential);
        break;
    case 3:
        CC_W(try_some)(rows, 3, count, p, q, left, potential);
        break;
    default:
        CC_W(try_some)(rows, MOST, count, p, q, left, potential);
    }
}

#else

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"

/* Generations; rows of each on which starts are sought. */
enum { MOST = 4, ROWS = 6 };

/* Some rows, and what is known of launches and potentials: these are solved for inside their bounds where no start is given. */
typedef struct sample {
    int last;
    size_t n, first[MOST + 1]; /* of each generation; the rows of one lie together */
    int own[MOST * ROWS],
        latest[MOST * ROWS];   /* generations, counted from 0: its own, and the one launched last, of that and those
                                                * that bear on it */
    double since[MOST * ROWS]; /* that launch; 0 before all of them */
    double time[MOST * ROWS], y[MOST * ROWS], w[MOST * ROWS];
    double launch[MOST], begin[MOST], lower[MOST], upper[MOST], solved[MOST];
} sample;

typedef void (*try_pairs_fn)(const sample *rows, size_t count, const double *p, const double *q, double *left,
                             double (*potential)[MOST]);

#define CC_WIDTH_FILE "curves/norton_bass.c"
#include "curves/families.h"
#include "widths.h"

static const char *const regressors[] = {"time", "generation"};

static size_t generations(const cc_curve *self)
{
    return (self->p - 2) / 2;
}

/* As they are; a row of no generation has no features. */
static void stacked_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z,
                             double *dz)
{
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < n; i++) {
        double number = x[n + i];
        bool is_one = number >= 1 && number <= (double)generations(self) && number == floor(number);
        z[i] = x[i];
        z[n + i] = is_one ? number : NAN;
    }
}

#define POTENTIAL(N)                                                                                                   \
    {"potential_" #N,                                                                                                  \
     "y",                                                                                                              \
     "users that generation " #N " adds to the market in the end",                                                     \
     0,                                                                                                                \
     INFINITY,                                                                                                         \
     CC_LINEAR_LEVEL | CC_CEILING,                                                                                     \
     1,                                                                                                                \
     0}
#define LAUNCH(N)                                                                                                      \
    {"launch_" #N,                                                                                                     \
     "x",                                                                                                              \
     "launch of generation " #N "; unless given one step before its first row that is not 0",                          \
     -INFINITY,                                                                                                        \
     INFINITY,                                                                                                         \
     CC_FIXED_BY_DEFAULT,                                                                                              \
     0,                                                                                                                \
     1}
#define COMMON                                                                                                         \
    {"innovation", "1/x", "coefficient of innovation of every generation, p", 0, INFINITY, CC_LOG_INTERVAL, 0, -1},    \
        {"imitation", "1/x", "coefficient of imitation of every generation, q", 0, INFINITY, 0, 0, -1}

static const cc_param params_2[] = {COMMON, POTENTIAL(1), POTENTIAL(2), LAUNCH(1), LAUNCH(2)};
static const cc_param params_3[] = {COMMON, POTENTIAL(1), POTENTIAL(2), POTENTIAL(3), LAUNCH(1), LAUNCH(2), LAUNCH(3)};
static const cc_param params_4[] = {COMMON,    POTENTIAL(1), POTENTIAL(2), POTENTIAL(3), POTENTIAL(4),
                                    LAUNCH(1), LAUNCH(2),    LAUNCH(3),    LAUNCH(4)};

static const cc_derived derived[] = {
    {"potential", "y", "users of the last generation in the end: the potentials of all of them", -1},
    {"peak_delay", "x", "time from a launch to the fastest adoption; none where q is not above p", -1},
};

static void norton_bass_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    size_t last = generations(self), p = self->p;
    /* none without a peak */
    double both = theta[0] + theta[1], log_ratio = theta[1] > theta[0] ? log(theta[1] / theta[0]) : NAN;
    value[0] = 0;
    for (size_t j = 0; j < 2 * p; j++) gradient[j] = 0;
    for (size_t k = 0; k < last; k++) {
        value[0] += theta[2 + k];
        gradient[2 + k] = 1;
    }
    value[1] = log_ratio / both;
    gradient[p] = -1 / (theta[0] * both) - log_ratio / (both * both);
    gradient[p + 1] = 1 / (theta[1] * both) - log_ratio / (both * both);
}

/* Launches, where there are no rows to tell; p and q of a usual diffusion in the whole length of time. */
static void norton_bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    static const double p[] = {0.04}, q[] = {7};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 0, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 1, 1 / span, q, CC_COUNT(q));
    for (size_t k = 0; k < generations(self); k++) {
        grid->count[2 + generations(self) + k] = 1;
        grid->node[2 + generations(self) + k][0] = range->low[0] - range->step;
    }
}

/* A row of a generation that is used. */
static bool is_own(const cc_points *points, size_t i, size_t generation)
{
    return points->w[i] > 0 && points->z[points->n + i] == (double)(generation + 1);
}

/* The first row of a generation past `after` whose users lie above `least`; infinite where there is none. */
static double first_above(const cc_points *points, size_t generation, double after, double least)
{
    double first = INFINITY;
    for (size_t i = 0; i < points->n; i++)
        if (is_own(points, i, generation) && points->z[i] > after && points->y[i] > least)
            first = fmin(first, points->z[i]);
    return first;
}

/* Before the launch a column of a table holds zeros: the first row that is another number. Below 0 it is one too, as errors of small
 * numbers are. */
static double first_users(const cc_points *points, size_t generation)
{
    double first = INFINITY;
    for (size_t i = 0; i < points->n; i++)
        if (is_own(points, i, generation) && points->y[i] != 0) first = fmin(first, points->z[i]);
    return first;
}

/* Share of the largest number below 0 that a number has to exceed to be more than an error. */
static const double ABOVE_NOISE = 0.2;

/* The same where zeros bear errors: past the last row that is no more than an error, of those before half of the most users. */
static double first_users_in_noise(const cc_points *points, size_t generation)
{
    double largest = 0, lowest = 0, last = -INFINITY;
    for (size_t i = 0; i < points->n; i++) {
        if (!is_own(points, i, generation)) continue;
        largest = fmax(largest, points->y[i]);
        lowest = fmin(lowest, points->y[i]);
    }
    double risen = first_above(points, generation, -INFINITY, largest / 2);
    for (size_t i = 0; i < points->n; i++)
        if (is_own(points, i, generation) && points->z[i] < risen && points->y[i] <= -ABOVE_NOISE * lowest)
            last = fmax(last, points->z[i]);
    return first_above(points, generation, last, 0);
}

/* The usual step between the rows of a generation, of all rows where it has too few. */
static double own_step(const cc_points *points, size_t generation)
{
    for (size_t i = 0; i < points->n; i++)
        points->work[i] = points->z[points->n + i] == (double)(generation + 1) ? points->z[i] : NAN;
    double step = cc_usual_step(points->work, points->n);
    return step > 0 ? step : cc_usual_step(points->z, points->n);
}

/* One step before the first row in which a generation has users; one that has none is still to come. No generation begins together with
 * the one before it: where it seems to, and numbers below 0 tell of errors, these may be what its first rows show. */
static void norton_bass_held(const cc_curve *self, const cc_points *points, double *theta)
{
    size_t last = generations(self);
    double before = -INFINITY;
    for (size_t k = 0; k < last; k++) {
        double first = first_users(points, k), step = own_step(points, k);
        if (first <= before) first = first_users_in_noise(points, k);
        if (isfinite(first)) before = first;
        if (step > 0) theta[2 + last + k] = isfinite(first) ? first - step : points->range->high[0];
    }
}

/* ---- starts ------------------------------------------------------------------------------------------ */

/* Up to ROWS usable rows of a generation, evenly among them. */
static void take_rows(const cc_points *points, int own, sample *rows)
{
    size_t n = points->n, used = 0, seen = 0, taken = 0;
    const double *number = points->z + n;
    for (size_t i = 0; i < n; i++) used += points->w[i] > 0 && number[i] == own + 1;
    size_t wanted = used < ROWS ? used : ROWS;
    for (size_t i = 0; i < n && taken < wanted; i++) {
        if (!(points->w[i] > 0) || number[i] != own + 1) continue;
        if (seen++ != (wanted > 1 ? taken * (used - 1) / (wanted - 1) : 0)) continue;
        rows->own[rows->n] = own;
        rows->time[rows->n] = points->z[i];
        rows->y[rows->n] = points->y[i];
        rows->w[rows->n++] = points->w[i];
        taken++;
    }
}

/* Which launch before a row was the last, of its generation, of those before it and of the next one. */
static void find_latest(sample *rows, size_t i)
{
    int latest = -1;
    for (int k = 0; k < rows->last && k <= rows->own[i] + 1; k++)
        if (rows->launch[k] < rows->time[i] && (latest < 0 || rows->launch[latest] < rows->launch[k])) latest = k;
    rows->latest[i] = latest;
    rows->since[i] = latest < 0 ? 0 : rows->time[i] - rows->launch[latest];
}

/* Where a parameter begins: where it was told to, else at a value inside its bounds. */
static double begin_at(const cc_points *points, size_t j, double usual)
{
    double value = isnan(points->given[j]) ? usual : points->given[j];
    return fmin(fmax(value, points->lower[j]), points->higher[j]);
}

static void take_sample(const cc_curve *self, const cc_points *points, sample *rows)
{
    int last = (int)generations(self);
    double held[2 + 2 * MOST];
    bool told = true;
    for (int k = 0; k < last; k++) told = told && !(points->lower[2 + last + k] < points->higher[2 + last + k]);
    for (size_t j = 0; j < self->p; j++) held[j] = points->range->low[0];
    if (!told) norton_bass_held(self, points, held);
    rows->last = last;
    rows->n = 0;
    for (int k = 0; k < last; k++) {
        size_t j = 2 + (size_t)k, launch = j + (size_t)last;
        rows->first[k] = rows->n;
        take_rows(points, k, rows);
        rows->launch[k] = begin_at(points, launch, held[launch]);
        rows->lower[k] = points->lower[j];
        rows->upper[k] = points->higher[j];
        rows->begin[k] = begin_at(points, j, 0);
        rows->solved[k] = isnan(points->given[j]) && points->lower[j] < points->higher[j];
    }
    rows->first[last] = rows->n;
    for (size_t i = 0; i < rows->n; i++) find_latest(rows, i);
}

/* Nodes along p and along q; a pair is looked at beside the best one of these as well. */
enum { ALONG = 4, PAIRS = ALONG * ALONG, NEAR = 8 };

/* A second pair is worth a walk where it lies below its neighbours and leaves less than this many times what the best one does. */
static const double RIVAL = 2;

/* Below all its neighbours, those across a corner too: valleys run aslant. */
static bool is_lowest(const double *left, int at)
{
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) {
            int row = at / ALONG + i, column = at % ALONG + j, beside = row * ALONG + column;
            if (beside == at || row < 0 || row >= ALONG || column < 0 || column >= ALONG) continue;
            /* of equal neighbours the first counts */
            if (beside < at ? !(left[at] < left[beside]) : !(left[at] <= left[beside])) return false;
        }
    return true;
}

static size_t norton_bass_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    /* by the whole length of time, which each generation shares with others: steeper than a single diffusion */
    static const double of_p[ALONG] = {0.004, 0.04, 0.3, 2}, of_q[ALONG] = {1, 5, 11, 25};
    static const double beside_p[NEAR] = {0.4, 2.5, 1, 1, 0.4, 2.5, 0.4, 2.5},
                        beside_q[NEAR] = {1, 1, 0.7, 1.4, 0.7, 1.4, 1.4, 0.7};
    static const try_pairs_fn try_pairs[] = CC_EACH_WIDTH(try_pairs);
    try_pairs_fn try_out = try_pairs[cc_width_best() / 2];
    double p[PAIRS], q[PAIRS], left[PAIRS], potential[PAIRS][MOST], value[CC_MAX_STARTS];
    double span = points->range->high[0] - points->range->low[0];
    size_t count = 0;
    sample rows;
    take_sample(self, points, &rows);
    for (int k = 0; k < PAIRS; k++) {
        p[k] = begin_at(points, 0, of_p[k / ALONG] / span);
        q[k] = begin_at(points, 1, of_q[k % ALONG] / span);
    }
    try_out(&rows, PAIRS, p, q, left, potential);
    int best = -1, second = -1;
    for (int k = 0; k < PAIRS; k++) {
        if (!(left[k] < INFINITY) || !is_lowest(left, k)) continue;
        if (best < 0 || left[k] < left[best])
            second = best, best = k;
        else if (second < 0 || left[k] < left[second])
            second = k;
    }
    for (int round = 0; round < 2; round++) {
        int from = round ? second : best;
        double near_p[NEAR], near_q[NEAR], near_left[NEAR], near_potential[NEAR][MOST], theta[2 + 2 * MOST];
        if (from < 0 || (round && left[from] > RIVAL * left[best])) break;
        for (int k = 0; k < NEAR; k++) {
            near_p[k] = begin_at(points, 0, p[from] * beside_p[k]);
            near_q[k] = begin_at(points, 1, q[from] * beside_q[k]);
        }
        try_out(&rows, NEAR, near_p, near_q, near_left, near_potential);
        int nearest = -1;
        for (int k = 0; k < NEAR; k++)
            if (near_left[k] < (nearest < 0 ? left[from] : near_left[nearest])) nearest = k;
        theta[0] = nearest < 0 ? p[from] : near_p[nearest];
        theta[1] = nearest < 0 ? q[from] : near_q[nearest];
        for (int k = 0; k < rows.last; k++) {
            theta[2 + k] = nearest < 0 ? potential[from][k] : near_potential[nearest][k];
            theta[2 + rows.last + k] = rows.launch[k];
        }
        count = cc_keep_start(start, value, count, most, self->p, theta, nearest < 0 ? left[from] : near_left[nearest]);
    }
    return count;
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

/* Of the users that a generation adds, those until the last row. */
static double norton_bass_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    double since = points->range->high[0] - theta[ceiling + generations(self)];
    return bass_share_alone_w1(theta[0], theta[1], since);
}

/* Thirty years from 2000, a generation every six or seven, each from a year after its launch. */
static void norton_bass_example_x(const cc_curve *self, size_t n, double *x)
{
    size_t last = generations(self);
    for (size_t i = 0; i < n; i++) {
        size_t own = i * last / n, begin = (own * n + last - 1) / last, end = ((own + 1) * n + last - 1) / last;
        double first = self->example[2 + last + own] + 1, rows = (double)(end - begin);
        x[i] = rows > 1 ? first + (2030 - first) * (double)(i - begin) / (rows - 1) : first;
        x[n + i] = (double)(own + 1);
    }
}

static const double example_2[] = {0.01, 0.45, 40, 60, 1999, 2009};
static const double example_3[] = {0.01, 0.45, 40, 60, 30, 1999, 2007, 2014};
static const double example_4[] = {0.01, 0.45, 40, 60, 30, 50, 1999, 2005, 2011, 2018};

#define USERS_2 "I_1 = F_1*potential_1, I_2 = F_2*(potential_2 + I_1)"
#define USERS_3 USERS_2 ", I_3 = F_3*(potential_3 + I_2)"
#define USERS_4 USERS_3 ", I_4 = F_4*(potential_4 + I_3)"
#define LAUNCHES_2 "launch_1, launch_2"
#define LAUNCHES_3 LAUNCHES_2 ", launch_3"
#define LAUNCHES_4 LAUNCHES_3 ", launch_4"
#define CURVE(G)                                                                                                       \
    static const cc_curve norton_bass_##G = {                                                                          \
        .name = "norton_bass_" #G,                                                                                     \
        .title = "Norton-Bass diffusion of " #G " generations",                                                        \
        .formula = "I_g*(1 - F_(g+1)) in rows of generation g, the last I_" #G ": " USERS_##G                          \
        "; F_g = (1 - exp(-(p+q)*s)) / (1 + (q/p)*exp(-(p+q)*s)), s = time - " LAUNCHES_##G                            \
        "; p innovation, q imitation",                                                                                 \
        .source = "Norton, J. A. and Bass, F. M. (1987), A diffusion theory model of adoption and substitution for "   \
                  "successive generations of high-technology products, Management Science 33, 1069-1086",              \
        .when = "Users, installed base or shipments of " #G " successive generations of a technology, stacked: a row " \
                "for each time and generation, from its launch on.",                                                   \
        .when_not = "Generations that do not replace each other, or spread at speeds of their own. Rows from before "  \
                    "a launch: zeros are no observations, and where they bear errors the launch has to be given.",     \
        .p = 2 + 2 * (G),                                                                                              \
        .params = params_##G,                                                                                          \
        .r = 2,                                                                                                        \
        .regressors = regressors,                                                                                      \
        .n_features = 2,                                                                                               \
        .n_work = 1,                                                                                                   \
        .error_model = CC_ADDITIVE,                                                                                    \
        .values = CC_EACH_WIDTH(norton_bass_##G##_values),                                                             \
        .features = stacked_features,                                                                                  \
        .grid = norton_bass_grid,                                                                                      \
        .starts = norton_bass_starts,                                                                                  \
        .held = norton_bass_held,                                                                                      \
        .seen = norton_bass_seen,                                                                                      \
        .n_derived = 2,                                                                                                \
        .derived = derived,                                                                                            \
        .derive = norton_bass_derive,                                                                                  \
        .example = example_##G,                                                                                        \
        .example_x = norton_bass_example_x,                                                                            \
    }
CURVE(2);
CURVE(3);
CURVE(4);

CC_FAMILY(diffusion, norton_bass, &norton_bass_2, &norton_bass_3, &norton_bass_4);

#endif
