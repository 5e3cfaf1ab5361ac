// SPDX-License-Identifier: GPL-3.0-or-later
/* floors.c - experience curves that bend: a floor, a share that no experience reduces, experience from before the count. */
#ifdef CC_WIDTH

#include "curves/kernel.h"
#include "curves/staged.h"

/* x[0] = ln experience */
CC_INLINE void CC_W(wright_floor_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V power = CC_W(v_exp)(-theta[2] * x[0]);
    V falling = theta[1] * power;
    *f = theta[0] + falling;
    g[0] = CC_W(v_all)(1.0);
    g[1] = power;
    g[2] = -falling * x[0];
}
CC_VALUES(wright_floor, 3, 1, 3)

/* x[0] = ln experience; theta = first_unit, incompressible, exponent */
CC_INLINE void CC_W(dejong_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V power = CC_W(v_exp)(-theta[2] * x[0]), falling = (1.0 - theta[1]) * power;
    V share = theta[1] + falling;
    *f = CC_W(v_log)(theta[0]) + CC_W(v_log)(share);
    g[0] = 1.0 / theta[0];
    g[1] = (1.0 - power) / share;
    g[2] = -falling * x[0] / share;
}
CC_VALUES(dejong, 3, 1, 3)

/* x[0] = experience; theta = first_unit, prior_experience, exponent */
CC_INLINE void CC_W(stanford_b_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V all = x[0] + theta[1], log_all = CC_W(v_log)(all);
    *f = CC_W(v_log)(theta[0]) - theta[2] * log_all;
    g[0] = 1.0 / theta[0];
    g[1] = -theta[2] / all;
    g[2] = -log_all;
}
CC_VALUES(stanford_b, 3, 1, 3)

/* x[0] = experience; theta = first_unit, incompressible, prior_experience, exponent */
CC_INLINE void CC_W(carr_first)(const V *x, const V *theta, V *held)
{
    held[0] = x[0] + theta[2];
    held[1] = CC_W(v_log)(held[0]);
}

CC_INLINE void CC_W(carr_next)(const V *theta, V *held)
{
    held[2] = CC_W(v_exp)(-theta[3] * held[1]);
}

CC_INLINE void CC_W(carr_last)(const V *x, const V *theta, const V *held, V *f, V *g)
{
    (void)x;
    V all = held[0], log_all = held[1], power = held[2], falling = (1.0 - theta[1]) * power;
    V share = theta[1] + falling, over = 1.0 / share;
    *f = CC_W(v_log)(theta[0]) + CC_W(v_log)(share);
    g[0] = 1.0 / theta[0];
    g[1] = (1.0 - power) * over;
    g[2] = -falling * theta[3] / (all * share);
    g[3] = -falling * log_all * over;
}
CC_STAGED_VALUES(carr, 4, 1, 4, 3)

/* The floor and the falling part of the cost that are best where the latter falls as the power of all experience, neither below 0, for
 * every exponent and `count` amounts of prior experience; NULL: none, and the places are logarithms already. Each exponent is twice the
 * one before, so that powers are squares. */
