// SPDX-License-Identifier: GPL-3.0-or-later
/* curvecast.h - the public contract of the numeric core: curves, fits, forecast noise.
 *
 * No Python here. Errors travel as data: every function that can fail returns a cc_status, and what the
 * data cannot support travels beside the result as a set of notes. Nothing is global but constant tables.
 */
#ifndef CURVECAST_H
#define CURVECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CC_MAX_PARAMS = 24, CC_MAX_REGRESSORS = 16, CC_MAX_FEATURES = 16, CC_MAX_DERIVED = 16, CC_MAX_NODES = 12 };

/* Zero: a fit to rely on. Positive: usable, with a warning. Negative: no result, every number is NaN. */
typedef enum cc_status {
    CC_OK = 0,
    CC_NOT_CONVERGED = 1,
    CC_RANK_DEFICIENT = 2,
    CC_NO_OPTIMUM = 3,
    CC_TOO_FEW = -1,
    CC_BAD_SHAPE = -2,
    CC_CONSTANT = -3,
    CC_CONSTANT_REGRESSOR = -4,
    CC_DOMAIN = -5,
    CC_NONFINITE = -6,
    CC_NO_FIT = -7,
    CC_NOMEM = -8,
    CC_INTERRUPTED = -9,
    CC_BAD_OPTION = -10,
    CC_BAD_BOUNDS = -11
} cc_status;

typedef struct cc_status_text {
    cc_status status;
    const char *code, *sentence;
} cc_status_text;

/* What the data cannot support, one bit each; the table in status.c orders them, worst first. */
typedef enum cc_note {
    CC_NOTE_NOT_IDENTIFIED = 1 << 0,
    CC_NOTE_CEILING = 1 << 1,
    CC_NOTE_DID_NOT_CONVERGE = 1 << 2,
    CC_NOTE_AT_BOUND = 1 << 3,
    CC_NOTE_SEVERAL_MINIMA = 1 << 4,
    CC_NOTE_COLLINEAR = 1 << 5,
    CC_NOTE_OVERFLOW = 1 << 6,
    CC_NOTE_ONE_POINT = 1 << 7,
    CC_NOTE_AUTOCORRELATED = 1 << 8,
    CC_NOTE_FEW_POINTS = 1 << 9,
    CC_NOTE_REFEREE = 1 << 10,
    CC_NOTE_CONSTANT = 1 << 11,
    CC_NOTE_BREAK = 1 << 12
} cc_note;

typedef struct cc_note_text {
    cc_note note;
    const char *code, *severity, *sentence;
} cc_note_text;

const cc_status_text *cc_statuses(size_t *count);
const cc_note_text *cc_notes(size_t *count);

/* How observations scatter about the curve: the scale on which residuals are formed. */
typedef enum cc_error_model { CC_ADDITIVE = 0, CC_MULTIPLICATIVE = 1, CC_LOGIT = 2, CC_BINOMIAL = 3 } cc_error_model;

typedef enum cc_loss { CC_LINEAR = 0, CC_HUBER = 1, CC_SOFT_L1 = 2, CC_CAUCHY = 3 } cc_loss;

/* ---- curves ------------------------------------------------------------------------------------ */

enum {
    /* enters f linearly, so the starts solve for it exactly */
    CC_LINEAR_LEVEL = 1 << 0,
    /* enters ln f linearly */
    CC_LINEAR_LOG = 1 << 1,
    /* a positive factor of f: its logarithm enters ln f linearly */
    CC_AMPLITUDE = 1 << 2,
    /* held at what the start finder says unless the user frees it with bounds or a start */
    CC_FIXED_BY_DEFAULT = 1 << 3,
    /* the level that f approaches, with CC_LINEAR_LEVEL: whether the data identify it is checked after every fit */
    CC_CEILING = 1 << 4,
    /* f is proportional to it, and no other parameter enters linearly: starts need no gradient */
    CC_FACTOR = 1 << 5,
    /* f is a quotient whose denominator it enters linearly, so the starts solve for it once that is multiplied out */
    CC_LINEAR_BELOW = 1 << 6,
    /* positive, and known to so many times rather than to so much: its Wald interval is formed on its logarithm */
    CC_LOG_INTERVAL = 1 << 7,
    /* a ceiling that counts from the other end of the data, as the curve may stand anywhere; from above it is a floor */
    CC_FROM_FLOOR = 1 << 8,
    /* a place along the first regressor, whose logarithm is the first feature, at which the curve changes its course: a note says where
     * the points end short of it */
    CC_BREAK = 1 << 9
};

