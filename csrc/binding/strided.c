// SPDX-License-Identifier: GPL-3.0-or-later
/* strided.c - between NumPy's strides and contiguous memory; errors and signals from inside a loop. */
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <math.h>
#include <string.h>
#include <time.h>

#include "binding/binding.h"

static const double LOOK_EVERY = 0.05; /* seconds */

void cc_gather(const char *from, npy_intp count, npy_intp stride, double *to)
{
    for (npy_intp i = 0; i < count; i++) memcpy(&to[i], from + i * stride, sizeof *to);
}

void cc_gather2(const char *from, npy_intp rows, npy_intp row_stride, npy_intp columns, npy_intp stride, double *to)
{
    for (npy_intp k = 0; k < rows; k++) cc_gather(from + k * row_stride, columns, stride, to + k * columns);
}

void cc_scatter(const double *from, npy_intp count, npy_intp stride, char *to)
{
    for (npy_intp i = 0; i < count; i++) memcpy(to + i * stride, &from[i], sizeof *from);
}

void cc_scatter2(const double *from, npy_intp rows, npy_intp row_stride, npy_intp columns, npy_intp stride, char *to)
{
    for (npy_intp k = 0; k < rows; k++) cc_scatter(from + k * columns, columns, stride, to + k * row_stride);
}

void cc_raise_no_memory(void)
{
    NPY_ALLOW_C_API_DEF
    NPY_ALLOW_C_API
    PyErr_NoMemory();
    NPY_DISABLE_C_API
}

/* Of each thread: when it looks next, and whether it was told to stop. They outlive a call of a loop, because NumPy may call it anew
 * for every few items, and goes on calling after an exception. */
static _Thread_local double next_look;
static _Thread_local bool stopping;

bool cc_poll(void)
{
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    double now = (double)clock.tv_sec + 1e-9 * (double)clock.tv_nsec;
    if (now < next_look && !stopping) return false;
    next_look = now + LOOK_EVERY;
    NPY_ALLOW_C_API_DEF
    NPY_ALLOW_C_API
    stopping = PyErr_Occurred() || PyErr_CheckSignals() != 0;
    NPY_DISABLE_C_API
    return stopping;
}

bool cc_poll_some(npy_intp i, npy_intp size)
{
    return i % (1 + 1024 / (1 + size)) == 0 && cc_poll();
}