static void CC_W(split_costs)(const sample *own, size_t count, const double *prior, splits *out)
{
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY), one = zero, right = zero, total = zero;
    for (size_t i = 0; i < own->n; i++) {
        V wu = CC_W(v_all)(own->w[i] * own->unit[i]);
        one = one + wu * own->unit[i];
        right = right + wu;
        total = total + own->w[i];
    }
    for (size_t at = 0; at + CC_WIDTH <= count; at += CC_WIDTH) {
        V power[SAMPLE];
        for (size_t i = 0; i < own->n; i++) {
            V place = CC_W(v_all)(own->place[i]);
            if (prior) place = CC_W(v_log)(place + CC_W(v_load)(prior + at));
            power[i] = CC_W(v_exp)(place * -LEAST_EXPONENT);
        }
        for (int k = 0; k < DOUBLINGS; k++) {
            V mixed = zero, square = zero, right_power = zero;
            for (size_t i = 0; i < own->n; i++) {
                V falls = power[i] * own->unit[i], weighed = falls * own->w[i];
                mixed = mixed + weighed * own->unit[i];
                square = square + weighed * falls;
                right_power = right_power + weighed;
                power[i] = power[i] * power[i];
            }
            V over = 1.0 / (one * square - mixed * mixed), floor = (right * square - right_power * mixed) * over;
            V falling = (one * right_power - mixed * right) * over;
            M above = V_LT(zero, floor);
            falling = CC_W(v_select)(above, falling, right_power / square);
            floor = CC_W(v_select)(above, floor, zero);
            M falls = V_LT(zero, falling);
            floor = CC_W(v_select)(falls, floor, right / one);
            falling = CC_W(v_select)(falls, falling, zero);
            V left = total - 2.0 * (floor * right + falling * right_power) + floor * floor * one +
                     2.0 * floor * falling * mixed + falling * falling * square;
            V whole = floor + falling;
            M good = V_LT(left, infinite) & V_LT(zero, whole) & V_LT(whole, infinite);
            size_t to = (size_t)k * PRIORS + at;
            CC_W(v_store)(out->whole + to, whole);
            CC_W(v_store)(out->share + to, floor / whole);
            CC_W(v_store)(out->left + to, CC_W(v_select)(good, left, infinite));
        }
    }
}

#else

#include <math.h>

#include "fit/internal.h"

/* Amounts of prior experience that are tried; points of a series on which starts are sought; exponents, the least of them. */
enum { PRIORS = 8, SAMPLE = 12, DOUBLINGS = 7 };
static const double LEAST_EXPONENT = 0.05;

/* A few points of a series, as starts are sought on them: experience or its logarithm, what the least level among them is as a share of
 * the level, weight. */
typedef struct sample {
    size_t n;
    double least, place[SAMPLE], unit[SAMPLE], w[SAMPLE];
} sample;

/* Candidates, (DOUBLINGS, PRIORS): whole = first_unit in units of the least level, share = incompressible; left of the objective in relative terms. */
typedef struct splits {
    double whole[DOUBLINGS * PRIORS], share[DOUBLINGS * PRIORS], left[DOUBLINGS * PRIORS];
} splits;

#define CC_WIDTH_FILE "curves/floors.c"
#include "curves/learning.h"
#include "widths.h"

static const char *const experience[] = {"experience"};

/* Four decades of experience from the first unit on, evenly in logs. */
static void from_first_unit(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = pow(1e4, n > 1 ? (double)i / (double)(n - 1) : 0);
}

/* ---- a floor --------------------------------------------------------------------------------------- */

static const cc_param wright_floor_params[] = {
    {"floor", "y", "cost that no experience removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"falling_part", "y", "cost of the first unit above the floor", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"exponent", "1", "experience exponent: what lies above the floor falls as experience to the power of minus this",
     0, INFINITY, 0, 0, 0},
};

static const cc_derived wright_floor_derived[] = {
    {"learning_rate", "1", "fall of what lies above the floor with each doubling of experience, as a share", 2},
    {"progress_ratio", "1", "what lies above the floor after a doubling of experience as a share of that before", 2},
};

static void wright_floor_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    (void)range;
    static const double exponents[] = {0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.4, 2.2, 3.5};
    cc_grid_multiples(grid, 2, 1, exponents, CC_COUNT(exponents));
}

static double wright_floor_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > theta[0] ? exp(log(theta[1] / (y - theta[0])) / theta[2]) : NAN;
}

static const double wright_floor_example[] = {20, 500, 0.4};

