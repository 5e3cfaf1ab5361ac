// SPDX-License-Identifier: GPL-3.0-or-later
/* test_evaluate.c - bands against a propagation of their own, derived quantities and the ends of their intervals, options. */
#include <stdlib.h>

#include "check.h"
#include "fit/internal.h"

static cc_options options_of(const cc_curve *curve, cc_error_model error_model, double upper)
{
    double vector[CC_OPTION_COUNT] = {error_model, NAN, NAN, NAN, NAN, NAN, upper, NAN};
    cc_options options;
    CHECK(cc_options_read(curve, vector, CC_OPTION_COUNT, &options) == CC_OK, "options are refused");
    return options;
}

/* The error model's scale, written down once more. */
static double on_scale(cc_error_model error_model, double level, double upper)
{
    if (error_model == CC_MULTIPLICATIVE) return log(level);
    if (error_model == CC_LOGIT) return log(level / (upper - level));
    return level;
}

/* The standard error by differences of the location along the columns of a root of the covariance. */
static void check_band(const cc_curve *curve, const double *x, size_t n, const double *theta,
                       cc_error_model error_model)
{
    enum { MAX = 16 };
    size_t p = curve->p;
    double root[CC_MAX_PARAMS][CC_MAX_PARAMS] = {{0}}, cov[CC_MAX_PARAMS * CC_MAX_PARAMS], location[MAX], band[MAX];
    uint64_t state = 3;
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k <= j; k++) root[j][k] = 0.02 * fabs(theta[j]) * random_normal(&state);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++) {
            cov[j * p + k] = 0;
            for (size_t m = 0; m < p; m++) cov[j * p + k] += root[j][m] * root[k][m];
        }
    cc_options options = options_of(curve, error_model, 5);
    CHECK(cc_band(curve, x, n, theta, cov, &options, location, band) == CC_OK, "%s has no band", curve->name);
    double level[MAX], squares[MAX] = {0};
    cc_evaluate(curve, x, n, theta, level, NULL);
    for (size_t m = 0; m < p; m++) {
        const double h = 1e-5;
        double up[CC_MAX_PARAMS], down[CC_MAX_PARAMS], above[MAX], below[MAX];
        for (size_t j = 0; j < p; j++) up[j] = theta[j] + h * root[j][m], down[j] = theta[j] - h * root[j][m];
        cc_evaluate(curve, x, n, up, above, NULL);
        cc_evaluate(curve, x, n, down, below, NULL);
        for (size_t i = 0; i < n; i++) {
            double slope = (on_scale(error_model, above[i], 5) - on_scale(error_model, below[i], 5)) / (2 * h);
            squares[i] += slope * slope;
        }
    }
    for (size_t i = 0; i < n; i++) {
        CHECK_CLOSE(location[i], on_scale(error_model, level[i], 5), 1e-13, curve->name);
        CHECK_CLOSE(band[i], sqrt(squares[i]), 1e-5, curve->name);
    }
    cov[0] = NAN;
    cc_band(curve, x, n, theta, cov, &options, location, band);
    for (size_t i = 0; i < n; i++)
        CHECK(isnan(band[i]) && isfinite(location[i]), "%s: a band without a covariance", curve->name);
}

static void test_bands(void)
{
    static const double time[] = {-2, -0.5, 0, 1, 2.5, 4}, scale[] = {1, 3, 10, 50, 200, 1000};
    static const double logistic[] = {4, 0.8, 0.7}, exponential[] = {1.5, 0.2, 0.5}, wright[] = {2.5, 0.3},
                        floor[] = {0.4, 2, 0.5};
    static const cc_error_model models[] = {CC_ADDITIVE, CC_MULTIPLICATIVE, CC_LOGIT};
    for (int k = 0; k < 3; k++) {
        check_band(cc_curve_find("logistic"), time, 6, logistic, models[k]);
        check_band(cc_curve_find("exponential"), time, 6, exponential, models[k]);
        check_band(cc_curve_find("wright"), scale, 6, wright, models[k]);
        check_band(cc_curve_find("power_floor"), scale, 6, floor, models[k]);
    }
}

