/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The reader of actions, word by word. Private to check_action.c, which reads verbs, and
 * check_prefix.c, which reads what stands in front of them. They say what is wrong, and then
 * return false.
 */
#ifndef XDIVERT_CHECK_ACTION_H
#define XDIVERT_CHECK_ACTION_H

#include "check.h"

/* The words of an action, of which those before `next` are read. */
struct reader {
	struct policy *policy;
	const struct action *action;
	size_t next;
};

static inline const struct name *peek(const struct reader *reader)
{
	return reader->next < reader->action->word_count ? &reader->action->words[reader->next]
							 : NULL;
}

static inline const struct name *take(struct reader *reader)
{
	const struct name *word = peek(reader);

	reader->next += word != NULL;
	return word;
}

bool read_verb(struct reader *reader, struct action *action);
/* All that stand in front of a verb, and that one follows. */
bool read_prefixes(struct reader *reader, struct action *action);

/* The words that they begin with. */
#define PREFIXES 3
extern const char *const prefix_words[PREFIXES];
bool is_prefix(const struct name *word);

#endif
