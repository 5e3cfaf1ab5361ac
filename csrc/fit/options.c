// SPDX-License-Identifier: GPL-3.0-or-later
/* options.c - the vector of options of the public calls, and the map that an error model implies. */
#include <math.h>

#include "fit/internal.h"

cc_map cc_map_of(const cc_curve *curve, cc_error_model error_model)
{
    bool logarithmic = curve->flags & CC_LOG_KERNEL;
    switch (error_model) {
    case CC_MULTIPLICATIVE:
        return logarithmic ? CC_MAP_SAME : CC_MAP_LOG;
    case CC_LOGIT:
        return logarithmic ? CC_MAP_LOGIT_OF_EXP : CC_MAP_LOGIT;
    case CC_BINOMIAL:
        return CC_MAP_LEVEL_BINOMIAL;
    default:
        return logarithmic ? CC_MAP_EXP : CC_MAP_SAME;
    }
}

static double or_default(double value, double fallback)
{
    return isnan(value) ? fallback : value;
}

cc_status cc_options_read(const cc_curve *curve, const double *vector, size_t k, cc_options *out)
{
    double v[CC_OPTION_COUNT];
    for (size_t i = 0; i < CC_OPTION_COUNT; i++) v[i] = i < k ? vector[i] : NAN;
    double error_model = or_default(v[0], curve->error_model), loss = or_default(v[1], CC_LINEAR);
    double iterations = or_default(v[4], 100), upper = or_default(v[6], 1), width = or_default(v[7], 0);
    if (!(error_model >= 0 && error_model <= CC_BINOMIAL) || !(loss >= 0 && loss <= CC_CAUCHY) || !(iterations >= 1) ||
        !(upper > 0 && upper < INFINITY) || !(width >= 0 && width <= CC_MAX_WIDTH) || v[2] <= 0 || isinf(v[2]))
        return CC_BAD_OPTION;
    if (error_model != trunc(error_model) || loss != trunc(loss) || width != trunc(width)) return CC_BAD_OPTION;
    *out = (cc_options){
        .error_model = (cc_error_model)error_model,
        .loss = (cc_loss)loss,
        .loss_scale = v[2],
        /* the number of trials says how a share scatters */
        .weights_known = or_default(v[3], 0) != 0 || error_model == CC_BINOMIAL,
        .max_iterations = iterations < 10000 ? (int)iterations : 10000,
        .upper = upper,
        .width = (int)width,
    };
    /* a binomial likelihood of a log kernel has no map of its own */
    if (out->error_model == CC_BINOMIAL && (curve->flags & CC_LOG_KERNEL || out->loss != CC_LINEAR))
        return CC_BAD_OPTION;
    if (out->width != 0 && !cc_width_available(out->width)) return CC_BAD_OPTION;
    return CC_OK;
}
