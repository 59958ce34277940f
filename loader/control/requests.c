// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "requests.h"

#include "fail.h"
#include "lend.h"
#include "message.h"
#include "notes.h"
#include "output.h"
#include "service.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a client of the control socket has said so far, and asked for. */
struct client {
	struct message_input input;
	bool follows_log;
	struct lend *lend;
	struct capture *capture;
	char body[MESSAGE_REQUEST_MAX + 1];
};

static void send_json(struct connection *connection, json_t *message, const int *fds, size_t count)
{
	char *text = json_dumps(message, JSON_COMPACT | JSON_ENSURE_ASCII);
	size_t length = text ? strlen(text) : 0;
	unsigned char *bytes = NULL;

	if (length && length <= MESSAGE_ANSWER_MAX)
		bytes = malloc(MESSAGE_HEAD + length);
	if (bytes) {
		message_head(bytes, length);
		memcpy(bytes + MESSAGE_HEAD, text, length);
		connection_send(connection, bytes, MESSAGE_HEAD + length, fds, count);
	} else {
		while (count)
			close(fds[--count]);
		connection_end(connection);
	}
	free(bytes);
	free(text);
}

void request_answer_with(struct connection *connection, json_t *answer, const int *fds,
			 size_t count)
{
	json_object_set_new(answer, "version", json_integer(MESSAGE_VERSION));
	send_json(connection, answer, fds, count);
	json_decref(answer);
}

void request_answer(struct connection *connection, json_t *answer)
{
	request_answer_with(connection, answer, NULL, 0);
}

struct lend **request_lend(struct connection *connection)
{
	return &((struct client *)connection_state(connection))->lend;
}

struct capture **request_capture(struct connection *connection)
{
	return &((struct client *)connection_state(connection))->capture;
}

json_t *error_json(const struct xdv_error *error)
{
	return json_pack("{s:s, s:o, s:o}", "code", errno_name(error->code), "message",
			 json_text(error->message), "hint", json_text(error->hint));
}

void request_fail(struct connection *connection, const struct xdv_error *error)
{
	request_answer(connection, json_pack("{s:o}", "error", error_json(error)));
}

json_t *request_parse(const char *text, size_t length, struct xdv_error *error)
{
	json_error_t problem;
	json_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
	const json_t *version = json_object_get(request, "version");

	if (json_is_object(request) && json_integer_value(version) == MESSAGE_VERSION &&
	    json_is_string(json_object_get(request, "request")))
		return request;
	if (!request)
		fail(error, -EBADMSG, "a request is a JSON object: %s", problem.text);
	else if (!json_is_object(request))
		fail(error, -EBADMSG, "a request is a JSON object, and not something else");
	else if (!json_is_integer(version))
		fail(error, -EBADMSG, "a request has a number as its \"version\"");
	else if (json_integer_value(version) != MESSAGE_VERSION)
		fail(error, -EPROTONOSUPPORT, "this service speaks version %d of the protocol",
		     MESSAGE_VERSION);
	else
		fail(error, -EBADMSG, "a request has a name as its \"request\"");
	json_decref(request);
	return NULL;
}

static struct service *service_of(const struct connection *connection)
{
	return connection_server(connection)->context;
}

static void answer_status(struct connection *connection, const json_t *request)
{
	const struct service *service = service_of(connection);
	json_t *interfaces = json_array();

	(void)request;
	for (size_t i = 0; i < service->held_count; i++) {
		const struct held *held = &service->held[i];

		json_array_append_new(interfaces, json_pack("{s:o, s:o, s:s}", "interface",
							    json_text(held->ifname), "file",
							    json_text(held->file), "state",
							    held_states[held->state]));
	}
	request_answer(connection,
		       json_pack("{s:i, s:I, s:i, s:o}", "pid", (int)getpid(), "running_ms",
				 (json_int_t)(loop_now() - service->since), "clients",
				 (int)service->control.count, "interfaces", interfaces));
}

static void answer_reload(struct connection *connection, const json_t *request)
{
	struct service *service = service_of(connection);

	(void)request;
	service_reload(service, "asked to");
	request_answer(connection, json_pack("{s:i}", "reloading", (int)service->held_count));
}

static void answer_log(struct connection *connection, const json_t *request)
{
	struct client *client = connection_state(connection);

	request_answer(connection,
		       json_pack("{s:O}", "entries", service_of(connection)->journal.entries));
	if (!json_is_true(json_object_get(request, "follow")))
		return;
	client->follows_log = true;
	connection_waits(connection);
}

