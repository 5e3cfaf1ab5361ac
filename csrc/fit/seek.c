// SPDX-License-Identifier: GPL-3.0-or-later
/* seek.c - starts for curves of which too little is known for a grid: many nodes, the best of them walked a few steps.
 *
 * The nodes of one series lie side by side in lanes. They are points of a sequence that fills the unit cube evenly whatever its
 * dimension (multiples of powers of a generalised golden ratio, Roberts 2018), which the curve turns into parameters. At each, what enters
 * linearly is solved for; where the value is a quotient, what its denominator is linear in as well, after multiplying out
 * (Sanathanan and Koerner 1963). The best nodes that are not neighbours walk a few steps on the thinned series, and the best of those are starts.
 */
#include <math.h>
#include <string.h>

#include "fit/fitter.h"

/* Nodes come in multiples of the largest width. */
enum { MAX_WALKS = 32, QUOTIENT_ROUNDS = 4, GENERATION = 64 };

/* Two walks have come to the same place when their objectives agree to this share. */
static const double SAME = 1e-4;
/* Where the objective is smooth, a walk that ended this many times higher than the best is not worth another. */
static const double RIVAL = 2;

/* Share of a denominator's mean size below which a row gains no more weight. */
static const double NEAR_POLE = 1e-3;

/* How much is done for one series. */
typedef struct seek_plan {
    int nodes, near; /* nodes all over the unit cube, and near the best of them */
    int walks, steps;
    double apart; /* how far from better nodes a walk begins, in the unit cube */
} seek_plan;

static seek_plan plan_of(const cc_curve *curve, bool wide)
{
    size_t d = curve->n_sought;
    for (size_t j = 0; j < curve->p; j++) d -= (curve->params[j].flags & CC_LINEAR_BELOW) && d > 0;
    bool rugged = curve->flags & CC_RUGGED;
    if (d == 0) return (seek_plan){64, 0, 12, 10, 0.1};
    if (!wide && curve->flags & CC_COUPLED) return (seek_plan){32, 0, 4, 10, 0.2};
    if (!wide && !rugged) return d == 1 ? (seek_plan){16, 0, 2, 0, 0.1} : (seek_plan){64, 0, 4, 0, 0.15};
    if (d == 1) return (seek_plan){96, 0, 8, 15, 0.03};
    if (d == 2) return (seek_plan){384, 0, 16, 15, 0.05};
    if (d == 3) return (seek_plan){512, 128, 24, 15, 0.08};
    return (seek_plan){1024, 1024, 32, 25, 0.1};
}

/* The sizes of the work space. The sequence of nodes goes by powers of the golden ratio of d dimensions, the root of
 * r^(d + 1) = r + 1. */
void cc_seek_plan(cc_fitter *fitter)
{
    const cc_curve *curve = fitter->curve;
    bool many = curve->flags & CC_RUGGED || curve->quotient;
    size_t d = curve->n_sought, most = many ? 96 + 8 * curve->p : 3 + 3 * curve->p;
    double ratio = 1.5;
    for (int k = 0; k < 60; k++) ratio = pow(1 + ratio, 1 / (double)(d + 1));
    for (size_t c = 0; c < d; c++) fitter->golden[c] = (c ? fitter->golden[c - 1] : 1) / ratio;
    fitter->n_sought = fitter->n < most ? fitter->n : most;
    fitter->n_nodes = (size_t)plan_of(curve, false).nodes;
}

static void point(const cc_fitter *fitter, size_t k, double *u)
{
    for (size_t c = 0; c < fitter->curve->n_sought; c++) {
        double value = 0.5 + (double)(k + 1) * fitter->golden[c];
        u[c] = value - floor(value);
    }
}

/* What the nodes of all series have in common. */
void cc_seek_prepare(cc_fitter *fitter)
{
    const cc_curve *curve = fitter->curve;
    double u[CC_MAX_PARAMS];
    for (size_t k = 0; k < fitter->n_nodes; k++) {
        point(fitter, k, u);
        curve->shape(curve, u, fitter->shape + k * curve->n_sought);
    }
}

