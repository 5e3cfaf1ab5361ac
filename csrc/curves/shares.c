// SPDX-License-Identifier: GPL-3.0-or-later
/* shares.c - shares of a whole in logistic substitution: of one new technology, and of several that displace each other.
 *
 * With several, rows are stacked, one for each time and technology, and the shares of one time sum to 1: a multinomial logit whose
 * log odds against technology 1 are lines in time. With two technologies that is the Fisher-Pry curve of the second.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

CC_INLINE void CC_W(fisher_pry_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - theta[1];
    *f = CC_W(v_expit)(theta[0] * since);
    V slope = *f * (1.0 - *f);
    g[0] = slope * since;
    g[1] = -slope * theta[0];
}
CC_VALUES(fisher_pry, 2, 1, 2)

/* The shares of `count` technologies at a time. The largest of the log odds is taken out before exp, so that none overflows. */
CC_INLINE void CC_W(shares_at)(int count, V time, const V *theta, V *share)
{
    V largest = CC_W(v_all)(0.0), sum = largest;
    share[0] = largest;
    for (int k = 1; k < count; k++) {
        share[k] = theta[2 * k - 2] * (time - theta[2 * k - 1]);
        largest = CC_W(v_max)(largest, share[k]);
    }
    for (int k = 0; k < count; k++) {
        share[k] = CC_W(v_exp)(share[k] - largest);
        sum = sum + share[k];
    }
    V over = 1.0 / sum;
    for (int k = 0; k < count; k++) share[k] = share[k] * over;
}

/* The share of technology x[1]; rows of one time, which usually follow each other, have all shares in common. */
CC_INLINE void CC_W(substitution)(int count, const double *x, size_t stride, const double *theta, double *f, double *g,
                                  size_t n)
{
    enum { MOST = 2 * CC_MOST_TECHNOLOGIES - 2 };
    const size_t p = (size_t)(2 * count - 2);
    V th[MOST], share[CC_MOST_TECHNOLOGIES], zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), seen = CC_W(v_all)(NAN);
    for (size_t j = 0; j < p; j++) th[j] = CC_W(v_load)(theta + j * CC_WIDTH);
    for (int k = 0; k < count; k++) share[k] = seen;
    for (size_t i = 0; i < n; i++) {
        V time = CC_W(v_load)(x + i * CC_WIDTH), which = CC_W(v_load)(x + (stride + i) * CC_WIDTH);
        if (CC_W(v_any)(~(V_LE(time, seen) & V_LE(seen, time)))) CC_W(shares_at)(count, time, th, share);
        seen = time;
        V own = CC_W(v_all)(NAN);
        M itself[CC_MOST_TECHNOLOGIES];
        for (int k = 0; k < count; k++) {
            V number = CC_W(v_all)(k + 1.0);
            itself[k] = V_LE(which, number) & V_LE(number, which);
            own = CC_W(v_select)(itself[k], share[k], own);
        }
        CC_W(v_store)(f + i * CC_WIDTH, own);
        for (int k = 1; g && k < count; k++) {
            V slope = own * (CC_W(v_select)(itself[k], one, zero) - share[k]);
            double *to = g + (i * p + (size_t)(2 * k - 2)) * CC_WIDTH;
            CC_W(v_store)(to, slope * (time - th[2 * k - 1]));
            CC_W(v_store)(to + CC_WIDTH, -slope * th[2 * k - 2]);
        }
    }
}

#define SUBSTITUTION_VALUES(K)                                                                                         \
    static void CC_W(substitution_##K##_values)(const cc_curve *self, const double *x, size_t stride,                  \
                                                const double *theta, double *f, double *g, size_t n)                   \
    {                                                                                                                  \
        (void)self;                                                                                                    \
        CC_W(substitution)(K, x, stride, theta, f, g, n);                                                              \
    }

SUBSTITUTION_VALUES(3)
SUBSTITUTION_VALUES(4)
SUBSTITUTION_VALUES(5)
#undef SUBSTITUTION_VALUES

#else

#include <math.h>
#include <string.h>

#include "curvecast.h"

enum { CC_MOST_TECHNOLOGIES = 5 };

#define CC_WIDTH_FILE "curves/shares.c"
#include "curves/families.h"
#include "widths.h"

static const double LN81 = 4.394449154672439;

/* A weighted line of z on t, summed up point by point. */
typedef struct line {
    double w, t, z, tt, tz;
} line;

