// SPDX-License-Identifier: GPL-3.0-or-later
/* repeated.c - the law of Muennighoff et al.: loss against size and data where data run out and are repeated.
 *
 * Repeats are worth less and less: U tokens seen again and again are worth no more than (1 + R_D) U new ones. Parameters in excess of
 * what is optimal for U are worth less and less in the same way.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* ln k(r) with k = 1 + limit (1 - e^(-r/limit)), r + 1 = e^more: what e^more of something is worth when all but one of it is excess.
 * `falls` is the worth of a little more, e^(-r/limit); by_limit the derivative of k. */
CC_INLINE V CC_W(log_worth)(V more, V limit, V *k, V *falls, V *by_limit)
{
    V r = CC_W(v_expm1)(more), share = r / limit, gone = -CC_W(v_expm1)(-share);
    *falls = 1.0 - gone;
    *k = 1.0 + limit * gone;
    /* all of it used up: infinity times nothing */
    *by_limit = gone - CC_W(v_select)(V_LT(CC_W(v_all)(0.0), *falls), share * *falls, CC_W(v_all)(0.0));
    return CC_W(v_log)(*k);
}

/* x = ln N, ln D, ln U; theta = E, A, B, alpha, beta, R_D, R_N */
CC_INLINE void CC_W(data_limited_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), alpha = theta[3], beta = theta[4];
    V unique = CC_W(v_min)(x[2], x[1]), k, falls, by_limit;
    V data = unique + CC_W(log_worth)(x[1] - unique, theta[5], &k, &falls, &by_limit);
    V of_data = theta[2] * CC_W(v_exp)(-beta * data);
    V by_R_D = -of_data * beta * by_limit / k;

    /* the optimal size for the unique data: alpha A N^-alpha = beta B U^-beta */
    V optimal = (CC_W(v_log)(alpha * theta[1] / (beta * theta[2])) + beta * unique) / alpha;
    V excess = CC_W(v_max)(x[0] - optimal, zero), base = x[0] - excess;
    V size = base + CC_W(log_worth)(excess, theta[6], &k, &falls, &by_limit);
    V of_size = theta[1] * CC_W(v_exp)(-alpha * size);
    V by_size = -of_size * alpha;
    /* how the worth of N changes with the optimal size, from nothing where N does not exceed it */
    V last = CC_W(v_select)(V_LT(zero, falls), CC_W(v_exp)(excess) * falls, zero);
    V by_optimal = CC_W(v_select)(V_LT(zero, excess), by_size * (1.0 - last / k) / alpha, zero);

    *f = theta[0] + of_size + of_data;
    g[0] = CC_W(v_all)(1.0);
    g[1] = (of_size + by_optimal) / theta[1];
    g[2] = (of_data - by_optimal) / theta[2];
    g[3] = -of_size * size + by_optimal * (1.0 / alpha - optimal);
    g[4] = -of_data * data + by_optimal * (unique - 1.0 / beta);
    g[5] = by_R_D;
    g[6] = by_size * by_limit / k;
}
CC_VALUES(data_limited, 7, 3, 7)

#else

#include <math.h>
#include <string.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/repeated.c"
#include "curves/families.h"
#include "widths.h"

static const char *const size_data_unique[] = {"N", "D", "U"};

