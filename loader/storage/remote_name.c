// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "remote.h"

#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_DEFAULT "/etc/xdivert/memnode.key"

static int split(struct remote_name *name)
{
	char *host = name->text, *volume, *query;

	if (strncmp(host, "//", 2) != 0)
		return -EINVAL;
	host += 2;
	volume = strchr(host, '/');
	if (!volume || volume == host)
		return -EINVAL;
	*volume++ = '\0';
	query = strchr(volume, '?');
	name->key = KEY_DEFAULT;
	if (query) {
		*query++ = '\0';
		if (strncmp(query, "key=", 4) != 0 || !query[4])
			return -EINVAL;
		name->key = query + 4;
	}
	name->volume = volume;
	if (!*volume || strlen(volume) > EXPORT_NAME_MAX)
		return -EINVAL;
	return memnode_address_split(host, &name->host, &name->port);
}

int remote_name_read(struct remote_name *name, const char *text, struct xdv_error *error)
{
	int length = snprintf(name->text, sizeof(name->text), "%s", text);

	if (length < (int)sizeof(name->text) && !split(name))
		return 0;
	fail(error, -EINVAL, "rdma: expected //NODE:PORT/VOLUME, found '%s'", text);
	return fail_hint(error, -EINVAL, "rdma://10.9.0.2:" MEMNODE_PORT "/vol0?key=" KEY_DEFAULT);
}
