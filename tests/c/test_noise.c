// SPDX-License-Identifier: GPL-3.0-or-later
/* test_noise.c - random walks against the closed forms of Farmer and Lafond (2016); mixtures against GSL and closed forms. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "check.h"
#include "curvecast.h"

enum { MAX_T = 80, HORIZONS = 5 };

/* ---- walks ------------------------------------------------------------------------------------- */

/* m changes of mean `drift` and standard deviation `sd` exactly, at steps of `step`. */
static void make_walk(double *t, double *y, size_t m, double step, double drift, double sd)
{
    /* +1, -1 by turns and a 0 where m is odd: mean 0, sum of squares m or m - 1 */
    double size = sd * sqrt((double)(m - 1) / (double)(m - m % 2));
    t[0] = 1990;
    y[0] = 2;
    for (size_t i = 0; i < m; i++) {
        double sign = m % 2 && i == m / 2 ? 0 : (i + (m % 2 && i > m / 2)) % 2 ? -1 : 1;
        t[i + 1] = 1990 + (double)(i + 1) * step;
        y[i + 1] = y[i] + drift * step + sign * size;
    }
}

typedef struct variance_vector {
    size_t m;
    double theta, at[HORIZONS];
} variance_vector;

/* A*(tau; m, theta) at tau = 1, 2, 5, 10, 20, computed from the coefficients of the sum of shocks. */
static const variance_vector VARIANCES[] = {
    {5, 0, {1.2, 2.8, 10, 30, 100}},
    {5, 0.25, {1.255, 3.595, 14.125, 43.375, 145.75}},
    {5, 0.63, {1.62588, 5.47372, 22.789, 70.887, 239.23}},
    {33, 0.63, {1.4380732782, 4.2948567493, 13.8174683196, 32.8626914601, 82.8564022039}},
};

static void test_variances(void)
{
    static const double tau[HORIZONS] = {1, 2, 5, 10, 20};
    for (size_t k = 0; k < sizeof VARIANCES / sizeof *VARIANCES; k++) {
        const variance_vector *v = &VARIANCES[k];
        double t[MAX_T], y[MAX_T], horizon[HORIZONS], location[HORIZONS], scale[HORIZONS], df, drift, sd;
        const double step = 0.25;
        make_walk(t, y, v->m, step, -0.4, 0.15);
        for (int h = 0; h < HORIZONS; h++) horizon[h] = tau[h] * step;
        cc_status status = cc_walk(t, y, v->m + 1, horizon, HORIZONS, v->theta, NAN, location, scale, &df, &drift, &sd);
        CHECK(status == CC_OK, "the walk has status %d", status);
        CHECK_CLOSE(df, (double)v->m - 1, 0, "degrees of freedom");
        CHECK_CLOSE(drift, -0.4, 1e-12, "drift per unit of time");
        CHECK_CLOSE(sd, 0.15, 1e-12, "standard deviation of a change");
        for (int h = 0; h < HORIZONS; h++) {
            double ratio = scale[h] / sd;
            CHECK_CLOSE(ratio * ratio * (1 + v->theta * v->theta), v->at[h], 1e-9, "A*");
            CHECK_CLOSE(location[h], y[v->m] - 0.4 * horizon[h], 1e-12, "location");
        }
    }
}

/* A* as the sum of squared coefficients of the shocks, for any m, theta and whole tau. */
static void test_coefficients(void)
{
    for (size_t m = 2; m < 40; m += 3)
        for (double theta = -0.9; theta <= 1; theta += 0.3)
            for (double tau = 1; tau <= 16; tau *= 2) {
                double t[MAX_T], y[MAX_T], location, scale, df, drift, sd, n = (double)m;
                double first = theta * tau / n, middle = (1 + theta) * tau / n, last = theta - tau / n;
                double want =
                    first * first + (n - 1) * middle * middle + last * last + (tau - 1) * (1 + theta) * (1 + theta) + 1;
                make_walk(t, y, m, 1, 0.1, 1);
                CHECK(cc_walk(t, y, m + 1, &tau, 1, theta, NAN, &location, &scale, &df, &drift, &sd) == CC_OK,
                      "a walk of %zu changes", m);
                CHECK_CLOSE(scale * scale * (1 + theta * theta), want, 1e-11, "A* by coefficients");
            }
}

