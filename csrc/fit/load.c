// SPDX-License-Identifier: GPL-3.0-or-later
/* load.c - one series into a lane: checked, rescaled by powers of two, features taken, unusable points dropped.
 *
 * Powers of two change no digit, keep squares of large and small data in range, and leave answers independent of units.
 */
#include <math.h>
#include <string.h>

#include "fit/load.h"

/* lanes of width 1, so that a series with gaps gets the logarithms that one without them does */
#define CC_WIDTH 1
#include "lanes.h"
#undef CC_WIDTH

/* value / 2^exponent */
static inline double scaled(double value, int exponent)
{
    return cc_scaled(value, -exponent);
}

/* Not fmin and fmax: those are calls. NaN never gets this far. */
static inline double least(double a, double b)
{
    return b < a ? b : a;
}

static inline double most(double a, double b)
{
    return b > a ? b : a;
}

static int exponent_of(double value)
{
    int exponent = 0;
    if (value > 0 && isfinite(value)) frexp(value, &exponent);
    return exponent;
}

/* Power of two by which parameter j is divided in this lane. */
static int param_exponent(const cc_param *param, const cc_lane *lane)
{
    return param->y_power * lane->y_exponent + param->x_power * lane->x_exponent;
}

/* What y may be under an error model, ends included. */
static void y_domain(const cc_options *options, double *low, double *high)
{
    *low = -INFINITY;
    *high = INFINITY;
    if (options->error_model == CC_BINOMIAL) *low = 0, *high = options->upper;
    if (options->error_model == CC_MULTIPLICATIVE || options->error_model == CC_LOGIT) *low = nextafter(0, 1);
    if (options->error_model == CC_LOGIT) *high = nextafter(options->upper, 0);
}

/* Whether a point that is not finite throughout, or has no positive weight, is merely missing; else it is an error. */
static bool missing(const cc_curve *curve, const cc_series *series, size_t n, size_t i)
{
    bool gap = isnan(series->y[i]) || isnan(series->w[i]) || series->w[i] == 0;
    for (size_t k = 0; k < curve->r; k++) gap = gap || isnan(series->x[k * n + i]);
    return gap;
}

/* Which points can be used, and their extent. */
static cc_status find_points(cc_fitter *fitter, const cc_series *series, cc_extent *extent)
{
    const cc_curve *curve = fitter->curve;
    size_t n = fitter->n;
    *extent = (cc_extent){.y_low = INFINITY, .y_high = -INFINITY};
    for (size_t i = 0; i < n; i++) {
        double y = series->y[i], w = series->w[i];
        bool plain = fabs(y) < INFINITY && w > 0 && w < INFINITY;
        for (size_t k = 0; k < curve->r; k++) plain = plain && fabs(series->x[k * n + i]) < INFINITY;
        if (!plain) {
            if (missing(curve, series, n, i)) continue;
            return CC_NONFINITE;
        }
        extent->y_low = least(extent->y_low, y);
        extent->y_high = most(extent->y_high, y);
        extent->w_largest = most(extent->w_largest, w);
        fitter->used[extent->n_used++] = i;
    }
    for (size_t k = 0; k < curve->r; k++) {
        extent->x_low[k] = INFINITY;
        extent->x_high[k] = -INFINITY;
        for (size_t m = 0; m < extent->n_used; m++) {
            double x = series->x[k * n + fitter->used[m]];
            extent->x_low[k] = least(extent->x_low[k], x);
            extent->x_high[k] = most(extent->x_high[k], x);
        }
    }
    return CC_OK;
}

cc_status cc_judge(const cc_fitter *fitter, const cc_extent *extent, cc_lane *lane)
{
    const cc_curve *curve = fitter->curve;
    double allowed_low, allowed_high;
    bool bad_x = false;
    y_domain(&fitter->options, &allowed_low, &allowed_high);
    lane->n_used = extent->n_used;
    for (size_t k = 0; k < curve->r; k++) {
        double low = extent->x_low[k], high = extent->x_high[k];
        if (k == 0) lane->x_largest = most(fabs(low), fabs(high));
        bad_x = bad_x || (cc_must_be_positive(curve, k) && !(low > 0));
        lane->constant_x = lane->constant_x || (low == high && !(curve->steady >> k & 1));
    }
    if (lane->n_used > 0 && (bad_x || extent->y_low < allowed_low || extent->y_high > allowed_high)) return CC_DOMAIN;
    if (lane->n_used < 2) return CC_TOO_FEW;
    if (!(extent->y_low < extent->y_high)) return CC_CONSTANT;
    lane->y_largest = most(fabs(extent->y_low), fabs(extent->y_high));
    lane->w_largest = extent->w_largest;
    return lane->constant_x ? CC_CONSTANT_REGRESSOR : CC_OK;
}

