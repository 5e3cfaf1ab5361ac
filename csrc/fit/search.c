// SPDX-License-Identifier: GPL-3.0-or-later
/* search.c - from nothing to the best minimum: grid starts, each polished; scales that the data must give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curves/families.h"
#include "fit/notes.h"

/* Two objectives belong to one minimum when they agree to this share. */
static const double SAME_MINIMUM = 1e-6;

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

static bool is_same(double objective, double other)
{
    return fabs(objective - other) <= SAME_MINIMUM * fabs(objective) + 1e-24;
}

/* Where a walk of a lane has converged. */
typedef struct minimum {
    double objective, theta[CC_MAX_PARAMS];
} minimum;

/* Takes over the end of a walk where it is the best so far, and counts minima. Of two of one height the first counts: the other may be the
 * same curve with its parts changed over. */
static void keep(const cc_fitter *fitter, const cc_descent *walk, minimum *seen, cc_found *found)
{
    int lane = walk->lane;
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    double objective = walk->objective;
    if (!(objective < INFINITY)) return;
    found->starts[lane]++;
    found->iterations[lane] += walk->iterations;
    bool better = objective < found->objective[lane];
    if (is_same(objective, found->objective[lane])) {
        found->at_best[lane]++;
        better = better && !found->converged[lane];
    } else if (better)
        found->at_best[lane] = 1;
    bool known = false;
    for (int k = 0; k < found->minima[lane]; k++) known = known || is_same(objective, seen[k].objective);
    if (walk->converged && !known && found->minima[lane] < CC_MAX_STARTS) {
        minimum *own = &seen[found->minima[lane]++];
        own->objective = objective;
        for (size_t j = 0; j < p; j++) own->theta[j] = walk->theta[j * (size_t)walk->stride];
    }
    if (!better) return;
    found->objective[lane] = objective;
    found->converged[lane] = walk->converged;
    for (size_t j = 0; j < p; j++) found->theta[j * width + (size_t)lane] = walk->theta[j * (size_t)walk->stride];
}

double cc_lane_spread(const cc_fitter *fitter, int lane)
{
    const cc_group *group = &fitter->full;
    size_t width = (size_t)group->width, m = 0;
    double size = 0;
    for (size_t i = 0; i < group->n; i++) {
        size_t e = i * width + (size_t)lane;
        if (!(group->w[e] > 0)) continue;
        fitter->features[m++] = sqrt(group->w[e]) * fabs(group->y[e] - group->f[e]);
        size += group->w[e] * group->y[e] * group->y[e];
    }
    return m == 0 ? 1 : cc_spread(fitter->features, m, fitter->lane[lane].n_free, sqrt(size / (double)m));
}

/* Moves to the minimum of the full problem from where the lanes stand. */
void cc_resolve(cc_fitter *fitter, const int *lanes, cc_found *found, double share)
{
    int iterations[CC_MAX_WIDTH] = {0};
    cc_kinks_resolve(fitter, lanes, found);
    cc_solve_table[fitter->width / 2](&fitter->full, found->theta, found->objective, iterations, found->converged,
                                      lanes, fitter->options.max_iterations, share);
    for (int lane = 0; lane < fitter->width; lane++)
        if (lanes[lane]) found->iterations[lane] += iterations[lane];
}

/* Rounds of a fit and the scale of its residuals, and the change at which the two have settled. */
enum { SCALE_ROUNDS = 16, FIRST_ROUNDS = 2 };
static const double SAME_SCALE = 1e-10;

/* What the last rounds said of the scale: the one that was used, and the one that followed. */
typedef struct scale_search {
    double used, followed;
} scale_search;

/* The scale to try next. Near the end what follows is a linear function of what was used, so a secant finds where they meet. */
static double next_scale(scale_search *before, double used, double follows, int round)
{
    double slope = (follows - before->followed) / (used - before->used);
    *before = (scale_search){used, follows};
    if (round < FIRST_ROUNDS || !(fabs(slope) < 0.9)) return follows;
    return used + (follows - used) / (1 - slope);
}

