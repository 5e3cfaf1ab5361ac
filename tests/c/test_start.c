// SPDX-License-Identifier: GPL-3.0-or-later
/* test_start.c - the search for starts against brute force: the best node of the grid with what is linear solved for. */
#include <stdlib.h>

#include "series.h"
#include "fit/fitter.h"

enum { POINTS = 12 };

/* Least squares of y on the columns of a curve's linear parameters at the node, none of them below 0: one or two columns. */
static double solve_node(const cc_group *coarse, const double *node, const size_t *linear, size_t m, double *theta)
{
    const cc_curve *curve = coarse->curve;
    double column[2][POINTS], f[POINTS], best = INFINITY;
    size_t p = curve->p;
    for (size_t s = 0; s < m; s++) {
        memcpy(theta, node, p * sizeof *theta);
        for (size_t t = 0; t < m; t++) theta[linear[t]] = s == t;
        curve->values[0](curve, coarse->x, coarse->n, theta, column[s], NULL, coarse->n);
    }
    /* every set of columns that may be left at 0 */
    for (unsigned out = 0; out < 1u << m; out++) {
        double aa = 0, ab = 0, bb = 0, ay = 0, by = 0, left = 0, value[2] = {0, 0};
        for (size_t i = 0; i < coarse->n; i++) {
            double a = out & 1 ? 0 : column[0][i], b = m < 2 || out & 2 ? 0 : column[1][i], y = coarse->y[i],
                   w = coarse->w[i];
            aa += w * a * a, ab += w * a * b, bb += w * b * b, ay += w * a * y, by += w * b * y;
        }
        if (aa > 0 && bb > 0) {
            double determinant = aa * bb - ab * ab;
            value[0] = (ay * bb - by * ab) / determinant;
            value[1] = (by * aa - ay * ab) / determinant;
        } else {
            value[0] = aa > 0 ? ay / aa : 0;
            value[1] = bb > 0 ? by / bb : 0;
        }
        if (value[0] < 0 || value[1] < 0) continue;
        memcpy(theta, node, p * sizeof *theta);
        for (size_t t = 0; t < m; t++) theta[linear[t]] = value[t];
        curve->values[0](curve, coarse->x, coarse->n, theta, f, NULL, coarse->n);
        for (size_t i = 0; i < coarse->n; i++) left += coarse->w[i] * (coarse->y[i] - f[i]) * (coarse->y[i] - f[i]);
        best = fmin(best, left);
    }
    return best;
}

/* Objective on the thinned copy. */
static double objective_of(const cc_group *coarse, const double *theta)
{
    double f[POINTS], left = 0;
    coarse->curve->values[0](coarse->curve, coarse->x, coarse->n, theta, f, NULL, coarse->n);
    for (size_t i = 0; i < coarse->n; i++) left += coarse->w[i] * (coarse->y[i] - f[i]) * (coarse->y[i] - f[i]);
    return left;
}

/* The lowest objective over all nodes. */
static double brute_force(const cc_group *coarse, const cc_grid *grid, const size_t *linear, size_t m)
{
    size_t p = coarse->p, at[CC_MAX_PARAMS] = {0};
    double best = INFINITY;
    for (;;) {
        double node[CC_MAX_PARAMS], theta[CC_MAX_PARAMS];
        for (size_t j = 0; j < p; j++) node[j] = grid->count[j] ? grid->node[j][at[j]] : 0;
        best = fmin(best, solve_node(coarse, node, linear, m, theta));
        size_t j = 0;
        while (j < p && ++at[j] >= (size_t)(grid->count[j] ? grid->count[j] : 1)) at[j++] = 0;
        if (j == p) return best;
    }
}

