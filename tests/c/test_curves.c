// SPDX-License-Identifier: GPL-3.0-or-later
/* test_curves.c - what every curve of the registry promises: its metadata, gradients against differences, the inverse, the law of
 * rescaling, what "linear" means, and the same bits at every lane width. */
#include <stdlib.h>

#include "check.h"
#include "curves/families.h"
#include "fit/internal.h"
#include "sets.h"

enum { SETS = 24 };

/* A grid for the points of sets.h, rising or falling by turns. */
static cc_grid grid_of(const cc_curve *curve, const double *x, bool falling)
{
    cc_grid grid;
    memset(&grid, 0, sizeof grid);
    cc_range range = set_range(curve, x, SET_POINTS, falling ? 3 : 0.1, falling ? 0.1 : 3);
    if (curve->grid) curve->grid(curve, &range, &grid);
    return grid;
}

static bool is_name(const char *name)
{
    if (!name || !*name) return false;
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_'))
            return false;
    return !(*name >= '0' && *name <= '9');
}

static bool has_words(const char *text)
{
    return text && strlen(text) > 10 && strchr(text, ' ');
}

static void check_texts(const cc_curve *curve)
{
    CHECK(is_name(curve->name), "a curve is named '%s'", curve->name);
    CHECK(cc_curve_find(curve->name) == curve, "%s is not found by its name", curve->name);
    CHECK(curve->title && *curve->title, "%s has no title", curve->name);
    CHECK(curve->formula && *curve->formula, "%s has no formula", curve->name);
    CHECK(has_words(curve->source), "%s has no source", curve->name);
    CHECK(has_words(curve->when), "%s does not say when to use it", curve->name);
    CHECK(has_words(curve->when_not), "%s does not say when not to use it", curve->name);
    CHECK(curve->p >= 1 && curve->p <= CC_MAX_PARAMS, "%s has %zu parameters", curve->name, curve->p);
    CHECK(curve->r >= 1 && curve->r <= CC_MAX_REGRESSORS, "%s has %zu regressors", curve->name, curve->r);
    CHECK(curve->n_features >= 1 && curve->n_features <= CC_MAX_FEATURES, "%s has %zu features", curve->name,
          curve->n_features);
    CHECK(curve->features || curve->n_features == curve->r,
          "%s has another number of features than of regressors and no stage, `features`, that makes them",
          curve->name);
    CHECK(curve->n_derived <= CC_MAX_DERIVED && (!curve->n_derived || (curve->derived && curve->derive)),
          "%s: n_derived, derived and derive do not belong together", curve->name);
    CHECK(!curve->inverse || curve->r == 1,
          "%s has an inverse and %zu regressors: there is one for a single regressor only", curve->name, curve->r);
    CHECK(curve->values[0] && curve->values[1], "%s lacks a lane width", curve->name);
    CHECK(!curve->values[2] == !cc_curve_at(0)->values[2], "%s has other widths than the rest", curve->name);
    CHECK(curve->error_model <= CC_BINOMIAL, "%s has no such error model", curve->name);
    for (size_t k = 0; k < curve->r; k++)
        CHECK(is_name(curve->regressors[k]), "%s has a regressor without a name", curve->name);
    CHECK(cc_curve_family(curve), "%s has no family", curve->name);
    CHECK(curve->example && curve->example_x, "%s has no example", curve->name);
}

