// SPDX-License-Identifier: GPL-3.0-or-later
/* generalised_bass.c - adoptions by period with one or two regressors, price and advertising, that hasten or delay them.
 *
 * The Bass share F is taken at a mapped time. With z_k the regressors,
 *     X(t) = t - launch + sum_k effect_k ln(z_k(t) / z_k(launch)),  y(t) = ceiling (F(X(t)) - F(X(t - period))).
 * Between rows ln z_k runs straight, so X a period earlier is known from the slope since the row before in time. Whatever row
 * lies a period earlier, that is exact; where a row is missing, it is interpolated.
 */
#ifdef CC_WIDTH

#include "curves/bass.h"
#include "curves/kernel.h"
#include "fit/small.h"

/* x: time, logarithms of the regressors, their slopes. theta: ceiling, p, q, effects, launch, period, regressors at launch. */
CC_INLINE void CC_W(generalised_bass)(int count, const V *x, const V *theta, V *f, V *g)
{
    const V *effect = theta + 3, launch = theta[3 + count], period = theta[4 + count], *start = theta + 5 + count;
    V zero = CC_W(v_all)(0.0), since = x[0] - launch, to = since, pace = CC_W(v_all)(1.0), moved[MOST];
    for (int k = 0; k < count; k++) {
        moved[k] = x[1 + k] - CC_W(v_log)(start[k]);
        to = to + effect[k] * moved[k];
        pace = pace + effect[k] * x[1 + count + k];
    }
    V from = to - period * pace, by_p, by_q, by_from, by_to;
    to = CC_W(v_select)(V_LE(since, zero), to - to, to); /* 0, but NaN where a regressor is none */
    from = CC_W(v_select)(V_LE(since - period, zero), zero, from);
    V share = CC_W(bass_rise)(theta[1], theta[2], from, to, &by_p, &by_q, &by_from, &by_to), both = by_from + by_to;
    *f = theta[0] * share;
    g[0] = share;
    g[1] = theta[0] * by_p;
    g[2] = theta[0] * by_q;
    for (int k = 0; k < count; k++) {
        g[3 + k] = theta[0] * (both * moved[k] - by_from * period * x[1 + count + k]);
        g[5 + count + k] = -theta[0] * both * (effect[k] * (1.0 / start[k]));
    }
    g[3 + count] = -theta[0] * both;
    g[4 + count] = -theta[0] * by_from * pace;
}

