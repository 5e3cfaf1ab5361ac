// SPDX-License-Identifier: GPL-3.0-or-later
/* test_fit.c - fits against closed forms; what is held, bounded, given or believed; losses, likelihoods and notes. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "examples.h"
#include "fit/internal.h"

/* A line by weighted least squares, the textbook's way: intercept, slope, their covariance for unit variance, residual sum. */
static void line(const double *x, const double *y, const double *w, size_t n, double *coefficient, double *cov,
                 double *squares)
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
    CHECK(result.status == CC_OK && fabs(result.theta[0] - 12) < 3, "ceiling %g under a prior of 12 +/- 1, status %d",
          result.theta[0], result.status);
    CHECK(stderr_of(logistic, &result, 0) < 1.2, "ceiling's standard error %g under a prior of 12 +/- 1",
          stderr_of(logistic, &result, 0));
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
        CHECK(held.info[CC_INFO_FREE] == 2 && held.info[CC_INFO_BOUNDS] == 0, "%g free parameters",
              held.info[CC_INFO_FREE]);
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
    CHECK(all.status == CC_OK && all.theta[1] == LOGISTIC[1] && all.info[CC_INFO_FREE] == 0,
          "everything held: status %d", all.status);
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
    CHECK(result.theta[3] == 1990 && result.info[CC_INFO_FREE] == 3, "launch %g, %g free", result.theta[3],
          result.info[CC_INFO_FREE]);
    for (size_t j = 0; j < 3; j++)
        CHECK(fabs(result.theta[j] - market[j]) < 5 * stderr_of(bass, &result, j), "bass parameter %zu is %g", j,
              result.theta[j]);
    d.lower[3] = 1980;
    d.upper[3] = 1991;
    result = fit_one(bass, &d);
    CHECK(result.info[CC_INFO_FREE] == 4 && fabs(result.theta[3] - 1990) < 1, "a launch freed by bounds is %g",
          result.theta[3]);
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
            CHECK(close_to(a.objective, b.objective, 1e-9), "at the bound %.12g, held there %.12g", a.objective,
                  b.objective);
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
    CHECK(result.theta[0] == 11 && result.theta[2] == 15 && result.info[CC_INFO_BOUNDS] == 5, "two bounds: %g and %g",
          result.theta[0], result.theta[2]);
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
        CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6,
              "a start for parameter %zu changes the answer", j);
    }
    for (size_t j = 0; j < 3; j++) d.start[j] = LOGISTIC[j] * (j == 1 ? 0.7 : 1.2);
    cc_result result = fit_one(logistic, &d);
    CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6, "starts for all change the answer");
    CHECK(result.info[CC_INFO_STARTS] == 1 && result.info[CC_INFO_MINIMA] == 1, "%g starts where all are given",
          result.info[CC_INFO_STARTS]);
    /* on a bound of its own */
    d.start[0] = d.lower[0] = 2;
    result = fit_one(logistic, &d);
    CHECK(result.status == CC_OK && apart(logistic, &found, &result) < 1e-6, "a start on its bound stays there: %g",
          result.theta[0]);
}

/* ---- losses ------------------------------------------------------------------------------------ */

