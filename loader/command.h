/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The command table: one row a subcommand. Parsing, `--help`, `help COMMAND` and the suggestions
 * for mistyped names all come from it.
 */
#ifndef XDIVERT_COMMAND_H
#define XDIVERT_COMMAND_H

#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a command gives back, and the process's exit status. */
enum status {
	STATUS_DONE,
	STATUS_FAILED,
	STATUS_USAGE,
	STATUS_REJECTED, /* the policy has errors */
	STATUS_UNSUPPORTED, /* this kernel or device, or who runs us, cannot do it */
	STATUS_DIFFERENT, /* done, and there is a difference, which was asked about */
};

struct command_option {
	const char *name; /* without the dashes */
	char letter; /* of the short form, 0 if there is none */
	const char *value; /* what its value is called in the help; NULL: takes none */
	const char *const *choices; /* the values it may have, ends with NULL; NULL: any */
	const char *help;
};

#define COMMAND_OPTIONS_MAX 8

struct arguments;

struct command {
	const char *name;
	const char *summary; /* one line, no full stop */
	const char *synopsis; /* of the positional arguments; "" if there are none */
	size_t arguments_min, arguments_max;
	const struct command_option *options; /* ends with a NULL name; may be NULL */
	const char *details; /* more for `--help`, whole lines; may be NULL */
	enum status (*run)(const struct arguments *arguments);
};

/* Ends with a NULL name. */
extern const struct command command_table[];

/* The options that every command takes. */
extern const struct command_option common_options[];

/*
 * A parsed command line. Strings are borrowed from argv. `list` ends with a NULL, so that
 * `list[count]` is a valid "not given".
 */
struct arguments {
	const struct command *command; /* NULL: only --help or --version was given */
	char **list;
	size_t count;
	const char *values[COMMAND_OPTIONS_MAX]; /* by option; "" for a given one without a value */
	bool json, debug, help, version;
};

/*
 * Parses argv (without argv[0], `count` entries and a NULL, which are moved about). Options may
 * stand anywhere, `--` ends them, `-` is an argument. -EINVAL: usage, `error` says what.
 */
int arguments_parse(struct arguments *arguments, int count, char **argv, struct xdv_error *error);

/* The value of an option of the command ("" for one without), NULL if it was not given. */
const char *option_value(const struct arguments *arguments, const char *name);
bool option_given(const struct arguments *arguments, const char *name);

const struct command *command_find(const char *name);
void command_help(const struct command *command, FILE *out);
void program_help(FILE *out);
void version_print(FILE *out);

/* One each, in cmd_*.c. */
enum status cmd_capture(const struct arguments *arguments);
enum status cmd_check(const struct arguments *arguments);
enum status cmd_compile(const struct arguments *arguments);
enum status cmd_confirm(const struct arguments *arguments);
enum status cmd_doctor(const struct arguments *arguments);
enum status cmd_dpdk_args(const struct arguments *arguments);
enum status cmd_explain(const struct arguments *arguments);
enum status cmd_flow(const struct arguments *arguments);
enum status cmd_help(const struct arguments *arguments);
enum status cmd_load(const struct arguments *arguments);
enum status cmd_log(const struct arguments *arguments);
enum status cmd_run(const struct arguments *arguments);
enum status cmd_plan(const struct arguments *arguments);
enum status cmd_memnode(const struct arguments *arguments);
enum status cmd_set(const struct arguments *arguments);
enum status cmd_show(const struct arguments *arguments);
enum status cmd_storage(const struct arguments *arguments);
enum status cmd_test(const struct arguments *arguments);
enum status cmd_top(const struct arguments *arguments);
enum status cmd_unload(const struct arguments *arguments);
enum status cmd_watch(const struct arguments *arguments);

#endif
