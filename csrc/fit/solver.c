// SPDX-License-Identifier: GPL-3.0-or-later
/* solver.c - Levenberg-Marquardt for several series side by side, inside a box.
 *
 * Damping by the largest diagonal seen (Moré 1978), updated as in Nielsen (1999, IMM-REP-1999-05). A bound is an active
 * set: a parameter on its bound whose gradient points outwards leaves the free set for that step. Done when the step
 * promises to move the parameters by less than a small share of a standard error; that step is still taken, untried. Non-finite
 * trials are rejected steps. What does not settle is left to the referee.
 *
 * Of a positive parameter that is known to so many times, not to so much, the step is one of its logarithm while the data can tell
 * it from 0: valleys of power laws, which wind in the parameters, are straight there.
 *
 * Walks need not end together: a lane whose walk has ended takes up the next one of the list, so no lane waits for its
 * neighbours. What a walk does depends on its own lane, and on the walk before it where it knows one: it looks along the way to
 * that minimum first, and where the objective only falls, both starts lie in one basin (hill-valley test, Ursem 1999).
 */
#ifdef CC_WIDTH

#include "fit/small.h"

typedef struct CC_W(state) {
    V theta[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH];
    V objective, damping, growth;
    V largest[CC_MAX_PARAMS];
    V floor, degrees; /* an objective that counts as nothing; degrees of freedom */
    V trials;         /* taken so far */
    M live, fresh;    /* fresh: the start has not been looked at yet */
    cc_descent *own[CC_WIDTH];
    /* of the minimum that is known: where it is, its objective, infinite where none is; and of the way there: how many looks were
     * taken along it, the objective at the last one, and whether it goes on */
    V known[CC_MAX_PARAMS], best, looks, last;
    M looking;
    /* where the parameters that move stand among all */
    size_t at[CC_MAX_PARAMS];
} CC_W(state);

/* The quadratic model in the units of the steps, and their bounds. */
typedef struct CC_W(model) {
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH];
    V lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    M logarithmic[CC_MAX_PARAMS];
} CC_W(model);

CC_INLINE void CC_W(v_set)(V *v, int lane, double value)
{
    memcpy((char *)v + (size_t)lane * sizeof value, &value, sizeof value);
}

CC_INLINE double CC_W(v_get)(const V *v, int lane)
{
    double value;
    memcpy(&value, (const char *)v + (size_t)lane * sizeof value, sizeof value);
    return value;
}

CC_INLINE void CC_W(m_set)(M *m, int lane, bool on)
{
    int64_t bits = on ? -1 : 0;
    memcpy((char *)m + (size_t)lane * sizeof bits, &bits, sizeof bits);
}

CC_INLINE bool CC_W(m_get)(const M *m, int lane)
{
    int64_t bits;
    memcpy(&bits, (const char *)m + (size_t)lane * sizeof bits, sizeof bits);
    return bits != 0;
}

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

/* The model where the walk stands; `logs`: the parameters that may take steps of their logarithms. */
CC_INLINE void CC_W(make_model)(const CC_W(state) * s, size_t p, const bool *logs, CC_W(model) * out)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), scale[CC_MAX_PARAMS];
    V noise = CC_W(v_all)(SIGNIFICANT) * s->objective / s->degrees;
    for (size_t j = 0; j < p; j++) {
        V own = s->theta[j], size = own * own * CC_W(v_load)(s->a + CC_TRI(j, j) * CC_WIDTH);
        scale[j] = one;
        out->lower[j] = s->lower[j] - own;
        out->upper[j] = s->upper[j] - own;
        if (logs[j]) {
            M mask = V_LT(zero, own) & V_LT(noise, size);
            out->logarithmic[j] = mask;
            scale[j] = CC_W(v_select)(mask, own, one);
            out->lower[j] = CC_W(v_select)(mask, CC_W(v_log)(CC_W(v_max)(s->lower[j], zero) / own), out->lower[j]);
            out->upper[j] = CC_W(v_select)(mask, CC_W(v_log)(s->upper[j] / own), out->upper[j]);
        }
        CC_W(v_store)(out->b + j * CC_WIDTH, CC_W(v_load)(s->b + j * CC_WIDTH) * scale[j]);
        for (size_t k = 0; k <= j; k++) {
            V entry = CC_W(v_load)(s->a + CC_TRI(j, k) * CC_WIDTH);
            CC_W(v_store)(out->a + CC_TRI(j, k) * CC_WIDTH, entry * (scale[j] * scale[k]));
        }
    }
}

