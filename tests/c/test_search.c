// SPDX-License-Identifier: GPL-3.0-or-later
/* test_search.c - several minima, by a curve private to this test: one bump laid on data with two. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* a exp(-(x - b)^2) */
CC_INLINE void CC_W(bump_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[1];
    V power = CC_W(v_exp)(-since * since);
    *f = theta[0] * power;
    g[0] = power;
    g[1] = 2.0 * *f * since;
}
CC_VALUES(bump, 2, 1, 2)

#else

#include <gsl/gsl_errno.h>

#include "series.h"
#define CC_WIDTH_FILE "../tests/c/test_search.c"
#include "curves/families.h"
#include "widths.h"

static const char *const place[] = {"x"};

static const cc_param bump_params[] = {
    {"height", "y", "height of the bump", -INFINITY, INFINITY, CC_LINEAR_LEVEL | CC_FACTOR, 1, 0},
    {"place", "x", "place of the bump", -INFINITY, INFINITY, 0, 0, 0},
};

static void bump_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double at[] = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
    cc_grid_places(grid, 1, range->low[0], range->high[0] - range->low[0], at, CC_COUNT(at));
}

static const cc_curve bump = {
    .name = "bump",
    .title = "Bump",
    .formula = "height * exp(-(x - place)^2)",
    .source = "this test",
    .when = "In this test.",
    .when_not = "Elsewhere.",
    .p = 2,
    .params = bump_params,
    .r = 1,
    .regressors = place,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .values = CC_EACH_WIDTH(bump_values),
    .grid = bump_grid,
};

/* Bumps at 3 and 7 of these heights; few enough points that the search sees all of them. */
static void make_bumps(data *d, double first, double second)
{
    data_clear(d, 6);
    for (size_t i = 0; i < d->n; i++) {
        double x = d->x[i] = (i < 3 ? 2.5 : 5) + 0.5 * (double)i;
        d->y[i] = first * exp(-(x - 3) * (x - 3)) + second * exp(-(x - 7) * (x - 7)) + 0.01 * (double)(i % 2);
    }
}

static void test_two_minima(void)
{
    data d;
    for (int side = 0; side < 2; side++) {
        make_bumps(&d, side ? 0.9 : 1, side ? 1 : 0.9);
        double higher = side ? 7 : 3, lesser = side ? 3 : 7;
        cc_result both = fit_one(&bump, &d);
        CHECK(both.status == CC_OK && fabs(both.theta[1] - higher) < 0.1, "the bump lies at %g, status %d",
              both.theta[1], both.status);
        CHECK(both.info[CC_INFO_MINIMA] >= 2 && (both.notes & CC_NOTE_SEVERAL_MINIMA), "%g minima, notes %x",
              both.info[CC_INFO_MINIMA], both.notes);
        CHECK(both.info[CC_INFO_STARTS] >= 2 && both.info[CC_INFO_SHARE] < 1, "%g starts, a share of %g at the best",
              both.info[CC_INFO_STARTS], both.info[CC_INFO_SHARE]);
        /* where a start is given the search begins there only */
        d.start[1] = lesser;
        cc_result given = fit_one(&bump, &d);
        CHECK(given.status == CC_OK && fabs(given.theta[1] - lesser) < 0.1, "from %g the bump lies at %g", lesser,
              given.theta[1]);
        CHECK(given.objective > both.objective, "the lesser minimum is lower");
        CHECK(given.info[CC_INFO_STARTS] == 1 && given.info[CC_INFO_MINIMA] == 1, "%g starts, %g minima",
              given.info[CC_INFO_STARTS], given.info[CC_INFO_MINIMA]);
    }
}

/* One minimum that several starts reach is one minimum. */
static void test_one_minimum(void)
{
    const cc_curve *const curves[] = {&bump, cc_curve_find("logistic"), cc_curve_find("richards"),
                                      cc_curve_find("weibull")};
    static const double theta[][4] = {{2, 3}, {12, 0.6, 14}, {12, 0.6, 14, 1.2}, {12, 15, 2.5, -1}};
    for (size_t k = 0; k < 4; k++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            data d;
            uint64_t state = seed;
            data_clear(&d, 30);
            for (size_t i = 0; i < d.n; i++) d.x[i] = k ? (double)i : 0.3 * (double)i;
            simulate(curves[k], CC_ADDITIVE, theta[k], 0.02, &state, &d);
            cc_result result = fit_one(curves[k], &d);
            CHECK(result.status == CC_OK, "%s: status %d", curves[k]->name, result.status);
            CHECK(result.info[CC_INFO_MINIMA] == 1 && !(result.notes & CC_NOTE_SEVERAL_MINIMA),
                  "%s: %g minima from %g starts", curves[k]->name, result.info[CC_INFO_MINIMA],
                  result.info[CC_INFO_STARTS]);
            CHECK(result.info[CC_INFO_SHARE] > 0 && result.info[CC_INFO_SHARE] <= 1, "%s: a share of %g",
                  curves[k]->name, result.info[CC_INFO_SHARE]);
        }
}

int main(void)
{
    gsl_set_error_handler_off();
    test_two_minima();
    test_one_minimum();
    return check_end();
}

#endif
