// SPDX-License-Identifier: GPL-3.0-or-later
/* plain.c - series without gaps into all lanes at once; what load.c does for one series, point by point.
 *
 * Both give the same bits: the same operations in the same order, and logarithms from lanes.h.
 */
#ifdef CC_WIDTH

/* Element i of W vectors. */
CC_INLINE V CC_W(v_across)(const double *const *from, size_t i)
{
#if CC_WIDTH == 1
    return from[0][i];
#elif CC_WIDTH == 2
    return (V){from[0][i], from[1][i]};
#else
    return (V){from[0][i], from[1][i], from[2][i], from[3][i]};
#endif
}

/* Smallest and largest. */
typedef struct CC_W(reach) {
    V low, high;
} CC_W(reach);

CC_INLINE void CC_W(extend)(CC_W(reach) * reach, V value)
{
    reach->low = CC_W(v_min)(reach->low, value);
    reach->high = CC_W(v_max)(reach->high, value);
}

CC_INLINE CC_W(reach) CC_W(no_reach)(void)
{
    return (CC_W(reach)){CC_W(v_all)(INFINITY), CC_W(v_all)(-INFINITY)};
}

/* Raw numbers into the lanes and their extents; the mask of the series that have no gap. */
static M CC_W(survey)(const cc_group *group, size_t r, const cc_series *const *series, cc_extent *extent)
{
    const double *from[CC_WIDTH];
    size_t n = group->n;
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY);
    M plain = V_LE(zero, zero);
    double low[CC_WIDTH], high[CC_WIDTH];
    CC_W(reach) y_reach = CC_W(no_reach)(), w_reach = CC_W(no_reach)();
    for (int lane = 0; lane < CC_WIDTH; lane++) from[lane] = series[lane]->y;
    for (size_t i = 0; i < n; i++) {
        V y = CC_W(v_across)(from, i);
        plain = plain & V_LT(CC_W(v_abs)(y), infinite);
        CC_W(extend)(&y_reach, y);
        CC_W(v_store)(group->y + i * CC_WIDTH, y);
    }
    for (int lane = 0; lane < CC_WIDTH; lane++) from[lane] = series[lane]->w;
    for (size_t i = 0; i < n; i++) {
        V w = CC_W(v_across)(from, i);
        plain = plain & V_LT(zero, w) & V_LT(w, infinite);
        CC_W(extend)(&w_reach, w);
        CC_W(v_store)(group->w + i * CC_WIDTH, w);
    }
    for (size_t k = 0; k < r; k++) {
        CC_W(reach) x_reach = CC_W(no_reach)();
        for (int lane = 0; lane < CC_WIDTH; lane++) from[lane] = series[lane]->x + k * n;
        for (size_t i = 0; i < n; i++) {
            V x = CC_W(v_across)(from, i);
            plain = plain & V_LT(CC_W(v_abs)(x), infinite);
            CC_W(extend)(&x_reach, x);
            CC_W(v_store)(group->x + (k * n + i) * CC_WIDTH, x);
        }
        CC_W(v_store)(low, x_reach.low);
        CC_W(v_store)(high, x_reach.high);
        for (int lane = 0; lane < CC_WIDTH; lane++)
            extent[lane].x_low[k] = low[lane], extent[lane].x_high[k] = high[lane];
    }
    double w_largest[CC_WIDTH];
    CC_W(v_store)(low, y_reach.low);
    CC_W(v_store)(high, y_reach.high);
    CC_W(v_store)(w_largest, w_reach.high);
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        extent[lane].n_used = n;
        extent[lane].y_low = low[lane];
        extent[lane].y_high = high[lane];
        extent[lane].w_largest = w_largest[lane];
    }
    return plain;
}

