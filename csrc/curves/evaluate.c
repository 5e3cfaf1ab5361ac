// SPDX-License-Identifier: GPL-3.0-or-later
/* evaluate.c - a curve at given parameters: values, gradient, band, derived quantities. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curvecast.h"

/* Kernel values f (n) and gradient g (n,ng) at features z (nf,n), by the scalar width. */
static void kernel(const cc_curve *curve, const double *z, size_t n, const double *theta, double *f, double *g)
{
    curve->values[0](curve, z, n, theta, f, g, n);
}

/* Where a regressor must be positive and is not, there is no curve, whatever its kernel says: fits refuse such points. */
static void leave_domain(const cc_curve *curve, const double *x, size_t n, double *f, double *g)
{
    for (size_t k = 0; k < curve->r; k++)
        for (size_t i = 0; i < n && cc_must_be_positive(curve, k); i++) {
            if (x[k * n + i] > 0) continue;
            f[i] = NAN;
            for (size_t j = 0; g && j < curve->p; j++) g[i * curve->p + j] = NAN;
        }
}

/* Kernel values and the gradient by the parameters alone, features included. */
static cc_status kernel_at(const cc_curve *curve, const double *x, size_t n, const double *theta, double *f, double *g)
{
    size_t p = curve->p, nf = curve->n_features;
    bool moving = curve->flags & CC_FEATURES_MOVE;
    size_t ng = moving ? p + nf : p;
    const double *z = x;
    double *features = NULL, *wide = NULL, *dz = NULL;
    cc_status status = CC_NOMEM;
    if (curve->features) {
        z = features = malloc(nf * n * sizeof *features + 1);
        if (!features) goto out;
        if (moving && g) {
            dz = calloc(p * nf * n + 1, sizeof *dz);
            wide = malloc(n * ng * sizeof *wide + 1);
            if (!dz || !wide) goto out;
        }
        curve->features(curve, x, n, theta, features, dz);
    }
    kernel(curve, z, n, theta, f, moving && g ? wide : g);
    if (moving && g)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < p; j++) {
                double sum = wide[i * ng + j];
                for (size_t k = 0; k < nf; k++) sum += wide[i * ng + p + k] * dz[(j * nf + k) * n + i];
                g[i * p + j] = sum;
            }
    leave_domain(curve, x, n, f, g);
    status = CC_OK;
out:
    free(features);
    free(wide);
    free(dz);
    return status;
}

cc_status cc_evaluate(const cc_curve *curve, const double *x, size_t n, const double *theta, double *f, double *g)
{
    cc_status status = kernel_at(curve, x, n, theta, f, g);
    if (status != CC_OK || !(curve->flags & CC_LOG_KERNEL)) return status;
    for (size_t i = 0; i < n; i++) {
        f[i] = exp(f[i]);
        if (g)
            for (size_t j = 0; j < curve->p; j++) g[i * curve->p + j] *= f[i];
    }
    return status;
}

/* The level and its derivative on the scale of the error model. */
static double location_of(cc_error_model error_model, double level, double upper, double *slope)
{
    switch (error_model) {
    case CC_MULTIPLICATIVE:
        *slope = 1 / level;
        return log(level);
    case CC_LOGIT:
        *slope = upper / (level * (upper - level));
        return log(level / (upper - level));
    default:
        *slope = 1;
        return level;
    }
}

cc_status cc_band(const cc_curve *curve, const double *x, size_t n, const double *theta, const double *cov,
                  const cc_options *options, double *location, double *stderr_out)
{
    size_t p = curve->p;
    double *g = malloc(n * p * sizeof *g + 1);
    if (!g) return CC_NOMEM;
    bool direct = (curve->flags & CC_LOG_KERNEL) && options->error_model == CC_MULTIPLICATIVE;
    cc_status status =
        direct ? kernel_at(curve, x, n, theta, location, g) : cc_evaluate(curve, x, n, theta, location, g);
    for (size_t i = 0; i < n && status == CC_OK; i++) {
        double slope = 1, variance = 0;
        if (!direct) location[i] = location_of(options->error_model, location[i], options->upper, &slope);
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++) variance += g[i * p + j] * cov[j * p + k] * g[i * p + k];
        stderr_out[i] = sqrt(fmax(variance, 0)) * fabs(slope);
        if (isnan(variance)) stderr_out[i] = NAN;
    }
    free(g);
    return status;
}

void cc_derive(const cc_curve *curve, const double *theta, const double *cov, double width, double *value,
               double *stderr_out, double *low, double *high)
{
    size_t p = curve->p;
    double gradient[CC_MAX_DERIVED * CC_MAX_PARAMS], end[CC_MAX_DERIVED], unused[CC_MAX_DERIVED * CC_MAX_PARAMS];
    if (curve->n_derived == 0) return;
    curve->derive(curve, theta, value, gradient);
    for (size_t d = 0; d < curve->n_derived; d++) {
        double variance = 0;
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++)
                if (gradient[d * p + j] != 0 && gradient[d * p + k] != 0)
                    variance += gradient[d * p + j] * cov[j * p + k] * gradient[d * p + k];
        stderr_out[d] = variance >= 0 ? sqrt(variance) : NAN;
        low[d] = value[d] - width * stderr_out[d];
        high[d] = value[d] + width * stderr_out[d];
        int of = curve->derived[d].of;
        if (of < 0) continue;
        size_t j = (size_t)of;
        double moved[CC_MAX_PARAMS], spread = width * sqrt(cov[j * p + j]), slope = gradient[d * p + j];
        for (int side = -1; side <= 1; side += 2) {
            memcpy(moved, theta, p * sizeof *moved);
            if (cc_is_of_logarithm(&curve->params[j]))
                moved[j] *= exp(side * spread / theta[j]);
            else
                moved[j] += side * spread;
            curve->derive(curve, moved, end, unused);
            /* past a sign change of a rate a doubling time has run through infinity: that end has no number */
            bool beyond = (end[d] - value[d]) * side * slope < 0;
            *(side * slope < 0 ? low + d : high + d) = beyond ? NAN : end[d];
        }
    }
}
