// SPDX-License-Identifier: GPL-3.0-or-later
/* broken_starts.c - where walks to a broken law may begin.
 *
 * Of ln y, seen from near a law, the floor a, ln b, c_0 and the c_i are linear: every set of breaks out of a list of places and
 * sharpnesses is one small least-squares problem, all from the same products of columns. That is looked at twice: from what the points
 * themselves say of the law, and from the best law that was found so. Beside the smooth breaks there is a sharp one between any two
 * points, as noise is often followed best by a kink.
 */
#ifdef CC_WIDTH

CC_INLINE double CC_W(v_sum)(V of)
{
    double lane[CC_WIDTH], sum;
    CC_W(v_store)(lane, of);
    sum = lane[0];
    for (int i = 1; i < CC_WIDTH; i++) sum += lane[i];
    return sum;
}

/* Products of one column of n numbers with each of four, all of which are 0 from there to a multiple of the width. */
CC_INLINE void CC_W(dots)(const double *one, const double (*other)[POINTS], size_t n, double *sum)
{
    V total[PAIRED];
    for (int k = 0; k < PAIRED; k++) total[k] = CC_W(v_all)(0.0);
    for (size_t i = 0; i < n; i += CC_WIDTH)
        for (int k = 0; k < PAIRED; k++) total[k] = total[k] + CC_W(v_load)(one + i) * CC_W(v_load)(other[k] + i);
    for (int k = 0; k < PAIRED; k++) sum[k] = CC_W(v_sum)(total[k]);
}

/* What is seen of ln y from a law: see `view`. Of logarithms of the part above the floor, ln y and roots of weights, (n); returns what the
 * law leaves. */
CC_INLINE double CC_W(look)(const double *log_t, const double *log_y, const double *root, size_t n, double floor,
                            double *by_law, double *by_floor, double *target)
{
    V left = CC_W(v_all)(0.0);
    for (size_t i = 0; i < n; i += CC_WIDTH) {
        V own = CC_W(v_load)(log_t + i), t = CC_W(v_exp)(own), f = floor + t, w = CC_W(v_load)(root + i);
        V rest = w * (CC_W(v_load)(log_y + i) - CC_W(v_log)(f)), of_floor = w / f, of_law = of_floor * t;
        CC_W(v_store)(by_law + i, of_law);
        CC_W(v_store)(by_floor + i, of_floor);
        CC_W(v_store)(target + i, rest + of_law * own + of_floor * floor);
        left = left + rest * rest;
    }
    return CC_W(v_sum)(left);
}

/* The normal equations of ln y in all that a law of m breaks has, and what it leaves. */
CC_INLINE double CC_W(equations)(const double *x, const double *log_y, const double *root, size_t n, const law *at,
                                 int m, double (*a)[UNKNOWNS], double *b)
{
    V zero = CC_W(v_all)(0.0), left = zero, sum[UNKNOWNS][UNKNOWNS], right[UNKNOWNS], g[UNKNOWNS];
    int p = 3 + 3 * m;
    for (int j = 0; j < p; j++) {
        right[j] = zero;
        for (int k = 0; k <= j; k++) sum[j][k] = zero;
    }
    for (size_t i = 0; i < n; i += CC_WIDTH) {
        V along[MOST_BREAKS], bend[MOST_BREAKS], share[MOST_BREAKS], here = CC_W(v_load)(x + i);
        V log_t = at->level - at->exponent * here, w = CC_W(v_load)(root + i);
        for (int k = 0; k < m; k++) {
            along[k] = (here - at->place[k]) * (1 / at->width[k]);
            V small = CC_W(v_exp)(-CC_W(v_abs)(along[k])), below = 1.0 / (1.0 + small);
            bend[k] = at->width[k] * (CC_W(v_max)(along[k], zero) + CC_W(v_log)(1.0 + small));
            share[k] = CC_W(v_select)(V_LT(along[k], zero), small * below, below);
            log_t = log_t - at->slope[k] * bend[k];
        }
        V t = CC_W(v_exp)(log_t), f = at->floor + t, rest = w * (CC_W(v_load)(log_y + i) - CC_W(v_log)(f));
        g[0] = w / f;
        g[1] = g[0] * t;
        g[2] = -g[1] * here;
        for (int k = 0; k < m; k++) {
            g[3 + 3 * k] = -g[1] * bend[k];
            g[4 + 3 * k] = at->slope[k] * g[1] * share[k];
            g[5 + 3 * k] = at->slope[k] * (at->width[k] * g[1] * along[k] * share[k] + g[3 + 3 * k]);
        }
        for (int j = 0; j < p; j++) {
            right[j] = right[j] + g[j] * rest;
            for (int k = 0; k <= j; k++) sum[j][k] = sum[j][k] + g[j] * g[k];
        }
        left = left + rest * rest;
    }
    for (int j = 0; j < p; j++) {
        b[j] = CC_W(v_sum)(right[j]);
        for (int k = 0; k <= j; k++) a[j][k] = CC_W(v_sum)(sum[j][k]);
    }
    return CC_W(v_sum)(left);
}