/* One lane of the coarse copy into all lanes of `sought`, thinned evenly. */
static void load(cc_fitter *fitter, size_t lane)
{
    const cc_group *coarse = &fitter->coarse;
    cc_group *sought = &fitter->sought;
    size_t width = (size_t)fitter->width, n = fitter->n_coarse, m = fitter->n_sought, used = 0;
    for (size_t i = 0; i < n; i++)
        if (coarse->w[i * width + lane] > 0) fitter->used[used++] = i;
    for (size_t k = 0; k < m; k++) {
        size_t from = 0;
        bool live = used > 0;
        if (live && used <= m) {
            live = k < used;
            from = fitter->used[live ? k : 0];
        } else if (live) {
            from = fitter->used[m > 1 ? k * (used - 1) / (m - 1) : 0];
        }
        for (size_t to = 0; to < width; to++) {
            sought->y[k * width + to] = coarse->y[from * width + lane];
            sought->w[k * width + to] = live ? coarse->w[from * width + lane] : 0;
            for (size_t c = 0; c < coarse->curve->n_features; c++)
                sought->x[(c * m + k) * width + to] = coarse->x[(c * n + from) * width + lane];
        }
    }
    for (size_t j = 0; j < sought->p; j++)
        for (size_t to = 0; to < width; to++) {
            sought->lower[j * width + to] = fitter->full.lower[j * width + lane];
            sought->upper_bound[j * width + to] = fitter->full.upper_bound[j * width + lane];
            sought->prior_weight[j * width + to] = 0;
        }
    for (size_t to = 0; to < width; to++) sought->loss_scale[to] = 1;
    sought->map = CC_MAP_SAME;
    sought->loss = CC_LINEAR;
}

/* Parameters of a node inside the box: what was given, else what the curve says, with the other sign where that fits better. */
static void node(const cc_fitter *fitter, size_t lane, const cc_linear *linear, const double *shape, double *theta)
{
    const cc_curve *curve = fitter->curve;
    const cc_lane *own = &fitter->lane[lane];
    size_t width = (size_t)fitter->width;
    for (size_t j = 0; j < curve->p; j++) theta[j] = 0;
    curve->sought(curve, &own->range, shape, theta);
    for (size_t j = 0; j < curve->p; j++) {
        double low = fitter->full.lower[j * width + lane], high = fitter->full.upper_bound[j * width + lane];
        double value = isnan(own->given[j]) ? theta[j] : own->given[j];
        if (linear->solved[j] && low < high) value = 0;
        if (!(low <= value && value <= high) && low <= -value && -value <= high) value = -value;
        if (!(value >= low)) value = low;
        if (value > high) value = high;
        theta[j] = value;
    }
}

/* ---- quotients ---------------------------------------------------------------------------------- */

/* Least squares of m rows by modified Gram-Schmidt on columns (c,m), target (m), both overwritten; false: no unique answer. */
static bool least_squares(double *columns, double *target, size_t c, size_t m, double *answer)
{
    double r[CC_MAX_PARAMS][CC_MAX_PARAMS], length[CC_MAX_PARAMS];
    for (size_t j = 0; j < c; j++) {
        double *own = columns + j * m, before = 0, after = 0;
        for (size_t i = 0; i < m; i++) before += own[i] * own[i];
        length[j] = sqrt(before);
        if (!(length[j] > 0 && length[j] < INFINITY)) return false;
        for (size_t i = 0; i < m; i++) own[i] /= length[j];
        for (size_t k = 0; k < j; k++) {
            double product = 0;
            for (size_t i = 0; i < m; i++) product += columns[k * m + i] * own[i];
            for (size_t i = 0; i < m; i++) own[i] -= product * columns[k * m + i];
            r[k][j] = product;
        }
        for (size_t i = 0; i < m; i++) after += own[i] * own[i];
        r[j][j] = sqrt(after);
        if (!(r[j][j] > 1e-12)) return false;
        for (size_t i = 0; i < m; i++) own[i] /= r[j][j];
    }
    for (size_t j = 0; j < c; j++) {
        double product = 0;
        for (size_t i = 0; i < m; i++) product += columns[j * m + i] * target[i];
        for (size_t i = 0; i < m; i++) target[i] -= product * columns[j * m + i];
        answer[j] = product;
    }
    for (size_t j = c; j-- > 0;) {
        for (size_t k = j + 1; k < c; k++) answer[j] -= r[j][k] * answer[k];
        answer[j] /= r[j][j];
    }
    for (size_t j = 0; j < c; j++) answer[j] /= length[j];
    return true;
}

