// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Looks into tables and trees, as C.
 */
#include "emit.h"

#include "words.h"

#include <stdio.h>
#include <string.h>

void emit_word(const struct plan *plan, uint32_t word, FILE *out)
{
	uint32_t slice = (word - SLICE_WORDS) / 2;
	char question[160];

	if (word < TUNNEL_WORDS)
		fprintf(out, "p->%s", word_name(word));
	else if (word < QUESTION_WORDS)
		fprintf(out, "key->%s", word_name(word));
	else if (word < SLICE_WORDS)
		fprintf(out, "key->%s",
			emit_question_name(plan, word - QUESTION_WORDS, question,
					   sizeof(question)));
	else
		fprintf(out, word == SLICE_THERE(slice) ? "key->has_bytes_%u" : "key->bytes_%u",
			slice + 1);
}

void emit_field_words(const struct plan *plan, const struct field_use *use, const char *before,
		      const char *between, FILE *out)
{
	for (uint32_t i = 0; i < field_table[use->field].words; i++) {
		fputs(i ? between : before, out);
		emit_word(plan, use_word(use) + i, out);
	}
}

/* "(p->ip_saddr & 0xffffff00)", "p->dport << 16" */
static void write_part(const struct plan *plan, const struct key_part *part, FILE *out)
{
	unsigned int bits = word_bits(part->word);
	uint32_t all = bits == 32 ? UINT32_MAX : (1u << bits) - 1;
	bool masked = (part->mask & all) != all;

	fputs(masked && part->shift ? "(" : "", out);
	emit_word(plan, part->word, out);
	if (masked)
		fprintf(out, " & 0x%x", part->mask & all);
	fputs(masked && part->shift ? ")" : "", out);
	if (part->shift)
		fprintf(out, " << %u", part->shift);
}

static void write_key_word(const struct plan *plan, const struct tuple *tuple, unsigned int word,
			   FILE *out)
{
	const char *between = "";

	for (size_t i = 0; i < tuple->part_count; i++) {
		if (tuple->parts[i].key_word != word)
			continue;
		fputs(between, out);
		write_part(plan, &tuple->parts[i], out);
		between = " | ";
	}
}

void emit_keys(const struct plan *plan, const struct classifier *classifier, FILE *out)
{
	for (size_t i = 0; i < classifier->count; i++) {
		const struct tuple *tuple = &classifier->list[i].tuple;

		if (!tuple->part_count)
			continue;
		fprintf(out, "\tconst __u32 key_%zu[] = {\n", i);
		for (unsigned int word = 0; word < tuple->key_words; word++) {
			fputs("\t\t", out);
			write_key_word(plan, tuple, word, out);
			fputs(",\n", out);
		}
		fputs("\t};\n", out);
	}
}

void emit_lookup(const struct classifier *classifier, size_t look, const char *words, FILE *out)
{
	const struct lookup *lookup = &classifier->list[look];
	const struct tuple *tuple = &lookup->tuple;

	if (!tuple->part_count)
		fprintf(out, "xdv_tree(%s, %u, %u)", words, lookup->at, lookup_bound(lookup));
	else if (lookup->steps)
		fprintf(out, "xdv_tree(%s, xdv_find(%u, key_%zu, %u), %u)", words, lookup->at, look,
			tuple->key_words, lookup_bound(lookup));
	else
		fprintf(out, "xdv_answer(xdv_find(%u, key_%zu, %u))", lookup->at, look,
			tuple->key_words);
}
