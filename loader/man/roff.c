// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Text as mdoc(7) wants it.
 */
#include "manual.h"

#include <ctype.h>
#include <string.h>

void roff_text(const char *text, FILE *out)
{
	static const char dots[] = "\xe2\x80\xa6";
	bool quoted = false, start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		start = *text == '\n';
		if (strncmp(text, dots, strlen(dots)) == 0) {
			fputs("...", out);
			text += strlen(dots) - 1;
		} else if (*text == '`') {
			quoted = !quoted;
			fputs(quoted ? "\\(oq" : "\\(cq", out);
		} else if (*text == '\\') {
			fputs("\\e", out);
		} else if (*text == '-') {
			fputs("\\-", out);
		} else {
			putc(*text, out);
		}
	}
}

/* Where the next sentence begins, NULL if it does not. */
static char *next_sentence(char *text)
{
	for (; *text; text++)
		if (strchr(".!?", text[0]) && text[1] == ' ' &&
		    (isupper((unsigned char)text[2]) || strchr("`-", text[2])))
			return text + 2;
	return NULL;
}

void roff_sentences(char *text, FILE *out)
{
	char *next;

	for (char *c = text; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	for (; text; text = next) {
		next = next_sentence(text);
		if (next)
			next[-1] = '\0';
		roff_text(text, out);
		putc('\n', out);
	}
}

static char font_of(char c)
{
	if (islower((unsigned char)c) || c == '-')
		return 'B';
	return isupper((unsigned char)c) ? 'I' : 'R';
}

void roff_usage(const char *text, FILE *out)
{
	char font = 'R';

	for (; *text; text++) {
		if (font != font_of(*text))
			fprintf(out, "\\f%c", font_of(*text));
		font = font_of(*text);
		fputs(*text == '-' ? "\\-" : (char[]){*text, 0}, out);
	}
	fputs("\\fR", out);
}
