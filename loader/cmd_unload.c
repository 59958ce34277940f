// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "live/load.h"
#include "output.h"

#include <jansson.h>

enum status cmd_unload(const struct arguments *arguments)
{
	const char *ifname = arguments->list[0];
	struct xdv_error error;
	uint32_t generation;

	if (policy_unload(ifname, &generation, &error))
		return report(&error);
	if (arguments->json)
		print_json(json_pack("{s:o, s:i}", "interface", json_text(ifname), "unloaded",
				     (int)generation));
	else if (generation)
		printf("%s: the policy is off (it was generation %u)\n", ifname, generation);
	else
		printf("%s: what was left of a policy is removed\n", ifname);
	return STATUS_DONE;
}