/* Limits beyond 1e-3 and 1e4 no data could tell from repeats that are worth nothing or as much as new tokens. */
static const cc_param data_limited_params[] = {
    {"E", "y", "loss that neither size nor data removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "part that falls with size, at N = 1", 0, INFINITY, CC_LOG_INTERVAL, 1, 0},
    {"B", "y", "part that falls with data, at D = 1", 0, INFINITY, CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "exponent of size", 0, INFINITY, 0, 0, 0},
    {"beta", "1", "exponent of data", 0, INFINITY, 0, 0, 0},
    {"R_D", "1", "repeats after which one more is worth 1/e of the first: R_D* of the source", 1e-3, 1e4,
     CC_LOG_INTERVAL, 0, 0},
    {"R_N", "1", "the same of parameters beyond the optimum for the unique data: R_N* of the source", 1e-3, 1e4,
     CC_LOG_INTERVAL, 0, 0},
};

/* ---- starts ------------------------------------------------------------------------------------- */

enum {
    POINTS = 48,
    EXPONENTS = 6,
    LIMITS = 3,
    BEST = 24,
    FIRST = 2,
    ROUNDS = 3,
    COLUMNS = 2 + EXPONENTS * (1 + LIMITS)
};
static const double exponent[EXPONENTS] = {0.08, 0.18, 0.3, 0.45, 0.7, 1.2}, limit_of_data[LIMITS] = {2, 10, 50},
                    limit_of_size[] = {1, 6, 40, 0.05, 4000}; /* the last ones where more is asked for */

/* Thinned points: logarithms about their means, so that no power leaves the range. */
typedef struct thinned {
    size_t n;
    double y[POINTS], w[POINTS], size[POINTS], data[POINTS], unique[POINTS];
    double size_mean, unique_mean;
} thinned;

static void thin(const cc_curve *self, const cc_points *points, thinned *out)
{
    size_t which[POINTS], n = points->n;
    *out = (thinned){.n = cc_thin(self, points, POINTS, which)};
    for (size_t m = 0; m < out->n; m++) {
        size_t i = which[m];
        out->y[m] = points->y[i];
        out->w[m] = points->w[i];
        out->size[m] = points->z[i];
        out->data[m] = points->z[n + i];
        out->unique[m] = fmin(points->z[n + i], points->z[2 * n + i]);
        out->size_mean += out->size[m] / (double)out->n;
        out->unique_mean += out->unique[m] / (double)out->n;
    }
}

/* ln of what e^more is worth; as log_worth above. */
static double worth(double more, double limit)
{
    return log1p(-limit * expm1(-expm1(more) / limit));
}

/* Least squares of y on 1 and two columns from their products, the first at least 0; what is left, or infinity where a term would have
 * to be negative. Products: (1, size, data, y) by the same. */
static double solve_three(double m[4][4], double *answer)
{
    double d11 = m[1][1] - m[0][1] * m[0][1] / m[0][0], d12 = m[1][2] - m[0][1] * m[0][2] / m[0][0];
    double d22 = m[2][2] - m[0][2] * m[0][2] / m[0][0], e1 = m[1][3] - m[0][1] * m[0][3] / m[0][0];
    double e2 = m[2][3] - m[0][2] * m[0][3] / m[0][0];
    for (int floor_free = 1; floor_free >= 0; floor_free--) {
        if (!floor_free) d11 = m[1][1], d12 = m[1][2], d22 = m[2][2], e1 = m[1][3], e2 = m[2][3];
        double determinant = d11 * d22 - d12 * d12;
        answer[1] = (e1 * d22 - e2 * d12) / determinant;
        answer[2] = (e2 * d11 - e1 * d12) / determinant;
        answer[0] = floor_free ? (m[0][3] - answer[1] * m[0][1] - answer[2] * m[0][2]) / m[0][0] : 0;
        if (answer[0] >= 0) break;
    }
    if (!(answer[1] > 0 && answer[2] > 0)) return INFINITY;
    double left = m[3][3];
    for (int a = 0; a < 3; a++) {
        left -= 2 * answer[a] * m[a][3];
        for (int b = 0; b < 3; b++) left += answer[a] * m[a][b] * answer[b];
    }
    return left;
}

/* All parameters but the limit of size, as if no size were in excess: every pair of exponents at every limit of data. Best first. */
static size_t without_excess(const cc_curve *self, const thinned *points, double *start, double *value)
{
    static const int first_data = 1 + EXPONENTS, of_y = COLUMNS - 1;
    double column[COLUMNS][POINTS], product[COLUMNS][COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < points->n; i++) {
        double root = sqrt(points->w[i]);
        column[0][i] = root;
        column[of_y][i] = root * points->y[i];
        for (int a = 0; a < EXPONENTS; a++)
            column[1 + a][i] = root * exp(-exponent[a] * (points->size[i] - points->size_mean));
        for (int l = 0; l < LIMITS; l++) {
            double data = points->unique[i] + worth(points->data[i] - points->unique[i], limit_of_data[l]);
            for (int b = 0; b < EXPONENTS; b++)
                column[first_data + l * EXPONENTS + b][i] = root * exp(-exponent[b] * (data - points->unique_mean));
        }
    }
    for (int a = 0; a < COLUMNS; a++)
        for (int b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t i = 0; i < points->n; i++) sum += column[a][i] * column[b][i];
            product[a][b] = product[b][a] = sum;
        }
    for (int a = 0; a < EXPONENTS; a++)
        for (int l = 0; l < LIMITS; l++)
            for (int b = 0; b < EXPONENTS; b++) {
                int which[] = {0, 1 + a, first_data + l * EXPONENTS + b, of_y};
                double m[4][4], answer[3];
                for (int r = 0; r < 4; r++)
                    for (int c = 0; c < 4; c++) m[r][c] = product[which[r]][which[c]];
                double left = solve_three(m, answer);
                double theta[] = {answer[0],
                                  answer[1] * exp(exponent[a] * points->size_mean),
                                  answer[2] * exp(exponent[b] * points->unique_mean),
                                  exponent[a],
                                  exponent[b],
                                  limit_of_data[l],
                                  1};
                count = cc_keep_start(start, value, count, BEST, self->p, theta, left);
            }
    return count;
}

