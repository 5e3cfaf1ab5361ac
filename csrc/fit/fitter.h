// SPDX-License-Identifier: GPL-3.0-or-later
/* fitter.h - the work space of a fit, and the stages that fill it: load, search, settle, report. */
#ifndef CC_FIT_FITTER_H
#define CC_FIT_FITTER_H

#include <math.h>
#include <string.h>

#include "fit/internal.h"

/* value * 2^exponent: ldexp, but inline where the factor has a double of its own. */
static inline double cc_scaled(double value, int exponent)
{
    if (exponent < -1000 || exponent > 1000) return ldexp(value, exponent);
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double factor;
    memcpy(&factor, &bits, sizeof factor);
    return value * factor;
}

/* What is known of one lane besides its numbers in the group. */
typedef struct cc_lane {
    cc_status status;
    size_t n_used, n_free;
    int y_exponent, x_exponent, row_exponent; /* powers of two taken out; row: of a weighted squared residual */
    double y_largest, x_largest, w_largest;   /* magnitudes; x: of the first regressor */
    bool constant_x;
    double given[CC_MAX_PARAMS]; /* starts given by the user, rescaled; NaN: find it */
    double box_low[CC_MAX_PARAMS],
        box_high[CC_MAX_PARAMS]; /* of a curve with CC_KINKS, before its search narrowed it */
    double prior_sd[CC_MAX_PARAMS];
    bool ordered; /* the first regressor never turns back, so neighbours are neighbours */
    cc_range range;
} cc_lane;

/* What the search found, per lane. */
typedef struct cc_found {
    double theta[CC_MAX_PARAMS * CC_MAX_WIDTH]; /* (p,W) */
    double objective[CC_MAX_WIDTH];
    int iterations[CC_MAX_WIDTH], starts[CC_MAX_WIDTH], minima[CC_MAX_WIDTH], at_best[CC_MAX_WIDTH];
    int converged[CC_MAX_WIDTH], refereed[CC_MAX_WIDTH];
    double begin[CC_MAX_PARAMS * CC_MAX_WIDTH]; /* the best start, (p,W) */
    double rival[CC_MAX_WIDTH]; /* rise of the deviance to the next best minimum; infinite without one */
} cc_found;

/* As many series as there are lanes. A fit takes several blocks, so that lanes have other walks to take up when theirs have ended. */
typedef struct cc_block {
    cc_group full;
    cc_lane lane[CC_MAX_WIDTH];
    int lanes[CC_MAX_WIDTH]; /* those with a series that can be fitted */
    double *start;           /* (CC_MAX_STARTS,p,W); after the walks, their ends */
    int n_starts[CC_MAX_WIDTH];
    int sought[CC_MAX_WIDTH]; /* those whose starts are sought more widely than on a grid */
    cc_descent *walk[2];      /* (n_walks): those from its best starts, and then from the others, lane by lane */
    size_t n_walks[2];
    cc_found found;
} cc_block;

enum { CC_MAX_BLOCKS = 8 };

struct cc_fitter {
    const cc_curve *curve;
    cc_options options;
    size_t n, n_coarse;
    int width;
    bool logarithmic;              /* starts are solved for on ln y */
    cc_group full, coarse, single; /* full: the block at hand */
    size_t n_blocks;
    cc_block *block;
    cc_group bench;   /* where series are walked */
    cc_descent *walk; /* (n_blocks * W * CC_MAX_STARTS) */
    size_t n_sought; /* points of `sought`, on which a curve without a grid looks for starts: one series in all lanes */
    cc_group sought;
    double *quotient;             /* work of that search: (n_sought, 2p + nf + 6) */
    double golden[CC_MAX_PARAMS]; /* steps of its sequence of nodes */
    double *shape;                /* of those nodes, (n_nodes, n_sought) */
    size_t n_nodes;
    cc_lane *lane;    /* (W): of the block at hand */
    double *features; /* (nf,n): of the series being loaded */
    double *points;   /* ((nf + 2 + n_work),n): work of a curve's own functions; NULL where it has none */
    double *ordered;  /* ((r + 2),n): a series that was given in another order */
    size_t *used;     /* (n): indices of its usable points */
    double *known;    /* (r+nf,n): regressors whose features were taken last, and these */
    bool is_known;    /* whether there are such */
    size_t *order;    /* (n): how the rows of the series before were put in order */
    double *memory;
};

/* order.c: whether points are in the order of their regressors, or need not be; the series with its points in the order of their regressors; true where that is another than the given one */
bool cc_in_order(const cc_fitter *fitter, const cc_series *series);
bool cc_put_in_order(cc_fitter *fitter, const cc_series *given, cc_series *ordered);
/* fit.c: makes a block the one at hand */
void cc_at_block(cc_fitter *fitter, size_t block);
/* load.c */
void cc_load_block(cc_fitter *fitter, const cc_series *series, size_t count);
void cc_load_lane(cc_fitter *fitter, int lane, const cc_series *series); /* NULL series: an idle lane */
void cc_load_coarse(cc_fitter *fitter);
void cc_load_single(cc_fitter *fitter, int lane);
/* seek.c: starts (CC_MAX_STARTS,p,W) of the lanes, from the coarse copy; wide: with more effort */
void cc_seek_plan(cc_fitter *fitter);
void cc_seek_prepare(cc_fitter *fitter);
void cc_seek(cc_fitter *fitter, const int *lanes, bool wide, double *start, int *n_starts);
/* search.c: starts of the block at hand; walks from those of the first `count` blocks; what the walks of the block at hand found */
void cc_search_begin(cc_fitter *fitter, cc_block *block);
void cc_search_walk(cc_fitter *fitter, size_t count);
void cc_search_end(cc_fitter *fitter, cc_block *block);
/* The scale of a robust loss that the data must give, and weights of priors, for the block at hand. */
void cc_search_weigh(cc_fitter *fitter, cc_block *block);
/* cc_spread of a lane whose values stand in the group */
double cc_lane_spread(const cc_fitter *fitter, int lane);
void cc_resolve(cc_fitter *fitter, const int *lanes, cc_found *found, double share);
/* kinks.c: leads `count` starts (count,p) of a curve with CC_KINKS down where least squares on the scale of its kernel is not what is
 * minimised, the best first, and narrows the box; returns how many there are then. And the same from where the lanes stand. */
size_t cc_kinks_refine(cc_fitter *fitter, int lane, cc_loss loss, double *own, size_t count, double *lower,
                       double *higher);
void cc_kinks_resolve(cc_fitter *fitter, const int *lanes, cc_found *found);
/* settle.c: QR steps, then the referee; leaves the factor of the solution */
void cc_settle(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor);
/* robust.c: factor->inverse becomes the covariance under a robust loss, in the units of the lane */
void cc_robust_covariance(cc_fitter *fitter, const double *theta, cc_factor *factor);
/* report.c */
void cc_report(const cc_fitter *fitter, int lane, const cc_found *found, const cc_factor *factor, cc_result *result);
void cc_no_result(const cc_curve *curve, cc_status status, cc_result *result);

#endif
