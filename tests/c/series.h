// SPDX-License-Identifier: GPL-3.0-or-later
/* series.h - series for cc_fit and the shortest way to fit them. */
#ifndef SERIES_H
#define SERIES_H

#include "check.h"
#include "curvecast.h"
#include "fit/internal.h"

enum { MAX_N = 160, MAX_R = CC_MAX_REGRESSORS };

/* A series with all that may be said of it; what is not said is NaN, weights are 1. */
typedef struct data {
    size_t n;
    double x[MAX_R * MAX_N], y[MAX_N], w[MAX_N];
    double start[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    double prior_mean[CC_MAX_PARAMS], prior_sd[CC_MAX_PARAMS];
} data;

static inline void data_clear(data *d, size_t n)
{
    memset(d, 0, sizeof *d);
    d->n = n;
    for (size_t i = 0; i < MAX_N; i++) d->w[i] = 1;
    for (size_t j = 0; j < CC_MAX_PARAMS; j++)
        d->start[j] = d->lower[j] = d->upper[j] = d->prior_mean[j] = d->prior_sd[j] = NAN;
}

static inline cc_series data_series(const data *d)
{
    return (cc_series){d->x, d->y, d->w, d->start, d->lower, d->upper, d->prior_mean, d->prior_sd};
}

static inline cc_options default_options(const cc_curve *curve)
{
    cc_options options;
    cc_status status = cc_options_read(curve, NULL, 0, &options);
    CHECK(status == CC_OK, "%s has no default options", curve->name);
    return options;
}

static inline cc_options error_options(const cc_curve *curve, cc_error_model error_model)
{
    cc_options options = default_options(curve);
    options.error_model = error_model;
    return options;
}

/* Fits series of one length, as many side by side as there are lanes. */
static inline void fit_many(const cc_curve *curve, const cc_options *options, const data *d, size_t count,
                            cc_result *result)
{
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, d->n, options, &status);
    CHECK(fitter, "%s has no fitter: status %d", curve->name, status);
    if (!fitter) return;
    size_t width = cc_fitter_width(fitter);
    for (size_t from = 0; from < count; from += width) {
        cc_series series[CC_MAX_WIDTH];
        size_t some = count - from < width ? count - from : width;
        for (size_t k = 0; k < some; k++) series[k] = data_series(&d[from + k]);
        cc_fit(fitter, series, some, result + from);
    }
    cc_fitter_free(fitter);
}

static inline cc_result fit_with(const cc_curve *curve, const cc_options *options, const data *d)
{
    cc_result result;
    memset(&result, 0xff, sizeof result);
    fit_many(curve, options, d, 1, &result);
    return result;
}

static inline cc_result fit_one(const cc_curve *curve, const data *d)
{
    cc_options options = default_options(curve);
    return fit_with(curve, &options, d);
}

static inline double stderr_of(const cc_curve *curve, const cc_result *result, size_t j)
{
    return sqrt(result->cov[j * curve->p + j]);
}

/* Everything of two results is the same to the bit. */
static inline bool same_result(const cc_curve *curve, const cc_result *a, const cc_result *b)
{
    return a->status == b->status && a->notes == b->notes && a->n_used == b->n_used &&
           same_bits(a->objective, b->objective) && all_same_bits(a->theta, b->theta, curve->p) &&
           all_same_bits(a->cov, b->cov, curve->p * curve->p) && all_same_bits(a->info, b->info, CC_INFO_COUNT);
}

/* The largest difference of two results' parameters in standard errors of the first; infinite where one has no number. */
static inline double apart(const cc_curve *curve, const cc_result *a, const cc_result *b)
{
    double largest = 0;
    for (size_t j = 0; j < curve->p; j++) {
        double spread = stderr_of(curve, a, j), gap = fabs(a->theta[j] - b->theta[j]);
        if (gap <= 1e-12 * fabs(a->theta[j])) continue; /* as close as rounding lets them be: also a fixed parameter */
        if (!(gap / spread < largest)) largest = isfinite(gap / spread) ? gap / spread : INFINITY;
    }
    return largest;
}

/* The curve at the data's places on the scale of the error model, with errors of standard deviation sd. */
static inline void simulate(const cc_curve *curve, cc_error_model error_model, const double *theta, double sd,
                            uint64_t *state, data *d)
{
    cc_status status = cc_evaluate(curve, d->x, d->n, theta, d->y, NULL);
    CHECK(status == CC_OK, "%s does not evaluate", curve->name);
    for (size_t i = 0; i < d->n; i++) {
        double error = sd > 0 ? sd * random_normal(state) : 0;
        switch (error_model) {
        case CC_MULTIPLICATIVE:
            d->y[i] *= exp(error);
            break;
        case CC_LOGIT:
            d->y[i] = 1 / (1 + (1 / d->y[i] - 1) * exp(-error));
            break;
        default:
            d->y[i] += error;
        }
    }
}

#endif
