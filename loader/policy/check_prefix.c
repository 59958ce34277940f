// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What stands in front of an action: marks, limits, samples.
 */
#include "check_action.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

/* So that tokens, of which a packet takes a unit's nanoseconds, fit into 64 bits. */
#define LIMIT_RATE_MAX	1000000000
#define LIMIT_BURST_MAX 1000000

/* A decimal or hexadecimal number; says what is wrong if it is not one, or too great. */
static bool take_number(struct reader *reader, const struct name *owner, uint32_t min, uint32_t max,
			uint32_t *number)
{
	struct diags *diags = &reader->policy->diags;
	const struct name *word = take(reader);
	unsigned long long value;
	char *end;

	if (!word) {
		diag_add(diags, E_SYNTAX, owner->where, "`%s` needs a number", owner->text);
		return false;
	}
	value = strtoull(word->text, &end, 0);
	if (end == word->text || *end) {
		diag_add(diags, E_SYNTAX, word->where, "`%s` takes a number, not `%s`", owner->text,
			 word->text);
		return false;
	}
	if (value < min || value > max) {
		diag_add(diags, E_RANGE, word->where, "`%s` takes a number from %u to %u, not %s",
			 owner->text, min, max, word->text);
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool read_mark(struct reader *reader, const struct name *word, struct action *action)
{
	if (action->has_mark) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `mark`");
		return false;
	}
	action->has_mark = true;
	return take_number(reader, word, 0, UINT32_MAX, &action->mark);
}

/* The word has to be there; `example` shows the whole of it. */
static bool take_word(struct reader *reader, const char *wanted, const char *example)
{
	const struct name *word = take(reader), *last = &reader->action->words[reader->next - 1];
	struct diags *diags = &reader->policy->diags;

	if (word && strcmp(word->text, wanted) == 0)
		return true;
	if (word)
		diag_hint(diags,
			  diag_add(diags, E_SYNTAX, word->where, "unexpected `%s`, expected `%s`",
				   word->text, wanted),
			  "write: %s", example);
	else
		diag_hint(diags,
			  diag_add(diags, E_SYNTAX, last->where, "`%s` is missing behind `%s`",
				   wanted, last->text),
			  "write: %s", example);
	return false;
}

#define LIMIT_EXAMPLE "limit 1000/s burst 100 else drop xsk NAME"

static bool take_unit(struct reader *reader, struct limit *limit)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
	const struct name *word;

	if (!take_word(reader, "/", LIMIT_EXAMPLE))
		return false;
	word = take(reader);
	for (size_t i = 0; word && i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, word->text) != 0)
			continue;
		limit->unit_text = units[i].name;
		limit->unit = units[i].seconds * 1000000000;
		return true;
	}
	if (!word)
		word = &reader->action->words[reader->next - 1];
	diag_hint(&reader->policy->diags,
		  diag_add(&reader->policy->diags, E_SYNTAX, word->where,
			   "a rate is by `s`, `min` or `h`"),
		  "write: " LIMIT_EXAMPLE);
	return false;
}

static bool read_otherwise(struct reader *reader, struct action *action)
{
	const struct name *word, *before = &reader->action->words[reader->next - 1];

	while ((word = peek(reader)) && strcmp(word->text, "mark") == 0) {
		take(reader);
		if (!read_mark(reader, word, action))
			return false;
	}
	if (word && is_prefix(word)) {
		diag_add(&reader->policy->diags, E_SYNTAX, word->where,
			 "`%s` can't stand behind `else`", word->text);
		return false;
	}
	if (word)
		return read_verb(reader, action);
	diag_hint(&reader->policy->diags,
		  diag_add(&reader->policy->diags, E_SYNTAX, before->where,
			   "an action is missing behind `%s`", before->text),
		  "write: " LIMIT_EXAMPLE);
	return false;
}

static bool read_limit(struct reader *reader, const struct name *word, struct action *action)
{
	static const struct name burst = {.text = "burst"};
	struct limit *limit = arena_alloc(reader->policy->arena, sizeof(*limit));
	struct name owner = burst;

	if (action->limit) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `limit`");
		return false;
	}
	if (!take_number(reader, word, 1, LIMIT_RATE_MAX, &limit->rate) ||
	    !take_unit(reader, limit) || !take_word(reader, "burst", LIMIT_EXAMPLE))
		return false;
	owner.where = reader->action->words[reader->next - 1].where;
	if (!take_number(reader, &owner, 1, LIMIT_BURST_MAX, &limit->burst) ||
	    !take_word(reader, "else", LIMIT_EXAMPLE) || !read_otherwise(reader, &limit->otherwise))
		return false;
	action->limit = limit;
	return true;
}

#define SAMPLE_EXAMPLE "sample 1/1000 xsk NAME"

static bool read_sample(struct reader *reader, const struct name *word, struct action *action)
{
	uint32_t one;

	if (action->sample) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `sample`");
		return false;
	}
	return take_number(reader, word, 1, 1, &one) && take_word(reader, "/", SAMPLE_EXAMPLE) &&
	       take_number(reader, word, 1, UINT32_MAX, &action->sample);
}

const char *const prefix_words[PREFIXES] = {"mark", "limit", "sample"};

/* In the same order. */
static bool (*const read_prefix[PREFIXES])(struct reader *reader, const struct name *word,
					   struct action *action) = {
	read_mark,
	read_limit,
	read_sample,
};

static size_t find_prefix(const struct name *word)
{
	size_t i = 0;

	while (i < PREFIXES && strcmp(prefix_words[i], word->text) != 0)
		i++;
	return i;
}

bool is_prefix(const struct name *word)
{
	return find_prefix(word) < PREFIXES;
}

bool read_prefixes(struct reader *reader, struct action *action)
{
	const struct name *word;
	size_t i;

	while ((word = peek(reader)) && (i = find_prefix(word)) < PREFIXES) {
		take(reader);
		if (!read_prefix[i](reader, word, action))
			return false;
	}
	if (word)
		return true;
	word = &reader->action->words[reader->action->word_count - 1];
	diag_hint(&reader->policy->diags,
		  action->limit
			  ? diag_add(&reader->policy->diags, E_UNKNOWN_ACTION, word->where,
				     "no action for packets within the limit behind `else %s`",
				     action->limit->otherwise.verb.text)
			  : diag_add(&reader->policy->diags, E_UNKNOWN_ACTION, word->where,
				     "no action behind `%s`", reader->action->words[0].text),
		  "it stands in front of one: => %s",
		  action->limit	   ? LIMIT_EXAMPLE
		  : action->sample ? SAMPLE_EXAMPLE
				   : "mark 7 xsk NAME");
	return false;
}
