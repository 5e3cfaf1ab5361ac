// SPDX-License-Identifier: GPL-3.0-or-later
/* experience.c - cost against cumulative output, output or both: Wright's law and the laws that it is compared with. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* ln f = ln a - b x[0]; x[0] = ln experience, ln of the experience before the period, or ln output */
CC_INLINE void CC_W(power_kernel)(const V *x, const V *theta, V *f, V *g)
{
    *f = CC_W(v_log)(theta[0]) - theta[1] * x[0];
    g[0] = 1.0 / theta[0];
    g[1] = -x[0];
}
CC_VALUES(power, 2, 1, 2)

/* x = ln output, ln experience before the period */
CC_INLINE void CC_W(sinclair_klepper_cohen_kernel)(const V *x, const V *theta, V *f, V *g)
{
    *f = CC_W(v_log)(theta[0]) - theta[1] * x[0] - theta[2] * x[1];
    g[0] = 1.0 / theta[0];
    g[1] = -x[0];
    g[2] = -x[1];
}
CC_VALUES(sinclair_klepper_cohen, 3, 2, 3)

/* x = time, ln experience; theta = level, rate, exponent, reference */
CC_INLINE void CC_W(nordhaus_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3];
    *f = CC_W(v_log)(theta[0]) + theta[1] * since - theta[2] * x[1];
    g[0] = 1.0 / theta[0];
    g[1] = since;
    g[2] = -x[1];
    g[3] = -theta[1];
}
CC_VALUES(nordhaus, 4, 2, 4)

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/experience.c"
#include "curves/learning.h"
#include "widths.h"

void cc_derive_learning(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    size_t j = (size_t)self->derived[0].of;
    double ratio = exp2(-theta[j]), slope = log(2.0) * ratio;
    for (size_t k = 0; k < self->n_derived * self->p; k++) gradient[k] = 0;
    value[0] = 1 - ratio;
    value[1] = ratio;
    gradient[j] = slope;
    gradient[self->p + j] = -slope;
}

/* Growth of 12 % a year that wavers; experience includes what was made before the first year and in the year itself. */
void cc_example_industry(size_t n, double *time, double *output, double *experience)
{
    double made = 60, step = n > 1 ? 30 / (double)(n - 1) : 1;
    for (size_t i = 0; i < n; i++) {
        double years = step * (double)i;
        double own = 10 * exp(0.12 * years + 0.7 * sin(years / 3));
        made += own * fmin(step, 1);
        if (time) time[i] = 1990 + years;
        if (output) output[i] = own * fmin(step, 1);
        if (experience) experience[i] = made;
    }
}

static const char *const experience[] = {"experience"};
static const char *const experience_and_output[] = {"experience", "output"};
static const char *const only_output[] = {"output"};
static const char *const time_and_experience[] = {"time", "experience"};

static const cc_param wright_params[] = {
    {"first_unit", "y", "cost of the first unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "experience exponent: the cost falls as experience to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
};

static const cc_derived wright_derived[] = {CC_LEARNING_DERIVED(1)};

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
    .when = "Unit cost against cumulative output: the learning curve, or experience curve.",
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
    .values = CC_EACH_WIDTH(power_values),
    .features = cc_log_features,
    .n_derived = 2,
    .derived = wright_derived,
    .derive = cc_derive_learning,
    .inverse = wright_inverse,
    .example = wright_example,
    .example_x = cc_example_scale,
};

/* ---- experience before the period ---------------------------------------------------------------- */

/* ln of what was made before the period: NaN where that is nothing, or the output is negative. */
static double log_before(double made, double output)
{
    return output >= 0 && made > output ? log(made - output) : NAN;
}

static void lagged_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)self;
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < n; i++) z[i] = log_before(x[i], x[n + i]);
}

static void experience_and_output_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    cc_example_industry(n, NULL, x + n, x);
}

static const cc_param lagged_params[] = {
    {"first_unit", "y", "cost at an experience of one unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1",
     "experience exponent: the cost falls as the experience before the period to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
};

static const cc_curve lagged_wright = {
    .name = "lagged_wright",
    .title = "Wright's law, lagged",
    .formula = "first_unit * (experience - output)^(-exponent)",
    .source = "Nagy, B. et al. (2013), Statistical basis for predicting technological progress, PLoS ONE 8(2) e52669",
    .when = "Cost is thought to follow what was made before the period, not what is made in it.",
    .when_not = "Nothing was made before the first period: then experience less output is zero there.",
    .p = 2,
    .params = lagged_params,
    .r = 2,
    .regressors = experience_and_output,
    .any_sign = 1 << 1, /* a period without output is in order; below 0 the stage gives NaN */
    .steady = 1 << 1,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(power_values),
    .features = lagged_features,
    .n_derived = 2,
    .derived = wright_derived,
    .derive = cc_derive_learning,
    .example = wright_example,
    .example_x = experience_and_output_example,
};

/* ---- output ---------------------------------------------------------------------------------------- */

static const cc_param goddard_params[] = {
    {"first_unit", "y", "cost at an output of one unit in the period", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "scale exponent: the cost falls as output to the power of minus this", -INFINITY, INFINITY,
     CC_LINEAR_LOG, 0, 0},
};

static const cc_derived goddard_derived[] = {
    {"learning_rate", "1", "fall of the cost with each doubling of output, as a share", 1},
    {"progress_ratio", "1", "cost after a doubling of output as a share of the cost before", 1},
};

static void output_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    cc_example_industry(n, NULL, x, NULL);
}

