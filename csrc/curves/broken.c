// SPDX-License-Identifier: GPL-3.0-or-later
/* broken.c - the broken neural scaling law of Caballero et al. with one to three breaks.
 *
 * y = a + t, where ln t = ln b - c_0 ln x - sum c_i f_i ln(1 + (x/d_i)^(1/f_i)): power laws one after another, joined at the breaks
 * d_i as smoothly as f_i says. Given a and the d_i and f_i that is linear in ln b and all c, which is how starts are found.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x = ln x; theta = a, b, c_0, then c_i, d_i, f_i of each break */
CC_INLINE void CC_W(broken_kernel)(const V *x, const V *theta, V *f, V *g, int breaks)
{
    V zero = CC_W(v_all)(0.0), falls = theta[2] * x[0], softplus[MOST_BREAKS], share[MOST_BREAKS], at[MOST_BREAKS];
    for (int k = 0; k < breaks; k++) {
        const V *own = theta + 3 + 3 * k;
        at[k] = (x[0] - CC_W(v_log)(own[1])) / own[2];
        V small = CC_W(v_exp)(-CC_W(v_abs)(at[k])), below = 1.0 / (1.0 + small);
        softplus[k] = CC_W(v_max)(at[k], zero) + CC_W(v_log)(1.0 + small);
        share[k] = CC_W(v_select)(V_LT(at[k], zero), small * below, below);
        falls = falls + own[0] * own[2] * softplus[k];
    }
    V power = CC_W(v_exp)(-falls), t = theta[1] * power;
    *f = theta[0] + t;
    g[0] = CC_W(v_all)(1.0);
    g[1] = power;
    g[2] = -t * x[0];
    for (int k = 0; k < breaks; k++) {
        const V *own = theta + 3 + 3 * k;
        V *to = g + 3 + 3 * k;
        to[0] = -t * own[2] * softplus[k];
        to[1] = t * own[0] * share[k] / own[1];
        to[2] = -t * own[0] * (softplus[k] - share[k] * at[k]);
    }
}

