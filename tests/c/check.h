// SPDX-License-Identifier: GPL-3.0-or-later
/* check.h - what the C tests share: checks that count, random numbers, comparison of doubles.
 *
 * A test program calls CHECK as often as it likes and ends with `return check_end();`. A failed check prints its place and
 * a sentence; the program goes on, so that one run shows all that is wrong.
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHECK_SHOWN = 25 }; /* failures printed; the rest are counted only */

static long check_count, check_failed;

__attribute__((format(printf, 3, 4))) static inline void check_failure(const char *file, int line, const char *format,
                                                                       ...)
{
    if (++check_failed > CHECK_SHOWN) return;
    va_list list;
    va_start(list, format);
    printf("%s:%d: ", file, line);
    vprintf(format, list);
    printf("\n");
    va_end(list);
}

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        check_count++;                                                                                                 \
        if (!(condition)) check_failure(__FILE__, __LINE__, __VA_ARGS__);                                              \
    } while (0)

/* Equal to a relative tolerance, with the name and both numbers in the message. */
#define CHECK_CLOSE(got, want, tolerance, name)                                                                        \
    do {                                                                                                               \
        double got_ = (got), want_ = (want);                                                                           \
        CHECK(close_to(got_, want_, tolerance), "%s: %.17g, should be %.17g", name, got_, want_);                      \
    } while (0)

static inline int check_end(void)
{
    if (check_failed) printf("%ld of %ld checks failed\n", check_failed, check_count);
    return check_failed || !check_count ? 1 : 0;
}

/* NaN is close to NaN, and to nothing else. */
static inline bool close_to(double a, double b, double tolerance)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    if (a == b) return true;
    return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

/* The same double; one NaN is as good as another. */
static inline bool same_bits(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static inline bool all_same_bits(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!same_bits(a[i], b[i])) return false;
    return true;
}

/* Random numbers that are the same everywhere: Steele, Lea and Flood (2014), SplitMix. */
static inline uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform between low and high. */
static inline double random_between(uint64_t *state, double low, double high)
{
    return low + (high - low) * ((double)(random_bits(state) >> 11) + 0.5) * 0x1p-53;
}

/* Standard normal. */
static inline double random_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(random_between(state, 0, 1)));
    return radius * cos(2 * M_PI * random_between(state, 0, 1));
}

/* Whether long double carries more digits than double: it does not under valgrind, so references are coarser there. */
static inline bool long_double_is_longer(void)
{
    volatile long double one = 1;
    return one + 0x1p-60L != one;
}

/* A slow run (valgrind) does a share of the repetitions. */
static inline size_t repetitions(size_t full)
{
    return long_double_is_longer() ? full : full / 40 + 1;
}

#endif
