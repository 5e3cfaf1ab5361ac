// SPDX-License-Identifier: GPL-3.0-or-later
/* scaling.c - loss against scale: a power law with a floor, and the laws of size and data of Hoffmann et al. and Kaplan et al. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x[0] = ln x */
CC_INLINE void CC_W(power_floor_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V power = CC_W(v_exp)(-theta[2] * x[0]);
    V falling = theta[1] * power;
    *f = theta[0] + falling;
    g[0] = CC_W(v_all)(1.0);
    g[1] = power;
    g[2] = -falling * x[0];
}
CC_VALUES(power_floor, 3, 1, 3)

/* x = ln N, ln D; theta = E, A, B, alpha, beta */
CC_INLINE void CC_W(chinchilla_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V size = CC_W(v_exp)(-theta[3] * x[0]), data = CC_W(v_exp)(-theta[4] * x[1]);
    V of_size = theta[1] * size, of_data = theta[2] * data;
    *f = theta[0] + of_size + of_data;
    g[0] = CC_W(v_all)(1.0);
    g[1] = size;
    g[2] = data;
    g[3] = -of_size * x[0];
    g[4] = -of_data * x[1];
}
CC_VALUES(chinchilla, 5, 2, 5)

/* ln L = alpha_D ln(e^u + e^v), u = alpha_N/alpha_D (ln N_c - ln N), v = ln D_c - ln D; theta = ln N_c, ln D_c, alpha_N, alpha_D */
CC_INLINE void CC_W(kaplan_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), above = theta[0] - x[0], u = theta[2] / theta[3] * above, v = theta[1] - x[1],
      gap = u - v;
    V small = CC_W(v_exp)(-CC_W(v_abs)(gap)), sum = 1.0 + small, larger = 1.0 / sum, smaller = small * larger;
    V lse = CC_W(v_max)(u, v) + CC_W(v_log)(sum);
    M below = V_LT(gap, zero);
    V of_size = CC_W(v_select)(below, smaller, larger), of_data = CC_W(v_select)(below, larger, smaller);
    *f = theta[3] * lse;
    g[0] = of_size * theta[2];
    g[1] = of_data * theta[3];
    g[2] = of_size * above;
    g[3] = lse - of_size * u;
}
CC_VALUES(kaplan, 4, 2, 4)

/* Sums over the points of m, m^2 and m y, each with its weight, where m = v + ln(1 + e^z), z = u + shift - v, for as many shifts as there
 * are lanes. ln(1 + e^-a) for a > 0 is ln 2 over a polynomial, to 0.002. */
static void CC_W(sum_lines)(const double *u, const double *v, const double *w, const double *wy, size_t n,
                            const double *shifts, double *sum)
{
    V shift = CC_W(v_load)(shifts), zero = CC_W(v_all)(0.0), one = zero, two = zero, with_y = zero;
    for (size_t i = 0; i < n; i++) {
        V z = u[i] - v[i] + shift, a = CC_W(v_abs)(z);
        V under = 1.0 + a * (0.67166581 + a * (0.57660535 + a * (a * 0.13904153 - 0.17620631)));
        V m = v[i] + CC_W(v_max)(z, zero) + 0.69314718055994531 / under, weighed = w[i] * m;
        one = one + weighed;
        two = two + weighed * m;
        with_y = with_y + wy[i] * m;
    }
    CC_W(v_store)(sum, one);
    CC_W(v_store)(sum + CC_WIDTH, two);
    CC_W(v_store)(sum + 2 * CC_WIDTH, with_y);
}

#else

#include <math.h>
#include <string.h>

#include "fit/internal.h"
#define CC_WIDTH_FILE "curves/scaling.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"};

static const cc_param power_floor_params[] = {
    {"E", "y", "floor: what no scale removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "reducible part at x = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "exponent of the reducible part", 0, INFINITY, 0, 0, 0},
};