static void check_params(const cc_curve *curve)
{
    bool logarithmic = curve->flags & CC_LOG_KERNEL;
    const char *name = curve->name;
    for (size_t j = 0; j < curve->p; j++) {
        const cc_param *param = &curve->params[j];
        unsigned flags = param->flags;
        CHECK(is_name(param->name), "%s has a parameter named '%s'", name, param->name);
        CHECK(param->unit && *param->unit, "%s.%s has no unit", name, param->name);
        CHECK(has_words(param->meaning) || (param->meaning && *param->meaning), "%s.%s has no meaning", name,
              param->name);
        CHECK(param->lower < param->upper, "%s.%s has an empty range", name, param->name);
        CHECK(!(flags & CC_CEILING) || (flags & CC_LINEAR_LEVEL),
              "%s.%s is CC_CEILING without CC_LINEAR_LEVEL: a ceiling enters f linearly, so the kernel gives f and not "
              "ln f",
              name, param->name);
        CHECK(!(flags & CC_LINEAR_LEVEL) || !logarithmic,
              "%s.%s is CC_LINEAR_LEVEL where the kernel gives ln f: there it is CC_AMPLITUDE or CC_LINEAR_LOG", name,
              param->name);
        CHECK(!(flags & (CC_AMPLITUDE | CC_LINEAR_LOG)) || logarithmic,
              "%s.%s is CC_AMPLITUDE or CC_LINEAR_LOG in a curve without CC_LOG_KERNEL", name, param->name);
        CHECK(!(flags & CC_FACTOR) || (flags & CC_LINEAR_LEVEL), "%s.%s is CC_FACTOR without CC_LINEAR_LEVEL", name,
              param->name);
        for (size_t k = 0; k < j; k++)
            CHECK(!((flags | curve->params[k].flags) & CC_FACTOR) ||
                      !(flags & curve->params[k].flags & CC_LINEAR_LEVEL),
                  "%s.%s and another are CC_LINEAR_LEVEL: neither is CC_FACTOR then", name, param->name);
        CHECK(!(flags & CC_BREAK) || (curve->features == cc_log_features && param->lower >= 0),
              "%s.%s is CC_BREAK, but the first feature is no logarithm", name, param->name);
        CHECK(!(flags & CC_AMPLITUDE) || param->lower >= 0, "%s.%s is CC_AMPLITUDE with a lower bound below 0", name,
              param->name);
        CHECK(!(flags & CC_FIXED_BY_DEFAULT) || curve->grid || curve->held,
              "%s.%s is CC_FIXED_BY_DEFAULT: at what? It needs a node in `grid`, or `held`", name, param->name);
        for (size_t k = 0; k < j; k++)
            CHECK(strcmp(param->name, curve->params[k].name), "%s has two %s", name, param->name);
    }
    for (size_t j = 0; j < curve->p; j++)
        CHECK(curve->example[j] >= curve->params[j].lower && curve->example[j] <= curve->params[j].upper,
              "%s.%s: the example, %g, is outside the bounds", name, curve->params[j].name, curve->example[j]);
    for (size_t d = 0; d < curve->n_derived; d++) {
        const cc_derived *derived = &curve->derived[d];
        CHECK(is_name(derived->name), "%s derives '%s'", name, derived->name);
        CHECK(derived->unit && *derived->unit && derived->meaning && *derived->meaning, "%s.%s lacks unit or meaning",
              name, derived->name);
        CHECK(derived->of >= -1 && derived->of < (int)curve->p,
              "%s.%s is said to depend on parameter %d, which there is not; -1 where it depends on several", name,
              derived->name, derived->of);
        for (size_t j = 0; j < curve->p; j++)
            CHECK(strcmp(derived->name, curve->params[j].name), "%s: %s is both a parameter and derived", name,
                  derived->name);
    }
}

/* Every parameter is solved for or has nodes, or the curve finds starts of its own; nodes lie inside the bounds; the grid is not larger than the work space. */
static void check_grid(const cc_curve *curve, const cc_grid *grid)
{
    long nodes = 1;
    bool own = curve->starts || curve->sought;
    unsigned solved = curve->flags & CC_LOG_KERNEL ? CC_AMPLITUDE | CC_LINEAR_LOG : CC_LINEAR_LEVEL;
    for (size_t j = 0; j < curve->p; j++) {
        const cc_param *param = &curve->params[j];
        int count = grid->count[j];
        CHECK(count >= 0 && count <= CC_MAX_NODES, "%s.%s has %d nodes: no more than %d", curve->name, param->name,
              count, CC_MAX_NODES);
        CHECK(count > 0 || own || (param->flags & solved),
              "%s.%s has no start: it needs nodes in `grid`, or a flag that says that it enters linearly or as an "
              "amplitude; or the curve `starts`",
              curve->name, param->name);
        CHECK(count == 1 || curve->held || !(param->flags & CC_FIXED_BY_DEFAULT),
              "%s.%s is CC_FIXED_BY_DEFAULT with %d nodes: one, or `held`", curve->name, param->name, count);
        nodes *= count > 0 ? count : 1;
        for (int k = 0; k < count; k++)
            CHECK(grid->node[j][k] >= param->lower && grid->node[j][k] <= param->upper && isfinite(grid->node[j][k]),
                  "%s.%s has a node at %g, outside its bounds", curve->name, param->name, grid->node[j][k]);
    }
    CHECK(nodes <= CC_MAX_GRID, "%s has %ld nodes in all: no more than %d", curve->name, nodes, CC_MAX_GRID);
}

