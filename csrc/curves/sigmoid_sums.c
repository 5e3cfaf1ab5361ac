// SPDX-License-Identifier: GPL-3.0-or-later
/* sigmoid_sums.c - logistic curves on top of something: of a lower level, of each other. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

CC_INLINE void CC_W(logistic_floor_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[3], share = CC_W(v_expit)(theta[2] * since), rest = 1.0 - share;
    V slope = (theta[1] - theta[0]) * share * rest;
    *f = theta[0] * rest + theta[1] * share;
    g[0] = rest;
    g[1] = share;
    g[2] = slope * since;
    g[3] = -slope * theta[2];
}
CC_VALUES(logistic_floor, 4, 1, 4)

CC_INLINE void CC_W(double_logistic_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since_1 = x[0] - theta[2], since_2 = since_1 - theta[5];
    V share_1 = CC_W(v_expit)(theta[1] * since_1), share_2 = CC_W(v_expit)(theta[4] * since_2);
    V first = theta[0] * share_1, second = theta[3] * share_2;
    V slope_1 = first * (1.0 - share_1), slope_2 = second * (1.0 - share_2), later = -slope_2 * theta[4];
    *f = first + second;
    g[0] = share_1;
    g[1] = slope_1 * since_1;
    g[2] = later - slope_1 * theta[1];
    g[3] = share_2;
    g[4] = slope_2 * since_2;
    g[5] = later;
}
CC_VALUES(double_logistic, 6, 1, 6)

#else

#include <math.h>
#include <string.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/sigmoid_sums.c"
#include "curves/families.h"
#include "widths.h"

static const double LN81 = 4.394449154672439;

static double direction(const cc_range *range)
{
    return range->y_last < range->y_first ? -1 : 1;
}

/* ---- above a lower level ----------------------------------------------------------------------- */

static const cc_param logistic_floor_params[] = {
    {"floor", "y", "lower level, where growth begins or a fall ends", -INFINITY, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"ceiling", "y", "upper level, where growth ends or a fall begins", -INFINITY, INFINITY,
     CC_LINEAR_LEVEL | CC_CEILING | CC_FROM_FLOOR, 1, 0},
    {"rate", "1/x", "growth rate of the odds of floor and ceiling; negative: the curve falls", -INFINITY, INFINITY, 0,
     0, -1},
    {"midpoint", "x", "time half-way between floor and ceiling", -INFINITY, INFINITY, 0, 0, 1},
};

static const cc_derived logistic_floor_derived[] = {
    {"takeover_time", "x", "time from 10 to 90 % of the way from floor to ceiling", 2},
    {"peak_growth", "y/x", "growth per unit of time at the midpoint", -1},
};

static void logistic_floor_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {2.5, 6, 13, 30}, place[] = {-0.1, 0.15, 0.35, 0.5, 0.65, 0.85, 1.2};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 2, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 3, range->low[0], span, place, CC_COUNT(place));
}

static void logistic_floor_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double way = theta[1] - theta[0], rate = theta[2];
    value[0] = LN81 / rate;
    value[1] = way * rate / 4;
    for (int j = 0; j < 8; j++) gradient[j] = 0;
    gradient[2] = -LN81 / (rate * rate);
    gradient[4] = -rate / 4;
    gradient[5] = rate / 4;
    gradient[6] = way / 4;
}

static double logistic_floor_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double odds = (y - theta[0]) / (theta[1] - y);
    return odds > 0 && odds < INFINITY ? theta[3] + log(odds) / theta[2] : NAN;
}

static const double logistic_floor_example[] = {15, 80, 0.4, 2015};

