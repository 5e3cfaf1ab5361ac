// SPDX-License-Identifier: GPL-3.0-or-later
/* test_formula.c - programs of formulas: values and derivatives of every operation, equal bits at every width, a formula
 * against the built-in curve, overflow, and programs that are none. */
#include <gsl/gsl_errno.h>
#include <stdlib.h>

#include "curves/formula.h"
#include "examples.h"

enum { MAX_PROGRAM = 4096, MUTATIONS = 30000, POINTS = 37 };

/* A program while it is written. Operands are numbers of slots, as formula.h counts them. */
typedef struct writer {
    double param[CC_MAX_PARAMS][CC_FORMULA_PARAM + CC_MAX_REGRESSORS], constant[CC_MAX_CONSTANTS];
    int step[CC_MAX_STEPS][3], p, r, n_constants, n_steps;
} writer;

static writer write_begin(int p, int r)
{
    writer w = {.p = p, .r = r};
    for (int j = 0; j < p; j++) {
        w.param[j][0] = -INFINITY;
        w.param[j][1] = INFINITY;
        w.param[j][2] = CC_ROLE_SIZE;
    }
    return w;
}

/* Steps must come after all constants. */
static int write_constant(writer *w, double value)
{
    w->constant[w->n_constants++] = value;
    return w->p + w->r + w->n_constants - 1;
}

static int write_step(writer *w, cc_operator op, int a, int b)
{
    int *step = w->step[w->n_steps++];
    step[0] = op, step[1] = a, step[2] = b;
    return w->p + w->r + w->n_constants + w->n_steps - 1;
}

static size_t write_end(const writer *w, double *program)
{
    const double head[] = {CC_FORMULA_FORMAT, w->p, w->r, w->n_constants, w->n_steps, CC_ADDITIVE, CC_SEARCH_SMOOTH, 0};
    size_t at = 0;
    for (size_t k = 0; k < CC_FORMULA_HEAD; k++) program[at++] = head[k];
    for (int j = 0; j < w->p; j++)
        for (int k = 0; k < CC_FORMULA_PARAM + w->r; k++) program[at++] = w->param[j][k];
    for (int k = 0; k < w->n_constants; k++) program[at++] = w->constant[k];
    for (int k = 0; k < w->n_steps; k++)
        for (int side = 0; side < 3; side++) program[at++] = w->step[k][side];
    return at;
}

/* K / (1 + exp(-k (t - m))), or with expit where that is asked for; parameters K, k, m. */
static size_t write_logistic(double *program, bool expit)
{
    writer w = write_begin(3, 1);
    w.param[0][2] = CC_ROLE_LINEAR;
    w.param[2][2] = CC_ROLE_PLACE;
    w.param[2][5] = 1;
    w.param[1][8] = -1;
    int one = expit ? 0 : write_constant(&w, 1);
    int since = write_step(&w, CC_OP_SUB, 3, 2);
    if (expit) {
        int share = write_step(&w, CC_OP_EXPIT, write_step(&w, CC_OP_MUL, 1, since), 0);
        write_step(&w, CC_OP_MUL, 0, share);
    } else {
        int z = write_step(&w, CC_OP_MUL, write_step(&w, CC_OP_NEG, 1, 0), since);
        write_step(&w, CC_OP_DIV, 0, write_step(&w, CC_OP_ADD, one, write_step(&w, CC_OP_EXP, z, 0)));
    }
    return write_end(&w, program);
}

static cc_formula *make(const double *program, size_t length)
{
    cc_status status;
    cc_formula *formula = cc_formula_alloc(program, length, &status);
    CHECK(formula && status == CC_OK, "a good program was refused: status %d", status);
    return formula;
}

/* ---- operations --------------------------------------------------------------------------------- */

/* (a*x) op (b + x), both operands moving with a parameter of their own. */
static size_t write_operation(double *program, int op, int exponent)
{
    writer w = write_begin(2, 1);
    int left = write_step(&w, CC_OP_MUL, 0, 2), right = write_step(&w, CC_OP_ADD, 1, 2);
    bool two = op <= CC_OP_POW;
    int outcome = write_step(&w, (cc_operator)op, left, op == CC_OP_POWI ? exponent : two ? right : 0);
    /* with one operand, b must still do something */
    if (!two) write_step(&w, CC_OP_ADD, outcome, right);
    return write_end(&w, program);
}

