// SPDX-License-Identifier: GPL-3.0-or-later
/* profile.c - profile-likelihood intervals: hold one parameter, refit the others, find where the objective has risen enough.
 *
 * How much is enough, for an objective in units of the residual variance: the F quantile with 1 and n - k degrees of freedom
 * where that variance was estimated, which is the t interval for a curve that is linear in its parameters; the chi-squared quantile
 * with 1 where errors are known or binomial. Under a robust loss that unit is the ratio of mean squared influence to mean slope (the
 * tau test of Hampel et al. 1986, section 7.2), with the scale of the loss held.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/profile_end.h"
#include "fit/rows.h"

enum { LANES = 4 };

/* A parameter that moves by more standard errors than this when the fit is repeated was not at its minimum. */
static const double MOVED = 0.01;
/* An objective lower than the fit's by more than this, in units of the residual variance, is another minimum. */
static const double LOWER = 1e-4;
/* Residuals whose sum of squares is a smaller share of the data's than this are rounding. */
static const double NO_SCATTER = 1e-26;

struct cc_profile {
    const cc_curve *curve;
    cc_options options;
    size_t n, n_ends, lanes;
    cc_fitter *own,
        *walker;       /* with the options of the fit; with the residual variance and the scale of the loss held */
    double held_scale; /* for which the walker was made */
    double unit;       /* of the objective */
    cc_rows *rows;
    double *w;
    cc_series series;
    double theta[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS], prior_sd[CC_MAX_PARAMS];
    double best[CC_MAX_PARAMS], least; /* the lowest objective seen, and the fit's own */
    double objective;
    bool moved;
    cc_end end[2 * CC_MAX_PARAMS];
    double held[LANES][3 * CC_MAX_PARAMS]; /* start, lower, upper of the refits in flight */
    cc_result result[LANES];
};

/* Has a fitter that holds the loss at this scale. */
static cc_status have_walker(cc_profile *profile, double scale)
{
    if (profile->walker && (profile->held_scale == scale || profile->options.loss == CC_LINEAR)) return CC_OK;
    cc_options options = profile->options;
    cc_status status;
    options.weights_known = true;
    options.loss_scale = profile->held_scale = scale;
    cc_fitter_free(profile->walker);
    profile->walker = cc_fitter_alloc(profile->curve, profile->n, &options, &status);
    return status;
}

cc_profile *cc_profile_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    *status = CC_NOMEM;
    cc_profile *profile = calloc(1, sizeof *profile);
    if (!profile) return NULL;
    profile->curve = curve;
    profile->options = *options;
    profile->n = n;
    profile->w = calloc(n + 1, sizeof *profile->w);
    profile->rows = cc_rows_alloc(curve, n, options, status);
    profile->own = cc_fitter_alloc(curve, n, options, status);
    if (!profile->w || !profile->rows || !profile->own || have_walker(profile, options->loss_scale) != CC_OK) {
        *status = CC_NOMEM;
        cc_profile_free(profile);
        return NULL;
    }
    profile->lanes = cc_fitter_width(profile->own);
    *status = CC_OK;
    return profile;
}

void cc_profile_free(cc_profile *profile)
{
    if (!profile) return;
    cc_fitter_free(profile->own);
    cc_fitter_free(profile->walker);
    cc_rows_free(profile->rows);
    free(profile->w);
    free(profile);
}

/* The box of every parameter; what is held stands at its value. */
static void read_box(cc_profile *profile, const cc_series *fitted)
{
    const cc_curve *curve = profile->curve;
    for (size_t j = 0; j < curve->p; j++) {
        double *lower = &profile->lower[j], *upper = &profile->upper[j];
        cc_box(curve, fitted, j, lower, upper);
        profile->theta[j] = fmin(fmax(fitted->start[j], *lower), *upper);
        if (cc_held(curve, fitted, j)) *lower = *upper = profile->theta[j];
    }
    profile->series = *fitted;
    profile->series.start = profile->theta;
    profile->series.lower = profile->lower;
    profile->series.upper = profile->upper;
}

