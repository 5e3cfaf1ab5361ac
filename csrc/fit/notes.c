// SPDX-License-Identifier: GPL-3.0-or-later
/* notes.c - what the data cannot support: doubts that a solution itself raises, and the test of the ceiling.
 *
 * The limits were set by simulation of every curve at 15, 30 and 60 points: on data that are as the fit takes them to
 * be a note comes up in about one series of a hundred, or fewer. tests/test_notes.py repeats that.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "fit/notes.h"

/* Standard deviations of white noise that a lag-one autocorrelation may show: exceeded by one series of white noise
 * in 100. */
static const double AUTOCORRELATION_LIMIT = 2.33;
/* Standard errors by which one point may move the answer. */
static const double ONE_POINT_LIMIT = 4;
/* Square of a normal deviate that is about as rare. */
static const double RARE = 9.5;
/* Rise of the deviance that rules another answer out: the 99 % point of chi-squared with one degree of freedom. */
static const double RULED_OUT = 6.634896601021214;
/* How often chance alone explains as much as a curve that is said to be better than a constant; and the ratio of variances from which
 * that need not be worked out, with so many degrees of freedom or more. */
static const double BY_CHANCE = 0.05, FAR_BETTER = 20, ENOUGH_DEGREES = 5;
/* Regressors move together where the others explain all but this share of the variance of one. */
static const double OWN_VARIANCE = 0.01;
/* Residuals below this share of the data are rounding, which has patterns of its own. */
static const double ROUNDING = 1e-13;

/* A ceiling so many times higher that still fits is not identified. It is raised in steps, each fit the start of the
 * next. */
static const double HIGHER_CEILING = 2;
enum { CEILING_STEPS = 4 };
/* Where the deviance has risen to so many times what rules a ceiling out, those above it are ruled out as well. */
static const double AMPLY = 2;
/* What a walk there may still have to gain, as a share of the residual variance, where it rules the ceiling out amply. */
static const double TOLD = 1e-3;
/* Rise that a step should have by the curvature at the minimum before that much is expected, against what rules a ceiling out; and
 * how many times what was foreseen is too much. */
static const double FORESEEN = 3, STRAYED = 2;
/* A rise of the deviance that is rounding: the fit goes on improving, and there is no best ceiling. */
static const double NO_RISE = 1e-6;

static double degrees_of(const cc_lane *lane)
{
    return (double)lane->n_used - (double)lane->n_free;
}

/* Whether the scatter of the observations is given, and not estimated. */
static bool known_spread(const cc_fitter *fitter)
{
    return fitter->options.weights_known || fitter->options.error_model == CC_BINOMIAL;
}

double cc_rise(const cc_fitter *fitter, int lane, double own, double objective)
{
    const cc_lane *of = &fitter->lane[lane];
    if (known_spread(fitter)) return ldexp(objective - own, of->row_exponent);
    return fmax(degrees_of(of), 1) * log(objective / own);
}

/* Lag-one autocorrelation in standard deviations of what white noise leaves. Residuals of k fitted parameters of a
 * smooth curve have the mean -k/n and the standard deviation sqrt(n - k)/n: within a tenth of these from 10 points
 * on, whatever the curve of one regressor; with several, neighbours along the first may have little in common, and the mean is
 * nearer to 0. */
static double autocorrelation(const cc_lane *lane, double raw, double k)
{
    double n = (double)lane->n_used;
    return (raw * sqrt(n) + k) / sqrt(n - k);
}

/* Whether leaving out the point that decides the most would move the answer by more than it may, in standard errors of
 * the fit without it: these have one degree of freedom less, and where few are left the limit is higher, as the
 * quantiles of Student's t are. */
static bool one_point_decides(const cc_factor *factor, int at, double degrees)
{
    double left = degrees - 1, spread = left * expm1(RARE / left) / RARE;
    return left >= 1 && factor->influence[at] * left > ONE_POINT_LIMIT * ONE_POINT_LIMIT * spread;
}

