// SPDX-License-Identifier: GPL-3.0-or-later
/* interval_loops.c - the loops of profile_, heights_, bootstrap_, sandwich_ and diagnose_CURVE.
 *
 * All begin with the nine inputs of fit_CURVE, with the fitted parameters in place of the start: (r,n),(n),(n),(p),(p),(p),(p),(p),(k).
 * Total, as the fit is: an item without a result is NaN and a status.
 */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"

enum { SHARED = 9, SHARED_CORE = 10, MAX_LANES = 4 };

/* A work space behind one of three types, made anew when the options change. */
typedef struct workshop {
    void *(*make)(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status);
    void (*discard)(void *space);
} workshop;

typedef struct loop_state {
    const cc_curve *curve;
    char **args;
    npy_intp const *steps, *core;
    npy_intp count, r, n, p, k;
    const workshop *shop;
    void *space;
    cc_status status; /* why there is no space */
    double options[CC_OPTION_COUNT], *buffer;
    cc_series series;
    bool stop, no_memory;
} loop_state;

static loop_state begin(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data, int n_args,
                        const workshop *shop, npy_intp more)
{
    loop_state loop = {.curve = data,
                       .args = args,
                       .steps = steps,
                       .core = steps + n_args,
                       .count = dimensions[0],
                       .r = dimensions[1],
                       .n = dimensions[2],
                       .p = dimensions[3],
                       .k = dimensions[4],
                       .shop = shop};
    loop.buffer = malloc((size_t)(loop.r * loop.n + 2 * loop.n + 5 * loop.p + more) * sizeof *loop.buffer + 1);
    loop.no_memory = !loop.buffer;
    loop.stop = loop.no_memory || cc_poll();
    return loop;
}

static void end(loop_state *loop)
{
    if (loop->no_memory) cc_raise_no_memory();
    if (loop->space) loop->shop->discard(loop->space);
    free(loop->buffer);
    feclearexcept(FE_ALL_EXCEPT);
}

/* Memory beyond the shared inputs, for the loop's own. */
static double *beyond(const loop_state *loop)
{
    return loop->buffer + loop->r * loop->n + 2 * loop->n + 5 * loop->p;
}

/* Gathers the shared inputs of item i and has a work space for its options. */
static cc_status read_item(loop_state *loop, npy_intp i)
{
    double options[CC_OPTION_COUNT], *x = loop->buffer, *y = x + loop->r * loop->n, *w = y + loop->n,
                                     *own = w + loop->n;
    npy_intp const *s = loop->steps, *core = loop->core;
    char **a = loop->args;
    if (loop->p != (npy_intp)loop->curve->p || loop->r != (npy_intp)loop->curve->r) return CC_BAD_SHAPE;
    for (npy_intp k = 0; k < CC_OPTION_COUNT; k++) {
        options[k] = NAN;
        if (k < loop->k) memcpy(&options[k], a[8] + i * s[8] + k * core[9], sizeof *options);
    }
    if (!loop->space || memcmp(options, loop->options, sizeof options) != 0) {
        cc_options read;
        if (loop->space) loop->shop->discard(loop->space);
        loop->space = NULL;
        memcpy(loop->options, options, sizeof options);
        loop->status = cc_options_read(loop->curve, options, CC_OPTION_COUNT, &read);
        if (loop->status == CC_OK) loop->space = loop->shop->make(loop->curve, (size_t)loop->n, &read, &loop->status);
        loop->no_memory = loop->no_memory || loop->status == CC_NOMEM;
    }
    if (!loop->space) return loop->status;
    cc_gather2(a[0] + i * s[0], loop->r, core[0], loop->n, core[1], x);
    cc_gather(a[1] + i * s[1], loop->n, core[2], y);
    cc_gather(a[2] + i * s[2], loop->n, core[3], w);
    for (int m = 0; m < 5; m++) cc_gather(a[3 + m] + i * s[3 + m], loop->p, core[4 + m], own + m * loop->p);
    npy_intp p = loop->p;
    loop->series = (cc_series){x, y, w, own, own + p, own + 2 * p, own + 3 * p, own + 4 * p};
    return CC_OK;
}

