// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"
#include "live/features.h"

#include <inttypes.h>

static void examine_foreign(struct findings *findings, const struct device *device)
{
	enum xdp_place place = device_attached(device);

	if (place == PLACES)
		finding_add(findings, FINDING_OK, "policy",
			    "none is loaded, and no program either");
	else
		finding_advise(
			finding_add(findings, FINDING_NOTE, "policy",
				    "none is loaded; program %u, not of xdivert, is attached",
				    device->program[place]),
			"see what it is: bpftool prog show id %u", device->program[place]);
}

static void examine_mode(struct findings *findings, const struct view *view)
{
	uint64_t features = 0;

	finding_add(findings, FINDING_OK, "policy", "%.120s is live, %s, by %s",
		    view->record.policy,
		    view->live.place == PLACES ? "mode unknown" : place_names[view->live.place],
		    attach_names[view->live.kind]);
	if (view->live.place != PLACE_GENERIC || xdp_features(view->device.index, &features) ||
	    !(features & XDP_FEATURE_BASIC))
		return;
	finding_advise(finding_add(findings, FINDING_WARNING, "policy",
				   "it is in generic mode, though %s runs programs",
				   view->device.driver),
		       "see why: xdivert unload %s; xdivert load --mode native %s FILE",
		       view->ifname, view->ifname);
}

static void examine_queue(struct findings *findings, const struct consumer_view *consumer,
			  size_t number)
{
	const struct queue_view *queue = &consumer->queues[number];
	struct finding *finding;

	switch (queue->use) {
	case QUEUE_EMPTY:
	case QUEUE_SERVED:
		return;
	case QUEUE_FOREIGN:
		if (!consumer->stall)
			return;
		finding = finding_add(
			findings, FINDING_NOTE, "consumer",
			"%s: queue %s is served by a program that is not on libxdivert: if it hangs, its packets are lost",
			consumer->name, queue->name);
		finding_advise(finding, "`stall` watches apps on libxdivert only");
		return;
	case QUEUE_STALLED:
		finding = finding_add(
			findings, FINDING_PROBLEM, "consumer",
			"%s: %s (pid %" PRIu32
			") does not receive from queue %s: its packets go to the kernel",
			consumer->name, queue->command, queue->pid, queue->name);
		finding_advise(
			finding,
			"see what it waits for, or whether it keeps all frames: gdb -p %" PRIu32,
			queue->pid);
		return;
	}
}

static void examine_consumer(struct findings *findings, const struct consumer_view *consumer)
{
	size_t empty = 0, stalled = 0;

	for (size_t i = 0; i < consumer->count; i++) {
		empty += consumer->queues[i].use == QUEUE_EMPTY;
		stalled += consumer->queues[i].use == QUEUE_STALLED;
		examine_queue(findings, consumer, i);
	}
	if (empty == consumer->count)
		finding_add(findings, FINDING_NOTE, "consumer",
			    "%s: nobody serves it: its packets go to the kernel", consumer->name);
	else if (empty)
		finding_advise(
			finding_add(
				findings, FINDING_WARNING, "consumer",
				"%s: %zu of %zu queues have no socket: what arrives on them goes to the kernel",
				consumer->name, empty, consumer->count),
			"an app on libxdivert serves all queues that there are when it starts: restart it after a change of their number");
	else if (!stalled)
		finding_add(findings, FINDING_OK, "consumer", "%s: all its queues are served",
			    consumer->name);
}

void examine_policy(struct findings *findings, const struct device *device, const struct view *view)
{
	if (!view) {
		examine_foreign(findings, device);
		return;
	}
	examine_mode(findings, view);
	for (size_t i = 0; i < view->consumer_count; i++)
		examine_consumer(findings, &view->consumers[i]);
}