/* A learning rate's interval is the image of the exponent's. */
static void test_learning_rate(void)
{
    const cc_curve *wright = cc_curve_find("wright");
    double theta[] = {100, 0.3}, cov[] = {4, 0.01, 0.01, 0.0004}, value[2], spread[2], low[2], high[2];
    cc_derive(wright, theta, cov, 2, value, spread, low, high);
    CHECK_CLOSE(value[0], 1 - exp2(-0.3), 1e-14, "learning rate");
    CHECK_CLOSE(value[1], exp2(-0.3), 1e-14, "progress ratio");
    CHECK_CLOSE(spread[0], M_LN2 * exp2(-0.3) * 0.02, 1e-13, "its standard error");
    CHECK_CLOSE(spread[1], spread[0], 1e-13, "that of the progress ratio");
    CHECK_CLOSE(low[0], 1 - exp2(-0.26), 1e-13, "lower end of the learning rate");
    CHECK_CLOSE(high[0], 1 - exp2(-0.34), 1e-13, "upper end of the learning rate");
    CHECK_CLOSE(low[1], exp2(-0.34), 1e-13, "lower end of the progress ratio");
    CHECK_CLOSE(high[1], exp2(-0.26), 1e-13, "upper end of the progress ratio");
    cov[3] = NAN;
    cc_derive(wright, theta, cov, 2, value, spread, low, high);
    CHECK(isfinite(value[0]) && isnan(spread[0]) && isnan(low[0]) && isnan(high[0]),
          "an interval without a standard error");
}

/* An exponent's own uncertainty is enough where the amplitude has none, and the other way round. */
static void test_unsupported_neighbour(void)
{
    double theta[] = {100, 0.3}, cov[] = {NAN, NAN, NAN, 0.0004}, value[2], spread[2], low[2], high[2];
    cc_derive(cc_curve_find("wright"), theta, cov, 2, value, spread, low, high);
    CHECK(isfinite(spread[0]) && isfinite(low[0]) && isfinite(high[0]),
          "a learning rate lost to a parameter that it does not use");
}

/* A quantity of several parameters: symmetric ends. */
static void test_peak(void)
{
    double theta[] = {8, 0.5, 3}, cov[] = {0.04, 0.001, 0, 0.001, 0.0001, 0, 0, 0, 1}, value[2], spread[2], low[2],
           high[2];
    cc_derive(cc_curve_find("logistic"), theta, cov, 1.5, value, spread, low, high);
    double variance = 0.125 * 0.125 * 0.04 + 2 * 0.125 * 2 * 0.001 + 4 * 0.0001;
    CHECK_CLOSE(value[1], 1, 1e-14, "peak growth");
    CHECK_CLOSE(spread[1], sqrt(variance), 1e-13, "its standard error");
    CHECK_CLOSE(low[1], value[1] - 1.5 * spread[1], 1e-13, "its lower end");
    CHECK_CLOSE(high[1], value[1] + 1.5 * spread[1], 1e-13, "its upper end");
}

/* A rate that may be of either sign: doubling times run through infinity, and an interval never leaves out its own value. */
static void test_doubling_time(void)
{
    const cc_curve *exponential = cc_curve_find("exponential");
    double theta[] = {1, 0.02, 0}, cov[9] = {0}, value[2], spread[2], low[2], high[2];
    cov[4] = 0.0001;
    cc_derive(exponential, theta, cov, 1, value, spread, low, high);
    CHECK_CLOSE(low[0], M_LN2 / 0.03, 1e-13, "lower end of the doubling time");
    CHECK_CLOSE(high[0], M_LN2 / 0.01, 1e-13, "upper end of the doubling time");
    cc_derive(exponential, theta, cov, 3, value, spread, low, high);
    CHECK(!(low[0] > value[0]) && !(high[0] < value[0]), "a doubling time of %g in an interval from %g to %g", value[0],
          low[0], high[0]);
    CHECK(low[1] < value[1] && value[1] < high[1], "growth of %g in an interval from %g to %g", value[1], low[1],
          high[1]);
    theta[1] = -0.02;
    cc_derive(exponential, theta, cov, 3, value, spread, low, high);
    CHECK(!(low[0] > value[0]) && !(high[0] < value[0]), "a doubling time of %g in an interval from %g to %g", value[0],
          low[0], high[0]);
}

static cc_status read_with(const char *name, int index, double value, cc_options *options)
{
    double vector[CC_OPTION_COUNT];
    for (int k = 0; k < CC_OPTION_COUNT; k++) vector[k] = NAN;
    vector[index] = value;
    return cc_options_read(cc_curve_find(name), vector, CC_OPTION_COUNT, options);
}

