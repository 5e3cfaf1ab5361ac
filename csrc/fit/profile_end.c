// SPDX-License-Identifier: GPL-3.0-or-later
/* profile_end.c - walks outward in growing steps until the objective has risen enough, then closes in by regula falsi.
 *
 * Every refit starts from a neighbour's solution, so the walk follows one branch of solutions. Before an end is believed it is
 * looked at once more without starting values: where another branch lies lower, the walk goes on from there.
 */
#include "fit/profile_end.h"

#include <math.h>
#include <string.h>

enum { MOST_EVALUATIONS = 80, MOST_CHECKS = 6 };

/* Heights this close to the crossing, relatively, are on it. */
static const double ON_IT = 1e-9;
/* A bracket this narrow, relative to its distance from the centre, holds nothing more: the objective jumps there. */
static const double NARROW = 1e-12;
/* A branch that lies lower by less than this, relatively, is the same one. */
static const double LOWER = 1e-6;

static void finish(cc_end *end, cc_profile_state state)
{
    end->phase = CC_END_DONE;
    end->state = state;
}

/* Distance of the next outward step from the centre, given that of the last. */
static void step_out(cc_end *end)
{
    double distance = fabs(end->inner - end->centre), ratio = 1.1 * end->crossing / end->inner_height;
    double growth = end->inner_height > 0 ? fmin(fmax(ratio, 1.5), 8) : 8;
    end->at = end->centre + end->side * distance * growth;
    if (end->side * (end->at - end->limit) >= 0) end->at = end->limit;
}

/* Between the brackets: the secant's crossing, or the middle where there is no secant or it is slow. */
static void step_in(cc_end *end)
{
    double low = end->false_inner - end->crossing, high = end->false_outer - end->crossing;
    double middle = end->inner + (end->outer - end->inner) / 2;
    end->at = middle;
    if (isfinite(high) && end->slow < 3) end->at = end->inner + (end->outer - end->inner) * (-low / (high - low));
    double least = fmin(end->inner, end->outer), most = fmax(end->inner, end->outer);
    if (!(end->at > least && end->at < most)) end->at = middle;
}

static bool narrow(const cc_end *end)
{
    double width = fabs(end->outer - end->inner), middle = end->inner + (end->outer - end->inner) / 2;
    return width <= NARROW * fabs(end->outer - end->centre) || middle == end->inner || middle == end->outer;
}

void cc_end_begin(cc_end *end, size_t p, size_t param, int side, const double *theta, double limit, bool bounded,
                  double step, double crossing, const double *tangent)
{
    memset(end, 0, sizeof *end);
    end->p = p;
    end->param = param;
    end->side = side;
    end->crossing = crossing;
    end->centre = end->inner = theta[param];
    end->limit = limit;
    end->bounded = bounded;
    memcpy(end->inner_theta, theta, p * sizeof *theta);
    memcpy(end->tangent, tangent, p * sizeof *tangent);
    end->at = end->centre + side * step;
    if (side * (end->at - limit) >= 0) end->at = limit;
    if (side * (end->centre - limit) >= 0) finish(end, bounded ? CC_PROFILE_BOUND : CC_PROFILE_OPEN);
}

void cc_end_propose(const cc_end *end, const double *lower, const double *upper, double *start)
{
    double from = end->inner, share = 0;
    bool between = end->phase == CC_END_INSIDE && isfinite(end->outer_height);
    if (between) share = (end->at - from) / (end->outer - from);
    for (size_t j = 0; j < end->p; j++) {
        double near = end->inner_theta[j], moved;
        if (between)
            moved = near + share * (end->outer_theta[j] - near);
        else
            moved = near + end->tangent[j] * (end->at - from);
        /* a tangent that leaves the box has been followed too far */
        start[j] = moved > lower[j] && moved < upper[j] ? moved : near;
        if (end->global) start[j] = NAN;
    }
    start[end->param] = end->at;
}

static void move_inner(cc_end *end, double height, const double *theta)
{
    double distance = end->at - end->inner;
    for (size_t j = 0; j < end->p; j++) {
        double slope = (theta[j] - end->inner_theta[j]) / distance;
        end->tangent[j] = isfinite(slope) ? slope : 0;
        end->inner_theta[j] = theta[j];
    }
    end->inner = end->at;
    end->inner_height = end->false_inner = height;
}

static void move_outer(cc_end *end, double height, const double *theta)
{
    end->outer = end->at;
    end->outer_height = end->false_outer = height;
    if (isfinite(height)) memcpy(end->outer_theta, theta, end->p * sizeof *theta);
}

/* The crossing lies at or just inside `outer`: look there once more before it is believed. */
static void check(cc_end *end)
{
    if (!isfinite(end->outer_height)) {
        finish(end, CC_PROFILE_LOST);
        return;
    }
    end->phase = CC_END_CHECK;
    end->global = true;
    end->at = end->outer;
}

static void close_in(cc_end *end, double height, const double *theta)
{
    double before = fabs(end->outer - end->inner);
    bool on_it = fabs(height - end->crossing) <= ON_IT * end->crossing;
    if (on_it || height >= end->crossing) {
        move_outer(end, height, theta);
        end->false_inner = end->crossing + (end->false_inner - end->crossing) / 2;
    } else {
        double outer = end->false_outer;
        move_inner(end, height, theta);
        end->false_outer = end->crossing + (outer - end->crossing) / 2;
    }
    end->slow = fabs(end->outer - end->inner) > before / 2 ? end->slow + 1 : 0;
    if (on_it || narrow(end))
        check(end);
    else
        step_in(end);
}

void cc_end_absorb(cc_end *end, double height, const double *theta)
{
    bool was_global = end->global, jumped = end->phase == CC_END_CHECK;
    end->global = false;
    end->evaluations++;
    if (isnan(height)) height = INFINITY;
    if (jumped) {
        if (!(height < end->crossing * (1 - LOWER))) {
            finish(end, CC_PROFILE_CLOSED);
            return;
        }
        if (++end->checks > MOST_CHECKS) {
            finish(end, CC_PROFILE_LOST);
            return;
        }
        end->phase = CC_END_OUTWARD;
    }
    if (end->evaluations >= MOST_EVALUATIONS) {
        finish(end, CC_PROFILE_LOST);
        return;
    }
    if (!isfinite(height) && !was_global) {
        end->global = true; /* the neighbour's solution was no start: look at the same place without one */
        return;
    }
    if (end->phase == CC_END_INSIDE) {
        close_in(end, height, theta);
    } else if (height < end->crossing * (1 - ON_IT)) {
        move_inner(end, height, theta);
        if (jumped) memset(end->tangent, 0, sizeof end->tangent); /* between two branches there is none */
        if (end->at == end->limit)
            finish(end, end->bounded ? CC_PROFILE_BOUND : CC_PROFILE_OPEN);
        else
            step_out(end);
    } else {
        move_outer(end, height, theta);
        end->phase = CC_END_INSIDE;
        end->slow = 0;
        if (height <= end->crossing * (1 + ON_IT))
            check(end);
        else
            step_in(end);
    }
}

double cc_end_value(const cc_end *end)
{
    switch (end->state) {
    case CC_PROFILE_CLOSED: return end->outer;
    case CC_PROFILE_BOUND: return end->limit;
    case CC_PROFILE_OPEN: return end->side * INFINITY;
    default: return NAN;
    }
}