#define BROKEN(M)                                                                                                      \
    CC_INLINE void CC_W(broken_##M##_kernel)(const V *x, const V *theta, V *f, V *g)                                   \
    {                                                                                                                  \
        CC_W(broken_kernel)(x, theta, f, g, M);                                                                        \
    }                                                                                                                  \
    CC_VALUES(broken_##M, 3 + 3 * M, 1, 3 + 3 * M)
BROKEN(1)
BROKEN(2)
BROKEN(3)
#undef BROKEN

#else

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curvecast.h"
enum { MOST_BREAKS = 3 };
#define CC_WIDTH_FILE "curves/broken.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"};

static size_t breaks_of(const cc_curve *self)
{
    return (self->p - 3) / 3;
}

/* ---- starts -------------------------------------------------------------------------------------
 * ln(y - a) is linear in ln b, c_0 and the c_i: at a few floors a, every set of breaks out of a list of places and sharpnesses is one
 * small least-squares problem, all from the same products of columns. Sets grow by a break at a time, the best few at each size. */

enum {
    POINTS = 48,
    PLACES = 12,
    SHARPNESSES = 3,
    COLUMNS = PLACES * SHARPNESSES,
    FLOORS = 6,
    OF_LAST = 2,
    KEPT = 12,
    RIVALS = 48
};

/* The floor as a share of the least y, then of the mean of the last third, where scatter lets y fall below its floor; the sharpness as a
 * share of the length of ln x. */
static const double floor_share[FLOORS] = {0, 0.5, 0.85, 0.97, 0.85, 1},
                    sharpness_share[SHARPNESSES] = {0.01, 0.025, 0.07};

typedef struct columns {
    size_t n;
    double x[POINTS], y[POINTS], w[POINTS]; /* w: of y */
    double place[PLACES], sharpness[SHARPNESSES];
    double softplus[COLUMNS][POINTS]; /* f ln(1 + (x/d)^(1/f)) */
    /* with what 1 and ln x explain taken out, at one floor */
    double product[COLUMNS][COLUMNS], target[COLUMNS], left;
} columns;

typedef struct set {
    int column[MOST_BREAKS];
    double left;
} set;

static double softplus_of(double v)
{
    return fmax(v, 0) + log1p(exp(-fabs(v)));
}

/* The same to a millionth, which is enough for starts: away from the break it is a straight line. */
static double about_softplus(double v)
{
    return fabs(v) > 14 ? fmax(v, 0) : softplus_of(v);
}

static void fill(const cc_curve *self, const cc_points *points, columns *out)
{
    size_t which[POINTS];
    out->n = cc_thin(self, points, POINTS, which);
    double low = points->range->low[0], span = points->range->high[0] - low;
    for (int k = 0; k < PLACES; k++) out->place[k] = low + span * (0.04 + 0.92 * k / (PLACES - 1));
    for (int s = 0; s < SHARPNESSES; s++) out->sharpness[s] = span * sharpness_share[s];
    for (size_t i = 0; i < out->n; i++) {
        out->x[i] = points->z[which[i]];
        out->y[i] = points->y[which[i]];
        out->w[i] = points->w[which[i]];
        for (int c = 0; c < COLUMNS; c++) {
            double f = out->sharpness[c % SHARPNESSES];
            out->softplus[c][i] = f * about_softplus((out->x[i] - out->place[c / SHARPNESSES]) / f);
        }
    }
}

/* Weights and ln(y - a) at a floor; what lies below it counts as just above, and for little. */
static void at_floor(const columns *from, double floor, double *weight, double *target)
{
    for (size_t i = 0; i < from->n; i++) {
        double above = fmax(from->y[i] - floor, 0.05 * fabs(floor));
        bool plain = above > 0;
        weight[i] = plain ? from->w[i] * above * above : 0;
        target[i] = plain ? log(above) : 0;
    }
}

/* In eight sums side by side, none of which waits for another; beyond n both columns are 0. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[8] = {0};
    for (size_t i = 0; i < n; i += 8)
        for (int k = 0; k < 8; k++) sum[k] += a[i + (size_t)k] * b[i + (size_t)k];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* Products of the columns at a floor, once 1 and ln x are projected out of them; of two of them only where a set may hold both. */
static void multiply(columns *all, const double *weight, const double *target, bool pairs)
{
    size_t n = all->n;
    double own[COLUMNS + 1][POINTS], root[POINTS], total = 0, mean = 0, square = 0;
    for (size_t i = 0; i < n; i++) root[i] = sqrt(weight[i]);
    for (size_t i = 0; i < n; i++) total += weight[i], mean += weight[i] * all->x[i];
    mean /= total;
    for (size_t i = 0; i < n; i++) square += weight[i] * (all->x[i] - mean) * (all->x[i] - mean);
    for (int c = 0; c <= COLUMNS; c++) {
        const double *column = c < COLUMNS ? all->softplus[c] : target;
        double level = 0, slope = 0;
        for (size_t i = 0; i < n; i++) {
            level += weight[i] * column[i];
            slope += weight[i] * column[i] * (all->x[i] - mean);
        }
        level /= total;
        slope /= square;
        for (size_t i = 0; i < n; i++) own[c][i] = root[i] * (column[i] - level - slope * (all->x[i] - mean));
        for (size_t i = n; i < POINTS; i++) own[c][i] = 0;
    }
    for (int c = 0; c <= COLUMNS; c++)
        for (int d = 0; d <= c; d++) {
            if (!pairs && c < COLUMNS && d < c) continue;
            double sum = dot(own[c], own[d], n);
            if (c < COLUMNS)
                all->product[c][d] = all->product[d][c] = sum;
            else if (d < COLUMNS)
                all->target[d] = sum;
            else
                all->left = sum;
        }
}

/* Slopes c of a set of columns by Cholesky, and what they leave; infinite where they are not to be told apart. */
static double solve_set(const columns *all, const int *column, size_t m, double *slope)
{
    double l[MOST_BREAKS][MOST_BREAKS], z[MOST_BREAKS], left = all->left;
    for (size_t a = 0; a < m; a++) {
        double rest = -all->target[column[a]];
        for (size_t b = 0; b <= a; b++) {
            double sum = all->product[column[a]][column[b]];
            for (size_t c = 0; c < b; c++) sum -= l[a][c] * l[b][c];
            if (a == b) {
                if (!(sum > 1e-10 * all->product[column[a]][column[a]])) return INFINITY;
                l[a][a] = sqrt(sum);
            } else {
                l[a][b] = sum / l[b][b];
                rest -= l[a][b] * z[b];
            }
        }
        z[a] = rest / l[a][a];
        left -= z[a] * z[a];
    }
    for (size_t a = m; a-- > 0 && slope;) {
        slope[a] = z[a];
        for (size_t b = a + 1; b < m; b++) slope[a] -= l[b][a] * slope[b];
        slope[a] /= l[a][a];
    }
    return left;
}

static int keep_set(set *list, int count, int most, const set *one)
{
    if (!(one->left < INFINITY) || (count == most && one->left >= list[most - 1].left)) return count;
    for (int k = 0; k < count; k++)
        if (memcmp(list[k].column, one->column, sizeof one->column) == 0) return count;
    int at = count < most ? count++ : most - 1;
    for (; at > 0 && one->left < list[at - 1].left; at--) list[at] = list[at - 1];
    list[at] = *one;
    return count;
}

/* The set with column c put where its place belongs; false where that place is taken. */
static bool put(const set *from, size_t m, int c, set *out)
{
    size_t at = m;
    *out = *from;
    for (size_t k = 0; k < m; k++)
        if (from->column[k] / SHARPNESSES == c / SHARPNESSES) return false;
    for (; at > 0 && out->column[at - 1] > c; at--) out->column[at] = out->column[at - 1];
    out->column[at] = c;
    return true;
}

/* The best sets of m columns, best first: those of one column less, each with every other column. */
static int best_sets(const columns *all, size_t m, set *list)
{
    set shorter[KEPT] = {{{-1, -1, -1}, all->left}};
    int n_shorter = 1, count = 0;
    for (size_t k = 0; k < m; k++) {
        count = 0;
        for (int s = 0; s < n_shorter; s++)
            for (int c = 0; c < COLUMNS; c++) {
                set one;
                if (!put(&shorter[s], k, c, &one)) continue;
                one.left = solve_set(all, one.column, k + 1, NULL);
                count = keep_set(list, count, KEPT, &one);
            }
        memcpy(shorter, list, (size_t)count * sizeof *list);
        n_shorter = count;
    }
    return count;
}

/* All parameters of a set at a floor, that and b solved for anew as the line y = a + b t; returns what is left of y. */
static double parameters(const columns *all, const double *weight, const double *target, const set *one, size_t m,
                         double *theta)
{
    double slope[MOST_BREAKS] = {0}, total = 0, mean = 0, level = 0, square = 0, product = 0;
    solve_set(all, one->column, m, slope);
    for (size_t i = 0; i < all->n; i++) {
        double rest = target[i];
        for (size_t k = 0; k < m; k++) rest += slope[k] * all->softplus[one->column[k]][i];
        total += weight[i];
        mean += weight[i] * all->x[i];
        square += weight[i] * all->x[i] * all->x[i];
        level += weight[i] * rest;
        product += weight[i] * rest * all->x[i];
    }
    double exponent = -(product - mean * level / total) / (square - mean * mean / total);
    double log_b = (level + exponent * mean) / total, one_t[5] = {0}, y_y = 0;
    for (size_t i = 0; i < all->n; i++) {
        double log_t = log_b - exponent * all->x[i], w = all->w[i], y = all->y[i];
        for (size_t k = 0; k < m; k++) log_t -= slope[k] * all->softplus[one->column[k]][i];
        double t = exp(log_t);
        one_t[0] += w;
        one_t[1] += w * t;
        one_t[2] += w * t * t;
        one_t[3] += w * y;
        one_t[4] += w * y * t;
        y_y += w * y * y;
    }
    double times = (one_t[4] * one_t[0] - one_t[3] * one_t[1]) / (one_t[2] * one_t[0] - one_t[1] * one_t[1]);
    double floor = (one_t[3] - times * one_t[1]) / one_t[0];
    if (!(floor >= 0)) floor = 0, times = one_t[4] / one_t[2];
    if (!(times > 0)) return INFINITY;
    theta[0] = floor;
    theta[1] = times * exp(log_b);
    theta[2] = exponent;
    for (size_t k = 0; k < m; k++) {
        theta[3 + 3 * k] = slope[k];
        theta[4 + 3 * k] = exp(all->place[one->column[k] / SHARPNESSES]);
        theta[5 + 3 * k] = all->sharpness[one->column[k] % SHARPNESSES];
    }
    return y_y - 2 * (floor * one_t[3] + times * one_t[4]) + floor * floor * one_t[0] + 2 * floor * times * one_t[1] +
           times * times * one_t[2];
}

/* Whether every break of two starts is within a place of the other's; and whether they are as sharp too. */
static bool near(const double *a, const double *b, size_t m, double apart, bool *alike)
{
    bool all = true;
    *alike = true;
    for (size_t k = 0; k < m; k++) {
        all = all && fabs(log(a[4 + 3 * k] / b[4 + 3 * k])) < apart;
        *alike = *alike && a[5 + 3 * k] == b[5 + 3 * k];
    }
    return all;
}

/* The best of the starts found; then the best of another sharpness, as from a sharp break the way to a smooth one may be barred; then
 * others, of neighbours no more than two. */
static size_t choose(const double *found, size_t n_found, size_t most, size_t p, size_t m, double apart, double *start)
{
    size_t count = 0;
    for (size_t k = 0; k < n_found && count < 2 && count < most; k++) {
        bool alike = false;
        if (count > 0) near(start, found + k * p, m, apart, &alike);
        if (!alike) memcpy(start + count++ * p, found + k * p, p * sizeof *start);
    }
    for (size_t k = 0; k < n_found && count < most; k++) {
        int neighbours = 0;
        for (size_t s = 0; s < count; s++) {
            bool alike;
            if (near(start + s * p, found + k * p, m, apart, &alike)) neighbours += alike ? 2 : 1;
        }
        if (neighbours < 2) memcpy(start + count++ * p, found + k * p, p * sizeof *start);
    }
    return count;
}

static size_t broken_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    columns all;
    double weight[POINTS], target[POINTS], found[RIVALS * CC_MAX_PARAMS], value[RIVALS], least = INFINITY;
    size_t m = breaks_of(self), p = self->p, n_found = 0;
    fill(self, points, &all);
    if (all.n < 2) return 0;
    for (size_t i = 0; i < all.n; i++) least = fmin(least, all.y[i]);
    for (int k = 0; k < FLOORS; k++) {
        set list[KEPT];
        double of = k < FLOORS - OF_LAST ? least : points->range->y_last, theta[CC_MAX_PARAMS];
        at_floor(&all, of - (1 - floor_share[k]) * fabs(of), weight, target);
        multiply(&all, weight, target, m > 1);
        int n_list = best_sets(&all, m, list);
        for (int s = 0; s < n_list; s++) {
            double left = parameters(&all, weight, target, &list[s], m, theta);
            n_found = cc_keep_start(found, value, n_found, RIVALS, p, theta, left);
        }
    }
    return choose(found, n_found, most, p, m, 1.5 * (all.place[1] - all.place[0]), start);
}

/* ---- what follows from the parameters ----------------------------------------------------------- */

/* Exponents after each break: c_0 + c_1 + ... */
static void broken_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    size_t m = breaks_of(self), p = self->p;
    double sum = theta[2];
    memset(gradient, 0, m * p * sizeof *gradient);
    for (size_t k = 0; k < m; k++) {
        value[k] = sum += theta[3 + 3 * k];
        gradient[k * p + 2] = 1;
        for (size_t j = 0; j <= k; j++) gradient[k * p + 3 + 3 * j] = 1;
    }
}

