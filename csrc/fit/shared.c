// SPDX-License-Identifier: GPL-3.0-or-later
/* shared.c - several series that have some parameters in common: one problem of least squares, solved by Levenberg-Marquardt.
 *
 * Damping as in solver.c; steps by the QR of an arrow (arrow.c), so that the work grows in proportion to the number of series.
 * Bounds are an active set. A walk ends in plain Gauss-Newton steps; it has converged when the step that is left would move the
 * answer by less than a ten-millionth of a standard error. Priors weigh against the scatter that the fit itself finds: then all of
 * it is done four times. The scatter is taken to be the same in every series unless weights say otherwise.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/arrow.h"
#include "fit/rows.h"

enum { BOX_ROUNDS = 4, PRIOR_ROUNDS = 4, SETTLING_STEPS = 100 };

static const double STANDARD_ERRORS_SQUARED = 1e-13;
static const double UNSUPPORTED = 1e9; /* as in report.c */
static const double COLLINEAR = 200;

typedef enum phase { WALK, SETTLE, DONE } phase;

struct cc_shared {
    const cc_curve *curve;
    cc_options options;
    size_t blocks, n, p, n_used, n_free;
    cc_rows *rows;
    cc_arrow arrow;
    const cc_series *series;                /* (blocks) */
    double *theta, *trial, *step, *largest; /* (blocks,p) */
    double *lower, *upper;                  /* (blocks,p) */
    double *prior_mean, *prior_sd;          /* (blocks,p); NaN sd: none */
    double *own_objective, *own_trial;      /* (blocks) */
    size_t *own_used;                       /* (blocks) */
    double *memory;
    double objective, damping, growth, left, size; /* left: fall that the last plain step promised; size: of the data */
    int iterations, settling, rounds;
    bool converged, no_memory;
    phase phase;
};

cc_shared *cc_shared_alloc(const cc_curve *curve, size_t blocks, size_t n, const cc_options *options, cc_status *status)
{
    *status = CC_NOMEM;
    cc_shared *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    size_t p = curve->p, pairs = blocks * p;
    self->curve = curve;
    self->options = *options;
    self->blocks = blocks;
    self->n = n;
    self->p = p;
    self->rows = cc_rows_alloc(curve, n, options, status);
    bool ready = cc_arrow_alloc(&self->arrow, blocks, n, p);
    self->memory = calloc(8 * pairs + 2 * blocks + 1, sizeof *self->memory);
    self->own_used = calloc(blocks + 1, sizeof *self->own_used);
    *status = CC_NOMEM;
    if (!self->rows || !ready || !self->memory || !self->own_used) {
        cc_shared_free(self);
        return NULL;
    }
    double **arrays[] = {&self->theta, &self->trial, &self->step,       &self->largest,
                         &self->lower, &self->upper, &self->prior_mean, &self->prior_sd};
    for (size_t k = 0; k < 8; k++) *arrays[k] = self->memory + k * pairs;
    self->own_objective = self->memory + 8 * pairs;
    self->own_trial = self->own_objective + blocks;
    *status = CC_OK;
    return self;
}

void cc_shared_free(cc_shared *self)
{
    if (!self) return;
    cc_rows_free(self->rows);
    cc_arrow_free(&self->arrow);
    free(self->memory);
    free(self->own_used);
    free(self);
}

/* ---- the objective ------------------------------------------------------------------------------- */

/* Deviance of the series whose rows stand in the work space. */
static double deviance(const cc_shared *self, const cc_series *series)
{
    double total = 0, upper = self->options.upper;
    for (size_t k = 0; k < self->rows->n_used; k++) {
        size_t i = self->rows->used[k];
        double y = series->y[i] / upper, f = self->rows->location[i] / upper;
        double hits = y > 0 ? y * log(y / f) : 0, misses = y < 1 ? (1 - y) * log((1 - y) / (1 - f)) : 0;
        total += 2 * series->w[i] * (hits + misses);
    }
    return total;
}

