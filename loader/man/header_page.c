// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Makes a manual page of a public header: its comments are the documentation of the library, and
 * so no page is ever behind it.
 */
#include "header.h"
#include "manual.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* --- comments ----------------------------------------------------------------------------------
 */

enum mode { RUNNING, CODE, ERRORS, LIST };

static void change_mode(enum mode *mode, enum mode wanted, FILE *out)
{
	static const char *const begin[] = {"", ".Bd -literal -offset indent\n",
					    ".Bl -tag -width \\-EINVAL\n", ".Bl -bullet\n"};

	if (*mode == wanted)
		return;
	if (*mode != RUNNING)
		fputs(*mode == CODE ? ".Ed\n" : ".El\n", out);
	fputs(begin[wanted], out);
	*mode = wanted;
}

/* Of "-EPERM, -EACCES  privileges are missing": the length of what is in front of the text. */
static size_t errors_length(const char *line)
{
	size_t length = 0;

	while (line[length] == '-' && line[length + 1] == 'E' &&
	       isupper((unsigned char)line[length + 2]) +
		       isdigit((unsigned char)line[length + 2])) {
		length += 1 + strspn(line + length + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		if (strncmp(line + length, ", -", 3) != 0)
			break;
		length += 2;
	}
	return line[length] == ' ' ? length : 0;
}

static void flush(struct text *paragraph, FILE *out)
{
	if (paragraph->size) {
		paragraph->bytes[paragraph->size - 1] = '\0';
		roff_sentences(paragraph->bytes, out);
	}
	paragraph->size = 0;
}

static void write_line(struct text *paragraph, enum mode *mode, bool gap, char *line, FILE *out)
{
	size_t errors = errors_length(line);
	enum mode before = *mode;

	if (*line == '\t') {
		flush(paragraph, out);
		change_mode(mode, CODE, out);
		roff_text(line + 1, out);
		putc('\n', out);
		return;
	}
	if (errors || strncmp(line + strspn(line, " "), "- ", 2) == 0) {
		flush(paragraph, out);
		change_mode(mode, errors ? ERRORS : LIST, out);
		fprintf(out, ".It%s%.*s\n", errors ? " \\" : "", (int)errors, line);
		line += errors ? errors : strspn(line, " ") + 1;
	} else if (*line != ' ' && (gap || before != RUNNING)) {
		flush(paragraph, out);
		change_mode(mode, RUNNING, out);
		fputs(".Pp\n", out);
	}
	text_append(paragraph, line + strspn(line, " "));
}

static void write_comment(const struct text *comment, FILE *out)
{
	struct text paragraph = {NULL, 0};
	enum mode mode = RUNNING;
	char *line, *rest = comment->bytes;
	bool begun = false, gap = false;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (*line)
			write_line(&paragraph, &mode, gap, line, out);
		begun |= *line;
		gap = begun && !*line;
	}
	flush(&paragraph, out);
	change_mode(&mode, RUNNING, out);
	free(paragraph.bytes);
}

/* --- code --------------------------------------------------------------------------------------
 */

/* One declaration: `const char *`, `xdv_rule_name` and what it takes. */
struct function {
	char type[64], name[64];
	char *parameters;
};

