// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_polish.c - Newton steps over all parameters of a kinked curve, with the curvature of the passage in which a break that lies
 * on a point comes to rest.
 */
#include "curves/kinked_search.h"

#include <math.h>
#include <string.h>

enum { STEPS = 40 };

/* Steps that promise a smaller share of the sum of squares are none, but in a passage: there the slope is steep, and steps go on
 * while they promise less each time. */
static const double LITTLE = 1e-18;

/* The sum of squares. */
static double squares_at(const series *s, const double *at)
{
    double left = 0;
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i], residual = s->y[i] - at[0] + at[1] * x;
        for (size_t k = 1; k <= s->breaks && x > at[CC_BREAK(k)] - CC_KINK; k++) {
            double past = x - at[CC_BREAK(k)], share = (past + CC_KINK) * (0.5 / CC_KINK);
            residual +=
                (at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)]) * (past < CC_KINK ? CC_KINK * share * share : past);
        }
        left += s->w[i] * residual * residual;
    }
    return left;
}

/* Half the gradient and half the Hessian of the sum of squares, signs turned in the gradient; returns the sum. `exact`: with the
 * second derivatives of the curve, else the part that is never negative. */
double cc_kinked_equations(const series *s, const double *at, double (*a)[MOST_P], double *right, bool exact)
{
    size_t p = 2 + 2 * s->breaks;
    double left = 0;
    memset(a, 0, p * sizeof *a);
    memset(right, 0, p * sizeof *right);
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i], g[MOST_P], share[CC_MOST_BREAKS + 1] = {0}, value = at[0] - at[1] * x;
        g[0] = 1;
        g[1] = -x;
        for (size_t k = 1; k <= s->breaks; k++) {
            double past = x - at[CC_BREAK(k)], change = at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)];
            share[k] = fmin(fmax((past + CC_KINK) * (0.5 / CC_KINK), 0), 1);
            double hinge = past < CC_KINK ? CC_KINK * share[k] * share[k] : past;
            value -= change * hinge;
            g[CC_EXPONENT(k)] += hinge;
            g[CC_BREAK(k)] = change * share[k];
            g[CC_EXPONENT(k + 1)] = -hinge;
        }
        double residual = s->y[i] - value, w = s->w[i];
        left += w * residual * residual;
        for (size_t j = 0; j < p; j++) {
            right[j] += w * residual * g[j];
            for (size_t k = 0; k <= j; k++) a[j][k] += w * g[j] * g[k];
        }
        if (!exact) continue;
        for (size_t k = 1; k <= s->breaks; k++) {
            double change = at[CC_EXPONENT(k + 1)] - at[CC_EXPONENT(k)];
            bool inside = share[k] > 0 && share[k] < 1;
            a[CC_BREAK(k)][CC_EXPONENT(k)] += w * residual * share[k];
            a[CC_EXPONENT(k + 1)][CC_BREAK(k)] -= w * residual * share[k];
            if (inside) a[CC_BREAK(k)][CC_BREAK(k)] += w * residual * change * (0.5 / CC_KINK);
        }
    }
    return left;
}

/* The step on the free parameters, each diagonal raised by its share of damping; false where the equations have no minimum. */
static bool solve(size_t p, double (*a)[MOST_P], const double *right, const double *scale, const bool *free,
                  double damping, double *step)
{
    double l[MOST_P][MOST_P];
    for (size_t j = 0; j < p; j++) {
        for (size_t k = 0; k <= j; k++) {
            double sum = free[j] && free[k] ? a[j][k] : 0;
            if (j == k) sum = free[j] ? sum + damping * scale[j] : 1;
            double whole = fabs(sum);
            for (size_t i = 0; i < k; i++) sum -= l[j][i] * l[k][i];
            if (j == k && !(sum > 1e-14 * whole)) return false;
            l[j][k] = j == k ? sqrt(sum) : sum / l[k][k];
        }
        step[j] = free[j] ? right[j] : 0;
        for (size_t k = 0; k < j; k++) step[j] -= l[j][k] * step[k];
        step[j] /= l[j][j];
    }
    for (size_t j = p; j-- > 0;) {
        for (size_t k = j + 1; k < p; k++) step[j] -= l[k][j] * step[k];
        step[j] /= l[j][j];
    }
    return true;
}

