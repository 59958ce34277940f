// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "header.h"

#include <stdlib.h>
#include <string.h>

void text_append(struct text *text, const char *line)
{
	size_t length = strlen(line);

	text->bytes = realloc(text->bytes, text->size + length + 2);
	if (!text->bytes)
		abort();
	memcpy(text->bytes + text->size, line, length);
	text->size += length;
	text->bytes[text->size++] = '\n';
	text->bytes[text->size] = '\0';
}

static void next_item(struct header *header)
{
	const struct item *item = &header->items[header->count];

	if (header->count < ITEMS_MAX - 1 && (item->comment.size || item->code.size))
		header->count++;
}

/* Without what makes it a comment. */
static void read_comment(struct header *header, char *line)
{
	char *end = strstr(line, "*/");

	if (!header->in_comment)
		line += strlen("/*");
	else if (strncmp(line, " *", 2) == 0 && line + 1 != end)
		line += strlen(" *");
	header->in_comment = !end;
	if (end) {
		while (end > line && end[-1] == ' ')
			end--;
		*end = '\0';
	}
	line += *line == ' ';
	if (*line || !end)
		text_append(&header->items[header->count].comment, line);
}

/* Guards, includes, and what is for C++. */
static bool is_scaffold(struct header *header, const char *line)
{
	static const char *const starts[] = {"#include", "#ifndef XDIVERT_", "#define XDIVERT_",
					     "#endif", "/* SPDX"};
	bool was_skipping = header->skipping;

	if (strcmp(line, "#ifdef __cplusplus") == 0)
		header->skipping = true;
	else if (strcmp(line, "#endif") == 0)
		header->skipping = false;
	if (was_skipping || header->skipping)
		return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (strncmp(line, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static void read_line(struct header *header, char *line)
{
	struct item *item = &header->items[header->count];

	if (header->in_comment) {
		read_comment(header, line);
	} else if (is_scaffold(header, line)) {
		return;
	} else if (!*line && header->depth == 0) {
		next_item(header);
	} else if (strncmp(line, "/*", 2) == 0) {
		if (item->code.size)
			next_item(header);
		read_comment(header, line);
	} else {
		for (const char *c = line; *c; c++)
			header->depth += (*c == '{') - (*c == '}');
		text_append(&item->code, line);
	}
}

void header_read(struct header *header, FILE *in)
{
	char line[1024];

	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		read_line(header, line);
	}
	next_item(header);
}

void header_free(struct header *header)
{
	for (size_t i = 0; i < header->count; i++) {
		free(header->items[i].comment.bytes);
		free(header->items[i].code.bytes);
	}
}
