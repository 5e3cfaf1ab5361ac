// SPDX-License-Identifier: GPL-3.0-or-later
/* sandwich.c - a covariance that does not take the scatter to be the same everywhere, and the influence of each point.
 *
 * HC0 to HC3 (MacKinnon and White 1985): bread from the QR of the weighted Jacobian, squared residuals between, divided by
 * (1 - leverage) to the power of 0, 0, 1 or 2. Under a robust loss influences stand for residuals, and the slopes of the influence
 * function enter the bread and the leverage, point by point (Huber 1967; Powell 1984 where the loss has a corner); HC3 is then what
 * robust.c gives every fit. A prior enters with the variance that it states. All of it in the coordinates of Q, so that no condition number is squared.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fit/rows.h"

/* A point with more leverage than this is fitted exactly: without it a parameter has no estimate. */
static const double ALL_LEVERAGE = 1 - 1e-9;

static bool known(const cc_rows *rows)
{
    return rows->options.weights_known || rows->options.error_model == CC_BINOMIAL;
}

/* Variance of a point of weight 1, as the weight of priors counts it: of what the fit minimised. */
static double unit_variance(cc_rows *rows, double degrees)
{
    if (rows->options.weights_known) return 1;
    if (!(degrees > 0)) return 0;
    if (rows->options.loss == CC_LINEAR) return cc_rows_squares(rows) / degrees;
    double scale = cc_rows_scale(rows), total = 0;
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        total += cc_rho(rows->options.loss, sqrt(rows->weight[i]) * rows->residual[i] / scale);
    }
    return total * scale * scale / degrees;
}

static double leverage_of(const cc_rows *rows, size_t row)
{
    double sum = 0;
    for (size_t c = 0; c < rows->n_columns; c++)
        sum += rows->q[row * rows->n_columns + c] * rows->q[row * rows->n_columns + c];
    return sum;
}

/* The share that a point has in its own place under a robust loss: `bread` is a Cholesky factor, rows->work has the slopes. */
static double robust_leverage(const cc_rows *rows, size_t row, const double *bread)
{
    size_t k = rows->n_columns;
    double v[CC_MAX_PARAMS], sum = 0;
    for (size_t c = 0; c < k; c++) {
        v[c] = rows->q[row * k + c];
        for (size_t m = 0; m < c; m++) v[c] -= bread[c * k + m] * v[m];
        v[c] /= bread[c * k + c];
        sum += v[c] * v[c];
    }
    return sum * rows->work[rows->used[row]];
}

static void fill(double *to, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) to[i] = value;
}

/* Squared residual of a row, or of its influence, with what leverage has taken from it given back. */
static double squared(const cc_rows *rows, size_t row, int kind, double scale, double degrees, const double *bread)
{
    size_t i = rows->used[row];
    double u = sqrt(rows->weight[i]) * rows->residual[i] / scale, slope;
    double influence = scale * cc_psi(rows->options.loss, u, &slope), square = influence * influence;
    bool linear = rows->options.loss == CC_LINEAR;
    double own = kind < 2 ? 0 : linear ? leverage_of(rows, row) : robust_leverage(rows, row, bread);
    if (kind >= 2 && !(own < ALL_LEVERAGE)) return NAN;
    switch (kind) {
    case 1:
        return square * (double)rows->n_used / degrees;
    case 2:
        return square / (1 - own);
    case 3:
        return square / ((1 - own) * (1 - own));
    default:
        return square;
    }
}

/* bread^-1 meat bread^-1, carried from the coordinates of Q to the parameters. */
static void assemble(const cc_rows *rows, const double *bread, const double *meat, double *cov)
{
    size_t k = rows->n_columns, p = rows->curve->p;
    double half[CC_MAX_PARAMS * CC_MAX_PARAMS], v[CC_MAX_PARAMS];
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t column = 0; column < k; column++) {
            for (size_t c = 0; c < k; c++)
                v[c] = pass ? half[column * k + c] : c >= column ? meat[c * k + column] : meat[column * k + c];
            cc_rows_solve(rows, bread, v);
            for (size_t c = 0; c < k; c++) {
                if (pass)
                    cov[rows->column[c] * p + rows->column[column]] = v[c];
                else
                    half[c * k + column] = v[c];
            }
        }
}

