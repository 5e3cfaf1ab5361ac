// SPDX-License-Identifier: GPL-3.0-or-later
/* chance.c - laws that begin at the level of chance: M4 of Alabdulmohsin et al., and accuracy on a task against loss or compute. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* What of an m4 no point changes. */
typedef struct CC_W(m4_shape) {
    V log_x_0, alpha, mean, half_gap,
        bend; /* mean and half the gap of the slopes of the two asymptotes below, and the width of the bend */
} CC_W(m4_shape);

CC_INLINE CC_W(m4_shape) CC_W(m4_shape_of)(const V *theta)
{
    V alpha = theta[2], log_alpha = CC_W(v_log)(alpha), square = log_alpha * log_alpha;
    V root = CC_W(v_exp)(0.5 * log_alpha);
    return (CC_W(m4_shape)){.log_x_0 = CC_W(v_log)(theta[3]),
                            .alpha = alpha,
                            .mean = 0.5 + 0.5 / alpha,
                            .half_gap = 0.5 - 0.5 / alpha,
                            .bend = root * M4_BEND / (1.0 + square * (0.038 + square * 0.0005))};
}

/* One step of Halley's from v towards that, with ln 2 over a polynomial for ln(1 + e^-a), a > 0: to 5e-4, and its derivative. */
CC_INLINE V CC_W(m4_step)(V v, V q, V more)
{
    V zero = CC_W(v_all)(0.0), a = CC_W(v_abs)(v);
    V tail = 0.31920476 + a * (a * 0.03673648 - 0.10402767);
    V under = 1.0 + a * (0.74006148 + a * (0.2237695 + a * tail));
    V slope = 0.74006148 + a * (2 * 0.2237695 + a * (3 * 0.31920476 + a * (a * (5 * 0.03673648) - 4 * 0.10402767)));
    V over = 1.0 / under, log_sum = 0.69314718055994531 * over, smaller = log_sum * slope * over;
    V share = CC_W(v_select)(V_LT(v, zero), smaller, 1.0 - smaller);
    V h = v + more * (CC_W(v_max)(v, zero) + log_sum) - q, h1 = 1.0 + more * share;
    V turn = h * more * (smaller - smaller * smaller);
    return v - h * h1 / CC_W(v_max)(h1 * h1 - 0.5 * turn, 0.5 * h1 * h1);
}

/* The v with v + (alpha - 1) ln(1 + e^v) = q, which is ln(s / (1 - s)^alpha) = q for s = 1/(1 + e^-v); leaves ln(1 + e^v), s and 1 - s.
 *
 * v is near a hyperbola with the asymptotes q and q/alpha. A first step goes without exp and log. From there steps of the fourth
 * order (Householder's; Newton's where the slope turns too much for them), which bring an error of 1 to 1e-3 and one of 1e-3 to
 * rounding; the last and short one is taken by Taylor's series in all three. A lane stops by itself: its neighbours do not touch
 * its bits. */
CC_INLINE V CC_W(m4_begin)(V q, const CC_W(m4_shape) * shape)
{
    V size = CC_W(v_abs)(q);
    V v = shape->mean * q - shape->half_gap * (size + shape->bend * shape->bend / (1.4 * size + shape->bend));
    return CC_W(m4_step)(v, q, shape->alpha - 1.0);
}

/* From v to the end. */
CC_INLINE void CC_W(m4_logit)(V q, V v, const CC_W(m4_shape) * shape, V *softplus, V *share, V *rest)
{
    V zero = CC_W(v_all)(0.0), more = shape->alpha - 1.0;
    V change = zero, product = zero, skew = zero;
    M open = V_LE(q, q);
    for (int step = 0; step < M4_STEPS; step++) {
        V small = CC_W(v_exp)(-CC_W(v_abs)(v)), larger = 1.0 / (1.0 + small), smaller = small * larger;
        M below = V_LT(v, zero);
        *softplus = CC_W(v_max)(v, zero) + CC_W(v_log)(1.0 + small);
        *share = CC_W(v_select)(below, smaller, larger);
        *rest = CC_W(v_select)(below, larger, smaller);
        /* the left side less q, and its derivatives */
        product = smaller * larger;
        skew = *rest - *share;
        V h = v + more * *softplus - q, h1 = 1.0 + more * *share, h2 = more * product, h3 = h2 * skew;
        V slope2 = h1 * h1, turn = h * h2, above = slope2 - 0.5 * turn,
          under = h1 * (slope2 - turn) + h3 * h * h * (1.0 / 6.0);
        M tame = V_LT(CC_W(v_abs)(turn), slope2);
        change = -h * CC_W(v_select)(tame, above, CC_W(v_all)(1.0)) / CC_W(v_select)(tame, under, h1);
        open = open & V_LT(0x1p-10 * h1, CC_W(v_abs)(h));
        if (!CC_W(v_any)(open)) break;
        v = CC_W(v_select)(open, v + change, v);
    }
    V third = 1.0 - 6.0 * product, fourth = skew * (1.0 - 12.0 * product);
    V moved = product * change *
              (1.0 + change * (0.5 * skew + change * ((1.0 / 6.0) * third + change * (1.0 / 24.0) * fourth)));
    *softplus =
        *softplus +
        change * (*share + product * change * (0.5 + change * ((1.0 / 6.0) * skew + change * (1.0 / 24.0) * third)));
    *share = *share + moved;
    *rest = *rest - moved;
}

