// SPDX-License-Identifier: GPL-3.0-or-later
/* test_fit.c - a fit from end to end: what is refused, what is held, bounded, given or believed, and what must not matter. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "series.h"

static const double LOGISTIC[] = {12, 0.45, 14}, WRIGHT[] = {100, 0.32};

static void make_logistic(data *d, size_t n, double sd, uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) d->x[i] = (double)i * 28 / (double)(n - 1);
    simulate(cc_curve_find("logistic"), CC_ADDITIVE, LOGISTIC, sd, &seed, d);
}

static void make_wright(data *d, size_t n, double sd, uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) d->x[i] = 3 * pow(1.4, (double)i);
    simulate(cc_curve_find("wright"), CC_MULTIPLICATIVE, WRIGHT, sd, &seed, d);
}

/* ---- what is refused --------------------------------------------------------------------------- */

/* The status, and NaN in every number that comes with it. */
static void refused_with(const cc_curve *curve, const cc_options *options, const data *d, cc_status want, const char *what)
{
    cc_result result = fit_with(curve, options, d);
    CHECK(result.status == want, "%s, %s: status %d, should be %d", curve->name, what, result.status, want);
    if (result.status >= 0) return;
    for (size_t j = 0; j < curve->p; j++) CHECK(isnan(result.theta[j]), "%s, %s: a parameter without a fit", curve->name, what);
    for (size_t k = 0; k < curve->p * curve->p; k++) CHECK(isnan(result.cov[k]), "%s, %s: a covariance without a fit", curve->name, what);
    CHECK(isnan(result.objective), "%s, %s: an objective without a fit", curve->name, what);
}

static void refused(const cc_curve *curve, const data *d, cc_status want, const char *what)
{
    cc_options options = default_options(curve);
    refused_with(curve, &options, d, want, what);
}

static void test_too_few(void)
{
    const cc_curve *logistic = cc_curve_find("logistic"), *wright = cc_curve_find("wright");
    data d;
    for (size_t n = 0; n < 3; n++) {
        make_logistic(&d, 12, 0.1, 1);
        d.n = n;
        refused(logistic, &d, CC_TOO_FEW, "fewer points than parameters");
    }
    make_wright(&d, 1, 0.1, 1);
    refused(wright, &d, CC_TOO_FEW, "one point");
    make_logistic(&d, 12, 0.1, 1);
    for (size_t i = 2; i < 12; i++) d.y[i] = NAN;
    refused(logistic, &d, CC_TOO_FEW, "two points left");
    d.lower[0] = d.upper[0] = 12;
    CHECK(fit_one(logistic, &d).status >= 0, "two points do not fix two parameters");
    /* a prior is worth a point, but only on a parameter that is estimated */
    make_logistic(&d, 12, 0.1, 1);
    for (size_t i = 2; i < 12; i++) d.y[i] = NAN;
    d.prior_mean[0] = 12;
    d.prior_sd[0] = 1;
    CHECK(fit_one(logistic, &d).status >= 0, "two points and a prior do not fix three parameters");
    const cc_curve *bass = cc_curve_find("bass");
    data_clear(&d, 2);
    d.x[0] = 1, d.x[1] = 2, d.y[0] = 1, d.y[1] = 3;
    d.prior_mean[3] = 0;
    d.prior_sd[3] = 1;
    refused(bass, &d, CC_TOO_FEW, "a prior on a launch that is held");
    d.prior_sd[3] = NAN;
    d.prior_mean[1] = d.lower[1] = d.upper[1] = 0.1;
    d.lower[0] = 0.5;
    d.start[3] = 0;
    d.prior_sd[1] = 1;
    refused(bass, &d, CC_TOO_FEW, "a prior on a parameter that is fixed");
}

static void test_constant(void)
{
    const cc_curve *logistic = cc_curve_find("logistic"), *chinchilla = cc_curve_find("chinchilla");
    data d;
    make_logistic(&d, 12, 0.1, 1);
    for (size_t i = 0; i < 12; i++) d.y[i] = 7;
    refused(logistic, &d, CC_CONSTANT, "constant y");
    d.y[5] = NAN;
    d.y[6] = 9;
    d.w[6] = 0;
    refused(logistic, &d, CC_CONSTANT, "constant y but for a point without weight");
    for (size_t i = 0; i < 12; i++) d.y[i] = 0;
    refused(logistic, &d, CC_CONSTANT, "nothing but zeros");
    make_logistic(&d, 12, 0.1, 1);
    for (size_t i = 0; i < 12; i++) d.x[i] = 2020;
    refused(logistic, &d, CC_CONSTANT_REGRESSOR, "constant x");
    data_clear(&d, 10);
    for (size_t i = 0; i < 10; i++) d.x[i] = pow(2, (double)i), d.x[10 + i] = 5, d.y[i] = 3 - 0.1 * (double)i;
    refused(chinchilla, &d, CC_CONSTANT_REGRESSOR, "constant D");
}