static double exact(int op, int exponent, double a, double b)
{
    switch (op) {
    case CC_OP_ADD:
        return a + b;
    case CC_OP_SUB:
        return a - b;
    case CC_OP_MUL:
        return a * b;
    case CC_OP_DIV:
        return a / b;
    case CC_OP_POW:
        return pow(a, b);
    case CC_OP_POWI:
        return pow(a, exponent) + b;
    case CC_OP_NEG:
        return -a + b;
    case CC_OP_EXP:
        return exp(a) + b;
    case CC_OP_EXPIT:
        return 1 / (1 + exp(-a)) + b;
    case CC_OP_LOG:
        return log(a) + b;
    case CC_OP_LOG10:
        return log10(a) + b;
    case CC_OP_LOG2:
        return log2(a) + b;
    case CC_OP_SQRT:
        return sqrt(a) + b;
    case CC_OP_SIN:
        return sin(a) + b;
    case CC_OP_COS:
        return cos(a) + b;
    case CC_OP_TAN:
        return tan(a) + b;
    case CC_OP_ATAN:
        return atan(a) + b;
    case CC_OP_SINH:
        return sinh(a) + b;
    case CC_OP_COSH:
        return cosh(a) + b;
    case CC_OP_TANH:
        return tanh(a) + b;
    case CC_OP_ABS:
        return fabs(a) + b;
    case CC_OP_ERF:
        return erf(a) + b;
    default:
        return a + b;
    }
}

static void check_operation(int op, int exponent)
{
    const char *name = cc_operator_name(op);
    double program[MAX_PROGRAM], x[POINTS], f[POINTS], g[2 * POINTS], theta[2] = {0.37, 0.81};
    cc_formula *formula = make(program, write_operation(program, op, exponent));
    if (!formula) return;
    for (size_t i = 0; i < POINTS; i++) x[i] = 0.2 + 0.1 * (double)i;
    CHECK(cc_evaluate(&formula->curve, x, POINTS, theta, f, g) == CC_OK, "%s does not evaluate", name);
    for (size_t i = 0; i < POINTS; i++) {
        double want = exact(op, exponent, theta[0] * x[i], theta[1] + x[i]);
        CHECK(close_to(f[i], want, 1e-14), "%s (%d) at %g: %.17g, should be %.17g", name, exponent, x[i], f[i], want);
        for (size_t j = 0; j < 2; j++) {
            double moved[2] = {theta[0], theta[1]}, up, down, step = 1e-6;
            moved[j] = theta[j] + step;
            cc_evaluate(&formula->curve, &x[i], 1, moved, &up, NULL);
            moved[j] = theta[j] - step;
            cc_evaluate(&formula->curve, &x[i], 1, moved, &down, NULL);
            double numeric = (up - down) / (2 * step);
            CHECK(fabs(g[2 * i + j] - numeric) <= 1e-7 * (1 + fabs(numeric) + fabs(f[i])),
                  "%s (%d) at %g: derivative %zu is %.12g, should be %.12g", name, exponent, x[i], j, g[2 * i + j],
                  numeric);
        }
    }
    cc_formula_free(formula);
}

static void check_operations(void)
{
    for (int op = 0; op < CC_OPERATORS; op++) check_operation(op, 2);
    for (int exponent = -5; exponent <= 7; exponent++) check_operation(CC_OP_POWI, exponent);
    CHECK(!cc_operator_name(CC_OPERATORS) && !cc_operator_name(-1), "names go on past the last operation");
}

/* x^y at and below 0. */
static void check_powers(void)
{
    double program[MAX_PROGRAM], f, g[2];
    writer w = write_begin(2, 1);
    write_step(&w, CC_OP_POW, write_step(&w, CC_OP_ADD, 0, 2), 1);
    cc_formula *formula = make(program, write_end(&w, program));
    if (!formula) return;
    static const double cases[][3] = {{-2, 3, -8},         {-2, 2, 4},    {-2, -3, -0.125},  {-2, 0.5, NAN},
                                      {0, 2, 0},           {0, 0, 1},     {0, -1, INFINITY}, {-2, 0, 1},
                                      {1e9, 40, INFINITY}, {1e9, -40, 0}, {NAN, 2, NAN},     {2, NAN, NAN}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double x = 0, theta[2] = {cases[k][0], cases[k][1]};
        cc_evaluate(&formula->curve, &x, 1, theta, &f, g);
        CHECK(close_to(f, cases[k][2], 1e-14), "%g^%g is %g, should be %g", theta[0], theta[1], f, cases[k][2]);
    }
    double x = 0, theta[2] = {0, 2};
    cc_evaluate(&formula->curve, &x, 1, theta, &f, g);
    CHECK(g[0] == 0 && g[1] == 0, "derivatives of 0^2 are %g and %g", g[0], g[1]);
    theta[1] = 1;
    cc_evaluate(&formula->curve, &x, 1, theta, &f, g);
    CHECK(g[0] == 1, "the derivative of x^1 at 0 is %g", g[0]);
    cc_formula_free(formula);
}

