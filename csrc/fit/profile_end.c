// SPDX-License-Identifier: GPL-3.0-or-later
/* profile_end.c - walks outward in growing steps until the objective has risen enough, then closes in by regula falsi.
 *
 * Every refit starts from a neighbour's solution, so the walk follows one branch of solutions. A height that is out of line with
 * those around it is looked at again from elsewhere, and so is every end before it is believed: where another branch lies
 * lower, the walk goes on from there. The height along the lowest branch is continuous, so a jump means that refits fail.
 */
#include "fit/profile_end.h"

#include <math.h>
#include <string.h>

enum { MOST_EVALUATIONS = 120, MOST_CHECKS = 6, SOME_FAILURES = 4, MOST_APPROACHES = 40 };

/* How far out an end is sought, in times the distance at which a linear curve crosses, or the size of the parameter; and on a
 * logarithm, in powers of e: twenty orders of magnitude. */
static const double REACH = 1e4, REACH_OF_LOGARITHM = 46;
/* Heights this close to the crossing, relatively, are on it. */
static const double ON_IT = 1e-9;
/* A branch that lies lower by less than this, relatively, is the same one. */
static const double LOWER = 1e-6;
/* A bracket this narrow should hold no jump; nor this one anything more. */
static const double JUMP = 1e-6, NARROW = 1e-12;
/* A height this many times what its neighbours lead to expect is looked at again. */
static const double SUSPICIOUS = 2;
/* A first step that leads to nothing is divided by this, and so is the distance to a bound at which there is no fit. */
static const double SHORTER = 16;
/* Marks are at least this factor apart. */
static const double MARKS = 1.5;
/* A height that has risen, to this share of the crossing, and then changes by less than that one over this factor in distance, has
 * levelled off for good. */
static const double RISEN = 0.02, FLAT = 1e-3, FLAT_OVER = 16;

static void finish(cc_end *end, cc_profile_state state)
{
    /* a logarithm has no end towards 0, but the parameter has one there */
    bool to_zero = end->logarithmic && end->side < 0;
    end->phase = CC_END_DONE;
    end->state = state == CC_PROFILE_OPEN && to_zero ? CC_PROFILE_BOUND : state;
}

/* Where the parameter has this value. */
static double place_of(const cc_end *end, double value)
{
    return end->logarithmic ? log(value) : value;
}

static double distance(const cc_end *end, double at)
{
    return end->side * (at - end->centre);
}

static void look_at(cc_end *end, double at, cc_end_look look)
{
    end->at = end->found.at = at;
    end->look = look;
    end->found.height = INFINITY;
}

/* The limit and the first place to look at, for a first distance. */
static void set_out(cc_end *end, double step)
{
    end->step = step;
    double bound = place_of(end, end->bound);
    double reach = end->logarithmic ? fmax(2 * step, REACH_OF_LOGARITHM) : REACH * fmax(step, end->size);
    end->limit = end->centre + end->side * reach;
    end->bounded = end->side * (bound - end->limit) <= 0;
    if (end->bounded) end->limit = bound;
    double at = end->centre + end->side * step;
    look_at(end, end->side * (at - end->limit) >= 0 ? end->limit : at, CC_LOOK_TANGENT);
}

void cc_end_begin(cc_end *end, size_t p, size_t param, int side, const double *theta, bool logarithmic, double bound,
                  double size, double step, double crossing, const double *tangent)
{
    memset(end, 0, sizeof *end);
    end->p = p;
    end->param = param;
    end->side = side;
    end->crossing = crossing;
    end->logarithmic = logarithmic;
    end->centre = end->inner.at = place_of(end, theta[param]);
    end->bound = bound;
    end->size = size;
    memcpy(end->inner.theta, theta, p * sizeof *theta);
    memcpy(end->tangent, tangent, p * sizeof *tangent);
    set_out(end, step);
    if (side * (theta[param] - bound) >= 0) finish(end, CC_PROFILE_BOUND);
}

void cc_end_propose(const cc_end *end, const double *lower, const double *upper, double *start)
{
    const cc_place *inner = &end->inner, *outer = &end->outer;
    bool between = end->phase == CC_END_INSIDE && isfinite(outer->height);
    double away = end->at - inner->at, share = between ? away / (outer->at - inner->at) : 0;
    for (size_t j = 0; j < end->p; j++) {
        double near = inner->theta[j];
        double moved = near + (between ? share * (outer->theta[j] - near) : end->tangent[j] * away);
        /* a tangent that leaves the box has been followed too far */
        bool usable = moved > lower[j] && moved < upper[j] && end->look == CC_LOOK_TANGENT;
        start[j] = end->look == CC_LOOK_GLOBAL ? NAN : usable ? moved : near;
    }
    start[end->param] = cc_end_at(end);
}