typedef struct cc_param {
    const char *name, *unit, *meaning;
    double lower, upper;
    unsigned flags;
    /* the parameter is multiplied by (scale of y)^y_power (scale of x)^x_power when the data are rescaled */
    int y_power, x_power;
} cc_param;

/* Whether the Wald interval of a parameter is formed on its logarithm: amplitudes always enter through theirs. */
static inline bool cc_is_of_logarithm(const cc_param *param)
{
    return param->flags & (CC_LOG_INTERVAL | CC_AMPLITUDE);
}

/* What the start finder may know of a series: the ranges of its features and responses. Where a parameter enters the stage of
 * features, it is taken at the middle of its bounds, or at 1 where they are open. */
typedef struct cc_range {
    size_t n;
    double low[CC_MAX_FEATURES], high[CC_MAX_FEATURES]; /* of each feature */
    double step;                                        /* mean distance of the first regressor's points */
    double y_low, y_high, y_first, y_last;              /* first, last: in the order of the first regressor */
} cc_range;

/* A grid for the parameters that enter neither linearly nor as an amplitude. */
typedef struct cc_grid {
    int count[CC_MAX_PARAMS]; /* 0: solved for; 1 or more: the nodes below */
    double node[CC_MAX_PARAMS][CC_MAX_NODES];
} cc_grid;

typedef struct cc_derived {
    const char *name, *unit, *meaning;
    int of; /* the one parameter it depends on (its interval's ends are transformed), or -1 */
} cc_derived;

/* One series as a curve's own functions see it, in the scale of its lane. */
typedef struct cc_points {
    size_t n;
    const double *x;     /* the user's regressors (r,n) where a parameter enters the feature stage, else NULL */
    const double *z;     /* features (nf,n) */
    const double *y, *w; /* (n); weight 0: not used */
    const double *given; /* (p): starts of the user; NaN: open */
    bool near;           /* with CC_KINKS, where all kinks are given: they are not looked for elsewhere */
    double *lower,
        *higher; /* (p): the box; a curve with CC_KINKS may narrow it to what its best start presses against */
    const cc_range *range;
    double *work; /* (n, n_work) of the curve */
    bool wide;    /* the minimum below the first starts looks doubtful: see CC_WIDENS */
} cc_points;

struct cc_curve;

/* Curve values and gradient for points or series side by side in lanes of one width W:
 * x[(k*stride + i)*W + lane], theta[j*W + lane] -> f[i*W + lane], g[(i*(p + d) + j)*W + lane]; g may be NULL.
 * d is 0, or the number of features where a parameter enters the feature stage (CC_FEATURES_MOVE):
 * then the derivatives with respect to the features follow those with respect to the parameters. */
typedef void (*cc_values)(const struct cc_curve *self, const double *x, size_t stride, const double *theta, double *f,
                          double *g, size_t n);

enum { CC_WIDTHS = 3 }; /* lane widths 1, 2 and 4; a width that the target lacks is NULL */