/* ---- widths ------------------------------------------------------------------------------------- */

/* Values and gradient at every width, the same to the bit; each lane has parameters of its own. */
static void check_widths(const cc_formula *formula, const char *name)
{
    const cc_curve *curve = &formula->curve;
    size_t p = curve->p, nf = curve->n_features;
    double *x = calloc(POINTS * nf * 4 + POINTS * 5 * (1 + p) + 4 * p + POINTS * 8, sizeof *x);
    if (!x) return;
    double *raw = x + POINTS * nf * 4, *z = raw, *f = z + POINTS * 8, *g = f + 4 * POINTS, *f1 = g + 4 * POINTS * p;
    double *g1 = f1 + POINTS, theta[4 * CC_MAX_PARAMS] = {0}, own[CC_MAX_PARAMS], plain[POINTS];
    for (size_t i = 0; i < POINTS; i++) plain[i] = 0.3 + 0.17 * (double)i;
    if (curve->features)
        curve->features(curve, plain, POINTS, theta, z, NULL);
    else
        memcpy(z, plain, sizeof plain);
    for (int width = 2; width <= CC_MAX_WIDTH; width *= 2) {
        if (!cc_width_available(width)) continue;
        size_t w = (size_t)width;
        for (size_t k = 0; k < nf * POINTS; k++)
            for (size_t lane = 0; lane < w; lane++) x[k * w + lane] = z[k];
        for (size_t j = 0; j < p; j++)
            for (size_t lane = 0; lane < w; lane++) theta[j * w + lane] = 0.4 + 0.3 * (double)j + 0.21 * (double)lane;
        curve->values[width / 2](curve, x, POINTS, theta, f, g, POINTS);
        for (size_t lane = 0; lane < w; lane++) {
            for (size_t j = 0; j < p; j++) own[j] = theta[j * w + lane];
            curve->values[0](curve, z, POINTS, own, f1, g1, POINTS);
            bool equal = true;
            for (size_t i = 0; i < POINTS; i++) {
                equal = equal && same_bits(f[i * w + lane], f1[i]);
                for (size_t j = 0; j < p; j++) equal = equal && same_bits(g[(i * p + j) * w + lane], g1[i * p + j]);
            }
            CHECK(equal, "%s: width %d and width 1 differ in lane %zu", name, width, lane);
        }
    }
    free(x);
}

static void check_all_widths(void)
{
    double program[MAX_PROGRAM];
    for (int op = 0; op < CC_OPERATORS; op++) {
        cc_formula *formula = make(program, write_operation(program, op, 3));
        if (formula) check_widths(formula, cc_operator_name(op));
        cc_formula_free(formula);
    }
    cc_formula *logistic = make(program, write_logistic(program, false));
    if (logistic) check_widths(logistic, "logistic");
    cc_formula_free(logistic);
}

/* ---- against the built-in curve ----------------------------------------------------------------- */

static void check_logistic(void)
{
    const cc_curve *built_in = cc_curve_find("logistic");
    double program[MAX_PROGRAM], f[POINTS], g[3 * POINTS], other_f[POINTS], other_g[3 * POINTS], x[POINTS];
    for (size_t i = 0; i < POINTS; i++) x[i] = (double)i;
    for (int expit = 0; expit < 2; expit++) {
        cc_formula *formula = make(program, write_logistic(program, expit));
        if (!formula) continue;
        CHECK(formula->of_theta.count == (expit ? 0 : 1), "-k is not taken once a call");
        cc_evaluate(built_in, x, POINTS, LOGISTIC, f, g);
        cc_evaluate(&formula->curve, x, POINTS, LOGISTIC, other_f, other_g);
        for (size_t i = 0; i < POINTS; i++) CHECK_CLOSE(other_f[i], f[i], 1e-13, "logistic");
        for (size_t i = 0; i < 3 * POINTS; i++) CHECK_CLOSE(other_g[i], g[i], 1e-11, "derivative of the logistic");
        for (uint64_t seed = 1; seed < 20; seed++) {
            data d;
            make_logistic(&d, 30, 0.2, seed);
            cc_result want = fit_one(built_in, &d), got = fit_one(&formula->curve, &d);
            CHECK(got.status == CC_OK, "the formula's fit ended with status %d", got.status);
            CHECK_CLOSE(got.objective, want.objective, 1e-10, "objective");
            CHECK(apart(built_in, &want, &got) < 1e-6, "parameters are %g standard errors apart",
                  apart(built_in, &want, &got));
            for (size_t j = 0; j < 3; j++) d.start[j] = want.theta[j] * 1.1;
            want = fit_one(built_in, &d), got = fit_one(&formula->curve, &d);
            for (size_t k = 0; k < 9; k++) CHECK_CLOSE(got.cov[k], want.cov[k], 1e-11, "covariance");
        }
        cc_formula_free(formula);
    }
}

