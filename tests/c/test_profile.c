// SPDX-License-Identifier: GPL-3.0-or-later
/* test_profile.c - profile intervals: exact where the curve is linear, self-consistent everywhere, open where they should be. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "curves/families.h"
#include "series.h"
#include "sets.h"

enum { MAX_STEPS = 2 * CC_MAX_PARAMS * 200 };

typedef struct interval {
    cc_status failed;
    double low[CC_MAX_PARAMS], high[CC_MAX_PARAMS], best[CC_MAX_PARAMS];
    int64_t status[CC_MAX_PARAMS];
    size_t steps;
} interval;

static int low_state(const interval *found, size_t j)
{
    return (int)(found->status[j] & 15);
}

static int high_state(const interval *found, size_t j)
{
    return (int)(found->status[j] >> CC_PROFILE_HIGH_SHIFT & 15);
}

/* Intervals of all parameters about theta. */
static interval profile_at(const cc_curve *curve, const cc_options *options, const data *d, const double *theta,
                           double level)
{
    interval found = {.failed = CC_OK};
    double levels[CC_MAX_PARAMS];
    cc_series series = data_series(d);
    series.start = theta;
    for (size_t j = 0; j < curve->p; j++) levels[j] = level;
    cc_profile *profile = cc_profile_alloc(curve, d->n, options, &found.failed);
    CHECK(profile, "%s has no profile: status %d", curve->name, found.failed);
    if (!profile) return found;
    found.failed = cc_profile_begin(profile, &series, levels);
    while (found.failed == CC_OK && cc_profile_step(profile) && found.steps < MAX_STEPS) found.steps++;
    CHECK(found.steps < MAX_STEPS, "%s: a profile does not end", curve->name);
    cc_profile_result(profile, found.low, found.high, found.status, found.best);
    cc_profile_free(profile);
    return found;
}

static interval profile_of(const cc_curve *curve, const cc_options *options, const data *d, double level)
{
    cc_result fit = fit_with(curve, options, d);
    CHECK(fit.status >= 0, "%s: no fit to profile, status %d", curve->name, fit.status);
    return profile_at(curve, options, d, fit.theta, level);
}

static void make(const cc_curve *curve, data *d, size_t n, const double *theta, double low, double high, double sd,
                 uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) {
        double share = (double)i / (double)(n - 1);
        d->x[i] = curve->flags & CC_POSITIVE_X ? low * pow(high / low, share) : low + (high - low) * share;
    }
    simulate(curve, curve->error_model, theta, sd, &seed, d);
}

static const double LOGISTIC[] = {12, 0.45, 14}, WRIGHT[] = {100, 0.32};

/* ---- where the answer is known ----------------------------------------------------------------- */

/* ln y = ln a - b ln x: the profile of b is the t interval, and that of a its exponential. */
static void test_linear(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_options options = default_options(wright);
    data d;
    for (size_t n = 3; n < 40; n += 7) {
        make(wright, &d, n, WRIGHT, 2, 300, 0.2, n);
        cc_result fit = fit_one(wright, &d);
        interval found = profile_of(wright, &options, &d, 0.9);
        double t = gsl_cdf_tdist_Pinv(0.95, (double)n - 2), half = t * stderr_of(wright, &fit, 1);
        CHECK_CLOSE(found.low[1], fit.theta[1] - half, 1e-8, "low end of a slope");
        CHECK_CLOSE(found.high[1], fit.theta[1] + half, 1e-8, "high end of a slope");
        double factor = exp(t * stderr_of(wright, &fit, 0) / fit.theta[0]);
        CHECK_CLOSE(found.low[0], fit.theta[0] / factor, 1e-8, "low end of a factor");
        CHECK_CLOSE(found.high[0], fit.theta[0] * factor, 1e-8, "high end of a factor");
        CHECK(found.status[0] == 0x11 && found.status[1] == 0x11, "states %x, %x", (int)found.status[0],
              (int)found.status[1]);
        /* known errors: the chi-squared quantile, whatever the scatter */
        options.weights_known = true;
        for (size_t i = 0; i < n; i++) d.w[i] = 25;
        fit = fit_with(wright, &options, &d);
        found = profile_of(wright, &options, &d, 0.9);
        half = sqrt(gsl_cdf_chisq_Pinv(0.9, 1)) * stderr_of(wright, &fit, 1);
        CHECK_CLOSE(found.low[1], fit.theta[1] - half, 1e-8, "low end with known errors");
        CHECK_CLOSE(found.high[1], fit.theta[1] + half, 1e-8, "high end with known errors");
        options.weights_known = false;
    }
}