/* x = ln x; theta = e_inf, e_0, alpha, x_0, c */
static void CC_W(m4_values)(const cc_curve *self, const double *x, size_t stride, const double *theta, double *f,
                            double *g, size_t n)
{
    (void)self;
    (void)stride;
    V th[5];
    for (int j = 0; j < 5; j++) th[j] = CC_W(v_load)(theta + j * CC_WIDTH);
    CC_W(m4_shape) shape = CC_W(m4_shape_of)(th);
    V by_x_0 = th[4] / th[3], fall = th[1] - th[0], q[M4_TOGETHER], v[M4_TOGETHER];
    /* points wait for themselves: some go through the first part together, and then through the second */
    for (size_t from = 0; from < n; from += M4_TOGETHER) {
        size_t to = n - from < M4_TOGETHER ? n : from + M4_TOGETHER;
        for (size_t i = from; i < to; i++) {
            V given = th[4] * (CC_W(v_load)(x + i * CC_WIDTH) - shape.log_x_0);
            /* beyond, s is 0 or 1 */
            q[i - from] = CC_W(v_min)(CC_W(v_max)(given, CC_W(v_all)(-1e6)), CC_W(v_all)(1e6));
            v[i - from] = CC_W(m4_begin)(q[i - from], &shape);
        }
        for (size_t i = from; i < to; i++) {
            V since = CC_W(v_load)(x + i * CC_WIDTH) - shape.log_x_0, softplus, share, rest;
            CC_W(m4_logit)(q[i - from], v[i - from], &shape, &softplus, &share, &rest);
            CC_W(v_store)(f + i * CC_WIDTH, th[0] * rest + th[1] * share);
            if (!g) continue;
            V by_q = fall * share * rest / (rest + shape.alpha * share);
            double *at = g + i * 5 * CC_WIDTH;
            CC_W(v_store)(at, rest);
            CC_W(v_store)(at + CC_WIDTH, share);
            CC_W(v_store)(at + 2 * CC_WIDTH, -by_q * softplus);
            CC_W(v_store)(at + 3 * CC_WIDTH, -by_q * by_x_0);
            CC_W(v_store)(at + 4 * CC_WIDTH, by_q * since);
        }
    }
}

/* theta = chance, ceiling, steepness, midpoint */
CC_INLINE void CC_W(downstream_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), since = theta[3] - x[0], q = theta[2] * since;
    V small = CC_W(v_exp)(-CC_W(v_abs)(q)), larger = 1.0 / (1.0 + small), smaller = small * larger;
    M below = V_LT(q, zero);
    V share = CC_W(v_select)(below, smaller, larger), rest = CC_W(v_select)(below, larger, smaller);
    V slope = (theta[1] - theta[0]) * (smaller * larger);
    *f = theta[0] * rest + theta[1] * share;
    g[0] = rest;
    g[1] = share;
    g[2] = slope * since;
    g[3] = slope * theta[2];
}
CC_VALUES(downstream, 4, 1, 4)

/* Sums over the points of share, share^2 and y share, each with its weight, for sigmoids of one slope that stand at as many places as
 * there are lanes: share = 1/(1 + against * at), `against` of the points. */
static void CC_W(sum_shares)(const double *against, const double *w, const double *wy, size_t n, const double *at,
                             double *sum)
{
    V place = CC_W(v_load)(at), one = CC_W(v_all)(0.0), two = one, with_y = one;
    for (size_t i = 0; i < n; i++) {
        V share = 1.0 / (1.0 + against[i] * place), weighed = w[i] * share;
        one = one + weighed;
        two = two + weighed * share;
        with_y = with_y + wy[i] * share;
    }
    CC_W(v_store)(sum, one);
    CC_W(v_store)(sum + CC_WIDTH, two);
    CC_W(v_store)(sum + 2 * CC_WIDTH, with_y);
}

#else

#include <math.h>
#include <string.h>

#include "fit/internal.h"
/* Steps of m4's equation at the most: from the hyperbola three do, wherever the exponent stands in its box. */
enum { M4_STEPS = 40, M4_TOGETHER = 8 };
/* The bend of that hyperbola at an exponent of 1: twice ln 2, which makes it exact in the middle. For others the root of alpha times
 * this, over a series in the square of ln alpha that was fitted to the value of v at q = 0. */
static const double M4_BEND = 1.386294361119890619;
#define CC_WIDTH_FILE "curves/chance.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"}, *const one_loss[] = {"loss"};