int cc_choose_scales(const cc_fitter *fitter, cc_lane *lane)
{
    const cc_curve *curve = fitter->curve;
    cc_error_model error_model = fitter->options.error_model;
    bool rescale = (curve->flags & CC_RESCALE) && (error_model == CC_ADDITIVE || error_model == CC_MULTIPLICATIVE);
    lane->y_exponent = rescale ? exponent_of(lane->y_largest) : 0;
    lane->x_exponent = (curve->flags & CC_RESCALE) && !curve->features ? exponent_of(lane->x_largest) : 0;
    int w_exponent = exponent_of(lane->w_largest) - 1;
    /* the scale of a robust loss takes the root of it, so it has to be even */
    if (fitter->options.loss != CC_LINEAR) w_exponent -= w_exponent & 1;
    lane->row_exponent = w_exponent + (error_model == CC_ADDITIVE ? 2 * lane->y_exponent : 0);
    return w_exponent;
}

/* Ranges of the features and levels, for the start finder. Points that were put in order, `moved`, are neighbours where one
 * regressor alone says so. */
static void find_range(const cc_fitter *fitter, const cc_series *series, bool moved, cc_lane *lane)
{
    cc_range *range = &lane->range;
    const double *z = fitter->features;
    size_t n = fitter->n, m_used = lane->n_used;
    range->n = m_used;
    range->y_low = INFINITY;
    range->y_high = -INFINITY;
    lane->ordered = true;
    double direction = 0;
    for (size_t k = 0; k < fitter->curve->n_features; k++) {
        range->low[k] = INFINITY;
        range->high[k] = -INFINITY;
        for (size_t m = 0; m < m_used; m++) {
            double value = z[k * n + fitter->used[m]];
            range->low[k] = least(range->low[k], value);
            range->high[k] = most(range->high[k], value);
        }
    }
    double early = 0, late = 0, n_early = 0, n_late = 0, third = (range->high[0] - range->low[0]) / 3;
    for (size_t m = 0; m < m_used; m++) {
        size_t i = fitter->used[m];
        double y = scaled(series->y[i], lane->y_exponent);
        range->y_low = least(range->y_low, y);
        range->y_high = most(range->y_high, y);
        if (z[i] <= range->low[0] + third) early += y, n_early++;
        if (z[i] >= range->high[0] - third) late += y, n_late++;
        if (m == 0) continue;
        double step = series->x[i] - series->x[fitter->used[m - 1]];
        if (step * direction < 0 || (moved && (step == 0 || fitter->curve->r > 1))) lane->ordered = false;
        if (step != 0) direction = step;
    }
    range->y_first = early / n_early;
    range->y_last = late / n_late;
    range->step = (range->high[0] - range->low[0]) / (double)(m_used - 1);
}

