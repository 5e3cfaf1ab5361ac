// SPDX-License-Identifier: GPL-3.0-or-later
/* sets.h - places and parameters at which any curve of the registry makes sense, about its own example. */
#ifndef SETS_H
#define SETS_H

#include "check.h"
#include "curvecast.h"

enum { SET_POINTS = 24 };

static inline void set_points(const cc_curve *curve, double *x, size_t n)
{
    curve->example_x(curve, n, x);
}

/* The ranges of those points, as the loader would find them. */
static inline cc_range set_range(const cc_curve *curve, const double *x, size_t n, double y_first, double y_last)
{
    cc_range range = {
        .n = n, .y_low = fmin(y_first, y_last), .y_high = fmax(y_first, y_last), .y_first = y_first, .y_last = y_last};
    double z[CC_MAX_FEATURES * SET_POINTS], theta[CC_MAX_PARAMS];
    for (size_t j = 0; j < CC_MAX_PARAMS; j++) theta[j] = 1;
    if (curve->features)
        curve->features(curve, x, n, theta, z, NULL);
    else
        memcpy(z, x, curve->r * n * sizeof *z);
    for (size_t k = 0; k < curve->n_features; k++) {
        range.low[k] = INFINITY;
        range.high[k] = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            range.low[k] = fmin(range.low[k], z[k * n + i]);
            range.high[k] = fmax(range.high[k], z[k * n + i]);
        }
    }
    range.step = (range.high[0] - range.low[0]) / (double)(n - 1);
    return range;
}

/* Whether parameter j is a place on the axis of a regressor that is not seen through its logarithm. */
static inline bool set_is_place(const cc_curve *curve, size_t j)
{
    return curve->params[j].x_power == 1 && !cc_must_be_positive(curve, 0) && fabs(curve->example[j]) > 100;
}

/* Whether y has a unit: not where it is a share of 1, whose scatter is in log odds, and no parameter takes a unit over. */
static inline bool set_has_unit(const cc_curve *curve)
{
    bool any = curve->flags & CC_RESCALE || curve->error_model != CC_LOGIT;
    for (size_t j = 0; j < curve->p; j++) any = any || curve->params[j].y_power;
    return any;
}

/* Parameters number `set`: the example's, each moved by up to a fifth, or a place by up to three units. */
static inline void set_theta(const cc_curve *curve, uint64_t set, double *theta)
{
    uint64_t state = set * 1000 + 17;
    for (size_t j = 0; j < curve->p; j++) {
        double u = random_between(&state, -1, 1), own = curve->example[j];
        theta[j] = set_is_place(curve, j) ? own + 3 * u : own * (1 + 0.2 * u);
        theta[j] = fmin(fmax(theta[j], curve->params[j].lower), curve->params[j].upper);
    }
}

#endif