#define GENERALISED_BASS(K)                                                                                            \
    CC_INLINE void CC_W(generalised_bass_##K##_kernel)(const V *x, const V *theta, V *f, V *g)                         \
    {                                                                                                                  \
        CC_W(generalised_bass)(K, x, theta, f, g);                                                                     \
    }                                                                                                                  \
    CC_VALUES(generalised_bass_##K, 5 + 2 * K, 1 + 2 * K, 5 + 2 * K)
GENERALISED_BASS(1)
GENERALISED_BASS(2)

/* Ceilings, and objectives but for what no node changes: minus b^2/a, with f at a ceiling of 1, a the sum of w f^2 and b that of w y f.
 * With E = exp(-(p + q) X) effects are factors of E, so few exponentials serve many nodes; p enters as q/p. */
CC_INLINE void CC_W(try_nodes)(const sample *own, const nodes *at, int delays, int effects, double *left,
                               double *ceiling)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    int of_effects = own->count > 1 ? effects * effects : effects;
    for (int from = 0; from < at->paces; from += CC_WIDTH) {
        V pace = CC_W(v_load)(at->pace + from), ratio[MOST_DELAYS], a[MOST_EFFECTS * MOST_EFFECTS * MOST_DELAYS],
          b[MOST_EFFECTS * MOST_EFFECTS * MOST_DELAYS];
        for (int k = 0; k < of_effects * delays; k++) a[k] = b[k] = zero;
        for (int d = 0; d < delays; d++) ratio[d] = CC_W(v_exp)(CC_W(v_load)(at->lag[d] + from));
        for (int i = 0; i < own->n; i++) {
            V ends = CC_W(v_exp)(-pace * own->since[i]), begins = CC_W(v_exp)(-pace * (own->since[i] - own->period));
            /* of an effect on E at the end of the period and at its beginning */
            V by_end[MOST][MOST_EFFECTS], by_begin[MOST][MOST_EFFECTS];
            for (int k = 0; k < MOST; k++)
                for (int e = 0; e < effects; e++) {
                    by_end[k][e] = by_begin[k][e] = one;
                    if (k >= own->count || at->effect[k][e] == 0) continue;
                    double moved = at->effect[k][e] * own->moved[k][i], slope = at->effect[k][e] * own->slope[k][i];
                    by_end[k][e] = CC_W(v_exp)(-pace * moved);
                    by_begin[k][e] = CC_W(v_exp)(-pace * (moved - own->period * slope));
                }
            for (int k = 0; k < of_effects; k++) {
                V e1 = ends * by_end[0][k % effects] * by_end[1][k / effects];
                V e0 = begins * by_begin[0][k % effects] * by_begin[1][k / effects];
                e1 = own->since[i] > 0 ? CC_W(v_min)(e1, one) : one;
                e0 = own->since[i] > own->period ? CC_W(v_min)(e0, one) : one;
                for (int d = 0; d < delays; d++) {
                    V f = (1.0 + ratio[d]) * (e0 - e1) / ((1.0 + ratio[d] * e0) * (1.0 + ratio[d] * e1));
                    V wf = own->w[i] * f;
                    a[k * delays + d] = a[k * delays + d] + wf * f;
                    b[k * delays + d] = b[k * delays + d] + wf * own->y[i];
                }
            }
        }
        for (int k = 0; k < of_effects * delays; k++) {
            int to = k * at->paces + from;
            V best = CC_W(v_select)(V_LT(zero, a[k]) & V_LT(zero, b[k]), b[k] / a[k], zero);
            CC_W(v_store)(left + to, -best * b[k]);
            CC_W(v_store)(ceiling + to, best);
        }
    }
}

/* The few nodes of most series are known to the compiler. */
static void CC_W(try_all)(const sample *own, const nodes *at, double *left, double *ceiling)
{
    if (at->delays == FEW && at->effects == FEW)
        CC_W(try_nodes)(own, at, FEW, FEW, left, ceiling);
    else
        CC_W(try_nodes)(own, at, at->delays, at->effects, left, ceiling);
}

/* Normal equations of the sample at theta, for steps of the ceiling, of the logarithm of p, of q and of the effects; returns the
 * objective. */
CC_INLINE V CC_W(sum_up)(const sample *own, int count, const V *theta, double *a, double *b)
{
    V zero = CC_W(v_all)(0.0), total = zero, right[OPEN], entry[OPEN * (OPEN + 1) / 2];
    int open = 3 + count;
    for (int j = 0; j < open; j++) right[j] = zero;
    for (int k = 0; k < open * (open + 1) / 2; k++) entry[k] = zero;
    for (int i = 0; i < own->n; i++) {
        V x[1 + 2 * MOST], f, g[5 + 2 * MOST];
        x[0] = CC_W(v_all)(own->since[i]);
        for (int k = 0; k < count; k++) {
            x[1 + k] = CC_W(v_all)(own->moved[k][i]);
            x[1 + count + k] = CC_W(v_all)(own->slope[k][i]);
        }
        CC_W(generalised_bass)(count, x, theta, &f, g);
        V r = own->y[i] - f, wr = own->w[i] * r;
        g[1] = g[1] * theta[1];
        total = total + wr * r;
        for (int j = 0; j < open; j++) {
            V wg = own->w[i] * g[j];
            right[j] = right[j] + wr * g[j];
            for (int k = 0; k <= j; k++) entry[CC_TRI(j, k)] = entry[CC_TRI(j, k)] + wg * g[k];
        }
    }
    for (int j = 0; j < open; j++) CC_W(v_store)(b + j * CC_WIDTH, right[j]);
    for (int k = 0; k < open * (open + 1) / 2; k++) CC_W(v_store)(a + k * CC_WIDTH, entry[k]);
    return total;
}

/* A few damped steps down from each of `count` places, which they leave at their ends, and the objectives there; the number of
 * regressors comes apart so that the compiler can know it. */
CC_INLINE void CC_W(descend_in)(const sample *own, int of_regressors, int rounds, int count, double (*place)[OPEN],
                                double *left)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), infinite = CC_W(v_all)(INFINITY);
    size_t open = 3 + (size_t)of_regressors, entries = open * (open + 1) / 2;
    for (int at = 0; at + CC_WIDTH <= count; at += CC_WIDTH) {
        double a[OPEN * (OPEN + 1) / 2 * CC_WIDTH], b[OPEN * CC_WIDTH], lane[CC_WIDTH];
        V theta[5 + 2 * MOST], trial[5 + 2 * MOST], damping = CC_W(v_all)(0.01), origin[OPEN];
        M mask[OPEN];
        for (size_t j = 0; j < open; j++) {
            for (int m = 0; m < CC_WIDTH; m++) lane[m] = place[at + m][j];
            theta[j] = CC_W(v_load)(lane);
            origin[j] = zero;
            mask[j] = V_LE(zero, zero);
        }
        theta[open] = zero; /* the launch: times are those since then, and so with the regressors */
        theta[open + 1] = CC_W(v_all)(own->period);
        for (int k = 0; k < of_regressors; k++) theta[open + 2 + (size_t)k] = one;
        for (size_t j = open; j < 2 * open - 1; j++) trial[j] = theta[j];
        V objective = CC_W(sum_up)(own, of_regressors, theta, a, b);
        for (int round = 0; round < rounds; round++) {
            double next_a[OPEN * (OPEN + 1) / 2 * CC_WIDTH], next_b[OPEN * CC_WIDTH];
            V extra[OPEN], step[OPEN], lower[OPEN], upper[OPEN];
            for (size_t j = 0; j < open; j++) {
                V diagonal = CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH);
                extra[j] = CC_W(v_select)(V_LT(zero, diagonal), damping * diagonal, one);
                lower[j] = j == 1 ? CC_W(v_all)(-3.0) : j < 3 ? -theta[j] : -infinite;
                upper[j] = j == 1 ? CC_W(v_all)(3.0) : infinite;
            }
            CC_W(solve_box)(open, a, extra, b, origin, lower, upper, mask, step);
            for (size_t j = 0; j < open; j++) trial[j] = j == 1 ? theta[j] * CC_W(v_exp)(step[j]) : theta[j] + step[j];
            V tried = CC_W(sum_up)(own, of_regressors, trial, next_a, next_b);
            M better = V_LT(tried, objective);
            objective = CC_W(v_select)(better, tried, objective);
            damping = CC_W(v_select)(better, damping * 0.2, damping * 5.0);
            for (size_t j = 0; j < open; j++) {
                theta[j] = CC_W(v_select)(better, trial[j], theta[j]);
                double *of = b + j * CC_WIDTH;
                CC_W(v_store)(of, CC_W(v_select)(better, CC_W(v_load)(next_b + j * CC_WIDTH), CC_W(v_load)(of)));
            }
            for (size_t k = 0; k < entries; k++) {
                double *of = a + k * CC_WIDTH;
                CC_W(v_store)(of, CC_W(v_select)(better, CC_W(v_load)(next_a + k * CC_WIDTH), CC_W(v_load)(of)));
            }
        }
        CC_W(v_store)(left + at, objective);
        for (size_t j = 0; j < open; j++) {
            CC_W(v_store)(lane, theta[j]);
            for (int m = 0; m < CC_WIDTH; m++) place[at + m][j] = lane[m];
        }
    }
}

