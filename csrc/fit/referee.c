// SPDX-License-Identifier: GPL-3.0-or-later
/* referee.c - GSL's trust region on one series, for what the small solver cannot finish and as its test.
 *
 * The stock driver is not used: it takes NaN residuals for success and ignores error codes of callbacks (GSL 2.7.1).
 * Here a non-finite residual is a large finite one, and a step outside the box ends on the bound, which then leaves
 * the free set. A robust or binomial row enters as the signed root of its share of the objective.
 */
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

#include "fit/internal.h"

static const double LARGE = 1e100;

typedef struct problem {
    const cc_group *group; /* width 1 */
    double theta[CC_MAX_PARAMS];
    size_t free[CC_MAX_PARAMS], n_free;
    size_t prior[CC_MAX_PARAMS], n_prior;
} problem;

/* Share of the objective of row i, whose values stand in the group. */
static double row_objective(const cc_group *group, size_t i)
{
    double w = group->w[i], y = group->y[i], f = group->f[i], r = y - f;
    if (group->map == CC_MAP_LEVEL_BINOMIAL) {
        double a = y / group->upper, b = f / group->upper;
        return 2 * w * ((a > 0 ? a * log(a / b) : 0) + (a < 1 ? (1 - a) * log((1 - a) / (1 - b)) : 0));
    }
    double scale2 = group->loss_scale[0] * group->loss_scale[0], z = w * r * r / scale2;
    switch (group->loss) {
    case CC_HUBER:
        return scale2 * (z <= 1 ? z : 2 * sqrt(z) - 1);
    case CC_SOFT_L1:
        return scale2 * 2 * z / (sqrt(1 + z) + 1);
    case CC_CAUCHY:
        return scale2 * log1p(z);
    default:
        return w * r * r;
    }
}

static void place(problem *self, const gsl_vector *at)
{
    for (size_t k = 0; k < self->n_free; k++) self->theta[self->free[k]] = gsl_vector_get(at, k);
}

/* Residuals and, where J is not NULL, the Jacobian, at the free parameters `at`. */
static void rows(problem *self, const gsl_vector *at, gsl_vector *residual, gsl_matrix *jacobian)
{
    const cc_group *group = self->group;
    double a[CC_TRIANGLE], b[CC_MAX_PARAMS], objective;
    place(self, at);
    cc_normal_table[0](group, self->theta, a, b, &objective);
    for (size_t i = 0; i < group->n; i++) {
        double own = group->w[i] > 0 ? row_objective(group, i) : 0, r = group->f[i] - group->y[i];
        double weight = group->loss == CC_LINEAR && group->map != CC_MAP_LEVEL_BINOMIAL ? group->w[i] : group->row[i];
        double root = copysign(sqrt(own), r), slope = own > 0 ? weight * r / root : sqrt(weight);
        bool finite = isfinite(own) && isfinite(slope);
        if (!(group->w[i] > 0)) root = slope = 0;
        if (residual) gsl_vector_set(residual, i, finite ? root : LARGE);
        if (jacobian)
            for (size_t k = 0; k < self->n_free; k++) {
                double g = group->g[i * group->p + self->free[k]];
                gsl_matrix_set(jacobian, i, k, finite && isfinite(g) ? slope * g : 0);
            }
    }
    for (size_t m = 0; m < self->n_prior; m++) {
        size_t j = self->prior[m], i = group->n + m;
        double root = sqrt(group->prior_weight[j]);
        if (residual) gsl_vector_set(residual, i, root * (self->theta[j] - group->prior_mean[j]));
        if (jacobian)
            for (size_t k = 0; k < self->n_free; k++) gsl_matrix_set(jacobian, i, k, self->free[k] == j ? root : 0);
    }
}

static int residual_callback(const gsl_vector *at, void *self, gsl_vector *residual)
{
    rows(self, at, residual, NULL);
    return GSL_SUCCESS;
}

static int jacobian_callback(const gsl_vector *at, void *self, gsl_matrix *jacobian)
{
    rows(self, at, NULL, jacobian);
    return GSL_SUCCESS;
}

