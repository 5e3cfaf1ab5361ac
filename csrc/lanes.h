// SPDX-License-Identifier: GPL-3.0-or-later
/* lanes.h - one number, or several side by side: the type V, choice between lanes, exp and log.
 *
 * Included once for every width, with CC_WIDTH set (see widths.h). GCC's vector extensions bring arithmetic but no exp or
 * log. Those below use the same operations in the same order at every width, so a series gets the same bits
 * whichever lane it sits in. Errors: at most 2 ulp, tested against long double (tests/c/test_lanes.c).
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef CC_LANE_MACROS
#define CC_LANE_MACROS
#define CC_PASTE_(name, width) name##_w##width
#define CC_PASTE(name, width) CC_PASTE_(name, width)
#define CC_W(name) CC_PASTE(name, CC_WIDTH)
#define V CC_W(cc_v)
#define M CC_W(cc_m)
#define V_LT(a, b) CC_W(v_less)(a, b)
#define V_LE(a, b) CC_W(v_at_most)(a, b)
#define CC_INLINE static inline __attribute__((always_inline, unused))
/* width 4 is for GCC on x86 alone (widths.h); clang names these instructions otherwise */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CC_X86_BUILTINS 1
#else
#define CC_X86_BUILTINS 0
#endif
#endif

#if CC_WIDTH == 1
typedef double V;
typedef int64_t M;
#else
typedef double V __attribute__((vector_size(8 * CC_WIDTH)));
typedef int64_t M __attribute__((vector_size(8 * CC_WIDTH)));
#endif

/* Masks: all bits set where a < b, where a <= b. */
CC_INLINE M CC_W(v_less)(V a, V b)
{
#if CC_WIDTH == 1
    return -(M)(a < b);
#else
    M mask = (M)(a < b);
#if CC_WIDTH == 2 && defined(__SSE2__)
    /* GCC 12 turns choices between masks into an instruction that SSE2 lacks, and stops with an internal error */
    __asm__("" : "+x"(mask));
#endif
    return mask;
#endif
}

CC_INLINE M CC_W(v_at_most)(V a, V b)
{
#if CC_WIDTH == 1
    return -(M)(a <= b);
#else
    M mask = (M)(a <= b);
#if CC_WIDTH == 2 && defined(__SSE2__)
    __asm__("" : "+x"(mask));
#endif
    return mask;
#endif
}

CC_INLINE V CC_W(v_load)(const double *p)
{
    V v;
    memcpy(&v, p, sizeof v);
    return v;
}

CC_INLINE void CC_W(v_store)(double *p, V v)
{
    memcpy(p, &v, sizeof v);
}

CC_INLINE V CC_W(v_all)(double value)
{
    return (V){0} + value;
}

CC_INLINE M CC_W(v_bits)(V v)
{
    M m;
    memcpy(&m, &v, sizeof m);
    return m;
}

CC_INLINE V CC_W(v_from_bits)(M m)
{
    V v;
    memcpy(&v, &m, sizeof v);
    return v;
}

/* a where the mask is set, else b */
CC_INLINE V CC_W(v_select)(M mask, V a, V b)
{
    return CC_W(v_from_bits)((mask & CC_W(v_bits)(a)) | (~mask & CC_W(v_bits)(b)));
}

CC_INLINE V CC_W(v_abs)(V a)
{
    return CC_W(v_from_bits)(CC_W(v_bits)(a) & INT64_MAX);
}

/* a < b ? b : a, so a where one of them is NaN: what the instruction of x86 does with its second operand */
CC_INLINE V CC_W(v_max)(V a, V b)
{
#if CC_WIDTH == 1
    return a < b ? b : a;
#elif CC_WIDTH == 2 && CC_X86_BUILTINS
    return __builtin_ia32_maxpd(b, a);
#elif CC_WIDTH == 4
    return __builtin_ia32_maxpd256(b, a);
#else
    return CC_W(v_select)(V_LT(a, b), b, a);
#endif
}

CC_INLINE V CC_W(v_min)(V a, V b)
{
#if CC_WIDTH == 1
    return b < a ? b : a;
#elif CC_WIDTH == 2 && CC_X86_BUILTINS
    return __builtin_ia32_minpd(b, a);
#elif CC_WIDTH == 4
    return __builtin_ia32_minpd256(b, a);
#else
    return CC_W(v_select)(V_LT(b, a), b, a);
#endif
}

CC_INLINE int CC_W(v_any)(M mask)
{
#if CC_WIDTH == 4
    return __builtin_ia32_movmskpd256((V)mask) != 0;
#endif
    int64_t lane[CC_WIDTH];
    memcpy(lane, &mask, sizeof mask);
    int64_t any = 0;
    for (int i = 0; i < CC_WIDTH; i++) any |= lane[i];
    return any != 0;
}

/* exp(r) - 1 for |r| <= ln(2)/2: r + r^2 P(r), P the polynomial of degree 10 that equals (exp(r) - 1 - r)/r^2 at eleven Chebyshev
 * points of that interval: the error is below 1e-18 */
