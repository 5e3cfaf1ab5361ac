// SPDX-License-Identifier: GPL-3.0-or-later
/* kernel.h - makes a curve's values function for the current lane width from its point kernel.
 *
 * A point kernel is one inline function, written once:
 *     CC_INLINE void CC_W(name_kernel)(const V *x, const V *theta, V *f, V *g)
 * x: the features of one point; theta: the parameters; f: the value (its logarithm with CC_LOG_KERNEL); g: the gradient.
 * CC_VALUES(name, P, NF, NG) walks it over the points; NG = P, or P + NF where a parameter enters the feature stage.
 */
#ifndef CC_KERNEL_H
#define CC_KERNEL_H

#define CC_VALUES(name, P, NF, NG)                                                                                     \
    static void CC_W(name##_values)(const cc_curve *self, const double *x, size_t stride, const double *theta,         \
                                    double *f, double *g, size_t n)                                                    \
    {                                                                                                                  \
        (void)self;                                                                                                    \
        V th[P];                                                                                                       \
        for (int j = 0; j < (P); j++) th[j] = CC_W(v_load)(theta + j * CC_WIDTH);                                      \
        for (size_t i = 0; i < n; i++) {                                                                               \
            V point[NF], value, gradient[NG];                                                                          \
            for (size_t k = 0; k < (NF); k++) point[k] = CC_W(v_load)(x + (k * stride + i) * CC_WIDTH);                \
            CC_W(name##_kernel)(point, th, &value, gradient);                                                          \
            CC_W(v_store)(f + i * CC_WIDTH, value);                                                                    \
            if (g)                                                                                                     \
                for (size_t j = 0; j < (NG); j++) CC_W(v_store)(g + (i * (NG) + j) * CC_WIDTH, gradient[j]);           \
        }                                                                                                              \
    }

#endif