static void store_rows(cc_shared *self, size_t b)
{
    const cc_rows *rows = self->rows;
    size_t n = self->n, p = self->p;
    double *jacobian = self->arrow.jacobian + b * n * p, *residual = self->arrow.residual + b * n;
    memset(jacobian, 0, n * p * sizeof *jacobian);
    memset(residual, 0, n * sizeof *residual);
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        double root = sqrt(rows->weight[i]);
        residual[i] = root * rows->residual[i];
        for (size_t j = 0; j < p; j++) jacobian[i * p + j] = root * rows->gradient[i * p + j];
    }
}

static double prior_squares(cc_shared *self, const double *theta)
{
    double total = 0;
    for (size_t k = 0; k < self->blocks * self->p; k++) {
        double off = self->arrow.prior[k] * (self->prior_mean[k] - theta[k]);
        if (!(self->arrow.prior[k] > 0)) continue;
        self->arrow.prior_residual[k] = off;
        if (k < self->p || !self->arrow.shared[k % self->p]) total += off * off;
    }
    return total;
}

/* Objective at theta, infinite where it is not defined, and each series' part; with `keep`, rows and Jacobian as well. */
static double evaluate(cc_shared *self, const double *theta, bool keep, double *own)
{
    double total = 0;
    for (size_t b = 0; b < self->blocks; b++) {
        cc_series series = self->series[b];
        series.start = theta + b * self->p;
        cc_status status = keep ? cc_rows_jacobian(self->rows, &series) : cc_rows_at(self->rows, &series);
        self->no_memory = self->no_memory || status == CC_NOMEM;
        if (status != CC_OK) return INFINITY;
        own[b] = self->options.error_model == CC_BINOMIAL ? deviance(self, &series) : cc_rows_squares(self->rows);
        self->own_used[b] = self->rows->n_used;
        if (keep) store_rows(self, b);
        total += own[b];
    }
    total += prior_squares(self, theta);
    return total < INFINITY ? total : INFINITY;
}

/* Rows, Jacobian and the lengths of columns at theta. */
static bool look(cc_shared *self)
{
    self->objective = evaluate(self, self->theta, true, self->own_objective);
    if (!(self->objective < INFINITY)) return false;
    cc_arrow_lengths(&self->arrow, self->arrow.scale);
    for (size_t k = 0; k < self->blocks * self->p; k++) {
        double *scale = &self->arrow.scale[k];
        if (!isfinite(*scale)) return false;
        self->largest[k] = fmax(self->largest[k], *scale);
    }
    return true;
}

/* Columns that may move: with bounds apart, not pressed against one, not without any effect. */
static void find_free(cc_shared *self)
{
    const cc_arrow *arrow = &self->arrow;
    size_t p = self->p, n = self->n;
    for (size_t b = 0; b < self->blocks; b++)
        for (size_t j = 0; j < p; j++) {
            size_t e = b * p + j, first = arrow->shared[j] ? 0 : b, last = arrow->shared[j] ? self->blocks - 1 : b;
            double pull = arrow->prior[e] > 0 ? arrow->prior[e] * arrow->prior_residual[e] : 0;
            bool low = self->theta[e] <= self->lower[e], high = self->theta[e] >= self->upper[e];
            for (size_t c = first; c <= last && (low || high); c++)
                for (size_t i = 0; i < n; i++)
                    pull += arrow->jacobian[(c * n + i) * p + j] * arrow->residual[c * n + i];
            bool pressed = (low && pull <= 0) || (high && pull >= 0);
            arrow->free[e] = self->lower[e] < self->upper[e] && !pressed && arrow->scale[e] > 0;
        }
}

/* ---- steps --------------------------------------------------------------------------------------- */

