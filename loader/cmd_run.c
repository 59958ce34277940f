// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "control/service.h"

enum status cmd_run(const struct arguments *arguments)
{
	struct service_options options = {
		.sqpoll = option_given(arguments, "sqpoll"),
		.metrics = option_value(arguments, "metrics"),
	};

	return service_run(arguments->list, arguments->count, &options);
}