static void test_domain(void)
{
    const cc_curve *logistic = cc_curve_find("logistic"), *wright = cc_curve_find("wright");
    static const double bad[] = {0, -1, -0.0};
    data d;
    for (int k = 0; k < 3; k++) {
        make_wright(&d, 12, 0.1, 1);
        d.y[4] = bad[k];
        refused(wright, &d, CC_DOMAIN, "y not positive under a multiplicative error");
        make_wright(&d, 12, 0.1, 1);
        d.x[4] = bad[k];
        refused(wright, &d, CC_DOMAIN, "experience not positive");
        cc_options additive = error_options(wright, CC_ADDITIVE);
        refused_with(wright, &additive, &d, CC_DOMAIN, "experience not positive");
        d.w[4] = 0; /* a point that does not count may lie anywhere */
        CHECK(fit_one(wright, &d).status == CC_OK, "a point without weight counts");
    }
    make_wright(&d, 12, 0.1, 1);
    d.y[11] = -0.5;
    cc_options additive = error_options(wright, CC_ADDITIVE);
    CHECK(fit_with(wright, &additive, &d).status >= 0, "a negative cost is refused under an additive error");
    static const double shares[] = {0, 1, 1.2, -0.1};
    for (int k = 0; k < 4; k++) {
        make_logistic(&d, 12, 0, 1);
        for (size_t i = 0; i < 12; i++) d.y[i] /= 13;
        d.y[8] = shares[k];
        cc_options logit = error_options(logistic, CC_LOGIT), binomial = error_options(logistic, CC_BINOMIAL);
        refused_with(logistic, &logit, &d, CC_DOMAIN, "a share outside its limits");
        cc_status status = fit_with(logistic, &binomial, &d).status;
        CHECK((status == CC_DOMAIN) == (shares[k] < 0 || shares[k] > 1), "binomial share %g has status %d", shares[k], status);
    }
}

static void test_infinite(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    data d;
    for (int side = -1; side <= 1; side += 2) {
        make_logistic(&d, 12, 0.1, 1);
        d.y[3] = side * (double)INFINITY;
        refused(logistic, &d, CC_NONFINITE, "infinite y");
        make_logistic(&d, 12, 0.1, 1);
        d.x[3] = side * (double)INFINITY;
        refused(logistic, &d, CC_NONFINITE, "infinite x");
    }
    make_logistic(&d, 12, 0.1, 1);
    d.w[3] = INFINITY;
    refused(logistic, &d, CC_NONFINITE, "infinite weight");
    d.w[3] = -1;
    refused(logistic, &d, CC_NONFINITE, "negative weight");
    d.w[3] = NAN;
    CHECK(fit_one(logistic, &d).n_used == 11, "a point whose weight is NaN counts");
    d.w[3] = 0;
    d.y[3] = INFINITY;
    CHECK(fit_one(logistic, &d).status == CC_OK, "an infinite y without weight counts");
}