/* Repeats the fit from where it ended. */
static cc_status refit(cc_profile *profile, cc_fitter *fitter, cc_result *result)
{
    cc_fit(fitter, &profile->series, 1, result);
    if (result->status < 0) return result->status;
    memcpy(profile->best, result->theta, profile->curve->p * sizeof *profile->best);
    return CC_OK;
}

static bool has_moved(const cc_profile *profile, const cc_result *result)
{
    size_t p = profile->curve->p;
    for (size_t j = 0; j < p; j++) {
        double moved = fabs(result->theta[j] - profile->theta[j]);
        if (moved > MOVED * sqrt(result->cov[j * p + j]) && moved > 1e-9 * fabs(profile->theta[j])) return true;
    }
    return false;
}

static double objective_of(const cc_profile *profile, const cc_result *result)
{
    return profile->options.loss == CC_LINEAR ? result->objective : 2 * result->objective;
}

/* How far the objective of a refit lies above the fit's: signed square root, in units of the residual variance; infinite where there
 * is no refit. */
static double height_of(const cc_profile *profile, const cc_result *result)
{
    double objective = objective_of(profile, result), rise = (objective - profile->objective) / profile->unit;
    return result->status >= 0 && isfinite(objective) ? copysign(sqrt(fabs(rise)), rise) : INFINITY;
}

/* Mean squared influence over mean slope, and the scale, of a robust loss at the residuals of the fit. */
static double tau(cc_rows *rows, double degrees, double *scale)
{
    double squares = 0, slope;
    *scale = cc_rows_scale(rows);
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        double psi = *scale * cc_psi(rows->options.loss, sqrt(rows->weight[i]) * rows->residual[i] / *scale, &slope);
        squares += psi * psi;
    }
    return squares / fmax(degrees, 1) / cc_rows_mean_slope(rows, *scale);
}

/* Holds what the fit estimated beside the parameters: the residual variance, by which weights are divided, or the scale of the
 * loss. Priors keep the weight that they had. */
static cc_status choose_unit(cc_profile *profile, const cc_result *base, double degrees)
{
    cc_rows *rows = profile->rows;
    const cc_options *options = &profile->options;
    bool known = options->weights_known || options->error_model == CC_BINOMIAL, linear = options->loss == CC_LINEAR;
    cc_status status = cc_rows_at(rows, &profile->series);
    if (status != CC_OK) return status;
    double s2 = base->info[CC_INFO_S] * base->info[CC_INFO_S], size = 0, scale;
    for (size_t k = 0; k < rows->n_used; k++) {
        double y = rows->location[rows->used[k]] + rows->residual[rows->used[k]];
        size += rows->weight[rows->used[k]] * y * y;
    }
    if (!known && !(degrees > 0 && cc_rows_squares(rows) > NO_SCATTER * size)) return CC_TOO_FEW;
    double divisor = known || !linear ? 1 : s2, prior_variance = options->weights_known ? 1 : s2 / divisor;
    profile->unit = 1;
    if (!linear) {
        profile->unit = tau(rows, degrees, &scale);
        status = have_walker(profile, scale);
        if (status != CC_OK) return status;
    }
    if (!(divisor > 0 && divisor < INFINITY) || !(profile->unit > 0 && profile->unit < INFINITY)) return CC_TOO_FEW;
    for (size_t i = 0; i < profile->n; i++) profile->w[i] = profile->series.w[i] / divisor;
    for (size_t j = 0; j < profile->curve->p; j++)
        profile->prior_sd[j] = profile->series.prior_sd[j] / sqrt(prior_variance);
    profile->series.w = profile->w;
    profile->series.prior_sd = profile->prior_sd;
    return CC_OK;
}

/* Height at which an interval of this level ends. */
static double crossing_of(const cc_profile *profile, double level, double degrees)
{
    if (profile->options.weights_known || profile->options.error_model == CC_BINOMIAL)
        return sqrt(gsl_cdf_chisq_Pinv(level, 1));
    return gsl_cdf_tdist_Pinv((1 + level) / 2, degrees);
}

