// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert capture: the samples that rules take, as pcapng, whatever becomes of the packets.
 */
#include "command.h"
#include "fail.h"
#include "live/observe.h"
#include "live/privileges.h"
#include "live/samples.h"
#include "output.h"
#include "pcapng.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How often it looks whether another policy is live, whose samples are in a ring of its own. */
#define LOOK_MS 500

struct capturing {
	const char *ifname, *rule; /* rule: NULL for all */
	const char *path;
	FILE *file;
	struct view view; /* of the policy whose samples are read: for the names of rules */
	struct samples *samples;
	uint64_t count, limit, lost; /* limit 0: none; lost: of the policies before */
	int64_t to_realtime; /* ns between the clocks */
};

static volatile sig_atomic_t running = 1;

static void end(int number)
{
	(void)number;
	running = 0;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool has_rule(const struct view *view, const char *name)
{
	for (size_t i = 0; i <= view->policy->rule_count; i++)
		if (strcmp(policy_rule_name(view->policy, i), name) == 0)
			return true;
	return false;
}

static int take(void *context, const struct xdv_sample *sample)
{
	struct capturing *capturing = context;
	const struct policy *policy = capturing->view.policy;
	char comment[192], action[ACTION_TEXT];
	const char *rule;

	if (sample->rule > policy->rule_count || sample->captured > sizeof(sample->bytes))
		return -EBADMSG;
	rule = policy_rule_name(policy, sample->rule);
	if (capturing->rule && strcmp(rule, capturing->rule) != 0)
		return 0;
	action_format(action, sizeof(action), policy_action(policy, sample->rule));
	snprintf(comment, sizeof(comment), "rule %s => %s, queue %" PRIu32, rule, action,
		 sample->queue);
	if (pcapng_packet_cut(capturing->file,
			      (uint64_t)((int64_t)sample->time + capturing->to_realtime),
			      sample->bytes, sample->captured, sample->length, comment))
		return -EIO;
	capturing->count++;
	return capturing->limit && capturing->count >= capturing->limit ? -ECANCELED : 0;
}

static void close_policy(struct capturing *capturing)
{
	uint64_t lost = 0;

	if (capturing->samples && samples_lost(capturing->samples, &lost) == 0)
		capturing->lost += lost;
	samples_close(&capturing->samples);
	view_free(&capturing->view);
}

static int open_policy(struct capturing *capturing, struct xdv_error *error)
{
	int err = view_read(&capturing->view, capturing->ifname, error);

	if (err)
		return err;
	if (capturing->rule && !has_rule(&capturing->view, capturing->rule)) {
		err = fail(error, -ENOENT, "%s: no rule `%s` in its policy", capturing->ifname,
			   capturing->rule);
		fail_hint(error, err, "`xdivert show %s` lists them", capturing->ifname);
	}
	if (!err)
		err = samples_open_live(&capturing->samples, capturing->ifname, take, capturing,
					error);
	if (err)
		view_free(&capturing->view);
	return err;
}

static bool is_replaced(const struct capturing *capturing)
{
	struct device device;
	struct live live;

	return !device_read(&device, capturing->ifname, NULL) && !live_find(&live, &device, NULL) &&
	       live.kind != ATTACH_NONE && live.generation != capturing->view.live.generation;
}

/* What is still in the ring of a policy that is replaced is taken before it is let go. */
static int follow_policy(struct capturing *capturing, struct xdv_error *error)
{
	int n;

	if (!is_replaced(capturing))
		return 0;
	n = samples_read(capturing->samples, 0);
	if (n < 0)
		return n;
	close_policy(capturing);
	return open_policy(capturing, error);
}

static int capture_all(struct capturing *capturing, struct xdv_error *error)
{
	int n = 0;

	error->code = 0;
	while (running && n >= 0) {
		n = samples_read(capturing->samples, LOOK_MS);
		if (n > 0 && fflush(capturing->file))
			n = -EIO;
		if (n == 0)
			n = follow_policy(capturing, error);
	}
	if (n >= 0 && capturing->samples) /* what was there when it was to end */
		n = samples_read(capturing->samples, 0);
	return n == -ECANCELED || n > 0 ? 0 : n;
}

static enum status open_file(struct capturing *capturing)
{
	struct xdv_error error;

	if (strcmp(capturing->path, "-") == 0) {
		capturing->file = stdout;
		if (isatty(STDOUT_FILENO)) {
			fail(&error, -EINVAL, "pcapng is not for a terminal");
			fail_hint(&error, -EINVAL, "redirect it, or name a file with -o");
			return report_as(STATUS_USAGE, &error);
		}
	} else {
		capturing->file = fopen(capturing->path, "we");
	}
	if (!capturing->file ||
	    pcapng_start(capturing->file, "xdivert " XDIVERT_VERSION, capturing->ifname) ||
	    fflush(capturing->file))
		return report_errno(-errno, capturing->path, NULL);
	return STATUS_DONE;
}

static enum status run(struct capturing *capturing)
{
	struct xdv_error error = {};
	enum status status = open_file(capturing);
	int err;

	if (status != STATUS_DONE)
		return status;
	signal(SIGINT, end);
	signal(SIGTERM, end);
	err = capture_all(capturing, &error);
	close_policy(capturing);
	if (fflush(capturing->file) && !err)
		err = -EIO;
	if (capturing->file != stdout)
		fclose(capturing->file);
	remark("%" PRIu64 " packets captured, %" PRIu64 " lost", capturing->count, capturing->lost);
	if (error.code)
		return report(&error);
	return err ? report_errno(err, err == -EIO ? capturing->path : capturing->ifname, NULL)
		   : STATUS_DONE;
}

enum status cmd_capture(const struct arguments *arguments)
{
	const char *count = option_value(arguments, "count");
	const char *path = option_value(arguments, "output");
	struct capturing capturing = {
		.ifname = arguments->list[0],
		.rule = arguments->list[1],
		.path = path ? path : "-",
		.to_realtime = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
	};
	struct xdv_error error;
	char *rest;

	if (count) {
		capturing.limit = strtoull(count, &rest, 10);
		if (*rest || !capturing.limit || *count == '-') {
			fail(&error, -EINVAL, "--count: expected a number of packets, found '%s'",
			     count);
			return report_as(STATUS_USAGE, &error);
		}
	}
	if (privileges_check_loaded(capturing.ifname, "capture its samples", &error) ||
	    open_policy(&capturing, &error))
		return report(&error);
	return run(&capturing);
}