/* Root weights of rows that are multiplied out: over the denominator, which near a pole must not take everything. */
static void weigh(const cc_group *sought, size_t width, const double *below, size_t n, double *weight)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++) mean += fabs(below[i]) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double w = sought->w[i * width], size = fmax(fabs(below[i]), NEAR_POLE * mean);
        weight[i] = w > 0 && size > 0 && size < INFINITY ? sqrt(w) / size : 0;
    }
}

/* Solves for the parameters above and below the line at theta, in place; the best of a few rounds, each weighing the rows by the
 * denominator of the one before. */
static void solve_quotient(const cc_fitter *fitter, size_t lane, double *theta)
{
    const cc_curve *curve = fitter->curve;
    const cc_group *sought = &fitter->sought;
    size_t p = curve->p, n = fitter->n_sought, nf = curve->n_features, width = (size_t)fitter->width, c = 0;
    double *x = fitter->quotient, *above = x + nf * n, *below = above + n, *above_0 = below + n, *below_0 = above_0 + n;
    double *weight = below_0 + n, *target = weight + n, *change = target + n, *columns = change + p * n;
    double trial[CC_MAX_PARAMS], answer[CC_MAX_PARAMS], best = INFINITY;
    size_t which[CC_MAX_PARAMS];
    for (size_t k = 0; k < nf * n; k++) x[k] = sought->x[k * width];
    memcpy(trial, theta, p * sizeof *trial);
    for (size_t j = 0; j < p; j++) {
        bool linear = curve->params[j].flags & (CC_LINEAR_LEVEL | CC_LINEAR_BELOW);
        if (!linear || !isnan(fitter->lane[lane].given[j]) ||
            !(sought->lower[j * width] < sought->upper_bound[j * width]))
            continue;
        which[c++] = j;
        trial[j] = 0;
    }
    curve->quotient(curve, x, trial, above_0, below_0, n);
    for (size_t k = 0; k < c; k++) {
        size_t j = which[k];
        trial[j] = 1;
        curve->quotient(curve, x, trial, above, below, n);
        trial[j] = 0;
        bool is_below = curve->params[j].flags & CC_LINEAR_BELOW;
        for (size_t i = 0; i < n; i++)
            change[k * n + i] = is_below ? -sought->y[i * width] * (below[i] - below_0[i]) : above[i] - above_0[i];
    }
    curve->quotient(curve, x, theta, above, below, n);
    weigh(sought, width, below, n, weight);
    for (int round = 0; round < QUOTIENT_ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) {
            bool live = weight[i] > 0;
            target[i] = live ? weight[i] * (sought->y[i * width] * below_0[i] - above_0[i]) : 0;
            for (size_t k = 0; k < c; k++) columns[k * n + i] = live ? weight[i] * change[k * n + i] : 0;
        }
        if (!least_squares(columns, target, c, n, answer)) break;
        for (size_t k = 0; k < c; k++) {
            size_t e = which[k] * width;
            trial[which[k]] = fmin(fmax(answer[k], sought->lower[e]), sought->upper_bound[e]);
        }
        curve->quotient(curve, x, trial, above, below, n);
        double objective = 0;
        for (size_t i = 0; i < n; i++) {
            double w = sought->w[i * width], r = sought->y[i * width] - above[i] / below[i];
            if (w > 0) objective += w * r * r;
        }
        weigh(sought, width, below, n, weight);
        if (!(objective < best)) break;
        best = objective;
        memcpy(theta, trial, p * sizeof *theta);
    }
}

