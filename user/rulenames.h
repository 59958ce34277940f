/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The names of rules by number, as the loader left them for each generation of the policy.
 */
#ifndef XDIVERT_RULENAMES_H
#define XDIVERT_RULENAMES_H

#include <stdint.h>

/* A few generations: around a reload, packets of the old one are still in the rings. */
#define RULENAMES_GENERATIONS 4

struct rulenames_generation {
	uint32_t generation;
	uint32_t count; /* 0 if its names could not be read */
	char **names; /* by rule number less 1; they point into text */
	char *text;
};

struct rulenames {
	unsigned int used;
	unsigned int next; /* to be replaced */
	struct rulenames_generation generations[RULENAMES_GENERATIONS];
	char number[32];
};

/* Reads the names of a file: a name a line, line n is rule n. 0, -errno. */
int rulenames_read(struct rulenames_generation *generation, const char *path);

/* "default" for 0, "#N" where there is no name. Valid until the next call. */
const char *rulenames_get(struct rulenames *names, const char *ifname, uint32_t generation,
			  uint32_t rule);

void rulenames_free(struct rulenames *names);

#endif