#define EQUATIONS(M)                                                                                                   \
    CC_INLINE double CC_W(equations_##M)(const double *x, const double *log_y, const double *root, size_t n,           \
                                         const law *at, double (*a)[UNKNOWNS], double *b)                              \
    {                                                                                                                  \
        return CC_W(equations)(x, log_y, root, n, at, M, a, b);                                                        \
    }
EQUATIONS(1)
EQUATIONS(2)
EQUATIONS(3)
#undef EQUATIONS

#else

#include <math.h>
#include <string.h>

#include "curves/broken.h"

enum { MOST_BREAKS = CC_MOST_JOINED, UNKNOWNS = 3 + 3 * MOST_BREAKS, POINTS = 48, PAIRED = 4 };

/* A law as its starts are found: its floor, and of the part above that the logarithm at the middle of ln x, the exponent there, and of each
 * break what it adds to that, its place from the middle, and its width. `left`: what it leaves of ln y. */
typedef struct law {
    double floor, level, exponent, slope[MOST_BREAKS], place[MOST_BREAKS], width[MOST_BREAKS], left;
} law;
#define CC_WIDTH_FILE "curves/broken_starts.c"
#include "curves/families.h"
#include "widths.h"

enum { COLUMNS = 120, WIDTHS = 5, FLOORS = 4, KEPT = 24, RIVALS = 72 };

/* How much is done: first, and where what that led to looks doubtful. */
typedef struct effort {
    int places[WIDTHS]; /* of breaks of each width; below 0: between every so many points */
    int first;          /* the width of a first look */
    int kept;           /* sets of one size */
    int tried, rounds;  /* sets of which all parameters but the breaks are found, and rounds for that */
    double rival;       /* what is left by a set that is worth it, against the best */
    double apart;       /* the least share of a column that others must leave */
    int polished;       /* rounds in which the best law is led down */
} effort;
static const effort first_effort[MOST_BREAKS] = {{{-1, -1, 8, 0, 4}, 2, 6, 4, 1, 1.5, 1e-3, 3},
                                                 {{-2, 12, 10, 8, 0}, 1, 12, 8, 1, 1.5, 1e-3, 3},
                                                 {{-2, 14, 10, 0, 0}, 1, 12, 8, 1, 1.5, 1e-3, 3}},
                    wide_effort[MOST_BREAKS] = {{{-1, 16, 12, 8, 6}, 2, 16, 8, 2, 4, 1e-10, 0},
                                                {{-1, -2, 14, 12, 5}, 2, 24, 24, 2, 2, 1e-10, 0},
                                                {{-1, 16, 14, 12, 5}, 1, 24, 24, 2, 4, 1e-10, 0}};
/* A start that leaves so many times what the best does is not worth a walk. */
static const double RIVAL = 1.2;
/* Of the first step in all that a law has. */
static const double FIRST_DAMPING = 1e-2;

