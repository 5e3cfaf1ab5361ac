// SPDX-License-Identifier: GPL-3.0-or-later
/* small.h - small dense algebra in lanes: square roots, and a step inside a box. */
CC_INLINE V CC_W(v_sqrt)(V a)
{
#if CC_WIDTH == 4
    return __builtin_ia32_sqrtpd256(a);
#endif
    double lane[CC_WIDTH];
    memcpy(lane, &a, sizeof a);
    for (int i = 0; i < CC_WIDTH; i++) lane[i] = __builtin_sqrt(lane[i]);
    V root;
    memcpy(&root, lane, sizeof root);
    return root;
}

/* The lanes in which parameter j is not held. */
CC_INLINE M CC_W(open_in)(const cc_group *group, size_t j)
{
    return V_LT(CC_W(v_load)(group->lower + j * CC_WIDTH), CC_W(v_load)(group->upper_bound + j * CC_WIDTH));
}

/* Solves (A + diag(extra)) step = b on the parameters whose mask is set; the others' steps stand as given in `step`
 * and are moved to the right-hand side. L D L' without square roots. Returns the lanes in which every pivot was positive. */
CC_INLINE M CC_W(solve_masked)(size_t p, const double *a, const V *extra, const double *b, const M *mask, V *step)
{
    V l[CC_TRIANGLE], d[CC_MAX_PARAMS], zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    M good = V_LE(zero, zero);
    V right[CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++) {
        V sum = CC_W(v_load)(b + j * CC_WIDTH);
        for (size_t k = 0; k < p; k++) {
            V entry = CC_W(v_load)(a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH);
            sum = sum - CC_W(v_select)(mask[k], zero, entry * step[k]);
        }
        right[j] = CC_W(v_select)(mask[j], sum, zero);
    }
    for (size_t j = 0; j < p; j++) {
        V diagonal = CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH);
        V pivot = diagonal + extra[j];
        for (size_t k = 0; k < j; k++) pivot = pivot - l[CC_TRI(j, k)] * l[CC_TRI(j, k)] * d[k];
        /* a pivot lost to rounding is no pivot */
        M fine = V_LT(diagonal * 1e-15, pivot);
        good = good & (fine | ~mask[j]);
        d[j] = CC_W(v_select)(mask[j] & fine, pivot, one);
        for (size_t i = j + 1; i < p; i++) {
            V entry = CC_W(v_load)(a + CC_TRI(i, j) * CC_WIDTH);
            for (size_t k = 0; k < j; k++) entry = entry - l[CC_TRI(i, k)] * l[CC_TRI(j, k)] * d[k];
            l[CC_TRI(i, j)] = CC_W(v_select)(mask[i] & mask[j] & fine, entry / d[j], zero);
        }
    }
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < j; k++) right[j] = right[j] - l[CC_TRI(j, k)] * right[k];
    for (size_t j = p; j-- > 0;) {
        V sum = right[j] / d[j];
        for (size_t i = j + 1; i < p; i++) sum = sum - l[CC_TRI(i, j)] * CC_W(v_select)(mask[i], right[i], zero);
        right[j] = sum;
    }
    for (size_t j = 0; j < p; j++) step[j] = CC_W(v_select)(mask[j], right[j], step[j]);
    return good;
}

/* A step inside the box: what would leave it stops at the bound, and the rest is solved again. `mask` is the free set;
 * steps outside it are 0. */
CC_INLINE M CC_W(solve_box)(size_t p, const double *a, const V *extra, const double *b, const V *theta, const V *lower,
                            const V *upper, const M *mask, V *step)
{
    V zero = CC_W(v_all)(0.0);
    M inner[CC_MAX_PARAMS], good = V_LE(zero, zero);
    for (size_t j = 0; j < p; j++) {
        inner[j] = mask[j];
        step[j] = zero;
    }
    for (size_t round = 0; round < 4; round++) {
        good = CC_W(solve_masked)(p, a, extra, b, inner, step);
        M outside = V_LT(zero, zero);
        for (size_t j = 0; j < p; j++) {
            V low = lower[j] - theta[j], high = upper[j] - theta[j];
            M below = inner[j] & V_LT(step[j], low), above = inner[j] & V_LT(high, step[j]);
            step[j] = CC_W(v_select)(below, low, CC_W(v_select)(above, high, step[j]));
            inner[j] = inner[j] & ~(below | above);
            outside = outside | below | above;
        }
        if (!CC_W(v_any)(outside)) break;
    }
    return good;
}

