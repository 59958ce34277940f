// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert memnode: memory that gateways read and write by RDMA.
 */
#include "command.h"
#include "fail.h"
#include "output.h"
#include "storage/memnode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Flushed at once: who has started it waits for that. */
static void print_volumes(const struct memnode_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct memnode_volume *volume = &plan->volumes[i];
		const char *file = !volume->path    ? ""
				   : volume->shared ? ", which is the memory"
						    : ", stored there when told, and at the end";

		printf("%s: %" PRIu64 " bytes, %s%s%s\n", volume->name, volume->size,
		       volume->path ? volume->path : "no file", file,
		       volume->read_only ? ", read-only" : "");
	}
	fflush(stdout);
}

static int read_plan(struct memnode_plan *plan, char *address, const struct arguments *arguments,
		     struct xdv_error *error)
{
	const char *key = option_value(arguments, "key");

	plan->port = MEMNODE_PORT;
	if (!key) {
		fail(error, -EINVAL, "memnode: expected --key FILE, found none");
		return fail_hint(
			error, -EINVAL,
			"(umask 077; openssl rand -hex 32 >FILE) makes one; gateways take a copy");
	}
	if (*address && memnode_address_split(address, &plan->host, &plan->port))
		return fail(error, -EINVAL,
			    "--listen: expected ADDRESS or ADDRESS:PORT, found '%s'",
			    option_value(arguments, "listen"));
	if (arguments->count > MEMNODE_VOLUMES_MAX)
		return fail(error, -EINVAL, "memnode: %zu volumes are more than %d",
			    arguments->count, MEMNODE_VOLUMES_MAX);
	return 0;
}

static int open_volumes(struct memnode_plan *plan, const struct arguments *arguments,
			struct xdv_error *error)
{
	int err = memnode_key_read(&plan->key, option_value(arguments, "key"), error);

	for (size_t i = 0; !err && i < arguments->count; i++) {
		err = memnode_volume_open(&plan->volumes[plan->count++], arguments->list[i], error);
		for (size_t j = 0; !err && j + 1 < plan->count; j++)
			if (strcmp(plan->volumes[j].name, plan->volumes[i].name) == 0)
				err = fail(error, -EINVAL, "%s: there are two volumes of this name",
					   plan->volumes[i].name);
	}
	return err;
}

enum status cmd_memnode(const struct arguments *arguments)
{
	const char *listen = option_value(arguments, "listen");
	char *address = strdup(listen ? listen : "");
	struct memnode_plan *plan = calloc(1, sizeof(*plan));
	struct memnode *node = NULL;
	struct xdv_error error = {0};
	enum status status;
	int err;

	if (!address || !plan)
		abort();
	err = read_plan(plan, address, arguments, &error);
	status = err ? report_as(STATUS_USAGE, &error) : STATUS_DONE;
	if (!err) {
		err = open_volumes(plan, arguments, &error);
		if (!err)
			err = memnode_open(&node, plan, &error);
		if (!err) {
			print_volumes(plan);
			err = memnode_run(node, &error);
		}
		status = err ? report(&error) : STATUS_DONE;
	}
	memnode_close(&node);
	for (size_t i = 0; i < plan->count; i++)
		if (memnode_volume_close(&plan->volumes[i], &error))
			status = report(&error);
	free(plan);
	free(address);
	return status;
}
