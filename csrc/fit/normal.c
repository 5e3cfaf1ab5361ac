// SPDX-License-Identifier: GPL-3.0-or-later
/* normal.c - one pass over the points: curve values to normal equations, for series side by side.
 *
 * A = J'WJ, b = J'Wr and the objective r'Wr, where J and r are on the scale of the error model and W holds the weights
 * and those of the robust loss. No sums run across lanes.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* Kernel values to the scale of the residuals, in place; the gradient by the chain rule. */
static void CC_W(apply_map)(const cc_group *group)
{
    size_t n = group->n, p = group->p;
    double *f = group->f, *g = group->g;
    for (size_t i = 0; i < n; i++) {
        V value = CC_W(v_load)(f + i * CC_WIDTH), mapped, factor;
        switch (group->map) {
        case CC_MAP_LOG:
            mapped = CC_W(v_log)(value);
            factor = 1.0 / value;
            break;
        case CC_MAP_EXP:
            mapped = factor = CC_W(v_exp)(value);
            break;
        case CC_MAP_LOGIT: {
            V rest = group->upper - value;
            mapped = CC_W(v_log)(value / rest);
            factor = group->upper / (value * rest);
            break;
        }
        case CC_MAP_LOGIT_OF_EXP: {
            V rest = group->upper - CC_W(v_exp)(value);
            mapped = value - CC_W(v_log)(rest);
            factor = group->upper / rest;
            break;
        }
        default:
            return;
        }
        CC_W(v_store)(f + i * CC_WIDTH, mapped);
        for (size_t j = 0; j < p; j++) {
            double *at = g + (i * p + j) * CC_WIDTH;
            CC_W(v_store)(at, CC_W(v_load)(at) * factor);
        }
    }
}

/* Share of its weight that a row keeps in A where its loss curves the other way. */
#ifndef CC_LEAST_CURVATURE
#define CC_LEAST_CURVATURE 0.05
#endif

/* A robust loss in units of the scale squared; z = w r^2 / scale^2. The weight of the row is the derivative rho'(z), its
 * curvature rho' + 2 z rho'' (Triggs et al. 2000), kept positive. */
CC_INLINE V CC_W(loss)(cc_loss loss, V z, V *weight, V *curvature)
{
    V one = CC_W(v_all)(1.0), value;
    if (loss == CC_HUBER) {
        M inside = V_LE(z, one);
        V root = CC_W(v_sqrt)(z);
        *weight = CC_W(v_select)(inside, one, 1.0 / root);
        *curvature = CC_W(v_select)(inside, one, CC_W(v_all)(0.0));
        value = CC_W(v_select)(inside, z, 2.0 * root - 1.0);
    } else if (loss == CC_SOFT_L1) {
        V root = CC_W(v_sqrt)(1.0 + z);
        *weight = 1.0 / root;
        *curvature = *weight / (1.0 + z);
        value = 2.0 * z / (root + 1.0);
    } else {
        *weight = 1.0 / (1.0 + z);
        *curvature = (1.0 - z) * *weight * *weight;
        /* ln(1 + z), the error of 1 + z divided out */
        V sum = 1.0 + z, part = sum - 1.0;
        M tiny = V_LE(part, CC_W(v_all)(0.0)), large = V_LT(one, z);
        V ratio = CC_W(v_select)(tiny | large, one, z / CC_W(v_select)(tiny, one, part));
        value = CC_W(v_select)(tiny, z, CC_W(v_log)(sum) * ratio);
    }
    *curvature = CC_W(v_max)(*curvature, CC_LEAST_CURVATURE * *weight);
    return value;
}

/* Row weights for a robust loss into group->row, curvatures into group->curvature; returns the objective. */
static V CC_W(robust_rows)(const cc_group *group)
{
    V scale = CC_W(v_load)(group->loss_scale), total = CC_W(v_all)(0.0), zero = CC_W(v_all)(0.0);
    V scale2 = scale * scale;
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(group->w + i * CC_WIDTH);
        V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);
        V weight, curvature, z = w * r * r / scale2;
        V rho = CC_W(loss)(group->loss, z, &weight, &curvature);
        M live = V_LT(zero, w);
        total = total + CC_W(v_select)(live, scale2 * rho, zero);
        CC_W(v_store)(group->row + i * CC_WIDTH, CC_W(v_select)(live, w * weight, zero));
        CC_W(v_store)(group->curvature + i * CC_WIDTH, CC_W(v_select)(live, w * curvature, zero));
    }
    return total;
}

