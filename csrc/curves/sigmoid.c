// SPDX-License-Identifier: GPL-3.0-or-later
/* sigmoid.c - S-curves in time: logistic, Gompertz, Richards. */
#ifdef CC_WIDTH

#include "curves/kernel.h"
#include "curves/staged.h"

CC_INLINE void CC_W(logistic_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[2];
    V share = CC_W(v_expit)(theta[1] * since);
    *f = theta[0] * share;
    V slope = *f * (1.0 - share);
    g[0] = share;
    g[1] = slope * since;
    g[2] = -slope * theta[1];
}
CC_VALUES(logistic, 3, 1, 3)

CC_INLINE void CC_W(gompertz_first)(const V *x, const V *theta, V *held)
{
    held[0] = CC_W(v_exp)(-theta[1] * (x[0] - theta[2]));
}

CC_INLINE void CC_W(gompertz_next)(const V *theta, V *held)
{
    (void)theta;
    held[1] = CC_W(v_exp)(-held[0]);
}

CC_INLINE void CC_W(gompertz_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    V decay = held[0], share = held[1];
    *f = theta[0] * share;
    /* where the share is 0 the decay may be infinite */
    V slope = CC_W(v_select)(V_LT(CC_W(v_all)(0.0), share), *f * decay, CC_W(v_all)(0.0));
    g[0] = share;
    g[1] = slope * (x[0] - theta[2]);
    g[2] = -slope * theta[1];
}
CC_STAGED_VALUES(gompertz, 3, 1, 3, 2)

/* The shape is kept away from 0, where the curve is Gompertz's: there the derivative by shape is a difference of
 * nearly equal numbers.
 *
 * Far before the inflection u = shape * exp(-rate * (time - inflection)) overflows, while the curve does not: a large shape is an
 * exponential at rate / shape up to the ceiling. Beyond this exponent ln(1 + u) is a straight line in it. */
#define CC_STRAIGHT 600.0

CC_INLINE void CC_W(richards_first)(const V *x, const V *theta, V *held)
{
    held[0] = CC_W(v_exp)(CC_W(v_min)(-theta[1] * (x[0] - theta[2]), CC_W(v_all)(CC_STRAIGHT)));
}

CC_INLINE void CC_W(richards_next)(const V *theta, V *held)
{
    V inverse = 1.0 / theta[3];
    V u = theta[3] * held[0], one = 1.0 + u, part = 1.0 / one;
    /* ln(1 + u), with what the sum 1 + u has lost of u */
    held[1] = (CC_W(v_log)(one) + (u - (one - 1.0)) * part) * inverse;
    held[0] *= part;
}

CC_INLINE void CC_W(richards_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    V since = x[0] - theta[2], inverse = 1.0 / theta[3];
    V beyond = CC_W(v_max)(-theta[1] * since - CC_STRAIGHT, CC_W(v_all)(0.0));
    V root = held[1] + beyond * inverse, weight = held[0], share = CC_W(v_exp)(-root);
    *f = theta[0] * share;
    V slope = *f * weight;
    g[0] = share;
    g[1] = slope * since;
    g[2] = -slope * theta[1];
    g[3] = *f * (root - weight) * inverse;
}
#undef CC_STRAIGHT
CC_STAGED_VALUES(richards, 4, 1, 4, 2)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/sigmoid.c"
#include "curves/families.h"
#include "widths.h"

static const double LN81 = 4.394449154672439;

static double direction(const cc_range *range)
{
    return range->y_last < range->y_first ? -1 : 1;
}

static const cc_param logistic_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"rate", "1/x", "growth rate while the curve is far below its ceiling", -INFINITY, INFINITY, 0, 0, -1},
    {"midpoint", "x", "time at which half of the ceiling is reached", -INFINITY, INFINITY, 0, 0, 1},
};

static const cc_derived logistic_derived[] = {
    {"takeover_time", "x", "time from 10 to 90 % of the ceiling", 1},
    {"peak_growth", "y/x", "growth per unit of time at the midpoint", -1},
};

static void logistic_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {2, 5, 12, 30}, place[] = {-0.3, 0.15, 0.4, 0.65, 0.9, 1.3, 2};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 2, range->low[0], span, place, CC_COUNT(place));
}

static void logistic_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = LN81 / theta[1];
    value[1] = theta[0] * theta[1] / 4;
    gradient[0] = gradient[2] = gradient[5] = 0;
    gradient[1] = -LN81 / (theta[1] * theta[1]);
    gradient[3] = theta[1] / 4;
    gradient[4] = theta[0] / 4;
}

static double logistic_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0];
    return share > 0 && share < 1 ? theta[2] + log(share / (1 - share)) / theta[1] : NAN;
}

static const double logistic_example[] = {80, 0.35, 2014};