static void CC_W(descend)(const sample *own, int rounds, int count, double (*place)[OPEN], double *left)
{
    if (own->count > 1)
        CC_W(descend_in)(own, MOST, rounds, count, place, left);
    else
        CC_W(descend_in)(own, 1, rounds, count, place, left);
}

#else

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"

enum { MOST = 2 };

/* Nodes of p + q, of the time to the peak and of each effect, at the most and of most series; points on which they are tried. */
enum { MOST_PACES = 8, MOST_DELAYS = 7, MOST_EFFECTS = 5, FEW = 3, SAMPLE = 40, SMALL_SAMPLE = 12 };
/* Parameters that are open; places that are walked down from where noise hides the best, and steps of each. */
enum { OPEN = 3 + MOST, POOL = 32, POOL_OF_FEW = 12, ROUNDS = 10, FEW_ROUNDS = 1 };
enum { MOST_NODES = MOST_PACES * MOST_DELAYS * MOST_EFFECTS * MOST_EFFECTS };

/* Some points: time since the launch, logarithms of the regressors since then and their slopes. */
typedef struct sample {
    int n, count;
    double since[SAMPLE], y[SAMPLE], w[SAMPLE], moved[MOST][SAMPLE], slope[MOST][SAMPLE], period;
} sample;

/* p + q, the logarithm of q/p at each time to the peak, and effects. */
typedef struct nodes {
    int paces, delays, effects;
    double pace[MOST_PACES], lag[MOST_DELAYS][MOST_PACES], effect[MOST][MOST_EFFECTS];
} nodes;