/* The same without extra, for starts. Where columns offset each other exactly, a trace of it shares the step out among them; lanes
 * that need none keep theirs. */
CC_INLINE M CC_W(solve_plain)(size_t p, const double *a, const double *b, const V *theta, const V *lower,
                              const V *upper, const M *mask, V *step)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), extra[CC_MAX_PARAMS], plain[CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++) extra[j] = zero;
    M good = CC_W(solve_box)(p, a, extra, b, theta, lower, upper, mask, step);
    if (!CC_W(v_any)(~good)) return good;
    for (size_t j = 0; j < p; j++) {
        V diagonal = CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH);
        extra[j] = CC_W(v_select)(V_LT(zero, diagonal), diagonal * 1e-9, one);
        plain[j] = step[j];
    }
    M again = CC_W(solve_box)(p, a, extra, b, theta, lower, upper, mask, step);
    for (size_t j = 0; j < p; j++) step[j] = CC_W(v_select)(good, plain[j], step[j]);
    return good | again;
}

/* How far the curve moves, squared, when a point is left out, against the sum of squares that is then left. `own`: its squared
 * residual, `total`: that of all, leverage its share of itself. A point that is nearly all of itself decides alone. */
CC_INLINE V CC_W(influence)(V total, V own, V leverage)
{
    V zero = CC_W(v_all)(0.0), rest = CC_W(v_max)(1.0 - leverage, CC_W(v_all)(1e-8));
    V removed = own / rest, left = CC_W(v_max)(total - removed, total * 1e-16);
    V moved = CC_W(v_select)(V_LT(zero, left), removed * leverage / rest / left, zero);
    return CC_W(v_select)(V_LT(rest, CC_W(v_all)(1e-6)), CC_W(v_all)(INFINITY), moved);
}

/* Inverse of the free part of A by L D L', packed; zero outside the free set. A pivot that is lost gets
 * a trace of what it was; returns the lanes without such. */
CC_INLINE M CC_W(invert)(size_t p, const double *a, const M *mask, V *inverse)
{
    V l[CC_TRIANGLE], d[CC_MAX_PARAMS], zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    M good = V_LE(zero, zero);
    for (size_t k = 0; k < p * (p + 1) / 2; k++) l[k] = zero;
    for (size_t j = 0; j < p; j++) {
        V diagonal = CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH), pivot = diagonal;
        for (size_t k = 0; k < j; k++) pivot = pivot - l[CC_TRI(j, k)] * l[CC_TRI(j, k)] * d[k];
        M fine = V_LT(diagonal * 1e-15, pivot);
        good = good & (fine | ~mask[j]);
        d[j] = CC_W(v_select)(mask[j], CC_W(v_select)(fine, pivot, diagonal * 1e-30), one);
        for (size_t i = j + 1; i < p; i++) {
            V entry = CC_W(v_load)(a + CC_TRI(i, j) * CC_WIDTH);
            for (size_t k = 0; k < j; k++) entry = entry - l[CC_TRI(i, k)] * l[CC_TRI(j, k)] * d[k];
            l[CC_TRI(i, j)] = CC_W(v_select)(mask[i] & mask[j], entry / d[j], zero);
        }
    }
    /* L becomes its own inverse below the unit diagonal */
    for (size_t j = 0; j < p; j++)
        for (size_t i = j + 1; i < p; i++) {
            V sum = l[CC_TRI(i, j)];
            for (size_t k = j + 1; k < i; k++) sum = sum + l[CC_TRI(i, k)] * l[CC_TRI(k, j)];
            l[CC_TRI(i, j)] = -sum;
        }
    for (size_t j = 0; j < p; j++) d[j] = CC_W(v_select)(mask[j], 1.0 / d[j], zero);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k <= j; k++) {
            V sum = (j == k ? d[j] : l[CC_TRI(j, k)] * d[j]);
            for (size_t i = j + 1; i < p; i++) sum = sum + l[CC_TRI(i, j)] * l[CC_TRI(i, k)] * d[i];
            inverse[CC_TRI(j, k)] = sum;
        }
    return good;
}