/* The scale of a robust loss, where it is not given, is that of the residuals of the fit that it leads to. */
static void estimate_loss_scale(cc_fitter *fitter, const int *lanes, cc_found *found)
{
    double a[CC_TRIANGLE * CC_MAX_WIDTH], b[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
    scale_search before[CC_MAX_WIDTH] = {{0}};
    int open[CC_MAX_WIDTH];
    memcpy(open, lanes, sizeof open);
    for (int round = 0; round < SCALE_ROUNDS; round++) {
        int any = 0;
        cc_normal_table[fitter->width / 2](&fitter->full, found->theta, a, b, objective);
        for (int lane = 0; lane < fitter->width; lane++) {
            double *scale = &fitter->full.loss_scale[lane];
            if (!open[lane]) continue;
            double follows = cc_tuning(fitter->options.loss) * cc_lane_spread(fitter, lane);
            open[lane] = round == 0 || fabs(follows - *scale) > SAME_SCALE * *scale;
            any += open[lane];
            *scale = round == 0 ? follows : next_scale(&before[lane], *scale, follows, round);
        }
        if (!any) return;
        fitter->full.loss = fitter->options.loss;
        cc_resolve(fitter, open, found, round < FIRST_ROUNDS ? CC_NEAR : CC_SETTLED);
    }
}

/* Priors weigh against the scatter about the curve, which the fit itself has to give: three rounds. */
static void weigh_priors(cc_fitter *fitter, const int *lanes, cc_found *found)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    int weighed[CC_MAX_WIDTH] = {0};
    for (int lane = 0; lane < fitter->width; lane++)
        for (size_t j = 0; j < p; j++)
            weighed[lane] = weighed[lane] || (lanes[lane] && fitter->lane[lane].prior_sd[j] > 0);
    for (int round = 0; round < 4; round++) {
        for (int lane = 0; lane < fitter->width; lane++) {
            const cc_lane *own = &fitter->lane[lane];
            if (!weighed[lane]) continue;
            double degrees = (double)own->n_used - (double)own->n_free;
            double variance = found->objective[lane] / fmax(degrees, 1);
            if (fitter->options.weights_known) variance = ldexp(1, -own->row_exponent);
            for (size_t j = 0; j < p; j++) {
                double sd = own->prior_sd[j];
                fitter->full.prior_weight[j * width + (size_t)lane] = sd > 0 ? variance / (sd * sd) : 0;
            }
        }
        cc_resolve(fitter, weighed, found, CC_SETTLED);
    }
}

/* Whether a robust loss waits for its scale: until then squares are minimised. */
static bool scale_open(const cc_fitter *fitter)
{
    return fitter->options.loss != CC_LINEAR && isnan(fitter->options.loss_scale);
}

/* Whether the user has given a start for all of a lane that is open: there is nothing to look for, and one walk to make. */
static bool start_given(const cc_fitter *fitter, size_t lane)
{
    const double *given = fitter->lane[lane].given;
    for (size_t j = 0; j < fitter->curve->p; j++) {
        size_t e = j * (size_t)fitter->width + lane;
        if (isnan(given[j]) && fitter->full.lower[e] < fitter->full.upper_bound[e]) return false;
    }
    return true;
}

