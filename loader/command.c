// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"

#include "diag.h"
#include "fail.h"

#include <errno.h>
#include <string.h>

#define NAMES_MAX 32

const struct command *command_find(const char *name)
{
	for (const struct command *command = command_table; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static const char *nearest_command(const char *name)
{
	const char *names[NAMES_MAX];
	size_t count = 0;

	for (const struct command *command = command_table; command->name; command++)
		if (count < NAMES_MAX)
			names[count++] = command->name;
	return nearest_name(name, names, count);
}

static size_t option_names(const struct command_option *options, const char **names, size_t count)
{
	for (; options && options->name && count < NAMES_MAX; options++)
		names[count++] = options->name;
	return count;
}

static const char *nearest_option(const struct command *command, const char *name)
{
	const char *names[NAMES_MAX];
	size_t count = option_names(common_options, names, 0);

	if (command)
		count = option_names(command->options, names, count);
	return nearest_name(name, names, count);
}

static const struct command_option *option_find(const struct command_option *options,
						const char *name, size_t length)
{
	for (; options && options->name; options++)
		if (strlen(options->name) == length && memcmp(options->name, name, length) == 0)
			return options;
	return NULL;
}

static const struct command_option *option_by_letter(const struct command_option *options,
						     char letter)
{
	for (; options && options->name; options++)
		if (options->letter && options->letter == letter)
			return options;
	return NULL;
}

const char *option_value(const struct arguments *arguments, const char *name)
{
	const struct command_option *options = arguments->command->options;
	const struct command_option *option = option_find(options, name, strlen(name));

	return option ? arguments->values[option - options] : NULL;
}

bool option_given(const struct arguments *arguments, const char *name)
{
	return option_value(arguments, name) != NULL;
}

static int hint_help(struct xdv_error *error, const struct command *command)
{
	if (!command)
		return fail_hint(error, -EINVAL, "`xdivert help` lists the commands");
	return fail_hint(error, -EINVAL, "`xdivert help %s` shows how it is used", command->name);
}

static int unknown_command(const char *name, struct xdv_error *error)
{
	const char *near = nearest_command(name);

	fail(error, -EINVAL, "no such command: '%s'", name);
	if (!near)
		return hint_help(error, NULL);
	return fail_hint(error, -EINVAL, "did you mean `%s`? `xdivert help` lists the commands",
			 near);
}

static int unknown_option(const struct command *command, const char *text, struct xdv_error *error)
{
	const char *name = text + strspn(text, "-");
	const char *near = nearest_option(command, name);

	fail(error, -EINVAL, "%s%sno such option: '%s'", command ? command->name : "",
	     command ? ": " : "", text);
	if (!near)
		return hint_help(error, command);
	return fail_hint(error, -EINVAL, "did you mean `--%s`?", near);
}

static int check_choice(const struct command_option *option, const char *value,
			struct xdv_error *error)
{
	char list[128] = "";
	size_t length = 0, count = 0;

	if (!option->choices)
		return 0;
	for (; option->choices[count]; count++) {
		if (strcmp(option->choices[count], value) == 0)
			return 0;
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   count ? ", " : "", option->choices[count]);
		if (length >= sizeof(list))
			length = sizeof(list) - 1;
	}
	fail(error, -EINVAL, "--%s: expected one of %s, found '%s'", option->name, list, value);
	if (nearest_name(value, option->choices, count))
		fail_hint(error, -EINVAL, "did you mean `%s`?",
			  nearest_name(value, option->choices, count));
	return -EINVAL;
}

/* Where the parser is; `next` is the index of the word behind the current one. */
struct scan {
	struct arguments *arguments;
	char **argv;
	int count;
	int next;
};

static int set_common(struct arguments *arguments, const struct command_option *option)
{
	if (strcmp(option->name, "help") == 0)
		arguments->help = true;
	else if (strcmp(option->name, "debug") == 0)
		arguments->debug = true;
	return 0;
}

/* `value` is what was joined to the option (`--mode=native`, `-oFILE`), or NULL. */
static int set_option(struct scan *scan, const struct command_option *option, const char *value,
		      struct xdv_error *error)
{
	struct arguments *arguments = scan->arguments;

	if (!option->value && value)
		return fail(error, -EINVAL, "--%s takes no value, found '%s'", option->name, value);
	if (option->value && !value) {
		if (scan->next >= scan->count) {
			fail(error, -EINVAL, "--%s: expected %s, found the end of the line",
			     option->name, option->value);
			return hint_help(error, arguments->command);
		}
		value = scan->argv[scan->next++];
	}
	if (!option->value) {
		value = "";
		if (strcmp(option->name, "json") == 0)
			arguments->json = true;
	}
	arguments->values[option - arguments->command->options] = value;
	return check_choice(option, value, error);
}

static int parse_long(struct scan *scan, const char *text, struct xdv_error *error)
{
	struct arguments *arguments = scan->arguments;
	const struct command *command = arguments->command;
	const char *name = text + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const struct command_option *option;

	option = option_find(common_options, name, length);
	if (option && !equals)
		return set_common(arguments, option);
	if (!command && strcmp(name, "version") == 0) {
		arguments->version = true;
		return 0;
	}
	if (!command && strcmp(name, "json") == 0) { /* before the command: for its errors too */
		arguments->json = true;
		return 0;
	}
	option = command ? option_find(command->options, name, length) : NULL;
	if (!option)
		return unknown_option(command, text, error);
	return set_option(scan, option, equals ? equals + 1 : NULL, error);
}

static int parse_short(struct scan *scan, const char *text, struct xdv_error *error)
{
	const struct command *command = scan->arguments->command;
	const struct command_option *option = option_by_letter(common_options, text[1]);

	if (option && !text[2])
		return set_common(scan->arguments, option);
	option = command ? option_by_letter(command->options, text[1]) : NULL;
	if (!option)
		return unknown_option(command, text, error);
	return set_option(scan, option, text[2] ? text + 2 : NULL, error);
}

static int parse_word(struct scan *scan, char *text, struct xdv_error *error)
{
	struct arguments *arguments = scan->arguments;

	if (text[0] == '-' && text[1] == '-')
		return parse_long(scan, text, error);
	if (text[0] == '-' && text[1])
		return parse_short(scan, text, error);
	if (!arguments->command) {
		arguments->command = command_find(text);
		return arguments->command ? 0 : unknown_command(text, error);
	}
	arguments->list[arguments->count++] = text;
	return 0;
}

static int check_count(const struct arguments *arguments, struct xdv_error *error)
{
	const struct command *command = arguments->command;

	if (!command) {
		fail(error, -EINVAL, "expected a command");
	} else if (arguments->count < command->arguments_min) {
		fail(error, -EINVAL, "%s: expected %s, found %zu argument%s", command->name,
		     command->synopsis, arguments->count, arguments->count == 1 ? "" : "s");
	} else if (arguments->count > command->arguments_max) {
		fail(error, -EINVAL, "%s: one argument too many: '%s'", command->name,
		     arguments->list[command->arguments_max]);
	} else {
		return 0;
	}
	return hint_help(error, command);
}

int arguments_parse(struct arguments *arguments, int count, char **argv, struct xdv_error *error)
{
	struct scan scan = {.arguments = arguments, .argv = argv, .count = count};
	bool options_end = false;
	int err = 0;

	/* The positional arguments move to the front: never further than what was read. */
	*arguments = (struct arguments){.list = argv};
	while (!err && scan.next < count) {
		char *text = argv[scan.next++];

		if (options_end && arguments->command)
			arguments->list[arguments->count++] = text;
		else if (strcmp(text, "--") == 0)
			options_end = true;
		else
			err = parse_word(&scan, text, error);
	}
	arguments->list[arguments->count] = NULL;
	if (err)
		return err;
	if (arguments->help || arguments->version)
		return 0;
	return check_count(arguments, error);
}
