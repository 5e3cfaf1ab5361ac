// SPDX-License-Identifier: GPL-3.0-or-later
/* test_referee.c - GSL's trust region as the second opinion: it agrees with the lanes, and its traps stay shut.
 *
 * The traps of GSL 2.7.1: a NaN residual is taken for success; error codes of callbacks are ignored; it knows no bounds.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* a ln(b - x): not a number where x reaches b */
CC_INLINE void CC_W(cliff_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V rest = theta[1] - x[0];
    V log_rest = CC_W(v_log)(rest);
    *f = theta[0] * log_rest;
    g[0] = log_rest;
    g[1] = theta[0] / rest;
}
CC_VALUES(cliff, 2, 1, 2)

/* a e^(b x): overflows a little way off */
CC_INLINE void CC_W(burst_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V power = CC_W(v_exp)(theta[1] * x[0]);
    *f = theta[0] * power;
    g[0] = power;
    g[1] = *f * x[0];
}
CC_VALUES(burst, 2, 1, 2)

#else

#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "series.h"
#include "fit/fitter.h"
#define CC_WIDTH_FILE "../tests/c/test_referee.c"
#include "widths.h"

static const char *const place[] = {"x"};
static const cc_param two_params[] = {
    {"a", "y", "a factor", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"b", "x", "the rest", -INFINITY, INFINITY, 0, 0, 0},
};