/* ---- starts -------------------------------------------------------------------------------------
 * Both laws are levels on either side of a share: y = far (1 - s) + near s with s/(1 - s)^alpha = e^q, q = slope (z - place). At alpha
 * = 1 a share is one division once the exponentials of points and places are known; so sigmoids of many slopes and places are tried
 * on thinned points, their levels solved for, and about the best of them exponents of 1/2 and 2, which need but a root. */

enum { POINTS = 16, SLOPES = 7, PLACES = 12, BASINS = 2, EXPONENTS = 3, STARTS = 4 };
enum { QUICK_SLOPES = 4, QUICK_PLACES = 8 };
/* Of the length of z; every slope is twice the one before it, so its exponentials are the squares of those. */
static const double first_slope = 1,
                    scan_place[PLACES] = {-0.5, -0.25, -0.05, 0.1, 0.22, 0.34, 0.46, 0.58, 0.7, 0.82, 0.95, 1.2};
/* Those of a quick look, which is enough where the noise is small. */
static const double quick_slope = 2, quick_place[QUICK_PLACES] = {-0.1, 0.08, 0.22, 0.36, 0.5, 0.64, 0.8, 1};
/* A basin that is this many times worse than the best is not worth a walk, nor is another exponent within NEAR of its place, as a share
 * of the length, that is that many times worse. */
static const double RIVAL = 2, RIVAL_EXPONENT = 1.1, NEAR = 0.15;
/* The same before the neighbourhood of a basin has been tried. */
static const double RIVAL_SCAN = 3;
/* Squared noise, as a share of the squared levels, up to which the exponent shows: there the best trial alone is a start. */
static const double NOISY = 3e-3;

/* The thinned points and what no trial changes; levels: far, near. */
typedef struct shares {
    size_t n;
    double z[POINTS], w[POINTS], wy[POINTS], total, with_y, square;
    double lower[2], higher[2];
} shares;

typedef struct trial {
    double level[2], alpha, slope, place, left;
} trial;

static void fill(const cc_curve *self, const cc_points *points, shares *out)
{
    size_t which[POINTS];
    *out = (shares){.n = cc_thin(self, points, POINTS, which)};
    for (size_t m = 0; m < out->n; m++) {
        double w = points->w[which[m]], y = points->y[which[m]];
        out->z[m] = points->z[which[m]];
        out->w[m] = w;
        out->wy[m] = w * y;
        out->total += w;
        out->with_y += w * y;
        out->square += w * y * y;
    }
    for (int k = 0; k < 2; k++) {
        bool open = isnan(points->given[k]);
        out->lower[k] = open ? points->lower[k] : points->given[k];
        out->higher[k] = open ? points->higher[k] : points->given[k];
    }
}

static inline double inside(const shares *of, int k, double value)
{
    value = value < of->lower[k] ? of->lower[k] : value;
    return value > of->higher[k] ? of->higher[k] : value;
}

/* The levels, from the sums of share, share^2 and y share; returns what they leave, infinity where they are not to be told apart. */
static double solve_levels(const shares *of, double one, double two, double with_y, double *level)
{
    double ff = of->total - 2 * one + two, fn = one - two, nn = two, f_y = of->with_y - with_y;
    double determinant = ff * nn - fn * fn;
    if (!(determinant > 1e-9 * ff * nn)) return INFINITY;
    double over = 1 / determinant, far = (f_y * nn - with_y * fn) * over, near = (with_y * ff - f_y * fn) * over;
    double held = inside(of, 0, far);
    if (held != far) far = held, near = (with_y - fn * far) / nn;
    held = inside(of, 1, near);
    if (held != near) near = held, far = inside(of, 0, (f_y - fn * near) / ff);
    level[0] = far;
    level[1] = near;
    return of->square - 2 * (far * f_y + near * with_y) + far * far * ff + 2 * far * near * fn + near * near * nn;
}

/* The share with s/(1 - s)^alpha = e for an exponent of 1/2, 1 or 2. */
static double share_of(double e, double alpha)
{
    if (alpha < 1) return 2 * e / (e + sqrt(e * e + 4));
    return alpha > 1 ? 2 * e / (2 * e + 1 + sqrt(4 * e + 1)) : e / (1 + e);
}

/* For each exponent the best of the trials within half a step of one in slope and place. */
static void refine(const shares *of, const double *alpha, int n_alpha, double slope_step, double place_step,
                   const trial *from, trial *best)
{
    for (int a = 0; a < n_alpha; a++) best[a].left = INFINITY;
    for (int c = -1; c <= 1; c++) {
        trial own = *from;
        double e[POINTS];
        own.slope *= c < 0 ? 1 / slope_step : c > 0 ? slope_step : 1;
        if (c != 0 && slope_step == 1) continue;
        for (size_t i = 0; i < of->n; i++) e[i] = v_exp_w1(own.slope * (of->z[i] - from->place));
        for (int at = -1; at <= 1; at++) {
            if (at != 0 && place_step == 0) continue;
            double moved = at == 0 ? 1 : v_exp_w1(-own.slope * at * place_step);
            own.place = from->place + at * place_step;
            for (int a = 0; a < n_alpha; a++) {
                double one = 0, two = 0, with_y = 0;
                own.alpha = alpha[a];
                for (size_t i = 0; i < of->n; i++) {
                    double share = share_of(e[i] * moved, own.alpha), weighed = of->w[i] * share;
                    one += weighed;
                    two += weighed * share;
                    with_y += of->wy[i] * share;
                }
                own.left = solve_levels(of, one, two, with_y, own.level);
                if (own.left < best[a].left) best[a] = own;
            }
        }
    }
}

