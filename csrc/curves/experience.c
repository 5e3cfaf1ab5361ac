// SPDX-License-Identifier: GPL-3.0-or-later
/* experience.c - cost against cumulative output: Wright's law. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x[0] = ln experience */
CC_INLINE void CC_W(wright_kernel)(const V *x, const V *theta, V *f, V *g)
{
    *f = CC_W(v_log)(theta[0]) - theta[1] * x[0];
    g[0] = 1.0 / theta[0];
    g[1] = -x[0];
}
CC_VALUES(wright, 2, 1, 2)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/experience.c"
#include "curves/families.h"
#include "widths.h"

static const char *const experience[] = {"experience"};

static const cc_param wright_params[] = {
    {"first_unit", "y", "cost of the first unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "experience exponent: the cost falls as experience to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
};

static const cc_derived wright_derived[] = {
    {"learning_rate", "1", "fall of the cost with each doubling of experience, as a share", 1},
    {"progress_ratio", "1", "cost after a doubling of experience as a share of the cost before", 1},
};

static void wright_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double ratio = exp2(-theta[1]), slope = log(2.0) * ratio;
    value[0] = 1 - ratio;
    value[1] = ratio;
    gradient[0] = gradient[2] = 0;
    gradient[1] = slope;
    gradient[3] = -slope;
}

static double wright_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 ? exp(log(theta[0] / y) / theta[1]) : NAN;
}

static const double wright_example[] = {500, 0.32};

static const cc_curve wright = {
    .name = "wright",
    .title = "Wright's law",
    .formula = "first_unit * experience^(-exponent)",
    .source = "Wright, T. P. (1936), Factors affecting the cost of airplanes, J. Aeronautical Sciences 3, 122-128",
    .when = "Unit cost against cumulative output.",
    .when_not =
        "The experience before the first observation is unknown and large, or the series is a price with moving "
        "margins.",
    .p = 2,
    .params = wright_params,
    .r = 1,
    .regressors = experience,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(wright_values),
    .features = cc_log_features,
    .n_derived = 2,
    .derived = wright_derived,
    .derive = wright_derive,
    .inverse = wright_inverse,
    .example = wright_example,
    .example_x = cc_example_scale,
};

const cc_curve *const cc_experience_curves[] = {&wright, NULL};

#endif
