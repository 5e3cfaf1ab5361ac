// SPDX-License-Identifier: GPL-3.0-or-later
/* notes.h - what a solution says of the data that it was found from. */
#ifndef CC_FIT_NOTES_H
#define CC_FIT_NOTES_H

#include "fit/fitter.h"

/* The notes that do not need the covariance. */
unsigned cc_notes_of(const cc_fitter *fitter, int lane, const cc_found *found, const cc_factor *factor);
/* Weighted squares of y about their mean, on the scale of the residuals; under binomial errors the deviance of one share for all. And what
 * the ends of a series alone bring of it under others, at little cost: of most series it is enough. */
double cc_scatter_about_constant(const cc_group *group, const double *weight, size_t lane);
double cc_scatter_of_ends(const cc_group *group, size_t lane);
/* How much deviance a lane's objective has more than its `own`, both on the scale of the lane. */
double cc_rise(const cc_fitter *fitter, int lane, double own, double objective);
/* Refits with the ceiling held higher where it is in doubt. */
void cc_test_ceilings(cc_fitter *fitter, size_t count, const cc_found *found, cc_result *result);

#endif