/* Puts a trial among the best so far, of which there may be `most`; returns how many there are then. */
static int keep_trial(trial *best, int count, int most, const trial *own)
{
    if (!(own->left < INFINITY) || (count == most && own->left >= best[most - 1].left)) return count;
    int at = count < most ? count++ : most - 1;
    for (; at > 0 && own->left < best[at - 1].left; at--) best[at] = best[at - 1];
    best[at] = *own;
    return count;
}

/* Whether what is left at a node of the scan is below that of its neighbours; of equal ones the first counts. */
static bool is_basin(double (*left)[PLACES], int n_slopes, int n_places, int c, int k)
{
    double own = left[c][k];
    return own < INFINITY && (c == 0 || own < left[c - 1][k]) && (k == 0 || own < left[c][k - 1]) &&
           (c + 1 == n_slopes || own <= left[c + 1][k]) && (k + 1 == n_places || own <= left[c][k + 1]);
}

typedef void (*sum_shares_fn)(const double *against, const double *w, const double *wy, size_t n, const double *at,
                              double *sum);
static const sum_shares_fn sum_shares[CC_WIDTHS] = CC_EACH_WIDTH(sum_shares);

/* The best basins, best first, at most BASINS of them; slopes, each twice the one before, and places: the trials. */
static int scan_shares(const shares *of, const double *slope, int n_slopes, const double *place, int n_places,
                       trial *best)
{
    double left[SLOPES][PLACES], against[POINTS], at[PLACES], level[SLOPES][PLACES][2];
    int count = 0, width = cc_width_best();
    for (size_t i = 0; i < of->n; i++) against[i] = v_exp_w1(-slope[0] * (of->z[i] - place[0]));
    for (int k = 0; k < PLACES; k++) at[k] = v_exp_w1(slope[0] * (place[k < n_places ? k : 0] - place[0]));
    for (int c = 0; c < n_slopes; c++) {
        for (int k = 0; k < n_places; k += width) {
            double sum[3 * CC_MAX_WIDTH];
            sum_shares[width / 2](against, of->w, of->wy, of->n, at + k, sum);
            for (int lane = 0; lane < width && k + lane < n_places; lane++)
                left[c][k + lane] =
                    solve_levels(of, sum[lane], sum[width + lane], sum[2 * width + lane], level[c][k + lane]);
        }
        for (size_t i = 0; i < of->n; i++) against[i] *= against[i];
        for (int k = 0; k < PLACES; k++) at[k] *= at[k];
    }
    for (int c = 0; c < n_slopes; c++)
        for (int k = 0; k < n_places; k++) {
            if (!is_basin(left, n_slopes, n_places, c, k)) continue;
            trial own = {.alpha = 1, .slope = slope[c], .place = place[k], .left = left[c][k]};
            memcpy(own.level, level[c][k], sizeof own.level);
            count = keep_trial(best, count, BASINS, &own);
        }
    return count;
}

/* Whether nothing is held or given. */
static bool is_open(const cc_curve *self, const cc_points *points)
{
    bool open = true;
    for (size_t j = 0; j < self->p; j++) open = open && isnan(points->given[j]) && points->lower[j] < points->higher[j];
    return open;
}

/* The best of few slopes and places, of that sign, where all is open; false where there is none. */
static bool look_quickly(const shares *of, const cc_points *points, double sign, trial *best)
{
    double low = points->range->low[0], span = points->range->high[0] - low, slopes[QUICK_SLOPES], places[QUICK_PLACES];
    for (int c = 0; c < QUICK_SLOPES; c++) slopes[c] = sign * quick_slope * (1 << c) / span;
    for (int k = 0; k < QUICK_PLACES; k++) places[k] = low + span * quick_place[k];
    trial basin[BASINS];
    if (scan_shares(of, slopes, QUICK_SLOPES, places, QUICK_PLACES, basin) == 0) return false;
    *best = basin[0];
    return true;
}

/* What a parameter is held at or begins at by the user's wish; NaN where it is open. */
static double wanted(const cc_points *points, size_t j)
{
    return points->lower[j] < points->higher[j] ? points->given[j] : points->lower[j];
}

/* Finds levels, exponent (1 of one alone), slope and place; `slope`, `place` and `alpha` are what the user wants, or NaN; `sign` that of
 * slopes. */
