/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Diagnostics of a policy file: collected, all of them, then shown together.
 */
#ifndef XDIVERT_DIAG_H
#define XDIVERT_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;
struct json_t;
struct sources;

/* A stretch of a file; lines and columns count from 1, the end is exclusive. */
struct location {
	unsigned int line, column;
	unsigned int end_line, end_column;
	unsigned int source; /* which file: 0 for the policy's own, see source.h */
};

/* Stable: users filter on them. Listed, with their meaning, in diag.c. */
enum diag_code {
	E_SYNTAX,
	E_LITERAL,
	E_UNKNOWN_FIELD,
	E_UNKNOWN_HEADER,
	E_UNKNOWN_SET,
	E_UNKNOWN_CONSUMER,
	E_UNKNOWN_RULE,
	E_UNKNOWN_TYPE,
	E_UNKNOWN_SYMBOL,
	E_UNKNOWN_ACTION,
	E_UNKNOWN_OPTION,
	E_DUPLICATE,
	E_RANGE,
	E_TYPE,
	E_OPERATOR,
	E_CONTRADICTION,
	E_TOO_COMPLEX,
	E_PACKET,
	E_INCLUDE,
	E_FILTER,
	W_UNREACHABLE,
	W_UNUSED,
	W_REDUNDANT,
	DIAG_CODES
};

struct diag {
	enum diag_code code;
	struct location where;
	const char *message;
	const char *hint; /* may be NULL */
};

/* The files of a policy, kept to be quoted, and what there is to say about them. */
struct diags {
	struct arena *arena;
	const struct sources *sources; /* of the policy */
	struct diag *list;
	size_t count;
	size_t errors;
	size_t suppressed; /* beyond DIAG_MAX: counted, not kept */
	size_t printed; /* of the list: what comes later is printed alone */
};

/* So many errors, and so many warnings, are kept. */
#define DIAG_MAX 100

/* Adds a diagnostic; returns it, so that a hint can follow. Never NULL. */
struct diag *diag_add(struct diags *diags, enum diag_code code, struct location where,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool diag_is_error(enum diag_code code);
const char *diag_code_name(enum diag_code code);
const char *diag_code_meaning(enum diag_code code);

/* Whether one place is in front of another; the policy's own file is in front of all others. */
int location_compare(const struct location *one, const struct location *two);

/* What was not printed before, sorted by place. `colour`: with terminal escapes. */
void diags_print(struct diags *diags, FILE *out, bool colour);
struct json_t *diags_json(const struct diags *diags);

/* The candidate that is nearest to `name` by edit distance, or NULL if none is near. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);

#endif