static const cc_curve wright_floor = {
    .name = "wright_floor",
    .title = "Wright's law with a floor",
    .formula = "floor + falling_part * experience^(-exponent)",
    .source = "Yelle, L. E. (1979), The learning curve: historical review and comprehensive survey, Decision Sciences "
              "10, 302-328; the same formula as power_floor",
    .when = "Part of the cost, such as materials, does not fall with experience, and the fall has visibly slowed.",
    .when_not = "The fall has not slowed yet: the floor is then a guess, and its interval reaches down to zero.",
    .p = 3,
    .params = wright_floor_params,
    .r = 1,
    .regressors = experience,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(wright_floor_values),
    .features = cc_log_features,
    .grid = wright_floor_grid,
    .n_derived = 2,
    .derived = wright_floor_derived,
    .derive = cc_derive_learning,
    .inverse = wright_floor_inverse,
    .example = wright_floor_example,
    .example_x = cc_example_scale,
};

/* ---- experience from before the count -------------------------------------------------------------- */

/* Prior experience that would show: none, and from a share of the least experience to a multiple of the most, evenly in logarithms. */
static void prior_nodes(double low, double high, double *node)
{
    double first = 0.3 * low, ratio = pow(4 * high / first, 1.0 / (PRIORS - 2));
    node[0] = 0;
    for (int k = 1; k < PRIORS; k++) node[k] = k > 1 ? node[k - 1] * ratio : first;
}

static const cc_param stanford_b_params[] = {
    {"first_unit", "y", "cost at one unit of experience, the prior counted in", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"prior_experience", "x", "experience from before the count began, B", 0, INFINITY, CC_LOG_INTERVAL, 0, 0},
    {"exponent", "1", "experience exponent: the cost falls as all experience to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
};

static const cc_derived stanford_b_derived[] = {
    {"learning_rate", "1", "fall of the cost with each doubling of all experience, as a share", 2},
    {"progress_ratio", "1", "cost after a doubling of all experience as a share of the cost before", 2},
};

static void stanford_b_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    grid->count[1] = PRIORS;
    prior_nodes(range->low[0], range->high[0], grid->node[1]);
}

/* The experience at which `all`, the prior counted in, is reached; NaN where that was before the count. */
static double since_count(double all, double prior)
{
    return all > prior ? all - prior : NAN;
}

static double stanford_b_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 ? since_count(exp(log(theta[0] / y) / theta[2]), theta[1]) : NAN;
}

static const double stanford_b_example[] = {2000, 15, 0.35};

static const cc_curve stanford_b = {
    .name = "stanford_b",
    .title = "Stanford-B: prior experience",
    .formula = "first_unit * (experience + prior_experience)^(-exponent)",
    .source = "Asher, H. (1956), Cost-quantity relationships in the airframe industry, RAND R-291, on the Stanford "
              "Research Institute's study of 1949",
    .when = "The cost fell slowly at first, as where makers brought experience from earlier products.",
    .when_not = "The first units are not in the data: prior experience and exponent then offset each other.",
    .p = 3,
    .params = stanford_b_params,
    .r = 1,
    .regressors = experience,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(stanford_b_values),
    .grid = stanford_b_grid,
    .n_derived = 2,
    .derived = stanford_b_derived,
    .derive = cc_derive_learning,
    .inverse = stanford_b_inverse,
    .example = stanford_b_example,
    .example_x = from_first_unit,
};

/* ---- a share that no experience reduces ------------------------------------------------------------ */

/* Up to SAMPLE usable points, evenly over the series, weighed for relative errors. */
static void take_sample(const cc_points *points, sample *own)
{
    size_t used = 0, seen = 0;
    for (size_t i = 0; i < points->n; i++) used += points->w[i] > 0;
    size_t wanted = used < SAMPLE ? used : SAMPLE;
    double lowest = INFINITY;
    own->n = 0;
    for (size_t i = 0; i < points->n && own->n < wanted; i++) {
        if (!(points->w[i] > 0)) continue;
        if (seen++ != (wanted > 1 ? own->n * (used - 1) / (wanted - 1) : 0)) continue;
        lowest = fmin(lowest, points->y[i]);
        own->place[own->n] = points->z[i];
        own->unit[own->n] = points->y[i];
        own->w[own->n++] = points->w[i];
    }
    for (size_t i = 0; i < own->n; i++) own->unit[i] = exp(lowest - own->unit[i]);
    own->least = exp(lowest);
}