/* Starts of the curve's own making for a lane, (most,p), inside the box, those of the user first; returns how many. */
static size_t lane_starts(cc_fitter *fitter, size_t lane, size_t most, bool wide, double *own)
{
    const cc_curve *curve = fitter->curve;
    const cc_group *coarse = &fitter->coarse;
    size_t p = curve->p, n = coarse->n, nf = curve->n_features, width = (size_t)fitter->width;
    double lower[CC_MAX_PARAMS], higher[CC_MAX_PARAMS], *y = fitter->points, *w = y + n, *z = w + n;
    bool kinks = curve->flags & CC_KINKS, all_given = !kinks && start_given(fitter, lane);
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
    cc_loss loss = scale_open(fitter) ? CC_LINEAR : fitter->options.loss;
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
        size_t count = lanes[lane] ? lane_starts(fitter, lane, CC_MAX_STARTS, false, own) : 0;
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

/* Standard deviations of white noise that neighbouring residuals may resemble each other by, before a better minimum is
 * suspected. */
static const double SUSPICIOUS = 2;

/* Keeps of the lanes those whose minimum may not be the best: the walk did not end, or the residuals have a pattern. */
static int find_suspects(const cc_fitter *fitter, int *lanes, const cc_found *found)
{
    double a[CC_TRIANGLE * CC_MAX_WIDTH], b[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
    const cc_group *full = &fitter->full;
    size_t width = (size_t)fitter->width;
    int count = 0;
    cc_normal_table[width / 2](full, found->theta, a, b, objective);
    for (size_t lane = 0; lane < width; lane++) {
        if (!lanes[lane]) continue;
        double squares = 0, products = 0, before = 0, n = 0;
        for (size_t i = 0; i < full->n; i++) {
            size_t e = i * width + lane;
            if (!(full->w[e] > 0)) continue;
            double r = sqrt(full->w[e]) * (full->y[e] - full->f[e]);
            squares += r * r;
            products += r * before;
            before = r;
            n++;
        }
        /* about -k/n, with the standard deviation sqrt(n - k)/n, where k fitted parameters leave white noise */
        double k = (double)fitter->lane[lane].n_free;
        bool pattern =
            fitter->lane[lane].ordered && n > k && products * n + k * squares > SUSPICIOUS * squares * sqrt(n - k);
        count += lanes[lane] = !found->converged[lane] || pattern;
    }
    return count;
}

/* Standard errors that a scale must be away from 0, so that no other minimum is suspected. */
static const double VAGUE = 0.3;

/* Whether parameter j of a lane is a scale, but none of y, that stands at a bound or is hardly told from 0: the minimum may not be the
 * only one. */
static bool is_vague(const cc_fitter *fitter, const cc_found *found, const cc_factor *factor, size_t lane, size_t j)
{
    const cc_group *full = &fitter->full;
    const cc_lane *own = &fitter->lane[lane];
    size_t width = (size_t)fitter->width, e = j * width + lane;
    unsigned flags = full->curve->params[j].flags;
    if (!(flags & CC_LOG_INTERVAL) || full->curve->params[j].y_power != 0 || !(full->lower[e] < full->upper_bound[e]))
        return false;
    double variance = found->objective[lane] / fmax((double)own->n_used - (double)own->n_free, 1);
    double error = variance * factor->inverse[CC_TRI(j, j) * width + lane];
    return !(found->theta[e] * found->theta[e] > VAGUE * VAGUE * error) || !(factor->inflation[e] > 0);
}

static bool any_vague(const cc_fitter *fitter, const cc_found *found, const cc_factor *factor, size_t lane)
{
    bool any = false;
    for (size_t j = 0; j < fitter->curve->p; j++) any = any || is_vague(fitter, found, factor, lane, j);
    return any;
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

/* The walks from some of the starts of some lanes of a block: from number `first` on, as far as `past`. They know how those `before`
 * them ended, where there are such. */
static size_t list_walks(const cc_fitter *fitter, cc_block *block, const int *lanes, int first, int past,
                         const cc_descent *const *before, cc_descent *walk)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width, count = 0;
    for (size_t lane = 0; lane < width; lane++)
        for (int k = first; lanes[lane] && k < past && k < block->n_starts[lane]; k++)
            walk[count++] = (cc_descent){.group = &block->full,
                                         .lane = (int)lane,
                                         .theta = block->start + (size_t)k * p * width + lane,
                                         .stride = (int)width,
                                         .before = before ? before[lane] : NULL,
                                         .objective = INFINITY};
    return count;
}

static void walk_down(const cc_fitter *fitter, cc_descent *walk, size_t count)
{
    cc_descend_table[fitter->width / 2](&fitter->bench, walk, count, fitter->options.max_iterations, CC_WALKED);
}

void cc_search_walk(cc_fitter *fitter, size_t count)
{
    fitter->bench.loss = scale_open(fitter) ? CC_LINEAR : fitter->options.loss;
    cc_descent *walk = fitter->walk;
    for (int others = 0; others < 2; others++) {
        size_t n_walks = 0;
        for (size_t b = 0; b < count; b++) {
            cc_block *block = &fitter->block[b];
            const cc_descent *before[CC_MAX_WIDTH] = {NULL};
            for (size_t k = 0; others && k < block->n_walks[0]; k++)
                before[block->walk[0][k].lane] = &block->walk[0][k];
            block->walk[others] = walk + n_walks;
            n_walks += block->n_walks[others] = list_walks(fitter, block, block->lanes, others,
                                                           others ? CC_MAX_STARTS : 1, before, block->walk[others]);
        }
        walk_down(fitter, walk, n_walks);
        walk += n_walks;
    }
}

/* Walks from all starts of some lanes, none of which knows another's end. */
static void walk_more(cc_fitter *fitter, cc_block *block, const int *lanes, minimum (*seen)[CC_MAX_STARTS])
{
    cc_descent walk[CC_MAX_WIDTH * CC_MAX_STARTS];
    size_t count = list_walks(fitter, block, lanes, 0, CC_MAX_STARTS, NULL, walk);
    walk_down(fitter, walk, count);
    for (size_t k = 0; k < count; k++) keep(fitter, &walk[k], seen[walk[k].lane], &block->found);
}

/* Seeks more widely where the best minimum so far looks wrong. */
static void seek_again(cc_fitter *fitter, cc_block *block, minimum (*seen)[CC_MAX_STARTS])
{
    int any = 0;
    for (int lane = 0; lane < fitter->width; lane++) any += block->sought[lane];
    if (!any || !find_suspects(fitter, block->sought, &block->found)) return;
    cc_load_coarse(fitter);
    cc_seek(fitter, block->sought, true, block->start, block->n_starts);
    walk_more(fitter, block, block->sought, seen);
}

/* How far from the best minimum the next ones are looked for, first and then: a factor, and a share of the range of the first feature. */
static const double FACTOR_AWAY[] = {8, 2.5}, SHARE_AWAY[] = {0.5, 0.2};
/* From a bound, near to which nothing may change, it is further. */
static const double FACTOR_FROM_BOUND = 64;

static bool is_place(const cc_param *param)
{
    return param->x_power == 1 && param->lower < 0;
}

/* Whether a start may move parameter j of a lane. */
static bool is_open(const cc_block *block, size_t j, size_t lane)
{
    size_t e = j * (size_t)block->full.width + lane;
    return block->full.lower[e] < block->full.upper_bound[e] && isnan(block->lane[lane].given[j]);
}

/* Starts in which parameter j is elsewhere than at the best minimum of these lanes: further on either way or, where it may be negative
 * and the lane is `mirrored`, with the other sign; the places are then those of the curve seen in a mirror. */
static void move_away(const cc_fitter *fitter, cc_block *block, const int *lanes, size_t j, int round,
                      const int *mirrored)
{
    const cc_param *params = fitter->curve->params;
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    bool place = is_place(&params[j]);
    for (size_t lane = 0; lane < width; lane++) {
        const cc_range *range = &block->lane[lane].range;
        double at = block->found.theta[j * width + lane], far = SHARE_AWAY[round] * (range->high[0] - range->low[0]);
        bool at_bound = at <= block->full.lower[j * width + lane] || at >= block->full.upper_bound[j * width + lane];
        double factor = at_bound ? FACTOR_FROM_BOUND : FACTOR_AWAY[round];
        double to[] = {place ? at - far : at / factor, place ? at + far : at * factor, -at};
        block->n_starts[lane] = 0;
        if (!lanes[lane] || !is_open(block, j, lane)) continue;
        bool mirror = mirrored && mirrored[lane] && !place && params[j].lower < 0;
        for (int k = 0; k < (mirror ? 3 : 2); k++) {
            double *start = block->start + (size_t)block->n_starts[lane]++ * p * width + lane;
            for (size_t m = 0; m < p; m++) {
                double own = block->found.theta[m * width + lane];
                if (k == 2 && is_place(&params[m]) && is_open(block, m, lane))
                    own = range->low[0] + range->high[0] - own;
                if (m == j) own = to[k];
                start[m * width] =
                    fmin(fmax(own, block->full.lower[m * width + lane]), block->full.upper_bound[m * width + lane]);
            }
        }
    }
}

/* Starts that are asked for where the best minimum so far looks doubtful: each is walked from so many steps, and the best of these to
 * their ends. */
enum { WIDE_STARTS = 24, SHORT_WALK = 12 };
/* What is so many times higher then than the best is not followed further. */
static const double FOLLOWED = 1.1;

/* Starts of one lane, best first once they are walked from. */
typedef struct wide_starts {
    size_t count;
    double theta[WIDE_STARTS * CC_MAX_PARAMS], objective[WIDE_STARTS];
} wide_starts;

/* Some starts of each lane into the block, from number `first` on. */
static void take_starts(const cc_fitter *fitter, cc_block *block, const wide_starts *from, size_t first)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    for (size_t lane = 0; lane < width; lane++) {
        size_t left = from[lane].count > first ? from[lane].count - first : 0;
        block->n_starts[lane] = (int)(left < CC_MAX_STARTS ? left : CC_MAX_STARTS);
        for (size_t k = 0; k < (size_t)block->n_starts[lane] * p; k++)
            block->start[k * width + lane] = from[lane].theta[first * p + k];
    }
}

/* Walks a few steps from each start and puts in order where that leads, best first, without those that came to one place or are no
 * rivals. */
static void walk_shortly(cc_fitter *fitter, cc_block *block, const int *lanes, wide_starts *from)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width, most = 0;
    wide_starts ends[CC_MAX_WIDTH];
    for (size_t lane = 0; lane < width; lane++) {
        ends[lane].count = 0;
        most = from[lane].count > most ? from[lane].count : most;
    }
    for (size_t first = 0; first < most; first += CC_MAX_STARTS) {
        cc_descent walk[CC_MAX_WIDTH * CC_MAX_STARTS];
        take_starts(fitter, block, from, first);
        size_t count = list_walks(fitter, block, lanes, 0, CC_MAX_STARTS, NULL, walk);
        cc_descend_table[width / 2](&fitter->bench, walk, count, SHORT_WALK, CC_NEAR);
        for (size_t k = 0; k < count; k++) {
            wide_starts *to = &ends[walk[k].lane];
            double theta[CC_MAX_PARAMS];
            bool known = false;
            block->found.iterations[walk[k].lane] += walk[k].iterations;
            for (size_t e = 0; e < to->count; e++) known = known || is_same(walk[k].objective, to->objective[e]);
            for (size_t j = 0; j < p; j++) theta[j] = walk[k].theta[j * width];
            if (!known)
                to->count =
                    cc_keep_start(to->theta, to->objective, to->count, WIDE_STARTS, p, theta, walk[k].objective);
        }
    }
    memcpy(from, ends, width * sizeof *ends);
    for (size_t lane = 0; lane < width; lane++) {
        double least = block->found.objective[lane];
        if (from[lane].count > 0) least = fmin(least, from[lane].objective[0]);
        while (from[lane].count > 0 && from[lane].objective[from[lane].count - 1] > FOLLOWED * least)
            from[lane].count--;
    }
}