static void test_window(void)
{
    double t[MAX_T], y[MAX_T], horizon = 3, location, scale, df, drift, sd, wide[5], narrow[5];
    make_walk(t, y, 30, 1, 0.2, 1);
    for (size_t i = 0; i < 11; i++) y[i] += 50 * (double)(i % 3); /* what happened long ago does not count */
    CHECK(cc_walk(t, y, 31, &horizon, 1, 0.5, 15, &wide[0], &wide[1], &wide[2], &wide[3], &wide[4]) == CC_OK,
          "a window of 15");
    CHECK(cc_walk(t + 15, y + 15, 16, &horizon, 1, 0.5, NAN, &narrow[0], &narrow[1], &narrow[2], &narrow[3],
                  &narrow[4]) == CC_OK,
          "16 points");
    CHECK(all_same_bits(wide, narrow, 5), "a window of 15 is not the last 16 points");
    CHECK_CLOSE(wide[2], 14, 0, "degrees of freedom of a window of 15");
    for (double window = 30; window < 1e6; window *= 10)
        CHECK(cc_walk(t, y, 31, &horizon, 1, 0.5, window, &location, &scale, &df, &drift, &sd) == CC_OK && df == 29,
              "a window of %g", window);
    CHECK(cc_walk(t, y, 31, &horizon, 1, 0.5, INFINITY, &location, &scale, &df, &drift, &sd) == CC_OK && df == 29,
          "an infinite window");
    static const double too_short[] = {1, 0, -5, -INFINITY};
    for (int k = 0; k < 4; k++)
        CHECK(cc_walk(t, y, 31, &horizon, 1, 0.5, too_short[k], &location, &scale, &df, &drift, &sd) == CC_TOO_FEW,
              "a window of %g", too_short[k]);
    CHECK(cc_walk(t, y, 31, &horizon, 1, 0.5, 2, &location, &scale, &df, &drift, &sd) == CC_OK && df == 1,
          "a window of 2");
}

/* Unequal steps: changes weigh by their step and theta is 0; a walk seen at fewer dates keeps its drift. */
static void test_unequal_steps(void)
{
    double t[] = {0, 1, 3, 4, 8}, y[] = {0, 1.5, 2.5, 4, 8}, horizon[] = {1, 2, 7}, location[3], scale[3], other[3], df,
           drift, sd;
    CHECK(cc_walk(t, y, 5, horizon, 3, 0.63, NAN, location, scale, &df, &drift, &sd) == CC_OK, "unequal steps");
    CHECK(cc_walk(t, y, 5, horizon, 3, 0, NAN, location, other, &df, &drift, &sd) == CC_OK, "unequal steps");
    CHECK(all_same_bits(scale, other, 3), "theta counts at unequal steps");
    CHECK_CLOSE(drift, 1, 1e-15, "drift at unequal steps");
    /* squares of the errors 0.5, -1, 0.5, 0 over steps 1, 2, 1, 4 in units of the mean step 2 */
    CHECK_CLOSE(sd, sqrt((0.25 / 0.5 + 1.0 / 1 + 0.25 / 0.5 + 0) / 3), 1e-14, "standard deviation at unequal steps");
    double tau = 7.0 / 2;
    CHECK_CLOSE(scale[2], sd * sqrt(tau + tau * tau / 4), 1e-14, "scale at unequal steps");
    /* months differ by a few days and still count as equal */
    double months[13], level[13];
    for (int i = 0; i <= 12; i++) months[i] = i / 12.0 + (i % 2 ? 0.0005 : 0), level[i] = i % 3;
    CHECK(cc_walk(months, level, 13, horizon, 1, 0.63, NAN, location, scale, &df, &drift, &sd) == CC_OK, "months");
    CHECK(cc_walk(months, level, 13, horizon, 1, 0, NAN, location, other, &df, &drift, &sd) == CC_OK, "months");
    CHECK(scale[0] != other[0], "theta does not count for months");
}