static void power_floor_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    (void)range;
    static const double alpha[] = {0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.4, 2.2, 3.5};
    cc_grid_multiples(grid, 2, 1, alpha, CC_COUNT(alpha));
}

static const cc_derived power_floor_derived[] = {
    {"halving_factor", "1", "factor of x that halves the reducible part", 2},
};

static void power_floor_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = exp2(1 / theta[2]);
    gradient[0] = gradient[1] = 0;
    gradient[2] = -value[0] * log(2.0) / (theta[2] * theta[2]);
}

static double power_floor_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > theta[0] ? exp(log(theta[1] / (y - theta[0])) / theta[2]) : NAN;
}

static const double power_floor_example[] = {2, 15, 0.4};

static const cc_curve power_floor = {
    .name = "power_floor",
    .title = "Power law with a floor",
    .formula = "E + A * x^(-alpha)",
    .source = "Hestness et al. (2017), arXiv:1712.00409; as M2 in Alabdulmohsin et al. (2022), arXiv:2209.06640",
    .when = "Loss or cost that falls with scale towards a floor.",
    .when_not = "Less than a decade of scale has been seen: the floor is then a guess.",
    .p = 3,
    .params = power_floor_params,
    .r = 1,
    .regressors = one_scale,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(power_floor_values),
    .features = cc_log_features,
    .grid = power_floor_grid,
    .n_derived = 1,
    .derived = power_floor_derived,
    .derive = power_floor_derive,
    .inverse = power_floor_inverse,
    .example = power_floor_example,
    .example_x = cc_example_scale,
};

static const char *const size_and_data[] = {"N", "D"};

