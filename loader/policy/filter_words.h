/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The words of a filter, before libpcap sees them. What libpcap does not know as one of its own
 * words it takes for a name, and looks it up: by DNS, in /etc/services, in /etc/ethers. To check a
 * policy means to ask nobody, and to say the same everywhere, so such names are found and refused.
 */
#ifndef XDIVERT_FILTER_WORDS_H
#define XDIVERT_FILTER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct filter_words {
	const char *text; /* with the numbers of IP protocols for their names; in the arena */
	bool vlan; /* it asks about tags */
};

struct filter_fault {
	size_t offset, length; /* of the word, in bytes */
	char message[160];
	char hint[160]; /* may be "" */
};

/* Words that mean something to libpcap, and nothing more to us; a space behind each. */
extern const char filter_plain_words[];

/* 0, or -EINVAL with `fault` filled in. */
int filter_words_check(struct filter_words *words, struct arena *arena, const char *text,
		       struct filter_fault *fault);

#endif
