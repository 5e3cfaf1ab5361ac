// SPDX-License-Identifier: GPL-3.0-or-later
/* formula.c - runs the program of a formula over lanes: values, and the gradient by exact adjoints.
 *
 * Points go through a step in blocks, so that choosing the operation costs little; what depends on the parameters alone is
 * taken once a call and what depends on the regressors alone once a series. Adjoints walk the steps backwards, which costs
 * about as much as two values, however many parameters there are. An adjoint of 0 stays 0 whatever it is multiplied by: where a
 * curve is flat because something overflowed, its derivative is 0 and not 0 times infinity.
 */
#ifdef CC_WIDTH

#define CC_LANEWISE(name, function)                                                                                    \
    CC_INLINE V CC_W(name)(V a)                                                                                        \
    {                                                                                                                  \
        double lane[CC_WIDTH];                                                                                         \
        memcpy(lane, &a, sizeof a);                                                                                    \
        for (int i = 0; i < CC_WIDTH; i++) lane[i] = function(lane[i]);                                                \
        memcpy(&a, lane, sizeof a);                                                                                    \
        return a;                                                                                                      \
    }
CC_LANEWISE(lane_sqrt, __builtin_sqrt)
CC_LANEWISE(lane_sin, sin)
CC_LANEWISE(lane_cos, cos)
CC_LANEWISE(lane_tan, tan)
CC_LANEWISE(lane_atan, atan)
CC_LANEWISE(lane_sinh, sinh)
CC_LANEWISE(lane_cosh, cosh)
CC_LANEWISE(lane_erf, erf)
CC_LANEWISE(lane_floor, floor)

/* From e^2|a| - 1, with the sign of a; beyond 20 it is 1. */
CC_INLINE V CC_W(tanh)(V a)
{
    V grown = CC_W(v_expm1)(2.0 * CC_W(v_min)(CC_W(v_abs)(a), CC_W(v_all)(20.0)));
    V size = grown / (grown + 2.0);
    return CC_W(v_select)(V_LT(a, CC_W(v_all)(0.0)), -size, size);
}

/* x^n by squaring */
CC_INLINE V CC_W(whole_power)(V x, int n)
{
    V power = CC_W(v_all)(1.0);
    for (unsigned left = (unsigned)(n < 0 ? -n : n); left; left >>= 1) {
        if (left & 1) power = power * x;
        x = x * x;
    }
    return n < 0 ? 1.0 / power : power;
}

/* x^y; below 0 for whole y only */
CC_INLINE V CC_W(power)(V x, V y)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    V value = CC_W(v_exp)(y * CC_W(v_log)(CC_W(v_abs)(x)));
    M negative = V_LT(x, zero);
    if (CC_W(v_any)(negative)) {
        V half = 0.5 * y, whole = CC_W(lane_floor)(y), even = CC_W(lane_floor)(half);
        M is_whole = V_LE(whole, y) & V_LE(y, whole), is_even = V_LE(even, half) & V_LE(half, even);
        V below = CC_W(v_select)(is_whole, CC_W(v_select)(is_even, value, -value), CC_W(v_all)(NAN));
        value = CC_W(v_select)(negative, below, value);
    }
    return CC_W(v_select)(V_LE(y, zero) & V_LE(zero, y), one, value);
}

/* The value of an operation; a constant `op` leaves one case of the switch. */
CC_INLINE V CC_W(apply)(cc_operator op, V a, V b, int exponent)
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
        return CC_W(power)(a, b);
    case CC_OP_POWI:
        return exponent == 2 ? a * a : CC_W(whole_power)(a, exponent);
    case CC_OP_NEG:
        return -a;
    case CC_OP_EXP:
        return CC_W(v_exp)(a);
    case CC_OP_EXPIT:
        return CC_W(v_expit)(a);
    case CC_OP_LOG:
        return CC_W(v_log)(a);
    case CC_OP_LOG10:
        return CC_W(v_log)(a) * 0x1.bcb7b1526e50ep-2;
    case CC_OP_LOG2:
        return CC_W(v_log)(a) * 0x1.71547652b82fep0;
    case CC_OP_SQRT:
        return CC_W(lane_sqrt)(a);
    case CC_OP_SIN:
        return CC_W(lane_sin)(a);
    case CC_OP_COS:
        return CC_W(lane_cos)(a);
    case CC_OP_TAN:
        return CC_W(lane_tan)(a);
    case CC_OP_ATAN:
        return CC_W(lane_atan)(a);
    case CC_OP_SINH:
        return CC_W(lane_sinh)(a);
    case CC_OP_COSH:
        return CC_W(lane_cosh)(a);
    case CC_OP_TANH:
        return CC_W(tanh)(a);
    case CC_OP_ABS:
        return CC_W(v_abs)(a);
    case CC_OP_ERF:
        return CC_W(lane_erf)(a);
    default:
        return a;
    }
}