/* Pasture yield, Rat42 of the NIST StRD: every end is where the sum of squares has risen by the F quantile. */
static void test_against_the_definition(void)
{
    static const double time[] = {9, 14, 21, 28, 42, 57, 63, 70, 79},
                        grown[] = {8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08};
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    data_clear(&d, 9);
    memcpy(d.x, time, sizeof time);
    memcpy(d.y, grown, sizeof grown);
    cc_result fit = fit_one(logistic, &d);
    interval found = profile_of(logistic, &options, &d, 0.95);
    double threshold = fit.objective * (1 + gsl_cdf_fdist_Pinv(0.95, 1, 6) / 6);
    for (size_t j = 0; j < 3; j++)
        for (int side = 0; side < 2; side++) {
            data held = d;
            held.lower[j] = held.upper[j] = side ? found.high[j] : found.low[j];
            CHECK_CLOSE(fit_one(logistic, &held).objective, threshold, 1e-7, "objective at an end");
        }
}

/* ---- every curve ------------------------------------------------------------------------------- */

/* Closed ends of any curve lie where the definition puts them, on their own side of the fit. */
static void test_curves(void)
{
    const cc_curve *curve;
    size_t closed = 0, asked = 0;
    for (size_t at = 0; (curve = cc_curve_at(at)); at++) {
        data d;
        data_clear(&d, SET_POINTS);
        set_points(curve, d.x, d.n);
        for (uint64_t set = 0; set < repetitions(4); set++) {
            double theta[CC_MAX_PARAMS];
            uint64_t state = set + 99;
            set_theta(curve, set, theta);
            simulate(curve, curve->error_model, theta, 0.02, &state, &d);
            cc_options options = default_options(curve);
            cc_result fit = fit_with(curve, &options, &d);
            if (fit.status != CC_OK || !(fit.objective > 1e-6)) continue;
            interval found = profile_at(curve, &options, &d, fit.theta, 0.8);
            if (found.failed != CC_OK) continue;
            double degrees = (double)fit.n_used - fit.info[CC_INFO_FREE];
            double threshold = fit.objective * (1 + gsl_cdf_fdist_Pinv(0.8, 1, degrees) / degrees);
            for (size_t j = 0; j < curve->p; j++) {
                if (low_state(&found, j) == CC_PROFILE_NONE) continue;
                asked += 2;
                CHECK(!(found.low[j] > fit.theta[j]) && !(found.high[j] < fit.theta[j]),
                      "%s, set %d, %s: %g to %g about %g", curve->name, (int)set, curve->params[j].name, found.low[j],
                      found.high[j], fit.theta[j]);
                for (int side = 0; side < 2; side++) {
                    int own = side ? high_state(&found, j) : low_state(&found, j);
                    if (own != CC_PROFILE_CLOSED || found.status[j] & CC_PROFILE_LOWER) continue;
                    closed++;
                    data held = d;
                    held.lower[j] = held.upper[j] = side ? found.high[j] : found.low[j];
                    double objective = fit_with(curve, &options, &held).objective;
                    CHECK(!(objective < threshold * (1 - 1e-6)), "%s, set %d, %s: an end at %g of the threshold",
                          curve->name, (int)set, curve->params[j].name, objective / threshold);
                }
            }
        }
    }
    CHECK(2 * closed > asked, "only %zu of %zu ends are closed", closed, asked);
}

/* ---- ends that are not there ------------------------------------------------------------------- */

