// SPDX-License-Identifier: GPL-3.0-or-later
/* module.c - the extension module: ufuncs made from the registry of curves, and tables for Python to read. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"
#include "fit/internal.h"

#ifndef CC_VERSION
#define CC_VERSION "unknown"
#endif

enum { MAX_UFUNCS = 1024, MAX_NAME = 64, MOST_EXAMPLE_POINTS = 100000 };

/* Storage that NumPy keeps pointers into: written once, while the module is made. */
static struct {
    char name[MAX_NAME];
    PyUFuncGenericFunction loop[1];
    void *data[1];
} ufuncs[MAX_UFUNCS];
static size_t n_ufuncs;

static int add_object(PyObject *module, const char *name, PyObject *object)
{
    if (!object) return -1;
    int failed = PyModule_AddObjectRef(module, name, object);
    Py_DECREF(object);
    return failed;
}

static int add_ufunc(PyObject *module, const cc_operation *operation, const cc_curve *curve)
{
    if (n_ufuncs == MAX_UFUNCS) {
        PyErr_SetString(PyExc_ImportError, "curvecast._core has room for fewer ufuncs than there are curves");
        return -1;
    }
    size_t at = n_ufuncs++;
    if (curve)
        snprintf(ufuncs[at].name, MAX_NAME, "%s_%s", operation->name, curve->name);
    else
        snprintf(ufuncs[at].name, MAX_NAME, "%s", operation->name);
    ufuncs[at].loop[0] = operation->loop;
    ufuncs[at].data[0] = (void *)(uintptr_t)curve;
    return add_object(module, ufuncs[at].name,
                      PyUFunc_FromFuncAndDataAndSignature(ufuncs[at].loop, ufuncs[at].data, operation->types, 1,
                                                          operation->n_in, operation->n_out, PyUFunc_None,
                                                          ufuncs[at].name, operation->doc, 0, operation->signature));
}

static int add_ufuncs(PyObject *module)
{
    const cc_operation *const plain[] = {cc_noise_operations, cc_learning_operations};
    for (size_t t = 0; t < sizeof plain / sizeof *plain; t++)
        for (const cc_operation *operation = plain[t]; operation->name; operation++)
            if (add_ufunc(module, operation, NULL) < 0) return -1;
    const cc_operation *const tables[] = {cc_curve_operations, cc_interval_operations, cc_shared_operations};
    const cc_curve *curve;
    for (size_t k = 0; (curve = cc_curve_at(k)); k++)
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
            for (const cc_operation *operation = tables[t]; operation->name; operation++)
                if (!operation->offered || operation->offered(curve))
                    if (add_ufunc(module, operation, curve) < 0) return -1;
    const cc_operation *operation;
    for (size_t k = 0; cc_formula_operation(k, &operation, &curve); k++)
        if (add_ufunc(module, operation, curve) < 0) return -1;
    return 0;
}

/* Appends a new reference to a list and gives it up. */
static int append(PyObject *list, PyObject *item)
{
    if (!item) return -1;
    int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed;
}

static PyObject *describe_params(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t j = 0; list && j < curve->p; j++) {
        const cc_param *param = &curve->params[j];
        PyObject *item = Py_BuildValue(
            "{s:s,s:s,s:s,s:d,s:d,s:O,s:O,s:O,s:i,s:i}", "name", param->name, "unit", param->unit, "meaning",
            param->meaning, "lower", param->lower, "upper", param->upper, "fixed_by_default",
            param->flags & CC_FIXED_BY_DEFAULT ? Py_True : Py_False, "ceiling",
            param->flags & CC_CEILING ? Py_True : Py_False, "log_interval",
            cc_is_of_logarithm(param) ? Py_True : Py_False, "y_power", param->y_power, "x_power", param->x_power);
        if (append(list, item) < 0) Py_CLEAR(list);
    }
    return list;
}

static PyObject *describe_derived(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t d = 0; list && d < curve->n_derived; d++) {
        const cc_derived *derived = &curve->derived[d];
        if (append(list, Py_BuildValue("{s:s,s:s,s:s,s:i}", "name", derived->name, "unit", derived->unit, "meaning",
                                       derived->meaning, "of", derived->of)) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *describe_regressors(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t k = 0; list && k < curve->r; k++)
        if (append(list, PyUnicode_FromString(curve->regressors[k])) < 0) Py_CLEAR(list);
    return list;
}

static PyObject *describe_example(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t j = 0; list && j < curve->p; j++)
        if (append(list, PyFloat_FromDouble(curve->example[j])) < 0) Py_CLEAR(list);
    return list;
}

static PyObject *describe_positive(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t k = 0; list && k < curve->r; k++)
        if (append(list, PyBool_FromLong(cc_must_be_positive(curve, k))) < 0) Py_CLEAR(list);
    return list;
}