enum {
    CC_LOG_KERNEL = 1 << 0,    /* the kernel gives ln f */
    CC_FEATURES_MOVE = 1 << 1, /* a parameter enters the feature stage */
    CC_POSITIVE_X = 1 << 2,    /* regressors must be positive, but for those in `any_sign`: elsewhere f is NaN */
    CC_RUGGED = 1 << 4,        /* the objective has many minima: a search needs many nodes */
    CC_COUPLED = 1 << 5,       /* it has winding valleys: a search needs walks from its nodes */
    CC_LOOKS_BACK = 1 << 6,    /* the feature stage walks the series: a point depends on the earlier ones */
    CC_KINKS = 1 << 7,         /* the objective has kinks, on which a walk would stall: see `starts` */
    /* `starts` is quick at first; it is asked for more where the minimum looks doubtful, or where it made as many as it could: there are
     * rivals then */
    CC_WIDENS = 1 << 8,
    CC_VAGUE = 1 << 9,  /* with CC_WIDENS: a scale that is hardly told from 0 makes a minimum look doubtful, too */
    CC_RESCALE = 1 << 3 /* y_power and x_power are filled in: y and all regressors may be multiplied */
};

/* A curve: constant data and functions. A file of curves ends in CC_FAMILY(...), which names them (curves/families.h). */
typedef struct cc_curve {
    const char *name, *title, *formula, *source, *when, *when_not;
    size_t p;
    const cc_param *params;
    size_t r;
    const char *const *regressors;
    unsigned any_sign; /* bit k: regressor k may have any sign although CC_POSITIVE_X is set */
    unsigned steady;   /* bit k: regressor k may be the same at every point, where it acts only together with others */
    size_t n_features; /* what the kernel sees; equals r where there is no feature stage */
    cc_error_model error_model;
    unsigned flags;
    cc_values values[CC_WIDTHS];
    /* Optional: the user's regressors x (r,n), rows in any order, to the kernel's z (nf,n). Where a parameter enters, dz (p,nf,n),
     * 0 before, receives the derivatives; dz is NULL where they are not wanted. Must be total: out-of-domain points give NaN. */
    void (*features)(const struct cc_curve *self, const double *x, size_t n, const double *theta, double *z,
                     double *dz);
    /* Grid for the start, from the ranges of the features. NULL where every parameter is solved for. */
    void (*grid)(const struct cc_curve *self, const cc_range *range, cc_grid *grid);
    /* Optional, where starts come from walking the points and not from a grid: up to `most` sets of parameters (most,p), the best
     * first, y and w on the scale of the kernel. Returns how many; 0 where it found none, then the grid is used. With CC_KINKS it
     * also leads from starts of the user to the minimum below them, and what it finds is taken as it is. */
    size_t (*starts)(const struct cc_curve *self, const cc_points *points, size_t most, double *start);
    size_t n_work; /* numbers a point that it may use as work space */
    /* Optional: the values at which CC_FIXED_BY_DEFAULT parameters are held, where a range is too little to tell: fills
     * theta (p); y is the level. */
    void (*held)(const struct cc_curve *self, const cc_points *points, double *theta);
    /* Optional, where y itself does not rise to the ceilings: which share of the one that is parameter `ceiling` the points have
     * seen, at theta (p). */
    double (*seen)(const struct cc_curve *self, const cc_points *points, const double *theta, size_t ceiling);
    /* Optional, where groups of parameters may change places (breaks): the first of them, how many each group has, and the one of
     * these by which a fit puts the groups in order, smallest first. */
    struct {
        size_t first, size, by;
    } alike;
    size_t n_derived;
    const cc_derived *derived;
    /* value[n_derived], gradient[n_derived][p] (row-major) */
    void (*derive)(const struct cc_curve *self, const double *theta, double *value, double *gradient);
    /* of a curve of one regressor, the first at which y is reached, NaN where it is not; NULL where there is no inverse */
    double (*inverse)(const struct cc_curve *self, double y, const double *theta);
    /* Optional, for curves of which too little is known for a grid: how many numbers in [0, 1) make a node of a search; the
     * shape that they make, in units of the ranges; and the parameters that that is. Those solved for are left alone. */
    size_t n_sought;
    void (*shape)(const struct cc_curve *self, const double *u, double *shape);
    void (*sought)(const struct cc_curve *self, const cc_range *range, const double *shape, double *theta);
    /* Optional, where parameters are CC_LINEAR_BELOW: numerator and denominator (n) at features x (nf,n) of one series. */
    void (*quotient)(const struct cc_curve *self, const double *x, const double *theta, double *above, double *below,
                     size_t n);
    /* A typical case, which documentation, tests and benchmarks use: parameters (p), and regressors x (r,n) for n points. */
    const double *example;
    void (*example_x)(const struct cc_curve *self, size_t n, double *x);
} cc_curve;

