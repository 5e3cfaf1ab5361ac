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
        /* so far from a break nothing tells how sharp it is: what is left of the difference is rounding */
        V bend = CC_W(v_select)(V_LT(CC_W(v_abs)(at[k]), CC_W(v_all)(BEND_ENDS)), softplus[k] - share[k] * at[k], zero);
        to[2] = -t * own[0] * bend;
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
/* e-folds of (x/d)^(1/f) from 1 beyond which a broken law is a power law to the last digit */
static const double BEND_ENDS = 40;
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

enum { POINTS = 48, COLUMNS = 90, WIDTHS = 5, FLOORS = 6, KEPT = 24, RIVALS = 72 };

/* How much is done: first, and where what that led to looks doubtful. */
typedef struct effort {
    int places[WIDTHS]; /* of breaks of each width; of the sharpest 0: between all points */
    int floors, kept;   /* kept: sets of one size */
    bool all_pairs;
    int tried, rounds; /* sets at each floor of which all parameters are found, and rounds for that */
} effort;
static const effort first_effort[MOST_BREAKS] = {{{8, 0, 8}, 3, 4, false, 2, 1},
                                                 {{10, 0, 10}, 3, 8, false, 3, 1},
                                                 {{12, 12, 12}, 3, 8, false, 3, 1}},
                    wide_effort[MOST_BREAKS] = {{{0, 16, 12, 8, 0}, 4, 16, false, 8, 2},
                                                {{0, 16, 12, 8, 6}, 4, 24, true, 12, 2},
                                                {{0, 16, 12, 8, 6}, 4, 24, true, 12, 2}};

/* The floor as a share of the least y, or, where scatter lets y fall below its floor, of the mean of the last third; the width of a break
 * as a share of the length of ln x. */
static const struct {
    double share;
    bool of_last;
} floor_at[FLOORS] = {{0.5, false}, {0.9, false}, {0.95, true}, {0, false}, {0.8, true}, {0.98, false}};
static const double width_share[WIDTHS] = {0.005, 0.025, 0.06, 0.13, 0.3};

