// SPDX-License-Identifier: GPL-3.0-or-later
/* profile_end.h - one end of one profile interval: where to look next, and what was found there. Knows no fitter. */
#ifndef CC_FIT_PROFILE_END_H
#define CC_FIT_PROFILE_END_H

#include "curvecast.h"

typedef enum cc_end_phase { CC_END_OUTWARD, CC_END_INSIDE, CC_END_CHECK, CC_END_DONE } cc_end_phase;

/* Where a refit starts: along the tangent of the solutions, at the neighbour's solution, or without starting values. */
typedef enum cc_end_look { CC_LOOK_TANGENT, CC_LOOK_NEAR, CC_LOOK_GLOBAL } cc_end_look;

/* A value of the parameter, the height of the objective there, and the solution. Heights are signed square roots of how far it
 * lies above its minimum: nearly linear in the parameter, and exactly so where the curve is; infinite where there is no fit. */
typedef struct cc_place {
    double at, height, theta[CC_MAX_PARAMS];
    bool sure; /* the refit converged: the height is no mere upper limit */
} cc_place;

typedef struct cc_end {
    size_t p, param;
    int side;             /* -1: the low end, 1: the high end */
    bool logarithmic;     /* places and distances are those of the parameter's logarithm */
    double crossing;      /* the height at which the interval ends */
    double centre, bound; /* where the parameter was estimated; the end of its box, as a value */
    double size, step;    /* of the parameter; a first distance: where a linear curve crosses */
    double limit;         /* as far out as the search goes */
    bool bounded;         /* the limit is the bound */
    cc_end_phase phase;
    cc_profile_state state;
    cc_end_look look;
    int evaluations, checks, slow, failures;
    double at;                       /* being looked at */
    cc_place inner, outer;           /* below the crossing; at or above it */
    cc_place found;                  /* the lowest seen at `at` so far */
    double false_inner, false_outer; /* heights as the regula falsi sees them */
    int moved;                       /* which of the two moved last: -1, 1 */
    double mark, mark_height;        /* a distance that the walk has come past, and the height there */
    double rise;                     /* of the height from mark to mark, per factor of e in distance */
    double flat, flat_height;        /* a distance since which the height has hardly changed, and that height */
    int approaches;                  /* steps towards a bound at which there is no fit */
    double tangent[CC_MAX_PARAMS];   /* of the solution along the parameter */
} cc_end;

/* Begins at theta; `size`, `step` and `tangent` (p, of the solution at the centre) are measured as places are. */
void cc_end_begin(cc_end *end, size_t p, size_t param, int side, const double *theta, bool logarithmic, double bound,
                  double size, double step, double crossing, const double *tangent);
/* The parameters to start the refit at end->at from, NaN for a global look; lower and upper as in a fit of the whole. */
void cc_end_propose(const cc_end *end, const double *lower, const double *upper, double *start);
/* The value of the parameter that is being looked at. */
double cc_end_at(const cc_end *end);
/* The refit at end->at: its height and parameters; an infinite height where there is none. A refit that is not `sure` may not have
 * reached the lowest height there. Chooses what comes next. */
void cc_end_absorb(cc_end *end, double height, bool sure, const double *theta);
/* The end of the interval: infinite where it is open, NaN where it was not found. */
double cc_end_value(const cc_end *end);

#endif
