// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "differential.h"

#include "eval.h"
#include "flow_oracle.h"
#include "live/counters.h"
#include "live/object.h"
#include "live/privileges.h"
#include "live/samples.h"
#include "odd_packets.h"
#include "packet/text.h"
#include "packet_generator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct differential_program {
	struct program *program;
	struct object *object;
	struct samples *samples; /* NULL: the policy takes none */
	size_t sampled; /* since last asked */
	struct xdv_sample sample; /* the last one */
	uint64_t *acted; /* by rule: packets that were not only classified */
	struct flow_oracle *flows; /* NULL: the policy has none */
};

bool differential_begin(void)
{
	int processor = sched_getcpu();
	struct xdv_error error;
	cpu_set_t only;

	libbpf_set_print(NULL); /* object_load() says what is to be said */
	CPU_ZERO(&only);
	CPU_SET(processor < 0 ? 0 : processor, &only);
	sched_setaffinity(0, sizeof(only), &only);
	if (!privileges_check("differential", "run a program", &error))
		return true;
	printf("1..1\nok 1 - differential # SKIP %s\n", error.message);
	return false;
}

/*
 * What is to be done with the next packet of the rule. Rates are by the hour here, and everything
 * happens on one processor: a bucket has as many packets as its burst, and no more.
 */
static const struct action *next_action(const struct differential *run, size_t rule)
{
	const struct action *action = policy_action(run->policy, rule);

	return action->limit && run->of->acted[rule] >= action->limit->burst
		       ? &action->limit->otherwise
		       : action;
}

static uint32_t expected_action(const struct action *action)
{
	/*
	 * Nobody is at the sockets of a test run, and there are no interfaces: what is diverted or
	 * redirected falls to the kernel.
	 */
	static const uint32_t verdicts[ACTIONS] = {
		[ACTION_PASS] = XDP_PASS,     [ACTION_DROP] = XDP_DROP,	   [ACTION_XSK] = XDP_PASS,
		[ACTION_DPDK] = XDP_PASS,     [ACTION_STORAGE] = XDP_PASS, [ACTION_TX] = XDP_TX,
		[ACTION_REDIRECT] = XDP_PASS,
	};

	return verdicts[action->kind];
}

/* What must be left of the frame. */
static bool is_expected_frame(const struct action *action, const uint8_t *frame, size_t length,
			      const uint8_t *out)
{
	bool swapped = action->kind == ACTION_TX && action->swap;

	return memcmp(out, frame + (swapped ? 6 : 0), 6) == 0 &&
	       memcmp(out + 6, frame + (swapped ? 0 : 6), 6) == 0 &&
	       memcmp(out + 12, frame + 12, length - 12) == 0;
}

static int keep_sample(void *context, const struct xdv_sample *sample)
{
	struct differential_program *of = context;

	of->sampled++;
	of->sample = *sample;
	return 0;
}

/* A copy of this packet if it is the rule's turn, and none of any other. */
static bool is_sampled_as_expected(struct differential *run, size_t rule, bool by_flow,
				   const uint8_t *frame, size_t length)
{
	uint32_t one_in = by_flow ? 0 : policy_action(run->policy, rule)->sample;
	uint32_t captured = length < XDV_SAMPLE_BYTES ? (uint32_t)length : XDV_SAMPLE_BYTES;
	struct differential_program *of = run->of;
	size_t expected = one_in && of->acted[rule] % one_in == 0;

	if (!of->samples)
		return !expected;
	of->sampled = 0;
	if (samples_read(of->samples, 0) != (int)expected || of->sampled != expected)
		return false;
	return !expected ||
	       (of->sample.rule == rule && of->sample.length == length &&
		of->sample.captured == captured && memcmp(of->sample.bytes, frame, captured) == 0);
}

/* Not by cmocka's print_message(), which cuts. */
void differential_print_policy(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line != 0)
		printf("# | %.*s\n", (int)strcspn(line, "\n"), line);
	fflush(stdout);
}

static void print_difference(const struct differential *run, const uint8_t *frame, size_t length,
			     const struct dissection *packet, const char *what)
{
	char text[PACKET_TEXT];

	printf("# %s: %s\n# packet %zu: %s\n# hex ", run->name, what, run->packets,
	       packet_describe(text, sizeof(text), packet));
	for (size_t i = 0; i < length; i++)
		printf("%02x", frame[i]);
	printf("\n");
}

static void try_in_kernel(struct differential *run, const uint8_t *frame, size_t length,
			  const struct dissection *packet, size_t expected, uint32_t *rule)
{
	struct action of_flow;
	bool by_flow = run->of->flows && flow_oracle_takes(run->of->flows, packet, &of_flow);
	const struct action *wanted = by_flow ? &of_flow : next_action(run, expected);
	static uint8_t out[GENERATOR_FRAME_MAX];
	uint32_t action = UINT32_MAX;
	char what[200];

	run->of->acted[expected] += !by_flow;
	if (object_classify(run->of->object, frame, length, rule) == 0 &&
	    object_run(run->of->object, frame, length, out, &action) == 0 && *rule == expected &&
	    action == expected_action(wanted) && is_expected_frame(wanted, frame, length, out) &&
	    is_sampled_as_expected(run, expected, by_flow, frame, length))
		return;
	if (!run->differences++) {
		run->missed = memcpy(malloc(length), frame, length);
		run->missed_length = length;
	}
	if (!run->name)
		return;
	snprintf(what, sizeof(what),
		 "evaluator: rule %zu (%.60s)%s; program: rule %u (%.60s), XDP action %u", expected,
		 policy_rule_name(run->policy, expected), by_flow ? ", but a flow takes it" : "",
		 *rule, policy_rule_name(run->policy, *rule), action);
	print_difference(run, frame, length, packet, what);
}

