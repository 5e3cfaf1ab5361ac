// SPDX-License-Identifier: GPL-3.0-or-later
/* growth.c - growth and decline in time: the exponential (Moore), a line, a power of time, the way to a limit, and growth
 * that would be infinite at a finite time. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

CC_INLINE void CC_W(exponential_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[2];
    *f = CC_W(v_log)(theta[0]) + theta[1] * since;
    g[0] = 1.0 / theta[0];
    g[1] = since;
    g[2] = -theta[1];
}
CC_VALUES(exponential, 3, 1, 3)

CC_INLINE void CC_W(linear_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[2];
    *f = theta[0] + theta[1] * since;
    g[0] = CC_W(v_all)(1.0);
    g[1] = since;
    g[2] = -theta[1];
}
CC_VALUES(linear, 3, 1, 3)

/* Nothing before the launch: there the logarithm is minus infinity. */
CC_INLINE void CC_W(power_of_time_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), since = x[0] - theta[2];
    M launched = ~V_LE(since, zero);
    V log_since = CC_W(v_log)(CC_W(v_select)(launched, since, CC_W(v_all)(1.0)));
    *f = CC_W(v_select)(launched, CC_W(v_log)(theta[0]) + theta[1] * log_since, CC_W(v_all)(-INFINITY));
    g[0] = CC_W(v_select)(launched, 1.0 / theta[0], zero);
    g[1] = log_since;
    g[2] = CC_W(v_select)(launched, -theta[1] / since, zero);
}
CC_VALUES(power_of_time, 3, 1, 3)

CC_INLINE void CC_W(exponential_to_limit_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3], rise = -CC_W(v_expm1)(-theta[2] * since), rest = 1.0 - rise;
    V way = theta[0] - theta[1];
    *f = theta[1] + way * rise;
    g[0] = rise;
    g[1] = rest;
    g[2] = way * since * rest;
    g[3] = -way * theta[2] * rest;
}
CC_VALUES(exponential_to_limit, 4, 1, 4)

/* Not a number on the far side of the singular time: a fit cannot put that between its points. */
CC_INLINE void CC_W(hyperbolic_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V at_reference = theta[1] - theta[2], left = theta[1] - x[0];
    *f = CC_W(v_log)(theta[0]) + CC_W(v_log)(at_reference / left);
    g[0] = 1.0 / theta[0];
    g[1] = 1.0 / at_reference - 1.0 / left;
    g[2] = -1.0 / at_reference;
}
CC_VALUES(hyperbolic, 3, 1, 3)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/growth.c"
#include "curves/families.h"
#include "widths.h"

static const cc_param exponential_params[] = {
    {"level", "y", "level at the reference time", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"rate", "1/x", "continuous growth rate", -INFINITY, INFINITY, CC_LINEAR_LOG, 0, -1},
    {"reference", "x", "reference time; the first point unless given", -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived exponential_derived[] = {
    {"doubling_time", "x", "time in which the level doubles; negative: it halves", 1},
    {"growth_rate", "1", "growth per unit of time, as a share", 1},
};

static void exponential_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    grid->count[2] = 1;
    grid->node[2][0] = range->low[0];
}

static void exponential_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double rate = theta[1];
    value[0] = log(2.0) / rate;
    value[1] = expm1(rate);
    for (int j = 0; j < 6; j++) gradient[j] = 0;
    gradient[1] = -log(2.0) / (rate * rate);
    gradient[4] = exp(rate);
}

static double exponential_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 ? theta[2] + log(y / theta[0]) / theta[1] : NAN;
}

static const double exponential_example[] = {100, -0.12, 2000};

static const cc_curve exponential = {
    .name = "exponential",
    .title = "Exponential (Moore)",
    .formula = "level * exp(rate * (time - reference))",
    .source =
        "Moore, G. E. (1965), Cramming more components onto integrated circuits, Electronics 38(8); in the form of "
        "Nagy et al. (2013), PLoS ONE 8(2) e52669",
    .when = "Steady growth or decline in time; cost where experience grows steadily.",
    .when_not = "A ceiling or a floor is near.",
    .p = 3,
    .params = exponential_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_RESCALE,
    .values = CC_EACH_WIDTH(exponential_values),
    .grid = exponential_grid,
    .n_derived = 2,
    .derived = exponential_derived,
    .derive = exponential_derive,
    .inverse = exponential_inverse,
    .example = exponential_example,
    .example_x = cc_example_time,
};

/* ---- a line ------------------------------------------------------------------------------------ */