/* Its derivatives by the operands, where its value is known. */
CC_INLINE void CC_W(partials)(cc_operator op, V a, V b, int exponent, V value, V *by_a, V *by_b)
{
    V zero = CC_W(v_all)(0.0), one = CC_W(v_all)(1.0);
    *by_b = zero;
    switch (op) {
    case CC_OP_ADD:
        *by_a = *by_b = one;
        break;
    case CC_OP_SUB:
        *by_a = one, *by_b = -one;
        break;
    case CC_OP_MUL:
        *by_a = b, *by_b = a;
        break;
    case CC_OP_DIV:
        *by_a = 1.0 / b, *by_b = -value * *by_a;
        break;
    case CC_OP_POW: {
        M at_zero = V_LE(a, zero) & V_LE(zero, a);
        V edge = CC_W(v_select)(V_LT(one, b), zero, CC_W(v_select)(V_LT(b, one), CC_W(v_all)(INFINITY), one));
        *by_a = CC_W(v_select)(at_zero, edge, b * value / a);
        *by_b = CC_W(v_select)(at_zero & V_LT(zero, b), zero, value * CC_W(v_log)(a));
        break;
    }
    case CC_OP_POWI:
        *by_a = exponent == 2 ? 2.0 * a : (double)exponent * CC_W(whole_power)(a, exponent - 1);
        break;
    case CC_OP_NEG:
        *by_a = -one;
        break;
    case CC_OP_EXP:
        *by_a = value;
        break;
    case CC_OP_EXPIT:
        *by_a = value * (1.0 - value);
        break;
    case CC_OP_LOG:
        *by_a = 1.0 / a;
        break;
    case CC_OP_LOG10:
        *by_a = 0x1.bcb7b1526e50ep-2 / a;
        break;
    case CC_OP_LOG2:
        *by_a = 0x1.71547652b82fep0 / a;
        break;
    case CC_OP_SQRT:
        *by_a = 0.5 / value;
        break;
    case CC_OP_SIN:
        *by_a = CC_W(lane_cos)(a);
        break;
    case CC_OP_COS:
        *by_a = -CC_W(lane_sin)(a);
        break;
    case CC_OP_TAN:
        *by_a = 1.0 + value * value;
        break;
    case CC_OP_ATAN:
        *by_a = 1.0 / (1.0 + a * a);
        break;
    case CC_OP_SINH:
        *by_a = CC_W(lane_cosh)(a);
        break;
    case CC_OP_COSH:
        *by_a = CC_W(lane_sinh)(a);
        break;
    case CC_OP_TANH:
        *by_a = 1.0 - value * value;
        break;
    case CC_OP_ABS:
        *by_a = CC_W(v_select)(V_LT(a, zero), -one, CC_W(v_select)(V_LT(zero, a), one, a));
        break;
    case CC_OP_ERF:
        *by_a = 0x1.20dd750429b6dp0 * CC_W(v_exp)(-(a * a));
        break;
    default:
        *by_a = one;
    }
}

/* An adjoint of 0 stays 0. */
CC_INLINE V CC_W(times)(V adjoint, V factor)
{
    V zero = CC_W(v_all)(0.0);
    return CC_W(v_select)(V_LE(adjoint, zero) & V_LE(zero, adjoint), zero, adjoint * factor);
}

CC_INLINE void CC_W(put)(double *at, int how, V value)
{
    CC_W(v_store)(at, how == CC_PUT_ADD ? CC_W(v_load)(at) + value : value);
}

/* Values of steps at m points. */
static void CC_W(forward)(const cc_formula_step *step, int count, const cc_frame *frame, size_t m)
{
    for (int k = 0; k < count; k++, step++) {
        const double *a = frame->value[step->a], *b = frame->value[step->b];
        size_t of_a = frame->pace[step->a], of_b = frame->pace[step->b];
        double *out = frame->own[step->out];
        int exponent = step->exponent;
        switch (step->op) {
#define CC_RUN(operation, name, count)                                                                                 \
    case CC_OP_##operation:                                                                                            \
        for (size_t i = 0; i < m; i++)                                                                                 \
            CC_W(v_store)(out + i * CC_WIDTH,                                                                          \
                          CC_W(apply)(CC_OP_##operation, CC_W(v_load)(a + i * of_a),                                   \
                                      count == 2 ? CC_W(v_load)(b + i * of_b) : CC_W(v_all)(0.0), exponent));          \
        break;
            CC_EACH_OPERATION(CC_RUN)
#undef CC_RUN
        default:
            break;
        }
    }
}

