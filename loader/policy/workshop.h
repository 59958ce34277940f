/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The directory in $TMPDIR in which a policy is compiled. It is locked by who works in it; one that
 * nobody works in is left from somebody who was killed, and goes when the next one is opened.
 */
#ifndef XDIVERT_WORKSHOP_H
#define XDIVERT_WORKSHOP_H

struct workshop {
	char path[64];
	int fd; /* of that directory; -1: it is not open */
};

/* On failure `path` says what could not be made. */
int workshop_open(struct workshop *workshop);
/* Removes it and what is in it, if it is open. */
void workshop_close(struct workshop *workshop);

#endif
