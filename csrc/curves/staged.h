// SPDX-License-Identifier: GPL-3.0-or-later
/* staged.h - makes a curve's values function from a kernel in three stages, for curves whose exp waits for a log or another exp.
 *
 * A processor works on as many instructions at a time as its window holds. Where one point is a long chain, few points fit in, and each
 * waits for itself. So a few points go through the first part of the chain, then the same points through the next, and the last.
 *     CC_INLINE void CC_W(name_first)(const V *x, const V *theta, V *held)
 *     CC_INLINE void CC_W(name_next)(const V *theta, V *held)
 *     CC_INLINE void CC_W(name_last)(const V *x, const V *theta, const V *held, V *f, V *g)
 * held: NH numbers of a point that one stage leaves for the next; the rest is as in kernel.h.
 */
#ifndef CC_STAGED_H
#define CC_STAGED_H

/* Points that go together. */
#define CC_TOGETHER 8

#define CC_STAGED_VALUES(name, P, NF, NG, NH)                                                                          \
    CC_INLINE void CC_W(name##_together)(const V *th, const double *x, size_t stride, double *f, double *g, size_t n)  \
    {                                                                                                                  \
        V held[CC_TOGETHER][NH];                                                                                       \
        for (size_t from = 0; from < n; from += CC_TOGETHER) {                                                         \
            size_t to = n - from < CC_TOGETHER ? n : from + CC_TOGETHER;                                               \
            for (size_t i = from; i < to; i++) {                                                                       \
                V point[NF];                                                                                           \
                for (size_t k = 0; k < (NF); k++) point[k] = CC_W(v_load)(x + (k * stride + i) * CC_WIDTH);            \
                CC_W(name##_first)(point, th, held[i - from]);                                                         \
            }                                                                                                          \
            for (size_t i = from; i < to; i++) CC_W(name##_next)(th, held[i - from]);                                  \
            for (size_t i = from; i < to; i++) {                                                                       \
                V point[NF], value, gradient[NG];                                                                      \
                for (size_t k = 0; k < (NF); k++) point[k] = CC_W(v_load)(x + (k * stride + i) * CC_WIDTH);            \
                CC_W(name##_last)(point, th, held[i - from], &value, gradient);                                        \
                CC_W(v_store)(f + i * CC_WIDTH, value);                                                                \
                for (size_t j = 0; g && j < (NG); j++) CC_W(v_store)(g + (i * (NG) + j) * CC_WIDTH, gradient[j]);      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    static void CC_W(name##_values)(const cc_curve *self, const double *x, size_t stride, const double *theta,         \
                                    double *f, double *g, size_t n)                                                    \
    {                                                                                                                  \
        (void)self;                                                                                                    \
        V th[P];                                                                                                       \
        for (int j = 0; j < (P); j++) th[j] = CC_W(v_load)(theta + j * CC_WIDTH);                                      \
        if (g)                                                                                                         \
            CC_W(name##_together)(th, x, stride, f, g, n);                                                             \
        else                                                                                                           \
            CC_W(name##_together)(th, x, stride, f, NULL, n);                                                          \
    }

#endif
