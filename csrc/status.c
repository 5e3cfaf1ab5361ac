// SPDX-License-Identifier: GPL-3.0-or-later
/* status.c - the one place where statuses and notes have words. */
#include "curvecast.h"

static const cc_status_text statuses[] = {
    {CC_OK, "ok", "The fit converged."},
    {CC_NOT_CONVERGED, "not_converged",
     "The search stopped before it settled: treat the numbers as a starting point. Give start= or bounds=, or try a "
     "simpler curve."},
    {CC_RANK_DEFICIENT, "rank_deficient",
     "The data cannot tell some parameters apart; those have no standard error. Fix one of them or use a simpler "
     "curve."},
    {CC_NO_OPTIMUM, "no_optimum",
     "There is no best fit: it goes on improving as the ceiling grows without end. The curve near the points is a good "
     "one, "
     "its parameters mean nothing. Use a curve without a ceiling, or give one that is known, with fixed=, bounds= or "
     "prior=."},
    {CC_TOO_FEW, "too_few_points",
     "There are fewer usable points than free parameters. Add points, fix a parameter, or use a simpler curve."},
    {CC_BAD_SHAPE, "bad_shape", "The arrays do not have the shape that the curve asks for."},
    {CC_CONSTANT, "constant_series", "Every value of y is the same: there is no change to fit."},
    {CC_CONSTANT_REGRESSOR, "constant_regressor",
     "A regressor has the same value at every point. "
     "Leave it out of the curve, or add points at which it differs."},
    {CC_DOMAIN, "outside_domain",
     "A value lies where the curve or its error model is not defined (a logarithm of zero or less, or a share outside "
     "its limits). Remove such points or choose error_model=\"additive\"."},
    {CC_NONFINITE, "not_finite", "A value is infinite. Remove the point, or mark it missing with NaN."},
    {CC_NO_FIT, "no_fit",
     "No parameters were found at which the curve is finite at these points. Give start= or rescale the data."},
    {CC_NOMEM, "no_memory", "Memory ran out. Fit fewer series in one call."},
    {CC_INTERRUPTED, "interrupted", "The work was interrupted before this series was reached."},
    {CC_BAD_OPTION, "bad_option", "An option is unknown or out of range."},
    {CC_BAD_BOUNDS, "bad_bounds", "A lower bound lies above its upper bound, or a start lies outside the bounds."},
};

static const cc_note_text notes[] = {
    {CC_NOTE_NOT_IDENTIFIED, "not_identified", "error",
     "The data do not determine every parameter: several combinations fit equally well, so some standard errors are "
     "left out."},
    {CC_NOTE_DID_NOT_CONVERGE, "did_not_converge", "error",
     "The search did not settle on a best fit. There may be none: the fit may go on improving as a parameter grows "
     "without "
     "end."},
    {CC_NOTE_OVERFLOW, "overflow", "error", "Numbers outside the range of double precision turned up during the fit."},
    {CC_NOTE_CEILING, "ceiling_not_identified", "warning",
     "The data do not show where growth ends: a ceiling twice as high cannot be ruled out. Do not quote the ceiling; "
     "give "
     "one that is known, with fixed=, bounds= or prior=."},
    {CC_NOTE_AT_BOUND, "at_bound", "warning",
     "A parameter sits at its bound; it has no standard error, and the others take it as given."},
    {CC_NOTE_SEVERAL_MINIMA, "several_minima", "warning",
     "Quite different parameters fit almost as well; the best are reported. Small changes of the data may move the "
     "answer."},
    {CC_NOTE_COLLINEAR, "collinear", "warning",
     "Parameters offset each other almost exactly, or regressors move together: what each does alone is uncertain, "
     "although the curve fits the points."},
    {CC_NOTE_ONE_POINT, "one_point_decides", "warning",
     "One point decides the answer: without it the parameters would lie more than four standard errors away, or would "
     "hardly be known."},
    {CC_NOTE_AUTOCORRELATED, "autocorrelated", "warning",
     "Neighbouring residuals resemble each other: the standard errors are too small and the curve may be the wrong "
     "one."},
    {CC_NOTE_BREAK, "break_beyond_points", "warning",
     "A break lies at the edge of the points or beyond them: they show one side of it, and what the curve says of the "
     "other is a guess. Use a curve with fewer breaks, or keep it among the points with bounds=."},
    {CC_NOTE_CONSTANT, "no_better_than_constant", "warning",
     "A constant fits as well: what the curve explains of the scatter is no more than chance would. Do not read its "
     "parameters as a trend; more points, or a wider range of the regressor, may show one."},
    {CC_NOTE_FEW_POINTS, "few_points", "info",
     "There are hardly more points than parameters: the standard errors are themselves very uncertain."},
    {CC_NOTE_REFEREE, "referee", "info", "The fast solver passed this series on to the careful one (GSL)."},
};

const cc_status_text *cc_statuses(size_t *count)
{
    *count = sizeof statuses / sizeof *statuses;
    return statuses;
}

const cc_note_text *cc_notes(size_t *count)
{
    *count = sizeof notes / sizeof *notes;
    return notes;
}