/* Walks from where a vague parameter of the best minimum is elsewhere. */
static void move_vague(cc_fitter *fitter, cc_block *block, const int *lanes, minimum (*seen)[CC_MAX_STARTS])
{
    size_t width = (size_t)fitter->width;
    cc_factor factor;
    cc_finish_table[width / 2](&fitter->full, block->found.theta, &factor);
    for (size_t j = 0; j < fitter->curve->p; j++) {
        int vague[CC_MAX_WIDTH], any = 0;
        for (size_t lane = 0; lane < width; lane++)
            any += vague[lane] = lanes[lane] && is_vague(fitter, &block->found, &factor, lane, j);
        if (!any) continue;
        move_away(fitter, block, vague, j, 0, NULL);
        walk_more(fitter, block, vague, seen);
    }
}

/* Asks the curve for more starts where the best minimum so far looks doubtful. */
static void start_again(cc_fitter *fitter, cc_block *block, minimum (*seen)[CC_MAX_STARTS])
{
    size_t width = (size_t)fitter->width;
    wide_starts wide[CC_MAX_WIDTH];
    int lanes[CC_MAX_WIDTH], any = 0;
    cc_factor factor;
    if (!(fitter->curve->flags & CC_WIDENS)) return;
    memcpy(lanes, block->lanes, sizeof lanes);
    find_suspects(fitter, lanes, &block->found);
    cc_finish_table[width / 2](&fitter->full, block->found.theta, &factor);
    for (size_t lane = 0; lane < width; lane++) {
        bool open = block->lanes[lane] && !start_given(fitter, lane);
        any += lanes[lane] = open && (lanes[lane] || any_vague(fitter, &block->found, &factor, lane));
        wide[lane].count = 0;
    }
    if (!any) return;
    cc_load_coarse(fitter);
    for (size_t lane = 0; lane < width; lane++)
        if (lanes[lane]) wide[lane].count = lane_starts(fitter, lane, WIDE_STARTS, true, wide[lane].theta);
    walk_shortly(fitter, block, lanes, wide);
    take_starts(fitter, block, wide, 0);
    walk_more(fitter, block, lanes, seen);
    move_vague(fitter, block, lanes, seen);
}