/* Of candidates with the first `count` amounts of prior experience, those whose objective is below that of their neighbours, also across
 * a corner: the best `most` of them by their places. */
static size_t best_splits(const splits *all, int count, int *best, size_t most)
{
    const double *left = all->left;
    size_t found = 0;
    for (int at = 0; at < DOUBLINGS * PRIORS; at++) {
        if (at % PRIORS >= count) continue;
        bool basin = left[at] < INFINITY;
        for (int i = -1; i <= 1 && basin; i++)
            for (int j = -1; j <= 1 && basin; j++) {
                int row = at / PRIORS + i, column = at % PRIORS + j, beside = row * PRIORS + column;
                if (beside == at || row < 0 || row >= DOUBLINGS || column < 0 || column >= count) continue;
                /* of equal neighbours the first counts */
                basin = beside < at ? left[at] < left[beside] : left[at] <= left[beside];
            }
        if (!basin) continue;
        size_t to = found < most ? found++ : most;
        for (; to > 0 && left[at] < left[best[to - 1]]; to--)
            if (to < most) best[to] = best[to - 1];
        if (to < most) best[to] = at;
    }
    return found;
}

static double exponent_of(int at)
{
    return ldexp(LEAST_EXPONENT, at / PRIORS);
}

enum { MOST_STARTS = 4 };

/* A candidate that leaves this many times more than the best is not worth a walk. */
static const double RIVAL = 3;

static size_t worth_a_walk(const splits *all, const int *best, size_t count)
{
    while (count > 1 && all->left[best[count - 1]] > RIVAL * all->left[best[0]]) count--;
    return count;
}

static const cc_param dejong_params[] = {
    {"first_unit", "y", "cost of the first unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"incompressible", "1", "share of the first unit's cost that no experience reduces, M", 0, 1, 0, 0, 0},
    {"exponent", "1", "experience exponent: the rest falls as experience to the power of minus this", 0, INFINITY, 0, 0,
     0},
};

static const cc_derived dejong_derived[] = {
    {"learning_rate", "1", "fall of the compressible part with each doubling of experience, as a share", 2},
    {"progress_ratio", "1", "compressible part after a doubling of experience as a share of that before", 2},
    {"floor", "y", "cost that no experience reduces", -1},
};

static size_t dejong_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    (void)self;
    sample own;
    splits all;
    int best[MOST_STARTS];
    take_sample(points, &own);
    split_costs_w1(&own, 1, NULL, &all);
    size_t count = worth_a_walk(&all, best, best_splits(&all, 1, best, most < MOST_STARTS ? most : MOST_STARTS));
    for (size_t k = 0; k < count; k++) {
        start[3 * k] = all.whole[best[k]] * own.least;
        start[3 * k + 1] = all.share[best[k]];
        start[3 * k + 2] = exponent_of(best[k]);
    }
    return count;
}

/* Also for carr: first_unit and incompressible come first in both. */
static void dejong_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    cc_derive_learning(self, theta, value, gradient);
    value[2] = theta[0] * theta[1];
    gradient[2 * self->p] = theta[1];
    gradient[2 * self->p + 1] = theta[0];
}

/* All experience at which the compressible part has fallen so far that the cost is y; NaN where that is never. */
static double all_experience_at(double y, double first_unit, double incompressible, double exponent)
{
    double power = (y / first_unit - incompressible) / (1 - incompressible);
    return power > 0 && power < INFINITY ? exp(-log(power) / exponent) : NAN;
}

static double dejong_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return all_experience_at(y, theta[0], theta[1], theta[2]);
}

static const double dejong_example[] = {500, 0.1, 0.4};

