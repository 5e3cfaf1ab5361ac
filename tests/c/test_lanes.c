// SPDX-License-Identifier: GPL-3.0-or-later
/* test_lanes.c - exp, log, expm1 and expit of lanes.h: errors against long double, special values, equal bits at every width. */
#ifdef CC_WIDTH

/* n is a multiple of the width. */
#define MAP(name)                                                                                                      \
    static void CC_W(map_##name)(const double *in, double *out, size_t n)                                              \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i += CC_WIDTH) CC_W(v_store)(out + i, CC_W(v_##name)(CC_W(v_load)(in + i)));         \
    }
MAP(exp)
MAP(log)
MAP(expm1)
MAP(expit)

#else

#include <stdlib.h>

#include "check.h"
#include "fit/internal.h"
#define CC_WIDTH_FILE "../tests/c/test_lanes.c"
#include "widths.h"

enum { SWEEP = 100000 };
static const double ULPS = 2;

typedef void (*map_fn)(const double *in, double *out, size_t n);

typedef struct function {
    const char *name;
    map_fn at_width[CC_WIDTHS];
    long double (*exact)(long double x);
} function;

static long double exact_expit(long double x)
{
    return 1 / (1 + expl(-x));
}

static const function EXP = {"exp", CC_EACH_WIDTH(map_exp), expl};
static const function LOG = {"log", CC_EACH_WIDTH(map_log), logl};
static const function EXPM1 = {"expm1", CC_EACH_WIDTH(map_expm1), expm1l};
static const function EXPIT = {"expit", CC_EACH_WIDTH(map_expit), exact_expit};

/* Error in units of the last place of the exact result. */
static double ulps(double got, long double exact)
{
    double rounded = (double)exact;
    if (got == rounded) return 0;
    if (!isfinite(got) || !isfinite(rounded)) return INFINITY;
    int exponent = rounded == 0 ? -1022 : ilogb(rounded);
    double unit = ldexp(1, (exponent < -1022 ? -1022 : exponent) - 52);
    return (double)(fabsl((long double)got - exact) / unit);
}

static void check_widths(const function *f, const double *x, const double *y, size_t n)
{
    double *other = malloc(n * sizeof *other);
    for (int width = 2; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width) || !other) continue;
        f->at_width[width / 2](x, other, n);
        for (size_t i = 0; i < n; i++)
            CHECK(same_bits(other[i], y[i]), "%s(%a) is %a at width %d, %a at width 1", f->name, x[i], other[i], width,
                  y[i]);
    }
    free(other);
}

/* Points from low to high, evenly spaced with a random shift each; with `signs`, of both signs and evenly spaced in ln |x|. */
static void sweep(const function *f, double low, double high, bool logarithmic)
{
    size_t n = repetitions(SWEEP) / CC_MAX_WIDTH * CC_MAX_WIDTH;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), worst = 0, where = 0;
    uint64_t state = 1;
    for (size_t i = 0; x && i < n; i++) {
        double share = ((double)i + random_between(&state, 0, 1)) / (double)n;
        x[i] = logarithmic ? copysign(low * pow(high / low, share), i % 2 && f != &LOG ? -1 : 1)
                           : low + (high - low) * share;
    }
    if (x && y) {
        f->at_width[0](x, y, n);
        for (size_t i = 0; i < n; i++) {
            double error = ulps(y[i], f->exact(x[i]));
            if (error > worst) worst = error, where = x[i];
        }
        /* a long double no longer than a double is itself wrong by an ulp or so */
        double limit = long_double_is_longer() ? ULPS : ULPS + 2;
        CHECK(worst <= limit, "%s from %g to %g: %.2f ulp at %a", f->name, low, high, worst, where);
        check_widths(f, x, y, n);
    }
    CHECK(x && y, "no memory for the sweep");
    free(x);
    free(y);
}

static void special(const function *f, double x, double want)
{
    double in[CC_MAX_WIDTH] = {x, x, x, x}, out[CC_MAX_WIDTH];
    f->at_width[0](in, out, CC_MAX_WIDTH);
    CHECK(close_to(out[0], want, 2 * 0x1p-52), "%s(%a) is %a, should be %a", f->name, x, out[0], want);
    check_widths(f, in, out, CC_MAX_WIDTH);
}

