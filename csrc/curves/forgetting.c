// SPDX-License-Identifier: GPL-3.0-or-later
/* forgetting.c - Wright's law with experience that decays: what was learnt is lost unless it is used.
 *
 * Experience is walked in the order of time, whatever the order of the rows. Output is per unit of time; over a step of d units the
 * experience E becomes r^d E + q (1 - r^d)/(1 - r), which for d = 1 is r E + q and for r = 1 is E + q d: each missing unit of time is
 * taken to have the output of the row that follows it. Rows at the same time share one experience, that of their mean output.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x[0] = experience; theta = first_unit, exponent, and two that act through the experience */
CC_INLINE void CC_W(forgetting_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V log_x = CC_W(v_log)(x[0]);
    *f = CC_W(v_log)(theta[0]) - theta[1] * log_x;
    g[0] = 1.0 / theta[0];
    g[1] = -log_x;
    g[2] = g[3] = CC_W(v_all)(0.0);
    g[4] = -theta[1] / x[0];
}
CC_VALUES(forgetting, 4, 1, 5)

/* Least squares of y on the logarithm of experience at `count` retentions, and the objective that is left. */
static void CC_W(try_retentions)(const series *own, size_t count, const double *retention, lines *out)
{
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY);
    for (size_t at = 0; at + CC_WIDTH <= count; at += CC_WIDTH) {
        double left[CC_WIDTH], added[CC_WIDTH], length = NAN;
        V experience = zero, kept = zero, gained = zero;
        V sum_x = zero, square = zero, mixed = zero;
        for (int lane = 0; lane < CC_WIDTH; lane++) left[lane] = begin_with(own, retention[at + (size_t)lane]);
        experience = CC_W(v_load)(left);
        for (size_t i = 0; i < own->n; i++) {
            double d = i > 0 ? own->time[i] - own->time[i - 1] : 1;
            for (int lane = 0; d != length && lane < CC_WIDTH; lane++) {
                step one = step_of(d, retention[at + (size_t)lane]);
                left[lane] = one.left;
                added[lane] = one.added;
            }
            if (d != length) {
                kept = CC_W(v_load)(left);
                gained = CC_W(v_load)(added);
            }
            length = d;
            experience = kept * experience + gained * own->output[i];
            if (i % own->every || !(own->w[i] > 0)) continue;
            V x = CC_W(v_log)(experience);
            sum_x = sum_x + own->w[i] * x;
            square = square + own->w[i] * x * x;
            mixed = mixed + own->w[i] * own->y[i] * x;
        }
        V mean = sum_x / own->weights, spread = square - mean * sum_x, slope = mixed / spread;
        V rest = own->squares - slope * mixed;
        M good = V_LT(zero, spread) & V_LT(rest, infinite);
        CC_W(v_store)(out->left + at, CC_W(v_select)(good, rest, infinite));
        CC_W(v_store)(out->exponent + at, -slope);
        CC_W(v_store)(out->first_unit + at, CC_W(v_exp)(own->mean - slope * mean));
    }
}

#else

#include <math.h>

#include "fit/internal.h"
#include "curves/learning.h"

enum { RETENTION = 2, INITIAL = 3 };

static const char *const time_and_output[] = {"time", "output"};

static const cc_param params[] = {
    {"first_unit", "y", "cost at an experience of one unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "experience exponent: the cost falls as what is remembered to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
    {"retention", "1", "share of the experience that is left after one unit of time", 0.01, 1, 0, 0, 0},
    {"initial_experience", "output",
     "all output before the first row; held at first output / growth of output per unit of time unless given, and at "
     "as much as the "
     "series has where that is less or output did not grow",
     0, INFINITY, CC_FIXED_BY_DEFAULT, 0, 0},
};

static const cc_derived derived[] = {
    CC_LEARNING_DERIVED(1),
    {"half_life", "x", "time in which half of the experience is lost", RETENTION},
};

/* ---- the walk --------------------------------------------------------------------------------------- */

/* Rows with the same time: t, their mean output, and between which rows they lie. */
typedef struct period {
    double time, output;
    size_t from, to;
} period;

static bool usable(const double *x, size_t n, size_t i)
{
    return fabs(x[i]) < INFINITY && x[n + i] >= 0 && x[n + i] < INFINITY;
}

static bool in_order(const double *x, size_t n)
{
    double latest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!usable(x, n, i)) continue;
        if (x[i] < latest) return false;
        latest = x[i];
    }
    return true;
}

/* The next period after the one in `own`, which at first has the time -infinity; false where there is none. Rows that are in order are
 * walked once, others are looked through for every period: that needs no memory. */
