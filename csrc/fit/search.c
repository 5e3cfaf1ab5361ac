// SPDX-License-Identifier: GPL-3.0-or-later
/* search.c - from nothing to the best minimum: starts, walks from each, and the best of their ends. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/search.h"

/* The grid of a lane: the curve's, or what the user gave. Fills whatever the curve leaves open. Of the parameters with one of
 * the `linear` flags, those whose start is given are not solved for: searching begins there. */
static void plan_lane(const cc_fitter *fitter, int at, unsigned linear, cc_start_plan *plan)
{
    const cc_curve *curve = fitter->curve;
    const cc_lane *lane = &fitter->lane[at];
    cc_grid *grid = &plan->grid[at];
    memset(grid->count, 0, sizeof grid->count);
    if (curve->grid) curve->grid(curve, &lane->range, grid);
    for (size_t j = 0; j < curve->p; j++) {
        double given = lane->given[j];
        bool solved = (curve->params[j].flags & linear) && isnan(given);
        plan->solved[j][at] = solved;
        if (solved) grid->count[j] = 0;
        size_t e = j * (size_t)fitter->width + (size_t)at;
        if (grid->count[j] > 1 && !(fitter->full.lower[e] < fitter->full.upper_bound[e])) grid->count[j] = 1;
        if (grid->count[j] < 1) grid->node[j][0] = 1;
        if (grid->count[j] < 1 && !solved) grid->count[j] = 1;
        if (isnan(given)) continue;
        for (int k = 0; k < grid->count[j]; k++) grid->node[j][k] = given;
    }
}

/* What is solved for at every node, and the nodes. */
static void plan_starts(const cc_fitter *fitter, cc_start_plan *plan)
{
    const cc_curve *curve = fitter->curve;
    plan->logarithmic = fitter->logarithmic;
    plan->factor = curve->p;
    for (size_t j = 0; j < curve->p; j++)
        if ((curve->params[j].flags & CC_FACTOR) && !(curve->flags & CC_FEATURES_MOVE)) plan->factor = j;
    unsigned linear = plan->logarithmic ? CC_AMPLITUDE | CC_LINEAR_LOG : CC_LINEAR_LEVEL;
    for (int lane = 0; lane < fitter->width; lane++) plan_lane(fitter, lane, linear, plan);
    /* a lane without a grid of its own (idle) walks the others' */
    for (size_t j = 0; j < curve->p; j++) {
        int most = 0;
        for (int lane = 0; lane < fitter->width; lane++)
            if (plan->grid[lane].count[j] > most) most = plan->grid[lane].count[j];
        for (int lane = 0; lane < fitter->width; lane++) {
            cc_grid *grid = &plan->grid[lane];
            for (int k = grid->count[j]; k < most; k++) grid->node[j][k] = grid->count[j] > 0 ? grid->node[j][0] : 1;
            grid->count[j] = most;
        }
    }
}

bool cc_start_given(const cc_fitter *fitter, size_t lane)
{
    const double *given = fitter->lane[lane].given;
    for (size_t j = 0; j < fitter->curve->p; j++) {
        size_t e = j * (size_t)fitter->width + lane;
        if (isnan(given[j]) && fitter->full.lower[e] < fitter->full.upper_bound[e]) return false;
    }
    return true;
}

