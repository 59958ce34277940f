// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "tell.h"

#include "control.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 200

/* A load that the service itself has started: it reads what becomes of that, and writes it down. */
static bool is_our_parent(int fd)
{
	struct ucred service = {};
	socklen_t length = sizeof(service);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &service, &length) == 0 && service.pid > 0 &&
	       service.pid == getppid();
}

/* False: it does not answer. What it has not read yet, it may still. */
static bool send_note(int fd, enum journal_level level, const char *ifname, const char *reason,
		      const char *text, int patience_ms)
{
	json_t *request = json_pack("{s:i, s:s, s:o, s:s, s:o, s:o}", "version", MESSAGE_VERSION,
				    "request", "note", "interface", json_text(ifname), "level",
				    journal_levels[level], "text", json_text(text), "reason",
				    json_text(reason));
	struct pollfd answer = {.fd = fd, .events = POLLIN};

	if (!request || control_send(fd, request, NULL))
		return false;
	/* so that who asks for the log behind this command finds it there */
	return poll(&answer, 1, patience_ms) > 0;
}

void tell_service(enum journal_level level, const char *ifname, const char *reason,
		  const char *format, ...)
{
	static int patience_ms = PATIENCE_MS; /* for once, however much there is to tell */
	char text[512];
	va_list arguments;
	int fd;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fd = control_connect_within(patience_ms, NULL);
	if (fd == -EAGAIN)
		patience_ms = 1;
	if (fd < 0)
		return;
	if (!is_our_parent(fd) && !send_note(fd, level, ifname, reason, text, patience_ms))
		patience_ms = 1;
	close(fd);
}
