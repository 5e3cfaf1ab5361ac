// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_search.h - what the parts of the search for breaks share. */
#ifndef CC_CURVES_KINKED_SEARCH_H
#define CC_CURVES_KINKED_SEARCH_H

#include "curves/kinked.h"

enum {
    MOST_LINES = CC_MOST_BREAKS + 2, /* 1, ln experience, and a hinge for each break */
    MOST_P = 2 * CC_MOST_BREAKS + 2, /* all parameters */
    KEPT = 6,                        /* sets that are carried on */
    SUMS = 6
};

#define DOUBLING 0.6931471805599453

typedef struct series {
    size_t n, breaks, stride;        /* usable points, in order; stride: every so many distances are looked at */
    double *x, *y, *w;               /* (n): ln experience, ln cost, weights */
    double *sum;                     /* (n+1,SUMS): of w, wx, wxx, wy, wxy, wyy from a point on */
    double x_origin, y_origin, size; /* taken off x and y; sum of w y y */
    double low[CC_MOST_BREAKS], high[CC_MOST_BREAKS]; /* where each break may lie */
    bool slots; /* each break has a range of its own; else they are told apart by their order alone */
    double box_low[MOST_P], box_high[MOST_P]; /* of all parameters, in the coordinates of the polish */
    bool boxed;                               /* first unit or exponents have bounds */
} series;

/* Breaks in slots 0, 1 ..., NaN where there is none, and the sum of squares that they leave. */
typedef struct set {
    double at[CC_MOST_BREAKS], left;
} set;

/* The normal equations of the lines 1, x and the hinges of some breaks, factorised as L L'. A hinge that the points cannot tell
 * from the lines before it is left out. */
typedef struct base {
    size_t m, cell[MOST_LINES];
    double at[MOST_LINES], l[MOST_LINES][MOST_LINES], inverse[MOST_LINES], y[MOST_LINES], left;
    /* breaks in place, also those that are left out above */
    size_t n_taken, first[CC_MOST_BREAKS], end[CC_MOST_BREAKS];
    double taken[CC_MOST_BREAKS];
} base;

/* A place for one break, NaN where there is none, and the sum of squares that it leaves. */
typedef struct spot {
    double at, left;
} spot;

/* ln first unit, exponents and ln breaks in the order of the parameters, x and y less their origins; the range of each; whether
 * break k is held a doubling after the one before it. */
typedef struct position {
    double at[MOST_P], left, low[MOST_P], high[MOST_P];
    bool tied[CC_MOST_BREAKS + 1];
} position;

/* The first point past a place. */
static inline size_t cell_of(const series *s, double at)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->x[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The points of the segments before a break end before one, and those after it begin with the other: a point on the break, or in
 * its passage, serves both. */
static inline size_t end_at(const series *s, double at)
{
    return cell_of(s, at + 0.9 * CC_KINK);
}

static inline size_t first_at(const series *s, double at)
{
    return cell_of(s, at - 0.9 * CC_KINK);
}

/* Whether the points from one cell up to before another have two different places. */
static inline bool two_places(const series *s, size_t from, size_t to)
{
    return from + 1 < to && s->x[from] < s->x[to - 1];
}

/* The points from whose distance before them a break between low and high may be chosen: from the first up to before the end. */
static inline void cells_between(const series *s, double low, double high, size_t *first, size_t *end)
{
    *first = cell_of(s, low);
    *end = cell_of(s, high) + 1;
    if (*first < 1) *first = 1;
    if (*end > s->n) *end = s->n;
}

/* The sum of products of the hinges at a and b, which begin at these cells. */
static inline double hinge_product(const series *s, double a, size_t a_cell, double b, size_t b_cell)
{
    const double *t = s->sum + SUMS * (a_cell > b_cell ? a_cell : b_cell);
    return t[2] - (a + b) * t[1] + a * b * t[0];
}

/* kinked_series.c: the series; false where fewer than two points can be used. */
bool cc_kinked_read(series *s, const cc_points *points);
/* Breaks may lie where their box lets them. */
void cc_kinked_free_breaks(series *s);

/* kinked_sets.c: how many breaks have a place; puts them in order; whether every segment has two points and a doubling, with breaks
 * `apart` numbers from each other; keeps the best few, the best first. */
size_t cc_kinked_in_place(const series *s, const set *of);
void cc_kinked_order(const series *s, set *of);
bool cc_kinked_fits(const series *s, const double *at, size_t apart);
size_t cc_kinked_keep(const series *s, set *kept, size_t count, size_t most, const set *one);

/* kinked_squares.c: the breaks of a set but the one in slot `except`, factorised; the least sum of squares of a full set. The latter
 * is in kinked_boxed.c where first unit or exponents have bounds. */
void cc_kinked_factorise(const series *s, const set *of, size_t except, base *b);
double cc_kinked_left_of(const series *s, const set *of);
double cc_kinked_boxed_left(const series *s, const set *of);

/* kinked_places.c: the best place for a break beside a base, within the window that its range and its neighbours leave; every break
 * placed anew until none can improve, where `local` only among the distances beside its own. */
spot cc_kinked_best_place(const series *s, const base *b, double low, double high, size_t stride);
void cc_kinked_window(const series *s, const set *of, size_t slot, double *low, double *high);
void cc_kinked_improve(const series *s, set *of, bool local);

/* kinked_together.c: up to KEPT sets, the best first. */
size_t cc_kinked_together(const series *s, set *found);

/* kinked_polish.c: half the gradient, signs turned, and half the Hessian of the sum of squares, which is returned; `exact`: with the
 * second derivatives of the curve, else the part that is never negative. The parameters that go with a set, polished. */
double cc_kinked_equations(const series *s, const double *at, double (*a)[MOST_P], double *right, bool exact);
position cc_kinked_settle(const series *s, const set *of);

#endif
