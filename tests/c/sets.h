// SPDX-License-Identifier: GPL-3.0-or-later
/* sets.h - places and parameters at which any curve of the registry makes sense, made from its own grid of starts. */
#ifndef SETS_H
#define SETS_H

#include "check.h"
#include "curvecast.h"

enum { SET_POINTS = 24 };

/* Regressors x (r,n): time from -3 to 9, scales from 2 to 2000; the second regressor walks in steps of its own. */
static inline void set_points(const cc_curve *curve, double *x, size_t n)
{
    for (size_t k = 0; k < curve->r; k++)
        for (size_t i = 0; i < n; i++) {
            double share = (double)((i * (k + 1)) % n + (k > 0)) / (double)n;
            x[k * n + i] = curve->flags & CC_POSITIVE_X ? 2 * pow(1000, share) : -3 + 12 * share;
        }
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

/* Parameters number `set`: a node of the grid, and something positive for what is solved for. */
static inline void set_theta(const cc_curve *curve, const cc_grid *grid, uint64_t set, double *theta)
{
    uint64_t state = set * 1000 + 17;
    for (size_t j = 0; j < curve->p; j++) {
        double drawn = random_between(&state, 0.3, 3);
        if (curve->params[j].flags & CC_LINEAR_LOG) drawn = random_between(&state, 0.1, 0.5);
        uint64_t pick = random_bits(&state);
        theta[j] = grid->count[j] > 0 ? grid->node[j][pick % (uint64_t)grid->count[j]] : drawn;
        theta[j] = fmin(fmax(theta[j], curve->params[j].lower), curve->params[j].upper);
    }
}

#endif
