/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a look into a tuple's table would cost, and the tree behind its keys, before either is made.
 */
#ifndef XDIVERT_WEIGH_H
#define XDIVERT_WEIGH_H

#include "tuple.h"

/*
 * The ns of one look, if the boxes of some tuples were found by the key of `tuple`, whose parts are
 * packed, and are in common to all of them.
 */
double weigh_tuple(const struct tuple *tuple, const struct tuple *const *from, size_t count);

#endif