/* Adjoints of the operands of steps from those of their results, last step first, at m points. */
static void CC_W(backward)(const cc_formula_step *steps, int count, const cc_frame *frame, size_t m)
{
    for (const cc_formula_step *step = steps + count; step-- > steps;) {
        if (!step->put_a && !step->put_b) continue;
        const double *a = frame->value[step->a], *b = frame->value[step->b], *out = frame->own[step->out];
        size_t of_a = frame->pace[step->a], of_b = frame->pace[step->b];
        const double *bar = frame->bar[step->out];
        double *bar_a = frame->bar[step->a], *bar_b = frame->bar[step->b];
        size_t bar_of_a = frame->bar_pace[step->a], bar_of_b = frame->bar_pace[step->b];
        int put_a = step->put_a, put_b = step->put_b, exponent = step->exponent;
        switch (step->op) {
#define CC_RUN(operation, name, count)                                                                                 \
    case CC_OP_##operation:                                                                                            \
        for (size_t i = 0; i < m; i++) {                                                                               \
            V by_a, by_b, adjoint = CC_W(v_load)(bar + i * CC_WIDTH);                                                  \
            CC_W(partials)(CC_OP_##operation, CC_W(v_load)(a + i * of_a),                                              \
                           count == 2 ? CC_W(v_load)(b + i * of_b) : CC_W(v_all)(0.0), exponent,                       \
                           CC_W(v_load)(out + i * CC_WIDTH), &by_a, &by_b);                                            \
            if (put_a) CC_W(put)(bar_a + i * bar_of_a, put_a, CC_W(times)(adjoint, by_a));                             \
            if (count == 2 && put_b) CC_W(put)(bar_b + i * bar_of_b, put_b, CC_W(times)(adjoint, by_b));               \
        }                                                                                                              \
        break;
            CC_EACH_OPERATION(CC_RUN)
#undef CC_RUN
        default:
            break;
        }
    }
}

/* Gradient (p) of every step that depends on the parameters alone, by the chain rule forwards. */
static void CC_W(theta_gradients)(const cc_formula *self, const cc_frame *frame, double *gradient)
{
    size_t p = self->curve.p;
    for (int k = 0; k < self->of_theta.count; k++) {
        const cc_formula_step *step = &self->of_theta.step[k];
        V by[2];
        CC_W(partials)((cc_operator)step->op, CC_W(v_load)(frame->value[step->a]), CC_W(v_load)(frame->value[step->b]),
                       step->exponent, CC_W(v_load)(frame->own[step->out]), &by[0], &by[1]);
        const int operand[2] = {step->a, step->b}, put[2] = {step->put_a, step->put_b};
        double *own = gradient + (size_t)k * p * CC_WIDTH;
        for (size_t j = 0; j < p; j++) CC_W(v_store)(own + j * CC_WIDTH, CC_W(v_all)(0.0));
        for (int side = 0; side < 2; side++) {
            if (!put[side]) continue;
            int slot = operand[side];
            if (slot < (int)p) {
                CC_W(put)(own + slot * CC_WIDTH, CC_PUT_ADD, by[side]);
                continue;
            }
            const double *inner = gradient + (size_t)(slot - self->of_theta.first) * p * CC_WIDTH;
            for (size_t j = 0; j < p; j++)
                if (self->depends[slot] >> j & 1)
                    CC_W(put)(own + j * CC_WIDTH, CC_PUT_ADD,
                              CC_W(times)(CC_W(v_load)(inner + j * CC_WIDTH), by[side]));
        }
    }
}

/* The parameters' share of the adjoints that ended at steps of the parameters alone, for m points. */
static void CC_W(finish_adjoints)(const cc_formula *self, const cc_frame *frame, const double *gradient, double *g,
                                  size_t m)
{
    size_t p = self->curve.p;
    uint32_t reached = self->reached;
    for (int k = 0; k < self->n_roots; k++) {
        int place = self->root[k], slot = self->of_theta.first + place;
        for (size_t j = 0; j < p; j++) {
            if (!(self->depends[slot] >> j & 1)) continue;
            V by_param = CC_W(v_load)(gradient + ((size_t)place * p + j) * CC_WIDTH);
            int how = reached >> j & 1 ? CC_PUT_ADD : CC_PUT_SET;
            for (size_t i = 0; i < m; i++)
                CC_W(put)(g + (i * p + j) * CC_WIDTH, how,
                          CC_W(times)(CC_W(v_load)(frame->bar[slot] + i * CC_WIDTH), by_param));
            reached |= 1u << j;
        }
    }
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < m && !(reached >> j & 1); i++)
            CC_W(v_store)(g + (i * p + j) * CC_WIDTH, CC_W(v_all)(0.0));
}