/* A step inside the box: what would leave it stops at the bound, and the rest is solved again. Returns its promise. */
static double solve(cc_shared *self, double damping)
{
    cc_arrow *arrow = &self->arrow;
    size_t pairs = self->blocks * self->p;
    find_free(self);
    memset(self->step, 0, pairs * sizeof *self->step);
    /* damped by the largest lengths seen; plain steps by the present ones */
    double *lengths = self->trial;
    memcpy(lengths, arrow->scale, pairs * sizeof *lengths);
    if (damping > 0) memcpy(arrow->scale, self->largest, pairs * sizeof *lengths);
    for (int round = 0; round < BOX_ROUNDS; round++) {
        cc_arrow_reduce(arrow, damping, self->step);
        cc_arrow_solve(arrow, self->step);
        bool outside = false;
        for (size_t k = 0; k < pairs; k++) {
            double low = self->lower[k] - self->theta[k], high = self->upper[k] - self->theta[k];
            if (!arrow->free[k] || (self->step[k] >= low && self->step[k] <= high)) continue;
            self->step[k] = self->step[k] < low ? low : high;
            arrow->free[k] = false;
            outside = true;
        }
        if (!outside) break;
    }
    memcpy(arrow->scale, lengths, pairs * sizeof *lengths);
    for (size_t k = 0; k < pairs; k++)
        self->step[k] = fmin(fmax(self->step[k], self->lower[k] - self->theta[k]), self->upper[k] - self->theta[k]);
    return cc_arrow_promise(arrow, self->step);
}

/* theta plus the step; onto the bound exactly where it ends there. */
static void move_to(cc_shared *self)
{
    for (size_t k = 0; k < self->blocks * self->p; k++) {
        double to = self->theta[k] + self->step[k];
        self->trial[k] = fmin(fmax(to, self->lower[k]), self->upper[k]);
    }
}

static void swap(cc_shared *self)
{
    double *theta = self->theta;
    self->theta = self->trial;
    self->trial = theta;
}

/* Moves to the trial, unless its Jacobian is not finite. */
static bool accept(cc_shared *self)
{
    swap(self);
    if (look(self)) return true;
    swap(self);
    look(self);
    return false;
}

static double degrees(const cc_shared *self)
{
    return (double)self->n_used - (double)self->n_free;
}

/* What no step need promise any more. */
static double tolerance(const cc_shared *self)
{
    return fmax(self->objective / fmax(degrees(self), 1) * STANDARD_ERRORS_SQUARED, 1e-28 * self->size);
}

static void walk(cc_shared *self)
{
    double promise = solve(self, self->damping);
    if (!(promise > 1e-9 * self->objective) || ++self->iterations > 2 * self->options.max_iterations ||
        self->damping > 1e15) {
        self->phase = SETTLE;
        self->settling = 0;
        self->left = INFINITY;
        return;
    }
    move_to(self);
    double tried = evaluate(self, self->trial, false, self->own_trial);
    double gain = (self->objective - tried) / promise;
    if (gain > 0 && accept(self)) {
        double centred = 2 * gain - 1, shrink = fmin(fmax(1 - centred * centred * centred, 0.1), 2);
        self->damping = fmax(self->damping * shrink, 1e-12);
        self->growth = 2;
        return;
    }
    prior_squares(self, self->theta);
    self->damping *= self->growth;
    self->growth *= 2;
}

/* A damped step where a plain one leads nowhere: where residuals are large, curvature is not what the Jacobian says. */
static bool nudge(cc_shared *self)
{
    if (!(solve(self, self->damping) > 0) || self->damping > 1e15) return false;
    move_to(self);
    bool better = evaluate(self, self->trial, false, self->own_trial) < self->objective && accept(self);
    prior_squares(self, self->theta);
    self->damping = better ? fmax(self->damping * 0.3, 1e-12) : self->damping * 4;
    return true;
}

/* Plain steps for the last digits, as long as each leaves less to do. */
static void settle(cc_shared *self)
{
    double promise = solve(self, 0), slack = 1e-14 * self->objective + 4e-16 * sqrt(self->objective * self->size);
    self->converged = promise <= tolerance(self);
    self->phase = DONE;
    if (self->converged || ++self->settling > SETTLING_STEPS) return;
    self->iterations++;
    move_to(self);
    bool better = promise < self->left &&
                  evaluate(self, self->trial, false, self->own_trial) <= self->objective + slack && accept(self);
    prior_squares(self, self->theta);
    self->left = better ? promise : INFINITY;
    if (better || nudge(self)) self->phase = SETTLE;
}

static void start_walk(cc_shared *self)
{
    self->phase = WALK;
    self->damping = 1e-3;
    self->growth = 2;
}

