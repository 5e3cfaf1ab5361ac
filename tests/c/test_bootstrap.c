// SPDX-License-Identifier: GPL-3.0-or-later
/* test_bootstrap.c - replicates: their streams, what is drawn, what is refused; then sandwich covariances and influence. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>

#include "curves/families.h"
#include "fit/random.h"
#include "series.h"

enum { MOST = 4000 };

static const double LOGISTIC[] = {12, 0.45, 14}, WRIGHT[] = {100, 0.32};

static void make(const cc_curve *curve, data *d, size_t n, const double *theta, double sd, uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++)
        d->x[i] = curve->flags & CC_POSITIVE_X ? 3 * pow(1.2, (double)i) : (double)i * 28 / (double)(n - 1);
    simulate(curve, curve->error_model, theta, sd, &seed, d);
}

/* ---- the generator ----------------------------------------------------------------------------- */

/* The first numbers of the authors' own code from the state 1, 2, 3, 4, and of SplitMix64 from 0. */
static void test_generator(void)
{
    static const uint64_t want[] = {11520u,
                                    0u,
                                    1509978240u,
                                    1215971899390074240u,
                                    1216172134540287360u,
                                    607988272756665600u,
                                    16172922978634559625u,
                                    8476171486693032832u};
    cc_random state = {{1, 2, 3, 4}}, again = state;
    gsl_rng source = cc_random_source(&state), fraction = cc_random_source(&again);
    for (size_t k = 0; k < CC_COUNT(want); k++) {
        CHECK(gsl_rng_get(&source) == want[k] >> 32, "number %zu of the generator", k);
        CHECK(gsl_rng_uniform(&fraction) == (double)(want[k] >> 11) * 0x1p-53, "fraction %zu of the generator", k);
    }
    cc_random_seed(&state, 0);
    CHECK(state.word[0] == 0xe220a8397b1dcdafu && state.word[1] == 0x6e789e6aa1b965f4u, "state from seed 0");
    double sum = 0, squares = 0;
    for (int k = 0; k < 20000; k++) {
        double z = gsl_ran_gaussian_ziggurat(&source, 1);
        sum += z;
        squares += z * z;
    }
    CHECK(fabs(sum / 20000) < 0.03 && fabs(squares / 20000 - 1) < 0.05, "normals of mean %g, variance %g", sum / 20000,
          squares / 20000);
}

/* ---- replicates -------------------------------------------------------------------------------- */

typedef struct replicates {
    cc_status failed;
    size_t count;
    double theta[MOST * 3];
    int64_t status[MOST];
} replicates;

static cc_status draw_at(const cc_curve *curve, const cc_options *options, const data *d, const double *theta,
                         cc_bootstrap_kind kind, int64_t first, size_t count, size_t together, replicates *out)
{
    cc_series series = data_series(d);
    series.start = theta;
    out->count = count;
    cc_bootstrap *bootstrap = cc_bootstrap_alloc(curve, d->n, options, &out->failed);
    CHECK(bootstrap, "%s has no bootstrap: status %d", curve->name, out->failed);
    if (!bootstrap) return out->failed;
    out->failed = cc_bootstrap_begin(bootstrap, &series, kind);
    if (together == 0) together = cc_bootstrap_width(bootstrap);
    for (size_t k = 0; k < count && out->failed == CC_OK; k += together) {
        int64_t seed[CC_MAX_WIDTH];
        size_t some = count - k < together ? count - k : together;
        for (size_t m = 0; m < some; m++) seed[m] = first + (int64_t)(k + m);
        cc_bootstrap_draw(bootstrap, seed, some, out->theta + k * curve->p, out->status + k);
    }
    cc_bootstrap_free(bootstrap);
    return out->failed;
}

static cc_status draw(const cc_curve *curve, const cc_options *options, const data *d, cc_bootstrap_kind kind,
                      size_t count, replicates *out)
{
    cc_result fit = fit_with(curve, options, d);
    CHECK(fit.status >= 0, "%s: no fit to draw from, status %d", curve->name, fit.status);
    return draw_at(curve, options, d, fit.theta, kind, 1, count, 0, out);
}

