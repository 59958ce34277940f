// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert set: what is in the dynamic sets of a live policy.
 */
#include "command.h"
#include "fail.h"
#include "input.h"
#include "live/privileges.h"
#include "live/sets.h"
#include "output.h"
#include "policy/read_file.h"
#include "show.h"
#include "tell.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Another process changes the policy, or a set, for a moment: a load takes some 100 ms. */
#define WAIT_MS 10000

struct request {
	const struct arguments *arguments;
	const char *ifname, *set;
	struct live_sets sets;
	const struct live_set *found;
	struct policy *elements; /* NULL: the verb takes none */
	json_t *list;
	bool is_replaced; /* all that was in the set */
	uint32_t before, now; /* elements, if it is */
};

/* The sets of what is live; the caller holds the lock. */
static int open_sets(struct request *request, struct xdv_error *error)
{
	struct device device;
	struct live live;
	int err;

	err = device_read(&device, request->ifname, error);
	if (!err)
		err = live_find(&live, &device, error);
	if (err)
		return err;
	if (live.kind == ATTACH_NONE || !live.generation) {
		fail(error, -ENOENT, "%s: no policy is loaded on it", request->ifname);
		return fail_hint(error, -ENOENT, "load one: xdivert load %s FILE", request->ifname);
	}
	err = live_sets_read(&request->sets, request->ifname, live.generation);
	if (err)
		return fail(error, err, "%s: its dynamic sets can't be read: %s", request->ifname,
			    strerror(-err));
	return 0;
}

/* "blocked, allowed" */
static int no_such_set(const struct request *request, struct xdv_error *error)
{
	const char *name = request->set;
	char names[160] = "";
	size_t used = 0;

	fail(error, -ENOENT, "%s: its policy has no dynamic set `%s`", request->ifname, name);
	for (size_t i = 0; i < request->sets.count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 request->sets.list[i].kind.name);
	if (!request->sets.count)
		return fail_hint(error, -ENOENT,
				 "sets that can change are declared so: set %.40s : ipv4 dynamic",
				 name);
	return fail_hint(error, -ENOENT, "it has: %s", names);
}

static int find_set(struct request *request, struct xdv_error *error)
{
	request->found = live_sets_find(&request->sets, request->set);
	if (!request->found)
		return no_such_set(request, error);
	if (request->found->bit)
		return 0;
	fail(error, -ENOENT, "%s: no rule asks about set @%s, so that it is not kept",
	     request->ifname, request->set);
	return fail_hint(error, -ENOENT, "use it in a rule, and load the policy again");
}

/* All of the arguments behind the set in one text, or standard input for "-". */
static int read_text(const struct arguments *arguments, const char **file, char **text,
		     size_t *size)
{
	FILE *out;

	if (arguments->count == 4 && strcmp(arguments->list[3], "-") == 0) {
		*file = "-";
		return read_file("-", POLICY_SIZE_MAX, text, size);
	}
	*file = "arguments";
	out = open_memstream(text, size);
	if (!out)
		return -ENOMEM;
	for (size_t i = 3; i < arguments->count; i++)
		fprintf(out, "%s%s", i > 3 ? " " : "", arguments->list[i]);
	return fclose(out) ? -ENOMEM : 0;
}

/* STATUS_REJECTED with what is wrong told, if there is anything wrong with the elements. */
static enum status read_elements(struct request *request)
{
	const struct arguments *arguments = request->arguments;
	const char *file;
	char *text = NULL;
	size_t size;
	int err = read_text(arguments, &file, &text, &size);

	if (!err)
		err = elements_read(&request->elements, &request->found->kind, file, text, size);
	free(text);
	if (err == -EBADMSG)
		return report_as(STATUS_REJECTED,
				 &(struct xdv_error){err, "-: not a text file",
						     "elements are text, as in a policy"});
	if (err)
		return report_errno(err, file, NULL);
	if (request->elements->diags.errors)
		return input_reject(request->elements, arguments->json);
	return STATUS_DONE;
}

static void print_change(const struct request *request, const struct set_change *change,
			 const char *what)
{
	if (request->arguments->json)
		print_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "interface", request->ifname,
				     "set", request->set, "change", what, "elements",
				     (json_int_t)change->count, "before",
				     (json_int_t)change->before, "count", (json_int_t)change->now));
	else if (change->verb == SET_ADD)
		printf("%s: @%s: %u of %zu added, %u elements\n", request->ifname, request->set,
		       change->now - change->before, change->count, change->now);
	else if (change->verb == SET_DELETE)
		printf("%s: @%s: %u deleted, %u elements\n", request->ifname, request->set,
		       change->before - change->now, change->now);
	else
		printf("%s: @%s: %u elements, in place of %u\n", request->ifname, request->set,
		       change->now, change->before);
}

static enum status change(struct request *request, enum set_verb verb, const char *what)
{
	struct set_change change = {.set = request->set, .verb = verb};
	struct xdv_error error = {0};
	size_t missing = 0;
	uint32_t *keys = NULL;
	int err;

	if (request->elements) {
		keys = elements_keys(request->elements, &change.count);
		if (!keys)
			return report_errno(-ENOMEM, request->ifname, NULL);
	}
	change.keys = keys;
	err = live_set_change(&request->sets, &change, &missing, &error);
	if (err == -ENOENT && verb == SET_DELETE && !error.code) {
		char text[ELEMENT_TEXT];

		fail(&error, err, "%s: %s is not in set @%s", request->ifname,
		     element_format(text, &request->found->kind,
				    keys + missing * elements_key_words(&request->found->kind)),
		     request->set);
		fail_hint(&error, err, "nothing is changed; `xdivert set list %s %s` shows it",
			  request->ifname, request->set);
	}
	free(keys);
	if (err)
		return report(&error);
	request->is_replaced = verb == SET_REPLACE;
	request->before = change.before;
	request->now = change.now;
	print_change(request, &change, what);
	return STATUS_DONE;
}

