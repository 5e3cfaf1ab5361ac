// SPDX-License-Identifier: GPL-3.0-or-later
/* walk.c - forecasts of random walks: with drift and moving-average errors, and the last value.
 *
 * Farmer and Lafond (2016), Research Policy 45, 647-665: y_t = y_(t-1) + mu + v_t + theta v_(t-1). From m changes, mu is their
 * mean and K^2 their variance; tau steps ahead the error over K sqrt(A* / (1 + theta^2)) is about Student-t with m - 1
 * degrees of freedom, A* = -2 theta + (1 + 2 (m - 1) theta / m + theta^2) (tau + tau^2 / m).
 * Unequal steps: changes are divided by the square root of their step, and theta is taken as 0.
 */
#include <math.h>

#include "curvecast.h"

/* Steps agree with their mean to this share: quarters and months count as equal. */
static const double EQUAL_STEPS = 0.02;

/* A* / (1 + theta^2) for tau steps; below one step the variance grows in proportion. */
static double error_variance(double tau, double m, double theta)
{
    double at = fmax(tau, 1);
    double a = -2 * theta + (1 + 2 * (m - 1) * theta / m + theta * theta) * (at + at * at / m);
    return a / (1 + theta * theta) * (tau >= 1 ? 1 : tau);
}

/* The first of the points that the window leaves: the last `window` changes, NaN for all. */
static size_t window_start(size_t n, double window)
{
    if (isnan(window) || window >= (double)(n - 1)) return 0;
    return window < 1 ? n - 2 : n - 1 - (size_t)window;
}

static cc_status check(const double *t, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(t[i]) || !isfinite(y[i])) return CC_NONFINITE;
        if (i > 0 && !(t[i] > t[i - 1])) return CC_BAD_SHAPE;
    }
    return CC_OK;
}

cc_status cc_walk(const double *t, const double *y, size_t n, const double *horizon, size_t h, double ma, double window,
                  double *location, double *scale, double *df, double *drift, double *sd)
{
    if (n < 3) return CC_TOO_FEW;
    cc_status status = check(t, y, n);
    if (status != CC_OK) return status;
    size_t first = window_start(n, window);
    double m = (double)(n - 1 - first), span = t[n - 1] - t[first], step = span / m, squares = 0;
    if (m < 2) return CC_TOO_FEW;
    bool equal = true;
    *drift = (y[n - 1] - y[first]) / span;
    for (size_t i = first + 1; i < n; i++) {
        double own = t[i] - t[i - 1], error = y[i] - y[i - 1] - *drift * own;
        equal = equal && fabs(own - step) <= EQUAL_STEPS * step;
        squares += error * error / (own / step);
    }
    *df = m - 1;
    *sd = sqrt(squares / *df); /* of the change over a mean step */
    for (size_t k = 0; k < h; k++) {
        location[k] = y[n - 1] + *drift * horizon[k];
        scale[k] = *sd * sqrt(error_variance(horizon[k] / step, m, equal ? ma : 0));
    }
    return CC_OK;
}

cc_status cc_last_value(const double *t, const double *y, size_t n, const double *horizon, size_t h, double window,
                        double *location, double *scale, double *df, double *sd)
{
    if (n < 2) return CC_TOO_FEW;
    cc_status status = check(t, y, n);
    if (status != CC_OK) return status;
    size_t first = window_start(n, window);
    double m = (double)(n - 1 - first), step = (t[n - 1] - t[first]) / m, squares = 0;
    for (size_t i = first + 1; i < n; i++) {
        double change = y[i] - y[i - 1];
        squares += change * change / ((t[i] - t[i - 1]) / step);
    }
    *df = m;
    *sd = sqrt(squares / m);
    for (size_t k = 0; k < h; k++) {
        location[k] = y[n - 1];
        scale[k] = *sd * sqrt(horizon[k] / step);
    }
    return CC_OK;
}
