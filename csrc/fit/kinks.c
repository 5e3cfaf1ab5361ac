// SPDX-License-Identifier: GPL-3.0-or-later
/* kinks.c - curves with kinks where a fit does not minimise the squares that their own starts do: other errors, robust losses.
 *
 * No walk settles on a kink. The curve's own search does, by least squares on the scale of the kernel, so the fit is made of such:
 * at every point the objective is taken as the parabola in the kernel's value that has its slope and its curvature there, and the
 * search goes down from the parameters so far (Newton's method in the values, as iteratively reweighted least squares is). Where
 * that leads up, the parabolas are taken to end nearer.
 */
#include <math.h>
#include <string.h>

#include "fit/fitter.h"

/* Rounds of a descent, and of looks for a better minimum from where one ended. */
enum { ROUNDS = 60, LOOKS = 3 };
/* Share of its weight that a point keeps where its error model curves the other way. */
static const double LEAST_CURVATURE = 0.1;
/* A descent has settled when a step moves the values by this share of a residual variance, squared. */
static const double SETTLED = 1e-18;
/* Steps that move them by this share of the objective may rise by the other: that is rounding. */
static const double ROUNDING = 1e-13, NO_RISE = 1e-14;
/* Share by which another minimum must be better. */
static const double BETTER = 1e-9;
/* How near the parabolas are taken to end at the most. */
static const double SHORTEST = 1e-9;

/* One series, and where it stands. */
typedef struct stand {
    double theta[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], higher[CC_MAX_PARAMS]; /* the box as the search narrowed it */
    double objective;
} stand;

/* The lane as one series: loss and rows of the fit, curvatures for steps. */
typedef struct problem {
    const cc_fitter *fitter;
    cc_group group;
    const cc_lane *lane;
    double *value, *other, *y, *w; /* (n): of the kernel, here and there; the parabolas as observations and weights */
} problem;

static problem pose(cc_fitter *fitter, int lane, cc_loss loss)
{
    cc_load_single(fitter, lane);
    problem its = {.fitter = fitter, .group = fitter->single, .lane = &fitter->lane[lane]};
    its.group.curved = true;
    its.group.loss = loss;
    its.value = fitter->features;
    its.other = its.value + fitter->n;
    its.y = fitter->points;
    its.w = its.y + fitter->n;
    return its;
}

/* The objective; leaves values of the kernel, and rows with their curvatures. */
static double look_at(problem *its, const double *theta)
{
    const cc_group *group = &its->group;
    double a[CC_TRIANGLE], b[CC_MAX_PARAMS], objective;
    group->curve->values[0](group->curve, group->x, group->n, theta, its->value, NULL, group->n);
    cc_normal_table[0](group, theta, a, b, &objective);
    return objective;
}

/* First and second derivative of what the error model makes of the kernel's value, which is `mapped`. */
static void slopes(const cc_group *group, double value, double mapped, double *first, double *second)
{
    *first = 1;
    *second = 0;
    if (group->map == CC_MAP_EXP) *first = *second = mapped;
    if (group->map != CC_MAP_LOGIT_OF_EXP) return;
    double rest = group->upper - exp(value);
    *first = group->upper / rest;
    *second = *first * (exp(value) / rest);
}

/* The parabolas about the values, whose lowest points are taken to lie at a `reach` of the way. */
static void draw_parabolas(problem *its, double reach)
{
    const cc_group *group = &its->group;
    bool robust = group->loss != CC_LINEAR;
    for (size_t i = 0; i < group->n; i++) {
        double first, second, w = robust ? group->row[i] : group->w[i], r = group->y[i] - group->f[i];
        double curved = robust ? group->curvature[i] : w;
        its->y[i] = its->w[i] = 0;
        if (!(group->w[i] > 0)) continue;
        slopes(group, its->value[i], group->f[i], &first, &second);
        its->w[i] = fmax(curved * first * first - w * r * second, LEAST_CURVATURE * w * first * first);
        its->y[i] = its->value[i] + reach * (w * r * first / its->w[i]);
    }
}

static bool drawn(const problem *its)
{
    for (size_t i = 0; i < its->group.n; i++)
        if (!isfinite(its->w[i]) || !isfinite(its->y[i])) return false;
    return true;
}

/* The curve's own starts for the parabolas, from parameters or, where these are NaN, from nothing; the box is that of the best. */
static size_t search(const problem *its, const double *given, bool near, size_t most, double *own, stand *box)
{
    const cc_curve *curve = its->group.curve;
    memcpy(box->lower, its->lane->box_low, sizeof box->lower);
    memcpy(box->higher, its->lane->box_high, sizeof box->higher);
    cc_points points = {.n = its->group.n,
                        .z = its->group.x,
                        .y = its->y,
                        .w = its->w,
                        .given = given,
                        .near = near,
                        .lower = box->lower,
                        .higher = box->higher,
                        .range = &its->lane->range,
                        .work = its->w + its->group.n};
    if (!drawn(its)) return 0;
    size_t count = curve->starts(curve, &points, most, own);
    for (size_t k = 0; k < count; k++)
        for (size_t j = 0; j < curve->p; j++)
            own[k * curve->p + j] = fmin(fmax(own[k * curve->p + j], box->lower[j]), box->higher[j]);
    return count;
}

/* How far the values move from some that were, by the parabolas. */
static double length(const problem *its, const double *from)
{
    double sum = 0;
    for (size_t i = 0; i < its->group.n; i++) {
        double off = its->value[i] - from[i];
        if (its->w[i] > 0) sum += its->w[i] * off * off;
    }
    return sum;
}