/* The floor to begin with, as a share of the least smoothed y or of the mean of the last third; the width of a break as a share of the
 * length of ln x. */
static const struct {
    double share;
    bool of_last;
} floor_at[FLOORS] = {{0.95, false}, {0.6, false}, {0, false}, {0.95, true}};
static const double width_share[WIDTHS] = {0.005, 0.025, 0.06, 0.1, 0.25};

/* Of the distance of its neighbours: the width of a break that neither of them feels. */
static const double SHARP = 0.05;

typedef struct columns {
    size_t n, count; /* points, columns */
    /* ln x from its middle; ln y and its mean with the neighbours'; weights of ln y and their roots; beyond n all is 0 */
    double x[POINTS], log_y[POINTS], smooth[POINTS], w[POINTS], root[POINTS], x_middle;
    int class[COLUMNS];                                   /* of widths */
    double place[COLUMNS], width[COLUMNS], near[COLUMNS]; /* near: places that are no further apart are neighbours */
    double softplus[COLUMNS][POINTS];                     /* about f ln(1 + (x/d)^(1/f)) */
    /* with what the law has without breaks taken out, seen from one law */
    double product[COLUMNS][COLUMNS], target[COLUMNS], left;
    double apart; /* the least share of a column that others must leave */
} columns;

typedef struct set {
    int column[MOST_BREAKS];
    double left;
} set;

/* ln y seen from near a law: sqrt(w) ln y is about `target`, less the sum of the rest times 1, ln x and the softplus of each break, times
 * `root`, and the floor times `floor`. */
typedef struct view {
    double root[POINTS], floor[POINTS], target[POINTS];
    bool floor_open;
    double at; /* the floor, where it is held */
} view;

static void take_points(const cc_curve *self, const cc_points *points, columns *out)
{
    size_t which[POINTS], n = cc_thin(self, points, POINTS, which);
    out->n = n;
    out->x_middle = 0.5 * (points->range->low[0] + points->range->high[0]);
    for (size_t i = 0; i < n; i++) {
        double y = points->y[which[i]];
        out->x[i] = points->z[which[i]] - out->x_middle;
        out->w[i] = y > 0 ? points->w[which[i]] * y * y : 0;
        out->root[i] = sqrt(out->w[i]);
        out->log_y[i] = y > 0 ? log(y) : 0;
    }
    for (size_t i = n; i < POINTS; i++) out->x[i] = out->log_y[i] = out->w[i] = out->root[i] = 0;
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
    for (size_t i = out->n; i < POINTS; i++) column[i] = 0;
    out->class[out->count] = class;
    out->place[out->count] = place;
    out->width[out->count] = width;
    out->near[out->count++] = 1.01 * apart;
}

/* Returns how many of the columns are for a first look: those of one width. */
static size_t add_columns(const effort *how, double span, columns *out)
{
    size_t first = 0;
    out->count = 0;
    for (int k = 0; k < WIDTHS; k++) {
        int s = k == 0 ? how->first : k <= how->first ? k - 1 : k, places = how->places[s], every = -places;
        double width = width_share[s] * span, apart = 0.92 * span / (places - 1);
        for (int at = 0; at < places; at++) add_column(out, s, -0.46 * span + apart * at, width, apart);
        /* between the first two and the last two points a break is as good as none */
        for (size_t i = 2; every > 0 && i + 1 < out->n; i += (size_t)every) {
            double gap = out->x[i] - out->x[i - 1];
            if (gap > 0) add_column(out, s, out->x[i] - 0.5 * gap, s > 0 ? width : SHARP * gap, every * gap);
        }
        if (k == 0) first = out->count;
    }
    return first;
}

/* From the smoothed y, which scatter puts below a floor less often. */
static void look_from_points(const columns *from, double floor, view *out)
{
    for (size_t i = 0; i < from->n; i++) {
        double level = exp(from->smooth[i]), above = fmax(level - floor, 0.05 * level), root = from->root[i];
        out->root[i] = root * (above / level);
        out->floor[i] = root / level;
        out->target[i] = out->root[i] * log(above) + root * (from->log_y[i] - from->smooth[i]);
    }
    out->floor_open = false;
    out->at = floor;
}