static void line_add(line *sums, double w, double t, double z)
{
    sums->w += w;
    sums->t += w * t;
    sums->z += w * z;
    sums->tt += w * t * t;
    sums->tz += w * t * z;
}

/* Slope, and where the line is 0; false where the points do not make a line that crosses 0. */
static bool line_solve(const line *sums, double *slope, double *zero)
{
    double mean = sums->t / sums->w, spread = sums->tt - sums->w * mean * mean;
    *slope = (sums->tz - mean * sums->z) / spread;
    *zero = mean - sums->z / sums->w / *slope;
    return spread > 0 && isfinite(*slope) && isfinite(*zero);
}

/* ---- one new technology ------------------------------------------------------------------------ */

static const cc_param fisher_pry_params[] = {
    {"rate", "1/x", "growth rate of the odds of the new technology; negative: its share falls", -INFINITY, INFINITY, 0,
     0, -1},
    {"midpoint", "x", "time at which the share is one half", -INFINITY, INFINITY, 0, 0, 1},
};

static const cc_derived fisher_pry_derived[] = {
    {"takeover_time", "x", "time from a share of 10 % to one of 90 %", 0},
};

static void fisher_pry_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double rate[] = {2, 5, 12, 30}, place[] = {-0.3, 0.15, 0.4, 0.65, 0.9, 1.3, 2};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 0, (range->y_last < range->y_first ? -1 : 1) / span, rate, CC_COUNT(rate));
    cc_grid_places(grid, 1, range->low[0], span, place, CC_COUNT(place));
}

/* The line of the log odds, which is the answer under errors in log odds; weights are those of levels. */
static size_t fisher_pry_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    (void)self;
    (void)most;
    line sums = {0};
    double origin = points->range->low[0];
    for (size_t i = 0; i < points->n; i++) {
        double y = points->y[i], spread = y * (1 - y);
        if (spread > 0 && points->w[i] > 0)
            line_add(&sums, points->w[i] * spread * spread, points->z[i] - origin, log(y / (1 - y)));
    }
    if (!line_solve(&sums, &start[0], &start[1])) return 0;
    start[1] += origin;
    return 1;
}

static void fisher_pry_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = LN81 / theta[0];
    gradient[0] = -LN81 / (theta[0] * theta[0]);
    gradient[1] = 0;
}

static double fisher_pry_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > 0 && y < 1 ? theta[1] + log(y / (1 - y)) / theta[0] : NAN;
}

static const double fisher_pry_example[] = {0.25, 2016};

static const cc_curve fisher_pry = {
    .name = "fisher_pry",
    .title = "Fisher-Pry substitution",
    .formula = "1 / (1 + exp(-rate * (time - midpoint)))",
    .source = "Fisher, J. C. and Pry, R. H. (1971), A simple substitution model of technological change, Technological "
              "Forecasting and Social Change 3, 75-88",
    .when = "The share of a new technology, between 0 and 1, that in the end replaces the old one entirely.",
    .when_not = "The share ends below 1 (use logistic), it is in percent (divide by 100), or several new technologies "
                "compete (use substitution_3 and so on).",
    .p = 2,
    .params = fisher_pry_params,
    .r = 1,
    .regressors = cc_time,
    .n_features = 1,
    .error_model = CC_LOGIT,
    .values = CC_EACH_WIDTH(fisher_pry_values),
    .grid = fisher_pry_grid,
    .starts = fisher_pry_starts,
    .n_derived = 1,
    .derived = fisher_pry_derived,
    .derive = fisher_pry_derive,
    .inverse = fisher_pry_inverse,
    .example = fisher_pry_example,
    .example_x = cc_example_time,
};

/* ---- several technologies ---------------------------------------------------------------------- */

static const char *const substitution_regressors[] = {"time", "technology"};

static size_t technologies(const cc_curve *self)
{
    return self->p / 2 + 1;
}

/* Regressors as they are; a row of no technology has no features. */
static void substitution_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z,
                                  double *dz)
{
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < n; i++) {
        double number = x[n + i];
        bool is_one = number >= 1 && number <= (double)technologies(self) && number == floor(number);
        z[i] = x[i];
        z[n + i] = is_one ? number : NAN;
    }
}

/* Mean shares in equal parts of the time span, and mean times since its beginning; only parts that have rows are kept. */
enum { BINS = 24 };

typedef struct bins {
    size_t n;
    double time[BINS], rows[BINS];
    double share[BINS][CC_MOST_TECHNOLOGIES], count[BINS][CC_MOST_TECHNOLOGIES];
} bins;

