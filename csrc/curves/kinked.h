// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked.h - what the kinked experience curves and their search for breaks share. */
#ifndef CC_CURVES_KINKED_H
#define CC_CURVES_KINKED_H

#include "curvecast.h"

enum { CC_MOST_BREAKS = 5 };

/* Where the parameters of a curve with breaks 1, 2 ... stand: exponents before and after each break in turn. */
#define CC_EXPONENT(k) (2 * (k) - 1)
#define CC_BREAK(k) (2 * (k))

/* A slope changes over this distance in ln experience to either side of its break, along a parabola. Without it the objective would
 * have kinks wherever a break meets an observation, and its minimum often lies on one: no step could then show that it has come to
 * rest. So narrow a passage moves the curve by a quarter of a millionth of the change in slope at the most. */
#define CC_KINK 1e-6

/* Breaks are a doubling or more apart, but for rounding. */
#define CC_LEAST_DISTANCE 0.693147180

/* The search: sets of parameters (most,p), the best first. */
size_t cc_kinked_starts(const cc_curve *self, const cc_points *points, size_t most, double *start);
enum { CC_KINKED_WORK = 16 };

#endif
