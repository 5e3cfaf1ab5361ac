// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked.c - experience curves whose exponent changes at breaks: continuous, and straight between breaks on logarithmic axes.
 *
 * The breaks are found in kinked_search.c. Out of order, or less than a doubling apart, they make no curve: the value is NaN.
 */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* x[0] = ln experience */
CC_INLINE void CC_W(kinked_kernel)(int breaks, const V *x, const V *theta, V *f, V *g)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), before = CC_W(v_all)(-INFINITY), value;
    M ordered = V_LE(zero, zero);
    g[0] = 1.0 / theta[0];
    g[1] = -x[0];
    value = CC_W(v_log)(theta[0]) - theta[1] * x[0];
    for (int k = 1; k <= breaks; k++) {
        V at = CC_W(v_log)(theta[CC_BREAK(k)]), past = x[0] - at;
        V share = CC_W(v_min)(CC_W(v_max)((past + CC_KINK) * (0.5 / CC_KINK), zero), one);
        V hinge = CC_W(v_select)(V_LT(past, CC_W(v_all)(CC_KINK)), CC_KINK * share * share, past);
        V change = theta[CC_EXPONENT(k + 1)] - theta[CC_EXPONENT(k)];
        value = value - change * hinge;
        g[CC_EXPONENT(k)] = g[CC_EXPONENT(k)] + hinge;
        g[CC_BREAK(k)] = change * share / theta[CC_BREAK(k)];
        g[CC_EXPONENT(k + 1)] = -hinge;
        ordered = ordered & V_LE(before + CC_LEAST_DISTANCE, at);
        before = at;
    }
    *f = CC_W(v_select)(ordered, value, CC_W(v_all)(NAN));
}

