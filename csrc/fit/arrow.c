// SPDX-License-Identifier: GPL-3.0-or-later
/* arrow.c - Householder QR of an arrow-shaped Jacobian; see arrow.h.
 *
 * The own columns of a block are reduced first. What then is left of its rows concerns the shared columns alone, and joins their
 * triangle. So no more than one block and one triangle is at work, and no condition number is squared.
 */
#include "fit/arrow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pivot below this share of its column is rounding. */
static const double LOST = 1e-13;

bool cc_arrow_alloc(cc_arrow *arrow, size_t blocks, size_t rows, size_t p)
{
    size_t pairs = blocks * p;
    *arrow = (cc_arrow){.blocks = blocks, .rows = rows, .p = p};
    arrow->jacobian = calloc(pairs * rows + 1, sizeof(double));
    arrow->residual = calloc(blocks * rows + 1, sizeof(double));
    arrow->prior = calloc(2 * pairs + 1, sizeof(double));
    arrow->scale = calloc(pairs + 1, sizeof(double));
    arrow->free = calloc(pairs + 1, sizeof(bool));
    arrow->own = calloc(pairs * (p + 1) + 1, sizeof(double));
    arrow->top = calloc(p * (p + 1) + 1, sizeof(double));
    arrow->work = calloc((rows + 3 * p) * (p + 1) + 1, sizeof(double));
    if (!arrow->jacobian || !arrow->residual || !arrow->prior || !arrow->scale || !arrow->free || !arrow->own ||
        !arrow->top || !arrow->work)
        return false;
    arrow->prior_residual = arrow->prior + pairs;
    return true;
}

void cc_arrow_free(cc_arrow *arrow)
{
    free(arrow->jacobian);
    free(arrow->residual);
    free(arrow->prior);
    free(arrow->scale);
    free(arrow->free);
    free(arrow->own);
    free(arrow->top);
    free(arrow->work);
    *arrow = (cc_arrow){0};
}

/* The block in which a column's prior stands: that of a shared column counts once. */
static bool has_prior(const cc_arrow *arrow, size_t block, size_t j)
{
    return arrow->prior[block * arrow->p + j] > 0 && (block == 0 || !arrow->shared[j]);
}

void cc_arrow_lengths(const cc_arrow *arrow, double *length)
{
    size_t p = arrow->p;
    for (size_t k = 0; k < arrow->blocks * p; k++) length[k] = 0;
    for (size_t b = 0; b < arrow->blocks; b++)
        for (size_t j = 0; j < p; j++) {
            double *at = &length[(arrow->shared[j] ? 0 : b) * p + j];
            for (size_t i = 0; i < arrow->rows; i++) *at = hypot(*at, arrow->jacobian[(b * arrow->rows + i) * p + j]);
            if (has_prior(arrow, b, j)) *at = hypot(*at, arrow->prior[b * p + j]);
        }
    for (size_t b = 1; b < arrow->blocks; b++)
        for (size_t j = 0; j < p; j++)
            if (arrow->shared[j]) length[b * p + j] = length[j];
}

/* Makes the first k columns of a row-major matrix upper triangular. */
static void triangulate(double *a, size_t rows, size_t columns, size_t k)
{
    for (size_t c = 0; c < k && c < rows; c++) {
        double length = 0, *pivot = &a[c * columns + c];
        for (size_t i = c; i < rows; i++) length += a[i * columns + c] * a[i * columns + c];
        length = sqrt(length);
        if (!(length > 0)) continue;
        double first = *pivot + copysign(length, *pivot), factor = 1 / (length * fabs(first));
        for (size_t d = c + 1; d < columns; d++) {
            double sum = first * a[c * columns + d];
            for (size_t i = c + 1; i < rows; i++) sum += a[i * columns + c] * a[i * columns + d];
            sum *= factor;
            a[c * columns + d] -= sum * first;
            for (size_t i = c + 1; i < rows; i++) a[i * columns + d] -= sum * a[i * columns + c];
        }
        *pivot = -copysign(length, *pivot);
        for (size_t i = c + 1; i < rows; i++) a[i * columns + c] = 0;
    }
}

/* The free columns of a block, own or shared, in order; returns how many. */
static size_t list_free(const cc_arrow *arrow, size_t block, bool shared, size_t *column)
{
    size_t count = 0;
    for (size_t j = 0; j < arrow->p; j++)
        if (arrow->shared[j] == shared && arrow->free[block * arrow->p + j]) column[count++] = j;
    return count;
}