static void test_bad_bounds(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    struct {
        double start, lower, upper, mean, sd;
        const char *what;
    } cases[] = {
        {NAN, 5, 4, NAN, NAN, "lower above upper"},
        {3, 4, 5, NAN, NAN, "start below lower"},
        {6, 4, 5, NAN, NAN, "start above upper"},
        {-1, NAN, NAN, NAN, NAN, "start below the curve's own bound"},
        {INFINITY, NAN, NAN, NAN, NAN, "infinite start"},
        {NAN, INFINITY, INFINITY, NAN, NAN, "fixed at infinity"},
        {NAN, NAN, -1, NAN, NAN, "upper below the curve's own lower"},
        {NAN, NAN, NAN, 5, 0, "prior of standard deviation 0"},
        {NAN, NAN, NAN, 5, -1, "prior of a negative standard deviation"},
        {NAN, NAN, NAN, NAN, 1, "prior without a mean"},
        {NAN, NAN, NAN, INFINITY, 1, "prior with an infinite mean"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        data d;
        make_logistic(&d, 12, 0.1, 1);
        d.start[0] = cases[k].start;
        d.lower[0] = cases[k].lower;
        d.upper[0] = cases[k].upper;
        d.prior_mean[0] = cases[k].mean;
        d.prior_sd[0] = cases[k].sd;
        refused(logistic, &d, CC_BAD_BOUNDS, cases[k].what);
    }
}

/* ---- what is right ----------------------------------------------------------------------------- */

/* A line by weighted least squares, the textbook's way: intercept, slope, their covariance for unit variance, residual sum. */
static void line(const double *x, const double *y, const double *w, size_t n, double *coefficient, double *cov, double *squares)
{
    long double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, rest = 0;
    for (size_t i = 0; i < n; i++) s += w[i], sx += w[i] * x[i], sy += w[i] * y[i];
    for (size_t i = 0; i < n; i++) {
        long double dx = x[i] - sx / s;
        sxx += w[i] * dx * dx;
        sxy += w[i] * dx * (y[i] - sy / s);
    }
    long double slope = sxy / sxx, level = sy / s - slope * sx / s;
    for (size_t i = 0; i < n; i++) {
        long double r = y[i] - level - slope * x[i];
        rest += w[i] * r * r;
    }
    coefficient[0] = (double)level;
    coefficient[1] = (double)slope;
    cov[0] = (double)(1 / s + sx / s * (sx / s) / sxx);
    cov[1] = (double)(-sx / s / sxx);
    cov[2] = (double)(1 / sxx);
    *squares = (double)rest;
}

/* Wright's law with multiplicative errors is a line in logarithms. */
static void test_against_line(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    data d;
    double x[MAX_N], y[MAX_N], c[2], cov[3], squares;
    make_wright(&d, 20, 0.1, 8);
    uint64_t state = 4;
    for (size_t i = 0; i < 20; i++) {
        d.w[i] = random_between(&state, 0.2, 3);
        x[i] = log(d.x[i]);
        y[i] = log(d.y[i]);
    }
    line(x, y, d.w, 20, c, cov, &squares);
    cc_result result = fit_one(wright, &d);
    double a = exp(c[0]), variance = squares / 18;
    CHECK(result.status == CC_OK && result.n_used == 20, "wright has status %d", result.status);
    CHECK_CLOSE(result.theta[0], a, 1e-11, "first unit");
    CHECK_CLOSE(result.theta[1], -c[1], 1e-11, "exponent");
    CHECK_CLOSE(result.objective, squares, 1e-10, "objective");
    CHECK_CLOSE(result.info[CC_INFO_S], sqrt(variance), 1e-10, "residual standard deviation");
    CHECK_CLOSE(result.cov[0], cov[0] * a * a * variance, 1e-8, "variance of the first unit");
    CHECK_CLOSE(result.cov[1], -cov[1] * a * variance, 1e-8, "covariance");
    CHECK_CLOSE(result.cov[2], result.cov[1], 0, "the covariance's other half");
    CHECK_CLOSE(result.cov[3], cov[2] * variance, 1e-8, "variance of the exponent");
    CHECK(result.info[CC_INFO_FREE] == 2 && result.info[CC_INFO_BOUNDS] == 0, "two free parameters");
    cc_options options = default_options(wright);
    options.weights_known = true;
    result = fit_with(wright, &options, &d);
    CHECK_CLOSE(result.cov[3], cov[2], 1e-8, "variance of the exponent, weights known");
    /* with ceiling 1 held and logit errors the logistic is a line in logits */
    const cc_curve *logistic = cc_curve_find("logistic");
    make_logistic(&d, 24, 0, 1);
    for (size_t i = 0; i < 24; i++) {
        x[i] = d.x[i];
        y[i] = 0.45 * (x[i] - 14) + 0.3 * random_normal(&state);
        d.y[i] = 1 / (1 + exp(-y[i]));
    }
    d.lower[0] = d.upper[0] = 1;
    line(x, y, d.w, 24, c, cov, &squares);
    options = error_options(logistic, CC_LOGIT);
    result = fit_with(logistic, &options, &d);
    CHECK_CLOSE(result.theta[1], c[1], 1e-9, "rate by logits");
    CHECK_CLOSE(result.theta[2], -c[0] / c[1], 1e-9, "midpoint by logits");
    CHECK_CLOSE(result.cov[4], cov[2] * squares / 22, 1e-7, "variance of the rate by logits");
}

/* A prior on the exponent is a row of ridge regression; with known weights there is a closed form. */
static void test_prior(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    data d;
    make_wright(&d, 9, 0.2, 21);
    cc_options options = default_options(wright);
    options.weights_known = true;
    for (size_t i = 0; i < 9; i++) d.w[i] = 1 / (0.2 * 0.2);
    double x[10], y[10], w[10], c[2], cov[3], squares;
    for (size_t i = 0; i < 9; i++) x[i] = log(d.x[i]), y[i] = log(d.y[i]), w[i] = d.w[i];
    line(x, y, w, 9, c, cov, &squares);
    d.prior_mean[1] = 0.5;
    d.prior_sd[1] = 0.05;
    double precision = 1 / cov[2] + 1 / 0.0025, exponent = (-c[1] / cov[2] + 0.5 / 0.0025) / precision;
    cc_result result = fit_with(wright, &options, &d);
    CHECK(result.status == CC_OK, "a fit with a prior has status %d", result.status);
    CHECK_CLOSE(result.theta[1], exponent, 1e-8, "posterior exponent");
    CHECK_CLOSE(result.cov[3], 1 / precision, 1e-7, "posterior variance");
    /* where the size of the errors is estimated, a sharp prior wins and a blunt one does nothing */
    options.weights_known = false;
    for (size_t i = 0; i < 9; i++) d.w[i] = 1;
    d.prior_sd[1] = 1e-7;
    CHECK_CLOSE(fit_with(wright, &options, &d).theta[1], 0.5, 1e-5, "exponent under a sharp prior");
    d.prior_sd[1] = 1e6;
    CHECK_CLOSE(fit_with(wright, &options, &d).theta[1], -c[1], 1e-6, "exponent under a blunt prior");
    /* on the ceiling of an S-curve that has only begun */
    const cc_curve *logistic = cc_curve_find("logistic");
    make_logistic(&d, 30, 0.05, 3);
    for (size_t i = 11; i < 30; i++) d.y[i] = NAN;
    cc_result alone = fit_one(logistic, &d);
    d.prior_mean[0] = 12;
    d.prior_sd[0] = 1;
    result = fit_one(logistic, &d);
    CHECK(result.status == CC_OK && fabs(result.theta[0] - 12) < 3, "ceiling %g under a prior of 12 +/- 1, status %d", result.theta[0], result.status);
    CHECK(stderr_of(logistic, &result, 0) < 1.2, "ceiling's standard error %g under a prior of 12 +/- 1", stderr_of(logistic, &result, 0));
    CHECK(!(stderr_of(logistic, &alone, 0) < 1.2), "the data alone know the ceiling");
    CHECK(!(result.notes & CC_NOTE_CEILING), "a ceiling with a prior is in doubt");
}

static void test_fixed(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    for (size_t j = 0; j < 3; j++) {
        data d;
        make_logistic(&d, 25, 0.2, 9);
        double value = LOGISTIC[j] * 1.03;
        d.lower[j] = d.upper[j] = value;
        cc_result held = fit_one(logistic, &d);
        CHECK(held.status == CC_OK, "logistic with parameter %zu held: status %d", j, held.status);
        CHECK(held.theta[j] == value, "a held parameter is %.17g, not %.17g", held.theta[j], value);
        CHECK(held.info[CC_INFO_FREE] == 2 && held.info[CC_INFO_BOUNDS] == 0, "%g free parameters", held.info[CC_INFO_FREE]);
        CHECK(!(held.notes & CC_NOTE_AT_BOUND), "a held parameter counts as at its bound");
        for (size_t k = 0; k < 3; k++) {
            CHECK(held.cov[j * 3 + k] == 0 && held.cov[k * 3 + j] == 0, "a held parameter varies");
            if (k != j) CHECK(held.cov[k * 3 + k] > 0, "a free parameter does not vary");
        }
        /* no neighbour on the free set is better */
        for (size_t k = 0; k < 3; k++)
            for (int side = -1; side <= 1 && k != j; side += 2) {
                double theta[3], f[MAX_N], squares = 0;
                memcpy(theta, held.theta, sizeof theta);
                theta[k] += side * 1e-3 * stderr_of(logistic, &held, k);
                cc_evaluate(logistic, d.x, d.n, theta, f, NULL);
                for (size_t i = 0; i < d.n; i++) squares += (d.y[i] - f[i]) * (d.y[i] - f[i]);
                CHECK(squares > held.objective, "a better fit lies beside the one reported");
            }
    }
    /* all of them: nothing to fit, and still an answer */
    data d;
    make_logistic(&d, 25, 0.2, 9);
    for (size_t j = 0; j < 3; j++) d.lower[j] = d.upper[j] = LOGISTIC[j];
    cc_result all = fit_one(logistic, &d);
    CHECK(all.status == CC_OK && all.theta[1] == LOGISTIC[1] && all.info[CC_INFO_FREE] == 0, "everything held: status %d", all.status);
    CHECK(all.objective > 0 && all.objective < 10, "everything held: objective %g", all.objective);
}

/* Held by default, freed by bounds, set by a start. */
static void test_fixed_by_default(void)
{
    const cc_curve *exponential = cc_curve_find("exponential"), *bass = cc_curve_find("bass");
    static const double market[] = {50, 0.02, 0.4, 1990};
    data d;
    uint64_t state = 6;
    data_clear(&d, 20);
    for (size_t i = 0; i < 20; i++) d.x[i] = 1990 + (double)i, d.y[i] = 3 * exp(0.1 * (double)i);
    cc_result result = fit_one(exponential, &d);
    CHECK(result.status == CC_OK && result.theta[2] == 1990, "reference %g, status %d", result.theta[2], result.status);
    CHECK_CLOSE(result.theta[0], 3, 1e-10, "level at the first point");
    CHECK(result.info[CC_INFO_FREE] == 2, "%g free parameters", result.info[CC_INFO_FREE]);
    d.lower[2] = d.upper[2] = 2000;
    result = fit_one(exponential, &d);
    CHECK_CLOSE(result.theta[0], 3 * exp(1), 1e-10, "level ten years on");
    for (size_t i = 0; i < 20; i++) d.x[i] = 1991 + (double)i;
    simulate(bass, CC_ADDITIVE, market, 0.05, &state, &d);
    d.lower[2] = d.upper[2] = NAN;
    result = fit_one(bass, &d);
    CHECK(result.theta[3] == 1990 && result.info[CC_INFO_FREE] == 3, "launch %g, %g free", result.theta[3], result.info[CC_INFO_FREE]);
    for (size_t j = 0; j < 3; j++) CHECK(fabs(result.theta[j] - market[j]) < 5 * stderr_of(bass, &result, j), "bass parameter %zu is %g", j, result.theta[j]);
    d.lower[3] = 1980;
    d.upper[3] = 1991;
    result = fit_one(bass, &d);
    CHECK(result.info[CC_INFO_FREE] == 4 && fabs(result.theta[3] - 1990) < 1, "a launch freed by bounds is %g", result.theta[3]);
    d.lower[3] = d.upper[3] = NAN;
    d.start[3] = 1989;
    CHECK(fit_one(bass, &d).info[CC_INFO_FREE] == 4, "a launch is not freed by a start");
}

static void test_bounds(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    for (size_t j = 0; j < 3; j++)
        for (int side = -1; side <= 1; side += 2) {
            data d, held;
            make_logistic(&d, 25, 0.2, 9);
            held = d;
            double bound = LOGISTIC[j] * (1 + 0.1 * side);
            *(side < 0 ? &d.upper[j] : &d.lower[j]) = bound;
            held.lower[j] = held.upper[j] = bound;
            cc_result a = fit_one(logistic, &d), b = fit_one(logistic, &held);
            CHECK(a.status == CC_OK, "logistic with a bound on parameter %zu: status %d", j, a.status);
            CHECK(a.theta[j] == bound, "parameter %zu is %.17g, its bound %.17g", j, a.theta[j], bound);
            CHECK((unsigned)a.info[CC_INFO_BOUNDS] == 1u << j && (a.notes & CC_NOTE_AT_BOUND), "a bound is not noted");
            CHECK(close_to(a.objective, b.objective, 1e-9), "at the bound %.12g, held there %.12g", a.objective, b.objective);
            CHECK(apart(logistic, &b, &a) < 1e-5, "at the bound and held there the other parameters differ");
            /* a bound that is not reached is nothing */
            data free_of_it = d;
            free_of_it.lower[j] = LOGISTIC[j] * 0.2;
            free_of_it.upper[j] = LOGISTIC[j] * 5;
            make_logistic(&d, 25, 0.2, 9);
            cc_result c = fit_one(logistic, &free_of_it), e = fit_one(logistic, &d);
            CHECK(apart(logistic, &e, &c) < 1e-6 && !(c.notes & CC_NOTE_AT_BOUND), "a bound far away changes the fit");
        }
    /* two at once */
    data d;
    make_logistic(&d, 25, 0.2, 9);
    d.upper[0] = 11;
    d.lower[2] = 15;
    cc_result result = fit_one(logistic, &d);
    CHECK(result.theta[0] == 11 && result.theta[2] == 15 && result.info[CC_INFO_BOUNDS] == 5, "two bounds: %g and %g", result.theta[0], result.theta[2]);
}

static void test_starts(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    data d;
    make_logistic(&d, 25, 0.2, 9);
    cc_result found = fit_one(logistic, &d);
    for (size_t j = 0; j < 3; j++) {
        data given = d;
        given.start[j] = LOGISTIC[j] * 1.1;
        cc_result result = fit_one(logistic, &given);
        CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6, "a start for parameter %zu changes the answer", j);
    }
    for (size_t j = 0; j < 3; j++) d.start[j] = LOGISTIC[j] * (j == 1 ? 0.7 : 1.2);
    cc_result result = fit_one(logistic, &d);
    CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6, "starts for all change the answer");
    CHECK(result.info[CC_INFO_STARTS] == 1 && result.info[CC_INFO_MINIMA] == 1, "%g starts where all are given", result.info[CC_INFO_STARTS]);
    /* on a bound of its own */
    d.start[0] = d.lower[0] = 2;
    result = fit_one(logistic, &d);
    CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6, "a start on its bound stays there: %g", result.theta[0]);
}