/* Values into f, or the operands of the last step into `above` and `below`; the gradient into g where that is not NULL. */
static void CC_W(values)(const cc_formula *self, const double *x, size_t stride, const double *theta, double *f,
                         double *above, double *below, double *g, size_t n)
{
    const cc_curve *curve = &self->curve;
    const cc_formula_part *of_theta = &self->of_theta, *of_both = &self->of_both;
    size_t p = curve->p, nf = curve->n_features, count = (size_t)of_both->count;
    double of_theta_value[CC_MAX_OF_THETA * CC_WIDTH], gradient[CC_MAX_OF_THETA * CC_MAX_PARAMS * CC_WIDTH];
    double room[ROOM];
    cc_frame frame;
    for (size_t j = 0; j < p; j++) frame.value[j] = theta + j * CC_WIDTH, frame.pace[j] = 0;
    for (int k = 0; k < self->n_constants; k++) {
        frame.value[self->first_constant + k] = self->constant[k];
        frame.pace[self->first_constant + k] = 0;
    }
    for (int k = 0; k < of_theta->count; k++) {
        int slot = of_theta->first + k;
        frame.value[slot] = frame.own[slot] = of_theta_value + k * CC_WIDTH;
        frame.pace[slot] = 0;
    }
    CC_W(forward)(of_theta->step, of_theta->count, &frame, 1);
    if (g) CC_W(theta_gradients)(self, &frame, gradient);

    /* a block: values of the steps, and their adjoints and those of the roots */
    size_t each = (g ? 2 * count + (size_t)self->n_roots : count) * CC_WIDTH, block = ROOM / each;
    if (block > BLOCK) block = BLOCK;
    double *next = room;
    for (size_t k = 0; k < count; k++) {
        int slot = of_both->first + (int)k;
        frame.value[slot] = frame.own[slot] = next, next += block * CC_WIDTH;
        frame.pace[slot] = CC_WIDTH;
        if (!g) continue;
        frame.bar[slot] = next, next += block * CC_WIDTH;
        frame.bar_pace[slot] = CC_WIDTH;
    }
    for (int k = 0; k < self->n_roots && g; k++) {
        int slot = of_theta->first + self->root[k];
        frame.bar[slot] = next, next += block * CC_WIDTH;
        frame.bar_pace[slot] = CC_WIDTH;
    }
    int result = of_both->first + (int)count - 1;
    for (size_t i = 0; i < block && g; i++) CC_W(v_store)(frame.bar[result] + i * CC_WIDTH, CC_W(v_all)(1.0));

    for (size_t done = 0; done < n; done += block) {
        size_t m = n - done < block ? n - done : block;
        for (size_t k = 0; k < nf; k++) {
            int slot = k < curve->r ? (int)(p + k) : self->feature[k - curve->r];
            frame.value[slot] = x + (k * stride + done) * CC_WIDTH;
            frame.pace[slot] = CC_WIDTH;
        }
        if (f) frame.own[result] = f + done * CC_WIDTH;
        CC_W(forward)(of_both->step, of_both->count, &frame, m);
        const cc_formula_step *last = &of_both->step[count - 1];
        for (size_t i = 0; i < m && above; i++) {
            CC_W(v_store)(above + (done + i) * CC_WIDTH, CC_W(v_load)(frame.value[last->a] + i * frame.pace[last->a]));
            CC_W(v_store)(below + (done + i) * CC_WIDTH, CC_W(v_load)(frame.value[last->b] + i * frame.pace[last->b]));
        }
        if (!g) continue;
        for (size_t j = 0; j < p; j++) frame.bar[j] = g + (done * p + j) * CC_WIDTH, frame.bar_pace[j] = p * CC_WIDTH;
        CC_W(backward)(of_both->step, of_both->count, &frame, m);
        CC_W(finish_adjoints)(self, &frame, gradient, g + done * p * CC_WIDTH, m);
    }
}

static void CC_W(formula_values)(const cc_curve *curve, const double *x, size_t stride, const double *theta, double *f,
                                 double *g, size_t n)
{
    CC_W(values)((const cc_formula *)curve, x, stride, theta, f, NULL, NULL, g, n);
}

#else

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curves/formula.h"

/* Where the value of a slot stands and how far apart its points are, in doubles; the same for adjoints. */
typedef struct cc_frame {
    const double *value[CC_MAX_SLOTS];
    double *own[CC_MAX_SLOTS], *bar[CC_MAX_SLOTS];
    size_t pace[CC_MAX_SLOTS], bar_pace[CC_MAX_SLOTS];
} cc_frame;

/* Points of a block at most, and the doubles that a block may take: half of a small first-level cache. */
enum { BLOCK = 32, ROOM = 3072 };
_Static_assert(ROOM >= 4 * (2 * CC_MAX_STEPS + CC_MAX_OF_THETA), "a block of one point must have room");

#define CC_WIDTH_FILE "curves/formula.c"
#include "widths.h"

const char *cc_operator_name(int op)
{
    static const char *const names[] = {
#define CC_NAME(operation, name, count) name,
        CC_EACH_OPERATION(CC_NAME)
#undef CC_NAME
    };
    return op >= 0 && op < CC_OPERATORS ? names[op] : NULL;
}

static int operands_of(int op)
{
    static const int counts[] = {
#define CC_COUNT_OF(operation, name, count) count,
        CC_EACH_OPERATION(CC_COUNT_OF)
#undef CC_COUNT_OF
    };
    return counts[op];
}

/* What depends on the regressors alone, once a series: the regressors, then the features past them. With no such steps it
 * only says that the regressors are not to be rescaled. */
