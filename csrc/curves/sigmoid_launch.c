// SPDX-License-Identifier: GPL-3.0-or-later
/* sigmoid_launch.c - S-curves that begin at a launch: log-logistic, shifted Gompertz and its gamma mixture. */
#ifdef CC_WIDTH

#include "curves/staged.h"

CC_INLINE void CC_W(log_logistic_first)(const V *x, const V *theta, V *held)
{
    held[0] = CC_W(v_max)((x[0] - theta[3]) / theta[1], CC_W(v_all)(0x1p-1000));
    held[1] = CC_W(v_log)(held[0]);
}

CC_INLINE void CC_W(log_logistic_next)(const V *theta, V *held)
{
    held[2] = CC_W(v_expit)(theta[2] * held[1]);
}

CC_INLINE void CC_W(log_logistic_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    (void)x;
    V scale = theta[1], shape = theta[2], ratio = held[0], log_ratio = held[1], share = held[2];
    *f = theta[0] * share;
    V slope = *f * (1.0 - share);
    g[0] = share;
    g[1] = -slope * shape / scale;
    g[2] = slope * log_ratio;
    g[3] = -slope * shape / (ratio * scale);
}
CC_STAGED_VALUES(log_logistic, 4, 1, 4, 3)

/* Since the launch: rate * time, and 1 - exp(-that); before it there is nothing. */
CC_INLINE V CC_W(rest_since)(const V *theta, V launch, V time, V *since)
{
    *since = CC_W(v_max)(time - launch, CC_W(v_all)(0.0));
    return -CC_W(v_expm1)(-theta[1] * *since);
}

/* rest * power, and its derivatives by the first two parameters and the launch; `pull` is what the logarithm of power gains per
 * unit of rate * since, divided by e = 1 - rest. */
CC_INLINE void CC_W(shifted)(const V *theta, V since, V rest, V power, V pull, V *f, V *g, V *g_launch)
{
    V zero = CC_W(v_all)(0.0), steep = theta[0] * power * (1.0 - rest) * (1.0 + pull * rest);
    g[0] = rest * power;
    *f = theta[0] * g[0];
    g[1] = since * steep;
    *g_launch = CC_W(v_select)(V_LT(zero, since), -theta[1] * steep, zero);
}

CC_INLINE void CC_W(shifted_gompertz_first)(const V *x, const V *theta, V *held)
{
    held[1] = CC_W(rest_since)(theta, theta[3], x[0], &held[0]);
}

CC_INLINE void CC_W(shifted_gompertz_next)(const V *theta, V *held)
{
    held[2] = CC_W(v_exp)(-theta[2] * (1.0 - held[1]));
}

CC_INLINE void CC_W(shifted_gompertz_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    (void)x;
    V since = held[0], rest = held[1], e = 1.0 - rest, shape = theta[2];
    CC_W(shifted)(theta, since, rest, held[2], shape, f, g, &g[3]);
    g[2] = -*f * e;
}
CC_STAGED_VALUES(shifted_gompertz, 4, 1, 4, 3)

CC_INLINE void CC_W(gamma_shifted_gompertz_first)(const V *x, const V *theta, V *held)
{
    held[1] = CC_W(rest_since)(theta, theta[4], x[0], &held[0]);
}

CC_INLINE void CC_W(gamma_shifted_gompertz_next)(const V *theta, V *held)
{
    held[2] = CC_W(v_log)(1.0 + theta[2] * (1.0 - held[1]));
}

CC_INLINE void CC_W(gamma_shifted_gompertz_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    (void)x;
    V since = held[0], rest = held[1], root = held[2], e = 1.0 - rest;
    V ratio = theta[2], shape = theta[3], part = shape / (1.0 + ratio * e);
    CC_W(shifted)(theta, since, rest, CC_W(v_exp)(-shape * root), part * ratio, f, g, &g[4]);
    g[2] = -*f * part * e;
    g[3] = -*f * root;
}
CC_STAGED_VALUES(gamma_shifted_gompertz, 5, 1, 5, 3)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/sigmoid_launch.c"
#include "curves/families.h"
#include "widths.h"

/* A launch is held one step before the first point unless given. */
static void launch_before_first(const cc_range *range, int param, cc_grid *grid)
{
    grid->count[param] = 1;
    grid->node[param][0] = range->low[0] - range->step;
}

/* ---- log-logistic ------------------------------------------------------------------------------ */

static const cc_param log_logistic_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"scale", "x", "time from the launch to half of the ceiling", 0, INFINITY, 0, 0, 1},
    {"shape", "1", "above 1 the curve is S-shaped; the growth while small, as a power of time", 0, 1e3, 0, 0, 0},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived log_logistic_derived[] = {
    {"midpoint", "x", "time at which half of the ceiling is reached", -1},
    {"takeover_time", "x", "time from 10 to 90 % of the ceiling", -1},
};

