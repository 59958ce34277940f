/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The words of a packet text, and the values among them. For text.c, and what reads
 * flows.
 */
#ifndef XDIVERT_PACKET_WORDS_H
#define XDIVERT_PACKET_WORDS_H

#include "packet/text.h"

#define WORD_MAX 80 /* more is cut: nothing so long is right */

/* A stretch without blanks, or a `>`. Empty at the end of the text. */
struct word {
	size_t offset, length;
	char text[WORD_MAX];
};

struct words {
	const char *text;
	size_t at;
	struct packet_text_error *error;
};

/* False at the end; `word` is the empty one then. */
bool words_next(struct words *words, struct word *word);
struct word words_peek(const struct words *words);
/* Goes past the next word if it is `keyword`. */
bool words_take(struct words *words, const char *keyword);
/* The next word must be there: "expected WHAT behind `BEHIND`". */
int words_expect(struct words *words, struct word *word, const char *what, const char *behind);
int words_arrow(struct words *words);

/* Keeps the part of the word that begins at `start`, counted from the word's start. */
void word_cut(struct word *word, size_t start, size_t length);

/* Splits ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; `port` is left empty if there is none. */
void word_split_endpoint(const struct word *word, struct word *address, struct word *port);

/* 0, or -EINVAL with the error told; `what` is what takes the value. */
int word_number(struct words *words, const struct word *word, const char *what, uint32_t max,
		uint32_t *out);
/* A number, or one of the type's symbols. */
int word_value(struct words *words, const struct word *word, const char *what, enum value_type type,
	       uint32_t *out);
int word_ether(struct words *words, const struct word *word, uint8_t *out);

/* Adds the bytes of one word. */
int word_hex(struct words *words, const struct word *word, struct packet_bytes *out);
/* All of a text that begins with `hex`. */
int words_hex(struct words *words, struct packet_bytes *out);

/* Tells the error; returns -EINVAL. `hint` may be NULL. */
int words_fail(struct words *words, const struct word *word, const char *hint, const char *format,
	       ...) __attribute__((format(printf, 4, 5)));
void words_hint(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_hint_list(struct words *words, const char *before, const char *const *names,
		     size_t count);

#endif
