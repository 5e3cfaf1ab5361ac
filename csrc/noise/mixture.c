// SPDX-License-Identifier: GPL-3.0-or-later
/* mixture.c - finite mixtures of Student-t distributions; infinite degrees of freedom are normal, scale 0 a point mass. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "curvecast.h"

static const double HALF_LOG_2PI = 0.91893853320467274178;

static double component_cdf(double location, double scale, double df, double y)
{
    if (scale == 0) return y >= location ? 1 : 0;
    if (!(scale > 0 && df > 0)) return NAN;
    double z = (y - location) / scale;
    return isinf(df) ? gsl_cdf_ugaussian_P(z) : gsl_cdf_tdist_P(z, df);
}

static double component_quantile(double location, double scale, double df, double p)
{
    if (scale == 0) return location;
    if (!(scale > 0 && df > 0)) return NAN;
    /* GSL's tangent at p - 1/2 has no digits left of a small p */
    if (df == 1 && p < 0.5) return location - scale / tan(M_PI * p);
    return location + scale * (isinf(df) ? gsl_cdf_ugaussian_Pinv(p) : gsl_cdf_tdist_Pinv(p, df));
}

/* Logarithm of the density, free of underflow in the far tails. */
static double component_logpdf(double location, double scale, double df, double y)
{
    if (scale == 0) return y == location ? INFINITY : -INFINITY;
    if (!(scale > 0 && df > 0)) return NAN;
    double z = (y - location) / scale;
    if (isinf(df)) return -0.5 * z * z - log(scale) - HALF_LOG_2PI;
    /* ln of Gamma((df + 1)/2) / (Gamma(df/2) sqrt(pi df)); two large logarithms would leave no digits of their difference */
    double level = df < 1000 ? lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * log(df * M_PI)
                             : -HALF_LOG_2PI - 1 / (4 * df) + 1 / (24 * df * df * df);
    return level - log(scale) - (df + 1) / 2 * log1p(z * z / df);
}

static bool usable(double weight, double location)
{
    return weight > 0 && isfinite(location);
}

double cc_mixture_cdf(const double *weight, const double *location, const double *scale, const double *df, size_t m,
                      double y)
{
    double sum = 0, total = 0;
    for (size_t k = 0; k < m; k++) {
        if (!usable(weight[k], location[k])) continue;
        sum += weight[k] * component_cdf(location[k], scale[k], df[k], y);
        total += weight[k];
    }
    return total > 0 && !isnan(y) ? sum / total : NAN;
}

double cc_mixture_logpdf(const double *weight, const double *location, const double *scale, const double *df, size_t m,
                         double y)
{
    double largest = -INFINITY, sum = 0, total = 0;
    for (size_t k = 0; k < m; k++) {
        if (!usable(weight[k], location[k])) continue;
        double own = component_logpdf(location[k], scale[k], df[k], y);
        if (isnan(own)) return NAN;
        largest = fmax(largest, own);
        total += weight[k];
    }
    if (!(total > 0) || isnan(y)) return NAN;
    if (isinf(largest)) return largest;
    for (size_t k = 0; k < m; k++)
        if (usable(weight[k], location[k]))
            sum += weight[k] * exp(component_logpdf(location[k], scale[k], df[k], y) - largest);
    return largest + log(sum / total);
}

/* Newton inside a bracket of component quantiles, bisecting where a step leaves it. */
double cc_mixture_quantile(const double *weight, const double *location, const double *scale, const double *df,
                           size_t m, double p)
{
    if (!(p >= 0 && p <= 1)) return NAN;
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < m; k++) {
        if (!usable(weight[k], location[k])) continue;
        double own = component_quantile(location[k], scale[k], df[k], p);
        if (isnan(own)) return NAN;
        low = fmin(low, own);
        high = fmax(high, own);
    }
    if (!(low <= high)) return NAN;
    if (low == high || isinf(low) || isinf(high)) return isinf(low) ? low : high;
    double y = 0.5 * (low + high);
    for (int iteration = 0; iteration < 200; iteration++) {
        double error = cc_mixture_cdf(weight, location, scale, df, m, y) - p;
        if (fabs(error) <= 1e-13 * fmin(p, 1 - p)) break;
        if (error < 0)
            low = y;
        else
            high = y;
        double slope = exp(cc_mixture_logpdf(weight, location, scale, df, m, y));
        double next = y - error / slope;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        bool still = fabs(next - y) <= 1e-15 * fabs(y);
        y = next;
        if (still) break;
    }
    return y;
}
