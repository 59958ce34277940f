// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "plan.h"

#include "address.h"
#include "ast.h"
#include "fail.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As it may be in a URI without quoting. */
static bool is_name(const char *text, size_t length)
{
	if (!length || length > EXPORT_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	return true;
}

static bool take_word(char *text, const char *word)
{
	size_t length = strlen(text), word_length = strlen(word);

	if (length <= word_length || strcmp(text + length - word_length, word) != 0)
		return false;
	text[length - word_length] = '\0';
	return true;
}

/* From behind: there may be commas in a path. */
static void take_options(struct export_plan *export)
{
	for (;;) {
		if (take_word(export->backend, ",read-only"))
			export->read_only = true;
		else if (take_word(export->backend, ",cached"))
			export->cached = true;
		else
			return;
	}
}

static int check_new(const struct server_plan *plan, const char *name, struct xdv_error *error)
{
	if (plan->count == EXPORTS_MAX)
		return fail(error, -E2BIG, "%s: more than %d volumes", name, EXPORTS_MAX);
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->exports[i].name, name) == 0)
			return fail(error, -EEXIST, "a second volume '%s'", name);
	return 0;
}

/* With a copy of the back end, whose options may be behind it. */
static int add(struct server_plan *plan, const struct export_plan *planned, struct xdv_error *error)
{
	struct export_plan *export = &plan->exports[plan->count];
	int err = check_new(plan, planned->name, error);

	if (err)
		return err;
	*export = *planned;
	export->backend = strdup(planned->backend);
	if (!export->backend)
		return fail(error, -ENOMEM, "no memory for a plan");
	plan->count++;
	return 0;
}

int plan_add(struct server_plan *plan, const char *text, const char *address,
	     struct xdv_error *error)
{
	const char *equals = strchr(text, '=');
	struct export_plan export = {.address = address};
	int err;

	if (!equals || !is_name(text, (size_t)(equals - text))) {
		fail(error, -EINVAL, "expected NAME=BACKEND, found '%s'", text);
		return fail_hint(
			error, -EINVAL,
			"such as vol0=file:/srv/vol0.img; a name has letters, digits and -_.");
	}
	snprintf(export.name, sizeof(export.name), "%.*s", (int)(equals - text), text);
	export.backend = (char *)equals + 1;
	err = address_check(address, error);
	if (!err)
		err = add(plan, &export, error);
	if (!err)
		take_options(&plan->exports[plan->count - 1]);
	return err;
}

static int no_interface(const struct consumer *target, struct xdv_error *error)
{
	fail(error, -ENOENT, "storage target '%s' is for AoE, and there is no interface for it",
	     target->name.text);
	return fail_hint(error, -ENOENT, "say where its policy is live: --interface eth0");
}

/* The kernel has one AF_XDP socket a queue: one target takes what is for all disks. */
static int find_target(struct server_plan *plan, const struct policy *policy,
		       struct xdv_error *error)
{
	const struct consumer *disk = NULL;

	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct consumer *target = policy->consumers[i];

		if (!target->storage.aoe.text)
			continue;
		disk = target;
		if (!target->used)
			continue;
		if (plan->target) {
			fail(error, -EOPNOTSUPP, "%s: rules divert to '%s' and to '%s'",
			     policy->file, plan->target, target->name.text);
			return fail_hint(error, -EOPNOTSUPP,
					 "what is diverted to one of them is for all disks");
		}
		plan->target = target->name.text;
	}
	if (plan->target || !disk)
		return 0;
	fail(error, -ENOENT, "%s: no rule diverts to '%s'", policy->file, disk->name.text);
	return fail_hint(error, -ENOENT, "rule disks: ether type aoe => storage %s",
			 disk->name.text);
}

int plan_add_policy(struct server_plan *plan, const struct policy *policy, struct xdv_error *error)
{
	int err = plan->ifname ? find_target(plan, policy, error) : 0;

	for (size_t i = 0; !err && i < policy->volume_count; i++) {
		const struct consumer *target = policy->volumes[i];
		struct export_plan export = {.address = target->storage.nbd.text,
					     .backend = (char *)target->storage.backend.text,
					     .read_only = target->storage.read_only,
					     .cached = target->storage.cached,
					     .aoe = target->storage.aoe.text && plan->ifname,
					     .shelf = target->storage.shelf,
					     .slot = target->storage.slot};

		if (!export.address && !export.aoe)
			return no_interface(target, error);
		snprintf(export.name, sizeof(export.name), "%s", target->name.text);
		err = add(plan, &export, error);
	}
	if (err || policy->volume_count)
		return err;
	fail(error, -ENOENT, "%s: no storage target that says what it serves, and to whom",
	     policy->file);
	return fail_hint(error, -ENOENT,
			 "target vol0 storage { nbd \"%s\"; backend \"memory:1G\" }",
			 "127.0.0.1:10809");
}

void plan_free(struct server_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->exports[i].backend);
	plan->count = 0;
}