#define CC_KINKED(K)                                                                                                   \
    CC_INLINE void CC_W(kinked_##K##_kernel)(const V *x, const V *theta, V *f, V *g)                                   \
    {                                                                                                                  \
        CC_W(kinked_kernel)(K, x, theta, f, g);                                                                        \
    }                                                                                                                  \
    CC_VALUES(kinked_##K, 2 + 2 * K, 1, 2 + 2 * K)

CC_KINKED(1)
CC_KINKED(2)
CC_KINKED(3)
CC_KINKED(4)
CC_KINKED(5)
#undef CC_KINKED

#else

#include "curves/kinked.h"

#include <math.h>

#define CC_WIDTH_FILE "curves/kinked.c"
#include "curves/families.h"
#include "widths.h"

static const char *const experience[] = {"experience"};

#define EXPONENT(k, where) {"exponent_" #k, "1", "experience exponent " where, -INFINITY, INFINITY, CC_LINEAR_LOG, 0, 0}
#define BREAK(k) {"break_" #k, "x", "experience at which the exponent changes", 0, INFINITY, CC_BREAK, 0, 1}

/* Every curve has the first of these. */
static const cc_param kinked_params[] = {
    {"first_unit", "y", "cost of the first unit, if the first exponent held from there", 0, INFINITY, CC_AMPLITUDE, 1,
     0},
    EXPONENT(1, "before the first break"),
    BREAK(1),
    EXPONENT(2, "after the first break"),
    BREAK(2),
    EXPONENT(3, "after the second break"),
    BREAK(3),
    EXPONENT(4, "after the third break"),
    BREAK(4),
    EXPONENT(5, "after the fourth break"),
    BREAK(5),
    EXPONENT(6, "after the fifth break"),
};

#define RATE(k)                                                                                                        \
    {"learning_rate_" #k, "1", "fall of the cost with each doubling of experience in segment " #k, 2 * k - 1}
#define LATEST(K)                                                                                                      \
    {"learning_rate", "1", "the latest: that of the last segment", 2 * K + 1},                                         \
        {"progress_ratio", "1",                                                                                        \
         "cost after a doubling of experience as a share of the cost before, in the last segment", 2 * K + 1}

static const cc_derived derived_1[] = {LATEST(1), RATE(1), RATE(2)},
                        derived_2[] = {LATEST(2), RATE(1), RATE(2), RATE(3)},
                        derived_3[] = {LATEST(3), RATE(1), RATE(2), RATE(3), RATE(4)},
                        derived_4[] = {LATEST(4), RATE(1), RATE(2), RATE(3), RATE(4), RATE(5)},
                        derived_5[] = {LATEST(5), RATE(1), RATE(2), RATE(3), RATE(4), RATE(5), RATE(6)};

static size_t breaks_of(const cc_curve *self)
{
    return (self->p - 2) / 2;
}

static void derive(const cc_curve *self, const double *theta, double *value, double *gradient)
{
    size_t p = self->p;
    for (size_t k = 0; k < self->n_derived * p; k++) gradient[k] = 0;
    for (size_t d = 0; d < self->n_derived; d++) {
        size_t j = (size_t)self->derived[d].of;
        double ratio = exp2(-theta[j]), slope = log(2.0) * ratio;
        bool is_ratio = d == 1;
        value[d] = is_ratio ? ratio : 1 - ratio;
        gradient[d * p + j] = is_ratio ? -slope : slope;
    }
}

/* The first experience at which the cost is reached, seen from the smallest. */
static double inverse(const cc_curve *self, double y, const double *theta)
{
    if (!(y > 0)) return NAN;
    double wanted = log(y), from = -INFINITY, cost = log(theta[0]), at = 0;
    size_t breaks = breaks_of(self);
    for (size_t k = 1; k <= breaks + 1; k++) {
        /* the segment's line is ln cost = cost - exponent (ln x - at) */
        double exponent = theta[CC_EXPONENT(k)], to = k <= breaks ? log(theta[CC_BREAK(k)]) : INFINITY;
        if (!(from < to)) return NAN;
        double reached = at + (cost - wanted) / exponent;
        if (reached >= from && reached <= to) return exp(reached);
        cost -= exponent * (to - at);
        from = at = to;
    }
    return NAN;
}

static const double example_1[] = {500, 0.15, 320, 0.55};
static const double example_2[] = {500, 0.1, 110, 0.6, 900, 0.15};
static const double example_3[] = {500, 0.1, 62, 0.6, 330, 0.15, 1750, 0.7};
static const double example_4[] = {500, 0.1, 43, 0.7, 150, 0.15, 600, 0.8, 2400, 0.2};
static const double example_5[] = {500, 0.1, 34, 0.8, 107, 0.15, 330, 0.9, 1010, 0.2, 3150, 1};

/* What break A does to the formula, beyond which exponent B holds. */
#define KINK(A, B) " * max(1, experience/break_" #A ")^(exponent_" #A " - exponent_" #B ")"

#define KINKED(K, NUMBER, FORMULA)                                                                                     \
    static const cc_curve kinked_##K = {                                                                               \
        .name = "kinked_" #K,                                                                                          \
        .title = "Experience curve with " NUMBER,                                                                      \
        .formula = "first_unit * experience^(-exponent_1)" FORMULA,                                                    \
        .source =                                                                                                      \
            "Hudson, D. J. (1966), Fitting segmented curves whose join points have to be estimated, J. American "      \
            "Statistical Association 61, 1097-1129; parabola at the join as in Bacon, D. W. and Watts, D. G. "         \
            "(1971), Biometrika 58, 525-534, a millionth wide in ln experience",                                       \
        .when = "The learning rate of a technology has changed: another product, process or market. The number of "    \
                "breaks is for curvecast.kinked (in a shell: --curve kinked) to choose, by an information criterion "  \
                "that counts the breaks too.",                                                                         \
        .when_not =                                                                                                    \
            "To look far ahead: rates that changed before will change again, and a forecast holds the latest rate "    \
            "for good. Likelihood-ratio tests of a break do not hold. Breaks that are sought fit chance too: of two "  \
            "or "                                                                                                      \
            "more about which costs scatter by a tenth or more, 90 % intervals hold in about four cases of five. "     \
            "With "                                                                                                    \
            "priors a walk may end on a kink, short of the best fit; the fit then says that it did not converge.",     \
        .p = 2 + 2 * K,                                                                                                \
        .params = kinked_params,                                                                                       \
        .r = 1,                                                                                                        \
        .regressors = experience,                                                                                      \
        .n_features = 1,                                                                                               \
        .error_model = CC_MULTIPLICATIVE,                                                                              \
        .flags = CC_LOG_KERNEL | CC_POSITIVE_X | CC_KINKS,                                                             \
        .values = CC_EACH_WIDTH(kinked_##K##_values),                                                                  \
        .features = cc_log_features,                                                                                   \
        .starts = cc_kinked_starts,                                                                                    \
        .n_work = CC_KINKED_WORK,                                                                                      \
        .n_derived = CC_COUNT(derived_##K),                                                                            \
        .derived = derived_##K,                                                                                        \
        .derive = derive,                                                                                              \
        .inverse = inverse,                                                                                            \
        .example = example_##K,                                                                                        \
        .example_x = cc_example_scale,                                                                                 \
    }

KINKED(1, "one break", KINK(1, 2));
KINKED(2, "two breaks", KINK(1, 2) KINK(2, 3));
KINKED(3, "three breaks", KINK(1, 2) KINK(2, 3) KINK(3, 4));
KINKED(4, "four breaks", KINK(1, 2) KINK(2, 3) KINK(3, 4) KINK(4, 5));
KINKED(5, "five breaks", KINK(1, 2) KINK(2, 3) KINK(3, 4) KINK(4, 5) KINK(5, 6));

CC_FAMILY(experience, kinked, &kinked_1, &kinked_2, &kinked_3, &kinked_4, &kinked_5);

#endif
