// SPDX-License-Identifier: GPL-3.0-or-later
/* test_contract.c - the curve contract at its hardest, by curves private to this test:
 * experience that is forgotten, where a feature stage walks the series and depends on a parameter, and
 * two generations stacked into one response, with the generation as a regressor. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* ln cost = ln a - b ln z; the last entry is the derivative by z. */
CC_INLINE void CC_W(forgetting_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V log_z = CC_W(v_log)(x[0]);
    *f = CC_W(v_log)(theta[0]) - theta[1] * log_z;
    g[0] = 1.0 / theta[0];
    g[1] = -log_z;
    g[2] = CC_W(v_all)(0.0);
    g[3] = -theta[1] / x[0];
}
CC_VALUES(forgetting, 3, 1, 4)

/* The same as a level: cost = a z^-b. */
CC_INLINE void CC_W(level_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V log_z = CC_W(v_log)(x[0]);
    V power = CC_W(v_exp)(-theta[1] * log_z);
    *f = theta[0] * power;
    g[0] = power;
    g[1] = -*f * log_z;
    g[2] = CC_W(v_all)(0.0);
    g[3] = -theta[1] * *f / x[0];
}
CC_VALUES(level, 3, 1, 4)

/* Norton and Bass: x = time, generation (0 or 1); theta = m1, m2, rate, midpoint of the first, delay of the second.
 * First: m1 F(t) (1 - F(t - delay)); second: F(t - delay) (m2 + m1 F(t)); F logistic. */
CC_INLINE void CC_W(generations_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3], later = since - theta[4];
    V one = CC_W(v_expit)(theta[2] * since), two = CC_W(v_expit)(theta[2] * later);
    V d_one = one * (1.0 - one), d_two = two * (1.0 - two);
    M second = V_LT(CC_W(v_all)(0.5), x[1]);
    V sign = CC_W(v_select)(second, CC_W(v_all)(1.0), CC_W(v_all)(-1.0));
    V share = CC_W(v_select)(second, two, 1.0 - two), own = CC_W(v_select)(second, theta[1], CC_W(v_all)(0.0));
    /* m1 F1 share + own F2, share being F2 or 1 - F2 */
    *f = theta[0] * one * share + own * two;
    V by_one = theta[0] * share, by_two = sign * theta[0] * one + own;
    g[0] = one * share;
    g[1] = CC_W(v_select)(second, two, CC_W(v_all)(0.0));
    g[2] = by_one * d_one * since + by_two * d_two * later;
    g[3] = -theta[2] * (by_one * d_one + by_two * d_two);
    g[4] = -theta[2] * by_two * d_two;
}
CC_VALUES(generations, 5, 2, 5)

#else

#include <stdlib.h>

#include <gsl/gsl_errno.h>

#include "series.h"
#include "fit/fitter.h"
#define CC_WIDTH_FILE "../tests/c/test_contract.c"
#include "curves/families.h"
#include "widths.h"

/* ---- forgetting -------------------------------------------------------------------------------- */

/* z_t = delta z_(t-1) + q_t along the series, whatever its length; a year without a number adds nothing and has no feature. */
static void walk(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)self;
    double delta = theta[2], stock = 0, slope = 0;
    if (dz) memset(dz, 0, 3 * n * sizeof *dz);
    for (size_t i = 0; i < n; i++) {
        slope = stock + delta * slope;
        stock = delta * stock + (x[i] >= 0 ? x[i] : 0);
        z[i] = x[i] >= 0 && stock > 0 ? stock : NAN;
        if (dz) dz[2 * n + i] = slope;
    }
}

static const char *const production[] = {"production"};

static const cc_param forgetting_params[] = {
    {"first_unit", "y", "cost at a stock of one", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "experience exponent", -INFINITY, INFINITY, CC_LINEAR_LOG, 0, 0},
    {"kept", "1", "share of the stock that is left after a year", 0, 1, 0, 0, 0},
};

static const cc_param level_params[] = {
    {"first_unit", "y", "cost at a stock of one", 0, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR, 1, 0},
    {"exponent", "1", "experience exponent", -INFINITY, INFINITY, 0, 0, 0},
    {"kept", "1", "share of the stock that is left after a year", 0, 1, 0, 0, 0},
};