static const cc_param chinchilla_params[] = {
    {"E", "y", "loss that neither size nor data removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "part that falls with size, at N = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"B", "y", "part that falls with data, at D = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "exponent of size", 0, INFINITY, 0, 0, 0},
    {"beta", "1", "exponent of data", 0, INFINITY, 0, 0, 0},
};

/* ---- starts: at every pair out of a list of exponents E, A and B are linear, and all such problems are made of the same products of
 * columns, which are summed once. Every exponent is twice the one before it, so its column is the square of that. --------------- */

enum { CHINCHILLA_POINTS = 48, EXPONENTS = 7, ZONES = 3, CHINCHILLA_STARTS = 4 };
static const double first_exponent = 0.04;
/* Another basin that leaves this many times what the best does is not worth a walk. */
static const double CHINCHILLA_RIVAL = 2;
/* Squared noise, as a share of the squared levels, from which basins may hide between the exponents of the list: the best pair of
 * every zone of exponents is then a start, and the points weigh by what fits rather than by what was seen. */
static const double NOISY = 2.5e-3;
static const int zone_of[EXPONENTS] = {0, 0, 1, 1, 1, 2, 2};

/* The columns x^(-exponent) of one regressor over its least value, and their weighed products with 1, themselves and y. */
typedef struct power_columns {
    int count;
    double low, exponent[EXPONENTS], unit[EXPONENTS]; /* unit: of the column, in that of x^(-exponent) */
    double one[EXPONENTS], own[EXPONENTS], with_y[EXPONENTS];
} power_columns;

typedef struct chinchilla_sums {
    size_t n, which[CHINCHILLA_POINTS];
    double w[CHINCHILLA_POINTS];
    double one, y, square, across[EXPONENTS][EXPONENTS]; /* of 1, y and y^2; of size by data */
    power_columns side[2];                               /* size, data */
} chinchilla_sums;

/* A pair of exponents, by their numbers, with E, A and B. */
typedef struct chinchilla_trial {
    int k, l;
    double level[3], left;
} chinchilla_trial;

/* The exponents to try, or the one that is wanted. */
static void plan_columns(power_columns *side, double low, double wanted)
{
    side->count = isnan(wanted) ? EXPONENTS : 1;
    side->low = low;
    side->exponent[0] = isnan(wanted) ? first_exponent : wanted;
    for (int k = 0; k < side->count; k++) {
        if (k > 0) side->exponent[k] = 2 * side->exponent[k - 1];
        side->unit[k] = exp(-side->exponent[k] * low);
    }
}

/* One point into the products of a side; leaves its powers. */
static void add_point(power_columns *side, double log_x, double w, double y, double *power)
{
    power[0] = v_exp_w1(side->exponent[0] * (side->low - log_x));
    for (int k = 1; k < EXPONENTS; k++) power[k] = power[k - 1] * power[k - 1];
    for (int k = 0; k < EXPONENTS; k++) {
        side->one[k] += w * power[k];
        side->own[k] += w * power[k] * power[k];
        side->with_y[k] += w * power[k] * y;
    }
}

static void clear_products(power_columns *side)
{
    for (int k = 0; k < EXPONENTS; k++) side->one[k] = side->own[k] = side->with_y[k] = 0;
}

static void sum_chinchilla(const cc_points *points, chinchilla_sums *of)
{
    double size[EXPONENTS], data[EXPONENTS];
    of->one = of->y = of->square = 0;
    memset(of->across, 0, sizeof of->across);
    for (int j = 0; j < 2; j++) clear_products(&of->side[j]);
    for (size_t m = 0; m < of->n; m++) {
        double w = of->w[m], y = points->y[of->which[m]];
        add_point(&of->side[0], points->z[of->which[m]], w, y, size);
        add_point(&of->side[1], points->z[points->n + of->which[m]], w, y, data);
        of->one += w;
        of->y += w * y;
        of->square += w * y * y;
        for (int k = 0; k < EXPONENTS; k++)
            for (int l = 0; l < EXPONENTS; l++) of->across[k][l] += w * size[k] * data[l];
    }
}

/* The best levels for products a of their columns and b with y, inside their bounds; what would leave them is held there and the rest
 * solved again. Returns what they save, or -infinity where columns are not to be told apart. */
static double solve_levels(double (*a)[3], const double *b, const double *lower, const double *higher, double *level)
{
    bool held[3] = {false, false, false};
    double saved = 0;
    for (int round = 0; round < 3; round++) {
        double l[3][3], d[3], right[3];
        bool outside = false;
        for (int i = 0; i < 3; i++) {
            right[i] = b[i];
            for (int j = 0; j < 3; j++) right[i] -= held[j] ? a[i][j] * level[j] : 0;
        }
        for (int j = 0; j < 3; j++) {
            d[j] = a[j][j];
            for (int k = 0; k < j; k++) d[j] -= l[j][k] * l[j][k] * d[k];
            if (!(d[j] > 1e-11 * a[j][j])) return -INFINITY;
            if (held[j]) d[j] = 1;
            for (int i = j + 1; i < 3; i++) {
                l[i][j] = a[i][j];
                for (int k = 0; k < j; k++) l[i][j] -= l[i][k] * l[j][k] * d[k];
                l[i][j] = held[i] || held[j] ? 0 : l[i][j] / d[j];
            }
        }
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < i; k++) right[i] -= l[i][k] * right[k];
        for (int i = 2; i >= 0; i--) {
            right[i] /= d[i];
            for (int k = i + 1; k < 3; k++) right[i] -= l[k][i] * right[k];
            if (held[i]) continue;
            level[i] = right[i];
            if (level[i] < lower[i]) level[i] = lower[i], held[i] = outside = true;
            if (level[i] > higher[i]) level[i] = higher[i], held[i] = outside = true;
        }
        if (!outside) break;
    }
    for (int i = 0; i < 3; i++) {
        double product = 0;
        for (int j = 0; j < 3; j++) product += a[i][j] * level[j];
        saved += level[i] * (2 * b[i] - product);
    }
    return saved;
}