/* ---- nodes and walks ---------------------------------------------------------------------------- */

typedef struct candidate {
    double value, theta[CC_MAX_PARAMS], u[CC_MAX_PARAMS];
} candidate;

/* Keeps the best candidates in order, best first; of neighbours the better one. Returns how many there are. */
static int insert(candidate *list, int count, int most, double apart, size_t d, const candidate *one)
{
    if (!(one->value < INFINITY) || (count == most && one->value >= list[most - 1].value)) return count;
    for (int k = 0; k < count && apart > 0; k++) {
        double distance = 0;
        for (size_t c = 0; c < d; c++) distance = fmax(distance, fabs(list[k].u[c] - one->u[c]));
        if (distance >= apart) continue;
        if (list[k].value <= one->value) return count;
        memmove(list + k, list + k + 1, (size_t)(count - k - 1) * sizeof *list);
        count--;
        k--;
    }
    int at = count < most ? count++ : most;
    while (at > 0 && one->value < list[at - 1].value) {
        if (at < most) list[at] = list[at - 1];
        at--;
    }
    if (at < most) list[at] = *one;
    return count;
}

/* The k-th node of the second kind: near one of the best, the nearer the later. */
static void point_near(const cc_fitter *fitter, const candidate *base, int n_base, int k, int of, double *u)
{
    const double *centre = base[k % n_base].u, reach = 0.3 - 0.2 * k / of;
    point(fitter, (size_t)k, u);
    for (size_t c = 0; c < fitter->curve->n_sought; c++)
        u[c] = fmin(fmax(centre[c] + reach * (2 * u[c] - 1), 0), 1 - 1e-12);
}

/* The k-th node of all. */
static void make_node(const cc_fitter *fitter, size_t lane, const seek_plan *plan, const cc_linear *linear,
                      const candidate *base, int n_base, int k, candidate *out)
{
    const cc_curve *curve = fitter->curve;
    double own[CC_MAX_PARAMS];
    const double *shape = own;
    if (k < plan->nodes) {
        point(fitter, (size_t)k, out->u);
        if ((size_t)k < fitter->n_nodes)
            shape = fitter->shape + (size_t)k * curve->n_sought;
        else
            curve->shape(curve, out->u, own);
    } else {
        point_near(fitter, base, n_base, k - plan->nodes, plan->near, out->u);
        curve->shape(curve, out->u, own);
    }
    node(fitter, lane, linear, shape, out->theta);
    /* every other node stands as it is: what is best multiplied out may have a pole between the points */
    if (curve->quotient && k % 2 == 0) solve_quotient(fitter, lane, out->theta);
}