/* The range of every parameter: its box and, for breaks, what leaves two different points to the segments beside them. */
static void set_range(const series *s, position *of)
{
    memcpy(of->low, s->box_low, sizeof of->low);
    memcpy(of->high, s->box_high, sizeof of->high);
    for (size_t k = 1; k <= s->breaks; k++) {
        size_t first = k > 1 ? first_at(s, of->at[CC_BREAK(k - 1)]) : 0, j = CC_BREAK(k);
        size_t end = k < s->breaks ? end_at(s, of->at[CC_BREAK(k + 1)]) : s->n;
        size_t second = first, last = end;
        while (second < end && s->x[second] == s->x[first]) second++;
        while (last > first && s->x[last - 1] == s->x[end - 1]) last--;
        /* a break that was put elsewhere stays there */
        if (second < end && s->x[second] <= of->at[j]) of->low[j] = fmax(of->low[j], s->x[second]);
        if (last > first && s->x[last - 1] >= of->at[j]) of->high[j] = fmin(of->high[j], s->x[last - 1]);
    }
}

/* A break that is held a doubling after another moves with it: its equation is added to the other's. */
static void tie(const series *s, const position *of, double (*a)[MOST_P], double *right)
{
    size_t p = 2 + 2 * s->breaks;
    for (size_t k = s->breaks; k >= 2; k--) {
        size_t from = CC_BREAK(k), to = CC_BREAK(k - 1);
        if (!of->tied[k]) continue;
        for (size_t j = 0; j < p; j++) {
            double own = j <= from ? a[from][j] : a[j][from];
            if (j == to)
                a[to][to] += 2 * own + a[from][from];
            else if (j != from)
                *(j < to ? &a[to][j] : &a[j][to]) += own;
        }
        right[to] += right[from];
    }
}

/* What may move: not what presses against its range, nor what is tied to something that does. */
static void choose_free(const series *s, const position *of, const double *right, bool *free)
{
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++) {
        bool is_break = j > 0 && j % 2 == 0;
        size_t k = is_break ? j / 2 : 0;
        free[j] = !(k > 1 && of->tied[k]);
        for (size_t member = j; free[j]; member += 2) {
            bool down = of->at[member] <= of->low[member] && right[j] <= 0;
            bool up = of->at[member] >= of->high[member] && right[j] >= 0;
            free[j] = of->low[member] < of->high[member] && !down && !up;
            if (!is_break || member / 2 >= s->breaks || !of->tied[member / 2 + 1]) break;
        }
    }
}

/* Breaks that would rather move away are not held any more; a break pulls those along that are held to it. */
static void loosen(const series *s, position *of, const double *right)
{
    double pull = 0;
    for (size_t k = s->breaks; k >= 2; k--) {
        pull += right[CC_BREAK(k)];
        of->tied[k] = of->tied[k] && pull <= 0;
        if (!of->tied[k]) pull = 0;
    }
}

/* A trial: the step inside the ranges, breaks a doubling apart. */
static position trial_of(const series *s, const position *of, const double *move)
{
    position next = *of;
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++)
        next.at[j] = fmin(fmax(of->at[j] + move[j], of->low[j]), of->high[j]);
    for (size_t k = 2; k <= s->breaks; k++) {
        double nearest = next.at[CC_BREAK(k - 1)] + DOUBLING;
        next.tied[k] = of->tied[k] || next.at[CC_BREAK(k)] < nearest;
        if (next.tied[k]) next.at[CC_BREAK(k)] = nearest;
    }
    /* what that pushed out of its range pushes the others back */
    for (size_t k = s->breaks; k >= 2; k--) {
        next.at[CC_BREAK(k)] = fmin(next.at[CC_BREAK(k)], next.high[CC_BREAK(k)]);
        if (next.tied[k]) next.at[CC_BREAK(k - 1)] = next.at[CC_BREAK(k)] - DOUBLING;
    }
    return next;
}