/* In eight sums side by side, none of which waits for another; beyond n both columns are 0. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[8] = {0};
    for (size_t i = 0; i < n; i += 8)
        for (int k = 0; k < 8; k++) sum[k] += a[i + (size_t)k] * b[i + (size_t)k];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* What two columns have in common through the base. */
static double explained(const double *one, const double *other)
{
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}

/* Products of the columns in a view, with what the law has without breaks taken out; of two of them only where a set may hold both. */
static void multiply(columns *all, const view *from, bool pairs)
{
    size_t n = all->n, count = all->count, n_base = from->floor_open ? 3 : 2;
    double own[COLUMNS + PAIRED][POINTS], base[4][POINTS] = {{0}}, share[COLUMNS + PAIRED][4], sum[PAIRED];
    for (size_t i = 0; i < n; i++) {
        base[0][i] = from->root[i];
        base[1][i] = from->root[i] * all->x[i];
        base[2][i] = from->floor_open ? from->floor[i] : 0;
        base[3][i] = from->target[i];
    }
    /* what the first ones explain taken out of each, of unit length but for the last, the target */
    for (size_t k = 0; k < 4; k++) {
        double before = dot(base[k], base[k], n);
        for (size_t j = 0; j < k; j++) {
            double part = dot(base[j], base[k], n);
            for (size_t i = 0; i < n; i++) base[k][i] -= part * base[j][i];
        }
        double after = dot(base[k], base[k], n);
        all->left = after;
        double unit = k == 3 ? 1 : k < n_base && after > 1e-10 * before ? 1 / sqrt(after) : 0;
        for (size_t i = 0; i < n; i++) base[k][i] *= unit;
    }
    for (size_t c = 0; c < count + PAIRED; c++) {
        bool real = c < count;
        for (size_t i = 0; i < n; i++) own[c][i] = real ? from->root[i] * all->softplus[c][i] : 0;
        for (size_t i = n; i < POINTS; i++) own[c][i] = 0;
        if (!real) continue;
        dots_w2(own[c], (const double (*)[POINTS])base, n, share[c]);
        all->target[c] = share[c][3];
        all->product[c][c] = dot(own[c], own[c], n) - explained(share[c], share[c]);
    }
    for (size_t c = 0; c < count && pairs; c++)
        for (size_t d = 0; d < c; d += PAIRED) {
            dots_w2(own[c], (const double (*)[POINTS])own + d, n, sum);
            for (size_t k = d; k < c && k < d + PAIRED; k++)
                all->product[c][k] = all->product[k][c] = sum[k - d] - explained(share[c], share[k]);
        }
}

/* What a set of columns leaves, by Cholesky; infinite where they are not to be told apart. */
static double left_by(const columns *all, const int *column, size_t m)
{
    double l[MOST_BREAKS][MOST_BREAKS], z[MOST_BREAKS], left = all->left;
    for (size_t a = 0; a < m; a++) {
        double rest = all->target[column[a]];
        for (size_t b = 0; b <= a; b++) {
            double sum = all->product[column[a]][column[b]];
            for (size_t c = 0; c < b; c++) sum -= l[a][c] * l[b][c];
            if (a == b) {
                if (!(sum > all->apart * all->product[column[a]][column[a]])) return INFINITY;
                l[a][a] = sqrt(sum);
            } else {
                l[a][b] = sum / l[b][b];
                rest -= l[a][b] * z[b];
            }
        }
        z[a] = rest / l[a][a];
        left -= z[a] * z[a];
    }
    return left;
}

/* Whether the breaks of two sets are of the same widths, and at places next to each other. */
static bool is_near(const columns *all, const set *one, const set *other, size_t m)
{
    for (size_t k = 0; k < m; k++) {
        int a = one->column[k], b = other->column[k];
        if (all->class[a] != all->class[b] || !(fabs(all->place[a] - all->place[b]) <= all->near[a])) return false;
    }
    return true;
}

