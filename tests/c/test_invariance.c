// SPDX-License-Identifier: GPL-3.0-or-later
/* test_invariance.c - what must not matter to a fit (gaps, order, units, origin), and what it must find whatever the curve. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "examples.h"
#include "sets.h"

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
        CHECK(a.status == CC_OK && a.n_used == less.n && b.n_used == less.n, "%s: %zu points used", curve->name,
              a.n_used);
        CHECK(apart(curve, &b, &a) < 1e-7 && close_to(a.objective, b.objective, 1e-11),
              "%s: missing points are not dropped points", curve->name);
        CHECK(a.notes == b.notes, "%s: missing points change the notes", curve->name);
        for (size_t m = 0; m < curve->p * curve->p; m++)
            CHECK(close_to(a.cov[m], b.cov[m], 1e-8), "%s: missing points change the covariance", curve->name);
    }
}

/* The order in which points are given changes no bit of an answer, and with one regressor none of what is said of it. (Where a
 * stage walks the points itself the answers agree to rounding: tests/test_properties.py.) */
static void test_permuted(void)
{
    for (size_t c = 0; cc_curve_at(c); c++) {
        const cc_curve *curve = cc_curve_at(c);
        data d, other;
        uint64_t state = 31;
        data_clear(&d, 30);
        if (curve->r * d.n > MAX_R * MAX_N || curve->flags & CC_FEATURES_MOVE) continue;
        curve->example_x(curve, d.n, d.x);
        simulate(curve, CC_MULTIPLICATIVE, curve->example, 0.02, &state, &d);
        for (size_t i = 0; i < d.n; i++) d.w[i] = 1 + (double)(i % 3);
        other = d;
        for (size_t i = 0; i < d.n; i++) {
            size_t from = i * 11 % d.n;
            for (size_t k = 0; k < curve->r; k++) other.x[k * d.n + i] = d.x[k * d.n + from];
            other.y[i] = d.y[from];
            other.w[i] = d.w[from];
        }
        cc_result a = fit_one(curve, &d), b = fit_one(curve, &other);
        CHECK(a.status >= 0, "%s: status %d", curve->name, a.status);
        if (curve->r > 1) a.notes &= ~CC_NOTE_AUTOCORRELATED, b.notes &= ~CC_NOTE_AUTOCORRELATED;
        CHECK(same_result(curve, &a, &b), "%s: the order of the points matters", curve->name);
    }
}

/* A change of units changes the units of the answer and nothing else. */
static void check_units(const cc_curve *curve, const data *d, double cy, double cx)
{
    data other = *d;
    double theta[CC_MAX_PARAMS], f[MAX_N], g[MAX_N];
    for (size_t i = 0; i < d->n; i++) {
        other.y[i] = d->y[i] * cy;
        /* of several regressors one may be a time beside an output, or the number of a technology */
        for (size_t k = 0; k < curve->r; k++) other.x[k * d->n + i] = d->x[k * d->n + i] * (curve->r == 1 ? cx : 1);
    }
    cc_result a = fit_one(curve, d), b = fit_one(curve, &other);
    /* parameters that stand for one unit of x offset each other more the farther from it the points lie */
    unsigned own = curve->flags & CC_RESCALE ? 0 : CC_NOTE_COLLINEAR | CC_NOTE_REFEREE;
    CHECK(a.status == b.status && a.n_used == b.n_used && (a.notes | own) == (b.notes | own),
          "%s, y times %g and x times %g: status %d, notes %x; were %d and %x", curve->name, cy, cx, b.status, b.notes,
          a.status, a.notes);
    if (a.status < 0 || b.status < 0) return;
    double per_row = curve->error_model == CC_ADDITIVE ? cy : 1;
    CHECK(close_to(b.objective, a.objective * per_row * per_row, 1e-9),
          "%s, y times %g and x times %g: objective %.12g, should be %.12g", curve->name, cy, cx, b.objective,
          a.objective * per_row * per_row);
    for (size_t j = 0; j < curve->p && curve->flags & CC_RESCALE; j++) {
        double unit = pow(cy, curve->params[j].y_power) * pow(cx, curve->params[j].x_power);
        theta[j] = a.theta[j] * unit;
        CHECK(close_to(b.theta[j], theta[j], 1e-9), "%s.%s, y times %g and x times %g: %.12g, should be %.12g",
              curve->name, curve->params[j].name, cy, cx, b.theta[j], theta[j]);
        double se = stderr_of(curve, &a, j) * unit;
        CHECK(close_to(stderr_of(curve, &b, j), se, 1e-6),
              "%s.%s, y times %g and x times %g: standard error %.12g, should be %.12g", curve->name,
              curve->params[j].name, cy, cx, stderr_of(curve, &b, j), se);
    }
    cc_evaluate(curve, d->x, d->n, a.theta, f, NULL);
    cc_evaluate(curve, other.x, d->n, b.theta, g, NULL);
    for (size_t i = 0; i < d->n; i++)
        CHECK(close_to(g[i], f[i] * cy, 1e-8), "%s, y times %g and x times %g: the curve is %.12g, should be %.12g",
              curve->name, cy, cx, g[i], f[i] * cy);
}

