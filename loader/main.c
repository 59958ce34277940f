// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "output.h"

#include <signal.h>
#include <string.h>

static bool asks_for_json(int count, char **argv)
{
	for (int i = 0; i < count && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static enum status run(int count, char **argv)
{
	/* An error in the command line itself is to be JSON too. */
	bool json = asks_for_json(count, argv);
	struct arguments arguments;
	struct xdv_error error;

	output_setup(json, false);
	if (arguments_parse(&arguments, count, argv, &error))
		return report_as(STATUS_USAGE, &error);
	output_setup(arguments.json, arguments.debug);
	if (arguments.version) {
		version_print(stdout);
		return STATUS_DONE;
	}
	if (arguments.help) {
		if (arguments.command)
			command_help(arguments.command, stdout);
		else
			program_help(stdout);
		return STATUS_DONE;
	}
	return arguments.command->run(&arguments);
}

int main(int argc, char **argv)
{
	/* A reader that goes away is a write error, reported as such. */
	signal(SIGPIPE, SIG_IGN);
	return (int)output_finish(run(argc ? argc - 1 : 0, argv + (argc ? 1 : 0)));
}