static void log_logistic_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double scale[] = {0.15, 0.3, 0.45, 0.65, 0.9, 2.5}, shape[] = {1, 2.5, 7, 20};
    double span = range->high[0] - range->low[0] + range->step;
    cc_grid_multiples(grid, 1, span, scale, CC_COUNT(scale));
    cc_grid_multiples(grid, 2, 1, shape, CC_COUNT(shape));
    launch_before_first(range, 3, grid);
}

static void log_logistic_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double scale = theta[1], shape = theta[2], late = pow(9, 1 / shape), early = 1 / late;
    value[0] = theta[3] + scale;
    value[1] = scale * (late - early);
    gradient[0] = gradient[2] = gradient[4] = gradient[7] = 0;
    gradient[1] = gradient[3] = 1;
    gradient[5] = late - early;
    gradient[6] = -scale * (late + early) * log(9) / (shape * shape);
}

static double log_logistic_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0];
    return share > 0 && share < 1 ? theta[3] + theta[1] * pow(share / (1 - share), 1 / theta[2]) : NAN;
}

static const double log_logistic_example[] = {80, 14, 3, 1999};

static const cc_curve log_logistic = {
    .name = "log_logistic",
    .title = "Log-logistic (Hill)",
    .formula = "ceiling / (1 + ((time - launch)/scale)^(-shape))",
    .source = "Hill, A. V. (1910), J. Physiology 40, iv-vii; with shape 1 Michaelis, L. and Menten, M. L. (1913), "
              "Biochemische "
              "Zeitschrift 49, 333-369; for the spread of technology Tanner, J. C. (1978), Long-term "
              "forecasting of vehicle ownership and road traffic, J. Royal Statistical Society A 141, 14-63",
    .when = "Growth since a known launch that begins as a power of time and nears its ceiling slowly.",
    .when_not = "The launch is unknown, or less than half of the growth has been seen and no ceiling is known.",
    .p = 4,
    .params = log_logistic_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(log_logistic_values),
    .grid = log_logistic_grid,
    .n_derived = 2,
    .derived = log_logistic_derived,
    .derive = log_logistic_derive,
    .inverse = log_logistic_inverse,
    .example = log_logistic_example,
    .example_x = cc_example_time,
};

/* ---- shifted Gompertz, and its gamma mixture --------------------------------------------------- */

/* ln(share) at v = rate * (time - launch), and its derivatives by v and by the parameters after the rate. */
typedef struct log_share {
    double value, by_v, by[2];
} log_share;

typedef log_share (*log_share_fn)(double v, const double *shape);

static log_share of_shifted(double v, const double *shape)
{
    double e = exp(-v), rest = -expm1(-v);
    return (log_share){log(rest) - shape[0] * e, e / rest + shape[0] * e, {-e, 0}};
}

static log_share of_gamma_shifted(double v, const double *shape)
{
    double e = exp(-v), rest = -expm1(-v), ratio = shape[0], c = shape[1], one_more = 1 + ratio * e;
    return (log_share){
        log(rest) - c * log1p(ratio * e), e / rest + c * ratio * e / one_more, {-c * e / one_more, -log1p(ratio * e)}};
}

/* Where a share between 0 and 1 is reached, as rate * (time - launch). The logarithm of the share rises and is concave, and at
 * v = share it is below ln(share): Newton's steps from there come up to the answer without passing it. */
static double reached_at(log_share_fn of, double share, const double *shape)
{
    double v = share, wanted = log(share);
    for (int k = 0; k < 2000; k++) {
        log_share at = of(v, shape);
        double step = (wanted - at.value) / at.by_v;
        if (!(step > 0)) break;
        v += step;
        if (step < 1e-15 * v) break;
    }
    return v;
}

/* Time at half of the ceiling, and time from 10 to 90 %: gradient (2,p) with the launch last. */
static void derive_shifted(log_share_fn of, size_t p, const double *theta, double *value, double *gradient)
{
    static const double share[] = {0.5, 0.1, 0.9};
    double rate = theta[1], v[3], by[3][2];
    for (int k = 0; k < 3; k++) {
        v[k] = reached_at(of, share[k], theta + 2);
        log_share at = of(v[k], theta + 2);
        for (int m = 0; m < 2; m++) by[k][m] = -at.by[m] / at.by_v;
    }
    value[0] = theta[p - 1] + v[0] / rate;
    value[1] = (v[2] - v[1]) / rate;
    gradient[0] = gradient[p] = 0;
    gradient[1] = -v[0] / (rate * rate);
    gradient[p + 1] = -value[1] / rate;
    for (size_t m = 0; m + 3 < p; m++) {
        gradient[2 + m] = by[0][m] / rate;
        gradient[p + 2 + m] = (by[2][m] - by[1][m]) / rate;
    }
    gradient[p - 1] = 1;
    gradient[2 * p - 1] = 0;
}

static double invert_shifted(log_share_fn of, size_t p, double y, const double *theta)
{
    double share = y / theta[0];
    return share > 0 && share < 1 ? theta[p - 1] + reached_at(of, share, theta + 2) / theta[1] : NAN;
}

static const cc_derived shifted_derived[] = {
    {"midpoint", "x", "time at which half of the ceiling is reached", -1},
    {"takeover_time", "x", "time from 10 to 90 % of the ceiling", -1},
};