static void forgetting_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)range;
    static const double kept[] = {0.3, 0.6, 0.8, 0.9, 0.97, 1}, exponent[] = {-0.2, 0.1, 0.2, 0.4, 0.8};
    cc_grid_multiples(grid, 2, 1, kept, CC_COUNT(kept));
    if (!(self->flags & CC_LOG_KERNEL)) cc_grid_multiples(grid, 1, 1, exponent, CC_COUNT(exponent));
}

#define FORGETTING(own_name, own_params, own_flags, own_values)                                                        \
    {                                                                                                                  \
        .name = own_name,                                                                                              \
        .title = "Forgetting",                                                                                         \
        .formula = "first_unit * stock^(-exponent)",                                                                   \
        .source = "this test",                                                                                         \
        .when = "In this test.",                                                                                       \
        .when_not = "Elsewhere.",                                                                                      \
        .p = 3,                                                                                                        \
        .params = own_params,                                                                                          \
        .r = 1,                                                                                                        \
        .regressors = production,                                                                                      \
        .n_features = 1,                                                                                               \
        .error_model = CC_MULTIPLICATIVE,                                                                              \
        .flags = own_flags,                                                                                            \
        .values = CC_EACH_WIDTH(own_values),                                                                           \
        .features = walk,                                                                                              \
        .grid = forgetting_grid,                                                                                       \
    }

static const cc_curve forgetting =
    FORGETTING("forgetting", forgetting_params, CC_LOG_KERNEL | CC_FEATURES_MOVE, forgetting_values);
static const cc_curve level = FORGETTING("level", level_params, CC_FEATURES_MOVE, level_values);

static const double TRUTH[] = {80, 0.35, 0.85};

/* Production that rises, halts and rises again, so that the stock falls in between. */
static void make_production(data *d, size_t n)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) {
        double t = (double)i;
        d->x[i] = i > n / 2 && i < n / 2 + 6 ? 0.05 : 1 + 0.6 * t + 0.5 * sin(t);
    }
}

static void make_forgetting(const cc_curve *curve, data *d, size_t n, double sd, uint64_t seed)
{
    make_production(d, n);
    simulate(curve, CC_MULTIPLICATIVE, TRUTH, sd, &seed, d);
}

/* The stage's derivative reaches the gradient: cc_evaluate against differences. */
static void test_gradient(const cc_curve *curve)
{
    enum { N = 24 };
    data d;
    double f[N], g[N * 3], up[N], down[N];
    make_production(&d, N);
    CHECK(cc_evaluate(curve, d.x, N, TRUTH, f, g) == CC_OK, "%s does not evaluate", curve->name);
    for (size_t j = 0; j < 3; j++) {
        double theta[3], h = 1e-5 * TRUTH[j];
        memcpy(theta, TRUTH, sizeof theta);
        theta[j] = TRUTH[j] + h;
        cc_evaluate(curve, d.x, N, theta, up, NULL);
        theta[j] = TRUTH[j] - h;
        cc_evaluate(curve, d.x, N, theta, down, NULL);
        for (size_t i = 0; i < N; i++) {
            double want = (up[i] - down[i]) / (2 * h);
            CHECK(fabs(g[i * 3 + j] - want) <= 1e-7 * (fabs(want) + f[i] / TRUTH[j]),
                  "%s, point %zu, derivative by parameter %zu: %.12g, differences give %.12g", curve->name, i, j,
                  g[i * 3 + j], want);
        }
    }
}