/* Whether a break lies in the passage about a point, across which the slope of the objective changes by much in little. */
static bool in_passage(const series *s, const position *of)
{
    for (size_t k = 1; k <= s->breaks; k++)
        if (cell_of(s, of->at[CC_BREAK(k)] - CC_KINK) < cell_of(s, of->at[CC_BREAK(k)] + CC_KINK)) return true;
    return false;
}

/* Newton steps over all parameters, damped where they lead up. */
static void polish(const series *s, position *of)
{
    size_t p = 2 + 2 * s->breaks;
    double a[MOST_P][MOST_P], right[MOST_P], damping = 0, last = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        double scale[MOST_P] = {0}, move[MOST_P];
        bool free[MOST_P], moved = false;
        of->left = cc_kinked_equations(s, of->at, a, right, true);
        loosen(s, of, right);
        set_range(s, of);
        bool fit = cc_kinked_fits(s, of->at + CC_BREAK(1), 2);
        tie(s, of, a, right);
        choose_free(s, of, right, free);
        for (size_t j = 0; j < p; j++) scale[j] = fabs(a[j][j]);
        for (int trial = 0; trial < 12 && !moved; trial++, damping = damping > 0 ? 8 * damping : 1e-4) {
            double promise = 0;
            if (!solve(p, a, right, scale, free, damping, move)) continue;
            for (size_t j = 0; j < p; j++) promise += move[j] * right[j]; /* a tied break has no step of its own */
            if (!(promise > LITTLE * of->left) && !(promise < last && in_passage(s, of))) return;
            last = promise / 4;
            position next = trial_of(s, of, move);
            if (fit && !cc_kinked_fits(s, next.at + CC_BREAK(1), 2)) continue;
            next.left = squares_at(s, next.at);
            if (!(next.left <= of->left * (1 + 1e-14))) continue;
            *of = next;
            moved = true;
        }
        if (!moved) return;
        damping = damping > 1e-3 ? damping / 64 : 0;
    }
}

/* The parameters that go with a set of breaks, polished. */
position cc_kinked_settle(const series *s, const set *of)
{
    size_t p = 2 + 2 * s->breaks;
    position found = {.left = INFINITY};
    double a[MOST_P][MOST_P], right[MOST_P], scale[MOST_P] = {0}, move[MOST_P];
    bool free[MOST_P] = {false};
    for (size_t j = 0; j < p; j++) {
        bool is_break = j > 0 && j % 2 == 0;
        /* with equal exponents a break has no weight yet: the first step is in the rest alone */
        found.at[j] = is_break ? of->at[j / 2 - 1] : fmin(fmax(0, s->box_low[j]), s->box_high[j]);
        free[j] = !is_break && s->box_low[j] < s->box_high[j];
    }
    cc_kinked_equations(s, found.at, a, right, false);
    for (size_t j = 0; j < p; j++) scale[j] = a[j][j];
    if (!solve(p, a, right, scale, free, 0, move) && !solve(p, a, right, scale, free, 1e-10, move)) return found;
    for (size_t j = 0; j < p; j++) found.at[j] = fmin(fmax(found.at[j] + move[j], s->box_low[j]), s->box_high[j]);
    for (size_t k = 2; k <= s->breaks; k++)
        found.tied[k] = found.at[CC_BREAK(k)] <= found.at[CC_BREAK(k - 1)] + DOUBLING + 1e-9;
    polish(s, &found);
    return found;
}