/* Puts a set of m columns among the best, best first; of neighbours the better one. */
static int keep_set(const columns *all, set *list, int count, int most, size_t m, const set *one)
{
    if (!(one->left < INFINITY) || (count == most && one->left >= list[most - 1].left)) return count;
    for (int k = 0; k < count; k++) {
        if (!is_near(all, &list[k], one, m)) continue;
        if (list[k].left <= one->left) return count;
        memmove(list + k, list + k + 1, (size_t)(count - k - 1) * sizeof *list);
        count--;
        k--;
    }
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

/* The best sets of one column, or of two out of all, best first. */
static int smallest_sets(const columns *all, size_t m, int most, set *list)
{
    int count = 0, n = (int)all->count;
    for (int c = 0; c < n && m == 1; c++) {
        set one = {{c, -1, -1}, left_by(all, &c, 1)};
        count = keep_set(all, list, count, most, 1, &one);
    }
    for (int c = 0; c < n && m > 1; c++) {
        double own = all->product[c][c], to_own = all->target[c] / own;
        if (!(own > 0)) continue;
        for (int d = 0; d < c; d++) {
            double across = all->product[c][d], other = all->product[d][d], rest = other - across * across / own;
            double to_rest = all->target[d] - across * to_own;
            set one = {{d, c, -1}, all->left - all->target[c] * to_own - to_rest * to_rest / rest};
            if (rest > all->apart * other) count = keep_set(all, list, count, most, 2, &one);
        }
    }
    return count;
}

/* The best sets of m columns, best first: of three, those of two with every other. */
static int best_sets(const columns *all, size_t m, int most, set *list)
{
    set pairs[KEPT], one;
    if (m < 3) return smallest_sets(all, m, most, list);
    int n_pairs = smallest_sets(all, 2, most < KEPT / 2 ? KEPT / 2 : most, pairs), count = 0;
    for (int s = 0; s < n_pairs; s++)
        for (int c = 0; c < (int)all->count; c++) {
            if (!put(&pairs[s], 2, c, &one)) continue;
            one.left = left_by(all, one.column, 3);
            count = keep_set(all, list, count, most, 3, &one);
        }
    return count;
}

/* Adds one row to normal equations. */
static void add_row(const double *g, double rest, size_t count, double (*a)[UNKNOWNS], double *b)
{
    for (size_t j = 0; j < count; j++) {
        b[j] += g[j] * rest;
        for (size_t k = 0; k <= j; k++) a[j][k] += g[j] * g[k];
    }
}

static void clear(size_t count, double (*a)[UNKNOWNS], double *b)
{
    for (size_t j = 0; j < count; j++) {
        b[j] = 0;
        for (size_t k = 0; k <= j; k++) a[j][k] = 0;
    }
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

/* The law of a set in a view; false where there is none. */
static bool law_in_view(const columns *all, const view *from, const set *one, size_t m, law *out)
{
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS], step[UNKNOWNS] = {0};
    clear(3 + m, a, b);
    for (size_t i = 0; i < all->n; i++) {
        double root = from->root[i], g[UNKNOWNS] = {from->floor[i], root, -root * all->x[i]};
        for (size_t k = 0; k < m; k++) g[3 + k] = -root * all->softplus[one->column[k]][i];
        add_row(g, from->target[i], 3 + m, a, b);
    }
    if (!from->floor_open || !solve_step(a, b, 0, 3 + m, step) || !(step[0] >= 0)) {
        step[0] = from->at;
        if (!solve_step(a, b, 1, 3 + m, step)) return false;
    }
    *out = (law){.floor = step[0], .level = step[1], .exponent = step[2], .left = INFINITY};
    for (size_t k = 0; k < m; k++) {
        out->slope[k] = step[3 + k];
        out->place[k] = all->place[one->column[k]];
        out->width[k] = all->width[one->column[k]];
    }
    return true;
}

/* What is seen from a law; returns what it leaves of ln y. */
static double look_from_law(const columns *all, const set *one, size_t m, const law *at, view *out)
{
    double log_t[POINTS];
    for (size_t i = 0; i < all->n; i++) log_t[i] = at->level - at->exponent * all->x[i];
    for (size_t k = 0; k < m; k++) {
        const double *softplus = all->softplus[one->column[k]];
        for (size_t i = 0; i < all->n; i++) log_t[i] -= at->slope[k] * softplus[i];
    }
    for (size_t i = all->n; i < POINTS; i++) log_t[i] = 0;
    out->floor_open = at->floor > 0;
    out->at = 0;
    return look_w2(log_t, all->log_y, all->root, all->n, at->floor, out->root, out->floor, out->target);
}

/* Gauss-Newton rounds in all but the breaks, while they help; what is seen from the end of them. */
static void refine(const columns *all, const set *one, size_t m, int rounds, law *best, view *seen)
{
    law at = *best;
    best->left = INFINITY;
    for (int round = 0;; round++) {
        view here;
        at.left = look_from_law(all, one, m, &at, &here);
        if (!(at.left < best->left)) return;
        *best = at;
        *seen = here;
        here.floor_open = true; /* again, where it was 0 */
        if (round == rounds || !law_in_view(all, &here, one, m, &at)) return;
    }
}

/* The normal equations of ln y in all that a law has, breaks and their widths included, and what it leaves. */
static double whole_equations(const columns *all, size_t m, const law *at, double (*a)[UNKNOWNS], double *b)
{
    if (m == 1) return equations_1_w2(all->x, all->log_y, all->root, all->n, at, a, b);
    if (m == 2) return equations_2_w2(all->x, all->log_y, all->root, all->n, at, a, b);
    return equations_3_w2(all->x, all->log_y, all->root, all->n, at, a, b);
}

/* A law after a step of all its unknowns, that of a width being one of its logarithm. */
static law moved(const columns *all, size_t m, const law *at, const double *step)
{
    law out = *at;
    double span = all->x[all->n - 1] - all->x[0];
    out.floor = fmax(at->floor + step[0], 0);
    out.level += step[1];
    out.exponent += step[2];
    for (size_t k = 0; k < m; k++) {
        const double *own = step + 3 + 3 * k;
        double far = fmax(at->width[k], 0.1 * fabs(span));
        out.slope[k] += own[0];
        out.place[k] += fmin(fmax(own[1], -far), far);
        out.width[k] *= exp(fmin(fmax(own[2], -1), 1));
    }
    return out;
}

/* Damped Gauss-Newton rounds in all that a law has. */
static void polish(const columns *all, size_t m, int rounds, law *best)
{
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS], step[UNKNOWNS], trial_a[UNKNOWNS][UNKNOWNS], trial_b[UNKNOWNS];
    double damping = FIRST_DAMPING;
    best->left = whole_equations(all, m, best, a, b);
    for (int round = 0; round < rounds; round++) {
        double damped[UNKNOWNS][UNKNOWNS];
        memcpy(damped, a, sizeof damped);
        for (size_t j = 0; j < 3 + 3 * m; j++) damped[j][j] = a[j][j] > 0 ? a[j][j] * (1 + damping) : 1;
        if (!solve_step(damped, b, 0, 3 + 3 * m, step)) return;
        law trial = moved(all, m, best, step);
        trial.left = whole_equations(all, m, &trial, trial_a, trial_b);
        bool better = trial.left < best->left;
        damping *= better ? 0.1 : 10;
        if (!better) continue;
        *best = trial;
        memcpy(a, trial_a, sizeof a);
        memcpy(b, trial_b, sizeof b);
    }
}

