// SPDX-License-Identifier: GPL-3.0-or-later
/* shared_loop.c - the loop of fit_shared_CURVE: several series that have parameters in common are one item.
 *
 * (s,r,n),(s,n),(s,n),(s,p),(s,p),(s,p),(s,p),(s,p),(p),(k) -> (s,p),(s,p,p),(k),(s),(s),(),()
 * x, y, w, start, lower, upper, prior mean, prior sd, which are shared, options
 * -> theta, cov, info, objective, n_used, status, notes.
 */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"

enum { N_IN = 10, N_OUT = 7, N_SERIES_IN = 8 };

typedef struct item {
    const cc_curve *curve;
    size_t s, r, n, p, k;
    double *in[N_SERIES_IN]; /* contiguous */
    double *theta, *cov, *objective, *memory;
    cc_series *series;
    int64_t *n_used;
    bool shared[CC_MAX_PARAMS];
    cc_options options;
    double info[CC_INFO_COUNT];
    cc_status status;
    unsigned notes;
} item;

static void item_free(item *self)
{
    free(self->memory);
    free(self->series);
    free(self->n_used);
}

static bool item_alloc(item *self)
{
    size_t s = self->s, p = self->p, size[N_SERIES_IN] = {s * self->r * self->n, s * self->n, s * self->n};
    size_t total = s * p + s * p * p + s, at = 0;
    for (int m = 3; m < N_SERIES_IN; m++) size[m] = s * p;
    for (int m = 0; m < N_SERIES_IN; m++) total += size[m];
    self->memory = malloc(total * sizeof(double) + 1);
    self->series = calloc(s + 1, sizeof *self->series);
    self->n_used = calloc(s + 1, sizeof *self->n_used);
    if (!self->memory || !self->series || !self->n_used) return false;
    for (int m = 0; m < N_SERIES_IN; at += size[m++]) self->in[m] = self->memory + at;
    self->theta = self->memory + at;
    self->cov = self->theta + s * p;
    self->objective = self->cov + s * p * p;
    for (size_t b = 0; b < s; b++) {
        double *const *in = self->in;
        self->series[b] = (cc_series){in[0] + b * self->r * self->n,
                                      in[1] + b * self->n,
                                      in[2] + b * self->n,
                                      in[3] + b * p,
                                      in[4] + b * p,
                                      in[5] + b * p,
                                      in[6] + b * p,
                                      in[7] + b * p};
    }
    return true;
}

static cc_status gather(item *self, char **args, npy_intp const *steps, npy_intp i)
{
    npy_intp const *core = steps + N_IN + N_OUT;
    npy_intp s = (npy_intp)self->s, r = (npy_intp)self->r, n = (npy_intp)self->n, p = (npy_intp)self->p;
    const char *from[N_IN];
    for (int m = 0; m < N_IN; m++) from[m] = args[m] + i * steps[m];
    for (npy_intp b = 0; b < s; b++) cc_gather2(from[0] + b * core[0], r, core[1], n, core[2], self->in[0] + b * r * n);
    for (int m = 1; m < N_SERIES_IN; m++) {
        npy_intp const *own = core + 3 + 2 * (m - 1);
        cc_gather2(from[m], s, own[0], m < 3 ? n : p, own[1], self->in[m]);
    }
    npy_intp const *rest = core + 3 + 2 * (N_SERIES_IN - 1);
    double options[CC_OPTION_COUNT], flag;
    if (self->p != self->curve->p || self->r != self->curve->r) return CC_BAD_SHAPE;
    for (npy_intp j = 0; j < p; j++) {
        memcpy(&flag, from[8] + j * rest[0], sizeof flag);
        self->shared[j] = flag != 0;
    }
    for (size_t k = 0; k < CC_OPTION_COUNT; k++) {
        options[k] = NAN;
        if (k < self->k) memcpy(&options[k], from[9] + (npy_intp)k * rest[1], sizeof *options);
    }
    return cc_options_read(self->curve, options, CC_OPTION_COUNT, &self->options);
}

