// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "metrics.h"

#include "live/observe.h"
#include "metrics_storage.h"
#include "storage/address.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX 4096
#define CACHED_MS   1000

/* A request, as far as it has come. */
struct http {
	size_t length;
	char text[REQUEST_MAX + 1];
};

static const char type_text[] = "text/plain; version=0.0.4; charset=utf-8";

static void answer(struct connection *connection, const char *status, const char *body,
		   size_t length)
{
	char head[256];
	int size = snprintf(head, sizeof(head),
			    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
			    "Connection: close\r\n\r\n",
			    status, type_text, length);

	connection_send(connection, head, (size_t)size, NULL, 0);
	connection_send(connection, body, length, NULL, 0);
	connection_finish(connection);
}

static void refuse_with(struct connection *connection, const char *status)
{
	answer(connection, status, "", 0);
}

/* What can't be read, because it is being replaced perhaps, is not there this time. */
static void write_all(FILE *out)
{
	char(*names)[IF_NAMESIZE] = NULL;
	struct view *views = NULL;
	size_t count = 0, live = 0;

	if (interfaces_list(&names, &count) == 0)
		views = calloc(count + 1, sizeof(*views));
	for (size_t i = 0; views && i < count; i++)
		live += view_read(&views[live], names[i], NULL) == 0;
	if (views)
		metrics_write(views, live, out);
	while (live)
		view_free(&views[--live]);
	free(views);
	free(names);
}

/* Many who ask at the same time cost as much as one. */
static int make_text(struct metrics *metrics)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out;

	if (metrics->text && loop_now() - metrics->made < CACHED_MS)
		return 0;
	out = open_memstream(&text, &length);
	if (!out)
		return -1;
	write_all(out);
	metrics_write_storage(out);
	if (fclose(out)) {
		free(text);
		return -1;
	}
	free(metrics->text);
	metrics->text = text;
	metrics->length = length;
	metrics->made = loop_now();
	return 0;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void serve(struct connection *connection, const char *request)
{
	struct metrics *metrics = container(connection_server(connection), struct metrics, server);

	if (!begins(request, "GET ")) {
		refuse_with(connection, "405 Method Not Allowed");
	} else if (!begins(request, "GET /metrics ") && !begins(request, "GET /metrics?") &&
		   !begins(request, "GET / ")) {
		refuse_with(connection, "404 Not Found");
	} else if (make_text(metrics) || metrics->length > SERVER_QUEUE_MAX - 512) {
		refuse_with(connection, "500 Internal Server Error");
	} else {
		answer(connection, "200 OK", metrics->text, metrics->length);
	}
}

static void take_input(struct connection *connection, const void *bytes, size_t count)
{
	struct http *http = connection_state(connection);

	if (count > REQUEST_MAX - http->length) {
		refuse_with(connection, "431 Request Header Fields Too Large");
		return;
	}
	memcpy(http->text + http->length, bytes, count);
	http->length += count;
	http->text[http->length] = '\0';
	if (strstr(http->text, "\r\n\r\n") || strstr(http->text, "\n\n"))
		serve(connection, http->text);
}

static const struct server_kind http_kind = {
	.clients = 64,
	.others = 48,
	.user_clients = 48, /* over TCP nobody knows who it is */
	.idle_ms = 5000,
	.state_size = sizeof(struct http),
	.input = take_input,
};

int metrics_start(struct metrics *metrics, struct loop *loop, const char *address, void *context,
		  struct xdv_error *error)
{
	int fd = address_listen(address, error);

	if (fd < 0)
		return fd;
	metrics->address = address;
	server_start(&metrics->server, loop, &http_kind, fd, context);
	return 0;
}

void metrics_end(struct metrics *metrics)
{
	if (metrics->address)
		server_end(&metrics->server);
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics->address)
		return;
	address_forget(metrics->address);
	close(metrics->server.fd);
	free(metrics->text);
}