/* Special values between ordinary ones: a lane does not see its neighbours. */
static void neighbours(const function *f)
{
    static const double values[] = {0,      -0.0,     1,   -1,  INFINITY, -INFINITY, NAN, 0x1p-1074, 0x1p-1022, 1e300,
                                    -1e300, 0x1p1023, 709, 710, -708,     -746,      0.5, 2,         0.34,      0.35};
    enum { N = sizeof values / sizeof *values };
    double in[N * CC_MAX_WIDTH], out[N * CC_MAX_WIDTH];
    for (size_t shift = 1; shift < N; shift++) {
        for (size_t i = 0; i < N * CC_MAX_WIDTH; i++) in[i] = values[i * shift % N];
        f->at_width[0](in, out, N * CC_MAX_WIDTH);
        check_widths(f, in, out, N * CC_MAX_WIDTH);
    }
}

static void test_exp(void)
{
    sweep(&EXP, -707, 709.78, false);
    sweep(&EXP, -1, 1, false);
    sweep(&EXP, 709, 709.78271289338, false);
    sweep(&EXP, 1e-320, 1, true);
    special(&EXP, 0, 1);
    special(&EXP, -0.0, 1);
    special(&EXP, 0x1p-1074, 1);
    special(&EXP, 1, M_E);
    special(&EXP, 709.782712893384, (double)expl(709.782712893384L));
    special(&EXP, 709.7827128933841, INFINITY);
    special(&EXP, 1e308, INFINITY);
    special(&EXP, INFINITY, INFINITY);
    special(&EXP, -707.5, 0); /* results below 1e-307 are cut to 0 */
    special(&EXP, -1e308, 0);
    special(&EXP, -INFINITY, 0);
    special(&EXP, NAN, NAN);
}

static void test_log(void)
{
    sweep(&LOG, 1e-307, 1e308, true);
    sweep(&LOG, 0.5, 2, false);
    sweep(&LOG, 0.999, 1.001, false);
    sweep(&LOG, 0x1p-1074, 0x1p-1022, true);
    special(&LOG, 1, 0);
    special(&LOG, 0x1p-1074, -1074 * M_LN2);
    special(&LOG, 0x1p-1022, -1022 * M_LN2);
    special(&LOG, 0x1p1023, 1023 * M_LN2);
    special(&LOG, 0x1.fffffffffffffp1023, 1024 * M_LN2);
    special(&LOG, 0, -INFINITY);
    special(&LOG, -0.0, -INFINITY);
    special(&LOG, -0x1p-1074, NAN);
    special(&LOG, -1, NAN);
    special(&LOG, -INFINITY, NAN);
    special(&LOG, INFINITY, INFINITY);
    special(&LOG, NAN, NAN);
}

static void test_expm1(void)
{
    sweep(&EXPM1, -40, 709.78, false);
    sweep(&EXPM1, -1, 1, false);
    sweep(&EXPM1, 1e-310, 1, true);
    special(&EXPM1, 0, 0);
    special(&EXPM1, 0x1p-1074, 0x1p-1074);
    special(&EXPM1, -0x1p-1022, -0x1p-1022);
    special(&EXPM1, 1e-17, 1e-17);
    special(&EXPM1, -50, -1);
    special(&EXPM1, -INFINITY, -1);
    special(&EXPM1, -708, -1);
    special(&EXPM1, 710, INFINITY);
    special(&EXPM1, INFINITY, INFINITY);
    special(&EXPM1, NAN, NAN);
}

static void test_expit(void)
{
    sweep(&EXPIT, -700, 40, false);
    sweep(&EXPIT, -2, 2, false);
    sweep(&EXPIT, 1e-320, 1, true);
    special(&EXPIT, 0, 0.5);
    special(&EXPIT, 50, 1);
    special(&EXPIT, 1e308, 1);
    special(&EXPIT, INFINITY, 1);
    special(&EXPIT, -800, 0);
    special(&EXPIT, -INFINITY, 0);
    special(&EXPIT, NAN, NAN);
}

int main(void)
{
    test_exp();
    test_log();
    test_expm1();
    test_expit();
    const function *all[] = {&EXP, &LOG, &EXPM1, &EXPIT};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) neighbours(all[k]);
    return check_end();
}

#endif