/* ln of the part above the floor, at ln x. */
static double log_part(const double *theta, size_t m, double x)
{
    double value = log(theta[1]) - theta[2] * x;
    for (size_t k = 0; k < m; k++) {
        const double *own = theta + 3 + 3 * k;
        value -= own[0] * own[2] * softplus_of((x - log(own[1])) / own[2]);
    }
    return value;
}

/* By bisection, where the law falls throughout: else y may be reached more than once, or never. */
static double broken_inverse(const cc_curve *self, double y, const double *theta)
{
    size_t m = breaks_of(self);
    double sum = theta[2], want = log(y - theta[0]), low = -740, high = 709;
    if (!(y > theta[0]) || !(sum > 0)) return NAN;
    for (size_t k = 0; k < m; k++)
        if (!((sum += theta[3 + 3 * k]) > 0)) return NAN;
    if (!(log_part(theta, m, low) >= want && log_part(theta, m, high) <= want)) return NAN;
    for (int step = 0; step < 200 && high - low > 1e-15 * fabs(low); step++) {
        double middle = low + (high - low) / 2;
        *(log_part(theta, m, middle) >= want ? &low : &high) = middle;
    }
    return exp(low + (high - low) / 2);
}

/* ---- the curves --------------------------------------------------------------------------------- */