static const cc_param shifted_gompertz_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"rate", "1/x", "rate at which the rest to the ceiling decays late in the growth", 0, INFINITY, 0, 0, -1},
    {"shape", "1", "how much of the growth waits for others to adopt: 0 is an exponential to the ceiling", 0, INFINITY,
     0, 0, 0},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static void shifted_gompertz_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {1.5, 5, 12}, shape[] = {0.5, 5, 25, 150, 1500, 20000};
    cc_grid_multiples(grid, 1, 1 / (range->high[0] - range->low[0]), rate, CC_COUNT(rate));
    cc_grid_multiples(grid, 2, 1, shape, CC_COUNT(shape));
    launch_before_first(range, 3, grid);
}

static void shifted_gompertz_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    derive_shifted(of_shifted, self->p, theta, value, gradient);
}

static double shifted_gompertz_inverse(const cc_curve *self, double y, const double *theta)
{
    return invert_shifted(of_shifted, self->p, y, theta);
}

static const double shifted_gompertz_example[] = {80, 0.25, 12, 1999};

static const cc_curve shifted_gompertz = {
    .name = "shifted_gompertz",
    .title = "Shifted Gompertz",
    .formula = "ceiling * (1 - exp(-rate*s)) * exp(-shape*exp(-rate*s)), s = time - launch",
    .source =
        "Bemmaor, A. C. (1994), Modeling the diffusion of new durable goods: word-of-mouth effect versus consumer "
        "heterogeneity, in Laurent, Lilien and Pras (eds.), Research Traditions in Marketing, Kluwer, 201-223",
    .when = "Adoption since a known launch by people who differ in their readiness to adopt.",
    .when_not = "The launch is unknown, or the fastest growth lies ahead: then the ceiling is a guess.",
    .p = 4,
    .params = shifted_gompertz_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(shifted_gompertz_values),
    .grid = shifted_gompertz_grid,
    .n_derived = 2,
    .derived = shifted_derived,
    .derive = shifted_gompertz_derive,
    .inverse = shifted_gompertz_inverse,
    .example = shifted_gompertz_example,
    .example_x = cc_example_time,
};

static const cc_param gamma_shifted_gompertz_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"rate", "1/x", "rate at which the rest to the ceiling decays late in the growth", 0, INFINITY, 0, 0, -1},
    {"ratio", "1", "scale of the gamma distribution of readiness; with shape 1 the q/p of the Bass curve", 0, INFINITY,
     0, 0, 0},
    {"shape", "1", "shape of that distribution: 1 is the Bass curve, large with a small ratio the shifted Gompertz",
     1e-3, 1e3, CC_LOG_INTERVAL, 0, 0},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static void gamma_shifted_gompertz_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {1.5, 4, 9, 20}, ratio[] = {0.3, 3, 30, 300, 5000}, shape[] = {1.2};
    cc_grid_multiples(grid, 1, 1 / (range->high[0] - range->low[0]), rate, CC_COUNT(rate));
    cc_grid_multiples(grid, 2, 1, ratio, CC_COUNT(ratio));
    cc_grid_multiples(grid, 3, 1, shape, CC_COUNT(shape));
    launch_before_first(range, 4, grid);
}

static void gamma_shifted_gompertz_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    derive_shifted(of_gamma_shifted, self->p, theta, value, gradient);
}

static double gamma_shifted_gompertz_inverse(const cc_curve *self, double y, const double *theta)
{
    return invert_shifted(of_gamma_shifted, self->p, y, theta);
}

static const double gamma_shifted_gompertz_example[] = {80, 0.3, 15, 1.6, 1999};

static const cc_curve gamma_shifted_gompertz = {
    .name = "gamma_shifted_gompertz",
    .title = "Gamma/shifted Gompertz",
    .formula = "ceiling * (1 - exp(-rate*s)) * (1 + ratio*exp(-rate*s))^(-shape), s = time - launch",
    .source =
        "Bemmaor, A. C. (1994), in Laurent, Lilien and Pras (eds.), Research Traditions in Marketing, Kluwer, 201-223; "
        "Bemmaor, A. C. and Lee, J. (2002), The impact of heterogeneity and ill-conditioning on diffusion model "
        "parameter estimates, Marketing Science 21, 209-220",
    .when = "Adoption since a known launch whose asymmetry should be read from the data; contains the Bass curve.",
    .when_not = "Fewer than about twenty points, or the ceiling is not in sight: ratio and shape offset each other.",
    .p = 5,
    .params = gamma_shifted_gompertz_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(gamma_shifted_gompertz_values),
    .grid = gamma_shifted_gompertz_grid,
    .n_derived = 2,
    .derived = shifted_derived,
    .derive = gamma_shifted_gompertz_derive,
    .inverse = gamma_shifted_gompertz_inverse,
    .example = gamma_shifted_gompertz_example,
    .example_x = cc_example_time,
};

CC_FAMILY(sigmoid, sigmoid_launch, &log_logistic, &shifted_gompertz, &gamma_shifted_gompertz);

#endif