#define PRIVATE(own)                                                                                                   \
    {                                                                                                                  \
        .name = #own,                                                                                                  \
        .title = "Private",                                                                                            \
        .formula = "see the kernel",                                                                                   \
        .source = "this test",                                                                                         \
        .when = "In this test.",                                                                                       \
        .when_not = "Elsewhere.",                                                                                      \
        .p = 2,                                                                                                        \
        .params = two_params,                                                                                          \
        .r = 1,                                                                                                        \
        .regressors = place,                                                                                           \
        .n_features = 1,                                                                                               \
        .error_model = CC_ADDITIVE,                                                                                    \
        .values = CC_EACH_WIDTH(own##_values),                                                                         \
    }

static const cc_curve cliff = PRIVATE(cliff);
static const cc_curve burst = PRIVATE(burst);

/* ---- one opinion ------------------------------------------------------------------------------- */

typedef struct opinion {
    double theta[CC_MAX_PARAMS]; /* in the user's units */
    double objective;
    bool converged;
    cc_status status;
} opinion;

/* The referee on a series from a start in the user's units. */
static opinion ask(const cc_curve *curve, const cc_options *options, const data *d, const double *start, int budget)
{
    opinion out = {.status = CC_NOMEM};
    cc_options narrow = *options;
    cc_status status;
    narrow.width = 1;
    cc_fitter *fitter = cc_fitter_alloc(curve, d->n, &narrow, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return out;
    cc_series series = data_series(d);
    cc_load_lane(fitter, 0, &series);
    cc_load_single(fitter, 0);
    const cc_lane *lane = &fitter->lane[0];
    CHECK(lane->status == CC_OK, "%s is not loaded: status %d", curve->name, lane->status);
    double theta[CC_MAX_PARAMS];
    int exponent[CC_MAX_PARAMS], iterations = 0;
    for (size_t j = 0; j < curve->p; j++) {
        exponent[j] = curve->params[j].y_power * lane->y_exponent + curve->params[j].x_power * lane->x_exponent;
        theta[j] = ldexp(start[j], -exponent[j]);
    }
    out.status = cc_referee(&fitter->single, theta, &out.objective, budget, &iterations, &out.converged);
    out.objective = ldexp(out.objective, lane->row_exponent);
    for (size_t j = 0; j < curve->p; j++) out.theta[j] = ldexp(theta[j], exponent[j]);
    cc_fitter_free(fitter);
    return out;
}

/* ---- agreement --------------------------------------------------------------------------------- */

static void make_logistic(data *d, uint64_t *state, double *theta)
{
    size_t n = 8 + random_bits(state) % 30;
    data_clear(d, n);
    theta[0] = exp(random_between(state, -3, 8));
    theta[1] = random_between(state, 0.15, 1.2);
    theta[2] = 2000 + random_between(state, 6, 20);
    double noise = theta[0] * exp(random_between(state, -7, -2.5));
    for (size_t i = 0; i < n; i++) d->x[i] = 2000 + 25 * (double)i / (double)(n - 1);
    simulate(cc_curve_find("logistic"), CC_ADDITIVE, theta, noise, state, d);
}

static void make_wright(data *d, uint64_t *state, double *theta, cc_error_model error_model)
{
    size_t n = 5 + random_bits(state) % 30;
    data_clear(d, n);
    theta[0] = exp(random_between(state, 0, 12));
    theta[1] = random_between(state, -0.1, 0.7);
    d->x[0] = exp(random_between(state, 0, 8));
    for (size_t i = 1; i < n; i++) d->x[i] = d->x[i - 1] * exp(random_between(state, 0.05, 1));
    simulate(cc_curve_find("wright"), CC_MULTIPLICATIVE, theta, error_model == CC_ADDITIVE ? 0.03 : 0.2, state, d);
}

/* The lanes search; the referee starts from the truth, and from a place some standard errors beside the lanes' answer. */
static void agree(const cc_curve *curve, cc_error_model error_model, uint64_t seed, size_t count)
{
    size_t compared = 0, other_minimum = 0;
    uint64_t state = seed;
    cc_options options = error_options(curve, error_model);
    for (size_t k = 0; k < count; k++) {
        data d;
        double truth[CC_MAX_PARAMS], beside[CC_MAX_PARAMS];
        if (curve == cc_curve_find("logistic"))
            make_logistic(&d, &state, truth);
        else
            make_wright(&d, &state, truth, error_model);
        cc_result found = fit_with(curve, &options, &d);
        opinion from_truth = ask(curve, &options, &d, truth, 500);
        CHECK(found.status >= 0, "%s %zu: status %d", curve->name, k, found.status);
        if (from_truth.converged && found.status == CC_OK) {
            CHECK(found.objective <= from_truth.objective * (1 + 1e-8),
                  "%s %zu: the lanes stop at %.12g, the referee reaches %.12g", curve->name, k, found.objective,
                  from_truth.objective);
            other_minimum += found.objective < from_truth.objective * (1 - 1e-8);
        }
        if (found.status != CC_OK || (found.notes & CC_NOTE_AT_BOUND)) continue;
        for (size_t j = 0; j < curve->p; j++)
            beside[j] = found.theta[j] + (random_bits(&state) % 2 ? 1 : -1) * stderr_of(curve, &found, j) * 0.7;
        for (size_t j = 0; j < curve->p; j++) beside[j] = fmax(beside[j], curve->params[j].lower + 1e-9);
        opinion referee = ask(curve, &options, &d, beside, 500);
        CHECK(referee.status == CC_OK, "%s %zu: the referee has status %d", curve->name, k, referee.status);
        if (!referee.converged) continue;
        /* what it walked away to is another question */
        if (fabs(referee.objective / found.objective - 1) > 0.1 &&
            found.notes & (CC_NOTE_CEILING | CC_NOTE_SEVERAL_MINIMA))
            continue;
        compared++;
        CHECK(close_to(found.objective, referee.objective, 1e-8), "%s %zu: objective %.12g, the referee's %.12g",
              curve->name, k, found.objective, referee.objective);
        for (size_t j = 0; j < curve->p; j++)
            CHECK(fabs(found.theta[j] - referee.theta[j]) <= 1e-6 * stderr_of(curve, &found, j),
                  "%s %zu: %s %.12g, the referee's %.12g, standard error %.3g", curve->name, k, curve->params[j].name,
                  found.theta[j], referee.theta[j], stderr_of(curve, &found, j));
    }
    CHECK(compared > count * 9 / 10, "%s: only %zu of %zu series were compared", curve->name, compared, count);
    CHECK(other_minimum < count / 50 + 1, "%s: the referee ends in another minimum %zu times", curve->name,
          other_minimum);
}

/* ---- traps ------------------------------------------------------------------------------------- */

/* Objective and slope of a fit by hand, for a curve without bounds: zero slope is a minimum. */
static bool at_minimum(const cc_curve *curve, const data *d, const double *theta, double *objective)
{
    double f[MAX_N], g[MAX_N * CC_MAX_PARAMS], slope[CC_MAX_PARAMS] = {0}, size[CC_MAX_PARAMS] = {0};
    cc_evaluate(curve, d->x, d->n, theta, f, g);
    *objective = 0;
    for (size_t i = 0; i < d->n; i++) {
        double r = d->y[i] - f[i];
        *objective += r * r;
        for (size_t j = 0; j < curve->p; j++) {
            slope[j] += r * g[i * curve->p + j];
            size[j] += g[i * curve->p + j] * g[i * curve->p + j];
        }
    }
    bool flat = isfinite(*objective);
    for (size_t j = 0; j < curve->p; j++) flat = flat && fabs(slope[j]) <= 1e-6 * sqrt(size[j] * *objective) + 1e-12;
    return flat;
}

/* Whoever starts in a decent place gets to the minimum. From a hopeless one GSL may stop on the way, its steps made short by the
 * steep slopes that it has seen, but never among values that are no numbers; a fit measures the slope itself afterwards. */
static void check_trap(const cc_curve *curve, const data *d, const double *start, const char *what, bool must)
{
    cc_options options = default_options(curve);
    opinion referee = ask(curve, &options, d, start, 500);
    double objective;
    bool minimum = at_minimum(curve, d, referee.theta, &objective);
    CHECK(referee.status == CC_OK, "%s: status %d", what, referee.status);
    CHECK(!referee.converged || isfinite(objective), "%s: converged at %g, %g with objective %g", what,
          referee.theta[0], referee.theta[1], objective);
    if (must)
        CHECK(referee.converged && minimum, "%s: ends at %g, %g with objective %g, converged %d", what,
              referee.theta[0], referee.theta[1], objective, referee.converged);
    if (isfinite(objective))
        CHECK(close_to(referee.objective, objective, 1e-12), "%s: objective %.17g, should be %.17g", what,
              referee.objective, objective);
}

/* The path to the minimum runs beside a region without numbers; one row or several fall in. */
static void test_cliff(void)
{
    data d;
    uint64_t state = 1;
    static const double truth[] = {2, 10.3};
    for (int last = 8; last <= 10; last++) {
        data_clear(&d, 14);
        for (size_t i = 0; i < 14; i++) d.x[i] = last * (double)i / 13;
        simulate(&cliff, CC_ADDITIVE, truth, 0.05, &state, &d);
        for (double a = 0.5; a < 20; a *= 2)
            for (double b = last + 0.01; b < 60; b *= 1.3)
                check_trap(&cliff, &d, (const double[]){a, b}, "beside the cliff", b < 30);
        for (double b = -5; b < last; b += 2) check_trap(&cliff, &d, (const double[]){2, b}, "over the cliff", false);
        /* the fit from end to end neither */
        d.start[0] = 2;
        d.start[1] = last - 0.5;
        cc_result result = fit_one(&cliff, &d);
        CHECK(result.status < 0 || isfinite(result.objective), "a start over the cliff: status %d, objective %g",
              result.status, result.objective);
        d.start[1] = last + 0.01;
        result = fit_one(&cliff, &d);
        CHECK(result.status == CC_OK && fabs(result.theta[1] - 10.3) < 5 * stderr_of(&cliff, &result, 1),
              "a start beside the cliff: status %d, b %g", result.status, result.theta[1]);
    }
}

/* Values that overflow at the start or on the way: large finite, infinite, and infinite times zero. */
static void test_burst(void)
{
    data d;
    uint64_t state = 2;
    static const double truth[] = {3, -0.3};
    data_clear(&d, 12);
    for (size_t i = 0; i < 12; i++) d.x[i] = (double)i;
    simulate(&burst, CC_ADDITIVE, truth, 0.02, &state, &d);
    for (double b = -3; b < 3; b += 0.25)
        check_trap(&burst, &d, (const double[]){1, b}, "an exponential", fabs(b) < 0.6);
    for (double b = 20; b < 1e4; b *= 2)
        for (double a = -1; a <= 1; a++) {
            check_trap(&burst, &d, (const double[]){a, b}, "an overflowing exponential", false);
            check_trap(&burst, &d, (const double[]){a, -b}, "an exponential that is over at once", false);
        }
    d.start[0] = 1;
    for (double b = 1; b < 1e4; b *= 3) {
        d.start[1] = b;
        cc_result result = fit_one(&burst, &d);
        CHECK(result.status < 0 || isfinite(result.objective), "a start of %g: status %d, objective %g", b,
              result.status, result.objective);
        if (result.status == CC_OK) {
            double objective;
            CHECK(at_minimum(&burst, &d, result.theta, &objective), "a start of %g ends at %g, %g, which is no minimum",
                  b, result.theta[0], result.theta[1]);
        }
    }
}

/* Bounds: the answer lies in the box, on the bound that holds it, and is that of the smaller problem. */
static void test_bounds(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    cc_options options = default_options(logistic);
    static const double truth[] = {10, 0.5, 12};
    uint64_t state = 3;
    for (int combination = 1; combination < 27; combination++) {
        data d, held;
        data_clear(&d, 25);
        for (size_t i = 0; i < 25; i++) d.x[i] = (double)i;
        simulate(logistic, CC_ADDITIVE, truth, 0.3, &state, &d);
        held = d;
        double start[3];
        for (int j = 0, rest = combination; j < 3; j++, rest /= 3) {
            start[j] = truth[j];
            if (rest % 3 == 1) d.lower[j] = start[j] = truth[j] * 1.1;
            if (rest % 3 == 2) d.upper[j] = start[j] = truth[j] * 0.92;
            if (rest % 3 == 2) start[j] *= 0.8; /* begins inside and is driven to the bound */
        }
        opinion referee = ask(logistic, &options, &d, start, 500);
        cc_result lanes = fit_with(logistic, &options, &d);
        CHECK(referee.status == CC_OK && referee.converged, "bounds %d: status %d, converged %d", combination,
              referee.status, referee.converged);
        CHECK(close_to(referee.objective, lanes.objective, 1e-8),
              "bounds %d: the referee's objective %.12g, the lanes' %.12g", combination, referee.objective,
              lanes.objective);
        for (size_t j = 0; j < 3; j++) {
            CHECK(!(referee.theta[j] < d.lower[j]) && !(referee.theta[j] > d.upper[j]),
                  "bounds %d: parameter %zu is outside, at %g", combination, j, referee.theta[j]);
            bool at_lower = lanes.theta[j] == d.lower[j], at_upper = lanes.theta[j] == d.upper[j];
            if (at_lower || at_upper) {
                held.lower[j] = held.upper[j] = lanes.theta[j];
                CHECK(referee.theta[j] == lanes.theta[j], "bounds %d: parameter %zu is %.17g, its bound %.17g",
                      combination, j, referee.theta[j], lanes.theta[j]);
            }
        }
        cc_result smaller = fit_with(logistic, &options, &held);
        CHECK(close_to(lanes.objective, smaller.objective, 1e-9),
              "bounds %d: %.12g, with what is at a bound held there %.12g", combination, lanes.objective,
              smaller.objective);
    }
}

/* Masked rows do not count even where they have no numbers; a prior is a row more; a robust loss is minimised as such. */
static void test_rows(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    static const double truth[] = {10, 0.5, 12}, start[] = {8, 0.4, 11};
    data d;
    uint64_t state = 4;
    data_clear(&d, 25);
    for (size_t i = 0; i < 25; i++) d.x[i] = (double)i;
    simulate(logistic, CC_ADDITIVE, truth, 0.3, &state, &d);
    d.w[3] = 0, d.y[3] = INFINITY;
    d.w[9] = 0, d.y[9] = NAN;
    d.x[20] = NAN;
    d.y[6] += 5;
    cc_options options = default_options(logistic);
    cc_result lanes = fit_with(logistic, &options, &d);
    opinion referee = ask(logistic, &options, &d, start, 300);
    CHECK(lanes.n_used == 22 && referee.converged, "masked rows: %zu used", lanes.n_used);
    for (size_t j = 0; j < 3; j++)
        CHECK(fabs(lanes.theta[j] - referee.theta[j]) < 1e-6 * stderr_of(logistic, &lanes, j),
              "masked rows: %.12g and %.12g", lanes.theta[j], referee.theta[j]);
    for (cc_loss loss = CC_HUBER; loss <= CC_CAUCHY; loss++) {
        options.loss = loss;
        options.loss_scale = 0.4;
        lanes = fit_with(logistic, &options, &d);
        double theta[3], objective;
        int iterations;
        bool converged;
        cc_options narrow = options;
        narrow.width = 1;
        cc_status status;
        cc_fitter *fitter = cc_fitter_alloc(logistic, d.n, &narrow, &status);
        CHECK(fitter, "no fitter: status %d", status);
        if (!fitter) return;
        cc_series series = data_series(&d);
        cc_load_lane(fitter, 0, &series);
        fitter->full.loss = loss;
        cc_load_single(fitter, 0);
        int y = fitter->lane[0].y_exponent, x = fitter->lane[0].x_exponent;
        theta[0] = ldexp(8, -y), theta[1] = ldexp(0.4, x), theta[2] = ldexp(11, -x);
        CHECK(cc_referee(&fitter->single, theta, &objective, 300, &iterations, &converged) == CC_OK && converged,
              "loss %d: the referee does not converge", loss);
        theta[0] = ldexp(theta[0], y), theta[1] = ldexp(theta[1], -x), theta[2] = ldexp(theta[2], x);
        CHECK(close_to(ldexp(objective, fitter->lane[0].row_exponent) / 2, lanes.objective, 1e-8),
              "loss %d: objective %.12g, the referee's %.12g", loss, lanes.objective,
              ldexp(objective, fitter->lane[0].row_exponent) / 2);
        for (size_t j = 0; j < 3; j++)
            CHECK(fabs(lanes.theta[j] - theta[j]) < 1e-5 * stderr_of(logistic, &lanes, j),
                  "loss %d: parameter %zu is %.12g, the referee's %.12g", loss, j, lanes.theta[j], theta[j]);
        cc_fitter_free(fitter);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    agree(cc_curve_find("logistic"), CC_ADDITIVE, 1, repetitions(2000));
    agree(cc_curve_find("wright"), CC_MULTIPLICATIVE, 2, repetitions(2000));
    agree(cc_curve_find("wright"), CC_ADDITIVE, 3, repetitions(2000));
    test_cliff();
    test_burst();
    test_bounds();
    test_rows();
    return check_end();
}

#endif