static void formula_features(const cc_curve *curve, const double *x, size_t n, const double *theta, double *z,
                             double *dz)
{
    const cc_formula *self = (const cc_formula *)curve;
    const cc_formula_part *of_x = &self->of_x;
    (void)theta;
    (void)dz;
    memcpy(z, x, curve->r * n * sizeof *z);
    if (of_x->count == 0) return;
    double room[ROOM];
    cc_frame frame;
    size_t block = ROOM / (size_t)of_x->count;
    for (int k = 0; k < self->n_constants; k++) {
        frame.value[self->first_constant + k] = self->constant[k];
        frame.pace[self->first_constant + k] = 0;
    }
    for (int k = 0; k < of_x->count; k++) {
        frame.value[of_x->first + k] = frame.own[of_x->first + k] = room + (size_t)k * block;
        frame.pace[of_x->first + k] = 1;
    }
    for (size_t done = 0; done < n; done += block) {
        size_t m = n - done < block ? n - done : block;
        for (size_t k = 0; k < curve->r; k++)
            frame.value[curve->p + k] = x + k * n + done, frame.pace[curve->p + k] = 1;
        forward_w1(of_x->step, of_x->count, &frame, m);
        for (size_t k = curve->r; k < curve->n_features; k++)
            memcpy(z + k * n + done, frame.own[self->feature[k - curve->r]], m * sizeof *z);
    }
}

/* ---- from a vector of numbers to a formula, believing nothing ----------------------------------- */

/* A program while it is read: steps as they come, by operand number. */
typedef struct reader {
    const double *at;
    cc_formula *formula;
    int p, r, n_constants, n_steps, n_slots;
    int op[CC_MAX_STEPS], operand[CC_MAX_STEPS][2];
    bool of_x[CC_MAX_SLOTS], live[CC_MAX_SLOTS];
    uint32_t depends[CC_MAX_SLOTS];
    int slot[CC_MAX_SLOTS]; /* from operand number to slot */
} reader;

/* The next number, if it is whole and lies in [low, high]. */
static bool read_whole(reader *in, int low, int high, int *value)
{
    double number = *in->at++;
    if (!(number >= low && number <= high) || number != floor(number)) return false;
    *value = (int)number;
    return true;
}

static bool read_head(reader *in, size_t length)
{
    int format, error_model;
    if (length < CC_FORMULA_HEAD) return false;
    if (!read_whole(in, CC_FORMULA_FORMAT, CC_FORMULA_FORMAT, &format) || !read_whole(in, 1, CC_MAX_PARAMS, &in->p) ||
        !read_whole(in, 1, CC_MAX_REGRESSORS, &in->r) || !read_whole(in, 0, CC_MAX_CONSTANTS, &in->n_constants) ||
        !read_whole(in, 1, CC_MAX_STEPS, &in->n_steps) || !read_whole(in, 0, CC_BINOMIAL, &error_model) ||
        !read_whole(in, 0, CC_SEARCHES - 1, &in->formula->search) ||
        !read_whole(in, 0, CC_CEILING_ABOVE * (in->p + 1) - 1, &in->formula->flags))
        return false;
    in->formula->curve.error_model = (cc_error_model)error_model;
    in->n_slots = in->p + in->r + in->n_constants + in->n_steps;
    return length == (size_t)(CC_FORMULA_HEAD + in->p * (CC_FORMULA_PARAM + in->r) + in->n_constants + 3 * in->n_steps);
}

static bool read_param(reader *in, int j)
{
    cc_param *param = &in->formula->params[j];
    cc_formula_param *own = &in->formula->param[j];
    int role;
    param->name = param->unit = param->meaning = "";
    param->lower = *in->at++;
    param->upper = *in->at++;
    if (!(param->lower <= param->upper) || param->lower == INFINITY || param->upper == -INFINITY) return false;
    if (!read_whole(in, 0, CC_ROLES - 1, &role) || !read_whole(in, 0, in->p - 1, &own->partner) ||
        !read_whole(in, 0, in->r - 1, &own->axis))
        return false;
    own->role = (cc_role)role;
    own->sign = *in->at++;
    own->shift = *in->at++;
    own->y_power = *in->at++;
    for (int k = 0; k < in->r; k++) own->x_power[k] = *in->at++;
    bool fine = fabs(own->sign) < INFINITY && fabs(own->shift) < INFINITY && fabs(own->y_power) <= 16;
    for (int k = 0; k < in->r; k++) fine = fine && fabs(own->x_power[k]) <= 16;
    return fine;
}

static bool read_steps(reader *in)
{
    int first = in->n_slots - in->n_steps;
    for (int k = 0; k < in->n_steps; k++) {
        int *operand = in->operand[k], known = first + k - 1;
        if (!read_whole(in, 0, CC_OPERATORS - 1, &in->op[k]) || !read_whole(in, 0, known, &operand[0])) return false;
        bool power = in->op[k] == CC_OP_POWI;
        if (!read_whole(in, power ? -CC_MAX_EXPONENT : 0, power ? CC_MAX_EXPONENT : known, &operand[1])) return false;
    }
    return true;
}