static const cc_curve goddard = {
    .name = "goddard",
    .title = "Goddard's law: economies of scale",
    .formula = "first_unit * output^(-exponent)",
    .source = "Goddard, C. (1982), Debunking the learning curve, IEEE Trans. Components, Hybrids, and Manufacturing "
              "Technology 5, 328-335; in the form of Nagy et al. (2013), PLoS ONE 8(2) e52669",
    .when = "Unit cost against the output of the period, where scale is thought to matter and not experience.",
    .when_not = "Output swings with demand while the cost does not.",
    .p = 2,
    .params = goddard_params,
    .r = 1,
    .regressors = only_output,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(power_values),
    .features = cc_log_features,
    .n_derived = 2,
    .derived = goddard_derived,
    .derive = cc_derive_learning,
    .inverse = wright_inverse,
    .example = wright_example,
    .example_x = output_example,
};

/* ---- output and the experience before the period --------------------------------------------------- */

static const cc_param sinclair_klepper_cohen_params[] = {
    {"first_unit", "y", "cost at one unit of output and one of experience", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"scale_exponent", "1", "the cost falls as output to the power of minus this", -INFINITY, INFINITY, CC_LINEAR_LOG,
     0, 0},
    {"exponent", "1",
     "experience exponent: the cost falls as the experience before the period to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
};

static const cc_derived sinclair_klepper_cohen_derived[] = {
    CC_LEARNING_DERIVED(2),
    {"scale_rate", "1", "fall of the cost with each doubling of output, as a share", 1},
};

static void sinclair_klepper_cohen_features(const cc_curve *self, const double *x, size_t n, const double *theta,
                                            double *z, double *dz)
{
    (void)self;
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < n; i++) {
        z[i] = x[n + i] > 0 ? log(x[n + i]) : NAN;
        z[n + i] = log_before(x[i], x[n + i]);
    }
}

static void sinclair_klepper_cohen_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    cc_derive_learning(self, theta, value, gradient);
    double ratio = exp2(-theta[1]);
    value[2] = 1 - ratio;
    gradient[2 * self->p + 1] = log(2.0) * ratio;
}

static const double sinclair_klepper_cohen_example[] = {500, 0.12, 0.25};

static const cc_curve sinclair_klepper_cohen = {
    .name = "sinclair_klepper_cohen",
    .title = "Sinclair-Klepper-Cohen: scale and experience",
    .formula = "first_unit * output^(-scale_exponent) * (experience - output)^(-exponent)",
    .source = "Sinclair, G., Klepper, S. and Cohen, W. (2000), What's experience got to do with it?, Management "
              "Science 46, 28-45; in the form of Nagy et al. (2013), PLoS ONE 8(2) e52669",
    .when = "Economies of scale and experience are to be told apart, and output did not grow steadily.",
    .when_not = "Output grew steadily: the two then move together, and neither exponent can be relied on.",
    .p = 3,
    .params = sinclair_klepper_cohen_params,
    .r = 2,
    .regressors = experience_and_output,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(sinclair_klepper_cohen_values),
    .features = sinclair_klepper_cohen_features,
    .n_derived = 3,
    .derived = sinclair_klepper_cohen_derived,
    .derive = sinclair_klepper_cohen_derive,
    .example = sinclair_klepper_cohen_example,
    .example_x = experience_and_output_example,
};

/* ---- time and experience --------------------------------------------------------------------------- */

static const cc_param nordhaus_params[] = {
    {"level", "y", "cost at the reference time and an experience of one unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"rate", "1/x", "continuous growth rate at equal experience; negative: the cost falls", -INFINITY, INFINITY,
     CC_LINEAR_LOG, 0, 0},
    {"exponent", "1", "experience exponent: the cost falls as experience to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
    {"reference", "x", "reference time; the first point unless given", -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT, 0, 0},
};

static const cc_derived nordhaus_derived[] = {
    CC_LEARNING_DERIVED(2),
    {"growth_rate", "1", "growth of the cost per unit of time at equal experience, as a share", 1},
};

static void nordhaus_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z,
                              double *dz)
{
    (void)self;
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < n; i++) {
        z[i] = x[i];
        z[n + i] = x[n + i] > 0 ? log(x[n + i]) : NAN;
    }
}

static void nordhaus_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    grid->count[3] = 1;
    grid->node[3][0] = range->low[0];
}

static void nordhaus_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    cc_derive_learning(self, theta, value, gradient);
    value[2] = expm1(theta[1]);
    gradient[2 * self->p + 1] = exp(theta[1]);
}

static void time_and_experience_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    cc_example_industry(n, x, NULL, x + n);
}

static const double nordhaus_example[] = {500, -0.02, 0.25, 1990};

static const cc_curve nordhaus = {
    .name = "nordhaus",
    .title = "Nordhaus: time and experience",
    .formula = "level * exp(rate * (time - reference)) * experience^(-exponent)",
    .source = "Nordhaus, W. D. (2014), The perils of the learning model for modeling endogenous technological change, "
              "The Energy Journal 35(1), 1-13; in the form of Nagy et al. (2013), PLoS ONE 8(2) e52669",
    .when = "Progress that comes with time is to be told from learning, and experience did not grow steadily.",
    .when_not = "Experience grew steadily: the two then move together, and neither rate can be relied on.",
    .p = 4,
    .params = nordhaus_params,
    .r = 2,
    .regressors = time_and_experience,
    .any_sign = 1 << 0,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(nordhaus_values),
    .features = nordhaus_features,
    .grid = nordhaus_grid,
    .n_derived = 3,
    .derived = nordhaus_derived,
    .derive = nordhaus_derive,
    .example = nordhaus_example,
    .example_x = time_and_experience_example,
};

CC_FAMILY(experience, experience, &wright, &lagged_wright, &goddard, &sinclair_klepper_cohen, &nordhaus);

#endif