double cc_end_at(const cc_end *end)
{
    return end->logarithmic ? exp(end->at) : end->at;
}

/* ---- what comes next ----------------------------------------------------------------------------- */

static void step_out(cc_end *end)
{
    double ratio = 1.1 * end->crossing / end->inner.height, own = distance(end, end->inner.at);
    double growth = end->inner.height > 0 ? fmin(fmax(ratio, 1.5), 8) : 8;
    double at = end->centre + end->side * fmax(own * growth, own + end->step / 4);
    look_at(end, end->side * (at - end->limit) >= 0 ? end->limit : at, CC_LOOK_TANGENT);
}

/* Whether there is no fit at the bound itself, which has to be approached. */
static bool at_the_brink(const cc_end *end)
{
    return end->bounded && end->outer.at == end->limit && isinf(end->outer.height);
}

/* Between the brackets: the secant's crossing, or the middle where there is no secant or it is slow. */
static void step_in(cc_end *end)
{
    double low = end->false_inner - end->crossing, high = end->false_outer - end->crossing;
    double inner = end->inner.at, outer = end->outer.at, middle = inner + (outer - inner) / 2, at = middle;
    if (isfinite(high) && end->slow < 3) at = inner + (outer - inner) * (-low / (high - low));
    if (at_the_brink(end)) at = outer + (inner - outer) / SHORTER;
    if (!(at > fmin(inner, outer) && at < fmax(inner, outer))) at = middle;
    look_at(end, at, CC_LOOK_TANGENT);
}

/* Whether the bracket is this narrow, relative to its distance from the centre and, where that is less, from zero. */
static bool narrower(const cc_end *end, double share)
{
    double inner = end->inner.at, outer = end->outer.at, middle = inner + (outer - inner) / 2;
    double size = fmin(distance(end, outer), fmax(fabs(inner), fabs(outer)));
    return fabs(outer - inner) <= share * size || middle == inner || middle == outer;
}

static bool jumps(const cc_end *end)
{
    return end->inner.height < 0.9 * end->crossing && end->outer.height > 1.1 * end->crossing;
}

/* Whether the objective has levelled off: at the pace of the last refits that converged it would not cross before the limit. */
static bool level(const cc_end *end)
{
    double factors = log(distance(end, end->limit) / end->mark);
    return !end->bounded && end->mark > 0 && end->mark_height + end->rise * factors < end->crossing;
}

/* Refits fail before the objective crosses. A ceiling or a midpoint on its way to infinity fails by overflow, long after the
 * objective has levelled off: then the end is open. */
static void give_up(cc_end *end)
{
    finish(end, at_the_brink(end) ? CC_PROFILE_BOUND : level(end) ? CC_PROFILE_OPEN : CC_PROFILE_LOST);
}

static void check(cc_end *end)
{
    end->phase = CC_END_CHECK;
    look_at(end, end->outer.at, CC_LOOK_GLOBAL);
}

/* ---- what was found ------------------------------------------------------------------------------ */

/* Height at end->at that its neighbours lead to expect. */
static double expected(const cc_end *end)
{
    if (end->phase == CC_END_INSIDE && isfinite(end->outer.height)) return end->outer.height;
    double own = distance(end, end->inner.at), there = distance(end, end->at);
    double slope = own > 0 ? end->inner.height / own : end->crossing / end->step;
    return fmax(slope * there, end->crossing) * SUSPICIOUS;
}

static void move_inner(cc_end *end)
{
    const cc_place *found = &end->found;
    double away = found->at - end->inner.at, own = distance(end, found->at);
    if (found->sure && own >= MARKS * end->mark) {
        end->rise = end->mark > 0 ? (found->height - end->mark_height) / log(own / end->mark) : INFINITY;
        end->mark = own;
        end->mark_height = found->height;
    }
    if (!(fabs(found->height - end->flat_height) < FLAT * end->crossing) || end->flat == 0) {
        end->flat = own;
        end->flat_height = found->height;
    }
    for (size_t j = 0; j < end->p; j++) {
        double slope = (found->theta[j] - end->inner.theta[j]) / away;
        end->tangent[j] = isfinite(slope) ? slope : 0;
    }
    end->inner = *found;
    end->false_inner = found->height;
}

