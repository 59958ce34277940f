// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "filter_property.h"

#include "arena.h"
#include "cbpf_run.h"
#include "emit.h"
#include "filter_aim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX    1024
#define AIMED	     6
#define TEXT_MAX     600 /* of a filter; libpcap takes its time over long ones */
#define PROGRAM_MAX  64
#define C_OF_PROGRAM 20000 /* bytes of C, at most, around the filter */
#define C_OF_INSN    200 /* and for each of its instructions */

static void must(bool is_so, const char *what, const struct bpf_insn *code, size_t count)
{
	if (is_so)
		return;
	fprintf(stderr, "%s\n", what);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "{ 0x%x, %u, %u, 0x%x },\n", code[i].code, code[i].jt, code[i].jf,
			code[i].k);
	abort();
}

bool filter_property_program(const struct bpf_insn *code, size_t count, const uint8_t *frame,
			     size_t length)
{
	const struct filter filter = {.code = (struct bpf_insn *)code, .length = count};
	struct random random = {count * 0x9e3779b97f4a7c15ull + length + 1};
	struct arena *arena = arena_new();
	uint8_t aimed[FRAME_MAX];
	struct cbpf cbpf;
	bool sound = cbpf_read(&cbpf, arena, code, count) == CBPF_SOUND;

	if (sound) {
		must(bpf_validate(code, (int)count), "libpcap refuses the program", code, count);
		must(cbpf_agrees(&cbpf, code, count, frame, length),
		     "the program gives another verdict", code, count);
	}
	for (int i = 0; sound && i < AIMED; i++) {
		size_t now = length < FRAME_MAX ? length : FRAME_MAX;

		memcpy(aimed, frame, now);
		filter_aim(&filter, aimed, &now, FRAME_MAX, &random);
		must(cbpf_agrees(&cbpf, code, count, aimed, now),
		     "the program gives another verdict on an aimed frame", code, count);
	}
	arena_free(&arena);
	return sound;
}

/* In quotes, with backslashes where they must be; what a text can't hold is a blank. */
static void quote(const char *filter, char *out)
{
	for (; *filter; filter++) {
		if (*filter == '"' || *filter == '\\')
			*out++ = '\\';
		*out++ = *filter == '\n' || *filter == '\r' ? ' ' : *filter;
	}
	*out = 0;
}

static void check_c(struct policy *policy)
{
	const struct filter *filter = &policy->filters[0];
	struct plan *plan;
	char *c = NULL;
	size_t size;
	FILE *memory = open_memstream(&c, &size);

	must(memory && plan_policy(&plan, policy) == 0, "no plan fits", filter->code,
	     filter->length);
	emit_program(plan, memory, false);
	fclose(memory);
	must(size < C_OF_PROGRAM + filter->length * C_OF_INSN + 2 * strlen(filter->text),
	     "the C is too long", filter->code, filter->length);
	free(c);
}

bool filter_property_text(const char *filter, const uint8_t *frame, size_t length)
{
	char quoted[2 * TEXT_MAX + 1], text[2 * TEXT_MAX + 60];
	struct policy *policy;
	bool taken;

	if (strlen(filter) > TEXT_MAX)
		return false;
	quote(filter, quoted);
	snprintf(text, sizeof(text), "rule a: pcap \"%s\" => drop\n", quoted);
	policy = policy_from_text("filter.policy", text);
	taken = !policy->diags.errors;
	if (taken) {
		const struct filter *compiled = &policy->filters[0];

		must(policy->filter_count == 1, "not one filter", NULL, 0);
		must(filter_property_program(compiled->code, compiled->length, frame, length),
		     "what was taken is not sound", compiled->code, compiled->length);
		check_c(policy);
	}
	policy_free(&policy);
	return taken;
}

void filter_property(const uint8_t *bytes, size_t size)
{
	struct bpf_insn code[PROGRAM_MAX];
	char text[TEXT_MAX + 1] = "";
	size_t used;

	if (size < 2)
		return;
	if (bytes[0] & 1) {
		const uint8_t *end = memchr(bytes + 1, '\n', size - 1);

		used = end ? (size_t)(end - bytes - 1) : size - 1;
		memcpy(text, bytes + 1, used < TEXT_MAX ? used : TEXT_MAX);
		used += end ? 2 : 1;
		filter_property_text(text, bytes + used, size - used);
	} else {
		used = bytes[1] % (PROGRAM_MAX - 2) * CBPF_INSN_BYTES;
		used = used < size - 2 ? used : size - 2;
		filter_property_program(code, cbpf_from_bytes(code, PROGRAM_MAX, bytes + 2, used),
					bytes + 2 + used, size - 2 - used);
	}
}