/* ---- what must not matter ---------------------------------------------------------------------- */

static void make_any(const cc_curve *curve, data *d)
{
    if (strcmp(curve->name, "wright") == 0)
        make_wright(d, 30, 0.1, 31);
    else
        make_logistic(d, 30, 0.3, 31);
}

/* Missing points, whichever way they are said to be missing, are points that were never there. */
static void test_missing(void)
{
    static const char *const names[] = {"wright", "logistic"};
    for (int k = 0; k < 2; k++) {
        const cc_curve *curve = cc_curve_find(names[k]);
        data d, less;
        make_any(curve, &d);
        less = d;
        less.n = 0;
        for (size_t i = 0; i < d.n; i++) {
            if (i % 7 == 3) {
                if (i % 3 == 0) d.y[i] = NAN;
                if (i % 3 == 1) d.w[i] = 0, d.y[i] = 1e200;
                if (i % 3 == 2) d.x[i] = NAN;
                continue;
            }
            less.x[less.n] = d.x[i];
            less.y[less.n++] = d.y[i];
        }
        cc_result a = fit_one(curve, &d), b = fit_one(curve, &less);
        CHECK(a.status == CC_OK && a.n_used == less.n && b.n_used == less.n, "%s: %zu points used", curve->name, a.n_used);
        CHECK(apart(curve, &b, &a) < 1e-7 && close_to(a.objective, b.objective, 1e-11), "%s: missing points are not dropped points", curve->name);
        CHECK(a.notes == b.notes, "%s: missing points change the notes", curve->name);
        for (size_t m = 0; m < curve->p * curve->p; m++) CHECK(close_to(a.cov[m], b.cov[m], 1e-8), "%s: missing points change the covariance", curve->name);
    }
}