/* Whether regressor k must be positive. */
static inline bool cc_must_be_positive(const cc_curve *curve, size_t k)
{
    return (curve->flags & CC_POSITIVE_X) && !(curve->any_sign >> k & 1);
}

/* The curves in the order in which they are shown; NULL past the last, or where none has that name. */
const cc_curve *cc_curve_at(size_t k);
const cc_curve *cc_curve_find(const char *name);
/* "growth", "experience" and so on; NULL where the curve is not in the registry. */
const char *cc_curve_family(const cc_curve *curve);

/* ---- fits -------------------------------------------------------------------------------------- */

typedef struct cc_options {
    cc_error_model error_model;
    cc_loss loss;
    double loss_scale;  /* NaN: estimated */
    bool weights_known; /* weights are 1/sigma^2: the covariance is not rescaled */
    int max_iterations;
    double upper; /* logit and binomial: the natural ceiling of y */
    int width;    /* lane width 1, 2 or 4; 0: the widest that this machine has */
} cc_options;

enum { CC_OPTION_COUNT = 8 };
/* From the vector of the public calls; NaN means the curve's or the usual default. */
cc_status cc_options_read(const cc_curve *curve, const double *vector, size_t k, cc_options *out);

enum cc_info {
    CC_INFO_ITERATIONS,
    CC_INFO_MINIMA,
    CC_INFO_SHARE,
    CC_INFO_CONDITION,
    CC_INFO_S,
    CC_INFO_FREE,
    CC_INFO_STARTS,
    CC_INFO_BOUNDS,
    CC_INFO_COUNT
};

/* One series in, contiguous: x (r,n), y (n), w (n); start, lower, upper, prior_mean, prior_sd (p). NaN y or x, or
 * weight 0, drops a point; NaN start: find it; NaN bound: the curve's; lower == upper fixes; NaN prior_sd: none. */
typedef struct cc_series {
    const double *x, *y, *w, *start, *lower, *upper, *prior_mean, *prior_sd;
} cc_series;

typedef struct cc_result {
    double theta[CC_MAX_PARAMS];
    double cov[CC_MAX_PARAMS * CC_MAX_PARAMS]; /* p by p, row-major; NaN where the data support no standard error */
    double info[CC_INFO_COUNT];
    double objective;
    size_t n_used;
    cc_status status;
    unsigned notes;
} cc_result;

typedef struct cc_fitter cc_fitter; /* the work space of one thread for one curve and one number of points */

/* NULL when memory is short: *status is CC_NOMEM. Series of another shape than the curve's (r, p) are the caller's to refuse. */
cc_fitter *cc_fitter_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status);
void cc_fitter_free(cc_fitter *fitter);
/* How many series lie side by side in lanes, and how many one call of cc_fit takes at the most. */
size_t cc_fitter_width(const cc_fitter *fitter);
size_t cc_fitter_most(const cc_fitter *fitter);
/* Fits count series. Always fills every result; never fails as a whole. */
void cc_fit(cc_fitter *fitter, const cc_series *series, size_t count, cc_result *result);