cc_status cc_load_box(cc_fitter *fitter, int at, const cc_series *series, cc_lane *lane)
{
    const cc_curve *curve = fitter->curve;
    cc_group *group = &fitter->full;
    size_t width = (size_t)fitter->width;
    lane->n_free = 0;
    size_t n_prior = 0;
    for (size_t j = 0; j < curve->p; j++) {
        const cc_param *param = &curve->params[j];
        int exponent = param_exponent(param, lane);
        bool held = (param->flags & CC_FIXED_BY_DEFAULT) && isnan(series->lower[j]) && isnan(series->upper[j]) &&
                    isnan(series->start[j]);
        double lower = scaled(isnan(series->lower[j]) ? param->lower : series->lower[j], exponent);
        double upper = scaled(isnan(series->upper[j]) ? param->upper : series->upper[j], exponent);
        lane->given[j] = isnan(series->start[j]) ? NAN : scaled(series->start[j], exponent);
        if (lower > upper || lane->given[j] < lower || lane->given[j] > upper || isinf(lane->given[j]))
            return CC_BAD_BOUNDS;
        if (lower == upper && isinf(lower)) return CC_BAD_BOUNDS;
        size_t e = j * width + (size_t)at;
        double sd = scaled(series->prior_sd[j], exponent);
        /* not `sd <= 0 || (sd > 0 && ...)`: GCC 12 takes that for true when sd is NaN */
        if (!isnan(sd) && (!(sd > 0) || !isfinite(series->prior_mean[j]))) return CC_BAD_BOUNDS;
        lane->prior_sd[j] = sd;
        group->prior_mean[e] = sd > 0 ? scaled(series->prior_mean[j], exponent) : 0;
        group->prior_weight[e] = 0;
        group->lower[e] = lower;
        group->upper_bound[e] = upper;
        if (held) group->lower[e] = group->upper_bound[e] = NAN; /* filled in from the grid below */
        if (!held && lower < upper) lane->n_free++;
        if (sd > 0 && !held && lower < upper) n_prior++;
    }
    return lane->n_used + n_prior < lane->n_free ? CC_TOO_FEW : CC_OK;
}

/* The series as the curve's own functions see it; `used` in the order of the points. */
static cc_points points_of(const cc_fitter *fitter, const cc_series *series, const cc_lane *lane)
{
    size_t n = fitter->n, next = 0;
    double *y = fitter->points, *w = y + n;
    for (size_t i = 0; i < n; i++) {
        bool usable = next < lane->n_used && fitter->used[next] == i;
        y[i] = usable ? scaled(series->y[i], lane->y_exponent) : 0;
        w[i] = usable ? series->w[i] : 0;
        next += usable;
    }
    return (cc_points){
        .n = n, .x = series->x, .z = fitter->features, .y = y, .w = w, .range = &lane->range, .work = w + n};
}

/* Parameters that are held at what the start finder says. */
static void hold_defaults(cc_fitter *fitter, int at, const cc_series *series, cc_lane *lane)
{
    const cc_curve *curve = fitter->curve;
    cc_grid grid;
    double held[CC_MAX_PARAMS];
    bool any = false;
    for (size_t j = 0; j < curve->p; j++)
        any = any || isnan(fitter->full.lower[j * (size_t)fitter->width + (size_t)at]);
    if (!any) return;
    memset(grid.count, 0, sizeof grid.count);
    if (curve->grid) curve->grid(curve, &lane->range, &grid);
    for (size_t j = 0; j < curve->p; j++) held[j] = grid.count[j] > 0 ? grid.node[j][0] : NAN;
    if (curve->held) {
        cc_points points = points_of(fitter, series, lane);
        curve->held(curve, &points, held);
    }
    for (size_t j = 0; j < curve->p; j++) {
        size_t e = j * (size_t)fitter->width + (size_t)at;
        if (isnan(fitter->full.lower[e])) fitter->full.lower[e] = fitter->full.upper_bound[e] = held[j];
    }
}

/* Whether the feature stage gave a number for every point that is used. */
static bool features_good(const cc_fitter *fitter, const cc_lane *lane)
{
    for (size_t k = 0; k < fitter->curve->n_features; k++)
        for (size_t m = 0; m < lane->n_used; m++)
            if (!isfinite(fitter->features[k * fitter->n + fitter->used[m]])) return false;
    return true;
}

/* The features of a series; false where a point that is used has none. The series of a table mostly have the same regressors: what was
 * taken from them last stands. */
static bool take_features(cc_fitter *fitter, const cc_series *series, const cc_lane *lane)
{
    const cc_curve *curve = fitter->curve;
    size_t in = curve->r * fitter->n * sizeof(double), out = curve->n_features * fitter->n * sizeof(double);
    double *known_x = fitter->known, *known = known_x + curve->r * fitter->n, theta[CC_MAX_PARAMS];
    if (fitter->is_known && memcmp(known_x, series->x, in) == 0) {
        memcpy(fitter->features, known, out);
        return features_good(fitter, lane);
    }
    /* a stage that a parameter enters is taken at the middle of its bounds for the ranges only */
    for (size_t j = 0; j < curve->p; j++) {
        double lower = curve->params[j].lower, upper = curve->params[j].upper;
        theta[j] = isfinite(lower) && isfinite(upper) ? (lower + upper) / 2 : 1;
    }
    curve->features(curve, series->x, fitter->n, theta, fitter->features, NULL);
    /* a stage that ran out of memory is asked again */
    fitter->is_known = features_good(fitter, lane);
    if (!fitter->is_known) return false;
    memcpy(known_x, series->x, in);
    memcpy(known, fitter->features, out);
    return true;
}

