// SPDX-License-Identifier: GPL-3.0-or-later
/* separable.c - Levenberg-Marquardt over what enters nonlinearly, the rest solved for at every trial.
 *
 * Variable projection with Kaufman's (1975) derivative: the step of the whole problem, damped in the nonlinear parameters
 * alone, then the linear ones solved for anew. It follows valleys in which linear and nonlinear parameters offset each
 * other and the plain solver crawls. For squared losses on the level of y.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* Solves for the marked parameters at theta, in place, and says what objective that leaves; lanes where there is no solution are
 * not in the mask returned. Seen from 0, so that a value far from the one before loses no digits. */
static M CC_W(solve_linear)(const cc_group *group, const unsigned char *solved, double *theta, V *left)
{
    size_t p = group->p;
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH], objective[CC_WIDTH];
    V zero = CC_W(v_all)(0.0), at[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    V step[CC_MAX_PARAMS], before[CC_MAX_PARAMS];
    M mask[CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++) {
        before[j] = at[j] = CC_W(v_load)(theta + j * CC_WIDTH);
        lower[j] = CC_W(v_load)(group->lower + j * CC_WIDTH);
        upper[j] = CC_W(v_load)(group->upper_bound + j * CC_WIDTH);
        mask[j] = solved[j] ? V_LT(lower[j], upper[j]) : V_LT(zero, zero);
        if (!solved[j]) continue;
        at[j] = CC_W(v_select)(mask[j], zero, at[j]);
        CC_W(v_store)(theta + j * CC_WIDTH, at[j]);
    }
    cc_normal_table[CC_WIDTH / 2](group, theta, a, b, objective);
    *left = CC_W(v_load)(objective);
    M good = CC_W(solve_plain)(p, a, b, at, lower, upper, mask, step) & V_LT(*left, CC_W(v_all)(INFINITY));
    for (size_t j = 0; j < p; j++) {
        if (!solved[j]) continue;
        V product = zero;
        for (size_t k = 0; k < p; k++)
            if (solved[k])
                product = product + CC_W(v_load)(a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH) * step[k];
        *left = *left - step[j] * (2.0 * CC_W(v_load)(b + j * CC_WIDTH) - product);
        CC_W(v_store)(theta + j * CC_WIDTH, CC_W(v_select)(good, at[j] + step[j], before[j]));
    }
    return good;
}

/* The same where the curve is proportional to one parameter and linear in no other: its values at 1 say it all. */
static M CC_W(solve_factor)(const cc_group *group, size_t factor, double *theta, V *left)
{
    double *own = theta + factor * CC_WIDTH;
    V zero = CC_W(v_all)(0.0), a = zero, b = zero, c = zero, infinite = CC_W(v_all)(INFINITY);
    V lower = CC_W(v_load)(group->lower + factor * CC_WIDTH),
      upper = CC_W(v_load)(group->upper_bound + factor * CC_WIDTH);
    CC_W(v_store)(own, CC_W(v_all)(1.0));
    group->curve->values[CC_WIDTH / 2](group->curve, group->x, group->n, theta, group->f, NULL, group->n);
    for (size_t i = 0; i < group->n; i++) {
        V f = CC_W(v_load)(group->f + i * CC_WIDTH), y = CC_W(v_load)(group->y + i * CC_WIDTH);
        V w = CC_W(v_load)(group->w + i * CC_WIDTH);
        a = a + w * f * f;
        b = b + w * f * y;
        c = c + w * y * y;
    }
    V best = CC_W(v_min)(CC_W(v_max)(CC_W(v_select)(V_LT(zero, a), b / a, zero), lower), upper);
    *left = c - best * (2.0 * b - best * a);
    CC_W(v_store)(own, best);
    return V_LT(a, infinite) & V_LT(*left, infinite);
}

CC_INLINE M CC_W(project)(const cc_group *group, const cc_linear *linear, double *theta, V *left)
{
    return linear->factor < group->p ? CC_W(solve_factor)(group, linear->factor, theta, left)
                                     : CC_W(solve_linear)(group, linear->solved, theta, left);
}

static void CC_W(cc_project)(const cc_group *group, const cc_linear *linear, double *theta, double *objective)
{
    V left, infinite = CC_W(v_all)(INFINITY);
    M good = CC_W(project)(group, linear, theta, &left);
    CC_W(v_store)(objective, CC_W(v_select)(good & V_LT(left, infinite), left, infinite));
}