static void test_units(void)
{
    static const double factors[] = {1000, 1e-6, 1024, 3e9};
    for (size_t k = 0; cc_curve_at(k); k++) {
        const cc_curve *curve = cc_curve_at(k);
        data d;
        uint64_t state = 31;
        data_clear(&d, 30);
        curve->example_x(curve, d.n, d.x);
        bool share = !set_has_unit(curve);
        simulate(curve, share ? CC_LOGIT : CC_MULTIPLICATIVE, curve->example, 0.02, &state, &d);
        for (int m = 0; m < 4; m++) {
            check_units(curve, &d, share ? 1 : factors[m], 1);
            check_units(curve, &d, 1, factors[m]);
            check_units(curve, &d, share ? 1 : factors[m], 1 / factors[m]);
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
    for (size_t m = 0; m < 9; m++)
        CHECK(close_to(plain.cov[m], scaled.cov[m], 1e-8), "the size of the weights changes the covariance");
    CHECK_CLOSE(scaled.objective, plain.objective * 1e-7, 1e-9, "objective");
    CHECK_CLOSE(scaled.info[CC_INFO_S], plain.info[CC_INFO_S] * sqrt(1e-7), 1e-9,
                "standard deviation of a point of weight 1");
    for (int power = -25; power <= 25; power++) {
        for (size_t i = 0; i < 20; i++) all.w[i] = ldexp(1, power);
        scaled = fit_one(logistic, &all);
        CHECK_CLOSE(scaled.info[CC_INFO_S], plain.info[CC_INFO_S] * sqrt(ldexp(1, power)), 1e-9,
                    "standard deviation of a point of weight 1");
        CHECK_CLOSE(scaled.objective, ldexp(plain.objective, power), 1e-9, "objective");
    }
}

/* ---- every curve ------------------------------------------------------------------------------- */

static void test_recovery(void)
{
    for (size_t k = 0; cc_curve_at(k); k++) {
        const cc_curve *curve = cc_curve_at(k);
        const double *theta = curve->example;
        size_t n = 40, p = curve->p;
        data d;
        data_clear(&d, n);
        curve->example_x(curve, n, d.x);
        uint64_t state = 99;
        simulate(curve, curve->error_model, theta, 1e-5, &state, &d);
        for (size_t j = 0; j < p; j++)
            if (curve->params[j].flags & CC_FIXED_BY_DEFAULT) d.lower[j] = d.upper[j] = theta[j];
        cc_result result = fit_one(curve, &d);
        CHECK(result.status == CC_OK, "%s is not recovered: status %d", curve->name, result.status);
        for (size_t j = 0; j < p; j++) {
            double se = stderr_of(curve, &result, j);
            CHECK(fabs(result.theta[j] - theta[j]) <= 5 * se + 1e-9 * fabs(theta[j]),
                  "%s.%s is %.9g +/- %.1g, should be %.9g", curve->name, curve->params[j].name, result.theta[j], se,
                  theta[j]);
        }
    }
}

/* However small the scatter, down to that of rounding, a fit settles: residuals carry the rounding of the data. */
static void test_small_noise(void)
{
    static const char *const names[] = {"logistic",    "gompertz",    "bass",  "weibull",
                                        "power_floor", "exponential", "wright"};
    static const double rising[] = {12, 0.45, 2014, 1}, market[] = {12, 0.02, 0.4, 1999}, growth[] = {3, 0.1, 2000},
                        floor_[] = {1, 3, 0.4}, slow[] = {12, 12, 2.5, 1999};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const cc_curve *curve = cc_curve_find(names[k]);
        const double *theta = k == 2   ? market
                              : k == 3 ? slow
                              : k == 4 ? floor_
                              : k == 5 ? growth
                              : k == 6 ? WRIGHT
                                       : rising;
        for (double sd = 0.1; sd > 1e-18; sd /= 10)
            for (uint64_t seed = 0; seed < 4; seed++) {
                data d;
                uint64_t state = seed;
                data_clear(&d, 30);
                for (size_t i = 0; i < 30; i++)
                    d.x[i] = curve->flags & CC_POSITIVE_X ? 3 * pow(1.4, (double)i) : 2000 + (double)i;
                simulate(curve, CC_MULTIPLICATIVE, theta, sd, &state, &d);
                cc_result result = fit_one(curve, &d);
                CHECK(result.status == CC_OK, "%s with scatter %g: status %d, notes %x", curve->name, sd, result.status,
                      result.notes);
                CHECK(fabs(result.theta[0] / theta[0] - 1) < 8 * fmax(sd, 1e-11), "%s with scatter %g: %s is %.15g",
                      curve->name, sd, curve->params[0].name, result.theta[0]);
            }
    }
}

/* The origin of time is arbitrary. */
static void test_shifted_time(void)
{
    static const char *const names[] = {"logistic", "gompertz", "bass", "exponential"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const cc_curve *curve = cc_curve_find(names[k]);
        data d, later;
        make_logistic(&d, 30, 0.1, 31);
        for (size_t i = 0; i < 30; i++) d.y[i] = fmax(d.y[i], 0.01);
        later = d;
        for (size_t i = 0; i < 30; i++) later.x[i] += 2000;
        cc_result a = fit_one(curve, &d), b = fit_one(curve, &later);
        CHECK(a.status == b.status && a.notes == b.notes, "%s 2000 years later: status %d, notes %x; were %d and %x",
              curve->name, b.status, b.notes, a.status, a.notes);
        for (size_t j = 0; j < curve->p; j++) b.theta[j] -= curve->params[j].x_power == 1 ? 2000 : 0;
        for (size_t j = 0; j < curve->p; j++)
            CHECK(fabs(a.theta[j] - b.theta[j]) <= 1e-6 * stderr_of(curve, &a, j) + 1e-12,
                  "%s 2000 years later: %s is %.12g, was %.12g", curve->name, curve->params[j].name, b.theta[j],
                  a.theta[j]);
    }
}

/* S-curves that fall, as a share that is being replaced does. */
static void test_falling(void)
{
    static const char *const names[] = {"logistic", "gompertz", "richards"};
    static const double theta[] = {12, -0.45, 14, 1.5};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const cc_curve *curve = cc_curve_find(names[k]);
        data d;
        uint64_t state = 12;
        make_logistic(&d, 40, 0, 1);
        simulate(curve, CC_ADDITIVE, theta, 0.02, &state, &d);
        cc_result result = fit_one(curve, &d);
        CHECK(result.status == CC_OK, "falling %s: status %d", curve->name, result.status);
        for (size_t j = 0; j < curve->p; j++)
            CHECK(fabs(result.theta[j] - theta[j]) < 5 * stderr_of(curve, &result, j), "falling %s: %s is %g",
                  curve->name, curve->params[j].name, result.theta[j]);
    }
}

