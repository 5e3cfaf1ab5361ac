// SPDX-License-Identifier: GPL-3.0-or-later
/* diffusion.c - cumulative adoption since a launch: Bass, Weibull. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* F = p (1 - E) / (p + q E) with E = exp(-(p + q) since) */
CC_INLINE void CC_W(bass_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = CC_W(v_max)(x[0] - theta[3], CC_W(v_all)(0.0));
    V p = theta[1], q = theta[2], both = p + q;
    /* E and 1 - E each from the exponent: where q is much larger than p, the digits that 1 - rest has lost count */
    V e = CC_W(v_exp)(-both * since), rest = -CC_W(v_expm1)(-both * since);
    V bottom = p + q * e;
    V share = p * rest / bottom;
    V lag = since * e;
    *f = theta[0] * share;
    V scale = theta[0] / bottom;
    g[0] = share;
    g[1] = scale * (rest + p * lag - share * (1.0 - q * lag));
    g[2] = scale * (p * lag - share * (e - q * lag));
    g[3] = -scale * both * e * (p + share * q);
}
CC_VALUES(bass, 4, 1, 4)

CC_INLINE void CC_W(weibull_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3], scale = theta[1], shape = theta[2];
    V ratio = CC_W(v_max)(since / scale, CC_W(v_all)(0x1p-1000));
    V log_ratio = CC_W(v_log)(ratio);
    V power = CC_W(v_exp)(shape * log_ratio);
    V share = -CC_W(v_expm1)(-power);
    *f = theta[0] * share;
    V slope = theta[0] * CC_W(v_select)(V_LT(share, CC_W(v_all)(1.0)), (1.0 - share) * power, CC_W(v_all)(0.0));
    g[0] = share;
    g[1] = -slope * shape / scale;
    g[2] = slope * log_ratio;
    g[3] = -slope * shape / (ratio * scale);
}
CC_VALUES(weibull, 4, 1, 4)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/diffusion.c"
#include "curves/families.h"
#include "widths.h"

/* A launch is held one step before the first point unless given. */
static void launch_before_first(const cc_range *range, int param, cc_grid *grid)
{
    grid->count[param] = 1;
    grid->node[param][0] = range->low[0] - range->step;
}

static const cc_param bass_params[] = {
    {"ceiling", "y", "adopters in the end: the market potential", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING,
     1, 0},
    {"innovation", "1/x", "coefficient of innovation, p", 0, INFINITY, 0, 0, -1},
    {"imitation", "1/x", "coefficient of imitation, q", 0, INFINITY, 0, 0, -1},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived bass_derived[] = {
    {"peak_time", "x", "time of the fastest adoption", -1},
    {"peak_growth", "y/x", "adoption per unit of time at the peak", -1},
};

static void bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double p[] = {0.003, 0.03, 0.15, 0.6, 2}, q[] = {0.5, 2.5, 5, 10, 22};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 2, 1 / span, q, CC_COUNT(q));
    launch_before_first(range, 3, grid);
}

static void bass_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double m = theta[0], p = theta[1], q = theta[2], both = p + q, log_ratio = log(q / p);
    value[0] = theta[3] + log_ratio / both;
    value[1] = m * both * both / (4 * q);
    gradient[0] = 0;
    gradient[1] = -1 / (p * both) - log_ratio / (both * both);
    gradient[2] = 1 / (q * both) - log_ratio / (both * both);
    gradient[3] = 1;
    gradient[4] = both * both / (4 * q);
    gradient[5] = m * both / (2 * q);
    gradient[6] = m * both * (q - p) / (4 * q * q);
    gradient[7] = 0;
}

static double bass_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0], p = theta[1], q = theta[2];
    if (!(share >= 0 && share < 1)) return NAN;
    return theta[3] - log(p * (1 - share) / (p + share * q)) / (p + q);
}

static const double bass_example[] = {80, 0.01, 0.35, 1999};

static const cc_curve bass = {
    .name = "bass",
    .title = "Bass diffusion, cumulative",
    .formula =
        "ceiling * (1 - exp(-(p+q)*s)) / (1 + (q/p)*exp(-(p+q)*s)), s = time - launch, p innovation, q imitation",
    .source = "Bass, F. M. (1969), A new product growth for model consumer durables, Management Science 15, 215-227",
    .when = "Cumulative first adoptions of a product since its launch, the peak of sales seen.",
    .when_not = "The peak of sales lies ahead: then the ceiling is a guess.",
    .p = 4,
    .params = bass_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(bass_values),
    .grid = bass_grid,
    .n_derived = 2,
    .derived = bass_derived,
    .derive = bass_derive,
    .inverse = bass_inverse,
    .example = bass_example,
    .example_x = cc_example_time,
};

static const cc_param weibull_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"scale", "x", "time from the launch to 63 % of the ceiling", 0, INFINITY, 0, 0, 1},
    {"shape", "1", "above 1 the curve is S-shaped", 0, 1e3, 0, 0, 0},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived weibull_derived[] = {
    {"median_time", "x", "time from the launch to half of the ceiling", -1},
};

static void weibull_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double scale[] = {0.15, 0.35, 0.6, 1, 2, 5}, shape[] = {0.6, 1, 1.7, 3, 6};
    double span = range->high[0] - range->low[0] + range->step;
    cc_grid_multiples(grid, 1, span, scale, CC_COUNT(scale));
    cc_grid_multiples(grid, 2, 1, shape, CC_COUNT(shape));
    launch_before_first(range, 3, grid);
}

static void weibull_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double factor = pow(log(2.0), 1 / theta[2]);
    value[0] = theta[1] * factor;
    gradient[0] = gradient[3] = 0;
    gradient[1] = factor;
    gradient[2] = -value[0] * log(log(2.0)) / (theta[2] * theta[2]);
}

static double weibull_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0];
    return share >= 0 && share < 1 ? theta[3] + theta[1] * pow(-log1p(-share), 1 / theta[2]) : NAN;
}

static const double weibull_example[] = {80, 16, 2.2, 1999};

static const cc_curve weibull = {
    .name = "weibull",
    .title = "Weibull",
    .formula = "ceiling * (1 - exp(-((time - launch)/scale)^shape))",
    .source = "Sharif, M. N. and Islam, M. N. (1980), The Weibull distribution as a general model for forecasting "
              "technological change, Technological Forecasting and Social Change 18, 247-256",
    .when = "Cumulative adoption or growth since a known launch, of flexible asymmetry.",
    .when_not = "The launch is unknown, or less than half of the growth has been seen.",
    .p = 4,
    .params = weibull_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(weibull_values),
    .grid = weibull_grid,
    .n_derived = 1,
    .derived = weibull_derived,
    .derive = weibull_derive,
    .inverse = weibull_inverse,
    .example = weibull_example,
    .example_x = cc_example_time,
};

const cc_curve *const cc_diffusion_curves[] = {&bass, &weibull, NULL};

#endif
