// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sends numbered UDP datagrams, one at a time, and wants each back from where it went, byte for
 * byte. One that does not come in a second is sent again, a few times.
 */
#include "sequence.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#define TRIES 5

static const char usage[] = "usage: seqecho [-c COUNT] [-l BYTES] ADDRESS PORT\n";

struct datagram {
	union {
		struct sequence_payload payload;
		unsigned char bytes[65536];
	};
};

static int open_socket(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *to;
	struct timeval second = {.tv_sec = 1};
	int error = getaddrinfo(address, port, &hints, &to), fd;

	if (error) {
		fprintf(stderr, "%s %s: %s\n", address, port, gai_strerror(error));
		exit(2);
	}
	fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second))) {
		perror(address);
		exit(1);
	}
	freeaddrinfo(to);
	return fd;
}

/* Answers to an earlier try may come late: they are passed over. */
static int exchange(int fd, const struct datagram *sent, size_t length)
{
	static struct datagram answer;
	ssize_t got = 0;

	for (int i = 0; i < TRIES; i++) {
		if (send(fd, sent->bytes, length, 0) < 0)
			return -1;
		do {
			got = recv(fd, answer.bytes, sizeof(answer.bytes), 0);
			if (got == (ssize_t)length &&
			    memcmp(answer.bytes, sent->bytes, length) == 0)
				return 0;
		} while (got >= 0);
	}
	return -1;
}

int main(int argc, char **argv)
{
	static struct datagram datagram = {.payload = {.magic = SEQUENCE_MAGIC}};
	unsigned long count = 1, length = 64;
	int option, fd;

	while ((option = getopt(argc, argv, "c:l:")) != -1) {
		if (option == 'c')
			count = argument(optarg, 1, SEQUENCE_MAX);
		else if (option == 'l')
			length = argument(optarg, sizeof(struct sequence_payload), 65000);
		else
			return 2;
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	fd = open_socket(argv[optind], argv[optind + 1]);
	for (size_t i = sizeof(struct sequence_payload); i < length; i++)
		datagram.bytes[i] = (unsigned char)rand();
	for (unsigned long i = 0; i < count; i++) {
		datagram.payload.number = i;
		if (!exchange(fd, &datagram, length))
			continue;
		fprintf(stderr, "datagram %lu does not come back\n", i);
		return 1;
	}
	return 0;
}
