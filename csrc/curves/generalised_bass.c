// SPDX-License-Identifier: GPL-3.0-or-later
/* generalised_bass.c - adoptions by period with one or two regressors, price and advertising, that hasten or delay them.
 *
 * The Bass share F is taken at a mapped time. With z_k the regressors,
 *     X(t) = t - launch + sum_k effect_k ln(z_k(t) / z_k(launch)),  y(t) = ceiling (F(X(t)) - F(X(t - period))).
 * Between rows ln z_k runs straight, so X a period earlier is known from the slope since the row before in time. Whatever row
 * lies a period earlier, that is exact; where a row is missing, it is interpolated.
 */
#ifdef CC_WIDTH

#include "curves/bass.h"
#include "curves/kernel.h"

/* x: time, logarithms of the regressors, their slopes. theta: ceiling, p, q, effects, launch, period, regressors at launch. */
CC_INLINE void CC_W(generalised_bass)(int count, const V *x, const V *theta, V *f, V *g)
{
    const V *effect = theta + 3, launch = theta[3 + count], period = theta[4 + count], *start = theta + 5 + count;
    V zero = CC_W(v_all)(0.0), since = x[0] - launch, to = since, pace = CC_W(v_all)(1.0), moved[MOST];
    for (int k = 0; k < count; k++) {
        moved[k] = x[1 + k] - CC_W(v_log)(start[k]);
        to = to + effect[k] * moved[k];
        pace = pace + effect[k] * x[1 + count + k];
    }
    V from = to - period * pace, by_p, by_q, by_from, by_to;
    to = CC_W(v_select)(V_LE(since, zero), to - to, to); /* 0, but NaN where a regressor is none */
    from = CC_W(v_select)(V_LE(since - period, zero), zero, from);
    V share = CC_W(bass_rise)(theta[1], theta[2], from, to, &by_p, &by_q, &by_from, &by_to), both = by_from + by_to;
    *f = theta[0] * share;
    g[0] = share;
    g[1] = theta[0] * by_p;
    g[2] = theta[0] * by_q;
    for (int k = 0; k < count; k++) {
        g[3 + k] = theta[0] * (both * moved[k] - by_from * period * x[1 + count + k]);
        g[5 + count + k] = -theta[0] * both * (effect[k] * (1.0 / start[k]));
    }
    g[3 + count] = -theta[0] * both;
    g[4 + count] = -theta[0] * by_from * pace;
}

