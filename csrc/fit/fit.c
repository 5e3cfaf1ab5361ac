// SPDX-License-Identifier: GPL-3.0-or-later
/* fit.c - a fit from end to end: load, search, settle, report, and the test of the ceiling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/notes.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Doubles that a group of this size needs; with memory, lays it out there. */
static size_t lay_out(cc_group *group, const cc_curve *curve, size_t n, int width, bool box, double *memory)
{
    size_t w = (size_t)width, p = curve->p, nf = curve->n_features, at = 0;
    bool moving = curve->flags & CC_FEATURES_MOVE;
    size_t ng = moving ? p + nf : p;
    struct {
        double **field;
        size_t size;
    } parts[] = {
        {&group->x, nf * n * w},
        {&group->y, n * w},
        {&group->w, n * w},
        {&group->f, n * w},
        {&group->g, n * ng * w},
        {&group->row, n * w},
        {&group->curvature, n * w},
        {&group->raw, moving ? curve->r * n * w : 0},
        {&group->feature_gradient, moving ? (p + 1) * nf * n : 0},
        {&group->lower, box ? p * w : 0},
        {&group->upper_bound, box ? p * w : 0},
        {&group->prior_mean, box ? p * w : 0},
        {&group->prior_weight, box ? p * w : 0},
        {&group->loss_scale, box ? w : 0},
    };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        if (memory) *parts[k].field = parts[k].size ? memory + at : NULL;
        at += parts[k].size;
    }
    group->curve = curve;
    group->n = n;
    group->p = p;
    group->n_features = nf;
    group->n_gradient = ng;
    group->width = width;
    return at;
}

cc_fitter *cc_fitter_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    *status = CC_NOMEM;
    cc_fitter *fitter = calloc(1, sizeof *fitter);
    if (!fitter) return NULL;
    fitter->curve = curve;
    fitter->options = *options;
    fitter->n = n;
    fitter->width = options->width ? options->width : cc_width_best();
    fitter->logarithmic = curve->flags & CC_LOG_KERNEL;
    /* where everything is solved for, the start is the answer and wants all points; a moving stage needs its whole series */
    bool all = fitter->logarithmic || !curve->grid || curve->starts || (curve->flags & CC_FEATURES_MOVE);
    fitter->n_coarse = all ? n : smaller(n, 3 * curve->p);
    size_t single = lay_out(&fitter->single, curve, n, 1, true, NULL);
    size_t full = lay_out(&fitter->full, curve, n, fitter->width, true, NULL);
    size_t coarse = lay_out(&fitter->coarse, curve, fitter->n_coarse, fitter->width, false, NULL);
    size_t features = curve->n_features * n + n;
    size_t points = curve->starts || curve->held || curve->seen ? (curve->n_features + 2 + curve->n_work) * n : 0;
    if (curve->n_sought) cc_seek_plan(fitter);
    size_t sought = fitter->n_sought ? lay_out(&fitter->sought, curve, fitter->n_sought, fitter->width, true, NULL) : 0;
    size_t quotient = fitter->n_sought * (2 * curve->p + curve->n_features + 6) + fitter->n_nodes * curve->n_sought;
    size_t ordered = (curve->r + 2) * n, before = single + full + coarse + features + points;
    fitter->memory = calloc(before + sought + quotient + ordered + 1, sizeof *fitter->memory);
    fitter->used = calloc(n + 1, sizeof *fitter->used);
    if (!fitter->memory || !fitter->used) {
        cc_fitter_free(fitter);
        return NULL;
    }
    lay_out(&fitter->full, curve, n, fitter->width, true, fitter->memory);
    lay_out(&fitter->coarse, curve, fitter->n_coarse, fitter->width, false, fitter->memory + full);
    lay_out(&fitter->single, curve, n, 1, true, fitter->memory + full + coarse);
    fitter->features = fitter->memory + full + coarse + single;
    fitter->points = points ? fitter->features + features : NULL;
    fitter->ordered = fitter->memory + before + sought + quotient;
    if (sought) {
        fitter->quotient = fitter->features + features + points;
        fitter->shape = fitter->quotient + quotient - fitter->n_nodes * curve->n_sought;
        lay_out(&fitter->sought, curve, fitter->n_sought, fitter->width, true, fitter->quotient + quotient);
        cc_seek_prepare(fitter);
    }
    fitter->full.map = fitter->single.map = cc_map_of(curve, options->error_model);
    fitter->full.upper = fitter->single.upper = options->upper;
    fitter->coarse.map = CC_MAP_SAME;
    fitter->coarse.raw = fitter->full.raw;
    fitter->coarse.lower = fitter->full.lower;
    fitter->coarse.upper_bound = fitter->full.upper_bound;
    fitter->coarse.prior_mean = fitter->full.prior_mean;
    fitter->coarse.prior_weight = fitter->full.prior_weight;
    fitter->coarse.loss_scale = fitter->full.loss_scale;
    *status = CC_OK;
    return fitter;
}

void cc_fitter_free(cc_fitter *fitter)
{
    if (!fitter) return;
    free(fitter->memory);
    free(fitter->used);
    free(fitter);
}

size_t cc_fitter_width(const cc_fitter *fitter)
{
    return (size_t)fitter->width;
}

/* A bound far below the size of the data loses digits in the scale of the lane: the answer keeps inside the one that was given. */
static void keep_inside(const cc_curve *curve, const cc_series *series, cc_result *result)
{
    if (result->status < 0) return;
    for (size_t j = 0; j < curve->p; j++) {
        if (result->theta[j] < series->lower[j]) result->theta[j] = series->lower[j];
        if (result->theta[j] > series->upper[j]) result->theta[j] = series->upper[j];
    }
}

void cc_fit(cc_fitter *fitter, const cc_series *series, size_t count, cc_result *result)
{
    int lanes[CC_MAX_WIDTH] = {0}, any = 0;
    count = smaller(count, (size_t)fitter->width);
    for (int lane = 0; lane < fitter->width; lane++) {
        cc_load_lane(fitter, lane, (size_t)lane < count ? &series[lane] : NULL);
        lanes[lane] = (size_t)lane < count && fitter->lane[lane].status == CC_OK;
        any += lanes[lane];
    }
    cc_found found;
    cc_factor factor;
    if (any) {
        cc_search(fitter, lanes, &found);
        cc_settle(fitter, lanes, &found, &factor);
        if (fitter->options.loss != CC_LINEAR) cc_robust_covariance(fitter, found.theta, &factor);
    }
    for (size_t lane = 0; lane < count; lane++) {
        if (lanes[lane] && fitter->lane[lane].status == CC_OK)
            cc_report(fitter, (int)lane, &found, &factor, &result[lane]);
        else
            cc_no_result(fitter->curve, fitter->lane[lane].status, &result[lane]);
    }
    if (any) cc_test_ceilings(fitter, count, &found, result);
    for (size_t lane = 0; lane < count; lane++) keep_inside(fitter->curve, &series[lane], &result[lane]);
}
