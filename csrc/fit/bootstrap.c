// SPDX-License-Identifier: GPL-3.0-or-later
/* bootstrap.c - draws series like the one that was fitted, and refits them from where the fit ended, a lane each.
 *
 * Residuals are those on the error model's scale times the root of their weight, centred, and inflated by sqrt(n/(n - k)) because
 * a fit makes its own residuals too small. A prior is an observation of its parameter, so it is drawn anew as well. Every refit starts
 * where, to first order, it will end. Nothing is allocated between replicates.
 */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curves/families.h"
#include "fit/random.h"
#include "fit/rows.h"

enum { LANES = 4 };

/* A factor further from 1 than e to this is not foreseen. */
static const double FAR = 2;

typedef struct place {
    double x;
    size_t point;
} place;

struct cc_bootstrap {
    const cc_curve *curve;
    cc_options options;
    size_t n, width;
    cc_fitter *fitter;
    cc_rows *rows;
    cc_series fitted;
    cc_bootstrap_kind kind;
    bool in_place; /* drawn rows stay where they are and are counted in their weight */
    size_t degrees, block;
    double s;         /* of a point of weight 1 */
    double *residual; /* (n_used): standardised, in the order of `order` */
    place *order;     /* (n_used): the used points along the first regressor */
    unsigned *drawn;  /* (n): how often a row was drawn */
    double theta[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], upper[CC_MAX_PARAMS];
    double *lane[LANES]; /* x (r,n), y (n), w (n), prior mean (p) of each replicate in flight */
    bool foreseen;       /* whether `move` is known */
    double scale;        /* of a robust loss */
    double *move;        /* (n_used,k): of the free parameters by a unit of each score */
    double *score;       /* (n): of each point in the replicate being drawn, by its index */
    double start[LANES][CC_MAX_PARAMS];
    cc_result result[LANES];
    bool too_few[LANES]; /* fewer different rows were drawn than there are parameters to estimate */
    double *memory;
};

cc_bootstrap *cc_bootstrap_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    *status = CC_NOMEM;
    cc_bootstrap *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->curve = curve;
    self->options = *options;
    self->n = n;
    self->fitter = cc_fitter_alloc(curve, n, options, status);
    self->rows = cc_rows_alloc(curve, n, options, status);
    size_t lane = (curve->r + 2) * n + curve->p;
    self->memory = calloc(LANES * lane + (2 + curve->p) * n + 1, sizeof *self->memory);
    self->order = calloc(n + 1, sizeof *self->order);
    self->drawn = calloc(n + 1, sizeof *self->drawn);
    if (!self->fitter || !self->rows || !self->memory || !self->order || !self->drawn) {
        *status = CC_NOMEM;
        cc_bootstrap_free(self);
        return NULL;
    }
    for (size_t k = 0; k < LANES; k++) self->lane[k] = self->memory + k * lane;
    self->residual = self->memory + LANES * lane;
    self->score = self->residual + n;
    self->move = self->score + n;
    self->width = cc_fitter_width(self->fitter);
    *status = CC_OK;
    return self;
}

void cc_bootstrap_free(cc_bootstrap *self)
{
    if (!self) return;
    cc_fitter_free(self->fitter);
    cc_rows_free(self->rows);
    free(self->memory);
    free(self->order);
    free(self->drawn);
    free(self);
}

size_t cc_bootstrap_width(const cc_bootstrap *self)
{
    return self->width;
}

static int along(const void *a, const void *b)
{
    const place *left = a, *right = b;
    if (left->x != right->x) return left->x < right->x ? -1 : 1;
    return (left->point > right->point) - (left->point < right->point);
}

/* Used points along the first regressor; equal ones as they came. */
static void sort_points(cc_bootstrap *self)
{
    size_t m = self->rows->n_used;
    for (size_t k = 0; k < m; k++) {
        size_t i = self->rows->used[k];
        self->order[k] = (place){self->fitted.x[i], i};
    }
    qsort(self->order, m, sizeof *self->order, along);
}

static void standardise(cc_bootstrap *self)
{
    const cc_rows *rows = self->rows;
    size_t m = rows->n_used;
    double mean = 0, inflation = self->degrees ? sqrt((double)m / (double)self->degrees) : 1;
    for (size_t k = 0; k < m; k++) {
        size_t i = self->order[k].point;
        self->residual[k] = sqrt(rows->weight[i]) * rows->residual[i];
        mean += self->residual[k] / (double)m;
    }
    for (size_t k = 0; k < m; k++) self->residual[k] = inflation * (self->residual[k] - mean);
}

/* What each point's score does to the parameters, to first order. */
static void learn_moves(cc_bootstrap *self)
{
    cc_rows *rows = self->rows;
    double factor[CC_MAX_PARAMS * CC_MAX_PARAMS], variance = self->options.weights_known ? 1 : self->s * self->s;
    self->scale = self->options.loss == CC_LINEAR ? 1 : cc_rows_scale(rows);
    self->foreseen = cc_rows_factor(rows, &self->fitted, NULL, variance) && cc_rows_bread(rows, self->scale, factor);
    for (size_t m = 0; m < rows->n_used && self->foreseen; m++) {
        double *move = self->move + m * rows->n_columns;
        memcpy(move, rows->q + m * rows->n_columns, rows->n_columns * sizeof *move);
        cc_rows_solve(rows, factor, move);
    }
}