/* One step down: where the parabolas lead at a reach, kinks staying where they are or not; false where that is no lower. */
static bool step(problem *its, double reach, bool near, stand *at, double *moved)
{
    stand next;
    double *from = its->value;
    look_at(its, at->theta);
    draw_parabolas(its, reach);
    if (!search(its, at->theta, near, 1, next.theta, &next)) return false;
    its->value = its->other;
    next.objective = look_at(its, next.theta);
    *moved = length(its, from);
    its->value = from;
    double slack = *moved < ROUNDING * at->objective ? NO_RISE * at->objective : 0;
    if (!(next.objective <= at->objective + slack)) return false;
    *at = next;
    return true;
}

/* Down from where it stands. Where kinks that look for better places close by lead up, they stay where they are; where that leads up
 * as well, the parabolas are followed less far. */
static void descend(problem *its, stand *at)
{
    double reach = 1, moved = INFINITY, degrees = fmax((double)its->lane->n_used - (double)its->lane->n_free, 1);
    at->objective = look_at(its, at->theta);
    for (int round = 0; round < ROUNDS && reach > SHORTEST && at->objective < INFINITY; round++) {
        bool lower = step(its, reach, false, at, &moved) || step(its, reach, true, at, &moved);
        if (moved < SETTLED * at->objective / degrees) return;
        reach = lower ? fmin(4 * reach, 1) : reach / 4;
    }
}

/* Looks for other minima from where it stands, as the curve's search sees them from there. */
static void look_about(problem *its, stand *best)
{
    double nothing[CC_MAX_PARAMS], own[CC_MAX_STARTS * CC_MAX_PARAMS];
    size_t p = its->group.p;
    for (size_t j = 0; j < p; j++) nothing[j] = NAN;
    for (int look = 0; look < LOOKS && best->objective < INFINITY; look++) {
        stand from = *best, unused;
        look_at(its, from.theta);
        draw_parabolas(its, 1);
        size_t count = search(its, nothing, false, CC_MAX_STARTS, own, &unused);
        for (size_t k = 0; k < count; k++) {
            stand other = from;
            memcpy(other.theta, own + k * p, p * sizeof *own);
            descend(its, &other);
            if (other.objective < best->objective * (1 - BETTER)) *best = other;
        }
        if (!(best->objective < from.objective)) return;
    }
}

static bool none_given(const problem *its)
{
    for (size_t j = 0; j < its->group.p; j++)
        if (!isnan(its->lane->given[j])) return false;
    return true;
}

/* Whether squares on the scale of the kernel are what is minimised. */
static bool is_plain(const cc_fitter *fitter, cc_loss loss)
{
    return fitter->full.map == CC_MAP_SAME && loss == CC_LINEAR;
}

static bool narrowed(const cc_lane *lane, const stand *at, size_t p)
{
    for (size_t j = 0; j < p; j++)
        if (at->lower[j] > lane->box_low[j] || at->higher[j] < lane->box_high[j]) return true;
    return false;
}

size_t cc_kinks_refine(cc_fitter *fitter, int lane, cc_loss loss, double *own, size_t count, double *lower,
                       double *higher)
{
    size_t p = fitter->curve->p;
    stand end[CC_MAX_STARTS], *best = &end[0];
    if (is_plain(fitter, loss) || count == 0) return count;
    problem its = pose(fitter, lane, loss);
    for (size_t k = 0; k < count; k++) {
        memcpy(end[k].theta, own + k * p, p * sizeof *own);
        memcpy(end[k].lower, lower, p * sizeof *lower);
        memcpy(end[k].higher, higher, p * sizeof *higher);
        descend(&its, &end[k]);
        if (end[k].objective < best->objective) best = &end[k];
    }
    stand first = *best;
    if (none_given(&its)) look_about(&its, &first);
    memcpy(own, first.theta, p * sizeof *own);
    memcpy(lower, first.lower, p * sizeof *lower);
    memcpy(higher, first.higher, p * sizeof *higher);
    size_t kept = 1;
    /* the box of the best is the fit's: there is no other start where it is narrower than the user's */
    for (size_t k = 0; k < count && kept < count && !narrowed(its.lane, &first, p); k++) {
        if (&end[k] == best && first.objective == best->objective) continue;
        if (narrowed(its.lane, &end[k], p) || !(end[k].objective < INFINITY)) continue;
        memcpy(own + kept++ * p, end[k].theta, p * sizeof *own);
    }
    return kept;
}

void cc_kinks_resolve(cc_fitter *fitter, const int *lanes, cc_found *found)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    cc_loss loss = fitter->full.loss;
    if (!(fitter->curve->flags & CC_KINKS) || is_plain(fitter, loss)) return;
    for (size_t lane = 0; lane < width; lane++) {
        double own[CC_MAX_PARAMS], lower[CC_MAX_PARAMS], higher[CC_MAX_PARAMS];
        if (!lanes[lane]) continue;
        for (size_t j = 0; j < p; j++) {
            own[j] = found->theta[j * width + lane];
            lower[j] = fitter->full.lower[j * width + lane];
            higher[j] = fitter->full.upper_bound[j * width + lane];
        }
        cc_kinks_refine(fitter, (int)lane, loss, own, 1, lower, higher);
        for (size_t j = 0; j < p; j++) {
            found->theta[j * width + lane] = own[j];
            fitter->full.lower[j * width + lane] = lower[j];
            fitter->full.upper_bound[j * width + lane] = higher[j];
        }
    }
}
