// SPDX-License-Identifier: GPL-3.0-or-later
/* report.c - from a solution to what is said of it: covariance, condition, status, in the user's units. */
#include <math.h>
#include <string.h>

#include "fit/notes.h"

/* Above this a parameter's standard error is made of rounding: there is none. */
static const double UNSUPPORTED = 1e9;
/* Above this a parameter is offset by others almost exactly. */
static const double COLLINEAR = 200;

void cc_no_result(const cc_curve *curve, cc_status status, cc_result *result)
{
    memset(result, 0, sizeof *result);
    for (size_t j = 0; j < curve->p; j++) result->theta[j] = NAN;
    for (size_t k = 0; k < curve->p * curve->p; k++) result->cov[k] = NAN;
    for (int k = 0; k < CC_INFO_COUNT; k++) result->info[k] = NAN;
    result->objective = NAN;
    result->status = status;
}

/* Covariance in the lane's scale for unit variance; returns the condition number, marks what the data do not support. */
static double covariance(const cc_fitter *fitter, int at, const cc_factor *factor, double *cov, bool *unsupported,
                         double *worst)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width, lane = (size_t)at, n_columns = 0;
    double squares = 0;
    *worst = 0;
    for (size_t j = 0; j < p; j++) {
        double inflation = factor->inflation[j * width + lane];
        squares += inflation;
        n_columns += inflation > 0;
        unsupported[j] = !(inflation < UNSUPPORTED * UNSUPPORTED);
        if (inflation > *worst) *worst = inflation;
    }
    *worst = sqrt(*worst);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k <= j; k++) {
            bool none = unsupported[j] || unsupported[k];
            cov[j * p + k] = cov[k * p + j] = none ? NAN : factor->inverse[CC_TRI(j, k) * width + lane];
        }
    return sqrt(squares * (double)n_columns);
}

/* A variance that double precision cannot hold, above or below, is none, nor is one whose covariances it cannot hold; true where there was
 * one. */
static bool leaves_range(const cc_factor *factor, size_t p, size_t width, size_t lane, double *cov)
{
    bool any = false;
    for (size_t j = 0; j < p; j++) {
        double variance = cov[j * p + j];
        bool lost = variance == 0 && factor->inflation[j * width + lane] > 0 && factor->objective[lane] > 0;
        for (size_t k = 0; k < p; k++) lost = lost || isinf(cov[j * p + k]);
        if (!lost) continue;
        for (size_t k = 0; k < p; k++) cov[j * p + k] = cov[k * p + j] = NAN;
        any = true;
    }
    return any;
}

void cc_report(const cc_fitter *fitter, int at, const cc_found *found, const cc_factor *factor, cc_result *result)
{
    const cc_curve *curve = fitter->curve;
    const cc_lane *lane = &fitter->lane[at];
    size_t p = curve->p, width = (size_t)fitter->width;
    if (!(found->objective[at] < INFINITY)) {
        cc_no_result(curve, CC_NO_FIT, result);
        return;
    }
    bool unsupported[CC_MAX_PARAMS] = {0}, finite = true, short_of_rank = false;
    double worst, degrees = (double)lane->n_used - (double)lane->n_free;
    double condition = covariance(fitter, at, factor, result->cov, unsupported, &worst);
    double variance = degrees > 0 ? factor->objective[at] / degrees : NAN;
    bool robust = fitter->options.loss != CC_LINEAR;
    double factor_of_cov = robust ? (degrees > 0 ? 1 : NAN)
                           : fitter->options.weights_known || fitter->options.error_model == CC_BINOMIAL
                               ? cc_scaled(1, -lane->row_exponent)
                               : variance;
    unsigned notes = cc_notes_of(fitter, at, found, factor), bounds = 0;
    for (size_t j = 0; j < p; j++) {
        size_t e = j * width + (size_t)at;
        const cc_param *param = &curve->params[j];
        int exponent = param->y_power * lane->y_exponent + param->x_power * lane->x_exponent;
        double theta = found->theta[e];
        bool fixed = !(fitter->full.lower[e] < fitter->full.upper_bound[e]);
        bool at_bound = !fixed && (theta <= fitter->full.lower[e] || theta >= fitter->full.upper_bound[e]);
        bool idle = !fixed && !at_bound && !(factor->inflation[e] > 0);
        if (at_bound) bounds |= 1u << j;
        if (idle) unsupported[j] = true;
        short_of_rank = short_of_rank || unsupported[j];
        result->theta[j] = cc_scaled(theta, exponent);
        finite = finite && isfinite(result->theta[j]);
        for (size_t k = 0; k < p; k++) {
            double *row = &result->cov[j * p + k], *column = &result->cov[k * p + j];
            if (unsupported[j]) *row = *column = NAN;
            *row = exponent ? cc_scaled(*row, exponent) : *row;
            *column = exponent ? cc_scaled(*column, exponent) : *column;
        }
    }
    for (size_t k = 0; k < p * p; k++) result->cov[k] *= factor_of_cov;
    bool alone = false;
    for (size_t j = 0; j < p && robust && degrees > 0; j++)
        alone = alone || (!unsupported[j] && isnan(result->cov[j * p + j]));
    if (alone) notes |= CC_NOTE_ONE_POINT;
    if (leaves_range(factor, p, width, (size_t)at, result->cov)) notes |= CC_NOTE_OVERFLOW;
    result->objective = cc_scaled(factor->objective[at], lane->row_exponent);
    if (robust) result->objective /= 2;
    if (bounds) notes |= CC_NOTE_AT_BOUND;
    if (short_of_rank) notes |= CC_NOTE_NOT_IDENTIFIED;
    if (!short_of_rank && worst > COLLINEAR) notes |= CC_NOTE_COLLINEAR;
    if (!isfinite(result->objective)) notes |= CC_NOTE_OVERFLOW;
    result->info[CC_INFO_ITERATIONS] = found->iterations[at];
    result->info[CC_INFO_MINIMA] = found->minima[at];
    result->info[CC_INFO_SHARE] = found->starts[at] ? (double)found->at_best[at] / found->starts[at] : NAN;
    result->info[CC_INFO_CONDITION] = condition;
    result->info[CC_INFO_S] = sqrt(variance) * (lane->row_exponent & 1 ? M_SQRT2 : 1) *
                              cc_scaled(1, (lane->row_exponent - (lane->row_exponent & 1)) / 2);
    result->info[CC_INFO_FREE] = (double)lane->n_free;
    result->info[CC_INFO_STARTS] = found->starts[at];
    result->info[CC_INFO_BOUNDS] = bounds;
    result->n_used = lane->n_used;
    result->notes = notes;
    result->status = !found->converged[at] ? CC_NOT_CONVERGED : short_of_rank ? CC_RANK_DEFICIENT : CC_OK;
    if (!finite) cc_no_result(curve, CC_NO_FIT, result);
}