static double rho(cc_loss loss, double z)
{
    switch (loss) {
    case CC_HUBER:
        return z <= 1 ? z : 2 * sqrt(z) - 1;
    case CC_SOFT_L1:
        return 2 * (sqrt(1 + z) - 1);
    case CC_CAUCHY:
        return log1p(z);
    default:
        return z;
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
        CHECK_CLOSE(robust.objective, robust_objective(&d, loss, 0.2, robust.theta), 1e-9,
                    "objective of a robust loss");
        CHECK(robust_objective(&d, loss, 0.2, robust.theta) < robust_objective(&d, loss, 0.2, plain.theta),
              "loss %d is worse than least squares", loss);
        for (size_t j = 0; j < 3; j++) {
            CHECK(fabs(robust.theta[j] / LOGISTIC[j] - 1) < 0.1, "loss %d: parameter %zu is %g", loss, j,
                  robust.theta[j]);
            for (int side = -1; side <= 1; side += 2) {
                double theta[3];
                memcpy(theta, robust.theta, sizeof theta);
                theta[j] *= 1 + 1e-4 * side;
                CHECK(robust_objective(&d, loss, 0.2, theta) > robust.objective * (1 - 1e-12),
                      "loss %d: a better fit lies beside the one reported", loss);
            }
        }
        options.loss_scale = 1e6; /* every residual is small */
        cc_result wide = fit_with(logistic, &options, &d);
        CHECK(apart(logistic, &plain, &wide) < 1e-4, "loss %d of a large scale is not least squares", loss);
        options.loss_scale = NAN;
        cc_result estimated = fit_with(logistic, &options, &d);
        CHECK(estimated.status >= 0 && fabs(estimated.theta[0] / 12 - 1) < 0.1,
              "loss %d, scale estimated: ceiling %g, status %d", loss, estimated.theta[0], estimated.status);
        /* the objective tells the scale that was used; given, it leads to the same answer */
        double low = 1e-3, high = 10;
        while (high / low > 1 + 1e-12) {
            double middle = sqrt(low * high);
            *(robust_objective(&d, loss, middle, estimated.theta) < estimated.objective ? &low : &high) = middle;
        }
        double spread = low / cc_tuning(loss);
        CHECK(spread > 0.05 && spread < 0.2, "loss %d: errors of 0.1 are estimated at %g", loss, spread);
        options.loss_scale = low;
        cc_result same = fit_with(logistic, &options, &d);
        CHECK(apart(logistic, &estimated, &same) < 1e-6, "loss %d: the estimated scale given leads elsewhere", loss);
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
        for (size_t j = 0; j < 3; j++)
            CHECK(close_to(result.theta[j], LOGISTIC[j], 1e-7), "exact logistic, loss %d: parameter %zu is %.12g", loss,
                  j, result.theta[j]);
        options = default_options(wright);
        options.loss = loss;
        data_clear(&d, 9);
        for (size_t i = 0; i < 9; i++)
            d.x[i] = pow(4, (double)i), d.y[i] = pow(2, 3 - (double)i); /* no rounding either */
        result = fit_with(wright, &options, &d);
        CHECK(result.status >= 0, "exact wright, loss %d: status %d", loss, result.status);
        CHECK(close_to(result.theta[0], 8, 1e-9) && close_to(result.theta[1], 0.5, 1e-9),
              "exact wright, loss %d: %.12g, %.12g", loss, result.theta[0], result.theta[1]);
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
    CHECK(fabs(level) < 1e-4 * sqrt(information) && fabs(slope) < 1e-3 * sqrt(information),
          "binomial: scores %g and %g", level, slope);
    CHECK(fabs(result.theta[1] - 0.45) < 4 * stderr_of(logistic, &result, 1), "binomial: rate %g", result.theta[1]);
}

/* ---- notes ------------------------------------------------------------------------------------- */

static void test_notes(void)
{
    const cc_curve *logistic = cc_curve_find("logistic"), *bass = cc_curve_find("bass");
    data d;
    make_logistic(&d, 30, 0.05, 3);
    cc_result whole = fit_one(logistic, &d);
    CHECK(!(whole.notes & (CC_NOTE_CEILING | CC_NOTE_FEW_POINTS | CC_NOTE_NOT_IDENTIFIED | CC_NOTE_AT_BOUND)),
          "notes %x for a whole S-curve", whole.notes);
    for (size_t i = 9; i < 30; i++) d.y[i] = NAN;
    cc_result begun = fit_one(logistic, &d);
    CHECK(begun.notes & CC_NOTE_CEILING, "the ceiling of a third of an S-curve is not in doubt: notes %x, status %d",
          begun.notes, begun.status);
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
        CHECK(flat.status < 0 || at_bound || isnan(variance) || (variance > 0 && isfinite(variance)),
              "a plateau gives parameter %zu the variance %g", j, variance);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_against_line();
    test_prior();
    test_fixed();
    test_fixed_by_default();
    test_bounds();
    test_starts();
    test_losses();
    test_exact();
    test_binomial();
    test_notes();
    return check_end();
}
