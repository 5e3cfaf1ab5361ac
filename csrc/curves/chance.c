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

/* The v with v + (alpha - 1) ln(1 + e^v) = q, which is ln(s / (1 - s)^alpha) = q for s = 1/(1 + e^-v); leaves ln(1 + e^v), s and 1 - s.
 *
 * v is near a hyperbola with the asymptotes q and q/alpha. From there steps of the fourth order (Householder's; Newton's where the
 * slope turns too much for them), which bring an error of 1 to 1e-3 and one of 1e-3 to rounding; the last and short one is
 * taken by Taylor's series in all three. A lane stops by itself: its neighbours do not touch its bits. */
CC_INLINE void CC_W(m4_logit)(V given, const CC_W(m4_shape) * shape, V *softplus, V *share, V *rest)
{
    V zero = CC_W(v_all)(0.0), more = shape->alpha - 1.0;
    /* beyond, s is 0 or 1 */
    V q = CC_W(v_min)(CC_W(v_max)(given, CC_W(v_all)(-1e6)), CC_W(v_all)(1e6)), size = CC_W(v_abs)(q);
    V v = shape->mean * q - shape->half_gap * (size + shape->bend * shape->bend / (1.4 * size + shape->bend));
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
    V by_x_0 = th[4] / th[3], fall = th[1] - th[0];
    for (size_t i = 0; i < n; i++) {
        V since = CC_W(v_load)(x + i * CC_WIDTH) - shape.log_x_0, softplus, share, rest;
        CC_W(m4_logit)(th[4] * since, &shape, &softplus, &share, &rest);
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

/* theta = chance, ceiling, steepness, midpoint */
CC_INLINE void CC_W(downstream_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = theta[3] - x[0], share = CC_W(v_expit)(theta[2] * since), rest = CC_W(v_expit)(-theta[2] * since);
    V slope = (theta[1] - theta[0]) * share * rest;
    *f = theta[0] * rest + theta[1] * share;
    g[0] = rest;
    g[1] = share;
    g[2] = slope * since;
    g[3] = slope * theta[2];
}
CC_VALUES(downstream, 4, 1, 4)

#else

#include <math.h>

#include "curvecast.h"
/* Steps of m4's equation at the most: from the hyperbola three do, wherever the exponent stands in its box. */
enum { M4_STEPS = 40 };
/* The bend of that hyperbola at an exponent of 1: twice ln 2, which makes it exact in the middle. For others the root of alpha times
 * this, over a series in the square of ln alpha that was fitted to the value of v at q = 0. */
static const double M4_BEND = 1.386294361119890619;
#define CC_WIDTH_FILE "curves/chance.c"
#include "curves/families.h"
#include "widths.h"

static const char *const one_scale[] = {"x"}, *const one_loss[] = {"loss"};

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

static void m4_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double alpha[] = {0.1, 1, 4}, at[] = {-0.6, -0.2, 0.1, 0.35, 0.6, 0.85, 1.1},
                        c[] = {-1.2, -3, -6, -10, -17, -30, -60};
    double span = range->high[0] - range->low[0];
    cc_grid_multiples(grid, 2, 1, alpha, CC_COUNT(alpha));
    cc_grid_places(grid, 3, range->low[0], span, at, CC_COUNT(at));
    for (int k = 0; k < CC_COUNT(at); k++) grid->node[3][k] = exp(fmin(fmax(grid->node[3][k], -690), 690));
    cc_grid_multiples(grid, 4, 1 / span, c, CC_COUNT(c));
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
    .grid = m4_grid,
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

static void downstream_grid(const cc_curve *self, const cc_range *range, cc_grid *grid)
{
    (void)self;
    static const double steepness[] = {1, 2, 4, 7, 12, 20, 35, 70},
                        at[] = {-0.4, -0.2, 0, 0.12, 0.24, 0.36, 0.48, 0.6, 0.72, 0.84, 1, 1.3};
    double span = range->high[0] - range->low[0], sign = range->y_last > range->y_first ? -1 : 1;
    cc_grid_multiples(grid, 2, sign / span, steepness, CC_COUNT(steepness));
    cc_grid_places(grid, 3, range->low[0], span, at, CC_COUNT(at));
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
    .grid = downstream_grid,
    .n_derived = 2,
    .derived = downstream_derived,
    .derive = downstream_derive,
    .inverse = downstream_inverse,
    .example = downstream_example,
    .example_x = loss_example,
};

CC_FAMILY(scaling, chance, &m4, &downstream);

#endif