static bool next_period(const double *x, size_t n, bool ordered, period *own)
{
    double next = INFINITY, sum = 0, count = 0;
    size_t from = ordered ? own->to : 0;
    for (size_t i = from; i < n; i++) {
        if (!usable(x, n, i) || !(x[i] > own->time) || !(x[i] < next)) continue;
        next = x[i];
        if (ordered) break;
    }
    if (!(next < INFINITY)) return false;
    own->time = next;
    own->from = from;
    for (own->to = from; own->to < n; own->to++) {
        if (!usable(x, n, own->to) || x[own->to] < next) continue;
        if (x[own->to] == next)
            sum += x[n + own->to], count++;
        else if (ordered)
            break;
    }
    own->output = sum / count;
    return true;
}

/* What a step of d units of time leaves of experience, and how many units' worth of output it adds; with slopes by the retention. */
typedef struct step {
    double left, added, left_slope, added_slope;
} step;

static step step_of(double d, double retention)
{
    if (d == 1) return (step){retention, 1, 1, 0};
    double lost = 1 - retention, power = d * log(retention), left = exp(power), slope = d * left / retention;
    if (lost * fmax(d, 1) > 0.01) {
        double added = -expm1(power) / lost;
        return (step){left, added, slope, (added - slope) / lost};
    }
    /* (1 - (1 - lost)^d)/lost as a binomial series, and its slope by 1 - lost */
    double coefficient = d, of_value = 1, of_slope = 0, added = 0, added_slope = 0;
    for (int k = 1; k <= 10; k++) {
        added += coefficient * of_value;
        added_slope -= (k - 1) * coefficient * of_slope;
        of_slope = of_value;
        of_value *= lost;
        coefficient *= -(d - k) / (k + 1);
    }
    return (step){left, added, slope, added_slope};
}

/* Experience with its slopes by the retention and by the initial experience. */
typedef struct stock {
    double value, by_retention, by_initial;
} stock;

/* What is remembered of all output before the first row, Q, had it grown steadily to the first row's q: at a growth of q/Q per unit of
 * time, q/(1 + q/Q - retention). Of a series that begins with no output, all of it. */
static stock remembered(double initial, double output, double retention)
{
    if (!(output > 0)) return (stock){initial, 0, 1};
    double below = output + initial * (1 - retention), share = output / below;
    return (stock){initial * share, initial * share * initial / below, share * share};
}

static stock walk(stock from, const period *own, double d, double retention)
{
    step one = step_of(d, retention);
    return (stock){
        one.left * from.value + one.added * own->output,
        one.left * from.by_retention + one.left_slope * from.value + one.added_slope * own->output,
        one.left * from.by_initial,
    };
}

/* Retentions that are tried along the whole, and beside the best of these; points that are enough for that, twice as many at the most. */
enum { NODES = 8, BESIDE = 4, POINTS = 15 };

/* A series in the order of its times, of which one point in so many is looked at; y from its mean, which stands by itself. */
typedef struct series {
    size_t n, every;
    const double *time, *output, *y, *w;
    double initial, weights, mean, squares;
} series;

/* The line that is best at each retention, and what it leaves of the objective. */
typedef struct lines {
    double first_unit[NODES], exponent[NODES], left[NODES];
} lines;

static double begin_with(const series *own, double retention)
{
    return remembered(own->initial, own->output[0], retention).value;
}

#define CC_WIDTH_FILE "curves/forgetting.c"
#include "widths.h"

/* The experience after a period, from that after the period before it; the first has none before it. */
static stock after(stock experience, const period *own, double before, const double *theta)
{
    double retention = theta[RETENTION];
    if (isnan(before)) return walk(remembered(theta[INITIAL], own->output, retention), own, 1, retention);
    return walk(experience, own, own->time - before, retention);
}

static void record(const stock *experience, size_t i, size_t n, double *z, double *dz)
{
    z[i] = experience->value > 0 ? experience->value : NAN;
    if (!dz) return;
    dz[RETENTION * n + i] = experience->by_retention;
    dz[INITIAL * n + i] = experience->by_initial;
}

/* As most series are: every row usable, each later than the one before. */
static bool is_plain(const double *x, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n; i++) plain &= usable(x, n, i);
    for (size_t i = 1; i < n; i++) plain &= x[i] > x[i - 1];
    return plain;
}

