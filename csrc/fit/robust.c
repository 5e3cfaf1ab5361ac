// SPDX-License-Identifier: GPL-3.0-or-later
/* robust.c - covariance under a robust loss, for lanes: what a fit without each point in turn would say, to first order.
 *
 * That is HC3 (MacKinnon and White 1985) for M-estimators (Huber 1967): bread from the slopes of the influence function at the
 * residuals, influences squared between, each over (1 - leverage)^2, where leverage counts with the slope of its own point. It does
 * not take the scatter to be the same everywhere, and is what resampled rows give. Points enter as z = L'g, where L L' is the
 * inverse of J'WJ: in these coordinates the bread is near the identity, and no condition number is squared.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* Lower factor of a packed matrix; columns without a positive pivot are 0. */
CC_INLINE void CC_W(root_of)(size_t p, const double *a, V *l)
{
    V zero = CC_W(v_all)(0.0);
    for (size_t j = 0; j < p; j++) {
        V pivot = CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH);
        for (size_t k = 0; k < j; k++) pivot = pivot - l[CC_TRI(j, k)] * l[CC_TRI(j, k)];
        M live = V_LT(zero, pivot);
        V diagonal = CC_W(v_sqrt)(CC_W(v_select)(live, pivot, zero));
        l[CC_TRI(j, j)] = diagonal;
        for (size_t i = j + 1; i < p; i++) {
            V entry = CC_W(v_load)(a + CC_TRI(i, j) * CC_WIDTH);
            for (size_t k = 0; k < j; k++) entry = entry - l[CC_TRI(i, k)] * l[CC_TRI(j, k)];
            l[CC_TRI(i, j)] = CC_W(v_select)(live, entry / diagonal, zero);
        }
    }
}

/* Squared influence of a point, in units of its squared residual, and the slope there; z = w r^2 / scale^2. Huber's corner is
 * smoothed over a window. */
CC_INLINE V CC_W(influence_of)(cc_loss loss, V z, V scale, V window, V *slope)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), inverse = 1.0 / (1.0 + z), scale2 = scale * scale;
    if (loss == CC_HUBER) {
        *slope = CC_W(v_select)(V_LE(z * scale2, window * window), scale / window, zero);
        return scale2 * CC_W(v_min)(z, one);
    }
    if (loss == CC_SOFT_L1) {
        *slope = inverse * CC_W(v_sqrt)(inverse);
        return scale2 * z * inverse;
    }
    *slope = (1.0 - z) * inverse * inverse;
    return scale2 * z * inverse * inverse;
}

/* a += factor z z', packed */
CC_INLINE void CC_W(add_square)(size_t p, V factor, const V *z, V *a)
{
    for (size_t j = 0; j < p; j++) {
        V scaled = factor * z[j];
        for (size_t k = 0; k <= j; k++) a[CC_TRI(j, k)] = a[CC_TRI(j, k)] + scaled * z[k];
    }
}

typedef struct CC_W(point) {
    V z[CC_MAX_PARAMS], weight, square, slope,
        least; /* least: what the slope of a point may be where a positive one is needed */
} CC_W(point);

CC_INLINE void CC_W(look)(const cc_group *group, size_t i, const V *l, const double *window, CC_W(point) * at)
{
    size_t p = group->p;
    V zero = CC_W(v_all)(0.0), scale = CC_W(v_load)(group->loss_scale), w = CC_W(v_load)(group->w + i * CC_WIDTH);
    V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH),
      z = w * r * r / (scale * scale);
    const double *g = group->g + i * p * CC_WIDTH;
    M live = V_LT(zero, w);
    for (size_t j = 0; j < p; j++) {
        V sum = zero;
        for (size_t k = j; k < p; k++) sum = sum + l[CC_TRI(k, j)] * CC_W(v_load)(g + k * CC_WIDTH);
        at->z[j] = CC_W(v_select)(live, sum, zero);
    }
    V square = CC_W(influence_of)(group->loss, z, scale, CC_W(v_load)(window), &at->slope);
    at->weight = CC_W(v_select)(live, w, zero);
    at->square = CC_W(v_select)(live, square, zero);
    at->least = 0.05 * CC_W(v_load)(group->row + i * CC_WIDTH) / CC_W(v_select)(live, w, CC_W(v_all)(1.0));
}

/* What priors add: rows of their own, `variance` the squared standard deviation of each. NULL: to the bread. */
CC_INLINE void CC_W(add_priors)(const cc_group *group, const V *l, const double *variance, V *a)
{
    size_t p = group->p;
    for (size_t j = 0; j < p; j++) {
        V z[CC_MAX_PARAMS], weight = CC_W(v_load)(group->prior_weight + j * CC_WIDTH);
        for (size_t k = 0; k < p; k++) z[k] = k <= j ? l[CC_TRI(j, k)] : CC_W(v_all)(0.0);
        CC_W(add_square)(p, variance ? weight * CC_W(v_load)(variance) : weight, z, a);
    }
}

