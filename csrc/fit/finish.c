// SPDX-License-Identifier: GPL-3.0-or-later
/* finish.c - covariance, Gauss-Newton step and diagnostics at a solution, from the normal equations.
 *
 * Good to cond^2 rounding errors, so lanes whose parameters offset each other are left to the QR of factor.c.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* Influence of the most influential point and the autocorrelation, from the rows that stand in the group. */
CC_INLINE void CC_W(diagnose)(const cc_group *group, size_t p, const size_t *at, const double *row, const V *inverse,
                              cc_factor *out)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    V before = zero, products = zero, squares = zero, count = zero, largest = zero, total = zero;
    for (size_t i = 0; i < group->n; i++) {
        V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);
        total = total + CC_W(v_load)(row + i * CC_WIDTH) * r * r;
    }
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(row + i * CC_WIDTH);
        V r = CC_W(v_load)(group->y + i * CC_WIDTH) - CC_W(v_load)(group->f + i * CC_WIDTH);
        V leverage = zero;
        const double *g = group->g + i * group->p * CC_WIDTH;
        for (size_t j = 0; j < p; j++) {
            V gj = CC_W(v_load)(g + at[j] * CC_WIDTH), sum = zero;
            for (size_t k = 0; k < j; k++) sum = sum + inverse[CC_TRI(j, k)] * CC_W(v_load)(g + at[k] * CC_WIDTH);
            leverage = leverage + gj * (2.0 * sum + inverse[CC_TRI(j, j)] * gj);
        }
        largest = CC_W(v_max)(largest, CC_W(influence)(total, w * r * r, leverage * w));
        M live = V_LT(zero, w);
        products = products + CC_W(v_select)(live, before * r, zero);
        squares = squares + CC_W(v_select)(live, r * r, zero);
        before = CC_W(v_select)(live, r, before);
        count = count + CC_W(v_select)(live, one, zero);
    }
    V value = CC_W(v_select)(V_LT(zero, squares), products / squares * CC_W(v_sqrt)(count), zero);
    CC_W(v_store)(out->autocorrelation, value);
    CC_W(v_store)(out->influence, largest);
}

/* What is known of the p parameters `at` that move; their number comes apart so that the compiler can know it. */
CC_INLINE void CC_W(finish)(const cc_group *group, size_t p, const size_t *at, const double *theta, cc_factor *out)
{
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH], packed[CC_TRIANGLE * CC_WIDTH];
    V zero = CC_W(v_all)(0.0), inverse[CC_TRIANGLE], right[CC_MAX_PARAMS], decrement = zero;
    M mask[CC_MAX_PARAMS];
    cc_normal_table[CC_WIDTH / 2](group, theta, a, b, out->objective);
    for (size_t j = 0; j < p; j++) {
        size_t e = at[j] * CC_WIDTH;
        V own = CC_W(v_load)(theta + e), lower = CC_W(v_load)(group->lower + e);
        V upper = CC_W(v_load)(group->upper_bound + e);
        right[j] = CC_W(v_load)(b + e);
        M pressed = (V_LE(own, lower) & V_LE(right[j], zero)) | (V_LE(upper, own) & V_LE(zero, right[j]));
        for (size_t k = 0; k <= j; k++)
            CC_W(v_store)(packed + CC_TRI(j, k) * CC_WIDTH, CC_W(v_load)(a + CC_TRI(at[j], at[k]) * CC_WIDTH));
        V diagonal = CC_W(v_load)(packed + CC_TRI(j, j) * CC_WIDTH);
        mask[j] = V_LT(lower, upper) & ~pressed & V_LT(zero, diagonal);
    }
    CC_W(invert)(p, packed, mask, inverse);
    for (size_t j = 0; j < p; j++) {
        V step = zero;
        for (size_t k = 0; k < p; k++) step = step + inverse[j >= k ? CC_TRI(j, k) : CC_TRI(k, j)] * right[k];
        step = CC_W(v_select)(mask[j], step, zero);
        decrement = decrement + step * right[j];
        CC_W(v_store)(out->step + at[j] * CC_WIDTH, step);
        V diagonal = CC_W(v_load)(packed + CC_TRI(j, j) * CC_WIDTH);
        CC_W(v_store)(out->inflation + at[j] * CC_WIDTH,
                      CC_W(v_select)(mask[j], diagonal * inverse[CC_TRI(j, j)], zero));
        for (size_t k = 0; k <= j; k++)
            CC_W(v_store)(out->inverse + CC_TRI(at[j], at[k]) * CC_WIDTH,
                          CC_W(v_select)(mask[j] & mask[k], inverse[CC_TRI(j, k)], zero));
    }
    CC_W(v_store)(out->decrement, decrement);
    bool own_rows = group->loss != CC_LINEAR || group->map == CC_MAP_LEVEL_BINOMIAL;
    CC_W(diagnose)(group, p, at, own_rows ? group->row : group->w, inverse, out);
}

static void CC_W(cc_finish)(const cc_group *group, const double *theta, cc_factor *out)
{
    size_t at[CC_MAX_PARAMS], p = 0, all = group->p;
    for (size_t j = 0; j < all; j++)
        if (CC_W(v_any)(CC_W(open_in)(group, j))) at[p++] = j;
    if (p < all) {
        memset(out->inverse, 0, all * (all + 1) / 2 * CC_WIDTH * sizeof *out->inverse);
        memset(out->inflation, 0, all * CC_WIDTH * sizeof *out->inflation);
        memset(out->step, 0, all * CC_WIDTH * sizeof *out->step);
    }
    switch (p) {
    case 2:
        CC_W(finish)(group, 2, at, theta, out);
        break;
    case 3:
        CC_W(finish)(group, 3, at, theta, out);
        break;
    case 4:
        CC_W(finish)(group, 4, at, theta, out);
        break;
    case 5:
        CC_W(finish)(group, 5, at, theta, out);
        break;
    case 6:
        CC_W(finish)(group, 6, at, theta, out);
        break;
    default:
        CC_W(finish)(group, p, at, theta, out);
    }
}

#else

#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"
#define CC_WIDTH_FILE "fit/finish.c"
#include "widths.h"

const cc_factor_fn cc_finish_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_finish);

#endif
