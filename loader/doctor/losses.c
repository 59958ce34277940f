// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"
#include "live/device_counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * Counters of a receive queue that go up for each packet that a program diverted and that no socket
 * took. A socket that is bound to another queue than that of the packet counts nothing itself.
 */
static const struct {
	const char *driver;
	const char *name; /* with the number of the queue */
} divert_failures[] = {
	{"veth", "rx_queue_%u_drops"},
};

/* Parts of the names of what drivers count as lost. */
static const char *const loss_words[] = {
	"drop", "discard", "miss", "no_buf", "nobuf", "overrun", "overflow", "error", "fifo",
};

/* Not lost: a policy's rules said so, and count them. */
static const char *const verdict_words[] = {"xdp_drop"};

static bool has_word(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static bool counts_losses(const char *name)
{
	return has_word(name, loss_words, sizeof(loss_words) / sizeof(loss_words[0])) &&
	       !has_word(name, verdict_words, sizeof(verdict_words) / sizeof(verdict_words[0]));
}

/* By the name of its counter, where the driver's is known; false otherwise. */
static bool divert_failure_name(char name[33], const char *driver, unsigned int queue)
{
	for (size_t i = 0; i < sizeof(divert_failures) / sizeof(divert_failures[0]); i++) {
		if (strcmp(divert_failures[i].driver, driver) != 0)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* of the table above */
		snprintf(name, 33, divert_failures[i].name, queue);
#pragma GCC diagnostic pop
		return true;
	}
	return false;
}

static bool is_divert_failure(const struct device *device, const char *counter)
{
	char name[33];

	for (unsigned int queue = 0; queue < device->queues; queue++)
		if (divert_failure_name(name, device->driver, queue) && strcmp(name, counter) == 0)
			return true;
	return false;
}

/* The same queue, of the same process, a while ago; NULL if there was none. */
static const struct queue_view *earlier_queue(const struct view *before, const char *consumer,
					      size_t number, const struct queue_view *now)
{
	for (size_t i = 0; i < before->consumer_count; i++) {
		const struct consumer_view *candidate = &before->consumers[i];

		if (strcmp(candidate->name, consumer) == 0 && number < candidate->count &&
		    candidate->queues[number].pid == now->pid)
			return &candidate->queues[number];
	}
	return NULL;
}

/* One cause, with what an operator can do about it. */
static void report(struct findings *findings, const char *consumer, const char *queue,
		   uint64_t count, const char *cause, const char *advice)
{
	if (!count)
		return;
	finding_advise(finding_add(findings, FINDING_PROBLEM, "losses",
				   "%s: queue %s lost %" PRIu64 " packets just now: %s", consumer,
				   queue, count, cause),
		       "%s", advice);
}

static void report_socket(struct findings *findings, const char *consumer, const char *queue,
			  const struct losses *was, const struct losses *is)
{
	report(findings, consumer, queue, is->ring_full - was->ring_full,
	       "its ring is full: the app receives too slowly",
	       "give the app a core of its own, larger rings (ring_size), or more queues");
	report(findings, consumer, queue, is->no_frame - was->no_frame,
	       "it gave the kernel no free frames: it receives too slowly, or keeps them",
	       "release frames sooner, or ask for more of them (frames)");
	report(findings, consumer, queue, is->too_long - was->too_long,
	       "they are longer than a frame",
	       "restart the app after a change of the MTU, or ask for larger frames (frame_size)");
	report(findings, consumer, queue, is->invalid - was->invalid,
	       "it gave the kernel frames that are none", "the app has a bug in its fill ring");
}

/* The sockets of one consumer. */
static uint64_t socket_losses(struct findings *findings, const struct view *before,
			      const struct consumer_view *consumer, size_t number)
{
	uint64_t total = 0;

	for (size_t i = 0; i < consumer->count; i++) {
		const struct queue_view *was, *is = &consumer->queues[i];

		if (is->number != number || !is->losses_known)
			continue;
		was = earlier_queue(before, consumer->name, i, is);
		if (!was || !was->losses_known)
			continue;
		report_socket(findings, consumer->name, is->name, &was->losses, &is->losses);
		total += losses_total(&is->losses) - losses_total(&was->losses);
	}
	return total;
}

/* What sockets count as lost on a queue of the device, between the two readings. */
static uint64_t losses_of_queue(struct findings *findings, const struct view *before,
				const struct view *after, size_t number)
{
	uint64_t total = 0;

	for (size_t i = 0; i < after->consumer_count; i++)
		total += socket_losses(findings, before, &after->consumers[i], number);
	return total;
}

struct readings {
	const struct device *device;
	struct device_counters before, after;
};

static uint64_t increase(const struct readings *readings, const char *name)
{
	return device_counter(&readings->after, name) - device_counter(&readings->before, name);
}

static void report_queue(struct findings *findings, const struct readings *readings,
			 unsigned int queue, uint64_t in_sockets)
{
	char name[33];
	uint64_t failed;

	if (!divert_failure_name(name, readings->device->driver, queue))
		return;
	failed = increase(readings, name);
	if (failed <= in_sockets)
		return;
	finding_advise(
		finding_add(findings, FINDING_PROBLEM, "losses",
			    "queue %u lost %" PRIu64
			    " packets just now that no socket of libxdivert counts (%s)",
			    queue, failed - in_sockets, name),
		"a socket that is bound to another queue is in this queue's place, a program that is not on libxdivert is too slow, or `redirect` goes to a device that takes nothing");
}

static void report_other_counters(struct findings *findings, const struct readings *readings)
{
	for (size_t i = 0; i < readings->after.count; i++) {
		const char *name = readings->after.list[i].name;
		uint64_t more = increase(readings, name);

		if (!more || !counts_losses(name) || is_divert_failure(readings->device, name))
			continue;
		finding_advise(finding_add(findings, FINDING_WARNING, "losses",
					   "the device's counter %s went up by %" PRIu64
					   " just now",
					   name, more),
			       "its driver's documentation says what it counts");
	}
}

static void compare(struct findings *findings, const struct readings *readings,
		    const struct view *before, const struct view *after)
{
	size_t known = findings->count;

	for (unsigned int queue = 0; queue < readings->device->queues; queue++) {
		uint64_t in_sockets = before && after
					      ? losses_of_queue(findings, before, after, queue)
					      : 0;

		report_queue(findings, readings, queue, in_sockets);
	}
	report_other_counters(findings, readings);
	if (findings->count == known)
		finding_add(findings, FINDING_OK, "losses", "none while we looked");
}

void examine_losses(struct findings *findings, const struct device *device, const struct view *view,
		    unsigned int seconds)
{
	const struct timespec pause = {.tv_sec = seconds};
	struct readings readings = {.device = device};
	struct view after = {};
	bool read;

	/* a driver without counters has none that go up */
	device_counters_read(&readings.before, device->name);
	nanosleep(&pause, NULL);
	/* the sockets first: what they count, the device has counted before */
	read = view && view_read(&after, device->name, NULL) == 0;
	device_counters_read(&readings.after, device->name);
	compare(findings, &readings, view, read ? &after : NULL);
	if (read)
		view_free(&after);
	device_counters_free(&readings.before);
	device_counters_free(&readings.after);
}