static void test_permuted(void)
{
    static const char *const names[] = {"wright", "logistic", "gompertz", "power_floor"};
    for (int k = 0; k < 4; k++) {
        const cc_curve *curve = cc_curve_find(names[k]);
        data d, other;
        if (curve->flags & CC_POSITIVE_X)
            make_wright(&d, 30, 0.1, 31);
        else
            make_logistic(&d, 30, 0.3, 31);
        other = d;
        for (size_t i = 0; i < d.n; i++) {
            size_t from = i * 11 % d.n;
            other.x[i] = d.x[from];
            other.y[i] = d.y[from];
        }
        cc_result a = fit_one(curve, &d), b = fit_one(curve, &other);
        CHECK(a.status == b.status && a.status >= 0, "%s: statuses %d and %d", curve->name, a.status, b.status);
        CHECK(apart(curve, &a, &b) < 1e-6 && close_to(a.objective, b.objective, 1e-10), "%s: the order of the points matters", curve->name);
    }
}

/* A change of units changes the units of the answer and nothing else. */
static void check_units(const cc_curve *curve, const data *d, double cy, double cx)
{
    data other = *d;
    double theta[CC_MAX_PARAMS], f[MAX_N], g[MAX_N];
    for (size_t i = 0; i < d->n; i++) {
        other.y[i] = d->y[i] * cy;
        for (size_t k = 0; k < curve->r; k++) other.x[k * d->n + i] = d->x[k * d->n + i] * cx;
    }
    cc_result a = fit_one(curve, d), b = fit_one(curve, &other);
    CHECK(a.status == b.status && a.n_used == b.n_used && a.notes == b.notes, "%s, units %g and %g: status %d, notes %x; were %d and %x", curve->name, cy, cx, b.status, b.notes, a.status, a.notes);
    if (a.status < 0 || b.status < 0) return;
    double per_row = curve->error_model == CC_ADDITIVE ? cy : 1;
    CHECK(close_to(b.objective, a.objective * per_row * per_row, 1e-9), "%s, units %g and %g: objective %.12g, should be %.12g", curve->name, cy, cx, b.objective,
          a.objective * per_row * per_row);
    for (size_t j = 0; j < curve->p && curve->flags & CC_RESCALE; j++) {
        double unit = pow(cy, curve->params[j].y_power) * pow(cx, curve->params[j].x_power);
        theta[j] = a.theta[j] * unit;
        CHECK(close_to(b.theta[j], theta[j], 1e-9), "%s.%s, units %g and %g: %.12g, should be %.12g", curve->name, curve->params[j].name, cy, cx, b.theta[j], theta[j]);
        double se = stderr_of(curve, &a, j) * unit;
        CHECK(close_to(stderr_of(curve, &b, j), se, 1e-6), "%s.%s, units %g and %g: standard error %.12g, should be %.12g", curve->name, curve->params[j].name, cy, cx,
              stderr_of(curve, &b, j), se);
    }
    cc_evaluate(curve, d->x, d->n, a.theta, f, NULL);
    cc_evaluate(curve, other.x, d->n, b.theta, g, NULL);
    for (size_t i = 0; i < d->n; i++) CHECK(close_to(g[i], f[i] * cy, 1e-8), "%s, units %g and %g: the curve is %.12g, should be %.12g", curve->name, cy, cx, g[i], f[i] * cy);
}