cc_status cc_bootstrap_begin(cc_bootstrap *self, const cc_series *fitted, cc_bootstrap_kind kind)
{
    const cc_curve *curve = self->curve;
    bool binomial = self->options.error_model == CC_BINOMIAL, known = self->options.weights_known;
    self->fitted = *fitted;
    self->kind = kind;
    self->rows->n_used = 0;
    if (kind < CC_PAIRS || kind > CC_PREDICTIVE) return CC_BAD_OPTION;
    /* what is left of a share is no draw of a share */
    if (binomial && (kind == CC_RESIDUAL || kind == CC_BLOCK)) return CC_BAD_OPTION;
    for (size_t j = 0; j < curve->p; j++) {
        if (!isfinite(fitted->start[j])) return CC_NO_FIT;
        cc_box(curve, fitted, j, &self->lower[j], &self->upper[j]);
        self->theta[j] = fmin(fmax(fitted->start[j], self->lower[j]), self->upper[j]);
        if (cc_held(curve, fitted, j)) self->lower[j] = self->upper[j] = self->theta[j];
    }
    self->fitted.start = self->theta;
    self->fitted.lower = self->lower;
    self->fitted.upper = self->upper;
    cc_status status = cc_rows_jacobian(self->rows, &self->fitted);
    if (status != CC_OK) return status;
    cc_fit(self->fitter, &self->fitted, 1, self->result);
    if (self->result->status < 0) return self->result->status;
    size_t m = self->rows->n_used, k = self->rows->n_free;
    self->degrees = m > k ? m - k : 0;
    if (kind != CC_PAIRS && !binomial && !self->degrees && !(known && kind >= CC_PARAMETRIC)) return CC_TOO_FEW;
    self->s = self->result->info[CC_INFO_S];
    if (self->options.loss != CC_LINEAR) self->s = cc_rows_spread(self->rows);
    if (known) self->s = 1;
    self->block = (size_t)ceil(cbrt((double)m));
    /* a feature stage of its own may look at other rows: then rows are not moved */
    self->in_place = curve->features && curve->features != cc_log_features;
    if (self->in_place && kind == CC_PAIRS && self->options.loss != CC_LINEAR) return CC_BAD_OPTION;
    sort_points(self);
    if (!binomial) standardise(self);
    learn_moves(self);
    return CC_OK;
}

/* ---- one replicate ------------------------------------------------------------------------------- */

/* A location plus an error as an observation, inside the range of the error model. */
static double observation(const cc_bootstrap *self, double z)
{
    double upper = self->options.upper;
    switch (self->options.error_model) {
    case CC_MULTIPLICATIVE:
        return exp(z);
    case CC_LOGIT:
        return fmin(upper / (1 + exp(-z)), nextafter(upper, 0));
    default:
        return z;
    }
}

/* What a standardised error says: itself, less where it is large under a robust loss. */
static double score_of(const cc_bootstrap *self, double error)
{
    double slope;
    return self->scale * cc_psi(self->options.loss, error / self->scale, &slope);
}

/* Where, to first order, the replicate whose scores stand will have its parameters; at the fit where that is far away. A parameter
 * that cannot be negative moves by a factor. */
static void foresee(const cc_bootstrap *self, double *start)
{
    const cc_rows *rows = self->rows;
    size_t k = rows->n_columns;
    double delta[CC_MAX_PARAMS] = {0};
    memcpy(start, self->theta, sizeof self->theta);
    if (!self->foreseen) return;
    for (size_t m = 0; m < rows->n_used; m++)
        for (size_t c = 0; c < k; c++) delta[c] += self->move[m * k + c] * self->score[rows->used[m]];
    for (size_t c = 0; c < k; c++) {
        size_t j = rows->column[c];
        double at = self->theta[j], share = delta[c] / at;
        start[j] = self->curve->params[j].lower >= 0 ? at * exp(share) : at + delta[c];
        bool near = self->curve->params[j].lower >= 0 ? fabs(share) < FAR : isfinite(delta[c]);
        if (near && start[j] > self->lower[j] && start[j] < self->upper[j]) continue;
        memcpy(start, self->theta, sizeof self->theta);
        return;
    }
}