static const cc_curve dejong = {
    .name = "dejong",
    .title = "DeJong: an incompressible share",
    .formula = "first_unit * (incompressible + (1 - incompressible) * experience^(-exponent))",
    .source = "De Jong, J. R. (1957), The effects of increasing skill on cycle time and its consequences for time "
              "standards, Ergonomics 1, 51-60",
    .when = "Part of the work is done by machines and does not get faster, and the first units are in the data.",
    .when_not = "The fall has not slowed yet, or experience is not counted from the first unit: use wright_floor.",
    .p = 3,
    .params = dejong_params,
    .r = 1,
    .regressors = experience,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(dejong_values),
    .features = cc_log_features,
    .starts = dejong_starts,
    .n_derived = 3,
    .derived = dejong_derived,
    .derive = dejong_derive,
    .inverse = dejong_inverse,
    .example = dejong_example,
    .example_x = from_first_unit,
};

/* ---- both ------------------------------------------------------------------------------------------ */

static const cc_param carr_params[] = {
    {"first_unit", "y", "cost at one unit of experience, the prior counted in", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"incompressible", "1", "share of that cost that no experience reduces, M", 0, 1, CC_LOG_INTERVAL, 0, 0},
    {"prior_experience", "x", "experience from before the count began, B", 0, INFINITY, 0, 0, 0},
    {"exponent", "1", "experience exponent: the rest falls as all experience to the power of minus this", 0, INFINITY,
     0, 0, 0},
};

static const cc_derived carr_derived[] = {
    {"learning_rate", "1", "fall of the compressible part with each doubling of all experience, as a share", 3},
    {"progress_ratio", "1", "compressible part after a doubling of all experience as a share of that before", 3},
    {"floor", "y", "cost that no experience reduces", -1},
};

/* Walks through its valleys are long, and more than the best two never found anything better in simulations. */
enum { CARR_STARTS = 2 };

static size_t carr_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    (void)self;
    static void (*const each_width[])(const sample *, size_t, const double *, splits *) = CC_EACH_WIDTH(split_costs);
    sample own;
    splits all;
    int best[CARR_STARTS];
    double prior[PRIORS];
    take_sample(points, &own);
    prior_nodes(points->range->low[0], points->range->high[0], prior);
    each_width[cc_width_best() / 2](&own, PRIORS, prior, &all);
    size_t found = best_splits(&all, PRIORS, best, most < CARR_STARTS ? most : CARR_STARTS);
    size_t count = worth_a_walk(&all, best, found);
    for (size_t k = 0; k < count; k++) {
        start[4 * k] = all.whole[best[k]] * own.least;
        start[4 * k + 1] = all.share[best[k]];
        start[4 * k + 2] = prior[best[k] % PRIORS];
        start[4 * k + 3] = exponent_of(best[k]);
    }
    return count;
}

static double carr_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return since_count(all_experience_at(y, theta[0], theta[1], theta[3]), theta[2]);
}

static const double carr_example[] = {2000, 0.02, 10, 0.7};

static const cc_curve carr = {
    .name = "carr",
    .title = "Carr: prior experience and an incompressible share",
    .formula = "first_unit * (incompressible + (1 - incompressible) * (experience + prior_experience)^(-exponent))",
    .source = "Carr, G. W. (1946), Peacetime cost estimating requires new learning curves, Aviation 45, 76-77",
    .when = "The cost is S-shaped in logarithms: a slow beginning, a fall, and a floor, all three seen.",
    .when_not = "Only part of the S has been seen: take stanford_b, dejong or wright.",
    .p = 4,
    .params = carr_params,
    .r = 1,
    .regressors = experience,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(carr_values),
    .starts = carr_starts,
    .n_derived = 3,
    .derived = carr_derived,
    .derive = dejong_derive,
    .inverse = carr_inverse,
    .example = carr_example,
    .example_x = from_first_unit,
};

CC_FAMILY(experience, floors, &wright_floor, &stanford_b, &dejong, &carr);

#endif
