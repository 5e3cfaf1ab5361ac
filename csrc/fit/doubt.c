// SPDX-License-Identifier: GPL-3.0-or-later
/* doubt.c - looks for a better minimum where the best one so far is in doubt: the walk did not end there, the residuals have a pattern, a
 * scale is hardly told from 0, or the curve leaves much unexplained. */
#include <math.h>
#include <string.h>

#include "curves/families.h"
#include "fit/notes.h"
#include "fit/search.h"

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

/* Seeks more widely where the best minimum so far looks wrong. */
static void seek_again(cc_fitter *fitter, cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS])
{
    int any = 0;
    for (int lane = 0; lane < fitter->width; lane++) any += block->sought[lane];
    if (!any || !find_suspects(fitter, block->sought, &block->found)) return;
    cc_load_coarse(fitter);
    cc_seek(fitter, block->sought, true, block->start, block->n_starts);
    cc_walk_more(fitter, block, block->sought, seen);
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
        size_t count = cc_list_walks(fitter, block, lanes, 0, CC_MAX_STARTS, NULL, walk);
        cc_descend_table[width / 2](&fitter->bench, walk, count, SHORT_WALK, CC_NEAR);
        for (size_t k = 0; k < count; k++) {
            wide_starts *to = &ends[walk[k].lane];
            double theta[CC_MAX_PARAMS];
            bool known = false;
            block->found.iterations[walk[k].lane] += walk[k].iterations;
            for (size_t e = 0; e < to->count; e++)
                known = known || cc_is_same_minimum(walk[k].objective, to->objective[e]);
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
static void move_vague(cc_fitter *fitter, cc_block *block, const int *lanes, cc_minimum (*seen)[CC_MAX_STARTS])
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
        cc_walk_more(fitter, block, vague, seen);
    }
}

/* Asks the curve for more starts, of these lanes. */
static void start_widely(cc_fitter *fitter, cc_block *block, const int *lanes, cc_minimum (*seen)[CC_MAX_STARTS])
{
    size_t width = (size_t)fitter->width;
    wide_starts wide[CC_MAX_WIDTH];
    cc_load_coarse(fitter);
    for (size_t lane = 0; lane < width; lane++)
        wide[lane].count = lanes[lane] ? cc_lane_starts(fitter, lane, WIDE_STARTS, true, wide[lane].theta) : 0;
    walk_shortly(fitter, block, lanes, wide);
    take_starts(fitter, block, wide, 0);
    cc_walk_more(fitter, block, lanes, seen);
}

/* Does so where the best minimum so far looks doubtful, and looks elsewhere for what is vague. */
static void start_again(cc_fitter *fitter, cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS])
{
    size_t width = (size_t)fitter->width;
    int lanes[CC_MAX_WIDTH], vague[CC_MAX_WIDTH], any = 0, any_vague_one = 0;
    cc_factor factor;
    if (!(fitter->curve->flags & CC_WIDENS)) return;
    memcpy(lanes, block->lanes, sizeof lanes);
    find_suspects(fitter, lanes, &block->found);
    cc_finish_table[width / 2](&fitter->full, block->found.theta, &factor);
    bool widens_vague = fitter->curve->flags & CC_VAGUE;
    for (size_t lane = 0; lane < width; lane++) {
        bool open = block->lanes[lane] && !cc_start_given(fitter, lane), many = block->n_starts[lane] == CC_MAX_STARTS;
        bool doubtful = lanes[lane] || many;
        vague[lane] = open && (doubtful || any_vague(fitter, &block->found, &factor, lane));
        any_vague_one += vague[lane];
        any += lanes[lane] = vague[lane] && (doubtful || widens_vague);
    }
    if (any) start_widely(fitter, block, lanes, seen);
    if (any_vague_one) move_vague(fitter, block, vague, seen);
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
static void look_about(cc_fitter *fitter, cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS])
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
            cc_walk_more(fitter, block, weak, seen);
        }
}

void cc_doubt(cc_fitter *fitter, cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS])
{
    seek_again(fitter, block, seen);
    start_again(fitter, block, seen);
    look_about(fitter, block, seen);
}
