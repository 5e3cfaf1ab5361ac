// SPDX-License-Identifier: GPL-3.0-or-later
/* growth.c - growth and decline in time without a ceiling: the exponential (Moore). */
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

const cc_curve *const cc_growth_curves[] = {&exponential, NULL};

#endif
