// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sends numbered UDP datagrams at a steady rate, from several source ports in turn.
 */
#include "sequence.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#define FLOWS_MAX 64

/*
 * At most so many datagrams between two sleeps: a veth drops what exceeds its ring (256 packets)
 * before the other end runs, and a sender that was not scheduled for a while must not make up
 * for it at once.
 */
#define BURST_MAX 32

struct options {
	unsigned long count, seconds, rate, flows, length, sport;
	const char *interface, *progress;
	bool insists;
};

static const char usage[] =
	"usage: seqsend [-c COUNT | -s SECONDS] [-r RATE] [-f FLOWS] [-l BYTES] [-p SOURCE-PORT]\n"
	"               [-i MULTICAST-INTERFACE] [-o PROGRESS-FILE] [-k] ADDRESS PORT\n"
	"  -k  goes on while there is no way to the address: what it sends then is lost\n";

static int multicast_interface(int fd, int family, unsigned int index)
{
	struct ip_mreqn request = {.imr_ifindex = (int)index};

	if (family == AF_INET6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index));
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request));
}

static int bind_port(int fd, int family, unsigned long port)
{
	struct sockaddr_in6 address6 = {.sin6_family = AF_INET6,
					.sin6_port = htons((uint16_t)port)};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	if (family == AF_INET6)
		return bind(fd, (struct sockaddr *)&address6, sizeof(address6));
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int open_flow(const struct addrinfo *to, const struct options *options, unsigned long flow)
{
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (options->interface &&
	    multicast_interface(fd, to->ai_family, if_nametoindex(options->interface)))
		return -1;
	if (options->sport && bind_port(fd, to->ai_family, options->sport + flow))
		return -1;
	return connect(fd, to->ai_addr, to->ai_addrlen) ? -1 : fd;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * A receiver that is not there yet answers with ICMP, which the socket reports once
 * (ECONNREFUSED); the datagram is to be sent nevertheless.
 */
static int send_one(int fd, const void *data, size_t length, bool insists)
{
	for (int tries = 0; tries < 100; tries++) {
		if (send(fd, data, length, 0) >= 0)
			return 0;
		if (insists && (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN))
			return 0;
		if (errno != ECONNREFUSED && errno != EINTR && errno != ENOBUFS)
			return -1;
	}
	return -1;
}

static uint64_t send_all(const int *flows, const struct options *options, uint64_t *progress)
{
	static union {
		struct sequence_payload payload;
		char bytes[65536];
	} datagram = {.payload = {.magic = SEQUENCE_MAGIC}};
	double start = seconds_now(), end = start + (double)options->seconds;
	uint64_t sent = 0;

	while (!stopped) {
		double now = seconds_now();
		uint64_t due = (uint64_t)((now - start) * (double)options->rate) + 1;

		if (options->seconds && now >= end)
			break;
		if (options->count && due > options->count)
			due = options->count;
		for (int burst = 0; sent < due && burst < BURST_MAX; burst++) {
			datagram.payload.number = sent;
			/* before the send: what is on its way may be received at once */
			*progress = sent + 1;
			if (send_one(flows[sent % options->flows], &datagram, options->length,
				     options->insists)) {
				perror("send");
				exit(1);
			}
			sent++;
		}
		if (options->count && sent == options->count)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	return sent;
}

static void parse(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:s:r:f:l:p:i:o:k")) != -1) {
		switch (option) {
		case 'c':
			options->count = argument(optarg, 1, SEQUENCE_MAX);
			break;
		case 's':
			options->seconds = argument(optarg, 1, 3600);
			break;
		case 'r':
			options->rate = argument(optarg, 1, 1000000);
			break;
		case 'f':
			options->flows = argument(optarg, 1, FLOWS_MAX);
			break;
		case 'l':
			options->length = argument(optarg, sizeof(struct sequence_payload), 65000);
			break;
		case 'p':
			options->sport = argument(optarg, 1, 65535 - FLOWS_MAX);
			break;
		case 'i':
			options->interface = optarg;
			break;
		case 'o':
			options->progress = optarg;
			break;
		case 'k':
			options->insists = true;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options options = {.rate = 1000, .flows = 1, .length = 64};
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *to;
	int flows[FLOWS_MAX], error;
	uint64_t sent;

	parse(&options, argc, argv);
	error = getaddrinfo(argv[optind], argv[optind + 1], &hints, &to);
	if (error) {
		fprintf(stderr, "%s %s: %s\n", argv[optind], argv[optind + 1], gai_strerror(error));
		return 1;
	}
	for (unsigned long i = 0; i < options.flows; i++) {
		flows[i] = open_flow(to, &options, i);
		if (flows[i] < 0) {
			perror(argv[optind]);
			return 1;
		}
	}
	freeaddrinfo(to);
	stop_on_signals();
	/* the number of datagrams sent is the first word of the progress file */
	sent = send_all(flows, &options, &record_open(options.progress)->received);
	printf("sent %llu\n", (unsigned long long)sent);
	return 0;
}