/* Which steps the value needs, and on what each depends; false where one depends on nothing. */
static bool trace(reader *in)
{
    int first = in->n_slots - in->n_steps;
    for (int j = 0; j < in->p; j++) in->depends[j] = 1u << j;
    for (int k = 0; k < in->r; k++) in->of_x[in->p + k] = true;
    for (int k = 0; k < in->n_steps; k++)
        for (int side = 0; side < operands_of(in->op[k]); side++) {
            in->depends[first + k] |= in->depends[in->operand[k][side]];
            in->of_x[first + k] = in->of_x[first + k] || in->of_x[in->operand[k][side]];
        }
    for (int k = 0; k < in->n_steps; k++)
        if (!in->depends[first + k] && !in->of_x[first + k]) return false;
    in->live[in->n_slots - 1] = true;
    for (int k = in->n_steps; k-- > 0;)
        for (int side = 0; side < operands_of(in->op[k]) && in->live[first + k]; side++)
            in->live[in->operand[k][side]] = true;
    return true;
}

typedef enum part { OF_X, OF_THETA, OF_BOTH } part;

/* The part of every live step. The value is always taken at every point, and what has no room elsewhere. */
static void divide(const reader *in, part *of)
{
    int first = in->n_slots - in->n_steps, n_theta = 0, n_features = in->r;
    bool used[CC_MAX_STEPS] = {0};
    for (int k = 0; k < in->n_steps; k++) {
        bool moves = in->of_x[first + k] && in->depends[first + k];
        of[k] = moves || k == in->n_steps - 1 ? OF_BOTH : in->depends[first + k] ? OF_THETA : OF_X;
        n_theta += in->live[first + k] && of[k] == OF_THETA;
    }
    for (int k = 0; k < in->n_steps; k++)
        if (of[k] == OF_THETA && n_theta > CC_MAX_OF_THETA) of[k] = OF_BOTH;
    /* steps of the regressors that points use are features, as long as there is room */
    for (int k = 0; k < in->n_steps; k++)
        for (int side = 0; side < operands_of(in->op[k]) && of[k] == OF_BOTH && in->live[first + k]; side++) {
            int inner = in->operand[k][side] - first;
            if (inner >= 0 && of[inner] == OF_X && !used[inner]) used[inner] = true, n_features++;
        }
    for (int k = 0; k < in->n_steps; k++)
        if (of[k] == OF_X && n_features > CC_MAX_FEATURES) of[k] = OF_BOTH;
}

static void place_part(reader *in, const part *of, part which, cc_formula_part *to, int *next)
{
    int first = in->n_slots - in->n_steps;
    to->count = 0;
    to->first = *next;
    for (int k = 0; k < in->n_steps; k++) {
        if (!in->live[first + k] || of[k] != which) continue;
        in->slot[first + k] = (*next)++;
        to->step[to->count++] = (cc_formula_step){
            .op = (uint8_t)in->op[k],
            .out = (int16_t)in->slot[first + k],
            .a = (int16_t)in->slot[in->operand[k][0]],
            .b = (int16_t)(operands_of(in->op[k]) == 2 ? in->slot[in->operand[k][1]] : in->slot[in->operand[k][0]]),
            .exponent = (int16_t)(in->op[k] == CC_OP_POWI ? in->operand[k][1] : 0),
        };
        in->formula->depends[in->slot[first + k]] = in->depends[first + k];
    }
}

/* Features and roots: what the points take from the other parts. */
static void find_inputs(cc_formula *self)
{
    bool seen[CC_MAX_SLOTS] = {0};
    self->curve.n_features = self->curve.r;
    for (int k = 0; k < self->of_both.count; k++)
        for (int side = 0; side < 2; side++) {
            int slot = side ? self->of_both.step[k].b : self->of_both.step[k].a;
            if (seen[slot]) continue;
            seen[slot] = true;
            if (slot >= self->of_x.first && slot < self->of_x.first + self->of_x.count)
                self->feature[self->curve.n_features++ - self->curve.r] = slot;
            if (slot >= self->of_theta.first && slot < self->of_theta.first + self->of_theta.count)
                self->root[self->n_roots++] = slot - self->of_theta.first;
        }
}

/* Whether an adjoint sets or adds to that of an operand: walked backwards, the first to arrive sets. */
static void plan_adjoints(cc_formula *self)
{
    bool set[CC_MAX_SLOTS] = {0};
    for (int k = 0; k < self->of_theta.count; k++) {
        cc_formula_step *step = &self->of_theta.step[k];
        step->put_a = self->depends[step->a] ? CC_PUT_ADD : CC_PUT_NOTHING;
        step->put_b = operands_of(step->op) == 2 && self->depends[step->b] ? CC_PUT_ADD : CC_PUT_NOTHING;
    }
    for (int k = self->of_both.count; k-- > 0;) {
        cc_formula_step *step = &self->of_both.step[k];
        uint8_t *put[2] = {&step->put_a, &step->put_b};
        const int slot[2] = {step->a, step->b};
        for (int side = 0; side < operands_of(step->op); side++) {
            if (!self->depends[slot[side]]) continue;
            *put[side] = set[slot[side]] ? CC_PUT_ADD : CC_PUT_SET;
            set[slot[side]] = true;
        }
    }
    for (size_t j = 0; j < self->curve.p; j++)
        if (set[j]) self->reached |= 1u << j;
}

