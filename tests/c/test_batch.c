// SPDX-License-Identifier: GPL-3.0-or-later
/* test_batch.c - series side by side: whatever its lane, its neighbours and the width, a series gets the same bits. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "series.h"
#include "sets.h"

enum { SERIES = 20, SEARCHED = 8, POINTS = 26 };

static size_t series_count; /* SERIES, or fewer where time is short */

/* Something of everything: whole curves, pieces, gaps, exact, flat, hopeless, refused. */
static void make_mixed(const cc_curve *curve, data *d, uint64_t seed)
{
    uint64_t state = seed;
    double theta[CC_MAX_PARAMS];
    data_clear(d, POINTS);
    set_points(curve, d->x, POINTS);
    set_theta(curve, seed, theta);
    double noise[] = {0.05, 0.3, 0, 0.001};
    simulate(curve, set_has_unit(curve) ? CC_MULTIPLICATIVE : CC_LOGIT, theta, noise[seed % 4], &state, d);
    for (size_t i = 0; i < POINTS; i++) d->w[i] = seed % 3 ? 1 : random_between(&state, 0.1, 10);
    for (size_t i = 0; i < POINTS; i++) {
        if (random_bits(&state) % 9 == 0) d->y[i] = NAN;
        if (seed % 7 == 3 && i > 8) d->y[i] = NAN;
        if (seed % 11 == 5) d->y[i] = random_between(&state, 1, 2); /* no curve at all */
        if (seed % 17 == 6) d->y[i] = 4;
        if (seed % 19 == 7) d->y[i] = NAN;
    }
    if (seed % 23 == 8) d->y[3] = INFINITY;
    if (seed % 13 == 9) d->y[3] = 1e12;
}

/* Starts, bounds and priors for some of them. */
static void add_constraints(const cc_curve *curve, data *d, uint64_t seed)
{
    size_t j = seed % curve->p;
    double value = fmin(fmax(random_between(&seed, 0.5, 2), curve->params[j].lower), curve->params[j].upper);
    switch (seed % 5) {
    case 0:
        d->start[j] = value;
        break;
    case 1:
        d->lower[j] = d->upper[j] = value;
        break;
    case 2:
        d->prior_mean[j] = value, d->prior_sd[j] = 0.3;
        break;
    case 3:
        d->upper[j] = value;
        break;
    default:
        break;
    }
}

/* Each series alone at width 1; then at every width, in batches of every size, beginning anywhere. */
static void check_batches(const cc_curve *curve, cc_options options, const data *d, const char *what)
{
    static cc_result alone[SERIES], together[SERIES];
    cc_status status;
    memset(alone, 0, sizeof alone);
    options.width = 1;
    for (size_t k = 0; k < series_count; k++) alone[k] = fit_with(curve, &options, &d[k]);
    for (int width = 1; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        options.width = width;
        cc_fitter *fitter = cc_fitter_alloc(curve, POINTS, &options, &status);
        CHECK(fitter && cc_fitter_width(fitter) == (size_t)width, "a fitter of width %d", width);
        if (!fitter) return;
        size_t most = cc_fitter_most(fitter);
        CHECK(most >= (size_t)width && most % (size_t)width == 0, "a fitter of width %d takes %zu series", width, most);
        if (most > series_count) most = series_count;
        for (size_t size = 1; size <= most; size = size < (size_t)width || size == most ? size + 1 : most)
            for (size_t from = 0; from + size <= series_count; from += size) {
                cc_series series[SERIES];
                for (size_t k = 0; k < size; k++) series[k] = data_series(&d[from + k]);
                memset(together, 0, sizeof together);
                cc_fit(fitter, series, size, together);
                for (size_t k = 0; k < size; k++)
                    CHECK(same_result(curve, &alone[from + k], &together[k]),
                          "%s, %s: series %zu in lane %zu of %zu at width %d has status %d, notes %x, objective %.17g; "
                          "alone %d, %x, %.17g",
                          curve->name, what, from + k, k, size, width, together[k].status, together[k].notes,
                          together[k].objective, alone[from + k].status, alone[from + k].notes,
                          alone[from + k].objective);
            }
        cc_fitter_free(fitter);
    }
}

static void test_curve(const cc_curve *curve)
{
    static data plain[SERIES], constrained[SERIES];
    cc_options options = default_options(curve), additive = options, robust = options, fixed_scale = options,
               known = options;
    for (uint64_t k = 0; k < SERIES; k++) {
        make_mixed(curve, &plain[k], k);
        constrained[k] = plain[k];
        add_constraints(curve, &constrained[k], k);
    }
    additive.error_model = CC_ADDITIVE;
    robust.loss = CC_HUBER;
    fixed_scale.loss = CC_CAUCHY;
    fixed_scale.loss_scale = 0.1;
    known.weights_known = true;
    known.max_iterations = 3; /* not enough: the referee gets its turn */
    check_batches(curve, options, plain, "plain");
    check_batches(curve, additive, plain, "additive");
    check_batches(curve, options, constrained, "constrained");
    check_batches(curve, robust, constrained, "robust");
    check_batches(curve, fixed_scale, plain, "robust with a scale");
    check_batches(curve, known, constrained, "three iterations");
}

/* A fitter keeps nothing of the series it had before. */
static void test_memory_of_fitter(void)
{
    const cc_curve *curve = cc_curve_find("logistic");
    cc_options options = default_options(curve);
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, POINTS, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    data d, other;
    make_mixed(curve, &d, 4);
    cc_series series = data_series(&d);
    cc_result first, again;
    memset(&first, 0, sizeof first);
    memset(&again, 0, sizeof again);
    cc_fit(fitter, &series, 1, &first);
    for (uint64_t k = 0; k < series_count; k++) {
        cc_result between;
        make_mixed(curve, &other, k);
        add_constraints(curve, &other, k);
        cc_series disturbing = data_series(&other);
        cc_fit(fitter, &disturbing, 1, &between);
        cc_fit(fitter, &series, 1, &again);
        CHECK(same_result(curve, &first, &again), "after series %llu the first one has another answer",
              (unsigned long long)k);
    }
    cc_fit(fitter, &series, 0, NULL);
    cc_fitter_free(fitter);
    cc_fitter_free(NULL);
}

/* Inputs are read only. */
static void test_inputs_unchanged(void)
{
    const cc_curve *curve = cc_curve_find("gompertz");
    data d, before;
    make_mixed(curve, &d, 9);
    add_constraints(curve, &d, 2);
    before = d;
    fit_one(curve, &d);
    CHECK(memcmp(&d, &before, sizeof d) == 0, "a fit changes its inputs");
}

int main(void)
{
    gsl_set_error_handler_off();
    size_t count = 0;
    series_count = repetitions(SERIES) + (long_double_is_longer() ? 0 : 4);
    while (cc_curve_at(count)) count++;
    size_t step = long_double_is_longer() ? 1 : 5;
#ifdef __SANITIZE_ADDRESS__
    step = 3; /* several times as slow, and curves share their loops */
#endif
    size_t all = series_count;
    for (size_t k = 0; k < count; k += step) {
        const cc_curve *curve = cc_curve_at(k);
        /* milliseconds a fit: two groups of every width say as much */
        if ((curve->flags & (CC_WIDENS | CC_KINKS)) && all > SEARCHED) series_count = SEARCHED;
        test_curve(curve);
        series_count = all;
    }
    test_memory_of_fitter();
    test_inputs_unchanged();
    return check_end();
}