static double mean_of(const replicates *r, size_t p, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < r->count; k++) sum += r->theta[k * p + j];
    return sum / (double)r->count;
}

static double spread_of(const replicates *r, size_t p, size_t j)
{
    double mean = mean_of(r, p, j), squares = 0;
    for (size_t k = 0; k < r->count; k++) squares += (r->theta[k * p + j] - mean) * (r->theta[k * p + j] - mean);
    return sqrt(squares / (double)(r->count - 1));
}

static replicates one, other; /* too large for a stack */

/* A line in logs: the spread of its slope is the standard error, exactly so for drawn residuals and normal errors. */
static void test_spread(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_options options = default_options(wright);
    size_t count = repetitions(MOST);
    double noise = 5 / sqrt(2 * (double)count);
    data d;
    make(wright, &d, 30, WRIGHT, 0.2, 3);
    cc_result fit = fit_one(wright, &d);
    double error = stderr_of(wright, &fit, 1);
    for (int kind = CC_PAIRS; kind <= CC_PREDICTIVE; kind++) {
        CHECK(draw(wright, &options, &d, (cc_bootstrap_kind)kind, count, &one) == CC_OK, "kind %d is refused", kind);
        for (size_t k = 0; k < count; k++)
            CHECK(one.status[k] >= 0, "kind %d, replicate %zu: status %d", kind, k, (int)one.status[k]);
        double spread = spread_of(&one, 2, 1), want = kind == CC_PREDICTIVE ? error * sqrt(28.0 / 26) : error;
        double slack = kind == CC_PAIRS || kind == CC_BLOCK ? 0.35 : noise;
        CHECK_CLOSE(spread, want, slack, "spread of a slope");
        CHECK(fabs(mean_of(&one, 2, 1) - fit.theta[1]) < 0.1 * error + 5 * error / sqrt((double)count),
              "kind %d: mean %g", kind, mean_of(&one, 2, 1));
    }
    /* known errors, whatever the scatter */
    options.weights_known = true;
    for (size_t i = 0; i < d.n; i++) d.w[i] = 100;
    fit = fit_with(wright, &options, &d);
    CHECK(draw(wright, &options, &d, CC_PARAMETRIC, count, &one) == CC_OK, "known errors are refused");
    CHECK_CLOSE(spread_of(&one, 2, 1), stderr_of(wright, &fit, 1), noise, "spread with known errors");
}

/* A replicate depends on its own seed only: not on its neighbours, the number of lanes, or how many are drawn. */
static void test_streams(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 20, LOGISTIC, 0.3, 4);
    d.y[5] = NAN;
    cc_result fit = fit_one(logistic, &d);
    for (int kind = CC_PAIRS; kind <= CC_PREDICTIVE; kind++) {
        draw_at(logistic, &options, &d, fit.theta, (cc_bootstrap_kind)kind, 1, 37, 0, &one);
        for (int width = 1; width <= 4; width *= 2) {
            if (!cc_width_available(width)) continue;
            cc_options own = options;
            own.width = width;
            draw_at(logistic, &own, &d, fit.theta, (cc_bootstrap_kind)kind, 1, 37, 1, &other);
            CHECK(all_same_bits(one.theta, other.theta, 37 * 3), "kind %d: one at a time in %d lanes gives other bits",
                  kind, width);
        }
        draw_at(logistic, &options, &d, fit.theta, (cc_bootstrap_kind)kind, 11, 27, 0, &other);
        CHECK(all_same_bits(one.theta + 30, other.theta, 27 * 3), "kind %d: the seeds from 11 on give other bits",
              kind);
        CHECK(!same_bits(one.theta[0], one.theta[3]), "kind %d: two seeds give the same", kind);
    }
}

/* Where rows may not be moved they are counted in their weights: the same replicates. */
static void own_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    cc_log_features(self, x, n, theta, z, dz);
}