static void test_open(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    /* the first third of the way up: no ceiling to be seen */
    make(logistic, &d, 14, LOGISTIC, 0, 8, 0.03, 5);
    interval found = profile_of(logistic, &options, &d, 0.95);
    CHECK(high_state(&found, 0) == CC_PROFILE_OPEN && found.high[0] == INFINITY, "ceiling ends at %g", found.high[0]);
    CHECK(high_state(&found, 2) == CC_PROFILE_OPEN && found.high[2] == INFINITY, "midpoint ends at %g", found.high[2]);
    CHECK(low_state(&found, 0) == CC_PROFILE_CLOSED && found.low[0] > 0, "ceiling begins at %g", found.low[0]);
    CHECK(low_state(&found, 1) == CC_PROFILE_CLOSED && high_state(&found, 1) == CC_PROFILE_CLOSED, "rate is %x",
          (int)found.status[1]);
    /* a bound ends what would be open */
    d.upper[0] = 50;
    found = profile_of(logistic, &options, &d, 0.95);
    CHECK(high_state(&found, 0) == CC_PROFILE_BOUND && found.high[0] == 50, "bounded ceiling ends at %g",
          found.high[0]);
    /* a fit that ends on its bound: the interval begins there */
    make(logistic, &d, 14, LOGISTIC, 0, 28, 0.05, 4);
    d.lower[0] = 12.5;
    cc_result fit = fit_one(logistic, &d);
    CHECK(fit.theta[0] == 12.5, "the ceiling is %g, should be pressed to 12.5", fit.theta[0]);
    found = profile_of(logistic, &options, &d, 0.95);
    CHECK(low_state(&found, 0) == CC_PROFILE_BOUND && found.low[0] == 12.5, "pressed ceiling begins at %g",
          found.low[0]);
    CHECK(high_state(&found, 0) == CC_PROFILE_CLOSED && found.high[0] > 12.5, "pressed ceiling ends at %g",
          found.high[0]);
}

static void test_held(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 20, LOGISTIC, 0, 28, 0.3, 5);
    d.lower[2] = d.upper[2] = 14;
    interval found = profile_of(logistic, &options, &d, 0.9);
    CHECK(found.status[2] == 0 && isnan(found.low[2]) && isnan(found.high[2]), "a fixed parameter has an interval");
    CHECK(found.status[0] == 0x11 && found.status[1] == 0x11, "the others do not: %x, %x", (int)found.status[0],
          (int)found.status[1]);
    cc_result fit = fit_one(logistic, &d);
    double wald = 2 * gsl_cdf_tdist_Pinv(0.95, 18) * stderr_of(logistic, &fit, 1);
    CHECK_CLOSE(found.high[1] - found.low[1], wald, 0.05, "length of the rate's interval against Wald's");
    /* no level, no interval */
    interval none = profile_of(logistic, &options, &d, NAN);
    CHECK(none.status[0] == 0 && isnan(none.low[0]) && none.steps == 0, "an interval that was not asked for");
}

/* Where a Wald interval ends the objective of a curve that is linear in its parameters has risen by the quantile's square. */
static void test_heights(void)
{
    const cc_curve *wright = cc_curve_find("wright"), *logistic = cc_curve_find("logistic");
    cc_options options = default_options(wright);
    data d;
    make(wright, &d, 25, WRIGHT, 3, 3000, 0.1, 7);
    cc_result fit = fit_with(wright, &options, &d);
    cc_series series = data_series(&d);
    series.start = fit.theta;
    cc_status status;
    cc_profile *profile = cc_profile_alloc(wright, d.n, &options, &status);
    double off = 1.7 * stderr_of(wright, &fit, 1);
    double low[] = {NAN, fit.theta[1] - off}, high[] = {NAN, fit.theta[1] + 2 * off}, below[2], above[2];
    status = cc_profile_heights(profile, &series, low, high, below, above);
    CHECK(status == CC_OK, "heights of a line: status %d", status);
    CHECK_CLOSE(below[1], 1.7, 1e-6, "height 1.7 standard errors below");
    CHECK_CLOSE(above[1], 3.4, 1e-6, "height 3.4 standard errors above");
    CHECK(isnan(below[0]) && isnan(above[0]), "heights that were not asked for: %g, %g", below[0], above[0]);
    d.lower[1] = d.upper[1] = fit.theta[1];
    series = data_series(&d);
    series.start = fit.theta;
    status = cc_profile_heights(profile, &series, low, high, below, above);
    CHECK(status == CC_OK && isnan(below[1]) && isnan(above[1]), "a held parameter has the height %g", below[1]);
    double nothing[] = {NAN, 1};
    series.start = nothing;
    status = cc_profile_heights(profile, &series, low, high, below, above);
    CHECK(status == CC_NO_FIT && isnan(below[1]), "heights about nothing: status %d", status);
    cc_profile_free(profile);

    /* half the standard errors of a ceiling that is not seen: it is no further away than what the data cannot tell from it */
    options = default_options(logistic);
    make(logistic, &d, 14, LOGISTIC, 0, 8, 0.03, 5);
    fit = fit_with(logistic, &options, &d);
    series = data_series(&d);
    series.start = fit.theta;
    profile = cc_profile_alloc(logistic, d.n, &options, &status);
    double down[] = {fit.theta[0] / 3, NAN, NAN}, up[] = {3 * fit.theta[0], NAN, NAN}, left[3], right[3];
    status = cc_profile_heights(profile, &series, down, up, left, right);
    CHECK(status == CC_OK && left[0] > 2 && right[0] < 1, "heights of a ceiling: %g and %g", left[0], right[0]);
    cc_profile_free(profile);
}

