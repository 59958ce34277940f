// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Right texts, and what becomes of them when bytes are changed, doubled, cut out or mixed, must
 * have the properties of text_property.h.
 */
#include "generator_target.h"
#include "text_property.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUTANTS	  300 /* of a seed */
#define SEED_SIZE 4096 /* bytes: what is behind is left away */

static uint64_t seed = 20260101; /* or the argument */

struct seeds {
	struct {
		uint8_t bytes[SEED_SIZE];
		size_t size;
	} list[100];
	size_t count;
};

/* What a text is changed by. */
static void mutate(uint8_t bytes[SEED_SIZE], size_t *size, const struct seeds *seeds,
		   struct random *random)
{
	uint32_t at = random_below(random, (uint32_t)*size + 1);
	uint32_t length = random_below(random, (uint32_t)*size - at + 1);
	uint32_t other = random_below(random, (uint32_t)seeds->count);

	length = one_in(random, 4) || length < 8 ? length : length % 8;
	switch (random_below(random, 4)) {
	case 0: /* another byte, of those that texts have mostly */
		if (at < *size)
			bytes[at] = (uint8_t)(one_in(random, 4) ? random_below(random, 256)
								: 32 + random_below(random, 95));
		break;
	case 1: /* less */
		memmove(bytes + at, bytes + at + length, *size - at - length);
		*size -= length;
		break;
	case 2: /* twice the same */
		if (*size + length > SEED_SIZE)
			break;
		memmove(bytes + at + length, bytes + at, *size - at);
		*size += length;
		break;
	default: /* the end of another */
		if (at < seeds->list[other].size) {
			*size = seeds->list[other].size;
			memcpy(bytes + at, seeds->list[other].bytes + at, *size - at);
		}
		break;
	}
}

static void holds_for_mutants(const struct text_property *property, const struct seeds *seeds)
{
	struct random random = {seed};

	for (size_t i = 0; i < seeds->count; i++) {
		property->holds(seeds->list[i].bytes, seeds->list[i].size);
		for (int j = 0; j < MUTANTS; j++) {
			uint8_t bytes[SEED_SIZE];
			size_t size = seeds->list[i].size;

			memcpy(bytes, seeds->list[i].bytes, size);
			for (uint32_t k = 0; k <= random_below(&random, 6); k++)
				mutate(bytes, &size, seeds, &random);
			property->holds(bytes, size);
		}
	}
}

static void add_seed(struct seeds *seeds, const void *bytes, size_t size)
{
	size = size < SEED_SIZE ? size : SEED_SIZE;
	memcpy(seeds->list[seeds->count].bytes, bytes, size);
	seeds->list[seeds->count++].size = size;
}

static void add_files(struct seeds *seeds, const char *pattern)
{
	uint8_t bytes[SEED_SIZE];
	glob_t files;

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "r");

		add_seed(seeds, bytes, fread(bytes, 1, sizeof(bytes), file));
		fclose(file);
	}
	globfree(&files);
}

/* The files of seeds have one a line; so have their fuzzers. */
static void add_lines(struct seeds *seeds, const char *path)
{
	char line[SEED_SIZE];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		add_seed(seeds, line, strcspn(line, "\n"));
	fclose(file);
}

static void texts_have_their_property(void **state)
{
	const struct text_property *property = *state;
	struct seeds *seeds = calloc(1, sizeof(*seeds));
	char path[60];

	if (strcmp(property->name, "policy") == 0) {
		add_files(seeds, "policies/*.policy");
		add_files(seeds, "tests/diagnostics/*.policy");
	} else {
		snprintf(path, sizeof(path), "tests/seeds/%s", property->name);
		add_lines(seeds, path);
	}
	holds_for_mutants(property, seeds);
	free(seeds);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[10] = {0};
	char names[10][60];
	size_t count = 0;

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	for (const struct text_property *property = text_properties; property->name; property++) {
		snprintf(names[count], sizeof(names[count]), "texts_of_%s_have_their_property",
			 property->name);
		tests[count] = (struct CMUnitTest){.name = names[count],
						   .test_func = texts_have_their_property,
						   .initial_state = (void *)(uintptr_t)property};
		count++;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("text_property", tests, count, NULL, NULL);
}