/* What the solver sees: half the slope of the objective is -b, for every width and with a point missing. */
static void test_normal_equations(const cc_curve *curve, int width)
{
    enum { N = 20 };
    data d[CC_MAX_WIDTH];
    cc_options options = default_options(curve);
    options.width = width;
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, N, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    size_t w = (size_t)width;
    for (int lane = 0; lane < width; lane++) {
        make_forgetting(curve, &d[lane], N, 0.1, 40 + (uint64_t)lane);
        d[lane].y[5 + lane] = NAN;
        cc_series series = data_series(&d[lane]);
        cc_load_lane(fitter, lane, &series);
    }
    double theta[3 * CC_MAX_WIDTH], a[6 * CC_MAX_WIDTH], b[3 * CC_MAX_WIDTH], unused[3 * CC_MAX_WIDTH],
        up[CC_MAX_WIDTH], down[CC_MAX_WIDTH], at[CC_MAX_WIDTH];
    for (size_t j = 0; j < 3; j++)
        for (size_t lane = 0; lane < w; lane++) theta[j * w + lane] = TRUTH[j] * (1.02 + 0.01 * (double)lane);
    cc_normal_table[width / 2](&fitter->full, theta, a, b, at);
    for (size_t j = 0; j < 3; j++)
        for (size_t lane = 0; lane < w; lane++) {
            double *own = &theta[j * w + lane], kept = *own, h = 1e-6 * kept;
            *own = kept + h;
            cc_normal_table[width / 2](&fitter->full, theta, a, unused, up);
            *own = kept - h;
            cc_normal_table[width / 2](&fitter->full, theta, a, unused, down);
            *own = kept;
            double want = -(up[lane] - down[lane]) / (4 * h);
            CHECK(fabs(b[j * w + lane] - want) <= 1e-6 * (fabs(want) + at[lane] / kept),
                  "%s, width %d, lane %zu: slope by parameter %zu is %.10g, differences give %.10g", curve->name, width,
                  lane, j, b[j * w + lane], want);
        }
    cc_fitter_free(fitter);
}

/* Without noise the parameters come back, whatever is missing. */
static void check_recovery(const cc_curve *curve, const data *d, int width, const char *what)
{
    cc_options options = default_options(curve);
    options.width = width;
    cc_result result = fit_with(curve, &options, d);
    CHECK(result.status == CC_OK, "%s, %s, width %d: status %d", curve->name, what, width, result.status);
    for (size_t j = 0; j < 3; j++)
        CHECK(close_to(result.theta[j], TRUTH[j], 1e-7), "%s, %s, width %d: parameter %zu is %.12g, should be %g",
              curve->name, what, width, j, result.theta[j], TRUTH[j]);
}

static void test_recovery(const cc_curve *curve, int width)
{
    data d;
    make_forgetting(curve, &d, 30, 0, 0);
    check_recovery(curve, &d, width, "complete");
    d.y[13] = NAN;
    check_recovery(curve, &d, width, "an observation missing");
    d.w[20] = 0;
    check_recovery(curve, &d, width, "two missing");
    for (size_t i = 0; i < 12; i++) d.y[i] = NAN;
    check_recovery(curve, &d, width, "the first twelve missing");
    /* production itself unknown in a year: the stock goes on without it, and the point is not used */
    make_production(&d, 30);
    d.x[17] = NAN;
    uint64_t state = 0;
    simulate(curve, CC_MULTIPLICATIVE, TRUTH, 0, &state, &d);
    CHECK(isnan(d.y[17]), "%s has a value where production is unknown", curve->name);
    d.y[17] = 1000;
    check_recovery(curve, &d, width, "a regressor missing");
}

/* With noise: close to the truth in standard errors, a minimum, and the same bits at every width and in every lane. */
static void test_noisy(const cc_curve *curve)
{
    enum { SERIES = 40, N = 36 };
    static data d[SERIES];
    static cc_result one[SERIES], wide[SERIES];
    cc_options options = default_options(curve);
    double squares = 0;
    for (size_t k = 0; k < SERIES; k++) {
        make_forgetting(curve, &d[k], N, 0.03, 900 + k);
        d[k].y[4 + k % 25] = NAN;
        if (k % 3 == 0) d[k].w[10] = 0, d[k].x[10] = NAN;
    }
    options.width = 1;
    fit_many(curve, &options, d, SERIES, one);
    for (size_t k = 0; k < SERIES; k++) {
        CHECK(one[k].status == CC_OK, "%s, series %zu: status %d", curve->name, k, one[k].status);
        CHECK(one[k].n_used == (size_t)N - 1 - (k % 3 == 0 && (4 + k % 25) != 10), "%s, series %zu: %zu points used",
              curve->name, k, one[k].n_used);
        for (size_t j = 0; j < 3; j++) {
            double z = (one[k].theta[j] - TRUTH[j]) / stderr_of(curve, &one[k], j);
            /* a share kept may lie at its bound of 1, where there is no standard error */
            if (isfinite(z)) squares += z * z / (3 * SERIES);
            CHECK(fabs(z) < 6 || (unsigned)one[k].info[CC_INFO_BOUNDS],
                  "%s, series %zu: parameter %zu is %.2g standard errors off", curve->name, k, j, z);
        }
    }
    CHECK(squares > 0.5 && squares < 2, "%s: mean squared error in standard errors is %.3g", curve->name, squares);
    for (int width = 2; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        options.width = width;
        fit_many(curve, &options, d, SERIES, wide);
        for (size_t k = 0; k < SERIES; k++)
            CHECK(same_result(curve, &one[k], &wide[k]), "%s, series %zu differs at width %d", curve->name, k, width);
    }
}

