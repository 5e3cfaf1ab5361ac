// SPDX-License-Identifier: GPL-3.0-or-later
/* factors.c - cost against experience and other factors at once: log-linear in two to eight positive regressors.
 *
 * One curve for each number of regressors. In Python curvecast.factors gives them the user's own names.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x = ln of each regressor; theta = first_unit, exponent of the first, elasticities of the rest */
#define FACTORS(K)                                                                                                     \
    CC_INLINE void CC_W(factors_##K##_kernel)(const V *x, const V *theta, V *f, V *g)                                  \
    {                                                                                                                  \
        V sum = CC_W(v_log)(theta[0]) - theta[1] * x[0];                                                               \
        g[0] = 1.0 / theta[0];                                                                                         \
        g[1] = -x[0];                                                                                                  \
        for (int k = 1; k < (K); k++) {                                                                                \
            sum = sum + theta[k + 1] * x[k];                                                                           \
            g[k + 1] = x[k];                                                                                           \
        }                                                                                                              \
        *f = sum;                                                                                                      \
    }                                                                                                                  \
    CC_VALUES(factors_##K, (K) + 1, K, (K) + 1)
FACTORS(2)
FACTORS(3)
FACTORS(4)
FACTORS(5)
FACTORS(6)
FACTORS(7)
FACTORS(8)
#undef FACTORS

#else

#include <math.h>

#include "curvecast.h"
#define CC_WIDTH_FILE "curves/factors.c"
#include "curves/learning.h"
#include "widths.h"

static const char *const regressors[] = {"experience", "factor_2", "factor_3", "factor_4",
                                         "factor_5",   "factor_6", "factor_7", "factor_8"};

#define ELASTICITY(k)                                                                                                  \
    {"elasticity_" #k,                                                                                                 \
     "1",                                                                                                              \
     "the cost rises as factor_" #k " to the power of this",                                                           \
     -INFINITY,                                                                                                        \
     INFINITY,                                                                                                         \
     CC_LINEAR_LOG,                                                                                                    \
     0,                                                                                                                \
     0}

static const cc_param params[] = {
    {"first_unit", "y", "cost where every regressor is one unit", 0, INFINITY, CC_AMPLITUDE, 1, 0},
    {"exponent", "1", "experience exponent: the cost falls as experience to the power of minus this", -INFINITY,
     INFINITY, CC_LINEAR_LOG, 0, 0},
    ELASTICITY(2),
    ELASTICITY(3),
    ELASTICITY(4),
    ELASTICITY(5),
    ELASTICITY(6),
    ELASTICITY(7),
    ELASTICITY(8),
};

static const cc_derived derived[] = {CC_LEARNING_DERIVED(1)};

static const double example[] = {500, 0.3, 0.15, -0.1, 0.2, 0.4, -0.25, 0.05, 0.3};

/* Experience of a growing industry beside prices and stocks that each waver in a rhythm of their own. */
static void factors_example(const cc_curve *self, size_t n, double *x)
{
    cc_example_industry(n, NULL, NULL, x);
    for (size_t k = 1; k < self->r; k++)
        for (size_t i = 0; i < n; i++) {
            double at = n > 1 ? (double)i / (double)(n - 1) : 0, turns = 1.3 + 0.9 * (double)k;
            x[k * n + i] = 20 * (double)k * exp(sin(6.283185307179586 * turns * at + (double)k));
        }
}

#define FORMULA_2 "first_unit * experience^(-exponent) * factor_2^elasticity_2"
#define FORMULA_3 FORMULA_2 " * factor_3^elasticity_3"
#define FORMULA_4 FORMULA_3 " * factor_4^elasticity_4"
#define FORMULA_5 FORMULA_4 " * factor_5^elasticity_5"
#define FORMULA_6 FORMULA_5 " * factor_6^elasticity_6"
#define FORMULA_7 FORMULA_6 " * factor_7^elasticity_7"
#define FORMULA_8 FORMULA_7 " * factor_8^elasticity_8"

#define FACTORS(K, NUMBER)                                                                                             \
    static const cc_curve factors_##K = {                                                                              \
        .name = "factors_" #K,                                                                                         \
        .title = "Experience and other factors, " NUMBER " in all",                                                    \
        .formula = FORMULA_##K,                                                                                        \
        .source = "Berndt, E. R. (1991), The practice of econometrics, chapter 3; with two factors in Helveston, J. "  \
                  "P., He, G. and Davidson, M. R. (2022), Nature 612, 83-87",                                          \
        .when = "Cost against experience beside what else moves it: input prices, research, the scale of plants.",     \
        .when_not = "The regressors follow the same trend: their shares in the change are then a guess.",              \
        .p = (K) + 1,                                                                                                  \
        .params = params,                                                                                              \
        .r = K,                                                                                                        \
        .regressors = regressors,                                                                                      \
        .n_features = K,                                                                                               \
        .error_model = CC_MULTIPLICATIVE,                                                                              \
        .flags = CC_LOG_KERNEL | CC_POSITIVE_X,                                                                        \
        .values = CC_EACH_WIDTH(factors_##K##_values),                                                                 \
        .features = cc_log_features,                                                                                   \
        .n_derived = 2,                                                                                                \
        .derived = derived,                                                                                            \
        .derive = cc_derive_learning,                                                                                  \
        .example = example,                                                                                            \
        .example_x = factors_example,                                                                                  \
    }
FACTORS(2, "two");
FACTORS(3, "three");
FACTORS(4, "four");
FACTORS(5, "five");
FACTORS(6, "six");
FACTORS(7, "seven");
FACTORS(8, "eight");

CC_FAMILY(experience, factors, &factors_2, &factors_3, &factors_4, &factors_5, &factors_6, &factors_7, &factors_8);

#endif
