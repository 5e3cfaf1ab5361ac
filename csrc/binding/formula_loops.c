// SPDX-License-Identifier: GPL-3.0-or-later
/* formula_loops.c - what every curve can do, for formulas: the same ufuncs with the program as one more input.
 *
 * A program that travels with the data needs no registration: it reaches Dask's workers like any array. The loop reads it,
 * makes a curve of it, and calls the loop that all curves share with that input left out. A bad program gives NaN and
 * the status of a bad shape.
 */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"
#include "curves/formula.h"

enum { MAX_OPERANDS = 32, MAX_CORE = 96, MAX_TWINS = 32, MAX_SIGNATURE = 256 };

/* A curve that fits no shape, for programs that are none. */
static const cc_curve no_curve = {.name = "", .p = SIZE_MAX, .r = SIZE_MAX};

/* An operation of curves and its twin for formulas; the curve comes first, as the loop is handed a pointer to it. */
typedef struct twin {
    cc_curve curve;
    const cc_operation *base;
    cc_operation operation;
    char signature[MAX_SIGNATURE], doc[MAX_SIGNATURE], types[MAX_OPERANDS];
    int n_core_in, n_dimensions; /* core strides of the inputs without the program; distinct core dimensions */
} twin;

static twin twins[MAX_TWINS];

/* The arguments of a loop without the program, from the item that they begin with. */
typedef struct cut {
    char *args[MAX_OPERANDS];
    npy_intp dimensions[MAX_CORE], steps[MAX_OPERANDS + MAX_CORE];
} cut;

static int count_core(const char *signature, const char *end)
{
    int count = 0;
    for (const char *at = signature; at < end; at++)
        if (*at == ',' || *at == ')') count += at > signature && at[-1] != '(' && at[-1] != ')';
    return count;
}

static void leave_out(const twin *own, char **args, npy_intp const *dimensions, npy_intp const *steps, npy_intp from,
                      npy_intp count, cut *out)
{
    int n_in = own->base->n_in, n_all = n_in + own->base->n_out;
    const char *arrow = strstr(own->base->signature, "->");
    int n_core_out = count_core(arrow + 2, arrow + strlen(arrow));
    for (int k = 0; k < n_all; k++) {
        int at = k < n_in ? k : k + 1;
        out->args[k] = args[at] + from * steps[at];
        out->steps[k] = steps[at];
    }
    npy_intp const *core = steps + n_all + 1;
    for (int k = 0; k < own->n_core_in; k++) out->steps[n_all + k] = core[k];
    for (int k = 0; k < n_core_out; k++) out->steps[n_all + own->n_core_in + k] = core[own->n_core_in + 1 + k];
    out->dimensions[0] = count;
    for (int k = 1; k <= own->n_dimensions; k++) out->dimensions[k] = dimensions[k];
}

/* How many items from `from` on have the program that `from` has. */
static npy_intp same_program(const char *program, npy_intp stride, npy_intp core, npy_intp length, npy_intp from,
                             npy_intp end)
{
    if (stride == 0) return end - from;
    npy_intp count = 1;
    for (; from + count < end; count++)
        for (npy_intp k = 0; k < length; k++)
            if (memcmp(program + from * stride + k * core, program + (from + count) * stride + k * core,
                       sizeof(double)) != 0)
                return count;
    return count;
}

static void formula_loop(char **args, npy_intp const *dimensions, npy_intp const *steps, void *data)
{
    const twin *own = data;
    int n_in = own->base->n_in, n_all = n_in + own->base->n_out;
    npy_intp length = dimensions[own->n_dimensions + 1], stride = steps[n_in], core = steps[n_all + 1 + own->n_core_in];
    if (cc_poll()) return;
    double *program = malloc((size_t)length * sizeof *program + 1);
    bool stop = false;
    cut rest;
    for (npy_intp from = 0, count; from < dimensions[0]; from += count) {
        cc_status status = program ? CC_INTERRUPTED : CC_NOMEM;
        cc_formula *formula = NULL;
        count = stop ? dimensions[0] - from : same_program(args[n_in], stride, core, length, from, dimensions[0]);
        if (program && !stop) {
            cc_gather(args[n_in] + from * stride, length, core, program);
            formula = cc_formula_alloc(program, (size_t)length, &status);
        }
        if (status == CC_NOMEM) cc_raise_no_memory();
        leave_out(own, args, dimensions, steps, from, count, &rest);
        own->base->loop(rest.args, rest.dimensions, rest.steps,
                        (void *)(uintptr_t)(formula ? &formula->curve : &no_curve));
        cc_formula_free(formula);
        stop = stop || cc_poll();
    }
    free(program);
}

/* The k-th operation that every curve has; NULL past the last. */
static const cc_operation *base_operation(size_t k)
{
    const cc_operation *const tables[] = {cc_curve_operations, cc_interval_operations, cc_shared_operations};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const cc_operation *base = tables[t]; base->name; base++)
            if (!base->offered && k-- == 0) return base;
    return NULL;
}

/* That operation with ",(c)" after its inputs. */
bool cc_formula_operation(size_t k, const cc_operation **operation, const cc_curve **curve)
{
    const cc_operation *base = base_operation(k);
    if (!base || k >= MAX_TWINS || base->n_in + base->n_out >= MAX_OPERANDS) return false;
    twin *own = &twins[k];
    const char *arrow = strstr(base->signature, "->"), *doc_arrow = strstr(base->doc, " ->");
    int before = (int)(arrow - base->signature), doc_before = (int)(doc_arrow ? doc_arrow - base->doc : 0);
    snprintf(own->signature, sizeof own->signature, "%.*s,(c)%s", before, base->signature, arrow);
    snprintf(own->doc, sizeof own->doc, "%.*s, program%s", doc_before, base->doc, base->doc + doc_before);
    memcpy(own->types, base->types, (size_t)base->n_in);
    own->types[base->n_in] = NPY_DOUBLE;
    memcpy(own->types + base->n_in + 1, base->types + base->n_in, (size_t)base->n_out);
    own->n_core_in = count_core(base->signature, arrow);
    bool seen[128] = {0};
    for (const char *at = base->signature; *at; at++) {
        bool name = *at >= 'a' && *at <= 'z';
        if (name && !seen[(int)*at]) own->n_dimensions++;
        if (name) seen[(int)*at] = true;
    }
    own->base = base;
    own->curve.name = "formula";
    own->operation = (cc_operation){base->name,  own->signature, own->doc,     base->n_in + 1,
                                    base->n_out, own->types,     formula_loop, NULL};
    *operation = &own->operation;
    *curve = &own->curve;
    return true;
}

PyObject *cc_formula_operators(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    PyObject *dict = PyDict_New();
    for (int op = 0; dict && cc_operator_name(op); op++) {
        PyObject *number = PyLong_FromLong(op);
        if (!number || PyDict_SetItemString(dict, cc_operator_name(op), number) < 0) Py_CLEAR(dict);
        Py_XDECREF(number);
    }
    return dict;
}
