// SPDX-License-Identifier: GPL-3.0-or-later
/* broken.c - the broken neural scaling law of Caballero et al. with one to three breaks.
 *
 * y = a + t, where ln t = ln b - c_0 ln x - sum c_i f_i ln(1 + (x/d_i)^(1/f_i)): power laws one after another, joined at the breaks
 * d_i as smoothly as f_i says. Its starts are found in broken_starts.c.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x = ln x; theta = a, b, c_0, then c_i, d_i, f_i of each break */
CC_INLINE void CC_W(broken_kernel)(const V *x, const V *theta, V *f, V *g, int breaks)
{
    V zero = CC_W(v_all)(0.0), falls = theta[2] * x[0], softplus[CC_MOST_JOINED], share[CC_MOST_JOINED],
      at[CC_MOST_JOINED];
    for (int k = 0; k < breaks; k++) {
        const V *own = theta + 3 + 3 * k;
        at[k] = (x[0] - CC_W(v_log)(own[1])) / own[2];
        V small = CC_W(v_exp)(-CC_W(v_abs)(at[k])), below = 1.0 / (1.0 + small);
        softplus[k] = CC_W(v_max)(at[k], zero) + CC_W(v_log)(1.0 + small);
        share[k] = CC_W(v_select)(V_LT(at[k], zero), small * below, below);
        falls = falls + own[0] * own[2] * softplus[k];
    }
    V power = CC_W(v_exp)(-falls), t = theta[1] * power;
    *f = theta[0] + t;
    g[0] = CC_W(v_all)(1.0);
    g[1] = power;
    g[2] = -t * x[0];
    for (int k = 0; k < breaks; k++) {
        const V *own = theta + 3 + 3 * k;
        V *to = g + 3 + 3 * k;
        to[0] = -t * own[2] * softplus[k];
        to[1] = t * own[0] * share[k] / own[1];
        /* so far from a break nothing tells how sharp it is: what is left of the difference is rounding */
        V bend = CC_W(v_select)(V_LT(CC_W(v_abs)(at[k]), CC_W(v_all)(BEND_ENDS)), softplus[k] - share[k] * at[k], zero);
        to[2] = -t * own[0] * bend;
    }
}

