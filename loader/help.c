// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "diag.h"
#include "fail.h"
#include "output.h"

#include <errno.h>
#include <string.h>

#define OPTION_COLUMN 22

static void option_help(const struct command_option *option, FILE *out)
{
	char left[64], letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	fprintf(out, "  %-*s %s\n", OPTION_COLUMN, left, option->help);
	if (!option->choices)
		return;
	fprintf(out, "  %-*s (", OPTION_COLUMN, "");
	for (size_t i = 0; option->choices[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", option->choices[i]);
	fputs(")\n", out);
}

static void options_help(const struct command_option *options, FILE *out)
{
	for (; options && options->name; options++)
		option_help(options, out);
}

void command_help(const struct command *command, FILE *out)
{
	fprintf(out, "xdivert %s: %s\n\n", command->name, command->summary);
	fprintf(out, "usage: xdivert %s [OPTIONS]%s%s\n\n", command->name,
		*command->synopsis ? " " : "", command->synopsis);
	options_help(command->options, out);
	options_help(common_options, out);
	if (command->details)
		fprintf(out, "\n%s", command->details);
}

void program_help(FILE *out)
{
	fputs("xdivert takes the flows that a policy names off the kernel's network stack.\n\n"
	      "usage: xdivert COMMAND [OPTIONS] [ARGUMENTS]\n\n",
	      out);
	for (const struct command *command = command_table; command->name; command++)
		fprintf(out, "  %-9s %s\n", command->name, command->summary);
	fputs("\n  --version  what this is, was built with and runs on\n"
	      "\n`xdivert help COMMAND` says more, xdivert(1) most. A FILE may be `-`: standard input.\n"
	      "Exit status: 0 done, 1 failed, 2 usage, 3 policy rejected, 4 this kernel, device or "
	      "user cannot do it,\n5 there is a difference (plan --exit-code).\n",
	      out);
}

enum status cmd_help(const struct arguments *arguments)
{
	const char *name = arguments->list[0];
	const struct command *command;
	struct xdv_error error;
	char *words[] = {arguments->list[0], NULL};
	struct arguments named;

	if (!name) {
		program_help(stdout);
		return STATUS_DONE;
	}
	command = command_find(name);
	if (!command) {
		arguments_parse(&named, 1, words, &error);
		return report_as(STATUS_USAGE, &error);
	}
	command_help(command, stdout);
	return STATUS_DONE;
}
