/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Elements of a dynamic set, as they are written behind a policy: on a command line, or a line each
 * in a file. The same text as in the policy, and the same diagnostics.
 */
#ifndef XDIVERT_ELEMENTS_H
#define XDIVERT_ELEMENTS_H

#include "ast.h"

/* A dynamic set by what must be known of it to read and write its elements. */
struct set_kind {
	const char *name;
	enum value_type types[KEY_PARTS_MAX];
	size_t parts;
	bool prefixes;
};

/*
 * Reads them: gives a policy of one set, whose diags say what is wrong. The caller frees it.
 * -EBADMSG: it is no text.
 */
int elements_read(struct policy **policy, const struct set_kind *kind, const char *file,
		  const char *text, size_t size);

/*
 * The keys that the elements of such a policy are in a table (see dynamic.h), one after another:
 * malloc'ed. A range of addresses is the prefixes that it consists of. NULL: no memory.
 */
uint32_t *elements_keys(const struct policy *policy, size_t *count);
unsigned int elements_key_words(const struct set_kind *kind);

/* A key as an element is written. Returns `text`. */
#define ELEMENT_TEXT (KEY_PARTS_MAX * (VALUE_TEXT + 3))
char *element_format(char text[ELEMENT_TEXT], const struct set_kind *kind, const uint32_t *key);

#endif