static bool arrange(reader *in)
{
    cc_formula *self = in->formula;
    part of[CC_MAX_STEPS];
    int next = 0, steps = in->n_slots - in->n_steps;
    if (!trace(in)) return false;
    divide(in, of);
    for (; next < steps; next++) in->slot[next] = next, self->depends[next] = in->depends[next];
    self->n_constants = in->n_constants;
    self->first_constant = in->p + in->r;
    place_part(in, of, OF_X, &self->of_x, &next);
    place_part(in, of, OF_THETA, &self->of_theta, &next);
    place_part(in, of, OF_BOTH, &self->of_both, &next);
    find_inputs(self);
    plan_adjoints(self);
    return true;
}

/* ---- starts ------------------------------------------------------------------------------------- */

static double span_of(const cc_range *range, size_t axis)
{
    double span = range->high[axis] - range->low[axis];
    return span > 0 ? span : 1;
}

static double raised(double base, double exponent)
{
    if (exponent == 0) return 1;
    return exponent == 1 ? base : exponent == -1 ? 1 / base : pow(base, exponent);
}

/* The unit in which a parameter is a number near 1, from the ranges of y and the regressors. */
static double unit_of(const cc_formula *self, size_t j, const cc_range *range)
{
    double largest = fmax(fabs(range->y_low), fabs(range->y_high));
    double unit = raised(largest > 0 ? largest : 1, self->param[j].y_power);
    for (size_t k = 0; k < self->curve.r; k++) unit *= raised(span_of(range, k), self->param[j].x_power[k]);
    return isfinite(unit) && unit > 0 ? unit : 1;
}

/* A positive number, even in logarithms: mostly between 10^low and 10^high, sometimes up to 10^tail times beyond. */
static double magnitude(double u, double low, double high, double tail)
{
    double share = (u - 0.7) / 0.15;
    double power = u < 0.7 ? low + (high - low) * u / 0.7 : share < 1 ? low - tail * share : high + tail * (share - 1);
    return exp(M_LN10 * power);
}

/* Of either sign. */
static double signed_magnitude(double u, double low, double high, double tail)
{
    return u < 0.5 ? magnitude(2 * u, low, high, tail) : -magnitude(2 * u - 1, low, high, tail);
}

/* A place on an axis, in spans from its low end: mostly within the range, sometimes far to one side. */
static double place(double u)
{
    if (u < 0.7) return u / 0.7;
    double share = (u - 0.7) / 0.15;
    return share < 1 ? -exp(M_LN10 * (2.7 * share - 1.5)) : 1 + exp(M_LN10 * (2.7 * (share - 1) - 1.5));
}

static double shape_of(const cc_formula *self, size_t j, double u)
{
    const cc_formula_param *own = &self->param[j];
    double power = 0;
    for (size_t k = 0; k < self->curve.r; k++) power += own->x_power[k];
    switch (own->role) {
    case CC_ROLE_PLACE:
    case CC_ROLE_GROWN:
    case CC_ROLE_OFFSET:
        return place(u);
    case CC_ROLE_EXPONENT:
        return signed_magnitude(u, -1, 0.6, 1);
    case CC_ROLE_FREQUENCY:
    case CC_ROLE_PERIOD:
        return u;
    default:
        break;
    }
    /* rates count in the inverse of a span, lengths in spans */
    double smallest = power < 0 ? -0.3 : power > 0 ? -1.6 : -1, largest = power < 0 ? 1.3 : power > 0 ? 0.2 : 1;
    return own->sign > 0 ? magnitude(u, smallest, largest, 1.5) : signed_magnitude(u, smallest, largest, 1.5);
}

static double sought_value(const cc_formula *self, size_t j, const cc_range *range, double shape)
{
    const cc_formula_param *own = &self->param[j];
    size_t axis = (size_t)own->axis;
    double low = range->low[axis], span = span_of(range, axis);
    switch (own->role) {
    case CC_ROLE_PLACE:
    case CC_ROLE_GROWN:
    case CC_ROLE_OFFSET:
        return own->sign * (low + span * shape + own->shift); /* times the partner, once that is known */
    case CC_ROLE_EXPONENT:
        return shape;
    case CC_ROLE_FREQUENCY:
    case CC_ROLE_PERIOD: {
        double most = fmin(fmax((double)range->n / 2, 2), 16), turn = 2 * M_PI * (0.3 + shape * (most - 0.3));
        return own->role == CC_ROLE_PERIOD ? span * own->sign / turn : turn / (span * own->sign);
    }
    default:
        return unit_of(self, j, range) * shape;
    }
}

/* Which parameters a search is for; those below the line come last, as they are rarely needed. */
static size_t list_sought(const cc_formula *self, size_t *list)
{
    size_t count = 0;
    for (size_t j = 0; j < self->curve.p; j++)
        if (self->param[j].role != CC_ROLE_LINEAR && self->param[j].role != CC_ROLE_DENOMINATOR) list[count++] = j;
    for (size_t j = 0; j < self->curve.p; j++)
        if (self->param[j].role == CC_ROLE_DENOMINATOR) list[count++] = j;
    return count;
}