static char *output(const loop_state *loop, int arg, npy_intp i)
{
    return loop->args[arg] + i * loop->steps[arg];
}

static void fill_nan(double *to, npy_intp count)
{
    for (npy_intp i = 0; i < count; i++) to[i] = NAN;
}

static void scatter_whole(const int64_t *from, npy_intp count, npy_intp stride, char *to)
{
    for (npy_intp i = 0; i < count; i++) memcpy(to + i * stride, &from[i], sizeof *from);
}

/* The number of a kind; -1, which is none, where it does not fit an int. */
static int kind_of(const loop_state *loop, int arg, npy_intp i)
{
    int64_t value;
    memcpy(&value, loop->args[arg] + i * loop->steps[arg], sizeof value);
    return value == (int)value ? (int)value : -1;
}

/* ---- profile: ..., level (p) -> low (p), high (p), status (p), best (p) ------------------------ */

static void *make_profile(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    return cc_profile_alloc(curve, n, options, status);
}

static void discard_profile(void *space)
{
    cc_profile_free(space);
}

static const workshop profiles = {make_profile, discard_profile};

static void profile_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    enum { LEVEL = SHARED, LOW, HIGH, STATUS, BEST, N_ARGS };
    loop_state loop = begin(args, dimensions, steps, data, N_ARGS, &profiles, 4 * dimensions[3]);
    npy_intp const *core = loop.core + SHARED_CORE;
    npy_intp p = loop.p;
    for (npy_intp i = 0; i < loop.count && !loop.stop; i++) {
        cc_status failed = read_item(&loop, i);
        double nothing = NAN, *level = beyond(&loop), *low = level + p, *high = low + p, *best = high + p;
        int64_t status[CC_MAX_PARAMS];
        if (failed == CC_OK) {
            cc_gather(args[LEVEL] + i * steps[LEVEL], p, core[0], level);
            failed = cc_profile_begin(loop.space, &loop.series, level);
            while (failed == CC_OK && cc_profile_step(loop.space))
                if ((loop.stop = cc_poll())) failed = CC_INTERRUPTED;
        }
        if (failed == CC_OK) cc_profile_result(loop.space, low, high, status, best);
        for (npy_intp j = 0; j < p; j++) {
            int64_t own = failed == CC_OK ? status[j] : failed;
            cc_scatter(failed == CC_OK ? &low[j] : &nothing, 1, 0, output(&loop, LOW, i) + j * core[1]);
            cc_scatter(failed == CC_OK ? &high[j] : &nothing, 1, 0, output(&loop, HIGH, i) + j * core[2]);
            scatter_whole(&own, 1, 0, output(&loop, STATUS, i) + j * core[3]);
            cc_scatter(failed == CC_OK ? &best[j] : &nothing, 1, 0, output(&loop, BEST, i) + j * core[4]);
        }
        loop.stop = loop.stop || cc_poll();
    }
    end(&loop);
}

/* ---- heights: ..., low (p), high (p) -> low_height (p), high_height (p), status () -------------- */

static void heights_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    enum { LOW = SHARED, HIGH, LOW_HEIGHT, HIGH_HEIGHT, STATUS, N_ARGS };
    loop_state loop = begin(args, dimensions, steps, data, N_ARGS, &profiles, 4 * dimensions[3]);
    npy_intp const *core = loop.core + SHARED_CORE;
    npy_intp p = loop.p;
    for (npy_intp i = 0; i < loop.count && !loop.stop; i++) {
        cc_status failed = read_item(&loop, i);
        double *low = beyond(&loop), *high = low + p, *heights = high + p;
        if (failed == CC_OK) {
            cc_gather(args[LOW] + i * steps[LOW], p, core[0], low);
            cc_gather(args[HIGH] + i * steps[HIGH], p, core[1], high);
            failed = cc_profile_heights(loop.space, &loop.series, low, high, heights, heights + p);
        }
        if (failed != CC_OK && !loop.no_memory) fill_nan(heights, 2 * p);
        if (!loop.no_memory) cc_scatter(heights, p, core[2], output(&loop, LOW_HEIGHT, i));
        if (!loop.no_memory) cc_scatter(heights + p, p, core[3], output(&loop, HIGH_HEIGHT, i));
        int64_t status = failed;
        scatter_whole(&status, 1, 0, output(&loop, STATUS, i));
        loop.stop = loop.stop || cc_poll();
    }
    end(&loop);
}

