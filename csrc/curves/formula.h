// SPDX-License-Identifier: GPL-3.0-or-later
/* formula.h - a curve of one's own: a program of numbers, checked once, then run over lanes like any other curve.
 *
 * A program is a vector of doubles, so that it can be an input of a ufunc:
 *     format, p, r, n_constants, n_steps, error model, search, flags;
 *     for every parameter: lower, upper, role, partner, axis, sign, shift, power of y, power of each of the r regressors;
 *     the constants;
 *     for every step: operation, operand a, operand b.
 * Operands count through parameters, regressors, constants and the results of earlier steps; the last step is the value.
 * Where an operation takes one operand, b is 0; that of POWI is its exponent.
 */
#ifndef CC_FORMULA_H
#define CC_FORMULA_H

#include "curvecast.h"

enum {
    CC_FORMULA_FORMAT = 1,
    CC_FORMULA_HEAD = 8,
    CC_FORMULA_PARAM = 8, /* and one more for each regressor */
    CC_MAX_STEPS = 256,
    CC_MAX_CONSTANTS = 128,
    CC_MAX_EXPONENT = 64
};

/* Operation, name, number of operands. */
#define CC_EACH_OPERATION(X)                                                                                           \
    X(ADD, "add", 2)                                                                                                   \
    X(SUB, "sub", 2)                                                                                                   \
    X(MUL, "mul", 2)                                                                                                   \
    X(DIV, "div", 2)                                                                                                   \
    X(POW, "pow", 2)                                                                                                   \
    X(POWI, "powi", 1)                                                                                                 \
    X(NEG, "neg", 1)                                                                                                   \
    X(EXP, "exp", 1)                                                                                                   \
    X(EXPIT, "expit", 1)                                                                                               \
    X(LOG, "log", 1)                                                                                                   \
    X(LOG10, "log10", 1)                                                                                               \
    X(LOG2, "log2", 1)                                                                                                 \
    X(SQRT, "sqrt", 1)                                                                                                 \
    X(SIN, "sin", 1)                                                                                                   \
    X(COS, "cos", 1)                                                                                                   \
    X(TAN, "tan", 1)                                                                                                   \
    X(ATAN, "atan", 1)                                                                                                 \
    X(SINH, "sinh", 1)                                                                                                 \
    X(COSH, "cosh", 1)                                                                                                 \
    X(TANH, "tanh", 1)                                                                                                 \
    X(ABS, "abs", 1)                                                                                                   \
    X(ERF, "erf", 1)                                                                                                   \
    X(COPY, "copy", 1)

typedef enum cc_operator {
#define CC_LIST(operation, name, count) CC_OP_##operation,
    CC_EACH_OPERATION(CC_LIST)
#undef CC_LIST
        CC_OPERATORS
} cc_operator;

/* What a parameter is to the search for starts. */
typedef enum cc_role {
    CC_ROLE_LINEAR,      /* enters linearly: solved for */
    CC_ROLE_DENOMINATOR, /* enters the denominator of the whole linearly: solved for once the quotient is multiplied out */
    CC_ROLE_SIZE,        /* a size in units of y and the regressors; its sign matters where `sign` is 0 */
    CC_ROLE_PLACE,       /* sign times (a place on the axis of a regressor plus the shift) */
    CC_ROLE_OFFSET,      /* that, times the partner */
    CC_ROLE_GROWN,       /* e to the power of that */
    CC_ROLE_EXPONENT,    /* an exponent, or its inverse */
    CC_ROLE_FREQUENCY, /* the argument of a wave turns with its multiples of a regressor */
    CC_ROLE_PERIOD,    /* a regressor is divided by it in the argument of a wave */
    CC_ROLES
} cc_role;

/* How starts are looked for. */
typedef enum cc_formula_search { CC_SEARCH_SMOOTH, CC_SEARCH_COUPLED, CC_SEARCH_RUGGED, CC_SEARCHES } cc_formula_search;

/* What a change of units does: whether the powers of y's unit, or of that of all regressors together, say how parameters
 * change; whether the value is proportional to the one parameter that enters linearly; and whether the program gives the logarithm of
 * the value, which linear parameters then enter. What is above counts up to the parameter that is the ceiling, from 1; 0: none. */
enum {
    CC_SCALES_Y = 1 << 0,
    CC_SCALES_X = 1 << 1,
    CC_PROPORTIONAL = 1 << 2,
    CC_LOGARITHM = 1 << 3,
    CC_CEILING_ABOVE = 1 << 4
};

typedef struct cc_formula_param {
    cc_role role;
    int partner, axis;
    double sign, shift, y_power, x_power[CC_MAX_REGRESSORS];
} cc_formula_param;

/* One step: the slots of its result and operands, and what its adjoint does to theirs. */
typedef enum cc_put { CC_PUT_NOTHING, CC_PUT_SET, CC_PUT_ADD } cc_put;

typedef struct cc_formula_step {
    int16_t out, a, b, exponent;
    uint8_t op, put_a, put_b;
} cc_formula_step;

/* Steps by what they depend on; their slots follow one another. */
typedef struct cc_formula_part {
    int count, first;
    cc_formula_step step[CC_MAX_STEPS];
} cc_formula_part;

enum {
    CC_MAX_SLOTS = CC_MAX_PARAMS + CC_MAX_REGRESSORS + CC_MAX_CONSTANTS + CC_MAX_STEPS,
    CC_MAX_OF_THETA = 32 /* past this many, they are taken at every point */
};

/* Slots: parameters, regressors, constants, and the steps of the three parts. */
typedef struct cc_formula {
    cc_curve curve; /* first, so that a pointer to it is a pointer to the formula */
    cc_param params[CC_MAX_PARAMS];
    cc_formula_param param[CC_MAX_PARAMS];
    int search, flags;
    size_t sought[CC_MAX_PARAMS]; /* the parameters that a search is for */
    int n_constants, first_constant;
    double constant[CC_MAX_CONSTANTS][4]; /* each repeated for the lanes */
    cc_formula_part of_x;                 /* the regressors alone: taken once a series, as features */
    cc_formula_part of_theta;             /* the parameters alone: taken once a call, with their gradient */
    cc_formula_part of_both;              /* taken at every point; the last is the value */
    int feature[CC_MAX_FEATURES];         /* slots of the features past the regressors */
    int n_roots, root[CC_MAX_OF_THETA];   /* the steps of of_theta that of_both uses, by their place */
    uint32_t depends[CC_MAX_SLOTS];       /* on which parameters a slot depends */
    uint32_t reached;                     /* parameters whose adjoint is set by a step of of_both */
} cc_formula;

/* The name of an operation, NULL past the last. */
const char *cc_operator_name(int op);

/* From a program that may be anything. NULL: it is no program (CC_BAD_SHAPE), or memory is short. */
cc_formula *cc_formula_alloc(const double *program, size_t length, cc_status *status);
void cc_formula_free(cc_formula *formula);

#endif
