// SPDX-License-Identifier: GPL-3.0-or-later
/* differences.c - Wright's law in first differences: changes of the logarithm of cost on those of experience, through the origin.
 *
 * y_t = -w x_t + v_t + m v_(t-1). Moving-average errors are taken exactly: the series and the regressor are turned into innovations
 * (Brockwell and Davis 1991, section 5.3), after which the estimate is plain least squares.
 */
#include <math.h>

#include "curvecast.h"

/* Sums over the innovations of n changes under moving-average errors m. */
typedef struct sums {
    double xx, xy, yy, log_determinant;
} sums;

static sums innovations(const double *x, const double *y, size_t n, double m)
{
    sums own = {0, 0, 0, 0};
    double variance = 1 + m * m, ex = 0, ey = 0, gain = 0;
    for (size_t i = 0; i < n; i++) {
        ex = x[i] - gain * ex;
        ey = y[i] - gain * ey;
        own.xx += ex * ex / variance;
        own.xy += ex * ey / variance;
        own.yy += ey * ey / variance;
        own.log_determinant += log(variance);
        gain = m / variance;
        variance = 1 + m * m - m * gain;
    }
    return own;
}

/* Least squares is what is left at the best exponent; minus twice the log likelihood at the likeliest variance. */
static double deviance(sums own, size_t n, double *slope, double *squares)
{
    *slope = own.xy / own.xx;
    *squares = fmax(own.yy - *slope * own.xy, 0);
    return (double)n * (log(2 * M_PI * *squares / (double)n) + 1) + own.log_determinant;
}

static double deviance_at(const double *x, const double *y, size_t n, double m)
{
    double slope, squares;
    return deviance(innovations(x, y, n, m), n, &slope, &squares);
}

/* The likeliest m: the best of a grid on [-1, 1], then between its neighbours by the golden section. */
static double likeliest(const double *x, const double *y, size_t n)
{
    enum { NODES = 81, SECTIONS = 60 };
    const double ratio = 0.6180339887498949, apart = 2.0 / (NODES - 1);
    double best = -1, lowest = INFINITY;
    for (int k = 0; k < NODES; k++) {
        double at = -1 + apart * k, value = deviance_at(x, y, n, at);
        if (value < lowest) lowest = value, best = at;
    }
    double low = fmax(best - apart, -1), high = fmin(best + apart, 1);
    double left = high - ratio * (high - low), right = low + ratio * (high - low);
    double at_left = deviance_at(x, y, n, left), at_right = deviance_at(x, y, n, right);
    for (int k = 0; k < SECTIONS; k++) {
        if (at_left < at_right) {
            high = right, right = left, at_right = at_left;
            left = high - ratio * (high - low), at_left = deviance_at(x, y, n, left);
        } else {
            low = left, left = right, at_left = at_right;
            right = low + ratio * (high - low), at_right = deviance_at(x, y, n, right);
        }
    }
    double middle = (low + high) / 2;
    return deviance_at(x, y, n, middle) <= lowest ? middle : best;
}

cc_status cc_difference_fit(const double *x, const double *y, size_t n, double ma, cc_difference *out)
{
    double size = 0;
    *out = (cc_difference){NAN, NAN, NAN, NAN, NAN};
    if (n < 2) return CC_TOO_FEW;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) return CC_NONFINITE;
        size += x[i] * x[i];
    }
    if (!(size > 0)) return CC_CONSTANT_REGRESSOR;
    if (fabs(ma) > 1) return CC_BAD_OPTION;
    double slope, squares;
    out->ma = isnan(ma) ? likeliest(x, y, n) : ma;
    sums own = innovations(x, y, n, out->ma);
    out->deviance = deviance(own, n, &slope, &squares);
    out->exponent = -slope;
    out->s = sqrt(squares / (double)(n - 1));
    out->stderr_of = out->s / sqrt(own.xx);
    return CC_OK;
}