/* Rows sqrt(damping) and priors of the given columns, below `rows`; returns how many rows there are then. */
static size_t lay_below(const cc_arrow *arrow, size_t block, const size_t *column, size_t count, double damping,
                        size_t rows, size_t columns)
{
    double *a = arrow->work;
    for (size_t c = 0; c < count; c++) {
        size_t e = block * arrow->p + column[c];
        if (has_prior(arrow, block, column[c])) {
            memset(a + rows * columns, 0, columns * sizeof *a);
            a[rows * columns + c] = arrow->prior[e] / arrow->scale[e];
            a[rows++ * columns + columns - 1] = arrow->prior_residual[e];
        }
        if (damping > 0) {
            memset(a + rows * columns, 0, columns * sizeof *a);
            a[rows++ * columns + c] = sqrt(damping);
        }
    }
    return rows;
}

/* One block into the work space: own columns, shared columns, right-hand side; returns how many rows. */
static size_t lay_block(const cc_arrow *arrow, size_t b, const size_t *own, size_t n_own, const size_t *shared,
                        size_t n_shared, double damping, const double *moved)
{
    size_t p = arrow->p, columns = n_own + n_shared + 1;
    const double *scale = arrow->scale + b * p, *move = moved + b * p;
    for (size_t i = 0; i < arrow->rows; i++) {
        const double *g = arrow->jacobian + (b * arrow->rows + i) * p;
        double *row = arrow->work + i * columns, right = arrow->residual[b * arrow->rows + i];
        for (size_t c = 0; c < n_own; c++) row[c] = g[own[c]] / scale[own[c]];
        for (size_t c = 0; c < n_shared; c++) row[n_own + c] = g[shared[c]] / scale[shared[c]];
        for (size_t j = 0; j < p; j++)
            if (!arrow->free[b * p + j] && move[j] != 0) right -= g[j] * move[j];
        row[columns - 1] = right;
    }
    return lay_below(arrow, b, own, n_own, damping, arrow->rows, columns);
}

void cc_arrow_reduce(cc_arrow *arrow, double damping, const double *moved)
{
    size_t p = arrow->p, own[CC_MAX_PARAMS], shared[CC_MAX_PARAMS], q = list_free(arrow, 0, true, shared),
           width = q + 1;
    double *a = arrow->work;
    memset(arrow->top, 0, p * (p + 1) * sizeof *arrow->top);
    size_t below = lay_below(arrow, 0, shared, q, damping, 0, width);
    triangulate(a, below, width, q);
    memcpy(arrow->top, a, (below < q ? below : q) * width * sizeof *a);
    for (size_t b = 0; b < arrow->blocks; b++) {
        size_t o = list_free(arrow, b, false, own), columns = o + width;
        size_t rows = lay_block(arrow, b, own, o, shared, q, damping, moved);
        triangulate(a, rows, columns, o);
        size_t kept = rows < o ? rows : o;
        double *to = arrow->own + b * p * (p + 1);
        memset(to, 0, p * (p + 1) * sizeof *to);
        memcpy(to, a, kept * columns * sizeof *a);
        if (q == 0) continue;
        /* the rest of the rows, packed, and the triangle below them */
        size_t rest = rows - kept;
        for (size_t i = 0; i < rest; i++) memmove(a + i * width, a + (kept + i) * columns + o, width * sizeof *a);
        memcpy(a + rest * width, arrow->top, q * width * sizeof *a);
        triangulate(a, rest + q, width, q);
        memcpy(arrow->top, a, q * width * sizeof *a);
    }
}

/* Solves an upper triangle for x in place of the right-hand side; what rounding alone determines becomes 0. */
static void back_substitute(const double *r, size_t k, size_t columns, double *x)
{
    for (size_t c = k; c-- > 0;) {
        for (size_t d = c + 1; d < k; d++) x[c] -= r[c * columns + d] * x[d];
        double pivot = r[c * columns + c];
        x[c] = fabs(pivot) > LOST ? x[c] / pivot : 0;
    }
}

void cc_arrow_solve(const cc_arrow *arrow, double *step)
{
    size_t p = arrow->p, own[CC_MAX_PARAMS], shared[CC_MAX_PARAMS], q = list_free(arrow, 0, true, shared);
    double common[CC_MAX_PARAMS], x[CC_MAX_PARAMS];
    for (size_t c = 0; c < q; c++) common[c] = arrow->top[c * (q + 1) + q];
    back_substitute(arrow->top, q, q + 1, common);
    for (size_t b = 0; b < arrow->blocks; b++) {
        size_t o = list_free(arrow, b, false, own), columns = o + q + 1;
        const double *r = arrow->own + b * p * (p + 1), *scale = arrow->scale + b * p;
        for (size_t c = 0; c < o; c++) {
            x[c] = r[c * columns + columns - 1];
            for (size_t d = 0; d < q; d++) x[c] -= r[c * columns + o + d] * common[d];
        }
        back_substitute(r, o, columns, x);
        for (size_t c = 0; c < o; c++) step[b * p + own[c]] = x[c] / scale[own[c]];
        for (size_t d = 0; d < q; d++) step[b * p + shared[d]] = common[d] / scale[shared[d]];
    }
}

