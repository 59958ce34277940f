// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "disk.h"

#include "stats.h"

#include <stddef.h>
#include <string.h>
#include <utlist.h>

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

static void piece_done(struct job *job, int err);

static void operation_done(struct volume_operation *operation, int err)
{
	piece_done(((struct job_piece *)operation)->job, err);
}

/* Data lies, or is to lie, in as many pieces as the packet has frames; a flush has one, without. */
static void begin(struct job *job)
{
	const struct aoe_work *work = &job->work;
	uint32_t length = work->count * AOE_SECTOR, done = 0, skip = work->offset;

	DL_APPEND(job->disk->running, job);
	job->pending = 1;
	for (unsigned int i = 0; i < FRAMES && (!i || done < length); i++, skip = 0) {
		const struct xdv_frame *frame = &job->packet.frames[i];
		uint32_t here = (work->verb == VOLUME_WRITE ? frame->len : frame->room) - skip;
		struct job_piece *piece = &job->pieces[i];

		if (here > length - done)
			here = length - done;
		piece->job = job;
		piece->operation = (struct volume_operation){.verb = work->verb,
							     .durable = work->verb == VOLUME_WRITE,
							     .offset = work->sector * AOE_SECTOR +
								       done,
							     .length = here,
							     .data = (uint8_t *)frame->data + skip,
							     .done = operation_done};
		done += here;
		job->pending++;
		volume_begin(job->disk->export->volume, &piece->operation);
	}
	piece_done(job, 0);
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

static void count(const struct job *job)
{
	struct storage_counters *counters = job->disk->export->counters;

	counters->latency[latency_bucket(job->disk->gateway->ring->now - job->start)]++;
	counters->in_flight--;
	if (job->err) {
		counters->errors++;
		return;
	}
	counters->requests[job->work.verb]++;
	counters->bytes[job->work.verb] += (uint64_t)job->work.count * AOE_SECTOR;
}

static void piece_done(struct job *job, int err)
{
	struct disk *disk = job->disk;
	struct aoe_frame seen;

	if (err)
		job->err = err;
	if (--job->pending)
		return;
	DL_DELETE(disk->running, job);
	packet_view(&job->packet, &seen);
	aoe_finish(&disk->target, &seen, &job->work, job->err);
	packet_answer(disk->gateway, &job->packet, seen.length);
	count(job);
	LL_PREPEND(disk->gateway->unused, job);
	disk->gateway->busy--;
	while (begin_one(disk))
		;
}

/*
 * The initiator sends no flush: it takes what is answered for written, as of a disk without a
 * cache.
 */
void disk_work(struct disk *disk, struct packet *packet, const struct aoe_work *wanted)
{
	struct gateway *gateway = disk->gateway;
	struct job *job = gateway->unused;

	if (wanted->verb == VOLUME_READ &&
	    !packet_grow(gateway, packet, wanted->offset + wanted->count * AOE_SECTOR)) {
		packet_release(gateway, packet); /* for want of frames: they will ask again */
		return;
	}
	LL_DELETE(gateway->unused, job);
	gateway->busy++;
	disk->export->counters->in_flight++;
	job->disk = disk;
	job->packet = *packet;
	job->work = *wanted;
	job->err = 0;
	job->start = gateway->ring->now;
	if (has_to_wait(disk, job))
		DL_APPEND(disk->waiting, job);
	else
		begin(job);
}
