// SPDX-License-Identifier: GPL-3.0-or-later
/* sigmoid_sums.c - logistic curves on top of something: of a lower level, of each other. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

CC_INLINE void CC_W(logistic_floor_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3], share = CC_W(v_expit)(theta[2] * since), rest = 1.0 - share;
    V slope = (theta[1] - theta[0]) * share * rest;
    *f = theta[0] * rest + theta[1] * share;
    g[0] = rest;
    g[1] = share;
    g[2] = slope * since;
    g[3] = -slope * theta[2];
}
CC_VALUES(logistic_floor, 4, 1, 4)

CC_INLINE void CC_W(double_logistic_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since_1 = x[0] - theta[2], since_2 = since_1 - theta[5];
    V share_1 = CC_W(v_expit)(theta[1] * since_1), share_2 = CC_W(v_expit)(theta[4] * since_2);
    V first = theta[0] * share_1, second = theta[3] * share_2;
    V slope_1 = first * (1.0 - share_1), slope_2 = second * (1.0 - share_2), later = -slope_2 * theta[4];
    *f = first + second;
    g[0] = share_1;
    g[1] = slope_1 * since_1;
    g[2] = later - slope_1 * theta[1];
    g[3] = share_2;
    g[4] = slope_2 * since_2;
    g[5] = later;
}
CC_VALUES(double_logistic, 6, 1, 6)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/sigmoid_sums.c"
#include "curves/families.h"
#include "widths.h"

static const double LN81 = 4.394449154672439;

static double direction(const cc_range *range)
{
    return range->y_last < range->y_first ? -1 : 1;
}

/* ---- above a lower level ----------------------------------------------------------------------- */

static const cc_param logistic_floor_params[] = {
    {"floor", "y", "lower level, where growth begins or a fall ends", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"ceiling", "y", "upper level, where growth ends or a fall begins", -INFINITY, INFINITY,
     CC_LINEAR_LEVEL | CC_CEILING | CC_FROM_FLOOR, 1, 0},
    {"rate", "1/x", "growth rate of the odds of floor and ceiling; negative: the curve falls", -INFINITY, INFINITY, 0,
     0, -1},
    {"midpoint", "x", "time half-way between floor and ceiling", -INFINITY, INFINITY, 0, 0, 1},
};

static const cc_derived logistic_floor_derived[] = {
    {"takeover_time", "x", "time from 10 to 90 % of the way from floor to ceiling", 2},
    {"peak_growth", "y/x", "growth per unit of time at the midpoint", -1},
};

static void logistic_floor_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {2.5, 6, 13, 30}, place[] = {-0.1, 0.15, 0.35, 0.5, 0.65, 0.85, 1.2};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 2, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 3, range->low[0], span, place, CC_COUNT(place));
}

static void logistic_floor_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double way = theta[1] - theta[0], rate = theta[2];
    value[0] = LN81 / rate;
    value[1] = way * rate / 4;
    for (int j = 0; j < 8; j++) gradient[j] = 0;
    gradient[2] = -LN81 / (rate * rate);
    gradient[4] = -rate / 4;
    gradient[5] = rate / 4;
    gradient[6] = way / 4;
}

static double logistic_floor_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double odds = (y - theta[0]) / (theta[1] - y);
    return odds > 0 && odds < INFINITY ? theta[3] + log(odds) / theta[2] : NAN;
}

static const double logistic_floor_example[] = {15, 80, 0.4, 2015};

static const cc_curve logistic_floor = {
    .name = "logistic_floor",
    .title = "Logistic with a lower level",
    .formula = "floor + (ceiling - floor) / (1 + exp(-rate * (time - midpoint)))",
    .source =
        "Pinheiro, J. C. and Bates, D. M. (2000), Mixed-Effects Models in S and S-PLUS, Springer, appendix C.7: the "
        "four-parameter logistic",
    .when = "A transition from one level to another, up or down: performance, efficiency, a share that does not start "
            "at 0.",
    .when_not = "One of the two levels has not been seen and is not known: fix it, or use logistic.",
    .p = 4,
    .params = logistic_floor_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(logistic_floor_values),
    .grid = logistic_floor_grid,
    .n_derived = 2,
    .derived = logistic_floor_derived,
    .derive = logistic_floor_derive,
    .inverse = logistic_floor_inverse,
    .example = logistic_floor_example,
    .example_x = cc_example_time,
};

/* ---- two waves --------------------------------------------------------------------------------- */

static const cc_param double_logistic_params[] = {
    {"ceiling_1", "y", "level that the first wave adds", 0, INFINITY, CC_LINEAR_LEVEL | CC_CEILING, 1, 0},
    {"rate_1", "1/x", "growth rate of the first wave while it is small", -INFINITY, INFINITY, 0, 0, -1},
    {"midpoint_1", "x", "time at which the first wave is half over", -INFINITY, INFINITY, 0, 0, 1},
    {"ceiling_2", "y", "level that the second wave adds", 0, INFINITY, CC_LINEAR_LEVEL | CC_CEILING, 1, 0},
    {"rate_2", "1/x", "growth rate of the second wave while it is small", -INFINITY, INFINITY, 0, 0, -1},
    {"gap", "x", "time from the midpoint of the first wave to that of the second", 0, INFINITY, 0, 0, 1},
};

static const cc_derived double_logistic_derived[] = {
    {"ceiling", "y", "level that both waves together approach", -1},
    {"midpoint_2", "x", "time at which the second wave is half over", -1},
    {"takeover_time_1", "x", "time of the first wave from 10 to 90 %", 1},
    {"takeover_time_2", "x", "time of the second wave from 10 to 90 %", 4},
};

/* The second wave is the later one, so that the two cannot change places. */
static void double_logistic_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {14}, place[] = {0.05, 0.2, 0.35, 0.5, 0.7}, gap[] = {0.12, 0.25, 0.4, 0.6};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 2, range->low[0], span, place, CC_COUNT(place));
    cc_grid_multiples(grid, 4, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_multiples(grid, 5, span, gap, CC_COUNT(gap));
}

static void double_logistic_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = theta[0] + theta[3];
    value[1] = theta[2] + theta[5];
    value[2] = LN81 / theta[1];
    value[3] = LN81 / theta[4];
    for (int j = 0; j < 24; j++) gradient[j] = 0;
    gradient[0] = gradient[3] = gradient[8] = gradient[11] = 1;
    gradient[13] = -LN81 / (theta[1] * theta[1]);
    gradient[22] = -LN81 / (theta[4] * theta[4]);
}

static const double double_logistic_example[] = {30, 0.9, 2007, 50, 0.7, 15};

static const cc_curve double_logistic = {
    .name = "double_logistic",
    .title = "Double logistic: two waves",
    .formula =
        "ceiling_1 / (1 + exp(-rate_1 * (time - midpoint_1))) + ceiling_2 / (1 + exp(-rate_2 * (time - midpoint_1 "
        "- gap)))",
    .source = "Meyer, P. S. (1994), Bi-logistic growth, Technological Forecasting and Social Change 47, 89-102",
    .when = "Growth in two waves that follow each other, both seen past their midpoints.",
    .when_not = "One wave, which two fit as well in many ways; fewer than about twenty points.",
    .p = 6,
    .params = double_logistic_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(double_logistic_values),
    .grid = double_logistic_grid,
    .n_derived = 4,
    .derived = double_logistic_derived,
    .derive = double_logistic_derive,
    .example = double_logistic_example,
    .example_x = cc_example_time,
};

CC_FAMILY(sigmoid, sigmoid_sums, &logistic_floor, &double_logistic);

#endif