/* Between the last point and one step the scale rises from 0 without a jump. */
static void test_short_horizons(void)
{
    double t[MAX_T], y[MAX_T], horizon[] = {0, 0.25, 0.5, 0.999999999, 1, 1.000000001, NAN}, location[7], scale[7], df,
                               drift, sd;
    make_walk(t, y, 12, 1, 0.1, 1);
    CHECK(cc_walk(t, y, 13, horizon, 7, 0.63, NAN, location, scale, &df, &drift, &sd) == CC_OK, "short horizons");
    CHECK_CLOSE(scale[0], 0, 0, "scale at the last point");
    CHECK_CLOSE(location[0], y[12], 0, "location at the last point");
    for (int h = 1; h < 6; h++) CHECK(scale[h] > scale[h - 1], "the scale falls at %g", horizon[h]);
    CHECK_CLOSE(scale[3], scale[5], 1e-8, "scale on both sides of one step");
    CHECK_CLOSE(scale[1] * scale[1] * 4, scale[4] * scale[4], 1e-12, "variance within a step");
    CHECK(isnan(location[6]) && isnan(scale[6]), "an unknown horizon has location %g and scale %g", location[6],
          scale[6]);
}

static void test_walk_refusals(void)
{
    double t[] = {0, 1, 2, 3}, y[] = {1, 2, 4, 3}, horizon = 1, location, scale, df, drift, sd;
    for (size_t n = 0; n < 3; n++)
        CHECK(cc_walk(t, y, n, &horizon, 1, 0, NAN, &location, &scale, &df, &drift, &sd) == CC_TOO_FEW,
              "a walk of %zu points", n);
    for (size_t n = 0; n < 2; n++)
        CHECK(cc_last_value(t, y, n, &horizon, 1, NAN, &location, &scale, &df, &sd) == CC_TOO_FEW,
              "a last value of %zu points", n);
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 4; i++) {
            double broken[4];
            memcpy(broken, y, sizeof broken);
            broken[i] = bad[k];
            CHECK(cc_walk(t, broken, 4, &horizon, 1, 0, NAN, &location, &scale, &df, &drift, &sd) == CC_NONFINITE,
                  "y = %g", bad[k]);
            CHECK(cc_last_value(t, broken, 4, &horizon, 1, NAN, &location, &scale, &df, &sd) == CC_NONFINITE, "y = %g",
                  bad[k]);
            memcpy(broken, t, sizeof broken);
            broken[i] = bad[k];
            CHECK(cc_walk(broken, y, 4, &horizon, 1, 0, NAN, &location, &scale, &df, &drift, &sd) == CC_NONFINITE,
                  "t = %g", bad[k]);
        }
    double twice[] = {0, 1, 1, 2}, back[] = {0, 2, 1, 3};
    CHECK(cc_walk(twice, y, 4, &horizon, 1, 0, NAN, &location, &scale, &df, &drift, &sd) == CC_BAD_SHAPE,
          "a date twice");
    CHECK(cc_walk(back, y, 4, &horizon, 1, 0, NAN, &location, &scale, &df, &drift, &sd) == CC_BAD_SHAPE,
          "dates that turn back");
    CHECK(cc_last_value(twice, y, 4, &horizon, 1, NAN, &location, &scale, &df, &sd) == CC_BAD_SHAPE, "a date twice");
    CHECK(cc_walk(t, y, 4, NULL, 0, 0, NAN, NULL, NULL, &df, &drift, &sd) == CC_OK, "no horizons");
}

static void test_last_value(void)
{
    double t[] = {0, 1, 2, 3}, y[] = {1, 2, 4, 3}, horizon[] = {1, 4}, location[2], scale[2], df, sd;
    CHECK(cc_last_value(t, y, 4, horizon, 2, NAN, location, scale, &df, &sd) == CC_OK, "the last value");
    CHECK_CLOSE(df, 3, 0, "degrees of freedom of the last value");
    CHECK_CLOSE(sd, sqrt((1 + 4 + 1) / 3.0), 1e-15, "its standard deviation");
    CHECK_CLOSE(location[1], 3, 0, "its location");
    CHECK_CLOSE(scale[0], sd, 1e-15, "its scale after one step");
    CHECK_CLOSE(scale[1], 2 * sd, 1e-15, "its scale after four");
    CHECK(cc_last_value(t, y, 4, horizon, 2, 1, location, scale, &df, &sd) == CC_OK && df == 1 && sd == 1,
          "a window of one change");
}