/* Binomial: Fisher scoring, deviance as objective; y is a share of `upper`, w the number of trials. */
static V CC_W(binomial_rows)(const cc_group *group)
{
    V total = CC_W(v_all)(0.0), zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(group->w + i * CC_WIDTH), y = CC_W(v_load)(group->y + i * CC_WIDTH) / group->upper;
        V f = CC_W(v_load)(group->f + i * CC_WIDTH) / group->upper;
        V hit = CC_W(v_select)(V_LT(zero, y), y * CC_W(v_log)(y / f), zero);
        V miss = CC_W(v_select)(V_LT(y, one), (1.0 - y) * CC_W(v_log)((1.0 - y) / (1.0 - f)), zero);
        M live = V_LT(zero, w);
        total = total + CC_W(v_select)(live, 2.0 * w * (hit + miss), zero);
        V row = w / (f * (1.0 - f) * (group->upper * group->upper));
        CC_W(v_store)(group->row + i * CC_WIDTH, CC_W(v_select)(live, row, zero));
    }
    return total;
}

/* Rows FROM to TO - 1 of the sums over the columns `at`, both known to the compiler, so that the sums stay in registers. */
#define ROWS(FROM, TO)                                                                                                 \
    static V CC_W(rows_##FROM##_##TO)(const cc_group *group, const double *row, const double *curved,                  \
                                      const size_t *at, double *a, double *b)                                          \
    {                                                                                                                  \
        V sum[CC_TRI(TO, 0) - CC_TRI(FROM, 0)], right[(TO) - (FROM)], total = CC_W(v_all)(0.0);                        \
        for (int k = 0; k < CC_TRI(TO, 0) - CC_TRI(FROM, 0); k++) sum[k] = CC_W(v_all)(0.0);                           \
        for (int j = FROM; j < (TO); j++) right[j - (FROM)] = CC_W(v_all)(0.0);                                        \
        for (size_t i = 0; i < group->n; i++) {                                                                        \
            V w = CC_W(v_load)(row + i * CC_WIDTH), k2 = CC_W(v_load)(curved + i * CC_WIDTH), g[TO];                   \
            V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);                       \
            V wr = w * r;                                                                                              \
            total = total + wr * r;                                                                                    \
            for (int j = 0; j < (TO); j++) g[j] = CC_W(v_load)(group->g + (i * group->p + at[j]) * CC_WIDTH);          \
            for (int j = FROM; j < (TO); j++) {                                                                        \
                V wg = k2 * g[j];                                                                                      \
                right[j - (FROM)] = right[j - (FROM)] + wr * g[j];                                                     \
                for (int k = 0; k <= j; k++)                                                                           \
                    sum[CC_TRI(j, k) - CC_TRI(FROM, 0)] = sum[CC_TRI(j, k) - CC_TRI(FROM, 0)] + wg * g[k];             \
            }                                                                                                          \
        }                                                                                                              \
        for (int j = FROM; j < (TO); j++) {                                                                            \
            CC_W(v_store)(b + at[j] * CC_WIDTH, right[j - (FROM)]);                                                    \
            for (int k = 0; k <= j; k++)                                                                               \
                CC_W(v_store)(a + CC_TRI(at[j], at[k]) * CC_WIDTH, sum[CC_TRI(j, k) - CC_TRI(FROM, 0)]);               \
        }                                                                                                              \
        return total;                                                                                                  \
    }
ROWS(0, 1)
ROWS(0, 2)
ROWS(0, 3)
ROWS(0, 4)
ROWS(0, 5)
ROWS(4, 6)
ROWS(6, 7)
ROWS(6, 8)
ROWS(8, 9)
ROWS(9, 10)
ROWS(10, 11)
ROWS(11, 12)

