// SPDX-License-Identifier: GPL-3.0-or-later
/* scaling.c - loss against scale: a power law with a floor, and the laws of size and data of Hoffmann et al. and Kaplan et al. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x[0] = ln x */
CC_INLINE void CC_W(power_floor_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V power = CC_W(v_exp)(-theta[2] * x[0]);
    V falling = theta[1] * power;
    *f = theta[0] + falling;
    g[0] = CC_W(v_all)(1.0);
    g[1] = power;
    g[2] = -falling * x[0];
}
CC_VALUES(power_floor, 3, 1, 3)

/* x = ln N, ln D; theta = E, A, B, alpha, beta */
CC_INLINE void CC_W(chinchilla_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V size = CC_W(v_exp)(-theta[3] * x[0]), data = CC_W(v_exp)(-theta[4] * x[1]);
    V of_size = theta[1] * size, of_data = theta[2] * data;
    *f = theta[0] + of_size + of_data;
    g[0] = CC_W(v_all)(1.0);
    g[1] = size;
    g[2] = data;
    g[3] = -of_size * x[0];
    g[4] = -of_data * x[1];
}
CC_VALUES(chinchilla, 5, 2, 5)

/* ln L = alpha_D ln(e^u + e^v), u = alpha_N/alpha_D (ln N_c - ln N), v = ln D_c - ln D; theta = ln N_c, ln D_c, alpha_N, alpha_D */
CC_INLINE void CC_W(kaplan_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V above = theta[0] - x[0], u = theta[2] / theta[3] * above, v = theta[1] - x[1], larger = CC_W(v_max)(u, v);
    V of_size = CC_W(v_exp)(u - larger), of_data = CC_W(v_exp)(v - larger), sum = of_size + of_data;
    V lse = larger + CC_W(v_log)(sum);
    of_size = of_size / sum;
    of_data = of_data / sum;
    *f = theta[3] * lse;
    g[0] = of_size * theta[2];
    g[1] = of_data * theta[3];
    g[2] = of_size * above;
    g[3] = lse - of_size * u;
}
CC_VALUES(kaplan, 4, 2, 4)

#else

#include <math.h>
#include <string.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/scaling.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"};

static const cc_param power_floor_params[] = {
    {"E", "y", "floor: what no scale removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "reducible part at x = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "exponent of the reducible part", 0, INFINITY, 0, 0, 0},
};

static void power_floor_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    (void)range;
    static const double alpha[] = {0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.4, 2.2, 3.5};
    cc_grid_multiples(grid, 2, 1, alpha, CC_COUNT(alpha));
}

static const cc_derived power_floor_derived[] = {
    {"halving_factor", "1", "factor of x that halves the reducible part", 2},
};

static void power_floor_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    value[0] = exp2(1 / theta[2]);
    gradient[0] = gradient[1] = 0;
    gradient[2] = -value[0] * log(2.0) / (theta[2] * theta[2]);
}

static double power_floor_inverse(const cc_curve *self, double y, const double *theta)
{
    (void)self;
    return y > theta[0] ? exp(log(theta[1] / (y - theta[0])) / theta[2]) : NAN;
}

static const double power_floor_example[] = {2, 15, 0.4};

static const cc_curve power_floor = {
    .name = "power_floor",
    .title = "Power law with a floor",
    .formula = "E + A * x^(-alpha)",
    .source = "Hestness et al. (2017), arXiv:1712.00409; as M2 in Alabdulmohsin et al. (2022), arXiv:2209.06640",
    .when = "Loss or cost that falls with scale towards a floor.",
    .when_not = "Less than a decade of scale has been seen: the floor is then a guess.",
    .p = 3,
    .params = power_floor_params,
    .r = 1,
    .regressors = one_scale,
    .n_features = 1,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(power_floor_values),
    .features = cc_log_features,
    .grid = power_floor_grid,
    .n_derived = 1,
    .derived = power_floor_derived,
    .derive = power_floor_derive,
    .inverse = power_floor_inverse,
    .example = power_floor_example,
    .example_x = cc_example_scale,
};

static const char *const size_and_data[] = {"N", "D"};

static const cc_param chinchilla_params[] = {
    {"E", "y", "loss that neither size nor data removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "part that falls with size, at N = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"B", "y", "part that falls with data, at D = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0},
    {"alpha", "1", "exponent of size", 0, INFINITY, 0, 0, 0},
    {"beta", "1", "exponent of data", 0, INFINITY, 0, 0, 0},
};

static void chinchilla_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    (void)range;
    static const double exponent[] = {0.05, 0.15, 0.25, 0.35, 0.5, 0.7, 1, 1.6};
    cc_grid_multiples(grid, 3, 1, exponent, CC_COUNT(exponent));
    cc_grid_multiples(grid, 4, 1, exponent, CC_COUNT(exponent));
}

static const cc_derived chinchilla_derived[] = {
    {"size_exponent", "1", "exponent of compute in the optimal size: beta/(alpha + beta)", -1},
    {"data_exponent", "1", "exponent of compute in the optimal data: alpha/(alpha + beta)", -1},
};