static void test_nothing_to_profile(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 3, LOGISTIC, 4, 28, 0, 5);
    interval found = profile_at(logistic, &options, &d, LOGISTIC, 0.9);
    CHECK(found.failed == CC_TOO_FEW, "as many points as parameters: status %d", found.failed);
    make(logistic, &d, 20, LOGISTIC, 0, 28, 0, 5);
    found = profile_at(logistic, &options, &d, LOGISTIC, 0.9);
    CHECK(found.failed == CC_TOO_FEW, "no scatter: status %d", found.failed);
    double nothing[] = {NAN, 1, 1};
    found = profile_at(logistic, &options, &d, nothing, 0.9);
    CHECK(found.failed == CC_NO_FIT, "NaN for a start: status %d", found.failed);
    for (size_t i = 0; i < d.n; i++) d.y[i] = NAN;
    found = profile_at(logistic, &options, &d, LOGISTIC, 0.9);
    CHECK(found.failed < 0 && isnan(found.low[0]) && isnan(found.best[0]), "no data: status %d", found.failed);
}

/* ---- what the fit estimated beside its parameters ---------------------------------------------- */

static void test_lower(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 20, LOGISTIC, 0, 28, 0.3, 5);
    cc_result fit = fit_one(logistic, &d);
    interval found = profile_of(logistic, &options, &d, 0.9);
    CHECK(!(found.status[0] & CC_PROFILE_LOWER), "a lower minimum than the lowest");
    CHECK(all_same_bits(found.best, fit.theta, 3) || fabs(found.best[0] - fit.theta[0]) < 1e-6,
          "the best is not the fit");
    /* about parameters that are no minimum it says so, and where one is */
    double off[] = {fit.theta[0] * 1.2, fit.theta[1], fit.theta[2]};
    found = profile_at(logistic, &options, &d, off, 0.9);
    CHECK(found.status[0] & CC_PROFILE_LOWER, "a lower minimum was passed over");
    for (size_t j = 0; j < 3; j++) CHECK_CLOSE(found.best[j], fit.theta[j], 1e-6, "where the lower minimum is");
}

/* A prior is one more observation. */
static void test_prior(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_options options = default_options(wright);
    data d;
    make(wright, &d, 12, WRIGHT, 2, 300, 0.2, 3);
    d.prior_mean[1] = 0.3;
    d.prior_sd[1] = 0.01;
    cc_result fit = fit_one(wright, &d);
    interval found = profile_of(wright, &options, &d, 0.9);
    double half = gsl_cdf_tdist_Pinv(0.95, 10) * stderr_of(wright, &fit, 1);
    CHECK_CLOSE(found.high[1] - found.low[1], 2 * half, 1e-4, "length of an interval with a prior");
    CHECK(found.status[1] == 0x11, "states with a prior: %x", (int)found.status[1]);
}

