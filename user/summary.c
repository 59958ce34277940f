// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "summary.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "headers.h"

#define ETHER_TYPE_ARP 0x0806

/* What is written already. */
struct cursor {
	char *text;
	size_t room;
};

/* Protocols with a header that says more; `header` bytes of it must be there. */
static const struct {
	const char *name;
	uint8_t protocol;
	int family; /* 0: any */
	uint8_t header;
	bool ports;
} protocols[] = {
	{"tcp", IPPROTO_TCP, 0, 20, true},
	{"udp", IPPROTO_UDP, 0, 8, true},
	{"sctp", IPPROTO_SCTP, 0, 12, true},
	{"icmp", IPPROTO_ICMP, AF_INET, 8, false},
	{"icmp6", IPPROTO_ICMPV6, AF_INET6, 8, false},
};

static void __attribute__((format(printf, 2, 3)))
say(struct cursor *cursor, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(cursor->text, cursor->room, format, arguments);
	va_end(arguments);
	if (length < 0 || cursor->room == 0)
		return;
	if ((size_t)length >= cursor->room)
		length = (int)cursor->room - 1;
	cursor->text += length;
	cursor->room -= (size_t)length;
}

/* port < 0: none. IPv6 with a port is in brackets. */
static void say_address(struct cursor *cursor, int family, const uint8_t *address, int port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	if (port < 0)
		say(cursor, "%s", text);
	else
		say(cursor, family == AF_INET6 ? "[%s]:%d" : "%s:%d", text, port);
}

static void say_tcp_flags(struct cursor *cursor, uint8_t flags)
{
	static const char *const names[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
	const char *before = " flags ";

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(flags & 1u << i))
			continue;
		say(cursor, "%s%s", before, names[i]);
		before = "|";
	}
	if (!flags)
		say(cursor, "%snone", before);
}

static void say_payload(struct cursor *cursor, uint32_t length)
{
	if (length)
		say(cursor, " len %u", length);
}

static void say_fragment(struct cursor *cursor, enum headers_fragment fragment)
{
	if (fragment != HEADERS_WHOLE)
		say(cursor, " frag %s", fragment == HEADERS_FIRST ? "first" : "later");
}

static void say_ip(struct cursor *cursor, const struct headers *ip)
{
	say(cursor, ip->family == AF_INET ? "ip " : "ip6 ");
	say_address(cursor, ip->family, ip->source, -1);
	say(cursor, " > ");
	say_address(cursor, ip->family, ip->destination, -1);
	if (ip->protocol != HEADERS_PROTOCOL_UNKNOWN)
		say(cursor, " proto %u", ip->protocol);
	say_fragment(cursor, ip->fragment);
	say_payload(cursor, ip->left);
}

static void say_transport(struct cursor *cursor, const struct headers *ip)
{
	const uint8_t *header = ip->at;
	uint32_t length;
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol == ip->protocol && ip->left >= protocols[i].header &&
		    (!protocols[i].family || protocols[i].family == ip->family))
			break;
	}
	if (i == sizeof(protocols) / sizeof(protocols[0]) || ip->fragment == HEADERS_LATER) {
		say_ip(cursor, ip);
		return;
	}
	say(cursor, "%s ", protocols[i].name);
	say_address(cursor, ip->family, ip->source, protocols[i].ports ? headers_word(header) : -1);
	say(cursor, " > ");
	say_address(cursor, ip->family, ip->destination,
		    protocols[i].ports ? headers_word(header + 2) : -1);
	length = protocols[i].header;
	if (ip->protocol == IPPROTO_TCP) {
		say_tcp_flags(cursor, header[13]);
		if (header[12] >> 4 > 5 && header[12] >> 2 <= ip->left)
			length = (uint32_t)header[12] >> 2 & ~3u;
	}
	if (!protocols[i].ports)
		say(cursor, " type %u", header[0]);
	say_fragment(cursor, ip->fragment);
	say_payload(cursor, ip->left - length);
}

static bool say_arp(struct cursor *cursor, const struct headers *headers)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};

	if (headers->left < 28 || memcmp(headers->at, ethernet_ipv4, sizeof(ethernet_ipv4)))
		return false;
	say(cursor, "arp ");
	say_address(cursor, AF_INET, headers->at + 14, -1);
	say(cursor, " > ");
	say_address(cursor, AF_INET, headers->at + 24, -1);
	return true;
}

static void say_ether(struct cursor *cursor, const uint8_t *frame, const struct headers *headers)
{
	static const char *const format = "%02x:%02x:%02x:%02x:%02x:%02x";
	const uint8_t *mac = frame + 6;

	say(cursor, "ether ");
	say(cursor, format, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	mac = frame;
	say(cursor, " > ");
	say(cursor, format, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	say(cursor, " type 0x%04x len %u", headers->type, headers->left);
}

void summary_write(char *text, size_t size, const void *frame, uint32_t length)
{
	struct cursor cursor = {text, size};
	struct headers headers;

	if (size)
		*text = '\0';
	if (length < HEADERS_ETHER_LEN) {
		say(&cursor, "hex ");
		for (uint32_t i = 0; i < length; i++)
			say(&cursor, "%02x", ((const uint8_t *)frame)[i]);
		return;
	}
	headers_read(&headers, frame, length, 0);
	for (unsigned int i = 0; i < headers.tags; i++) {
		say(&cursor, "vlan %u ", headers.tci[i] & 0xfffu);
		if (headers.tci[i] >> 13)
			say(&cursor, "pcp %u ", headers.tci[i] >> 13);
	}
	if (headers.family)
		say_transport(&cursor, &headers);
	else if (headers.type != ETHER_TYPE_ARP || !say_arp(&cursor, &headers))
		say_ether(&cursor, frame, &headers);
}