/* A batch in lanes and one by one, at every width: the same bits. */
static void check_batches(void)
{
    double program[MAX_PROGRAM];
    cc_formula *formula = make(program, write_logistic(program, true));
    if (!formula) return;
    data *d = calloc(7, sizeof *d);
    cc_result want[7], got[7];
    cc_options options = default_options(&formula->curve);
    for (uint64_t k = 0; k < 7 && d; k++) make_logistic(&d[k], 25, 0.5, k + 1);
    for (int width = 1; width <= CC_MAX_WIDTH && d; width *= 2) {
        if (!cc_width_available(width)) continue;
        options.width = width;
        fit_many(&formula->curve, &options, d, 7, width == 1 ? want : got);
        for (size_t k = 0; k < 7 && width > 1; k++)
            CHECK(same_result(&formula->curve, &want[k], &got[k]), "width %d and width 1 differ in series %zu", width,
                  k);
    }
    free(d);
    cc_formula_free(formula);
}

/* ---- parts of a program ------------------------------------------------------------------------- */

/* a * log(x)^2 + b * x * (1/c): steps of x alone are features, steps of c alone are taken once. */
static void check_parts(void)
{
    double program[MAX_PROGRAM], f, g[3], x = 2.5, theta[3] = {1.5, 0.5, 4};
    writer w = write_begin(3, 1);
    int one = write_constant(&w, 1);
    int square = write_step(&w, CC_OP_POWI, write_step(&w, CC_OP_LOG, 3, 0), 2);
    int inverse = write_step(&w, CC_OP_DIV, one, 2), unused = write_step(&w, CC_OP_EXP, 3, 0);
    int product = write_step(&w, CC_OP_MUL, write_step(&w, CC_OP_MUL, 1, 3), inverse);
    write_step(&w, CC_OP_ADD, write_step(&w, CC_OP_MUL, 0, square), product);
    (void)unused;
    cc_formula *formula = make(program, write_end(&w, program));
    if (!formula) return;
    CHECK(formula->curve.n_features == 2, "%zu features, should be 2", formula->curve.n_features);
    CHECK(formula->of_x.count == 2, "%d steps of x, should be 2: what is not used must go", formula->of_x.count);
    CHECK(formula->of_theta.count == 1 && formula->n_roots == 1, "1/c is not taken once");
    cc_evaluate(&formula->curve, &x, 1, theta, &f, g);
    CHECK_CLOSE(f, 1.5 * log(2.5) * log(2.5) + 0.5 * 2.5 / 4, 1e-14, "value");
    CHECK_CLOSE(g[0], log(2.5) * log(2.5), 1e-14, "derivative by a");
    CHECK_CLOSE(g[1], 2.5 / 4, 1e-14, "derivative by b");
    CHECK_CLOSE(g[2], -0.5 * 2.5 / 16, 1e-14, "derivative by c");
    cc_formula_free(formula);
}

/* Where the exponential overflows the curve is flat, and its derivatives are 0. */
static void check_overflow(void)
{
    double program[MAX_PROGRAM], f, g[3], x = 0, theta[3] = {10, 100, 50};
    cc_formula *formula = make(program, write_logistic(program, false));
    if (!formula) return;
    cc_evaluate(&formula->curve, &x, 1, theta, &f, g);
    CHECK(f == 0 && g[0] == 0 && g[1] == 0 && g[2] == 0, "flat, and yet %g with derivatives %g %g %g", f, g[0], g[1],
          g[2]);
    cc_formula_free(formula);
}

/* ---- programs that are none --------------------------------------------------------------------- */

