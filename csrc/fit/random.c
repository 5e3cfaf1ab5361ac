// SPDX-License-Identifier: GPL-3.0-or-later
/* random.c - the generator behind the bootstraps; see random.h. */
#include "fit/random.h"

static uint64_t rotate(uint64_t a, int by)
{
    return (a << by) | (a >> (64 - by));
}

static uint64_t next(cc_random *state)
{
    uint64_t *s = state->word, result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

void cc_random_seed(cc_random *state, int64_t seed)
{
    uint64_t at = (uint64_t)seed;
    for (int k = 0; k < 4; k++) {
        uint64_t z = at += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        state->word[k] = z ^ (z >> 31);
    }
}

static void gsl_set(void *state, unsigned long seed)
{
    cc_random_seed(state, (int64_t)seed);
}

static unsigned long gsl_get(void *state)
{
    return (unsigned long)(next(state) >> 32);
}

static double gsl_get_double(void *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type xoshiro = {"xoshiro256**", 0xffffffffu,   0, sizeof(cc_random), gsl_set,
                                     gsl_get,        gsl_get_double};

gsl_rng cc_random_source(cc_random *state)
{
    return (gsl_rng){&xoshiro, state};
}