static void test_units(void)
{
    static const double factors[] = {1000, 1e-6, 1024, 3e9};
    for (size_t k = 0; cc_curve_at(k); k++) {
        const cc_curve *curve = cc_curve_at(k);
        data d;
        if (curve->r > 1) continue;
        if (curve->flags & CC_POSITIVE_X)
            make_wright(&d, 30, 0.02, 31);
        else
            make_logistic(&d, 30, 0.1, 31);
        if (curve->flags & CC_POSITIVE_X)
            for (size_t i = 0; i < d.n; i++) d.y[i] += 10; /* a floor */
        for (size_t i = 0; i < d.n; i++) d.y[i] = fmax(d.y[i], 0.01);
        for (int m = 0; m < 4; m++) {
            check_units(curve, &d, factors[m], 1);
            check_units(curve, &d, 1, factors[m]);
            check_units(curve, &d, factors[m], 1 / factors[m]);
        }
    }
}

/* A weight of two is a point seen twice; all weights doubled change nothing where their size is estimated. */
static void test_weights(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    data d, twice, all;
    make_logistic(&d, 20, 0.2, 13);
    twice = all = d;
    twice.n = 23;
    for (size_t i = 0; i < 3; i++) {
        d.w[3 * i + 2] = 2;
        twice.x[20 + i] = d.x[3 * i + 2];
        twice.y[20 + i] = d.y[3 * i + 2];
    }
    cc_options options = default_options(logistic);
    options.weights_known = true;
    cc_result a = fit_with(logistic, &options, &d), b = fit_with(logistic, &options, &twice);
    CHECK(apart(logistic, &a, &b) < 1e-6, "a weight of two is not two points");
    for (size_t m = 0; m < 9; m++) CHECK(close_to(a.cov[m], b.cov[m], 1e-7), "the covariance of a weight of two");
    cc_result plain = fit_one(logistic, &all);
    for (size_t i = 0; i < 20; i++) all.w[i] = 1e-7;
    cc_result scaled = fit_one(logistic, &all);
    CHECK(apart(logistic, &plain, &scaled) < 1e-6, "the size of the weights changes the answer");
    for (size_t m = 0; m < 9; m++) CHECK(close_to(plain.cov[m], scaled.cov[m], 1e-8), "the size of the weights changes the covariance");
    CHECK_CLOSE(scaled.objective, plain.objective * 1e-7, 1e-9, "objective");
    CHECK_CLOSE(scaled.info[CC_INFO_S], plain.info[CC_INFO_S] * sqrt(1e-7), 1e-9, "standard deviation of a point of weight 1");
}

/* ---- losses ------------------------------------------------------------------------------------ */

static double rho(cc_loss loss, double z)
{
    switch (loss) {
    case CC_HUBER: return z <= 1 ? z : 2 * sqrt(z) - 1;
    case CC_SOFT_L1: return 2 * (sqrt(1 + z) - 1);
    case CC_CAUCHY: return log1p(z);
    default: return z;
    }
}

