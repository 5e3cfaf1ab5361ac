// SPDX-License-Identifier: GPL-3.0-or-later
/* binding.h - what the files of binding/ share: the only rooms that know Python and NumPy. */
#ifndef CC_BINDING_H
#define CC_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL curvecast_array_api
#define PY_UFUNC_UNIQUE_SYMBOL curvecast_ufunc_api
#include <numpy/ndarrayobject.h>
#include <numpy/ufuncobject.h>

#include "curvecast.h"

/* One generalised ufunc: for every curve (name NAME_curve), or once. */
typedef struct cc_operation {
    const char *name, *signature, *doc;
    int n_in, n_out;
    const char *types; /* NPY type numbers, inputs then outputs */
    PyUFuncGenericFunction loop;
    bool (*offered)(const cc_curve *curve); /* NULL: for every curve */
} cc_operation;

extern const cc_operation cc_curve_operations[];
extern const cc_operation cc_interval_operations[];
extern const cc_operation cc_shared_operations[];
extern const cc_operation cc_noise_operations[];
extern const cc_operation cc_learning_operations[];
/* The k-th operation of formulas, with the curve that its ufunc is named after; false past the last. */
bool cc_formula_operation(size_t k, const cc_operation **operation, const cc_curve **curve);
/* Numbers of a program's operations by name. */
PyObject *cc_formula_operators(PyObject *self, PyObject *unused);

/* From inside a loop, whether or not the GIL is held. */
void cc_raise_no_memory(void);
/* True when the user asked to stop, and then a Python exception is pending; looks every 50 ms. Loops ask before they begin and after
 * every item. */
bool cc_poll(void);
/* The same before item i of `size` numbers, which may take less time than the clock: once in a thousand numbers. */
bool cc_poll_some(npy_intp i, npy_intp size);

/* Copies between strided and contiguous memory. */
void cc_gather(const char *from, npy_intp count, npy_intp stride, double *to);
void cc_gather2(const char *from, npy_intp rows, npy_intp row_stride, npy_intp columns, npy_intp stride, double *to);
void cc_scatter(const double *from, npy_intp count, npy_intp stride, char *to);
void cc_scatter2(const double *from, npy_intp rows, npy_intp row_stride, npy_intp columns, npy_intp stride, char *to);

#endif
