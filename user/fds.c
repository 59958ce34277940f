// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fds_pack(struct msghdr *msg, void **control, const int *fds, size_t count)
{
	size_t size = count * sizeof(int);
	struct cmsghdr *header;

	free(*control);
	*control = calloc(1, CMSG_SPACE(size));
	if (!*control)
		return -ENOMEM;
	msg->msg_control = *control;
	msg->msg_controllen = CMSG_SPACE(size);
	header = CMSG_FIRSTHDR(msg);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds, size);
	return 0;
}

void fds_make_room(struct fds_room *room, size_t size)
{
	room->piece = (struct iovec){NULL, size};
	room->msg = (struct msghdr){
		.msg_iov = &room->piece,
		.msg_iovlen = 1,
		.msg_control = room->control,
		/* CMSG_SPACE() is rounded up: a second one would come in */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
}

int fds_received(struct fds_room *room)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(&room->msg);
	int fd;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len < CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}
