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
#include "curves/kernel.h"

/* theta: p, q, potentials, launches. x: time, generation. */
CC_INLINE void CC_W(norton_bass)(int last, const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), nothing = CC_W(v_all)(NAN);
    V share[MOST], by_p[MOST], by_q[MOST], by_s[MOST], by_share[MOST];
    const V *potential = theta + 2, *launch = theta + 2 + last;
    for (int k = 0; k < last; k++)
        share[k] = CC_W(bass_share)(theta[0], theta[1], x[0] - launch[k], &by_p[k], &by_q[k], &by_s[k]);
    *f = nothing;
    for (int j = 0; j < 2 + 2 * last; j++) g[j] = nothing;
    for (int own = 0; own < last; own++) {
        V number = CC_W(v_all)(own + 1.0), pool[MOST], stay = own + 1 < last ? 1.0 - share[own + 1] : one;
        M here = V_LE(number, x[1]) & V_LE(x[1], number);
        for (int k = 0; k <= own; k++) pool[k] = potential[k] + (k > 0 ? share[k - 1] * pool[k - 1] : zero);
        V users = share[own] * pool[own], chain = stay, of_p = zero, of_q = zero;
        for (int k = own; k >= 0; k--) {
            by_share[k] = chain * pool[k];
            chain = chain * share[k];
            g[2 + k] = CC_W(v_select)(here, chain, g[2 + k]);
        }
        if (own + 1 < last) by_share[own + 1] = -users;
        for (int k = 0; k < last; k++) {
            bool enters = k <= own + 1;
            if (enters) of_p = of_p + by_share[k] * by_p[k];
            if (enters) of_q = of_q + by_share[k] * by_q[k];
            if (k > own) g[2 + k] = CC_W(v_select)(here, zero, g[2 + k]);
            g[2 + last + k] = CC_W(v_select)(here, enters ? -by_share[k] * by_s[k] : zero, g[2 + last + k]);
        }
        *f = CC_W(v_select)(here, users * stay, *f);
        g[0] = CC_W(v_select)(here, of_p, g[0]);
        g[1] = CC_W(v_select)(here, of_q, g[1]);
    }
}

#define NORTON_BASS(G)                                                                                                 \
    CC_INLINE void CC_W(norton_bass_##G##_kernel)(const V *x, const V *theta, V *f, V *g)                              \
    {                                                                                                                  \
        CC_W(norton_bass)(G, x, theta, f, g);                                                                          \
    }                                                                                                                  \
    CC_VALUES(norton_bass_##G, 2 + 2 * G, 2, 2 + 2 * G)
NORTON_BASS(2)
NORTON_BASS(3)
NORTON_BASS(4)

#else

#include <math.h>

#include "curvecast.h"

enum { MOST = 4 };

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
     "launch of generation " #N "; one step before its first users unless given",                                      \
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

/* p and q by the whole length of time, which each generation shares with others: steeper than a single diffusion. */
static void norton_bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    static const double p[] = {0.002, 0.01, 0.04, 0.15, 0.6, 2.5}, q[] = {0.7, 2, 4, 7, 11, 16, 24, 40};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 0, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 1, 1 / span, q, CC_COUNT(q));
    for (size_t k = 0; k < generations(self); k++) {
        grid->count[2 + generations(self) + k] = 1;
        grid->node[2 + generations(self) + k][0] = range->low[0] - range->step;
    }
}

/* One step before the first row in which a generation has users; before the first row of all where none has. */
static void norton_bass_held(const cc_curve *self, const cc_points *points, double *theta)
{
    size_t n = points->n, last = generations(self);
    double step = cc_usual_step(points->z, n);
    if (!(step > 0)) return;
    for (size_t k = 0; k < last; k++) {
        double first = INFINITY;
        for (size_t i = 0; i < n; i++)
            if (points->w[i] > 0 && points->z[n + i] == (double)(k + 1) && points->y[i] > 0)
                first = fmin(first, points->z[i]);
        theta[2 + last + k] = (isfinite(first) ? first : points->range->low[0]) - step;
    }
}

/* Of the users that a generation adds, those until the last row. */
static double norton_bass_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    double unused[3], since = points->range->high[0] - theta[ceiling + generations(self)];
    return bass_share_w1(theta[0], theta[1], since, unused, unused + 1, unused + 2);
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
        .when_not = "Generations that do not replace each other, or spread at speeds of their own. Rows of zeros "     \
                    "before a launch: they are no observations; leave them out.",                                      \
        .p = 2 + 2 * (G),                                                                                              \
        .params = params_##G,                                                                                          \
        .r = 2,                                                                                                        \
        .regressors = regressors,                                                                                      \
        .n_features = 2,                                                                                               \
        .error_model = CC_ADDITIVE,                                                                                    \
        .values = CC_EACH_WIDTH(norton_bass_##G##_values),                                                             \
        .features = stacked_features,                                                                                  \
        .grid = norton_bass_grid,                                                                                      \
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
