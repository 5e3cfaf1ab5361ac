// SPDX-License-Identifier: GPL-3.0-or-later
/* arrow.h - least squares whose Jacobian is an arrow: a block of rows for each series, with columns of its own, and columns that
 * all blocks share.
 */
#ifndef CC_FIT_ARROW_H
#define CC_FIT_ARROW_H

#include "curvecast.h"

/* Arrays of pairs (block, column) have an entry for every column of every block; a shared column's is the same in all. */
typedef struct cc_arrow {
    size_t blocks, rows, p; /* rows of one block */
    bool shared[CC_MAX_PARAMS];
    double *jacobian, *residual;    /* (blocks,rows,p), (blocks,rows), weighted; rows of 0 stand for points not used */
    double *prior, *prior_residual; /* (blocks,p): root of a prior's weight, 0 for none, and that times its distance */
    double *scale;                  /* (blocks,p): lengths by which columns are divided */
    bool *free;                     /* (blocks,p): columns that may move */
    /* what the reduction leaves */
    double *own; /* (blocks,p,p+1): triangle of the own columns, their rows of the shared ones, right-hand side */
    double *top; /* (p,p+1): triangle of the shared columns, right-hand side */
    double *work;
} cc_arrow;

/* Work space for these sizes; false when memory is short. Either way free it with cc_arrow_free. */
bool cc_arrow_alloc(cc_arrow *arrow, size_t blocks, size_t rows, size_t p);
void cc_arrow_free(cc_arrow *arrow);
/* Lengths of the columns, priors included. */
void cc_arrow_lengths(const cc_arrow *arrow, double *length);
/* QR, block by block, of the free columns, with damping times the unit matrix below them; `moved` (blocks,p) holds what columns
 * that are not free move by. */
void cc_arrow_reduce(cc_arrow *arrow, double damping, const double *moved);
/* The step of the free columns; the others' entries stay. A column that the rest determine takes no step. */
void cc_arrow_solve(const cc_arrow *arrow, double *step);
/* By how much the step lowers the sum of squares. */
double cc_arrow_promise(const cc_arrow *arrow, const double *step);
/* For unit variance: covariance (blocks,p,p) of each block's columns, 0 outside the free ones, and their variances in units of those
 * that they would have alone (blocks,p). */
void cc_arrow_covariance(const cc_arrow *arrow, double *cov, double *inflation);

#endif