static void parameters(const columns *all, size_t m, const law *from, double *theta)
{
    theta[0] = from->floor;
    theta[1] = exp(from->level + from->exponent * all->x_middle);
    theta[2] = from->exponent;
    for (size_t k = 0; k < m; k++) {
        size_t before = 0; /* breaks are numbered by their places */
        for (size_t i = 0; i < m; i++) {
            double apart = from->place[i] - from->place[k];
            before += apart < 0 || (apart == 0 && i < k);
        }
        double *own = theta + 3 + 3 * before;
        own[0] = from->slope[k];
        own[1] = exp(from->place[k] + all->x_middle);
        own[2] = from->width[k];
    }
}

/* A start: the columns of its breaks, and the law. */
typedef struct candidate {
    set breaks;
    law own;
} candidate;

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

/* The best law of the first columns at a floor; false where there is none. */
static bool first_law(columns *all, size_t n_first, size_t m, double floor, candidate *out, view *from, view *seen)
{
    size_t count = all->count;
    set list[1];
    look_from_points(all, floor, from);
    all->count = n_first;
    multiply(all, from, m > 1);
    bool good = best_sets(all, m, 1, list) > 0 && law_in_view(all, from, &list[0], m, &out->own);
    all->count = count;
    if (!good) return false;
    out->breaks = list[0];
    out->own.left = look_from_law(all, &out->breaks, m, &out->own, seen);
    return out->own.left < INFINITY;
}