/* Whether a regressor, as the kernel sees it, follows those before it: Cholesky's pivot is what they leave of its
 * variance. */
static bool move_together(const cc_group *group, size_t lane)
{
    size_t k = group->n_features, width = (size_t)group->width;
    double count = 0, mean[CC_MAX_FEATURES] = {0}, l[CC_MAX_FEATURES][CC_MAX_FEATURES],
           product[CC_MAX_FEATURES][CC_MAX_FEATURES] = {{0}};
    for (size_t i = 0; i < group->n; i++) {
        if (!(group->w[i * width + lane] > 0)) continue;
        count++;
        for (size_t a = 0; a < k; a++) mean[a] += group->x[(a * group->n + i) * width + lane];
    }
    for (size_t a = 0; a < k; a++) mean[a] /= count;
    for (size_t i = 0; i < group->n; i++) {
        double own[CC_MAX_FEATURES];
        if (!(group->w[i * width + lane] > 0)) continue;
        for (size_t a = 0; a < k; a++) {
            own[a] = group->x[(a * group->n + i) * width + lane] - mean[a];
            for (size_t b = 0; b <= a; b++) product[a][b] += own[a] * own[b];
        }
    }
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = product[a][b];
            for (size_t m = 0; m < b; m++) sum -= l[a][m] * l[b][m];
            if (a == b && !(sum > OWN_VARIANCE * product[a][a])) return true;
            l[a][b] = a == b ? sqrt(sum) : sum / l[b][b];
        }
    return false;
}

/* Whether the residuals are no more than the rounding of the data. */
static bool is_exact(const cc_group *group, size_t lane, double objective)
{
    double size = 0;
    for (size_t i = 0; i < group->n; i++) {
        size_t e = i * (size_t)group->width + lane;
        size += group->w[e] * group->y[e] * group->y[e];
    }
    return !(objective > ROUNDING * ROUNDING * size);
}

double cc_scatter_about_constant(const cc_group *group, const double *weight, size_t lane)
{
    size_t width = (size_t)group->width;
    double weights = 0, mean = 0, sum = 0;
    for (size_t i = 0; i < group->n; i++) weights += weight[i * width + lane];
    for (size_t i = 0; i < group->n; i++) mean += weight[i * width + lane] / weights * group->y[i * width + lane];
    for (size_t i = 0; i < group->n; i++) {
        double w = weight[i * width + lane], y = group->y[i * width + lane], off = y - mean;
        if (!(w > 0)) continue;
        if (group->map != CC_MAP_LEVEL_BINOMIAL) {
            sum += w * off * off;
            continue;
        }
        double hit = y / group->upper, share = mean / group->upper;
        sum += 2 * w * (hit > 0 ? hit * log(hit / share) : 0);
        sum += 2 * w * (hit < 1 ? (1 - hit) * log((1 - hit) / (1 - share)) : 0);
    }
    return sum;
}

double cc_scatter_of_ends(const cc_group *group, size_t lane)
{
    size_t width = (size_t)group->width, last = (group->n - 1) * width + lane;
    double a = group->w[lane], b = group->w[last], apart = group->y[last] - group->y[lane];
    return a * b / (a + b) * apart * apart;
}

/* Weighted squares about the curve; `own` is the objective where no loss stands between. */
static double scatter_about_curve(const cc_group *group, size_t lane, double own)
{
    size_t width = (size_t)group->width;
    double sum = 0;
    if (group->loss == CC_LINEAR) return own;
    for (size_t i = 0; i < group->n; i++) {
        double off = group->y[i * width + lane] - group->f[i * width + lane];
        sum += group->row[i * width + lane] * off * off;
    }
    return sum;
}

/* Whether a curve of k free parameters explains no more of the scatter than chance would: the F-test against a constant, or that of
 * the deviance where the scatter is known. */
