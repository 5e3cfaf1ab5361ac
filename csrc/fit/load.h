// SPDX-License-Identifier: GPL-3.0-or-later
/* load.h - what loading one series (load.c) and several plain ones at once (plain.c) share. */
#ifndef CC_FIT_LOAD_H
#define CC_FIT_LOAD_H

#include "fit/fitter.h"

/* What one pass over the usable points of a series tells. */
typedef struct cc_extent {
    size_t n_used;
    double y_low, y_high, w_largest;
    double x_low[CC_MAX_REGRESSORS], x_high[CC_MAX_REGRESSORS];
} cc_extent;

/* Sizes into the lane; the status of a series that cannot be fitted at all. */
cc_status cc_judge(const cc_fitter *fitter, const cc_extent *extent, cc_lane *lane);
/* Exponents of the scales of y and x into the lane, that of the weights as value. */
int cc_choose_scales(const cc_fitter *fitter, cc_lane *lane);
/* Bounds, given starts and priors in the scale of the lane. */
cc_status cc_load_box(cc_fitter *fitter, int at, const cc_series *series, cc_lane *lane);
/* Parameters that are held at what the start finder says; the scale of a robust loss. */
void cc_load_rest(cc_fitter *fitter, int at, const cc_series *series, cc_lane *lane);
void cc_load_idle(cc_fitter *fitter, int at);

/* Whether the curve's series can be loaded several at once, if they have no gap. */
bool cc_plain_curve(const cc_curve *curve);
/* Loads those of W series that have no gap; `done` (W) says which. */
typedef void (*cc_plain_fn)(cc_fitter *fitter, const cc_series *series, size_t count, bool *done);
/* From observations on the scale of the residuals to those on which starts are sought, in the thinned copy. */
typedef void (*cc_thinned_fn)(cc_fitter *fitter);
CC_DECLARE_WIDTHS(cc_plain_fn, cc_plain);
CC_DECLARE_WIDTHS(cc_thinned_fn, cc_thinned);

#endif