static void formula_shape(const cc_curve *curve, const double *u, double *shape)
{
    const cc_formula *self = (const cc_formula *)curve;
    for (size_t k = 0; k < curve->n_sought; k++) shape[k] = shape_of(self, self->sought[k], u[k]);
}

static void formula_sought(const cc_curve *curve, const cc_range *range, const double *shape, double *theta)
{
    const cc_formula *self = (const cc_formula *)curve;
    for (size_t k = 0; k < curve->n_sought; k++)
        theta[self->sought[k]] = sought_value(self, self->sought[k], range, shape[k]);
    for (size_t k = 0; k < curve->n_sought; k++) {
        size_t j = self->sought[k];
        const cc_formula_param *own = &self->param[j];
        if (own->role == CC_ROLE_OFFSET || own->role == CC_ROLE_GROWN) theta[j] *= theta[own->partner];
        if (own->role == CC_ROLE_GROWN) theta[j] = exp(fmin(fmax(theta[j], -300), 300));
    }
}

/* Numerator and denominator of a value that is a quotient. */
static void formula_quotient(const cc_curve *curve, const double *x, const double *theta, double *above, double *below,
                             size_t n)
{
    const cc_formula *self = (const cc_formula *)curve;
    values_w1(self, x, n, theta, NULL, above, below, NULL, n);
}

static void set_starts(cc_formula *self)
{
    bool below = false, logarithm = self->flags & CC_LOGARITHM;
    if (logarithm) self->curve.flags |= CC_LOG_KERNEL;
    for (size_t j = 0; j < self->curve.p; j++) {
        cc_param *param = &self->params[j];
        if (self->param[j].role == CC_ROLE_LINEAR) param->flags = logarithm ? CC_LINEAR_LOG : CC_LINEAR_LEVEL;
        if (self->param[j].role == CC_ROLE_DENOMINATOR) param->flags = CC_LINEAR_BELOW, below = true;
        if (param->flags == CC_LINEAR_LEVEL && (self->flags & CC_PROPORTIONAL)) param->flags |= CC_FACTOR;
        if (self->flags / CC_CEILING_ABOVE == (int)j + 1) param->flags |= CC_CEILING;
    }
    self->curve.n_sought = list_sought(self, self->sought);
    self->curve.shape = formula_shape;
    self->curve.sought = formula_sought;
    bool quotient = self->of_both.step[self->of_both.count - 1].op == CC_OP_DIV;
    if (below && quotient) self->curve.quotient = formula_quotient;
    if (self->search == CC_SEARCH_RUGGED) self->curve.flags |= CC_RUGGED;
    if (self->search == CC_SEARCH_COUPLED) self->curve.flags |= CC_COUPLED;
}

static bool read_program(reader *in, size_t length)
{
    cc_formula *self = in->formula;
    if (!read_head(in, length)) return false;
    self->curve.p = (size_t)in->p;
    self->curve.r = (size_t)in->r;
    for (int j = 0; j < in->p; j++)
        if (!read_param(in, j)) return false;
    for (int k = 0; k < in->n_constants; k++) {
        double value = *in->at++;
        if (!isfinite(value)) return false;
        for (int lane = 0; lane < 4; lane++) self->constant[k][lane] = value;
    }
    return read_steps(in);
}

/* Powers of units are taken at their word only where they are whole: a wrong one would be a wrong answer. */
static void set_scales(cc_formula *self)
{
    bool y = self->flags & CC_SCALES_Y, x = y && (self->flags & CC_SCALES_X);
    for (size_t j = 0; j < self->curve.p; j++) {
        double y_power = self->param[j].y_power, x_power = 0;
        for (size_t k = 0; k < self->curve.r; k++) x_power += self->param[j].x_power[k];
        y = y && y_power == floor(y_power);
        x = x && x_power == floor(x_power);
        self->params[j].y_power = (int)y_power;
        self->params[j].x_power = (int)x_power;
    }
    x = x && y && self->of_x.count == 0;
    if (y) self->curve.flags |= CC_RESCALE;
    for (size_t j = 0; j < self->curve.p && !x; j++) self->params[j].x_power = 0;
    self->curve.features = self->of_x.count || (y && !x) ? formula_features : NULL;
}

cc_formula *cc_formula_alloc(const double *program, size_t length, cc_status *status)
{
    static const cc_values values[CC_WIDTHS] = CC_EACH_WIDTH(formula_values);
    reader in = {.at = program};
    cc_formula *self = in.formula = calloc(1, sizeof *self);
    *status = CC_NOMEM;
    if (!self) return NULL;
    *status = CC_BAD_SHAPE;
    if (!read_program(&in, length) || !arrange(&in)) {
        free(self);
        return NULL;
    }
    self->curve.name = "formula";
    self->curve.params = self->params;
    memcpy(self->curve.values, values, sizeof values);
    set_scales(self);
    set_starts(self);
    *status = CC_OK;
    return self;
}

void cc_formula_free(cc_formula *self)
{
    free(self);
}

#endif