/* Values f (n) and, where g is not NULL, gradient g (n,p) on the level scale at contiguous x (r,n). */
cc_status cc_evaluate(const cc_curve *curve, const double *x, size_t n, const double *theta, double *f, double *g);
/* The curve on the error model's scale and its delta-method standard error there. */
cc_status cc_band(const cc_curve *curve, const double *x, size_t n, const double *theta, const double *cov,
                  const cc_options *options, double *location, double *stderr_out);
/* Derived quantities with standard errors and ends at +/- `width` standard errors (transformed where possible). */
void cc_derive(const cc_curve *curve, const double *theta, const double *cov, double width, double *value,
               double *stderr_out, double *low, double *high);

/* ---- intervals and diagnostics: a fit's series again, with its parameters as the start --------- */

/* Where an end of a profile interval lies. */
typedef enum cc_profile_state {
    CC_PROFILE_NONE = 0,   /* held, or not asked for */
    CC_PROFILE_CLOSED = 1, /* the objective crosses the threshold there */
    CC_PROFILE_BOUND = 2,  /* it stays below it as far as the parameter's bound */
    CC_PROFILE_OPEN = 3,   /* it stays below it however far the search goes: the end is infinite */
    CC_PROFILE_LOST = 4    /* refits failed on the way: the end is NaN */
} cc_profile_state;

/* A parameter's status: the state of its low end, that of its high end shifted, and whether a lower objective than the
 * fit's was seen, at `best`: the interval is then one about a lesser minimum. */
enum { CC_PROFILE_HIGH_SHIFT = 4, CC_PROFILE_LOWER = 1 << 8 };

typedef struct cc_profile cc_profile; /* the work space of one thread for one curve and one number of points */
cc_profile *cc_profile_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status);
void cc_profile_free(cc_profile *profile);
/* Intervals at level[j], NaN to leave parameter j out. The arrays of `fitted` must outlive the steps. */
cc_status cc_profile_begin(cc_profile *profile, const cc_series *fitted, const double *level);
/* A few refits; false when there is nothing left to do. The number of steps is bounded. */
bool cc_profile_step(cc_profile *profile);
/* low, high, status, best (p). */
void cc_profile_result(const cc_profile *profile, double *low, double *high, int64_t *status, double *best);
/* How high the objective lies with one parameter held at low[j], or at high[j], and the others refitted from where the fit's
 * covariance leads: signed square roots of its rise, in units of the residual variance, which a linear curve's Wald ends have at the
 * quantile that they are formed with. NaN where low[j] or high[j] is, or the parameter is held; infinite where there is no refit. */
cc_status cc_profile_heights(cc_profile *profile, const cc_series *fitted, const double *low, const double *high,
                             double *low_height, double *high_height);

/* How replicates are drawn: rows; residuals; circular blocks of residuals of length n^(1/3), along the first regressor; normal
 * errors of the fit's own size; the same with the size drawn too, as the data leave it uncertain (scaled inverse chi-squared). */
typedef enum cc_bootstrap_kind {
    CC_PAIRS = 0,
    CC_RESIDUAL = 1,
    CC_BLOCK = 2,
    CC_PARAMETRIC = 3,
    CC_PREDICTIVE = 4
} cc_bootstrap_kind;

typedef struct cc_bootstrap cc_bootstrap; /* as cc_profile */
cc_bootstrap *cc_bootstrap_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status);
void cc_bootstrap_free(cc_bootstrap *bootstrap);
/* The arrays of `fitted` must outlive the draws. */
cc_status cc_bootstrap_begin(cc_bootstrap *bootstrap, const cc_series *fitted, cc_bootstrap_kind kind);
/* How many replicates one call draws at the most. */
size_t cc_bootstrap_width(const cc_bootstrap *bootstrap);
/* One replicate for each seed, a function of its own seed only: theta (count,p), status (count). */
void cc_bootstrap_draw(cc_bootstrap *bootstrap, const int64_t *seed, size_t count, double *theta, int64_t *status);

