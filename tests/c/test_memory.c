// SPDX-License-Identifier: GPL-3.0-or-later
/* test_memory.c - every allocation of the core fails in turn: a status says so, nothing is leaked, and the next call works.
 *
 * The linker puts the functions below in place of malloc, calloc and free in our own files, and of the two with which the
 * referee asks GSL for memory (see the Makefile).
 */
#ifdef __APPLE__

#include <stdio.h>

/* Its linker cannot wrap functions. */
int main(void)
{
    printf("skipped: allocations cannot be made to fail here\n");
    return 0;
}

#else

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <stdlib.h>

#include "series.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *block);
gsl_multifit_nlinear_workspace *__real_gsl_multifit_nlinear_alloc(const gsl_multifit_nlinear_type *type,
                                                                  const gsl_multifit_nlinear_parameters *parameters,
                                                                  size_t n, size_t p);
gsl_vector *__real_gsl_vector_alloc(size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);
gsl_multifit_nlinear_workspace *__wrap_gsl_multifit_nlinear_alloc(const gsl_multifit_nlinear_type *type,
                                                                  const gsl_multifit_nlinear_parameters *parameters,
                                                                  size_t n, size_t p);
gsl_vector *__wrap_gsl_vector_alloc(size_t n);

static long asked, fail_at, live; /* requests so far; the one to refuse, 0 for none; blocks that are not freed */
static bool fail_gsl;             /* whether requests to GSL count */

static bool refuse(void)
{
    return ++asked == fail_at;
}

void *__wrap_malloc(size_t size)
{
    void *block = refuse() ? NULL : __real_malloc(size);
    live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = refuse() ? NULL : __real_calloc(count, size);
    live += block != NULL;
    return block;
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

gsl_multifit_nlinear_workspace *__wrap_gsl_multifit_nlinear_alloc(const gsl_multifit_nlinear_type *type,
                                                                  const gsl_multifit_nlinear_parameters *parameters,
                                                                  size_t n, size_t p)
{
    return fail_gsl && refuse() ? NULL : __real_gsl_multifit_nlinear_alloc(type, parameters, n, p);
}

gsl_vector *__wrap_gsl_vector_alloc(size_t n)
{
    return fail_gsl && refuse() ? NULL : __real_gsl_vector_alloc(n);
}

/* A task allocates, works and frees. It returns CC_OK or what stopped it. */
typedef cc_status (*task)(void);

/* Refuses the first request, then the second ..., until a run comes through without a refusal. */
static void exhaust(task run, const char *name, long least)
{
    fail_at = 0;
    CHECK(run() == CC_OK && live == 0, "%s does not work at all, or leaks %ld blocks", name, live);
    for (fail_at = 1;; fail_at++) {
        asked = 0;
        cc_status status = run();
        CHECK(live == 0, "%s leaks %ld blocks when request %ld is refused", name, live, fail_at);
        if (asked < fail_at) {
            CHECK(status == CC_OK, "%s: status %d without a refusal", name, status);
            break;
        }
        CHECK(status == CC_NOMEM, "%s: status %d when request %ld is refused", name, status, fail_at);
    }
    CHECK(fail_at > least, "%s: only %ld requests for memory", name, fail_at - 1);
    fail_at = 0;
    CHECK(run() == CC_OK, "%s does not work afterwards", name);
}

static const cc_curve *logistic;
static data sample;
static cc_result answer;
static cc_options options;

/* The fit once more as input for what follows it: its parameters as start. */
static cc_series fitted(void)
{
    cc_series series = data_series(&sample);
    series.start = answer.theta;
    return series;
}

static cc_status run_fit(void)
{
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(logistic, sample.n, &options, &status);
    if (!fitter) return status == CC_OK ? CC_BAD_SHAPE : status;
    cc_series series = data_series(&sample);
    cc_fit(fitter, &series, 1, &answer);
    cc_fitter_free(fitter);
    return answer.status;
}

/* From far away one iteration is not enough, so the referee is called. */
static cc_status run_referee(void)
{
    cc_options hasty = options;
    cc_result result;
    cc_status status;
    hasty.max_iterations = 1;
    cc_fitter *fitter = cc_fitter_alloc(logistic, sample.n, &hasty, &status);
    if (!fitter) return status == CC_OK ? CC_BAD_SHAPE : status;
    cc_series series = data_series(&sample);
    static const double far[] = {40, 0.1, 25};
    series.start = far;
    cc_fit(fitter, &series, 1, &result);
    cc_fitter_free(fitter);
    if (result.status >= 0) CHECK(result.notes & CC_NOTE_REFEREE, "the referee is not called: notes %x", result.notes);
    return result.status > 0 ? CC_OK : result.status;
}

static cc_status run_evaluate(void)
{
    double f[MAX_N], g[MAX_N * 2], theta[] = {10, 0.3};
    return cc_evaluate(cc_curve_find("wright"), sample.x + 1, sample.n - 1, theta, f, g);
}

static cc_status run_band(void)
{
    double f[MAX_N], s[MAX_N], theta[] = {10, 0.3}, cov[] = {1, 0, 0, 0.01};
    cc_options own = error_options(cc_curve_find("wright"), CC_MULTIPLICATIVE);
    return cc_band(cc_curve_find("wright"), sample.x + 1, sample.n - 1, theta, cov, &own, f, s);
}

/* A curve whose feature stage a parameter enters: f = z = a x. */
static void moving_values(const cc_curve *self, const double *x, size_t stride, const double *theta, double *f,
                          double *g, size_t n)
{
    (void)self;
    (void)stride;
    (void)theta;
    for (size_t i = 0; i < n; i++) {
        f[i] = x[i];
        if (g) g[2 * i] = 0, g[2 * i + 1] = 1;
    }
}

static void moving_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        z[i] = theta[0] * x[i];
        if (dz) dz[i] = x[i];
    }
}