static void check_refused(void)
{
    double program[MAX_PROGRAM], copy[MAX_PROGRAM];
    size_t length = write_logistic(program, false);
    cc_status status;
    for (size_t short_of = 0; short_of < length; short_of++) {
        double *own = malloc(short_of * sizeof *own + 1); /* of that size, so that a read past it is found */
        if (!own) return;
        memcpy(own, program, short_of * sizeof *own);
        CHECK(!cc_formula_alloc(own, short_of, &status) && status == CC_BAD_SHAPE, "a program of %zu numbers was taken",
              short_of);
        free(own);
    }
    static const double wrong[] = {NAN, INFINITY, -INFINITY, -1, 0.5, 1e300};
    size_t firm = CC_FORMULA_HEAD; /* everything in the head must be as it is */
    for (size_t k = 0; k < firm; k++)
        for (size_t m = 0; m < sizeof wrong / sizeof *wrong; m++) {
            memcpy(copy, program, length * sizeof *copy);
            copy[k] = wrong[m];
            CHECK(!cc_formula_alloc(copy, length, &status), "number %zu of the head may be %g", k, wrong[m]);
        }
    for (size_t k = length - 18; k < length; k++) { /* the steps: no operand may come from a later one */
        memcpy(copy, program, length * sizeof *copy);
        copy[k] = 1000;
        CHECK(!cc_formula_alloc(copy, length, &status), "number %zu of the steps may be 1000", k - (length - 18));
    }
    writer w = write_begin(1, 1);
    int two = write_constant(&w, 2);
    int four = write_step(&w, CC_OP_ADD, two, two);
    write_step(&w, CC_OP_MUL, 0, write_step(&w, CC_OP_MUL, four, 1));
    CHECK(!cc_formula_alloc(program, write_end(&w, program), &status), "a step of constants alone was taken");
}

/* Anything at all: refused, or a curve that evaluates and fits without touching what is not its own. */
static void check_mutations(void)
{
    uint64_t state = 7;
    double good[3][MAX_PROGRAM], program[MAX_PROGRAM];
    size_t length[3] = {write_logistic(good[0], false), write_logistic(good[1], true),
                        write_operation(good[2], CC_OP_POW, 0)};
    long taken = 0;
    for (size_t k = 0; k < repetitions(MUTATIONS); k++) {
        size_t which = random_bits(&state) % 3, n = length[which], changes = 1 + random_bits(&state) % 3;
        memcpy(program, good[which], n * sizeof *program);
        for (size_t c = 0; c < changes; c++) {
            size_t at = random_bits(&state) % n;
            static const double odd[] = {NAN, INFINITY, -INFINITY, -1, 1e300, 0.5, 255, 65536};
            uint64_t kind = random_bits(&state) % 4;
            program[at] = kind == 0 ? odd[random_bits(&state) % 8] : (double)(random_bits(&state) % 24);
        }
        double *own = malloc(n * sizeof *own);
        if (!own) return;
        memcpy(own, program, n * sizeof *own);
        cc_status status;
        cc_formula *formula = cc_formula_alloc(own, n, &status);
        free(own);
        if (!formula) continue;
        taken++;
        const cc_curve *curve = &formula->curve;
        data d;
        data_clear(&d, 12);
        for (size_t i = 0; i < 12; i++) {
            for (size_t c = 0; c < curve->r && c < MAX_R; c++) d.x[c * 12 + i] = (double)(i + c) * 0.7;
            d.y[i] = 1 + (double)(i * i) * 0.1;
        }
        double f[12], g[12 * CC_MAX_PARAMS], theta[CC_MAX_PARAMS];
        for (size_t j = 0; j < CC_MAX_PARAMS; j++) theta[j] = 0.5 + (double)j;
        if (curve->r <= MAX_R) cc_evaluate(curve, d.x, 12, theta, f, g);
        if (curve->r <= MAX_R && taken % 16 == 0) {
            cc_result result = fit_one(curve, &d);
            CHECK(result.status >= CC_BAD_BOUNDS && result.status <= CC_NO_OPTIMUM, "status %d", result.status);
        }
        cc_formula_free(formula);
    }
    CHECK(taken > 100, "only %ld of the changed programs were still programs", taken);
}

int main(void)
{
    gsl_set_error_handler_off();
    check_operations();
    check_powers();
    check_all_widths();
    check_logistic();
    check_batches();
    check_parts();
    check_overflow();
    check_refused();
    check_mutations();
    return check_end();
}