/* The bread, inverted; `positive`: with slopes kept above 0. Returns the lanes in which there is one. */
CC_INLINE M CC_W(bake)(const cc_group *group, const V *l, const double *window, bool positive, V *inverse)
{
    size_t p = group->p;
    V a[CC_TRIANGLE], zero = CC_W(v_all)(0.0);
    double packed[CC_TRIANGLE * CC_WIDTH];
    M mask[CC_MAX_PARAMS];
    for (size_t k = 0; k < p * (p + 1) / 2; k++) a[k] = zero;
    for (size_t i = 0; i < group->n; i++) {
        CC_W(point) at;
        CC_W(look)(group, i, l, window, &at);
        V slope = positive ? CC_W(v_max)(at.slope, at.least) : at.slope;
        CC_W(add_square)(p, at.weight * slope, at.z, a);
    }
    CC_W(add_priors)(group, l, NULL, a);
    for (size_t j = 0; j < p; j++) mask[j] = V_LT(zero, l[CC_TRI(j, j)]);
    for (size_t k = 0; k < p * (p + 1) / 2; k++) CC_W(v_store)(packed + k * CC_WIDTH, a[k]);
    return CC_W(invert)(p, packed, mask, inverse);
}

/* out = a b a, for symmetric packed a and b */
CC_INLINE void CC_W(sandwich)(size_t p, const V *a, const V *b, V *out)
{
    V half[CC_MAX_PARAMS * CC_MAX_PARAMS], zero = CC_W(v_all)(0.0);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            V sum = zero;
            for (size_t k = 0; k < p; k++)
                sum = sum + a[i >= k ? CC_TRI(i, k) : CC_TRI(k, i)] * b[k >= j ? CC_TRI(k, j) : CC_TRI(j, k)];
            half[i * p + j] = sum;
        }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j <= i; j++) {
            V sum = zero;
            for (size_t k = 0; k < p; k++) sum = sum + half[i * p + k] * a[k >= j ? CC_TRI(k, j) : CC_TRI(j, k)];
            out[CC_TRI(i, j)] = sum;
        }
}

/* out = l b l' for lower l and symmetric b, both packed; stored */
CC_INLINE void CC_W(return_to)(size_t p, const V *l, const V *b, double *out)
{
    V zero = CC_W(v_all)(0.0);
    for (size_t i = 0; i < p; i++) {
        V row[CC_MAX_PARAMS];
        for (size_t j = 0; j < p; j++) {
            row[j] = zero;
            for (size_t k = 0; k <= i; k++) row[j] = row[j] + l[CC_TRI(i, k)] * b[k >= j ? CC_TRI(k, j) : CC_TRI(j, k)];
        }
        for (size_t j = 0; j <= i; j++) {
            V sum = zero;
            for (size_t k = 0; k <= j; k++) sum = sum + row[k] * l[CC_TRI(j, k)];
            CC_W(v_store)(out + CC_TRI(i, j) * CC_WIDTH, sum);
        }
    }
}

/* What lies in the sandwich; slopes are kept above 0 in the lanes of `positive`. Returns those in which no point is nearly all of
 * itself. */
CC_INLINE M CC_W(fill)(const cc_group *group, const V *l, const double *window, M positive, const V *bread, V *meat)
{
    size_t p = group->p;
    V zero = CC_W(v_all)(0.0), least = CC_W(v_all)(1.0);
    for (size_t k = 0; k < p * (p + 1) / 2; k++) meat[k] = zero;
    for (size_t i = 0; i < group->n; i++) {
        CC_W(point) at;
        V leverage = zero;
        CC_W(look)(group, i, l, window, &at);
        V slope = CC_W(v_select)(positive, CC_W(v_max)(at.slope, at.least), at.slope);
        for (size_t j = 0; j < p; j++) {
            V sum = zero;
            for (size_t k = 0; k < j; k++) sum = sum + bread[CC_TRI(j, k)] * at.z[k];
            leverage = leverage + at.z[j] * (2.0 * sum + bread[CC_TRI(j, j)] * at.z[j]);
        }
        V rest = 1.0 - at.weight * slope * leverage;
        least = CC_W(v_select)(V_LT(rest, least), rest, least);
        /* without a point that is all of itself there is no estimate */
        rest = CC_W(v_select)(V_LT(CC_W(v_all)(1e-9), rest), rest, CC_W(v_all)(NAN));
        CC_W(add_square)(p, at.weight * at.square / (rest * rest), at.z, meat);
    }
    return V_LT(CC_W(v_all)(NEARLY_ALL), least);
}

