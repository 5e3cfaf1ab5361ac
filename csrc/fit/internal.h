// SPDX-License-Identifier: GPL-3.0-or-later
/* internal.h - what the files of fit/ share: the normal form, for several series side by side.
 *
 * A problem is residual rows and a box. Row i: sqrt(w_i) (y_i - h(f(x_i, theta))), h the map of the error model; a prior is one
 * more row; a robust loss is a weight of the row; a fixed parameter has equal bounds; a bound is an active set.
 * Everything of a lane lies W doubles apart: element e of lane l is a[e*W + l].
 */
#ifndef CC_FIT_INTERNAL_H
#define CC_FIT_INTERNAL_H

#include "curvecast.h"

enum { CC_MAX_WIDTH = 4, CC_TRIANGLE = CC_MAX_PARAMS * (CC_MAX_PARAMS + 1) / 2, CC_MAX_GRID = 160, CC_MAX_STARTS = 4 };
#define CC_TRI(a, b) ((a) * ((a) + 1) / 2 + (b)) /* packed lower triangle, a >= b */

/* From what the kernel gives to the scale of the residuals. */
typedef enum cc_map {
    CC_MAP_SAME,
    CC_MAP_LOG,
    CC_MAP_EXP,
    CC_MAP_LOGIT,
    CC_MAP_LOGIT_OF_EXP,
    CC_MAP_LEVEL_BINOMIAL
} cc_map;

typedef struct cc_group {
    const cc_curve *curve;
    size_t n, p, n_features, n_gradient;
    int width;
    cc_map map;
    cc_loss loss;
    double upper;  /* natural ceiling of y for the logit maps */
    double *raw;   /* per lane, contiguous: regressors (r,n), for feature stages in which parameters enter */
    double *x;     /* features (nf,n,W) */
    double *y, *w; /* (n,W): observations on the scale of the residuals; weights, 0 drops the row */
    double *lower, *upper_bound;       /* (p,W) */
    double *prior_mean, *prior_weight; /* (p,W); weight 0: no prior */
    double *loss_scale;                /* (W) */
    double *size, *count;              /* (W): sum of w y^2; points used */
    bool curved; /* A with the curvature of a robust loss, for steps; else with its weights, for covariances */
    double *f, *g, *row, *curvature; /* work: (n,W), (n,ng,W), (n,W), (n,W) */
    double *feature_gradient;        /* (W,p,nf,n), where a parameter enters the feature stage */
} cc_group;

cc_map cc_map_of(const cc_curve *curve, cc_error_model error_model);

/* Normal equations at theta (p,W): A (triangle,W) and b (p,W) of the step, objective (W). Leaves values in group->f, the
 * gradient in group->g and row weights in group->row, all on the scale of the residuals. */
typedef void (*cc_normal_fn)(const cc_group *group, const double *theta, double *a, double *b, double *objective);

/* Local minima of the grid, best first: start (CC_MAX_STARTS,p,W), n_starts (W). */
typedef struct cc_start_plan {
    cc_grid grid[CC_MAX_WIDTH];                        /* per lane; equal counts */
    unsigned char solved[CC_MAX_PARAMS][CC_MAX_WIDTH]; /* per lane: solved for at every node */
    bool logarithmic;                                  /* the sub-problem lives on ln y */
    size_t factor; /* the one parameter that is solved for, where the curve is proportional to it; else p */
} cc_start_plan;
typedef void (*cc_start_fn)(const cc_group *coarse, const cc_start_plan *plan, double *start, int *n_starts);

/* How near a walk goes, as shares of the residual variance: near enough for the steps of settle.c (3e-4 standard errors), or
 * to the end (1e-7 standard errors). */
#define CC_NEAR 1e-7
#define CC_SETTLED 1e-14
/* Walks of a search go so far that, once their last step is taken, most have settled. */
#define CC_WALKED 1e-11

/* Levenberg-Marquardt from theta (p,W), in place, for the lanes set in `lanes`. converged (W) 0/1: what a step would still
 * gain is below this share of the residual variance. */
typedef void (*cc_solve_fn)(const cc_group *group, double *theta, double *objective, int *iterations, int *converged,
                            const int *lanes, int max_iterations, double share);

/* One walk of many: the series in a lane of a group, and the start, whose parameters lie `stride` apart: the end takes its place. */
typedef struct cc_descent {
    const cc_group *group;
    int lane, stride;
    double *theta;
    const struct cc_descent *before; /* ended: the walk whose minimum is known when this one begins, or NULL */
    double objective;                /* infinite where there was nothing to walk on */
    int iterations, converged;
} cc_descent;

