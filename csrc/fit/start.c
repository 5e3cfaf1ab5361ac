// SPDX-License-Identifier: GPL-3.0-or-later
/* start.c - starting values without asking: a grid for what enters nonlinearly, the rest solved for at every node.
 *
 * Variable projection (Golub and Pereyra 1973) on a thinned copy of the series. The nodes whose objective is below that of
 * their grid neighbours are the basins; the best few are starts.
 */
#ifdef CC_WIDTH

#include "fit/small.h"

/* The lanes in which parameter j is solved for. */
CC_INLINE M CC_W(solved)(const cc_start_plan *plan, size_t j)
{
    int64_t lane[CC_WIDTH];
    for (int i = 0; i < CC_WIDTH; i++) lane[i] = -(int64_t)plan->solved[j][i];
    M mask;
    memcpy(&mask, lane, sizeof mask);
    return mask;
}

/* Of each parameter, its values at the nodes of its axis in all lanes; what is solved for stands at its origin. */
static void CC_W(place)(const cc_group *coarse, const cc_start_plan *plan, const int *count, V (*axis)[CC_MAX_NODES])
{
    for (size_t j = 0; j < coarse->p; j++) {
        V lower = CC_W(v_load)(coarse->lower + j * CC_WIDTH), upper = CC_W(v_load)(coarse->upper_bound + j * CC_WIDTH);
        bool amplitude = plan->logarithmic && (coarse->curve->params[j].flags & CC_AMPLITUDE);
        V origin = CC_W(v_all)(amplitude ? 1.0 : 0.0);
        M open = CC_W(solved)(plan, j) & V_LT(lower, upper);
        for (int k = 0; k < count[j]; k++) {
            double node[CC_WIDTH];
            for (int lane = 0; lane < CC_WIDTH; lane++) node[lane] = plan->grid[lane].node[j][k];
            V inside = CC_W(v_min)(CC_W(v_max)(CC_W(v_load)(node), lower), upper);
            axis[j][k] = CC_W(v_select)(open, origin, inside);
        }
    }
}

/* The sub-problem: the parameters that are solved for in any lane, in `at`, and the group with all others held. */
typedef struct CC_W(sub) {
    cc_group group;
    size_t p, at[CC_MAX_PARAMS];
    double upper_bound[CC_MAX_PARAMS * CC_WIDTH];
} CC_W(sub);

static void CC_W(make_sub)(const cc_group *coarse, const cc_start_plan *plan, CC_W(sub) * out)
{
    out->group = *coarse;
    out->group.upper_bound = out->upper_bound;
    out->p = 0;
    for (size_t j = 0; j < coarse->p; j++) {
        bool any = CC_W(v_any)(CC_W(solved)(plan, j) & CC_W(open_in)(coarse, j));
        const double *bound = any ? coarse->upper_bound : coarse->lower;
        if (any) out->at[out->p++] = j;
        CC_W(v_store)(out->upper_bound + j * CC_WIDTH, CC_W(v_load)(bound + j * CC_WIDTH));
    }
}

