// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "connection.h"
#include "fail.h"
#include "sized.h"

#define DEPTH_MAX	 4096
#define MESSAGE_SIZE_MAX 65536
#define PATIENCE_MAX_MS	 60000

struct limit {
	const char *name;
	size_t offset;
	uint32_t usual, max;
};

static const struct limit limits[] = {
	{"depth", offsetof(struct xdv_rdma_options, depth), 128, DEPTH_MAX},
	{"messages", offsetof(struct xdv_rdma_options, messages), 16, DEPTH_MAX},
	{"message_size", offsetof(struct xdv_rdma_options, message_size), 512, MESSAGE_SIZE_MAX},
	{"patience_ms", offsetof(struct xdv_rdma_options, patience_ms), 1000, PATIENCE_MAX_MS},
};

int rdma_options_read(struct xdv_rdma_options *ours, const struct xdv_rdma_options *theirs)
{
	const struct xdv_rdma_options none = {.size = sizeof(none)};
	int err = sized_read(ours, sizeof(*ours), theirs ? theirs : &none);

	if (err)
		return fail(theirs->size >= sizeof(*theirs) ? theirs->error : NULL, err,
			    err == -E2BIG
				    ? "options: there are some that this library is too old for"
				    : "options: their size is not set");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		uint32_t *value = (uint32_t *)((char *)ours + limits[i].offset);

		if (!*value)
			*value = limits[i].usual;
		if (*value > limits[i].max)
			return fail(ours->error, -EINVAL, "%s: %u is more than %u", limits[i].name,
				    *value, limits[i].max);
	}
	return 0;
}

/* The device waits 4.096 us * 2^N for the answer to a packet, each time it sends it. */
uint8_t rdma_ack_timeout(uint32_t patience_ms)
{
	uint64_t each_ns = (uint64_t)patience_ms * 1000000 / (PACKET_RETRIES + 1);
	uint8_t exponent = 8;

	while (((uint64_t)4096 << exponent) < each_ns)
		exponent++;
	return exponent;
}

int rdma_resolve(struct sockaddr_storage *address, const char *host, const char *port, bool passive,
		 struct xdv_error *error)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = passive ? AI_PASSIVE : 0,
	};
	struct addrinfo *found;
	int status = getaddrinfo(host, port, &hints, &found);

	if (status)
		return fail(error, -ENOENT, "%s port %s: %s", host ? host : "any address", port,
			    gai_strerror(status));
	memcpy(address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

void rdma_address_text(char *text, size_t size, const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_in *v4 = (const void *)address;
	bool is_v6 = address->sa_family == AF_INET6;
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(address->sa_family, is_v6 ? (const void *)&v6->sin6_addr : &v4->sin_addr, host,
		  sizeof(host));
	snprintf(text, size, is_v6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
}