/* The two walks of one parameter. */
static void begin_ends(cc_profile *profile, size_t j, const cc_result *base, double crossing)
{
    size_t p = profile->curve->p;
    const cc_param *param = &profile->curve->params[j];
    double tangent[CC_MAX_PARAMS] = {0}, error = sqrt(base->cov[j * p + j] * profile->unit),
           size = fabs(profile->theta[j]);
    if (size == 0 && param->y_power == 1 && param->x_power == 0)
        for (size_t k = 0; k < profile->rows->n_used; k++) {
            double y = fabs(profile->series.y[profile->rows->used[k]]);
            size = fmax(size, y);
        }
    if (size == 0) size = 1;
    /* what is known to so many times is walked along its logarithm, as it may lie orders of magnitude away */
    bool logarithmic = cc_is_of_logarithm(param) && profile->theta[j] > 0;
    double unit = logarithmic ? profile->theta[j] : 1, step = error * crossing / unit;
    if (logarithmic) size = 1;
    if (step > 0 && step < INFINITY)
        for (size_t k = 0; k < p; k++) tangent[k] = base->cov[k * p + j] / base->cov[j * p + j] * unit;
    else
        step = 1e-3 * size;
    for (size_t k = 0; k < p; k++)
        if (!isfinite(tangent[k])) tangent[k] = 0;
    for (int side = -1; side <= 1; side += 2) {
        double bound = side < 0 ? profile->lower[j] : profile->upper[j];
        cc_end_begin(&profile->end[profile->n_ends++], p, j, side, profile->theta, logarithmic, bound, size, step,
                     crossing, tangent);
    }
}

/* Repeats the fit, and holds what it estimated beside the parameters: from here on heights are measured from `base`. */
static cc_status find_ground(cc_profile *profile, const cc_series *fitted, cc_result *base, double *degrees)
{
    const cc_curve *curve = profile->curve;
    profile->n_ends = 0;
    profile->moved = false;
    for (size_t j = 0; j < curve->p; j++) profile->best[j] = NAN;
    for (size_t j = 0; j < curve->p; j++)
        if (!isfinite(fitted->start[j])) return CC_NO_FIT;
    read_box(profile, fitted);
    cc_status status = refit(profile, profile->own, base);
    if (status != CC_OK) return status;
    profile->moved = has_moved(profile, base);
    memcpy(profile->theta, base->theta, sizeof profile->theta);
    *degrees = (double)base->n_used - base->info[CC_INFO_FREE];
    status = choose_unit(profile, base, *degrees);
    if (status == CC_OK) status = refit(profile, profile->walker, base);
    if (status != CC_OK) return status;
    memcpy(profile->theta, base->theta, sizeof profile->theta);
    profile->objective = profile->least = objective_of(profile, base);
    return CC_OK;
}

cc_status cc_profile_begin(cc_profile *profile, const cc_series *fitted, const double *level)
{
    double degrees;
    cc_result *base = &profile->result[0];
    cc_status status = find_ground(profile, fitted, base, &degrees);
    for (size_t j = 0; j < profile->curve->p && status == CC_OK; j++) {
        if (!(profile->lower[j] < profile->upper[j]) || !(level[j] > 0 && level[j] < 1)) continue;
        begin_ends(profile, j, base, crossing_of(profile, level[j], degrees));
    }
    return status;
}

/* The bounds and start of a refit with the end's parameter held. */
static cc_series hold(const cc_profile *profile, const cc_end *end, double *memory)
{
    size_t p = profile->curve->p;
    double *start = memory, *lower = memory + p, *upper = memory + 2 * p;
    memcpy(lower, profile->lower, p * sizeof *lower);
    memcpy(upper, profile->upper, p * sizeof *upper);
    cc_end_propose(end, lower, upper, start);
    for (size_t j = 0; j < p; j++)
        if (lower[j] == upper[j]) start[j] = lower[j];
    lower[end->param] = upper[end->param] = cc_end_at(end);
    cc_series series = profile->series;
    series.start = start;
    series.lower = lower;
    series.upper = upper;
    return series;
}

