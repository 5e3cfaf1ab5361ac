// SPDX-License-Identifier: GPL-3.0-or-later
/* width.c - which lane widths this machine has. */
#include "fit/internal.h"

static bool have_width(int width)
{
    if (width != 4) return width == 1 || width == 2;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    return __builtin_cpu_supports("avx2") > 0;
#else
    return false;
#endif
}

int cc_width_best(void)
{
    return have_width(4) ? 4 : 2;
}

bool cc_width_available(int width)
{
    return have_width(width);
}
