// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "privileges.h"

#include "fail.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct need {
	const char *name;
	unsigned int capability;
	unsigned int instead; /* what the kernel takes for it too */
	bool to_load; /* only to load a policy */
} needs[] = {
	{"CAP_BPF", CAP_BPF, CAP_SYS_ADMIN, false},
	{"CAP_NET_ADMIN", CAP_NET_ADMIN, CAP_NET_ADMIN, false},
	/* without it the verifier allows no arithmetic on pointers into the packet */
	{"CAP_PERFMON", CAP_PERFMON, CAP_SYS_ADMIN, true},
};

static int effective_capabilities(uint64_t *set)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*set = data[0].effective | (uint64_t)data[1].effective << 32;
	return 0;
}

bool privileges_has(unsigned int capability)
{
	uint64_t set = 0;

	return effective_capabilities(&set) || set >> capability & 1;
}

static bool is_met(const struct need *need, uint64_t set)
{
	return (set >> need->capability & 1) || (set >> need->instead & 1);
}

static int check(const char *object, const char *action, bool loads, struct xdv_error *error)
{
	char missing[64] = "";
	size_t length = 0;
	uint64_t set = 0;

	if (effective_capabilities(&set)) /* the kernel will say itself what it minds */
		return 0;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if ((needs[i].to_load && !loads) || is_met(&needs[i], set))
			continue;
		length += (size_t)snprintf(missing + length, sizeof(missing) - length, "%s%s",
					   length ? " and " : "", needs[i].name);
	}
	if (!length)
		return 0;
	fail(error, -EPERM, "%s: to %s takes %s, which this process does not have", object, action,
	     missing);
	return fail_hint(error, -EPERM,
			 "run it as root, for example with sudo, or give it the capabilities");
}

int privileges_check(const char *object, const char *action, struct xdv_error *error)
{
	return check(object, action, true, error);
}

int privileges_check_loaded(const char *object, const char *action, struct xdv_error *error)
{
	return check(object, action, false, error);
}