/* A break sharper than a five-hundredth of an e-fold is a kink to any data, and one wider than ten e-folds is none. */
#define FIRST                                                                                                            \
    {"a", "y", "floor: what no scale removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},                                      \
        {"b", "y", "part above the floor, carried back to x = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0}, \
        {"c0", "1", "exponent before the first break", -INFINITY, INFINITY, 0, 0, 0}
#define BREAK(K)                                                                                                       \
    {"c" #K, "1", "what break " #K " adds to the exponent", -INFINITY, INFINITY, 0, 0, 0},                             \
        {"d" #K, "x", "scale of break " #K, 0, INFINITY, CC_LOG_INTERVAL, 0, 1},                                       \
        {"f" #K, "1", "width of break " #K " in ln x: small is sharp", 0.002, 10, CC_LOG_INTERVAL, 0, 0}
#define AFTER(K) {"exponent_" #K, "1", "exponent after break " #K, -1}

static const cc_param broken_1_params[] = {FIRST, BREAK(1)}, broken_2_params[] = {FIRST, BREAK(1), BREAK(2)},
                      broken_3_params[] = {FIRST, BREAK(1), BREAK(2), BREAK(3)};
static const cc_derived broken_derived[] = {AFTER(1), AFTER(2), AFTER(3)};
static const double broken_1_example[] = {0.2, 6, 0.08, 0.7, 1e4, 0.4},
                    broken_2_example[] = {0.02, 6, 0.05, 0.4, 3e3, 0.3, 0.6, 1e6, 0.3},
                    broken_3_example[] = {0.002, 6, 0.1, 0.8, 2e3, 0.25, -0.55, 1e5, 0.25, 0.6, 4e6, 0.25};

/* Eight decades from 10. */
static void broken_example_x(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = 10 * pow(1e8, n > 1 ? (double)i / (double)(n - 1) : 0);
}

#define BROKEN(M, TITLE, FORMULA)                                                                                      \
    static const cc_curve broken_##M = {                                                                               \
        .name = "broken_" #M,                                                                                          \
        .title = "Broken neural scaling law, " TITLE,                                                                  \
        .formula = "a + b * x^(-c0) * " FORMULA,                                                                       \
        .source = "Caballero, Gupta, Rish and Krueger (2022), Broken neural scaling laws, arXiv:2210.14891, "          \
                  "equation 1",                                                                                        \
        .when =                                                                                                        \
            "Loss or error whose slope against scale, in logs, changes from one value to another within the data.",    \
        .when_not = "Few points on either side of a break; a break beyond the data cannot be foreseen by any fit.",    \
        .p = 3 + 3 * M,                                                                                                \
        .params = broken_##M##_params,                                                                                 \
        .r = 1,                                                                                                        \
        .regressors = one_scale,                                                                                       \
        .n_features = 1,                                                                                               \
        .error_model = CC_MULTIPLICATIVE,                                                                              \
        .flags = CC_POSITIVE_X,                                                                                        \
        .values = CC_EACH_WIDTH(broken_##M##_values),                                                                  \
        .features = cc_log_features,                                                                                   \
        .starts = broken_starts,                                                                                       \
        .n_derived = M,                                                                                                \
        .derived = broken_derived,                                                                                     \
        .derive = broken_derive,                                                                                       \
        .inverse = broken_inverse,                                                                                     \
        .example = broken_##M##_example,                                                                               \
        .example_x = broken_example_x,                                                                                 \
    }

BROKEN(1, "one break", "(1 + (x/d1)^(1/f1))^(-c1 * f1)");
BROKEN(2, "two breaks", "(1 + (x/d1)^(1/f1))^(-c1 * f1) * (1 + (x/d2)^(1/f2))^(-c2 * f2)");
BROKEN(3, "three breaks",
       "(1 + (x/d1)^(1/f1))^(-c1 * f1) * (1 + (x/d2)^(1/f2))^(-c2 * f2) * (1 + (x/d3)^(1/f3))^(-c3 * f3)");

CC_FAMILY(scaling, broken, &broken_1, &broken_2, &broken_3);

#endif
