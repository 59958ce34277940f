// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "diag.h"

#include "arena.h"
#include "source.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	bool error;
	const char *meaning; /* for the manual */
} codes[DIAG_CODES] = {
	[E_SYNTAX] = {"E001", true, "not a policy's grammar"},
	[E_LITERAL] = {"E002", true, "an address or number that is none"},
	[E_UNKNOWN_FIELD] = {"E010", true, "the header has no such field"},
	[E_UNKNOWN_HEADER] = {"E011", true, "no such header"},
	[E_UNKNOWN_SET] = {"E012", true, "no such set in this file"},
	[E_UNKNOWN_CONSUMER] = {"E013", true, "no such consumer or target in this file"},
	[E_UNKNOWN_RULE] = {"E014", true, "a test expects a rule or action that is not there"},
	[E_UNKNOWN_TYPE] = {"E015", true, "no such type of set"},
	[E_UNKNOWN_SYMBOL] = {"E016", true, "a word that is no value of the field"},
	[E_UNKNOWN_ACTION] = {"E017", true, "no such action, or not with these words"},
	[E_UNKNOWN_OPTION] =
		{"E018", true,
		 "no such option of a consumer, a target, a set or flows, or value of it"},
	[E_DUPLICATE] = {"E020", true, "a name, an option or a default, given twice"},
	[E_RANGE] = {"E021", true, "a value that does not fit"},
	[E_TYPE] = {"E022", true, "a value, set or target of another type than what asks for it"},
	[E_OPERATOR] = {"E023", true, "an operator the field does not have"},
	[E_CONTRADICTION] = {"E024", true, "no packet can fulfil these conditions together"},
	[E_TOO_COMPLEX] = {"E025", true, "beyond what the compiler can plan"},
	[E_PACKET] = {"E026", true, "a test's packet that can't be read"},
	[E_INCLUDE] = {"E027", true, "a file that can't be included"},
	[E_FILTER] = {"E030", true, "a filter that libpcap does not take, or the kernel can't run"},
	[W_UNREACHABLE] = {"W101", false, "earlier rules take all packets of this one"},
	[W_UNUSED] = {"W102", false, "a set, consumer or target that no rule names"},
	[W_REDUNDANT] =
		{"W103", false,
		 "an element that is in the set already, or a filter that takes every packet"},
};

struct diag *diag_add(struct diags *diags, enum diag_code code, struct location where,
		      const char *format, ...)
{
	static struct diag beyond;
	va_list arguments;
	char text[1024];
	struct diag *diag;

	diags->errors += codes[code].error;
	if (codes[code].error ? diags->errors > DIAG_MAX
			      : diags->count - diags->errors >= DIAG_MAX) {
		diags->suppressed++;
		return &beyond;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	diag = arena_push(diags->arena, &diags->list, diags->count);
	diag->code = code;
	diag->where = where;
	diag->message = arena_strndup(diags->arena, text, strlen(text));
	return diag;
}

void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	diag->hint = arena_strndup(diags->arena, text, strlen(text));
}

bool diag_is_error(enum diag_code code)
{
	return codes[code].error;
}

const char *diag_code_name(enum diag_code code)
{
	return codes[code].name;
}

const char *diag_code_meaning(enum diag_code code)
{
	return codes[code].meaning;
}

int location_compare(const struct location *one, const struct location *two)
{
	if (one->source != two->source)
		return one->source < two->source ? -1 : 1;
	if (one->line != two->line)
		return one->line < two->line ? -1 : 1;
	return (one->column > two->column) - (one->column < two->column);
}

static int by_place(const void *a, const void *b)
{
	const struct diag *one = *(const struct diag *const *)a;
	const struct diag *two = *(const struct diag *const *)b;
	int order = location_compare(&one->where, &two->where);

	return order ? order : (one > two) - (one < two);
}

/* From the `first` one on. */
static const struct diag **sorted(const struct diags *diags, size_t first)
{
	const struct diag **list = arena_alloc(diags->arena, diags->count * sizeof(*list));

	for (size_t i = first; i < diags->count; i++)
		list[i - first] = &diags->list[i];
	qsort(list, diags->count - first, sizeof(*list), by_place);
	return list;
}