/* The example of Farmer and Lafond's section on photovoltaics: about 5 % that the price of 2030 exceeds that of 2013. */
static void test_photovoltaics(void)
{
    double t[MAX_T], y[MAX_T], horizon = 17, location, scale, df, drift, sd, one = 1;
    make_walk(t, y, 33, 1, -0.1003914101, 0.1501966045);
    CHECK(cc_walk(t, y, 34, &horizon, 1, 0.63, NAN, &location, &scale, &df, &drift, &sd) == CC_OK, "photovoltaics");
    CHECK_CLOSE(scale, 1.0339, 1e-4, "spread of ln price in 2030");
    CHECK_CLOSE(location - y[33], -17 * 0.1003914101, 1e-9, "fall of ln price to 2030");
    double normal = INFINITY;
    CHECK_CLOSE(1 - cc_mixture_cdf(&one, &location, &scale, &normal, 1, y[33]), 0.0494, 2e-3, "probability, normal");
    CHECK_CLOSE(1 - cc_mixture_cdf(&one, &location, &scale, &df, 1, y[33]), 0.0543, 2e-3, "probability, Student-t");
}

/* ---- mixtures ---------------------------------------------------------------------------------- */

typedef struct mixture {
    size_t m;
    double weight[4], location[4], scale[4], df[4];
} mixture;

static double cdf(const mixture *d, double y)
{
    return cc_mixture_cdf(d->weight, d->location, d->scale, d->df, d->m, y);
}

static double logpdf(const mixture *d, double y)
{
    return cc_mixture_logpdf(d->weight, d->location, d->scale, d->df, d->m, y);
}

static double quantile(const mixture *d, double p)
{
    return cc_mixture_quantile(d->weight, d->location, d->scale, d->df, d->m, p);
}

static const double Y[] = {-1e6, -50, -8, -3, -1, -0.1, 0, 1e-3, 0.5, 2, 7, 40, 1e5};
enum { N_Y = sizeof Y / sizeof *Y };

/* One component: the distribution itself. */
static void test_single(void)
{
    static const double dfs[] = {1, 2, 3, 4.5, 10, 29, 31, 100, 1000, INFINITY};
    for (size_t k = 0; k < sizeof dfs / sizeof *dfs; k++)
        for (int i = 0; i < N_Y; i++) {
            mixture d = {1, {0.3}, {0.7}, {2.5}, {dfs[k]}};
            double z = (Y[i] - 0.7) / 2.5;
            double p = isinf(dfs[k]) ? gsl_cdf_ugaussian_P(z) : gsl_cdf_tdist_P(z, dfs[k]);
            double density = isinf(dfs[k]) ? gsl_ran_ugaussian_pdf(z) : gsl_ran_tdist_pdf(z, dfs[k]);
            CHECK_CLOSE(cdf(&d, Y[i]), p, 1e-14, "cdf of one component");
            if (density > 1e-300)
                CHECK_CLOSE(logpdf(&d, Y[i]), log(density / 2.5), 1e-12, "log density of one component");
        }
}