#define GENERALISED_BASS(K)                                                                                            \
    CC_INLINE void CC_W(generalised_bass_##K##_kernel)(const V *x, const V *theta, V *f, V *g)                         \
    {                                                                                                                  \
        CC_W(generalised_bass)(K, x, theta, f, g);                                                                     \
    }                                                                                                                  \
    CC_VALUES(generalised_bass_##K, 5 + 2 * K, 1 + 2 * K, 5 + 2 * K)
GENERALISED_BASS(1)
GENERALISED_BASS(2)

/* Ceilings, and objectives but for what no node changes: minus b^2/a, with f at a ceiling of 1, a the sum of w f^2 and b that of w y f.
 * With E = exp(-(p + q) X) effects are factors of E, so few exponentials serve many nodes; p enters as q/p. */
CC_INLINE void CC_W(try_nodes)(const sample *own, const nodes *at, int delays, int effects, double *left,
                               double *ceiling)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    int of_effects = own->count > 1 ? effects * effects : effects;
    for (int from = 0; from < at->paces; from += CC_WIDTH) {
        V pace = CC_W(v_load)(at->pace + from), ratio[MOST_DELAYS], a[MOST_EFFECTS * MOST_EFFECTS * MOST_DELAYS],
          b[MOST_EFFECTS * MOST_EFFECTS * MOST_DELAYS];
        for (int k = 0; k < of_effects * delays; k++) a[k] = b[k] = zero;
        for (int d = 0; d < delays; d++) ratio[d] = CC_W(v_exp)(CC_W(v_load)(at->lag[d] + from));
        for (int i = 0; i < own->n; i++) {
            V ends = CC_W(v_exp)(-pace * own->since[i]), begins = CC_W(v_exp)(-pace * (own->since[i] - own->period));
            /* of an effect on E at the end of the period and at its beginning */
            V by_end[MOST][MOST_EFFECTS], by_begin[MOST][MOST_EFFECTS];
            for (int k = 0; k < MOST; k++)
                for (int e = 0; e < effects; e++) {
                    by_end[k][e] = by_begin[k][e] = one;
                    if (k >= own->count || at->effect[k][e] == 0) continue;
                    double moved = at->effect[k][e] * own->moved[k][i], slope = at->effect[k][e] * own->slope[k][i];
                    by_end[k][e] = CC_W(v_exp)(-pace * moved);
                    by_begin[k][e] = CC_W(v_exp)(-pace * (moved - own->period * slope));
                }
            for (int k = 0; k < of_effects; k++) {
                V e1 = ends * by_end[0][k % effects] * by_end[1][k / effects];
                V e0 = begins * by_begin[0][k % effects] * by_begin[1][k / effects];
                e1 = own->since[i] > 0 ? CC_W(v_min)(e1, one) : one;
                e0 = own->since[i] > own->period ? CC_W(v_min)(e0, one) : one;
                for (int d = 0; d < delays; d++) {
                    V f = (1.0 + ratio[d]) * (e0 - e1) / ((1.0 + ratio[d] * e0) * (1.0 + ratio[d] * e1));
                    V wf = own->w[i] * f;
                    a[k * delays + d] = a[k * delays + d] + wf * f;
                    b[k * delays + d] = b[k * delays + d] + wf * own->y[i];
                }
            }
        }
        for (int k = 0; k < of_effects * delays; k++) {
            int to = k * at->paces + from;
            V best = CC_W(v_select)(V_LT(zero, a[k]) & V_LT(zero, b[k]), b[k] / a[k], zero);
            CC_W(v_store)(left + to, -best * b[k]);
            CC_W(v_store)(ceiling + to, best);
        }
    }
}

/* The few nodes of most series are known to the compiler. */
static void CC_W(try_all)(const sample *own, const nodes *at, double *left, double *ceiling)
{
    if (at->delays == FEW && at->effects == FEW)
        CC_W(try_nodes)(own, at, FEW, FEW, left, ceiling);
    else
        CC_W(try_nodes)(own, at, at->delays, at->effects, left, ceiling);
}

#else

#include <math.h>
#include <stdlib.h>

#include "fit/internal.h"

enum { MOST = 2 };

/* Nodes of p + q, of the time to the peak and of each effect, at the most and of most series; points on which they are tried. */
enum { MOST_PACES = 8, MOST_DELAYS = 10, MOST_EFFECTS = 7, FEW = 3, SAMPLE = 40, SMALL_SAMPLE = 12 };
enum { MOST_NODES = MOST_PACES * MOST_DELAYS * MOST_EFFECTS * MOST_EFFECTS };

/* Some points: time since the launch, logarithms of the regressors since then and their slopes. */
typedef struct sample {
    int n, count;
    double since[SAMPLE], y[SAMPLE], w[SAMPLE], moved[MOST][SAMPLE], slope[MOST][SAMPLE], period;
} sample;

/* p + q, the logarithm of q/p at each time to the peak, and effects. */
typedef struct nodes {
    int paces, delays, effects;
    double pace[MOST_PACES], lag[MOST_DELAYS][MOST_PACES], effect[MOST][MOST_EFFECTS];
} nodes;

#define CC_WIDTH_FILE "curves/generalised_bass.c"
#include "curves/families.h"
#include "widths.h"

static const char *const regressors[] = {"time", "price", "advertising"};

typedef struct row {
    double time, level[MOST]; /* of the logarithms */
    size_t at;
} row;

/* By time; rows of the same time by their regressors, so that it does not matter in which order they came. */
static int earlier(const void *a, const void *b)
{
    const row *left = a, *right = b;
    if (left->time != right->time) return left->time < right->time ? -1 : 1;
    for (int k = 0; k < MOST; k++)
        if (left->level[k] != right->level[k]) return left->level[k] < right->level[k] ? -1 : 1;
    return 0;
}

/* Time, logarithms, and the slope of each since the row before in time; before the first row nothing is taken to have changed. */
static void walk_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)theta;
    (void)dz;
    size_t count = self->r - 1, m = 0;
    row *rows = malloc(n * sizeof *rows + 1);
    for (size_t i = 0; i < n; i++) {
        row own = {.time = x[i], .at = i};
        bool whole = isfinite(x[i]);
        for (size_t k = 0; k < count; k++) {
            double value = x[(1 + k) * n + i];
            own.level[k] = value > 0 ? log(value) : NAN;
            whole = whole && isfinite(own.level[k]);
        }
        z[i] = x[i];
        for (size_t k = 0; k < count; k++) {
            z[(1 + k) * n + i] = rows ? own.level[k] : NAN;
            z[(1 + count + k) * n + i] = NAN;
        }
        if (rows && whole) rows[m++] = own;
    }
    if (!rows) return;
    bool ordered = true;
    for (size_t a = 1; a < m; a++) ordered = ordered && rows[a - 1].time < rows[a].time;
    if (!ordered) qsort(rows, m, sizeof *rows, earlier);
    for (size_t a = 0, before = 0; a < m; a++) {
        /* of the rows of one time all have the same row before them */
        if (a > 0 && rows[a].time > rows[a - 1].time) before = a;
        for (size_t k = 0; k < count; k++) {
            double slope = 0;
            if (before > 0)
                slope = (rows[a].level[k] - rows[before - 1].level[k]) / (rows[a].time - rows[before - 1].time);
            z[(1 + count + k) * n + rows[a].at] = slope;
        }
    }
    free(rows);
}

