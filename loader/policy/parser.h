/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Between lexer and grammar: how a parser's actions build the tree. Private to the front end.
 */
#ifndef XDIVERT_PARSER_H
#define XDIVERT_PARSER_H

#include "arena.h"
#include "ast.h"

#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
	((current) = (n) ? location_span(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n))                       \
			 : location_end(YYRHSLOC(rhs, 0)))

static inline struct location location_span(struct location from, struct location to)
{
	return (struct location){from.line, from.column, to.end_line, to.end_column, from.source};
}

static inline struct location location_end(struct location where)
{
	return (struct location){where.end_line, where.end_column, where.end_line, where.end_column,
				 where.source};
}

/* The reading of one source. */
struct scan {
	void *scanner;
	unsigned int source;
	int start; /* a token in front of the text, that says what it is; 0 for a policy */
	struct elements elements; /* what a list has come to */
};

struct parts {
	struct part *list;
	size_t count;
};

struct names {
	struct name *list;
	size_t count;
};

struct options {
	struct option *list;
	size_t count;
};

/* `include "NAME"`, as a statement and in a list of elements, which it gives. */
void include_policy(struct policy *policy, const struct name *name);
struct elements include_list(struct policy *policy, const struct name *name);

/* A list of elements alone, as an included file has it: a policy with `list`, not checked. */
struct policy *policy_from_list(const char *file, const char *text, size_t size);

struct expr *expr_new(struct policy *policy, enum expr_kind kind, struct location where);
struct expr *expr_join(struct policy *policy, enum expr_kind kind, struct expr *left,
		       struct expr *right);

#endif
