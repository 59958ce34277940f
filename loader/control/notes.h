/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What other processes say that they have done to an interface: entries of the journal.
 */
#ifndef XDIVERT_NOTES_H
#define XDIVERT_NOTES_H

#include "journal.h"
#include "xdivert/error.h"

struct connection;

struct note {
	char ifname[IF_NAMESIZE];
	enum journal_level level;
	/* One line each: control characters are "?", and what is too long is cut off. */
	char text[512], reason[256];
};

/* -EINVAL: a member is missing, or not what message.h says. Pure. */
int note_read(struct note *note, const struct json_t *request, struct xdv_error *error);

/* The request `note` of message.h. */
void notes_take(struct connection *connection, const struct json_t *request);

#endif