static void CC_W(cc_robust)(const cc_group *group, const double *window, const double *prior_variance, double *inverse)
{
    size_t p = group->p;
    V l[CC_TRIANGLE], bread[CC_TRIANGLE], other[CC_TRIANGLE], meat[CC_TRIANGLE], product[CC_TRIANGLE];
    V zero = CC_W(v_all)(0.0);
    CC_W(root_of)(p, inverse, l);
    M good = CC_W(bake)(group, l, window, false, bread);
    good = good & CC_W(fill)(group, l, window, V_LT(zero, zero), bread, meat);
    /* slopes below 0, which Cauchy's loss has, may leave little of the bread */
    if (CC_W(v_any)(~good)) {
        CC_W(bake)(group, l, window, true, other);
        for (size_t k = 0; k < p * (p + 1) / 2; k++) bread[k] = CC_W(v_select)(good, bread[k], other[k]);
        CC_W(fill)(group, l, window, ~good, bread, meat);
    }
    CC_W(add_priors)(group, l, prior_variance, meat);
    CC_W(sandwich)(p, bread, meat, product);
    CC_W(return_to)(p, l, product, inverse);
}

#else

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fit/fitter.h"

/* What is left of 1 besides the leverage of a point that is nearly all of itself. */
static const double NEARLY_ALL = 0.05;

#define CC_WIDTH_FILE "fit/robust.c"
#include "widths.h"

static void (*const table[CC_WIDTHS])(const cc_group *, const double *, const double *,
                                      double *) = CC_EACH_WIDTH(cc_robust);

double cc_tuning(cc_loss loss)
{
    static const double tuning[] = {[CC_LINEAR] = 1, [CC_HUBER] = 1.345, [CC_SOFT_L1] = 1.2871, [CC_CAUCHY] = 2.3849};
    return tuning[loss];
}

/* The value that would stand at `at` if they were sorted; no larger ones before it, no smaller ones after (Hoare 1961). */
static double select_in(double *value, size_t m, size_t at)
{
    size_t low = 0, high = m - 1;
    while (low < high) {
        double pivot = value[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;; i++, j--) {
            while (value[i] < pivot) i++;
            while (pivot < value[j]) j--;
            if (i >= j) break;
            double held = value[i];
            value[i] = value[j];
            value[j] = held;
        }
        if (at <= j)
            high = j < high ? j : high - 1;
        else
            low = j + 1;
    }
    return value[at];
}

double cc_spread(double *residual, size_t m, size_t k, double size)
{
    size_t least = k < m ? k : m - 1, rest = m - least, middle = least + rest / 2;
    for (size_t i = 0; i < m; i++)
        if (!(residual[i] < INFINITY)) residual[i] = INFINITY;
    double median = select_in(residual, m, middle);
    if (rest % 2 == 0) {
        double before = residual[0];
        for (size_t i = 1; i < middle; i++) before = residual[i] > before ? residual[i] : before;
        median = (median + before) / 2;
    }
    return fmax(1.4826 * median, CC_ROUNDING * size);
}

double cc_corner(double scale, double spread, size_t n)
{
    return fmax(scale, 1.84 * spread * pow((double)n, -0.2));
}

void cc_robust_covariance(cc_fitter *fitter, const double *theta, cc_factor *factor)
{
    const cc_group *group = &fitter->full;
    size_t p = group->p, width = (size_t)fitter->width;
    double a[CC_TRIANGLE * CC_MAX_WIDTH], b[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
    double window[CC_MAX_WIDTH], prior_variance[CC_MAX_WIDTH] = {0};
    cc_normal_table[width / 2](group, theta, a, b, objective);
    for (size_t lane = 0; lane < width; lane++) {
        const cc_lane *own = &fitter->lane[lane];
        window[lane] = group->loss_scale[lane];
        if (group->loss == CC_HUBER) {
            double spread = isnan(fitter->options.loss_scale) ? window[lane] / cc_tuning(CC_HUBER)
                                                              : cc_lane_spread(fitter, (int)lane);
            window[lane] = cc_corner(window[lane], spread, own->n_used);
        }
        for (size_t j = 0; j < p; j++)
            if (own->prior_sd[j] > 0)
                prior_variance[lane] = group->prior_weight[j * width + lane] * own->prior_sd[j] * own->prior_sd[j];
    }
    table[width / 2](group, window, prior_variance, factor->inverse);
    /* what rounding has left of parameters that cannot be told apart is no variance */
    for (size_t lane = 0; lane < width; lane++) {
        bool negative = false;
        for (size_t j = 0; j < p; j++) negative = negative || factor->inverse[CC_TRI(j, j) * width + lane] < 0;
        for (size_t k = 0; k < p * (p + 1) / 2 && negative; k++) factor->inverse[k * width + lane] = NAN;
    }
}

#endif
