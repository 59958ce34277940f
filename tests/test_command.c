// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The command line: what is understood, and what is said where it is not. */
#include "command.h"
#include "output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 12

static struct arguments arguments;
static struct xdv_error error;
static char *words[WORDS_MAX];

/* Splits at blanks and parses; the words stay valid until the next call. */
static int parse(const char *line)
{
	static char copy[256];
	char *rest = copy, *word;
	int count = 0;

	memset(&error, 0, sizeof(error));
	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&rest, " ")) && count < WORDS_MAX - 1)
		if (*word)
			words[count++] = word;
	words[count] = NULL;
	return arguments_parse(&arguments, count, words, &error);
}

static void refused(const char *line, const char *message, const char *hint)
{
	assert_int_equal(parse(line), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.message, message);
	assert_string_equal(error.hint, hint);
}

static void command_with_arguments_is_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("load eth0 market.policy"), 0);
	assert_string_equal(arguments.command->name, "load");
	assert_int_equal(arguments.count, 2);
	assert_string_equal(arguments.list[0], "eth0");
	assert_string_equal(arguments.list[1], "market.policy");
	assert_null(arguments.list[2]);
	assert_false(option_given(&arguments, "mode"));
}

static void option_value_may_be_the_next_word_or_joined(void **state)
{
	(void)state;
	assert_int_equal(parse("load --mode native eth0 f"), 0);
	assert_string_equal(option_value(&arguments, "mode"), "native");
	assert_int_equal(parse("load eth0 --mode=generic f"), 0);
	assert_string_equal(option_value(&arguments, "mode"), "generic");
	assert_int_equal(arguments.count, 2);
	assert_int_equal(parse("compile -o out.o f"), 0);
	assert_string_equal(option_value(&arguments, "output"), "out.o");
	assert_int_equal(parse("compile f -oout.o"), 0);
	assert_string_equal(option_value(&arguments, "output"), "out.o");
}

static void option_behind_the_arguments_is_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("check f --json"), 0);
	assert_true(arguments.json);
	assert_true(option_given(&arguments, "json"));
}

static void json_before_the_command_is_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("--json check f"), 0);
	assert_true(arguments.json);
}

static void double_dash_ends_options(void **state)
{
	(void)state;
	assert_int_equal(parse("check -- --json"), 0);
	assert_false(arguments.json);
	assert_string_equal(arguments.list[0], "--json");
}

static void single_dash_is_an_argument(void **state)
{
	(void)state;
	assert_int_equal(parse("check -"), 0);
	assert_string_equal(arguments.list[0], "-");
}

static void debug_is_taken_by_every_command(void **state)
{
	(void)state;
	for (const struct command *command = command_table; command->name; command++) {
		char line[64];

		snprintf(line, sizeof(line), "%s --debug --help", command->name);
		assert_int_equal(parse(line), 0);
		assert_true(arguments.debug);
		assert_true(arguments.help);
	}
}

static void help_asks_for_no_arguments(void **state)
{
	(void)state;
	assert_int_equal(parse("load --help"), 0);
	assert_true(arguments.help);
	assert_int_equal(parse("load -h"), 0);
	assert_true(arguments.help);
	assert_int_equal(parse("--help"), 0);
	assert_null(arguments.command);
	assert_int_equal(parse("--version"), 0);
	assert_true(arguments.version);
}

static void unknown_command_names_the_nearest(void **state)
{
	(void)state;
	refused("lod eth0 f", "no such command: 'lod'",
		"did you mean `load`? `xdivert help` lists the commands");
	refused("xyzzy", "no such command: 'xyzzy'", "`xdivert help` lists the commands");
}

static void unknown_option_names_the_nearest(void **state)
{
	(void)state;
	refused("load --moed native eth0 f", "load: no such option: '--moed'",
		"did you mean `--mode`?");
	refused("check f -x", "check: no such option: '-x'",
		"`xdivert help check` shows how it is used");
	refused("--jsno", "no such option: '--jsno'", "`xdivert help` lists the commands");
}