/* Row j where it is longer than any above. */
static void CC_W(long_row)(const cc_group *group, const double *row, const double *curved, const size_t *at, size_t j,
                           double *a, double *b)
{
    V right = CC_W(v_all)(0.0);
    double *of = a + CC_TRI(at[j], 0) * CC_WIDTH;
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(row + i * CC_WIDTH), k2 = CC_W(v_load)(curved + i * CC_WIDTH);
        V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);
        const double *g = group->g + i * group->p * CC_WIDTH;
        V gj = CC_W(v_load)(g + at[j] * CC_WIDTH), wg = k2 * gj;
        right = right + w * r * gj;
        for (size_t k = 0; k <= j; k++) {
            double *to = of + at[k] * CC_WIDTH;
            CC_W(v_store)(to, CC_W(v_load)(to) + wg * CC_W(v_load)(g + at[k] * CC_WIDTH));
        }
    }
    CC_W(v_store)(b + at[j] * CC_WIDTH, right);
}

/* What is left where nothing is estimated. */
static V CC_W(left)(const cc_group *group, const double *row)
{
    V total = CC_W(v_all)(0.0);
    for (size_t i = 0; i < group->n; i++) {
        V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);
        total = total + CC_W(v_load)(row + i * CC_WIDTH) * r * r;
    }
    return total;
}

/* As many rows at a time as registers hold. */
static V CC_W(all_rows)(const cc_group *group, const double *row, const double *curved, const size_t *at, size_t count,
                        double *a, double *b)
{
    typedef V rows_fn(const cc_group *, const double *, const double *, const size_t *, double *, double *);
    static rows_fn *const first[] = {CC_W(rows_0_1), CC_W(rows_0_2), CC_W(rows_0_3), CC_W(rows_0_4), CC_W(rows_0_5)};
    static rows_fn *const pair[] = {CC_W(rows_4_6), CC_W(rows_6_8)};
    static rows_fn *const single[] = {CC_W(rows_6_7),  NULL, CC_W(rows_8_9), CC_W(rows_9_10), CC_W(rows_10_11),
                                      CC_W(rows_11_12)};
    size_t j = count <= 5 ? count : 4;
    V total = j > 0 ? first[j - 1](group, row, curved, at, a, b) : CC_W(left)(group, row);
    for (; j + 2 <= count && j < 8; j += 2) pair[(j - 4) / 2](group, row, curved, at, a, b);
    for (; j < count && j < 12; j++) single[j - 6](group, row, curved, at, a, b);
    for (; j < count; j++) CC_W(long_row)(group, row, curved, at, j, a, b);
    return total;
}

/* The sums of the rows over the columns of parameters that are not held; 0 elsewhere, whatever neighbours hold. */
static V CC_W(accumulate)(const cc_group *group, const double *row, const double *curved, double *a, double *b)
{
    size_t p = group->p, at[CC_MAX_PARAMS], count = 0;
    V zero = CC_W(v_all)(0.0), sum;
    M open[CC_MAX_PARAMS];
    bool alike = true;
    for (size_t j = 0; j < p; j++) {
        open[j] = CC_W(open_in)(group, j);
        if (!CC_W(v_any)(open[j])) continue;
        alike = alike && !CC_W(v_any)(~open[j]);
        at[count++] = j;
    }
    if (count < p || count > 12) {
        for (size_t k = 0; k < p * (p + 1) / 2; k++) CC_W(v_store)(a + k * CC_WIDTH, zero);
        for (size_t j = 0; j < p; j++) CC_W(v_store)(b + j * CC_WIDTH, zero);
    }
    sum = CC_W(all_rows)(group, row, curved, at, count, a, b);
    for (size_t j = 0; j < count && !alike; j++) {
        double *right = b + at[j] * CC_WIDTH;
        CC_W(v_store)(right, CC_W(v_select)(open[at[j]], CC_W(v_load)(right), zero));
        for (size_t k = 0; k <= j; k++) {
            double *to = a + CC_TRI(at[j], at[k]) * CC_WIDTH;
            CC_W(v_store)(to, CC_W(v_select)(open[at[j]] & open[at[k]], CC_W(v_load)(to), zero));
        }
    }
    return sum;
}

/* One number of each lane, `apart` from each other. */
CC_INLINE V CC_W(gather)(const double *from, size_t apart)
{
    double lane[CC_WIDTH];
    for (size_t i = 0; i < CC_WIDTH; i++) lane[i] = from[i * apart];
    return CC_W(v_load)(lane);
}

/* Features that a parameter enters are walked anew for every lane; the kernel's derivatives by the features are folded
 * into those by the parameters, and the gradient is packed from (p + nf) to p columns. */
