// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Receives numbered datagrams on an ordinary UDP socket until SIGTERM or SIGINT, and says which
 * came.
 */
#include "sequence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const char usage[] = "usage: seqrecv [-6] [-j GROUP -i INTERFACE] [-o RECORD] [-r] PORT\n"
			    "  -r  beside another one, by SO_REUSEPORT\n";

static int join(int fd, const char *group, const char *interface)
{
	struct ipv6_mreq request6 = {.ipv6mr_interface = if_nametoindex(interface)};
	struct ip_mreqn request = {.imr_ifindex = (int)if_nametoindex(interface)};

	if (inet_pton(AF_INET6, group, &request6.ipv6mr_multiaddr) == 1)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request6, sizeof(request6));
	if (inet_pton(AF_INET, group, &request.imr_multiaddr) == 1)
		return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request));
	errno = EINVAL;
	return -1;
}

static int open_socket(int family, unsigned long port, int shared)
{
	struct sockaddr_in6 address6 = {.sin6_family = AF_INET6,
					.sin6_port = htons((uint16_t)port)};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1, bytes = 16 << 20;

	if (fd < 0)
		return -1;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared)))
		return -1;
	/* what this process is too slow for must not look like a loss of the tool under test */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (family == AF_INET6)
		return bind(fd, (struct sockaddr *)&address6, sizeof(address6)) ? -1 : fd;
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

static void receive(int fd, struct sequence_record *record)
{
	static char datagram[65536];
	struct timeval tick = {.tv_usec = 100000}; /* looks at `stopped` that often */

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	for (;;) {
		ssize_t length = recv(fd, datagram, sizeof(datagram), stopped ? MSG_DONTWAIT : 0);

		if (length >= 0)
			record_count(record, datagram, (size_t)length);
		else if (errno != EINTR && stopped)
			return;
	}
}

int main(int argc, char **argv)
{
	const char *group = NULL, *interface = "eth0", *path = NULL;
	int option, family = AF_INET, shared = 0, fd;
	struct sequence_record *record;

	while ((option = getopt(argc, argv, "6j:i:o:r")) != -1) {
		switch (option) {
		case '6':
			family = AF_INET6;
			break;
		case 'j':
			group = optarg;
			break;
		case 'i':
			interface = optarg;
			break;
		case 'o':
			path = optarg;
			break;
		case 'r':
			shared = 1;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return 2;
	}
	record = record_open(path);
	fd = open_socket(family, argument(argv[optind], 1, 65535), shared);
	if (fd < 0 || (group && join(fd, group, interface))) {
		perror("seqrecv");
		return 1;
	}
	stop_on_signals();
	puts("ready");
	fflush(stdout);
	receive(fd, record);
	record_print(record);
	return 0;
}