static void move_outer(cc_end *end)
{
    end->outer = end->found;
    end->false_outer = end->found.height;
}

static void went_outward(cc_end *end, bool jumped)
{
    double height = end->found.height;
    if (height < end->crossing * (1 - ON_IT)) {
        move_inner(end);
        if (jumped) memset(end->tangent, 0, sizeof end->tangent); /* between two branches there is none */
        if (end->at == end->limit)
            finish(end, end->bounded ? CC_PROFILE_BOUND : CC_PROFILE_OPEN);
        else if (!end->bounded && height > RISEN * end->crossing && distance(end, end->at) > FLAT_OVER * end->flat)
            finish(end, CC_PROFILE_OPEN);
        else
            step_out(end);
        return;
    }
    if (end->inner.at == end->centre && !(height < expected(end)) && end->step > end->size / REACH) {
        /* where the data say next to nothing, a standard error is no measure of how far to go */
        set_out(end, end->step / SHORTER);
        return;
    }
    if (!(height < expected(end))) end->found.height = height = INFINITY; /* not to be believed */
    move_outer(end);
    end->phase = CC_END_INSIDE;
    end->slow = end->moved = 0;
    end->false_inner = end->inner.height;
    if (height <= end->crossing * (1 + ON_IT))
        check(end);
    else
        step_in(end);
}

static void closed_in(cc_end *end)
{
    double before = fabs(end->outer.at - end->inner.at);
    if (isinf(end->outer.height) && !(end->found.height < expected(end))) end->found.height = INFINITY;
    double height = end->found.height;
    bool on_it = fabs(height - end->crossing) <= ON_IT * end->crossing;
    end->failures += isinf(height) || (height >= end->crossing && !end->found.sure);
    end->approaches += at_the_brink(end);
    if (on_it || height >= end->crossing) {
        move_outer(end);
        /* an end that stays put twice running has its height halved (Illinois) */
        if (end->moved == 1) end->false_inner = end->crossing + (end->false_inner - end->crossing) / 2;
        end->moved = 1;
    } else {
        move_inner(end);
        if (end->moved == -1) end->false_outer = end->crossing + (end->false_outer - end->crossing) / 2;
        end->moved = -1;
    }
    end->slow = fabs(end->outer.at - end->inner.at) > before / 2 ? end->slow + 1 : 0;
    bool nothing = isinf(end->outer.height),
         lost = narrower(end, JUMP) && (nothing || jumps(end)) && !at_the_brink(end);
    if (on_it)
        check(end);
    else if (lost || (end->failures > SOME_FAILURES && level(end)) || end->approaches > MOST_APPROACHES)
        give_up(end);
    else if (narrower(end, NARROW) && !nothing)
        check(end);
    else
        step_in(end);
}

void cc_end_absorb(cc_end *end, double height, bool sure, const double *theta)
{
    bool checked = end->phase == CC_END_CHECK;
    if (height < end->found.height) {
        end->found.height = height;
        end->found.sure = sure;
        memcpy(end->found.theta, theta, end->p * sizeof *theta);
    }
    end->evaluations++;
    if (checked) {
        if (!(end->found.height < end->crossing * (1 - LOWER))) {
            /* a crossing that only refits in doubt have seen counts for less than a level that the others saw, and only where two
             * of them agree */
            bool agree = fabs(end->found.height - end->outer.height) <= FLAT * end->crossing;
            bool seen = end->outer.sure || (!level(end) && agree);
            if (seen)
                finish(end, CC_PROFILE_CLOSED);
            else
                give_up(end);
            return;
        }
        end->phase = CC_END_OUTWARD;
        end->checks++;
    } else if (end->look != CC_LOOK_GLOBAL && !(end->found.height < expected(end))) {
        end->look++;
        return;
    }
    if (end->evaluations >= MOST_EVALUATIONS || end->checks > MOST_CHECKS)
        finish(end, CC_PROFILE_LOST);
    else if (end->phase == CC_END_INSIDE)
        closed_in(end);
    else
        went_outward(end, checked);
}

double cc_end_value(const cc_end *end)
{
    switch (end->state) {
    case CC_PROFILE_CLOSED:
        return end->logarithmic ? exp(end->outer.at) : end->outer.at;
    case CC_PROFILE_BOUND:
        return end->bound;
    case CC_PROFILE_OPEN:
        return end->side < 0 ? -INFINITY : INFINITY;
    default:
        return NAN;
    }
}
