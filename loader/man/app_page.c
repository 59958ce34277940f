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

/* "  -n, --packets N   text": where the text begins; NULL if it is no option. */
static char *option_text(char *line)
{
	char *end;

	if (strncmp(line, "  ", 2) != 0 || line[strspn(line, " ")] != '-')
		return NULL;
	end = strstr(line + strspn(line, " "), "  ");
	if (!end)
		return NULL;
	*end = '\0';
	return end + 1 + strspn(end + 1, " ");
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

static void write_usage(const char *usage, FILE *out)
{
	size_t name = strcspn(usage, " ");

	fprintf(out, ".Sh SYNOPSIS\n.Nm\n");
	roff_usage(usage + name + strspn(usage + name, " "), out);
	fputs("\n.Sh DESCRIPTION\n", out);
}

/* What comes before the first option: the name, the purpose, the usage, running text. */
static void write_beginning(char *usage, char *text, FILE *out)
{
	char *end = strstr(text, ". ");

	fprintf(out, ".Dd November 24, 2026\n.Dt ");
	for (const char *c = usage; *c && *c != ' '; c++)
		putc(toupper((unsigned char)*c), out);
	fprintf(out, " 1\n.Os\n.Sh NAME\n.Nm %.*s\n.Nd %c", (int)strcspn(usage, " "), usage,
		tolower((unsigned char)*text));
	if (end)
		*end = '\0';
	roff_text(*text ? text + 1 : text, out);
	putc('\n', out);
	if (end)
		*end = '.';
	write_usage(usage, out);
	roff_sentences(text, out);
	fputs(".Pp\nThe options are:\n.Bl -tag -width Ds\n", out);
}

void write_app_page(FILE *in, FILE *out)
{
	char line[256], usage[256] = "", text[4096] = "", *option;
	bool in_options = false;

	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		option = option_text(line);
		if (option && !in_options)
			write_beginning(usage, text, out);
		in_options |= option != NULL;
		if (strncmp(line, USAGE, strlen(USAGE)) == 0) {
			snprintf(usage, sizeof(usage), "%s", line + strlen(USAGE));
		} else if (strncmp(line, STATUS, strlen(STATUS)) == 0) {
			fputs(".El\n.Sh EXIT STATUS\n", out);
			roff_sentences(line + strlen(STATUS), out);
		} else if (in_options && *line) {
			if (option)
				write_option(line, out);
			roff_sentences(option ? option : line + strspn(line, " "), out);
		} else if (*line) {
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " " : "", line);
		}
	}
	fputs(".Sh SEE ALSO\n.Xr xdivert 1 ,\n.Xr libxdivert 3\n", out);
}