/* Central difference with its own error: extrapolated from two steps, the error from what the second step changed. */
typedef struct difference {
    double value, error;
} difference;

static difference extrapolate(double h, const double *f /* at -h, -h/2, h/2, h */)
{
    double wide = (f[3] - f[0]) / (2 * h), narrow = (f[2] - f[1]) / h, size = 0;
    for (int k = 0; k < 4; k++) size = fmax(size, fabs(f[k]));
    return (difference){(4 * narrow - wide) / 3, fabs(narrow - wide) + 40 * 0x1p-52 * size / h};
}

static double step_for(const cc_curve *curve, size_t j, const double *theta)
{
    return 3e-4 * (set_is_place(curve, j) ? 3 : fmax(fabs(theta[j]), 1e-4));
}

static void check_gradient(const cc_curve *curve, const double *x, const double *theta)
{
    size_t p = curve->p, n = SET_POINTS;
    double f[SET_POINTS], g[SET_POINTS * CC_MAX_PARAMS], at[4][SET_POINTS], largest = 0;
    CHECK(cc_evaluate(curve, x, n, theta, f, g) == CC_OK, "%s does not evaluate", curve->name);
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(f[i]));
    if (largest < 1e-20) return; /* a corner of the grid where the curve has not begun */
    for (size_t j = 0; j < p; j++) {
        double h = step_for(curve, j, theta), moved[CC_MAX_PARAMS];
        static const double offset[] = {-1, -0.5, 0.5, 1};
        for (int k = 0; k < 4; k++) {
            memcpy(moved, theta, p * sizeof *moved);
            moved[j] += offset[k] * h;
            CHECK(cc_evaluate(curve, x, n, moved, at[k], NULL) == CC_OK, "%s does not evaluate", curve->name);
        }
        for (size_t i = 0; i < n; i++) {
            double values[] = {at[0][i], at[1][i], at[2][i], at[3][i]}, got = g[i * p + j];
            difference want = extrapolate(h, values);
            if (fabs(f[i]) < 1e-30 * largest) continue; /* too steep for any step */
            CHECK(isfinite(f[i]) && isfinite(got), "%s is not finite at %g with parameters near its example",
                  curve->name, x[i]);
            CHECK(fabs(got - want.value) <= want.error,
                  "%s, derivative by %s at %g: %.12g, differences give %.12g (+/- %.1g)", curve->name,
                  curve->params[j].name, x[i], got, want.value, want.error);
            /* the differences are good enough to say something */
            double unit = set_is_place(curve, j) ? 1 : fmax(fabs(theta[j]), 0.05);
            double size = (1e-3 * fabs(f[i]) + 1e-9 * largest) / unit;
            CHECK(want.error <= 1e-3 * fabs(got) + size,
                  "%s, derivative by %s at %g: differences are too coarse to judge it, %.3g; is the curve as steep "
                  "near its example?",
                  curve->name, curve->params[j].name, x[i], want.error);
        }
    }
}