static void test_rows_in_place(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_curve walking = *wright;
    walking.features = own_features;
    cc_options options = default_options(wright);
    data d;
    make(wright, &d, 15, WRIGHT, 0.2, 5);
    for (size_t i = 0; i < d.n; i++) d.w[i] = 1 + (double)(i % 3);
    d.w[4] = 0;
    cc_result fit = fit_one(wright, &d);
    draw_at(wright, &options, &d, fit.theta, CC_PAIRS, 1, 40, 0, &one);
    draw_at(&walking, &options, &d, fit.theta, CC_PAIRS, 1, 40, 0, &other);
    for (size_t k = 0; k < 80; k++) CHECK_CLOSE(other.theta[k], one.theta[k], 1e-6, "a parameter with rows in place");
    options.loss = CC_HUBER;
    CHECK(draw_at(&walking, &options, &d, fit.theta, CC_PAIRS, 1, 4, 0, &other) == CC_BAD_OPTION,
          "rows in place under a robust loss");
}

/* Blocks keep what neighbours have in common: the level of a series with a slow swing spreads more. */
static void test_blocks(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_options options = default_options(wright);
    data d;
    make(wright, &d, 60, WRIGHT, 0, 5);
    for (size_t i = 0; i < d.n; i++) d.y[i] *= exp(0.3 * sin((double)i * 0.5));
    draw(wright, &options, &d, CC_RESIDUAL, repetitions(1000), &one);
    draw(wright, &options, &d, CC_BLOCK, repetitions(1000), &other);
    CHECK(spread_of(&other, 2, 1) > 1.2 * spread_of(&one, 2, 1), "blocks spread %g, single residuals %g",
          spread_of(&other, 2, 1), spread_of(&one, 2, 1));
}

/* Shares of successes: a binomial fit is drawn from binomial counts, and has no residuals to draw. */
static void test_binomial(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = error_options(logistic, CC_BINOMIAL);
    static const double truth[] = {1, 0.45, 14};
    size_t count = repetitions(1000);
    data d;
    data_clear(&d, 20);
    d.lower[0] = d.upper[0] = 1;
    for (size_t i = 0; i < d.n; i++) {
        d.x[i] = (double)i * 28 / 19;
        d.w[i] = 200;
    }
    CHECK(cc_evaluate(logistic, d.x, d.n, truth, d.y, NULL) == CC_OK, "no shares");
    for (size_t i = 0; i < d.n; i++) d.y[i] = round(200 * d.y[i]) / 200;
    cc_result fit = fit_with(logistic, &options, &d);
    for (int kind = CC_RESIDUAL; kind <= CC_BLOCK; kind++)
        CHECK(draw(logistic, &options, &d, (cc_bootstrap_kind)kind, 4, &one) == CC_BAD_OPTION, "kind %d is not refused",
              kind);
    CHECK(draw(logistic, &options, &d, CC_PARAMETRIC, count, &one) == CC_OK, "binomial draws are refused");
    for (size_t j = 1; j < 3; j++)
        CHECK_CLOSE(spread_of(&one, 3, j), stderr_of(logistic, &fit, j), 0.15, "spread of binomial draws");
    for (size_t k = 0; k < count; k++) CHECK(one.theta[3 * k] == 1, "a held ceiling moves to %g", one.theta[3 * k]);
}

/* Held and bounded parameters stay where they must; a prior holds as much as it does in the fit. */
static void test_box(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    size_t count = repetitions(1000);
    data d;
    make(logistic, &d, 20, LOGISTIC, 0.5, 6);
    d.lower[2] = d.upper[2] = 14;
    d.upper[0] = 12;
    draw(logistic, &options, &d, CC_RESIDUAL, count, &one);
    for (size_t k = 0; k < count; k++)
        CHECK(one.theta[3 * k] <= 12 && one.theta[3 * k + 2] == 14, "%g, %g", one.theta[3 * k], one.theta[3 * k + 2]);
    make(logistic, &d, 20, LOGISTIC, 0.5, 6);
    d.prior_mean[1] = 0.45;
    d.prior_sd[1] = 0.01;
    cc_result fit = fit_one(logistic, &d);
    for (int kind = CC_PAIRS; kind <= CC_RESIDUAL; kind++) {
        draw(logistic, &options, &d, (cc_bootstrap_kind)kind, count, &one);
        CHECK_CLOSE(spread_of(&one, 3, 1), stderr_of(logistic, &fit, 1), 0.25, "spread with a prior");
    }
}

