// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "address.h"

#include "fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un path;
	struct sockaddr_storage room;
};

static const char *unix_path(const char *text)
{
	return strncmp(text, "unix:", 5) == 0 ? text + 5 : NULL;
}

static int read_unix(union address *address, socklen_t *length, const char *path)
{
	if (!*path || strlen(path) >= sizeof(address->path.sun_path))
		return -EINVAL;
	address->path.sun_family = AF_UNIX;
	strcpy(address->path.sun_path, path);
	*length = sizeof(address->path);
	return 0;
}

static int read_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number > 65535)
		return -EINVAL;
	*port = htons((in_port_t)number);
	return 0;
}

static int read_internet(union address *address, socklen_t *length, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (host[0] != '[') {
		address->ipv4.sin_family = AF_INET;
		*length = sizeof(address->ipv4);
		if (inet_pton(AF_INET, host, &address->ipv4.sin_addr) != 1)
			return -EINVAL;
		return read_port(colon + 1, &address->ipv4.sin_port);
	}
	if (colon[-1] != ']')
		return -EINVAL;
	host[strlen(host) - 1] = '\0';
	address->ipv6.sin6_family = AF_INET6;
	*length = sizeof(address->ipv6);
	if (inet_pton(AF_INET6, host + 1, &address->ipv6.sin6_addr) != 1)
		return -EINVAL;
	return read_port(colon + 1, &address->ipv6.sin6_port);
}

static int read_address(union address *address, socklen_t *length, const char *text,
			struct xdv_error *error)
{
	const char *path = unix_path(text);
	int err;

	memset(address, 0, sizeof(*address));
	err = path ? read_unix(address, length, path) : read_internet(address, length, text);
	if (!err)
		return 0;
	fail(error, err, "'%s' is no address to listen on", text);
	return fail_hint(error, err, "write 127.0.0.1:10809, [::1]:10809 or unix:/run/vol0.sock");
}

int address_check(const char *text, struct xdv_error *error)
{
	union address address;
	socklen_t length;

	return read_address(&address, &length, text, error);
}

/* One that was left behind refuses connections. */
static void remove_stale(const union address *address, socklen_t length)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &address->any, length) && errno == ECONNREFUSED)
		unlink(address->path.sun_path);
	if (fd >= 0)
		close(fd);
}

int address_listen(const char *text, struct xdv_error *error)
{
	const int on = 1;
	union address address;
	socklen_t length;
	int fd, err = read_address(&address, &length, text, error);

	if (err)
		return err;
	if (address.any.sa_family == AF_UNIX)
		remove_stale(&address, length);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && address.any.sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd >= 0 && !bind(fd, &address.any, length) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	if (fd >= 0)
		close(fd);
	fail(error, err, "%s: can't listen there: %s", text, strerror(-err));
	if (err == -EADDRINUSE)
		fail_hint(error, err, "somebody else does; `ss -xltnp` says who");
	return err;
}

void address_forget(const char *text)
{
	const char *path = unix_path(text);

	if (path)
		unlink(path);
}

void address_format(char text[ADDRESS_TEXT], int fd, bool peer)
{
	union address address = {.room = {0}};
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN] = "";

	if (peer)
		getpeername(fd, &address.any, &length);
	else
		getsockname(fd, &address.any, &length);
	switch (address.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address.ipv4.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(address.ipv4.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &address.ipv6.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(address.ipv6.sin6_port));
		break;
	default:
		snprintf(text, ADDRESS_TEXT, "unix:%s", peer ? "a client" : address.path.sun_path);
	}
}
