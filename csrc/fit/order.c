// SPDX-License-Identifier: GPL-3.0-or-later
/* order.c - points into the order of their regressors, so that the order in which they are given changes no bit of an answer:
 * sums in another order round otherwise. */
#include <math.h>

#include "fit/fitter.h"

/* NaN comes last. */
static int compare_values(double a, double b)
{
    if (a < b) return -1;
    if (a > b) return 1;
    return isnan(a) - isnan(b);
}

static int compare_points(const cc_series *series, size_t r, size_t n, size_t i, size_t j)
{
    for (size_t k = 0; k < r; k++) {
        int order = compare_values(series->x[k * n + i], series->x[k * n + j]);
        if (order) return order;
    }
    int order = compare_values(series->y[i], series->y[j]);
    return order ? order : compare_values(series->w[i], series->w[j]);
}

/* Lets the entry at `top` of a heap of `count` sink to its place. */
static void sink(const cc_series *series, size_t r, size_t n, size_t *at, size_t top, size_t count)
{
    size_t own = at[top];
    for (size_t below; (below = 2 * top + 1) < count; top = below) {
        if (below + 1 < count && compare_points(series, r, n, at[below], at[below + 1]) < 0) below++;
        if (compare_points(series, r, n, at[below], own) <= 0) break;
        at[top] = at[below];
    }
    at[top] = own;
}

static void sort(const cc_series *series, size_t r, size_t n, size_t *at)
{
    for (size_t i = 0; i < n; i++) at[i] = i;
    for (size_t top = n / 2; top-- > 0;) sink(series, r, n, at, top, n);
    for (size_t count = n; count-- > 1;) {
        size_t largest = at[0];
        at[0] = at[count];
        at[count] = largest;
        sink(series, r, n, at, 0, count);
    }
}

/* Whether this order of the points is theirs. */
static bool puts_in_order(const cc_series *series, size_t r, size_t n, const size_t *at)
{
    size_t i = 1;
    while (i < n && compare_points(series, r, n, at[i - 1], at[i]) <= 0) i++;
    return i >= n;
}

bool cc_in_order(const cc_fitter *fitter, const cc_series *series)
{
    size_t n = fitter->n, i = 1;
    if (fitter->curve->flags & CC_FEATURES_MOVE) return true; /* its stage walks the points as they are given */
    while (i < n && compare_points(series, fitter->curve->r, n, i - 1, i) <= 0) i++;
    return i >= n;
}

bool cc_put_in_order(cc_fitter *fitter, const cc_series *given, cc_series *ordered)
{
    size_t n = fitter->n, r = fitter->curve->r;
    *ordered = *given;
    if (cc_in_order(fitter, given)) return false;
    double *x = fitter->ordered, *y = x + r * n, *w = y + n;
    size_t *order = fitter->order;
    /* the rows of a table mostly come in one order: that of the series before may do */
    if (!puts_in_order(given, r, n, order)) sort(given, r, n, order);
    for (size_t i = 0; i < n; i++) {
        size_t from = order[i];
        for (size_t k = 0; k < r; k++) x[k * n + i] = given->x[k * n + from];
        y[i] = given->y[from];
        w[i] = given->w[from];
    }
    ordered->x = x;
    ordered->y = y;
    ordered->w = w;
    return true;
}
