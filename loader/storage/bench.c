// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench.h"

#include "fail.h"
#include "frames.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEPS	64 /* buckets to a power of two of ns; the first half of them is the one below */
#define BUCKETS (64 * STEPS)

static_assert(BENCH_BLOCK_MAX <= FRAME_SIZE && BENCH_DEPTH_MAX <= FRAMES_COUNT,
	      "each request has a frame");

/* A place for a request, and for the next one when it is done. */
struct slot {
	struct volume_operation operation;
	struct volume_bench *bench;
	uint64_t start; /* ns */
	bool busy;
};

struct volume_bench {
	struct ring ring;
	struct frames frames;
	struct volume *volume;
	struct slot slots[BENCH_DEPTH_MAX];
	unsigned int busy;
	int err; /* the first */
	uint64_t count, random;
	uint64_t latency[BUCKETS];
};

/* Below 64 ns exact, and above to a 32nd. */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int power = ns < STEPS ? 0 : 58 - (unsigned int)__builtin_clzll(ns);

	return power * STEPS + (unsigned int)(ns >> power);
}

static double bucket_end(unsigned int bucket)
{
	unsigned int power = bucket / STEPS;

	return (double)((uint64_t)(bucket - power * STEPS + 1) << power);
}

static double below(const struct volume_bench *bench, double share)
{
	uint64_t sum = 0;
	unsigned int i = 0;

	for (; i < BUCKETS - 1; i++) {
		sum += bench->latency[i];
		if ((double)sum >= share * (double)bench->count)
			break;
	}
	return bucket_end(i) / 1000;
}

static void done(struct volume_operation *operation, int err)
{
	struct slot *slot = (struct slot *)operation;
	struct volume_bench *bench = slot->bench;

	ring_look_at_clock(&bench->ring);
	slot->busy = false;
	bench->busy--;
	bench->count++;
	bench->latency[bucket_of(bench->ring.now - slot->start)]++;
	if (err && !bench->err)
		bench->err = err;
}

/* xorshift: as good as needed, and the same each time. */
static uint64_t next_random(struct volume_bench *bench)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random;
}

static void begin(struct volume_bench *bench, struct slot *slot, const struct bench_job *job)
{
	uint64_t blocks = bench->volume->size / job->block;

	slot->bench = bench;
	slot->busy = true;
	slot->start = bench->ring.now;
	slot->operation = (struct volume_operation){
		.verb = job->write ? VOLUME_WRITE : VOLUME_READ,
		.registered = true,
		.length = job->block,
		.offset = next_random(bench) % blocks * job->block,
		.data = frame_data(&bench->frames, (uint32_t)(slot - bench->slots)),
		.done = done,
	};
	bench->busy++;
	volume_begin(bench->volume, &slot->operation);
}

int volume_bench_run(struct volume_bench *bench, const struct bench_job *job,
		     struct bench_result *result, struct xdv_error *error)
{
	uint64_t start, end;
	int err = 0;

	if (bench->volume->size < job->block)
		return fail(error, -EINVAL, "the volume is smaller than a block of %u bytes",
			    job->block);
	bench->count = 0;
	memset(bench->latency, 0, sizeof(bench->latency));
	ring_look_at_clock(&bench->ring);
	start = bench->ring.now;
	end = start + job->time;
	while (!err && ((bench->ring.now < end && !bench->err) || bench->busy)) {
		for (uint32_t i = 0; i < job->depth && bench->ring.now < end && !bench->err; i++)
			if (!bench->slots[i].busy)
				begin(bench, &bench->slots[i], job);
		if (bench->busy)
			err = ring_turn(&bench->ring);
	}
	if (!err)
		err = bench->err;
	if (err)
		return fail(error, err, "%s: a %s fails: %s", bench->volume->place,
			    job->write ? "write" : "read", strerror(-err));
	result->rate = (double)bench->count * 1e9 / (double)(bench->ring.now - start);
	result->p50 = below(bench, 0.5);
	result->p99 = below(bench, 0.99);
	return 0;
}

const struct volume *volume_bench_of(const struct volume_bench *bench)
{
	return bench->volume;
}

int volume_bench_open(struct volume_bench **out, const char *backend,
		      const struct volume_options *options, struct xdv_error *error)
{
	struct volume_bench *bench = calloc(1, sizeof(*bench));
	struct volume_options with_ring = *options;
	int err;

	if (!bench)
		return fail(error, -ENOMEM, "no memory");
	bench->random = 0x9e3779b97f4a7c15;
	with_ring.ring = &bench->ring;
	err = ring_open(&bench->ring, false, error);
	if (!err)
		err = frames_open(&bench->frames, 0, true, &bench->ring, error);
	if (!err)
		err = volume_open(&bench->volume, backend, &with_ring, error);
	if (!err && bench->volume->kind->use_memory)
		err = bench->volume->kind->use_memory(bench->volume, bench->frames.region->base,
						      bench->frames.region->length, error);
	if (err)
		volume_bench_close(&bench);
	else
		*out = bench;
	return err;
}

/* First the ring: the kernel may still be at something. */
void volume_bench_close(struct volume_bench **bench)
{
	if (!*bench)
		return;
	ring_close(&(*bench)->ring);
	volume_close(&(*bench)->volume);
	frames_close(&(*bench)->frames);
	free(*bench);
	*bench = NULL;
}