static size_t find_shares(const cc_curve *self, const cc_points *points, double sign, double slope, double place,
                          const double *alpha, int n_alpha, size_t most, trial *best, bool *noisy)
{
    shares own;
    double low = points->range->low[0], span = points->range->high[0] - low, slopes[SLOPES], places[PLACES];
    bool free_slope = isnan(slope), free_place = isnan(place);
    fill(self, points, &own);
    for (int c = 0; c < SLOPES; c++) slopes[c] = free_slope ? sign * first_slope * (1 << c) / span : slope;
    for (int k = 0; k < PLACES; k++) places[k] = free_place ? low + span * scan_place[k] : place;
    trial basin[BASINS], refined[EXPONENTS], tried[BASINS * EXPONENTS];
    int n_basins = scan_shares(&own, slopes, free_slope ? SLOPES : 1, places, free_place ? PLACES : 1, basin);
    int n_tried = 0, count = 0;
    for (int k = 0; k < n_basins && basin[k].left <= RIVAL_SCAN * basin[0].left; k++) {
        refine(&own, alpha, n_alpha, free_slope ? sqrt(2) : 1, free_place ? 0.06 * span : 0, &basin[k], refined);
        for (int a = 0; a < n_alpha; a++) n_tried = keep_trial(tried, n_tried, BASINS * EXPONENTS, &refined[a]);
    }
    double degrees = own.n > self->p ? (double)(own.n - self->p) : 1;
    *noisy = !(n_tried > 0 && tried[0].left / degrees <= NOISY * own.square / (double)own.n);
    for (int k = 0; k < n_tried && count < STARTS; k++) {
        bool another = k == 0 || ((*noisy || n_alpha == 1) && tried[k].left <= RIVAL * tried[0].left);
        for (int c = 0; c < count; c++)
            if (fabs(tried[k].place - best[c].place) <= NEAR * span)
                another = another && tried[k].alpha != best[c].alpha && tried[k].left <= RIVAL_EXPONENT * tried[0].left;
        if (another) best[count++] = tried[k];
    }
    /* nothing to be told apart: a sigmoid through the middle */
    if (count == 0)
        best[count++] = (trial){.level = {points->range->y_last, points->range->y_first},
                                .alpha = 1,
                                .slope = slopes[free_slope ? SLOPES / 2 : 0],
                                .place = free_place ? low + span / 2 : place};
    return (size_t)count < most ? (size_t)count : most;
}

/* ---- M4 ----------------------------------------------------------------------------------------- */

static const cc_param m4_params[] = {
    {"e_inf", "y", "level that unlimited scale approaches", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"e_0", "y", "level of chance, from which it departs", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "how slowly it departs from chance; 1 is a sigmoid in ln x, 0 a power law", 0.01, 100,
     CC_LOG_INTERVAL, 0, 0},
    {"x_0", "x",
     "scale at which y - e_inf is (e_0 - e_inf)^(1 - alpha) * (e_0 - y)^alpha; the midpoint where alpha is 1", 0,
     INFINITY, CC_LOG_INTERVAL, 0, 1},
    {"c", "1", "exponent of scale, below 0", -INFINITY, 0, 0, 0, 0},
};

/* ---- where the exponent is at the end of its box, the law has a kink: the share falls from 1 on as a power of x, or what it lacks of 1
 * rises to 1 so. In noisy data such are often the best, and no walk crosses from one gap between points to the next: so kinks in every
 * gap are tried, for which sums up to a point and from it on are enough. */

enum { KINK_POINTS = 48, KINK_SLOPES = 12, KINK_PLACES = 5 };
/* Of the length of z, and the factor from one to the next; how near to each other two kinks are one. */
static const double first_kink_slope = 1, KINK_STEP = 1.4, NEAR_KINK = 0.05;

typedef struct kinks {
    size_t n;
    double z[KINK_POINTS], w[KINK_POINTS], wy[KINK_POINTS], square;
} kinks;

/* The points by z, weighed between what was seen and what `by` fits, so that squares stand for those of logarithms. */
static void fill_kinks(const cc_curve *self, const cc_points *points, const trial *by, kinks *out)
{
    size_t which[KINK_POINTS];
    out->n = cc_thin(self, points, KINK_POINTS, which);
    out->square = 0;
    for (size_t m = 0; m < out->n; m++) {
        double z = points->z[which[m]], y = points->y[which[m]], w = points->w[which[m]];
        double share = share_of(v_exp_w1(by->slope * (z - by->place)), by->alpha);
        double ratio = y / (by->level[0] * (1 - share) + by->level[1] * share);
        if (ratio > 0 && ratio < INFINITY) w *= ratio;
        size_t at = m;
        for (; at > 0 && out->z[at - 1] > z; at--) {
            out->z[at] = out->z[at - 1];
            out->w[at] = out->w[at - 1];
            out->wy[at] = out->wy[at - 1];
        }
        out->z[at] = z;
        out->w[at] = w;
        out->wy[at] = w * y;
        out->square += w * y * y;
    }
}