static void test_refused(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    data d;
    make(logistic, &d, 3, LOGISTIC, 0, 6);
    CHECK(draw_at(logistic, &options, &d, LOGISTIC, CC_RESIDUAL, 1, 4, 0, &one) == CC_TOO_FEW, "no scatter to draw");
    CHECK(draw_at(logistic, &options, &d, LOGISTIC, CC_PREDICTIVE, 1, 4, 0, &one) == CC_TOO_FEW, "no scatter to draw");
    make(logistic, &d, 10, LOGISTIC, 0.1, 6);
    CHECK(draw_at(logistic, &options, &d, LOGISTIC, (cc_bootstrap_kind)7, 1, 4, 0, &one) == CC_BAD_OPTION,
          "an unknown kind");
    static const double nothing[] = {NAN, NAN, NAN};
    CHECK(draw_at(logistic, &options, &d, nothing, CC_PAIRS, 1, 4, 0, &one) < 0, "no parameters");
    /* pairs of four points often hold fewer than three different ones: no result, and it says so */
    make(logistic, &d, 4, LOGISTIC, 0.1, 6);
    CHECK(draw_at(logistic, &options, &d, LOGISTIC, CC_PAIRS, 1, 200, 0, &one) == CC_OK, "four pairs are refused");
    size_t failed = 0;
    for (size_t k = 0; k < 200; k++) {
        failed += one.status[k] < 0;
        CHECK((one.status[k] < 0) == isnan(one.theta[3 * k]), "status %d with %g", (int)one.status[k],
              one.theta[3 * k]);
    }
    CHECK(failed > 20 && failed < 200, "%zu of 200 replicates failed", failed);
}

/* ---- sandwich and influence -------------------------------------------------------------------- */

/* A line in logs again: leverages and HC3 by their textbook formulas, DFBETAS by leaving points out. */
static void test_rows(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    cc_options options = default_options(wright);
    enum { N = 12 };
    data d;
    make(wright, &d, N, WRIGHT, 0.2, 8);
    d.y[9] *= 1.5;
    cc_result fit = fit_one(wright, &d);
    cc_series series = data_series(&d);
    series.start = fit.theta;
    cc_status status;
    cc_rows *rows = cc_rows_alloc(wright, N, &options, &status);
    CHECK(rows, "no rows: status %d", status);
    if (!rows) return;
    double cov[4], dfbetas[2 * N], leverage[N], residual[N], mean = 0, squares = 0, meat = 0, rss = 0;
    CHECK(cc_diagnose(rows, &series, dfbetas, leverage, residual) == CC_OK, "no diagnostics");
    CHECK(cc_sandwich(rows, &series, 3, cov) == CC_OK, "no sandwich");
    for (size_t i = 0; i < N; i++) mean += log(d.x[i]) / N;
    for (size_t i = 0; i < N; i++) {
        double off = log(d.x[i]) - mean;
        squares += off * off;
    }
    double s = fit.info[CC_INFO_S];
    for (size_t i = 0; i < N; i++) {
        double off = log(d.x[i]) - mean, h = 1.0 / N + off * off / squares;
        double e = log(d.y[i]) - log(fit.theta[0]) + fit.theta[1] * log(d.x[i]);
        CHECK_CLOSE(leverage[i], h, 1e-10, "leverage");
        CHECK_CLOSE(residual[i], e / s, 1e-8, "residual");
        meat += off * off * e * e / ((1 - h) * (1 - h));
        rss += e * e;
    }
    CHECK_CLOSE(cov[3], meat / (squares * squares), 1e-9, "HC3 variance of a slope");
    for (size_t i = 0; i < N; i++) {
        data without = d;
        without.w[i] = 0;
        cc_result rest = fit_one(wright, &without);
        double error = stderr_of(wright, &fit, 1) / s * rest.info[CC_INFO_S];
        CHECK_CLOSE(dfbetas[2 * i + 1], (fit.theta[1] - rest.theta[1]) / error, 1e-7, "DFBETAS of a slope");
    }
    /* a point that alone decides: no HC3, and no DFBETAS for it */
    for (size_t i = 1; i < N; i++) d.x[i] = 5;
    fit = fit_one(wright, &d);
    series.start = fit.theta;
    CHECK(cc_sandwich(rows, &series, 0, cov) == CC_OK && isfinite(cov[3]), "no HC0: %g", cov[3]);
    CHECK(cc_sandwich(rows, &series, 3, cov) == CC_RANK_DEFICIENT && isnan(cov[3]), "HC3 of %g", cov[3]);
    CHECK(cc_diagnose(rows, &series, dfbetas, leverage, residual) == CC_OK && isnan(dfbetas[1]), "DFBETAS of %g",
          dfbetas[1]);
    CHECK_CLOSE(leverage[0], 1, 1e-9, "leverage of a point that decides");
    CHECK(cc_sandwich(rows, &series, 4, cov) == CC_BAD_OPTION, "an unknown covariance");
    cc_rows_free(rows);
}