static void chinchilla_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    (void)self;
    double alpha = theta[3], beta = theta[4], sum = alpha + beta;
    value[0] = beta / sum;
    value[1] = alpha / sum;
    for (int j = 0; j < 10; j++) gradient[j] = 0;
    gradient[3] = -beta / (sum * sum);
    gradient[4] = alpha / (sum * sum);
    gradient[8] = beta / (sum * sum);
    gradient[9] = -alpha / (sum * sum);
}

static const double chinchilla_example[] = {1.8, 480, 2100, 0.35, 0.37};

/* Sizes from ten million to ten thousand million parameters, each with 5 to 80 tokens a parameter. */
static void size_and_data_example(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        double size = 1e7 * pow(1000, n > 1 ? (double)i / (double)(n - 1) : 0);
        x[i] = size;
        x[n + i] = size * 5 * pow(2, (double)(i * 3 % 5));
    }
}

static const cc_curve chinchilla = {
    .name = "chinchilla",
    .title = "Chinchilla scaling law",
    .formula = "E + A * N^(-alpha) + B * D^(-beta)",
    .source = "Hoffmann et al. (2022), Training compute-optimal large language models, arXiv:2203.15556",
    .when = "Loss of trained models against parameters N and training tokens D.",
    .when_not = "Data are repeated, or all runs lie on one line of N against D.",
    .p = 5,
    .params = chinchilla_params,
    .r = 2,
    .regressors = size_and_data,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X,
    .values = CC_EACH_WIDTH(chinchilla_values),
    .features = cc_log_features,
    .grid = chinchilla_grid,
    .n_derived = 2,
    .derived = chinchilla_derived,
    .derive = chinchilla_derive,
    .example = chinchilla_example,
    .example_x = size_and_data_example,
};

/* ---- Kaplan et al. ----------------------------------------------------------------------------- */

static const cc_param kaplan_params[] = {
    {"log_N_c", "1", "natural logarithm of N_c, the size at which the loss would be 1 if data were unlimited",
     -INFINITY, INFINITY, 0, 0, 0},
    {"log_D_c", "1", "natural logarithm of D_c, the data at which the loss would be 1 if size were unlimited",
     -INFINITY, INFINITY, 0, 0, 0},
    {"alpha_N", "1", "exponent of size", 0, INFINITY, 0, 0, 0},
    {"alpha_D", "1", "exponent of data", 0, INFINITY, 0, 0, 0},
};

enum { KAPLAN_POINTS = 48, KAPLAN_EXPONENTS = 8, KAPLAN_RATIOS = 9 };
static const double kaplan_exponent[KAPLAN_EXPONENTS] = {0.03, 0.06, 0.1, 0.16, 0.25, 0.4, 0.65, 1.1};
static const double kaplan_ratio[KAPLAN_RATIOS] = {0.15, 0.3, 0.5, 0.75, 1, 1.35, 2, 3.3, 6};

/* Columns of the sub-problem below, thinned evenly: of N and D about their means, and of y, which is a logarithm. */
typedef struct kaplan_columns {
    size_t n;
    double size_mean, data_mean;
    double weight[KAPLAN_POINTS], size[KAPLAN_RATIOS][KAPLAN_POINTS], data[KAPLAN_POINTS];
    double level[KAPLAN_EXPONENTS][KAPLAN_POINTS], level_mean;
} kaplan_columns;

static void fill_columns(const cc_curve *self, const cc_points *points, kaplan_columns *out)
{
    size_t n = points->n, which[KAPLAN_POINTS];
    double size = 0, data = 0, level = 0;
    *out = (kaplan_columns){.n = cc_thin(self, points, KAPLAN_POINTS, which)};
    for (size_t m = 0; m < out->n; m++) {
        size += points->z[which[m]] / (double)out->n;
        data += points->z[n + which[m]] / (double)out->n;
        level += points->y[which[m]] / (double)out->n;
    }
    out->size_mean = size;
    out->data_mean = data;
    out->level_mean = level;
    for (size_t m = 0; m < out->n; m++) {
        size_t i = which[m];
        out->weight[m] = points->w[i];
        out->data[m] = exp(data - points->z[n + i]);
        for (int k = 0; k < KAPLAN_RATIOS; k++) out->size[k][m] = exp(kaplan_ratio[k] * (size - points->z[i]));
        for (int k = 0; k < KAPLAN_EXPONENTS; k++) out->level[k][m] = exp((level - points->y[i]) / kaplan_exponent[k]);
    }
}

/* L^(1/alpha_D) is linear in N_c^(alpha_N/alpha_D) and D_c: relative least squares of two columns, neither below 0, then moved together
 * to where ln L has no error on average. Returns what is left of ln L. */
