// SPDX-License-Identifier: GPL-3.0-or-later
/* walks.c - walks of the lanes of a block, where they end, and the minima that they have seen. */
#include <math.h>

#include "fit/notes.h"
#include "fit/search.h"

/* Two objectives belong to one minimum when they agree to this share. */
static const double SAME_MINIMUM = 1e-6;

bool cc_is_same_minimum(double objective, double other)
{
    return fabs(objective - other) <= SAME_MINIMUM * fabs(objective) + 1e-24;
}

void cc_keep_end(const cc_fitter *fitter, const cc_descent *walk, cc_minimum *seen, cc_found *found)
{
    int lane = walk->lane;
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    double objective = walk->objective;
    if (!(objective < INFINITY)) return;
    found->starts[lane]++;
    found->iterations[lane] += walk->iterations;
    bool better = objective < found->objective[lane];
    if (cc_is_same_minimum(objective, found->objective[lane])) {
        found->at_best[lane]++;
        better = better && !found->converged[lane];
    } else if (better)
        found->at_best[lane] = 1;
    bool known = false;
    for (int k = 0; k < found->minima[lane]; k++) known = known || cc_is_same_minimum(objective, seen[k].objective);
    if (walk->converged && !known && found->minima[lane] < CC_MAX_STARTS) {
        cc_minimum *own = &seen[found->minima[lane]++];
        own->objective = objective;
        for (size_t j = 0; j < p; j++) own->theta[j] = walk->theta[j * (size_t)walk->stride];
    }
    if (!better) return;
    found->objective[lane] = objective;
    found->converged[lane] = walk->converged;
    for (size_t j = 0; j < p; j++) found->theta[j * width + (size_t)lane] = walk->theta[j * (size_t)walk->stride];
}

size_t cc_list_walks(const cc_fitter *fitter, cc_block *block, const int *lanes, int first, int past,
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

void cc_walk_down(const cc_fitter *fitter, cc_descent *walk, size_t count)
{
    cc_descend_table[fitter->width / 2](&fitter->bench, walk, count, fitter->options.max_iterations, CC_WALKED);
}

void cc_walk_more(cc_fitter *fitter, cc_block *block, const int *lanes, cc_minimum (*seen)[CC_MAX_STARTS])
{
    cc_descent walk[CC_MAX_WIDTH * CC_MAX_STARTS];
    size_t count = cc_list_walks(fitter, block, lanes, 0, CC_MAX_STARTS, NULL, walk);
    cc_walk_down(fitter, walk, count);
    for (size_t k = 0; k < count; k++) cc_keep_end(fitter, &walk[k], seen[walk[k].lane], &block->found);
}

/* Standard errors of the best minimum within which another one is no other answer. */
static const double WITHIN = 3;

/* Whether the standard errors of a lane's best minimum, those of scales taken on their logarithms, tell of another one. */
static bool is_within(const cc_fitter *fitter, const cc_found *found, const cc_factor *factor, size_t lane,
                      const cc_minimum *other)
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

void cc_find_rivals(const cc_fitter *fitter, const cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS], cc_found *found)
{
    size_t width = (size_t)fitter->width;
    bool again = false;
    cc_factor factor;
    for (size_t lane = 0; lane < width; lane++)
        for (int k = 0; k < found->minima[lane]; k++)
            again = again || !cc_is_same_minimum(seen[lane][k].objective, found->objective[lane]);
    again = again && (fitter->curve->flags & CC_WIDENS);
    if (again) cc_finish_table[width / 2](&fitter->full, found->theta, &factor);
    for (size_t lane = 0; lane < width; lane++) {
        found->rival[lane] = INFINITY;
        for (int k = 0; block->lanes[lane] && k < found->minima[lane]; k++) {
            const cc_minimum *other = &seen[lane][k];
            if (cc_is_same_minimum(other->objective, found->objective[lane])) continue;
            if (again && is_within(fitter, found, &factor, lane, other)) continue;
            double rise = cc_rise(fitter, (int)lane, found->objective[lane], other->objective);
            found->rival[lane] = fmin(found->rival[lane], rise);
        }
    }
}
