// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "captures.h"

#include "capture_file.h"
#include "fail.h"
#include "live/tap.h"
#include "output.h"
#include "requests.h"
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS	   500 /* how often it is looked whether another policy is live */
#define AT_ONCE	   256 /* samples, then it is others' turn */
#define RULE_BYTES 64

/* What is read of an interface, and for whom. It goes when nobody captures and no operation runs.
 */
struct sampling {
	struct sampling *next;
	struct service *service;
	struct tap tap;
	struct operation readable, look;
	struct capture *captures;
	unsigned int budget; /* samples that may be read before others have their turn */
};

struct capture {
	struct capture *next;
	struct sampling *from; /* NULL: it gets no more */
	struct service *service;
	struct connection *connection; /* NULL: it has gone */
	struct capture_file file;
	char ifname[IF_NAMESIZE], rule[RULE_BYTES]; /* rule: "" for all */
	uint64_t limit; /* 0: none */
	bool empties; /* the file, before it begins */
	uint64_t packets, behind; /* behind: the file could not take them */
	uint64_t before, lost; /* of the ring: at the begin, and from then to the end */
	struct xdv_error error;
};

static void free_sampling(struct sampling *sampling)
{
	struct sampling **place = &sampling->service->captures.list;

	while (*place != sampling)
		place = &(*place)->next;
	*place = sampling->next;
	tap_close(&sampling->tap);
	free(sampling);
}

/* Operations go on as long as somebody captures. The sampling may be gone behind it. */
static void settle(struct sampling *sampling)
{
	struct loop *loop = sampling->service->loop;

	if (!sampling->captures) {
		loop_cancel(loop, &sampling->readable);
		loop_cancel(loop, &sampling->look);
		if (!sampling->readable.busy && !sampling->look.busy)
			free_sampling(sampling);
		return;
	}
	if (!sampling->readable.busy)
		loop_poll(loop, &sampling->readable, samples_fd(sampling->tap.samples), POLLIN);
	if (!sampling->look.busy)
		loop_timer(loop, &sampling->look, LOOK_MS);
}

/* It gets no more; settle() is to follow. */
static void stop(struct capture *capture)
{
	struct capture **place;

	if (!capture->from)
		return;
	place = &capture->from->captures;
	while (*place != capture)
		place = &(*place)->next;
	*place = capture->next;
	capture->lost = tap_lost(&capture->from->tap) - capture->before;
	capture->from = NULL;
	capture_file_end(&capture->file);
}

static void tell(const struct capture *capture)
{
	json_t *event = json_pack("{s:s, s:I, s:I}", "event", "captured", "packets",
				  (json_int_t)capture->packets, "lost",
				  (json_int_t)(capture->lost + capture->behind));

	if (capture->error.code)
		json_object_set_new(event, "failed", error_json(&capture->error));
	request_answer(capture->connection, event);
}

static void is_over(struct capture_file *file)
{
	struct capture *capture = container(file, struct capture, file);
	struct sampling *from = capture->from;

	if (file->err && !capture->error.code)
		fail(&capture->error, file->err, "the file can't be written: %s",
		     file->err == -ECANCELED ? "it takes too long" : strerror(-file->err));
	stop(capture);
	if (from)
		settle(from);
	journal_write(&capture->service->journal,
		      capture->error.code ? JOURNAL_WARNING : JOURNAL_INFO, capture->ifname,
		      capture->error.message,
		      "a capture has ended: %" PRIu64 " packets, %" PRIu64 " lost",
		      capture->packets, capture->lost + capture->behind);
	if (capture->connection) {
		*request_capture(capture->connection) = NULL;
		tell(capture);
	}
	capture->service->captures.count--;
	free(capture);
}

