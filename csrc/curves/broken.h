// SPDX-License-Identifier: GPL-3.0-or-later
/* broken.h - what the files of the broken laws share. */
#ifndef CC_CURVES_BROKEN_H
#define CC_CURVES_BROKEN_H

#include "curvecast.h"

enum { CC_MOST_JOINED = 3 }; /* breaks of the longest of them */

static inline size_t cc_breaks_of(const cc_curve *self)
{
    return (self->p - 3) / 3;
}

/* broken_starts.c: `starts` of a curve. */
size_t cc_broken_starts(const cc_curve *self, const cc_points *points, size_t most, double *start);

#endif
