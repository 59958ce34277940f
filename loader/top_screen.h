/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What `xdivert top` shows: one screen of text.
 */
#ifndef XDIVERT_TOP_SCREEN_H
#define XDIVERT_TOP_SCREEN_H

#include "rates.h"

struct screen {
	unsigned int rows, columns;
	bool colour;
};

/*
 * The whole screen, with what positions and clears it; malloc'ed, NULL for want of memory. `rates`
 * has NULL rules as long as nothing was measured. Rules that meet packets come first; what has no
 * room is counted.
 */
char *top_screen(const struct screen *screen, const struct view *view, const struct rates *rates);

#endif