/* Priors weigh as much as observations of the scatter found so far. */
static void weigh_priors(cc_shared *self)
{
    double variance = self->options.weights_known ? 1 : self->objective / fmax(degrees(self), 1);
    for (size_t k = 0; k < self->blocks * self->p; k++) {
        bool used = self->prior_sd[k] > 0 && self->lower[k] < self->upper[k];
        self->arrow.prior[k] = used ? sqrt(variance) / self->prior_sd[k] : 0;
    }
}

bool cc_shared_step(cc_shared *self)
{
    if (self->phase == WALK)
        walk(self);
    else if (self->phase == SETTLE)
        settle(self);
    if (self->no_memory) self->phase = DONE;
    if (self->phase == DONE && self->rounds > 0 && !self->no_memory) {
        self->rounds--;
        weigh_priors(self);
        if (look(self)) start_walk(self);
    }
    return self->phase != DONE;
}

/* ---- beginning and end --------------------------------------------------------------------------- */

/* Boxes, priors and starts; a shared parameter has those of the first series that gives them, inside all boxes. */
static cc_status load(cc_shared *self)
{
    size_t p = self->p;
    for (size_t b = 0; b < self->blocks; b++)
        for (size_t j = 0; j < p; j++) {
            const cc_series *series = &self->series[b];
            size_t e = b * p + j;
            cc_box(self->curve, series, j, &self->lower[e], &self->upper[e]);
            if (cc_held(self->curve, series, j)) self->lower[e] = self->upper[e] = series->start[j];
            self->prior_mean[e] = series->prior_mean[j];
            self->prior_sd[e] = isfinite(series->prior_mean[j]) ? series->prior_sd[j] : NAN;
            self->theta[e] = series->start[j];
            if (self->arrow.shared[j] && b > 0) {
                self->lower[j] = fmax(self->lower[j], self->lower[e]);
                self->upper[j] = fmin(self->upper[j], self->upper[e]);
                if (!(self->prior_sd[j] > 0)) {
                    self->prior_sd[j] = self->prior_sd[e];
                    self->prior_mean[j] = self->prior_mean[e];
                }
            }
        }
    for (size_t b = 0; b < self->blocks; b++)
        for (size_t j = 0; j < p; j++) {
            size_t e = b * p + j;
            if (self->arrow.shared[j]) {
                self->lower[e] = self->lower[j];
                self->upper[e] = self->upper[j];
                self->prior_mean[e] = self->prior_mean[j];
                self->prior_sd[e] = self->prior_sd[j];
                self->theta[e] = self->theta[j];
            }
            if (!isfinite(self->theta[e])) return CC_NO_FIT;
            if (!(self->lower[e] <= self->upper[e])) return CC_BAD_BOUNDS;
            self->theta[e] = fmin(fmax(self->theta[e], self->lower[e]), self->upper[e]);
        }
    return CC_OK;
}

/* Sum of squares of the observations on the scale of the residuals, from the rows in the arrow and the curve at theta. */
static cc_status measure(cc_shared *self)
{
    cc_status status = CC_OK;
    self->size = 0;
    self->n_used = 0;
    for (size_t b = 0; b < self->blocks && status == CC_OK; b++) {
        cc_series series = self->series[b];
        series.start = self->theta + b * self->p;
        status = cc_rows_at(self->rows, &series);
        for (size_t k = 0; k < self->rows->n_used && status == CC_OK; k++) {
            size_t i = self->rows->used[k];
            double y = self->rows->location[i] + self->rows->residual[i];
            self->size += self->rows->weight[i] * y * y;
        }
        self->n_used += self->rows->n_used;
    }
    return status;
}