/* Many points, with a loss whose scale is a median. */
static void test_many_points(void)
{
    enum { MANY = 200000 };
    const cc_curve *logistic = cc_curve_find("logistic");
    size_t n = repetitions(MANY);
    double *x = malloc(3 * n * sizeof *x), none[] = {NAN, NAN, NAN};
    CHECK(x, "no memory");
    if (!x) return;
    double *y = x + n, *w = y + n;
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++) {
        x[i] = random_between(&state, 0, 28);
        y[i] = 12 / (1 + exp(-0.45 * (x[i] - 14))) + 0.3 * random_normal(&state) + (i % 50 == 0 ? 20 : 0);
        w[i] = 1;
    }
    cc_options options = default_options(logistic);
    cc_result result;
    cc_status status;
    options.loss = CC_HUBER;
    cc_fitter *fitter = cc_fitter_alloc(logistic, n, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (fitter) {
        cc_series series = {x, y, w, none, none, none, none, none};
        cc_fit(fitter, &series, 1, &result);
        CHECK(result.status == CC_OK && fabs(result.theta[0] - 12) < 0.1, "%zu points: status %d, ceiling %g", n,
              result.status, result.theta[0]);
    }
    cc_fitter_free(fitter);
    free(x);
}

int main(void)
{
    gsl_set_error_handler_off();
    test_missing();
    test_permuted();
    test_units();
    test_weights();
    test_recovery();
    test_small_noise();
    test_shifted_time();
    test_falling();
    test_many_points();
    return check_end();
}