/* Shares of the scatter about the mean that a curve leaves where noise may hide the best minimum, and where it explains hardly anything:
 * there the best one may be a mirror image. */
static const double MUCH = 0.3, HARDLY = 0.7;

/* Finds the lanes whose curve leaves more than a share of the scatter. */
static int find_weak(const cc_fitter *fitter, const cc_block *block, double share, int *lanes)
{
    int count = 0;
    for (size_t lane = 0; lane < (size_t)fitter->width; lane++) {
        double objective = block->found.objective[lane];
        bool fitted = block->lanes[lane] && objective < INFINITY;
        lanes[lane] = fitted && !(objective <= share * cc_scatter_of_ends(&block->full, lane)) &&
                      objective > share * cc_scatter_about_constant(&block->full, block->full.w, lane);
        count += lanes[lane];
    }
    return count;
}

/* Looks for other minima about the best one where the curve leaves much unexplained: noise has several of nearly one height, anywhere. */
static void look_about(cc_fitter *fitter, cc_block *block, minimum (*seen)[CC_MAX_STARTS])
{
    const cc_curve *curve = fitter->curve;
    const unsigned linear = CC_LINEAR_LEVEL | CC_LINEAR_LOG | CC_AMPLITUDE;
    int weak[CC_MAX_WIDTH], mirrored[CC_MAX_WIDTH];
    if (fitter->full.map == CC_MAP_LEVEL_BINOMIAL || (curve->flags & CC_KINKS)) return;
    if (!find_weak(fitter, block, MUCH, weak)) return;
    find_weak(fitter, block, HARDLY, mirrored);
    for (int round = 0; round < 2; round++)
        for (size_t j = 0; j < curve->p; j++) {
            if (curve->params[j].flags & linear) continue;
            move_away(fitter, block, weak, j, round, round == 0 ? mirrored : NULL);
            walk_more(fitter, block, weak, seen);
        }
}