/* Parameters strictly inside their bounds, or on one with the objective falling inwards. */
static void choose_free(problem *self)
{
    const cc_group *group = self->group;
    double a[CC_TRIANGLE], b[CC_MAX_PARAMS], objective;
    cc_normal_table[0](group, self->theta, a, b, &objective);
    self->n_free = 0;
    for (size_t j = 0; j < group->p; j++) {
        bool fixed = !(group->lower[j] < group->upper_bound[j]);
        bool pressed =
            (self->theta[j] <= group->lower[j] && b[j] <= 0) || (self->theta[j] >= group->upper_bound[j] && b[j] >= 0);
        if (!fixed && !pressed) self->free[self->n_free++] = j;
    }
}

/* Clips to the box; true where something was outside. */
static bool clip(problem *self)
{
    bool outside = false;
    for (size_t k = 0; k < self->n_free; k++) {
        size_t j = self->free[k];
        double inside = fmin(fmax(self->theta[j], self->group->lower[j]), self->group->upper_bound[j]);
        outside = outside || inside != self->theta[j];
        self->theta[j] = inside;
    }
    return outside;
}

/* Iterates until GSL settles or a step leaves the box; sets *settled. */
static cc_status walk(problem *self, gsl_multifit_nlinear_workspace *work, int budget, int *used, bool *settled,
                      bool *outside)
{
    int info = 0;
    *settled = *outside = false;
    while (*used < budget) {
        int status = gsl_multifit_nlinear_iterate(work);
        ++*used;
        place(self, gsl_multifit_nlinear_position(work));
        *outside = clip(self);
        if (*outside) return CC_OK;
        if (status == GSL_ENOPROG) {
            *settled = true;
            return CC_OK;
        }
        if (status != GSL_SUCCESS) return CC_OK;
        if (gsl_multifit_nlinear_test(1e-12, 1e-12, 0, &info, work) == GSL_SUCCESS) {
            *settled = true;
            return CC_OK;
        }
    }
    return CC_OK;
}

cc_status cc_referee(const cc_group *group, double *theta, double *objective, int max_iterations, int *iterations,
                     bool *converged)
{
    problem self = {.group = group};
    double a[CC_TRIANGLE], b[CC_MAX_PARAMS];
    memcpy(self.theta, theta, group->p * sizeof *theta);
    for (size_t j = 0; j < group->p; j++)
        if (group->prior_weight[j] > 0) self.prior[self.n_prior++] = j;
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.trs = gsl_multifit_nlinear_trs_lm;
    options.solver = gsl_multifit_nlinear_solver_qr;
    cc_status status = CC_OK;
    *iterations = 0;
    *converged = false;
    for (size_t round = 0; round < 2 * group->p + 2 && status == CC_OK && !*converged; round++) {
        choose_free(&self);
        size_t n_rows = group->n + self.n_prior;
        if (self.n_free == 0) {
            *converged = true;
            break;
        }
        if (n_rows < self.n_free) return CC_TOO_FEW;
        gsl_multifit_nlinear_workspace *work =
            gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, n_rows, self.n_free);
        gsl_vector *at = gsl_vector_alloc(self.n_free);
        if (!work || !at) {
            status = CC_NOMEM;
        } else {
            gsl_multifit_nlinear_fdf functions = {
                .f = residual_callback, .df = jacobian_callback, .n = n_rows, .p = self.n_free, .params = &self};
            for (size_t k = 0; k < self.n_free; k++) gsl_vector_set(at, k, self.theta[self.free[k]]);
            bool outside = false;
            if (gsl_multifit_nlinear_init(at, &functions, work) == GSL_SUCCESS)
                status = walk(&self, work, max_iterations, iterations, converged, &outside);
            if (!outside && !*converged) round = 2 * group->p + 2;
        }
        if (at) gsl_vector_free(at);
        if (work) gsl_multifit_nlinear_free(work);
    }
    cc_normal_table[0](group, self.theta, a, b, objective);
    /* among rows without numbers every step looks like the last */
    *converged = *converged && isfinite(*objective);
    memcpy(theta, self.theta, group->p * sizeof *theta);
    return status;
}
