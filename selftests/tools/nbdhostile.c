// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Clients that nobody wants: they say rubbish, stop in the middle, ask and do not listen, or go
 * without a word. Some of each kind at a time, for some seconds; whoever is thrown out comes again.
 *
 *   nbdhostile HOST PORT VOLUME CONNECTIONS SECONDS
 *
 * What is written there, and that may be a part of it, begins at 32 MiB.
 *
 * Prints how many connections there were. Exit status 1: not one could be made.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "nbdraw.h"

#define MEBIBYTE (1u << 20)

static void rubbish(int fd, const char *volume)
{
	uint8_t bytes[4096];

	(void)volume;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand();
	raw_send(fd, bytes, sizeof(bytes));
}

static void silence(int fd, const char *volume)
{
	(void)fd;
	(void)volume;
}

static void half_an_option(int fd, const char *volume)
{
	(void)volume;
	raw_send(fd, "\0\0\0\3IHAVEOPT\0\0\0\7\0\0", 18);
}

static void endless_options(int fd, const char *volume)
{
	(void)volume;
	raw_send(fd, "\0\0\0\3", 4);
	for (int i = 0; i < 1000; i++)
		raw_send(fd, "IHAVEOPT\0\0\0\3\0\0\0\0", 16);
}

static void absurd_option(int fd, const char *volume)
{
	(void)volume;
	raw_send(fd, "\0\0\0\3IHAVEOPT\0\0\0\7\xff\xff\xff\xff", 20);
}

static void wrong_magic(int fd, const char *volume)
{
	uint8_t request[NBD_REQUEST_SIZE];

	if (!raw_open(fd, volume))
		return;
	raw_request(request, NBD_CMD_READ, 1, 0, 4096);
	request[0] ^= 1;
	raw_send(fd, request, sizeof(request));
}

static void write_without_data(int fd, const char *volume)
{
	uint8_t request[NBD_REQUEST_SIZE + 1000] = {0};

	if (!raw_open(fd, volume))
		return;
	raw_request(request, NBD_CMD_WRITE, 1, 32 * MEBIBYTE, 32 * MEBIBYTE);
	raw_send(fd, request, sizeof(request));
}

static void write_too_long(int fd, const char *volume)
{
	uint8_t request[NBD_REQUEST_SIZE];

	if (!raw_open(fd, volume))
		return;
	raw_request(request, NBD_CMD_WRITE, 1, 0, UINT32_MAX);
	raw_send(fd, request, sizeof(request));
}

/* As much as the socket takes, and nothing is received. */
static void reads_unheard(int fd, const char *volume)
{
	uint8_t request[NBD_REQUEST_SIZE];

	if (!raw_open(fd, volume))
		return;
	for (unsigned int i = 0; i < 2000; i++) {
		raw_request(request, NBD_CMD_READ, i, (i % 32) * MEBIBYTE / 2, MEBIBYTE / 2);
		if (send(fd, request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return;
	}
}

static void out_of_range(int fd, const char *volume)
{
	uint8_t request[NBD_REQUEST_SIZE];

	if (!raw_open(fd, volume))
		return;
	for (uint16_t type = 0; type < 300; type++) {
		raw_request(request, type, type, UINT64_MAX - type, type % 2 ? 0 : UINT32_MAX);
		if (type != NBD_CMD_WRITE && type != NBD_CMD_DISC)
			raw_send(fd, request, sizeof(request));
	}
}

/* Gone in the middle of its data: the connection is reset. */
static void reset(int fd, const char *volume)
{
	const struct linger linger = {.l_onoff = 1};

	write_without_data(fd, volume);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	shutdown(fd, SHUT_RDWR);
}

static void (*const kinds[])(int fd, const char *volume) = {
	rubbish,
	silence,
	half_an_option,
	endless_options,
	absurd_option,
	wrong_magic,
	write_without_data,
	write_too_long,
	reads_unheard,
	out_of_range,
	reset,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int begin(const char *host, const char *port, const char *volume, size_t kind)
{
	/* nobody may hold up the others: raw_open() waits */
	const struct timeval limit = {.tv_usec = 200000};
	int fd = raw_connect(host, port);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	kinds[kind](fd, volume);
	return fd;
}

/* The other end has closed. What it has sent before is not for us. */
static bool is_over(int fd)
{
	struct pollfd poll_on = {.fd = fd, .events = POLLRDHUP};

	return fd < 0 || poll(&poll_on, 1, 0) > 0;
}

int main(int argc, char **argv)
{
	size_t count = argc == 6 ? (size_t)atoi(argv[4]) : 0;
	time_t end = argc == 6 ? time(NULL) + atoi(argv[5]) : 0;
	int *fds = calloc(count + 1, sizeof(*fds));
	unsigned long made = 0;

	if (!count || !fds) {
		fputs("usage: nbdhostile HOST PORT VOLUME CONNECTIONS SECONDS\n", stderr);
		return 2;
	}
	memset(fds, -1, count * sizeof(*fds));
	while (time(NULL) < end) {
		for (size_t i = 0; i < count && time(NULL) < end; i++) {
			if (!is_over(fds[i]))
				continue;
			if (fds[i] >= 0)
				close(fds[i]);
			fds[i] = begin(argv[1], argv[2], argv[3], i % KINDS);
			made += fds[i] >= 0;
		}
	}
	printf("%lu connections\n", made);
	return made ? 0 : 1;
}
