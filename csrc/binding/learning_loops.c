// SPDX-License-Identifier: GPL-3.0-or-later
/* learning_loops.c - the ufuncs of learning/: sums of powers, experience before a series, Wright's law in differences. */
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

typedef double (*powers_function)(double from, double to, double power);

/* (),(),() -> () */
static void powers(char **args, npy_intp const *dimensions, npy_intp const *steps, powers_function function)
{
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, 64); i++) {
        double value =
            function(scalar(args[0] + i * steps[0]), scalar(args[1] + i * steps[1]), scalar(args[2] + i * steps[2]));
        memcpy(args[3] + i * steps[3], &value, sizeof value);
    }
    feclearexcept(FE_ALL_EXCEPT);
}

static void sum_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    powers(args, dimensions, steps, cc_sum_of_powers);
}

static void integral_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    powers(args, dimensions, steps, cc_integral_of_powers);
}

/* (n),(n) -> () */
static void initial_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    npy_intp n = dimensions[1];
    double *buffer = malloc((size_t)(2 * n) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, n); i++) {
        double value = NAN;
        if (buffer) {
            cc_gather(args[0] + i * steps[0], n, steps[3], buffer);
            cc_gather(args[1] + i * steps[1], n, steps[4], buffer + n);
            value = cc_initial_experience(buffer, buffer + n, (size_t)n);
        }
        memcpy(args[2] + i * steps[2], &value, sizeof value);
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

/* (n),(n),() -> (),(),(),(),(),() */
static void difference_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    (void)data;
    npy_intp n = dimensions[1];
    double *buffer = malloc((size_t)(2 * n) * sizeof *buffer + 1);
    if (!buffer) cc_raise_no_memory();
    for (npy_intp i = 0; i < dimensions[0] && !cc_poll_some(i, 100 * n); i++) {
        cc_difference own = {NAN, NAN, NAN, NAN, NAN};
        int64_t status = CC_NOMEM;
        if (buffer) {
            cc_gather(args[0] + i * steps[0], n, steps[9], buffer);
            cc_gather(args[1] + i * steps[1], n, steps[10], buffer + n);
            status = cc_difference_fit(buffer, buffer + n, (size_t)n, scalar(args[2] + i * steps[2]), &own);
        }
        double out[] = {own.exponent, own.stderr_of, own.s, own.ma, own.deviance};
        for (int k = 0; k < 5; k++) memcpy(args[3 + k] + i * steps[3 + k], &out[k], sizeof(double));
        memcpy(args[8] + i * steps[8], &status, sizeof status);
    }
    free(buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

#define D NPY_DOUBLE
static const char doubles[] = {D, D, D, D};
static const char difference_types[] = {D, D, D, D, D, D, D, D, NPY_INT64};

const cc_operation cc_learning_operations[] = {
    {"sum_of_powers", "(),(),()->()", "from, to, power -> sum of i^power over whole numbers", 3, 1, doubles, sum_loop,
     NULL},
    {"integral_of_powers", "(),(),()->()", "from, to, power -> integral of x^power", 3, 1, doubles, integral_loop,
     NULL},
    {"initial_experience", "(n),(n)->()",
     "time, output -> before: output before the first point, had it grown steadily", 2, 1, doubles, initial_loop, NULL},
    {"difference_fit", "(n),(n),()->(),(),(),(),(),()",
     "x, y, ma -> exponent, stderr, s, ma, deviance, status: x and y are changes of ln experience and of ln cost", 3, 6,
     difference_types, difference_loop, NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