/* Whatever the data: a status, and NaN where there is none. */
static void test_hostile(void)
{
    static const double nasty[] = {0, -1, 1e300, -1e300, 1e-300, 5e-324, INFINITY, NAN, 1, 2, 3};
    const cc_curve *curve;
    uint64_t state = 13;
    for (size_t at = 0; (curve = cc_curve_at(at)); at++)
        for (size_t round = 0; round < repetitions(200); round++) {
            data d;
            double theta[CC_MAX_PARAMS], out[CC_MAX_WIDTH * CC_MAX_PARAMS], cov[CC_MAX_PARAMS * CC_MAX_PARAMS];
            double dfbetas[12 * CC_MAX_PARAMS], leverage[12], residual[12];
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
            cc_series series = data_series(&d);
            series.start = theta;
            cc_status status;
            cc_bootstrap *bootstrap = cc_bootstrap_alloc(curve, d.n, &options, &status);
            cc_rows *rows = cc_rows_alloc(curve, d.n, &options, &status);
            CHECK(bootstrap && rows, "%s: no room", curve->name);
            if (bootstrap && cc_bootstrap_begin(bootstrap, &series, (cc_bootstrap_kind)(round % 5)) == CC_OK) {
                int64_t seed[CC_MAX_WIDTH] = {1, 2, 3, 4}, ended[CC_MAX_WIDTH];
                size_t width = cc_bootstrap_width(bootstrap);
                cc_bootstrap_draw(bootstrap, seed, width, out, ended);
                for (size_t k = 0; k < width; k++)
                    CHECK((ended[k] < 0) == isnan(out[k * curve->p]), "%s: status %d with %g", curve->name,
                          (int)ended[k], out[k * curve->p]);
            }
            if (rows) {
                status = cc_sandwich(rows, &series, (int)(round % 4), cov);
                CHECK(status >= 0 || isnan(cov[0]), "%s: a covariance with status %d", curve->name, status);
                status = cc_diagnose(rows, &series, dfbetas, leverage, residual);
                CHECK(status >= 0 || isnan(leverage[0]), "%s: a leverage with status %d", curve->name, status);
            }
            cc_bootstrap_free(bootstrap);
            cc_rows_free(rows);
        }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_generator();
    test_spread();
    test_streams();
    test_rows_in_place();
    test_blocks();
    test_binomial();
    test_box();
    test_refused();
    test_rows();
    test_hostile();
    return check_end();
}