static bool is_no_better(const cc_fitter *fitter, size_t at, double k, double objective)
{
    const cc_group *full = &fitter->full;
    const cc_lane *lane = &fitter->lane[at];
    double degrees = (double)lane->n_used - k, more = k - 1;
    bool plain = full->loss == CC_LINEAR && full->map != CC_MAP_LEVEL_BINOMIAL && !known_spread(fitter);
    if (!(degrees > 0) || lane->n_free == 0) return false;
    /* what a prior says of a trend is not tested against the points alone */
    for (size_t j = 0; j < fitter->curve->p; j++)
        if (lane->prior_sd[j] > 0) return false;
    if (plain && degrees >= ENOUGH_DEGREES &&
        cc_scatter_of_ends(full, at) - objective > FAR_BETTER * fmax(more, 1) / degrees * objective)
        return false;
    double own = scatter_about_curve(full, at, objective);
    double constant = cc_scatter_about_constant(full, full->loss == CC_LINEAR ? full->w : full->row, at);
    double gain = constant - own;
    /* one parameter, or none, that cannot bring the curve to a level leaves it behind a constant */
    if (!(more > 0)) return gain < 0 && -gain > ROUNDING * constant;
    if (!(gain > 0)) return true;
    if (known_spread(fitter)) return gsl_cdf_chisq_Q(ldexp(gain, lane->row_exponent), more) > BY_CHANCE;
    return gsl_cdf_fdist_Q(gain / more / (own / degrees), more, degrees) > BY_CHANCE;
}

/* Whether the points end short of a break that was looked for. */
static bool ends_short(const cc_fitter *fitter, size_t at, const cc_found *found)
{
    const cc_curve *curve = fitter->curve;
    const cc_range *range = &fitter->lane[at].range;
    for (size_t j = 0; j < curve->p; j++) {
        size_t e = j * (size_t)fitter->width + at;
        if (!(curve->params[j].flags & CC_BREAK) || !(fitter->full.lower[e] < fitter->full.upper_bound[e])) continue;
        double place = log(found->theta[e]);
        if (!(range->low[0] < place && place < range->high[0])) return true;
    }
    return false;
}

unsigned cc_notes_of(const cc_fitter *fitter, int at, const cc_found *found, const cc_factor *factor)
{
    const cc_lane *lane = &fitter->lane[at];
    double degrees = degrees_of(lane), k = 0;
    unsigned notes = 0, of_residuals = 0;
    for (size_t j = 0; j < fitter->curve->p; j++) k += factor->inflation[j * (size_t)fitter->width + (size_t)at] > 0;
    if (!found->converged[at]) notes |= CC_NOTE_DID_NOT_CONVERGE;
    if (found->refereed[at]) notes |= CC_NOTE_REFEREE;
    if (found->rival[at] < RULED_OUT) notes |= CC_NOTE_SEVERAL_MINIMA;
    if (degrees <= (double)lane->n_free) notes |= CC_NOTE_FEW_POINTS;
    if (ends_short(fitter, (size_t)at, found)) notes |= CC_NOTE_BREAK;
    if (fitter->curve->r > 1 && move_together(&fitter->full, (size_t)at)) notes |= CC_NOTE_COLLINEAR;
    if (one_point_decides(factor, at, degrees)) of_residuals |= CC_NOTE_ONE_POINT;
    double free = k;
    if (fitter->curve->r > 1) k = 0;
    if (lane->ordered && lane->n_used >= 8 && degrees > 0 &&
        autocorrelation(lane, factor->autocorrelation[at], k) > AUTOCORRELATION_LIMIT)
        of_residuals |= CC_NOTE_AUTOCORRELATED;
    if (is_no_better(fitter, (size_t)at, free, factor->objective[at])) of_residuals |= CC_NOTE_CONSTANT;
    if (of_residuals && !is_exact(&fitter->full, (size_t)at, factor->objective[at])) notes |= of_residuals;
    return notes;
}

/* ---- the ceiling ------------------------------------------------------------------------------- */