/* Solves for E, A and B at a pair of exponents. */
static void try_pair(const chinchilla_sums *of, const cc_points *points, int k, int l, chinchilla_trial *out)
{
    const power_columns *size = &of->side[0], *data = &of->side[1];
    double unit[] = {1, size->unit[k], data->unit[l]}, lower[3], higher[3], across = of->across[k][l];
    double a[3][3] = {{of->one, size->one[k], data->one[l]},
                      {size->one[k], size->own[k], across},
                      {data->one[l], across, data->own[l]}};
    double b[] = {of->y, size->with_y[k], data->with_y[l]};
    for (int j = 0; j < 3; j++) {
        lower[j] = points->lower[j] * unit[j];
        higher[j] = points->higher[j] * unit[j];
    }
    *out = (chinchilla_trial){.k = k, .l = l};
    out->left = of->square - solve_levels(a, b, lower, higher, out->level);
    for (int j = 0; j < 3; j++) out->level[j] /= unit[j];
    /* powers of x that have no double */
    if (!(unit[1] + unit[2] + fabs(out->level[1]) + fabs(out->level[2]) < INFINITY)) out->left = INFINITY;
}

/* Solves at every pair of exponents; returns the best trial. */
static chinchilla_trial try_pairs(chinchilla_sums *of, const cc_points *points, chinchilla_trial (*trial)[EXPONENTS])
{
    chinchilla_trial best = {.left = INFINITY};
    sum_chinchilla(points, of);
    for (int k = 0; k < of->side[0].count; k++)
        for (int l = 0; l < of->side[1].count; l++) {
            try_pair(of, points, k, l, &trial[k][l]);
            if (trial[k][l].left < best.left) best = trial[k][l];
        }
    return best;
}

/* Weighs the points so that a squared difference stands for that of logarithms: (y - f)^2/(yf) is one up to the third order. */
static void weigh_by_fit(const cc_points *points, const chinchilla_trial *by, chinchilla_sums *of)
{
    for (size_t m = 0; m < of->n; m++) {
        size_t i = of->which[m];
        double f = by->level[0] + by->level[1] * exp(-of->side[0].exponent[by->k] * points->z[i]) +
                   by->level[2] * exp(-of->side[1].exponent[by->l] * points->z[points->n + i]);
        double ratio = points->y[i] / f;
        if (ratio > 0 && ratio < INFINITY) of->w[m] *= ratio;
    }
}

/* Whether less is left at a pair of exponents than at all its neighbours, or in its zone; of equal ones the first counts. */
static bool is_lowest(const chinchilla_sums *of, chinchilla_trial (*trial)[EXPONENTS], int k, int l, bool of_zone)
{
    double own = trial[k][l].left;
    if (!(own < INFINITY)) return false;
    for (int m = 0; m < of->side[0].count; m++)
        for (int j = 0; j < of->side[1].count; j++) {
            bool before = m < k || (m == k && j < l);
            bool rival = of_zone ? zone_of[m] == zone_of[k] && zone_of[j] == zone_of[l]
                                 : m - k <= 1 && k - m <= 1 && j - l <= 1 && l - j <= 1;
            if (rival && (before ? trial[m][j].left <= own : trial[m][j].left < own)) return false;
        }
    return true;
}

