// SPDX-License-Identifier: GPL-3.0-or-later
/* test_refused.c - what cannot be fitted: each kind of bad input has its status, and NaN where the numbers would be. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "examples.h"

/* The status, and NaN in every number that comes with it. */
static void refused_with(const cc_curve *curve, const cc_options *options, const data *d, cc_status want,
                         const char *what)
{
    cc_result result = fit_with(curve, options, d);
    CHECK(result.status == want, "%s, %s: status %d, should be %d", curve->name, what, result.status, want);
    if (result.status >= 0) return;
    for (size_t j = 0; j < curve->p; j++)
        CHECK(isnan(result.theta[j]), "%s, %s: a parameter without a fit", curve->name, what);
    for (size_t k = 0; k < curve->p * curve->p; k++)
        CHECK(isnan(result.cov[k]), "%s, %s: a covariance without a fit", curve->name, what);
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
        CHECK((status == CC_DOMAIN) == (shares[k] < 0 || shares[k] > 1), "binomial share %g has status %d", shares[k],
              status);
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

int main(void)
{
    gsl_set_error_handler_off();
    test_too_few();
    test_constant();
    test_domain();
    test_infinite();
    test_bad_bounds();
    return check_end();
}
