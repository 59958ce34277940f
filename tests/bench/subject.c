// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "subject.h"

#include "compile.h"
#include "eval.h"
#include "flows.h"
#include "live/object.h"
#include "peers.h"
#include "socket.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frames on which a program is checked before it is measured. */
#define FRAMES_CHECKED 512

const char *const side_names[SIDES] = {
	[SIDE_EMPTY] = "empty program",	 [SIDE_WALK] = "header walk",
	[SIDE_XDIVERT] = "xdivert",	 [SIDE_LINEAR] = "rule by rule",
	[SIDE_BY_HAND] = "hash by hand", [SIDE_XDP_FILTER] = "xdp-filter",
};

struct subject *subject_add(struct bench *bench, enum side side, const struct workload *workload,
			    bool acts)
{
	const struct workload *frames = workload ? workload : workload_find("ports-1k");
	struct subject *subject = &bench->subjects[bench->count++];

	*subject = (struct subject){.side = side,
				    .workload = workload,
				    .acts = acts,
				    .frames = &bench->frames[frames - workloads],
				    .program = -1,
				    .feeder = -1,
				    .next = -1};
	return subject;
}

/* Memory and verifier's work of a loaded program. */
void subject_weigh(struct subject *subject, int program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	subject->program = program;
	if (bpf_obj_get_info_by_fd(program, &info, &size) == 0)
		subject->verified = info.verified_insns;
}

static int fill_array(int map, const void *values, size_t size, uint32_t count)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < count; i++)
		err = bpf_map_update_elem(map, &i, (const char *)values + i * size, BPF_ANY);
	return err;
}

/* A feeder of the subject's own, with its frames, that goes on to its program. */
static int load_feeder(const struct bench *bench, struct subject *subject,
		       enum bpf_attach_type attach_type)
{
	struct bpf_object *object = bpf_object__open_mem(bench->programs, bench->programs_size,
							 NULL);
	struct bpf_program *program;
	uint32_t zero = 0;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), "feed") == 0);
		bpf_program__set_expected_attach_type(program, attach_type);
	}
	err = bpf_object__load(object);
	if (err)
		return err;
	err = fill_array(bpf_object__find_map_fd_by_name(object, "frames"), subject->frames->list,
			 sizeof(*subject->frames->list), BENCH_FRAMES);
	if (!err)
		err = bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "subject"), &zero,
					  &subject->program, BPF_ANY);
	/* the kernel empties a map of programs once no process has it open: that stays open, too */
	subject->next = dup(bpf_object__find_map_fd_by_name(object, "subject"));
	subject->feeder = dup(bpf_program__fd(bpf_object__find_program_by_name(object, "feed")));
	bpf_object__close(object);
	return err ? err : subject->feeder < 0 || subject->next < 0 ? -errno : 0;
}

/*
 * Newer kernels let a program go on only to one of the same expected attach type, and xdivert's
 * have none.
 */
static int add_feeder(const struct bench *bench, struct subject *subject)
{
	int err = load_feeder(bench, subject, BPF_XDP);

	if (err != -EINVAL)
		return err;
	close(subject->feeder);
	close(subject->next);
	return load_feeder(bench, subject, 0);
}

static int run_once(int program, const struct bench_frame *frame, uint32_t *answer)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame_bytes(frame),
		    .data_size_in = BENCH_FRAME_SIZE, .repeat = 1);
	int err = bpf_prog_test_run_opts(program, &options);

	*answer = options.retval;
	return err;
}

/* What the program says of a packet that the given rule takes. */
static uint32_t expected_of(const struct subject *subject, size_t rule)
{
	if (subject->side == SIDE_XDP_FILTER)
		return rule ? XDP_DROP : XDP_PASS;
	if (subject->acts)
		return rule ? XDP_REDIRECT : XDP_PASS;
	return (uint32_t)rule;
}

static int complain(const struct subject *subject, size_t frame, uint32_t expected, uint32_t found)
{
	fprintf(stderr, "bench: %s, %s: frame %zu: expected %u, found %u\n",
		subject->workload->title, side_names[subject->side], frame, expected, found);
	return -EBADMSG;
}

/* The feeder gives all frames to the program, beginning with the first. */
static int check_feeder(const struct subject *subject)
{
	for (size_t i = 0; i < FRAMES_CHECKED; i++) {
		uint32_t direct, fed;
		int err;

		err = run_once(subject->program, &subject->frames->list[i], &direct);
		if (!err)
			err = run_once(subject->feeder, &subject->frames->last, &fed);
		if (err)
			return err;
		if (direct != fed)
			return complain(subject, i, direct, fed);
	}
	return 0;
}

/* A benchmark of wrong answers is worth nothing: each program has to agree with the evaluator. */
int subject_check(const struct subject *subject, const struct policy *policy)
{
	for (size_t i = 0; i <= FRAMES_CHECKED; i++) {
		const struct bench_frame *frame = i ? &subject->frames->list[i - 1]
						    : &subject->frames->last;
		struct dissection packet;
		uint32_t answer, expected;
		int err;

		dissect(&packet, frame_bytes(frame), BENCH_FRAME_SIZE);
		expected = expected_of(subject, policy_evaluate(policy, &packet));
		err = run_once(subject->program, frame, &answer);
		if (err)
			return err;
		if (answer != expected)
			return complain(subject, i, expected, answer);
	}
	return 0;
}