static const cc_param moving_param = {"a", "1", "a factor", -INFINITY, INFINITY, 0, 0, 0};
static const cc_curve moving = {.name = "moving",
                                .p = 1,
                                .params = &moving_param,
                                .r = 1,
                                .n_features = 1,
                                .flags = CC_FEATURES_MOVE,
                                .values = {moving_values, NULL, NULL},
                                .features = moving_features};

static cc_status run_moving(void)
{
    double f[MAX_N], g[MAX_N], theta = 3;
    cc_status status = cc_evaluate(&moving, sample.x, sample.n, &theta, f, g);
    if (status == CC_OK)
        CHECK(f[2] == 3 * sample.x[2] && g[2] == sample.x[2], "a moving curve gives %g, %g", f[2], g[2]);
    return status;
}

static cc_status run_rows(void)
{
    cc_status status;
    cc_rows *rows = cc_rows_alloc(logistic, sample.n, &options, &status);
    if (!rows) return status == CC_OK ? CC_BAD_SHAPE : status;
    cc_series series = fitted();
    double cov[9], dfbetas[3 * MAX_N], leverage[MAX_N], residual[MAX_N];
    status = cc_sandwich(rows, &series, 3, cov);
    if (status == CC_OK) status = cc_diagnose(rows, &series, dfbetas, leverage, residual);
    cc_rows_free(rows);
    return status;
}

static cc_status run_profile(void)
{
    cc_status status;
    cc_profile *profile = cc_profile_alloc(logistic, sample.n, &options, &status);
    if (!profile) return status == CC_OK ? CC_BAD_SHAPE : status;
    cc_series series = fitted();
    double level[] = {0.9, 0.9, 0.9}, low[3], high[3], best[3];
    int64_t states[3];
    status = cc_profile_begin(profile, &series, level);
    while (status == CC_OK && cc_profile_step(profile)) continue;
    if (status == CC_OK) cc_profile_result(profile, low, high, states, best);
    if (status == CC_OK) status = cc_profile_heights(profile, &series, low, high, best, level);
    cc_profile_free(profile);
    return status;
}

static cc_status run_bootstrap(void)
{
    cc_status status;
    cc_bootstrap *bootstrap = cc_bootstrap_alloc(logistic, sample.n, &options, &status);
    if (!bootstrap) return status == CC_OK ? CC_BAD_SHAPE : status;
    cc_series series = fitted();
    int64_t seed[] = {1}, state[1];
    double theta[3];
    status = cc_bootstrap_begin(bootstrap, &series, CC_RESIDUAL);
    if (status == CC_OK) cc_bootstrap_draw(bootstrap, seed, 1, theta, state);
    if (status == CC_OK && state[0] < 0) status = (cc_status)state[0];
    cc_bootstrap_free(bootstrap);
    return status;
}

/* A curve whose features take memory at every step. */
static cc_status run_shared(void)
{
    cc_status status;
    const cc_curve *wright = cc_curve_find("wright");
    cc_options own = error_options(wright, CC_ADDITIVE);
    cc_shared *shared = cc_shared_alloc(wright, 2, sample.n - 1, &own, &status);
    if (!shared) return status == CC_OK ? CC_BAD_SHAPE : status;
    static const double near[] = {1, -0.5};
    static const bool common[] = {false, true};
    cc_series series[] = {data_series(&sample), data_series(&sample)};
    double theta[4], cov[8], info[CC_INFO_COUNT], objective[2];
    int64_t n_used[2];
    unsigned notes;
    series[0].start = series[1].start = near;
    series[0].x = series[1].x = sample.x + 1;
    status = cc_shared_begin(shared, series, common);
    while (status == CC_OK && cc_shared_step(shared)) continue;
    if (status == CC_OK) status = cc_shared_result(shared, theta, cov, info, objective, n_used, &notes);
    cc_shared_free(shared);
    return status;
}

/* Work spaces of nothing can be freed. */
static void test_free_nothing(void)
{
    cc_fitter_free(NULL);
    cc_profile_free(NULL);
    cc_bootstrap_free(NULL);
    cc_rows_free(NULL);
    cc_shared_free(NULL);
}

int main(void)
{
    static const double truth[] = {12, 0.45, 14};
    uint64_t state = 5;
    gsl_set_error_handler_off();
    logistic = cc_curve_find("logistic");
    options = default_options(logistic);
    data_clear(&sample, 25);
    for (size_t i = 0; i < sample.n; i++) sample.x[i] = (double)i;
    simulate(logistic, CC_ADDITIVE, truth, 0.3, &state, &sample);
    exhaust(run_fit, "a fit", 3);
    exhaust(run_evaluate, "an evaluation", 1);
    exhaust(run_band, "a band", 2);
    exhaust(run_moving, "an evaluation of a moving curve", 3);
    exhaust(run_rows, "diagnostics", 3);
    exhaust(run_profile, "a profile", 8);
    exhaust(run_bootstrap, "a bootstrap", 8);
    exhaust(run_shared, "a fit of series that share parameters", 20);
    options.loss = CC_HUBER; /* its scale is estimated, so a profile needs a fitter of its own for it */
    CHECK(run_fit() >= 0, "a robust fit does not work");
    exhaust(run_profile, "a robust profile", 8);
    options.loss = CC_LINEAR;
    fail_gsl = true;
    exhaust(run_referee, "a fit that the referee ends", 5);
    test_free_nothing();
    return check_end();
}

#endif
