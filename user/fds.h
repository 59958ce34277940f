/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Descriptors that go along with the bytes of a Unix socket (SCM_RIGHTS).
 */
#ifndef XDIVERT_FDS_H
#define XDIVERT_FDS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Puts them into `msg`. *control is what they lie in, malloc'ed; the one before is freed. */
int fds_pack(struct msghdr *msg, void **control, const int *fds, size_t count);

/* To receive into a buffer that is not known yet, with room for one descriptor. */
struct fds_room {
	struct msghdr msg;
	struct iovec piece;
	/* of struct cmsghdr, as which clang would not have it in the middle of another struct */
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(sizeof(size_t))));
};

void fds_make_room(struct fds_room *room, size_t size);
/* -1: none came. */
int fds_received(struct fds_room *room);

#endif
