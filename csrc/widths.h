// SPDX-License-Identifier: GPL-3.0-or-later
/* widths.h - compiles the file named CC_WIDTH_FILE once for every lane width of this target.
 *
 * A file that has code for lanes includes itself through this header: what stands under #ifdef CC_WIDTH is written once and
 * compiled for widths 1, 2 and, where GCC can aim at AVX2, 4. CC_EACH_WIDTH(name) is the table of the three.
 */
#ifndef CC_HAVE_WIDTH_4
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CC_HAVE_WIDTH_4 1
#else
#define CC_HAVE_WIDTH_4 0
#endif
#endif

#define CC_WIDTH 1
#include "lanes.h"
#include CC_WIDTH_FILE
#undef CC_WIDTH

#define CC_WIDTH 2
#include "lanes.h"
#include CC_WIDTH_FILE
#undef CC_WIDTH

#if CC_HAVE_WIDTH_4
#pragma GCC push_options
#pragma GCC target("avx2")
#define CC_WIDTH 4
#include "lanes.h"
#include CC_WIDTH_FILE
#undef CC_WIDTH
#pragma GCC pop_options
#define CC_EACH_WIDTH(name) {name##_w1, name##_w2, name##_w4}
#else
#define CC_EACH_WIDTH(name) {name##_w1, name##_w2, NULL}
#endif
