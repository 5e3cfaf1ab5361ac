// SPDX-License-Identifier: GPL-3.0-or-later
/* scaling.c - loss against scale: a power law with a floor, and the two-regressor law of Hoffmann et al. */
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

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/scaling.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"};

static const cc_param power_floor_params[] = {
    {"E", "y", "floor: what no scale removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"A", "y", "reducible part at x = 1", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
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
    {"A", "y", "part that falls with size, at N = 1", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
    {"B", "y", "part that falls with data, at D = 1", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},
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

const cc_curve *const cc_scaling_curves[] = {&power_floor, &chinchilla, NULL};

#endif
