// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Programs take turns, so that whatever the machine does to one it does to all; what is quoted is
 * the least of the rounds, which the machine disturbed least. Time is the thread's own.
 */
#include "measure.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <time.h>

/* How long one sample takes, about. */
#define SAMPLE_NS 2.5e6
/* Runs of one packet: what the call costs without packets. */
#define CALLS 200

const char *measure_prepare(void)
{
	const struct sched_param priority = {.sched_priority = 1};
	cpu_set_t cpus;
	int last = -1;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		for (int i = 0; i < CPU_SETSIZE; i++)
			if (CPU_ISSET(i, &cpus))
				last = i;
	CPU_ZERO(&cpus);
	if (last >= 0)
		CPU_SET((size_t)last, &cpus);
	if (last < 0 || sched_setaffinity(0, sizeof(cpus), &cpus))
		return "not pinned";
	return sched_setscheduler(0, SCHED_FIFO, &priority) ? "pinned, not SCHED_FIFO"
							    : "pinned, SCHED_FIFO";
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* ns that the whole call took; negative: it failed. */
static double run(int program, const struct bench_frame *frame, uint32_t repeat)
{
	uint8_t out[BENCH_FRAME_SIZE + 256]; /* a frame grows no further */
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame_bytes(frame),
		    .data_size_in = BENCH_FRAME_SIZE, .data_out = out, .data_size_out = sizeof(out),
		    .repeat = (int)repeat);
	double start = now();

	if (bpf_prog_test_run_opts(program, &options))
		return -1;
	return now() - start;
}

static double call_cost(int program, const struct bench_frame *frame)
{
	double least = 1e18;

	for (int i = 0; i < CALLS; i++) {
		double took = run(program, frame, 1);

		if (took >= 0 && took < least)
			least = took;
	}
	return least;
}

/* Warms what the others have cooled, then measures. */
static int sample(struct sample *sample, int program, const struct bench_frame *frame, double call)
{
	uint32_t warm = BENCH_FRAMES;
	double took = run(program, frame, warm), ns;

	if (took < 0)
		return -errno;
	if (!sample->repeat) {
		ns = took / warm;
		sample->repeat = (uint32_t)(SAMPLE_NS / ns) & ~(uint32_t)(BENCH_FRAMES - 1);
		if (sample->repeat < BENCH_FRAMES)
			sample->repeat = BENCH_FRAMES;
		sample->ns = 1e18;
	}
	took = run(program, frame, sample->repeat);
	if (took < 0)
		return -errno;
	ns = (took - call) / (sample->repeat - 1);
	if (ns < sample->ns)
		sample->ns = ns;
	return 0;
}

int measure(struct bench *bench, unsigned int rounds)
{
	const struct subject *first = &bench->subjects[0];
	double call = call_cost(first->program, &first->frames->last);
	int err = 0;

	for (unsigned int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < bench->count; i++) {
			struct subject *subject = &bench->subjects[i];

			if (subject->program < 0)
				continue;
			err = sample(&subject->hot, subject->program, &subject->frames->last, call);
			if (!err)
				err = sample(&subject->mix, subject->feeder, &subject->frames->last,
					     call);
			if (err)
				return err;
		}
	}
	return 0;
}
