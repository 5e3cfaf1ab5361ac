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

#else

#include <math.h>

#include "curvecast.h"
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

enum { PRIORS = 9 };

/* Prior experience that would show: a share of the least experience up to a multiple of the most. */
static void prior_nodes(double low, double high, double *node)
{
    static const double of_low[] = {0, 0.3, 1, 3}, of_high[] = {0.03, 0.1, 0.3, 1, 4};
    for (int k = 0; k < 4; k++) node[k] = of_low[k] * low;
    for (int k = 0; k < 5; k++) node[4 + k] = of_high[k] * high;
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

/* A few points of a series, as starts are sought on them: all experience and its power, level, weight. */
enum { SAMPLE = 12, DOUBLINGS = 7 };
typedef struct sample {
    size_t n;
    double log_experience[SAMPLE], power[SAMPLE], unit[SAMPLE], w[SAMPLE];
} sample;

/* Up to SAMPLE usable points, evenly over the series, weighed for relative errors: 1 stands for a level. The caller fills in the
 * logarithm of all experience from the feature that is left in its place. */
static void take_sample(const cc_points *points, sample *own)
{
    size_t used = 0, seen = 0;
    for (size_t i = 0; i < points->n; i++) used += points->w[i] > 0;
    size_t wanted = used < SAMPLE ? used : SAMPLE;
    own->n = 0;
    for (size_t i = 0; i < points->n && own->n < wanted; i++) {
        if (!(points->w[i] > 0)) continue;
        if (seen++ != (wanted > 1 ? own->n * (used - 1) / (wanted - 1) : 0)) continue;
        own->log_experience[own->n] = points->z[i];
        own->unit[own->n] = exp(-points->y[i]);
        own->w[own->n++] = points->w[i];
    }
}

/* One candidate: whole = first_unit, share = incompressible; left of the objective in relative terms. */
typedef struct split {
    double whole, share, prior, exponent, left;
} split;

/* The floor and the falling part of the cost that are best where the latter falls as `power`, neither below 0. */
static split split_cost(const sample *own, double prior, double exponent)
{
    double one = 0, mixed = 0, square = 0, right = 0, right_power = 0, total = 0;
    for (size_t i = 0; i < own->n; i++) {
        double unit = own->unit[i], power = own->power[i] * unit, w = own->w[i];
        one += w * unit * unit;
        mixed += w * unit * power;
        square += w * power * power;
        right += w * unit;
        right_power += w * power;
        total += w;
    }
    double determinant = one * square - mixed * mixed;
    double floor = (right * square - right_power * mixed) / determinant;
    double falling = (one * right_power - mixed * right) / determinant;
    if (!(floor > 0)) floor = 0, falling = right_power / square;
    if (!(falling > 0)) falling = 0, floor = right / one;
    double left = total - 2 * (floor * right + falling * right_power) + floor * floor * one +
                  2 * floor * falling * mixed + falling * falling * square;
    double whole = floor + falling;
    bool good = left < INFINITY && whole > 0 && whole < INFINITY;
    return (split){whole, good ? floor / whole : 0, prior, exponent, good ? left : INFINITY};
}

/* Inserts a candidate where it is among the best `most`; returns how many there are. */
static size_t keep_best(split *best, size_t count, size_t most, split own)
{
    size_t at = count < most ? count++ : most;
    for (; at > 0 && own.left < best[at - 1].left; at--)
        if (at < most) best[at] = best[at - 1];
    if (at < most) best[at] = own;
    return count;
}

/* Of one prior experience, the exponents whose objective is below that of their neighbours, among the best. Each exponent is twice the
 * one before, so that powers are squares. */
static size_t best_splits(sample *own, double prior, split *best, size_t count, size_t most)
{
    split all[DOUBLINGS];
    double exponent = 0.05;
    for (size_t i = 0; i < own->n; i++) own->power[i] = exp(-exponent * own->log_experience[i]);
    for (int k = 0; k < DOUBLINGS; k++, exponent *= 2) {
        all[k] = split_cost(own, prior, exponent);
        for (size_t i = 0; i < own->n; i++) own->power[i] *= own->power[i];
    }
    for (int k = 0; k < DOUBLINGS; k++) {
        bool basin = all[k].left < INFINITY && (k == 0 || all[k].left < all[k - 1].left) &&
                     (k + 1 == DOUBLINGS || all[k].left <= all[k + 1].left);
        if (basin) count = keep_best(best, count, most, all[k]);
    }
    return count;
}

enum { MOST_STARTS = 4 };

/* A candidate that leaves this many times more than the best is not worth a walk. */
static const double RIVAL = 3;

static size_t worth_a_walk(const split *best, size_t count)
{
    while (count > 1 && best[count - 1].left > RIVAL * best[0].left) count--;
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
    split best[MOST_STARTS];
    take_sample(points, &own);
    size_t count = worth_a_walk(best, best_splits(&own, 0, best, 0, most < MOST_STARTS ? most : MOST_STARTS));
    for (size_t k = 0; k < count; k++) {
        start[3 * k] = best[k].whole;
        start[3 * k + 1] = best[k].share;
        start[3 * k + 2] = best[k].exponent;
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
    sample own;
    split best[CARR_STARTS];
    double prior[PRIORS], counted[SAMPLE];
    size_t count = 0;
    take_sample(points, &own);
    for (size_t i = 0; i < own.n; i++) counted[i] = own.log_experience[i];
    prior_nodes(points->range->low[0], points->range->high[0], prior);
    for (int k = 0; k < PRIORS; k++) {
        for (size_t i = 0; i < own.n; i++) own.log_experience[i] = log(counted[i] + prior[k]);
        count = best_splits(&own, prior[k], best, count, most < CARR_STARTS ? most : CARR_STARTS);
    }
    count = worth_a_walk(best, count);
    for (size_t k = 0; k < count; k++) {
        start[4 * k] = best[k].whole;
        start[4 * k + 1] = best[k].share;
        start[4 * k + 2] = best[k].prior;
        start[4 * k + 3] = best[k].exponent;
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
