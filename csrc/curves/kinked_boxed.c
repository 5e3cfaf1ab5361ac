// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_boxed.c - the least sum of squares of a set of breaks where first unit or exponents have bounds.
 *
 * The curve is linear in its level and exponents. They are solved for without bounds; the one that strays furthest is held at its
 * bound, and the rest are solved for again.
 */
#include "curves/kinked_search.h"

#include <math.h>

/* Least squares for level and exponents: the normal equations, and what solves them inside the box. */
typedef struct problem {
    size_t m;
    double product[MOST_LINES][MOST_LINES], right[MOST_LINES], value[MOST_LINES];
    double low[MOST_LINES], high[MOST_LINES];
    bool free[MOST_LINES];
} problem;

/* Sums of products of the lines 1, x and the hinges of a set, with each other and with y. */
static void products_of_lines(const series *s, const set *of, double (*gram)[MOST_LINES], double *y)
{
    size_t m = s->breaks + 2, cell[MOST_LINES];
    for (size_t j = 0; j < m; j++) {
        double at = j >= 2 ? of->at[j - 2] : 0;
        cell[j] = j >= 2 ? cell_of(s, at) : 0;
        const double *t = s->sum + SUMS * cell[j];
        y[j] = j == 0 ? t[3] : t[4] - at * t[3];
        for (size_t k = 0; k <= j; k++) {
            double other = k >= 2 ? of->at[k - 2] : 0;
            double own = k == 0 && j == 0 ? t[0]
                         : k == 0         ? t[1] - at * t[0]
                                          : hinge_product(s, at, cell[j], other, cell[k]);
            gram[j][k] = gram[k][j] = own;
        }
    }
}

/* The same for level and exponents: value = level - exponent_1 (x - hinge_1) - exponent_2 (hinge_1 - hinge_2) ... */
static void pose(const series *s, const set *of, problem *its)
{
    double turn[MOST_LINES][MOST_LINES] = {{0}}, gram[MOST_LINES][MOST_LINES], y[MOST_LINES];
    size_t m = its->m = s->breaks + 2;
    products_of_lines(s, of, gram, y);
    for (size_t j = 0; j < m; j++) {
        turn[j][j] = j == 0 ? 1 : -1;
        if (j >= 2) turn[j - 1][j] = 1;
    }
    for (size_t j = 0; j < m; j++) {
        for (size_t k = 0; k < m; k++) {
            double sum = 0;
            for (size_t a = 0; a < m; a++)
                for (size_t b = 0; b < m; b++) sum += turn[j][a] * gram[a][b] * turn[k][b];
            its->product[j][k] = sum;
        }
        its->right[j] = its->value[j] = 0;
        for (size_t a = 0; a < m; a++) its->right[j] += turn[j][a] * y[a];
        its->low[j] = s->box_low[j ? CC_EXPONENT(j) : 0];
        its->high[j] = s->box_high[j ? CC_EXPONENT(j) : 0];
        its->free[j] = its->low[j] < its->high[j];
        if (!its->free[j]) its->value[j] = fmin(fmax(its->value[j], its->low[j]), its->high[j]);
    }
}

/* Solves for what is free, the rest where it is. */
static void solve_free(problem *its)
{
    size_t index[MOST_LINES], count = 0;
    double l[MOST_LINES][MOST_LINES], v[MOST_LINES];
    for (size_t j = 0; j < its->m; j++)
        if (its->free[j]) index[count++] = j;
    for (size_t a = 0; a < count; a++) {
        v[a] = its->right[index[a]];
        for (size_t j = 0; j < its->m; j++)
            if (!its->free[j]) v[a] -= its->product[index[a]][j] * its->value[j];
        for (size_t b = 0; b <= a; b++) {
            double sum = its->product[index[a]][index[b]];
            for (size_t i = 0; i < b; i++) sum -= l[a][i] * l[b][i];
            /* what is undetermined is 0 */
            if (a == b && !(sum > 1e-13 * its->product[index[a]][index[a]])) sum = INFINITY;
            l[a][b] = a == b ? sqrt(sum) : sum / l[b][b];
        }
        for (size_t b = 0; b < a; b++) v[a] -= l[a][b] * v[b];
        v[a] /= l[a][a];
    }
    for (size_t a = count; a-- > 0;) {
        for (size_t b = a + 1; b < count; b++) v[a] -= l[b][a] * v[b];
        v[a] /= l[a][a];
        its->value[index[a]] = v[a];
    }
}

/* Holds the one that strays furthest from its bounds; false where none does. */
static bool hold_worst(problem *its)
{
    size_t worst = its->m;
    double excess = 0;
    for (size_t j = its->m; j-- > 0;) {
        double over = fmax(its->low[j] - its->value[j], its->value[j] - its->high[j]);
        if (!its->free[j] || !(over > excess)) continue;
        excess = over;
        worst = j;
    }
    if (worst == its->m) return false;
    its->free[worst] = false;
    its->value[worst] = fmin(fmax(its->value[worst], its->low[worst]), its->high[worst]);
    return true;
}

double cc_kinked_boxed_left(const series *s, const set *of)
{
    problem its;
    double left = s->size;
    pose(s, of, &its);
    do solve_free(&its);
    while (hold_worst(&its));
    for (size_t j = 0; j < its.m; j++) {
        left -= 2 * its.value[j] * its.right[j];
        for (size_t k = 0; k < its.m; k++) left += its.value[j] * its.product[j][k] * its.value[k];
    }
    return left;
}