size_t cc_lane_starts(cc_fitter *fitter, size_t lane, size_t most, bool wide, double *own)
{
    const cc_curve *curve = fitter->curve;
    const cc_group *coarse = &fitter->coarse;
    size_t p = curve->p, n = coarse->n, nf = curve->n_features, width = (size_t)fitter->width;
    double lower[CC_MAX_PARAMS], higher[CC_MAX_PARAMS], *y = fitter->points, *w = y + n, *z = w + n;
    bool kinks = curve->flags & CC_KINKS, all_given = !kinks && cc_start_given(fitter, lane);
    for (size_t i = 0; i < n; i++) {
        y[i] = coarse->y[i * width + lane];
        w[i] = coarse->w[i * width + lane];
        for (size_t k = 0; k < nf; k++) z[k * n + i] = coarse->x[(k * n + i) * width + lane];
    }
    for (size_t j = 0; j < p; j++) {
        lower[j] = fitter->full.lower[j * width + lane];
        higher[j] = fitter->full.upper_bound[j * width + lane];
    }
    cc_lane *from = &fitter->lane[lane];
    memcpy(from->box_low, lower, p * sizeof *lower);
    memcpy(from->box_high, higher, p * sizeof *higher);
    cc_points points = {.n = n,
                        .x = coarse->raw ? coarse->raw + lane * curve->r * n : NULL,
                        .z = z,
                        .y = y,
                        .w = w,
                        .given = from->given,
                        .lower = lower,
                        .higher = higher,
                        .range = &from->range,
                        .work = z + nf * n,
                        .wide = wide};
    size_t count = all_given ? 1 : curve->starts(curve, &points, most, own);
    if (all_given) memcpy(own, lower, p * sizeof *own);
    cc_loss loss = cc_scale_open(fitter) ? CC_LINEAR : fitter->options.loss;
    if (kinks && count > 0) count = cc_kinks_refine(fitter, (int)lane, loss, own, count, lower, higher);
    for (size_t j = 0; j < p && kinks && count > 0; j++) {
        fitter->full.lower[j * width + lane] = lower[j];
        fitter->full.upper_bound[j * width + lane] = higher[j];
    }
    for (size_t k = 0; k < count; k++)
        for (size_t j = 0; j < p; j++) {
            double value = kinks || isnan(from->given[j]) ? own[k * p + j] : from->given[j];
            own[k * p + j] = fmin(fmax(value, lower[j]), higher[j]);
        }
    return count;
}

/* The same for all lanes. Those for which the curve has none keep the grid's. */
static void curve_starts(cc_fitter *fitter, const int *lanes, double *start, int *n_starts)
{
    double own[CC_MAX_STARTS * CC_MAX_PARAMS];
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    for (size_t lane = 0; lane < width; lane++) {
        size_t count = lanes[lane] ? cc_lane_starts(fitter, lane, CC_MAX_STARTS, false, own) : 0;
        if (count == 0) continue;
        n_starts[lane] = (int)count;
        for (size_t k = 0; k < count * p; k++) start[k * width + lane] = own[k];
    }
}

/* Whether starts are sought more widely than on a grid: where the curve asks for it and something is left to find. */
static bool seeks(const cc_fitter *fitter, int lane, const cc_start_plan *plan)
{
    bool open = false;
    for (size_t j = 0; j < fitter->curve->p; j++)
        open = open || (isnan(fitter->lane[lane].given[j]) && !plan->solved[j][lane]);
    return fitter->curve->n_sought > 0 && open;
}

/* Starts from the grid for the lanes that have none; a grid is walked by all lanes, so the others' are put back. */
static void grid_starts(const cc_fitter *fitter, const cc_start_plan *plan, const int *lanes, double *start,
                        int *n_starts)
{
    size_t width = (size_t)fitter->width, all = CC_MAX_STARTS * fitter->curve->p;
    double known[CC_MAX_STARTS * CC_MAX_PARAMS * CC_MAX_WIDTH];
    int n_known[CC_MAX_WIDTH], n_missing = 0;
    for (size_t lane = 0; lane < width; lane++) n_missing += lanes[lane] && n_starts[lane] == 0;
    if (!n_missing) return;
    memcpy(known, start, all * width * sizeof *known);
    memcpy(n_known, n_starts, width * sizeof *n_known);
    cc_start_table[width / 2](&fitter->coarse, plan, start, n_starts);
    for (size_t lane = 0; lane < width; lane++) {
        if (n_known[lane] == 0) continue;
        n_starts[lane] = n_known[lane];
        for (size_t e = lane; e < all * width; e += width) start[e] = known[e];
    }
}

