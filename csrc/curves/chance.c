// SPDX-License-Identifier: GPL-3.0-or-later
/* chance.c - laws that begin at the level of chance: M4 of Alabdulmohsin et al., and accuracy on a task against loss or compute. */
#ifdef CC_WIDTH

#include "curves/kernel.h"

/* The v with v + (alpha - 1) ln(1 + e^v) = q, which is ln(s / (1 - s)^alpha) = q for s = 1/(1 + e^-v), by Newton's method. The left
 * side is convex or concave and lies on one side of its two asymptotes, from which the steps come to the root without passing
 * it. A lane stops by itself: its neighbours do not touch its bits. */
CC_INLINE V CC_W(m4_logit)(V q, V alpha, V *softplus, V *share)
{
    V zero = CC_W(v_all)(0.0), v = CC_W(v_select)(V_LT(zero, q), q / alpha, q), size = CC_W(v_abs)(q) + 1.0;
    M open = V_LE(q, q);
    for (int step = 0; step < M4_STEPS; step++) {
        V small = CC_W(v_exp)(-CC_W(v_abs)(v)), below = 1.0 / (1.0 + small);
        *softplus = CC_W(v_max)(v, zero) + CC_W(v_log)(1.0 + small);
        *share = CC_W(v_select)(V_LT(v, zero), small * below, below);
        V change = (v + (alpha - 1.0) * *softplus - q) / (1.0 + (alpha - 1.0) * *share);
        open = open & V_LT(size * 0x1p-52, CC_W(v_abs)(change));
        if (!CC_W(v_any)(open)) break;
        v = CC_W(v_select)(open, v - change, v);
    }
    return v;
}

/* x = ln x; theta = e_inf, e_0, alpha, x_0, c */
CC_INLINE void CC_W(m4_kernel)(const V *x, const V *theta, V *f, V *g)
{
    V since = x[0] - CC_W(v_log)(theta[3]), alpha = theta[2], softplus, share;
    V v = CC_W(m4_logit)(theta[4] * since, alpha, &softplus, &share);
    /* 1 - share as its own quotient: near chance its digits count, near the floor those of the share */
    V rest = CC_W(v_expit)(-v);
    *f = theta[0] * rest + theta[1] * share;
    V by_q = (theta[1] - theta[0]) * share * rest / (rest + alpha * share);
    g[0] = rest;
    g[1] = share;
    g[2] = -by_q * softplus;
    g[3] = -by_q * theta[4] / theta[3];
    g[4] = by_q * since;
}
CC_VALUES(m4, 5, 1, 5)

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
/* Newton steps for m4: the farthest start, at an exponent at a bound of it, takes a dozen. */
enum { M4_STEPS = 40 };
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
