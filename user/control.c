// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "control.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fail.h"
#include "fds.h"
#include "message.h"
#include "pins.h"

#define ANSWER_MS (2 * MESSAGE_IDLE_S * 1000)

int control_connect(struct xdv_error *error)
{
	return control_connect_within(0, error);
}

int control_connect_within(int timeout_ms, struct xdv_error *error)
{
	struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000}; /* 0: none */
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int err, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(error, -errno, "no socket for the service: %s", strerror(errno));
	/* connect() heeds it, too */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	err = pins_service_path(address.sun_path, sizeof(address.sun_path), "control.socket");
	if (!err && connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	if (err != -ENOENT && err != -ECONNREFUSED)
		return fail(error, err, "%s: %s", address.sun_path, strerror(-err));
	err = -ECONNREFUSED;
	fail(error, err, "no service runs here: nobody listens on %s", address.sun_path);
	return fail_hint(error, err,
			 "start it: xdivert run IFACE=FILE, or systemctl start xdivert");
}

static int lost(int err, struct xdv_error *error)
{
	if (err == -EPIPE || err == -ECONNRESET)
		return fail(error, -EPIPE, "the service has ended the connection");
	return fail(error, err, "the service: %s", strerror(-err));
}

/* The descriptor goes with the first byte. A count, or a negative errno. */
static ssize_t send_some(int fd, const void *bytes, size_t size, int with)
{
	struct iovec piece = {(void *)bytes, size};
	struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1};
	void *control = NULL;
	ssize_t n;
	int err = with < 0 ? 0 : fds_pack(&msg, &control, &with, 1);

	if (err)
		return err;
	n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	if (n < 0)
		n = -errno;
	free(control);
	return n;
}

int control_send(int fd, json_t *request, struct xdv_error *error)
{
	return control_send_with(fd, request, -1, error);
}

int control_send_with(int fd, json_t *request, int with, struct xdv_error *error)
{
	char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	size_t length = text ? strlen(text) : 0, size = MESSAGE_HEAD + length, done = 0;
	unsigned char *bytes = text ? malloc(size) : NULL;
	ssize_t n = 0;

	json_decref(request);
	if (!bytes) {
		free(text);
		return fail(error, -ENOMEM, "no memory for a request");
	}
	message_head(bytes, length);
	memcpy(bytes + MESSAGE_HEAD, text, length);
	free(text);
	while (done < size) {
		n = send_some(fd, bytes + done, size - done, done ? -1 : with);
		if (n < 0 && n != -EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	free(bytes);
	return done < size ? lost((int)n, error) : 0;
}

/* Where descriptors go that come with a message. */
struct luggage {
	int *fds;
	size_t count;
};

static void keep(struct luggage *luggage, const struct cmsghdr *header)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	for (size_t i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
		if (luggage->fds && luggage->count < CONTROL_FDS_MAX)
			luggage->fds[luggage->count++] = fd;
		else
			close(fd);
	}
}

static ssize_t receive_some(int fd, void *bytes, size_t size, struct luggage *luggage)
{
	union {
		char bytes[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec piece = {bytes, size};
	struct msghdr msg = {.msg_iov = &piece,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&msg); header;
	     header = CMSG_NXTHDR(&msg, header))
		keep(luggage, header);
	return n ? n : -EPIPE;
}

/* All of it, or an error. A message that has begun is waited for. */
static int receive_all(int fd, void *bytes, size_t size, struct luggage *luggage, int timeout_ms)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		int ready = poll(&readable, 1, timeout_ms);

		if (ready < 0)
			return -errno;
		if (!ready)
			return -EAGAIN;
		n = receive_some(fd, (char *)bytes + done, size - done, luggage);
		if (n < 0)
			return (int)n;
		done += (size_t)n;
		timeout_ms = ANSWER_MS;
	}
	return 0;
}

/* The negative errno of a name. */
static int code_of(const char *name)
{
	for (int code = 1; name && code < 134; code++) {
		const char *known = strerrorname_np(code);

		if (known && strcmp(known, name) == 0)
			return -code;
	}
	return -EPROTO;
}

int control_error(const json_t *said, struct xdv_error *error)
{
	const char *message = json_string_value(json_object_get(said, "message"));
	const char *hint = json_string_value(json_object_get(said, "hint"));
	int code = code_of(json_string_value(json_object_get(said, "code")));

	fail(error, code, "%s", message ? message : "the service says no");
	return fail_hint(error, code, "%s", hint ? hint : "");
}

static int read_message(int fd, json_t **message, struct luggage *luggage, int timeout_ms)
{
	unsigned char head[MESSAGE_HEAD];
	size_t length = 0;
	char *body;
	int err = receive_all(fd, head, sizeof(head), luggage, timeout_ms);

	if (err)
		return err;
	for (int i = 0; i < MESSAGE_HEAD; i++)
		length = length << 8 | head[i];
	if (!length || length > MESSAGE_ANSWER_MAX)
		return -EPROTO;
	body = malloc(length);
	if (!body)
		return -ENOMEM;
	err = receive_all(fd, body, length, luggage, ANSWER_MS);
	if (!err) {
		*message = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
		err = *message ? 0 : -EPROTO;
	}
	free(body);
	return err;
}

int control_receive(int fd, json_t **out, int *fds, size_t *fd_count, int timeout_ms,
		    struct xdv_error *error)
{
	struct luggage luggage = {.fds = fds};
	json_t *message = NULL;
	const json_t *said;
	int err = read_message(fd, &message, &luggage, timeout_ms);

	if (err)
		lost(err, error);
	said = json_object_get(message, "error");
	if (said)
		err = control_error(said, error);
	if (err) {
		while (luggage.count)
			close(luggage.fds[--luggage.count]);
		json_decref(message);
		return err;
	}
	if (fd_count)
		*fd_count = luggage.count;
	*out = message;
	return 0;
}

int control_ask(int fd, json_t *request, json_t **answer, struct xdv_error *error)
{
	json_t *message;
	int err = control_send(fd, request, error);

	if (!err)
		err = control_receive(fd, &message, NULL, NULL, ANSWER_MS, error);
	if (err)
		return err;
	if (answer)
		*answer = message;
	else
		json_decref(message);
	return 0;
}
