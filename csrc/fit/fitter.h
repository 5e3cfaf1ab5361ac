// SPDX-License-Identifier: GPL-3.0-or-later
/* fitter.h - the work space of a fit, and the stages that fill it: load, search, settle, report. */
#ifndef CC_FIT_FITTER_H
#define CC_FIT_FITTER_H

#include "fit/internal.h"

/* What is known of one lane besides its numbers in the group. */
typedef struct cc_lane {
    cc_status status;
    size_t n_used, n_free;
    int y_exponent, x_exponent, row_exponent; /* powers of two taken out; row: of a weighted squared residual */
    double y_largest, x_largest, w_largest;   /* magnitudes; x: of the first regressor */
    bool constant_x;
    double given[CC_MAX_PARAMS]; /* starts given by the user, rescaled; NaN: find it */
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

struct cc_fitter {
    const cc_curve *curve;
    cc_options options;
    size_t n, n_coarse;
    int width;
    bool logarithmic; /* starts are solved for on ln y */
    cc_group full, coarse, single;
    size_t n_sought; /* points of `sought`, on which a curve without a grid looks for starts: one series in all lanes */
    cc_group sought;
    double *quotient;             /* work of that search: (n_sought, 2p + nf + 6) */
    double golden[CC_MAX_PARAMS]; /* steps of its sequence of nodes */
    double *shape;                /* of those nodes, (n_nodes, n_sought) */
    size_t n_nodes;
    cc_lane lane[CC_MAX_WIDTH];
    double *features; /* (nf,n): of the series being loaded */
    double *points;   /* ((nf + 2 + n_work),n): work of a curve's own functions; NULL where it has none */
    double *ordered;  /* ((r + 2),n): a series that was given in another order */
    size_t *used;     /* (n): indices of its usable points */
    double *memory;
};

/* order.c: the series with its points in the order of their regressors; true where that is another than the given one */
bool cc_put_in_order(cc_fitter *fitter, const cc_series *given, cc_series *ordered);
/* load.c */
void cc_load_lane(cc_fitter *fitter, int lane, const cc_series *series); /* NULL series: an idle lane */
void cc_load_coarse(cc_fitter *fitter);
void cc_load_single(cc_fitter *fitter, int lane);
/* seek.c: starts (CC_MAX_STARTS,p,W) of the lanes, from the coarse copy; wide: with more effort */
void cc_seek_plan(cc_fitter *fitter);
void cc_seek_prepare(cc_fitter *fitter);
void cc_seek(cc_fitter *fitter, const int *lanes, bool wide, double *start, int *n_starts);
/* search.c */
void cc_search(cc_fitter *fitter, const int *lanes, cc_found *found);
/* cc_spread of a lane whose values stand in the group */
double cc_lane_spread(const cc_fitter *fitter, int lane);
void cc_resolve(cc_fitter *fitter, const int *lanes, cc_found *found, double share);
/* settle.c: QR steps, then the referee; leaves the factor of the solution */
void cc_settle(cc_fitter *fitter, const int *lanes, cc_found *found, cc_factor *factor);
/* robust.c: factor->inverse becomes the covariance under a robust loss, in the units of the lane */
void cc_robust_covariance(cc_fitter *fitter, const double *theta, cc_factor *factor);
/* report.c */
void cc_report(const cc_fitter *fitter, int lane, const cc_found *found, const cc_factor *factor, cc_result *result);
void cc_no_result(const cc_curve *curve, cc_status status, cc_result *result);

#endif
