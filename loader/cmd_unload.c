// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "interfaces.h"
#include "output.h"
#include "tell.h"

#include <jansson.h>

static json_t *done_json(const char *ifname, uint32_t generation)
{
	return json_pack("{s:o, s:I}", "interface", json_text(ifname), "unloaded",
			 (json_int_t)generation);
}

/* One is an object, several are a list of such. */
static void print_done_json(const struct interfaces *interfaces, const uint32_t *generations)
{
	json_t *list = json_array();

	for (size_t i = 0; i < interfaces->count; i++)
		json_array_append_new(list, done_json(interfaces->names[i], generations[i]));
	if (interfaces->count == 1)
		print_json(json_incref(json_array_get(list, 0)));
	else
		print_json(json_pack("{s:O}", "interfaces", list));
	json_decref(list);
}

static void print_done(const char *ifname, uint32_t generation)
{
	if (generation)
		printf("%s: the policy is off (it was generation %u)\n", ifname, generation);
	else
		printf("%s: what was left of a policy is removed\n", ifname);
}

static void tell(const char *ifname, uint32_t generation)
{
	char reason[48];

	snprintf(reason, sizeof(reason), "it was generation %u", generation);
	tell_service(JOURNAL_INFO, ifname, generation ? reason : "", "%s",
		     generation ? "the policy is off" : "what was left of a policy is removed");
}

enum status cmd_unload(const struct arguments *arguments)
{
	uint32_t generations[LOAD_INTERFACES_MAX + 1] = {};
	struct interfaces interfaces = {};
	struct xdv_error error;
	size_t done;
	int err;

	interfaces_split(&interfaces, arguments->list[0]);
	err = policy_unload_together(interfaces.names, interfaces.count, generations, &done,
				     &error);
	for (size_t i = 0; i < done; i++) {
		if (!arguments->json)
			print_done(interfaces.names[i], generations[i]);
		tell(interfaces.names[i], generations[i]);
	}
	if (err)
		return report(&error);
	if (arguments->json)
		print_done_json(&interfaces, generations);
	return STATUS_DONE;
}