#define BROKEN(M)                                                                                                      \
    CC_INLINE void CC_W(broken_##M##_kernel)(const V *x, const V *theta, V *f, V *g)                                   \
    {                                                                                                                  \
        CC_W(broken_kernel)(x, theta, f, g, M);                                                                        \
    }                                                                                                                  \
    CC_VALUES(broken_##M, 3 + 3 * M, 1, 3 + 3 * M)
BROKEN(1)
BROKEN(2)
BROKEN(3)
#undef BROKEN

#else

#include <math.h>
#include <string.h>

#include "curves/broken.h"
/* e-folds of (x/d)^(1/f) from 1 beyond which a broken law is a power law to the last digit */
static const double BEND_ENDS = 40;
#define CC_WIDTH_FILE "curves/broken.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"};

static double softplus_of(double v)
{
    return fmax(v, 0) + log1p(exp(-fabs(v)));
}

/* ---- what follows from the parameters ----------------------------------------------------------- */

/* Exponents after each break: c_0 + c_1 + ... */
static void broken_derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    size_t m = cc_breaks_of(self), p = self->p;
    double sum = theta[2];
    memset(gradient, 0, m * p * sizeof *gradient);
    for (size_t k = 0; k < m; k++) {
        value[k] = sum += theta[3 + 3 * k];
        gradient[k * p + 2] = 1;
        for (size_t j = 0; j <= k; j++) gradient[k * p + 3 + 3 * j] = 1;
    }
}

/* ln of the part above the floor, at ln x. */
static double log_part(const double *theta, size_t m, double x)
{
    double value = log(theta[1]) - theta[2] * x;
    for (size_t k = 0; k < m; k++) {
        const double *own = theta + 3 + 3 * k;
        value -= own[0] * own[2] * softplus_of((x - log(own[1])) / own[2]);
    }
    return value;
}

/* By bisection, where the law falls throughout: else y may be reached more than once, or never. */
static double broken_inverse(const cc_curve *self, double y, const double *theta)
{
    size_t m = cc_breaks_of(self);
    double sum = theta[2], want = log(y - theta[0]), low = -740, high = 709;
    if (!(y > theta[0]) || !(sum > 0)) return NAN;
    for (size_t k = 0; k < m; k++)
        if (!((sum += theta[3 + 3 * k]) > 0)) return NAN;
    if (!(log_part(theta, m, low) >= want && log_part(theta, m, high) <= want)) return NAN;
    for (int step = 0; step < 200 && high - low > 1e-15 * fabs(low); step++) {
        double middle = low + (high - low) / 2;
        *(log_part(theta, m, middle) >= want ? &low : &high) = middle;
    }
    return exp(low + (high - low) / 2);
}

/* ---- the curves --------------------------------------------------------------------------------- */

/* A break sharper than a five-hundredth of an e-fold is a kink to any data, and one wider than ten e-folds is none. */
#define FIRST                                                                                                            \
    {"a", "y", "floor: what no scale removes", 0, INFINITY, CC_LINEAR_LEVEL, 1, 0},                                      \
        {"b", "y", "part above the floor, carried back to x = 1", 0, INFINITY, CC_LINEAR_LEVEL | CC_LOG_INTERVAL, 1, 0}, \
        {"c0", "1", "exponent before the first break", -INFINITY, INFINITY, 0, 0, 0}
#define BREAK(K)                                                                                                       \
    {"c" #K, "1", "what break " #K " adds to the exponent", -INFINITY, INFINITY, 0, 0, 0},                             \
        {"d" #K, "x", "scale of break " #K, 0, INFINITY, CC_LOG_INTERVAL | CC_BREAK, 0, 1},                            \
        {"f" #K, "1", "width of break " #K " in ln x: small is sharp", 0.002, 10, CC_LOG_INTERVAL, 0, 0}
#define AFTER(K) {"exponent_" #K, "1", "exponent after break " #K, -1}

static const cc_param broken_1_params[] = {FIRST, BREAK(1)}, broken_2_params[] = {FIRST, BREAK(1), BREAK(2)},
                      broken_3_params[] = {FIRST, BREAK(1), BREAK(2), BREAK(3)};
static const cc_derived broken_derived[] = {AFTER(1), AFTER(2), AFTER(3)};
static const double broken_1_example[] = {0.2, 6, 0.08, 0.7, 1e4, 0.4},
                    broken_2_example[] = {0.02, 6, 0.05, 0.4, 3e3, 0.3, 0.6, 1e6, 0.3},
                    broken_3_example[] = {0.002, 6, 0.1, 0.8, 1e3, 0.4, -0.6, 5e4, 0.4, 0.8, 3e6, 0.4};

/* Eight decades from 10. */
static void broken_example_x(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = 10 * pow(1e8, n > 1 ? (double)i / (double)(n - 1) : 0);
}

#define BROKEN(M, TITLE, FORMULA)                                                                                      \
    static const cc_curve broken_##M = {                                                                               \
        .name = "broken_" #M,                                                                                          \
        .title = "Broken neural scaling law, " TITLE,                                                                  \
        .formula = "a + b * x^(-c0) * " FORMULA,                                                                       \
        .source = "Caballero, Gupta, Rish and Krueger (2022), Broken neural scaling laws, arXiv:2210.14891, "          \
                  "equation 1",                                                                                        \
        .when =                                                                                                        \
            "Loss or error whose slope against scale, in logs, changes from one value to another within the data.",    \
        .when_not = "Few points on either side of a break; a break beyond the data cannot be foreseen by any fit.",    \
        .p = 3 + 3 * M,                                                                                                \
        .params = broken_##M##_params,                                                                                 \
        .r = 1,                                                                                                        \
        .regressors = one_scale,                                                                                       \
        .n_features = 1,                                                                                               \
        .error_model = CC_MULTIPLICATIVE,                                                                              \
        .flags = CC_POSITIVE_X | CC_WIDENS | ((M) > 2 ? CC_VAGUE : 0),                                                 \
        .values = CC_EACH_WIDTH(broken_##M##_values),                                                                  \
        .features = cc_log_features,                                                                                   \
        .starts = cc_broken_starts,                                                                                    \
        .alike = {3, 3, 1},                                                                                            \
        .n_derived = M,                                                                                                \
        .derived = broken_derived,                                                                                     \
        .derive = broken_derive,                                                                                       \
        .inverse = broken_inverse,                                                                                     \
        .example = broken_##M##_example,                                                                               \
        .example_x = broken_example_x,                                                                                 \
    }

BROKEN(1, "one break", "(1 + (x/d1)^(1/f1))^(-c1 * f1)");
BROKEN(2, "two breaks", "(1 + (x/d1)^(1/f1))^(-c1 * f1) * (1 + (x/d2)^(1/f2))^(-c2 * f2)");
BROKEN(3, "three breaks",
       "(1 + (x/d1)^(1/f1))^(-c1 * f1) * (1 + (x/d2)^(1/f2))^(-c2 * f2) * (1 + (x/d3)^(1/f3))^(-c3 * f3)");

CC_FAMILY(scaling, broken, &broken_1, &broken_2, &broken_3);

#endif
