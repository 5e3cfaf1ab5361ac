// SPDX-License-Identifier: GPL-3.0-or-later
/* test_factor.c - what a solution supports, by the normal equations (finish.c) and by QR (factor.c), against a dense inverse. */
#include <stdlib.h>

#include "series.h"
#include "fit/fitter.h"

enum { POINTS = 30 };

/* Inverse of a small symmetric matrix by Gauss and Jordan, in long double. */
static void invert(size_t p, long double a[][CC_MAX_PARAMS], long double inverse[][CC_MAX_PARAMS])
{
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) inverse[i][j] = i == j;
    for (size_t k = 0; k < p; k++) {
        size_t best = k;
        for (size_t i = k; i < p; i++)
            if (fabsl(a[i][k]) > fabsl(a[best][k])) best = i;
        for (size_t j = 0; j < p; j++) {
            long double swap = a[k][j];
            a[k][j] = a[best][j], a[best][j] = swap;
            swap = inverse[k][j];
            inverse[k][j] = inverse[best][j], inverse[best][j] = swap;
        }
        long double pivot = a[k][k];
        for (size_t j = 0; j < p; j++) a[k][j] /= pivot, inverse[k][j] /= pivot;
        for (size_t i = 0; i < p; i++) {
            long double factor = a[i][k];
            if (i == k) continue;
            for (size_t j = 0; j < p; j++) a[i][j] -= factor * a[k][j], inverse[i][j] -= factor * inverse[k][j];
        }
    }
}

/* One lane of a group at theta, computed the long way. */
typedef struct expected {
    double inverse[CC_MAX_PARAMS][CC_MAX_PARAMS], step[CC_MAX_PARAMS], inflation[CC_MAX_PARAMS];
    double decrement, objective, influence, autocorrelation;
} expected;

static expected long_way(const cc_group *group, size_t lane, const double *theta)
{
    size_t p = group->p, w = (size_t)group->width, column[CC_MAX_PARAMS], m = 0;
    double a[CC_TRIANGLE * CC_MAX_WIDTH], b[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
    long double normal[CC_MAX_PARAMS][CC_MAX_PARAMS] = {{0}}, inverse[CC_MAX_PARAMS][CC_MAX_PARAMS],
                right[CC_MAX_PARAMS] = {0};
    long double diagonal[CC_MAX_PARAMS];
    expected out = {0};
    cc_normal_table[w / 2](group, theta, a, b, objective);
    for (size_t j = 0; j < p; j++) {
        double at = theta[j * w + lane], low = group->lower[j * w + lane], high = group->upper_bound[j * w + lane],
               slope = b[j * w + lane];
        bool pressed = (at <= low && slope <= 0) || (at >= high && slope >= 0);
        if (low < high && !pressed) column[m++] = j;
    }
    for (size_t i = 0; i < group->n; i++) {
        double weight = group->w[i * w + lane], r = group->y[i * w + lane] - group->f[i * w + lane];
        if (!(weight > 0)) continue;
        for (size_t s = 0; s < m; s++) {
            long double gs = group->g[(i * p + column[s]) * w + lane];
            right[s] += weight * gs * r;
            for (size_t t = 0; t < m; t++) normal[s][t] += weight * gs * group->g[(i * p + column[t]) * w + lane];
        }
        out.objective += weight * r * r;
    }
    for (size_t s = 0; s < m; s++) {
        size_t e = column[s] * w + lane;
        normal[s][s] += group->prior_weight[e];
        right[s] += group->prior_weight[e] * (group->prior_mean[e] - theta[e]);
        diagonal[s] = normal[s][s];
    }
    for (size_t j = 0; j < p; j++) {
        double off = group->prior_mean[j * w + lane] - theta[j * w + lane];
        out.objective += group->prior_weight[j * w + lane] * off * off;
    }
    invert(m, normal, inverse);
    for (size_t s = 0; s < m; s++) {
        long double step = 0;
        for (size_t t = 0; t < m; t++) {
            step += inverse[s][t] * right[t];
            out.inverse[column[s]][column[t]] = (double)inverse[s][t];
        }
        out.step[column[s]] = (double)step;
        out.inflation[column[s]] = (double)(diagonal[s] * inverse[s][s]);
        out.decrement += (double)(step * right[s]);
    }
    long double products = 0, squares = 0;
    double before = 0, total = 0;
    for (size_t i = 0; i < group->n; i++) {
        double r = group->y[i * w + lane] - group->f[i * w + lane];
        total += group->w[i * w + lane] * r * r;
    }
    size_t count = 0;
    for (size_t i = 0; i < group->n; i++) {
        double weight = group->w[i * w + lane], r = group->y[i * w + lane] - group->f[i * w + lane], leverage = 0;
        if (!(weight > 0)) continue;
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++)
                leverage +=
                    weight * group->g[(i * p + j) * w + lane] * out.inverse[j][k] * group->g[(i * p + k) * w + lane];
        double removed = weight * r * r / (1 - leverage);
        out.influence = fmax(out.influence, removed * leverage / (1 - leverage) / (total - removed));
        products += before * r;
        squares += r * r;
        before = r;
        count++;
    }
    out.autocorrelation = (double)(products / squares) * sqrt((double)count);
    return out;
}