static const cc_param linear_params[] = {
    {"level", "y", "level at the reference time", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"slope", "y/x", "change per unit of time", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, -1},
    {"reference", "x", "reference time; the first point unless given", -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived linear_derived[] = {
    {"growth_rate", "1/x", "change per unit of time as a share of the level, at the reference time", -1},
    {"doubling_time", "x", "time from the reference in which the level doubles; negative: it falls to 0", -1},
};

static void linear_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    grid->count[2] = 1;
    grid->node[2][0] = range->low[0];
}

static void linear_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double level = theta[0], slope = theta[1];
    value[0] = slope / level;
    value[1] = level / slope;
    gradient[0] = -slope / (level * level);
    gradient[1] = 1 / level;
    gradient[3] = 1 / slope;
    gradient[4] = -level / (slope * slope);
    gradient[2] = gradient[5] = 0;
}

static double linear_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return theta[1] != 0 ? theta[2] + (y - theta[0]) / theta[1] : NAN;
}

static const double linear_example[] = {50, 3, 2000};

static const cc_curve linear = {
    .name = "linear",
    .title = "Line",
    .formula = "level + slope * (time - reference)",
    .source = "Draper, N. R. and Smith, H. (1998), Applied Regression Analysis, 3rd ed., Wiley, chapter 1",
    .when = "Steps of the same size in every period; also the plain line that other curves are compared with.",
    .when_not = "Levels that cannot be negative are carried far ahead, or growth is in proportion to the level.",
    .p = 3,
    .params = linear_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(linear_values),
    .grid = linear_grid,
    .n_derived = 2,
    .derived = linear_derived,
    .derive = linear_derive,
    .inverse = linear_inverse,
    .example = linear_example,
    .example_x = cc_example_time,
};

/* ---- a power of the time since the launch ------------------------------------------------------ */

static const cc_param power_of_time_params[] = {
    {"level", "y", "level one unit of time after the launch", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "the level grows as the time since the launch to the power of this", -INFINITY, INFINITY,
     CC_LINEAR_LOG, 0, 0},
    {"launch", "x", "time of launch; one step before the first point unless given", -INFINITY, INFINITY,
     CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived power_of_time_derived[] = {
    {"growth_per_doubling", "1", "growth with each doubling of the time since the launch, as a share", 1},
};

static void power_of_time_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    grid->count[2] = 1;
    grid->node[2][0] = range->low[0] - range->step;
}

static void power_of_time_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double times = exp2(theta[1]);
    value[0] = times - 1;
    gradient[0] = gradient[2] = 0;
    gradient[1] = log(2.0) * times;
}

static double power_of_time_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 ? theta[2] + exp(log(y / theta[0]) / theta[1]) : NAN;
}

static const double power_of_time_example[] = {10, 1.5, 1995};

static const cc_curve power_of_time = {
    .name = "power_of_time",
    .title = "Power of time",
    .formula = "level * (time - launch)^exponent",
    .source = "Ratkowsky, D. A. (1990), Handbook of Nonlinear Regression Models, Marcel Dekker, chapter 4",
    .when = "Growth since a known launch whose rate falls as the technology ages, with no ceiling in sight.",
    .when_not = "The launch is unknown: exponent and launch offset each other.",
    .p = 3,
    .params = power_of_time_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL,
    .values = CC_EACH_WIDTH(power_of_time_values),
    .grid = power_of_time_grid,
    .n_derived = 1,
    .derived = power_of_time_derived,
    .derive = power_of_time_derive,
    .inverse = power_of_time_inverse,
    .example = power_of_time_example,
    .example_x = cc_example_time,
};

/* ---- the way to a limit ------------------------------------------------------------------------ */

static const cc_param exponential_to_limit_params[] = {
    {"limit", "y", "level that is approached, from below or from above", -INFINITY, INFINITY,
     CC_LINEAR_LEVEL | CC_CEILING | CC_FROM_FLOOR, 1, 0},
    {"level", "y", "level at the reference time", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"rate", "1/x", "rate at which the rest to the limit decays", 0, INFINITY, 0, 0, -1},
    {"reference", "x", "reference time; the first point unless given", -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived exponential_to_limit_derived[] = {
    {"half_life", "x", "time in which half of the rest to the limit is made up", 2},
    {"growth_rate", "1/x", "change per unit of time as a share of the level, at the reference time", -1},
};

static void exponential_to_limit_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {0.3, 1, 2.5, 6, 15, 40};
    cc_grid_multiples(grid, 2, 1 / (range->high[0] - range->low[0]), rate, CC_COUNT(rate));
    grid->count[3] = 1;
    grid->node[3][0] = range->low[0];
}

static void exponential_to_limit_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double limit = theta[0], level = theta[1], rate = theta[2];
    value[0] = log(2.0) / rate;
    value[1] = rate * (limit - level) / level;
    gradient[0] = gradient[1] = gradient[3] = gradient[7] = 0;
    gradient[2] = -log(2.0) / (rate * rate);
    gradient[4] = rate / level;
    gradient[5] = -rate * limit / (level * level);
    gradient[6] = (limit - level) / level;
}

