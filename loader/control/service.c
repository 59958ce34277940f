// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "service.h"

#include "fail.h"
#include "live/privileges.h"
#include "notify.h"
#include "output.h"
#include "requests.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* In which clients are told what there still is to tell. */
#define DRAIN_MS 500

static void put_status(const struct service *service)
{
	size_t live = 0;

	for (size_t i = 0; i < service->held_count; i++)
		live += service->held[i].state == HELD_LIVE;
	notify_status("%zu of %zu policies live", live, service->held_count);
}

static void become_ready(struct service *service)
{
	enum status status = STATUS_DONE;

	for (size_t i = 0; i < service->held_count; i++) {
		const struct held *held = &service->held[i];

		if (held->state == HELD_LOADING || held_is_busy(held))
			return;
		if (held->state == HELD_FAILED && status == STATUS_DONE)
			status = (enum status)held->status;
	}
	if (status != STATUS_DONE) {
		service_end(service, status);
		return;
	}
	service->ready = true;
	journal_write(&service->journal, JOURNAL_INFO, NULL, "", "ready, at %s",
		      service->listening.path);
	notify_manager("READY=1");
}

static bool all_ended(const struct service *service)
{
	for (size_t i = 0; i < service->held_count; i++)
		if (service->held[i].state != HELD_ENDED || held_is_busy(&service->held[i]))
			return false;
	return true;
}

void service_settle(struct service *service)
{
	put_status(service);
	if (!service->ending && !service->ready) {
		become_ready(service);
	} else if (!service->ending) {
		notify_manager("READY=1"); /* also after RELOADING */
	} else {
		for (size_t i = 0; i < service->held_count; i++)
			held_end(&service->held[i]);
		if (all_ended(service))
			loop_stop(service->loop);
	}
}

void service_end(struct service *service, enum status status)
{
	if (service->ending)
		return;
	service->ending = true;
	service->status = status;
	notify_manager("STOPPING=1");
	service_settle(service);
}

void service_reload(struct service *service, const char *reason)
{
	journal_write(&service->journal, JOURNAL_INFO, NULL, reason, "loading %zu polic%s again",
		      service->held_count, service->held_count == 1 ? "y" : "ies");
	if (service->held_count)
		notify_reloading();
	for (size_t i = 0; i < service->held_count; i++)
		held_load(&service->held[i]);
}

static void has_signal(struct operation *operation, int result)
{
	struct service *service = container(operation, struct service, read_signal);
	int number = result == sizeof(service->signal) ? (int)service->signal.ssi_signo : 0;

	if (number == SIGHUP) {
		service_reload(service, "SIGHUP");
	} else if (number) {
		journal_write(&service->journal, JOURNAL_INFO, NULL,
			      number == SIGTERM ? "SIGTERM" : "SIGINT", "ending");
		service_end(service, STATUS_DONE);
	}
	if (!service->ending)
		loop_read(service->loop, operation, service->signals, &service->signal,
			  sizeof(service->signal));
}

static int start_signals(struct service *service, struct xdv_error *error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	service->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (service->signals < 0)
		return fail(error, -errno, "signalfd: %s", strerror(errno));
	service->read_signal.done = has_signal;
	loop_read(service->loop, &service->read_signal, service->signals, &service->signal,
		  sizeof(service->signal));
	return 0;
}

static struct held *find_held(const struct service *service, const char *ifname)
{
	for (size_t i = 0; i < service->held_count; i++)
		if (strcmp(service->held[i].ifname, ifname) == 0)
			return &service->held[i];
	return NULL;
}

static void link_event(void *context, enum link_event event, const struct link *link,
		       const struct link *before)
{
	static const char *const texts[] = {
		[LINK_CAME] = "the interface is there",
		[LINK_WENT] = "the interface is gone",
		[LINK_UP] = "the link is up",
		[LINK_DOWN] = "the link is down",
		[LINK_MTU] = "its MTU has changed",
		[LINK_RENAMED] = "it has a new name",
		[LINK_PROGRAM] = "what is attached is not of xdivert, or a dispatcher",
	};
	struct service *service = context;
	struct held *held = find_held(service, link->name);
	struct held *was = before ? find_held(service, before->name) : NULL;
	char reason[64] = "";

	if (service->ending || (!held && !was))
		return;
	if (event == LINK_PROGRAM &&
	    (!link->program || generation_of_program(link->name, link->program)))
		return; /* loads and unloads are told by who makes them */
	if (event == LINK_MTU)
		snprintf(reason, sizeof(reason), "%u, was %u", link->mtu, before->mtu);
	else if (event == LINK_PROGRAM)
		snprintf(reason, sizeof(reason), "program %u", link->program);
	else if (event == LINK_RENAMED)
		snprintf(reason, sizeof(reason), "%s, was %s", link->name, before->name);
	journal_write(&service->journal, event == LINK_WENT ? JOURNAL_WARNING : JOURNAL_INFO,
		      before ? before->name : link->name, reason, "%s", texts[event]);
	if (event == LINK_WENT && held)
		held_lose(held);
	if (event == LINK_RENAMED && was)
		held_lose(was);
	if (held && (event == LINK_CAME || event == LINK_RENAMED ||
		     (event == LINK_MTU && mtu_asks_for_load(before->mtu, link->mtu))))
		held_load(held);
}

