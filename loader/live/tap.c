// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "tap.h"

#include "fail.h"
#include "pcapng.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int open_policy(struct tap *tap, struct xdv_error *error)
{
	int err = view_read(&tap->view, tap->ifname, error);

	if (err)
		return err;
	err = samples_open_live(&tap->samples, tap->ifname, tap->handler, tap->context, error);
	if (err)
		view_free(&tap->view);
	else if (samples_lost(tap->samples, &tap->before))
		tap->before = 0;
	return err;
}

static void close_policy(struct tap *tap)
{
	tap->lost = tap_lost(tap);
	samples_close(&tap->samples);
	view_free(&tap->view);
}

int tap_open(struct tap *tap, const char *ifname, samples_handler handler, void *context,
	     struct xdv_error *error)
{
	*tap = (struct tap){
		.handler = handler,
		.context = context,
		.to_realtime = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
	};
	snprintf(tap->ifname, sizeof(tap->ifname), "%s", ifname);
	return open_policy(tap, error);
}

void tap_close(struct tap *tap)
{
	if (tap->samples)
		close_policy(tap);
}

/* The interface may have gone and come back, and count its generations anew. */
static bool is_replaced(const struct tap *tap)
{
	struct device device;
	struct live live;

	return !device_read(&device, tap->ifname, NULL) && !live_find(&live, &device, NULL) &&
	       live.kind != ATTACH_NONE &&
	       (live.generation != tap->view.live.generation ||
		live.program != tap->view.live.program);
}

int tap_follow(struct tap *tap, struct xdv_error *error)
{
	int n;

	if (!is_replaced(tap))
		return 0;
	n = samples_read(tap->samples, 0);
	close_policy(tap);
	if (n >= 0)
		n = open_policy(tap, error);
	return n < 0 ? n : 1;
}

uint64_t tap_lost(const struct tap *tap)
{
	uint64_t lost = 0;

	if (!tap->samples || samples_lost(tap->samples, &lost))
		return tap->lost;
	return tap->lost + lost - tap->before;
}

int tap_check_rule(const struct tap *tap, const char *rule, struct xdv_error *error)
{
	const struct policy *policy = tap->view.policy;

	for (size_t i = 0; i <= policy->rule_count; i++)
		if (strcmp(policy_rule_name(policy, i), rule) == 0)
			return 0;
	fail(error, -ENOENT, "%s: no rule `%.60s` in its policy", tap->ifname, rule);
	return fail_hint(error, -ENOENT, "`xdivert show %s` lists them", tap->ifname);
}

const char *tap_rule(const struct tap *tap, const struct xdv_sample *sample)
{
	if (sample->rule > tap->view.policy->rule_count || sample->captured > sizeof(sample->bytes))
		return NULL;
	return policy_rule_name(tap->view.policy, sample->rule);
}

int tap_write(const struct tap *tap, FILE *file, const struct xdv_sample *sample)
{
	const struct policy *policy = tap->view.policy;
	char comment[192], action[ACTION_TEXT];

	action_format(action, sizeof(action), policy_action(policy, sample->rule));
	snprintf(comment, sizeof(comment), "rule %s => %s, queue %" PRIu32,
		 policy_rule_name(policy, sample->rule), action, sample->queue);
	return pcapng_packet_cut(file, (uint64_t)((int64_t)sample->time + tap->to_realtime),
				 sample->bytes, sample->captured, sample->length, comment);
}