#define COMMON                                                                                                         \
    {                                                                                                                  \
        "ceiling", "y",      "adopters in the end: the market potential",                                              \
        0,         INFINITY, CC_LINEAR_LEVEL | CC_FACTOR | CC_CEILING,                                                 \
        1,         0},                                                                                                 \
        {"innovation", "1/x", "coefficient of innovation, p", 0, INFINITY, CC_LOG_INTERVAL, 0, -1},                    \
        {"imitation", "1/x", "coefficient of imitation, q", 0, INFINITY, 0, 0, -1}
#define EFFECT(NAME)                                                                                                   \
    {#NAME "_effect",                                                                                                  \
     "x",                                                                                                              \
     "time gained when " #NAME " grows by the factor e; below 0: lost",                                                \
     -INFINITY,                                                                                                        \
     INFINITY,                                                                                                         \
     0,                                                                                                                \
     0,                                                                                                                \
     1}
#define HELD_TIMES                                                                                                      \
    {"launch",  "x",      "time of launch; one period before the first point unless given",                             \
     -INFINITY, INFINITY, CC_FIXED_BY_DEFAULT,                                                                          \
     0,         1},                                                                                                     \
        {"period", "x",      "length of the period that ends at each point; the usual step of the points unless given", \
         0,        INFINITY, CC_FIXED_BY_DEFAULT,                                                                       \
         0,        1}
#define AT_LAUNCH(NAME)                                                                                                \
    {#NAME "_at_launch",                                                                                               \
     #NAME,                                                                                                            \
     #NAME " at the launch; that of the first point unless given",                                                     \
     0,                                                                                                                \
     INFINITY,                                                                                                         \
     CC_FIXED_BY_DEFAULT,                                                                                              \
     0,                                                                                                                \
     0}

static const cc_param params_1[] = {COMMON, EFFECT(price), HELD_TIMES, AT_LAUNCH(price)};
static const cc_param params_2[] = {COMMON,     EFFECT(price),    EFFECT(advertising),
                                    HELD_TIMES, AT_LAUNCH(price), AT_LAUNCH(advertising)};

