// SPDX-License-Identifier: GPL-3.0-or-later
/* test_hostile.c - data that no one would fit: every fit ends, and what is not a number never comes with a status that says it is. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <time.h>

#include "series.h"
#include "sets.h"

enum { KINDS = 18 };

static const char *const kind_names[KINDS] = {
    "huge values",
    "denormals",
    "one huge value",
    "alternating huge",
    "as many points as parameters",
    "both ends of the range",
    "huge places",
    "places next to each other",
    "two places only",
    "zeros but one",
    "white noise",
    "powers of ten",
    "a jump",
    "falling to denormals",
    "integers",
    "repeated places",
    "enormous weights",
    "mixed signs",
};

static void make_hostile(const cc_curve *curve, int kind, uint64_t seed, data *d)
{
    uint64_t state = seed * 64 + (uint64_t)kind;
    bool positive = curve->error_model != CC_ADDITIVE;
    size_t n = 7 + random_bits(&state) % 20;
    if (kind == 4) n = curve->p;
    data_clear(d, n);
    curve->example_x(curve, n, d->x);
    for (size_t i = 0; i < n; i++) {
        double t = (double)i, u = random_between(&state, 0.5, 1), z = random_normal(&state), y;
        switch (kind) {
        case 0:
            y = 1e300 * u * (t + 1) / 40;
            break;
        case 1:
            y = 5e-324 * floor(1 + 40 * u + t);
            break;
        case 2:
            y = i == n / 2 ? 1e300 : u;
            break;
        case 3:
            y = i % 2 ? 1e150 * u : 1e-150 * u;
            break;
        case 4:
            y = u * (1 + t);
            break;
        case 5:
            y = i % 2 ? 1.7e308 : 2.3e-308;
            break;
        case 9:
            y = i == 2 ? 3 : 0;
            break;
        case 11:
            y = pow(10, 20 * z);
            break;
        case 12:
            y = t < (double)n / 2 ? 1 : 1e6;
            break;
        case 13:
            y = exp(-50 * t) * u;
            break;
        case 14:
            y = floor(6 * u);
            break;
        case 17:
            y = z;
            break;
        default:
            y = 1 + u * t;
            break;
        }
        d->y[i] = positive ? fmax(fabs(y), 5e-324) : y;
        if (!set_has_unit(curve)) d->y[i] /= 1 + d->y[i];
    }
    for (size_t i = 0; i < n * curve->r; i++) {
        if (kind == 6) d->x[i] *= 1e300;
        if (kind == 7) d->x[i] = nextafter(i ? d->x[i - 1] : 2000, INFINITY);
        if (kind == 8) d->x[i] = 1 + (double)((i + i / n) % 2);
        if (kind == 15) d->x[i] = 1 + (double)(i % 3);
    }
    for (size_t i = 0; i < n && kind == 16; i++) d->w[i] = i % 2 ? 1e300 : 1e-300;
}

/* Numbers are numbers wherever the status says that there is a result. */
static void check_sane(const cc_curve *curve, const data *d, const cc_result *result, const char *what)
{
    size_t p = curve->p;
    CHECK(result->n_used <= d->n, "%s, %s: %zu points used", curve->name, what, result->n_used);
    if (result->status < 0) {
        for (size_t j = 0; j < p; j++)
            CHECK(isnan(result->theta[j]), "%s, %s: numbers with status %d", curve->name, what, result->status);
        return;
    }
    for (size_t j = 0; j < p; j++) {
        const cc_param *param = &curve->params[j];
        double lower = isnan(d->lower[j]) ? param->lower : d->lower[j],
               upper = isnan(d->upper[j]) ? param->upper : d->upper[j];
        double theta = result->theta[j], variance = result->cov[j * p + j];
        bool at_bound = (unsigned)result->info[CC_INFO_BOUNDS] & 1u << j, held = param->flags & CC_FIXED_BY_DEFAULT;
        CHECK(isfinite(theta), "%s, %s: %s is %g with status %d", curve->name, what, param->name, theta,
              result->status);
        CHECK(theta >= lower && theta <= upper, "%s, %s: %s is %g, outside its bounds", curve->name, what, param->name,
              theta);
        CHECK(isnan(variance) || (variance >= 0 && isfinite(variance)), "%s, %s: %s has the variance %g with status %d",
              curve->name, what, param->name, variance, result->status);
        CHECK(variance != 0 || at_bound || held || !(result->objective > 1e-280),
              "%s, %s: %s = %g has no variance at all, objective %g", curve->name, what, param->name, theta,
              result->objective);
        for (size_t k = 0; k < p; k++)
            CHECK(!isinf(result->cov[j * p + k]), "%s, %s: an infinite covariance with status %d", curve->name, what,
                  result->status);
    }
    CHECK(isfinite(result->objective) || (result->notes & CC_NOTE_OVERFLOW), "%s, %s: objective %g with status %d",
          curve->name, what, result->objective, result->status);
    CHECK(!(result->objective < 0), "%s, %s: objective %g", curve->name, what, result->objective);
    CHECK(!isinf(result->info[CC_INFO_S]) || (result->notes & CC_NOTE_OVERFLOW),
          "%s, %s: an infinite residual standard deviation", curve->name, what);
}