static double exponential_to_limit_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double rest = (theta[0] - y) / (theta[0] - theta[1]);
    return rest > 0 && theta[2] > 0 ? theta[3] - log(rest) / theta[2] : NAN;
}

static const double exponential_to_limit_example[] = {90, 40, 0.18, 2000};

static const cc_curve exponential_to_limit = {
    .name = "exponential_to_limit",
    .title = "Exponential to a limit",
    .formula = "limit - (limit - level) * exp(-rate * (time - reference))",
    .source = "von Bertalanffy, L. (1938), Human Biology 10, 181-213; Fourt, L. A. and Woodlock, J. W. (1960), Early "
              "prediction of market success for new grocery products, J. "
              "Marketing 25(2), 31-38",
    .when =
        "Change that is fastest at the beginning and slows in proportion to what is left: efficiency near a physical "
        "limit, penetration without imitation.",
    .when_not = "Growth that speeds up first, or a series whose bend has not been seen: then the limit is a guess.",
    .p = 4,
    .params = exponential_to_limit_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(exponential_to_limit_values),
    .grid = exponential_to_limit_grid,
    .n_derived = 2,
    .derived = exponential_to_limit_derived,
    .derive = exponential_to_limit_derive,
    .inverse = exponential_to_limit_inverse,
    .example = exponential_to_limit_example,
    .example_x = cc_example_time,
};

/* ---- growth that would be infinite at a finite time -------------------------------------------- */

static const cc_param hyperbolic_params[] = {
    {"level", "y", "level at the reference time", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"singular_time", "x", "time at which the level would be infinite; before the data where it falls", -INFINITY,
     INFINITY, 0, 0, 1},
    {"reference", "x", "reference time; the first point unless given", -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT, 0, 1},
};

static const cc_derived hyperbolic_derived[] = {
    {"growth_rate", "1/x", "change per unit of time as a share of the level, at the reference time", -1},
    {"doubling_time", "x", "time from the reference in which the level doubles; the next doubling takes half of it",
     -1},
};

/* Singular times before the data and after them, those far off next to each other: there both are constant. */
static void hyperbolic_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double beyond[] = {1e-8, 0.003, 0.05, 0.3, 2, 10};
    double span = range->high[0] - range->low[0];
    grid->count[1] = 2 * CC_COUNT(beyond);
    for (int k = 0; k < CC_COUNT(beyond); k++) {
        grid->node[1][k] = range->low[0] - span * beyond[k];
        grid->node[1][2 * CC_COUNT(beyond) - 1 - k] = range->high[0] + span * beyond[k];
    }
    grid->count[2] = 1;
    grid->node[2][0] = range->low[0];
}

static void hyperbolic_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double left = theta[1] - theta[2];
    value[0] = 1 / left;
    value[1] = left / 2;
    gradient[0] = gradient[3] = 0;
    gradient[1] = -1 / (left * left);
    gradient[2] = 1 / (left * left);
    gradient[4] = 0.5;
    gradient[5] = -0.5;
}

static double hyperbolic_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 ? theta[1] - (theta[1] - theta[2]) * (theta[0] / y) : NAN;
}

static const double hyperbolic_example[] = {10, 2036, 2000};

static const cc_curve hyperbolic = {
    .name = "hyperbolic",
    .title = "Hyperbolic growth",
    .formula = "level * (singular_time - reference) / (singular_time - time)",
    .source =
        "von Foerster, H., Mora, P. M. and Amiot, L. W. (1960), Doomsday: Friday, 13 November, A.D. 2026, Science "
        "132, 1291-1295",
    .when =
        "Growth whose rate itself grows with the level, so that each doubling takes half the time of the one before.",
    .when_not = "A forecast beyond the singular time, or close to it: something else gives way first.",
    .p = 3,
    .params = hyperbolic_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_RESCALE,
    .values = CC_EACH_WIDTH(hyperbolic_values),
    .grid = hyperbolic_grid,
    .n_derived = 2,
    .derived = hyperbolic_derived,
    .derive = hyperbolic_derive,
    .inverse = hyperbolic_inverse,
    .example = hyperbolic_example,
    .example_x = cc_example_time,
};

CC_FAMILY(growth, growth, &exponential, &linear, &power_of_time, &exponential_to_limit, &hyperbolic);

#endif