/* Where a step leads. */
CC_INLINE V CC_W(moved)(const CC_W(state) * s, const CC_W(model) * model, size_t j, bool log, V step)
{
    V to = s->theta[j] + step;
    if (log) {
        to = CC_W(v_select)(model->logarithmic[j], s->theta[j] * CC_W(v_exp)(step), to);
        /* what rounding alone keeps from a bound stands there */
        to = CC_W(v_select)(V_LE(to, s->lower[j] * (1 + 1e-12)), s->lower[j], to);
    }
    return CC_W(v_min)(CC_W(v_max)(to, s->lower[j]), s->upper[j]);
}

/* Objective that the quadratic model promises to lose: 2 b'd - d'Ad. */
CC_INLINE V CC_W(promise)(const CC_W(model) * model, size_t p, const V *step)
{
    V total = CC_W(v_all)(0.0);
    for (size_t j = 0; j < p; j++) {
        V product = CC_W(v_all)(0.0);
        for (size_t k = 0; k < p; k++)
            product = product + CC_W(v_load)(model->a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH) * step[k];
        total = total + step[j] * (2.0 * CC_W(v_load)(model->b + j * CC_WIDTH) - product);
    }
    return total;
}

/* The series of a walk into its lane; nothing to copy where it sits there already. */
static void CC_W(seat)(cc_group *group, int lane, const cc_descent *walk)
{
    const cc_group *from = walk->group;
    size_t width = (size_t)from->width, n = group->n, p = group->p, nf = group->n_features, rn = group->curve->r * n;
    const double *y = from->y + walk->lane, *w = from->w + walk->lane, *x = from->x + walk->lane;
    double *to_y = group->y + lane, *to_w = group->w + lane, *to_x = group->x + lane;
    if (from->y == group->y) return;
    for (size_t i = 0; i < n; i++) {
        to_y[i * CC_WIDTH] = y[i * width];
        to_w[i * CC_WIDTH] = w[i * width];
    }
    for (size_t i = 0; i < nf * n; i++) to_x[i * CC_WIDTH] = x[i * width];
    if (group->raw) memcpy(group->raw + (size_t)lane * rn, from->raw + (size_t)walk->lane * rn, rn * sizeof(double));
    for (size_t j = 0; j < p; j++) {
        size_t to = j * CC_WIDTH + (size_t)lane, at = j * width + (size_t)walk->lane;
        group->lower[to] = from->lower[at];
        group->upper_bound[to] = from->upper_bound[at];
        group->prior_mean[to] = from->prior_mean[at];
        group->prior_weight[to] = from->prior_weight[at];
    }
    group->loss_scale[lane] = from->loss_scale[walk->lane];
    group->size[lane] = from->size[walk->lane];
    group->count[lane] = from->count[walk->lane];
}

/* Lets a lane take up a walk; idle where there is none. What is held goes into `trial` once, and stays. */
CC_INLINE void CC_W(take)(CC_W(state) * s, cc_group *group, size_t p, int lane, cc_descent *walk, double *trial)
{
    s->own[lane] = walk;
    CC_W(m_set)(&s->live, lane, walk != NULL);
    CC_W(m_set)(&s->fresh, lane, walk != NULL);
    if (!walk) return;
    CC_W(seat)(group, lane, walk);
    for (size_t k = 0; k < group->p; k++) {
        size_t e = k * CC_WIDTH + (size_t)lane;
        double *start = &walk->theta[k * (size_t)walk->stride], lower = group->lower[e], upper = group->upper_bound[e];
        *start = *start < lower ? lower : *start;
        *start = upper < *start ? upper : *start;
        trial[e] = *start;
    }
    for (size_t j = 0; j < p; j++) {
        size_t e = s->at[j] * CC_WIDTH + (size_t)lane;
        CC_W(v_set)(&s->lower[j], lane, group->lower[e]);
        CC_W(v_set)(&s->upper[j], lane, group->upper_bound[e]);
        CC_W(v_set)(&s->theta[j], lane, trial[e]);
        CC_W(v_set)(&s->largest[j], lane, 0);
        s->b[j * CC_WIDTH + (size_t)lane] = 0;
    }
    for (size_t k = 0; k < p * (p + 1) / 2; k++) s->a[k * CC_WIDTH + (size_t)lane] = 0;
    double degrees = group->count[lane] - (double)group->p;
    CC_W(v_set)(&s->objective, lane, INFINITY);
    CC_W(v_set)(&s->damping, lane, FIRST_DAMPING);
    CC_W(v_set)(&s->growth, lane, 2);
    CC_W(v_set)(&s->trials, lane, 0);
    CC_W(v_set)(&s->floor, lane, group->size[lane] * 1e-30);
    CC_W(v_set)(&s->degrees, lane, degrees < 1 ? 1 : degrees);
    const cc_descent *before = walk->before;
    bool looking = before && before->converged;
    CC_W(v_set)(&s->best, lane, before ? before->objective : INFINITY);
    CC_W(v_set)(&s->looks, lane, 0);
    CC_W(v_set)(&s->last, lane, INFINITY);
    CC_W(m_set)(&s->looking, lane, looking);
    for (size_t j = 0; j < p; j++)
        CC_W(v_set)(&s->known[j], lane, looking ? before->theta[s->at[j] * (size_t)before->stride] : 0);
}