#define CC_WIDTH_FILE "curves/generalised_bass.c"
#include "curves/families.h"
#include "widths.h"

static const char *const regressors[] = {"time", "price", "advertising"};

typedef struct row {
    double time, level[MOST]; /* of the logarithms */
    size_t at;
} row;

/* By time; rows of the same time by their regressors, so that it does not matter in which order they came. */
static int earlier(const void *a, const void *b)
{
    const row *left = a, *right = b;
    if (left->time != right->time) return left->time < right->time ? -1 : 1;
    for (int k = 0; k < MOST; k++)
        if (left->level[k] != right->level[k]) return left->level[k] < right->level[k] ? -1 : 1;
    return 0;
}

/* Time, logarithms, and the slope of each since the row before in time; before the first row nothing is taken to have changed. */
static void walk_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)theta;
    (void)dz;
    size_t count = self->r - 1, m = 0;
    row *rows = malloc(n * sizeof *rows + 1);
    for (size_t i = 0; i < n; i++) {
        row own = {.time = x[i], .at = i};
        bool whole = isfinite(x[i]);
        for (size_t k = 0; k < count; k++) {
            double value = x[(1 + k) * n + i];
            own.level[k] = value > 0 ? log(value) : NAN;
            whole = whole && isfinite(own.level[k]);
        }
        z[i] = x[i];
        for (size_t k = 0; k < count; k++) {
            z[(1 + k) * n + i] = rows ? own.level[k] : NAN;
            z[(1 + count + k) * n + i] = NAN;
        }
        if (rows && whole) rows[m++] = own;
    }
    if (!rows) return;
    bool ordered = true;
    for (size_t a = 1; a < m; a++) ordered = ordered && rows[a - 1].time < rows[a].time;
    if (!ordered) qsort(rows, m, sizeof *rows, earlier);
    for (size_t a = 0, before = 0; a < m; a++) {
        /* of the rows of one time all have the same row before them */
        if (a > 0 && rows[a].time > rows[a - 1].time) before = a;
        for (size_t k = 0; k < count; k++) {
            double slope = 0;
            if (before > 0)
                slope = (rows[a].level[k] - rows[before - 1].level[k]) / (rows[a].time - rows[before - 1].time);
            z[(1 + count + k) * n + rows[a].at] = slope;
        }
    }
    free(rows);
}

#define COMMON                                                                                                         \
    {                                                                                                                  \
        "ceiling", "y",      "adopters in the end: the market potential",                                              \
        0,         INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING,                                                 \
        1,         0},                                                                                                 \
        {"innovation", "1/x", "coefficient of innovation, p", 0, INFINITY, CC_LOG_INTERVAL, 0, -1},                    \
        {"imitation", "1/x", "coefficient of imitation, q", 0, INFINITY, 0, 0, -1}