/* Solves for what enters linearly at theta (in place); returns the objective that is left, infinite where there is none. */
static V CC_W(project)(const CC_W(sub) * sub, const cc_start_plan *plan, double *theta)
{
    const cc_group *coarse = &sub->group;
    size_t p = sub->p;
    double a[CC_TRIANGLE * CC_WIDTH], b[CC_MAX_PARAMS * CC_WIDTH], objective[CC_WIDTH];
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY);
    V at[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS], step[CC_MAX_PARAMS];
    M mask[CC_MAX_PARAMS];
    bool amplitude[CC_MAX_PARAMS];
    cc_normal_table[CC_WIDTH / 2](coarse, theta, a, b, objective);
    V left = CC_W(v_load)(objective);
    for (size_t j = 0; j < p; j++) {
        size_t own = sub->at[j], e = own * CC_WIDTH;
        amplitude[j] = plan->logarithmic && (coarse->curve->params[own].flags & CC_AMPLITUDE);
        at[j] = CC_W(v_load)(theta + e);
        lower[j] = CC_W(v_load)(coarse->lower + e);
        upper[j] = CC_W(v_load)(coarse->upper_bound + e);
        mask[j] = CC_W(solved)(plan, own) & V_LT(lower[j], upper[j]);
        if (amplitude[j]) {
            lower[j] = -infinite;
            upper[j] = infinite;
        }
        /* in place: what is packed lies before what it is packed from */
        CC_W(v_store)(b + j * CC_WIDTH, CC_W(v_load)(b + e));
        for (size_t k = 0; k <= j; k++)
            CC_W(v_store)(a + CC_TRI(j, k) * CC_WIDTH, CC_W(v_load)(a + CC_TRI(own, sub->at[k]) * CC_WIDTH));
    }
    M good = CC_W(solve_plain)(p, a, b, at, lower, upper, mask, step);
    for (size_t j = 0; j < p; j++) {
        V product = zero;
        for (size_t k = 0; k < p; k++)
            product = product + CC_W(v_load)(a + (j >= k ? CC_TRI(j, k) : CC_TRI(k, j)) * CC_WIDTH) * step[k];
        V fall = step[j] * (2.0 * CC_W(v_load)(b + j * CC_WIDTH) - product);
        left = left - CC_W(v_select)(mask[j], fall, zero);
        V value = at[j] + step[j];
        if (amplitude[j]) {
            size_t e = sub->at[j] * CC_WIDTH;
            V low = CC_W(v_load)(coarse->lower + e), high = CC_W(v_load)(coarse->upper_bound + e);
            value = CC_W(v_min)(CC_W(v_max)(CC_W(v_exp)(step[j]), low), high);
        }
        CC_W(v_store)(theta + sub->at[j] * CC_WIDTH, CC_W(v_select)(mask[j], value, at[j]));
    }
    return CC_W(v_select)(good & V_LT(left, infinite), left, infinite);
}

/* Basins of one lane, best first: nodes that lie below their neighbours along every axis. */
static int CC_W(basins)(const double *value, int lane, const int *count, size_t p, int nodes, int *best)
{
    int found = 0;
    for (int node = 0; node < nodes; node++) {
        double own = value[node * CC_WIDTH + lane];
        if (!(own < INFINITY)) continue;
        bool lowest = true;
        int stride = 1;
        for (size_t j = 0; j < p && lowest; j++) {
            int index = node / stride % count[j];
            /* of equal neighbours the first counts */
            if (index > 0) lowest = own < value[(node - stride) * CC_WIDTH + lane];
            if (lowest && index + 1 < count[j]) lowest = own <= value[(node + stride) * CC_WIDTH + lane];
            stride *= count[j];
        }
        if (!lowest) continue;
        int at = found < CC_MAX_STARTS ? found++ : CC_MAX_STARTS;
        while (at > 0 && own < value[best[at - 1] * CC_WIDTH + lane]) {
            if (at < CC_MAX_STARTS) best[at] = best[at - 1];
            at--;
        }
        if (at < CC_MAX_STARTS) best[at] = node;
    }
    while (found > 1 && value[best[found - 1] * CC_WIDTH + lane] > RIVAL * value[best[0] * CC_WIDTH + lane]) found--;
    return found;
}

/* Sums of the sub-problem that no node changes: w y into coarse->row, the sum of w y^2 returned. */
static V CC_W(weigh)(const cc_group *coarse)
{
    V total = CC_W(v_all)(0.0);
    for (size_t i = 0; i < coarse->n; i++) {
        V y = CC_W(v_load)(coarse->y + i * CC_WIDTH), wy = CC_W(v_load)(coarse->w + i * CC_WIDTH) * y;
        total = total + wy * y;
        CC_W(v_store)(coarse->row + i * CC_WIDTH, wy);
    }
    return total;
}