static const cc_curve logistic_floor = {
    .name = "logistic_floor",
    .title = "Logistic with a lower level",
    .formula = "floor + (ceiling - floor) / (1 + exp(-rate * (time - midpoint)))",
    .source =
        "Pinheiro, J. C. and Bates, D. M. (2000), Mixed-Effects Models in S and S-PLUS, Springer, appendix C.7: the "
        "four-parameter logistic",
    .when = "A transition from one level to another, up or down: performance, efficiency, a share that does not start "
            "at 0.",
    .when_not = "One of the two levels has not been seen and is not known: fix it, or use logistic.",
    .p = 4,
    .params = logistic_floor_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(logistic_floor_values),
    .grid = logistic_floor_grid,
    .n_derived = 2,
    .derived = logistic_floor_derived,
    .derive = logistic_floor_derive,
    .inverse = logistic_floor_inverse,
    .example = logistic_floor_example,
    .example_x = cc_example_time,
};

/* ---- two waves --------------------------------------------------------------------------------- */

static const cc_param double_logistic_params[] = {
    {"ceiling_1", "y", "level that the first wave adds", 0, INFINITY, CC_LINEAR_LEVEL | CC_CEILING, 1, 0},
    {"rate_1", "1/x", "growth rate of the first wave while it is small", -INFINITY, INFINITY, 0, 0, -1},
    {"midpoint_1", "x", "time at which the first wave is half over", -INFINITY, INFINITY, 0, 0, 1},
    {"ceiling_2", "y", "level that the second wave adds", 0, INFINITY, CC_LINEAR_LEVEL | CC_CEILING, 1, 0},
    {"rate_2", "1/x", "growth rate of the second wave while it is small", -INFINITY, INFINITY, 0, 0, -1},
    {"gap", "x", "time from the midpoint of the first wave to that of the second", 0, INFINITY, 0, 0, 1},
};

static const cc_derived double_logistic_derived[] = {
    {"ceiling", "y", "level that both waves together approach", -1},
    {"midpoint_2", "x", "time at which the second wave is half over", -1},
    {"takeover_time_1", "x", "time of the first wave from 10 to 90 %", 1},
    {"takeover_time_2", "x", "time of the second wave from 10 to 90 %", 4},
};

/* The second wave is the later one, so that the two cannot change places. */
static void double_logistic_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {14}, place[] = {0.05, 0.2, 0.35, 0.5, 0.7}, gap[] = {0.12, 0.25, 0.4, 0.6};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 2, range->low[0], span, place, CC_COUNT(place));
    cc_grid_multiples(grid, 4, direction(range) / span, rate, CC_COUNT(rate));
    cc_grid_multiples(grid, 5, span, gap, CC_COUNT(gap));
}

/* ---- starts where the noise is small: waves of one rate at places of a lattice. A share is one division once the exponentials of points
 * and places are known, and all pairs are made of the same products of shares, which are summed once; from the best pair one step is taken.  Where that leaves much, minima hide between such places, and the grid above is walked. -------------------------------- */

enum { WAVES = 6, WAVE_POINTS = 16, WAVE_PLACES = 9, FIRST_PLACES = 5, WAVE_GAPS = 4 };
/* Places and their distance, as shares of the span, and rates over it. */
static const double first_place = 0.05, NEXT_PLACE = 0.15, USUAL_RATE = 14;
/* By how many times a step may change what is a scale. */
static const double LONGEST = 2;
/* Variance that the step promises to leave, as a share of the mean squared level, up to which one start is enough. */
static const double QUIET = 1e-2;

typedef struct waves {
    size_t n;
    double low, span, z[WAVE_POINTS], w[WAVE_POINTS], wy[WAVE_POINTS], square;
    double lower[2], higher[2];
} waves;

/* Shares at the points, and their weighed products with each other and with y. */
typedef struct wave_columns {
    double share[WAVE_POINTS][WAVE_PLACES], across[WAVE_PLACES][WAVE_PLACES], with_y[WAVE_PLACES];
} wave_columns;

