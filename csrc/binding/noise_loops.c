// SPDX-License-Identifier: GPL-3.0-or-later
/* noise_loops.c - the ufuncs of noise/: random walks and mixtures. */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"

static double scalar(const char *from)
{
    double value;
    memcpy(&value, from, sizeof value);
    return value;
}

/* (n),(n),(h),(),() -> (h),(h),(),(),() with drift; (n),(n),(h),() -> (h),(h),(),() without */
static void walk(char **args, npy_intp const *dimensions, npy_intp const *steps, bool drift)
{
    npy_intp n = dimensions[1], h = dimensions[2];
    int n_in = drift ? 5 : 4, n_out = drift ? 5 : 4;
    npy_intp const *core = steps + n_in + n_out;
    double *buffer = malloc((size_t)(2 * n + 3 * h) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    double *t = buffer, *y = t + n, *horizon = y + n, *location = horizon + h, *scale = location + h;
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, n + h); i++) {
        double out[3] = {NAN, NAN, NAN};
        cc_status status = CC_NOMEM;
        if (buffer) {
            cc_gather(args[0] + i * steps[0], n, core[0], t);
            cc_gather(args[1] + i * steps[1], n, core[1], y);
            cc_gather(args[2] + i * steps[2], h, core[2], horizon);
            double third = scalar(args[3] + i * steps[3]);
            if (drift)
                status = cc_walk(t, y, (size_t)n, horizon, (size_t)h, third, scalar(args[4] + i * steps[4]), location,
                                 scale, &out[0], &out[1], &out[2]);
            else
                status = cc_last_value(t, y, (size_t)n, horizon, (size_t)h, third, location, scale, &out[0], &out[1]);
        }
        if (status != CC_OK) {
            for (int m = 0; m < 3; m++) out[m] = NAN;
            for (npy_intp k = 0; k < h && buffer; k++) location[k] = scale[k] = NAN;
        }
        if (buffer) {
            cc_scatter(location, h, core[3], args[n_in] + i * steps[n_in]);
            cc_scatter(scale, h, core[4], args[n_in + 1] + i * steps[n_in + 1]);
        }
        for (int m = 2; m < n_out; m++) memcpy(args[n_in + m] + i * steps[n_in + m], &out[m - 2], sizeof(double));
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

static void walk_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    walk(args, dimensions, steps, true);
}

static void last_value_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    walk(args, dimensions, steps, false);
}

typedef double (*mixture_function)(const double *weight, const double *location, const double *scale, const double *df,
                                   size_t m, double at);

/* (m),(m),(m),(m),() -> () */
static void mixture(char **args, npy_intp const *dimensions, npy_intp const *steps, mixture_function function)
{
    npy_intp m = dimensions[1];
    npy_intp const *core = steps + 6;
    double *buffer = malloc((size_t)(4 * m) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    bool stop = !buffer || cc_poll();
    for (npy_intp i = 0; i < dimensions[0]; i++) {
        double value = NAN;
        if (!stop) {
            for (int k = 0; k < 4; k++) cc_gather(args[k] + i * steps[k], m, core[k], buffer + k * m);
            value =
                function(buffer, buffer + m, buffer + 2 * m, buffer + 3 * m, (size_t)m, scalar(args[4] + i * steps[4]));
            stop = cc_poll();
        }
        memcpy(args[5] + i * steps[5], &value, sizeof value);
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

static void cdf_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    mixture(args, dimensions, steps, cc_mixture_cdf);
}

static void logpdf_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    mixture(args, dimensions, steps, cc_mixture_logpdf);
}

static void quantile_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    mixture(args, dimensions, steps, cc_mixture_quantile);
}

#define D NPY_DOUBLE
static const char doubles[] = {D, D, D, D, D, D, D, D, D, D};

const cc_operation cc_noise_operations[] = {
    {"walk", "(n),(n),(h),(),()->(h),(h),(),(),()",
     "t, y, horizon, ma, window -> location, scale, df, drift, sd: random walk with drift (Farmer and Lafond 2016)", 5,
     5, doubles, walk_loop, NULL},
    {"last_value", "(n),(n),(h),()->(h),(h),(),()",
     "t, y, horizon, window -> location, scale, df, sd: random walk without drift", 4, 4, doubles, last_value_loop,
     NULL},
    {"mixture_cdf", "(m),(m),(m),(m),()->()", "weight, location, scale, df, y -> P(Y <= y)", 5, 1, doubles, cdf_loop,
     NULL},
    {"mixture_logpdf", "(m),(m),(m),(m),()->()", "weight, location, scale, df, y -> log density", 5, 1, doubles,
     logpdf_loop, NULL},
    {"mixture_quantile", "(m),(m),(m),(m),()->()", "weight, location, scale, df, p -> y", 5, 1, doubles, quantile_loop,
     NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
