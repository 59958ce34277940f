// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "disk.h"

#include "stats.h"

#include <stddef.h>
#include <string.h>
#include <utlist.h>

void gateway_answer(struct gateway *gateway, const struct xdv_frame *frame)
{
	if (gateway->answer_count == ANSWERS) /* the interface takes none: they will ask again */
		xdv_release(gateway->consumer, frame, 1);
	else
		gateway->answers[gateway->answer_count++] = *frame;
}

void gateway_send_answers(struct gateway *gateway)
{
	int sent;

	if (!gateway->answer_count)
		return;
	sent = xdv_send(gateway->consumer, gateway->answers, gateway->answer_count);
	if (sent < 0) { /* what can't be sent is not wanted by anybody */
		xdv_release(gateway->consumer, gateway->answers, gateway->answer_count);
		sent = (int)gateway->answer_count;
	}
	gateway->answer_count -= (unsigned int)sent;
	memmove(gateway->answers, gateway->answers + sent,
		gateway->answer_count * sizeof(*gateway->answers));
}

static bool conflict(const struct aoe_work *a, const struct aoe_work *b)
{
	if (a->verb != VOLUME_WRITE && b->verb != VOLUME_WRITE)
		return false;
	return a->sector < b->sector + b->count && b->sector < a->sector + a->count;
}

/* With those that run, and those that came before it. */
static bool has_to_wait(const struct disk *disk, const struct job *job)
{
	const struct job *other;

	DL_FOREACH(disk->running, other)
	{
		if (conflict(&job->work, &other->work))
			return true;
	}
	DL_FOREACH(disk->waiting, other)
	{
		if (other == job)
			return false;
		if (conflict(&job->work, &other->work))
			return true;
	}
	return false;
}

static void begin(struct job *job)
{
	struct disk *disk = job->disk;

	DL_APPEND(disk->running, job);
	volume_begin(disk->export->volume, &job->operation);
}

/* False: none of them can begin. One that does may be done at once, and change the list. */
static bool begin_one(struct disk *disk)
{
	struct job *job;

	DL_FOREACH(disk->waiting, job)
	{
		if (has_to_wait(disk, job))
			continue;
		DL_DELETE(disk->waiting, job);
		begin(job);
		return true;
	}
	return false;
}

static void count(const struct job *job, int err)
{
	struct storage_counters *counters = job->disk->export->counters;

	counters->latency[latency_bucket(job->disk->gateway->ring->now - job->start)]++;
	counters->in_flight--;
	if (err) {
		counters->errors++;
		return;
	}
	counters->requests[job->work.verb]++;
	counters->bytes[job->work.verb] += (uint64_t)job->work.count * AOE_SECTOR;
}

static void done(struct volume_operation *operation, int err)
{
	struct job *job = (struct job *)((char *)operation - offsetof(struct job, operation));
	struct disk *disk = job->disk;
	struct aoe_frame seen;

	DL_DELETE(disk->running, job);
	frame_view(&job->frame, &seen);
	aoe_finish(&disk->target, &seen, &job->work, err);
	job->frame.len = seen.length;
	gateway_answer(disk->gateway, &job->frame);
	count(job, err);
	LL_PREPEND(disk->gateway->unused, job);
	disk->gateway->busy--;
	while (begin_one(disk))
		;
}

/*
 * The initiator sends no flush: it takes what is answered for written, as of a disk without a
 * cache.
 */
void disk_work(struct disk *disk, const struct xdv_frame *frame, const struct aoe_work *wanted)
{
	struct gateway *gateway = disk->gateway;
	struct job *job = gateway->unused;

	LL_DELETE(gateway->unused, job);
	gateway->busy++;
	disk->export->counters->in_flight++;
	job->disk = disk;
	job->frame = *frame;
	job->work = *wanted;
	job->start = gateway->ring->now;
	job->operation = (struct volume_operation){.verb = wanted->verb,
						   .durable = wanted->verb == VOLUME_WRITE,
						   .offset = wanted->sector * AOE_SECTOR,
						   .length = wanted->count * AOE_SECTOR,
						   .data = wanted->data,
						   .done = done};
	if (has_to_wait(disk, job))
		DL_APPEND(disk->waiting, job);
	else
		begin(job);
}
