// SPDX-License-Identifier: GPL-3.0-or-later
/* rows.c - residuals, Jacobian and its QR at given parameters, in plain doubles; see rows.h. */
#include "fit/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"

cc_rows *cc_rows_alloc(const cc_curve *curve, size_t n, const cc_options *options, cc_status *status)
{
    *status = CC_NOMEM;
    cc_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return NULL;
    rows->curve = curve;
    rows->options = *options;
    rows->n = n;
    size_t p = curve->p, most = n + p;
    double *memory = calloc(4 * n + n * p + most * p + 1, sizeof *memory);
    rows->used = calloc(n + 1, sizeof *rows->used);
    rows->location = memory;
    if (!memory || !rows->used) {
        cc_rows_free(rows);
        return NULL;
    }
    rows->residual = memory + n;
    rows->weight = memory + 2 * n;
    rows->work = memory + 3 * n;
    rows->gradient = memory + 4 * n;
    rows->q = rows->gradient + n * p;
    *status = CC_OK;
    return rows;
}

void cc_rows_free(cc_rows *rows)
{
    if (!rows) return;
    free(rows->location);
    free(rows->used);
    free(rows);
}

bool cc_held(const cc_curve *curve, const cc_series *series, size_t j)
{
    double lower = series->lower[j], upper = series->upper[j];
    return lower == upper || ((curve->params[j].flags & CC_FIXED_BY_DEFAULT) && isnan(lower) && isnan(upper));
}

void cc_box(const cc_curve *curve, const cc_series *series, size_t j, double *lower, double *upper)
{
    *lower = isnan(series->lower[j]) ? curve->params[j].lower : series->lower[j];
    *upper = isnan(series->upper[j]) ? curve->params[j].upper : series->upper[j];
}

/* From a level to the scale of the residuals, with the slope of that map. */
static double on_scale(const cc_options *options, double level, double *slope)
{
    switch (options->error_model) {
    case CC_MULTIPLICATIVE:
        *slope = 1 / level;
        return log(level);
    case CC_LOGIT:
        *slope = options->upper / (level * (options->upper - level));
        return log(level / (options->upper - level));
    default:
        *slope = 1;
        return level;
    }
}

static cc_status fill(cc_rows *rows, const cc_series *series, bool jacobian)
{
    const cc_curve *curve = rows->curve;
    size_t n = rows->n, p = curve->p;
    double unused;
    rows->n_used = rows->n_free = 0;
    for (size_t j = 0; j < p; j++) {
        if (!isfinite(series->start[j])) return CC_NO_FIT;
        rows->n_free += !cc_held(curve, series, j);
    }
    cc_status status =
        cc_evaluate(curve, series->x, n, series->start, rows->location, jacobian ? rows->gradient : NULL);
    if (status != CC_OK) return status;
    for (size_t i = 0; i < n; i++) {
        double w = series->w[i], slope;
        bool usable = !isnan(series->y[i]) && w > 0;
        for (size_t k = 0; k < curve->r; k++) usable = usable && !isnan(series->x[k * n + i]);
        rows->residual[i] = rows->weight[i] = NAN;
        double level = rows->location[i];
        rows->location[i] = on_scale(&rows->options, level, &slope);
        if (jacobian)
            for (size_t j = 0; j < p; j++) rows->gradient[i * p + j] *= slope;
        if (!usable) continue;
        if (rows->options.error_model == CC_BINOMIAL) w /= level * (rows->options.upper - level);
        rows->residual[i] = on_scale(&rows->options, series->y[i], &unused) - rows->location[i];
        rows->weight[i] = w;
        if (!isfinite(rows->residual[i]) || !(w > 0) || isinf(w)) return CC_NONFINITE;
        rows->used[rows->n_used++] = i;
    }
    return rows->n_used ? CC_OK : CC_TOO_FEW;
}

cc_status cc_rows_at(cc_rows *rows, const cc_series *series)
{
    return fill(rows, series, false);
}

cc_status cc_rows_jacobian(cc_rows *rows, const cc_series *series)
{
    return fill(rows, series, true);
}

double cc_rows_squares(const cc_rows *rows)
{
    double total = 0;
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        total += rows->weight[i] * rows->residual[i] * rows->residual[i];
    }
    return total;
}