static double robust_objective(const data *d, cc_loss loss, double scale, const double *theta)
{
    double f[MAX_N], total = 0;
    cc_evaluate(cc_curve_find("logistic"), d->x, d->n, theta, f, NULL);
    for (size_t i = 0; i < d->n; i++) {
        double r = (d->y[i] - f[i]) / scale;
        total += scale * scale * rho(loss, d->w[i] * r * r) / 2;
    }
    return total;
}

static void test_losses(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    data d;
    make_logistic(&d, 40, 0.1, 2);
    d.y[7] += 30;
    d.y[25] -= 20;
    cc_options options = default_options(logistic);
    cc_result plain = fit_with(logistic, &options, &d);
    for (cc_loss loss = CC_HUBER; loss <= CC_CAUCHY; loss++) {
        options.loss = loss;
        options.loss_scale = 0.2;
        cc_result robust = fit_with(logistic, &options, &d);
        CHECK(robust.status >= 0, "loss %d: status %d", loss, robust.status);
        CHECK_CLOSE(robust.objective, robust_objective(&d, loss, 0.2, robust.theta), 1e-9, "objective of a robust loss");
        CHECK(robust_objective(&d, loss, 0.2, robust.theta) < robust_objective(&d, loss, 0.2, plain.theta), "loss %d is worse than least squares", loss);
        for (size_t j = 0; j < 3; j++) {
            CHECK(fabs(robust.theta[j] / LOGISTIC[j] - 1) < 0.1, "loss %d: parameter %zu is %g", loss, j, robust.theta[j]);
            for (int side = -1; side <= 1; side += 2) {
                double theta[3];
                memcpy(theta, robust.theta, sizeof theta);
                theta[j] *= 1 + 1e-4 * side;
                CHECK(robust_objective(&d, loss, 0.2, theta) > robust.objective * (1 - 1e-12), "loss %d: a better fit lies beside the one reported", loss);
            }
        }
        options.loss_scale = 1e6; /* every residual is small */
        cc_result wide = fit_with(logistic, &options, &d);
        CHECK(apart(logistic, &plain, &wide) < 1e-4, "loss %d of a large scale is not least squares", loss);
        options.loss_scale = NAN;
        cc_result estimated = fit_with(logistic, &options, &d);
        CHECK(estimated.status >= 0 && fabs(estimated.theta[0] / 12 - 1) < 0.1, "loss %d, scale estimated: ceiling %g, status %d", loss, estimated.theta[0], estimated.status);
    }
}

/* Without noise there is no scale to estimate; the parameters are there all the same. */
static void test_exact(void)
{
    for (cc_loss loss = CC_LINEAR; loss <= CC_CAUCHY; loss++) {
        data d;
        const cc_curve *logistic = cc_curve_find("logistic"), *wright = cc_curve_find("wright");
        cc_options options = default_options(logistic);
        options.loss = loss;
        make_logistic(&d, 20, 0, 1);
        cc_result result = fit_with(logistic, &options, &d);
        CHECK(result.status >= 0, "exact logistic, loss %d: status %d", loss, result.status);
        for (size_t j = 0; j < 3; j++) CHECK(close_to(result.theta[j], LOGISTIC[j], 1e-7), "exact logistic, loss %d: parameter %zu is %.12g", loss, j, result.theta[j]);
        options = default_options(wright);
        options.loss = loss;
        data_clear(&d, 9);
        for (size_t i = 0; i < 9; i++) d.x[i] = pow(4, (double)i), d.y[i] = pow(2, 3 - (double)i); /* no rounding either */
        result = fit_with(wright, &options, &d);
        CHECK(result.status >= 0, "exact wright, loss %d: status %d", loss, result.status);
        CHECK(close_to(result.theta[0], 8, 1e-9) && close_to(result.theta[1], 0.5, 1e-9), "exact wright, loss %d: %.12g, %.12g", loss, result.theta[0], result.theta[1]);
    }
}

static void test_binomial(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    data d;
    uint64_t state = 17;
    make_logistic(&d, 20, 0, 1);
    for (size_t i = 0; i < 20; i++) {
        double p = 1 / (1 + exp(-0.45 * (d.x[i] - 14)));
        int hits = 0;
        for (int k = 0; k < 50; k++) hits += random_between(&state, 0, 1) < p;
        d.y[i] = hits / 50.0;
        d.w[i] = 50;
    }
    d.lower[0] = d.upper[0] = 1;
    cc_options options = error_options(logistic, CC_BINOMIAL);
    cc_result result = fit_with(logistic, &options, &d);
    CHECK(result.status == CC_OK, "binomial: status %d", result.status);
    /* the score equations of logistic regression */
    double level = 0, slope = 0, information = 0;
    for (size_t i = 0; i < 20; i++) {
        double p = 1 / (1 + exp(-result.theta[1] * (d.x[i] - result.theta[2])));
        level += 50 * (d.y[i] - p);
        slope += 50 * (d.y[i] - p) * (d.x[i] - 14);
        information += 50 * p * (1 - p);
    }
    CHECK(fabs(level) < 1e-4 * sqrt(information) && fabs(slope) < 1e-3 * sqrt(information), "binomial: scores %g and %g", level, slope);
    CHECK(fabs(result.theta[1] - 0.45) < 4 * stderr_of(logistic, &result, 1), "binomial: rate %g", result.theta[1]);
}

/* ---- notes ------------------------------------------------------------------------------------- */