/* p and q by the length of time; effects that lengthen or shorten it by up to a half. */
static void generalised_bass_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    static const double p[] = {0.01, 0.25}, q[] = {0.7, 3, 8, 18}, effect[] = {-0.4, 0, 0.4};
    size_t count = self->r - 1;
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 1, 1 / span, p, CC_COUNT(p));
    cc_grid_multiples(grid, 2, 1 / span, q, CC_COUNT(q));
    for (size_t k = 0; k < count; k++) {
        double width = range->high[1 + k] - range->low[1 + k];
        cc_grid_multiples(grid, (int)(3 + k), span / width, effect, CC_COUNT(effect));
        grid->count[5 + count + k] = 1;
        grid->node[5 + count + k][0] = exp((range->low[1 + k] + range->high[1 + k]) / 2);
    }
    grid->count[3 + count] = grid->count[4 + count] = 1;
    grid->node[3 + count][0] = range->low[0] - range->step;
    grid->node[4 + count][0] = range->step;
}

/* Up to `most` usable points, evenly among them; false where more than ceiling, p, q and effects is open, or something is told of these. */
static bool take_sample(const cc_curve *self, const cc_points *points, size_t most, sample *own)
{
    size_t n = points->n, count = self->r - 1, used = 0, seen = 0;
    double log_start[MOST];
    for (size_t j = 0; j < self->p; j++) {
        bool whole = points->lower[j] <= self->params[j].lower && points->higher[j] >= self->params[j].upper;
        if (!isnan(points->given[j]) || (j < 3 + count ? !whole : points->lower[j] < points->higher[j])) return false;
    }
    for (size_t k = 0; k < count; k++) log_start[k] = log(points->lower[5 + count + k]);
    for (size_t i = 0; i < n; i++) used += points->w[i] > 0;
    size_t wanted = used < most ? used : most, taken = 0;
    for (size_t i = 0; i < n && taken < wanted; i++) {
        if (!(points->w[i] > 0)) continue;
        if (seen++ != (wanted > 1 ? taken * (used - 1) / (wanted - 1) : 0)) continue;
        own->since[taken] = points->z[i] - points->lower[3 + count];
        for (size_t k = 0; k < count; k++) {
            own->moved[k][taken] = points->z[(1 + k) * n + i] - log_start[k];
            own->slope[k][taken] = points->z[(1 + count + k) * n + i];
        }
        own->y[taken] = points->y[i];
        own->w[taken++] = points->w[i];
    }
    own->n = (int)taken;
    own->count = (int)count;
    own->period = points->lower[4 + count];
    return taken > 0;
}

/* Nodes in units of the length of time: p + q, the time to the peak, and how much of it an effect is worth over its whole range. */
typedef struct plan {
    int paces, delays, effects;
    const double *pace, *delay, *effect;
} plan;

static void make_nodes(const cc_curve *self, const cc_range *range, const plan *from, nodes *out)
{
    double span = range->high[0] - range->low[0];
    out->paces = from->paces;
    out->delays = from->delays;
    out->effects = from->effects;
    for (int k = 0; k < from->paces; k++) {
        out->pace[k] = from->pace[k] / span;
        for (int d = 0; d < from->delays; d++) out->lag[d][k] = from->pace[k] * from->delay[d];
    }
    for (size_t k = 0; k + 1 < self->r; k++)
        for (int e = 0; e < from->effects; e++)
            out->effect[k][e] = from->effect[e] * span / (range->high[1 + k] - range->low[1 + k]);
}

/* Whether a node lies below its neighbours, those across a corner too; of equal ones the first counts. */
static bool is_lowest(const double *left, const int *count, int at)
{
    int place[4], rest = at;
    for (int k = 0; k < 4; rest /= count[k++]) place[k] = rest % count[k];
    for (int side = 0; side < 81; side++) {
        int beside = 0, stride = 1, code = side;
        bool inside = true;
        for (int k = 0; k < 4; k++, code /= 3) {
            int to = place[k] + code % 3 - 1;
            inside = inside && 0 <= to && to < count[k];
            beside += to * stride;
            stride *= count[k];
        }
        if (!inside || beside == at) continue;
        if (beside < at ? !(left[at] < left[beside]) : !(left[at] <= left[beside])) return false;
    }
    return true;
}