static double solve_kaplan(const kaplan_columns *columns, int exponent, int ratio, double *of_size, double *of_data)
{
    double ss = 0, sd = 0, dd = 0, s1 = 0, d1 = 0, total = 0, mean = 0, left = 0;
    for (size_t i = 0; i < columns->n; i++) {
        double w = columns->weight[i], level = columns->level[exponent][i];
        double size = columns->size[ratio][i] * level, data = columns->data[i] * level;
        ss += w * size * size;
        sd += w * size * data;
        dd += w * data * data;
        s1 += w * size;
        d1 += w * data;
        total += w;
    }
    double determinant = ss * dd - sd * sd;
    *of_size = (s1 * dd - d1 * sd) / determinant;
    *of_data = (d1 * ss - s1 * sd) / determinant;
    /* a term that is not wanted begins small, from where it can still grow */
    if (!(*of_size > 0)) {
        *of_data = d1 / dd;
        *of_size = 0.03 * *of_data * sd / ss;
    } else if (!(*of_data > 0)) {
        *of_size = s1 / ss;
        *of_data = 0.03 * *of_size * sd / dd;
    }
    for (size_t i = 0; i < columns->n; i++) {
        double level = columns->level[exponent][i];
        double error = log((*of_size * columns->size[ratio][i] + *of_data * columns->data[i]) * level);
        mean += columns->weight[i] / total * error;
        left += columns->weight[i] * error * error;
    }
    *of_size *= exp(-mean);
    *of_data *= exp(-mean);
    return (left - total * mean * mean) * kaplan_exponent[exponent] * kaplan_exponent[exponent];
}

/* For every exponent of data the best ratio of the two. */
static size_t kaplan_starts(const cc_curve *self, const cc_points *points, size_t most, double *start)
{
    kaplan_columns columns;
    double kept[CC_MAX_NODES];
    size_t count = 0;
    if (most > CC_MAX_NODES) most = CC_MAX_NODES;
    fill_columns(self, points, &columns);
    for (int a = 0; a < KAPLAN_EXPONENTS; a++) {
        double best[4], least = INFINITY, exponent = kaplan_exponent[a];
        for (int b = 0; b < KAPLAN_RATIOS; b++) {
            double of_size, of_data, left = solve_kaplan(&columns, a, b, &of_size, &of_data);
            if (!(left < least)) continue;
            least = left;
            best[0] = columns.size_mean + (log(of_size) + columns.level_mean / exponent) / kaplan_ratio[b];
            best[1] = columns.data_mean + log(of_data) + columns.level_mean / exponent;
            best[2] = exponent * kaplan_ratio[b];
            best[3] = exponent;
        }
        count = cc_keep_start(start, kept, count, most, self->p, best, least);
    }
    return count;
}

static const cc_derived kaplan_derived[] = {
    {"N_c", "N", "size at which the loss would be 1 if data were unlimited", 0},
    {"D_c", "D", "data at which the loss would be 1 if size were unlimited", 1},
    {"size_exponent", "1", "exponent of compute 6ND in the optimal size: alpha_D/(alpha_N + alpha_D)", -1},
    {"data_exponent", "1", "exponent of compute 6ND in the optimal data: alpha_N/(alpha_N + alpha_D)", -1},
    {"data_per_size_exponent", "1", "data must grow as this power of size to keep up: alpha_N/alpha_D", -1},
};

static void kaplan_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    double a = theta[2], b = theta[3], sum = a + b;
    memset(gradient, 0, self->n_derived * self->p * sizeof *gradient);
    value[0] = gradient[0] = exp(theta[0]);
    value[1] = gradient[5] = exp(theta[1]);
    value[2] = b / sum;
    value[3] = a / sum;
    value[4] = a / b;
    gradient[10] = -b / (sum * sum);
    gradient[11] = a / (sum * sum);
    gradient[14] = b / (sum * sum);
    gradient[15] = -a / (sum * sum);
    gradient[18] = 1 / b;
    gradient[19] = -a / (b * b);
}

/* As printed in section 4.1 of the source: N_c 6.4e13 and D_c 1.8e13. */
static const double kaplan_example[] = {31.7899, 30.5214, 0.076, 0.103};

static const cc_curve kaplan = {
    .name = "kaplan",
    .title = "Kaplan scaling law of size and data",
    .formula = "((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D, N_c = exp(log_N_c), D_c = exp(log_D_c)",
    .source = "Kaplan et al. (2020), Scaling laws for neural language models, arXiv:2001.08361, equation 1.5",
    .when = "Loss of trained models against parameters without embeddings N and training tokens D, no floor in sight.",
    .when_not = "The loss levels off: the law has no floor, and its exponents then come out too small; use chinchilla.",
    .p = 4,
    .params = kaplan_params,
    .r = 2,
    .regressors = size_and_data,
    .n_features = 2,
    .error_model = CC_MULTIPLICATIVE,
    .flags = CC_POSITIVE_X | CC_LOG_KERNEL,
    .values = CC_EACH_WIDTH(kaplan_values),
    .features = cc_log_features,
    .starts = kaplan_starts,
    .n_derived = CC_COUNT(kaplan_derived),
    .derived = kaplan_derived,
    .derive = kaplan_derive,
    .example = kaplan_example,
    .example_x = size_and_data_example,
};

CC_FAMILY(scaling, scaling, &power_floor, &chinchilla, &kaplan);

#endif