cc_status cc_shared_begin(cc_shared *self, const cc_series *series, const bool *shared)
{
    size_t p = self->p, n_priors = 0;
    self->series = series;
    self->phase = DONE;
    self->iterations = self->rounds = 0;
    self->converged = self->no_memory = false;
    self->n_free = 0;
    if (self->options.loss != CC_LINEAR || self->blocks == 0) return CC_BAD_OPTION;
    memcpy(self->arrow.shared, shared, p * sizeof *shared);
    memset(self->arrow.prior, 0, self->blocks * p * sizeof(double));
    memset(self->largest, 0, self->blocks * p * sizeof(double));
    cc_status status = load(self);
    if (status == CC_OK) status = measure(self);
    if (status != CC_OK) return status;
    for (size_t k = 0; k < self->blocks * p; k++) {
        if (!(self->lower[k] < self->upper[k]) || (k >= p && shared[k % p])) continue;
        self->n_free++;
        n_priors += self->prior_sd[k] > 0;
    }
    if (self->n_used + n_priors < self->n_free) return CC_TOO_FEW;
    if (!look(self)) return self->no_memory ? CC_NOMEM : CC_NO_FIT;
    self->rounds = n_priors ? PRIOR_ROUNDS : 0;
    start_walk(self);
    return CC_OK;
}

/* Rows and columns of parameters that the data do not support become NaN; returns whether there were any. */
static bool strike(const cc_shared *self, const double *inflation, double factor, double *cov, double *worst,
                   double *squares)
{
    size_t p = self->p, columns = 0;
    bool any = false;
    *worst = *squares = 0;
    for (size_t b = 0; b < self->blocks; b++) {
        double *own = cov + b * p * p;
        for (size_t k = 0; k < p * p; k++) own[k] *= factor;
        for (size_t j = 0; j < p; j++) {
            size_t e = b * p + j;
            bool open = self->lower[e] < self->upper[e], once = b == 0 || !self->arrow.shared[j];
            bool bound = open && (self->theta[e] <= self->lower[e] || self->theta[e] >= self->upper[e]);
            bool none = open && !bound && !(inflation[e] > 0 && inflation[e] < UNSUPPORTED * UNSUPPORTED);
            if (once && self->arrow.free[e]) {
                columns++;
                *squares += inflation[e];
                *worst = fmax(*worst, inflation[e]);
            }
            for (size_t k = 0; k < p && none; k++) own[j * p + k] = own[k * p + j] = NAN;
            any = any || none;
        }
    }
    *squares *= (double)columns;
    return any;
}

cc_status cc_shared_result(cc_shared *self, double *theta, double *cov, double *info, double *objective,
                           int64_t *n_used, unsigned *notes)
{
    size_t pairs = self->blocks * self->p;
    double *inflation = self->step, worst, squares, df = degrees(self);
    if (self->no_memory) return CC_NOMEM;
    double variance = df > 0 ? self->objective / df : NAN;
    memset(self->step, 0, pairs * sizeof *self->step);
    find_free(self);
    cc_arrow_reduce(&self->arrow, 0, self->step);
    cc_arrow_covariance(&self->arrow, cov, inflation);
    bool lost = strike(self, inflation, self->options.weights_known ? 1 : variance, cov, &worst, &squares),
         bound = false;
    for (size_t k = 0; k < pairs; k++) {
        theta[k] = self->theta[k];
        bool open = self->lower[k] < self->upper[k];
        bound = bound || (open && (theta[k] <= self->lower[k] || theta[k] >= self->upper[k]));
    }
    for (size_t b = 0; b < self->blocks; b++) {
        objective[b] = self->own_objective[b];
        n_used[b] = (int64_t)self->own_used[b];
    }
    for (int k = 0; k < CC_INFO_COUNT; k++) info[k] = NAN;
    info[CC_INFO_ITERATIONS] = self->iterations;
    info[CC_INFO_CONDITION] = sqrt(squares);
    info[CC_INFO_S] = sqrt(variance);
    info[CC_INFO_FREE] = (double)self->n_free;
    info[CC_INFO_STARTS] = 1;
    *notes = 0;
    if (!self->converged) *notes |= CC_NOTE_DID_NOT_CONVERGE;
    if (lost) *notes |= CC_NOTE_NOT_IDENTIFIED;
    if (bound) *notes |= CC_NOTE_AT_BOUND;
    if (!lost && sqrt(worst) > COLLINEAR) *notes |= CC_NOTE_COLLINEAR;
    if (df <= (double)self->n_free) *notes |= CC_NOTE_FEW_POINTS;
    return !self->converged ? CC_NOT_CONVERGED : lost ? CC_RANK_DEFICIENT : CC_OK;
}
