// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "held.h"

#include "command.h"
#include "live/observe.h"
#include "said.h"
#include "service.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#define RETRY_MS  500 /* after another process was in the way */
#define RETRY_MAX 60

const char *const held_states[HELD_STATES] = {
	[HELD_LOADING] = "loading", [HELD_LIVE] = "live",	    [HELD_ABSENT] = "absent",
	[HELD_FAILED] = "failed",   [HELD_UNLOADING] = "unloading", [HELD_ENDED] = "ended",
};

static void note(const struct held *held, enum journal_level level, const char *reason,
		 const char *text)
{
	journal_write(&held->service->journal, level, held->ifname, reason, "%s", text);
}

static void note_live(const struct held *held, const json_t *report)
{
	char reason[256], text[512];

	snprintf(text, sizeof(text), "%s is live", held->file);
	snprintf(reason, sizeof(reason), "generation %d, %s, %s",
		 (int)json_integer_value(json_object_get(report, "generation")),
		 said_text(report, "mode"), said_text(report, "attach"));
	note(held, JOURNAL_INFO, reason, text);
	if (*said_text(report, "warning"))
		note(held, JOURNAL_WARNING, "", said_text(report, "warning"));
}

static void note_diagnostics(const struct held *held, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		char text[512];

		if (strcmp(said_text(one, "severity"), "error") != 0)
			continue;
		snprintf(text, sizeof(text), "%s:%d:%d: %s [%s]", said_text(one, "file"),
			 (int)json_integer_value(json_object_get(one, "line")),
			 (int)json_integer_value(json_object_get(one, "column")),
			 said_text(one, "message"), said_text(one, "code"));
		note(held, JOURNAL_ERROR, said_text(one, "hint"), text);
	}
}

static void note_failure(const struct held *held, const json_t *report, int status)
{
	char text[512], reason[SAID_REASON];

	snprintf(text, sizeof(text), "%s is not loaded", held->file);
	said_reason(reason, report, status);
	note(held, JOURNAL_ERROR, reason, text);
	note_diagnostics(held, json_object_get(report, "diagnostics"));
}

static void load_again(struct operation *operation, int result)
{
	struct held *held = container(operation, struct held, retry);

	(void)result;
	if (held->service->ending) /* which waits for this, too */
		service_settle(held->service);
	else
		held_load(held);
}

/* Of a load that failed. True: it is not the end of it. */
static bool is_to_be_tried_again(struct held *held, const char *code)
{
	if (strcmp(code, "ENODEV") == 0) {
		if (held->state != HELD_ABSENT)
			note(held, JOURNAL_WARNING, "there is no such interface",
			     "its policy is loaded when it appears");
		held->state = HELD_ABSENT;
		return true;
	}
	if (strcmp(code, "EBUSY") != 0 || ++held->busy > RETRY_MAX || held->service->ending)
		return false;
	held->retry.done = load_again;
	loop_timer(held->service->loop, &held->retry, RETRY_MS);
	return true;
}

static void has_loaded(struct child *child, int status)
{
	struct held *held = container(child, struct held, child);
	json_t *report = json_loads(child->output ? child->output : "", 0, NULL);
	const char *code = said_text(json_object_get(report, "error"), "code");

	held->status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
	if (WIFEXITED(status) && !held->status) {
		held->state = HELD_LIVE;
		held->busy = 0;
		note_live(held, report);
		served_want(&held->served, json_object_get(report, "storage"),
			    strcmp(said_text(report, "change"), "new") == 0);
	} else if (!is_to_be_tried_again(held, code)) {
		held->state = HELD_FAILED;
		held->busy = 0;
		note_failure(held, report, status);
	}
	json_decref(report);
	if (held->again && !held->service->ending && !held->retry.busy)
		held_load(held);
	service_settle(held->service);
}

void held_load(struct held *held)
{
	const char *const arguments[] = {"load", "--json", "--", held->ifname, held->file, NULL};
	int err;

	held->again = child_runs(&held->child);
	if (held->again || held->service->ending)
		return;
	if (held->state != HELD_ABSENT)
		held->state = HELD_LOADING;
	held->child.ended = has_loaded;
	err = child_start(&held->child, held->service->loop, arguments);
	if (!err)
		return;
	held->state = HELD_FAILED;
	held->status = STATUS_FAILED;
	note(held, JOURNAL_ERROR, strerror(-err), "no process can be started to load its policy");
}

void held_lose(struct held *held)
{
	held->state = HELD_ABSENT;
	served_want(&held->served, NULL, false);
}

static void has_unloaded(struct child *child, int status)
{
	struct held *held = container(child, struct held, child);
	json_t *report = json_loads(child->output ? child->output : "", 0, NULL);

	held->state = HELD_ENDED;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		note(held, JOURNAL_INFO, "on-exit unload", "the policy is off");
	else
		note(held, JOURNAL_ERROR, said_text(json_object_get(report, "error"), "message"),
		     "the policy is not off");
	json_decref(report);
	service_settle(held->service);
}

/* The policy that is live says, whoever has loaded it. */
static bool is_to_be_unloaded(const struct held *held)
{
	struct view view;
	bool unload;

	if (view_read(&view, held->ifname, NULL))
		return false;
	unload = view.policy->unload_on_exit;
	view_free(&view);
	return unload;
}

void held_end(struct held *held)
{
	const char *const arguments[] = {"unload", "--json", "--", held->ifname, NULL};

	loop_cancel(held->service->loop, &held->retry);
	served_want(&held->served, NULL, false);
	if (held_is_busy(held) || served_is_busy(&held->served) || held->state >= HELD_UNLOADING)
		return; /* when that is done, we are asked again */
	held->child.ended = has_unloaded;
	if (!is_to_be_unloaded(held) || child_start(&held->child, held->service->loop, arguments))
		held->state = HELD_ENDED;
	else
		held->state = HELD_UNLOADING;
}