static void fill_waves(const cc_curve *self, const cc_points *points, waves *out)
{
    size_t which[WAVE_POINTS];
    out->n = cc_thin(self, points, WAVE_POINTS, which);
    out->low = points->range->low[0];
    out->span = points->range->high[0] - out->low;
    out->square = 0;
    for (size_t m = 0; m < out->n; m++) {
        double w = points->w[which[m]], y = points->y[which[m]];
        out->z[m] = points->z[which[m]];
        out->w[m] = w;
        out->wy[m] = w * y;
        out->square += w * y * y;
    }
    for (int k = 0; k < 2; k++) {
        double given = points->given[3 * k];
        out->lower[k] = isnan(given) ? points->lower[3 * k] : given;
        out->higher[k] = isnan(given) ? points->higher[3 * k] : given;
    }
}

static void sum_waves(const waves *of, wave_columns *columns)
{
    for (int c = 0; c < WAVE_PLACES; c++) {
        columns->with_y[c] = 0;
        for (int d = 0; d < WAVE_PLACES; d++) columns->across[c][d] = 0;
    }
    for (size_t i = 0; i < of->n; i++)
        for (int c = 0; c < WAVE_PLACES; c++) {
            double weighed = of->w[i] * columns->share[i][c];
            columns->with_y[c] += of->wy[i] * columns->share[i][c];
            for (int d = 0; d <= c; d++) columns->across[c][d] += weighed * columns->share[i][d];
        }
}

static double between(double value, double low, double high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* The ceilings of an earlier and a later column, inside their bounds; returns what they leave. */
static double solve_waves(const waves *of, const wave_columns *columns, int early, int late, double *level)
{
    double aa = columns->across[early][early], bb = columns->across[late][late],
           ab = early < late ? columns->across[late][early] : columns->across[early][late];
    double ay = columns->with_y[early], by = columns->with_y[late], determinant = aa * bb - ab * ab;
    if (!(determinant > 1e-9 * aa * bb)) return INFINITY;
    double a = (ay * bb - by * ab) / determinant, b = (by * aa - ay * ab) / determinant;
    double held = between(a, of->lower[0], of->higher[0]);
    if (held != a) a = held, b = (by - ab * a) / bb;
    held = between(b, of->lower[1], of->higher[1]);
    if (held != b) b = held, a = between((ay - ab * b) / aa, of->lower[0], of->higher[0]);
    level[0] = a;
    level[1] = b;
    return of->square - 2 * (a * ay + b * by) + a * a * aa + 2 * a * b * ab + b * b * bb;
}

/* The best pair of places for waves of the usual rate; returns what it leaves. */
static double best_places(const waves *of, double sign, int *early, int *late, double *level)
{
    wave_columns columns;
    double rate = sign * USUAL_RATE / of->span, step = v_exp_w1(rate * NEXT_PLACE * of->span), best = INFINITY,
           own[2] = {0, 0};
    for (size_t i = 0; i < of->n; i++) {
        double against = v_exp_w1(-rate * (of->z[i] - of->low - first_place * of->span));
        for (int k = 0; k < WAVE_PLACES; k++, against *= step) columns.share[i][k] = 1 / (1 + against);
    }
    sum_waves(of, &columns);
    for (int k = 0; k < FIRST_PLACES; k++)
        for (int gap = 1; gap <= WAVE_GAPS; gap++) {
            double left = solve_waves(of, &columns, k, k + gap, own);
            if (left < best) best = left, *early = k, *late = k + gap, level[0] = own[0], level[1] = own[1];
        }
    return best;
}

/* Cholesky's factor of a (WAVES,WAVES), whose lower triangle it takes, and the solution in place of b; returns b'a^-1 b, or infinity where
 * there is none. */
static double solve_step(double (*a)[WAVES], double *b)
{
    double promise = 0;
    for (int j = 0; j < WAVES; j++) {
        for (int k = 0; k <= j; k++) {
            double sum = a[j][k];
            for (int m = 0; m < k; m++) sum -= a[j][m] * a[k][m];
            if (j > k)
                a[j][k] = sum * a[k][k];
            else if (sum > 1e-9 * a[j][j])
                a[j][j] = 1 / sqrt(sum);
            else
                return INFINITY;
        }
        for (int m = 0; m < j; m++) b[j] -= a[j][m] * b[m];
        b[j] *= a[j][j];
        promise += b[j] * b[j];
    }
    for (int j = WAVES - 1; j >= 0; j--) {
        for (int m = j + 1; m < WAVES; m++) b[j] -= a[m][j] * b[m];
        b[j] *= a[j][j];
    }
    return promise;
}

/* A step of Gauss and Newton's from theta (WAVES) into `step`; returns what it promises to leave. */
static double look_ahead(const waves *of, const double *theta, double left, double *step)
{
    double a[WAVES][WAVES] = {{0}}, g[WAVES], f;
    memset(step, 0, WAVES * sizeof *step);
    for (size_t i = 0; i < of->n; i++) {
        double_logistic_kernel_w1(&of->z[i], theta, &f, g);
        double r = of->wy[i] - of->w[i] * f;
        for (int j = 0; j < WAVES; j++) {
            double weighed = of->w[i] * g[j];
            step[j] += r * g[j];
            for (int k = 0; k <= j; k++) a[j][k] += weighed * g[k];
        }
    }
    return left - solve_step(a, step);
}

static size_t double_logistic_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    double level[2] = {0, 0}, step[WAVES], sign = direction(points->range);
    int early = 0, late = 0;
    waves of;
    (void)most;
    for (size_t j = 0; j < self->p; j++)
        if (!isnan(points->given[j]) || !(points->lower[j] < points->higher[j])) return 0;
    fill_waves(self, points, &of);
    double left = best_places(&of, sign, &early, &late, level), rate = sign * USUAL_RATE / of.span;
    if (!(left < INFINITY && level[0] > 0 && level[1] > 0)) return 0;
    double theta[WAVES] = {level[0], rate, of.low + of.span * (first_place + NEXT_PLACE * early),
                           level[1], rate, of.span * NEXT_PLACE * (late - early)};
    double ahead = look_ahead(&of, theta, left, step), degrees = of.n > self->p ? (double)(of.n - self->p) : 1;
    if (!(ahead / degrees <= QUIET * of.square / (double)of.n)) return 0;
    for (size_t j = 0; j < self->p; j++) {
        double to = theta[j] + step[j];
        bool place = j == 2;
        start[j] = place || to / theta[j] > 1 / LONGEST ? to : theta[j] / LONGEST;
        if (!place && to / theta[j] > LONGEST) start[j] = theta[j] * LONGEST;
    }
    return 1;
}