static int add_policy(struct bench *bench, const struct workload *workload, struct policy *policy)
{
	struct subject *classify = subject_add(bench, SIDE_XDIVERT, workload, false);
	struct subject *act = subject_add(bench, SIDE_XDIVERT, workload, true);
	const struct object_options options = {.classify = true};
	struct table tables[PROGRAM_TABLES];
	struct program *program;
	struct object *object;
	struct xdv_error error = {0};
	uint32_t zero = 0;
	int err;

	err = program_build(&program, policy, NULL, &error);
	if (!err)
		err = object_load(&object, program, &options, &error);
	if (!err)
		err = flows_fill(object_map_fd(object, "flows"), workload, classify->frames);
	if (err) {
		snprintf(classify->note, sizeof(classify->note), "%.150s", error.message);
		memcpy(act->note, classify->note, sizeof(act->note));
		return 0;
	}
	program_tables(program, tables);
	for (size_t i = 0; i < PROGRAM_TABLES; i++)
		if (object_map_fd(object, tables[i].map) >= 0)
			classify->memory += tables[i].value_size * tables[i].count;
	act->memory = classify->memory;
	subject_weigh(classify, dup(object_classifier_fd(object)));
	subject_weigh(act, dup(object_program_fd(object)));
	if (bench->socket < 0 || bpf_map_update_elem(object_map_fd(object, XDV_XSKS_MAP), &zero,
						     &bench->socket, BPF_ANY)) {
		snprintf(act->note, sizeof(act->note), "no AF_XDP socket to redirect to");
		act->program = -1;
	}
	object_close(&object);
	err = subject_check(classify, policy);
	if (!err && act->program >= 0)
		err = subject_check(act, policy);
	program_free(&program); /* and the policy */
	return err;
}

int bench_add(struct bench *bench, const struct workload *workload)
{
	size_t first = bench->count;
	char *text = workload_policy(workload);
	struct policy *policy = text ? policy_from_text(workload->name, text) : NULL;
	/* programs take their policy; the peers are judged by another */
	struct policy *judge = text ? policy_from_text(workload->name, text) : NULL;
	bool ports = strcmp(workload->group, "ports") == 0 || strcmp(workload->group, "one") == 0;
	int err;

	free(text);
	if (!policy || policy->diags.errors) {
		fprintf(stderr, "bench: %s: the policy has errors\n", workload->title);
		return -EINVAL;
	}
	workload_frames(workload, &bench->frames[workload - workloads]);
	err = add_policy(bench, workload, policy);
	if (!err && !workload->flows)
		err = peers_add_linear(bench, workload, judge);
	if (!err && ports)
		err = peers_add_by_hand(bench, workload, judge);
	if (!err && ports)
		err = peers_add_xdp_filter(bench, workload, judge);
	policy_free(&judge);
	for (size_t i = first; !err && i < bench->count; i++) {
		if (bench->subjects[i].program < 0)
			continue;
		err = add_feeder(bench, &bench->subjects[i]);
		if (!err)
			err = check_feeder(&bench->subjects[i]);
	}
	if (err)
		fprintf(stderr, "bench: %s: %s\n", workload->title, strerror(-err));
	return err;
}

int bench_add_floor(struct bench *bench)
{
	static const enum side sides[] = {SIDE_EMPTY, SIDE_WALK};
	static const char *const names[] = {"empty", "walk"};
	struct bpf_object *object = bpf_object__open_mem(bench->programs, bench->programs_size,
							 NULL);
	const struct workload *ports = workload_find("ports-1k");
	int err = object ? bpf_object__load(object) : -errno;

	workload_frames(ports, &bench->frames[ports - workloads]);
	for (size_t i = 0; !err && i < 2; i++) {
		struct subject *subject = subject_add(bench, sides[i], NULL, false);

		subject_weigh(
			subject,
			dup(bpf_program__fd(bpf_object__find_program_by_name(object, names[i]))));
		err = add_feeder(bench, subject);
	}
	bpf_object__close(object);
	if (err)
		fprintf(stderr, "bench: the programs of the benchmark do not load: %s\n",
			strerror(-err));
	return err;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

int bench_open(struct bench *bench)
{
	int err;

	*bench = (struct bench){.socket = -1};
	libbpf_set_print(quiet);
	bench->frames = calloc(workload_count, sizeof(*bench->frames));
	bench->subjects = calloc(2 + workload_count * 6, sizeof(*bench->subjects));
	err = bench->frames && bench->subjects
		      ? compile_bpf(bench_programs_c, &bench->programs, &bench->programs_size)
		      : -ENOMEM;
	if (err) {
		fprintf(stderr, "bench: the programs of the benchmark do not compile: %s\n",
			strerror(-err));
		return err;
	}
	bench->socket = socket_open();
	if (bench->socket < 0)
		fprintf(stderr, "bench: no AF_XDP socket, so no redirects: %s\n",
			strerror(-bench->socket));
	return 0;
}

void bench_close(struct bench *bench)
{
	free(bench->programs);
	free(bench->subjects);
	free(bench->frames);
}