/* Closed forms: one degree of freedom is Cauchy, two is algebraic. */
static void test_closed_forms(void)
{
    for (int i = 0; i < N_Y; i++) {
        mixture cauchy = {1, {1}, {0}, {1}, {1}}, two = {1, {1}, {0}, {1}, {2}},
                normal = {1, {1}, {0}, {1}, {INFINITY}};
        double y = Y[i], p = y > 0 ? 1 - atan2(1, y) / M_PI : atan2(1, -y) / M_PI;
        CHECK_CLOSE(cdf(&cauchy, y), p, 1e-13, "Cauchy's cdf");
        CHECK_CLOSE(logpdf(&cauchy, y), -log(M_PI) - log1p(y * y), 1e-13, "Cauchy's log density");
        /* 1/2 + y / (2 sqrt(2 + y^2)), without cancellation on the left */
        double root = sqrt(2 + y * y), left = y < 0 ? 1 / (root * (root - y)) : 0.5 * (1 + y / root);
        CHECK_CLOSE(cdf(&two, y), left, 1e-13, "cdf of two degrees of freedom");
        CHECK_CLOSE(cdf(&normal, y), 0.5 * erfc(-y / M_SQRT2), 1e-13, "normal cdf");
        CHECK_CLOSE(logpdf(&normal, y), -0.5 * y * y - 0.5 * log(2 * M_PI), 1e-13, "normal log density");
    }
    for (double p = 0.01; p < 1; p += 0.07) {
        mixture cauchy = {1, {1}, {0}, {1}, {1}}, two = {1, {1}, {0}, {1}, {2}};
        CHECK(fabs(quantile(&cauchy, p) - tan(M_PI * (p - 0.5))) < 1e-12 * (1 + fabs(tan(M_PI * (p - 0.5)))),
              "Cauchy's quantile at %g", p);
        double want = (2 * p - 1) / sqrt(2 * p * (1 - p));
        CHECK(fabs(quantile(&two, p) - want) < 1e-12 * (1 + fabs(want)), "quantile of two degrees of freedom at %g", p);
    }
}

/* Many degrees of freedom run into the normal distribution, in the density as well. */
static void test_large_df(void)
{
    for (double df = 1e4; df < 1e18; df *= 10)
        for (int i = 3; i < 10; i++) {
            mixture d = {1, {1}, {0}, {1}, {df}};
            double y = Y[i],
                   tolerance = 30 / df + 1e-10; /* the next term of the expansion is (y^4 - 2 y^2 - 1) / (4 df) */
            double normal = -0.5 * y * y - 0.5 * log(2 * M_PI);
            CHECK(fabs(logpdf(&d, y) - normal) < tolerance,
                  "log density at %g with %g degrees of freedom: %.12g, the normal's is %.12g", y, df, logpdf(&d, y),
                  normal);
            CHECK(fabs(cdf(&d, y) - gsl_cdf_ugaussian_P(y)) < tolerance, "cdf at %g with %g degrees of freedom", y, df);
        }
}

static void test_sum(void)
{
    mixture d = {3, {0.2, 0.5, 1.3}, {-3, 0, 4}, {1, 0.2, 3}, {3, INFINITY, 7}};
    for (int i = 0; i < N_Y; i++) {
        double p = 0, density = 0;
        for (size_t k = 0; k < 3; k++) {
            double z = (Y[i] - d.location[k]) / d.scale[k];
            p += d.weight[k] / 2 * (isinf(d.df[k]) ? gsl_cdf_ugaussian_P(z) : gsl_cdf_tdist_P(z, d.df[k]));
            density += d.weight[k] / 2 * (isinf(d.df[k]) ? gsl_ran_ugaussian_pdf(z) : gsl_ran_tdist_pdf(z, d.df[k])) /
                       d.scale[k];
        }
        CHECK_CLOSE(cdf(&d, Y[i]), p, 1e-14, "cdf of a mixture");
        CHECK_CLOSE(logpdf(&d, Y[i]), log(density), 1e-12, "log density of a mixture");
    }
    /* what has no weight or no place does not count */
    mixture with = {4, {0.2, 0.5, 1.3, 0}, {-3, 0, 4, 99}, {1, 0.2, 3, 1}, {3, INFINITY, 7, 1}}, lost = with;
    lost.weight[3] = 5;
    lost.location[3] = NAN;
    for (int i = 0; i < N_Y; i++) {
        CHECK(same_bits(cdf(&d, Y[i]), cdf(&with, Y[i])) && same_bits(cdf(&d, Y[i]), cdf(&lost, Y[i])),
              "a component without weight counts");
        CHECK(same_bits(logpdf(&d, Y[i]), logpdf(&with, Y[i])) && same_bits(logpdf(&d, Y[i]), logpdf(&lost, Y[i])),
              "a component without weight counts");
    }
    CHECK(same_bits(quantile(&d, 0.3), quantile(&lost, 0.3)), "a component without a place counts");
}