static void check_derived(const cc_curve *curve, const double *theta)
{
    size_t p = curve->p, q = curve->n_derived;
    if (!q) return;
    double value[CC_MAX_DERIVED], gradient[CC_MAX_DERIVED * CC_MAX_PARAMS], at[4][CC_MAX_DERIVED],
        unused[CC_MAX_DERIVED * CC_MAX_PARAMS];
    curve->derive(curve, theta, value, gradient);
    for (size_t j = 0; j < p; j++) {
        double h = step_for(curve, j, theta) / 3, moved[CC_MAX_PARAMS];
        static const double offset[] = {-1, -0.5, 0.5, 1};
        for (int k = 0; k < 4; k++) {
            memcpy(moved, theta, p * sizeof *moved);
            moved[j] += offset[k] * h;
            curve->derive(curve, moved, at[k], unused);
        }
        for (size_t d = 0; d < q; d++) {
            double values[] = {at[0][d], at[1][d], at[2][d], at[3][d]}, got = gradient[d * p + j];
            difference want = extrapolate(h, values);
            const char *name = curve->derived[d].name;
            int of = curve->derived[d].of;
            CHECK(fabs(got - want.value) <= want.error, "%s.%s by %s: %.12g, differences give %.12g (+/- %.1g)",
                  curve->name, name, curve->params[j].name, got, want.value, want.error);
            CHECK(of < 0 || (size_t)of == j || got == 0, "%s.%s depends on %s too: then it is derived `of` -1",
                  curve->name, name, curve->params[j].name);
        }
    }
}

/* inverse(f(x)) is x, or an earlier place with the same value, as well as f is able to tell one x from another. */
static void check_inverse(const cc_curve *curve, const double *x, const double *theta)
{
    if (!curve->inverse) return;
    double f[SET_POINTS], beside[SET_POINTS], moved[SET_POINTS], h = 1e-6, largest = 0;
    for (size_t i = 0; i < SET_POINTS; i++) moved[i] = x[i] + h * fmax(1, fabs(x[i]));
    cc_evaluate(curve, x, SET_POINTS, theta, f, NULL);
    cc_evaluate(curve, moved, SET_POINTS, theta, beside, NULL);
    for (size_t i = 0; i < SET_POINTS; i++) largest = fmax(largest, fabs(f[i]));
    for (size_t i = 0; i < SET_POINTS; i++) {
        double slope = fabs(beside[i] - f[i]) / (h * fmax(1, fabs(x[i])));
        /* on a plateau, or before the launch, any x is as good as another */
        if (slope * fmax(1, fabs(x[i])) < 1e-6 * largest) continue;
        double got = curve->inverse(curve, f[i], theta), there,
               blur = 200 * 0x1p-52 * (fabs(f[i]) + largest) / slope + 1e-12 * fabs(x[i]);
        /* a curve that turns has been there before */
        cc_evaluate(curve, &got, 1, theta, &there, NULL);
        bool earlier = got < x[i] && fabs(there - f[i]) <= slope * blur;
        CHECK(earlier || fabs(got - x[i]) <= blur,
              "%s: the inverse of its value at %.17g is %.17g (+/- %.1g), and that is not an earlier place with the "
              "same value",
              curve->name, x[i], got, blur);
    }
    double below, at = curve->inverse(curve, -1, theta);
    cc_evaluate(curve, &at, 1, theta, &below, NULL);
    CHECK(isnan(at) || fabs(below + 1) < 1e-9, "%s reaches -1 at %g, where it is %g", curve->name, at, below);
    CHECK(isnan(curve->inverse(curve, NAN, theta)), "%s reaches NaN", curve->name);
    for (size_t j = 0; j < curve->p; j++)
        if (curve->params[j].flags & CC_CEILING)
            CHECK(isnan(curve->inverse(curve, 1.5 * theta[j], theta)),
                  "%s: the inverse of one and a half times %s is a number, although that is a ceiling", curve->name,
                  curve->params[j].name);
}

/* f(cx x; theta') == cy f(x; theta) with theta' as y_power and x_power say; a share has no unit. Where no parameter goes by a whole
 * power of y's unit, as the scales of Kaplan's law, it is test_invariance.c that sees whether a fit is the same in others. */
