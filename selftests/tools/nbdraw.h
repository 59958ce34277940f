/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * NBD for tools that mean to do it otherwise than libraries would: a socket and its bytes.
 */
#ifndef XDIVERT_TOOL_NBDRAW_H
#define XDIVERT_TOOL_NBDRAW_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storage/nbd.h"

/* -1: nobody listens. */
static inline int raw_connect(const char *host, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, host, &address.sin_addr) == 1 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline bool raw_send(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static inline bool raw_receive(int fd, void *bytes, size_t length)
{
	return recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

/* By EXPORT_NAME: the shortest way in. Returns the size of the volume, 0 if there is no way. */
static inline uint64_t raw_open(int fd, const char *volume)
{
	uint32_t length = (uint32_t)strlen(volume);
	uint8_t greeting[NBD_GREETING_SIZE], request[4 + 16 + 64], answer[8 + 2], *end;

	if (length > 64 || !raw_receive(fd, greeting, sizeof(greeting)))
		return 0;
	end = be32_put(request, NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES);
	end = be64_put(end, NBD_OPTION_MAGIC);
	end = be32_put(be32_put(end, NBD_OPT_EXPORT_NAME), length);
	memcpy(end, volume, length);
	if (!raw_send(fd, request, 20 + (size_t)length) || !raw_receive(fd, answer, sizeof(answer)))
		return 0;
	return be64_get(answer);
}

static inline void raw_request(uint8_t out[NBD_REQUEST_SIZE], enum nbd_command type,
			       uint64_t cookie, uint64_t offset, uint32_t length)
{
	out = be32_put(out, NBD_REQUEST_MAGIC);
	out = be16_put(be16_put(out, 0), (uint16_t)type);
	be32_put(be64_put(be64_put(out, cookie), offset), length);
}

#endif
