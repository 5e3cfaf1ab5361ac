// SPDX-License-Identifier: GPL-3.0-or-later
/* fit_loop.c - the loop of fit_CURVE: takes as many series as a fitter does at once, fits them, scatters the results.
 *
 * (r,n),(n),(n),(p),(p),(p),(p),(p),(k) -> (p),(p,p),(k),(),(),(),()
 * x, y, w, start, lower, upper, prior mean, prior sd, options -> theta, cov, info, objective, n_used, status, notes.
 * Total: whatever the shape, a row without a result is NaN and a status. Wrong shapes are for Python to refuse. Only an
 * exception, of the user or for want of memory, leaves rows as they were: NumPy drops those arrays.
 */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"

enum { N_IN = 9, N_OUT = 7 };

typedef struct cc_loop {
    const cc_curve *curve;
    char **args;
    npy_intp const *steps;
    npy_intp r, n, p, k;
    cc_fitter *fitter;
    cc_status status; /* why there is no fitter */
    double options[CC_OPTION_COUNT];
    size_t most;  /* series that it takes at once */
    void *memory; /* `most` of each of these: */
    cc_series *series;
    cc_result *result;
    double *buffer; /* series_size of each, for what does not lie as a fit wants it */
} cc_loop;

static npy_intp series_size(const cc_loop *loop)
{
    return loop->r * loop->n + 2 * loop->n + 5 * loop->p;
}

/* Options of item i, NaN for the ones that are not there. */
static void read_options(const cc_loop *loop, npy_intp i, double *options)
{
    const char *from = loop->args[8] + i * loop->steps[8];
    npy_intp stride = loop->steps[N_IN + N_OUT + 9];
    for (npy_intp k = 0; k < CC_OPTION_COUNT; k++) {
        options[k] = NAN;
        if (k < loop->k) memcpy(&options[k], from + k * stride, sizeof *options);
    }
}

static void release(cc_loop *loop)
{
    cc_fitter_free(loop->fitter);
    free(loop->memory);
    loop->fitter = NULL;
    loop->memory = NULL;
}

/* Room for the series and results of one call of the fitter. */
static void make_room(cc_loop *loop)
{
    size_t most = loop->most = cc_fitter_most(loop->fitter);
    size_t one = sizeof *loop->series + sizeof *loop->result + (size_t)series_size(loop) * sizeof *loop->buffer;
    loop->memory = malloc(most * one);
    if (!loop->memory) {
        release(loop);
        loop->status = CC_NOMEM;
        return;
    }
    loop->result = loop->memory;
    loop->series = (cc_series *)(loop->result + most);
    loop->buffer = (double *)(loop->series + most);
}

/* A fitter for these options; the one at hand when nothing changed. */
static void prepare(cc_loop *loop, const double *options)
{
    if (loop->fitter && memcmp(options, loop->options, sizeof loop->options) == 0) return;
    memcpy(loop->options, options, sizeof loop->options);
    release(loop);
    cc_options read;
    bool shaped = loop->p == (npy_intp)loop->curve->p && loop->r == (npy_intp)loop->curve->r;
    loop->status = shaped ? cc_options_read(loop->curve, options, CC_OPTION_COUNT, &read) : CC_BAD_SHAPE;
    if (loop->status == CC_OK) loop->fitter = cc_fitter_alloc(loop->curve, (size_t)loop->n, &read, &loop->status);
    if (loop->fitter) make_room(loop);
}

/* A vector of an input: where it is, if its elements lie side by side, else a copy. */
static const double *vector(const char *from, npy_intp count, npy_intp stride, double *copy)
{
    if (stride == (npy_intp)sizeof *copy || count == 1) return (const double *)(const void *)from;
    cc_gather(from, count, stride, copy);
    return copy;
}

static cc_series gather(const cc_loop *loop, npy_intp i, double *to)
{
    npy_intp const *s = loop->steps, *core = s + N_IN + N_OUT;
    char **a = loop->args;
    double *x = to, *y = x + loop->r * loop->n, *w = y + loop->n, *own = w + loop->n;
    npy_intp p = loop->p;
    const double *at[5], *regressors = x;
    if (loop->r == 1)
        regressors = vector(a[0] + i * s[0], loop->n, core[1], x);
    else
        cc_gather2(a[0] + i * s[0], loop->r, core[0], loop->n, core[1], x);
    for (int m = 0; m < 5; m++) at[m] = vector(a[3 + m] + i * s[3 + m], p, core[4 + m], own + m * p);
    return (cc_series){regressors,
                       vector(a[1] + i * s[1], loop->n, core[2], y),
                       vector(a[2] + i * s[2], loop->n, core[3], w),
                       at[0],
                       at[1],
                       at[2],
                       at[3],
                       at[4]};
}

