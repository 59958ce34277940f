// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "source.h"

#include "arena.h"

#include <ctype.h>
#include <string.h>

unsigned int source_add(struct sources *sources, const char *file, const char *text, size_t size)
{
	struct source *source = arena_push(sources->arena, &sources->list, sources->count);

	source->file = file;
	source->text = text;
	source->size = size;
	sources->size += size;
	return (unsigned int)sources->count - 1;
}

static void find_lines(const struct sources *sources, struct source *source)
{
	const char *at = source->text;
	unsigned int line = 0;

	source->line_count = 1;
	for (const char *c = at; (c = strchr(c, '\n')); c++)
		source->line_count++;
	source->lines = arena_alloc(sources->arena, source->line_count * sizeof(*source->lines));
	while ((at = strchr(at, '\n')))
		source->lines[++line] = (uint32_t)(++at - source->text);
}

const char *source_line(const struct sources *sources, const struct location *where)
{
	struct source *source = &sources->list[where->source];

	if (!source->lines)
		find_lines(sources, source);
	if (!where->line || where->line > source->line_count)
		return NULL;
	return source->text + source->lines[where->line - 1];
}

char *source_excerpt(const struct sources *sources, const struct location *where)
{
	const char *text = source_line(sources, where);
	unsigned int line = where->line, column = where->column;
	char *excerpt = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&excerpt, &size);
	bool blank = false, quoted = false;

	if (!out)
		return NULL;
	for (text = text ? text + column - 1 : "";
	     *text && (line < where->end_line || column < where->end_column); text++, column++) {
		quoted ^= *text == '"';
		if (*text == '#' && !quoted)
			text += strcspn(text, "\n");
		if (!*text)
			break;
		if (*text == '\n') {
			line++;
			column = 0;
		}
		if (isspace((unsigned char)*text) && !quoted) {
			blank = true;
			continue;
		}
		fprintf(out, "%s%c", blank ? " " : "", *text);
		blank = false;
	}
	return fclose(out) ? NULL : excerpt;
}

const char *source_file(const struct sources *sources, const struct location *where)
{
	return sources->list[where->source].file;
}

void sources_write(const struct sources *sources, FILE *out)
{
	for (size_t i = 0; i < sources->count; i++) {
		if (i)
			fprintf(out, "%c%s%c", 0, sources->list[i].file, 0);
		fwrite(sources->list[i].text, 1, sources->list[i].size, out);
	}
}