/* Writes down where a walk ended. */
CC_INLINE void CC_W(leave)(const CC_W(state) * s, size_t p, int lane, bool settled)
{
    cc_descent *walk = s->own[lane];
    walk->converged = settled;
    walk->objective = CC_W(v_get)(&s->objective, lane);
    walk->iterations = (int)CC_W(v_get)(&s->trials, lane);
    for (size_t j = 0; j < p; j++) walk->theta[s->at[j] * (size_t)walk->stride] = CC_W(v_get)(&s->theta[j], lane);
}

/* p parameters move, those of the list `at`; it comes apart so that the compiler can know it. Where the walks are not pinned, lanes
 * take them up as they come. */
CC_INLINE void CC_W(walk)(const cc_group *given, size_t p, const size_t *at, cc_descent *walks, size_t count,
                          bool pinned, int max_iterations, double share)
{
    cc_group curved = *given, *group = &curved;
    curved.curved = true;
    CC_W(state) s;
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0), infinite = CC_W(v_all)(INFINITY);
    double trial_theta[CC_MAX_PARAMS * CC_WIDTH], trial_a[CC_TRIANGLE * CC_WIDTH], trial_b[CC_MAX_PARAMS * CC_WIDTH];
    double trial_objective[CC_WIDTH];
    /* a kink is not crossed untried */
    bool smooth = !(group->curve->flags & CC_KINKS);
    CC_W(model) model;
    bool logs[CC_MAX_PARAMS];
    size_t next = 0;
    for (size_t j = 0; j < p; j++) {
        const cc_param *param = &group->curve->params[at[j]];
        logs[j] = cc_is_of_logarithm(param) && param->lower >= 0;
        s.at[j] = at[j];
        s.lower[j] = s.upper[j] = s.theta[j] = s.largest[j] = s.known[j] = zero;
        CC_W(v_store)(s.b + j * CC_WIDTH, zero);
    }
    for (size_t k = 0; k < p * (p + 1) / 2; k++) CC_W(v_store)(s.a + k * CC_WIDTH, zero);
    s.objective = s.trials = s.floor = s.looks = s.last = zero;
    s.damping = s.growth = s.degrees = one;
    s.best = infinite;
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        cc_descent *walk = next < count ? &walks[next++] : NULL;
        CC_W(take)(&s, group, p, lane, walk && walk->group ? walk : NULL, trial_theta);
    }
    if (pinned) next = count;
    M ended = V_LT(zero, zero);
    while (CC_W(v_any)(s.live)) {
        M mask[CC_MAX_PARAMS];
        V extra[CC_MAX_PARAMS], step[CC_MAX_PARAMS], origin[CC_MAX_PARAMS], moved[CC_MAX_PARAMS];
        CC_W(free_set)(&s, p, mask);
        CC_W(make_model)(&s, p, logs, &model);
        for (size_t j = 0; j < p; j++) {
            V diagonal = CC_W(v_load)(model.a + CC_TRI(j, j) * CC_WIDTH);
            s.largest[j] = CC_W(v_max)(s.largest[j], diagonal);
            extra[j] = s.damping * CC_W(v_select)(V_LT(zero, s.largest[j]), s.largest[j], one);
            origin[j] = zero;
        }
        M solved = CC_W(solve_box)(p, model.a, extra, model.b, origin, model.lower, model.upper, mask, step);
        V promise = CC_W(promise)(&model, p, step), unit = s.objective / s.degrees, above = s.objective - s.best;
        M going = s.live & ~s.fresh & ~ended, looking = going & s.looking;
        M arrived = looking & V_LE(CC_W(v_all)(LOOKS), s.looks), second = V_LE(zero, above);
        looking = looking & ~arrived;
        s.looks = s.looks + CC_W(v_select)(looking, one, zero);
        going = going & ~looking & solved;
        /* a walk that is still above a known minimum need not be exact: where it promises what it lacks, it leads there */
        V enough = CC_W(v_select)(second, CC_W(v_all)(CC_NEAR), CC_W(v_all)(share));
        V small = CC_W(v_max)(unit * enough, s.floor);
        M settled = going & V_LE(-small, promise) & V_LE(promise, small) & V_LE(s.damping, CC_W(v_all)(0.1));
        M joins = arrived | (going & second & V_LE(above, unit * JOINED) & V_LE(above, 2.0 * promise));
        M near = V_LE(zero, zero);
        for (size_t j = 0; j < p; j++) {
            moved[j] = CC_W(moved)(&s, &model, j, logs[j], step[j]);
            if (logs[j]) near = near & V_LE(CC_W(v_abs)(moved[j] - s.theta[j]), UNTRIED * CC_W(v_abs)(s.theta[j]));
            V there = CC_W(v_select)(going, moved[j], s.theta[j]);
            V along = s.theta[j] + s.looks * (1.0 / (LOOKS + 1)) * (s.known[j] - s.theta[j]);
            there = CC_W(v_select)(looking, along, there);
            CC_W(v_store)(trial_theta + at[j] * CC_WIDTH, there);
        }
        for (size_t j = 0; j < p && smooth; j++) s.theta[j] = CC_W(v_select)(settled & near, moved[j], s.theta[j]);
        s.objective = CC_W(v_select)(joins & ~settled, s.best, s.objective);
        settled = settled | joins;
        ended = ended | settled;
        if (CC_W(v_any)(ended)) {
            for (int lane = 0; lane < CC_WIDTH; lane++) {
                if (!CC_W(m_get)(&ended, lane)) continue;
                CC_W(leave)(&s, p, lane, CC_W(m_get)(&settled, lane));
                CC_W(take)(&s, group, p, lane, next < count ? &walks[next++] : NULL, trial_theta);
            }
            if (!CC_W(v_any)(s.live)) break;
            solved = solved & ~ended;
        }
        cc_normal_table[CC_WIDTH / 2](group, trial_theta, trial_a, trial_b, trial_objective);
        V tried = CC_W(v_load)(trial_objective), trace = zero;
        for (size_t j = 0; j < p; j++) trace = trace + CC_W(v_load)(trial_a + CC_TRI(at[j], at[j]) * CC_WIDTH);
        V gain = (s.objective - tried) / promise;
        /* where the promise is below rounding, a step that does no harm is taken */
        V slack = CC_W(v_select)(V_LE(promise, s.objective * 1e-13), s.objective * 1e-14, zero);
        looking = looking & s.looking;
        s.looking = s.looking & (~looking | V_LT(tried, CC_W(v_min)(s.last, s.objective)));
        s.last = CC_W(v_select)(looking, tried, s.last);
        M walking = s.live & ~s.fresh & ~looking;
        M better = walking & solved & V_LE(tried, s.objective + slack) & V_LT(zero, promise) & V_LT(trace, infinite);
        /* there is nothing to walk on where a start is not finite */
        M accept = better | (s.fresh & V_LT(tried, infinite));
        ended = s.fresh & ~accept;
        s.looking = s.looking & (~s.fresh | V_LT(s.best * FAR_ABOVE, tried));
        for (size_t j = 0; j < p; j++) {
            s.theta[j] = CC_W(v_select)(accept, CC_W(v_load)(trial_theta + at[j] * CC_WIDTH), s.theta[j]);
            double *b = s.b + j * CC_WIDTH;
            CC_W(v_store)(b, CC_W(v_select)(accept, CC_W(v_load)(trial_b + at[j] * CC_WIDTH), CC_W(v_load)(b)));
            for (size_t k = 0; k <= j; k++) {
                double *a = s.a + CC_TRI(j, k) * CC_WIDTH, *tried_a = trial_a + CC_TRI(at[j], at[k]) * CC_WIDTH;
                CC_W(v_store)(a, CC_W(v_select)(accept, CC_W(v_load)(tried_a), CC_W(v_load)(a)));
            }
        }
        V centred = 2.0 * gain - 1.0;
        V shrink = CC_W(v_max)(1.0 - centred * centred * centred, CC_W(v_all)(0.1));
        shrink = CC_W(v_min)(shrink, CC_W(v_all)(2.0));
        shrink = CC_W(v_select)(V_LE(gain, gain), shrink, one);
        V damping = CC_W(v_select)(better, CC_W(v_max)(s.damping * shrink, CC_W(v_all)(1e-12)), s.damping * s.growth);
        V growth = CC_W(v_select)(better, CC_W(v_all)(2.0), s.growth * 2.0);
        s.objective = CC_W(v_select)(accept, tried, s.objective);
        s.damping = CC_W(v_select)(walking, damping, s.damping);
        s.growth = CC_W(v_select)(walking, growth, s.growth);
        s.trials = s.trials + CC_W(v_select)(walking, one, zero);
        s.fresh = s.fresh & ~s.fresh;
        /* no step however small leads down, or too many steps: leave it to the referee */
        ended = ended |
                (s.live & (V_LE(CC_W(v_all)(1e15), s.damping) | V_LE(CC_W(v_all)((double)max_iterations), s.trials)));
    }
}