/* A node is worth a walk where it leaves less than this many times what the best one does. */
static const double RIVAL = 2;

/* Share of the scatter about the mean from which what the few nodes leave has to be told from noise by many. */
static const double NOISY = 0.4;

static size_t generalised_bass_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    static const double pace[] = {3, 7, 14, 40}, delay[] = {0.1, 0.35, 0.65}, effect[] = {-0.35, 0, 0.35};
    static const double more_paces[] = {3, 6, 12, 20, 30, 45, 65, 95},
                        more_delays[] = {0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95},
                        more_effects[] = {-0.75, -0.45, -0.2, 0, 0.15, 0.3, 0.5};
    static const plan few = {4, FEW, FEW, pace, delay, effect},
                      many = {MOST_PACES, MOST_DELAYS, MOST_EFFECTS, more_paces, more_delays, more_effects};
    static void (*const each_width[])(const sample *, const nodes *, double *, double *) = CC_EACH_WIDTH(try_all);
    double left[MOST_NODES], ceiling[MOST_NODES], value[CC_MAX_STARTS], theta[5 + 2 * MOST];
    double size = 0, least = 0;
    size_t count = self->r - 1, found = 0;
    sample own;
    nodes at;
    int counts[4], total = 0;
    for (int round = 0; round < 2; round++) {
        if (!take_sample(self, points, round ? SAMPLE : SMALL_SAMPLE, &own)) return 0;
        double weights = 0, sum = 0;
        size = least = 0;
        for (int i = 0; i < own.n; i++) {
            weights += own.w[i];
            sum += own.w[i] * own.y[i];
            size += own.w[i] * own.y[i] * own.y[i];
        }
        make_nodes(self, points->range, round ? &many : &few, &at);
        each_width[cc_width_best() / 2](&own, &at, left, ceiling);
        counts[0] = at.paces;
        counts[1] = at.delays;
        counts[2] = at.effects;
        counts[3] = count > 1 ? at.effects : 1;
        total = counts[0] * counts[1] * counts[2] * counts[3];
        for (int k = 0; k < total; k++) least = fmin(least, left[k]);
        if (size + least < NOISY * (size - sum * sum / weights)) break;
    }
    for (size_t j = 3 + count; j < self->p; j++) theta[j] = points->lower[j];
    for (int k = 0; k < total; k++) {
        if (!(size + left[k] <= RIVAL * (size + least)) || !is_lowest(left, counts, k)) continue;
        int of_pace = k % at.paces, of_delay = k / at.paces % at.delays, of_effect = k / (at.paces * at.delays);
        theta[0] = ceiling[k];
        theta[1] = at.pace[of_pace] / (1 + exp(at.lag[of_delay][of_pace]));
        theta[2] = at.pace[of_pace] - theta[1];
        theta[3] = at.effect[0][of_effect % at.effects];
        if (count > 1) theta[4] = at.effect[1][of_effect / at.effects];
        found = cc_keep_start(start, value, found, most, self->p, theta, left[k]);
    }
    return found;
}

/* The share of adopters until the last row. */
static double generalised_bass_seen(const cc_curve *self, const cc_points *points, const double *theta, size_t ceiling)
{
    (void)ceiling;
    size_t n = points->n, count = self->r - 1, last = n;
    for (size_t i = 0; i < n; i++)
        if (points->w[i] > 0 && (last == n || points->z[i] > points->z[last])) last = i;
    if (last == n) return 1;
    double unused[3], since = points->z[last] - theta[3 + count];
    for (size_t k = 0; k < count; k++)
        since += theta[3 + k] * (points->z[(1 + k) * n + last] - log(theta[5 + count + k]));
    return bass_share_w1(theta[1], theta[2], since, unused, unused + 1, unused + 2);
}