/* The same walk for such a series: steps of one length are the same step. */
static void walk_plain(const double *x, size_t n, const double *theta, double *z, double *dz)
{
    period first = {x[0], x[n], 0, 1};
    stock own = after((stock){0, 0, 0}, &first, NAN, theta);
    step one = {0, 0, 0, 0};
    double length = NAN, unused;
    /* without derivatives they all go to one place */
    double *by_retention = dz ? dz + RETENTION * n : &unused, *by_initial = dz ? dz + INITIAL * n : &unused;
    for (size_t i = 0, k = 0; i < n; i++) {
        double output = x[n + i];
        if (i > 0) {
            double d = x[i] - x[i - 1];
            if (d != length) one = step_of(d, theta[RETENTION]);
            length = d;
            own.by_retention = one.left * own.by_retention + one.left_slope * own.value + one.added_slope * output;
            own.value = one.left * own.value + one.added * output;
            own.by_initial = one.left * own.by_initial;
        }
        z[i] = own.value > 0 ? own.value : NAN;
        k = dz ? i : 0;
        by_retention[k] = own.by_retention;
        by_initial[k] = own.by_initial;
    }
}

static void forgetting_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z,
                                double *dz)
{
    (void)self;
    if (n > 0 && is_plain(x, n)) {
        walk_plain(x, n, theta, z, dz);
        return;
    }
    stock experience = {0, 0, 0};
    double before = NAN;
    bool ordered = in_order(x, n);
    period own = {-INFINITY, 0, 0, 0};
    for (size_t i = 0; i < n; i++) z[i] = NAN;
    while (next_period(x, n, ordered, &own)) {
        experience = after(experience, &own, before, theta);
        before = own.time;
        for (size_t i = own.from; i < own.to; i++)
            if (usable(x, n, i) && x[i] == own.time) record(&experience, i, n, z, dz);
    }
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

double cc_initial_experience(const double *time, const double *output, size_t n)
{
    size_t first = n, last = n;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(time[i]) < INFINITY && output[i] > 0 && output[i] < INFINITY)) continue;
        if (first == n || time[i] < time[first]) first = i;
        if (last == n || time[i] > time[last]) last = i;
    }
    if (first == n) return NAN;
    double growth = expm1(log(output[last] / output[first]) / (time[last] - time[first]));
    return growth > 0 ? output[first] / growth : NAN;
}

/* No more than the series has: where output hardly grew, output over growth says how little growth there was and nothing of the past. */
static void forgetting_held(const cc_curve *self, const cc_points *points, double *theta)
{
    (void)self;
    const double *x = points->x;
    size_t n = points->n;
    double usual = cc_initial_experience(x, x + n, n), total = 0;
    for (size_t i = 0; i < n; i++) total += usable(x, n, i) ? x[n + i] : 0;
    theta[INITIAL] = usual < total ? usual : total;
}

/* The feature's range is that of an experience of which half is kept: near the output of the row. */
static void forgetting_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double retention[] = {0.02, 0.15, 0.45, 0.7, 0.9, 1}, initial[] = {0.5, 5, 50};
    cc_grid_multiples(grid, RETENTION, 1, retention, CC_COUNT(retention));
    cc_grid_multiples(grid, INITIAL, range->low[0], initial, CC_COUNT(initial));
}

/* The series as it is walked for starts, y from their mean into the work space; false where it has to be walked in another way, or where more
 * than retention and the line is open or told. */
static bool take_series(const cc_curve *self, const cc_points *points, series *own)
{
    const double *x = points->x;
    size_t n = points->n;
    *own = (series){.n = n, .time = x, .output = x + n, .y = points->work, .w = points->w};
    for (size_t j = 0; j < self->p; j++)
        if (!isnan(points->given[j])) return false;
    bool line = points->lower[0] <= 0 && points->higher[0] >= INFINITY && points->lower[1] <= -INFINITY &&
                points->higher[1] >= INFINITY;
    if (!line || points->lower[INITIAL] < points->higher[INITIAL] || !is_plain(x, n)) return false;
    own->initial = points->lower[INITIAL];
    double sum = 0;
    own->every = n < POINTS ? 1 : n / POINTS;
    for (size_t i = 0; i < n; i += own->every) {
        own->weights += points->w[i];
        sum += points->w[i] * points->y[i];
    }
    own->mean = sum / own->weights;
    for (size_t i = 0; i < n; i += own->every) {
        double y = points->y[i] - own->mean;
        points->work[i] = y;
        own->squares += points->w[i] * y * y;
    }
    return true;
}

typedef void (*try_retentions_fn)(const series *own, size_t count, const double *retention, lines *out);

/* The least of a parabola through three points, the second of which lies lowest; that one where they are no such three. */
static double least_of_parabola(const double *at, const double *left)
{
    double before = at[0] - at[1], after = at[2] - at[1], fall = left[0] - left[1], rise = left[2] - left[1];
    double least = at[1] + 0.5 * (fall * after * after - rise * before * before) / (fall * after - rise * before);
    return at[0] <= least && least <= at[2] ? least : at[1];
}

/* Where a retention is the best of its neighbours, it is looked at more closely: theta takes the best of what is found. Returns what
 * that leaves of the objective. */