/* Products of 1, the terms of size and data for A = B = 1 about the means, and y, at theta. */
static void multiply(const thinned *points, const double *theta, double m[4][4])
{
    double alpha = theta[3], beta = theta[4], level = log(alpha * theta[1] / (beta * theta[2]));
    memset(m, 0, 16 * sizeof(double));
    for (size_t i = 0; i < points->n; i++) {
        double optimal = (level + beta * points->unique[i]) / alpha, excess = fmax(points->size[i] - optimal, 0);
        double size = points->size[i] - excess + worth(excess, theta[6]);
        double data = points->unique[i] + worth(points->data[i] - points->unique[i], theta[5]);
        double row[] = {1, exp(-alpha * (size - points->size_mean)), exp(-beta * (data - points->unique_mean)),
                        points->y[i]};
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++) m[a][b] += points->w[i] * row[a] * row[b];
    }
}

/* What E, A and B of theta leave of y. */
static double left_by(const thinned *points, const double *theta, double m[4][4])
{
    const double coefficient[] = {theta[0], theta[1] * exp(-theta[3] * points->size_mean),
                                  theta[2] * exp(-theta[4] * points->unique_mean), -1};
    double left = 0;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) left += coefficient[a] * m[a][b] * coefficient[b];
    return left;
}

/* Solves for E, A and B at theta, in place, as far as that helps; returns what is left. A and B set the optimal size, which sets how much
 * of a size is excess, so the answer may be worse than what it came from: then that stays. */
static double with_excess(const thinned *points, double *theta)
{
    double m[4][4], answer[3], trial[CC_MAX_PARAMS], left;
    multiply(points, theta, m);
    left = left_by(points, theta, m);
    for (int round = 0; round < ROUNDS; round++) {
        if (!(solve_three(m, answer) < INFINITY)) break;
        memcpy(trial, theta, sizeof trial);
        trial[0] = answer[0];
        trial[1] = answer[1] * exp(theta[3] * points->size_mean);
        trial[2] = answer[2] * exp(theta[4] * points->unique_mean);
        multiply(points, trial, m);
        double after = left_by(points, trial, m);
        if (!(after < left)) break;
        left = after;
        memcpy(theta, trial, sizeof trial);
    }
    return left;
}

