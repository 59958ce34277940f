// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "live/trial.h"
#include "output.h"

#include <jansson.h>

static void print_report(const char *ifname, const struct confirm_report *report, bool revert)
{
	if (!revert)
		printf("%s: generation %u is confirmed\n", ifname, report->live);
	else if (report->live)
		printf("%s: generation %u is out; what was before is live, as generation %u\n",
		       ifname, report->trial.generation, report->live);
	else
		printf("%s: generation %u is out; nothing was before: no policy is live\n", ifname,
		       report->trial.generation);
}

enum status cmd_confirm(const struct arguments *arguments)
{
	bool revert = option_given(arguments, "revert");
	const char *ifname = arguments->list[0];
	struct confirm_report done;
	struct xdv_error error;
	int err = revert ? policy_go_back(ifname, &done, &error)
			 : policy_confirm(ifname, &done, &error);

	if (done.warning[0])
		remark("what is left of generation %u can't be cleared away: %s",
		       done.trial.generation, done.warning);
	if (err)
		return report(&error);
	if (arguments->json)
		print_json(json_pack("{s:o, s:b, s:I, s:I}", "interface", json_text(ifname),
				     "confirmed", (int)!revert, "trial",
				     (json_int_t)done.trial.generation, "generation",
				     (json_int_t)done.live));
	else
		print_report(ifname, &done, revert);
	return STATUS_DONE;
}