static size_t chinchilla_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    chinchilla_sums of;
    chinchilla_trial trial[EXPONENTS][EXPONENTS], best;
    double kept[CHINCHILLA_STARTS];
    size_t count = 0;
    if (most > CHINCHILLA_STARTS) most = CHINCHILLA_STARTS;
    of.n = cc_thin(self, points, CHINCHILLA_POINTS, of.which);
    for (size_t m = 0; m < of.n; m++) of.w[m] = points->w[of.which[m]];
    for (size_t j = 0; j < 2; j++) {
        bool open = points->lower[3 + j] < points->higher[3 + j];
        plan_columns(&of.side[j], points->range->low[j], open ? points->given[3 + j] : points->lower[3 + j]);
    }
    best = try_pairs(&of, points, trial);
    bool noisy = best.left < INFINITY && best.left > NOISY * of.square;
    if (noisy) {
        weigh_by_fit(points, &best, &of);
        best = try_pairs(&of, points, trial);
    }
    for (int k = 0; k < of.side[0].count; k++)
        for (int l = 0; l < of.side[1].count; l++) {
            const chinchilla_trial *own = &trial[k][l];
            if (!(own->left <= CHINCHILLA_RIVAL * best.left) || !is_lowest(&of, trial, k, l, noisy)) continue;
            double theta[] = {own->level[0], own->level[1], own->level[2], of.side[0].exponent[k],
                              of.side[1].exponent[l]};
            count = cc_keep_start(start, kept, count, most, self->p, theta, own->left);
        }
    return count;
}

static const cc_derived chinchilla_derived[] = {
    {"size_exponent", "1", "exponent of compute in the optimal size: beta/(alpha + beta)", -1},
    {"data_exponent", "1", "exponent of compute in the optimal data: alpha/(alpha + beta)", -1},
};

static void chinchilla_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double alpha = theta[3], beta = theta[4], sum = alpha + beta;
    value[0] = beta / sum;
    value[1] = alpha / sum;
    for (int j = 0; j < 10; j++) gradient[j] = 0;
    gradient[3] = -beta / (sum * sum);
    gradient[4] = alpha / (sum * sum);
    gradient[8] = beta / (sum * sum);
    gradient[9] = -alpha / (sum * sum);
}

static const double chinchilla_example[] = {1.8, 480, 2100, 0.35, 0.37};

/* Sizes from ten million to ten thousand million parameters, each with 5 to 80 tokens a parameter. */
static void size_and_data_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        double size = 1e7 * pow(1000, n > 1 ? (double)i / (double)(n - 1) : 0);
        x[i] = size;
        x[n + i] = size * 5 * pow(2, (double)(i * 3 % 5));
    }
}

static const cc_curve chinchilla = {
    .name = "chinchilla",
    .title = "Chinchilla scaling law",
    .formula = "E + A * N^(-alpha) + B * D^(-beta)",
    .source = "Hoffmann et al. (2022), Training compute-optimal large language models, arXiv:2203.15556",
    .when = "Loss of trained models against parameters N and training tokens D.",
    .when_not = "Data are repeated, or all runs lie on one line of N against D.",
    .p = 5,
    .params = chinchilla_params,
    .r = 2,
    .regressors = size_and_data,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(chinchilla_values),
    .features = cc_log_features,
    .starts = chinchilla_starts,
    .n_derived = 2,
    .derived = chinchilla_derived,
    .derive = chinchilla_derive,
    .example = chinchilla_example,
    .example_x = size_and_data_example,
};

/* ---- Kaplan et al. ----------------------------------------------------------------------------- */

static const cc_param kaplan_params[] = {
    {"log_N_c", "1", "natural logarithm of N_c, the size at which the loss would be 1 if data were unlimited",
     -INFINITY, INFINITY, 0, 0, 0},
    {"log_D_c", "1", "natural logarithm of D_c, the data at which the loss would be 1 if size were unlimited",
     -INFINITY, INFINITY, 0, 0, 0},
    {"alpha_N", "1", "exponent of size", 0, INFINITY, 0, 0, 0},
    {"alpha_D", "1", "exponent of data", 0, INFINITY, 0, 0, 0},
};

/* ---- starts: ln L = alpha_D (ln D_c + m), where m = ln(e^u + e^v) for u = ratio (mean ln N - ln N) + shift and v = mean ln D - ln D is
 * known once the ratio of the exponents and the shift of the one term against the other are: the rest is a straight line. ------- */