/* A curve's only ceiling, to which the observations themselves rise. */
static bool is_plain_level(const cc_curve *curve)
{
    int ceilings = 0;
    for (size_t j = 0; j < curve->p; j++) ceilings += (curve->params[j].flags & CC_CEILING) != 0;
    return ceilings < 2 && !curve->seen;
}

/* The shares of its ceilings that a lane has seen, as the curve says. */
static void shares_told(const cc_fitter *fitter, size_t lane, const cc_found *found, double *share)
{
    const cc_group *full = &fitter->full;
    const cc_curve *curve = fitter->curve;
    size_t n = full->n, nf = full->n_features, width = (size_t)fitter->width;
    double theta[CC_MAX_PARAMS], *y = fitter->points, *w = y + n, *z = w + n;
    for (size_t i = 0; i < n; i++) {
        y[i] = full->y[i * width + lane];
        w[i] = full->w[i * width + lane];
        for (size_t k = 0; k < nf; k++) z[k * n + i] = full->x[(k * n + i) * width + lane];
    }
    for (size_t k = 0; k < full->p; k++) theta[k] = found->theta[k * width + lane];
    cc_points points = {.n = n, .z = z, .y = y, .w = w, .range = &fitter->lane[lane].range};
    for (size_t j = 0; j < curve->p; j++)
        if (curve->params[j].flags & CC_CEILING) share[j] = curve->seen(curve, &points, theta, j);
}

/* Where the data end on the side of a ceiling that counts from the other end (CC_FROM_FLOOR), and that other end. */
static double end_of(const cc_fitter *fitter, size_t lane, double ceiling, bool near)
{
    const cc_lane *own = &fitter->lane[lane];
    double low = ldexp(own->range.y_low, own->y_exponent), high = ldexp(own->range.y_high, own->y_exponent);
    return (ceiling > low / 2 + high / 2) == near ? high : low;
}

/* What a ceiling counts from. */
static double base_of(const cc_fitter *fitter, size_t lane, size_t j, double ceiling)
{
    return fitter->curve->params[j].flags & CC_FROM_FLOOR ? end_of(fitter, lane, ceiling, false) : 0;
}

/* So many times as high as the ceiling, or as what was seen where that is higher; in the scale of the lane. */
static double raised(const cc_fitter *fitter, size_t lane, size_t j, double ceiling, double seen, double times)
{
    double base = base_of(fitter, lane, j, ceiling), own = ceiling - base;
    seen -= base;
    double higher = base + times * (seen < 0 ? fmin(own, seen) : fmax(own, seen));
    return ldexp(higher, -fitter->curve->params[j].y_power * fitter->lane[lane].y_exponent);
}

/* How much of each ceiling was seen, (p,W), in the user's unit: the largest observation, unless the curve knows better. Of one ceiling
 * among several, the largest share that any point has of it, which is its derivative. */
static void find_seen(const cc_fitter *fitter, const cc_found *found, const cc_result *result, size_t count,
                      double (*seen)[CC_MAX_WIDTH])
{
    const cc_curve *curve = fitter->curve;
    const cc_group *full = &fitter->full;
    size_t width = (size_t)fitter->width, p = curve->p;
    bool plain = is_plain_level(curve) || (!curve->seen && (curve->flags & CC_FEATURES_MOVE));
    if (!plain && !curve->seen)
        curve->values[width / 2](curve, full->x, full->n, found->theta, full->f, full->g, full->n);
    for (size_t lane = 0; lane < count; lane++) {
        double told[CC_MAX_PARAMS];
        bool fitted = result[lane].status >= 0;
        if (fitted && curve->seen) shares_told(fitter, lane, found, told);
        for (size_t j = 0; j < p; j++) {
            double share = 0;
            if (!(curve->params[j].flags & CC_CEILING)) continue;
            seen[j][lane] = fitter->lane[lane].y_largest;
            if (!fitted) continue;
            if (curve->params[j].flags & CC_FROM_FLOOR)
                seen[j][lane] = end_of(fitter, lane, result[lane].theta[j], true);
            if (plain) continue;
            for (size_t i = 0; i < full->n && !curve->seen; i++)
                if (full->w[i * width + lane] > 0) share = fmax(share, fabs(full->g[(i * p + j) * width + lane]));
            if (curve->seen) share = told[j];
            seen[j][lane] = share * result[lane].theta[j];
        }
    }
}