/* Observations on the scale of the residuals, weights and features into the lane; what is dropped repeats a usable point. */
static void load_points(cc_fitter *fitter, int at, const cc_series *series, const cc_lane *lane, int w_exponent)
{
    cc_group *group = &fitter->full;
    size_t n = fitter->n, width = (size_t)fitter->width, next = 0, stand_in = fitter->used[0];
    double size = 0;
    for (size_t i = 0; i < n; i++) {
        bool usable = next < lane->n_used && fitter->used[next] == i;
        double y = usable ? scaled(series->y[i], lane->y_exponent) : 0;
        if (usable) next++;
        switch (fitter->options.error_model) {
        case CC_MULTIPLICATIVE:
            y = usable ? v_log_w1(y) : 0;
            break;
        case CC_LOGIT:
            y = usable ? v_log_w1(y / (fitter->options.upper - y)) : 0;
            break;
        default:
            break;
        }
        group->y[i * width + (size_t)at] = y;
        group->w[i * width + (size_t)at] = usable ? scaled(series->w[i], w_exponent) : 0;
        size += group->w[i * width + (size_t)at] * y * y;
        size_t from = usable ? i : stand_in;
        for (size_t k = 0; k < fitter->curve->n_features; k++)
            group->x[(k * n + i) * width + (size_t)at] = fitter->features[k * n + from];
    }
    group->size[at] = size;
    group->count[at] = (double)lane->n_used;
}

void cc_load_rest(cc_fitter *fitter, int at, const cc_series *series, cc_lane *lane)
{
    double scale = fitter->options.loss_scale;
    hold_defaults(fitter, at, series, lane);
    fitter->full.loss_scale[at] = isnan(scale) ? 1 : ldexp(scale, -lane->row_exponent / 2);
}

void cc_load_idle(cc_fitter *fitter, int at)
{
    cc_group *group = &fitter->full;
    size_t n = fitter->n, width = (size_t)fitter->width, lane = (size_t)at;
    for (size_t i = 0; i < n; i++) group->y[i * width + lane] = group->w[i * width + lane] = 0;
    for (size_t k = 0; k < fitter->curve->n_features * n; k++) group->x[k * width + lane] = 1;
    for (size_t j = 0; j < fitter->curve->p; j++) {
        group->lower[j * width + lane] = group->upper_bound[j * width + lane] = 1;
        group->prior_mean[j * width + lane] = group->prior_weight[j * width + lane] = 0;
        fitter->lane[at].given[j] = 1;
        fitter->lane[at].prior_sd[j] = NAN;
    }
    group->loss_scale[at] = 1;
    group->size[at] = group->count[at] = 0;
    if (group->raw)
        for (size_t k = 0; k < fitter->curve->r * n; k++) group->raw[lane * fitter->curve->r * n + k] = 1;
    cc_range *range = &fitter->lane[at].range;
    *range = (cc_range){.n = 2, .step = 1, .y_high = 1, .y_last = 1};
    for (size_t k = 0; k < CC_MAX_FEATURES; k++) range->high[k] = 1;
}