static int take(void *context, const struct xdv_sample *sample)
{
	struct sampling *sampling = context;
	const char *rule = tap_rule(&sampling->tap, sample);

	for (struct capture *c = sampling->captures; rule && c; c = c->next) {
		FILE *file;

		if ((*c->rule && strcmp(rule, c->rule) != 0) ||
		    (c->limit && c->packets >= c->limit))
			continue;
		file = capture_file_put(&c->file);
		if (file && tap_write(&sampling->tap, file, sample) == 0)
			c->packets++;
		else
			c->behind++;
	}
	return --sampling->budget ? 0 : -ECANCELED;
}

static void read_samples(struct sampling *sampling, unsigned int budget)
{
	struct capture *next;

	sampling->budget = budget;
	samples_read(sampling->tap.samples, 0);
	for (struct capture *c = sampling->captures; c; c = next) {
		next = c->next;
		if (c->limit && c->packets >= c->limit)
			stop(c);
		else
			capture_file_write(&c->file);
	}
}

static void has_samples(struct operation *operation, int result)
{
	struct sampling *sampling = container(operation, struct sampling, readable);

	(void)result; /* also when the ring is another one now */
	if (sampling->captures)
		read_samples(sampling, AT_ONCE);
	settle(sampling);
}

/* Of the policy that is live now, or of none. */
static void check_captures(struct sampling *sampling, const struct xdv_error *error)
{
	struct capture *next;

	for (struct capture *c = sampling->captures; c; c = next) {
		next = c->next;
		if (error)
			c->error = *error;
		else if (*c->rule)
			tap_check_rule(&sampling->tap, c->rule, &c->error);
		if (c->error.code)
			stop(c);
	}
}

static void look(struct operation *operation, int result)
{
	struct sampling *sampling = container(operation, struct sampling, look);
	struct xdv_error error = {};
	int changed;

	(void)result;
	if (sampling->captures) {
		sampling->budget = UINT32_MAX; /* what is left of a policy that is no more */
		changed = tap_follow(&sampling->tap, &error);
		if (changed)
			check_captures(sampling, changed < 0 ? &error : NULL);
		if (changed > 0) /* it waits for the old ring */
			loop_cancel(sampling->service->loop, &sampling->readable);
	}
	settle(sampling);
}

static struct sampling *find_sampling(struct service *service, const char *ifname,
				      struct xdv_error *error)
{
	struct sampling *sampling = service->captures.list;

	while (sampling && (strcmp(sampling->tap.ifname, ifname) != 0 || !sampling->tap.samples))
		sampling = sampling->next;
	if (sampling)
		return sampling;
	sampling = calloc(1, sizeof(*sampling));
	if (!sampling) {
		fail(error, -ENOMEM, "no memory for a capture");
		return NULL;
	}
	if (tap_open(&sampling->tap, ifname, take, sampling, error)) {
		free(sampling);
		return NULL;
	}
	sampling->service = service;
	sampling->readable.done = has_samples;
	sampling->look.done = look;
	sampling->next = service->captures.list;
	service->captures.list = sampling;
	return sampling;
}

static int read_request(struct capture *capture, const json_t *request, struct xdv_error *error)
{
	const char *ifname = json_string_value(json_object_get(request, "interface"));
	const json_t *rule = json_object_get(request, "rule"), *count;

	count = json_object_get(request, "count");
	if (!ifname || strlen(ifname) >= sizeof(capture->ifname))
		return fail(error, -EINVAL, "\"interface\" is missing, or no name of one");
	if (rule && (!json_is_string(rule) || json_string_length(rule) >= RULE_BYTES))
		return fail(error, -EINVAL, "\"rule\" is no name of a rule");
	if (count && json_integer_value(count) <= 0)
		return fail(error, -EINVAL, "\"count\" is no number of packets");
	snprintf(capture->ifname, sizeof(capture->ifname), "%s", ifname);
	snprintf(capture->rule, sizeof(capture->rule), "%s", rule ? json_string_value(rule) : "");
	capture->limit = (uint64_t)json_integer_value(count);
	capture->empties = json_is_true(json_object_get(request, "empty"));
	return 0;
}

