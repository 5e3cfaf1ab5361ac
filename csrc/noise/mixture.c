// SPDX-License-Identifier: GPL-3.0-or-later
/* mixture.c - finite mixtures of Student-t distributions; infinite degrees of freedom are normal, scale 0 a point mass. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "curvecast.h"

static const double HALF_LOG_2PI = 0.91893853320467274178;

/* Student-t with a whole number of degrees of freedom, by the finite sums of Abramowitz and Stegun 26.7.3-4: a tenth of the
 * time of the incomplete beta function. Only near the centre, where the difference from 1/2 costs no more than a digit. */
static double t_cdf(double z, double df)
{
    int nu = df <= 100 ? (int)df : 0;
    if (nu != df || nu < 1 || fabs(z) > 3) return gsl_cdf_tdist_P(z, df);
    double cos2 = df / (df + z * z), sine = z / sqrt(df + z * z), term = 1, sum = 0;
    if (nu % 2 == 0) {
        for (int k = 1; k <= nu / 2; k++) {
            sum += term;
            term *= cos2 * (2 * k - 1) / (2 * k);
        }
        return 0.5 + 0.5 * sine * sum;
    }
    for (int k = 1; k <= nu / 2; k++) {
        sum += term;
        term *= cos2 * (2 * k) / (2 * k + 1);
    }
    return 0.5 + (atan(z / sqrt(df)) + sine * sqrt(cos2) * sum) / M_PI;
}

static double component_cdf(double location, double scale, double df, double y)
{
    if (scale == 0) return y >= location ? 1 : 0;
    if (!(scale > 0 && df > 0)) return NAN;
    double z = (y - location) / scale;
    return isinf(df) ? gsl_cdf_ugaussian_P(z) : t_cdf(z, df);
}

/* What depends on the degrees of freedom alone, remembered from component to component: mostly they share it. */
typedef struct memory {
    double df, value;
} memory;

static double standard_quantile(double df, double p, memory *last)
{
    if (df == last->df) return last->value;
    last->df = df;
    /* GSL's tangent at p - 1/2 has no digits left of a small p */
    if (df == 1 && p < 0.5)
        last->value = -1 / tan(M_PI * p);
    else
        last->value = isinf(df) ? gsl_cdf_ugaussian_Pinv(p) : gsl_cdf_tdist_Pinv(p, df);
    return last->value;
}

static double component_quantile(double location, double scale, double df, double p, memory *last)
{
    if (scale == 0) return location;
    if (!(scale > 0 && df > 0)) return NAN;
    return location + scale * standard_quantile(df, p, last);
}

/* ln of Gamma((df + 1)/2) / (Gamma(df/2) sqrt(pi df)); of many degrees of freedom two large logarithms would leave no
 * digits of their difference, so the expansion serves there. */
static double log_constant(double df, memory *last)
{
    if (df == last->df) return last->value;
    last->df = df;
    int sign; /* lgamma would write it where all threads can see it */
    if (df < 1000)
        last->value = lgamma_r((df + 1) / 2, &sign) - lgamma_r(df / 2, &sign) - 0.5 * log(df * M_PI);
    else
        last->value = -HALF_LOG_2PI - 1 / (4 * df) + 1 / (24 * df * df * df);
    return last->value;
}

/* Logarithm of the density, free of underflow in the far tails. */
static double component_logpdf(double location, double scale, double df, double y, memory *last)
{
    if (scale == 0) return y == location ? INFINITY : -INFINITY;
    if (!(scale > 0 && df > 0)) return NAN;
    double z = (y - location) / scale;
    if (isinf(df)) return -0.5 * z * z - log(scale) - HALF_LOG_2PI;
    return log_constant(df, last) - log(scale) - (df + 1) / 2 * log1p(z * z / df);
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
    memory last = {NAN, NAN};
    /* log-sum-exp in one pass: the sum is kept in units of the largest so far */
    for (size_t k = 0; k < m; k++) {
        if (!usable(weight[k], location[k])) continue;
        double own = component_logpdf(location[k], scale[k], df[k], y, &last);
        if (isnan(own)) return NAN;
        total += weight[k];
        if (own > largest) {
            sum = (sum > 0 ? sum * exp(largest - own) : 0) + weight[k];
            largest = own;
        } else if (own > -INFINITY) {
            sum += weight[k] * exp(own - largest);
        }
    }
    if (!(total > 0) || isnan(y)) return NAN;
    return isinf(largest) ? largest : largest + log(sum / total);
}

/* Newton inside a bracket of component quantiles, bisecting where a step leaves it. */
double cc_mixture_quantile(const double *weight, const double *location, const double *scale, const double *df,
                           size_t m, double p)
{
    if (!(p >= 0 && p <= 1)) return NAN;
    double low = INFINITY, high = -INFINITY, sum = 0, total = 0;
    memory last = {NAN, NAN};
    for (size_t k = 0; k < m; k++) {
        if (!usable(weight[k], location[k])) continue;
        double own = component_quantile(location[k], scale[k], df[k], p, &last);
        if (isnan(own)) return NAN;
        low = fmin(low, own);
        high = fmax(high, own);
        sum += weight[k] * own;
        total += weight[k];
    }
    if (!(low <= high)) return NAN;
    if (low == high || isinf(low) || isinf(high)) return isinf(low) ? low : high;
    double y = fmin(fmax(sum / total, low), high);
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