/* Puts a kink among the best two, of which the second is elsewhere; returns how many there are. */
static int keep_kink(trial *best, int count, double near, const trial *own)
{
    if (!(own->left < INFINITY)) return count;
    bool is_near = count > 0 && fabs(own->place - best[0].place) <= near;
    if (count == 0 || own->left < best[0].left) {
        if (count > 0 && !is_near) best[1] = best[0], count = 2;
        best[0] = *own;
        return count ? count : 1;
    }
    if (is_near || (count == 2 && own->left >= best[1].left)) return count;
    best[1] = *own;
    return 2;
}

/* The best two kinks with the slope on one side: `rising` to the kink in what the share lacks of 1, else falling from it in the share.
 * Seen from the end on that side, either is a ramp up to the kink and 1 from there on. */
static int best_kinks(const kinks *of, const shares *frame, bool rising, double low, double span, trial *best)
{
    shares own = *frame;
    double slope = first_kink_slope / span, along[KINK_POINTS], w[KINK_POINTS], wy[KINK_POINTS];
    int count = 0;
    own.total = own.with_y = 0;
    own.square = of->square;
    for (size_t i = 0; i < of->n; i++) {
        size_t from = rising ? i : of->n - 1 - i;
        along[i] = rising ? of->z[from] - low : low + span - of->z[from];
        w[i] = of->w[from];
        wy[i] = of->wy[from];
        own.total += w[i];
        own.with_y += wy[i];
    }
    for (int c = 0; c < KINK_SLOPES; c++, slope *= KINK_STEP) {
        double before = 0, y_before = 0, one = 0, two = 0, with_y = 0;
        for (size_t i = 0; i + 1 < of->n; i++) {
            double power = v_exp_w1(slope * along[i]), gap = along[i + 1] - along[i];
            before += w[i];
            y_before += wy[i];
            one += w[i] * power;
            two += w[i] * power * power;
            with_y += wy[i] * power;
            for (int k = 0; k < KINK_PLACES && gap > 0; k++) {
                double at = along[i] + gap * (k + 0.5) / KINK_PLACES, scale = v_exp_w1(-slope * at);
                double sum = own.total - before + scale * one, square = own.total - before + scale * scale * two,
                       product = own.with_y - y_before + scale * with_y;
                trial found = {.alpha = 1, .slope = slope, .place = rising ? low + at : low + span - at};
                if (rising) {
                    square = own.total - 2 * sum + square;
                    sum = own.total - sum;
                    product = own.with_y - product;
                }
                found.left = solve_levels(&own, sum, square, product, found.level);
                count = keep_kink(best, count, NEAR_KINK * span, &found);
            }
        }
    }
    return count;
}

/* Kinks in place of all starts but the first, as many as there may be. */
static size_t add_kinks(const cc_curve *self, const cc_points *points, size_t count, size_t most, trial *best)
{
    static const double END = 3;
    double low = points->range->low[0], span = points->range->high[0] - low,
           alpha[] = {points->lower[2], points->higher[2]};
    kinks own;
    shares frame;
    trial found[2][2];
    int n_found[2];
    fill(self, points, &frame);
    fill_kinks(self, points, &best[0], &own);
    for (int side = 0; side < 2; side++) {
        bool there = side == 0 ? alpha[0] < 1 / END : alpha[1] > END;
        n_found[side] = there ? best_kinks(&own, &frame, side == 1, low, span, found[side]) : 0;
    }
    trial second = best[1];
    size_t kept = 1;
    for (int rank = 0; rank < 2; rank++)
        for (int side = 0; side < 2; side++) {
            trial *at = &found[side][rank];
            if (rank >= n_found[side] || kept >= most) continue;
            /* far from 1 the exponent is the ratio of the slopes on both sides */
            at->slope *= side == 0 ? -1 : -alpha[1];
            at->alpha = alpha[side];
            best[kept++] = *at;
        }
    if (kept < most && count > 1) best[kept++] = second;
    return kept;
}

/* ---- where the noise is small: a step of Gauss and Newton's in all five parameters from a sigmoid, an exponent of 1, for which the
 * derivatives are closed. ------------------------------------------------------------------------------------------------------ */

enum { M4_PARAMS = 5 };
/* Variance of ln y that such a step promises to leave, up to which what it leads to is the only start. */
static const double QUIET = 2e-3;
/* By how many times it may change what is a scale. */
static const double LONGEST = 2.5;

/* Solves a x = b for a (M4_PARAMS,M4_PARAMS), of which it takes the lower triangle, in place of b; returns b'x, or infinity where there is
 * no solution. */