/* Takes the descriptor. */
static int begin(struct capture *capture, int fd, struct xdv_error *error)
{
	struct service *service = capture->service;
	struct sampling *from = find_sampling(service, capture->ifname, error);
	int err = from ? 0 : error->code;

	if (!err && *capture->rule)
		err = tap_check_rule(&from->tap, capture->rule, error);
	/* pipes and devices have nothing to be emptied of */
	if (!err && capture->empties && ftruncate(fd, 0) && errno != EINVAL)
		err = fail(error, -errno, "the file can't be emptied: %s", strerror(errno));
	if (err) {
		close(fd);
	} else {
		capture->file.over = is_over;
		err = capture_file_open(&capture->file, service->loop, fd, capture->ifname);
		if (err)
			fail(error, err, "no memory for a capture");
	}
	if (!err) {
		capture->before = tap_lost(&from->tap);
		capture->from = from;
		capture->next = from->captures;
		from->captures = capture;
		service->captures.count++;
	}
	if (from)
		settle(from);
	return err;
}

static int check_request(struct connection *connection, int fd, struct xdv_error *error)
{
	const struct service *service = connection_server(connection)->context;
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return fail(error, -EBADF, "no descriptor that can be written to came with it");
	if (*request_capture(connection))
		return fail(error, -EBUSY, "this connection has a capture already");
	if (service->captures.count < CAPTURES_MAX)
		return 0;
	fail(error, -EBUSY, "there are %d captures already", CAPTURES_MAX);
	return fail_hint(error, -EBUSY, "end one of them");
}

void captures_begin(struct connection *connection, const json_t *request)
{
	struct service *service = connection_server(connection)->context;
	int err, fd = connection_take_fd(connection);
	struct capture *capture = NULL;
	struct xdv_error error = {};

	err = check_request(connection, fd, &error);
	if (!err) {
		capture = calloc(1, sizeof(*capture));
		err = capture ? read_request(capture, request, &error)
			      : fail(&error, -ENOMEM, "no memory for a capture");
	}
	if (!err) {
		capture->service = service;
		err = begin(capture, fd, &error);
	} else if (fd >= 0) {
		close(fd);
	}
	if (err) {
		free(capture);
		request_fail(connection, &error);
		return;
	}
	capture->connection = connection;
	*request_capture(connection) = capture;
	connection_waits(connection);
	request_answer(connection, json_pack("{s:o}", "capturing", json_text(capture->ifname)));
	journal_write(&service->journal, JOURNAL_INFO, capture->ifname, "",
		      "process %d captures %s%s", (int)connection_peer(connection)->pid,
		      *capture->rule ? "rule " : "all rules", capture->rule);
}

static void finish(struct capture *capture)
{
	struct sampling *from = capture->from;

	if (!from)
		return; /* its end is under way */
	/* what is there, and not what comes meanwhile */
	read_samples(from, samples_room(from->tap.samples));
	stop(capture);
	settle(from);
}

void captures_finish(struct connection *connection, const json_t *request)
{
	struct capture *capture = *request_capture(connection);
	struct xdv_error error;

	(void)request;
	if (capture) {
		finish(capture);
		return;
	}
	fail(&error, -ENOENT, "this connection has no capture");
	request_fail(connection, &error);
}

void captures_left(struct connection *connection)
{
	struct capture *capture = *request_capture(connection);

	if (!capture)
		return;
	capture->connection = NULL;
	finish(capture);
	capture_file_hurry(&capture->file); /* it may be a pipe that nobody reads */
}

void captures_end(struct captures *captures)
{
	struct sampling *next;

	for (struct sampling *s = captures->list; s; s = next) {
		next = s->next;
		if (s->captures)
			read_samples(s, samples_room(s->tap.samples));
		while (s->captures) {
			fail(&s->captures->error, -ECANCELED, "the service has ended");
			stop(s->captures);
		}
		settle(s);
	}
}