/* Lists the parameters that move in any of these walks; returns their number. */
static size_t CC_W(movers)(const cc_group *group, const cc_descent *walks, size_t count, size_t *at)
{
    size_t found = 0;
    for (size_t j = 0; j < group->p; j++) {
        bool moves = false;
        for (size_t k = 0; k < count && !moves; k++) {
            const cc_group *from = walks[k].group;
            size_t e = from ? j * (size_t)from->width + (size_t)walks[k].lane : 0;
            moves = from && from->lower[e] < from->upper_bound[e];
        }
        if (moves) at[found++] = j;
    }
    return found;
}

static void CC_W(walk_all)(const cc_group *group, cc_descent *walks, size_t count, bool pinned, int max_iterations,
                           double share)
{
    size_t at[CC_MAX_PARAMS], p = CC_W(movers)(group, walks, count, at);
    switch (p) {
    case 2:
        CC_W(walk)(group, 2, at, walks, count, pinned, max_iterations, share);
        break;
    case 3:
        CC_W(walk)(group, 3, at, walks, count, pinned, max_iterations, share);
        break;
    case 4:
        CC_W(walk)(group, 4, at, walks, count, pinned, max_iterations, share);
        break;
    case 5:
        CC_W(walk)(group, 5, at, walks, count, pinned, max_iterations, share);
        break;
    case 6:
        CC_W(walk)(group, 6, at, walks, count, pinned, max_iterations, share);
        break;
    default:
        CC_W(walk)(group, p, at, walks, count, pinned, max_iterations, share);
    }
}