static PyObject *describe_steady(const cc_curve *curve)
{
    PyObject *list = PyList_New(0);
    for (size_t k = 0; list && k < curve->r; k++)
        if (append(list, PyBool_FromLong(curve->steady >> k & 1)) < 0) Py_CLEAR(list);
    return list;
}

static PyObject *describe_curve(const cc_curve *curve)
{
    static const char *const error_models[] = {"additive", "multiplicative", "logit", "binomial"};
    return Py_BuildValue("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:N,s:N,s:N,s:N,s:N,s:N,s:s,s:O,s:O,s:O}", "name", curve->name,
                         "family", cc_curve_family(curve), "title", curve->title, "formula", curve->formula, "source",
                         curve->source, "when", curve->when, "when_not", curve->when_not, "regressors",
                         describe_regressors(curve), "positive", describe_positive(curve), "steady",
                         describe_steady(curve), "example", describe_example(curve), "params", describe_params(curve),
                         "derived", describe_derived(curve), "error_model", error_models[curve->error_model],
                         "rescales", curve->flags & CC_RESCALE ? Py_True : Py_False, "log_kernel",
                         curve->flags & CC_LOG_KERNEL ? Py_True : Py_False, "looks_back",
                         curve->flags & CC_LOOKS_BACK ? Py_True : Py_False);
}

static PyObject *curves(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    PyObject *list = PyList_New(0);
    const cc_curve *curve;
    for (size_t k = 0; list && (curve = cc_curve_at(k)); k++)
        if (append(list, describe_curve(curve)) < 0) Py_CLEAR(list);
    return list;
}

/* (name, n) -> list of r lists of n numbers */
static PyObject *example_x(PyObject *self, PyObject *args)
{
    (void)self;
    const char *name;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "sn", &name, &n)) return NULL;
    const cc_curve *curve = cc_curve_find(name);
    if (!curve || n < 1 || n > MOST_EXAMPLE_POINTS)
        return PyErr_Format(PyExc_ValueError, "no curve %s, or not 1 to %d points", name, (int)MOST_EXAMPLE_POINTS);
    double *x = malloc(curve->r * (size_t)n * sizeof *x);
    if (!x) return PyErr_NoMemory();
    curve->example_x(curve, (size_t)n, x);
    PyObject *rows = PyList_New(0);
    for (size_t k = 0; rows && k < curve->r; k++) {
        PyObject *row = PyList_New(0);
        for (size_t i = 0; row && i < (size_t)n; i++)
            if (append(row, PyFloat_FromDouble(x[k * (size_t)n + i])) < 0) Py_CLEAR(row);
        if (append(rows, row) < 0) Py_CLEAR(rows);
    }
    free(x);
    return rows;
}

static PyObject *statuses(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    size_t count;
    const cc_status_text *text = cc_statuses(&count);
    PyObject *dict = PyDict_New();
    for (size_t k = 0; dict && k < count; k++) {
        PyObject *key = PyLong_FromLong(text[k].status), *item = Py_BuildValue("(ss)", text[k].code, text[k].sentence);
        if (!key || !item || PyDict_SetItem(dict, key, item) < 0) Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(item);
    }
    return dict;
}

static PyObject *notes(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    size_t count;
    const cc_note_text *text = cc_notes(&count);
    PyObject *list = PyList_New(0);
    for (size_t k = 0; list && k < count; k++)
        if (append(list, Py_BuildValue("{s:i,s:s,s:s,s:s}", "bit", (int)text[k].note, "code", text[k].code, "severity",
                                       text[k].severity, "sentence", text[k].sentence)) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *build_info(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return Py_BuildValue("{s:s,s:s,s:s,s:s,s:i}", "version", CC_VERSION, "gsl_headers", GSL_VERSION, "gsl", gsl_version,
                         "compiler", __VERSION__, "lanes", cc_width_best());
}

static PyMethodDef methods[] = {
    {"curves", curves, METH_NOARGS, "All curves, as dictionaries."},
    {"example_x", example_x, METH_VARARGS, "Regressors of a curve's example: (name, n)."},
    {"statuses", statuses, METH_NOARGS, "Status numbers with their code and sentence."},
    {"notes", notes, METH_NOARGS, "Notes, worst first: bit, code, severity, sentence."},
    {"formula_operators", cc_formula_operators, METH_NOARGS, "Numbers of a formula's operations by name."},
    {"build_info", build_info, METH_NOARGS, "Version, GSL, compiler and lane width."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
    static int loaded;
    if (loaded) {
        PyErr_SetString(PyExc_ImportError, "curvecast._core can be loaded only once in a process");
        return -1;
    }
    if (PyArray_ImportNumPyAPI() < 0 || PyUFunc_ImportUFuncAPI() < 0) return -1;
    gsl_set_error_handler_off();
    if (add_ufuncs(module) < 0) return -1;
    loaded = 1;
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "curvecast._core", "The numeric core of curvecast.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
