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
        g[5 + count + k] = -theta[0] * both * effect[k] / start[k];
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

#else

#include <math.h>
#include <stdlib.h>

#include "curvecast.h"

enum { MOST = 2 };

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
    qsort(rows, m, sizeof *rows, earlier);
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

/* The share of adopters until the last row. */
static double generalised_bass_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    (void)ceiling;
    size_t n = points->n, count = self->r - 1, last = n;
    for (size_t i = 0; i < n; i++)
        if (points->w[i] > 0 && (last == n || points->z[i] > points->z[last])) last = i;
    if (last == n) return 1;
    double unused[3], since = points->z[last] - theta[3 + count];
    for (size_t k = 0; k < count; k++)
        since += theta[3 + k] * (points->z[(1 + k) * n + last] - log(theta[5 + count + k]));
    return bass_share_w1(theta[1], theta[2], since, unused, unused + 1, unused + 2);
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
                    "The peak of sales lies ahead.",                                                                   \
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
