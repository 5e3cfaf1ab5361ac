// SPDX-License-Identifier: GPL-3.0-or-later
/* fit.c - a fit from end to end: load, search, settle, report, and the test of the ceiling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/notes.h"

/* Doubles of series that the blocks of a fit may hold: half of a usual second-level cache. */
enum { BLOCK_DOUBLES = 1 << 15 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What of a group gets memory of its own. */
enum { SERIES = 1, BOX = 2, WORK = 4 };

/* Doubles that these parts of a group need; with memory, lays them out there. */
static size_t lay_out(cc_group *group, const cc_curve *curve, size_t n, int width, int parts_of, double *memory)
{
    size_t w = (size_t)width, p = curve->p, nf = curve->n_features, at = 0;
    bool moving = curve->flags & CC_FEATURES_MOVE, series = parts_of & SERIES, box = parts_of & BOX,
         work = parts_of & WORK;
    size_t ng = moving ? p + nf : p;
    struct {
        double **field;
        size_t size;
    } parts[] = {
        {&group->x, series ? nf * n * w : 0},
        {&group->y, series ? n * w : 0},
        {&group->w, series ? n * w : 0},
        {&group->raw, series && moving ? curve->r * n * w : 0},
        {&group->f, work ? n * w : 0},
        {&group->g, work ? n * ng * w : 0},
        {&group->row, work ? n * w : 0},
        {&group->curvature, work ? n * w : 0},
        {&group->feature_gradient, work && moving ? (p * w + 1) * nf * n : 0},
        {&group->lower, box ? p * w : 0},
        {&group->upper_bound, box ? p * w : 0},
        {&group->prior_mean, box ? p * w : 0},
        {&group->prior_weight, box ? p * w : 0},
        {&group->loss_scale, box ? w : 0},
        {&group->size, box ? w : 0},
        {&group->count, box ? w : 0},
    };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        if (memory && parts[k].size) *parts[k].field = memory + at;
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

/* Blocks of a fit: fewer for long series, which should stay in the processor's cache. */
static size_t blocks_for(const cc_curve *curve, size_t n, int width)
{
    size_t one = (size_t)width * (n + 1) * (curve->n_features + 2), most = BLOCK_DOUBLES / one;
    return most < 1 ? 1 : smaller(most, CC_MAX_BLOCKS);
}

/* Whether starts are sought on the very rows of the fit: the logarithm of a curve that gives it. */
static bool same_rows(const cc_fitter *fitter)
{
    return fitter->logarithmic && fitter->options.error_model == CC_MULTIPLICATIVE;
}

void cc_at_block(cc_fitter *fitter, size_t block)
{
    cc_loss loss = fitter->full.loss;
    fitter->full = fitter->block[block].full;
    fitter->full.loss = loss;
    fitter->lane = fitter->block[block].lane;
    fitter->coarse.raw = fitter->full.raw;
    if (same_rows(fitter)) {
        fitter->coarse.x = fitter->full.x;
        fitter->coarse.y = fitter->full.y;
        fitter->coarse.w = fitter->full.w;
    }
    fitter->coarse.lower = fitter->full.lower;
    fitter->coarse.upper_bound = fitter->full.upper_bound;
    fitter->coarse.prior_mean = fitter->full.prior_mean;
    fitter->coarse.prior_weight = fitter->full.prior_weight;
    fitter->coarse.loss_scale = fitter->full.loss_scale;
}

/* Lays the groups out in memory, or, where there is none yet, says how many doubles they need. */
static size_t lay_out_fitter(cc_fitter *fitter, double *memory)
{
    const cc_curve *curve = fitter->curve;
    size_t n = fitter->n, p = curve->p, nf = curve->n_features, at = 0;
    int width = fitter->width;
    size_t starts = (size_t)CC_MAX_STARTS * p * (size_t)width;
    at += lay_out(&fitter->bench, curve, n, width, SERIES | BOX | WORK, memory);
    at += lay_out(&fitter->coarse, curve, fitter->n_coarse, width, same_rows(fitter) ? WORK : SERIES | WORK,
                  memory ? memory + at : NULL);
    at += lay_out(&fitter->single, curve, n, 1, SERIES | BOX | WORK, memory ? memory + at : NULL);
    for (size_t b = 0; b < fitter->n_blocks; b++) {
        cc_group full = fitter->bench;
        at += lay_out(&full, curve, n, width, SERIES | BOX, memory ? memory + at : NULL);
        if (memory) {
            fitter->block[b].full = full;
            fitter->block[b].start = memory + at;
        }
        at += starts;
    }
    if (memory) fitter->features = memory + at;
    at += nf * n + n;
    if (curve->features) {
        if (memory) fitter->known = memory + at;
        at += (curve->r + nf) * n;
    }
    if (curve->starts || curve->held || curve->seen) {
        if (memory) fitter->points = memory + at;
        at += (nf + 2 + curve->n_work) * n;
    }
    if (memory) fitter->ordered = memory + at;
    at += (curve->r + 2) * n;
    if (fitter->n_sought == 0) return at;
    if (memory) fitter->quotient = memory + at;
    at += fitter->n_sought * (2 * p + nf + 6);
    if (memory) fitter->shape = memory + at;
    at += fitter->n_nodes * curve->n_sought;
    return at +
           lay_out(&fitter->sought, curve, fitter->n_sought, width, SERIES | BOX | WORK, memory ? memory + at : NULL);
}

static size_t n_usually_free(const cc_curve *curve)
{
    size_t count = 0;
    for (size_t j = 0; j < curve->p; j++) count += !(curve->params[j].flags & CC_FIXED_BY_DEFAULT);
    return count;
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
    fitter->n_coarse = all ? n : smaller(n, 3 * n_usually_free(curve));
    fitter->n_blocks = blocks_for(curve, n, fitter->width);
    if (curve->n_sought) cc_seek_plan(fitter);
    fitter->bench.map = fitter->single.map = cc_map_of(curve, options->error_model);
    fitter->bench.upper = fitter->single.upper = options->upper;
    fitter->coarse.map = CC_MAP_SAME;
    fitter->memory = calloc(lay_out_fitter(fitter, NULL) + 1, sizeof *fitter->memory);
    fitter->used = calloc(n + 1, sizeof *fitter->used);
    fitter->order = calloc(n + 1, sizeof *fitter->order);
    fitter->block = calloc(fitter->n_blocks, sizeof *fitter->block);
    fitter->walk = calloc(fitter->n_blocks * (size_t)fitter->width * CC_MAX_STARTS, sizeof *fitter->walk);
    if (!fitter->memory || !fitter->used || !fitter->order || !fitter->block || !fitter->walk) {
        cc_fitter_free(fitter);
        return NULL;
    }
    lay_out_fitter(fitter, fitter->memory);
    for (size_t i = 0; i < n; i++) fitter->order[i] = i;
    cc_at_block(fitter, 0);
    if (fitter->n_sought) cc_seek_prepare(fitter);
    *status = CC_OK;
    return fitter;
}

void cc_fitter_free(cc_fitter *fitter)
{
    if (!fitter) return;
    free(fitter->memory);
    free(fitter->used);
    free(fitter->order);
    free(fitter->block);
    free(fitter->walk);
    free(fitter);
}

size_t cc_fitter_width(const cc_fitter *fitter)
{
    return (size_t)fitter->width;
}

size_t cc_fitter_most(const cc_fitter *fitter)
{
    return fitter->n_blocks * (size_t)fitter->width;
}

/* Series into the lanes of the block at hand; returns how many of them can be fitted. */
static int load(cc_fitter *fitter, cc_block *block, const cc_series *series, size_t count)
{
    int any = 0;
    cc_load_block(fitter, series, count);
    for (size_t lane = 0; lane < (size_t)fitter->width; lane++) {
        any += block->lanes[lane] = lane < count && fitter->lane[lane].status == CC_OK;
    }
    return any;
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

/* From what the walks found to the results of the block at hand. */
static void finish(cc_fitter *fitter, cc_block *block, bool any, size_t count, cc_result *result)
{
    cc_factor factor;
    if (any) {
        cc_search_weigh(fitter, block);
        cc_settle(fitter, block->lanes, &block->found, &factor);
        if (fitter->options.loss != CC_LINEAR) cc_robust_covariance(fitter, block->found.theta, &factor);
    }
    for (size_t lane = 0; lane < count; lane++) {
        if (block->lanes[lane] && fitter->lane[lane].status == CC_OK)
            cc_report(fitter, (int)lane, &block->found, &factor, &result[lane]);
        else
            cc_no_result(fitter->curve, fitter->lane[lane].status, &result[lane]);
    }
    if (any) cc_test_ceilings(fitter, count, &block->found, result);
}

void cc_fit(cc_fitter *fitter, const cc_series *series, size_t count, cc_result *result)
{
    size_t width = (size_t)fitter->width, n_blocks;
    int any[CC_MAX_BLOCKS];
    count = smaller(count, cc_fitter_most(fitter));
    n_blocks = (count + width - 1) / width;
    for (size_t b = 0; b < n_blocks; b++) {
        cc_at_block(fitter, b);
        any[b] = load(fitter, &fitter->block[b], series + b * width, smaller(count - b * width, width));
        if (any[b]) cc_search_begin(fitter, &fitter->block[b]);
    }
    cc_search_walk(fitter, n_blocks);
    for (size_t b = 0; b < n_blocks; b++) {
        cc_at_block(fitter, b);
        if (any[b]) cc_search_end(fitter, &fitter->block[b]);
    }
    for (size_t b = 0; b < n_blocks; b++) {
        cc_at_block(fitter, b);
        finish(fitter, &fitter->block[b], any[b], smaller(count - b * width, width), result + b * width);
    }
    for (size_t k = 0; k < count; k++) keep_inside(fitter->curve, &series[k], &result[k]);
    cc_at_block(fitter, 0);
}