/* Means of one part; where one technology was not observed, it has what the others leave. A share that no logarithm takes is a small one. */
static void finish_bin(bins *all, size_t bin, size_t technologies)
{
    static const double least = 1e-3;
    size_t unseen = 0, n_unseen = 0;
    double sum = 0;
    all->time[bin] /= all->rows[bin];
    for (size_t k = 0; k < technologies; k++) {
        if (all->count[bin][k] > 0) {
            all->share[bin][k] /= all->count[bin][k];
            sum += all->share[bin][k];
        } else {
            unseen = k;
            n_unseen++;
        }
    }
    if (n_unseen == 1) {
        all->share[bin][unseen] = 1 - sum;
        all->count[bin][unseen] = 1;
    }
    for (size_t k = 0; k < technologies; k++) all->share[bin][k] = fmax(all->share[bin][k], least);
}

static void fill_bins(const cc_points *points, size_t technologies, bins *all)
{
    double low = points->range->low[0], parts = BINS / (points->range->high[0] - low);
    *all = (bins){0};
    for (size_t i = 0; i < points->n; i++) {
        if (!(points->w[i] > 0)) continue;
        double since = points->z[i] - low, place = parts * since;
        size_t bin = place < BINS ? (size_t)place : BINS - 1, own = (size_t)points->z[points->n + i] - 1;
        all->time[bin] += since;
        all->rows[bin]++;
        all->share[bin][own] += points->y[i];
        all->count[bin][own]++;
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        if (!(all->rows[bin] > 0)) continue;
        size_t to = all->n++;
        all->time[to] = all->time[bin];
        all->rows[to] = all->rows[bin];
        memmove(all->share[to], all->share[bin], sizeof *all->share);
        memmove(all->count[to], all->count[bin], sizeof *all->count);
        finish_bin(all, to, technologies);
    }
}

/* How much two technologies had to share in a part of the time, as if shares were counts. */
static double in_common(const bins *all, size_t bin, size_t k, size_t j)
{
    if (!(all->count[bin][k] > 0 && all->count[bin][j] > 0)) return 0;
    return all->share[bin][k] * all->share[bin][j] / (all->share[bin][k] + all->share[bin][j]);
}

/* The one of the technologies before k which it had the most to share with. */
static size_t nearest_before(const bins *all, size_t k)
{
    size_t nearest = 0;
    double most = -1;
    for (size_t j = 0; j < k; j++) {
        double sum = 0;
        for (size_t bin = 0; bin < all->n; bin++) sum += in_common(all, bin, k, j);
        if (sum > most) most = sum, nearest = j;
    }
    return nearest;
}

/* Lines of log odds against the first technology. What comes late has hardly met the first: so each is compared with the one before it
 * that is nearest, and the lines are added up. */
static size_t substitution_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    (void)most;
    bins all;
    double low = points->range->low[0], span = points->range->high[0] - low;
    double slope[CC_MOST_TECHNOLOGIES] = {0}, level[CC_MOST_TECHNOLOGIES] = {0};
    fill_bins(points, technologies(self), &all);
    for (size_t k = 1; k < technologies(self); k++) {
        size_t against = nearest_before(&all, k);
        line sums = {0};
        double zero;
        for (size_t bin = 0; bin < all.n; bin++) {
            double w = in_common(&all, bin, k, against);
            if (w > 0) line_add(&sums, w, all.time[bin], log(all.share[bin][k] / all.share[bin][against]));
        }
        if (!line_solve(&sums, &slope[k], &zero)) {
            slope[k] = 4 / span;
            zero = 0.5 * span;
        }
        level[k] = level[against] - slope[k] * zero;
        slope[k] += slope[against];
        bool crosses = isfinite(level[k] / slope[k]);
        start[2 * k - 2] = crosses ? slope[k] : 4 / span;
        start[2 * k - 1] = low + (crosses ? -level[k] / slope[k] : 0.5 * span);
    }
    return 1;
}

static void substitution_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    for (size_t k = 0; k < self->p * self->n_derived; k++) gradient[k] = 0;
    for (size_t k = 0; k < self->n_derived; k++) {
        value[k] = LN81 / theta[2 * k];
        gradient[k * self->p + 2 * k] = -LN81 / (theta[2 * k] * theta[2 * k]);
    }
}