static void test_curve(const char *name, cc_error_model error_model, const double *truth, uint64_t seed)
{
    const cc_curve *curve = cc_curve_find(name);
    cc_options options = error_options(curve, error_model);
    options.width = 1;
    data d;
    uint64_t state = seed;
    data_clear(&d, POINTS);
    for (size_t i = 0; i < POINTS; i++) d.x[i] = curve->flags & CC_POSITIVE_X ? 2 * pow(2.2, (double)i) : (double)i;
    simulate(curve, CC_MULTIPLICATIVE, truth, 0.1, &state, &d);
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, POINTS, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    cc_series series = data_series(&d);
    cc_load_lane(fitter, 0, &series);
    cc_load_coarse(fitter);
    CHECK(fitter->coarse.n <= POINTS, "the copy has %zu points", fitter->coarse.n);
    static cc_start_plan plan;
    size_t linear[CC_MAX_PARAMS], m = 0, p = curve->p;
    memset(&plan, 0, sizeof plan);
    curve->grid(curve, &fitter->lane[0].range, &plan.grid[0]);
    size_t factor = p;
    for (size_t j = 0; j < p; j++) {
        if (!(curve->params[j].flags & CC_LINEAR_LEVEL)) continue;
        plan.solved[j][0] = 1;
        linear[m++] = j;
        if (curve->params[j].flags & CC_FACTOR) factor = j;
    }
    double want = brute_force(&fitter->coarse, &plan.grid[0], linear, m);
    for (int path = 0; path < 2; path++) { /* with the short cut for factors and without */
        double start[CC_MAX_STARTS * CC_MAX_PARAMS];
        int n_starts = 0;
        plan.factor = path ? factor : p;
        cc_start_table[0](&fitter->coarse, &plan, start, &n_starts);
        CHECK(n_starts >= 1 && n_starts <= CC_MAX_STARTS, "%s: %d starts", name, n_starts);
        double got = objective_of(&fitter->coarse, start);
        CHECK(close_to(got, want, 1e-9), "%s: the best start has objective %.12g, brute force finds %.12g", name, got,
              want);
        for (int k = 1; k < n_starts; k++) {
            double next = objective_of(&fitter->coarse, start + (size_t)k * p);
            CHECK(next >= got * (1 - 1e-12), "%s: start %d is better than the one before", name, k);
            got = next;
        }
    }
    cc_fitter_free(fitter);
}

/* Long series are thinned: ends are kept, gaps are skipped, and weights make levels resemble the error model. */
static void test_thinning(void)
{
    const cc_curve *logistic = cc_curve_find("logistic");
    static const double truth[] = {10, 0.2, 40};
    for (int model = CC_ADDITIVE; model <= CC_LOGIT; model++) {
        cc_options options = error_options(logistic, (cc_error_model)model);
        options.width = 1;
        options.upper = 20;
        data d;
        uint64_t state = 1;
        data_clear(&d, 90);
        for (size_t i = 0; i < 90; i++) d.x[i] = (double)i;
        simulate(logistic, CC_MULTIPLICATIVE, truth, 0.05, &state, &d);
        d.y[0] = d.y[1] = d.y[50] = d.y[89] = NAN;
        cc_status status;
        cc_fitter *fitter = cc_fitter_alloc(logistic, 90, &options, &status);
        CHECK(fitter, "no fitter: status %d", status);
        if (!fitter) return;
        cc_series series = data_series(&d);
        cc_load_lane(fitter, 0, &series);
        cc_load_coarse(fitter);
        const cc_group *coarse = &fitter->coarse;
        int x = fitter->lane[0].x_exponent, y = fitter->lane[0].y_exponent;
        CHECK(coarse->n < 90 && coarse->n >= 6, "the copy has %zu points", coarse->n);
        CHECK(ldexp(coarse->x[0], x) == 2 && ldexp(coarse->x[coarse->n - 1], x) == 88, "the copy runs from %g to %g",
              ldexp(coarse->x[0], x), ldexp(coarse->x[coarse->n - 1], x));
        for (size_t m = 0; m < coarse->n; m++) {
            size_t i = (size_t)ldexp(coarse->x[m], x);
            double level = d.y[i], slope = model == CC_MULTIPLICATIVE ? 1 / level
                                           : model == CC_LOGIT        ? 20 / (level * (20 - level))
                                                                      : 1;
            CHECK(close_to(ldexp(coarse->y[m], y), level, 1e-12), "point %zu of the copy is %g, should be %g", m,
                  ldexp(coarse->y[m], y), level);
            /* relative to the first point, as weights are scaled by a power of two */
            size_t first = 2;
            double of_first = model == CC_MULTIPLICATIVE ? 1 / d.y[first]
                              : model == CC_LOGIT        ? 20 / (d.y[first] * (20 - d.y[first]))
                                                         : 1;
            CHECK(close_to(coarse->w[m] / coarse->w[0], slope * slope / (of_first * of_first), 1e-9),
                  "point %zu of the copy has weight %g", m, coarse->w[m] / coarse->w[0]);
        }
        cc_fitter_free(fitter);
    }
}

int main(void)
{
    static const double logistic[] = {8, 0.7, 6}, gompertz[] = {8, 0.5, 4}, bass[] = {20, 0.03, 0.5, -1},
                        weibull[] = {20, 6, 2, -1}, floor[] = {1, 6, 0.4};
    for (uint64_t seed = 1; seed < 30; seed++) {
        test_curve("logistic", CC_ADDITIVE, logistic, seed);
        test_curve("gompertz", CC_ADDITIVE, gompertz, seed);
        test_curve("bass", CC_MULTIPLICATIVE, bass, seed);
        test_curve("weibull", CC_ADDITIVE, weibull, seed);
        test_curve("power_floor", CC_MULTIPLICATIVE, floor, seed);
        test_curve("power_floor", CC_ADDITIVE, floor, seed);
    }
    test_thinning();
    return check_end();
}