static void compare(const cc_group *group, size_t lane, const cc_factor *got, const expected *want, double tolerance,
                    bool weighted, const char *what)
{
    size_t p = group->p, w = (size_t)group->width;
    CHECK(close_to(got->objective[lane], want->objective, 1e-12), "%s: objective %.17g, should be %.17g", what,
          got->objective[lane], want->objective);
    CHECK(fabs(got->decrement[lane] - want->decrement) <= tolerance * (want->decrement + 1e-10 * want->objective),
          "%s: decrement %.12g, should be %.12g", what, got->decrement[lane], want->decrement);
    CHECK(close_to(got->influence[lane], want->influence, 10 * tolerance), "%s: influence %.12g, should be %.12g", what,
          got->influence[lane], want->influence);
    if (!weighted)
        CHECK(fabs(got->autocorrelation[lane] - want->autocorrelation) < 1e-9,
              "%s: autocorrelation %.12g, should be %.12g", what, got->autocorrelation[lane], want->autocorrelation);
    for (size_t j = 0; j < p; j++) {
        double size = sqrt(want->inverse[j][j] * want->objective);
        CHECK(fabs(got->step[j * w + lane] - want->step[j]) <= tolerance * (fabs(want->step[j]) + size),
              "%s: step %zu is %.12g, should be %.12g", what, j, got->step[j * w + lane], want->step[j]);
        CHECK(close_to(got->inflation[j * w + lane], want->inflation[j], tolerance),
              "%s: inflation %zu is %.12g, should be %.12g", what, j, got->inflation[j * w + lane], want->inflation[j]);
        for (size_t k = 0; k <= j; k++) {
            double scale = sqrt(want->inverse[j][j] * want->inverse[k][k]),
                   entry = got->inverse[CC_TRI(j, k) * w + lane];
            CHECK(fabs(entry - want->inverse[j][k]) <= tolerance * scale,
                  "%s: covariance %zu,%zu is %.12g, should be %.12g", what, j, k, entry, want->inverse[j][k]);
        }
    }
}

/* Four different lanes: plain, weighted with gaps, a bound that presses and a held parameter, priors. */
static void make_lane(const cc_curve *curve, const double *theta, int lane, data *d)
{
    uint64_t state = 50 + (uint64_t)lane;
    data_clear(d, POINTS);
    for (size_t i = 0; i < POINTS; i++) d->x[i] = curve->flags & CC_POSITIVE_X ? 2 * pow(1.3, (double)i) : (double)i;
    simulate(curve, CC_MULTIPLICATIVE, theta, 0.1, &state, d);
    if (lane == 1)
        for (size_t i = 0; i < POINTS; i++) {
            d->w[i] = random_between(&state, 0.1, 4);
            if (i % 6 == 2) d->y[i] = NAN;
        }
    if (lane == 2) {
        d->upper[0] = theta[0] * 0.9;
        d->lower[1] = d->upper[1] = theta[1];
    }
    if (lane == 3) d->prior_mean[0] = theta[0] * 1.1, d->prior_sd[0] = theta[0] * 0.1;
}

static void test_width(const char *name, const double *truth, int width, double tolerance)
{
    const cc_curve *curve = cc_curve_find(name);
    size_t p = curve->p, w = (size_t)width;
    cc_options options = default_options(curve);
    options.width = width;
    cc_status status;
    cc_fitter *fitter = cc_fitter_alloc(curve, POINTS, &options, &status);
    CHECK(fitter, "no fitter: status %d", status);
    if (!fitter) return;
    for (int shift = 0; shift < 4; shift += width) {
        double theta[CC_MAX_PARAMS * CC_MAX_WIDTH];
        static cc_factor normal, qr;
        for (int lane = 0; lane < width; lane++) {
            data d;
            make_lane(curve, truth, shift + lane, &d);
            cc_series series = data_series(&d);
            cc_load_lane(fitter, lane, &series);
            const cc_lane *own = &fitter->lane[lane];
            for (size_t j = 0; j < p; j++) {
                size_t e = j * w + (size_t)lane;
                int exponent = curve->params[j].y_power * own->y_exponent + curve->params[j].x_power * own->x_exponent;
                theta[e] =
                    fmin(fmax(ldexp(truth[j] * 1.003, -exponent), fitter->full.lower[e]), fitter->full.upper_bound[e]);
                fitter->full.prior_weight[e] = own->prior_sd[j] > 0 ? 0.01 / (own->prior_sd[j] * own->prior_sd[j]) : 0;
            }
        }
        cc_finish_table[width / 2](&fitter->full, theta, &normal);
        cc_factorise_table[width / 2](&fitter->full, theta, &qr);
        for (size_t lane = 0; lane < w; lane++) {
            expected want = long_way(&fitter->full, lane, theta);
            bool weighted = shift + (int)lane == 1; /* where QR correlates weighted residuals */
            compare(&fitter->full, lane, &normal, &want, tolerance, weighted, "normal equations");
            want.influence = qr.influence[lane]; /* of residuals from which the step is taken out */
            compare(&fitter->full, lane, &qr, &want, tolerance, weighted, "QR");
        }
    }
    cc_fitter_free(fitter);
}

int main(void)
{
    static const double logistic[] = {10, 0.4, 14}, wright[] = {50, 0.3}, weibull[] = {10, 14, 2.2, -1},
                        floor[] = {1, 8, 0.5};
    for (int width = 1; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        test_width("logistic", logistic, width, 1e-9);
        test_width("wright", wright, width, 1e-9);
        test_width("weibull", weibull, width, 1e-9);
        test_width("power_floor", floor, width, 1e-7);
    }
    return check_end();
}
