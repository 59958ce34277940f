// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert doctor: what this machine and a device can do, what is lost, and what to do about it.
 */
#include "command.h"
#include "doctor/doctor.h"
#include "fail.h"
#include "live/privileges.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 3600

static const char *const level_colours[FINDING_LEVELS] = {
	[FINDING_OK] = "\033[32m",
	[FINDING_NOTE] = "",
	[FINDING_WARNING] = "\033[33m",
	[FINDING_PROBLEM] = "\033[31m",
};

static void print_finding(const struct finding *finding, bool colour)
{
	printf("%s%-7s%s  %-13s  %s\n", colour ? level_colours[finding->level] : "",
	       finding_level_names[finding->level], colour ? "\033[0m" : "", finding->subject,
	       finding->text);
	if (finding->advice[0])
		printf("%24s hint: %s\n", "", finding->advice);
}

static void print_text(const struct findings *findings)
{
	size_t problems = findings_of(findings, FINDING_PROBLEM);
	size_t warnings = findings_of(findings, FINDING_WARNING);
	bool colour = use_colour(stdout);

	for (size_t i = 0; i < findings->count; i++)
		print_finding(&findings->list[i], colour);
	printf("\n%zu problem%s, %zu warning%s\n", problems, problems == 1 ? "" : "s", warnings,
	       warnings == 1 ? "" : "s");
}

static void print_findings_json(const struct findings *findings, const char *ifname)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:o}", "level",
						finding_level_names[finding->level], "subject",
						finding->subject, "text", json_text(finding->text),
						"hint", json_text(finding->advice)));
	}
	print_json(json_pack("{s:o, s:o}", "interface", ifname ? json_text(ifname) : json_null(),
			     "findings", list));
}

static int seconds_from(const struct arguments *arguments, unsigned int *seconds,
			struct xdv_error *error)
{
	const char *text = option_value(arguments, "seconds");
	char *end;
	unsigned long value;

	*seconds = 1;
	if (!text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > SECONDS_MAX)
		return fail(error, -EINVAL, "--seconds: '%s' is no number from 0 to %d", text,
			    SECONDS_MAX);
	*seconds = (unsigned int)value;
	return 0;
}

/* What is live takes privileges to see; the rest is told to anybody. */
static void examine_interface(struct findings *findings, const struct device *device,
			      unsigned int seconds)
{
	const struct view *view = NULL;
	struct xdv_error error = {};
	struct view read = {};
	int err = privileges_check_loaded(device->name, "see what is live", &error);

	examine_device(findings, device);
	if (!err)
		err = view_read(&read, device->name, &error);
	if (!err)
		view = &read;
	if (!err || err == -ENOENT)
		examine_policy(findings, device, view);
	else
		finding_advise(
			finding_add(findings, FINDING_WARNING, "policy", "%s", error.message), "%s",
			error.hint);
	examine_by_canary(findings, device, view);
	if (seconds)
		examine_losses(findings, device, view, seconds);
	if (view)
		view_free(&read);
}

enum status cmd_doctor(const struct arguments *arguments)
{
	const char *ifname = arguments->list[0];
	struct findings findings = {};
	struct xdv_error error = {};
	struct device device = {};
	unsigned int seconds;
	enum status status;

	if (seconds_from(arguments, &seconds, &error))
		return report_as(STATUS_USAGE, &error);
	if (ifname && device_read(&device, ifname, &error))
		return report(&error);
	examine_system(&findings);
	if (option_given(arguments, "rdma"))
		examine_rdma(&findings);
	if (ifname)
		examine_interface(&findings, &device, seconds);
	if (arguments->json)
		print_findings_json(&findings, ifname);
	else
		print_text(&findings);
	status = findings_of(&findings, FINDING_PROBLEM) ? STATUS_FAILED : STATUS_DONE;
	findings_free(&findings);
	return status;
}