static enum status run_add(struct request *request)
{
	return change(request, SET_ADD, "add");
}

static enum status run_delete(struct request *request)
{
	return change(request, SET_DELETE, "del");
}

static enum status run_replace(struct request *request)
{
	return change(request, SET_REPLACE, "replace");
}

static enum status run_flush(struct request *request)
{
	return change(request, SET_REPLACE, "flush");
}

static int list_key(void *context, const uint32_t *key, uint32_t sets)
{
	const struct request *request = context;
	char text[ELEMENT_TEXT];

	if (!(sets & request->found->bit))
		return 0;
	element_format(text, &request->found->kind, key);
	if (request->list)
		json_array_append_new(request->list, json_string(text));
	else
		puts(text);
	return 0;
}

static enum status run_list(struct request *request)
{
	struct dynamic_memory memory;
	int err = live_set_open(&memory, &request->sets, request->found);

	if (err)
		return report_errno(err, request->set, NULL);
	request->list = request->arguments->json ? json_array() : NULL;
	dynamic_each(&memory.map, list_key, request);
	dynamic_close(&memory);
	if (request->list)
		print_json(json_pack("{s:s, s:s, s:s, s:b, s:o}", "interface", request->ifname,
				     "set", request->set, "types", request->found->types,
				     "prefixes", (int)request->found->kind.prefixes, "elements",
				     request->list));
	return STATUS_DONE;
}

static enum status run_show(struct request *request)
{
	if (request->arguments->json)
		print_json(json_pack("{s:s, s:o}", "interface", request->ifname, "sets",
				     show_sets_json(&request->sets)));
	for (size_t i = 0; !request->arguments->json && i < request->sets.count; i++)
		show_set(&request->sets.list[i], stdout);
	return STATUS_DONE;
}

static const struct verb {
	const char *name;
	bool takes_set, takes_elements;
	enum status (*run)(struct request *request);
} verbs[] = {
	{"add", true, true, run_add},	      {"del", true, true, run_delete},
	{"replace", true, true, run_replace}, {"flush", true, false, run_flush},
	{"list", true, false, run_list},      {"show", false, false, run_show},
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static const struct verb *find_verb(const char *name, struct xdv_error *error)
{
	const char *names[VERBS], *near;

	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(name, names[i]) == 0)
			return &verbs[i];
	}
	near = nearest_name(name, names, VERBS);
	fail(error, -EINVAL, "set: expected add, del, replace, flush, list or show, found '%s'",
	     name);
	if (near)
		fail_hint(error, -EINVAL, "did you mean `%s`?", near);
	else
		fail_hint(error, -EINVAL, "`xdivert help set` shows how it is used");
	return NULL;
}

static int check_arguments(const struct arguments *arguments, const struct verb *verb,
			   struct xdv_error *error)
{
	size_t least = 2 + verb->takes_set + verb->takes_elements;

	if (arguments->count < least) {
		fail(error, -EINVAL, "set %s: %s is missing", verb->name,
		     arguments->count < 3 ? "the name of a set" : "an element");
		return fail_hint(error, -EINVAL, "xdivert set %s IFACE%s%s", verb->name,
				 verb->takes_set ? " SET" : "",
				 verb->takes_elements ? " ELEMENT...|-" : "");
	}
	if (arguments->count > least && !verb->takes_elements)
		return fail(error, -EINVAL, "set %s: one argument too many: '%s'", verb->name,
			    arguments->list[least]);
	return 0;
}

static enum status run(struct request *request, const struct verb *verb)
{
	enum status status = STATUS_DONE;
	struct xdv_error error = {0};
	int err = open_sets(request, &error);

	if (!err && verb->takes_set)
		err = find_set(request, &error);
	if (err)
		return report(&error);
	if (verb->takes_elements)
		status = read_elements(request);
	if (status == STATUS_DONE)
		status = verb->run(request);
	if (request->elements)
		policy_free(&request->elements);
	live_sets_free(&request->sets);
	return status;
}

/* Not of each element that comes or goes: these may be many a second. */
static void tell(const struct request *request, const char *verb)
{
	char reason[32];

	if (!request->is_replaced)
		return;
	snprintf(reason, sizeof(reason), "set %s", verb);
	tell_service(JOURNAL_INFO, request->ifname, reason, "@%s: %u elements, in place of %u",
		     request->set, request->now, request->before);
}

enum status cmd_set(const struct arguments *arguments)
{
	struct request request = {.arguments = arguments, .ifname = arguments->list[1]};
	struct xdv_error error = {0};
	const struct verb *verb = find_verb(arguments->list[0], &error);
	struct state_lock lock;
	enum status status;

	if (!verb || check_arguments(arguments, verb, &error))
		return report_as(STATUS_USAGE, &error);
	request.set = arguments->list[2]; /* a leading @, as in rules, does no harm */
	if (verb->takes_set)
		request.set += *request.set == '@';
	if (privileges_check_loaded(request.ifname, "see and change its sets", &error) ||
	    state_lock_wait(&lock, request.ifname, WAIT_MS, &error))
		return report(&error);
	status = run(&request, verb);
	state_unlock(&lock);
	tell(&request, verb->name);
	return status;
}