void requests_log_event(void *context, json_t *entry)
{
	const struct service *service = context;
	struct connection *connection = NULL;

	while ((connection = server_next(&service->control, connection))) {
		const struct client *client = connection_state(connection);
		json_t *event;

		if (!client->follows_log || connection_is_over(connection))
			continue;
		event = json_copy(entry);
		json_object_set_new(event, "event", json_string("log"));
		request_answer(connection, event);
	}
}

static const struct request_row {
	const char *name;
	bool anybody; /* else root */
	void (*answer)(struct connection *connection, const json_t *request);
} rows[] = {
	{"status", false, answer_status},   {"reload", false, answer_reload},
	{"log", false, answer_log},	    {"open", true, lend_open},
	{"stop", true, lend_stop},	    {"yield", true, lend_yield},
	{"capture", false, captures_begin}, {"finish", false, captures_finish},
	{"note", false, notes_take},
};

static int dispatch(struct connection *connection, const json_t *request, struct xdv_error *error)
{
	const char *name = json_string_value(json_object_get(request, "request"));
	const struct request_row *row = rows, *end = rows + sizeof(rows) / sizeof(rows[0]);

	while (row < end && strcmp(row->name, name) != 0)
		row++;
	if (row == end)
		return fail(error, -ENOSYS, "there is no request '%.40s'", name);
	if (!row->anybody && !connection_peer(connection)->root) {
		fail(error, -EPERM, "the request '%s' is for root only", name);
		return fail_hint(error, -EPERM, "run it as root, for example with sudo");
	}
	row->answer(connection, request);
	return 0;
}

/* False: nothing that this client says from now on has a meaning. */
static bool handle(struct connection *connection, const char *text, size_t length)
{
	struct xdv_error error = {};
	json_t *request = request_parse(text, length, &error);
	int err = request ? dispatch(connection, request, &error) : error.code;

	if (err)
		request_fail(connection, &error);
	json_decref(request);
	return err != -EBADMSG;
}

static void fail_length(struct connection *connection, int err)
{
	struct xdv_error error;

	if (err == -EMSGSIZE)
		fail(&error, err, "a request has at most %d bytes", MESSAGE_REQUEST_MAX);
	else
		fail(&error, err, "a request has at least one byte");
	request_fail(connection, &error);
}

static void take_input(struct connection *connection, const void *bytes, size_t count)
{
	struct client *client = connection_state(connection);
	struct message_input *input = &client->input;
	size_t taken;
	bool ends;
	int err;

	input->body = client->body;
	input->limit = MESSAGE_REQUEST_MAX;
	while (count && !connection_is_over(connection)) {
		err = message_take(input, bytes, count, &taken);
		if (err)
			fail_length(connection, err);
		ends = err || (input->complete && !handle(connection, input->body, input->length));
		if (ends) {
			connection_finish(connection);
			return;
		}
		bytes = (const char *)bytes + taken;
		count -= taken;
		if (input->complete)
			message_clear(input);
	}
}

/* What one call sends, it sends at once, or never: nobody waits for a client that was refused. */
static void refuse(int fd)
{
	struct xdv_error error;
	json_t *answer;
	char *text;

	fail(&error, -EBUSY, "the service has too many clients");
	fail_hint(&error, -EBUSY, "try again later");
	answer = json_pack("{s:i, s:o}", "version", MESSAGE_VERSION, "error", error_json(&error));
	text = json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(answer);
	if (text) {
		unsigned char head[MESSAGE_HEAD];
		struct iovec pieces[] = {{head, sizeof(head)}, {text, strlen(text)}};
		struct msghdr msg = {.msg_iov = pieces, .msg_iovlen = 2};

		message_head(head, strlen(text));
		sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	free(text);
}

static void leave(struct connection *connection)
{
	lend_end(connection);
	captures_left(connection);
}

const struct server_kind control_kind = {
	.clients = MESSAGE_CLIENTS,
	.others = MESSAGE_OTHERS,
	.user_clients = MESSAGE_USER_CLIENTS,
	.idle_ms = MESSAGE_IDLE_S * 1000,
	.state_size = sizeof(struct client),
	.input = take_input,
	.end = leave,
	.refuse = refuse,
};
