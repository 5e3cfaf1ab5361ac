// SPDX-License-Identifier: GPL-3.0-or-later
/* solver.c - Levenberg-Marquardt for several series side by side, inside a box.
 *
 * Damping by the largest diagonal seen (Moré 1978), updated as in Nielsen (1999, IMM-REP-1999-05). A bound is an active
 * set: a parameter on its bound whose gradient points outwards leaves the free set for that step. Done when the step
 * promises to move the parameters by less than a small share of a standard error. Non-finite trials are
 * rejected steps. What does not settle is left to the referee.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

typedef struct CC_W(state) {
    V theta[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH];
    V objective, damping, growth;
    V largest[CC_MAX_PARAMS];
} CC_W(state);

/* Parameters that may move: not fixed, not pressed against a bound. */
CC_INLINE void CC_W(free_set)(const CC_W(state) * s, size_t p, M *mask)
{
    V zero = CC_W(v_all)(0.0);
    for (size_t j = 0; j < p; j++) {
        V b = CC_W(v_load)(s->b + j * CC_WIDTH);
        M at_lower = V_LE(s->theta[j], s->lower[j]) & V_LT(b, zero);
        M at_upper = V_LE(s->upper[j], s->theta[j]) & V_LT(zero, b);
        mask[j] = V_LT(s->lower[j], s->upper[j]) & ~(at_lower | at_upper);
    }
}

/* Objective that the quadratic model promises to lose: 2 b'd - d'Ad. */
CC_INLINE V CC_W(promise)(const CC_W(state) * s, size_t p, const V *step)
{
    V total = CC_W(v_all)(0.0);
    for (size_t j = 0; j < p; j++) {
        V product = CC_W(v_all)(0.0);
        for (size_t k = 0; k < p; k++)
            product = product + CC_W(v_load)(s->a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH) * step[k];
        total = total + step[j] * (2.0 * CC_W(v_load)(s->b + j * CC_WIDTH) - product);
    }
    return total;
}

/* Sum of squares of the observations: the size against which an objective counts as nothing. */
static V CC_W(size_of_data)(const cc_group *group, V *degrees)
{
    V total = CC_W(v_all)(0.0), count = total, zero = total;
    for (size_t i = 0; i < group->n; i++) {
        V w = CC_W(v_load)(group->w + i * CC_WIDTH), y = CC_W(v_load)(group->y + i * CC_WIDTH);
        total = total + w * y * y;
        count = count + CC_W(v_select)(V_LT(zero, w), CC_W(v_all)(1.0), zero);
    }
    *degrees = count;
    return total;
}