static double look_beside(const series *own, try_retentions_fn try_out, const double *node, const lines *all, int at,
                          double *theta)
{
    int low = at > 0 ? at - 1 : at, high = at + 1 < NODES ? at + 1 : at, best = -1;
    const double around[] = {node[low], node[at], node[high]},
                 left[] = {all->left[low], all->left[at], all->left[high]};
    double least = least_of_parabola(around, left);
    const double beside[BESIDE] = {least, (least + node[at]) / 2, (node[low] + node[at]) / 2,
                                   (node[at] + node[high]) / 2};
    lines near;
    try_out(own, BESIDE, beside, &near);
    for (int k = 0; k < BESIDE; k++)
        if (near.left[k] < (best < 0 ? all->left[at] : near.left[best])) best = k;
    theta[0] = best < 0 ? all->first_unit[at] : near.first_unit[best];
    theta[1] = best < 0 ? all->exponent[at] : near.exponent[best];
    theta[RETENTION] = best < 0 ? node[at] : beside[best];
    theta[INITIAL] = own->initial;
    return best < 0 ? all->left[at] : near.left[best];
}

/* A second retention is worth a walk where it leaves less than this many times what the best one does. */
static const double RIVAL = 2;

static size_t forgetting_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    static const double retention[NODES] = {0.05, 0.3, 0.5, 0.65, 0.78, 0.88, 0.95, 1};
    static const try_retentions_fn each_width[] = CC_EACH_WIDTH(try_retentions);
    try_retentions_fn try_out = each_width[cc_width_best() / 2];
    double node[NODES], value[CC_MAX_STARTS], least = INFINITY;
    size_t count = 0;
    series own;
    lines all;
    if (!take_series(self, points, &own)) return 0;
    for (int k = 0; k < NODES; k++)
        node[k] = fmin(fmax(retention[k], points->lower[RETENTION]), points->higher[RETENTION]);
    try_out(&own, NODES, node, &all);
    for (int k = 0; k < NODES; k++) least = fmin(least, all.left[k]);
    for (int k = 0; k < NODES; k++) {
        bool lowest = all.left[k] <= RIVAL * least && (k == 0 || all.left[k] < all.left[k - 1]) &&
                      (k + 1 == NODES || all.left[k] <= all.left[k + 1]);
        if (!lowest) continue;
        double theta[4], left = look_beside(&own, try_out, node, &all, k, theta);
        count = cc_keep_start(start, value, count, most, self->p, theta, left);
    }
    return count;
}

static void forgetting_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    cc_derive_learning(self, theta, value, gradient);
    double rate = log(theta[RETENTION]);
    value[2] = rate < 0 ? log(0.5) / rate : NAN; /* where nothing is lost there is no such time */
    gradient[2 * self->p + RETENTION] = -log(0.5) / (rate * rate * theta[RETENTION]);
}

/* Yearly output that rises and falls three times about a growth of 8 %, which is also its growth from the first point to the last: what is
 * held for the output before the first point is then right. */
static void time_and_output_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    double last = n > 1 ? (double)(n - 1) : 1, apart = last > 200 ? 200 / last : 1;
    for (size_t i = 0; i < n; i++) {
        double at = (double)i;
        x[i] = 1990 + apart * at;
        x[n + i] = 20 * pow(1.08, apart * at) * exp(0.9 * sin(3 * 6.283185307179586 * at / last));
    }
}

static const double example[] = {500, 0.35, 0.8, 20 / 0.08};

static const cc_curve forgetting = {
    .name = "forgetting",
    .title = "Wright's law with forgetting",
    .formula = "first_unit * E^(-exponent), E = retention * (E one unit of time before) + output, and before the first "
               "row what is left of initial_experience",
    .source = "Argote, L., Beckman, S. L. and Epple, D. (1990), The persistence and transfer of learning in industrial "
              "settings, Management Science 36, 140-154",
    .when = "Output fell or paused and the cost rose: knowledge is lost unless it is used. Output is per unit of time: "
            "of a "
            "quarter with years as time, four times what it made. Predictions take the fitted series as their past.",
    .when_not = "Output grew steadily throughout: experience that fades then grows like experience that does not.",
    .p = 4,
    .params = params,
    .r = 2,
    .regressors = time_and_output,
    .steady = 1 << 1,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_LOG_KERNEL | CC_FEATURES_MOVE | CC_LOOKS_BACK,
    .values = CC_EACH_WIDTH(forgetting_values),
    .features = forgetting_features,
    .grid = forgetting_grid,
    .starts = forgetting_starts,
    .n_work = 1,
    .held = forgetting_held,
    .n_derived = 3,
    .derived = derived,
    .derive = forgetting_derive,
    .example = example,
    .example_x = time_and_output_example,
};

CC_FAMILY(experience, forgetting, &forgetting);

#endif