enum {
    KAPLAN_POINTS = 48,
    KAPLAN_FEW_POINTS = 16,
    KAPLAN_RATIOS = 9,
    KAPLAN_SHIFTS = 8,
    KAPLAN_NEARBY = 4,
    KAPLAN_STARTS = 4
};
/* ratios, the usual ones first, and where the two terms are equal, as a share of the way from the point where size counts least to
 * that where it counts most */
enum { USUAL_RATIOS = 5 };
static const double kaplan_ratio[KAPLAN_RATIOS] = {0.2, 0.5, 1.2, 3, 9, 0.06, 0.8, 2, 30};
/* a list of such places, and how far from the best of them others are tried */
typedef struct kaplan_places {
    int count;
    double equal[KAPLAN_SHIFTS], nearby[KAPLAN_NEARBY];
} kaplan_places;
static const kaplan_places kaplan_few = {4, {0, 0.27, 0.53, 0.85}, {-0.16, -0.08, 0.08, 0.16}},
                           kaplan_all = {8, {-0.15, 0.08, 0.24, 0.4, 0.55, 0.7, 0.88, 1.1}, {-0.08, -0.04, 0.04, 0.08}},
                           kaplan_inner = {
                               8, {0.06, 0.18, 0.3, 0.42, 0.54, 0.66, 0.8, 0.94}, {-0.08, -0.04, 0.04, 0.08}};
/* and where noise decides which of the two terms seems to count: about as much of both */
static const double EVEN_RATIO = 1.2;
static const kaplan_places kaplan_even = {4, {0.25, 0.35, 0.45, 0.55}, {0, 0, 0, 0}};
/* A start that leaves this many times what the best does is not worth a walk; one of nearly its ratio leads where it does, but for
 * noisy data. */
static const double KAPLAN_RIVAL = 1.2, KAPLAN_NEAR = 3;
/* Variance of ln L about the best line from which minima hide between few ratios and few points, and behind lines on which one of the
 * terms counts nowhere: those on which both do are then tried by themselves. */
static const double KAPLAN_NOISY = 2.5e-3;

/* The thinned points: weights, ln L, and ln N and ln D taken from their means. */
typedef struct kaplan_points {
    size_t n;
    double w[KAPLAN_POINTS], wy[KAPLAN_POINTS], size[KAPLAN_POINTS], data[KAPLAN_POINTS];
    double size_mean, data_mean, total, level, square; /* sums of w, w y and w y^2 */
} kaplan_points;

typedef struct kaplan_trial {
    double ratio, shift, exponent, level, left;
} kaplan_trial;

static void fill_kaplan(const cc_curve *self, const cc_points *points, size_t most, kaplan_points *out)
{
    size_t n = points->n, which[KAPLAN_POINTS];
    out->n = cc_thin(self, points, most, which);
    out->size_mean = out->data_mean = out->total = out->level = out->square = 0;
    for (size_t m = 0; m < out->n; m++) {
        out->size_mean += points->z[which[m]] / (double)out->n;
        out->data_mean += points->z[n + which[m]] / (double)out->n;
    }
    for (size_t m = 0; m < out->n; m++) {
        double w = points->w[which[m]], y = points->y[which[m]];
        out->w[m] = w;
        out->wy[m] = w * y;
        out->size[m] = out->size_mean - points->z[which[m]];
        out->data[m] = out->data_mean - points->z[n + which[m]];
        out->total += w;
        out->level += w * y;
        out->square += w * y * y;
    }
}

typedef void (*sum_lines_fn)(const double *u, const double *v, const double *w, const double *wy, size_t n,
                             const double *shifts, double *sum);
static const sum_lines_fn sum_lines[CC_WIDTHS] = CC_EACH_WIDTH(sum_lines);