/* With a scale that no residual reaches, Huber's loss is least squares; with outliers its interval is shorter. */
static void test_robust(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options plain = default_options(logistic), robust = plain;
    data d;
    make(logistic, &d, 40, LOGISTIC, 0, 28, 0.2, 6);
    robust.loss = CC_HUBER;
    robust.loss_scale = 100;
    interval one = profile_of(logistic, &plain, &d, 0.9), other = profile_of(logistic, &robust, &d, 0.9);
    for (size_t j = 0; j < 3; j++) {
        CHECK_CLOSE(other.low[j], one.low[j], 1e-6, "low end under a loss that does not bend");
        CHECK_CLOSE(other.high[j], one.high[j], 1e-6, "high end under a loss that does not bend");
    }
    for (size_t i = 3; i < 40; i += 9) d.y[i] += 5;
    for (int loss = CC_HUBER; loss <= CC_CAUCHY; loss++) {
        robust.loss = (cc_loss)loss;
        robust.loss_scale = NAN;
        one = profile_of(logistic, &plain, &d, 0.9);
        other = profile_of(logistic, &robust, &d, 0.9);
        CHECK(other.status[0] == 0x11, "loss %d: ceiling is %x", loss, (int)other.status[0]);
        CHECK(other.high[0] - other.low[0] < 0.5 * (one.high[0] - one.low[0]), "loss %d: %g to %g", loss, other.low[0],
              other.high[0]);
        CHECK(other.low[0] < 12 && other.high[0] > 12, "loss %d: %g to %g does not hold the truth", loss, other.low[0],
              other.high[0]);
    }
}

/* ---- what must not matter ---------------------------------------------------------------------- */

static void test_widths(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 20, LOGISTIC, 0, 20, 0.3, 7);
    options.width = 1;
    interval one = profile_of(logistic, &options, &d, 0.9);
    for (int width = 2; width <= 4; width += 2) {
        if (!cc_width_available(width)) continue;
        options.width = width;
        interval other = profile_of(logistic, &options, &d, 0.9);
        CHECK(all_same_bits(one.low, other.low, 3) && all_same_bits(one.high, other.high, 3),
              "width %d gives other bits", width);
    }
}

/* Whatever the data, it ends, and what it returns is ordered. */
static void test_hostile(void)
{
    static const double nasty[] = {0, -1, 1e300, -1e300, 1e-300, 5e-324, INFINITY, NAN, 1, 2, 3};
    const cc_curve *curve;
    uint64_t state = 11;
    for (size_t at = 0; (curve = cc_curve_at(at)); at++)
        for (size_t round = 0; round < repetitions(60); round++) {
            data d;
            double theta[CC_MAX_PARAMS];
            data_clear(&d, 1 + random_bits(&state) % 12);
            for (size_t i = 0; i < curve->r * d.n; i++)
                d.x[i] = random_bits(&state) % 4 ? (double)(i + 1) : nasty[random_bits(&state) % CC_COUNT(nasty)];
            for (size_t i = 0; i < d.n; i++) {
                d.y[i] = random_bits(&state) % 3 ? random_between(&state, 0.1, 5)
                                                 : nasty[random_bits(&state) % CC_COUNT(nasty)];
                d.w[i] = random_bits(&state) % 8 ? 1 : nasty[random_bits(&state) % CC_COUNT(nasty)];
            }
            for (size_t j = 0; j < curve->p; j++)
                theta[j] = random_bits(&state) % 4 ? 1 : nasty[random_bits(&state) % CC_COUNT(nasty)];
            cc_options options = default_options(curve);
            options.loss = (cc_loss)(round % 4);
            cc_result fit = fit_with(curve, &options, &d);
            interval found = profile_at(curve, &options, &d, round % 2 && fit.status >= 0 ? fit.theta : theta, 0.9);
            for (size_t j = 0; j < curve->p; j++)
                CHECK(!(found.low[j] > found.high[j]), "%s: %g to %g", curve->name, found.low[j], found.high[j]);
        }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_linear();
    test_against_the_definition();
    test_curves();
    test_open();
    test_held();
    test_heights();
    test_nothing_to_profile();
    test_lower();
    test_prior();
    test_robust();
    test_widths();
    test_hostile();
    return check_end();
}
