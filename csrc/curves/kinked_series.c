// SPDX-License-Identifier: GPL-3.0-or-later
/* kinked_series.c - a series as the search for breaks sees it: usable points in order, sums of their products, and the box. */
#include "curves/kinked_search.h"

#include <gsl/gsl_sort.h>
#include <math.h>

/* Distances between neighbours that are looked at, in a long series. */
enum { CELLS = 160 };

/* Usable points in order, with sums from each on. */
static void load(series *s, const cc_points *points)
{
    size_t n = points->n, used = 0;
    double *place = points->work, *index = place + n, weight = 0;
    s->x = index + n;
    s->y = s->x + n;
    s->w = s->y + n;
    s->sum = s->w + n;
    for (size_t i = 0; i < n; i++) {
        if (!(points->w[i] > 0)) continue;
        place[used] = points->z[i];
        index[used++] = (double)i;
    }
    bool sorted = true;
    for (size_t k = 1; k < used; k++) sorted = sorted && place[k - 1] <= place[k];
    if (!sorted) gsl_sort2(place, 1, index, 1, used);
    s->n = used;
    s->x_origin = s->y_origin = s->size = 0;
    for (size_t k = 0; k < used; k++) {
        size_t i = (size_t)index[k];
        s->x[k] = place[k];
        s->y[k] = points->y[i];
        s->w[k] = points->w[i];
        weight += s->w[k];
        s->x_origin += s->w[k] * s->x[k];
        s->y_origin += s->w[k] * s->y[k];
    }
    s->x_origin = s->boxed ? 0 : s->x_origin / weight;
    s->y_origin = s->boxed ? 0 : s->y_origin / weight;
    for (size_t t = 0; t < SUMS; t++) s->sum[SUMS * used + t] = 0;
    for (size_t k = used; k-- > 0;) {
        double x = s->x[k] -= s->x_origin, y = s->y[k] -= s->y_origin, w = s->w[k];
        const double term[SUMS] = {w, w * x, w * x * x, w * y, w * x * y, w * y * y};
        for (size_t t = 0; t < SUMS; t++) s->sum[SUMS * k + t] = s->sum[SUMS * (k + 1) + t] + term[t];
        s->size += w * y * y;
    }
    s->stride = 1 + used / CELLS;
}

/* The box; where it leaves exponents and first unit alone the search is simpler, and may choose an origin of its own. */
static void read_box(series *s, const cc_points *points)
{
    for (size_t j = 0; j < 2 + 2 * s->breaks; j++) {
        bool is_log = j % 2 == 0;
        double low = points->lower[j], high = points->higher[j];
        s->box_low[j] = is_log ? (low > 0 ? log(low) : -INFINITY) : low;
        s->box_high[j] = is_log ? (high > 0 ? log(high) : -INFINITY) : high;
        bool bound = s->box_low[j] > -INFINITY || s->box_high[j] < INFINITY;
        if (j > 0 && is_log)
            s->slots = s->slots || bound;
        else
            s->boxed = s->boxed || bound;
    }
}

void cc_kinked_free_breaks(series *s)
{
    for (size_t k = 0; k < s->breaks; k++) {
        s->low[k] = s->box_low[CC_BREAK(k + 1)];
        s->high[k] = s->box_high[CC_BREAK(k + 1)];
    }
}

bool cc_kinked_read(series *s, const cc_points *points)
{
    read_box(s, points);
    load(s, points);
    for (size_t k = 1; k <= s->breaks; k++) {
        s->box_low[CC_BREAK(k)] -= s->x_origin;
        s->box_high[CC_BREAK(k)] -= s->x_origin;
    }
    cc_kinked_free_breaks(s);
    return s->n >= 2;
}