static void test_notes(void)
{
    const cc_curve *logistic = cc_curve_find("logistic"), *bass = cc_curve_find("bass");
    data d;
    make_logistic(&d, 30, 0.05, 3);
    cc_result whole = fit_one(logistic, &d);
    CHECK(!(whole.notes & (CC_NOTE_CEILING | CC_NOTE_FEW_POINTS | CC_NOTE_NOT_IDENTIFIED | CC_NOTE_AT_BOUND)), "notes %x for a whole S-curve", whole.notes);
    for (size_t i = 9; i < 30; i++) d.y[i] = NAN;
    cc_result begun = fit_one(logistic, &d);
    CHECK(begun.notes & CC_NOTE_CEILING, "the ceiling of a third of an S-curve is not in doubt: notes %x, status %d", begun.notes, begun.status);
    make_logistic(&d, 5, 0.05, 3);
    CHECK(fit_one(logistic, &d).notes & CC_NOTE_FEW_POINTS, "five points for three parameters are many");
    make_logistic(&d, 20, 0.05, 3);
    for (size_t i = 0; i < 20; i++) d.y[i] += 0.8 * sin(0.5 * (double)i);
    CHECK(fit_one(logistic, &d).notes & CC_NOTE_AUTOCORRELATED, "waves in the residuals are not noted");
    make_wright(&d, 12, 0.05, 3);
    d.x[11] = 1e12;
    d.y[11] = 90;
    CHECK(fit_one(cc_curve_find("wright"), &d).notes & CC_NOTE_ONE_POINT, "one point decides and is not noted");
    /* launch and midpoint of a market that is far from its beginning offset each other: no standard error is made up */
    data_clear(&d, 12);
    for (size_t i = 0; i < 12; i++) d.x[i] = 40 + (double)i, d.y[i] = 5 + 0.001 * (double)(i % 2);
    d.lower[3] = -100;
    d.upper[3] = 39;
    cc_result flat = fit_one(bass, &d);
    for (size_t j = 0; j < 4; j++) {
        double variance = flat.cov[j * 4 + j];
        bool at_bound = (unsigned)flat.info[CC_INFO_BOUNDS] & 1u << j;
        CHECK(flat.status < 0 || at_bound || isnan(variance) || (variance > 0 && isfinite(variance)), "a plateau gives parameter %zu the variance %g", j, variance);
    }
}

/* ---- every curve ------------------------------------------------------------------------------- */

static void test_recovery(void)
{
    for (size_t k = 0; cc_curve_at(k); k++) {
        const cc_curve *curve = cc_curve_at(k);
        double theta[CC_MAX_PARAMS];
        size_t n = 40, p = curve->p;
        data d;
        data_clear(&d, n);
        for (size_t m = 0; m < curve->r; m++)
            for (size_t i = 0; i < n; i++) {
                double share = (double)((i * (2 * m + 1)) % n) / (double)n;
                d.x[m * n + i] = curve->flags & CC_POSITIVE_X ? 2 * pow(3000, share) : 2000 + 25 * share;
            }
        /* the middle of the grid that the curve would search here */
        cc_range range = {.n = n, .y_low = 0.1, .y_high = 3, .y_first = 0.1, .y_last = 3};
        double z[CC_MAX_FEATURES * MAX_N];
        memcpy(z, d.x, curve->r * n * sizeof *z);
        if (curve->features) curve->features(curve, d.x, n, NULL, z, NULL);
        for (size_t m = 0; m < curve->n_features; m++) {
            range.low[m] = range.high[m] = z[m * n];
            for (size_t i = 0; i < n; i++) range.low[m] = fmin(range.low[m], z[m * n + i]), range.high[m] = fmax(range.high[m], z[m * n + i]);
        }
        range.step = (range.high[0] - range.low[0]) / (double)(n - 1);
        cc_grid grid;
        memset(&grid, 0, sizeof grid);
        if (curve->grid) curve->grid(curve, &range, &grid);
        for (size_t j = 0; j < p; j++) {
            theta[j] = grid.count[j] ? grid.node[j][grid.count[j] / 2] : 0.8 + 0.1 * (double)j;
            if (grid.count[j] > 1 && grid.node[j][0] > 0) theta[j] *= curve->flags & CC_POSITIVE_X ? 1.07 : 1.00005;
        }
        uint64_t state = 99;
        simulate(curve, curve->error_model, theta, 1e-5, &state, &d);
        cc_result result = fit_one(curve, &d);
        CHECK(result.status == CC_OK, "%s is not recovered: status %d", curve->name, result.status);
        for (size_t j = 0; j < p; j++) {
            double se = stderr_of(curve, &result, j);
            CHECK(fabs(result.theta[j] - theta[j]) <= 5 * se + 1e-9 * fabs(theta[j]), "%s.%s is %.9g +/- %.1g, should be %.9g", curve->name, curve->params[j].name, result.theta[j], se, theta[j]);
        }
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_too_few();
    test_constant();
    test_domain();
    test_infinite();
    test_bad_bounds();
    test_against_line();
    test_prior();
    test_fixed();
    test_fixed_by_default();
    test_bounds();
    test_starts();
    test_missing();
    test_permuted();
    test_units();
    test_weights();
    test_losses();
    test_exact();
    test_binomial();
    test_notes();
    test_recovery();
    return check_end();
}