static void value_outside_the_choices_lists_them(void **state)
{
	(void)state;
	refused("load eth0 f --mode nativ",
		"--mode: expected one of auto, native, generic, found 'nativ'",
		"did you mean `native`?");
}

static void missing_value_is_an_error(void **state)
{
	(void)state;
	refused("load eth0 f --mode", "--mode: expected MODE, found the end of the line",
		"`xdivert help load` shows how it is used");
}

static void value_for_a_flag_is_an_error(void **state)
{
	(void)state;
	refused("check f --json=yes", "--json takes no value, found 'yes'", "");
}

static void number_of_arguments_is_checked(void **state)
{
	(void)state;
	refused("load eth0", "load: expected IFACE[,IFACE...] FILE|OBJECT, found 1 argument",
		"`xdivert help load` shows how it is used");
	refused("unload eth0 eth1", "unload: one argument too many: 'eth1'",
		"`xdivert help unload` shows how it is used");
	refused("", "expected a command", "`xdivert help` lists the commands");
	assert_int_equal(parse("show"), 0);
	assert_int_equal(parse("explain f hex 0011 2233 4455"), 0);
	assert_int_equal(arguments.count, 5);
}

static void every_option_fits_the_table_of_values(void **state)
{
	(void)state;
	for (const struct command *command = command_table; command->name; command++) {
		size_t count = 0;

		while (command->options && command->options[count].name)
			count++;
		assert_true(count <= COMMAND_OPTIONS_MAX);
		assert_non_null(command->run);
		assert_non_null(command->summary);
	}
}

static char *text_of_help(const struct command *command)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (command)
		command_help(command, out);
	else
		program_help(out);
	fclose(out);
	return text;
}

static void help_names_every_command_and_option(void **state)
{
	char *all = text_of_help(NULL);

	(void)state;
	for (const struct command *command = command_table; command->name; command++) {
		char *text = text_of_help(command), name[64];

		assert_non_null(strstr(all, command->summary));
		assert_non_null(strstr(text, command->synopsis));
		for (size_t i = 0; command->options && command->options[i].name; i++) {
			snprintf(name, sizeof(name), "--%s", command->options[i].name);
			assert_non_null(strstr(text, name));
		}
		free(text);
	}
	free(all);
}

static void status_follows_from_errno(void **state)
{
	(void)state;
	assert_int_equal(status_from_errno(0), STATUS_DONE);
	assert_int_equal(status_from_errno(-ENOENT), STATUS_FAILED);
	assert_int_equal(status_from_errno(-EBUSY), STATUS_FAILED);
	assert_int_equal(status_from_errno(-EPERM), STATUS_UNSUPPORTED);
	assert_int_equal(status_from_errno(-EOPNOTSUPP), STATUS_UNSUPPORTED);
	assert_int_equal(status_from_errno(-524), STATUS_UNSUPPORTED);
	assert_int_equal(status_from_errno(-EBADMSG), STATUS_REJECTED);
	assert_string_equal(errno_name(-EPERM), "EPERM");
	assert_string_equal(errno_name(-524), "ENOTSUPP");
	assert_string_equal(errno_name(-99999), "error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_with_arguments_is_understood),
		cmocka_unit_test(option_value_may_be_the_next_word_or_joined),
		cmocka_unit_test(option_behind_the_arguments_is_understood),
		cmocka_unit_test(json_before_the_command_is_understood),
		cmocka_unit_test(double_dash_ends_options),
		cmocka_unit_test(single_dash_is_an_argument),
		cmocka_unit_test(debug_is_taken_by_every_command),
		cmocka_unit_test(help_asks_for_no_arguments),
		cmocka_unit_test(unknown_command_names_the_nearest),
		cmocka_unit_test(unknown_option_names_the_nearest),
		cmocka_unit_test(value_outside_the_choices_lists_them),
		cmocka_unit_test(missing_value_is_an_error),
		cmocka_unit_test(value_for_a_flag_is_an_error),
		cmocka_unit_test(number_of_arguments_is_checked),
		cmocka_unit_test(every_option_fits_the_table_of_values),
		cmocka_unit_test(help_names_every_command_and_option),
		cmocka_unit_test(status_follows_from_errno),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
