// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Flows as such: from packets, backwards, as text.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <xdivert/flow.h>

#include "headers.h"

/* `header` bytes must be there of it. */
static const struct protocol {
	const char *name;
	uint8_t number;
	uint8_t header;
} protocols[] = {
	{"tcp", IPPROTO_TCP, 20},
	{"udp", IPPROTO_UDP, 8},
	{"sctp", IPPROTO_SCTP, 12},
};

static const struct protocol *find_protocol(uint8_t number)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (protocols[i].number == number)
			return &protocols[i];
	return NULL;
}

int xdv_flow_of_frame(const struct xdv_frame *frame, struct xdv_flow *flow)
{
	const struct protocol *protocol;
	struct headers headers;
	size_t width;

	if (frame->len < HEADERS_ETHER_LEN)
		return -ENOMSG;
	/* of a packet that goes on in other frames, however long it says that it is */
	headers_read(&headers, frame->data, frame->len, frame->more ? UINT16_MAX : 0);
	protocol = find_protocol(headers.protocol);
	if (!headers.family || headers.fragment != HEADERS_WHOLE || !protocol ||
	    headers.left < protocol->header)
		return -ENOMSG;
	width = headers.family == AF_INET6 ? 16 : 4;
	memset(flow, 0, sizeof(*flow));
	memcpy(flow->saddr, headers.source, width);
	memcpy(flow->daddr, headers.destination, width);
	flow->sport = headers_word(headers.at);
	flow->dport = headers_word(headers.at + 2);
	flow->family = (uint8_t)headers.family;
	flow->protocol = headers.protocol;
	return 0;
}

void xdv_flow_reverse(struct xdv_flow *flow)
{
	struct xdv_flow other = *flow;

	memcpy(other.saddr, flow->daddr, sizeof(other.saddr));
	memcpy(other.daddr, flow->saddr, sizeof(other.daddr));
	other.sport = flow->dport;
	other.dport = flow->sport;
	*flow = other;
}

char *xdv_flow_format(const struct xdv_flow *flow, char text[XDV_FLOW_TEXT])
{
	const struct protocol *protocol = find_protocol(flow->protocol);
	const char *format = flow->family == AF_INET6 ? "%s [%s]:%u > [%s]:%u" : "%s %s:%u > %s:%u";
	char saddr[INET6_ADDRSTRLEN] = "?", daddr[INET6_ADDRSTRLEN] = "?";

	inet_ntop(flow->family, flow->saddr, saddr, sizeof(saddr));
	inet_ntop(flow->family, flow->daddr, daddr, sizeof(daddr));
	snprintf(text, XDV_FLOW_TEXT, format, protocol ? protocol->name : "?", saddr, flow->sport,
		 daddr, flow->dport);
	return text;
}
