// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel's own way: a UDP socket with recvmmsg() and sendmmsg(), blocking or spinning; and the
 * client of all round trips, which is such a socket, too, so that only the other end differs.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER	     2048
#define RECEIVE_ROOM (8 << 20)
#define LOST_NS	     100000000ull /* a round trip that takes longer has lost its packet */
#define PAYLOAD	     22 /* of a 64-byte frame */

static int open_socket(const struct job *job, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = RECEIVE_ROOM;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (inet_pton(AF_INET, job->address, &address.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -errno;
	}
	return fd;
}

static struct {
	struct mmsghdr messages[BURST];
	struct iovec buffers[BURST];
	struct sockaddr_in from[BURST];
	char bytes[BURST][BUFFER];
} app;

static void prepare(void)
{
	for (size_t i = 0; i < BURST; i++) {
		app.buffers[i] = (struct iovec){app.bytes[i], BUFFER};
		app.messages[i].msg_hdr = (struct msghdr){.msg_name = &app.from[i],
							  .msg_namelen = sizeof(app.from[i]),
							  .msg_iov = &app.buffers[i],
							  .msg_iovlen = 1};
	}
}

static void send_back(int fd, int count)
{
	for (int i = 0; i < count; i++)
		app.buffers[i].iov_len = app.messages[i].msg_len;
	sendmmsg(fd, app.messages, (unsigned int)count, 0);
	prepare();
}

int receive_socket(const struct job *job)
{
	bool blocks = job->wait && strcmp(job->wait, "block") == 0;
	/* a time limit, so that a blocking one sees the end, too */
	const struct timeval limit = {.tv_usec = 100000};
	int fd = open_socket(job, PORT), flags = blocks ? MSG_WAITFORONE : MSG_DONTWAIT, count;
	unsigned int burst = job->work == WORK_ECHO ? 1 : BURST;
	struct watch watch;

	if (fd < 0)
		return failed("a UDP socket", fd);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	prepare();
	watch_start(&watch, job);
	do {
		count = recvmmsg(fd, app.messages, burst, flags, NULL);
		if (count < 0)
			count = 0;
		if (count && job->work != WORK_DROP)
			send_back(fd, count);
	} while (watch_goes_on(&watch, (unsigned int)count));
	watch_report(&watch);
	close(fd);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* One round trip in ns; 0: it is lost. */
static uint64_t go_round(int fd, uint64_t number)
{
	char bytes[PAYLOAD] = {}, answer[BUFFER];
	uint64_t start = now_ns(), now;

	memcpy(bytes, &number, sizeof(number));
	if (send(fd, bytes, sizeof(bytes), 0) < 0)
		return 0;
	do {
		ssize_t length = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);

		now = now_ns();
		if (length >= (ssize_t)sizeof(number) &&
		    memcmp(answer, &number, sizeof(number)) == 0)
			return now - start;
	} while (now - start < LOST_NS);
	return 0;
}

int ping(const struct job *job, unsigned int rounds)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t *times = calloc(rounds, sizeof(*times));
	unsigned int count = 0, lost = 0;
	int no_checksum = 1; /* over a veth it would be half done, and no answer to it right */

	if (fd < 0 || !times || inet_pton(AF_INET, job->address, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return failed("a UDP socket", 0);
	setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &no_checksum, sizeof(no_checksum));
	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t ns = go_round(fd, i);

		if (ns)
			times[count++] = ns;
		else
			lost++;
		if (lost > rounds / 10 + 10)
			return failed("most answers", -ETIMEDOUT);
		if (job->seconds > 0) /* here, the pause between two */
			usleep((useconds_t)(job->seconds * 1e6));
	}
	if (!count)
		return failed("no answer", -ETIMEDOUT);
	qsort(times, count, sizeof(*times), compare);
	printf("p50=%.1f p99=%.1f p999=%.1f lost=%u\n", (double)times[count / 2] / 1e3,
	       (double)times[(uint64_t)count * 99 / 100] / 1e3,
	       (double)times[(uint64_t)count * 999 / 1000] / 1e3, lost);
	free(times);
	close(fd);
	return 0;
}