static mixture random_mixture(uint64_t *state)
{
    mixture d = {.m = 1 + random_bits(state) % 4};
    for (size_t k = 0; k < d.m; k++) {
        d.weight[k] = random_between(state, 0.01, 1);
        d.location[k] = 10 * random_normal(state);
        d.scale[k] = exp(3 * random_normal(state));
        d.df[k] = random_bits(state) % 3 ? 1 + floor(random_between(state, 0, 40)) : INFINITY;
    }
    return d;
}

/* quantile and cdf are each other's inverse, as far as p can tell places apart. */
static void test_round_trip(void)
{
    uint64_t state = 11;
    size_t rounds = repetitions(2000);
    for (size_t round = 0; round < rounds; round++) {
        mixture d = random_mixture(&state);
        double p = random_between(&state, 0, 1), y = quantile(&d, p), spread = 0, before = -INFINITY;
        CHECK(fabs(cdf(&d, y) - p) < 1e-12 + 4e-15 * fabs(y) * exp(logpdf(&d, y)), "cdf(quantile(%.17g)) is %.17g", p,
              cdf(&d, y));
        for (size_t k = 0; k < d.m; k++) spread = fmax(spread, d.scale[k] + fabs(d.location[k]));
        for (int i = 0; i < 5; i++) {
            double place = d.location[0] + d.scale[0] * random_between(&state, -3, 3), at = cdf(&d, place);
            double blur = 1e-11 * spread + 4e-16 / exp(logpdf(&d, place)) * 100;
            CHECK(fabs(quantile(&d, at) - place) < blur, "quantile(cdf(%.17g)) is %.17g (+/- %.1g)", place,
                  quantile(&d, at), blur);
        }
        for (double q = 1e-9; q < 1; q = q < 0.1 ? q * 10 : q + 0.1) {
            double next = quantile(&d, q);
            CHECK(next >= before, "the quantile falls at %g", q);
            before = next;
        }
    }
}

static void test_extremes(void)
{
    mixture normal = {1, {1}, {0}, {1}, {INFINITY}}, heavy = {1, {1}, {0}, {1}, {1}},
            both = {2, {1, 1}, {0, 2}, {1, 1}, {INFINITY, 1}};
    const mixture *all[] = {&normal, &heavy, &both};
    for (int k = 0; k < 3; k++) {
        CHECK(quantile(all[k], 0) == -INFINITY && quantile(all[k], 1) == INFINITY, "quantiles of 0 and 1");
        CHECK(isnan(quantile(all[k], -0.1)) && isnan(quantile(all[k], 1.1)) && isnan(quantile(all[k], NAN)),
              "a quantile of no probability");
        CHECK(cdf(all[k], -INFINITY) == 0 && cdf(all[k], INFINITY) == 1, "cdf at the infinities");
        CHECK(logpdf(all[k], -INFINITY) == -INFINITY && logpdf(all[k], INFINITY) == -INFINITY,
              "log density at the infinities");
        CHECK(isnan(cdf(all[k], NAN)), "cdf at NaN is %g", cdf(all[k], NAN));
        CHECK(isnan(logpdf(all[k], NAN)), "log density at NaN is %g", logpdf(all[k], NAN));
    }
    for (double p = 1e-15; p > 1e-150; p *= 1e-15) { /* GSL's cdf of Cauchy's distribution ends at 1e-155 */
        CHECK_CLOSE(quantile(&heavy, p), -1 / (M_PI * p), 1e-9, "Cauchy's quantile far out");
        CHECK_CLOSE(quantile(&normal, p), gsl_cdf_ugaussian_Pinv(p), 1e-12, "normal quantile far out");
        double y = quantile(&both, p);
        CHECK_CLOSE(cdf(&both, y), p, 1e-6, "cdf of a mixture's quantile far out");
    }
    CHECK_CLOSE(logpdf(&normal, 1e8), -0.5e16, 1e-12, "log density where the density is 0");
    CHECK_CLOSE(logpdf(&both, 1e200), log(0.5) - log(M_PI) - 2 * log(1e200), 1e-12, "log density of the heavier tail");
}

