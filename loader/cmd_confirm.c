// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "live/trial.h"
#include "output.h"
#include "tell.h"

#include <errno.h>
#include <jansson.h>

#define REPORT_TEXT 128

/* For people and for the log. */
static void write_report(char text[REPORT_TEXT], const struct confirm_report *report, bool revert)
{
	if (!revert)
		snprintf(text, REPORT_TEXT, "generation %u is confirmed", report->live);
	else if (report->live)
		snprintf(text, REPORT_TEXT,
			 "generation %u is out; what was before is live, as generation %u",
			 report->trial.generation, report->live);
	else
		snprintf(text, REPORT_TEXT,
			 "generation %u is out; nothing was before: no policy is live",
			 report->trial.generation);
}

enum status cmd_confirm(const struct arguments *arguments)
{
	bool revert = option_given(arguments, "revert");
	const char *ifname = arguments->list[0];
	struct confirm_report done;
	struct xdv_error error;
	char text[REPORT_TEXT];
	int err = revert ? policy_go_back(ifname, &done, &error)
			 : policy_confirm(ifname, &done, &error);

	if (done.warning[0])
		remark("%s", done.warning);
	if (err && err != -ETIMEDOUT)
		return report(&error);
	/* too late, it has cleared away what was on trial */
	write_report(text, &done, revert || err);
	tell_service(JOURNAL_INFO, ifname, err ? "confirmed too late" : "", "%s", text);
	if (err)
		return report(&error);
	if (arguments->json)
		print_json(json_pack("{s:o, s:b, s:I, s:I}", "interface", json_text(ifname),
				     "confirmed", (int)!revert, "trial",
				     (json_int_t)done.trial.generation, "generation",
				     (json_int_t)done.live));
	else
		printf("%s: %s\n", ifname, text);
	return STATUS_DONE;
}
