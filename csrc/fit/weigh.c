// SPDX-License-Identifier: GPL-3.0-or-later
/* weigh.c - what weighs on a fit and must come from it: the scale of a robust loss, and the scatter that priors are held against. */
#include <math.h>
#include <string.h>

#include "fit/search.h"

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

bool cc_scale_open(const cc_fitter *fitter)
{
    return fitter->options.loss != CC_LINEAR && isnan(fitter->options.loss_scale);
}

void cc_search_weigh(cc_fitter *fitter, cc_block *block)
{
    bool any = false;
    fitter->full.loss = fitter->options.loss;
    if (cc_scale_open(fitter)) estimate_loss_scale(fitter, block->lanes, &block->found);
    for (int lane = 0; lane < fitter->width; lane++)
        for (size_t j = 0; j < fitter->curve->p; j++)
            any = any || (block->lanes[lane] && fitter->lane[lane].prior_sd[j] > 0);
    if (any) weigh_priors(fitter, block->lanes, &block->found);
}