/* Where the lanes of a walk stand. */
typedef struct CC_W(walker) {
    double theta[CC_MAX_PARAMS * CC_WIDTH], a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH];
    V lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS], largest[CC_MAX_PARAMS];
    V objective, damping, growth;
    V settled_below, floor; /* a promised fall that counts as none: as a share of the objective, and at least */
    M live, done;
} CC_W(walker);

static void CC_W(begin)(CC_W(walker) * s, const cc_group *group, const cc_linear *linear, const double *theta,
                        const int *lanes)
{
    size_t p = group->p;
    double objective[CC_WIDTH], wanted[CC_WIDTH];
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), count = zero, size = zero, left;
    for (size_t j = 0; j < p; j++) {
        s->lower[j] = CC_W(v_load)(group->lower + j * CC_WIDTH);
        s->upper[j] = CC_W(v_load)(group->upper_bound + j * CC_WIDTH);
        s->largest[j] = zero;
        V inside = CC_W(v_min)(CC_W(v_max)(CC_W(v_load)(theta + j * CC_WIDTH), s->lower[j]), s->upper[j]);
        CC_W(v_store)(s->theta + j * CC_WIDTH, inside);
    }
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(group->w + i * CC_WIDTH), y = CC_W(v_load)(group->y + i * CC_WIDTH);
        count = count + CC_W(v_select)(V_LT(zero, w), one, zero);
        size = size + w * y * y;
    }
    for (int i = 0; i < CC_WIDTH; i++) wanted[i] = lanes[i] ? 1 : 0;
    s->settled_below = 1e-9 / CC_W(v_max)(count - (double)p, one);
    s->floor = size * 1e-30;
    M good = CC_W(project)(group, linear, s->theta, &left);
    cc_normal_table[CC_WIDTH / 2](group, s->theta, s->a, s->b, objective);
    s->objective = CC_W(v_load)(objective);
    s->damping = CC_W(v_all)(1e-2);
    s->growth = CC_W(v_all)(2.0);
    s->live = good & V_LT(zero, CC_W(v_load)(wanted)) & V_LT(s->objective, CC_W(v_all)(INFINITY));
    s->done = V_LT(zero, zero);
}

/* The damped step into `trial`, and the fall that it promises; lanes where it cannot be had are not in the mask returned. */
static M CC_W(choose_step)(CC_W(walker) * s, size_t p, const cc_linear *linear, double *trial, V *promise)
{
    V extra[CC_MAX_PARAMS], step[CC_MAX_PARAMS], here[CC_MAX_PARAMS], zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    M mask[CC_MAX_PARAMS];
    for (size_t j = 0; j < p; j++) {
        V diagonal = CC_W(v_load)(s->a + CC_TRI(j, j) * CC_WIDTH), b = CC_W(v_load)(s->b + j * CC_WIDTH);
        here[j] = CC_W(v_load)(s->theta + j * CC_WIDTH);
        M pressed = (V_LE(here[j], s->lower[j]) & V_LT(b, zero)) | (V_LE(s->upper[j], here[j]) & V_LT(zero, b));
        mask[j] = V_LT(s->lower[j], s->upper[j]) & ~pressed;
        /* along a valley the sensitivities fall by many powers of ten: the largest one seen is forgotten by halves */
        s->largest[j] = CC_W(v_max)(s->largest[j] * 0.5, diagonal);
        extra[j] =
            linear->solved[j] ? zero : s->damping * CC_W(v_select)(V_LT(zero, s->largest[j]), s->largest[j], one);
    }
    M solvable = CC_W(solve_box)(p, s->a, extra, s->b, here, s->lower, s->upper, mask, step);
    *promise = zero;
    for (size_t j = 0; j < p; j++) {
        V product = zero;
        for (size_t k = 0; k < p; k++)
            product = product + CC_W(v_load)(s->a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH) * step[k];
        *promise = *promise + step[j] * (2.0 * CC_W(v_load)(s->b + j * CC_WIDTH) - product);
        V moved = CC_W(v_min)(CC_W(v_max)(here[j] + step[j], s->lower[j]), s->upper[j]);
        CC_W(v_store)(trial + j * CC_WIDTH, CC_W(v_select)(s->live & solvable, moved, here[j]));
    }
    return solvable;
}

