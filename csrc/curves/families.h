// SPDX-License-Identifier: GPL-3.0-or-later
/* families.h - what the files of curves end in, and the few pieces that they share. */
#ifndef CC_FAMILIES_H
#define CC_FAMILIES_H

#include "curvecast.h"

/* The curves of one file, and the family that they are shown in. */
typedef struct cc_family {
    const char *name, *file;
    const cc_curve *const *curves; /* NULL ends them */
} cc_family;

/* What a file of curves ends in: CC_FAMILY(experience, forgetting, &forgetting); in forgetting.c. The build finds such lines and
 * hands their second names to registry.c, so that a new file needs no other change. */
#define CC_FAMILY(name, file, ...)                                                                                     \
    const cc_family cc_family_##file = {#name, #file, (const cc_curve *const[]){__VA_ARGS__, NULL}}

/* The regressor of every curve in time: {"time"}. */
extern const char *const cc_time[1];

/* Feature stage of curves that see their regressors through logarithms. */
void cc_log_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz);

/* Grid nodes low + span*at[k] for a parameter that is a place on the time axis. */
void cc_grid_places(cc_grid *grid, int param, double low, double span, const double *at, int count);
/* Grid nodes unit*at[k] for a parameter that is a rate or a length. */
void cc_grid_multiples(cc_grid *grid, int param, double unit, const double *at, int count);

/* The median distance of neighbouring times, n of them in any order, gaps (NaN) and repetitions left out; NaN where there are
 * fewer than two. Unlike the mean it does not change when a row is missing. */
double cc_usual_step(const double *time, size_t n);

/* For start finders: up to `most` usable points as indices, evenly along the features whatever the order of the rows; returns how
 * many, 0 where there are none or memory is short. */
size_t cc_thin(const cc_curve *self, const cc_points *points, size_t most, size_t *which);
/* Puts theta (p) among the `count` starts kept so far, best first by `value`, of which there may be `most`; returns how many there
 * are then. A value that is no number is no start. */
size_t cc_keep_start(double *start, double *value, size_t count, size_t most, size_t p, const double *theta,
                     double own);

/* Examples of one regressor: thirty years from 2000, evenly; three decades of scale or experience from 10, evenly in logs. */
void cc_example_time(const cc_curve *self, size_t n, double *x);
void cc_example_scale(const cc_curve *self, size_t n, double *x);

#define CC_COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#endif
