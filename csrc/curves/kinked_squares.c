// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_squares.c - the least sum of squares of a set of breaks, from sums over the points past each. */
#include "curves/kinked_search.h"

#include <math.h>

/* Adds a line, given its products with those before it and itself; nothing where it depends on them. */
static void extend(base *b, const double *product, double y)
{
    double square = product[b->m], rest = square, *row = b->l[b->m];
    for (size_t j = 0; j < b->m; j++) {
        row[j] = product[j];
        for (size_t k = 0; k < j; k++) row[j] -= row[k] * b->l[j][k];
        row[j] *= b->inverse[j];
        rest -= row[j] * row[j];
        y -= row[j] * b->y[j];
    }
    if (!(rest > 1e-12 * square)) return;
    row[b->m] = sqrt(rest);
    b->inverse[b->m] = 1 / row[b->m];
    b->y[b->m] = y * b->inverse[b->m];
    b->left -= b->y[b->m] * b->y[b->m];
    b->m++;
}

/* Fills the base with the breaks of a set but the one in slot `except`. */
void cc_kinked_factorise(const series *s, const set *of, size_t except, base *b)
{
    double product[MOST_LINES] = {s->sum[0]};
    b->m = b->n_taken = 0;
    b->left = s->size;
    extend(b, product, s->sum[3]);
    product[0] = s->sum[1];
    product[1] = s->sum[2];
    extend(b, product, s->sum[4]);
    for (size_t k = 0; k < s->breaks && b->m >= 2; k++) {
        if (k == except || isnan(of->at[k])) continue;
        double at = b->at[b->m] = b->taken[b->n_taken] = of->at[k];
        size_t cell = b->cell[b->m] = cell_of(s, at);
        b->first[b->n_taken] = first_at(s, at);
        b->end[b->n_taken++] = end_at(s, at);
        const double *t = s->sum + SUMS * cell;
        product[0] = t[1] - at * t[0];
        product[1] = t[2] - at * t[1];
        for (size_t j = 2; j <= b->m; j++) product[j] = hinge_product(s, at, cell, b->at[j], b->cell[j]);
        extend(b, product, t[4] - at * t[3]);
    }
}

double cc_kinked_left_of(const series *s, const set *of)
{
    if (s->boxed) return cc_kinked_boxed_left(s, of);
    base b;
    cc_kinked_factorise(s, of, CC_MOST_BREAKS, &b);
    return b.left;
}
