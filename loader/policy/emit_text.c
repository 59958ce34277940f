// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "emit_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 100
#define TAB_WIDTH  8

/* What is written in another file, until its lines are counted. */
struct captured {
	FILE *file;
	char *text;
	size_t size;
};

void put(struct emitter *emitter, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text)
		return;
	for (const char *c = text; *c; c++)
		emitter->line += *c == '\n';
	fputs(text, emitter->out);
	free(text);
}

const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

const char *rule_file(const struct emitter *emitter, const struct rule *rule)
{
	return source_file(&emitter->policy->sources, &rule->where);
}

void put_rule_text(struct emitter *emitter, const struct rule *rule, const char *indent)
{
	char *text = source_excerpt(&emitter->policy->sources, &rule->where);

	put(emitter, "%s/* ", indent);
	if (rule->where.source)
		put(emitter, "%s:", base_name(rule_file(emitter, rule)));
	put(emitter, "%u: %s */\n", rule->where.line, text ? text : rule->name.text);
	free(text);
}

/* Whether `&&` or `||` is in front. */
static bool is_junction(const char *at)
{
	return at[-1] == at[-2] && (at[-1] == '&' || at[-1] == '|');
}

void put_condition(struct emitter *emitter, const struct rule *rule, size_t used)
{
	char *text = NULL, *rest;
	size_t size, column = TAB_WIDTH + used;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	emit_condition(emitter->plan, rule, memory);
	fclose(memory);
	for (rest = text; *rest;) {
		size_t room = LINE_WIDTH - column, length = strlen(rest), cut = 0;

		if (!emitter->source_lines && length + 1 > room) {
			for (size_t i = 2; i + 1 < room; i++)
				if (rest[i] == ' ' && is_junction(rest + i))
					cut = i;
			if (!cut) /* nowhere in time: at the next place there is */
				for (size_t i = 2; i < length && !cut; i++)
					if (rest[i] == ' ' && is_junction(rest + i))
						cut = i;
		}
		if (!cut) {
			put(emitter, "%s", rest);
			break;
		}
		put(emitter, "%.*s\n\t    ", (int)cut, rest);
		rest += cut + 1;
		column = TAB_WIDTH + 4;
	}
	free(text);
}

void put_line(struct emitter *emitter, unsigned int line, const char *file)
{
	if (!emitter->source_lines)
		return;
	put(emitter, "#line %u \"", line);
	for (const char *c = file; *c; c++)
		put(emitter, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c == '\n' ? '?' : *c);
	put(emitter, "\"\n");
}

void put_source_line(struct emitter *emitter, const struct rule *rule)
{
	put_line(emitter, rule->where.line, rule_file(emitter, rule));
}

void put_own_line(struct emitter *emitter)
{
	if (emitter->source_lines)
		put(emitter, "#line %u \"program.c\"\n", emitter->line + 2);
}

static bool capture(struct captured *captured)
{
	captured->file = open_memstream(&captured->text, &captured->size);
	return captured->file;
}

static void put_captured(struct emitter *emitter, struct captured *captured)
{
	fclose(captured->file);
	put(emitter, "%s", captured->text);
	free(captured->text);
}

void put_part(struct emitter *emitter, void (*emit)(const struct plan *plan, FILE *out))
{
	struct captured part;

	if (!capture(&part))
		return;
	emit(emitter->plan, part.file);
	put_captured(emitter, &part);
}

void put_dynamic_looks(struct emitter *emitter, size_t rule)
{
	struct captured looks;

	if (!capture(&looks))
		return;
	emit_dynamic_looks(emitter->plan, rule, looks.file);
	put_captured(emitter, &looks);
}

void put_keys(struct emitter *emitter, const struct classifier *classifier)
{
	struct captured keys;

	if (!capture(&keys))
		return;
	emit_keys(emitter->plan, classifier, keys.file);
	put_captured(emitter, &keys);
}
