// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach_options.h"

#include "duration.h"
#include "fail.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Shorter, and the trial is over before it has begun; longer, and it is no trial. */
#define CONFIRM_MIN_MS 1000
#define CONFIRM_MAX_MS 86400000

/* The index of the name in the table; `count`, for "no preference", if it is not there. */
static unsigned int choice(const char *name, const char *const *names, unsigned int count)
{
	for (unsigned int i = 0; name && i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return count;
}

/* In seconds; 0 if it was not asked for. */
static int read_confirm(const struct arguments *arguments, unsigned int *seconds,
			struct xdv_error *error)
{
	const char *text = option_value(arguments, "confirm");
	uint32_t ms = 0;
	int err = text ? duration_parse(&ms, text) : 0;

	if (err == -EINVAL) {
		fail(error, err, "--confirm: `%s` is not a time", text);
		return fail_hint(error, err, DURATION_HINT);
	}
	if (err || (text && (ms < CONFIRM_MIN_MS || ms > CONFIRM_MAX_MS))) {
		fail(error, -EINVAL, "--confirm: expected 1s to 1d, found `%s`", text);
		return fail_hint(error, -EINVAL, "a minute is usual: --confirm 60s");
	}
	*seconds = ms / 1000;
	return 0;
}

int attach_options_read(struct attach_request *request, const struct arguments *arguments,
			struct xdv_error *error)
{
	unsigned int kind = choice(option_value(arguments, "attach"), attach_names, ATTACH_KINDS);
	unsigned int place = choice(option_value(arguments, "mode"), place_names, PLACES);

	*request = (struct attach_request){
		.kind = kind == ATTACH_KINDS ? ATTACH_NONE : (enum attach_kind)kind,
		.place = (enum xdp_place)place,
	};
	return read_confirm(arguments, &request->confirm, error);
}

void traffic_remark(const struct traffic *traffic, const struct policy *policy)
{
	char sentence[TRAFFIC_SENTENCE];

	for (size_t i = 0; i < traffic->count; i++)
		remark("the policy %s", traffic_sentence(sentence, &traffic->list[i], policy));
	if (traffic->unknown)
		remark("the kernel does not list local sockets (%s): what they would lose is not known",
		       strerror(-traffic->unknown));
}

struct json_t *traffic_json(const struct traffic *traffic, const struct policy *policy)
{
	char action[ACTION_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < traffic->count; i++) {
		const struct taken *taken = &traffic->list[i];

		action_format(action, sizeof(action), policy_action(policy, taken->rule));
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:I, s:o}", "what", json_text(taken->what),
					"rule", policy_rule_name(policy, taken->rule), "number",
					(json_int_t)taken->rule, "action", json_text(action)));
	}
	return list;
}
