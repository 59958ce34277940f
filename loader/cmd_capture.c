// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert capture: the samples that rules take, as pcapng, whatever becomes of the packets. By the
 * service, where one runs: it gives them to many at once.
 */
#include "command.h"
#include "control.h"
#include "fail.h"
#include "live/privileges.h"
#include "live/tap.h"
#include "message.h"
#include "output.h"
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often it looks whether another policy is live, whose samples are in a ring of its own. */
#define LOOK_MS	  500
#define FINISH_MS 10000

struct capturing {
	const char *ifname, *rule; /* rule: NULL for all */
	const char *path;
	FILE *file;
	struct tap tap;
	uint64_t count, limit, lost; /* limit 0: none */
};

static volatile sig_atomic_t running = 1;

static void end(int number)
{
	(void)number;
	running = 0;
}

static int take(void *context, const struct xdv_sample *sample)
{
	struct capturing *capturing = context;
	const char *rule = tap_rule(&capturing->tap, sample);

	if (!rule)
		return -EBADMSG;
	if (capturing->rule && strcmp(rule, capturing->rule) != 0)
		return 0;
	if (tap_write(&capturing->tap, capturing->file, sample))
		return -EIO;
	capturing->count++;
	return capturing->limit && capturing->count >= capturing->limit ? -ECANCELED : 0;
}

static int follow_policy(struct capturing *capturing, struct xdv_error *error)
{
	int n = tap_follow(&capturing->tap, error);

	if (n > 0 && capturing->rule)
		n = tap_check_rule(&capturing->tap, capturing->rule, error);
	return n;
}

static int capture_all(struct capturing *capturing, struct xdv_error *error)
{
	int n = 0;

	while (running && n >= 0) {
		n = samples_read(capturing->tap.samples, LOOK_MS);
		if (n > 0 && fflush(capturing->file))
			n = -EIO;
		if (n == 0)
			n = follow_policy(capturing, error);
	}
	if (n >= 0) /* what was there when it was to end */
		n = samples_read(capturing->tap.samples, 0);
	return n == -ECANCELED || n > 0 ? 0 : n;
}

/* `flags`: O_TRUNC, or 0 for a file that the service empties when there is a capture. */
static enum status open_file(struct capturing *capturing, int flags)
{
	struct xdv_error error;
	int fd;

	if (strcmp(capturing->path, "-") == 0) {
		capturing->file = stdout;
		if (isatty(STDOUT_FILENO)) {
			fail(&error, -EINVAL, "pcapng is not for a terminal");
			fail_hint(&error, -EINVAL, "redirect it, or name a file with -o");
			return report_as(STATUS_USAGE, &error);
		}
	} else {
		fd = open(capturing->path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
		capturing->file = fd < 0 ? NULL : fdopen(fd, "w");
	}
	return capturing->file ? STATUS_DONE : report_errno(-errno, capturing->path, NULL);
}

static void tell_count(const struct capturing *capturing)
{
	remark("%" PRIu64 " packets captured, %" PRIu64 " lost", capturing->count, capturing->lost);
}

static enum status finish(struct capturing *capturing, int err, const struct xdv_error *error)
{
	if (fflush(capturing->file) && !err)
		err = -EIO;
	if (capturing->file != stdout)
		fclose(capturing->file);
	if (error->code)
		return report(error);
	return err ? report_errno(err, err == -EIO ? capturing->path : capturing->ifname, NULL)
		   : STATUS_DONE;
}

/* Without a service. */
static enum status capture_here(struct capturing *capturing)
{
	struct xdv_error error = {};
	enum status status;
	int err;

	if (tap_open(&capturing->tap, capturing->ifname, take, capturing, &error))
		return report(&error);
	if (capturing->rule && tap_check_rule(&capturing->tap, capturing->rule, &error)) {
		tap_close(&capturing->tap);
		return report(&error);
	}
	status = open_file(capturing, O_TRUNC);
	if (status == STATUS_DONE) {
		err = pcapng_start(capturing->file, "xdivert " XDIVERT_VERSION, capturing->ifname);
		if (!err && fflush(capturing->file))
			err = -EIO;
		if (!err)
			err = capture_all(capturing, &error);
		capturing->lost = tap_lost(&capturing->tap);
		tell_count(capturing);
		status = finish(capturing, err, &error);
	}
	tap_close(&capturing->tap);
	return status;
}

static int send_name(int fd, const char *request, struct xdv_error *error)
{
	return control_send(
		fd, json_pack("{s:i, s:s}", "version", MESSAGE_VERSION, "request", request), error);
}

/* Until the service says that it is over, which it is asked to at our end. */
static int wait_for_service(struct capturing *capturing, int fd, struct xdv_error *error)
{
	struct pollfd told = {.fd = fd, .events = POLLIN};
	json_t *event, *failed;
	int err = 0;

	while (running && poll(&told, 1, LOOK_MS) <= 0)
		;
	if (!running)
		err = send_name(fd, "finish", error);
	if (!err)
		err = control_receive(fd, &event, NULL, NULL, FINISH_MS, error);
	if (err)
		return err;
	capturing->count = (uint64_t)json_integer_value(json_object_get(event, "packets"));
	capturing->lost = (uint64_t)json_integer_value(json_object_get(event, "lost"));
	tell_count(capturing);
	failed = json_object_get(event, "failed");
	if (failed)
		err = control_error(failed, error);
	json_decref(event);
	return err;
}

/* The file is opened by us, where we are and as who we are; the service writes it. */
static enum status capture_by_service(struct capturing *capturing, int fd)
{
	json_t *request = json_pack("{s:i, s:s, s:s, s:s*, s:b}", "version", MESSAGE_VERSION,
				    "request", "capture", "interface", capturing->ifname, "rule",
				    capturing->rule, "empty", strcmp(capturing->path, "-") != 0);
	enum status status;
	struct xdv_error error = {};
	json_t *answer;
	int err;

	status = open_file(capturing, 0);
	if (status != STATUS_DONE) {
		json_decref(request);
		return status;
	}
	if (capturing->limit)
		json_object_set_new(request, "count", json_integer((json_int_t)capturing->limit));
	err = control_send_with(fd, request, fileno(capturing->file), &error);
	if (!err)
		err = control_receive(fd, &answer, NULL, NULL, FINISH_MS, &error);
	if (err)
		return report(&error);
	json_decref(answer);
	err = wait_for_service(capturing, fd, &error);
	return finish(capturing, err, &error);
}

static enum status run(struct capturing *capturing)
{
	struct xdv_error error;
	enum status status;
	int fd;

	if (privileges_check_loaded(capturing->ifname, "capture its samples", &error))
		return report(&error);
	signal(SIGINT, end);
	signal(SIGTERM, end);
	fd = control_connect(&error);
	if (fd == -ECONNREFUSED)
		return capture_here(capturing);
	if (fd < 0)
		return report(&error);
	status = capture_by_service(capturing, fd);
	close(fd);
	return status;
}

enum status cmd_capture(const struct arguments *arguments)
{
	const char *count = option_value(arguments, "count");
	const char *path = option_value(arguments, "output");
	struct capturing capturing = {
		.ifname = arguments->list[0],
		.rule = arguments->list[1],
		.path = path ? path : "-",
	};
	struct xdv_error error;
	char *rest;

	if (count) {
		capturing.limit = strtoull(count, &rest, 10);
		if (*rest || !capturing.limit || *count == '-') {
			fail(&error, -EINVAL, "--count: expected a number of packets, found '%s'",
			     count);
			return report_as(STATUS_USAGE, &error);
		}
	}
	return run(&capturing);
}