CC_INLINE V CC_W(v_expm1_core)(V r)
{
    V r2 = r * r, r4 = r2 * r2;
    V a = 0.5 + r * 0x1.5555555555557p-3;
    V b = 0x1.5555555555556p-5 + r * 0x1.11111111100cep-7;
    V c = 0x1.6c16c16c162ccp-10 + r * 0x1.a01a01abef415p-13;
    V d = 0x1.a01a01a6dcaffp-16 + r * 0x1.71de021a90822p-19;
    V e = 0x1.27e4db57442fbp-22 + r * 0x1.af4e196027428p-26;
    V low = a + r2 * b, mid = c + r2 * d, high = e + r2 * 0x1.1f731ea5352cap-29;
    return r + r2 * (low + r4 * (mid + r4 * high));
}

/* x = k ln 2 + r; k as a double and as the low bits of an integer */
CC_INLINE V CC_W(v_reduce)(V x, V *k, M *k_bits)
{
    const double magic = 0x1.8p52;
    V shifted = x * 0x1.71547652b82fep0 + magic;
    *k_bits = CC_W(v_bits)(shifted);
    *k = shifted - magic;
    return (x - *k * 0x1.62e42fefa3800p-1) - *k * 0x1.ef35793c76730p-45;
}

/* e^x; 0 below -707, infinity above 709.78, NaN stays NaN */
CC_INLINE V CC_W(v_exp)(V x)
{
    V bounded = CC_W(v_min)(CC_W(v_max)(x, CC_W(v_all)(-708.0)), CC_W(v_all)(710.0));
    V k;
    M bits;
    V r = CC_W(v_reduce)(bounded, &k, &bits);
    V mantissa = 1.0 + CC_W(v_expm1_core)(r);
    /* 2^k in two steps: k = 1024 has no double of its own */
    V half = CC_W(v_from_bits)((bits + 1022) << 52);
    V y = mantissa * half * 2.0;
    return CC_W(v_from_bits)(CC_W(v_bits)(y) & ~V_LT(x, CC_W(v_all)(-707.0)));
}

/* e^x - 1 without cancellation near 0: 2^k (e^r - 1) + (2^k - 1), halved so that k = 1024 has a double */
CC_INLINE V CC_W(v_expm1)(V x)
{
    V bounded = CC_W(v_min)(CC_W(v_max)(x, CC_W(v_all)(-708.0)), CC_W(v_all)(710.0));
    V k;
    M bits;
    V r = CC_W(v_reduce)(bounded, &k, &bits);
    V half = CC_W(v_from_bits)((bits + 1022) << 52);
    V y = 2.0 * (half * CC_W(v_expm1_core)(r) + (half - 0.5));
    return CC_W(v_select)(V_LT(CC_W(v_abs)(x), CC_W(v_all)(0x1p-60)), x, y);
}

/* ln x; -infinity at 0, NaN below, denormals included */
CC_INLINE V CC_W(v_log)(V x)
{
    M tiny = V_LT(x, CC_W(v_all)(0x1p-1022));
    V scaled = CC_W(v_select)(tiny, x * 0x1p54, x);
    M bits = CC_W(v_bits)(scaled);
    /* the mantissa in [sqrt(1/2), sqrt(2)), the exponent k beside it */
    M shifted = bits + (int64_t)0x00095f619980c433;
    V m = CC_W(v_from_bits)((shifted & (int64_t)0x000fffffffffffff) + (int64_t)0x3fe6a09e667f3bcd);
    /* small integers to double through the mantissa of a large one: there is no 64-bit conversion before AVX-512 */
    M biased = ((shifted & (int64_t)0x7ff0000000000000) >> 52) | (int64_t)0x4330000000000000;
    V k = CC_W(v_from_bits)(biased) - (0x1p52 + 1023.0);
    k = k - CC_W(v_select)(tiny, CC_W(v_all)(54.0), CC_W(v_all)(0.0));
    V f = m - 1.0;
    V s = f / (2.0 + f);
    V z = s * s, z2 = z * z;
    /* 2 atanh(s) = 2s + s z Q(z), z < 0.0295; Q is the polynomial of degree 6 through seven Chebyshev points: to 2e-18 */
    V even =
        0x1.5555555555558p-1 + z2 * (0x1.2492492dfd879p-2 + z2 * (0x1.7462b91bd6c45p-3 + z2 * 0x1.2b5f6919aa514p-3));
    V odd = 0x1.9999999995273p-2 + z2 * (0x1.c71c62d5e43dfp-3 + z2 * 0x1.39fdcce1da1aep-3);
    V tail = z * (even + z * odd);
    V half = 0.5 * f * f;
    V y = k * 0x1.62e42fefa3800p-1 - ((half - (s * (half + tail) + k * 0x1.ef35793c76730p-45)) - f);
    y = CC_W(v_select)(V_LT(x, CC_W(v_all)(INFINITY)), y, x);
    y = CC_W(v_select)(V_LE(x, CC_W(v_all)(0.0)),
                       CC_W(v_select)(V_LT(x, CC_W(v_all)(0.0)), CC_W(v_all)(NAN), CC_W(v_all)(-INFINITY)), y);
    return y;
}

/* 1 / (1 + e^-z) */
CC_INLINE V CC_W(v_expit)(V z)
{
    return 1.0 / (1.0 + CC_W(v_exp)(-z));
}