/* Features in place of regressors, and their ranges; lanes whose first regressor turns back are not in the mask returned. */
static M CC_W(take_features)(const cc_group *group, V x_factor, cc_lane *lanes)
{
    size_t n = group->n;
    bool logarithmic = group->curve->features != NULL;
    V zero = CC_W(v_all)(0.0), before = zero, direction = zero;
    M turns = V_LT(zero, zero);
    for (size_t k = 0; k < group->n_features; k++) {
        double *x = group->x + k * n * CC_WIDTH, low[CC_WIDTH], high[CC_WIDTH];
        CC_W(reach) reach = CC_W(no_reach)();
        for (size_t i = 0; i < n; i++) {
            V raw = CC_W(v_load)(x + i * CC_WIDTH);
            if (k == 0) {
                V step = i > 0 ? raw - before : zero;
                turns = turns | V_LT(step * direction, zero);
                direction = CC_W(v_select)(V_LT(step, zero) | V_LT(zero, step), step, direction);
                before = raw;
            }
            V z = logarithmic ? CC_W(v_log)(raw) : raw * x_factor;
            CC_W(extend)(&reach, z);
            CC_W(v_store)(x + i * CC_WIDTH, z);
        }
        CC_W(v_store)(low, reach.low);
        CC_W(v_store)(high, reach.high);
        for (int lane = 0; lane < CC_WIDTH; lane++) {
            lanes[lane].range.low[k] = low[lane];
            lanes[lane].range.high[k] = high[lane];
        }
    }
    return ~turns;
}

/* Observations to the scale of the residuals, weights scaled, means of the first and last third and the size of the data. */
static void CC_W(take_points)(const cc_group *group, cc_error_model error_model, double top, V y_factor, V w_factor,
                              cc_lane *lanes)
{
    double low[CC_WIDTH], high[CC_WIDTH], first[CC_WIDTH], last[CC_WIDTH];
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), early = zero, late = zero, n_early = zero, n_late = zero,
      size = zero;
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        const cc_range *range = &lanes[lane].range;
        double third = (range->high[0] - range->low[0]) / 3;
        low[lane] = range->low[0] + third;
        high[lane] = range->high[0] - third;
    }
    V until = CC_W(v_load)(low), since = CC_W(v_load)(high);
    for (size_t i = 0; i < group->n; i++) {
        V z = CC_W(v_load)(group->x + i * CC_WIDTH), y = CC_W(v_load)(group->y + i * CC_WIDTH) * y_factor;
        V w = CC_W(v_load)(group->w + i * CC_WIDTH) * w_factor;
        M is_early = V_LE(z, until), is_late = V_LE(since, z);
        early = early + CC_W(v_select)(is_early, y, zero);
        late = late + CC_W(v_select)(is_late, y, zero);
        n_early = n_early + CC_W(v_select)(is_early, one, zero);
        n_late = n_late + CC_W(v_select)(is_late, one, zero);
        if (error_model == CC_MULTIPLICATIVE) y = CC_W(v_log)(y);
        if (error_model == CC_LOGIT) y = CC_W(v_log)(y / (top - y));
        size = size + w * y * y;
        CC_W(v_store)(group->y + i * CC_WIDTH, y);
        CC_W(v_store)(group->w + i * CC_WIDTH, w);
    }
    CC_W(v_store)(first, early / n_early);
    CC_W(v_store)(last, late / n_late);
    CC_W(v_store)(group->size, size);
    CC_W(v_store)(group->count, CC_W(v_all)((double)group->n));
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        lanes[lane].range.y_first = first[lane];
        lanes[lane].range.y_last = last[lane];
    }
}