/* Standard errors of the best minimum within which another one is no other answer. */
static const double WITHIN = 3;

/* Whether the standard errors of a lane's best minimum, those of scales taken on their logarithms, tell of another one. */
static bool is_within(const cc_fitter *fitter, const cc_found *found, const cc_factor *factor, size_t lane,
                      const minimum *other)
{
    const cc_lane *own = &fitter->lane[lane];
    size_t width = (size_t)fitter->width;
    double variance = found->objective[lane] / fmax((double)own->n_used - (double)own->n_free, 1);
    for (size_t j = 0; j < fitter->curve->p; j++) {
        double at = found->theta[j * width + lane], apart = other->theta[j] - at;
        double error = variance * factor->inverse[CC_TRI(j, j) * width + lane];
        if (cc_is_of_logarithm(&fitter->curve->params[j])) apart = at * log(other->theta[j] / at);
        if (factor->inflation[j * width + lane] > 0 && !(apart * apart <= WITHIN * WITHIN * error)) return false;
    }
    return true;
}

/* What the next best minimum of each lane costs. Of starts that are asked for again, some lead to minima that the errors tell of. */
static void find_rivals(const cc_fitter *fitter, const cc_block *block, minimum (*seen)[CC_MAX_STARTS], cc_found *found)
{
    size_t width = (size_t)fitter->width;
    bool again = false;
    cc_factor factor;
    for (size_t lane = 0; lane < width; lane++)
        for (int k = 0; k < found->minima[lane]; k++)
            again = again || !is_same(seen[lane][k].objective, found->objective[lane]);
    again = again && (fitter->curve->flags & CC_WIDENS);
    if (again) cc_finish_table[width / 2](&fitter->full, found->theta, &factor);
    for (size_t lane = 0; lane < width; lane++) {
        found->rival[lane] = INFINITY;
        for (int k = 0; block->lanes[lane] && k < found->minima[lane]; k++) {
            const minimum *other = &seen[lane][k];
            if (is_same(other->objective, found->objective[lane])) continue;
            if (again && is_within(fitter, found, &factor, lane, other)) continue;
            double rise = cc_rise(fitter, (int)lane, found->objective[lane], other->objective);
            found->rival[lane] = fmin(found->rival[lane], rise);
        }
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
    minimum seen[CC_MAX_WIDTH][CC_MAX_STARTS];
    fitter->full.loss = fitter->bench.loss;
    for (size_t lane = 0; lane < width; lane++) {
        found->objective[lane] = INFINITY;
        found->iterations[lane] = found->starts[lane] = found->minima[lane] = found->at_best[lane] = 0;
        found->converged[lane] = found->refereed[lane] = 0;
        for (size_t j = 0; j < p; j++) found->theta[j * width + lane] = fitter->full.lower[j * width + lane];
    }
    for (int others = 0; others < 2; others++)
        for (size_t k = 0; k < block->n_walks[others]; k++)
            keep(fitter, &block->walk[others][k], seen[block->walk[others][k].lane], found);
    seek_again(fitter, block, seen);
    start_again(fitter, block, seen);
    look_about(fitter, block, seen);
    find_rivals(fitter, block, seen, found);
    put_groups_in_order(fitter, block, found->theta);
}

void cc_search_weigh(cc_fitter *fitter, cc_block *block)
{
    bool any = false;
    fitter->full.loss = fitter->options.loss;
    if (scale_open(fitter)) estimate_loss_scale(fitter, block->lanes, &block->found);
    for (int lane = 0; lane < fitter->width; lane++)
        for (size_t j = 0; j < fitter->curve->p; j++)
            any = any || (block->lanes[lane] && fitter->lane[lane].prior_sd[j] > 0);
    if (any) weigh_priors(fitter, block->lanes, &block->found);
}