/* The best line at a ratio, at any of so many shifts, a multiple of all lane widths, that `best` does not surpass. */
static void solve_lines(const kaplan_points *of, const double *u, double ratio, const double *shift, int count,
                        kaplan_trial *best)
{
    int width = cc_width_best();
    for (int k = 0; k < count; k += width) {
        double sum[3 * CC_MAX_WIDTH];
        sum_lines[width / 2](u, of->data, of->w, of->wy, of->n, shift + k, sum);
        for (int lane = 0; lane < width; lane++) {
            double m = sum[lane], across = sum[width + lane] - m * m / of->total,
                   along = sum[2 * width + lane] - m * of->level / of->total, exponent = along / across;
            double left = of->square - of->level * of->level / of->total - along * exponent;
            if (!(exponent > 0 && left < best->left)) continue;
            *best = (kaplan_trial){ratio, shift[k + lane], exponent, (of->level - exponent * m) / of->total, left};
        }
    }
}

/* The best shift of a list at a ratio. */
static kaplan_trial best_shift(const kaplan_points *of, double ratio, const kaplan_places *places)
{
    kaplan_trial best = {.left = INFINITY};
    double low = INFINITY, high = -INFINITY, u[KAPLAN_POINTS], shift[KAPLAN_SHIFTS];
    for (size_t i = 0; i < of->n; i++) {
        u[i] = ratio * of->size[i];
        double gap = u[i] - of->data[i];
        low = gap < low ? gap : low;
        high = gap > high ? gap : high;
    }
    for (int k = 0; k < places->count; k++) shift[k] = -(low + places->equal[k] * (high - low));
    solve_lines(of, u, ratio, shift, places->count, &best);
    if (!(best.left < INFINITY)) return best;
    for (int k = 0; k < KAPLAN_NEARBY; k++) shift[k] = best.shift + places->nearby[k] * (high - low);
    solve_lines(of, u, ratio, shift, KAPLAN_NEARBY, &best);
    return best;
}

/* The best shifts at so many ratios of the list, and about the best of them, which comes to stand first. */
static void try_ratios(const kaplan_points *of, int count, const kaplan_places *places, kaplan_trial *trial)
{
    int best = 0;
    for (int k = 0; k < count; k++) {
        trial[k] = best_shift(of, kaplan_ratio[k], places);
        if (trial[k].left < trial[best].left) best = k;
    }
    kaplan_trial first = trial[best];
    trial[best] = trial[0];
    for (int side = -1; side <= 1; side += 2) {
        kaplan_trial near = best_shift(of, kaplan_ratio[best] * exp2(0.6 * side), places);
        if (near.left < first.left) first = near;
    }
    trial[0] = first;
}

/* Puts a trial among the starts; returns how many there are then. */
static size_t keep_kaplan(const cc_curve *self, const kaplan_points *of, const kaplan_trial *own, double value,
                          size_t count, size_t most, double *start, double *kept)
{
    double level = own->level / own->exponent,
           theta[] = {of->size_mean + (own->shift + level) / own->ratio, of->data_mean + level,
                      own->exponent * own->ratio, own->exponent};
    return cc_keep_start(start, kept, count, most, self->p, theta, value);
}

/* Puts the best of the trials among the starts, and those whose ratios are elsewhere; returns how many there are then. */
static size_t keep_ratios(const cc_curve *self, const kaplan_points *of, const kaplan_trial *trial, int n_tried,
                          double most_left, size_t count, size_t most, double *start, double *kept)
{
    for (int k = 0; k < n_tried; k++) {
        const kaplan_trial *own = &trial[k];
        double apart = fmax(own->ratio / trial[0].ratio, trial[0].ratio / own->ratio);
        if (!(own->left < INFINITY && own->left <= most_left) || (k > 0 && apart < KAPLAN_NEAR)) continue;
        count = keep_kaplan(self, of, own, k == 0 ? 0 : own->left, count, most, start, kept);
    }
    return count;
}

