// SPDX-License-Identifier: GPL-3.0-or-later
/* curve_loops.c - the ufuncs that every curve has: the table, and the loops other than the fit. */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"

void cc_fit_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data);

static void fill_nan(char *to, npy_intp rows, npy_intp row_stride, npy_intp columns, npy_intp stride)
{
    double value = NAN;
    for (npy_intp i = 0; i < rows; i++)
        for (npy_intp j = 0; j < columns; j++) memcpy(to + i * row_stride + j * stride, &value, sizeof value);
}

/* (r,n),(p) -> (n), and with a gradient (n,p) as second output or as the only one */
static void evaluate(char **args, npy_intp const *dimensions, npy_intp const *steps, const cc_curve *curve,
                     bool gradient)
{
    npy_intp r = dimensions[1], n = dimensions[2], p = dimensions[3];
    npy_intp const *core = steps + 3;
    bool shaped = r == (npy_intp)curve->r && p == (npy_intp)curve->p;
    double *buffer = malloc((size_t)(r * n + p + n + n * p) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    double *x = buffer, *theta = x + r * n, *f = theta + p, *g = f + n;
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, n); i++) {
        char *out = args[2] + i * steps[2];
        cc_status status = buffer && shaped ? CC_OK : CC_BAD_SHAPE;
        if (status == CC_OK) {
            cc_gather2(args[0] + i * steps[0], r, core[0], n, core[1], x);
            cc_gather(args[1] + i * steps[1], p, core[2], theta);
            status = cc_evaluate(curve, x, (size_t)n, theta, f, gradient ? g : NULL);
        }
        npy_intp rows = gradient ? n : 1, row_stride = gradient ? core[3] : 0;
        npy_intp columns = gradient ? p : n, stride = gradient ? core[4] : core[3];
        if (status == CC_OK)
            cc_scatter2(gradient ? g : f, rows, row_stride, columns, stride, out);
        else
            fill_nan(out, rows, row_stride, columns, stride);
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

static void eval_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    evaluate(args, dimensions, steps, data, false);
}

static void grad_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    evaluate(args, dimensions, steps, data, true);
}

/* (r,n),(p),(p,p),(k) -> (n),(n) */
static void band_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    const cc_curve *curve = data;
    npy_intp r = dimensions[1], n = dimensions[2], p = dimensions[3], k = dimensions[4];
    npy_intp const *core = steps + 6;
    bool shaped = r == (npy_intp)curve->r && p == (npy_intp)curve->p;
    double *buffer = malloc((size_t)(r * n + p + p * p + k + 2 * n) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    double *x = buffer, *theta = x + r * n, *cov = theta + p, *vector = cov + p * p, *location = vector + k;
    double *error = location + n;
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, n); i++) {
        cc_status status = buffer && shaped ? CC_OK : CC_BAD_SHAPE;
        cc_options options;
        if (status == CC_OK) {
            cc_gather2(args[0] + i * steps[0], r, core[0], n, core[1], x);
            cc_gather(args[1] + i * steps[1], p, core[2], theta);
            cc_gather2(args[2] + i * steps[2], p, core[3], p, core[4], cov);
            cc_gather(args[3] + i * steps[3], k, core[5], vector);
            status = cc_options_read(curve, vector, (size_t)k, &options);
        }
        if (status == CC_OK) status = cc_band(curve, x, (size_t)n, theta, cov, &options, location, error);
        if (status == CC_OK) {
            cc_scatter(location, n, core[6], args[4] + i * steps[4]);
            cc_scatter(error, n, core[7], args[5] + i * steps[5]);
        } else {
            fill_nan(args[4] + i * steps[4], 1, 0, n, core[6]);
            fill_nan(args[5] + i * steps[5], 1, 0, n, core[7]);
        }
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

/* (p),(p,p),(q) -> (q),(q),(q),(q): the first element of the third input is the width in standard errors */
static void derived_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    const cc_curve *curve = data;
    npy_intp p = dimensions[1], q = dimensions[2];
    npy_intp const *core = steps + 7;
    bool shaped = p == (npy_intp)curve->p && q == (npy_intp)curve->n_derived;
    double theta[CC_MAX_PARAMS], cov[CC_MAX_PARAMS * CC_MAX_PARAMS], width, out[4][CC_MAX_DERIVED];
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, p); i++) {
        if (shaped && q > 0) {
            cc_gather(args[0] + i * steps[0], p, core[0], theta);
            cc_gather2(args[1] + i * steps[1], p, core[1], p, core[2], cov);
            memcpy(&width, args[2] + i * steps[2], sizeof width);
            cc_derive(curve, theta, cov, width, out[0], out[1], out[2], out[3]);
        }
        for (int m = 0; m < 4; m++) {
            char *to = args[3 + m] + i * steps[3 + m];
            if (shaped)
                cc_scatter(out[m], q, core[4 + m], to);
            else
                fill_nan(to, 1, 0, q, core[4 + m]);
        }
    }
    feclearexcept(FE_ALL_EXCEPT);
}

/* (),(p) -> () */
static void inverse_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    const cc_curve *curve = data;
    npy_intp p = dimensions[1];
    double y, theta[CC_MAX_PARAMS];
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, p); i++) {
        double x = NAN;
        if (p == (npy_intp)curve->p) {
            memcpy(&y, args[0] + i * steps[0], sizeof y);
            cc_gather(args[1] + i * steps[1], p, steps[3], theta);
            x = curve->inverse(curve, y, theta);
        }
        memcpy(args[2] + i * steps[2], &x, sizeof x);
    }
    feclearexcept(FE_ALL_EXCEPT);
}

static bool has_inverse(const cc_curve *curve)
{
    return curve->inverse != NULL;
}

#define D NPY_DOUBLE
#define L NPY_INT64
static const char fit_types[] = {D, D, D, D, D, D, D, D, D, D, D, D, D, L, L, L};
static const char doubles[] = {D, D, D, D, D, D, D, D};

const cc_operation cc_curve_operations[] = {
    {"fit", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k)->(p),(p,p),(k),(),(),(),()",
     "x, y, w, start, lower, upper, prior_mean, prior_sd, options -> theta, cov, info, objective, n_used, status, "
     "notes",
     9, 7, fit_types, cc_fit_loop, NULL},
    {"eval", "(r,n),(p)->(n)", "x, theta -> y", 2, 1, doubles, eval_loop, NULL},
    {"grad", "(r,n),(p)->(n,p)", "x, theta -> dy/dtheta", 2, 1, doubles, grad_loop, NULL},
    {"band", "(r,n),(p),(p,p),(k)->(n),(n)",
     "x, theta, cov, options -> the curve on the error model's scale, its standard error", 4, 2, doubles, band_loop,
     NULL},
    {"derived", "(p),(p,p),(q)->(q),(q),(q),(q)",
     "theta, cov, width in standard errors -> value, standard error, low, high", 3, 4, doubles, derived_loop, NULL},
    {"inverse", "(),(p)->()", "y, theta -> x", 2, 1, doubles, inverse_loop, has_inverse},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