/* Whether the ceiling should be put to the test: a free one that is uncertain or above the data, or that of a fit
 * with other doubts about it, whose standard errors say little. Who bounds it below has answered the question. */
static bool in_doubt(const cc_fitter *fitter, int at, const cc_result *result, size_t j, double seen)
{
    size_t e = j * (size_t)fitter->width + (size_t)at;
    double value = result->theta[j], variance = result->cov[j * fitter->curve->p + j];
    double base = base_of(fitter, (size_t)at, j, value);
    unsigned doubts = CC_NOTE_ONE_POINT | CC_NOTE_SEVERAL_MINIMA | CC_NOTE_AT_BOUND;
    if (result->status < 0 || !(fitter->full.lower[e] < fitter->full.upper_bound[e])) return false;
    /* twice nothing is no higher */
    if (!(fmax(fabs(value - base), fabs(seen - base)) > 0)) return false;
    double highest = raised(fitter, (size_t)at, j, value, seen, HIGHER_CEILING);
    if (!(highest >= fitter->full.lower[e] && highest <= fitter->full.upper_bound[e])) return false;
    /* what a formula approaches from above is a floor */
    const cc_range *range = &fitter->lane[at].range;
    if (is_plain_level(fitter->curve) && !(fitter->curve->params[j].flags & CC_FROM_FLOOR) &&
        !(value > ldexp((range->y_first + range->y_last) / 2, fitter->lane[at].y_exponent)))
        return false;
    return result->status != CC_OK || result->notes & doubts || !(sqrt(variance) < 0.05 * fabs(value - base)) ||
           (value - base) / (seen - base) > 1.5;
}

/* No ceiling is the best: what the search stopped at is no estimate. */
static void withdraw(const cc_fitter *fitter, size_t lane, cc_result *result)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    result->notes |= CC_NOTE_DID_NOT_CONVERGE;
    result->status = CC_NO_OPTIMUM;
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            if (fitter->full.lower[j * width + lane] < fitter->full.upper_bound[j * width + lane])
                result->cov[j * p + k] = result->cov[k * p + j] = NAN;
}

/* The rise of the deviance that rules the higher ceiling out. Where less than half of the ceiling was seen it must be four times
 * as large, unless a prior speaks of it: there it is the curve that does, and the data only through it. */
static double rise_wanted(const cc_fitter *fitter, size_t lane, size_t ceiling, double seen, const cc_result *result)
{
    const cc_lane *of = &fitter->lane[lane];
    double base = base_of(fitter, lane, ceiling, result->theta[ceiling]);
    double above = (result->theta[ceiling] - base) / (seen - base);
    return of->prior_sd[ceiling] > 0 ? RULED_OUT : RULED_OUT * (1 + 4 * fmin(fmax(above - 1.25, 0), 0.75));
}

/* The rise from the minimum to the objective at a higher ceiling. */
static double rise_to(const cc_fitter *fitter, size_t lane, const cc_found *found, const cc_found *higher)
{
    /* of two exact fits neither is the better one: how they differ is rounding */
    if (is_exact(&fitter->full, lane, higher->objective[lane])) return 0;
    return cc_rise(fitter, (int)lane, found->objective[lane], higher->objective[lane]);
}

/* What follows from the rise to the higher ceiling. */
static void judge_ceiling(const cc_fitter *fitter, size_t lane, double rise, double wanted, cc_result *result)
{
    /* where the walk got stuck, one that begins there rules nothing out */
    if (rise < wanted || result->status == CC_NOT_CONVERGED) result->notes |= CC_NOTE_CEILING;
    if (rise < NO_RISE) withdraw(fitter, lane, result);
}

