// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "policy_property.h"

#include "differential.h"
#include "policy_generator.h"
#include "policy_reduce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRUNCATED 2 /* packets of which every length is tried */

/* Few rules, deeply nested, are planned as straight code, and many plain ones as tables. */
static struct policy *random_policy(uint64_t number)
{
	size_t size = (size_t)(number / 4 % 40);

	switch (number % 4) {
	case 0:
		return policy_random(number, 15 + size / 2, 1);
	case 2:
		return policy_random(number, 20 + 2 * size, 0);
	default:
		return policy_random(number, 1 + size % 14, 2);
	}
}

struct packet {
	const uint8_t *frame;
	size_t length;
};

static bool is_refused(const char *text, const void *context)
{
	const int *wanted = context;
	struct differential *run;
	int err = differential_open(&run, NULL, policy_from_text("reduced.policy", text));

	if (!err)
		differential_close(&run);
	return err == *wanted;
}

static bool differs(const char *text, const void *context)
{
	const struct packet *packet = context;
	struct differential *run;
	bool differs;

	if (differential_open(&run, NULL, policy_from_text("reduced.policy", text)))
		return false;
	differential_try(run, packet->frame, packet->length);
	differs = run->differences > 0;
	differential_close(&run);
	return differs;
}

static void print_reduced(const char *text, policy_is_wrong is_wrong, const void *context)
{
	char *reduced = policy_reduce(text, is_wrong, context);

	printf(reduced ? "# reduced:\n" : "# can't be reduced: it takes other packets, too\n");
	differential_print_policy(reduced ? reduced : text);
	free(reduced);
}

static void print_difference(const struct differential *run)
{
	const struct packet packet = {run->missed, run->missed_length};

	print_reduced(run->policy->text, differs, &packet);
	printf("# | test default: hex ");
	for (size_t i = 0; i < packet.length; i++)
		printf("%02x", packet.frame[i]);
	printf("\n");
	fflush(stdout);
}

static void keep_text(const char *directory, uint64_t number, const char *text)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/too-large-%" PRIu64 ".policy", directory, number);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		printf("# %s: %s\n", path, strerror(errno));
}

/* What can't be loaded, by its own fault or by ours. */
static void count_refused(struct policy_tally *tally, int err, uint64_t number, const char *text,
			  const char *keep)
{
	tally->unplanned += err == -E2BIG;
	tally->too_large += err == -EFBIG;
	if (err == -EFBIG && keep)
		keep_text(keep, number, text);
	if (err == -E2BIG || err == -EFBIG)
		return;
	tally->missed++;
	print_reduced(text, is_refused, &err);
}

void policy_property(struct policy_tally *tally, uint64_t number, size_t packets, const char *keep)
{
	struct policy *policy = random_policy(number);
	char *text = strdup(policy->text);
	struct differential *run;
	char name[40];
	int err;

	snprintf(name, sizeof(name), "policy %" PRIu64, number);
	tally->policies++;
	err = differential_open(&run, name, policy);
	if (err) {
		count_refused(tally, err, number, text, keep);
		free(text);
		return;
	}
	differential_try_generated(run, number, packets, TRUNCATED);
	tally->rules += policy->rule_count;
	tally->met += differential_rules_met(run);
	tally->packets += run->packets;
	if (run->differences) {
		tally->missed++;
		print_difference(run);
	} else if (!differential_counters_agree(run)) {
		tally->missed++;
		differential_print_policy(text);
	}
	differential_close(&run);
	free(text);
}