int differential_try(struct differential *run, const uint8_t *frame, size_t length)
{
	struct dissection packet;
	size_t expected;
	uint32_t rule = 0;

	dissect(&packet, frame, length);
	expected = policy_evaluate(run->policy, &packet);
	run->packets++;
	run->taken += expected != 0;
	run->met[expected] = true;
	if (length < OBJECT_FRAME_MIN)
		return -1;
	try_in_kernel(run, frame, length, &packet, expected, &rule);
	return (int)rule;
}

void differential_try_generated(struct differential *run, uint64_t seed, size_t packets,
				size_t truncated)
{
	struct generator *generator = generator_new(run->policy, seed);
	static uint8_t frame[GENERATOR_FRAME_MAX];
	size_t length;

	for (size_t i = 0; i < packets && run->differences < DIFFERENCES_MAX; i++) {
		generator_next(generator, frame, &length);
		differential_try(run, frame, length);
	}
	for (size_t i = 0; i < truncated; i++) {
		do
			generator_next(generator, frame, &length);
		while (length < 60 || length > 300);
		for (size_t cut = 0; cut < length && run->differences < DIFFERENCES_MAX; cut++)
			differential_try(run, frame, cut);
	}
	generator_free(&generator);
}

static void try_odd(void *context, const char *name, const uint8_t *frame, size_t length)
{
	struct differential *run = context;
	size_t before = run->differences;

	if (before < DIFFERENCES_MAX)
		differential_try(run, frame, length);
	if (run->differences > before)
		printf("# it is an odd packet: %s\n", name);
}

void differential_try_odd(struct differential *run)
{
	odd_packets_each(try_odd, run);
}

bool differential_counters_agree(const struct differential *run)
{
	size_t count = run->policy->rule_count + 1;
	struct xdv_counter *counters = calloc(count, sizeof(*counters));
	bool agree = counters_sum(object_map_fd(run->of->object, "rule_counters"), counters,
				  count) == 0;

	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = policy_action(run->policy, i)->limit;
		uint64_t over = 0;

		if (limit && run->of->acted[i] > limit->burst)
			over = run->of->acted[i] - limit->burst;
		if (counters[i].packets == run->of->acted[i] && counters[i].limited == over)
			continue;
		printf("# %s: rule %zu counts %ju packets, %ju limited; they were %ju and %ju\n",
		       run->name, i, (uintmax_t)counters[i].packets, (uintmax_t)counters[i].limited,
		       (uintmax_t)run->of->acted[i], (uintmax_t)over);
		agree = false;
	}
	free(counters);
	return agree && (!run->of->flows || flow_oracle_counts_agree(run->of->flows));
}

size_t differential_rules_met(const struct differential *run)
{
	size_t met = 0;

	for (size_t i = 1; i <= run->policy->rule_count; i++)
		met += run->met[i];
	return met;
}

static void blame(const char *name, const struct policy *policy, const char *what)
{
	if (!name)
		return;
	differential_print_policy(policy->text);
	printf("# %s: %s\n", name, what);
	fflush(stdout);
}

/* In the verifier's words: of instructions that it walks, or branches that it keeps in mind. */
static bool is_too_large(const struct xdv_error *error)
{
	return strstr(error->message, "too large") || strstr(error->message, "too complex");
}

static int open_samples(struct differential_program *of)
{
	int samples = object_map_fd(of->object, "samples");

	if (samples < 0)
		return 0;
	return samples_open(&of->samples, samples, object_map_fd(of->object, "rule_samplers"),
			    keep_sample, of);
}

int differential_open(struct differential **out, const char *name, struct policy *policy)
{
	/* who wants the log compiles what is printed */
	struct object_options options = {.classify = true, .log_path = "/dev/null"};
	struct differential *run = calloc(1, sizeof(*run));
	struct xdv_error error = {0};
	char *log = NULL;
	int err;

	run->of = calloc(1, sizeof(*run->of));
	run->name = name;
	run->policy = policy;
	err = policy->diags.errors ? -EINVAL
				   : program_build(&run->of->program, policy, &log, &error);
	if (err && err != -E2BIG) {
		if (name)
			diags_print(&policy->diags, stdout, false);
		blame(name, policy, log ? log : error.message);
	}
	if (err)
		policy_free(&policy);
	if (!err) {
		err = object_load(&run->of->object, run->of->program, &options, &error);
		if (err == -EBADMSG && is_too_large(&error))
			err = -EFBIG;
		if (!err)
			err = open_samples(run->of);
		if (!err && policy->flows)
			run->of->flows = flow_oracle_new(
				policy, object_map_fd(run->of->object, "flows"),
				object_map_fd(run->of->object, "flow_counters"));
		if (err && err != -EFBIG)
			blame(name, policy, error.message);
	}
	free(log);
	if (err) {
		differential_close(&run);
		return err;
	}
	run->met = calloc(policy->rule_count + 1, sizeof(*run->met));
	run->of->acted = calloc(policy->rule_count + 1, sizeof(*run->of->acted));
	*out = run;
	return 0;
}

void differential_close(struct differential **run)
{
	if (!*run)
		return;
	samples_close(&(*run)->of->samples);
	flow_oracle_free(&(*run)->of->flows);
	object_close(&(*run)->of->object);
	program_free(&(*run)->of->program);
	free((*run)->of->acted);
	free((*run)->of);
	free((*run)->met);
	free((*run)->missed);
	free(*run);
	*run = NULL;
}
