// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/words.h"

#include "diag.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int words_fail(struct words *words, const struct word *word, const char *hint, const char *format,
	       ...)
{
	struct packet_text_error *error = words->error;
	va_list arguments;

	error->offset = word->offset;
	error->length = word->length;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
	return -EINVAL;
}

void words_hint(struct words *words, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words->error->hint, sizeof(words->error->hint), format, arguments);
	va_end(arguments);
}

void words_hint_list(struct words *words, const char *before, const char *const *names,
		     size_t count)
{
	char *hint = words->error->hint;
	size_t size = sizeof(words->error->hint), used;

	snprintf(hint, size, "%s", before);
	for (size_t i = 0; i < count; i++) {
		used = strlen(hint);
		snprintf(hint + used, size - used, "%s%s", i ? ", " : "", names[i]);
	}
}

bool words_next(struct words *words, struct word *word)
{
	const char *start = words->text + words->at;
	size_t length = 0;

	while (isspace((unsigned char)*start))
		start++;
	if (*start == '>')
		length = 1;
	else
		while (start[length] && start[length] != '>' &&
		       !isspace((unsigned char)start[length]))
			length++;
	word->offset = (size_t)(start - words->text);
	word->length = length;
	snprintf(word->text, sizeof(word->text), "%.*s",
		 (int)(length < WORD_MAX ? length : WORD_MAX), start);
	words->at = word->offset + length;
	return length > 0;
}

struct word words_peek(const struct words *words)
{
	struct words copy = *words;
	struct word word;

	words_next(&copy, &word);
	return word;
}

bool words_take(struct words *words, const char *keyword)
{
	struct words copy = *words;
	struct word word;

	if (!words_next(&copy, &word) || strcmp(word.text, keyword) != 0)
		return false;
	*words = copy;
	return true;
}

int words_expect(struct words *words, struct word *word, const char *what, const char *behind)
{
	if (words_next(words, word) && strcmp(word->text, ">") != 0)
		return 0;
	return words_fail(words, word, NULL, "expected %s behind `%s`", what, behind);
}

int words_arrow(struct words *words)
{
	struct word word;

	if (words_next(words, &word) && strcmp(word.text, ">") == 0)
		return 0;
	if (!word.length)
		return words_fail(words, &word, "a packet goes from one address to another: A > B",
				  "expected `>` and the destination");
	return words_fail(words, &word, "a packet goes from one address to another: A > B",
			  "expected `>`, not `%s`", word.text);
}

void word_cut(struct word *word, size_t start, size_t length)
{
	size_t kept = strlen(word->text);

	word->offset += start;
	word->length = length;
	start = start < kept ? start : kept;
	length = length < kept - start ? length : kept - start;
	memmove(word->text, word->text + start, length);
	word->text[length] = '\0';
}

void word_split_endpoint(const struct word *word, struct word *address, struct word *port)
{
	const char *colon = strchr(word->text, ':'), *close = strchr(word->text, ']');
	size_t open = word->text[0] == '[', length = word->length, behind;

	*address = *port = *word;
	port->length = 0;
	if (open)
		length = close ? (size_t)(close - word->text) : open;
	else if (colon && !strchr(colon + 1, ':')) /* two colons: an IPv6 address */
		length = (size_t)(colon - word->text);
	word_cut(address, open, length - open);
	behind = length + open;
	if (behind < word->length && word->text[behind] == ':')
		word_cut(port, behind + 1, word->length - behind - 1);
	else if (behind < word->length)
		address->length = 0; /* something else behind the bracket */
}

int word_number(struct words *words, const struct word *word, const char *what, uint32_t max,
		uint32_t *out)
{
	bool hexadecimal = word->text[0] == '0' && (word->text[1] | 0x20) == 'x';
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(word->text, &end, hexadecimal ? 16 : 10);
	if (!isdigit((unsigned char)word->text[0]) || *end)
		return words_fail(words, word, NULL, "%s takes a number, not `%s`", what,
				  word->text);
	if (errno || number > max)
		return words_fail(words, word, NULL, "%s holds 0 to %u, not %s", what, max,
				  word->text);
	*out = (uint32_t)number;
	return 0;
}

int word_value(struct words *words, const struct word *word, const char *what, enum value_type type,
	       uint32_t *out)
{
	const struct type_info *info = &type_table[type];
	const char *names[32] = {NULL}, *near;
	size_t count = 0;

	if (isdigit((unsigned char)word->text[0]))
		return word_number(words, word, what, info->max, out);
	for (const struct symbol *symbol = info->symbols; symbol && symbol->name; symbol++) {
		if (strcmp(symbol->name, word->text) == 0) {
			*out = symbol->lo;
			return 0;
		}
		if (count < sizeof(names) / sizeof(*names))
			names[count++] = symbol->name;
	}
	near = nearest_name(word->text, names, count);
	words_fail(words, word, NULL, "%s takes %s; `%s` is not one", what, info->article_name,
		   word->text);
	if (near)
		words_hint(words, "did you mean `%s`?", near);
	else if (count)
		words_hint_list(words, "a number, or one of ", names, count);
	return -EINVAL;
}

int word_ether(struct words *words, const struct word *word, uint8_t *out)
{
	unsigned int bytes[6];
	int end = 0;

	if (sscanf(word->text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2],
		   &bytes[3], &bytes[4], &bytes[5], &end) != 6 ||
	    (size_t)end != word->length)
		return words_fail(words, word, "Ethernet addresses look like 02:00:00:00:00:01",
				  "`%s` is not an Ethernet address", word->text);
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)bytes[i];
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* tcpdump -xx begins its lines with "0x0010:". */
static bool is_line_offset(const char *text)
{
	return strncmp(text, "0x", 2) == 0 && text[strspn(text + 2, "0123456789abcdef") + 2] == ':';
}

/* The bytes of one word. */
int word_hex(struct words *words, const struct word *word, struct packet_bytes *out)
{
	const char *digits = words->text + word->offset;
	struct word wrong;

	for (size_t i = 0; i < word->length; i++) {
		if (hex_digit(digits[i]) < 0) {
			wrong = (struct word){.offset = word->offset + i, .length = 1};
			return words_fail(words, &wrong, "bytes are two hexadecimal digits each",
					  "`%c` is not a hexadecimal digit",
					  isprint((unsigned char)digits[i]) ? digits[i] : '?');
		}
	}
	if (word->length % 2)
		return words_fail(words, word, "a byte has two digits",
				  "an odd number of hexadecimal digits");
	if (word->length / 2 > PACKET_MAX - out->length) {
		words_fail(words, word, NULL, "the frame is longer than %d bytes", PACKET_MAX);
		return -EMSGSIZE;
	}
	for (size_t i = 0; i < word->length; i += 2)
		out->bytes[out->length++] = (uint8_t)(hex_digit(digits[i]) << 4 |
						      hex_digit(digits[i + 1]));
	return 0;
}

int words_hex(struct words *words, struct packet_bytes *out)
{
	struct word word;
	int err = 0;

	words_next(words, &word);
	out->length = 0;
	while (!err && words_next(words, &word))
		if (!is_line_offset(word.text))
			err = word_hex(words, &word, out);
	if (!err && !out->length)
		return words_fail(words, &word,
				  "for example: hex 0200 0000 0002 0200 0000 0001 88a2",
				  "expected the bytes of a frame behind `hex`");
	return err;
}