static const cc_curve logistic = {
    .name = "logistic",
    .title = "Logistic",
    .formula = "ceiling / (1 + exp(-rate * (time - midpoint)))",
    .source =
        "Verhulst, P.-F. (1838), Notice sur la loi que la population suit dans son accroissement; Pearl, R. and Reed, "
        "L. J. (1920), Proc. National Academy of Sciences 6, 275-288; Fisher, J. C. and "
        "Pry, R. H. (1971), Technological Forecasting and Social Change 3, 75-88",
    .when = "The symmetric S-curve, growth that slows towards a ceiling: shares, substitution, adoption by imitation.",
    .when_not = "Less than half of the growth has been seen and no ceiling is known.",
    .p = 3,
    .params = logistic_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(logistic_values),
    .grid = logistic_grid,
    .n_derived = 2,
    .derived = logistic_derived,
    .derive = logistic_derive,
    .inverse = logistic_inverse,
    .example = logistic_example,
    .example_x = cc_example_time,
};

static const cc_param gompertz_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"rate", "1/x", "rate at which the growth rate decays", -INFINITY, INFINITY, 0, 0, -1},
    {"inflection", "x", "time of the fastest growth, at 37 % of the ceiling", -INFINITY, INFINITY, 0, 0, 1},
};

static const cc_derived gompertz_derived[] = {
    {"takeover_time", "x", "time from 10 to 90 % of the ceiling", 1},
    {"peak_growth", "y/x", "growth per unit of time at the inflection", -1},
};

static void gompertz_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {1, 3, 8, 22}, place[] = {-0.3, 0, 0.2, 0.45, 0.7, 1.1, 1.8};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 2, range->low[0], span, place, CC_COUNT(place));
}

static void gompertz_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double spread = log(log(10.0) / log(10.0 / 9.0));
    value[0] = spread / theta[1];
    value[1] = theta[0] * theta[1] * exp(-1);
    gradient[0] = gradient[2] = gradient[5] = 0;
    gradient[1] = -spread / (theta[1] * theta[1]);
    gradient[3] = theta[1] * exp(-1);
    gradient[4] = theta[0] * exp(-1);
}

static double gompertz_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0];
    return share > 0 && share < 1 ? theta[2] - log(-log(share)) / theta[1] : NAN;
}

static const double gompertz_example[] = {80, 0.22, 2011};

static const cc_curve gompertz = {
    .name = "gompertz",
    .title = "Gompertz",
    .formula = "ceiling * exp(-exp(-rate * (time - inflection)))",
    .source =
        "Gompertz, B. (1825), Phil. Trans. R. Soc. 115, 513-583; Franses, P. H. (1994), Fitting a Gompertz curve, J. "
        "Operational Research Society 45, 109-113",
    .when = "Growth that is fastest early and slows for long: durable goods, ownership.",
    .when_not = "Less than a third of the growth has been seen and no ceiling is known.",
    .p = 3,
    .params = gompertz_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(gompertz_values),
    .grid = gompertz_grid,
    .n_derived = 2,
    .derived = gompertz_derived,
    .derive = gompertz_derive,
    .inverse = gompertz_inverse,
    .example = gompertz_example,
    .example_x = cc_example_time,
};

static const cc_param richards_params[] = {
    {"ceiling", "y", "level that growth approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING, 1, 0},
    {"rate", "1/x", "rate at which the rest to the ceiling decays", -INFINITY, INFINITY, 0, 0, -1},
    {"inflection", "x", "time of the fastest growth", -INFINITY, INFINITY, 0, 0, 1},
    {"shape", "1", "asymmetry: 1 is the logistic curve, towards 0 Gompertz's", 1e-4, 1e4, 0, 0, 0},
};

static const cc_derived richards_derived[] = {
    {"inflection_share", "1", "share of the ceiling at the inflection", 3},
};

static void richards_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {1, 3, 8, 25}, place[] = {-0.3, 0.1, 0.35, 0.6, 0.85, 1.3}, shape[] = {1.2};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 2, range->low[0], span, place, CC_COUNT(place));
    cc_grid_multiples(grid, 3, 1, shape, CC_COUNT(shape));
}

static void richards_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double nu = theta[3], log_share = -log1p(nu) / nu;
    value[0] = exp(log_share);
    gradient[0] = gradient[1] = gradient[2] = 0;
    gradient[3] = value[0] * (log1p(nu) / nu - 1 / (1 + nu)) / nu;
}

static double richards_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = y / theta[0], nu = theta[3];
    return share > 0 && share < 1 ? theta[2] - log(expm1(-nu * log(share)) / nu) / theta[1] : NAN;
}

static const double richards_example[] = {80, 0.4, 2016, 1.8};

static const cc_curve richards = {
    .name = "richards",
    .title = "Richards",
    .formula = "ceiling * (1 + shape * exp(-rate * (time - inflection)))^(-1/shape)",
    .source =
        "Richards, F. J. (1959), A flexible growth function for empirical use, J. Experimental Botany 10, 290-301",
    .when = "S-curves whose asymmetry should be read from the data, seen nearly to their ceiling.",
    .when_not = "Fewer than about twenty points, or the ceiling is not in sight.",
    .p = 4,
    .params = richards_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(richards_values),
    .grid = richards_grid,
    .n_derived = 1,
    .derived = richards_derived,
    .derive = richards_derive,
    .inverse = richards_inverse,
    .example = richards_example,
    .example_x = cc_example_time,
};

CC_FAMILY(sigmoid, sigmoid, &logistic, &gompertz, &richards);

#endif