static void check_rescaling(const cc_curve *curve, const double *x, const double *theta, double cy, double cx)
{
    double other[CC_MAX_PARAMS], moved[CC_MAX_REGRESSORS * SET_POINTS], f[SET_POINTS], g[SET_POINTS];
    bool scales = curve->flags & CC_RESCALE;
    if (!scales) cx = 1;
    for (size_t j = 0; j < curve->p; j++) scales = scales || curve->params[j].y_power;
    if (!scales || !set_has_unit(curve)) cy = 1;
    for (size_t j = 0; j < curve->p; j++) {
        other[j] = theta[j] * pow(cy, curve->params[j].y_power) * pow(cx, curve->params[j].x_power);
    }
    for (size_t i = 0; i < curve->r * SET_POINTS; i++) moved[i] = x[i] * cx;
    cc_evaluate(curve, x, SET_POINTS, theta, f, NULL);
    cc_evaluate(curve, moved, SET_POINTS, other, g, NULL);
    for (size_t i = 0; i < SET_POINTS; i++)
        CHECK(fabs(g[i] - cy * f[i]) <= 1e-10 * cy * fabs(f[i]) + 1e-280,
              "%s at %g: %.17g in other units, should be %.17g; y_power and x_power of its parameters do not say how "
              "they change, or CC_RESCALE is not for it",
              curve->name, x[i], g[i], cy * f[i]);
}

/* Flags that say "linear": the derivatives by such parameters do not depend on any of them. */
static void check_linear(const cc_curve *curve, const double *x, const double *theta)
{
    size_t p = curve->p, n = SET_POINTS;
    bool logarithmic = curve->flags & CC_LOG_KERNEL;
    double other[CC_MAX_PARAMS], f[SET_POINTS], g[SET_POINTS * CC_MAX_PARAMS], f2[SET_POINTS],
        g2[SET_POINTS * CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++)
        other[j] =
            theta[j] *
            (curve->params[j].flags & (CC_LINEAR_LEVEL | CC_LINEAR_LOG | CC_AMPLITUDE) ? 1.5 + 0.25 * (double)j : 1);
    cc_evaluate(curve, x, n, theta, f, g);
    cc_evaluate(curve, x, n, other, f2, g2);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++) {
            unsigned flags = curve->params[j].flags;
            double a = g[i * p + j], b = g2[i * p + j];
            if (logarithmic) a /= f[i], b /= f2[i];
            if (flags & (CC_LINEAR_LEVEL | CC_LINEAR_LOG))
                CHECK(close_to(a, b, 1e-12), "%s is not linear in %s, as its flag says", curve->name,
                      curve->params[j].name);
            if (flags & CC_FACTOR)
                CHECK(close_to(g[i * p + j] * theta[j], f[i], 1e-12), "%s is not proportional to %s", curve->name,
                      curve->params[j].name);
            if (flags & CC_AMPLITUDE)
                CHECK(close_to(a * theta[j], 1, 1e-12),
                      "%s.%s is no CC_AMPLITUDE: ln f does not change as its logarithm", curve->name,
                      curve->params[j].name);
        }
}

/* Values and gradients of lanes with parameters and places of their own equal those of width 1 to the bit. */
static void check_widths(const cc_curve *curve, const double *x, const double (*theta)[CC_MAX_PARAMS], int width)
{
    size_t p = curve->p, nf = curve->n_features, n = SET_POINTS, w = (size_t)width;
    size_t ng = curve->flags & CC_FEATURES_MOVE ? p + nf : p;
    double *z = malloc(nf * n * sizeof *z), *wide_z = malloc(nf * n * w * sizeof *z),
           *one = malloc(n * (ng + 1) * sizeof *one);
    double *wide = malloc(n * (ng + 1) * w * sizeof *wide), wide_theta[CC_MAX_PARAMS * CC_MAX_WIDTH];
    CHECK(z && wide_z && one && wide, "no memory");
    if (z && wide_z && one && wide) {
        for (size_t lane = 0; lane < w; lane++) {
            if (curve->features)
                curve->features(curve, x, n, theta[lane], z, NULL);
            else
                memcpy(z, x, nf * n * sizeof *z);
            for (size_t i = 0; i < nf * n; i++) wide_z[i * w + lane] = z[i];
            for (size_t j = 0; j < p; j++) wide_theta[j * w + lane] = theta[lane][j];
        }
        curve->values[w / 2](curve, wide_z, n, wide_theta, wide, wide + n * w, n);
        for (size_t lane = 0; lane < w; lane++) {
            for (size_t i = 0; i < nf * n; i++) z[i] = wide_z[i * w + lane];
            curve->values[0](curve, z, n, theta[lane], one, one + n, n);
            for (size_t i = 0; i < n * (ng + 1); i++)
                CHECK(same_bits(one[i], wide[i * w + lane]), "%s, number %zu: %a at width %d, %a at width 1",
                      curve->name, i, wide[i * w + lane], width, one[i]);
            /* without the gradient the values are the same */
            curve->values[0](curve, z, n, theta[lane], one + n, NULL, n);
            CHECK(all_same_bits(one, one + n, n), "%s has other values without the gradient", curve->name);
        }
    }
    free(z);
    free(wide_z);
    free(one);
    free(wide);
}

