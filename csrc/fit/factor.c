// SPDX-License-Identifier: GPL-3.0-or-later
/* factor.c - QR of the weighted Jacobian at a solution: what finish.c gives, where parameters offset each other.
 *
 * Modified Gram-Schmidt on the column-scaled Jacobian with the residual as last column, which gives the Gauss-Newton step without
 * forming J'J (Björck 1967). Columns outside the free set are zero and stay so.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* Weighted rows in place: group->g becomes sqrt(w) J with the columns of the free set, group->f sqrt(w) r. */
static void CC_W(weigh_rows)(const cc_group *group, const double *row, const M *mask)
{
    size_t p = group->p;
    V zero = CC_W(v_all)(0.0);
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_sqrt)(CC_W(v_load)(row + i * CC_WIDTH));
        M live = V_LT(zero, w);
        double *f = group->f + i * CC_WIDTH;
        CC_W(v_store)(f, CC_W(v_select)(live, w * (CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(f)), zero));
        for (size_t j = 0; j < p; j++) {
            double *g = group->g + (i * p + j) * CC_WIDTH;
            CC_W(v_store)(g, CC_W(v_select)(live & mask[j], w * CC_W(v_load)(g), zero));
        }
    }
}

/* Product of column j with column k (k == p: the residual), prior rows included. */
CC_INLINE V CC_W(dot)(const cc_group *group, const V (*prior)[CC_MAX_PARAMS + 1], size_t n_prior, size_t j, size_t k)
{
    size_t p = group->p;
    V sum = CC_W(v_all)(0.0);
    for (size_t i = 0; i < group->n; i++) {
        const double *g = group->g + i * p * CC_WIDTH;
        V other = CC_W(v_load)(k == p ? group->f + i * CC_WIDTH : g + k * CC_WIDTH);
        sum = sum + CC_W(v_load)(g + j * CC_WIDTH) * other;
    }
    for (size_t i = 0; i < n_prior; i++) sum = sum + prior[i][j] * prior[i][k];
    return sum;
}

/* column k -= factor * column j */
CC_INLINE void CC_W(sweep)(const cc_group *group, V (*prior)[CC_MAX_PARAMS + 1], size_t n_prior, size_t j, size_t k,
                           V factor)
{
    size_t p = group->p;
    for (size_t i = 0; i < group->n; i++) {
        double *g = group->g + i * p * CC_WIDTH;
        double *at = k == p ? group->f + i * CC_WIDTH : g + k * CC_WIDTH;
        CC_W(v_store)(at, CC_W(v_load)(at) - factor * CC_W(v_load)(g + j * CC_WIDTH));
    }
    for (size_t i = 0; i < n_prior; i++) prior[i][k] = prior[i][k] - factor * prior[i][j];
}

CC_INLINE void CC_W(scale_column)(const cc_group *group, V (*prior)[CC_MAX_PARAMS + 1], size_t n_prior, size_t j,
                                  V factor)
{
    for (size_t i = 0; i < group->n; i++) {
        double *at = group->g + (i * group->p + j) * CC_WIDTH;
        CC_W(v_store)(at, CC_W(v_load)(at) * factor);
    }
    for (size_t i = 0; i < n_prior; i++) prior[i][j] = prior[i][j] * factor;
}

/* One over a length, 0 where it is 0. */
CC_INLINE V CC_W(inverse_length)(V length)
{
    V zero = CC_W(v_all)(0.0);
    return CC_W(v_select)(V_LT(zero, length), 1.0 / length, zero);
}

/* Lag-one autocorrelation of the weighted residuals in group->f, and its size in standard deviations of white noise. */
static void CC_W(correlate)(const cc_group *group, double *out)
{
    V zero = CC_W(v_all)(0.0), before = zero, products = zero, squares = zero, count = zero;
    for (size_t i = 0; i < group->n; i++) {
        V r = CC_W(v_load)(group->f + i * CC_WIDTH);
        M live = V_LT(zero, CC_W(v_load)(group->w + i * CC_WIDTH));
        products = products + before * r;
        squares = squares + r * r;
        before = CC_W(v_select)(live, r, before);
        count = count + CC_W(v_select)(live, CC_W(v_all)(1.0), zero);
    }
    V value = CC_W(v_select)(V_LT(zero, squares), products / squares * CC_W(v_sqrt)(count), zero);
    CC_W(v_store)(out, value);
}

/* Inverse of the upper factor R (unit columns), packed by columns like R; a pivot of 0 counts as rounding. Columns outside
 * the free set are 0. */
static void CC_W(invert_upper)(size_t p, const V *r, const V *norm, V *inverse)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    for (size_t column = 0; column < p; column++)
        for (size_t row = column + 1; row-- > 0;) {
            V sum = row == column ? one : zero;
            for (size_t k = row + 1; k <= column; k++) sum = sum - r[CC_TRI(k, row)] * inverse[CC_TRI(column, k)];
            M live = V_LT(zero, norm[column]) & V_LT(zero, norm[row]);
            V pivot = CC_W(v_max)(r[CC_TRI(row, row)], CC_W(v_all)(1e-16));
            inverse[CC_TRI(column, row)] = CC_W(v_select)(live, sum / pivot, zero);
        }
}

