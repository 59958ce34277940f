// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "said.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/wait.h>

const char *said_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

void said_reason(char reason[SAID_REASON], const json_t *report, int status)
{
	const json_t *error = json_object_get(report, "error");

	if (error)
		snprintf(reason, SAID_REASON, "%s%s%s", said_text(error, "message"),
			 *said_text(error, "hint") ? "; " : "", said_text(error, "hint"));
	else if (WIFSIGNALED(status))
		snprintf(reason, SAID_REASON, "it was ended by signal %d", WTERMSIG(status));
	else
		snprintf(reason, SAID_REASON, "it ended with status %d and said nothing",
			 WEXITSTATUS(status));
}