static double solve_step(double (*a)[M4_PARAMS], double *b)
{
    double promise = 0;
    for (int j = 0; j < M4_PARAMS; j++) {
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
    for (int j = M4_PARAMS - 1; j >= 0; j--) {
        for (int m = j + 1; m < M4_PARAMS; m++) b[j] -= a[m][j] * b[m];
        b[j] *= a[j][j];
    }
    return promise;
}

/* Takes the step from a sigmoid; false where it does not promise to leave little. */
static bool step_m4(const shares *of, trial *best)
{
    double a[M4_PARAMS][M4_PARAMS] = {{0}}, b[M4_PARAMS] = {0}, left = 0, total = 0;
    double far = best->level[0], fall = best->level[1] - far;
    for (size_t i = 0; i < of->n; i++) {
        double since = of->z[i] - best->place, e = v_exp_w1(best->slope * since), rest = 1 / (1 + e), share = e * rest;
        double f = far + fall * share, y = of->wy[i] / of->w[i], over = 1 / f, w = of->w[i];
        double r = v_log_w1(y * over), by_q = fall * share * rest * over;
        /* by the levels, ln alpha, ln x_0 and c */
        double g[M4_PARAMS] = {rest * over, share * over, by_q * v_log_w1(rest), -by_q * best->slope, by_q * since};
        left += w * r * r;
        total += w;
        for (int j = 0; j < M4_PARAMS; j++) {
            double weighed = w * g[j];
            b[j] += weighed * r;
            for (int k = 0; k <= j; k++) a[j][k] += weighed * g[k];
        }
    }
    double ahead = left - solve_step(a, b), degrees = of->n > M4_PARAMS ? (double)(of->n - M4_PARAMS) : 1;
    if (!(ahead >= 0 && ahead / degrees <= QUIET * total / (double)of->n)) return false;
    for (int k = 0; k < 2; k++) best->level[k] = fmax(best->level[k] + b[k], best->level[k] / LONGEST);
    best->alpha = fmin(fmax(exp(b[2]), 1 / LONGEST), LONGEST);
    best->place += b[3];
    best->slope *= fmin(fmax(1 + b[4] / best->slope, 1 / LONGEST), LONGEST);
    return true;
}

/* A start for small noise; false where there is more, or something is held. */
static bool quick_m4(const cc_curve *self, const cc_points *points, trial *best)
{
    shares own;
    if (!is_open(self, points)) return false;
    fill(self, points, &own);
    /* few points fit well whatever the noise */
    return own.n > 2 * M4_PARAMS && look_quickly(&own, points, -1, best) && best->level[0] > 0 && step_m4(&own, best);
}

static size_t m4_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    static const double scan_alpha[] = {1, 0.5, 2};
    double alpha = wanted(points, 2), near = isnan(alpha) ? 1 : alpha < 0.71 ? 0.5 : alpha > 1.41 ? 2 : 1;
    double slope = wanted(points, 4), place = log(wanted(points, 3));
    trial best[STARTS];
    bool noisy = false;
    size_t count = 1;
    if (most > STARTS) most = STARTS;
    if (!quick_m4(self, points, &best[0]))
        count = find_shares(self, points, -1, slope, place, isnan(alpha) ? scan_alpha : &near,
                            isnan(alpha) ? CC_COUNT(scan_alpha) : 1, most, best, &noisy);
    if (noisy && isnan(alpha) && isnan(slope) && isnan(place)) count = add_kinks(self, points, count, most, best);
    for (size_t k = 0; k < count; k++) {
        double *to = start + k * self->p;
        to[0] = best[k].level[0];
        to[1] = best[k].level[1];
        to[2] = isnan(alpha) ? best[k].alpha : alpha;
        to[3] = exp(fmin(fmax(best[k].place, -690), 690));
        to[4] = best[k].slope;
    }
    return count;
}

static const cc_derived m4_derived[] = {
    {"log_beta", "1", "natural logarithm of beta in (y - e_inf)/(e_0 - y)^alpha = beta * x^c, as the source writes it",
     -1},
};

static void m4_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double fall = theta[1] - theta[0], alpha = theta[2], log_fall = log(fabs(fall));
    value[0] = (1 - alpha) * log_fall - theta[4] * log(theta[3]);
    gradient[0] = -(1 - alpha) / fall;
    gradient[1] = (1 - alpha) / fall;
    gradient[2] = -log_fall;
    gradient[3] = -theta[4] / theta[3];
    gradient[4] = -log(theta[3]);
}

static double m4_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = (y - theta[0]) / (theta[1] - theta[0]), rest = (theta[1] - y) / (theta[1] - theta[0]);
    if (!(share > 0 && rest > 0)) return NAN;
    return theta[3] * exp((log(share) - theta[2] * log(rest)) / theta[4]);
}

static const double m4_example[] = {0.08, 0.9, 1.4, 150, -0.9};

