// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert dpdk-args: what a DPDK application is started with to join a live policy.
 */
#include "command.h"
#include "fail.h"
#include "live/observe.h"
#include "live/privileges.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Of the dpdk targets; DPDK finds the map of the first one only, see dpdk_target_first(). */
static int find_target(const struct view *view, const char *name, struct xdv_error *error)
{
	const struct consumer_view *target = NULL;

	for (size_t i = 0; i < view->consumer_count && !target; i++)
		if (strcmp(view->consumers[i].name, name) == 0)
			target = &view->consumers[i];
	if (!target) {
		fail(error, -ENOENT, "%s: its policy has no dpdk target '%s'", view->ifname, name);
		return fail_hint(error, -ENOENT,
				 "a policy declares it with: target %s dpdk { queues all }", name);
	}
	if (target->kind != CONSUMER_DPDK) {
		fail(error, -EINVAL, "%s: '%s' is a %s, not a dpdk target", view->ifname, name,
		     consumer_words[target->kind].noun);
		return fail_hint(error, -EINVAL,
				 "a policy declares one with: target %s dpdk { queues all }", name);
	}
	if (target == view->consumers)
		return 0;
	fail(error, -EOPNOTSUPP, "%s: DPDK finds one target of a policy, and that is '%s'",
	     view->ifname, view->consumers[0].name);
	return fail_hint(error, -EOPNOTSUPP, "declare '%s' first", name);
}

static void print_arguments(const struct view *view, const char *name, bool json)
{
	char text[128];

	snprintf(text, sizeof(text), "--vdev=net_af_xdp_%s,iface=%s,start_queue=0,queue_count=%u",
		 view->ifname, view->ifname, view->device.queues_used);
	if (json)
		print_json(json_pack("{s:o, s:s, s:[o]}", "interface", json_text(view->ifname),
				     "target", name, "arguments", json_text(text)));
	else
		printf("%s\n", text);
}

enum status cmd_dpdk_args(const struct arguments *arguments)
{
	struct xdv_error error;
	struct view view = {};
	int err = privileges_check_loaded(arguments->list[0], "see what is live", &error);

	if (!err)
		err = view_read(&view, arguments->list[0], &error);
	if (err)
		return report(&error);
	err = find_target(&view, arguments->list[1], &error);
	if (!err)
		print_arguments(&view, arguments->list[1], arguments->json);
	view_free(&view);
	return err ? report(&error) : STATUS_DONE;
}
