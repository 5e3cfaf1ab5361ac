// SPDX-License-Identifier: GPL-3.0-or-later
/* notes.h - what a solution says of the data that it was found from. */
#ifndef CC_FIT_NOTES_H
#define CC_FIT_NOTES_H

#include "fit/fitter.h"

/* The notes that do not need the covariance. */
unsigned cc_notes_of(const cc_fitter *fitter, int lane, const cc_found *found, const cc_factor *factor);
/* How much deviance a lane's objective has more than its `own`, both on the scale of the lane. */
double cc_rise(const cc_fitter *fitter, int lane, double own, double objective);
/* Refits with the ceiling held higher where it is in doubt. */
void cc_test_ceilings(cc_fitter *fitter, size_t count, const cc_found *found, cc_result *result);

#endif