/* The best nodes of a lane, best first. */
static int walk_nodes(const cc_fitter *fitter, size_t lane, const seek_plan *plan, const cc_linear *linear,
                      candidate *best)
{
    size_t p = fitter->curve->p, d = fitter->curve->n_sought, width = (size_t)fitter->width;
    double theta[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
    candidate side[CC_MAX_WIDTH], base[MAX_WALKS];
    int count = 0, n_base = 0;
    for (int k = 0; k < plan->nodes + plan->near; k += (int)width) {
        /* the best so far are looked at now and then, at places that are the same for every width */
        if (k >= plan->nodes && (k - plan->nodes) % GENERATION == 0)
            memcpy(base, best, (size_t)(n_base = count) * sizeof *base);
        if (k >= plan->nodes && n_base == 0) break;
        for (size_t l = 0; l < width; l++) {
            make_node(fitter, lane, plan, linear, base, n_base, k + (int)l, &side[l]);
            for (size_t j = 0; j < p; j++) theta[j * width + l] = side[l].theta[j];
        }
        cc_project_table[width / 2](&fitter->sought, linear, theta, objective);
        for (size_t l = 0; l < width; l++) {
            for (size_t j = 0; j < p; j++) side[l].theta[j] = theta[j * width + l];
            side[l].value = objective[l];
            count = insert(best, count, plan->walks, plan->apart, d, &side[l]);
        }
    }
    return count;
}

/* A few steps down from each candidate. */
static void walk_down(const cc_fitter *fitter, const seek_plan *plan, const cc_linear *linear, candidate *list,
                      int count)
{
    size_t p = fitter->curve->p, width = (size_t)fitter->width;
    for (int k = 0; k < count; k += (int)width) {
        double theta[CC_MAX_PARAMS * CC_MAX_WIDTH], objective[CC_MAX_WIDTH];
        int lanes[CC_MAX_WIDTH] = {0}, iterations[CC_MAX_WIDTH], converged[CC_MAX_WIDTH];
        for (size_t l = 0; l < width; l++) {
            lanes[l] = k + (int)l < count;
            for (size_t j = 0; j < p; j++) theta[j * width + l] = list[lanes[l] ? k + (int)l : k].theta[j];
        }
        cc_separate_table[width / 2](&fitter->sought, linear, theta, objective, iterations, converged, lanes,
                                     plan->steps);
        for (size_t l = 0; l < width && lanes[l]; l++) {
            list[k + (int)l].value = objective[l];
            for (size_t j = 0; j < p; j++) list[k + (int)l].theta[j] = theta[j * width + l];
        }
    }
}

/* The best of the candidates in order, without those that came to the same place or are no rivals. */
static int choose(const candidate *list, int count, double rival, candidate *sorted)
{
    int kept = 0;
    for (int k = 0; k < count; k++) {
        bool known = false;
        for (int m = 0; m < kept; m++) known = known || fabs(list[k].value - sorted[m].value) <= SAME * sorted[m].value;
        if (!known) kept = insert(sorted, kept, CC_MAX_STARTS, 0, 0, &list[k]);
    }
    while (kept > 1 && sorted[kept - 1].value > rival * sorted[0].value) kept--;
    return kept;
}

void cc_seek(cc_fitter *fitter, const int *lanes, bool wide, double *start, int *n_starts)
{
    const cc_curve *curve = fitter->curve;
    size_t p = curve->p, width = (size_t)fitter->width;
    seek_plan plan = plan_of(curve, wide);
    candidate list[MAX_WALKS], sorted[CC_MAX_STARTS];
    for (size_t lane = 0; lane < width; lane++) {
        if (!lanes[lane]) continue;
        cc_linear linear =
            cc_linear_of(curve, fitter->logarithmic ? CC_LINEAR_LOG : CC_LINEAR_LEVEL, fitter->lane[lane].given);
        load(fitter, lane);
        int count = walk_nodes(fitter, lane, &plan, &linear, list);
        if (plan.steps) walk_down(fitter, &plan, &linear, list, count);
        n_starts[lane] = choose(list, count, wide || curve->flags & CC_RUGGED ? INFINITY : RIVAL, sorted);
        for (int k = 0; k < n_starts[lane]; k++)
            for (size_t j = 0; j < p; j++) start[((size_t)k * p + j) * width + lane] = sorted[k].theta[j];
    }
    /* lanes without a start of that rank stand where they can do no harm */
    for (size_t lane = 0; lane < width; lane++)
        for (int k = n_starts[lane]; k < CC_MAX_STARTS; k++)
            for (size_t j = 0; j < p; j++)
                start[((size_t)k * p + j) * width + lane] = fitter->full.lower[j * width + lane];
}