#define EFFECT(NAME)                                                                                                   \
    {#NAME "_effect",                                                                                                  \
     "x",                                                                                                              \
     "time gained when " #NAME " grows by the factor e; below 0: lost",                                                \
     -INFINITY,                                                                                                        \
     INFINITY,                                                                                                         \
     0,                                                                                                                \
     0,                                                                                                                \
     1}
#define HELD_TIMES                                                                                                      \
    {"launch",  "x",      "time of launch; one period before the first point unless given",                             \
     -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT,                                                                          \
     0,         1},                                                                                                     \
        {"period", "x",      "length of the period that ends at each point; the usual step of the points unless given", \
         0,        INFINITY, CC_FIXED_BY_DEFAULT,                                                                       \
         0,        1}
#define AT_LAUNCH(NAME)                                                                                                \
    {#NAME "_at_launch",                                                                                               \
     #NAME,                                                                                                            \
     #NAME " at the launch; that of the first point unless given",                                                     \
     0,                                                                                                                \
     INFINITY,                                                                                                         \
     CC_FIXED_BY_DEFAULT,                                                                                              \
     0,                                                                                                                \
     0}

static const cc_param params_1[] = {COMMON, EFFECT(price), HELD_TIMES, AT_LAUNCH(price)};
static const cc_param params_2[] = {COMMON,     EFFECT(price),    EFFECT(advertising),
                                    HELD_TIMES, AT_LAUNCH(price), AT_LAUNCH(advertising)};

/* p and q by the length of time; effects that lengthen or shorten it by up to a half. */
static void generalised_bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    static const double p[] = {0.01, 0.25}, q[] = {0.7, 3, 8, 18}, effect[] = {-0.4, 0, 0.4};
    size_t count = self->r - 1;
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 2, 1 / span, q, CC_COUNT(q));
    for (size_t k = 0; k < count; k++) {
        double width = range->high[1 + k] - range->low[1 + k];
        cc_grid_multiples(grid, (int)(3 + k), span / width, effect, CC_COUNT(effect));
        grid->count[5 + count + k] = 1;
        grid->node[5 + count + k][0] = exp((range->low[1 + k] + range->high[1 + k]) / 2);
    }
    grid->count[3 + count] = grid->count[4 + count] = 1;
    grid->node[3 + count][0] = range->low[0] - range->step;
    grid->node[4 + count][0] = range->step;
}

/* Up to `most` usable points, evenly among them; false where more than ceiling, p, q and effects is open, or something is told of these. */
static bool take_sample(const cc_curve *self, const cc_points *points, size_t most, sample *own)
{
    size_t n = points->n, count = self->r - 1, used = 0, seen = 0;
    double log_start[MOST];
    for (size_t j = 0; j < self->p; j++) {
        bool whole = points->lower[j] <= self->params[j].lower && points->higher[j] >= self->params[j].upper;
        if (!isnan(points->given[j]) || (j < 3 + count ? !whole : points->lower[j] < points->higher[j])) return false;
    }
    for (size_t k = 0; k < count; k++) log_start[k] = log(points->lower[5 + count + k]);
    for (size_t i = 0; i < n; i++) used += points->w[i] > 0;
    size_t wanted = used < most ? used : most, taken = 0;
    for (size_t i = 0; i < n && taken < wanted; i++) {
        if (!(points->w[i] > 0)) continue;
        if (seen++ != (wanted > 1 ? taken * (used - 1) / (wanted - 1) : 0)) continue;
        own->since[taken] = points->z[i] - points->lower[3 + count];
        for (size_t k = 0; k < count; k++) {
            own->moved[k][taken] = points->z[(1 + k) * n + i] - log_start[k];
            own->slope[k][taken] = points->z[(1 + count + k) * n + i];
        }
        own->y[taken] = points->y[i];
        own->w[taken++] = points->w[i];
    }
    own->n = (int)taken;
    own->count = (int)count;
    own->period = points->lower[4 + count];
    return taken > 0;
}