/* The same for a curve that is proportional to the one parameter that may be solved for: its values at 1 say it all. */
static V CC_W(project_factor)(const cc_group *coarse, const cc_start_plan *plan, double *theta, V size)
{
    size_t factor = plan->factor;
    double *own = theta + factor * CC_WIDTH;
    V given = CC_W(v_load)(own);
    V zero = CC_W(v_all)(0.0), infinite = CC_W(v_all)(INFINITY), a = zero, b = zero;
    CC_W(v_store)(own, CC_W(v_all)(1.0));
    coarse->curve->values[CC_WIDTH / 2](coarse->curve, coarse->x, coarse->n, theta, coarse->f, NULL, coarse->n);
    for (size_t i = 0; i < coarse->n; i++) {
        V f = CC_W(v_load)(coarse->f + i * CC_WIDTH);
        a = a + CC_W(v_load)(coarse->w + i * CC_WIDTH) * f * f;
        b = b + CC_W(v_load)(coarse->row + i * CC_WIDTH) * f;
    }
    V lower = CC_W(v_load)(coarse->lower + factor * CC_WIDTH),
      upper = CC_W(v_load)(coarse->upper_bound + factor * CC_WIDTH);
    V best = CC_W(v_min)(CC_W(v_max)(CC_W(v_select)(V_LT(zero, a), b / a, zero), lower), upper);
    best = CC_W(v_select)(CC_W(solved)(plan, factor), best, given);
    V left = size - best * (2.0 * b - best * a);
    CC_W(v_store)(own, best);
    return CC_W(v_select)(V_LT(left, infinite), left, infinite);
}

/* Whichever of the two serves. */
CC_INLINE V CC_W(solve_node)(const CC_W(sub) * sub, const cc_start_plan *plan, double *theta, V size)
{
    return plan->factor < sub->group.p ? CC_W(project_factor)(&sub->group, plan, theta, size)
                                       : CC_W(project)(sub, plan, theta);
}

static void CC_W(cc_start)(const cc_group *coarse, const cc_start_plan *plan, double *start, int *n_starts)
{
    size_t p = coarse->p;
    int count[CC_MAX_PARAMS], nodes = 1, at[CC_MAX_PARAMS] = {0}, best[CC_WIDTH][CC_MAX_STARTS];
    double theta[CC_MAX_PARAMS * CC_WIDTH], value[CC_MAX_GRID * CC_WIDTH];
    V axis[CC_MAX_PARAMS][CC_MAX_NODES], size = CC_W(weigh)(coarse);
    for (size_t j = 0; j < p; j++) {
        count[j] = plan->grid[0].count[j] < 1 ? 1 : plan->grid[0].count[j];
        nodes *= count[j];
    }
    CC_W(sub) sub;
    CC_W(make_sub)(coarse, plan, &sub);
    CC_W(place)(coarse, plan, count, axis);
    for (int node = 0; node < nodes; node++) {
        for (size_t j = 0; j < p; j++) CC_W(v_store)(theta + j * CC_WIDTH, axis[j][at[j]]);
        CC_W(v_store)(value + node * CC_WIDTH, CC_W(solve_node)(&sub, plan, theta, size));
        for (size_t j = 0; j < p && ++at[j] == count[j]; j++) at[j] = 0;
    }
    for (int lane = 0; lane < CC_WIDTH; lane++) n_starts[lane] = CC_W(basins)(value, lane, count, p, nodes, best[lane]);
    for (int k = 0; k < CC_MAX_STARTS; k++) {
        bool any = false;
        int stride = 1;
        for (int lane = 0; lane < CC_WIDTH; lane++) any = any || k < n_starts[lane];
        if (!any) break;
        for (size_t j = 0; j < p && nodes > 1; j++) {
            for (int lane = 0; lane < CC_WIDTH; lane++) {
                int node = k < n_starts[lane] ? best[lane][k] / stride % count[j] : 0;
                memcpy(theta + j * CC_WIDTH + lane, (const double *)&axis[j][node] + lane, sizeof *theta);
            }
            stride *= count[j];
        }
        /* the only node stands solved already */
        if (nodes > 1) CC_W(solve_node)(&sub, plan, theta, size);
        memcpy(start + (size_t)k * p * CC_WIDTH, theta, p * CC_WIDTH * sizeof *theta);
    }
}

#else

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fit/internal.h"

/* A basin whose objective on the grid is this many times the best one's is not worth a walk. */
static const double RIVAL = 2;

#define CC_WIDTH_FILE "fit/start.c"
#include "widths.h"

const cc_start_fn cc_start_table[CC_WIDTHS] = CC_EACH_WIDTH(cc_start);

#endif
