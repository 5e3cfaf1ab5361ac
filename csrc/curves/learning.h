// SPDX-License-Identifier: GPL-3.0-or-later
/* learning.h - what experience curves share: learning rate and progress ratio, and an example of a growing industry. */
#ifndef CC_LEARNING_H
#define CC_LEARNING_H

#include "curves/families.h"

/* The first two derived quantities of a curve in which cost falls as something to the power of minus parameter `exponent`. */
#define CC_LEARNING_DERIVED(exponent)                                                                                  \
    {"learning_rate", "1", "fall of the cost with each doubling of experience, as a share", exponent},                 \
    {                                                                                                                  \
        "progress_ratio", "1", "cost after a doubling of experience as a share of the cost before", exponent           \
    }

/* Fills in both from the parameter that the curve says they depend on; gradients of all derived quantities are cleared. */
void cc_derive_learning(const cc_curve *self, const double *theta, double *value, double *gradient);

/* An industry over thirty years, its output growing fast at first and by fits and starts: any of the three may be NULL. */
void cc_example_industry(size_t n, double *time, double *output, double *experience);

#endif
