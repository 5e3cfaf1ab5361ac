// SPDX-License-Identifier: GPL-3.0-or-later
/* test_shared.c - series with parameters in common: one alone is an ordinary fit, and many are one big one. */
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <stdlib.h>

#include "series.h"

enum { SERIES = 6, N = 20, P = 3 };

static const cc_curve *logistic;
static cc_options options;
static data table[SERIES];
static cc_series series[SERIES];

static double theta[SERIES * P], cov[SERIES * P * P], info[CC_INFO_COUNT], objective[SERIES];
static int64_t n_used[SERIES];
static unsigned notes;

static cc_status run(size_t count, const bool *shared)
{
    cc_status status;
    cc_shared *self = cc_shared_alloc(logistic, count, N, &options, &status);
    CHECK(self, "no work space: status %d", status);
    if (!self) return status;
    for (size_t b = 0; b < count; b++) series[b] = data_series(&table[b]);
    status = cc_shared_begin(self, series, shared);
    int steps = 0;
    while (status == CC_OK && cc_shared_step(self)) steps++;
    CHECK(steps < 2500, "%d steps", steps);
    if (status == CC_OK) status = cc_shared_result(self, theta, cov, info, objective, n_used, &notes);
    cc_shared_free(self);
    return status;
}

/* Logistic series of one rate; starts are some way off. */
static void draw(void)
{
    uint64_t state = 11;
    for (size_t b = 0; b < SERIES; b++) {
        double truth[] = {50 + 20 * (double)b, 0.45, 7 + (double)b};
        data_clear(&table[b], N);
        for (size_t i = 0; i < N; i++) table[b].x[i] = (double)i;
        simulate(logistic, CC_ADDITIVE, truth, 1.5, &state, &table[b]);
        double start[] = {70, 0.3, 9};
        memcpy(table[b].start, start, sizeof start);
    }
    table[2].y[4] = NAN;
    table[3].w[7] = 0;
}

/* One series that shares with nobody is the fit that cc_fit makes. */
static void test_alone(void)
{
    cc_result result;
    for (int kind = 0; kind < 3; kind++) {
        bool shared[P] = {kind > 0, kind > 1, false};
        cc_status status = run(1, shared);
        fit_many(logistic, &options, table, 1, &result);
        CHECK(status == CC_OK && result.status == CC_OK, "status %d, %d", status, result.status);
        CHECK_CLOSE(objective[0], result.objective, 1e-10, "objective");
        CHECK_CLOSE(info[CC_INFO_S], result.info[CC_INFO_S], 1e-10, "s");
        for (size_t j = 0; j < P; j++) {
            double spread = sqrt(result.cov[j * P + j]);
            CHECK(fabs(theta[j] - result.theta[j]) < 1e-6 * spread, "parameter %zu: %.17g, alone %.17g", j, theta[j],
                  result.theta[j]);
            for (size_t k = 0; k < P; k++) CHECK_CLOSE(cov[j * P + k], result.cov[j * P + k], 1e-5, "covariance");
        }
    }
}

/* Place of a series' parameter among the columns of the whole problem, of which the rate is the first. */
static size_t place(size_t b, size_t j)
{
    return j == 1 ? 0 : 1 + 2 * b + (j == 2);
}