static void hold(cc_fitter *fitter, size_t lane, size_t j, double lower, double upper)
{
    fitter->full.lower[j * (size_t)fitter->width + lane] = lower;
    fitter->full.upper_bound[j * (size_t)fitter->width + lane] = upper;
}

/* Power of two by which a parameter is divided in a lane. */
static int exponent_of(const cc_param *param, const cc_lane *lane)
{
    return param->y_power * lane->y_exponent + param->x_power * lane->x_exponent;
}

/* The ceiling of a lane at one of the steps, in the scale of the lane. */
static double ceiling_at(const cc_fitter *fitter, size_t lane, size_t j, double seen, int step, const cc_result *result)
{
    return raised(fitter, lane, j, result->theta[j], seen, pow(HIGHER_CEILING, (double)step / CEILING_STEPS));
}

/* The rise of the deviance there if it were a quadratic function, as its curvature at the minimum says; NaN where nothing does. */
static double rise_foreseen(const cc_fitter *fitter, size_t lane, size_t j, double higher, const cc_result *result)
{
    const cc_lane *of = &fitter->lane[lane];
    double up = ldexp(higher, fitter->curve->params[j].y_power * of->y_exponent) - result->theta[j];
    double squares = up * up / result->cov[j * fitter->curve->p + j], degrees = fmax(degrees_of(of), 1);
    if (result->status != CC_OK || !(squares < INFINITY)) return NAN;
    return known_spread(fitter) ? squares : degrees * log1p(squares / degrees);
}

/* The first step at which the ceiling should be ruled out. */
static int first_step(const cc_fitter *fitter, size_t lane, size_t j, double seen, double wanted,
                      const cc_result *result)
{
    int step = 1;
    while (step < CEILING_STEPS) {
        double rise = rise_foreseen(fitter, lane, j, ceiling_at(fitter, lane, j, seen, step, result), result);
        if (!(rise < FORESEEN * wanted)) break;
        step++;
    }
    return step;
}

/* Moves the ceiling of a lane up, and what else is free as far as it goes with the ceiling, but by no more than a half. */
static void lift(cc_fitter *fitter, size_t lane, size_t j, double higher, const cc_result *result, double *theta)
{
    const cc_curve *curve = fitter->curve;
    const cc_lane *of = &fitter->lane[lane];
    size_t p = curve->p, width = (size_t)fitter->width;
    double up = higher - theta[j * width + lane], variance = result->cov[j * p + j];
    int exponent = exponent_of(&curve->params[j], of);
    for (size_t k = 0; k < p; k++) {
        size_t e = k * width + lane;
        double with = result->cov[k * p + j] / variance * up;
        double move = ldexp(with, exponent - exponent_of(&curve->params[k], of)), most = 0.5 * fabs(theta[e]);
        if (k == j || result->status != CC_OK || !(fabs(move) < INFINITY) ||
            !(fitter->full.lower[e] < fitter->full.upper_bound[e]))
            continue;
        theta[e] =
            fmin(fmax(theta[e] + fmin(fmax(move, -most), most), fitter->full.lower[e]), fitter->full.upper_bound[e]);
    }
    theta[j * width + lane] = higher;
    hold(fitter, lane, j, higher, higher);
}

/* Walks on from where the lanes stand: as near as tells that a ceiling is amply ruled out, and to the end where it does not. */
static void resolve_as_told(cc_fitter *fitter, const int *lanes, const double *wanted, const cc_found *found,
                            cc_found *again)
{
    int unclear[CC_MAX_WIDTH] = {0}, any = 0;
    cc_resolve(fitter, lanes, again, TOLD);
    for (int lane = 0; lane < fitter->width; lane++) {
        if (!lanes[lane]) continue;
        unclear[lane] = !(rise_to(fitter, (size_t)lane, found, again) >= AMPLY * wanted[lane]);
        any += unclear[lane];
    }
    if (any) cc_resolve(fitter, unclear, again, CC_NEAR);
}