/* What the regressors were at the launch: in the last row until then, else in the first of all. */
static void generalised_bass_held(const cc_curve *self, const cc_points *points, double *theta)
{
    size_t n = points->n, count = self->r - 1, best = n;
    const double *z = points->z;
    double step = cc_usual_step(z, n), launch = points->range->low[0] - step;
    if (!(step > 0)) return;
    theta[3 + count] = launch;
    theta[4 + count] = step;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(z[(1 + count) * n + i])) continue;
        bool nearer = best == n || (z[best] > launch ? z[i] < z[best] : z[i] > z[best] && z[i] <= launch);
        if (nearer) best = i;
    }
    for (size_t k = 0; k < count && best < n; k++)
        theta[5 + count + k] = points->x ? points->x[(1 + k) * n + best] : exp(z[(1 + k) * n + best]);
}

/* Thirty years in which the price falls to a third, in bursts, and advertising comes and goes. */
static void generalised_bass_example_x(const cc_curve *self, size_t n, double *x)
{
    cc_example_time(self, n, x);
    for (size_t i = 0; i < n; i++) {
        double years = x[i] - 2000;
        x[n + i] = 30 * exp(-years / 25 + 0.25 * sin(years / 2));
        if (self->r > 2) x[2 * n + i] = 10 * exp(0.5 * sin(years / 1.3 + 1));
    }
}

static const double example_1[] = {80, 0.008, 0.32, -2, 1998, 1, 30};
static const double example_2[] = {80, 0.008, 0.32, -2, 0.8, 1998, 1, 30, 15.230813585346823};

#define CURVE(K, TITLE, TERMS, WHEN)                                                                                   \
    static const cc_curve generalised_bass_##K = {                                                                     \
        .name = "generalised_bass_" #K,                                                                                \
        .title = TITLE,                                                                                                \
        .formula = "ceiling * (F(X(time)) - F(X(time - period))), X(t) = t - launch + " TERMS ", F(s) = (1 - "         \
                   "exp(-(p+q)*s)) / (1 + (q/p)*exp(-(p+q)*s)), p innovation, q imitation",                            \
        .source = "Bass, F. M., Krishnan, T. V. and Jain, D. C. (1994), Why the Bass model fits without decision "     \
                  "variables, Marketing Science 13, 203-223",                                                          \
        .when = "First adoptions or sales of each period where " WHEN                                                  \
                " varied; a row for every period, sales NaN where unknown.",                                           \
        .when_not = "A regressor that changes at a steady rate: its effect cannot be told from a faster diffusion. "   \
                    "The peak of sales lies ahead.",                                                                   \
        .p = 5 + 2 * (K),                                                                                              \
        .params = params_##K,                                                                                          \
        .r = 1 + (K),                                                                                                  \
        .regressors = regressors,                                                                                      \
        .any_sign = 1,                                                                                                 \
        .n_features = 1 + 2 * (K),                                                                                     \
        .error_model = CC_ADDITIVE,                                                                                    \
        .flags = CC_POSITIVE_X | CC_LOOKS_BACK,                                                                        \
        .values = CC_EACH_WIDTH(generalised_bass_##K##_values),                                                        \
        .features = walk_features,                                                                                     \
        .grid = generalised_bass_grid,                                                                                 \
        .starts = generalised_bass_starts,                                                                             \
        .held = generalised_bass_held,                                                                                 \
        .seen = generalised_bass_seen,                                                                                 \
        .example = example_##K,                                                                                        \
        .example_x = generalised_bass_example_x,                                                                       \
    }
CURVE(1, "Generalised Bass diffusion with price", "price_effect*ln(price(t)/price_at_launch)", "the price");
CURVE(2, "Generalised Bass diffusion with price and advertising",
      "price_effect*ln(price(t)/price_at_launch) + advertising_effect*ln(advertising(t)/advertising_at_launch)",
      "price and advertising");

CC_FAMILY(diffusion, generalised_bass, &generalised_bass_1, &generalised_bass_2);

#endif
