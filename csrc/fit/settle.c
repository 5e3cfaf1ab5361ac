// SPDX-License-Identifier: GPL-3.0-or-later
/* settle.c - the last digits: Gauss-Newton steps, by QR where parameters offset each other, and the referee after that. */
#include <math.h>
#include <string.h>

#include "fit/fitter.h"

enum { ROUNDS = 6 };
/* A fit has converged when the step that is left would move it by less than this many standard errors, squared. */
static const double STANDARD_ERRORS_SQUARED = 1e-13;
/* Steps go on, while they help, to this share of that: what is left of them then no change of units shows. */
static const double FURTHER = 1e-4;

/* Share of the objective below which a promised fall is that of a short step. */
static const double SHORT_STEP = 1e-9;

/* Variance inflation up to which normal equations lose no more than half of the digits of the covariance. */
static const double WELL_CONDITIONED = 1e6;

/* Everything at theta; by QR for the lanes that need it, whatever their neighbours need. */
static void examine(const cc_fitter *fitter, const int *lanes, const double *theta, cc_factor *out)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    int careful[CC_MAX_WIDTH] = {0}, any = 0;
    cc_finish_table[width / 2](&fitter->full, theta, out);
    for (size_t lane = 0; lane < width; lane++) {
        for (size_t j = 0; j < p && lanes[lane]; j++)
            careful[lane] = careful[lane] || !(out->inflation[j * width + lane] < WELL_CONDITIONED);
        any += careful[lane];
    }
    if (!any) return;
    cc_factor exact;
    cc_factorise_table[width / 2](&fitter->full, theta, &exact);
    for (size_t lane = 0; lane < width; lane++) {
        if (!careful[lane]) continue;
        for (size_t k = 0; k < p * (p + 1) / 2; k++) out->inverse[k * width + lane] = exact.inverse[k * width + lane];
        for (size_t j = 0; j < p; j++) {
            out->inflation[j * width + lane] = exact.inflation[j * width + lane];
            out->step[j * width + lane] = exact.step[j * width + lane];
        }
        out->decrement[lane] = exact.decrement[lane];
        out->influence[lane] = exact.influence[lane];
    }
}

/* One lane of a factor over that of another. */
static void take_lane(const cc_fitter *fitter, size_t lane, const cc_factor *from, cc_factor *to)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    for (size_t e = lane; e < p * (p + 1) / 2 * width; e += width) to->inverse[e] = from->inverse[e];
    for (size_t e = lane; e < p * width; e += width) {
        to->inflation[e] = from->inflation[e];
        to->step[e] = from->step[e];
    }
    to->decrement[lane] = from->decrement[lane];
    to->objective[lane] = from->objective[lane];
    to->influence[lane] = from->influence[lane];
    to->autocorrelation[lane] = from->autocorrelation[lane];
}

static double tolerance(const cc_fitter *fitter, int lane, double objective)
{
    const cc_lane *own = &fitter->lane[lane];
    double degrees = fmax((double)own->n_used - (double)own->n_free, 1);
    return fmax(objective / degrees * STANDARD_ERRORS_SQUARED, 1e-28 * fitter->full.size[lane]);
}

/* theta of the lanes set in `moving` plus their steps, inside the box. */
static void step_to(const cc_fitter *fitter, const int *moving, const cc_found *found, const cc_factor *factor,
                    double *theta)
{
    const cc_group *group = &fitter->full;
    memcpy(theta, found->theta, group->p * (size_t)fitter->width * sizeof *theta);
    for (size_t j = 0; j < group->p; j++)
        for (int lane = 0; lane < fitter->width; lane++) {
            size_t e = j * (size_t)fitter->width + (size_t)lane;
            if (moving[lane]) theta[e] = fmin(fmax(theta[e] + factor->step[e], group->lower[e]), group->upper_bound[e]);
        }
}

/* Steps for the lanes that are not there yet; ends with the factor at found->theta. */
static void polish(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor)
{
    examine(fitter, lanes, found->theta, factor);
    for (int round = 0; round < ROUNDS; round++) {
        int moving[CC_MAX_WIDTH] = {0}, any = 0;
        double theta[CC_MAX_PARAMS * CC_MAX_WIDTH];
        for (int lane = 0; lane < fitter->width; lane++) {
            moving[lane] =
                lanes[lane] && factor->decrement[lane] > FURTHER * tolerance(fitter, lane, factor->objective[lane]);
            any += moving[lane];
        }
        if (!any) break;
        cc_factor next;
        step_to(fitter, moving, found, factor, theta);
        examine(fitter, lanes, theta, &next);
        int better = 0;
        for (int lane = 0; lane < fitter->width; lane++) {
            if (!moving[lane]) continue;
            /* residuals far smaller than the data carry the rounding of the data */
            double own = factor->objective[lane], slack = 1e-14 * own + 4e-16 * sqrt(own * fitter->full.size[lane]);
            /* and the fall that a short step brings may be less than the rounding of the values: what is left judges it */
            if (factor->decrement[lane] < SHORT_STEP * own) slack += SHORT_STEP * own;
            if (!(next.objective[lane] <= own + slack) || !(next.decrement[lane] < factor->decrement[lane])) continue;
            better++;
            for (size_t j = 0; j < fitter->curve->p; j++) {
                size_t e = j * (size_t)fitter->width + (size_t)lane;
                found->theta[e] = theta[e];
            }
            take_lane(fitter, (size_t)lane, &next, factor);
        }
        if (!better) break;
    }
    for (int lane = 0; lane < fitter->width; lane++) {
        if (!lanes[lane]) continue;
        found->objective[lane] = factor->objective[lane];
        found->converged[lane] = factor->decrement[lane] <= tolerance(fitter, lane, factor->objective[lane]);
    }
}