/* Raises the ceiling of the lanes in steps until it is ruled out. The first step goes as far as should be enough for that; where it
 * finds much more than was foreseen, it may have strayed, and the way is gone from the beginning. */
static void raise_ceiling(cc_fitter *fitter, size_t count, size_t ceiling, const double *seen, const double *wanted,
                          const int *lanes, const cc_found *found, cc_found *again, const cc_result *result)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    int open[CC_MAX_WIDTH] = {0}, step[CC_MAX_WIDTH] = {0}, any = 1;
    bool first[CC_MAX_WIDTH] = {false};
    memcpy(open, lanes, count * sizeof *open);
    for (size_t lane = 0; lane < count; lane++) {
        if (!open[lane]) continue;
        step[lane] = first_step(fitter, lane, ceiling, seen[lane], wanted[lane], &result[lane]);
        first[lane] = step[lane] > 1;
    }
    while (any) {
        double higher[CC_MAX_WIDTH];
        for (size_t lane = 0; lane < count; lane++) {
            if (!open[lane]) continue;
            higher[lane] = ceiling_at(fitter, lane, ceiling, seen[lane], step[lane], &result[lane]);
            lift(fitter, lane, ceiling, higher[lane], &result[lane], again->theta);
        }
        resolve_as_told(fitter, open, wanted, found, again);
        any = 0;
        for (size_t lane = 0; lane < count; lane++) {
            if (!open[lane]) continue;
            double rise = rise_to(fitter, lane, found, again);
            bool strayed =
                first[lane] && rise > STRAYED * rise_foreseen(fitter, lane, ceiling, higher[lane], &result[lane]);
            first[lane] = false;
            for (size_t e = lane; e < p * width && strayed; e += width) again->theta[e] = found->theta[e];
            open[lane] = strayed || (!(rise >= AMPLY * wanted[lane]) && step[lane] < CEILING_STEPS);
            step[lane] = strayed ? 1 : step[lane] + 1;
            any += open[lane];
        }
    }
}

static void test_ceiling(cc_fitter *fitter, size_t count, size_t ceiling, const double *seen, const cc_found *found,
                         cc_result *result)
{
    int lanes[CC_MAX_WIDTH] = {0}, any = 0;
    double lower[CC_MAX_WIDTH], upper[CC_MAX_WIDTH], wanted[CC_MAX_WIDTH];
    size_t width = (size_t)fitter->width;
    for (size_t lane = 0; lane < count; lane++) {
        any += lanes[lane] = in_doubt(fitter, (int)lane, &result[lane], ceiling, seen[lane]);
        lower[lane] = fitter->full.lower[ceiling * width + lane];
        upper[lane] = fitter->full.upper_bound[ceiling * width + lane];
        wanted[lane] = rise_wanted(fitter, lane, ceiling, seen[lane], &result[lane]);
    }
    if (!any) return;
    cc_found again = *found;
    raise_ceiling(fitter, count, ceiling, seen, wanted, lanes, found, &again, result);
    for (size_t lane = 0; lane < count; lane++) {
        if (!lanes[lane]) continue;
        hold(fitter, lane, ceiling, lower[lane], upper[lane]);
        if (again.objective[lane] < INFINITY)
            judge_ceiling(fitter, lane, rise_to(fitter, lane, found, &again), wanted[lane], &result[lane]);
    }
}

void cc_test_ceilings(cc_fitter *fitter, size_t count, const cc_found *found, cc_result *result)
{
    double seen[CC_MAX_PARAMS][CC_MAX_WIDTH];
    bool any = false;
    for (size_t j = 0; j < fitter->curve->p; j++) any = any || (fitter->curve->params[j].flags & CC_CEILING);
    if (!any) return;
    find_seen(fitter, found, result, count, seen);
    for (size_t j = 0; j < fitter->curve->p; j++)
        if (fitter->curve->params[j].flags & CC_CEILING) test_ceiling(fitter, count, j, seen[j], found, result);
}
