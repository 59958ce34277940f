// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes a manual page from its template: what the tables of the program know is put in where the
 * template says so, in lines that begin with `@`. Or writes one of a header of the library, or of
 * what an app says of itself. So no page can be behind the program.
 *
 *   manual TEMPLATE.in | HEADER.h | APP.help >PAGE
 */
#include "manual.h"

#include "command.h"
#include "diag.h"

#include <ctype.h>
#include <string.h>

#define COMMANDS_MAX 64

/* Those that have had a section, by their place in the table. */
static bool described[COMMANDS_MAX];

static bool is_json(const struct command_option *option)
{
	return strcmp(option->name, "json") == 0; /* described once, for all */
}

static void usage(const struct command *command, FILE *out)
{
	fprintf(out, ".Nm\n\\fB%s\\fR", command->name);
	for (const struct command_option *option = command->options; option && option->name;
	     option++) {
		fputs(" [\\fB\\-\\-", out);
		roff_text(option->name, out);
		fputs("\\fR", out);
		if (option->value)
			fprintf(out, " \\fI%s\\fR", option->value);
		putc(']', out);
	}
	putc(' ', out);
	roff_usage(command->synopsis, out);
	putc('\n', out);
}

static void option_list(const struct command_option *options, FILE *out)
{
	size_t count = 0;

	for (const struct command_option *option = options; option && option->name; option++)
		count += !is_json(option);
	if (!count)
		return;
	fputs(".Bl -tag -width Ds\n", out);
	for (const struct command_option *option = options; option->name; option++) {
		if (is_json(option))
			continue;
		fputs(".It ", out);
		if (option->letter)
			fprintf(out, "Fl %c , ", option->letter);
		fprintf(out, "Fl \\-%s", option->name);
		if (option->value)
			fprintf(out, " Ar %s", option->value);
		putc('\n', out);
		roff_text(option->help, out);
		for (size_t i = 0; option->choices && option->choices[i]; i++)
			fprintf(out, "%s%s", i ? ", " : "\n.Pq ", option->choices[i]);
		putc('\n', out);
	}
	fputs(".El\n", out);
}

/* The lines of a help text, those that are set in as an example. */
static void details(const char *text, FILE *out)
{
	bool literal = false, gap = true;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		if (!*line) {
			gap = true;
			continue;
		}
		if (literal != (strncmp(line, "  ", 2) == 0)) {
			literal = !literal;
			fputs(literal ? ".Bd -literal -offset indent\n" : ".Ed\n", out);
		}
		if (gap && !literal)
			fputs(".Pp\n", out);
		gap = false;
		if (!literal) {
			roff_sentences(line, out);
			continue;
		}
		roff_text(line + 2, out);
		putc('\n', out);
	}
	if (literal)
		fputs(".Ed\n", out);
}

static const struct command *named(const char *name)
{
	const struct command *command = command_find(name);

	if (!command)
		fprintf(stderr, "there is no command `%s`\n", name);
	return command;
}

static bool write_command(const char *name, FILE *out)
{
	const struct command *command = named(name);

	if (!command)
		return false;
	described[command - command_table] = true;
	fprintf(out, ".Ss %s\n", command->name);
	usage(command, out);
	fputs(".Pp\n", out);
	return true;
}

static bool write_options(const char *name, FILE *out)
{
	const struct command *command = named(name);

	if (command)
		option_list(command->options, out);
	return command;
}

/* What no text was written for: as `xdivert help` has it. */
static bool write_rest(const char *unused, FILE *out)
{
	(void)unused;
	for (const struct command *command = command_table; command->name; command++) {
		if (described[command - command_table])
			continue;
		write_command(command->name, out);
		putc(toupper((unsigned char)command->summary[0]), out);
		roff_text(command->summary + 1, out);
		fputs(".\n", out);
		if (command->details)
			details(command->details, out);
		option_list(command->options, out);
	}
	return true;
}

static bool write_common(const char *unused, FILE *out)
{
	(void)unused;
	option_list(common_options, out);
	return true;
}

static const struct {
	const char *name;
	bool (*write)(const char *argument, FILE *out);
} directives[] = {
	{"command", write_command}, {"options", write_options}, {"rest", write_rest},
	{"common", write_common},   {"headers", write_headers}, {"types", write_types},
	{"codes", write_codes},	    {"pages", write_pages},
};

static bool expand(char *line, FILE *out)
{
	char *argument = strpbrk(line, " ");

	if (argument)
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++)
		if (strcmp(directives[i].name, line + 1) == 0)
			return directives[i].write(argument ? argument : "", out);
	fprintf(stderr, "there is no `%s`\n", line);
	return false;
}

static int write_template(FILE *template, const char *file, FILE *out)
{
	char line[1024];

	for (int number = 1; fgets(line, sizeof(line), template); number++) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '@') {
			fprintf(out, "%s\n", line);
		} else if (!expand(line, out)) {
			fprintf(stderr, "%s:%d: `%s` can't be put in\n", file, number, line);
			return STATUS_FAILED;
		}
	}
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	int status = STATUS_DONE;
	const char *ending;

	if (!in) {
		fprintf(stderr, "usage: manual TEMPLATE.in | HEADER.h | APP.help >PAGE\n");
		return STATUS_USAGE;
	}
	ending = strrchr(argv[1], '.');
	if (ending && strcmp(ending, ".h") == 0)
		write_header_page(in, argv[1], stdout);
	else if (ending && strcmp(ending, ".help") == 0)
		write_app_page(in, stdout);
	else
		status = write_template(in, argv[1], stdout);
	fclose(in);
	return fflush(stdout) ? STATUS_FAILED : status;
}
