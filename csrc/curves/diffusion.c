// SPDX-License-Identifier: GPL-3.0-or-later
/* diffusion.c - adoption since a launch: Bass, cumulative and by period, and Weibull. */
#ifdef CC_WIDTH

#include "curves/bass.h"
#include "curves/kernel.h"
#include "curves/staged.h"

CC_INLINE void CC_W(bass_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V lacks, by_p, by_q, by_s,
        share = CC_W(bass_share)(theta[1], theta[2], x[0] - theta[3], &lacks, &by_p, &by_q, &by_s);
    *f = theta[0] * share;
    g[0] = share;
    g[1] = theta[0] * by_p;
    g[2] = theta[0] * by_q;
    g[3] = -theta[0] * by_s;
}
CC_VALUES(bass, 4, 1, 4)

CC_INLINE void CC_W(bass_adoptions_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V by_p, by_q, by_from, by_to, to = x[0] - theta[3], from = to - theta[4];
    V share = CC_W(bass_rise)(theta[1], theta[2], from, to, &by_p, &by_q, &by_from, &by_to);
    *f = theta[0] * share;
    g[0] = share;
    g[1] = theta[0] * by_p;
    g[2] = theta[0] * by_q;
    g[3] = -theta[0] * (by_from + by_to);
    g[4] = -theta[0] * by_from;
}
CC_VALUES(bass_adoptions, 5, 1, 5)

CC_INLINE void CC_W(weibull_first)(const V *x, const V *theta, V *held)
{
    V ratio = CC_W(v_max)((x[0] - theta[3]) * (1.0 / theta[1]), CC_W(v_all)(0x1p-1000));
    held[0] = ratio;
    held[1] = CC_W(v_log)(ratio);
}

CC_INLINE void CC_W(weibull_next)(const V *theta, V *held)
{
    held[2] = CC_W(v_exp)(theta[2] * held[1]);
}

CC_INLINE void CC_W(weibull_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    (void)x;
    V pace = theta[2] * (1.0 / theta[1]), ratio = held[0], log_ratio = held[1], power = held[2];
    V share = -CC_W(v_expm1)(-power);
    *f = theta[0] * share;
    V slope = theta[0] * CC_W(v_select)(V_LT(share, CC_W(v_all)(1.0)), (1.0 - share) * power, CC_W(v_all)(0.0));
    g[0] = share;
    g[1] = -slope * pace;
    g[2] = slope * log_ratio;
    g[3] = -slope * pace / ratio;
}
CC_STAGED_VALUES(weibull, 4, 1, 4, 3)

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
    {"innovation", "1/x", "coefficient of innovation, p", 0, INFINITY, CC_LOG_INTERVAL, 0, -1},
    {"imitation", "1/x", "coefficient of imitation, q", 0, INFINITY, 0, 0, -1},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived bass_derived[] = {
    {"peak_time", "x", "time of the fastest adoption; none where q is not above p and adoption only slows down", -1},
    {"peak_growth", "y/x", "adoption per unit of time at the peak", -1},
};

static void bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double p[] = {0.01, 0.3}, q[] = {0.7, 2, 5, 9, 18};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 2, 1 / span, q, CC_COUNT(q));
    launch_before_first(range, 3, grid);
}

static void bass_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    /* without a peak neither has a value, nor an error */
    double p = theta[1], q = theta[2], both = p + q, m = q > p ? theta[0] : NAN, log_ratio = q > p ? log(q / p) : NAN;
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

static const cc_param bass_adoptions_params[] = {
    {"ceiling", "y", "adopters in the end: the market potential", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING,
     1, 0},
    {"innovation", "1/x", "coefficient of innovation, p", 0, INFINITY, CC_LOG_INTERVAL, 0, -1},
    {"imitation", "1/x", "coefficient of imitation, q", 0, INFINITY, 0, 0, -1},
    {"launch", "x", "time of launch; one period before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
    {"period", "x", "length of the period that ends at each point; the usual step of the points unless given", 0,
     INFINITY, CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived bass_adoptions_derived[] = {
    {"peak_time", "x", "time of the fastest adoption; none where q is not above p and adoption only slows down", -1},
    {"peak_adoptions", "y", "adoptions in the period that has the peak in its middle", -1},
};

static void bass_adoptions_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    bass_grid(self, range, grid);
    grid->count[4] = 1;
    grid->node[4][0] = range->step;
}

static void bass_adoptions_held(const cc_curve *self, const cc_points *points, double *theta)
{
    (void)self;
    double step = cc_usual_step(points->z, points->n);
    if (!(step > 0)) return;
    theta[3] = points->range->low[0] - step;
    theta[4] = step;
}

static void bass_adoptions_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    bass_derive(self, theta, value, gradient);
    double q = theta[2], both = theta[1] + q, m = q > theta[1] ? theta[0] : NAN, period = theta[4];
    double share = tanh(both * period / 4), slope = (1 - share * share) / 4;
    for (int j = 4; j-- > 0;) gradient[5 + j] = gradient[4 + j]; /* rows of five */
    gradient[4] = 0;
    value[1] = m * both / q * share;
    gradient[5] = both / q * share;
    gradient[6] = m / q * (share + both * period * slope);
    gradient[7] = gradient[6] - m * both / (q * q) * share;
    gradient[8] = 0;
    gradient[9] = m * both / q * both * slope;
}

/* The share of adopters until the last point. */
static double bass_adoptions_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    (void)self;
    (void)ceiling;
    return bass_share_alone_w1(theta[1], theta[2], points->range->high[0] - theta[3]);
}

static const double bass_adoptions_example[] = {80, 0.01, 0.35, 1998, 1};

static const cc_curve bass_adoptions = {
    .name = "bass_adoptions",
    .title = "Bass diffusion, adoptions by period",
    .formula = "ceiling * (F(time - launch) - F(time - period - launch)), F(s) = (1 - exp(-(p+q)*s)) / (1 + "
               "(q/p)*exp(-(p+q)*s)), p innovation, q imitation",
    .source = "Srinivasan, V. and Mason, C. H. (1986), Nonlinear least squares estimation of new product diffusion "
              "models, Marketing Science 5, 169-178",
    .when = "First adoptions or sales of each year, quarter or month, the peak of sales seen.",
    .when_not = "The peak of sales lies ahead: then the ceiling is a guess. Sales to repeat buyers.",
    .p = 5,
    .params = bass_adoptions_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(bass_adoptions_values),
    .grid = bass_adoptions_grid,
    .held = bass_adoptions_held,
    .seen = bass_adoptions_seen,
    .n_derived = 2,
    .derived = bass_adoptions_derived,
    .derive = bass_adoptions_derive,
    .example = bass_adoptions_example,
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
    static const double scale[] = {0.15, 0.35, 0.6, 1, 2, 5}, shape[] = {0.7, 1.5, 3, 7};
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

CC_FAMILY(diffusion, diffusion, &bass, &bass_adoptions, &weibull);

#endif