/* Numbers no one would type: the kernels must neither trap nor differ between lanes. */
static void check_hostile(const cc_curve *curve, int width)
{
    static const double values[] = {0,        -0.0,      1,   -1,   1e-320, 1e300, -1e300,
                                    INFINITY, -INFINITY, NAN, 1e-5, 700,    -700,  3};
    enum { N = sizeof values / sizeof *values };
    double x[CC_MAX_REGRESSORS * SET_POINTS], theta[CC_MAX_WIDTH][CC_MAX_PARAMS];
    uint64_t state = 5;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < curve->r * SET_POINTS; i++) x[i] = values[random_bits(&state) % N];
        for (int lane = 0; lane < CC_MAX_WIDTH; lane++)
            for (size_t j = 0; j < curve->p; j++) theta[lane][j] = values[random_bits(&state) % N];
        check_widths(curve, x, theta, width);
    }
}

/* Where a regressor must be positive, there is nothing to see elsewhere. */
static void check_domain(const cc_curve *curve, const double *theta)
{
    static const double outside[] = {0, -0.0, -1, -1e300, NAN};
    for (size_t k = 0; k < curve->r; k++)
        for (size_t i = 0; i < sizeof outside / sizeof *outside && cc_must_be_positive(curve, k); i++) {
            double x[CC_MAX_REGRESSORS], f, g[CC_MAX_PARAMS];
            for (size_t m = 0; m < curve->r; m++) x[m] = m == k ? outside[i] : 5;
            cc_evaluate(curve, x, 1, theta, &f, g);
            CHECK(isnan(f), "%s at %s = %g is %g, should be NaN", curve->name, curve->regressors[k], outside[i], f);
        }
}

static void check_curve(const cc_curve *curve)
{
    double x[CC_MAX_REGRESSORS * SET_POINTS], theta[SETS][CC_MAX_PARAMS];
    check_texts(curve);
    check_params(curve);
    set_points(curve, x, SET_POINTS);
    for (uint64_t set = 0; set < SETS; set++) {
        cc_grid grid = grid_of(curve, x, set % 3 == 2);
        check_grid(curve, &grid);
        set_theta(curve, set, theta[set]);
        check_gradient(curve, x, theta[set]);
        check_derived(curve, theta[set]);
        check_inverse(curve, x, theta[set]);
        check_rescaling(curve, x, theta[set], 1000, 1);
        check_rescaling(curve, x, theta[set], 1, 365.25);
        check_rescaling(curve, x, theta[set], 1e-6, 1e-3);
        check_linear(curve, x, theta[set]);
        check_domain(curve, theta[set]);
    }
    for (int width = 1; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        for (int set = 0; set + CC_MAX_WIDTH <= SETS; set++)
            check_widths(curve, x, (const double (*)[CC_MAX_PARAMS])theta + set, width);
        check_hostile(curve, width);
    }
}

static void check_registry(void)
{
    size_t count = 0;
    while (cc_curve_at(count)) count++;
    CHECK(count >= 9, "only %zu curves", count);
    CHECK(!cc_curve_at(count + 1) && !cc_curve_at((size_t)-1), "curves past the last");
    CHECK(!cc_curve_find("") && !cc_curve_find("no such curve"), "a curve without a name is found");
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < a; b++)
            CHECK(strcmp(cc_curve_at(a)->name, cc_curve_at(b)->name), "two curves named %s", cc_curve_at(a)->name);
}

int main(void)
{
    check_registry();
    const cc_curve *curve;
    for (size_t k = 0; (curve = cc_curve_at(k)); k++) check_curve(curve);
    return check_end();
}
