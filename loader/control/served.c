// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "served.h"

#include "service.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until a gateway that has died is started again; twice as long each time after that. */
#define RETRY_MS      500
#define RETRY_DOUBLES 6
/* One that ran for so long has not failed in a row. */
#define STEADY_MS 60000

static void note(const struct served *served, enum journal_level level, const char *reason,
		 const char *text)
{
	journal_write(&served->service->journal, level, served->ifname, reason, "%s", text);
}

static void set(json_t **reference, json_t *value)
{
	json_incref(value);
	json_decref(*reference);
	*reference = value;
}

/* "vol0: nbd://10.0.0.1:10809/vol0, e0.0 on eth0; vol1: …", as much as there is room for. */
static void list_volumes(char *text, size_t size, const json_t *volumes)
{
	const json_t *volume;
	size_t i, length = 0;

	*text = '\0';
	json_array_foreach(volumes, i, volume)
	{
		const char *uri = said_text(volume, "uri"), *disk = said_text(volume, "disk");
		int more = snprintf(text + length, size - length, "%s%s: %s%s%s", i ? "; " : "",
				    said_text(volume, "name"), uri, *uri && *disk ? ", " : "",
				    disk);

		length += (size_t)more;
		if (more < 0 || length >= size)
			return;
	}
}

/* It says what it serves as soon as clients can come. */
static void has_said(struct child *child)
{
	struct served *served = container(child, struct served, child);
	json_t *report = json_loads(child->output ? child->output : "", 0, NULL);
	const json_t *volumes = json_object_get(report, "volumes");
	char text[64], list[512];

	if (volumes) {
		snprintf(text, sizeof(text), "its storage is served, by process %d", child->pid);
		list_volumes(list, sizeof(list), volumes);
		note(served, JOURNAL_INFO, list, text);
		served->reason[0] = '\0';
		child_forget(child);
	}
	json_decref(report);
}

static void step(struct served *served);

static void start_again(struct operation *operation, int result)
{
	struct served *served = container(operation, struct served, retry);

	(void)result;
	step(served);
	if (served->service->ending) /* which waits for this, too */
		service_settle(served->service);
}

static void has_failed(struct served *served, const char *reason)
{
	if (loop_now() - served->started >= STEADY_MS)
		served->failures = 0;
	if (strcmp(reason, served->reason) != 0)
		note(served, JOURNAL_ERROR, reason,
		     "its storage is not served; the gateway is started again, until it runs");
	snprintf(served->reason, sizeof(served->reason), "%s", reason);
	served->retry.done = start_again;
	loop_timer(served->service->loop, &served->retry, RETRY_MS << served->failures);
	if (served->failures < RETRY_DOUBLES)
		served->failures++;
}

/* As it was told; by the signal, if it had nothing to end yet. */
static bool ended_well(int status)
{
	return (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_DONE) ||
	       (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void has_ended(struct child *child, int status)
{
	struct served *served = container(child, struct served, child);
	json_t *report = json_loads(child->output ? child->output : "", 0, NULL);
	char reason[SAID_REASON];

	said_reason(reason, report, status);
	json_decref(report);
	if (served->given && served->wanted)
		has_failed(served, ended_well(status) ? "somebody has ended it" : reason);
	else if (ended_well(status))
		note(served, JOURNAL_INFO, served->why, "its storage gateway has ended");
	else
		note(served, JOURNAL_ERROR, reason, "its storage gateway has not ended well");
	set(&served->given, NULL);
	step(served);
	if (served->service->ending)
		service_settle(served->service);
}

static void start(struct served *served)
{
	char parent[16];
	const char *const arguments[] = {"storage",	 "serve",    "--json", "--interface",
					 served->ifname, "--parent", parent,   NULL};
	int err;

	snprintf(parent, sizeof(parent), "%d", getpid());
	served->child.said = has_said;
	served->child.ended = has_ended;
	served->started = loop_now();
	err = child_start(&served->child, served->service->loop, arguments);
	if (err)
		has_failed(served, strerror(-err));
	else
		set(&served->given, served->wanted);
}

static void step(struct served *served)
{
	if (served->wanted && !served_is_busy(served))
		start(served);
}

static void tell_to_end(struct served *served, const char *why)
{
	set(&served->given, NULL);
	served->why = why;
	child_end(&served->child);
}

void served_want(struct served *served, json_t *targets, bool anew)
{
	if (served->service->ending || !json_array_size(targets))
		targets = NULL;
	if (served->given && !targets)
		tell_to_end(served, served->service->ending
					    ? "the service ends"
					    : "nothing of its policy is to be served any more");
	else if (served->given && !json_equal(served->given, targets))
		tell_to_end(served, "its storage targets have changed");
	else if (served->given && anew)
		tell_to_end(served, "its policy was off meanwhile");
	set(&served->wanted, targets);
	served->failures = 0;
	served->reason[0] = '\0';
	if (served->retry.busy) /* begins at once, if there is something to begin */
		loop_cancel(served->service->loop, &served->retry);
	else
		step(served);
}
