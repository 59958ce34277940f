// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "wish.h"

#include "allowed.h"
#include "fail.h"
#include "live/observe.h"
#include "server.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define MEMORY_MAX  ((size_t)256 << 20) /* of a consumer, for others than root */
#define FRAME_BYTES 4096

static uint32_t number(const json_t *request, const char *name)
{
	const json_t *member = json_object_get(request, name);
	json_int_t value = member && !json_is_integer(member) ? -1 : json_integer_value(member);

	/* what is no size at all is refused for being the largest */
	return value < 0 || value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

int wish_read(struct wish *wish, const json_t *request, struct xdv_error *error)
{
	*wish = (struct wish){
		.ifname = json_string_value(json_object_get(request, "interface")),
		.name = json_string_value(json_object_get(request, "consumer")),
		.options = {.size = sizeof(wish->options),
			    .error = error,
			    .frames = number(request, "frames"),
			    .ring_size = number(request, "ring_size"),
			    .frame_size = number(request, "frame_size"),
			    .zerocopy = number(request, "zerocopy"),
			    .jumbo = json_is_true(json_object_get(request, "jumbo")),
			    .takeover = json_is_true(json_object_get(request, "takeover"))},
	};
	if (wish->ifname && wish->name)
		return 0;
	return fail(error, -EINVAL, "\"interface\" and \"consumer\" are missing");
}

static const struct consumer *find_in_policy(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->policy->consumer_count; i++)
		if (strcmp(view->policy->consumers[i]->name.text, name) == 0)
			return view->policy->consumers[i];
	return NULL;
}

static int check_view(const struct view *view, const struct wish *wish,
		      const struct connection *connection, struct xdv_error *error)
{
	const struct consumer *consumer = find_in_policy(view, wish->name);
	size_t frames = (size_t)wish->options.frames * view->device.queues_used;

	if (!consumer || consumer->kind != CONSUMER_XSK)
		return fail(error, -ENOENT, "%s: no consumer '%.60s' in the policy", view->ifname,
			    wish->name);
	if (!is_allowed(consumer, connection)) {
		fail(error, -EACCES, "%s: consumer '%s' is not for user %u", view->ifname,
		     wish->name, connection_peer(connection)->uid);
		return fail_hint(error, -EACCES,
				 "the policy says for whom it is: consumer %s { allow user %u }",
				 wish->name, connection_peer(connection)->uid);
	}
	if (consumer->fanout > 1) {
		fail(error, -EOPNOTSUPP,
		     "%s: consumer '%s' has %u sockets on each queue: the service hands over one of each",
		     view->ifname, wish->name, consumer->fanout);
		return fail_hint(
			error, -EOPNOTSUPP,
			"open it with privileges and without `takeover`; or do without `fanout`");
	}
	if (connection_peer(connection)->root || frames <= MEMORY_MAX / FRAME_BYTES)
		return 0;
	fail(error, -ENOBUFS, "%s: %u frames for each queue are more than %zu MiB", view->ifname,
	     wish->options.frames, MEMORY_MAX >> 20);
	return fail_hint(error, -ENOBUFS, "ask for fewer frames");
}

static bool is_still_live(const struct view *view, const char *ifname)
{
	struct device device;
	struct live live;

	return view->policy && strcmp(view->ifname, ifname) == 0 &&
	       !device_read(&device, ifname, NULL) && !live_find(&live, &device, NULL) &&
	       live.program == view->live.program;
}

int wish_check(const struct wish *wish, const struct connection *connection, struct view *known,
	       struct xdv_error *error)
{
	int err = 0;

	if (!is_still_live(known, wish->ifname)) {
		view_free(known);
		err = view_read(known, wish->ifname, error);
	}
	return err ? err : check_view(known, wish, connection, error);
}
