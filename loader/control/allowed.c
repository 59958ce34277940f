// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "allowed.h"

#include "server.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* False: it is no number. */
static bool read_number(const char *text, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return !*end && end != text && !errno;
}

static bool is_user(const char *who, uid_t uid)
{
	const struct passwd *entry;
	unsigned long number;

	if (read_number(who, &number))
		return number == uid;
	entry = getpwnam(who);
	return entry && entry->pw_uid == uid;
}

static bool read_group(const char *who, gid_t *gid)
{
	const struct group *entry;
	unsigned long number;

	if (read_number(who, &number)) {
		*gid = (gid_t)number;
		return *gid == number;
	}
	entry = getgrnam(who);
	if (entry)
		*gid = entry->gr_gid;
	return entry != NULL;
}

/* As they were when the client connected, of which the kernel keeps a copy. */
static bool is_member(const struct connection *connection, gid_t gid)
{
	socklen_t length = 0;
	bool found = false;
	gid_t *groups;

	if (connection_peer(connection)->gid == gid)
		return true;
	getsockopt(connection_fd(connection), SOL_SOCKET, SO_PEERGROUPS, NULL, &length);
	groups = length ? malloc(length) : NULL;
	if (groups &&
	    getsockopt(connection_fd(connection), SOL_SOCKET, SO_PEERGROUPS, groups, &length) == 0)
		for (size_t i = 0; i < length / sizeof(*groups); i++)
			found |= groups[i] == gid;
	free(groups);
	return found;
}

static bool is_covered(const struct allow *allow, const struct connection *connection)
{
	gid_t gid;

	if (!allow->group)
		return is_user(allow->who.text, connection_peer(connection)->uid);
	return read_group(allow->who.text, &gid) && is_member(connection, gid);
}

bool is_allowed(const struct consumer *consumer, const struct connection *connection)
{
	if (connection_peer(connection)->root)
		return true;
	for (size_t i = 0; i < consumer->allow_count; i++)
		if (is_covered(&consumer->allow[i], connection))
			return true;
	return false;
}