static int read_policies(struct service *service, char **words, size_t count,
			 struct xdv_error *error)
{
	service->held = calloc(count + 1, sizeof(*service->held));
	if (!service->held)
		return fail(error, -ENOMEM, "no memory for %zu policies", count);
	for (size_t i = 0; i < count; i++) {
		struct held *held = &service->held[i];
		const char *equals = strchr(words[i], '=');
		size_t length = equals ? (size_t)(equals - words[i]) : 0;

		if (!length || length >= IF_NAMESIZE || !equals[1]) {
			fail(error, -EINVAL, "expected IFACE=FILE, found '%s'", words[i]);
			return fail_hint(error, -EINVAL, "xdivert run eth0=some.policy");
		}
		*held = (struct held){.service = service, .file = equals + 1};
		memcpy(held->ifname, words[i], length);
		held->served = (struct served){.service = service, .ifname = held->ifname};
		if (find_held(service, held->ifname))
			return fail(error, -EINVAL, "%s: a second policy for it: %s", held->ifname,
				    held->file);
		service->held_count++;
	}
	return 0;
}

static int start(struct service *service, const struct service_options *options,
		 struct xdv_error *error)
{
	int err = journal_open(&service->journal);

	if (err)
		return fail(error, err, "no memory for the journal");
	err = loop_create(&service->loop, options->sqpoll, error);
	if (err)
		return err;
	err = listen_control(&service->listening, error);
	if (err)
		return err;
	server_start(&service->control, service->loop, &control_kind, service->listening.fd,
		     service);
	if (options->metrics)
		err = metrics_start(&service->metrics, service->loop, options->metrics, service,
				    error);
	if (err)
		return err;
	service->trials.service = service;
	service->journal.told = requests_log_event;
	service->journal.context = service;
	service->links.event = link_event;
	service->links.context = service;
	err = links_start(&service->links, service->loop, error);
	return err ? err : start_signals(service, error);
}

/* So that a thousand clients are refused for being too many, and not for want of descriptors. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* What is under way refers to memory of ours: nothing is freed before it is over. */
static void free_service(struct service *service)
{
	service->ending = true;
	if (service->loop) {
		captures_end(&service->captures);
		loop_wait(service->loop, &service->captures.count, DRAIN_MS);
		if (service->listening.fd >= 0)
			server_end(&service->control);
		if (service->links.socket)
			links_end(&service->links);
		metrics_end(&service->metrics);
		trials_end(&service->trials);
		for (size_t i = 0; i < service->held_count; i++)
			served_want(&service->held[i].served, NULL, false);
		loop_cancel(service->loop, &service->lends.tick);
		loop_cancel(service->loop, &service->read_signal);
		loop_drain(service->loop, DRAIN_MS);
	}
	listen_end(&service->listening);
	metrics_free(&service->metrics);
	view_free(&service->lends.known);
	loop_free(&service->loop);
	links_free(&service->links);
	if (service->signals >= 0)
		close(service->signals);
	journal_close(&service->journal);
	free(service->held);
}

enum status service_run(char **policies, size_t count, const struct service_options *options)
{
	struct service service = {.signals = -1, .listening.fd = -1, .since = loop_now()};
	struct xdv_error error;
	enum status status;
	int err;

	raise_limits();
	err = read_policies(&service, policies, count, &error);
	if (err) {
		free(service.held);
		return report_as(STATUS_USAGE, &error);
	}
	err = privileges_check("run", "run the service", &error);
	if (!err)
		err = start(&service, options, &error);
	if (!err) {
		for (size_t i = 0; i < count; i++)
			held_load(&service.held[i]);
		service_settle(&service);
		err = loop_run(service.loop);
		if (err)
			fail(&error, err, "io_uring: %s", strerror(-err));
	}
	status = err ? report(&error) : service.status;
	free_service(&service);
	return status;
}