/* The gradient is zero, and the covariance is that of the whole Jacobian, by its normal equations. */
static void test_whole(void)
{
    static const bool shared[P] = {false, true, false};
    enum { COLUMNS = 1 + 2 * SERIES };
    cc_status status = run(SERIES, shared);
    CHECK(status == CC_OK, "status %d", status);
    gsl_matrix *a = gsl_matrix_calloc(COLUMNS, COLUMNS);
    double gradient[COLUMNS] = {0}, f[N], g[N * P], total = 0;
    size_t used = 0;
    for (size_t b = 0; b < SERIES; b++) {
        CHECK(theta[b * P + 1] == theta[1], "series %zu has a rate of its own", b);
        cc_evaluate(logistic, table[b].x, N, theta + b * P, f, g);
        double own = 0;
        for (size_t i = 0; i < N; i++) {
            double w = table[b].w[i], r = table[b].y[i] - f[i];
            if (isnan(r) || w == 0) continue;
            used++;
            own += w * r * r;
            for (size_t j = 0; j < P; j++) {
                gradient[place(b, j)] += w * r * g[i * P + j];
                for (size_t k = 0; k < P; k++)
                    *gsl_matrix_ptr(a, place(b, j), place(b, k)) += w * g[i * P + j] * g[i * P + k];
            }
        }
        CHECK_CLOSE(objective[b], own, 1e-12, "objective of a series");
        total += own;
    }
    double variance = total / (double)(used - COLUMNS);
    CHECK_CLOSE(info[CC_INFO_S], sqrt(variance), 1e-12, "s");
    for (size_t c = 0; c < COLUMNS; c++) {
        double scale = sqrt(gsl_matrix_get(a, c, c) * total);
        CHECK(fabs(gradient[c]) < 1e-7 * scale, "gradient %zu: %g of %g", c, gradient[c], scale);
    }
    gsl_linalg_cholesky_decomp1(a);
    gsl_linalg_cholesky_invert(a);
    for (size_t b = 0; b < SERIES; b++)
        for (size_t j = 0; j < P; j++)
            for (size_t k = 0; k < P; k++)
                CHECK_CLOSE(cov[(b * P + j) * P + k], variance * gsl_matrix_get(a, place(b, j), place(b, k)), 1e-8,
                            "covariance");
    gsl_matrix_free(a);
}

/* A bound of one series, a held parameter of another, a prior of all. */
static void test_box_and_prior(void)
{
    static const bool shared[P] = {false, true, false};
    run(SERIES, shared);
    double free_ceiling = theta[0], rate = theta[1], objective_before = objective[0];
    table[0].upper[0] = 0.9 * free_ceiling;
    table[1].lower[2] = table[1].upper[2] = table[1].start[2] = 8.5;
    cc_status status = run(SERIES, shared);
    CHECK(status == CC_OK, "status %d", status);
    CHECK(theta[0] == table[0].upper[0], "a ceiling of %g leaves its bound %g", theta[0], table[0].upper[0]);
    CHECK(theta[P + 2] == 8.5, "a held midpoint moves to %g", theta[P + 2]);
    CHECK(cov[0] == 0 && cov[P * P + 8] == 0, "what is held has a variance: %g, %g", cov[0], cov[P * P + 8]);
    CHECK(notes & CC_NOTE_AT_BOUND, "no note of the bound: %x", notes);
    CHECK(objective[0] > objective_before, "a bound improves the fit");
    draw();
    table[4].prior_mean[1] = 2 * rate;
    table[4].prior_sd[1] = 1e-6;
    status = run(SERIES, shared);
    CHECK(status == CC_OK, "status %d", status);
    CHECK(fabs(theta[1] - 2 * rate) < 1e-4, "a narrow prior at %g leaves the rate at %g", 2 * rate, theta[1]);
    draw();
}

static void test_refused(void)
{
    static const bool shared[P] = {false, true, false};
    options.loss = CC_HUBER;
    CHECK(run(SERIES, shared) == CC_BAD_OPTION, "a robust loss is accepted");
    options.loss = CC_LINEAR;
    table[1].start[0] = NAN;
    CHECK(run(SERIES, shared) == CC_NO_FIT, "a missing start is accepted");
    draw();
    table[0].upper[1] = 0.2;
    table[1].lower[1] = 0.3;
    CHECK(run(SERIES, shared) == CC_BAD_BOUNDS, "bounds of a shared parameter that exclude each other are accepted");
    draw();
    for (size_t i = 0; i < N; i++) table[5].y[i] = NAN;
    CHECK(run(SERIES, shared) == CC_TOO_FEW, "a series without points is accepted");
    draw();
    for (size_t b = 0; b < SERIES; b++)
        for (size_t i = 2; i < N; i++) table[b].w[i] = 0;
    CHECK(run(SERIES, shared) == CC_TOO_FEW, "fewer points than parameters are accepted");
    draw();
}

int main(void)
{
    logistic = cc_curve_find("logistic");
    options = default_options(logistic);
    draw();
    test_alone();
    test_whole();
    test_box_and_prior();
    test_refused();
    return check_end();
}
