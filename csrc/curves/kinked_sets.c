// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_sets.c - sets of breaks: their order, whether the points allow them, and the best few. */
#include "curves/kinked_search.h"

#include <math.h>

size_t cc_kinked_in_place(const series *s, const set *of)
{
    size_t count = 0;
    for (size_t k = 0; k < s->breaks; k++) count += !isnan(of->at[k]);
    return count;
}

/* Those that are in place come first, in order. */
void cc_kinked_order(const series *s, set *of)
{
    if (s->slots) return;
    for (size_t k = 1; k < s->breaks; k++)
        for (size_t j = k; j > 0 && (of->at[j] < of->at[j - 1] || (isnan(of->at[j - 1]) && !isnan(of->at[j]))); j--) {
            double own = of->at[j];
            of->at[j] = of->at[j - 1];
            of->at[j - 1] = own;
        }
}

/* Whether every segment has two points and a doubling; the breaks lie `apart` numbers from each other. */
bool cc_kinked_fits(const series *s, const double *at, size_t apart)
{
    size_t first = 0;
    for (size_t k = 0; k < s->breaks; k++) {
        if (!two_places(s, first, end_at(s, at[k * apart]))) return false;
        if (k > 0 && at[k * apart] - at[(k - 1) * apart] < CC_LEAST_DISTANCE) return false;
        first = first_at(s, at[k * apart]);
    }
    return two_places(s, first, s->n);
}

static bool same(const series *s, const set *a, const set *b)
{
    for (size_t k = 0; k < s->breaks; k++)
        if (!isnan(a->at[k]) && !(fabs(a->at[k] - b->at[k]) <= 1e-6)) return false;
    return true;
}

/* Keeps the best few, the best first, of those that differ. */
size_t cc_kinked_keep(const series *s, set *kept, size_t count, size_t most, const set *one)
{
    if (!(one->left < INFINITY)) return count;
    for (size_t k = 0; k < count; k++)
        if (same(s, one, &kept[k])) return count;
    size_t at = count < most ? count++ : most;
    while (at > 0 && one->left < kept[at - 1].left) {
        if (at < most) kept[at] = kept[at - 1];
        at--;
    }
    if (at < most) kept[at] = *one;
    return count;
}