/* ---- bootstrap: ..., kind (), seed (b) -> theta (b,p), status (b) ------------------------------- */

static void *make_bootstrap(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    return cc_bootstrap_alloc(curve, n, options, status);
}

static void discard_bootstrap(void *space)
{
    cc_bootstrap_free(space);
}

static const workshop bootstraps = {make_bootstrap, discard_bootstrap};

static void bootstrap_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    enum { KIND = SHARED, SEED, THETA, STATUS, N_ARGS };
    loop_state loop = begin(args, dimensions, steps, data, N_ARGS, &bootstraps, MAX_LANES * dimensions[3]);
    npy_intp const *core = loop.core + SHARED_CORE;
    npy_intp p = loop.p, replicates = dimensions[5];
    for (npy_intp i = 0; i < loop.count && !loop.stop; i++) {
        cc_status failed = read_item(&loop, i);
        double *theta = beyond(&loop);
        if (failed == CC_OK)
            failed = cc_bootstrap_begin(loop.space, &loop.series, (cc_bootstrap_kind)kind_of(&loop, KIND, i));
        npy_intp width = failed == CC_OK ? (npy_intp)cc_bootstrap_width(loop.space) : 1, count;
        for (npy_intp b = 0; b < replicates && !loop.stop; b += count) {
            int64_t seed[MAX_LANES], status[MAX_LANES];
            count = replicates - b < width ? replicates - b : width;
            for (npy_intp k = 0; k < count; k++)
                memcpy(&seed[k], args[SEED] + i * steps[SEED] + (b + k) * core[0], sizeof *seed);
            if (failed == CC_OK) {
                cc_bootstrap_draw(loop.space, seed, (size_t)count, theta, status);
            } else {
                if (!loop.no_memory) fill_nan(theta, count * p);
                for (npy_intp k = 0; k < count; k++) status[k] = failed;
            }
            double nothing = NAN;
            for (npy_intp k = 0; k < count; k++)
                for (npy_intp j = 0; j < p; j++)
                    cc_scatter(loop.no_memory ? &nothing : &theta[k * p + j], 1, 0,
                               output(&loop, THETA, i) + (b + k) * core[1] + j * core[2]);
            scatter_whole(status, count, core[3], output(&loop, STATUS, i) + b * core[3]);
            loop.stop = cc_poll();
        }
        loop.stop = loop.stop || cc_poll();
    }
    end(&loop);
}

/* ---- sandwich: ..., kind () -> cov (p,p), status () --------------------------------------------- */

static void *make_rows(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    return cc_rows_alloc(curve, n, options, status);
}

static void discard_rows(void *space)
{
    cc_rows_free(space);
}

static const workshop jacobians = {make_rows, discard_rows};

static void sandwich_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    enum { KIND = SHARED, COV, STATUS, N_ARGS };
    loop_state loop = begin(args, dimensions, steps, data, N_ARGS, &jacobians, dimensions[3] * dimensions[3]);
    npy_intp const *core = loop.core + SHARED_CORE;
    npy_intp p = loop.p;
    for (npy_intp i = 0; i < loop.count && !loop.stop; i++) {
        double *cov = beyond(&loop);
        cc_status failed = read_item(&loop, i);
        if (failed == CC_OK)
            failed = cc_sandwich(loop.space, &loop.series, kind_of(&loop, KIND, i), cov);
        else if (!loop.no_memory)
            fill_nan(cov, p * p);
        if (!loop.no_memory) cc_scatter2(cov, p, core[0], p, core[1], output(&loop, COV, i));
        int64_t status = failed;
        scatter_whole(&status, 1, 0, output(&loop, STATUS, i));
        loop.stop = loop.stop || cc_poll();
    }
    end(&loop);
}