/* The sets that look best from a law, each with the law that it makes. The first is led down, which shows what is left at the end; where
 * that is asked for, those that leave much more are no starts. */
static size_t look_again(columns *all, const view *from, size_t m, const effort *how, candidate *found, size_t count,
                         size_t most)
{
    set list[KEPT];
    view seen;
    double limit = INFINITY;
    multiply(all, from, m > 1);
    int n_list = best_sets(all, m, how->kept, list);
    for (int s = 0; s < n_list && s < how->tried && list[s].left <= how->rival * list[0].left; s++) {
        candidate one = {.breaks = list[s]};
        if (list[s].left > limit) break;
        if (!law_in_view(all, from, &list[s], m, &one.own)) continue;
        refine(all, &list[s], m, how->rounds, &one.own, &seen);
        count = keep_candidate(all, found, count, most, m, &one);
        if (s > 0 || count == 0 || how->polished == 0) continue;
        polish(all, m, how->polished, &found[0].own);
        limit = RIVAL * found[0].own.left;
    }
    while (count > 1 && found[count - 1].own.left > limit) count--;
    return count;
}

size_t cc_broken_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    columns all;
    candidate found[RIVALS], best;
    view from, seen;
    double least = INFINITY;
    size_t m = cc_breaks_of(self), p = self->p, count = 0;
    const effort *how = points->wide ? &wide_effort[m - 1] : &first_effort[m - 1];
    if (most > RIVALS) most = RIVALS;
    take_points(self, points, &all);
    if (all.n < 2) return 0;
    all.apart = how->apart;
    size_t n_first = add_columns(how, points->range->high[0] - points->range->low[0], &all);
    for (size_t i = 0; i < all.n; i++) least = fmin(least, exp(all.smooth[i]));
    best.own.left = INFINITY;
    for (int k = 0; k < FLOORS; k++) {
        candidate one;
        double floor = floor_at[k].share * (floor_at[k].of_last ? points->range->y_last : least);
        if (!first_law(&all, n_first, m, floor, &one, &from, &seen)) continue;
        if (one.own.left < best.own.left) best = one;
        if (!points->wide) continue;
        count = look_again(&all, &from, m, how, found, count, most);
        refine(&all, &one.breaks, m, how->rounds, &one.own, &seen);
        count = keep_candidate(&all, found, count, most, m, &one);
        count = look_again(&all, &seen, m, how, found, count, most);
    }
    if (!points->wide && best.own.left < INFINITY) {
        refine(&all, &best.breaks, m, how->rounds, &best.own, &seen);
        count = keep_candidate(&all, found, count, most, m, &best);
        count = look_again(&all, &seen, m, how, found, count, most);
    }
    for (size_t k = 0; k < count; k++) parameters(&all, m, &found[k].own, start + k * p);
    return count;
}

#endif