/* A year without an observation, given as NaN, as weight 0 or as an observation without weight, is one thing. */
static void test_missing(const cc_curve *curve)
{
    data d, other;
    make_forgetting(curve, &d, 30, 0.02, 77);
    other = d;
    d.y[11] = NAN;
    other.w[11] = 0;
    other.y[11] = 1e9;
    cc_result a = fit_one(curve, &d), b = fit_one(curve, &other);
    CHECK(same_result(curve, &a, &b), "%s: weight 0 is not NaN", curve->name);
}

/* Points are thinned for the start, but not those of a stage that needs its whole series: they keep their places. */
static void test_start_places(const cc_curve *curve)
{
    data d;
    make_forgetting(curve, &d, 30, 0, 0);
    d.y[3] = d.y[13] = NAN;
    cc_options options = default_options(curve);
    options.width = 1;
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, d.n, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    cc_series series = data_series(&d);
    double a[6], b[3], objective;
    cc_load_lane(fitter, 0, &series);
    cc_load_coarse(fitter);
    cc_normal_table[0](&fitter->coarse, TRUTH, a, b, &objective);
    CHECK(objective < 1e-20, "%s: the copy for the start is %.3g away from exact data", curve->name, objective);
    cc_fitter_free(fitter);
}

/* Truth at a node of the grid and no noise: the search starts where it ends. */
static void test_start_at_node(const cc_curve *curve)
{
    static const double node[] = {80, 0.4, 0.6};
    data d;
    uint64_t state = 0;
    make_production(&d, 30);
    simulate(curve, CC_MULTIPLICATIVE, node, 0, &state, &d);
    d.y[8] = NAN;
    cc_result result = fit_one(curve, &d);
    CHECK(result.status == CC_OK && close_to(result.theta[2], 0.6, 1e-9), "%s: status %d", curve->name, result.status);
    CHECK(result.info[CC_INFO_ITERATIONS] <= 3 * result.info[CC_INFO_STARTS],
          "%s: %g iterations from %g starts at the answer", curve->name, result.info[CC_INFO_ITERATIONS],
          result.info[CC_INFO_STARTS]);
}

/* The referee takes such curves as well. */
static void test_referee(const cc_curve *curve)
{
    data d;
    make_forgetting(curve, &d, 30, 0.03, 5);
    d.y[9] = NAN;
    cc_options options = default_options(curve);
    options.width = 1;
    cc_result result = fit_with(curve, &options, &d);
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, d.n, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    cc_series series = data_series(&d);
    cc_load_lane(fitter, 0, &series);
    cc_load_single(fitter, 0);
    double theta[] = {100, 0.3, 0.9}, objective;
    int iterations;
    bool converged;
    CHECK(cc_referee(&fitter->single, theta, &objective, 200, &iterations, &converged) == CC_OK && converged,
          "%s: the referee does not converge", curve->name);
    for (size_t j = 0; j < 3; j++)
        CHECK(fabs(theta[j] - result.theta[j]) < 1e-6 * stderr_of(curve, &result, j),
              "%s: the referee says %.12g, the solver %.12g", curve->name, theta[j], result.theta[j]);
    cc_fitter_free(fitter);
}

/* ---- two generations --------------------------------------------------------------------------- */

static const char *const time_and_generation[] = {"time", "generation"};

static const cc_param generations_params[] = {
    {"first", "y", "adopters of the first generation", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"second", "y", "adopters that only the second wins", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"rate", "1/x", "growth rate of both", 0, INFINITY, 0, 0, 0},
    {"midpoint", "x", "midpoint of the first", -INFINITY, INFINITY, 0, 0, 0},
    {"delay", "x", "of the second", 0, INFINITY, 0, 0, 0},
};