double cc_rows_spread(cc_rows *rows)
{
    size_t m = rows->n_used;
    double largest = 0, squares = 0;
    if (m == 0) return 1;
    for (size_t k = 0; k < m; k++) {
        size_t i = rows->used[k];
        rows->work[k] = sqrt(rows->weight[i]) * fabs(rows->location[i] + rows->residual[i]);
        largest = fmax(largest, rows->work[k]);
    }
    for (size_t k = 0; k < m && largest > 0; k++) squares += rows->work[k] / largest * (rows->work[k] / largest);
    for (size_t k = 0; k < m; k++)
        rows->work[k] = sqrt(rows->weight[rows->used[k]]) * fabs(rows->residual[rows->used[k]]);
    return fmax(cc_spread(rows->work, m, rows->n_free, largest * sqrt(squares / (double)m)), nextafter(0, 1));
}

double cc_rows_scale(cc_rows *rows)
{
    double given = rows->options.loss_scale;
    return isnan(given) ? cc_tuning(rows->options.loss) * cc_rows_spread(rows) : given;
}

/* ---- QR ------------------------------------------------------------------------------------------ */

static double dot(const cc_rows *rows, size_t a, size_t b)
{
    double sum = 0;
    for (size_t i = 0; i < rows->n_rows; i++)
        sum += rows->q[i * rows->n_columns + a] * rows->q[i * rows->n_columns + b];
    return sum;
}

static void scale_column(cc_rows *rows, size_t column, double by)
{
    for (size_t i = 0; i < rows->n_rows; i++) rows->q[i * rows->n_columns + column] *= by;
}

/* Columns of the free set, one row for each usable point and each prior on a free parameter. */
static void lay_rows(cc_rows *rows, const cc_series *series, const double *extra, double variance)
{
    const cc_curve *curve = rows->curve;
    size_t p = curve->p;
    rows->n_columns = 0;
    for (size_t j = 0; j < p; j++) {
        double lower, upper, at = series->start[j];
        cc_box(curve, series, j, &lower, &upper);
        if (!cc_held(curve, series, j) && at > lower && at < upper) rows->column[rows->n_columns++] = j;
    }
    size_t k = rows->n_columns;
    for (size_t m = 0; m < rows->n_used; m++) {
        size_t i = rows->used[m];
        double root = sqrt(rows->weight[i] * (extra ? extra[i] : 1));
        for (size_t c = 0; c < k; c++) rows->q[m * k + c] = root * rows->gradient[i * p + rows->column[c]];
    }
    rows->n_rows = rows->n_used;
    for (size_t c = 0; c < k; c++) {
        double sd = series->prior_sd[rows->column[c]];
        if (!(sd > 0)) continue;
        double *row = rows->q + rows->n_rows++ * k;
        memset(row, 0, k * sizeof *row);
        row[c] = sqrt(variance) / sd;
    }
}

bool cc_rows_factor(cc_rows *rows, const cc_series *series, const double *extra, double variance)
{
    lay_rows(rows, series, extra, variance);
    size_t k = rows->n_columns;
    memset(rows->r, 0, sizeof rows->r);
    for (size_t c = 0; c < k; c++) {
        rows->norm[c] = sqrt(dot(rows, c, c));
        if (!(rows->norm[c] > 0) || !isfinite(rows->norm[c])) return false;
        scale_column(rows, c, 1 / rows->norm[c]);
    }
    for (size_t c = 0; c < k; c++) {
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < c; b++) {
                double factor = dot(rows, b, c);
                rows->r[b * k + c] += factor;
                for (size_t i = 0; i < rows->n_rows; i++) rows->q[i * k + c] -= factor * rows->q[i * k + b];
            }
        double length = sqrt(dot(rows, c, c));
        rows->r[c * k + c] = length;
        /* what is left of a column that others offset is rounding */
        if (!(length > 1e-9)) return false;
        scale_column(rows, c, 1 / length);
    }
    return true;
}

void cc_rows_unscale(const cc_rows *rows, double *v)
{
    size_t k = rows->n_columns;
    for (size_t c = k; c-- > 0;) {
        for (size_t b = c + 1; b < k; b++) v[c] -= rows->r[c * k + b] * v[b];
        v[c] /= rows->r[c * k + c];
    }
    for (size_t c = 0; c < k; c++) v[c] /= rows->norm[c];
}