static void test_options(void)
{
    static const double never[] = {-1, 17, 1e300, -1e300, INFINITY, -INFINITY};
    cc_options options;
    CHECK(cc_options_read(cc_curve_find("wright"), NULL, 0, &options) == CC_OK, "no options are refused");
    CHECK(options.error_model == CC_MULTIPLICATIVE && options.loss == CC_LINEAR && options.width == 0,
          "defaults of wright");
    CHECK(options.upper == 1 && !options.weights_known && options.max_iterations > 10 && isnan(options.loss_scale),
          "defaults");
    for (size_t k = 0; k < sizeof never / sizeof *never; k++) {
        double v = never[k];
        CHECK(read_with("logistic", 0, v, &options) == CC_BAD_OPTION, "error model %g", v);
        CHECK(read_with("logistic", 1, v, &options) == CC_BAD_OPTION, "loss %g", v);
        CHECK(read_with("logistic", 7, v, &options) == CC_BAD_OPTION, "width %g", v);
        if (v < 0) CHECK(read_with("logistic", 4, v, &options) == CC_BAD_OPTION, "%g iterations", v);
        if (v < 0 || isinf(v)) CHECK(read_with("logistic", 2, v, &options) == CC_BAD_OPTION, "loss scale %g", v);
        if (v < 0 || isinf(v)) CHECK(read_with("logistic", 6, v, &options) == CC_BAD_OPTION, "upper %g", v);
    }
    CHECK(read_with("logistic", 0, 0.5, &options) == CC_BAD_OPTION, "half an error model");
    CHECK(read_with("logistic", 1, 1.5, &options) == CC_BAD_OPTION, "one loss and a half");
    CHECK(read_with("logistic", 7, 3, &options) == CC_BAD_OPTION, "three lanes");
    CHECK(read_with("logistic", 7, 2.5, &options) == CC_BAD_OPTION, "two lanes and a half");
    CHECK(read_with("logistic", 2, 0, &options) == CC_BAD_OPTION, "loss scale 0");
    CHECK(read_with("logistic", 4, 0, &options) == CC_BAD_OPTION, "no iterations");
    CHECK(read_with("logistic", 6, 0, &options) == CC_BAD_OPTION, "upper 0");
    CHECK(read_with("wright", 0, CC_BINOMIAL, &options) == CC_BAD_OPTION, "binomial with a log kernel");
    CHECK(read_with("logistic", 0, CC_BINOMIAL, &options) == CC_OK, "binomial is refused");
    CHECK(read_with("logistic", 4, 1e9, &options) == CC_OK && options.max_iterations > 1000,
          "many iterations are refused");
    for (int width = 1; width <= CC_MAX_WIDTH; width *= 2)
        CHECK((read_with("logistic", 7, width, &options) == CC_OK) == cc_width_available(width), "width %d", width);
}

/* The tables of words are complete, and codes are unique. */
static void test_words(void)
{
    size_t n_statuses, n_notes;
    const cc_status_text *statuses = cc_statuses(&n_statuses);
    const cc_note_text *notes = cc_notes(&n_notes);
    unsigned seen = 0;
    for (size_t k = 0; k < n_statuses; k++) {
        CHECK(strlen(statuses[k].code) > 1 && strlen(statuses[k].sentence) > 10, "status %d has no words",
              statuses[k].status);
        for (size_t m = 0; m < k; m++)
            CHECK(statuses[k].status != statuses[m].status && strcmp(statuses[k].code, statuses[m].code),
                  "status %s twice", statuses[k].code);
    }
    for (int status = CC_BAD_BOUNDS; status <= CC_RANK_DEFICIENT; status++) {
        bool found = false;
        for (size_t k = 0; k < n_statuses; k++) found = found || (int)statuses[k].status == status;
        CHECK(found, "status %d is not in the table", status);
    }
    int rank = 0;
    for (size_t k = 0; k < n_notes; k++) {
        int own = !strcmp(notes[k].severity, "error")     ? 0
                  : !strcmp(notes[k].severity, "warning") ? 1
                  : !strcmp(notes[k].severity, "info")    ? 2
                                                          : -1;
        CHECK(own >= rank, "note %s stands before a worse one", notes[k].code);
        CHECK(strlen(notes[k].sentence) > 10 && !(seen & notes[k].note), "note %s", notes[k].code);
        rank = own;
        seen |= notes[k].note;
    }
    CHECK(seen == 2 * CC_NOTE_BREAK - 1, "notes without words: %#x", ~seen & (2 * CC_NOTE_BREAK - 1));
}

int main(void)
{
    test_bands();
    test_learning_rate();
    test_unsupported_neighbour();
    test_peak();
    test_doubling_time();
    test_options();
    test_words();
    return check_end();
}
