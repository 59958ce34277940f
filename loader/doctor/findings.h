/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What `xdivert doctor` finds, each with what to do about it.
 */
#ifndef XDIVERT_DOCTOR_FINDINGS_H
#define XDIVERT_DOCTOR_FINDINGS_H

#include <stddef.h>

enum finding_level {
	FINDING_OK,
	FINDING_NOTE, /* good to know; nothing needs be done */
	FINDING_WARNING, /* it works, but less well than it could, or not in all cases */
	FINDING_PROBLEM, /* it does not work, or loses packets */
	FINDING_LEVELS
};

extern const char *const finding_level_names[FINDING_LEVELS];

struct finding {
	enum finding_level level;
	const char *subject; /* a word or two; static */
	char text[256];
	char advice[256]; /* "" for none */
};

/* In the order in which they were found. Zeroed to begin with; findings_free() empties it. */
struct findings {
	struct finding *list;
	size_t count;
	size_t missed; /* there was no memory for so many */
};

/* Returns the finding, for finding_advise(). */
struct finding *finding_add(struct findings *findings, enum finding_level level,
			    const char *subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* `finding` may be NULL, as what finding_add() could not keep is. */
void finding_advise(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

size_t findings_of(const struct findings *findings, enum finding_level level);
void findings_free(struct findings *findings);

#endif