static void CC_W(cc_plain)(cc_fitter *fitter, const cc_series *series, size_t count, bool *done)
{
    const cc_group *group = &fitter->full;
    const cc_series *of[CC_WIDTH];
    cc_extent extent[CC_WIDTH];
    double y_factor[CC_WIDTH], x_factor[CC_WIDTH], w_factor[CC_WIDTH];
    bool ready[CC_WIDTH];
    int64_t plain[CC_WIDTH], ordered[CC_WIDTH];
    for (size_t lane = 0; lane < CC_WIDTH; lane++) of[lane] = &series[lane < count ? lane : 0];
    M mask = CC_W(survey)(group, fitter->curve->r, of, extent);
    memcpy(plain, &mask, sizeof plain);
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        cc_lane *own = &fitter->lane[lane];
        y_factor[lane] = x_factor[lane] = w_factor[lane] = 1;
        ready[lane] = false;
        done[lane] = (size_t)lane < count && plain[lane] && cc_in_order(fitter, of[lane]);
        if (!done[lane]) continue;
        memset(own, 0, sizeof *own);
        own->status = cc_judge(fitter, &extent[lane], own);
        if (own->status != CC_OK) continue;
        int w_exponent = cc_choose_scales(fitter, own);
        done[lane] = power_of_two(-own->y_exponent, &y_factor[lane]) &&
                     power_of_two(-own->x_exponent, &x_factor[lane]) && power_of_two(-w_exponent, &w_factor[lane]);
        if (!done[lane]) continue;
        own->status = cc_load_box(fitter, lane, of[lane], own);
        ready[lane] = own->status == CC_OK;
        own->range.n = own->n_used;
        own->range.y_low = extent[lane].y_low * y_factor[lane];
        own->range.y_high = extent[lane].y_high * y_factor[lane];
    }
    mask = CC_W(take_features)(group, CC_W(v_load)(x_factor), fitter->lane);
    memcpy(ordered, &mask, sizeof ordered);
    CC_W(take_points)(group, fitter->options.error_model, fitter->options.upper, CC_W(v_load)(y_factor),
                      CC_W(v_load)(w_factor), fitter->lane);
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        cc_lane *own = &fitter->lane[lane];
        if (!done[lane]) continue;
        if (!ready[lane]) {
            cc_load_idle(fitter, lane);
            continue;
        }
        own->ordered = ordered[lane] != 0;
        own->range.step = (own->range.high[0] - own->range.low[0]) / (double)(own->n_used - 1);
        cc_load_rest(fitter, lane, of[lane], own);
    }
}

static void CC_W(cc_thinned)(cc_fitter *fitter)
{
    const cc_group *coarse = &fitter->coarse;
    cc_error_model error_model = fitter->options.error_model;
    V zero = CC_W(v_all)(0.0), upper = CC_W(v_all)(fitter->options.upper);
    for (size_t i = 0; i < coarse->n; i++) {
        V level = CC_W(v_load)(coarse->y + i * CC_WIDTH), w = CC_W(v_load)(coarse->w + i * CC_WIDTH);
        if (error_model == CC_MULTIPLICATIVE) level = CC_W(v_exp)(level);
        if (error_model == CC_LOGIT) level = upper / (1.0 + CC_W(v_exp)(-level));
        V y = level;
        if (fitter->logarithmic) {
            M positive = V_LT(zero, level);
            y = CC_W(v_select)(positive, CC_W(v_log)(level), zero);
            if (error_model == CC_ADDITIVE) w = w * level * level;
            w = CC_W(v_select)(positive, w, zero);
        } else if (error_model == CC_MULTIPLICATIVE) {
            w = w / (level * level);
        } else if (error_model == CC_LOGIT) {
            V slope = upper / (level * (upper - level));
            w = w * slope * slope;
        }
        CC_W(v_store)(coarse->y + i * CC_WIDTH, y);
        CC_W(v_store)(coarse->w + i * CC_WIDTH, w);
    }
}

#else

#include <math.h>
#include <string.h>

#include "curves/families.h"
#include "fit/load.h"

/* False where it has no double of its own, or hardly. */
static bool power_of_two(int exponent, double *factor)
{
    if (exponent < -1000 || exponent > 1000) return false;
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    memcpy(factor, &bits, sizeof *factor);
    return true;
}

bool cc_plain_curve(const cc_curve *curve)
{
    bool logarithmic = curve->features == cc_log_features && (curve->flags & CC_POSITIVE_X) && !curve->any_sign;
    return (!curve->features || logarithmic) && !(curve->flags & CC_FEATURES_MOVE) && !curve->held;
}

#define CC_WIDTH_FILE "fit/plain.c"
#include "widths.h"

const cc_plain_fn cc_plain_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_plain);
const cc_thinned_fn cc_thinned_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_thinned);

#endif