/* Weighted squares of y, about 0 and about their mean. */
static double size_of(const sample *own, double *scatter)
{
    double weights = 0, sum = 0, size = 0;
    for (int i = 0; i < own->n; i++) {
        weights += own->w[i];
        sum += own->w[i] * own->y[i];
        size += own->w[i] * own->y[i] * own->y[i];
    }
    *scatter = size - sum * sum / weights;
    return size;
}

/* Nodes in units of the length of time: p + q, the time to the peak, and how much of it an effect is worth over its whole range. */
typedef struct plan {
    int paces, delays, effects;
    const double *pace, *delay, *effect;
} plan;

static void make_nodes(const cc_curve *self, const cc_range *range, const plan *from, nodes *out)
{
    double span = range->high[0] - range->low[0];
    out->paces = from->paces;
    out->delays = from->delays;
    out->effects = from->effects;
    for (int k = 0; k < from->paces; k++) {
        out->pace[k] = from->pace[k] / span;
        for (int d = 0; d < from->delays; d++) out->lag[d][k] = from->pace[k] * from->delay[d];
    }
    for (size_t k = 0; k + 1 < self->r; k++)
        for (int e = 0; e < from->effects; e++)
            out->effect[k][e] = from->effect[e] * span / (range->high[1 + k] - range->low[1 + k]);
}

/* Whether a node lies below its neighbours, those across a corner too; of equal ones the first counts. */
static bool is_lowest(const double *left, const int *count, int at)
{
    int from[4], to[4], stride[4], rest = at, along = 1;
    /* most are told along the axes */
    for (int k = 0; k < 4; along *= count[k++]) {
        int place = rest % count[k];
        rest /= count[k];
        stride[k] = along;
        from[k] = place > 0 ? -1 : 0;
        to[k] = place + 1 < count[k] ? 1 : 0;
        if (place > 0 && !(left[at] < left[at - along])) return false;
        if (place + 1 < count[k] && !(left[at] <= left[at + along])) return false;
    }
    for (int d = from[3]; d <= to[3]; d++)
        for (int c = from[2]; c <= to[2]; c++)
            for (int b = from[1]; b <= to[1]; b++)
                for (int a = from[0]; a <= to[0]; a++) {
                    int beside = at + a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3];
                    if (beside == at) continue;
                    if (beside < at ? !(left[at] < left[beside]) : !(left[at] <= left[beside])) return false;
                }
    return true;
}

/* A place is worth a walk where it leaves less than this many times what the best one does. */
static const double RIVAL = 2;

/* Share of the scatter about the mean from which what a short walk from the few nodes leaves may be noise, which many tell. */
static const double NOISY = 0.15;

/* Two ends of walks are one minimum where they leave the same to this share. */
static const double SAME = 1e-3;

/* Tries the nodes of a plan: up to `most` places, the best first, that are lowest among their neighbours and leave less than `rival` times what the best does, and what
 * each leaves of the objective. Returns how many. */
static size_t lowest_nodes(const cc_curve *self, const cc_points *points, const sample *own, const plan *from,
                           double size, double rival, size_t most, double (*place)[OPEN], double *value)
{
    static void (*const each_width[])(const sample *, const nodes *, double *, double *) = CC_EACH_WIDTH(try_all);
    double left[MOST_NODES], ceiling[MOST_NODES], least = INFINITY;
    size_t count = 0;
    nodes at;
    make_nodes(self, points->range, from, &at);
    each_width[cc_width_best() / 2](own, &at, left, ceiling);
    int counts[4] = {at.paces, at.delays, at.effects, own->count > 1 ? at.effects : 1};
    int total = counts[0] * counts[1] * counts[2] * counts[3];
    for (int k = 0; k < total; k++) least = fmin(least, left[k] += size);
    for (int k = 0; k < total; k++) {
        if (!(left[k] <= rival * least) || !is_lowest(left, counts, k)) continue;
        int of_pace = k % at.paces, of_delay = k / at.paces % at.delays, of_effect = k / (at.paces * at.delays);
        double theta[OPEN] = {ceiling[k], at.pace[of_pace] / (1 + exp(at.lag[of_delay][of_pace]))};
        theta[2] = at.pace[of_pace] - theta[1];
        theta[3] = at.effect[0][of_effect % at.effects];
        if (own->count > 1) theta[4] = at.effect[1][of_effect / at.effects];
        count = cc_keep_start(place[0], value, count, most, OPEN, theta, left[k]);
    }
    return count;
}

