// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "listen.h"

#include "fail.h"
#include "live/files.h"
#include "pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int another_service(const char *path, struct xdv_error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred credentials = {};
	socklen_t length = sizeof(credentials);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
	if (fd >= 0)
		close(fd);
	if (credentials.pid)
		fail(error, -EBUSY, "a service runs here already: process %d", credentials.pid);
	else
		fail(error, -EBUSY, "a service runs here already");
	return fail_hint(error, -EBUSY, "`xdivert log` says what it does; end it first");
}

/* One that nobody listens on is left from a service that was killed: the lock says so. */
static int bind_and_listen(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (unlink(path) && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	/* anybody may ask; who may have what is decided for each request */
	if (chmod(path, 0666) || listen(fd, BACKLOG))
		return -errno;
	return 0;
}

int listen_control(struct listening *listening, struct xdv_error *error)
{
	struct listening opened = {.fd = -1};
	int err = pins_service_path(opened.path, sizeof(opened.path), "control.socket");

	if (!err)
		err = state_lock_path(&opened.lock, opened.path);
	if (err == -EBUSY)
		return another_service(opened.path, error);
	if (err)
		return fail(error, err, "%s: %s", opened.path, strerror(-err));
	opened.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	err = opened.fd < 0 ? -errno : bind_and_listen(opened.fd, opened.path);
	if (err) {
		fail(error, err, "%s: %s", opened.path, strerror(-err));
		if (opened.fd >= 0)
			close(opened.fd);
		state_unlock(&opened.lock);
		return err;
	}
	*listening = opened;
	return 0;
}

void listen_end(struct listening *listening)
{
	if (listening->fd < 0)
		return;
	unlink(listening->path);
	close(listening->fd);
	listening->fd = -1;
	state_unlock(&listening->lock);
}
