// SPDX-License-Identifier: GPL-3.0-or-later
/* rows.h - residuals and Jacobian of one series at given parameters: what intervals and diagnostics share. */
#ifndef CC_FIT_ROWS_H
#define CC_FIT_ROWS_H

#include "curvecast.h"

struct cc_rows {
    const cc_curve *curve;
    cc_options options;
    size_t n, n_used, n_free; /* free: estimated, at a bound or not */
    size_t *used;             /* (n_used): the usable points, in the order of the series */
    double *location;         /* (n): the curve on the scale of the residuals */
    double *residual;         /* (n): observation less curve on that scale; NaN where a point is not used */
    double *weight;           /* (n): as given; under a binomial error model, of Fisher scoring */
    double *work;             /* (n) */
    /* Left by cc_rows_jacobian and cc_rows_factor. */
    double *gradient;                        /* (n,p) on the scale of the residuals */
    size_t n_columns, n_rows;                /* of Q: rows are the used points, then the priors */
    size_t column[CC_MAX_PARAMS];            /* the parameter behind each column: free and not at a bound */
    double *q;                               /* (n_rows,n_columns) */
    double r[CC_MAX_PARAMS * CC_MAX_PARAMS]; /* upper factor of the Jacobian with columns of length 1, row-major */
    double norm[CC_MAX_PARAMS];
};

/* Whether the parameter is not estimated: equal bounds, or held by default and not freed by a bound. */
bool cc_held(const cc_curve *curve, const cc_series *series, size_t j);
/* Its bounds, the curve's where none is given. */
void cc_box(const cc_curve *curve, const cc_series *series, size_t j, double *lower, double *upper);

/* Points, locations and residuals at series->start, which holds every parameter. */
cc_status cc_rows_at(cc_rows *rows, const cc_series *series);
/* The gradient as well. */
cc_status cc_rows_jacobian(cc_rows *rows, const cc_series *series);
/* Weighted sum of squared residuals. */
double cc_rows_squares(const cc_rows *rows);
/* cc_spread of the residuals: a standard deviation that outliers do not move. */
double cc_rows_spread(cc_rows *rows);
/* Scale of a robust loss: the one given, or the above. */
double cc_rows_scale(cc_rows *rows);

/* Thin QR of the rows sqrt(weight_i * extra_i) g_i and one row for each prior, whose variance is `variance` times that of a point of
 * weight 1 for a standard deviation of 1; extra NULL: 1. Modified Gram-Schmidt, twice. False where a column is lost in rounding. */
bool cc_rows_factor(cc_rows *rows, const cc_series *series, const double *extra, double variance);
/* In place: the inverse of R times v, back in the units of the parameters. */
void cc_rows_unscale(const cc_rows *rows, double *v);
/* Row i of Q times the inverse of R, back in the units of the parameters: the move of the columns by a unit of that row. */
void cc_rows_move(const cc_rows *rows, size_t row, double *move);

/* A robust loss at u, a residual in units of the scale: its influence psi (u for least squares) and the slope of psi. */
double cc_psi(cc_loss loss, double u, double *slope);
/* Twice the loss itself, u^2 for least squares. */
double cc_rho(cc_loss loss, double u);
/* Slope of psi at every point (into rows->work, in the order of the series), and their mean. At the corner of Huber's loss it is
 * smoothed over the residuals around it. */
void cc_rows_slopes(cc_rows *rows, double scale);
double cc_rows_mean_slope(cc_rows *rows, double scale);

/* sum += weight * (row of Q)(row of Q)', the lower triangle. */
void cc_rows_add(const cc_rows *rows, size_t row, double weight, double *sum);
/* Cholesky factor of the bread of a sandwich in the coordinates of Q: the sum over the rows, under a robust loss weighted by the
 * slopes of psi at this scale. False where slopes that are negative too often leave none. */
bool cc_rows_bread(cc_rows *rows, double scale, double *factor);
/* In place: the inverse of the bread times v, back in the units of the parameters. */
void cc_rows_solve(const cc_rows *rows, const double *factor, double *v);

#endif