/* Walks down from `found` places; the ends that are worth a walk of the fit, the best first. Returns how many. */
static size_t ends_of_walks(const sample *own, int rounds, size_t found, double (*end)[OPEN], double *left, size_t most,
                            double (*place)[OPEN], double *value)
{
    static void (*const each_width[])(const sample *, int, int, double (*)[OPEN], double *) = CC_EACH_WIDTH(descend);
    double least = INFINITY;
    size_t count = 0;
    /* lanes without a place of their own repeat the first */
    for (size_t k = found; k % CC_MAX_WIDTH; k++) memcpy(end[k], end[0], sizeof end[k]);
    each_width[cc_width_best() / 2](own, rounds, (int)(found + 3) / 4 * 4, end, left);
    for (size_t k = 0; k < found; k++) least = fmin(least, left[k]);
    for (size_t k = 0; k < found; k++) {
        bool known = !(left[k] <= RIVAL * least);
        for (size_t m = 0; m < count; m++) known = known || fabs(left[k] - value[m]) <= SAME * value[m];
        if (!known) count = cc_keep_start(place[0], value, count, most, OPEN, end[k], left[k]);
    }
    return count;
}

static size_t generalised_bass_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    static const double pace[] = {3, 7, 14, 40}, delay[] = {0.1, 0.35, 0.65}, effect[] = {-0.35, 0, 0.35};
    static const double more_paces[] = {3, 6, 12, 20, 30, 45, 65, 95},
                        more_delays[] = {0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.95},
                        more_effects[] = {-0.6, -0.25, 0, 0.15, 0.35};
    static const plan few = {4, FEW, FEW, pace, delay, effect},
                      many = {MOST_PACES, MOST_DELAYS, MOST_EFFECTS, more_paces, more_delays, more_effects};
    double place[CC_MAX_STARTS][OPEN], value[CC_MAX_STARTS], end[POOL][OPEN], left[POOL], size, scatter;
    size_t count = self->r - 1, found;
    sample own;
    most = most < CC_MAX_STARTS ? most : CC_MAX_STARTS;
    if (!take_sample(self, points, SMALL_SAMPLE, &own)) return 0;
    size = size_of(&own, &scatter);
    found = lowest_nodes(self, points, &own, &few, size, RIVAL, CC_MAX_WIDTH, end, left);
    if (found == 0) return 0;
    found = ends_of_walks(&own, FEW_ROUNDS, found, end, left, most, place, value);
    if (found == 0 || value[0] > NOISY * scatter) {
        take_sample(self, points, SAMPLE, &own);
        size = size_of(&own, &scatter);
        found = lowest_nodes(self, points, &own, &few, size, INFINITY, POOL_OF_FEW, end, left);
        found += lowest_nodes(self, points, &own, &many, size, INFINITY, POOL - found, end + found, left + found);
        found = ends_of_walks(&own, ROUNDS, found, end, left, most, place, value);
    }
    for (size_t k = 0; k < found; k++)
        for (size_t j = 0; j < self->p; j++) start[k * self->p + j] = j < 3 + count ? place[k][j] : points->lower[j];
    return found;
}

/* The share of adopters until the last row. */
static double generalised_bass_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    (void)ceiling;
    size_t n = points->n, count = self->r - 1, last = n;
    for (size_t i = 0; i < n; i++)
        if (points->w[i] > 0 && (last == n || points->z[i] > points->z[last])) last = i;
    if (last == n) return 1;
    double since = points->z[last] - theta[3 + count];
    for (size_t k = 0; k < count; k++)
        since += theta[3 + k] * (points->z[(1 + k) * n + last] - log(theta[5 + count + k]));
    return bass_share_alone_w1(theta[1], theta[2], since);
}

