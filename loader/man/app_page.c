// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Makes a manual page of what a program prints with --help:
 *
 *   usage: xdv-count [OPTION...] INTERFACE CONSUMER
 *
 *   Running text.
 *
 *     -n, --packets N   what the option does
 *                       and goes on doing
 *
 *   Exit status: 0 done, 1 failed.
 */
#include "manual.h"

#include <ctype.h>
#include <string.h>

#define USAGE  "usage: "
#define STATUS "Exit status: "

struct page {
	char usage[512]; /* lines, without what is in front of the program's name */
	char text[4096];
	bool in_text;
};

/* "  -n, --packets N   text": cut where the text begins; NULL if it is no option. */
static char *option_text(char *line)
{
	char *at = line + strspn(line, " ");

	if (strncmp(line, "  ", 2) != 0 || *at != '-')
		return NULL;
	while (*at == '-') { /* its names */
		at += strcspn(at, " ");
		at += *at == ' ';
	}
	if (isupper((unsigned char)*at)) /* what it takes */
		at += strcspn(at, " ");
	if (at[-1] == ' ')
		at--;
	if (!*at)
		return at;
	*at = '\0';
	return at + 1 + strspn(at + 1, " ");
}

/* "-n, --packets N" as macros. */
static void write_option(char *option, FILE *out)
{
	char *word;

	fputs(".It", out);
	option += strspn(option, " ");
	while ((word = strsep(&option, " "))) {
		bool comma = *word && word[strlen(word) - 1] == ',';

		if (comma)
			word[strlen(word) - 1] = '\0';
		if (word[0] == '-')
			fprintf(out, " Fl %s%s", word[1] == '-' ? "\\" : "", word + 1);
		else if (*word)
			fprintf(out, " Ar %s", word);
		fputs(comma ? " ," : "", out);
	}
	putc('\n', out);
}

/* What comes before the first option: the name, the purpose, the usage, running text. */
static void write_beginning(struct page *page, FILE *out)
{
	char *name = page->usage, *rest = page->usage, *end = strstr(page->text, ". "), *line;
	int length = (int)strcspn(name, " \n");

	fprintf(out, ".Dd November 24, 2026\n.Dt ");
	for (int i = 0; i < length; i++)
		putc(toupper((unsigned char)name[i]), out);
	fprintf(out, " 1\n.Os\n.Sh NAME\n.Nm %.*s\n.Nd ", length, name);
	if (end)
		*end = '\0';
	roff_text(page->text, out);
	if (end)
		*end = '.';
	fputs("\n.Sh SYNOPSIS\n", out);
	while ((line = strsep(&rest, "\n")) && *line) {
		fputs(".Nm\n", out);
		roff_usage(line + length + (line[length] == ' '), out);
		putc('\n', out);
	}
	fputs(".Sh DESCRIPTION\n", out);
	roff_sentences(page->text, out);
	fputs(".Pp\nThe options are:\n.Bl -tag -width Ds\n", out);
}

static void read_beginning(struct page *page, const char *line)
{
	size_t usage = strlen(page->usage), text = strlen(page->text);

	if (strncmp(line, USAGE, strlen(USAGE)) == 0)
		line += strlen(USAGE);
	else
		line += strspn(line, " ");
	if (!page->in_text)
		snprintf(page->usage + usage, sizeof(page->usage) - usage, "%s\n", line);
	else if (*line)
		snprintf(page->text + text, sizeof(page->text) - text, "%s%s", text ? " " : "",
			 line);
	page->in_text |= !*line;
}

void write_app_page(FILE *in, FILE *out)
{
	struct page page = {0};
	bool in_options = false;
	char line[256], *option;

	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		option = option_text(line);
		if (option && !in_options)
			write_beginning(&page, out);
		in_options |= option != NULL;
		if (!in_options) {
			read_beginning(&page, line);
		} else if (strncmp(line, STATUS, strlen(STATUS)) == 0) {
			fputs(".El\n.Sh EXIT STATUS\n", out);
			roff_sentences(line + strlen(STATUS), out);
		} else if (*line) {
			if (option)
				write_option(line, out);
			roff_sentences(option ? option : line + strspn(line, " "), out);
		}
	}
	fputs(".Sh SEE ALSO\n.Xr xdivert 1 ,\n.Xr libxdivert 3\n", out);
}