/* Scale 0 is a point mass, here beside a normal distribution. */
static void test_point_mass(void)
{
    mixture point = {1, {2}, {3}, {0}, {4}}, points = {2, {1, 1}, {3, 5}, {0, 0}, {4, INFINITY}},
            mixed = {2, {1, 1}, {3, 3}, {0, 1}, {4, INFINITY}};
    CHECK(cdf(&point, 2.999) == 0 && cdf(&point, 3) == 1, "cdf of a point mass");
    for (double p = 0; p <= 1; p += 0.25) CHECK(quantile(&point, p) == 3, "quantile of a point mass");
    CHECK(logpdf(&point, 3) == INFINITY && logpdf(&point, 3.1) == -INFINITY, "log density of a point mass");
    CHECK(isnan(cdf(&point, NAN)) && isnan(logpdf(&point, NAN)), "a point mass at NaN: cdf %g, log density %g",
          cdf(&point, NAN), logpdf(&point, NAN));
    CHECK(cdf(&points, 4) == 0.5, "cdf between two point masses");
    CHECK_CLOSE(quantile(&points, 0.3), 3, 1e-12, "quantile of the lower of two point masses");
    CHECK_CLOSE(quantile(&points, 0.8), 5, 1e-12, "quantile of the upper of two point masses");
    CHECK_CLOSE(quantile(&points, 0), 3, 1e-12, "lower end of two point masses");
    CHECK_CLOSE(quantile(&points, 1), 5, 1e-12, "upper end of two point masses");
    CHECK_CLOSE(cdf(&mixed, 3), 0.75, 1e-15, "cdf at a point mass inside a normal");
    for (double p = 0.26; p < 0.75; p += 0.04)
        CHECK_CLOSE(quantile(&mixed, p), 3, 1e-12, "quantile at a point mass inside a normal");
    CHECK_CLOSE(quantile(&mixed, 0.1), 3 + gsl_cdf_ugaussian_Pinv(0.2), 1e-12, "quantile below it");
    CHECK_CLOSE(quantile(&mixed, 0.9), 3 + gsl_cdf_ugaussian_Pinv(0.8), 1e-12, "quantile above it");
    CHECK(logpdf(&mixed, 3) == INFINITY, "log density at a point mass");
    CHECK_CLOSE(logpdf(&mixed, 4), log(0.5 * gsl_ran_ugaussian_pdf(1)), 1e-13, "log density beside it");
}

static void test_nothing(void)
{
    mixture none = {.m = 0}, weightless = {1, {0}, {1}, {1}, {1}}, placeless = {1, {1}, {NAN}, {1}, {1}},
            negative = {1, {1}, {0}, {-1}, {3}}, unknown = {1, {1}, {0}, {NAN}, {3}},
            half = {2, {1, 1}, {0, 1}, {1, 1}, {NAN, 3}}, no_df = {1, {1}, {0}, {1}, {NAN}},
            zero_df = {1, {1}, {0}, {1}, {0}};
    const mixture *all[] = {&none, &weightless, &placeless, &negative, &unknown, &no_df, &zero_df, &half};
    for (int k = 0; k < 8; k++) {
        CHECK(isnan(cdf(all[k], 0.3)), "cdf of nothing (%d) is %g", k, cdf(all[k], 0.3));
        CHECK(isnan(logpdf(all[k], 0.3)), "log density of nothing (%d) is %g", k, logpdf(all[k], 0.3));
        CHECK(isnan(quantile(all[k], 0.3)), "quantile of nothing (%d) is %g", k, quantile(all[k], 0.3));
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_variances();
    test_coefficients();
    test_window();
    test_unequal_steps();
    test_short_horizons();
    test_walk_refusals();
    test_last_value();
    test_photovoltaics();
    test_single();
    test_closed_forms();
    test_large_df();
    test_sum();
    test_round_trip();
    test_extremes();
    test_point_mass();
    test_nothing();
    return check_end();
}
