// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lone_socket.h"

#include "live/privileges.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct queue lone_socket;
static struct xdv_region *region;

int lone_socket_open(void **state)
{
	const struct queue_config config = {
		.ifname = "lo",
		.driver = "",
		.ifindex = 1,
		.ring_size = 64,
		.zerocopy = XDV_ZEROCOPY_NEVER,
		.shared_fd = -1,
	};
	struct xdv_error error = {0};

	(void)state;
	if (privileges_check("lo", "run programs", &error)) {
		print_message("%s\n", error.message);
		return 0;
	}
	if (unshare(CLONE_NEWNET) || system("ip link set lo up"))
		return -1;
	if (region_create(&region, 64, 4096, &error) ||
	    queue_open(&lone_socket, &config, region, &error)) {
		print_message("%s\n", error.message);
		return -1;
	}
	return 0;
}

int lone_socket_close(void **state)
{
	(void)state;
	if (lone_socket.ring_size)
		queue_close(&lone_socket);
	region_free(&region);
	return 0;
}

void text_load(struct program **program, struct object **object, const char *text)
{
	const struct object_options options = {0};
	struct policy *policy = policy_from_text("test.policy", text);
	struct xdv_error error = {0};

	if (!region)
		skip();
	assert_int_equal(policy->diags.errors, 0);
	if (program_build(program, policy, NULL, &error) ||
	    object_load(object, *program, &options, &error))
		fail_msg("%s", error.message);
}