typedef struct columns {
    size_t n, count; /* points, columns */
    /* ln x from its middle; ln y and its mean with the neighbours'; weights of ln y */
    double x[POINTS], log_y[POINTS], smooth[POINTS], w[POINTS], x_middle;
    int class[COLUMNS];                                   /* of widths */
    double place[COLUMNS], width[COLUMNS], near[COLUMNS]; /* near: places that are no further apart are neighbours */
    double softplus[COLUMNS][POINTS];                     /* about f ln(1 + (x/d)^(1/f)) */
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

static void take_points(const cc_curve *self, const cc_points *points, columns *out)
{
    size_t which[POINTS], n = cc_thin(self, points, POINTS, which);
    out->n = n;
    out->x_middle = 0.5 * (points->range->low[0] + points->range->high[0]);
    for (size_t i = 0; i < n; i++) {
        double y = points->y[which[i]];
        out->x[i] = points->z[which[i]] - out->x_middle;
        out->w[i] = y > 0 ? points->w[which[i]] * y * y : 0;
        out->log_y[i] = y > 0 ? log(y) : 0;
    }
    for (size_t i = 0; i < n; i++) {
        size_t first = i > 0 ? i - 1 : 0, last = i + 1 < n ? i + 1 : i;
        double weights = 0, sum = 0;
        for (size_t k = first; k <= last; k++) weights += out->w[k], sum += out->w[k] * out->log_y[k];
        out->smooth[i] = weights > 0 ? sum / weights : 0;
    }
}

/* A break as a column. For the softplus stands a hyperbola with the same asymptotes and the same middle. */
static void add_column(columns *out, int class, double place, double width, double apart)
{
    double bend = 2 * M_LN2 * width, *column = out->softplus[out->count];
    for (size_t i = 0; i < out->n; i++) {
        double along = out->x[i] - place;
        column[i] = 0.5 * (along + sqrt(along * along + bend * bend));
    }
    out->class[out->count] = class;
    out->place[out->count] = place;
    out->width[out->count] = width;
    out->near[out->count++] = 1.01 * apart;
}

static void add_columns(const effort *how, double span, columns *out)
{
    out->count = 0;
    for (int s = 0; s < WIDTHS; s++) {
        double width = width_share[s] * span, apart = 0.92 * span / (how->places[s] - 1);
        for (int k = 0; k < how->places[s]; k++) add_column(out, s, -0.46 * span + apart * k, width, apart);
        /* between the first two and the last two points a break is as good as none */
        for (size_t i = 2; s == 0 && how->places[s] == 0 && i + 1 < out->n; i++) {
            double gap = out->x[i] - out->x[i - 1];
            if (gap > 0) add_column(out, s, out->x[i] - 0.5 * gap, fmin(width, 0.25 * gap), gap);
        }
    }
}

/* Weights and ln(y - a) at a floor, seen from the smoothed y, which scatter puts below the floor less often. */
static void at_floor(const columns *from, double floor, double *weight, double *target)
{
    for (size_t i = 0; i < from->n; i++) {
        double level = exp(from->smooth[i]), above = fmax(level - floor, 0.05 * level), share = above / level;
        weight[i] = from->w[i] * share * share;
        target[i] = log(above) + (from->log_y[i] - from->smooth[i]) / share;
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
    size_t n = all->n, count = all->count;
    double own[COLUMNS + 1][POINTS], root[POINTS], total = 0, mean = 0, square = 0;
    for (size_t i = 0; i < n; i++) root[i] = sqrt(weight[i]);
    for (size_t i = 0; i < n; i++) total += weight[i], mean += weight[i] * all->x[i];
    mean /= total;
    for (size_t i = 0; i < n; i++) square += weight[i] * (all->x[i] - mean) * (all->x[i] - mean);
    for (size_t c = 0; c <= count; c++) {
        const double *column = c < count ? all->softplus[c] : target;
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
    for (size_t c = 0; c < count; c++) {
        for (size_t d = pairs ? 0 : c; d <= c; d++) all->product[c][d] = all->product[d][c] = dot(own[c], own[d], n);
        all->target[c] = dot(own[count], own[c], n);
    }
    all->left = dot(own[count], own[count], n);
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

/* The set with column c put where it belongs; false where it is there already. */
static bool put(const set *from, size_t m, int c, set *out)
{
    size_t at = m;
    *out = *from;
    for (size_t k = 0; k < m; k++)
        if (from->column[k] == c) return false;
    for (; at > 0 && out->column[at - 1] > c; at--) out->column[at] = out->column[at - 1];
    out->column[at] = c;
    return true;
}

/* The best sets of m columns, best first: pairs out of all where they are wanted, else those of one column less with every other. */
static int best_sets(const columns *all, size_t m, const effort *how, set *list)
{
    set shorter[KEPT] = {{{-1, -1, -1}, all->left}}, one;
    int n_shorter = 1, count = 0, n = (int)all->count;
    size_t k = 0;
    if (m > 1 && how->all_pairs) {
        for (int c = 0; c < n; c++)
            for (int d = 0; d < c; d++) {
                one = (set){{d, c, -1}, INFINITY};
                one.left = solve_set(all, one.column, 2, NULL);
                count = keep_set(list, count, how->kept, &one);
            }
        memcpy(shorter, list, (size_t)count * sizeof *list);
        n_shorter = count;
        k = 2;
    }
    for (; k < m; k++) {
        count = 0;
        for (int s = 0; s < n_shorter; s++)
            for (int c = 0; c < n; c++) {
                if (!put(&shorter[s], k, c, &one)) continue;
                one.left = solve_set(all, one.column, k + 1, NULL);
                count = keep_set(list, count, how->kept, &one);
            }
        memcpy(shorter, list, (size_t)count * sizeof *list);
        n_shorter = count;
    }
    return count;
}

/* The law above the floor of a set of columns: its logarithm at the middle of ln x, its exponent, and what each break adds to that. */
typedef struct law {
    double floor, level, exponent, slope[MOST_BREAKS], left;
} law;

static law law_at_floor(const columns *all, double floor, const double *weight, const double *target, const set *one,
                        size_t m)
{
    law out = {.floor = floor, .left = INFINITY};
    double total = 0, mean = 0, level = 0, square = 0, product = 0;
    solve_set(all, one->column, m, out.slope);
    for (size_t i = 0; i < all->n; i++) {
        double rest = target[i];
        for (size_t k = 0; k < m; k++) rest += out.slope[k] * all->softplus[one->column[k]][i];
        total += weight[i];
        mean += weight[i] * all->x[i];
        square += weight[i] * all->x[i] * all->x[i];
        level += weight[i] * rest;
        product += weight[i] * rest * all->x[i];
    }
    out.exponent = -(product - mean * level / total) / (square - mean * mean / total);
    out.level = (level + out.exponent * mean) / total;
    return out;
}

enum { UNKNOWNS = 3 + MOST_BREAKS };

/* The normal equations of ln y at a law, and what it leaves. */
static double normal_equations(const columns *all, const set *one, size_t m, const law *at, double (*a)[UNKNOWNS],
                               double *b)
{
    double left = 0, g[UNKNOWNS];
    for (size_t j = 0; j < 3 + m; j++) {
        b[j] = 0;
        for (size_t k = 0; k <= j; k++) a[j][k] = 0;
    }
    for (size_t i = 0; i < all->n; i++) {
        double log_t = at->level - at->exponent * all->x[i];
        for (size_t k = 0; k < m; k++) log_t -= at->slope[k] * all->softplus[one->column[k]][i];
        double t = exp(log_t), f = at->floor + t, share = t / f, rest = all->log_y[i] - log(f), w = all->w[i];
        g[0] = 1 / f;
        g[1] = share;
        g[2] = -share * all->x[i];
        for (size_t k = 0; k < m; k++) g[3 + k] = -share * all->softplus[one->column[k]][i];
        for (size_t j = 0; j < 3 + m; j++) {
            b[j] += w * g[j] * rest;
            for (size_t k = 0; k <= j; k++) a[j][k] += w * g[j] * g[k];
        }
        left += w * rest * rest;
    }
    return left;
}

/* A step by Cholesky in all unknowns from number `first` on; false where there is none. */
static bool solve_step(double (*a)[UNKNOWNS], const double *b, size_t first, size_t count, double *step)
{
    double l[UNKNOWNS][UNKNOWNS];
    for (size_t j = first; j < count; j++) {
        step[j] = b[j];
        for (size_t k = first; k <= j; k++) {
            double sum = a[j][k];
            for (size_t i = first; i < k; i++) sum -= l[j][i] * l[k][i];
            if (k < j) {
                l[j][k] = sum / l[k][k];
                step[j] -= l[j][k] * step[k];
            } else {
                if (!(sum > 1e-10 * a[j][j])) return false;
                l[j][j] = sqrt(sum);
            }
        }
        step[j] /= l[j][j];
    }
    for (size_t j = count; j-- > first;) {
        for (size_t k = j + 1; k < count; k++) step[j] -= l[k][j] * step[k];
        step[j] /= l[j][j];
    }
    return true;
}

/* Gauss-Newton rounds in all but the breaks, while they help. */
static void refine(const columns *all, const set *one, size_t m, int rounds, law *best)
{
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS], step[UNKNOWNS] = {0};
    law at = *best;
    for (int round = 0;; round++) {
        at.left = normal_equations(all, one, m, &at, a, b);
        if (!(at.left < best->left)) return;
        *best = at;
        if (round == rounds || !solve_step(a, b, 0, 3 + m, step)) return;
        if (!(at.floor + step[0] >= 0)) {
            if (at.floor > 0) {
                at.floor = 0;
                continue;
            }
            step[0] = 0;
            if (!solve_step(a, b, 1, 3 + m, step)) return;
        }
        at.floor += step[0];
        at.level += step[1];
        at.exponent += step[2];
        for (size_t k = 0; k < m; k++) at.slope[k] += step[3 + k];
    }
}

static void parameters(const columns *all, const set *one, size_t m, const law *from, double *theta)
{
    theta[0] = from->floor;
    theta[1] = exp(from->level + from->exponent * all->x_middle);
    theta[2] = from->exponent;
    for (size_t k = 0; k < m; k++) {
        size_t before = 0; /* breaks are numbered by their places */
        for (size_t i = 0; i < m; i++) {
            double apart = all->place[one->column[i]] - all->place[one->column[k]];
            before += apart < 0 || (apart == 0 && i < k);
        }
        double *own = theta + 3 + 3 * before;
        own[0] = from->slope[k];
        own[1] = exp(all->place[one->column[k]] + all->x_middle);
        own[2] = all->width[one->column[k]];
    }
}

/* A start: the columns of its breaks, and the law. */
typedef struct candidate {
    set breaks;
    law own;
} candidate;

/* Whether every break of two candidates is a neighbour of the other's, of the same width. */
static bool is_near(const columns *all, const set *one, const set *other, size_t m)
{
    for (size_t k = 0; k < m; k++) {
        int a = one->column[k], b = other->column[k];
        if (all->class[a] != all->class[b] || !(fabs(all->place[a] - all->place[b]) <= all->near[a])) return false;
    }
    return true;
}

/* Puts a candidate among those kept so far, best first; of neighbours the better one. */
static size_t keep_candidate(const columns *all, candidate *list, size_t count, size_t most, size_t m,
                             const candidate *one)
{
    if (!(one->own.left < INFINITY) || (count == most && one->own.left >= list[most - 1].own.left)) return count;
    for (size_t k = 0; k < count; k++) {
        if (!is_near(all, &list[k].breaks, &one->breaks, m)) continue;
        if (list[k].own.left <= one->own.left) return count;
        memmove(list + k, list + k + 1, (count - k - 1) * sizeof *list);
        count--;
        k--;
    }
    size_t at = count < most ? count++ : most - 1;
    for (; at > 0 && one->own.left < list[at - 1].own.left; at--) list[at] = list[at - 1];
    list[at] = *one;
    return count;
}

static size_t broken_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    columns all;
    candidate found[RIVALS];
    double weight[POINTS], target[POINTS], least = INFINITY;
    size_t m = breaks_of(self), p = self->p, count = 0;
    effort how = points->wide ? wide_effort[m - 1] : first_effort[m - 1];
    if (!points->wide) most = 1;
    if (most > RIVALS) most = RIVALS;
    take_points(self, points, &all);
    if (all.n < 2) return 0;
    add_columns(&how, points->range->high[0] - points->range->low[0], &all);
    for (size_t i = 0; i < all.n; i++) least = fmin(least, exp(all.log_y[i]));
    for (int k = 0; k < how.floors; k++) {
        set list[KEPT];
        double floor = floor_at[k].share * (floor_at[k].of_last ? points->range->y_last : least);
        at_floor(&all, floor, weight, target);
        multiply(&all, weight, target, m > 1);
        int n_list = best_sets(&all, m, &how, list);
        for (int s = 0; s < n_list && s < how.tried; s++) {
            candidate one = {list[s], law_at_floor(&all, floor, weight, target, &list[s], m)};
            refine(&all, &list[s], m, how.rounds, &one.own);
            count = keep_candidate(&all, found, count, most, m, &one);
        }
    }
    for (size_t k = 0; k < count; k++) parameters(&all, &found[k].breaks, m, &found[k].own, start + k * p);
    return count;
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
        {"d" #K, "x", "scale of break " #K, 0, INFINITY, CC_LOG_INTERVAL | CC_BREAK, 0, 1},                            \
        {"f" #K, "1", "width of break " #K " in ln x: small is sharp", 0.002, 10, CC_LOG_INTERVAL, 0, 0}
#define AFTER(K) {"exponent_" #K, "1", "exponent after break " #K, -1}

static const cc_param broken_1_params[] = {FIRST, BREAK(1)}, broken_2_params[] = {FIRST, BREAK(1), BREAK(2)},
                      broken_3_params[] = {FIRST, BREAK(1), BREAK(2), BREAK(3)};
static const cc_derived broken_derived[] = {AFTER(1), AFTER(2), AFTER(3)};
static const double broken_1_example[] = {0.2, 6, 0.08, 0.7, 1e4, 0.4},
                    broken_2_example[] = {0.02, 6, 0.05, 0.4, 3e3, 0.3, 0.6, 1e6, 0.3},
                    broken_3_example[] = {0.002, 6, 0.1, 0.8, 1e3, 0.4, -0.6, 5e4, 0.4, 0.8, 3e6, 0.4};

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
        .flags = CC_POSITIVE_X | CC_WIDENS,                                                                            \
        .values = CC_EACH_WIDTH(broken_##M##_values),                                                                  \
        .features = cc_log_features,                                                                                   \
        .starts = broken_starts,                                                                                       \
        .alike = {3, 3, 1},                                                                                            \
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
