/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a child of the service says in JSON, for the log.
 */
#ifndef XDIVERT_SAID_H
#define XDIVERT_SAID_H

struct json_t;

#define SAID_REASON 512

/* A member that is a string; "" if there is none. */
const char *said_text(const struct json_t *object, const char *name);

/* Why it failed: the error of its report, which may be NULL, or how it ended (waitpid()). */
void said_reason(char reason[SAID_REASON], const struct json_t *report, int status);

#endif
