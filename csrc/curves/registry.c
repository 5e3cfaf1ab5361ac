// SPDX-License-Identifier: GPL-3.0-or-later
/* registry.c - all curves in one list, and the pieces that families share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curves/families.h"

/* lanes of width 1: the loader takes the same logarithms of several series at once */
#define CC_WIDTH 1
#include "lanes.h"
#undef CC_WIDTH

const char *const cc_time[1] = {"time"};

void cc_log_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < self->r * n; i++) z[i] = x[i] > 0 ? v_log_w1(x[i]) : NAN;
}

void cc_grid_places(cc_grid *grid, int param, double low, double span, const double *at, int count)
{
    grid->count[param] = count;
    for (int k = 0; k < count; k++) grid->node[param][k] = low + span * at[k];
}

void cc_grid_multiples(cc_grid *grid, int param, double unit, const double *at, int count)
{
    cc_grid_places(grid, param, 0, unit, at, count);
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double cc_usual_step(const double *time, size_t n)
{
    double *at = malloc(n * sizeof *at + 1), step = NAN;
    size_t m = 0, steps = 0;
    if (!at) return step;
    for (size_t i = 0; i < n; i++)
        if (isfinite(time[i])) at[m++] = time[i];
    qsort(at, m, sizeof *at, ascending);
    for (size_t i = 1; i < m; i++)
        if (at[i] > at[i - 1]) at[steps++] = at[i] - at[i - 1];
    qsort(at, steps, sizeof *at, ascending);
    if (steps) step = steps % 2 ? at[steps / 2] : (at[steps / 2 - 1] + at[steps / 2]) / 2;
    free(at);
    return step;
}

/* A point to be put in order: by its features, then by y and w, so that the order of the rows does not matter. */
typedef struct place {
    const cc_points *points;
    size_t n_features, index;
} place;

static int by_place(const void *one, const void *other)
{
    const place *a = one, *b = other;
    const cc_points *points = a->points;
    for (size_t k = 0; k < a->n_features + 2; k++) {
        const double *column = k < a->n_features    ? points->z + k * points->n
                               : k == a->n_features ? points->y
                                                    : points->w;
        double x = column[a->index], y = column[b->index];
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

size_t cc_thin(const cc_curve *self, const cc_points *points, size_t most, size_t *which)
{
    size_t used = 0;
    for (size_t i = 0; i < points->n; i++) used += points->w[i] > 0;
    if (used <= most) {
        for (size_t i = 0, next = 0; i < points->n; i++)
            if (points->w[i] > 0) which[next++] = i;
        return used;
    }
    place *order = malloc(used * sizeof *order);
    if (!order) return 0;
    for (size_t i = 0, next = 0; i < points->n; i++)
        if (points->w[i] > 0) order[next++] = (place){points, self->n_features, i};
    bool sorted = true;
    for (size_t k = 1; k < used && sorted; k++) sorted = by_place(&order[k - 1], &order[k]) <= 0;
    if (!sorted) qsort(order, used, sizeof *order, by_place);
    for (size_t k = 0; k < most; k++) which[k] = order[most > 1 ? k * (used - 1) / (most - 1) : 0].index;
    free(order);
    return most;
}

size_t cc_keep_start(double *start, double *value, size_t count, size_t most, size_t p, const double *theta, double own)
{
    if (!(own < INFINITY) || most == 0 || (count == most && own >= value[most - 1])) return count;
    size_t at = count < most ? count++ : most - 1;
    for (; at > 0 && own < value[at - 1]; at--) {
        value[at] = value[at - 1];
        memcpy(start + at * p, start + (at - 1) * p, p * sizeof *start);
    }
    value[at] = own;
    memcpy(start + at * p, theta, p * sizeof *start);
    return count;
}

void cc_example_time(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = 2000 + (n > 1 ? 30 * (double)i / (double)(n - 1) : 0);
}

void cc_example_scale(const cc_curve *self, size_t n, double *x)
{
    (void)self;
    for (size_t i = 0; i < n; i++) x[i] = 10 * pow(1000, n > 1 ? (double)i / (double)(n - 1) : 0);
}

#ifndef CC_FAMILY_FILES
#error "the build defines CC_FAMILY_FILES: EACH(file) for every CC_FAMILY(family, file, ...) in csrc/curves"
#endif

#define EACH(file) extern const cc_family cc_family_##file;
CC_FAMILY_FILES
#undef EACH

#define EACH(file) &cc_family_##file,
static const cc_family *const files[] = {CC_FAMILY_FILES};
#undef EACH

/* Families in the order in which they are shown; others follow. */
static const char *const families[] = {"growth", "experience", "sigmoid", "diffusion", "scaling"};

/* When a file has its turn: by its family, and there first if it is named as the family is. */
static int turn_of(const cc_family *file)
{
    int turn = 0;
    while (turn < CC_COUNT(families) && strcmp(families[turn], file->name) != 0) turn++;
    return 2 * turn + (strcmp(file->file, file->name) != 0);
}

const cc_curve *cc_curve_at(size_t k)
{
    for (int turn = 0; turn < 2 * (CC_COUNT(families) + 1); turn++)
        for (int f = 0; f < CC_COUNT(files); f++) {
            if (turn_of(files[f]) != turn) continue;
            for (const cc_curve *const *c = files[f]->curves; *c; c++)
                if (k-- == 0) return *c;
        }
    return NULL;
}

const char *cc_curve_family(const cc_curve *curve)
{
    for (int f = 0; f < CC_COUNT(files); f++)
        for (const cc_curve *const *c = files[f]->curves; *c; c++)
            if (*c == curve) return files[f]->name;
    return NULL;
}

const cc_curve *cc_curve_find(const char *name)
{
    const cc_curve *curve;
    for (size_t k = 0; (curve = cc_curve_at(k)); k++)
        if (strcmp(curve->name, name) == 0) return curve;
    return NULL;
}