static void CC_W(moving_values)(const cc_group *group, const double *theta)
{
    const cc_curve *curve = group->curve;
    size_t n = group->n, p = group->p, nf = group->n_features, ng = group->n_gradient, apart = p * nf * n;
    double *z = group->feature_gradient + CC_WIDTH * apart;
    double own[CC_MAX_PARAMS] = {0};
    V zero = CC_W(v_all)(0.0);
    bool open[CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++) open[j] = CC_W(v_any)(CC_W(open_in)(group, j));
    memset(group->feature_gradient, 0, CC_WIDTH * apart * sizeof *z);
    for (size_t lane = 0; lane < CC_WIDTH; lane++) {
        for (size_t j = 0; j < p; j++) own[j] = theta[j * CC_WIDTH + lane];
        curve->features(curve, group->raw + lane * curve->r * n, n, own, z, group->feature_gradient + lane * apart);
        /* a dropped point may have no features: any finite number will do there */
        for (size_t k = 0; k < nf; k++)
            for (size_t i = 0; i < n; i++) {
                bool live = group->w[i * CC_WIDTH + lane] > 0;
                group->x[(k * n + i) * CC_WIDTH + lane] = live ? z[k * n + i] : 1;
            }
    }
    curve->values[CC_WIDTH / 2](curve, group->x, n, theta, group->f, group->g, n);
    for (size_t i = 0; i < n; i++) {
        M live = V_LT(zero, CC_W(v_load)(group->w + i * CC_WIDTH));
        const double *from = group->g + i * ng * CC_WIDTH;
        double *to = group->g + i * p * CC_WIDTH;
        V by_feature[CC_MAX_FEATURES];
        for (size_t k = 0; k < nf; k++) by_feature[k] = CC_W(v_load)(from + (p + k) * CC_WIDTH);
        for (size_t j = 0; j < p; j++) {
            V sum = CC_W(v_load)(from + j * CC_WIDTH);
            for (size_t k = 0; k < nf && open[j]; k++) {
                V slope = CC_W(gather)(group->feature_gradient + (j * nf + k) * n + i, apart);
                sum = sum + CC_W(v_select)(live, by_feature[k] * slope, zero);
            }
            CC_W(v_store)(to + j * CC_WIDTH, sum);
        }
    }
}

static void CC_W(cc_normal)(const cc_group *group, const double *theta, double *a, double *b, double *objective)
{
    const cc_curve *curve = group->curve;
    if (curve->flags & CC_FEATURES_MOVE)
        CC_W(moving_values)(group, theta);
    else
        curve->values[CC_WIDTH / 2](curve, group->x, group->n, theta, group->f, group->g, group->n);
    if (group->map != CC_MAP_SAME && group->map != CC_MAP_LEVEL_BINOMIAL) CC_W(apply_map)(group);
    const double *row = group->w;
    V total = CC_W(v_all)(0.0), sum;
    bool own_total = true;
    if (group->map == CC_MAP_LEVEL_BINOMIAL)
        total = CC_W(binomial_rows)(group), row = group->row;
    else if (group->loss != CC_LINEAR)
        total = CC_W(robust_rows)(group), row = group->row;
    else
        own_total = false;
    const double *curved = group->loss != CC_LINEAR && group->curved ? group->curvature : row;
    sum = CC_W(accumulate)(group, row, curved, a, b);
    if (!own_total) total = sum;
    for (size_t j = 0; j < group->p; j++) {
        V weight = CC_W(v_load)(group->prior_weight + j * CC_WIDTH);
        if (!CC_W(v_any)(V_LT(CC_W(v_all)(0.0), weight))) continue;
        V off = CC_W(v_load)(group->prior_mean + j * CC_WIDTH) - CC_W(v_load)(theta + j * CC_WIDTH);
        double *diagonal = a + CC_TRI(j, j) * CC_WIDTH, *right = b + j * CC_WIDTH;
        CC_W(v_store)(diagonal, CC_W(v_load)(diagonal) + weight);
        CC_W(v_store)(right, CC_W(v_load)(right) + weight * off);
        total = total + weight * off * off;
    }
    CC_W(v_store)(objective, total);
}

#else

#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"
#define CC_WIDTH_FILE "fit/normal.c"
#include "widths.h"

const cc_normal_fn cc_normal_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_normal);

#endif