void cc_load_lane(cc_fitter *fitter, int at, const cc_series *given)
{
    const cc_curve *curve = fitter->curve;
    cc_series in_order, *series = given ? &in_order : NULL;
    bool moved = given && cc_put_in_order(fitter, given, &in_order);
    cc_lane *lane = &fitter->lane[at];
    size_t n = fitter->n;
    int w_exponent = 0;
    memset(lane, 0, sizeof *lane);
    cc_extent extent;
    lane->status = series ? find_points(fitter, series, &extent) : CC_TOO_FEW;
    if (lane->status == CC_OK) lane->status = cc_judge(fitter, &extent, lane);
    if (lane->status == CC_OK) {
        w_exponent = cc_choose_scales(fitter, lane);
        lane->status = cc_load_box(fitter, at, series, lane);
    }
    if (lane->status != CC_OK) {
        cc_load_idle(fitter, at);
        return;
    }
    if (curve->features) {
        if (!take_features(fitter, series, lane)) {
            lane->status = CC_DOMAIN;
            cc_load_idle(fitter, at);
            return;
        }
    } else {
        for (size_t k = 0; k < curve->r * n; k++) fitter->features[k] = scaled(series->x[k], lane->x_exponent);
    }
    if (fitter->full.raw)
        memcpy(fitter->full.raw + (size_t)at * curve->r * n, series->x, curve->r * n * sizeof(double));
    find_range(fitter, series, moved, lane);
    load_points(fitter, at, series, lane, w_exponent);
    cc_load_rest(fitter, at, series, lane);
}

void cc_load_block(cc_fitter *fitter, const cc_series *series, size_t count)
{
    bool done[CC_MAX_WIDTH] = {false};
    if (count > 0 && cc_plain_curve(fitter->curve)) cc_plain_table[fitter->width / 2](fitter, series, count, done);
    for (int lane = 0; lane < fitter->width; lane++)
        if (!done[lane]) cc_load_lane(fitter, lane, (size_t)lane < count ? &series[lane] : NULL);
}

/* The thinned copy on which starts are sought, the series itself where its rows are what starts are sought on: levels with additive rows, or logarithms for curves that are lines there. Weights
 * are those that make its residuals resemble the error model's. */
void cc_load_coarse(cc_fitter *fitter)
{
    const cc_group *full = &fitter->full;
    cc_group *coarse = &fitter->coarse;
    size_t n = fitter->n, n_coarse = fitter->n_coarse, width = (size_t)fitter->width;
    if (coarse->y == full->y) return;
    for (size_t lane = 0; lane < width; lane++) {
        size_t used = (size_t)full->count[lane];
        /* a stage that a parameter enters walks the whole series: points keep their places */
        bool gaps = used < n && !(fitter->curve->flags & CC_FEATURES_MOVE), all = used <= n_coarse;
        for (size_t i = 0, next = 0; gaps && i < n; i++)
            if (full->w[i * width + lane] > 0) fitter->used[next++] = i;
        for (size_t m = 0; m < n_coarse; m++) {
            size_t e = m * width + lane, from = m;
            if (gaps && all)
                from = used > 0 ? fitter->used[m < used ? m : 0] : 0;
            else if (gaps)
                from = fitter->used[m * (used - 1) / (n_coarse - 1)];
            else if (n_coarse < n)
                from = m * (n - 1) / (n_coarse - 1);
            coarse->y[e] = full->y[from * width + lane];
            coarse->w[e] = gaps && m >= used ? 0 : full->w[from * width + lane];
            for (size_t k = 0; k < fitter->curve->n_features; k++)
                coarse->x[(k * n_coarse + m) * width + lane] = full->x[(k * n + from) * width + lane];
        }
    }
    cc_thinned_table[width / 2](fitter);
}

/* One lane as a group of width 1, for the referee. */
void cc_load_single(cc_fitter *fitter, int at)
{
    const cc_group *full = &fitter->full;
    cc_group *single = &fitter->single;
    size_t n = fitter->n, width = (size_t)fitter->width, lane = (size_t)at, rn = fitter->curve->r * n;
    for (size_t i = 0; i < n; i++) {
        single->y[i] = full->y[i * width + lane];
        single->w[i] = full->w[i * width + lane];
    }
    for (size_t k = 0; k < fitter->curve->n_features * n; k++) single->x[k] = full->x[k * width + lane];
    for (size_t j = 0; j < fitter->curve->p; j++) {
        single->lower[j] = full->lower[j * width + lane];
        single->upper_bound[j] = full->upper_bound[j * width + lane];
        single->prior_mean[j] = full->prior_mean[j * width + lane];
        single->prior_weight[j] = full->prior_weight[j * width + lane];
    }
    single->loss_scale[0] = full->loss_scale[lane];
    single->loss = full->loss;
    if (full->raw) memcpy(single->raw, full->raw + lane * rn, rn * sizeof(double));
}
