// SPDX-License-Identifier: GPL-3.0-or-later
/* examples.h - an S-curve and an experience curve as examples: places, true parameters, errors. */
#ifndef EXAMPLES_H
#define EXAMPLES_H

#include "series.h"

static const double LOGISTIC[] = {12, 0.45, 14}, WRIGHT[] = {100, 0.32};

static inline void make_logistic(data *d, size_t n, double sd, uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) d->x[i] = (double)i * 28 / (double)(n - 1);
    simulate(cc_curve_find("logistic"), CC_ADDITIVE, LOGISTIC, sd, &seed, d);
}

static inline void make_wright(data *d, size_t n, double sd, uint64_t seed)
{
    data_clear(d, n);
    for (size_t i = 0; i < n; i++) d->x[i] = 3 * pow(1.4, (double)i);
    simulate(cc_curve_find("wright"), CC_MULTIPLICATIVE, WRIGHT, sd, &seed, d);
}

#endif