static void CC_W(cc_factorise)(const cc_group *group, const double *theta, cc_factor *out)
{
    size_t p = group->p, n_prior = 0;
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH];
    V zero = CC_W(v_all)(0.0), prior[CC_MAX_PARAMS][CC_MAX_PARAMS + 1];
    M mask[CC_MAX_PARAMS];
    cc_normal_table[CC_WIDTH / 2](group, theta, a, b, out->objective);
    for (size_t j = 0; j < p; j++) {
        V at = CC_W(v_load)(theta + j * CC_WIDTH), right = CC_W(v_load)(b + j * CC_WIDTH);
        V lower = CC_W(v_load)(group->lower + j * CC_WIDTH), upper = CC_W(v_load)(group->upper_bound + j * CC_WIDTH);
        M pressed = (V_LE(at, lower) & V_LE(right, zero)) | (V_LE(upper, at) & V_LE(zero, right));
        mask[j] = V_LT(lower, upper) & ~pressed;
        V weight = CC_W(v_load)(group->prior_weight + j * CC_WIDTH);
        if (CC_W(v_any)(V_LT(zero, weight))) {
            for (size_t k = 0; k <= p; k++) prior[n_prior][k] = zero;
            prior[n_prior][j] = CC_W(v_select)(mask[j], CC_W(v_sqrt)(weight), zero);
            prior[n_prior++][p] = CC_W(v_sqrt)(weight) * (CC_W(v_load)(group->prior_mean + j * CC_WIDTH) - at);
        }
    }
    bool own_rows = group->loss != CC_LINEAR || group->map == CC_MAP_LEVEL_BINOMIAL;
    CC_W(weigh_rows)(group, own_rows ? group->row : group->w, mask);
    CC_W(correlate)(group, out->autocorrelation);
    V projection[CC_MAX_PARAMS], decrement = zero, norm[CC_MAX_PARAMS], r[CC_TRIANGLE], inverse[CC_TRIANGLE];
    for (size_t j = 0; j < p; j++) {
        norm[j] = CC_W(v_sqrt)(CC_W(dot)(group, prior, n_prior, j, j));
        CC_W(scale_column)(group, prior, n_prior, j, CC_W(inverse_length)(norm[j]));
    }
    for (size_t j = 0; j < p; j++) {
        V length = CC_W(v_sqrt)(CC_W(dot)(group, prior, n_prior, j, j));
        /* what is left of a column that the others make up is rounding, and no direction */
        length = CC_W(v_select)(V_LT(length, CC_W(v_all)(DEPENDENT)), zero, length);
        r[CC_TRI(j, j)] = length;
        CC_W(scale_column)(group, prior, n_prior, j, CC_W(inverse_length)(length));
        for (size_t k = j + 1; k <= p; k++) {
            V factor = CC_W(dot)(group, prior, n_prior, j, k);
            if (k < p)
                r[CC_TRI(k, j)] = factor;
            else
                projection[j] = factor;
            CC_W(sweep)(group, prior, n_prior, j, k, factor);
        }
        decrement = decrement + projection[j] * projection[j];
    }
    CC_W(v_store)(out->decrement, decrement);
    CC_W(invert_upper)(p, r, norm, inverse);
    for (size_t j = 0; j < p; j++) {
        V step = zero, inflation = zero, scale = CC_W(inverse_length)(norm[j]);
        for (size_t k = j; k < p; k++) {
            V entry = inverse[CC_TRI(k, j)];
            step = step + entry * projection[k];
            inflation = inflation + entry * entry;
        }
        CC_W(v_store)(out->step + j * CC_WIDTH, step * scale);
        CC_W(v_store)(out->inflation + j * CC_WIDTH, inflation);
        for (size_t i = 0; i <= j; i++) {
            V sum = zero;
            for (size_t k = j; k < p; k++) sum = sum + inverse[CC_TRI(k, j)] * inverse[CC_TRI(k, i)];
            CC_W(v_store)(out->inverse + CC_TRI(j, i) * CC_WIDTH, sum * scale * CC_W(inverse_length)(norm[i]));
        }
    }
    /* leverages are row sums of squares of Q; residuals have their projection taken out, as they should */
    V largest = zero, total = zero;
    for (size_t i = 0; i < group->n; i++) {
        V residual = CC_W(v_load)(group->f + i * CC_WIDTH);
        total = total + residual * residual;
    }
    for (size_t i = 0; i < group->n; i++) {
        V leverage = zero, residual = CC_W(v_load)(group->f + i * CC_WIDTH);
        for (size_t j = 0; j < p; j++) {
            V q = CC_W(v_load)(group->g + (i * p + j) * CC_WIDTH);
            leverage = leverage + q * q;
        }
        largest = CC_W(v_max)(largest, CC_W(influence)(total, residual * residual, leverage));
    }
    CC_W(v_store)(out->influence, largest);
}

#else

#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"

/* Length below which a column of length 1, less what the columns before it explain, is nothing. */
static const double DEPENDENT = 1e-13;

#define CC_WIDTH_FILE "fit/factor.c"
#include "widths.h"

const cc_factor_fn cc_factorise_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_factorise);

#endif