static const cc_curve m4 = {
    .name = "m4",
    .title = "M4: from chance to a floor",
    .formula = "the y between e_inf and e_0 with (y - e_inf)/(e_0 - y)^alpha = (e_0 - e_inf)^(1 - alpha) * (x/x_0)^c",
    .source = "Alabdulmohsin, Neyshabur and Zhai (2022), Revisiting neural scaling laws in language and vision, "
              "arXiv:2209.06640",
    .when = "Error or loss that leaves the level of chance, falls as a power of scale, and levels off.",
    .when_not =
        "No points near chance: e_0 and alpha are then guesses, so fix e_0 where it is known, or use power_floor.",
    .p = 5,
    .params = m4_params,
    .r = 1,
    .regressors = one_scale,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X | CC_RESCALE,
    .values = CC_EACH_WIDTH(m4_values),
    .features = cc_log_features,
    .starts = m4_starts,
    .n_derived = 1,
    .derived = m4_derived,
    .derive = m4_derive,
    .inverse = m4_inverse,
    .example = m4_example,
    .example_x = cc_example_scale,
};

/* ---- accuracy on a task ------------------------------------------------------------------------- */

static const cc_param downstream_params[] = {
    {"chance", "y", "accuracy of guessing", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"ceiling", "y", "accuracy that low loss approaches", 0, INFINITY, CC_LINEAR_LEVEL | CC_CEILING, 1, 0},
    {"steepness", "1/x", "above 0 where accuracy falls with the regressor, as with loss; below 0 where it rises",
     -INFINITY, INFINITY, 0, 0, -1},
    {"midpoint", "x", "loss at which accuracy is halfway between chance and ceiling", -INFINITY, INFINITY, 0, 0, 1},
};

/* A start for small noise; false where there is more, or something is held. */
static bool quick_downstream(const cc_curve *self, const cc_points *points, double sign, trial *best)
{
    static const double alpha = 1;
    shares own;
    trial rough;
    if (!is_open(self, points)) return false;
    fill(self, points, &own);
    if (!look_quickly(&own, points, sign, &rough)) return false;
    refine(&own, &alpha, 1, sqrt(2), 0.06 * (points->range->high[0] - points->range->low[0]), &rough, best);
    double degrees = own.n > self->p ? (double)(own.n - self->p) : 1;
    return best->left / degrees <= NOISY * own.square / (double)own.n;
}

static size_t downstream_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    static const double alpha[] = {1};
    double sign = points->range->y_last > points->range->y_first ? 1 : -1;
    trial best[STARTS];
    bool noisy;
    size_t count = 1;
    if (!quick_downstream(self, points, sign, &best[0]))
        count = find_shares(self, points, sign, -wanted(points, 2), wanted(points, 3), alpha, CC_COUNT(alpha), most,
                            best, &noisy);
    for (size_t k = 0; k < count; k++) {
        double *to = start + k * self->p;
        to[0] = best[k].level[0];
        to[1] = best[k].level[1];
        to[2] = -best[k].slope;
        to[3] = best[k].place;
    }
    return count;
}

static const cc_derived downstream_derived[] = {
    {"emergence", "x", "loss at which a tenth of the way from chance to the ceiling is done", -1},
    {"saturation", "x", "loss at which nine tenths of the way are done", -1},
};

static void downstream_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double tenth = log(9.0) / theta[2];
    value[0] = theta[3] + tenth;
    value[1] = theta[3] - tenth;
    for (int j = 0; j < 8; j++) gradient[j] = 0;
    gradient[2] = -tenth / theta[2];
    gradient[3] = 1;
    gradient[6] = tenth / theta[2];
    gradient[7] = 1;
}

static double downstream_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    double share = (y - theta[0]) / (theta[1] - theta[0]), rest = (theta[1] - y) / (theta[1] - theta[0]);
    return share > 0 && rest > 0 ? theta[3] - log(share / rest) / theta[2] : NAN;
}

static const double downstream_example[] = {0.25, 0.92, 4, 2.7};

/* Losses from 4.2 down to 1.8. */
static void loss_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = 4.2 - (n > 1 ? 2.4 * (double)i / (double)(n - 1) : 0);
}

static const cc_curve downstream = {
    .name = "downstream",
    .title = "Accuracy on a task against loss",
    .formula = "chance + (ceiling - chance)/(1 + exp(steepness * (loss - midpoint)))",
    .source = "Bhagia et al. (2024), Establishing task scaling laws via compute-efficient model ladders, "
              "arXiv:2412.04403, the second of its two steps",
    .when = "Accuracy on a task against the loss of the model on it, or against the logarithm of compute: fix chance "
            "where it "
            "is known.",
    .when_not = "No model is better than chance yet, or none is past the midpoint: the ceiling is then a guess.",
    .p = 4,
    .params = downstream_params,
    .r = 1,
    .regressors = one_loss,
    .n_features = 1,
    .error_model = CC_ADDITIVE,
    .flags = CC_RESCALE,
    .values = CC_EACH_WIDTH(downstream_values),
    .starts = downstream_starts,
    .n_derived = 2,
    .derived = downstream_derived,
    .derive = downstream_derive,
    .inverse = downstream_inverse,
    .example = downstream_example,
    .example_x = loss_example,
};

CC_FAMILY(scaling, chance, &m4, &downstream);

#endif