double cc_arrow_promise(const cc_arrow *arrow, const double *step)
{
    size_t p = arrow->p;
    double promise = 0;
    for (size_t b = 0; b < arrow->blocks; b++) {
        for (size_t i = 0; i < arrow->rows; i++) {
            const double *g = arrow->jacobian + (b * arrow->rows + i) * p;
            double move = 0;
            for (size_t j = 0; j < p; j++) move += step[b * p + j] != 0 ? g[j] * step[b * p + j] : 0;
            promise += move * (2 * arrow->residual[b * arrow->rows + i] - move);
        }
        for (size_t j = 0; j < p; j++) {
            if (!has_prior(arrow, b, j)) continue;
            double move = arrow->prior[b * p + j] * step[b * p + j];
            promise += move * (2 * arrow->prior_residual[b * p + j] - move);
        }
    }
    return promise;
}

/* Inverse (k,k) of the upper triangle in the first k columns of r. */
static void invert(const double *r, size_t k, size_t columns, double *inverse)
{
    for (size_t c = 0; c < k; c++)
        for (size_t row = k; row-- > 0;) {
            double sum = row == c, pivot = r[row * columns + row];
            for (size_t d = row + 1; d <= c && row <= c; d++) sum -= r[row * columns + d] * inverse[d * k + c];
            inverse[row * k + c] = row <= c ? sum / (fabs(pivot) > 1e-16 ? pivot : 1e-16) : 0;
        }
}

/* Own columns of a block: u their inverse (o,o), carried (o,q) = u times their rows of the shared columns. */
static void covariance_of_block(const cc_arrow *arrow, size_t b, const size_t *shared, size_t q, const double *common,
                                double *cov, double *inflation)
{
    size_t p = arrow->p, own[CC_MAX_PARAMS], o = list_free(arrow, b, false, own), columns = o + q + 1;
    const double *r = arrow->own + b * p * (p + 1), *scale = arrow->scale + b * p;
    double u[CC_MAX_PARAMS * CC_MAX_PARAMS], carried[CC_MAX_PARAMS * CC_MAX_PARAMS],
        across[CC_MAX_PARAMS * CC_MAX_PARAMS];
    invert(r, o, columns, u);
    for (size_t c = 0; c < o; c++)
        for (size_t d = 0; d < q; d++) {
            carried[c * q + d] = 0;
            for (size_t m = c; m < o; m++) carried[c * q + d] += u[c * o + m] * r[m * columns + o + d];
        }
    for (size_t c = 0; c < o; c++)
        for (size_t d = 0; d < q; d++) {
            across[c * q + d] = 0;
            for (size_t m = 0; m < q; m++) across[c * q + d] -= carried[c * q + m] * common[m * q + d];
            double *one = &cov[own[c] * p + shared[d]], *other = &cov[shared[d] * p + own[c]];
            *one = *other = across[c * q + d] / scale[own[c]] / scale[shared[d]];
        }
    for (size_t c = 0; c < o; c++)
        for (size_t d = 0; d <= c; d++) {
            double sum = 0;
            for (size_t m = c; m < o; m++) sum += u[c * o + m] * u[d * o + m];
            for (size_t m = 0; m < q; m++) sum -= across[c * q + m] * carried[d * q + m];
            if (c == d) inflation[own[c]] = sum;
            cov[own[c] * p + own[d]] = cov[own[d] * p + own[c]] = sum / scale[own[c]] / scale[own[d]];
        }
    for (size_t c = 0; c < q; c++) {
        inflation[shared[c]] = common[c * q + c];
        for (size_t d = 0; d < q; d++)
            cov[shared[c] * p + shared[d]] = common[c * q + d] / scale[shared[c]] / scale[shared[d]];
    }
}

void cc_arrow_covariance(const cc_arrow *arrow, double *cov, double *inflation)
{
    size_t p = arrow->p, shared[CC_MAX_PARAMS], q = list_free(arrow, 0, true, shared);
    double u[CC_MAX_PARAMS * CC_MAX_PARAMS], common[CC_MAX_PARAMS * CC_MAX_PARAMS];
    invert(arrow->top, q, q + 1, u);
    for (size_t c = 0; c < q; c++)
        for (size_t d = 0; d <= c; d++) {
            double sum = 0;
            for (size_t m = c; m < q; m++) sum += u[c * q + m] * u[d * q + m];
            common[c * q + d] = common[d * q + c] = sum;
        }
    memset(cov, 0, arrow->blocks * p * p * sizeof *cov);
    memset(inflation, 0, arrow->blocks * p * sizeof *inflation);
    for (size_t b = 0; b < arrow->blocks; b++)
        covariance_of_block(arrow, b, shared, q, common, cov + b * p * p, inflation + b * p);
}