/* Returns how many different rows were drawn. */
static size_t draw_pairs(cc_bootstrap *self, gsl_rng *random, double *x, double *y, double *w)
{
    const cc_series *fitted = &self->fitted;
    size_t n = self->n, r = self->curve->r, m = self->rows->n_used, next = 0, different = 0;
    memset(self->drawn, 0, n * sizeof *self->drawn);
    for (size_t k = 0; k < m; k++) self->drawn[self->rows->used[gsl_rng_uniform_int(random, m)]]++;
    for (size_t i = 0; i < n; i++) {
        different += self->drawn[i] > 0;
        self->score[i] =
            self->drawn[i] ? self->drawn[i] * score_of(self, sqrt(self->rows->weight[i]) * self->rows->residual[i]) : 0;
        if (self->in_place) {
            y[i] = fitted->y[i];
            w[i] = self->drawn[i] ? fitted->w[i] * self->drawn[i] : 0;
            for (size_t k = 0; k < r; k++) x[k * n + i] = fitted->x[k * n + i];
            continue;
        }
        /* in the order of the series, so that a series stays ordered */
        for (unsigned c = 0; c < self->drawn[i]; c++, next++) {
            y[next] = fitted->y[i];
            w[next] = fitted->w[i];
            for (size_t k = 0; k < r; k++) x[k * n + next] = fitted->x[k * n + i];
        }
    }
    for (; next < n && !self->in_place; next++) {
        y[next] = NAN;
        w[next] = 0;
        for (size_t k = 0; k < r; k++) x[k * n + next] = NAN;
    }
    return different;
}

/* Shares of successes in as many trials as the weight says. */
static void draw_shares(cc_bootstrap *self, gsl_rng *random, double *y)
{
    for (size_t k = 0; k < self->rows->n_used; k++) {
        size_t i = self->order[k].point;
        double trials = fmin(round(self->fitted.w[i]), 4e9);
        double share = fmin(fmax(self->rows->location[i] / self->options.upper, 0), 1);
        y[i] = trials >= 1 ? self->options.upper * gsl_ran_binomial(random, share, (unsigned)trials) / trials : NAN;
        self->score[i] = trials >= 1 ? sqrt(self->rows->weight[i]) * (y[i] - self->rows->location[i]) : 0;
    }
}

static void draw_errors(cc_bootstrap *self, gsl_rng *random, double *y)
{
    const cc_rows *rows = self->rows;
    size_t m = rows->n_used, start = 0;
    double size = self->s, degrees = (double)self->degrees;
    if (self->kind == CC_PREDICTIVE && !self->options.weights_known)
        size *= sqrt(degrees / gsl_ran_chisq(random, degrees));
    for (size_t k = 0; k < m; k++) {
        double error;
        if (self->kind == CC_RESIDUAL) {
            error = self->residual[gsl_rng_uniform_int(random, m)];
        } else if (self->kind == CC_BLOCK) {
            if (k % self->block == 0) start = gsl_rng_uniform_int(random, m);
            error = self->residual[(start + k % self->block) % m];
        } else {
            error = size * gsl_ran_gaussian_ziggurat(random, 1);
        }
        size_t i = self->order[k].point;
        y[i] = observation(self, rows->location[i] + error / sqrt(rows->weight[i]));
        self->score[i] = score_of(self, error);
    }
}

/* Draws one series into a lane. */
static cc_series draw(cc_bootstrap *self, int64_t seed, size_t lane)
{
    size_t n = self->n, p = self->curve->p, r = self->curve->r, worth = self->rows->n_used;
    double *x = self->lane[lane], *y = x + r * n, *w = y + n, *prior_mean = w + n;
    cc_random state;
    cc_random_seed(&state, seed);
    gsl_rng random = cc_random_source(&state);
    cc_series series = self->fitted;
    if (self->kind == CC_PAIRS) {
        worth = draw_pairs(self, &random, x, y, w);
        series.x = x;
        series.w = w;
    } else {
        for (size_t i = 0; i < n; i++) y[i] = NAN;
        if (self->options.error_model == CC_BINOMIAL)
            draw_shares(self, &random, y);
        else
            draw_errors(self, &random, y);
    }
    for (size_t j = 0; j < p; j++) {
        double centre = self->kind == CC_PAIRS ? self->fitted.prior_mean[j] : self->theta[j],
               sd = self->fitted.prior_sd[j];
        worth += sd > 0 && self->lower[j] < self->upper[j];
        prior_mean[j] = sd > 0 ? centre + sd * gsl_ran_gaussian_ziggurat(&random, 1) : self->fitted.prior_mean[j];
    }
    self->too_few[lane] = worth < self->rows->n_free;
    foresee(self, self->start[lane]);
    series.start = self->start[lane];
    series.y = y;
    series.prior_mean = prior_mean;
    return series;
}

void cc_bootstrap_draw(cc_bootstrap *self, const int64_t *seed, size_t count, double *theta, int64_t *status)
{
    cc_series series[LANES] = {{0}};
    size_t p = self->curve->p;
    for (size_t k = 0; k < count; k++) series[k] = draw(self, seed[k], k);
    cc_fit(self->fitter, series, count, self->result);
    for (size_t k = 0; k < count; k++) {
        memcpy(theta + k * p, self->result[k].theta, p * sizeof *theta);
        status[k] = self->too_few[k] ? CC_TOO_FEW : self->result[k].status;
        for (size_t j = 0; j < p && self->too_few[k]; j++) theta[k * p + j] = NAN;
    }
}