void cc_rows_move(const cc_rows *rows, size_t row, double *move)
{
    memcpy(move, rows->q + row * rows->n_columns, rows->n_columns * sizeof *move);
    cc_rows_unscale(rows, move);
}

/* ---- robust losses ------------------------------------------------------------------------------- */

double cc_psi(cc_loss loss, double u, double *slope)
{
    double square = u * u;
    switch (loss) {
    case CC_HUBER:
        *slope = fabs(u) <= 1;
        return fabs(u) <= 1 ? u : copysign(1, u);
    case CC_SOFT_L1: {
        double root = sqrt(1 + square);
        *slope = 1 / (root * root * root);
        return u / root;
    }
    case CC_CAUCHY:
        *slope = (1 - square) / ((1 + square) * (1 + square));
        return u / (1 + square);
    default:
        *slope = 1;
        return u;
    }
}

double cc_rho(cc_loss loss, double u)
{
    double square = u * u;
    switch (loss) {
    case CC_HUBER:
        return fabs(u) <= 1 ? square : 2 * fabs(u) - 1;
    case CC_SOFT_L1:
        return 2 * square / (sqrt(1 + square) + 1);
    case CC_CAUCHY:
        return log1p(square);
    default:
        return square;
    }
}

void cc_rows_slopes(cc_rows *rows, double scale)
{
    double window = scale, value;
    if (rows->options.loss == CC_HUBER) {
        window = cc_corner(scale, cc_rows_spread(rows), rows->n_used);
    }
    for (size_t k = 0; k < rows->n_used; k++) {
        size_t i = rows->used[k];
        double size = sqrt(rows->weight[i]) * fabs(rows->residual[i]);
        if (rows->options.loss == CC_HUBER)
            value = size <= window ? scale / window : 0;
        else
            cc_psi(rows->options.loss, size / scale, &value);
        rows->work[i] = value;
    }
}

double cc_rows_mean_slope(cc_rows *rows, double scale)
{
    double total = 0;
    cc_rows_slopes(rows, scale);
    for (size_t k = 0; k < rows->n_used; k++) total += rows->work[rows->used[k]];
    return total / (double)rows->n_used;
}

/* ---- the bread of a sandwich --------------------------------------------------------------------- */

void cc_rows_add(const cc_rows *rows, size_t row, double weight, double *sum)
{
    size_t k = rows->n_columns;
    const double *q = rows->q + row * k;
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b <= a; b++) sum[a * k + b] += weight * q[a] * q[b];
}

/* Cholesky factor of the lower triangle, in place; false where a slope that is negative too often leaves none. */
static bool cholesky(double *a, size_t k)
{
    for (size_t j = 0; j < k; j++) {
        for (size_t m = 0; m < j; m++) a[j * k + j] -= a[j * k + m] * a[j * k + m];
        if (!(a[j * k + j] > 1e-12)) return false;
        a[j * k + j] = sqrt(a[j * k + j]);
        for (size_t i = j + 1; i < k; i++) {
            for (size_t m = 0; m < j; m++) a[i * k + j] -= a[i * k + m] * a[j * k + m];
            a[i * k + j] /= a[j * k + j];
        }
    }
    return true;
}

bool cc_rows_bread(cc_rows *rows, double scale, double *factor)
{
    memset(factor, 0, rows->n_columns * rows->n_columns * sizeof *factor);
    if (rows->options.loss != CC_LINEAR) cc_rows_slopes(rows, scale);
    for (size_t row = 0; row < rows->n_rows; row++) {
        bool even = row >= rows->n_used || rows->options.loss == CC_LINEAR;
        cc_rows_add(rows, row, even ? 1 : rows->work[rows->used[row]], factor);
    }
    return cholesky(factor, rows->n_columns);
}

void cc_rows_solve(const cc_rows *rows, const double *factor, double *v)
{
    size_t k = rows->n_columns;
    for (size_t i = 0; i < k; i++) {
        for (size_t m = 0; m < i; m++) v[i] -= factor[i * k + m] * v[m];
        v[i] /= factor[i * k + i];
    }
    for (size_t i = k; i-- > 0;) {
        for (size_t m = i + 1; m < k; m++) v[i] -= factor[m * k + i] * v[m];
        v[i] /= factor[i * k + i];
    }
    cc_rows_unscale(rows, v);
}