/* Takes the lanes of `accept` to the trial, and sets the damping of all by what the trial gained (Nielsen 1999). */
static void CC_W(move)(CC_W(walker) * s, size_t p, M accept, const double *trial, const double *a, const double *b,
                       V tried, V promise)
{
    V one = CC_W(v_all)(1.0), gain = (s->objective - tried) / promise, centred = 2.0 * gain - 1.0;
    for (size_t j = 0; j < p; j++) {
        double *to = s->theta + j * CC_WIDTH, *right = s->b + j * CC_WIDTH;
        CC_W(v_store)(to, CC_W(v_select)(accept, CC_W(v_load)(trial + j * CC_WIDTH), CC_W(v_load)(to)));
        CC_W(v_store)(right, CC_W(v_select)(accept, CC_W(v_load)(b + j * CC_WIDTH), CC_W(v_load)(right)));
    }
    for (size_t k = 0; k < p * (p + 1) / 2; k++) {
        double *to = s->a + k * CC_WIDTH;
        CC_W(v_store)(to, CC_W(v_select)(accept, CC_W(v_load)(a + k * CC_WIDTH), CC_W(v_load)(to)));
    }
    s->objective = CC_W(v_select)(accept, tried, s->objective);
    V shrink = CC_W(v_min)(CC_W(v_max)(1.0 - centred * centred * centred, CC_W(v_all)(0.1)), CC_W(v_all)(2.0));
    shrink = CC_W(v_select)(V_LE(gain, gain), shrink, one);
    V smaller = CC_W(v_max)(s->damping * shrink, CC_W(v_all)(1e-12));
    s->damping = CC_W(v_select)(accept, smaller, s->damping * s->growth);
    s->growth = CC_W(v_select)(accept, CC_W(v_all)(2.0), s->growth * 2.0);
    s->live = s->live & V_LT(s->damping, CC_W(v_all)(1e15));
}

static void CC_W(cc_separate)(const cc_group *group, const cc_linear *linear, double *theta, double *objective,
                              int *iterations, int *converged, const int *lanes, int max_iterations)
{
    size_t p = group->p;
    CC_W(walker) s;
    double trial[CC_MAX_PARAMS * CC_WIDTH], a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH], value[CC_WIDTH];
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY), promise, left;
    int64_t flag[CC_WIDTH];
    CC_W(begin)(&s, group, linear, theta, lanes);
    M usable = s.live;
    for (int i = 0; i < CC_WIDTH; i++) iterations[i] = 0;
    for (int iteration = 0; iteration < max_iterations && CC_W(v_any)(s.live); iteration++) {
        M solvable = CC_W(choose_step)(&s, p, linear, trial, &promise);
        V small = CC_W(v_max)(s.objective * s.settled_below, s.floor);
        M settled = s.live & solvable & V_LE(promise, small) & V_LE(s.damping, CC_W(v_all)(0.1));
        s.done = s.done | settled;
        s.live = s.live & ~settled;
        if (!CC_W(v_any)(s.live)) break;
        M projected = CC_W(project)(group, linear, trial, &left);
        cc_normal_table[CC_WIDTH / 2](group, trial, a, b, value);
        V tried = CC_W(v_load)(value), trace = zero;
        for (size_t j = 0; j < p; j++) trace = trace + CC_W(v_load)(a + CC_TRI(j, j) * CC_WIDTH);
        M accept =
            s.live & solvable & projected & V_LE(tried, s.objective) & V_LT(zero, promise) & V_LT(trace, infinite);
        CC_W(move)(&s, p, accept, trial, a, b, tried, promise);
        memcpy(flag, &s.live, sizeof flag);
        for (int i = 0; i < CC_WIDTH; i++)
            if (flag[i]) iterations[i] = iteration + 1;
    }
    CC_W(v_store)(value, CC_W(v_select)(usable, s.objective, infinite));
    memcpy(flag, &s.done, sizeof flag);
    for (int i = 0; i < CC_WIDTH; i++) {
        if (!lanes[i]) continue;
        converged[i] = flag[i] != 0;
        objective[i] = value[i];
        for (size_t j = 0; j < p; j++) theta[j * CC_WIDTH + (size_t)i] = s.theta[j * CC_WIDTH + (size_t)i];
    }
}

#else

#include <math.h>
#include <string.h>

#include "fit/internal.h"

cc_linear cc_linear_of(const cc_curve *curve, unsigned flag, const double *given)
{
    cc_linear linear = {.factor = curve->p};
    for (size_t j = 0; j < curve->p; j++) {
        bool solved = (curve->params[j].flags & flag) && !(given && !isnan(given[j]));
        linear.solved[j] = solved;
        linear.count += solved;
        if (solved && (curve->params[j].flags & CC_FACTOR) && !(curve->flags & CC_FEATURES_MOVE)) linear.factor = j;
    }
    return linear;
}

#define CC_WIDTH_FILE "fit/separable.c"
#include "widths.h"

const cc_project_fn cc_project_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_project);
const cc_separate_fn cc_separate_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_separate);

#endif
