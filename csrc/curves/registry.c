// SPDX-License-Identifier: GPL-3.0-or-later
/* registry.c - all curves in one list, and the pieces that families share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curves/families.h"

const char *const cc_time[1] = {"time"};

void cc_log_features(const cc_curve *self, const double *x, size_t n, const double *theta, double *z, double *dz)
{
    (void)theta;
    (void)dz;
    for (size_t i = 0; i < self->r * n; i++) z[i] = x[i] > 0 ? log(x[i]) : NAN;
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

static const struct {
    const char *name;
    const cc_curve *const *curves;
} families[] = {
    {"growth", cc_growth_curves},       {"experience", cc_experience_curves},      {"experience", cc_factor_curves},
    {"experience", cc_floor_curves},    {"experience", cc_forgetting_curves},      {"sigmoid", cc_sigmoid_curves},
    {"sigmoid", cc_sigmoid_sum_curves}, {"sigmoid", cc_sigmoid_launch_curves},     {"sigmoid", cc_share_curves},
    {"diffusion", cc_diffusion_curves}, {"diffusion", cc_generalised_bass_curves}, {"diffusion", cc_norton_bass_curves},
    {"scaling", cc_scaling_curves},
};

const cc_curve *cc_curve_at(size_t k)
{
    for (int f = 0; f < CC_COUNT(families); f++)
        for (const cc_curve *const *c = families[f].curves; *c; c++)
            if (k-- == 0) return *c;
    return NULL;
}

const char *cc_curve_family(const cc_curve *curve)
{
    for (int f = 0; f < CC_COUNT(families); f++)
        for (const cc_curve *const *c = families[f].curves; *c; c++)
            if (*c == curve) return families[f].name;
    return NULL;
}

const cc_curve *cc_curve_find(const char *name)
{
    const cc_curve *curve;
    for (size_t k = 0; (curve = cc_curve_at(k)); k++)
        if (strcmp(curve->name, name) == 0) return curve;
    return NULL;
}
