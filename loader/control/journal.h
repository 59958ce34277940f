/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What happened, and why: a line each on standard output, the last JOURNAL_ENTRIES kept for
 * `xdivert log`, and told to whoever follows it.
 */
#ifndef XDIVERT_JOURNAL_H
#define XDIVERT_JOURNAL_H

#include <net/if.h>
#include <stddef.h>

struct json_t;

#define JOURNAL_ENTRIES 500

enum journal_level {
	JOURNAL_INFO,
	JOURNAL_WARNING, /* it works, but less well than it should */
	JOURNAL_ERROR, /* something that was wanted is not so */
	JOURNAL_LEVELS
};

extern const char *const journal_levels[JOURNAL_LEVELS];

struct journal {
	struct json_t *entries; /* an array: the oldest first */
	void (*told)(void *context, struct json_t *entry); /* of each new one; may be NULL */
	void *context;
};

int journal_open(struct journal *journal);
void journal_close(struct journal *journal);

/* `ifname` is NULL for what concerns the service; `reason` "" if there is none. */
void journal_write(struct journal *journal, enum journal_level level, const char *ifname,
		   const char *reason, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* One line of an entry, as the service prints it. */
void journal_print(const struct json_t *entry, int with_time);

#endif