/* ---- diagnose: ... -> dfbetas (n,p), leverage (n), residual (n), status () ---------------------- */

static void diagnose_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    enum { DFBETAS = SHARED, LEVERAGE, RESIDUAL, STATUS, N_ARGS };
    npy_intp n = dimensions[2], p = dimensions[3];
    loop_state loop = begin(args, dimensions, steps, data, N_ARGS, &jacobians, n * p + 2 * n);
    npy_intp const *core = loop.core + SHARED_CORE;
    for (npy_intp i = 0; i < loop.count && !loop.stop; i++) {
        double *dfbetas = beyond(&loop), *leverage = dfbetas + n * p, *residual = leverage + n;
        cc_status failed = read_item(&loop, i);
        if (failed == CC_OK)
            failed = cc_diagnose(loop.space, &loop.series, dfbetas, leverage, residual);
        else if (!loop.no_memory)
            fill_nan(dfbetas, n * p + 2 * n);
        if (!loop.no_memory) {
            cc_scatter2(dfbetas, n, core[0], p, core[1], output(&loop, DFBETAS, i));
            cc_scatter(leverage, n, core[2], output(&loop, LEVERAGE, i));
            cc_scatter(residual, n, core[3], output(&loop, RESIDUAL, i));
        }
        int64_t status = failed;
        scatter_whole(&status, 1, 0, output(&loop, STATUS, i));
        loop.stop = loop.stop || cc_poll();
    }
    end(&loop);
}

#define D NPY_DOUBLE
#define L NPY_INT64
static const char profile_types[] = {D, D, D, D, D, D, D, D, D, D, D, D, L, D};
static const char heights_types[] = {D, D, D, D, D, D, D, D, D, D, D, D, D, L};
static const char bootstrap_types[] = {D, D, D, D, D, D, D, D, D, L, L, D, L};
static const char sandwich_types[] = {D, D, D, D, D, D, D, D, D, L, D, L};
static const char diagnose_types[] = {D, D, D, D, D, D, D, D, D, D, D, D, L};

const cc_operation cc_interval_operations[] = {
    {"profile", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k),(p)->(p),(p),(p),(p)",
     "x, y, w, theta, lower, upper, prior_mean, prior_sd, options, level -> low, high, status, best: profile "
     "likelihood",
     10, 4, profile_types, profile_loop, NULL},
    {"heights", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k),(p),(p)->(p),(p),()",
     "x, y, w, theta, lower, upper, prior_mean, prior_sd, options, low, high -> low_height, high_height, status: how "
     "far the objective has risen there, others refitted",
     11, 3, heights_types, heights_loop, NULL},
    {"bootstrap", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k),(),(b)->(b,p),(b)",
     "x, y, w, theta, lower, upper, prior_mean, prior_sd, options, kind, seed -> theta, status of each replicate", 11,
     2, bootstrap_types, bootstrap_loop, NULL},
    {"sandwich", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k),()->(p,p),()",
     "x, y, w, theta, lower, upper, prior_mean, prior_sd, options, kind -> cov, status: HC0 to HC3", 10, 2,
     sandwich_types, sandwich_loop, NULL},
    {"diagnose", "(r,n),(n),(n),(p),(p),(p),(p),(p),(k)->(n,p),(n),(n),()",
     "x, y, w, theta, lower, upper, prior_mean, prior_sd, options -> dfbetas, leverage, residual, status", 9, 4,
     diagnose_types, diagnose_loop, NULL},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
