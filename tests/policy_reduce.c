// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "policy_reduce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The statements of a policy, as they stand in its text, and which are still there. */
struct statements {
	struct statement {
		const char *text;
		size_t length;
		size_t left_away; /* by which attempt; 0: it is there */
	} * list;
	size_t count;
	size_t attempts;
};

static bool begins_statement(const char *line)
{
	static const char *const words[] = {"set ",  "consumer ", "target ", "flows ",
					    "rule ", "default ",  "test ",   "include "};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static void split(struct statements *statements, const char *text)
{
	statements->list = calloc(strlen(text) + 1, sizeof(*statements->list));
	while (*text) {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		if (!statements->count || begins_statement(text))
			statements->list[statements->count++].text = text;
		statements->list[statements->count - 1].length += length;
		text += length;
	}
}

static char *join(const struct statements *statements)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < statements->count; i++)
		if (!statements->list[i].left_away)
			fwrite(statements->list[i].text, 1, statements->list[i].length, out);
	fclose(out);
	return text;
}

/* Leaves `span` statements from `first` on away, if it is still wrong then. */
static void try_without(struct statements *statements, size_t first, size_t span,
			policy_is_wrong is_wrong, const void *context)
{
	size_t attempt = ++statements->attempts, left = 0;
	char *text;

	for (size_t i = first; i < first + span; i++) {
		if (statements->list[i].left_away)
			continue;
		statements->list[i].left_away = attempt;
		left++;
	}
	if (!left)
		return;
	text = join(statements);
	if (!is_wrong(text, context))
		for (size_t i = first; i < first + span; i++)
			if (statements->list[i].left_away == attempt)
				statements->list[i].left_away = 0;
	free(text);
}

char *policy_reduce(const char *text, policy_is_wrong is_wrong, const void *context)
{
	struct statements statements = {NULL, 0, 0};
	char *reduced;

	if (!is_wrong(text, context))
		return NULL;
	split(&statements, text);
	/* from the end: what uses a set goes before the set; large pieces first, to be quick */
	for (size_t span = statements.count / 2; span; span /= 2)
		for (size_t end = statements.count; end >= span; end -= span)
			try_without(&statements, end - span, span, is_wrong, context);
	reduced = join(&statements);
	free(statements.list);
	return reduced;
}