/* What the regressors were at the launch: in the last row until then, else in the first of all. */
static void generalised_bass_held(const cc_curve *self, const cc_points *points, double *theta)
{
    size_t n = points->n, count = self->r - 1, best = n;
    const double *z = points->z;
    double step = cc_usual_step(z, n), launch = points->range->low[0] - step;
    if (!(step > 0)) return;
    theta[3 + count] = launch;
    theta[4 + count] = step;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(z[(1 + count) * n + i])) continue;
        bool nearer = best == n || (z[best] > launch ? z[i] < z[best] : z[i] > z[best] && z[i] <= launch);
        if (nearer) best = i;
    }
    for (size_t k = 0; k < count && best < n; k++)
        theta[5 + count + k] = points->x ? points->x[(1 + k) * n + best] : exp(z[(1 + k) * n + best]);
}

/* Thirty years in which the price falls to a third, in bursts, and advertising comes and goes. */
static void generalised_bass_example_x(const cc_curve *self, size_t n, double *x)
{
    cc_example_time(self, n, x);
    for (size_t i = 0; i < n; i++) {
        double years = x[i] - 2000;
        x[n + i] = 30 * exp(-years / 25 + 0.25 * sin(years / 2));
        if (self->r > 2) x[2 * n + i] = 10 * exp(0.5 * sin(years / 1.3 + 1));
    }
}

static const double example_1[] = {80, 0.008, 0.32, -2, 1998, 1, 30};
static const double example_2[] = {80, 0.008, 0.32, -2, 0.8, 1998, 1, 30, 15.230813585346823};

#define CURVE(K, TITLE, TERMS, WHEN)                                                                                   \
    static const cc_curve generalised_bass_##K = {                                                                     \
        .name = "generalised_bass_" #K,                                                                                \
        .title = TITLE,                                                                                                \
        .formula = "ceiling * (F(X(time)) - F(X(time - period))), X(t) = t - launch + " TERMS ", F(s) = (1 - "         \
                   "exp(-(p+q)*s)) / (1 + (q/p)*exp(-(p+q)*s)), p innovation, q imitation",                            \
        .source = "Bass, F. M., Krishnan, T. V. and Jain, D. C. (1994), Why the Bass model fits without decision "     \
                  "variables, Marketing Science 13, 203-223",                                                          \
        .when = "First adoptions or sales of each period where " WHEN                                                  \
                " varied; a row for every period, sales NaN where unknown.",                                           \
        .when_not = "A regressor that changes at a steady rate: its effect cannot be told from a faster diffusion. "   \
                    "The peak of sales lies ahead. Few points with errors of a third of their range: the Wald "        \
                    "intervals of effects are then too narrow, take profiles.",                                        \
        .p = 5 + 2 * (K),                                                                                              \
        .params = params_##K,                                                                                          \
        .r = 1 + (K),                                                                                                  \
        .regressors = regressors,                                                                                      \
        .any_sign = 1,                                                                                                 \
        .n_features = 1 + 2 * (K),                                                                                     \
        .error_model = CC_ADDITIVE,                                                                                    \
        .flags = CC_POSITIVE_X | CC_LOOKS_BACK,                                                                        \
        .values = CC_EACH_WIDTH(generalised_bass_##K##_values),                                                        \
        .features = walk_features,                                                                                     \
        .grid = generalised_bass_grid,                                                                                 \
        .starts = generalised_bass_starts,                                                                             \
        .held = generalised_bass_held,                                                                                 \
        .seen = generalised_bass_seen,                                                                                 \
        .example = example_##K,                                                                                        \
        .example_x = generalised_bass_example_x,                                                                       \
    }
CURVE(1, "Generalised Bass diffusion with price", "price_effect*ln(price(t)/price_at_launch)", "the price");
CURVE(2, "Generalised Bass diffusion with price and advertising",
      "price_effect*ln(price(t)/price_at_launch) + advertising_effect*ln(advertising(t)/advertising_at_launch)",
      "price and advertising");

CC_FAMILY(diffusion, generalised_bass, &generalised_bass_1, &generalised_bass_2);

#endif