typedef struct cc_rows cc_rows; /* as cc_profile */
cc_rows *cc_rows_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status);
void cc_rows_free(cc_rows *rows);
/* Covariance (p,p) that does not take the scatter to be the same everywhere: HC0, HC1, HC2 or HC3 (kind 0 to 3). */
cc_status cc_sandwich(cc_rows *rows, const cc_series *fitted, int kind, double *cov);
/* dfbetas (n,p): how far each point moves each parameter, in standard errors; leverage (n); residual (n) on the error model's
 * scale, in units of the standard deviation of a point of weight 1. NaN for points not used and parameters held. */
cc_status cc_diagnose(cc_rows *rows, const cc_series *fitted, double *dfbetas, double *leverage, double *residual);

/* ---- several series that share parameters: one fit --------------------------------------------- */

typedef struct cc_shared cc_shared; /* the work space of one fit of so many series of n points each */
cc_shared *cc_shared_alloc(const cc_curve *curve, size_t blocks, size_t n, const cc_options *options,
                           cc_status *status);
void cc_shared_free(cc_shared *self);
/* shared[j]: parameter j is the same in every series. Every start is given. Losses other than the linear one are refused. The
 * arrays of `series` (blocks) must outlive the steps. */
cc_status cc_shared_begin(cc_shared *self, const cc_series *series, const bool *shared);
/* One step of the solver; false when there is nothing left to do. The number of steps is bounded. */
bool cc_shared_step(cc_shared *self);
/* theta (blocks,p); cov (blocks,p,p), the shared parameters in each; objective and n_used (blocks); info (CC_INFO_COUNT). A
 * negative status leaves them as they were. */
cc_status cc_shared_result(cc_shared *self, double *theta, double *cov, double *info, double *objective,
                           int64_t *n_used, unsigned *notes);

/* ---- noise: how forecasts err ------------------------------------------------------------------ */

/* On the scale that y already has, t increasing; horizon: time past the last point. See noise/walk.c. `window`: how many of
 * the last changes count, NaN for all; `ma`: theta; `sd`: of a change over a mean step; `drift`: per unit of time. */
cc_status cc_walk(const double *t, const double *y, size_t n, const double *horizon, size_t h, double ma, double window,
                  double *location, double *scale, double *df, double *drift, double *sd);
/* The same walk held to have no drift. */
cc_status cc_last_value(const double *t, const double *y, size_t n, const double *horizon, size_t h, double window,
                        double *location, double *scale, double *df, double *sd);
/* Finite mixtures of Student-t (df infinite: normal), see noise/mixture.c. */
double cc_mixture_cdf(const double *weight, const double *location, const double *scale, const double *df, size_t m,
                      double y);
double cc_mixture_logpdf(const double *weight, const double *location, const double *scale, const double *df, size_t m,
                         double y);
double cc_mixture_quantile(const double *weight, const double *location, const double *scale, const double *df,
                           size_t m, double p);

/* ---- learning: conventions of learning curves, and Wright's law in differences ------------------ */

/* The sum of i^power over the whole numbers from `from` to `to`, 1 or more; to rounding, however many. NaN where they are not such. */
double cc_sum_of_powers(double from, double to, double power);
/* The integral of x^power from `from` to `to`, both positive; NaN elsewhere. */
double cc_integral_of_powers(double from, double to, double power);
/* Output before the first point had it always grown at the rate between the first point and the last: first output over
 * growth per unit of time. Points in any order; NaN where output did not grow. */
double cc_initial_experience(const double *time, const double *output, size_t n);

/* y_t = -exponent x_t + v_t + ma v_(t-1): the variance of v is s^2, the deviance minus twice the log likelihood. */
typedef struct cc_difference {
    double exponent, stderr_of, s, ma, deviance;
} cc_difference;
/* Changes x of ln experience and y of ln cost (n); ma in [-1, 1], NaN: the likeliest. */
cc_status cc_difference_fit(const double *x, const double *y, size_t n, double ma, cc_difference *out);

#endif