void cc_search_begin(cc_fitter *fitter, cc_block *block)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    cc_start_plan plan;
    const int *lanes = block->lanes;
    double *start = block->start;
    int *n_starts = block->n_starts, n_sought = 0, on_grid[CC_MAX_WIDTH] = {0};
    for (size_t k = 0; k < p * width; k++) fitter->full.prior_weight[k] = 0;
    memset(block->n_starts, 0, sizeof block->n_starts);
    plan_starts(fitter, &plan);
    cc_load_coarse(fitter);
    for (int lane = 0; lane < fitter->width; lane++) {
        n_sought += block->sought[lane] = lanes[lane] && seeks(fitter, lane, &plan);
        on_grid[lane] = lanes[lane] && !block->sought[lane];
    }
    if (n_sought) cc_seek(fitter, block->sought, false, start, n_starts);
    if (fitter->curve->starts) curve_starts(fitter, lanes, start, n_starts);
    grid_starts(fitter, &plan, on_grid, start, n_starts);
    memcpy(block->found.begin, start, p * width * sizeof *start);
}

void cc_search_walk(cc_fitter *fitter, size_t count)
{
    fitter->bench.loss = cc_scale_open(fitter) ? CC_LINEAR : fitter->options.loss;
    cc_descent *walk = fitter->walk;
    for (int others = 0; others < 2; others++) {
        size_t n_walks = 0;
        for (size_t b = 0; b < count; b++) {
            cc_block *block = &fitter->block[b];
            const cc_descent *before[CC_MAX_WIDTH] = {NULL};
            for (size_t k = 0; others && k < block->n_walks[0]; k++)
                before[block->walk[0][k].lane] = &block->walk[0][k];
            block->walk[others] = walk + n_walks;
            n_walks += block->n_walks[others] = cc_list_walks(fitter, block, block->lanes, others,
                                                              others ? CC_MAX_STARTS : 1, before, block->walk[others]);
        }
        cc_walk_down(fitter, walk, n_walks);
        walk += n_walks;
    }
}

/* Whether two groups of a lane may change places: the same bounds, and no prior. */
static bool are_alike(const cc_fitter *fitter, const cc_block *block, size_t lane, size_t one, size_t other)
{
    size_t width = (size_t)fitter->width;
    for (size_t j = 0; j < fitter->curve->alike.size; j++) {
        size_t a = (one + j) * width + lane, b = (other + j) * width + lane;
        if (block->full.lower[a] != block->full.lower[b] || block->full.upper_bound[a] != block->full.upper_bound[b] ||
            block->lane[lane].prior_sd[one + j] > 0 || block->lane[lane].prior_sd[other + j] > 0)
            return false;
    }
    return true;
}

/* Puts groups of parameters that may change places in their order. */
static void put_groups_in_order(const cc_fitter *fitter, const cc_block *block, double *theta)
{
    const cc_curve *curve = fitter->curve;
    size_t size = curve->alike.size, width = (size_t)fitter->width;
    for (size_t lane = 0; size > 0 && lane < width; lane++)
        for (size_t k = curve->alike.first + size; block->lanes[lane] && k < curve->p; k += size)
            for (size_t at = k; at > curve->alike.first; at -= size) {
                double *own = theta + at * width + lane, *before = own - size * width;
                if (!(own[curve->alike.by * width] < before[curve->alike.by * width])) break;
                if (!are_alike(fitter, block, lane, at - size, at)) break;
                for (size_t j = 0; j < size * width; j += width) {
                    double value = own[j];
                    own[j] = before[j];
                    before[j] = value;
                }
            }
}

void cc_search_end(cc_fitter *fitter, cc_block *block)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    cc_found *found = &block->found;
    cc_minimum seen[CC_MAX_WIDTH][CC_MAX_STARTS];
    fitter->full.loss = fitter->bench.loss;
    for (size_t lane = 0; lane < width; lane++) {
        found->objective[lane] = INFINITY;
        found->iterations[lane] = found->starts[lane] = found->minima[lane] = found->at_best[lane] = 0;
        found->converged[lane] = found->refereed[lane] = 0;
        for (size_t j = 0; j < p; j++) found->theta[j * width + lane] = fitter->full.lower[j * width + lane];
    }
    for (int others = 0; others < 2; others++)
        for (size_t k = 0; k < block->n_walks[others]; k++)
            cc_keep_end(fitter, &block->walk[others][k], seen[block->walk[others][k].lane], found);
    cc_doubt(fitter, block, seen);
    cc_find_rivals(fitter, block, seen, found);
    put_groups_in_order(fitter, block, found->theta);
}
