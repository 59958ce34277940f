// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "live/privileges.h"
#include "output.h"
#include "show.h"
#include "storage_show.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Shows one, or adds it to the JSON list. */
static int show_one(const char *ifname, json_t *list, struct xdv_error *error)
{
	struct view view;
	int err = view_read(&view, ifname, error);

	if (err)
		return err;
	if (list)
		json_array_append_new(list, show_json(&view));
	else
		show_text(&view, stdout);
	view_free(&view);
	return 0;
}

/*
 * What is kept of an interface where nothing is live is no reason to hide the others. Counts those
 * that are shown.
 */
static enum status show_interfaces(json_t *list, size_t *shown)
{
	char(*names)[IF_NAMESIZE] = NULL;
	size_t count = 0;
	struct xdv_error error;
	int err = interfaces_list(&names, &count);

	if (err)
		return report_errno(err, "bpffs", "run as root, for example with sudo");
	for (size_t i = 0; i < count; i++) {
		if (*shown && !list)
			putchar('\n');
		err = show_one(names[i], list, &error);
		if (!err)
			(*shown)++;
		else if (err == -ENODEV)
			remark("%s: the interface is gone; `xdivert unload %s` removes what is left of its policy",
			       names[i], names[i]);
		else
			remark("%s", error.message);
	}
	free(names);
	if (!*shown && !list)
		puts("no policy is loaded on any interface of this network namespace");
	return STATUS_DONE;
}

/* And, as it belongs to no interface, what storage is served on this machine. */
static enum status show_all(json_t *value, json_t *list)
{
	size_t shown = 0;
	enum status status = show_interfaces(list, &shown);
	int count;

	if (status != STATUS_DONE)
		return status;
	count = list ? storage_json(value) : storage_text(true);
	return count < 0 ? report_errno(count, "/run/xdivert/storage", NULL) : STATUS_DONE;
}

enum status cmd_show(const struct arguments *arguments)
{
	const char *ifname = arguments->list[0];
	json_t *value = arguments->json ? json_pack("{s:[]}", "interfaces") : NULL;
	json_t *list = json_object_get(value, "interfaces");
	enum status status = STATUS_DONE;
	struct xdv_error error;

	if (privileges_check_loaded(ifname ? ifname : "show", "see what is live", &error))
		status = report(&error);
	else if (!ifname)
		status = show_all(value, list);
	else if (show_one(ifname, list, &error))
		status = report(&error);
	if (status == STATUS_DONE && value)
		print_json(json_incref(value));
	json_decref(value);
	return status;
}