/* Doubles of a vector output whose length is not the result's own: NaN beyond. */
static void scatter_padded(const double *from, npy_intp have, npy_intp count, npy_intp stride, char *to)
{
    for (npy_intp i = 0; i < count; i++) {
        double value = i < have ? from[i] : NAN;
        memcpy(to + i * stride, &value, sizeof value);
    }
}

static void scatter(const cc_loop *loop, npy_intp i, const cc_result *result)
{
    npy_intp const *s = loop->steps + N_IN, *core = loop->steps + N_IN + N_OUT + 10;
    char **a = loop->args + N_IN;
    npy_intp own = (npy_intp)loop->curve->p;
    bool shaped = loop->p == own;
    scatter_padded(result->theta, shaped ? own : 0, loop->p, core[0], a[0] + i * s[0]);
    for (npy_intp j = 0; j < loop->p; j++)
        scatter_padded(result->cov + (shaped ? j * own : 0), shaped ? own : 0, loop->p, core[2],
                       a[1] + i * s[1] + j * core[1]);
    scatter_padded(result->info, CC_INFO_COUNT, loop->k, core[3], a[2] + i * s[2]);
    memcpy(a[3] + i * s[3], &result->objective, sizeof(double));
    int64_t whole[3] = {(int64_t)result->n_used, result->status, result->notes};
    for (int m = 0; m < 3; m++) memcpy(a[4 + m] + i * s[4 + m], &whole[m], sizeof(int64_t));
}

static void no_result(const cc_loop *loop, npy_intp i, cc_status status)
{
    cc_result result;
    memset(&result, 0, sizeof result);
    for (int j = 0; j < CC_MAX_PARAMS; j++) result.theta[j] = NAN;
    for (int j = 0; j < CC_MAX_PARAMS * CC_MAX_PARAMS; j++) result.cov[j] = NAN;
    for (int j = 0; j < CC_INFO_COUNT; j++) result.info[j] = NAN;
    result.objective = NAN;
    result.status = status;
    scatter(loop, i, &result);
}

/* Whether two series ask for the same starts: those that share a search must, so that neighbours never matter. */
static bool same_starts(const cc_loop *loop, const cc_series *a, const cc_series *b)
{
    for (npy_intp j = 0; j < loop->p; j++)
        if (isnan(a->start[j]) != isnan(b->start[j])) return false;
    return true;
}

/* Fits items i, i+1, ... that share their options and what is to be found; returns how many. */
static npy_intp fit_some(cc_loop *loop, npy_intp i, npy_intp end)
{
    double options[CC_OPTION_COUNT], next[CC_OPTION_COUNT];
    read_options(loop, i, options);
    prepare(loop, options);
    if (!loop->fitter) {
        no_result(loop, i, loop->status);
        return 1;
    }
    npy_intp count = 0, most = (npy_intp)loop->most;
    cc_series *series = loop->series;
    while (count < most && i + count < end) {
        if (count > 0 && loop->steps[8] != 0) {
            read_options(loop, i + count, next);
            if (memcmp(next, options, sizeof next) != 0) break;
        }
        series[count] = gather(loop, i + count, loop->buffer + count * series_size(loop));
        if (!same_starts(loop, &series[0], &series[count])) break;
        count++;
    }
    cc_fit(loop->fitter, series, (size_t)count, loop->result);
    for (npy_intp m = 0; m < count; m++) scatter(loop, i + m, &loop->result[m]);
    return count;
}

void cc_fit_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    cc_loop loop = {.curve = data,
                    .args = args,
                    .steps = steps,
                    .r = dimensions[1],
                    .n = dimensions[2],
                    .p = dimensions[3],
                    .k = dimensions[4],
                    .status = CC_NOMEM};
    if (cc_poll()) return;
    bool stop = false;
    for (npy_intp i = 0; i < dimensions[0] && !stop;) {
        i += fit_some(&loop, i, dimensions[0]);
        stop = cc_poll();
    }
    if (loop.status == CC_NOMEM && !loop.fitter && dimensions[0] > 0) cc_raise_no_memory();
    release(&loop);
    feclearexcept(FE_ALL_EXCEPT);
}