static size_t data_limited_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    thinned own;
    double base[BEST * CC_MAX_PARAMS], base_value[BEST], value[BEST];
    size_t count = 0, p = self->p;
    if (most > BEST) most = BEST;
    if (!points->wide && most > FIRST) most = FIRST;
    thin(self, points, &own);
    size_t n_base = own.n > 0 ? without_excess(self, &own, base, base_value) : 0;
    if (!points->wide && n_base > 2 * FIRST) n_base = 2 * FIRST;
    for (size_t k = 0; k < n_base; k++) {
        double best[CC_MAX_PARAMS], least = INFINITY;
        for (int l = 0; l < (points->wide ? CC_COUNT(limit_of_size) : LIMITS); l++) {
            double theta[CC_MAX_PARAMS] = {0};
            memcpy(theta, base + k * p, p * sizeof *theta);
            theta[6] = limit_of_size[l];
            double left = with_excess(&own, theta);
            if (!(left < least)) continue;
            least = left;
            memcpy(best, theta, sizeof best);
        }
        count = cc_keep_start(start, value, count, most, p, best, least);
    }
    return count;
}

/* ---- the curve ---------------------------------------------------------------------------------- */

static const cc_derived data_limited_derived[] = {
    {"size_exponent", "1", "exponent of compute in the optimal size while data last: beta/(alpha + beta)", -1},
    {"data_exponent", "1", "exponent of compute in the optimal data while they last: alpha/(alpha + beta)", -1},
    {"most_data", "1", "how many times the unique data repeats can be worth at most: 1 + R_D", 5},
};

static void data_limited_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    double alpha = theta[3], beta = theta[4], sum = alpha + beta;
    size_t p = self->p;
    value[0] = beta / sum;
    value[1] = alpha / sum;
    value[2] = 1 + theta[5];
    for (size_t j = 0; j < 3 * p; j++) gradient[j] = 0;
    gradient[3] = -beta / (sum * sum);
    gradient[4] = alpha / (sum * sum);
    gradient[p + 3] = beta / (sum * sum);
    gradient[p + 4] = -alpha / (sum * sum);
    gradient[2 * p + 5] = 1;
}

/* As published, rounded: section 4 of the source. */
static const double data_limited_example[] = {1.87, 521, 1488, 0.353, 0.353, 15.4, 5.3};

/* Sizes from thirty million to three thousand million parameters, one to thirty passes over five to forty tokens a parameter. */
static void repeated_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        double size = 3e7 * pow(100, n > 1 ? (double)(i * 7 % n) / (double)(n - 1) : 0);
        double unique = size * 0.3 * pow(3, (double)(i * 3 % 5));
        x[i] = size;
        x[n + i] = unique * pow(2.5, (double)(i % 6));
        x[2 * n + i] = unique;
    }
}

static const cc_curve data_limited = {
    .name = "data_limited",
    .title = "Data-limited scaling law",
    .formula = "E + A * N'^(-alpha) + B * D'^(-beta), D' = u * (1 + R_D * (1 - exp(-(D/u - 1)/R_D))), u = min(D, U), "
               "N' = v * (1 + R_N * (1 - exp(-(N/v - 1)/R_N))), v = min(N, the size at which "
               "alpha * A * v^(-alpha) = beta * B * u^(-beta))",
    .source =
        "Muennighoff et al. (2023), Scaling data-constrained language models, arXiv:2305.16264, equations 5 and 6",
    .when =
        "Loss of trained models against parameters N, tokens seen D and unique tokens U, some of them seen many times.",
    .when_not =
        "No run repeats its data, or none is larger than its unique data call for: then nothing says what R_D or "
        "R_N is.",
    .p = 7,
    .params = data_limited_params,
    .r = 3,
    .regressors = size_data_unique,
    .steady = 1 << 2, /* one set of unique data, seen more and less often */
    .n_features = 3,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X | CC_WIDENS | CC_VAGUE,
    .values = CC_EACH_WIDTH(data_limited_values),
    .features = cc_log_features,
    .starts = data_limited_starts,
    .n_derived = 3,
    .derived = data_limited_derived,
    .derive = data_limited_derive,
    .example = data_limited_example,
    .example_x = repeated_example,
};

CC_FAMILY(scaling, repeated, &data_limited);

#endif