/* Times in order, and at each time the technologies in turn. */
static void substitution_example_x(const cc_curve *self, size_t n, double *x)
{
    size_t count = technologies(self), steps = n > count ? (n - 1) / count : 1;
    for (size_t i = 0; i < n; i++) {
        x[i] = 2000 + 30 * (double)(i / count) / (double)steps;
        x[n + i] = (double)(i % count + 1);
    }
}

#define RATE(K)                                                                                                        \
    {"rate_" #K, "1/x", "growth rate of the odds of technology " #K " against technology 1", -INFINITY, INFINITY, 0,   \
     0,          -1}
#define MIDPOINT(K)                                                                                                    \
    {"midpoint_" #K, "x", "time at which technologies " #K " and 1 have the same share", -INFINITY, INFINITY, 0, 0, 1}
#define TAKEOVER(K)                                                                                                    \
    {"takeover_time_" #K, "x",                                                                                         \
     "time in which technology " #K " goes from 10 to 90 % of what it and technology 1 have", 2 * (K) - 4}

static const cc_param substitution_params[] = {RATE(2), MIDPOINT(2), RATE(3), MIDPOINT(3),
                                               RATE(4), MIDPOINT(4), RATE(5), MIDPOINT(5)};
static const cc_derived substitution_derived[] = {TAKEOVER(2), TAKEOVER(3), TAKEOVER(4), TAKEOVER(5)};

/* Enough of each technology to see it come, and of those between the first and the last also to see them go. */
static const double substitution_3_example[] = {0.3, 2008, 0.55, 2014},
                    substitution_4_example[] = {0.3, 2006, 0.55, 2011, 0.85, 2016},
                    substitution_5_example[] = {0.35, 2005, 0.6, 2009, 0.9, 2013.5, 1.25, 2017.5};

#define ODDS(K) "exp(rate_" #K "*(time - midpoint_" #K "))"
#define SHARES(SUM) "u_technology / (1 + " SUM "), u_1 = 1"

#define SUBSTITUTION(K, FORMULA)                                                                                       \
    static const cc_curve substitution_##K = {                                                                         \
        .name = "substitution_" #K,                                                                                    \
        .title = "Logistic substitution among " #K " technologies",                                                    \
        .formula = FORMULA,                                                                                            \
        .source =                                                                                                      \
            "Peterka, V. (1977), Macrodynamics of technological change: market penetration by new technologies, "      \
            "IIASA RR-77-22; after Marchetti, C. and Nakicenovic, N. (1979), The dynamics of energy systems and "      \
            "the logistic substitution model, IIASA RR-79-13",                                                         \
        .when = "Shares of " #K " technologies that sum to 1, one row for each time and technology (`stack` makes "    \
                "them), numbered from 1 for the oldest.",                                                              \
        .when_not = "All technologies have rows and standard errors count: as shares sum to 1 these are then too "     \
                    "small; leave one technology out (leave_out= of `stack`). Shares of exactly 0 or 1: "              \
                    "error_model='additive'.",                                                                         \
        .p = 2 * (K) - 2,                                                                                              \
        .params = substitution_params,                                                                                 \
        .r = 2,                                                                                                        \
        .regressors = substitution_regressors,                                                                         \
        .n_features = 2,                                                                                               \
        .error_model = CC_LOGIT,                                                                                       \
        .values = CC_EACH_WIDTH(substitution_##K##_values),                                                            \
        .features = substitution_features,                                                                             \
        .starts = substitution_starts,                                                                                 \
        .n_derived = (K) - 1,                                                                                          \
        .derived = substitution_derived,                                                                               \
        .derive = substitution_derive,                                                                                 \
        .example = substitution_##K##_example,                                                                         \
        .example_x = substitution_example_x,                                                                           \
    }

SUBSTITUTION(3, SHARES("u_2 + u_3") ", u_2 = " ODDS(2) ", u_3 = " ODDS(3));
SUBSTITUTION(4, SHARES("u_2 + u_3 + u_4") ", u_2 = " ODDS(2) ", u_3 = " ODDS(3) ", u_4 = " ODDS(4));
SUBSTITUTION(
    5, SHARES("u_2 + u_3 + u_4 + u_5") ", u_2 = " ODDS(2) ", u_3 = " ODDS(3) ", u_4 = " ODDS(4) ", u_5 = " ODDS(5));

CC_FAMILY(sigmoid, shares, &fisher_pry, &substitution_3, &substitution_4, &substitution_5);

#endif