cc_status cc_sandwich(cc_rows *rows, const cc_series *fitted, int kind, double *cov)
{
    size_t p = rows->curve->p, k;
    double bread[CC_MAX_PARAMS * CC_MAX_PARAMS], meat[CC_MAX_PARAMS * CC_MAX_PARAMS] = {0}, scale = 1;
    bool linear = rows->options.loss == CC_LINEAR;
    fill(cov, p * p, NAN);
    if (kind < 0 || kind > 3) return CC_BAD_OPTION;
    cc_status status = cc_rows_jacobian(rows, fitted);
    if (status != CC_OK) return status;
    double degrees = (double)rows->n_used - (double)rows->n_free, variance = unit_variance(rows, degrees);
    if (kind == 1 && !(degrees > 0)) return CC_TOO_FEW;
    if (!cc_rows_factor(rows, fitted, NULL, variance)) return CC_RANK_DEFICIENT;
    if (!linear) scale = cc_rows_scale(rows);
    if (!cc_rows_bread(rows, scale, bread)) return CC_RANK_DEFICIENT;
    k = rows->n_columns;
    for (size_t row = 0; row < rows->n_rows; row++)
        cc_rows_add(rows, row, row < rows->n_used ? squared(rows, row, kind, scale, degrees, bread) : variance, meat);
    fill(cov, p * p, 0);
    assemble(rows, bread, meat, cov);
    return k == 0 || isfinite(cov[rows->column[0] * (p + 1)]) ? CC_OK : CC_RANK_DEFICIENT;
}

/* Weights that a robust loss gives the points, into rows->work; NULL where it gives none. */
static const double *loss_weights(cc_rows *rows)
{
    if (rows->options.loss == CC_LINEAR) return NULL;
    double scale = cc_rows_scale(rows), slope;
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        double u = sqrt(rows->weight[i]) * rows->residual[i] / scale;
        rows->work[i] = u != 0 ? cc_psi(rows->options.loss, u, &slope) / u : 1;
    }
    return rows->work;
}

cc_status cc_diagnose(cc_rows *rows, const cc_series *fitted, double *dfbetas, double *leverage, double *residual)
{
    size_t n = rows->n, p = rows->curve->p;
    double move[CC_MAX_PARAMS], error[CC_MAX_PARAMS], squares = 0;
    fill(dfbetas, n * p, NAN);
    fill(leverage, n, NAN);
    fill(residual, n, NAN);
    cc_status status = cc_rows_jacobian(rows, fitted);
    if (status != CC_OK) return status;
    double degrees = (double)rows->n_used - (double)rows->n_free, variance = unit_variance(rows, degrees);
    const double *extra = loss_weights(rows);
    if (!cc_rows_factor(rows, fitted, extra, variance)) return CC_RANK_DEFICIENT;
    size_t k = rows->n_columns;
    /* standard errors for a unit variance: row sums of squares of the inverse of R are those of all moves */
    fill(error, k, 0);
    for (size_t row = 0; row < rows->n_rows; row++) {
        cc_rows_move(rows, row, move);
        for (size_t c = 0; c < k; c++) error[c] += move[c] * move[c];
    }
    for (size_t m = 0; m < rows->n_used; m++) {
        size_t i = rows->used[m];
        residual[i] = sqrt(rows->weight[i] * (extra ? extra[i] : 1)) * rows->residual[i];
        squares += residual[i] * residual[i];
    }
    for (size_t m = 0; m < rows->n_used; m++) {
        size_t i = rows->used[m];
        double own = leverage_of(rows, m), rest = 1 - own,
               without = (squares - residual[i] * residual[i] / rest) / (degrees - 1);
        double spread = known(rows) ? 1 : sqrt(without);
        leverage[i] = own;
        if (!(own < ALL_LEVERAGE) || !(spread > 0)) continue;
        cc_rows_move(rows, m, move);
        for (size_t c = 0; c < k; c++)
            dfbetas[i * p + rows->column[c]] = move[c] * residual[i] / rest / (spread * sqrt(error[c]));
    }
    double spread = known(rows) ? 1 : sqrt(variance);
    for (size_t m = 0; m < rows->n_used; m++) residual[rows->used[m]] /= spread;
    return CC_OK;
}