bool cc_profile_step(cc_profile *profile)
{
    cc_series series[LANES];
    cc_end *flying[LANES];
    size_t count = 0;
    /* lanes with and without starting values do not mix: they are searched differently */
    for (int global = 0; global < 2 && count == 0; global++)
        for (size_t k = 0; k < profile->n_ends && count < profile->lanes; k++) {
            cc_end *end = &profile->end[k];
            if (end->phase == CC_END_DONE || (end->look == CC_LOOK_GLOBAL) != global) continue;
            series[count] = hold(profile, end, profile->held[count]);
            flying[count++] = end;
        }
    if (count == 0) return false;
    cc_fit(profile->walker, series, count, profile->result);
    for (size_t k = 0; k < count; k++) {
        const cc_result *result = &profile->result[k];
        double height = height_of(profile, result);
        if (height < INFINITY && objective_of(profile, result) < profile->least - LOWER * profile->unit) {
            profile->least = objective_of(profile, result);
            memcpy(profile->best, result->theta, profile->curve->p * sizeof *profile->best);
        }
        cc_end_absorb(flying[k], height, result->status == CC_OK, result->theta);
    }
    return true;
}

void cc_profile_result(const cc_profile *profile, double *low, double *high, int64_t *status, double *best)
{
    size_t p = profile->curve->p;
    bool lower = profile->moved || profile->least < profile->objective;
    for (size_t j = 0; j < p; j++) {
        low[j] = high[j] = NAN;
        status[j] = 0;
        best[j] = profile->best[j];
    }
    for (size_t k = 0; k < profile->n_ends; k++) {
        const cc_end *end = &profile->end[k];
        *(end->side < 0 ? &low[end->param] : &high[end->param]) = cc_end_value(end);
        status[end->param] |= (int64_t)end->state << (end->side < 0 ? 0 : CC_PROFILE_HIGH_SHIFT);
        if (lower) status[end->param] |= CC_PROFILE_LOWER;
    }
}

/* The bounds and start of a refit with parameter j held at a value, the others along the tangent as far as it stays in the box. */
static cc_series hold_at(const cc_profile *profile, size_t j, double at, const double *cov, double *memory)
{
    size_t p = profile->curve->p;
    double *start = memory, *lower = memory + p, *upper = memory + 2 * p, away = at - profile->theta[j];
    memcpy(lower, profile->lower, p * sizeof *lower);
    memcpy(upper, profile->upper, p * sizeof *upper);
    for (size_t k = 0; k < p; k++) {
        double moved = profile->theta[k] + cov[k * p + j] / cov[j * p + j] * away;
        start[k] = moved > lower[k] && moved < upper[k] ? moved : profile->theta[k];
    }
    start[j] = lower[j] = upper[j] = at;
    cc_series series = profile->series;
    series.start = start;
    series.lower = lower;
    series.upper = upper;
    return series;
}

cc_status cc_profile_heights(cc_profile *profile, const cc_series *fitted, const double *low, const double *high,
                             double *low_height, double *high_height)
{
    size_t p = profile->curve->p;
    double degrees;
    cc_result base, there;
    cc_status status = find_ground(profile, fitted, &base, &degrees);
    for (size_t j = 0; j < p; j++) low_height[j] = high_height[j] = NAN;
    for (size_t j = 0; j < 2 * p && status == CC_OK; j++) {
        size_t own = j / 2;
        double at = j % 2 ? high[own] : low[own];
        if (!(profile->lower[own] < profile->upper[own]) || !isfinite(at)) continue;
        cc_series series = hold_at(profile, own, at, base.cov, profile->held[0]);
        cc_fit(profile->walker, &series, 1, &there);
        (j % 2 ? high_height : low_height)[own] = height_of(profile, &there);
    }
    return status;
}