static void no_result(item *self, cc_status status)
{
    size_t pairs = self->s * self->p;
    for (size_t k = 0; k < pairs + pairs * self->p + self->s; k++) self->theta[k] = NAN; /* theta, cov and objective */
    for (int k = 0; k < CC_INFO_COUNT; k++) self->info[k] = NAN;
    memset(self->n_used, 0, self->s * sizeof *self->n_used);
    self->status = status;
    self->notes = 0;
}

/* Solves one item; true when the user asked to stop, or memory is short. */
static bool solve(item *self)
{
    cc_status status;
    bool stop = false;
    cc_shared *work = cc_shared_alloc(self->curve, self->s, self->n, &self->options, &status);
    if (work) status = cc_shared_begin(work, self->series, self->shared);
    while (status == CC_OK && !stop && cc_shared_step(work)) stop = cc_poll();
    if (status == CC_OK)
        status =
            cc_shared_result(work, self->theta, self->cov, self->info, self->objective, self->n_used, &self->notes);
    cc_shared_free(work);
    self->status = status;
    if (status < 0) no_result(self, status);
    if (status == CC_NOMEM) cc_raise_no_memory();
    return stop || status == CC_NOMEM;
}

static void scatter(const item *self, char **args, npy_intp const *steps, npy_intp i)
{
    npy_intp const *core = steps + N_IN + N_OUT + 3 + 2 * (N_SERIES_IN - 1) + 2;
    npy_intp s = (npy_intp)self->s, p = (npy_intp)self->p;
    char *to[N_OUT];
    for (int m = 0; m < N_OUT; m++) to[m] = args[N_IN + m] + i * steps[N_IN + m];
    cc_scatter2(self->theta, s, core[0], p, core[1], to[0]);
    for (npy_intp b = 0; b < s; b++) cc_scatter2(self->cov + b * p * p, p, core[3], p, core[4], to[1] + b * core[2]);
    for (size_t k = 0; k < self->k; k++) {
        double value = k < CC_INFO_COUNT ? self->info[k] : NAN;
        cc_scatter(&value, 1, 0, to[2] + (npy_intp)k * core[5]);
    }
    cc_scatter(self->objective, s, core[6], to[3]);
    for (npy_intp b = 0; b < s; b++) memcpy(to[4] + b * core[7], &self->n_used[b], sizeof(int64_t));
    int64_t whole[2] = {self->status, self->notes};
    for (int m = 0; m < 2; m++) memcpy(to[5 + m], &whole[m], sizeof(int64_t));
}

static void shared_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    item self = {.curve = data,
                 .s = (size_t)dimensions[1],
                 .r = (size_t)dimensions[2],
                 .n = (size_t)dimensions[3],
                 .p = (size_t)dimensions[4],
                 .k = (size_t)dimensions[5]};
    bool stop = !item_alloc(&self);
    if (stop) cc_raise_no_memory();
    for (npy_intp i = 0; i < dimensions[0] && !stop; i++) {
        cc_status status = gather(&self, args, steps, i);
        if (status == CC_OK)
            stop = solve(&self);
        else
            no_result(&self, status);
        scatter(&self, args, steps, i);
    }
    item_free(&self);
    feclearexcept(FE_ALL_EXCEPT);
}

#define D NPY_DOUBLE
#define L NPY_INT64
static const char types[] = {D, D, D, D, D, D, D, D, D, D, D, D, D, D, L, L, L};

const cc_operation cc_shared_operations[] = {
    {"fit_shared", "(s,r,n),(s,n),(s,n),(s,p),(s,p),(s,p),(s,p),(s,p),(p),(k)->(s,p),(s,p,p),(k),(s),(s),(),()",
     "x, y, w, start, lower, upper, prior_mean, prior_sd, shared, options -> theta, cov, info, objective, n_used, "
     "status, "
     "notes: series with parameters in common",
     N_IN, N_OUT, types, shared_loop, NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
