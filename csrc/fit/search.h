// SPDX-License-Identifier: GPL-3.0-or-later
/* search.h - what the files of the search share. */
#ifndef CC_FIT_SEARCH_H
#define CC_FIT_SEARCH_H

#include "fit/fitter.h"

/* Where a walk of a lane has converged. */
typedef struct cc_minimum {
    double objective, theta[CC_MAX_PARAMS];
} cc_minimum;

/* Whether two objectives belong to one minimum. */
bool cc_is_same_minimum(double objective, double other);
/* Takes over the end of a walk where it is the best so far, and counts minima. Of two of one height the first counts: the other may be the
 * same curve with its parts changed over. */
void cc_keep_end(const cc_fitter *fitter, const cc_descent *walk, cc_minimum *seen, cc_found *found);
/* The walks from some of the starts of some lanes of a block: from number `first` on, as far as `past`. They know how those `before`
 * them ended, where there are such. */
size_t cc_list_walks(const cc_fitter *fitter, cc_block *block, const int *lanes, int first, int past,
                     const cc_descent *const *before, cc_descent *walk);
void cc_walk_down(const cc_fitter *fitter, cc_descent *walk, size_t count);
/* Walks from all starts of some lanes, none of which knows another's end. */
void cc_walk_more(cc_fitter *fitter, cc_block *block, const int *lanes, cc_minimum (*seen)[CC_MAX_STARTS]);
/* What the next best minimum of each lane costs. Of starts that are asked for again, some lead to minima that the errors tell of. */
void cc_find_rivals(const cc_fitter *fitter, const cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS], cc_found *found);

/* Whether the user has given a start for all of a lane that is open: there is nothing to look for, and one walk to make. */
bool cc_start_given(const cc_fitter *fitter, size_t lane);
/* Starts of the curve's own making for a lane, (most,p), inside the box, those of the user first; returns how many. */
size_t cc_lane_starts(cc_fitter *fitter, size_t lane, size_t most, bool wide, double *own);

/* Looks for a better minimum where the best one so far is in doubt. */
void cc_doubt(cc_fitter *fitter, cc_block *block, cc_minimum (*seen)[CC_MAX_STARTS]);

/* Whether a robust loss waits for its scale: until then squares are minimised. */
bool cc_scale_open(const cc_fitter *fitter);

#endif
