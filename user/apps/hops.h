/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Next hops, as the kernel's routes and neighbours say, each remembered for a second.
 */
#ifndef XDIVERT_APP_HOPS_H
#define XDIVERT_APP_HOPS_H

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "xdivert/packet.h"

#define HOPS 256

struct hops {
	struct hop_known {
		uint8_t address[16];
		double until; /* as app_seconds() counts */
		int err; /* why there is none */
		struct xdv_next_hop hop;
	} known[HOPS];
};

/* The kernel asks for a neighbour when it has something for it: a datagram, to where nobody is. */
static inline void hops_have_kernel_ask(const struct xdv_flow *flow)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
				  .sin6_port = htons(9),
				  .sin6_addr.s6_addr = {[10] = 0xff, 0xff}};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (flow->family == AF_INET)
		memcpy(to.sin6_addr.s6_addr + 12, flow->daddr, 4);
	else
		memcpy(&to.sin6_addr, flow->daddr, 16);
	sendto(fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/*
 * Where a packet of the flow is to go next; NULL: nowhere. An unknown neighbour is asked for again
 * soon.
 */
static inline const struct xdv_next_hop *hops_find(struct hops *hops, const struct xdv_flow *flow)
{
	struct hop_known *known = &hops->known[(flow->daddr[3] ^ flow->daddr[15]) % HOPS];
	double now = app_seconds();

	if (known->until < now || memcmp(known->address, flow->daddr, sizeof(flow->daddr)) != 0) {
		memcpy(known->address, flow->daddr, sizeof(flow->daddr));
		known->hop.size = sizeof(known->hop);
		known->err = xdv_next_hop_find(flow->family, flow->daddr, &known->hop, NULL);
		known->until = now + (known->err ? 0.01 : 1);
		if (known->err == -EAGAIN)
			hops_have_kernel_ask(flow);
	}
	return known->err ? NULL : &known->hop;
}

#endif