/* Hands one lane to GSL; takes its answer where it is no worse. */
static void refer(cc_fitter *fitter, int lane, cc_found *found)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    double theta[CC_MAX_PARAMS], objective = INFINITY;
    int iterations = 0;
    bool converged = false;
    cc_load_single(fitter, lane);
    for (size_t j = 0; j < p; j++) theta[j] = found->theta[j * width + (size_t)lane];
    cc_status status =
        cc_referee(&fitter->single, theta, &objective, 2 * fitter->options.max_iterations, &iterations, &converged);
    found->iterations[lane] += iterations;
    found->refereed[lane] = 1;
    if (status == CC_NOMEM) fitter->lane[lane].status = status;
    if (status != CC_OK || !(objective <= found->objective[lane] * (1 + 1e-12))) return;
    for (size_t j = 0; j < p; j++) found->theta[j * width + (size_t)lane] = theta[j];
    found->objective[lane] = objective;
}

/* Walks again, from where the search began and then from where it ended, with what enters linearly solved for at every step. */
static void separate(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    cc_linear linear = cc_linear_of(fitter->curve, CC_LINEAR_LEVEL, NULL);
    if (!linear.count || fitter->full.map != CC_MAP_SAME || fitter->full.loss != CC_LINEAR) return;
    for (int round = 0; round < 2; round++) {
        int open[CC_MAX_WIDTH] = {0}, better[CC_MAX_WIDTH] = {0}, iterations[CC_MAX_WIDTH] = {0}, any = 0;
        int settled[CC_MAX_WIDTH] = {0};
        double theta[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
        for (size_t lane = 0; lane < width; lane++) any += open[lane] = lanes[lane] && !found->converged[lane];
        if (!any) return;
        memcpy(theta, round ? found->theta : found->begin, p * width * sizeof *theta);
        cc_separate_table[width / 2](&fitter->full, &linear, theta, objective, iterations, settled, open,
                                     fitter->options.max_iterations);
        for (size_t lane = 0; lane < width; lane++) {
            if (!open[lane]) continue;
            found->iterations[lane] += iterations[lane];
            better[lane] = objective[lane] <= found->objective[lane];
            for (size_t j = 0; j < p && better[lane]; j++) found->theta[j * width + lane] = theta[j * width + lane];
        }
        polish(fitter, better, found, factor);
    }
}

/* The step that is left, too short to change anything but the last digits of the parameters. */
static void take_last_step(const cc_fitter *fitter, const int *lanes, cc_found *found, const cc_factor *factor)
{
    int done[CC_MAX_WIDTH] = {0};
    double theta[CC_MAX_PARAMS * CC_MAX_WIDTH];
    for (int lane = 0; lane < fitter->width; lane++) done[lane] = lanes[lane] && found->converged[lane];
    step_to(fitter, done, found, factor, theta);
    memcpy(found->theta, theta, fitter->curve->p * (size_t)fitter->width * sizeof *theta);
}

static void settle(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor)
{
    int rest[CC_MAX_WIDTH] = {0}, any = 0;
    polish(fitter, lanes, found, factor);
    for (int lane = 0; lane < fitter->width; lane++) {
        rest[lane] = lanes[lane] && !found->converged[lane] && found->objective[lane] < INFINITY;
        any += rest[lane];
    }
    if (!any) return;
    /* where residuals are large the steps shrink slowly: damped ones go on */
    cc_resolve(fitter, rest, found, CC_SETTLED);
    polish(fitter, rest, found, factor);
    separate(fitter, rest, found, factor);
    for (int lane = 0; lane < fitter->width; lane++)
        if (rest[lane] && !found->converged[lane]) refer(fitter, lane, found);
    polish(fitter, rest, found, factor);
    /* the lanes that were done before need what their own condition asks for */
    examine(fitter, lanes, found->theta, factor);
}

void cc_settle(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor)
{
    /* the steps of a factor go by the weights of a robust loss, those of a walk by its curvature, which leads to the end */
    bool robust = fitter->full.loss != CC_LINEAR;
    if (robust) cc_resolve(fitter, lanes, found, FURTHER * CC_SETTLED);
    settle(fitter, lanes, found, factor);
    if (!robust && !(fitter->curve->flags & CC_KINKS)) take_last_step(fitter, lanes, found, factor);
}