static void double_logistic_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = theta[0] + theta[3];
    value[1] = theta[2] + theta[5];
    value[2] = LN81 / theta[1];
    value[3] = LN81 / theta[4];
    for (int j = 0; j < 24; j++) gradient[j] = 0;
    gradient[0] = gradient[3] = gradient[8] = gradient[11] = 1;
    gradient[13] = -LN81 / (theta[1] * theta[1]);
    gradient[22] = -LN81 / (theta[4] * theta[4]);
}

static const double double_logistic_example[] = {30, 0.9, 2007, 50, 0.7, 15};

static const cc_curve double_logistic = {
    .name = "double_logistic",
    .title = "Double logistic: two waves",
    .formula =
        "ceiling_1 / (1 + exp(-rate_1 * (time - midpoint_1))) + ceiling_2 / (1 + exp(-rate_2 * (time - midpoint_1 "
        "- gap)))",
    .source = "Meyer, P. S. (1994), Bi-logistic growth, Technological Forecasting and Social Change 47, 89-102",
    .when = "Growth in two waves that follow each other, both seen past their midpoints.",
    .when_not = "One wave, which two fit as well in many ways; fewer than about twenty points.",
    .p = 6,
    .params = double_logistic_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(double_logistic_values),
    .grid = double_logistic_grid,
    .starts = double_logistic_starts,
    .n_derived = 4,
    .derived = double_logistic_derived,
    .derive = double_logistic_derive,
    .example = double_logistic_example,
    .example_x = cc_example_time,
};

CC_FAMILY(sigmoid, sigmoid_sums, &logistic_floor, &double_logistic);

#endif