/* The same for any number of walks; `bench` is a group of the same shape, to whose lanes their series are copied in turn. */
typedef void (*cc_descend_fn)(const cc_group *bench, cc_descent *walks, size_t count, int max_iterations, double share);

/* Parameters that enter linearly and are solved for; `factor`: the one that the curve is proportional to, or p. */
typedef struct cc_linear {
    unsigned char solved[CC_MAX_PARAMS];
    size_t factor, count;
} cc_linear;

/* The objective (W) at theta (p,W) once those are solved for, in place; infinite where they cannot be. And the walk down from
 * there in the others. */
typedef void (*cc_project_fn)(const cc_group *group, const cc_linear *linear, double *theta, double *objective);
typedef void (*cc_separate_fn)(const cc_group *group, const cc_linear *linear, double *theta, double *objective,
                               int *iterations, int *converged, const int *lanes, int max_iterations);
/* Those with a flag: CC_LINEAR_LEVEL, or CC_LINEAR_LOG where the rows are logarithms. */
cc_linear cc_linear_of(const cc_curve *curve, unsigned flag, const double *given);

/* What a solution supports: covariance, the Gauss-Newton step that is left, and diagnostics, all on the free set. */
typedef struct cc_factor {
    double inverse[CC_TRIANGLE * CC_MAX_WIDTH];     /* covariance for unit variance, packed; 0 outside the free set */
    double inflation[CC_MAX_PARAMS * CC_MAX_WIDTH]; /* variance inflation of each parameter; 0 outside the free set */
    double step[CC_MAX_PARAMS * CC_MAX_WIDTH];      /* Gauss-Newton step */
    double decrement[CC_MAX_WIDTH];                 /* fall of the objective that it promises */
    double objective[CC_MAX_WIDTH];
    double influence[CC_MAX_WIDTH]; /* of the point that moves the most when left out: the square of that, against the
                                             sum of squares that is left without it */
    double autocorrelation[CC_MAX_WIDTH]; /* of neighbouring residuals, in standard deviations of white noise */
} cc_factor;
typedef void (*cc_factor_fn)(const cc_group *group, const double *theta, cc_factor *out);

/* Lane widths: 1, 2, and 4 where the machine has AVX2. Tables are indexed by width / 2. */
int cc_width_best(void);
bool cc_width_available(int width);

#define CC_DECLARE_WIDTHS(type, name) extern const type name##_table[CC_WIDTHS]
CC_DECLARE_WIDTHS(cc_normal_fn, cc_normal);
CC_DECLARE_WIDTHS(cc_start_fn, cc_start);
CC_DECLARE_WIDTHS(cc_solve_fn, cc_solve);
CC_DECLARE_WIDTHS(cc_descend_fn, cc_descend);
CC_DECLARE_WIDTHS(cc_project_fn, cc_project);
CC_DECLARE_WIDTHS(cc_separate_fn, cc_separate);
CC_DECLARE_WIDTHS(cc_factor_fn, cc_finish);    /* by the normal equations */
CC_DECLARE_WIDTHS(cc_factor_fn, cc_factorise); /* by QR */

/* Residuals below this share of the size of the data are rounding: no loss is scaled by them. */
#define CC_ROUNDING 1e-12

/* What a robust loss's scale is, unless given, in units of the spread of the residuals: at normal errors the estimate then has 95 % of
 * the efficiency of least squares (Holland and Welsch 1977). */
double cc_tuning(cc_loss loss);
/* That spread, as a standard deviation, of m weighted absolute residuals of a fit with k parameters: the k smallest, which the fit
 * may put at zero, are left out of the median. `size`: of the observations, whose rounding is the least. Changes their order. */
double cc_spread(double *residual, size_t m, size_t k, double size);
/* Window over which the corner of Huber's loss is smoothed, from its scale and the spread of n residuals: few lie within a narrow
 * corner, and the fit itself puts p of them at zero, so they are counted over the half-width at which a uniform kernel estimates a
 * density best (Silverman 1986, section 3.4.2). */
double cc_corner(double scale, double spread, size_t n);

/* The referee: GSL's trust region on a group of width 1; theta (p) in place. */
cc_status cc_referee(const cc_group *group, double *theta, double *objective, int max_iterations, int *iterations,
                     bool *converged);

#endif