/* One in so many rounds for curves whose fits are a search: sanitizers are several times as slow, and these take milliseconds a fit. */
#ifdef __SANITIZE_ADDRESS__
enum { SEARCHED_LESS = 3 };
#else
enum { SEARCHED_LESS = 1 };
#endif

/* Series of each kind for a curve. */
static size_t rounds_for(const cc_curve *curve)
{
    size_t rounds = repetitions(12);
    return curve->flags & (CC_WIDENS | CC_KINKS) ? (rounds + SEARCHED_LESS - 1) / SEARCHED_LESS : rounds;
}

static void test_kinds(void)
{
    for (size_t c = 0; cc_curve_at(c); c++)
        for (int kind = 0; kind < KINDS; kind++)
            for (size_t seed = 0; seed < rounds_for(cc_curve_at(c)); seed++) {
                const cc_curve *curve = cc_curve_at(c);
                cc_options options = default_options(curve);
                data d;
                make_hostile(curve, kind, seed, &d);
                options.loss = (cc_loss)(seed % 4 == 3 ? 1 + seed % 3 : 0);
                options.weights_known = seed % 5 == 1;
                cc_result result = fit_with(curve, &options, &d);
                check_sane(curve, &d, &result, kind_names[kind]);
                if (curve->flags & CC_LOG_KERNEL && seed % 2) {
                    options.error_model = CC_ADDITIVE;
                    result = fit_with(curve, &options, &d);
                    check_sane(curve, &d, &result, kind_names[kind]);
                }
            }
}

/* Bounds, starts and priors at the ends of the range as well. */
static void test_constraints(void)
{
    static const double values[] = {0, 1e-300, 1e-5, 1, 1e5, 1e300, -1, -1e300};
    size_t rounds = repetitions(1500);
    uint64_t state = 8, count = 0;
    while (cc_curve_at(count)) count++;
    for (size_t round = 0; round < rounds; round++) {
        const cc_curve *curve = cc_curve_at(random_bits(&state) % count);
        data d;
        make_hostile(curve, (int)(random_bits(&state) % KINDS), round, &d);
        for (size_t j = 0; j < curve->p; j++) {
            double value = values[random_bits(&state) % 8];
            switch (random_bits(&state) % 8) {
            case 0:
                d.start[j] = value;
                break;
            case 1:
                d.lower[j] = value;
                break;
            case 2:
                d.upper[j] = value;
                break;
            case 3:
                d.lower[j] = d.upper[j] = value;
                break;
            case 4:
                d.prior_mean[j] = value, d.prior_sd[j] = fabs(values[random_bits(&state) % 8]);
                break;
            default:
                break;
            }
        }
        for (size_t i = 0; i < d.n; i++)
            if (random_bits(&state) % 10 == 0) d.y[i] = NAN;
        cc_options options = default_options(curve);
        cc_result result = fit_with(curve, &options, &d);
        data for_check = d;
        for (size_t j = 0; j < curve->p; j++)
            if (d.lower[j] == d.upper[j] || result.status < 0) for_check.lower[j] = for_check.upper[j] = NAN;
        if (result.status < 0) check_sane(curve, &for_check, &result, "constraints");
        for (size_t j = 0; j < curve->p && result.status >= 0; j++) {
            CHECK(isfinite(result.theta[j]), "%s with constraints: %s is %g", curve->name, curve->params[j].name,
                  result.theta[j]);
            CHECK(!(result.theta[j] < d.lower[j]) && !(result.theta[j] > d.upper[j]),
                  "%s with constraints: %s is %g, outside %g to %g", curve->name, curve->params[j].name,
                  result.theta[j], d.lower[j], d.upper[j]);
            CHECK(!isinf(result.cov[j * curve->p + j]), "%s with constraints: the variance of %s is infinite",
                  curve->name, curve->params[j].name);
        }
    }
}

/* A fit that does not come to an end is cut off, and says so. */
static void test_iterations(void)
{
    const cc_curve *richards = cc_curve_find("richards");
    cc_options options = default_options(richards);
    data d;
    make_hostile(richards, 10, 3, &d);
    for (int budget = 1; budget < 2000; budget *= 5) {
        options.max_iterations = budget;
        cc_result result = fit_with(richards, &options, &d);
        check_sane(richards, &d, &result, "few iterations");
        bool unsettled = result.status == CC_NOT_CONVERGED || result.status == CC_NO_OPTIMUM;
        CHECK(result.status < 0 || unsettled == !!(result.notes & CC_NOTE_DID_NOT_CONVERGE), "status %d, notes %x",
              result.status, result.notes);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    clock_t begin = clock();
    test_kinds();
    test_constraints();
    test_iterations();
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    size_t curves = 0;
    while (cc_curve_at(curves)) curves++;
    CHECK(seconds < 6 * (double)curves, "hostile data took %.0f s", seconds);
    return check_end();
}