/* The source line and, under it, carets; tabs stay tabs so that the carets meet their text. */
static void print_source(const struct diags *diags, const struct diag *diag, FILE *out,
			 const char *on, const char *off)
{
	const char *line = source_line(diags->sources, &diag->where);
	unsigned int column = diag->where.column, end = diag->where.end_column;
	int length;

	if (!line)
		return;
	length = (int)strcspn(line, "\n");
	if (diag->where.end_line != diag->where.line)
		end = (unsigned int)length + 1;
	fprintf(out, "%5u | %.*s\n      | ", diag->where.line, length, line);
	for (unsigned int i = 1; i < column; i++)
		fputc(i <= (unsigned int)length && line[i - 1] == '\t' ? '\t' : ' ', out);
	fprintf(out, "%s^", on);
	for (unsigned int i = column + 1; i < end; i++)
		fputc('~', out);
	fprintf(out, "%s\n", off);
}

/* Where the file with the diagnostic is included, and that one, and so on. */
static void print_includes(const struct diags *diags, const struct diag *diag, FILE *out)
{
	const struct source *list = diags->sources->list, *source = &list[diag->where.source];

	for (; source->depth; source = &list[source->from.source])
		fprintf(out, "      = included by %s:%u\n", list[source->from.source].file,
			source->from.line);
}

void diags_print(struct diags *diags, FILE *out, bool colour)
{
	const struct diag **list = sorted(diags, diags->printed);
	const char *bold = colour ? "\033[1m" : "", *off = colour ? "\033[0m" : "";

	for (size_t i = 0; i < diags->count - diags->printed; i++) {
		const struct diag *diag = list[i];
		bool error = codes[diag->code].error;
		const char *on = !colour ? "" : error ? "\033[1;31m" : "\033[1;35m";

		fprintf(out, "%s%s:%u:%u: %s%s:%s %s [%s]\n", bold,
			source_file(diags->sources, &diag->where), diag->where.line,
			diag->where.column, on, error ? "error" : "warning", off, diag->message,
			codes[diag->code].name);
		print_source(diags, diag, out, on, off);
		if (diag->hint)
			fprintf(out, "      = %shint:%s %s\n", bold, off, diag->hint);
		print_includes(diags, diag, out);
	}
	diags->printed = diags->count;
	if (diags->suppressed)
		fprintf(out, "%s: and %zu more\n", diags->sources->list[0].file, diags->suppressed);
}

/* JSON is UTF-8. What a policy has instead is still to be told of: with question marks. */
static json_t *json_text(const char *text)
{
	json_t *json = json_string(text);
	char *plain;

	if (json)
		return json;
	plain = strdup(text);
	for (char *c = plain; c && *c; c++)
		if (*c & 0x80)
			*c = '?';
	json = json_string(plain);
	free(plain);
	return json;
}

static json_t *diag_json(const struct diags *diags, const struct diag *diag)
{
	const struct location *where = &diag->where;
	const struct source *source = &diags->sources->list[where->source];
	json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:i, s:i, s:i, s:i}", "severity",
				 codes[diag->code].error ? "error" : "warning", "code",
				 codes[diag->code].name, "message", json_text(diag->message),
				 "file", json_text(source->file), "line", (int)where->line,
				 "column", (int)where->column, "end_line", (int)where->end_line,
				 "end_column", (int)where->end_column);

	if (json && diag->hint)
		json_object_set_new(json, "hint", json_text(diag->hint));
	if (json && source->depth)
		json_object_set_new(json, "included_by",
				    json_pack("{s:o, s:i}", "file",
					      json_text(source_file(diags->sources, &source->from)),
					      "line", (int)source->from.line));
	return json;
}

json_t *diags_json(const struct diags *diags)
{
	const struct diag **list = sorted(diags, 0);
	json_t *array = json_array();

	for (size_t i = 0; i < diags->count; i++)
		json_array_append_new(array, diag_json(diags, list[i]));
	return array;
}

#define NAME_MAX_COMPARED 63

/*
 * Letters to insert, leave out, change or swap with a neighbour ("optimal string alignment"), or
 * more than `limit` if the names are too long to be compared.
 */
static unsigned int distance(const char *a, const char *b, unsigned int limit)
{
	unsigned int rows[3][NAME_MAX_COMPARED + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t width = strlen(b), height = strlen(a);

	if (width > NAME_MAX_COMPARED || height > NAME_MAX_COMPARED)
		return limit + 1;
	for (unsigned int j = 0; j <= width; j++)
		last[j] = j;
	for (size_t i = 1; i <= height; i++) {
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= width; j++) {
			unsigned int best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[width];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count)
{
	unsigned int limit = (unsigned int)strlen(name) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned int d = distance(name, candidates[i], limit);

		if (d <= limit) {
			nearest = candidates[i];
			if (d == 0)
				break;
			limit = d - 1;
		}
	}
	return nearest;
}