/* p comes apart from the group so that the compiler can know it. */
CC_INLINE void CC_W(walk)(const cc_group *given, size_t p, double *theta, double *objective, int *iterations,
                          int *converged, const int *lanes, int max_iterations, double share)
{
    cc_group curved = *given, *group = &curved;
    curved.curved = true;
    CC_W(state) s;
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    double trial_theta[CC_MAX_PARAMS * CC_WIDTH], trial_a[CC_TRIANGLE * CC_WIDTH], trial_b[CC_MAX_PARAMS * CC_WIDTH];
    double trial_objective[CC_WIDTH], flag[CC_WIDTH];
    for (size_t j = 0; j < p; j++) {
        s.lower[j] = CC_W(v_load)(group->lower + j * CC_WIDTH);
        s.upper[j] = CC_W(v_load)(group->upper_bound + j * CC_WIDTH);
        s.theta[j] = CC_W(v_min)(CC_W(v_max)(CC_W(v_load)(theta + j * CC_WIDTH), s.lower[j]), s.upper[j]);
        CC_W(v_store)(trial_theta + j * CC_WIDTH, s.theta[j]);
        s.largest[j] = zero;
    }
    cc_normal_table[CC_WIDTH / 2](group, trial_theta, s.a, s.b, trial_objective);
    s.objective = CC_W(v_load)(trial_objective);
    s.damping = CC_W(v_all)(1e-3);
    s.growth = CC_W(v_all)(2.0);
    V count;
    V floor = CC_W(size_of_data)(group, &count) * 1e-30;
    V degrees = CC_W(v_max)(count - (double)p, one);
    for (int i = 0; i < CC_WIDTH; i++) flag[i] = lanes[i] ? 1.0 : 0.0;
    /* lanes whose start is not finite have nothing to walk on */
    M live = V_LT(zero, CC_W(v_load)(flag)) & V_LT(s.objective, CC_W(v_all)(INFINITY));
    M done = V_LT(zero, zero);
    for (int i = 0; i < CC_WIDTH; i++) iterations[i] = 0;
    int iteration = 0;
    for (; iteration < max_iterations && CC_W(v_any)(live); iteration++) {
        M mask[CC_MAX_PARAMS];
        V extra[CC_MAX_PARAMS], step[CC_MAX_PARAMS];
        CC_W(free_set)(&s, p, mask);
        for (size_t j = 0; j < p; j++) {
            V diagonal = CC_W(v_load)(s.a + CC_TRI(j, j) * CC_WIDTH);
            s.largest[j] = CC_W(v_max)(s.largest[j], diagonal);
            extra[j] = s.damping * CC_W(v_select)(V_LT(zero, s.largest[j]), s.largest[j], one);
        }
        M solved = CC_W(solve_box)(p, s.a, extra, s.b, s.theta, s.lower, s.upper, mask, step);
        V promise = CC_W(promise)(&s, p, step);
        V small = CC_W(v_max)(s.objective / degrees * share, floor);
        M settled = live & solved & V_LE(promise, small) & V_LE(s.damping, CC_W(v_all)(0.1));
        done = done | settled;
        live = live & ~settled;
        if (!CC_W(v_any)(live)) break;
        for (size_t j = 0; j < p; j++) {
            V moved = CC_W(v_min)(CC_W(v_max)(s.theta[j] + step[j], s.lower[j]), s.upper[j]);
            CC_W(v_store)(trial_theta + j * CC_WIDTH, CC_W(v_select)(live & solved, moved, s.theta[j]));
        }
        cc_normal_table[CC_WIDTH / 2](group, trial_theta, trial_a, trial_b, trial_objective);
        V tried = CC_W(v_load)(trial_objective), trace = zero;
        for (size_t j = 0; j < p; j++) trace = trace + CC_W(v_load)(trial_a + CC_TRI(j, j) * CC_WIDTH);
        V gain = (s.objective - tried) / promise;
        /* where the promise is below rounding, a step that does no harm is taken */
        V slack = CC_W(v_select)(V_LE(promise, s.objective * 1e-13), s.objective * 1e-14, zero);
        M accept =
            live & solved & V_LE(tried, s.objective + slack) & V_LT(zero, promise) & V_LT(trace, CC_W(v_all)(INFINITY));
        for (size_t j = 0; j < p; j++) {
            s.theta[j] = CC_W(v_select)(accept, CC_W(v_load)(trial_theta + j * CC_WIDTH), s.theta[j]);
            double *b = s.b + j * CC_WIDTH;
            CC_W(v_store)(b, CC_W(v_select)(accept, CC_W(v_load)(trial_b + j * CC_WIDTH), CC_W(v_load)(b)));
        }
        for (size_t k = 0; k < p * (p + 1) / 2; k++) {
            double *a = s.a + k * CC_WIDTH;
            CC_W(v_store)(a, CC_W(v_select)(accept, CC_W(v_load)(trial_a + k * CC_WIDTH), CC_W(v_load)(a)));
        }
        s.objective = CC_W(v_select)(accept, tried, s.objective);
        V centred = 2.0 * gain - 1.0;
        V shrink = CC_W(v_max)(1.0 - centred * centred * centred, CC_W(v_all)(0.1));
        shrink = CC_W(v_min)(shrink, CC_W(v_all)(2.0));
        shrink = CC_W(v_select)(V_LE(gain, gain), shrink, one);
        s.damping = CC_W(v_select)(accept, CC_W(v_max)(s.damping * shrink, CC_W(v_all)(1e-12)), s.damping * s.growth);
        s.growth = CC_W(v_select)(accept, CC_W(v_all)(2.0), s.growth * 2.0);
        /* no step however small leads down: leave it to the referee */
        live = live & V_LT(s.damping, CC_W(v_all)(1e15));
        int64_t alive[CC_WIDTH];
        memcpy(alive, &live, sizeof live);
        for (int i = 0; i < CC_WIDTH; i++)
            if (alive[i]) iterations[i] = iteration + 1;
    }
    int64_t settled[CC_WIDTH];
    memcpy(settled, &done, sizeof done);
    double value[CC_WIDTH];
    CC_W(v_store)(value, s.objective);
    for (int i = 0; i < CC_WIDTH; i++) {
        if (!lanes[i]) continue;
        converged[i] = settled[i] != 0;
        objective[i] = value[i];
        for (size_t j = 0; j < p; j++) {
            double lane[CC_WIDTH];
            CC_W(v_store)(lane, s.theta[j]);
            theta[j * CC_WIDTH + (size_t)i] = lane[i];
        }
    }
}

static void CC_W(cc_solve)(const cc_group *group, double *theta, double *objective, int *iterations, int *converged,
                           const int *lanes, int max_iterations, double share)
{
    switch (group->p) {
    case 2:
        CC_W(walk)(group, 2, theta, objective, iterations, converged, lanes, max_iterations, share);
        break;
    case 3:
        CC_W(walk)(group, 3, theta, objective, iterations, converged, lanes, max_iterations, share);
        break;
    case 4:
        CC_W(walk)(group, 4, theta, objective, iterations, converged, lanes, max_iterations, share);
        break;
    case 5:
        CC_W(walk)(group, 5, theta, objective, iterations, converged, lanes, max_iterations, share);
        break;
    default:
        CC_W(walk)(group, group->p, theta, objective, iterations, converged, lanes, max_iterations, share);
    }
}

#else

#include <string.h>

#include "fit/internal.h"
#define CC_WIDTH_FILE "fit/solver.c"
#include "widths.h"

const cc_solve_fn cc_solve_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_solve);

#endif
