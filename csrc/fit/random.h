// SPDX-License-Identifier: GPL-3.0-or-later
/* random.h - one stream of random numbers for each seed, for GSL's distributions.
 *
 * xoshiro256** (Blackman and Vigna 2021) with its state filled by SplitMix64 (Steele, Lea and Flood 2014) from the seed. A stream
 * depends on its own seed only, so a bootstrap is the same however it is split. The state lives with the caller.
 */
#ifndef CC_FIT_RANDOM_H
#define CC_FIT_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

typedef struct cc_random {
    uint64_t word[4];
} cc_random;

void cc_random_seed(cc_random *state, int64_t seed);
/* A view of the state that GSL draws from; valid as long as the state is. Draws 32 bits, so that every platform agrees. */
gsl_rng cc_random_source(cc_random *state);

#endif