static void generations_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {3, 8, 20}, place[] = {0.1, 0.3, 0.5, 0.7}, delay[] = {0.15, 0.3, 0.5};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 2, 1 / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 3, range->low[0], span, place, CC_COUNT(place));
    cc_grid_multiples(grid, 4, span, delay, CC_COUNT(delay));
}

static const cc_curve generations = {
    .name = "generations",
    .title = "Two generations",
    .formula = "see the kernel",
    .source = "this test",
    .when = "In this test.",
    .when_not = "Elsewhere.",
    .p = 5,
    .params = generations_params,
    .r = 2,
    .regressors = time_and_generation,
    .n_features = 2,
    .error_model = CC_ADDITIVE,
    .values = CC_EACH_WIDTH(generations_values),
    .grid = generations_grid,
};

static void make_generations(data *d, size_t years, bool interleaved, double sd, uint64_t seed)
{
    static const double truth[] = {10, 6, 0.7, 6, 9};
    data_clear(d, 2 * years);
    for (size_t i = 0; i < 2 * years; i++) {
        size_t group = interleaved ? i % 2 : i / years, year = interleaved ? i / 2 : i % years;
        d->x[i] = (double)year;
        d->x[2 * years + i] = (double)group;
    }
    simulate(&generations, CC_ADDITIVE, truth, sd, &seed, d);
}

static void test_generations(void)
{
    static const double truth[] = {10, 6, 0.7, 6, 9};
    data d, other;
    make_generations(&d, 24, false, 0, 0);
    cc_result exact = fit_one(&generations, &d);
    CHECK(exact.status == CC_OK, "two generations: status %d", exact.status);
    for (size_t j = 0; j < 5; j++) CHECK_CLOSE(exact.theta[j], truth[j], 1e-8, generations_params[j].name);
    make_generations(&d, 24, false, 0.2, 3);
    cc_result stacked = fit_one(&generations, &d);
    CHECK(stacked.status == CC_OK, "two generations with noise: status %d", stacked.status);
    for (size_t j = 0; j < 5; j++)
        CHECK(fabs(stacked.theta[j] - truth[j]) < 5 * stderr_of(&generations, &stacked, j), "%s is %g, should be %g",
              generations_params[j].name, stacked.theta[j], truth[j]);
    /* the order in which the groups stand is nothing to the answer */
    other = d;
    for (size_t i = 0; i < 48; i++) {
        size_t from = i % 2 * 24 + i / 2;
        other.x[i] = d.x[from];
        other.x[48 + i] = d.x[48 + from];
        other.y[i] = d.y[from];
    }
    cc_result mixed = fit_one(&generations, &other);
    CHECK(apart(&generations, &stacked, &mixed) < 1e-6, "interleaved generations give another answer");
    /* one group alone cannot tell the two markets apart, and says so */
    for (size_t i = 0; i < 24; i++) d.y[24 + i] = NAN;
    CHECK(fit_one(&generations, &d).status == CC_CONSTANT_REGRESSOR, "one generation alone has status %d",
          fit_one(&generations, &d).status);
}

static void test_generation_widths(void)
{
    enum { SERIES = 13 };
    static data d[SERIES];
    cc_result one[SERIES], wide[SERIES];
    cc_options options = default_options(&generations);
    for (size_t k = 0; k < SERIES; k++) {
        make_generations(&d[k], 20, k % 2, 0.3, k);
        d[k].y[k + 7] = NAN;
    }
    options.width = 1;
    fit_many(&generations, &options, d, SERIES, one);
    for (int width = 2; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        options.width = width;
        fit_many(&generations, &options, d, SERIES, wide);
        for (size_t k = 0; k < SERIES; k++)
            CHECK(same_result(&generations, &one[k], &wide[k]), "two generations, series %zu differs at width %d", k,
                  width);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const cc_curve *curves[] = {&forgetting, &level};
    for (int k = 0; k < 2; k++) {
        test_gradient(curves[k]);
        for (int width = 1; width <= CC_MAX_WIDTH; width *= 2) {
            if (!cc_width_available(width)) continue;
            test_normal_equations(curves[k], width);
            test_recovery(curves[k], width);
        }
        test_noisy(curves[k]);
        test_missing(curves[k]);
        test_start_places(curves[k]);
        test_start_at_node(curves[k]);
        test_referee(curves[k]);
    }
    test_generations();
    test_generation_widths();
    return check_end();
}

#endif
