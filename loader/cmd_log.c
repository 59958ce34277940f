// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert log: what has happened, as the service knows it.
 */
#include "command.h"
#include "control.h"
#include "control/journal.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(const json_t *entry, const char *ifname)
{
	const char *found = json_string_value(json_object_get(entry, "interface"));

	return !ifname || (found && strcmp(found, ifname) == 0);
}

static void print_entry(json_t *entry, const char *ifname, bool json)
{
	if (!is_wanted(entry, ifname))
		return;
	if (!json) {
		journal_print(entry, true);
		return;
	}
	json_dumpf(entry, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
}

/* Until the service ends, or who reads us does. */
static enum status follow(int fd, const char *ifname, bool json)
{
	struct xdv_error error;
	json_t *event;
	int err;

	while (!ferror(stdout)) {
		fflush(stdout);
		err = control_receive(fd, &event, NULL, NULL, -1, &error);
		if (err == -EPIPE) {
			remark("the service has ended");
			return STATUS_DONE;
		}
		if (err)
			return report(&error);
		json_object_del(event, "event");
		json_object_del(event, "version");
		print_entry(event, ifname, json);
		json_decref(event);
	}
	return STATUS_DONE;
}

static void print_all(const json_t *entries, const char *ifname, bool json)
{
	json_t *wanted = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (!json)
			print_entry(entry, ifname, false);
		else if (is_wanted(entry, ifname))
			json_array_append(wanted, entry);
	}
	if (json)
		print_json(json_pack("{s:O}", "entries", wanted));
	json_decref(wanted);
}

enum status cmd_log(const struct arguments *arguments)
{
	bool follows = option_given(arguments, "follow");
	const char *ifname = arguments->list[0];
	enum status status = STATUS_DONE;
	json_t *answer, *entries, *entry;
	struct xdv_error error;
	int err, fd = control_connect(&error);
	size_t i;

	if (fd < 0)
		return report(&error);
	err = control_ask(fd,
			  json_pack("{s:i, s:s, s:b}", "version", MESSAGE_VERSION, "request", "log",
				    "follow", follows),
			  &answer, &error);
	if (err) {
		close(fd);
		return report(&error);
	}
	entries = json_object_get(answer, "entries");
	if (follows) { /* in JSON, one object a line */
		json_array_foreach(entries, i, entry) print_entry(entry, ifname, arguments->json);
		status = follow(fd, ifname, arguments->json);
	} else {
		print_all(entries, ifname, arguments->json);
	}
	json_decref(answer);
	close(fd);
	return status;
}