static size_t kaplan_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    kaplan_points of;
    kaplan_trial trial[KAPLAN_RATIOS], inner[KAPLAN_RATIOS];
    double kept[KAPLAN_STARTS], most_left;
    if (most > KAPLAN_STARTS) most = KAPLAN_STARTS;
    fill_kaplan(self, points, KAPLAN_FEW_POINTS, &of);
    try_ratios(&of, USUAL_RATIOS, &kaplan_few, trial);
    if (trial[0].left <= KAPLAN_NOISY * of.total)
        return keep_ratios(self, &of, trial, USUAL_RATIOS, KAPLAN_RIVAL * trial[0].left, 0, most, start, kept);
    fill_kaplan(self, points, KAPLAN_POINTS, &of);
    try_ratios(&of, KAPLAN_RATIOS, &kaplan_all, trial);
    try_ratios(&of, KAPLAN_RATIOS, &kaplan_inner, inner);
    most_left = KAPLAN_RIVAL * fmin(trial[0].left, inner[0].left);
    size_t count = 0;
    kaplan_trial even = best_shift(&of, EVEN_RATIO, &kaplan_even);
    if (even.left < INFINITY) count = keep_kaplan(self, &of, &even, 0, count, most, start, kept);
    count = keep_ratios(self, &of, trial, KAPLAN_RATIOS, most_left, count, most, start, kept);
    return keep_ratios(self, &of, inner, KAPLAN_RATIOS, most_left, count, most, start, kept);
}

static const cc_derived kaplan_derived[] = {
    {"N_c", "N", "size at which the loss would be 1 if data were unlimited", 0},
    {"D_c", "D", "data at which the loss would be 1 if size were unlimited", 1},
    {"size_exponent", "1", "exponent of compute 6ND in the optimal size: alpha_D/(alpha_N + alpha_D)", -1},
    {"data_exponent", "1", "exponent of compute 6ND in the optimal data: alpha_N/(alpha_N + alpha_D)", -1},
    {"data_per_size_exponent", "1", "data must grow as this power of size to keep up: alpha_N/alpha_D", -1},
};

static void kaplan_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    double a = theta[2], b = theta[3], sum = a + b;
    memset(gradient, 0, self->n_derived * self->p * sizeof *gradient);
    value[0] = gradient[0] = exp(theta[0]);
    value[1] = gradient[5] = exp(theta[1]);
    value[2] = b / sum;
    value[3] = a / sum;
    value[4] = a / b;
    gradient[10] = -b / (sum * sum);
    gradient[11] = a / (sum * sum);
    gradient[14] = b / (sum * sum);
    gradient[15] = -a / (sum * sum);
    gradient[18] = 1 / b;
    gradient[19] = -a / (b * b);
}

/* As printed in section 4.1 of the source: N_c 6.4e13 and D_c 1.8e13. */
static const double kaplan_example[] = {31.7899, 30.5214, 0.076, 0.103};

static const cc_curve kaplan = {
    .name = "kaplan",
    .title = "Kaplan scaling law of size and data",
    .formula = "((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D, N_c = exp(log_N_c), D_c = exp(log_D_c)",
    .source = "Kaplan et al. (2020), Scaling laws for neural language models, arXiv:2001.08361, equation 1.5",
    .when = "Loss of trained models against parameters without embeddings N and training tokens D, no floor in sight.",
    .when_not = "The loss levels off: the law has no floor, and its exponents then come out too small; use chinchilla.",
    .p = 4,
    .params = kaplan_params,
    .r = 2,
    .regressors = size_and_data,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X | CC_LOG_KERNEL,
    .values = CC_EACH_WIDTH(kaplan_values),
    .features = cc_log_features,
    .starts = kaplan_starts,
    .n_derived = CC_COUNT(kaplan_derived),
    .derived = kaplan_derived,
    .derive = kaplan_derive,
    .example = kaplan_example,
    .example_x = size_and_data_example,
};

CC_FAMILY(scaling, scaling, &power_floor, &chinchilla, &kaplan);

#endif