/* The parameters are left where they are. */
static bool read_function(struct function *function, char *code)
{
	char *open = strchr(code, '('), *close = strrchr(code, ')'), *name = open;

	if (!open || !close)
		return false;
	code += strlen("XDV_API ");
	while (name > code && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
		name--;
	*open = *close = '\0';
	snprintf(function->name, sizeof(function->name), "%s", name);
	snprintf(function->type, sizeof(function->type), "%.*s",
		 (int)(name - code - (name[-1] == ' ')), code);
	function->parameters = open + 1;
	return true;
}

/* Calls back for each declaration in a piece of code; the rest is handed over as it is. */
static void each_function(const struct text *code, struct text *rest,
			  void (*callback)(const struct function *function, FILE *out), FILE *out)
{
	struct text declaration = {NULL, 0};
	char *copy = strdup(code->bytes ? code->bytes : ""), *at = copy, *line;

	while (copy && (line = strsep(&at, "\n"))) {
		struct function function;

		if (!declaration.size && strncmp(line, "XDV_API", 7) != 0) {
			if (*line && rest)
				text_append(rest, line);
			continue;
		}
		text_append(&declaration, line + strspn(line, "\t "));
		declaration.bytes[declaration.size - 1] = ' ';
		if (!strchr(line, ';'))
			continue;
		if (read_function(&function, declaration.bytes))
			callback(&function, out);
		declaration.size = 0;
	}
	free(declaration.bytes);
	free(copy);
}

static void write_name(const struct function *function, FILE *out)
{
	fprintf(out, "%s%s", ftell(out) ? " ,\n.Nm " : ".Nm ", function->name);
}

static void write_heading(const struct function *function, FILE *out)
{
	fprintf(out, "%s%s()", ftell(out) ? ", " : ".Ss ", function->name);
}

static void write_prototype(const struct function *function, FILE *out)
{
	char *rest = function->parameters, *parameter;

	fprintf(out, ".Ft \"%s\"\n.Fo %s\n", function->type, function->name);
	while ((parameter = strsep(&rest, ",")))
		fprintf(out, ".Fa \"%s\"\n", parameter + strspn(parameter, " "));
	fputs(".Fc\n", out);
}

/* "struct xdv_frame" of a definition, "" if that is not what it is. */
static const char *definition_name(const char *code)
{
	static char name[64];
	bool named = code && (strncmp(code, "struct ", 7) == 0 || strncmp(code, "enum ", 5) == 0);

	snprintf(name, sizeof(name), "%.*s", named ? (int)strcspn(code, "{;") : 0, code);
	while (*name && name[strlen(name) - 1] == ' ')
		name[strlen(name) - 1] = '\0';
	return name;
}

static void write_item(const struct item *item, const struct item *intro, FILE *out)
{
	struct text rest = {NULL, 0}, heading = {NULL, 0};
	FILE *line = open_memstream(&heading.bytes, &heading.size);

	if (!line)
		abort();
	each_function(&item->code, &rest, write_heading, line);
	fclose(line);
	if (heading.size)
		fprintf(out, "%s\n", heading.bytes);
	else if (*definition_name(rest.bytes))
		fprintf(out, ".Ss %s\n", definition_name(rest.bytes));
	else if (item != intro && item->comment.size)
		fputs(".Pp\n", out);
	write_comment(&item->comment, out);
	if (rest.size) {
		fputs(".Bd -literal\n", out);
		roff_text(rest.bytes, out);
		fputs(".Ed\n", out);
	}
	free(rest.bytes);
	free(heading.bytes);
}

/* --- the page ----------------------------------------------------------------------------------
 */

/* Functions; where there are none, what the header defines. */
static void write_names(const struct header *header, FILE *out)
{
	struct text names = {NULL, 0};
	FILE *list = open_memstream(&names.bytes, &names.size);

	if (!list)
		abort();
	for (size_t i = 0; i < header->count; i++)
		each_function(&header->items[i].code, NULL, write_name, list);
	for (size_t i = 0; i < header->count && !ftell(list); i++) {
		const char *name = definition_name(header->items[i].code.bytes);

		if (*name)
			fprintf(list, ".Nm %s", strchr(name, ' ') + 1);
	}
	fclose(list);
	fprintf(out, "%s\n", names.bytes);
	free(names.bytes);
}

/* The first sentence of what the header says of itself, without its full stop. */
static void write_purpose(const struct text *comment, FILE *out)
{
	const char *text = comment->bytes ? comment->bytes : "";
	char *purpose = strdup(text + strspn(text, "\n")), *end;

	if (!purpose)
		abort();
	for (char *c = purpose; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	end = strstr(purpose, ". ");
	if (end)
		*end = '\0';
	roff_text(purpose, out);
	putc('\n', out);
	free(purpose);
}

static void write_page(const struct header *header, const char *file, FILE *out)
{
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;

	fputs(".Dd November 24, 2026\n.Dt XDV_", out);
	for (const char *c = base; *c && *c != '.'; c++)
		putc(toupper((unsigned char)*c), out);
	fputs(" 3\n.Os\n.Sh NAME\n", out);
	write_names(header, out);
	fputs(".Nd ", out);
	write_purpose(&header->items[0].comment, out);
	fprintf(out, ".Sh SYNOPSIS\n.In xdivert/%s\n", base);
	for (size_t i = 0; i < header->count; i++)
		each_function(&header->items[i].code, NULL, write_prototype, out);
	fputs(".Sh DESCRIPTION\n", out);
	for (size_t i = 0; i < header->count; i++)
		write_item(&header->items[i], header->items, out);
	fputs(".Sh SEE ALSO\n.Xr xdivert 1 ,\n.Xr libxdivert 3\n", out);
}

void write_header_page(FILE *in, const char *file, FILE *out)
{
	static struct header header;

	header_read(&header, in);
	write_page(&header, file, out);
	header_free(&header);
}

bool write_pages(const char *directory, FILE *out)
{
	char pattern[256];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.h", directory);
	if (glob(pattern, 0, NULL, &found))
		return false;
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *base = strrchr(found.gl_pathv[i], '/') + 1;
		FILE *in = fopen(found.gl_pathv[i], "r");
		struct header header = {0};

		if (!in)
			return false;
		header_read(&header, in);
		fclose(in);
		if (strcmp(base, "api.h") != 0 && strcmp(base, "xdivert.h") != 0) {
			fprintf(out, ".It Xr xdv_%.*s 3\n", (int)strcspn(base, "."), base);
			write_purpose(&header.items[0].comment, out);
		}
		header_free(&header);
	}
	fputs(".El\n", out);
	globfree(&found);
	return true;
}