static void CC_W(cc_descend)(const cc_group *bench, cc_descent *walks, size_t count, int max_iterations, double share)
{
    CC_W(walk_all)(bench, walks, count, false, max_iterations, share);
}

static void CC_W(cc_solve)(const cc_group *group, double *theta, double *objective, int *iterations, int *converged,
                           const int *lanes, int max_iterations, double share)
{
    cc_descent walks[CC_WIDTH];
    for (int lane = 0; lane < CC_WIDTH; lane++)
        walks[lane] = (cc_descent){.group = lanes[lane] ? group : NULL,
                                   .lane = lane,
                                   .theta = theta + lane,
                                   .stride = CC_WIDTH,
                                   .objective = INFINITY};
    CC_W(walk_all)(group, walks, CC_WIDTH, true, max_iterations, share);
    for (int lane = 0; lane < CC_WIDTH; lane++) {
        iterations[lane] = walks[lane].iterations;
        if (!lanes[lane]) continue;
        converged[lane] = walks[lane].converged;
        objective[lane] = walks[lane].objective;
    }
}

#else

#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"
/* Of the first step, against the largest sensitivity. */
static const double FIRST_DAMPING = 1e-3;
/* Squared standard errors that a parameter must be away from 0, as far as it alone can tell, for steps of its logarithm. */
static const double SIGNIFICANT = 10;
/* Looks along the way to a known minimum, its ends apart. */
enum { LOOKS = 3 };
/* Of a start whose objective is not so many times that of the known minimum, noise may part the way there: it is walked from. */
static const double FAR_ABOVE = 3;
/* Share of a positive parameter by which a last step may move it untried: one that promises nothing may be long where the data hardly
 * depend on it. */
static const double UNTRIED = 0.01;
/* Residual variances above a known minimum from which a walk may be said to lead there. */
static const double JOINED = 1e-2;

#define CC_WIDTH_FILE "fit/solver.c"
#include "widths.h"

const cc_solve_fn cc_solve_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_solve);
const cc_descend_fn cc_descend_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_descend);

#endif
