// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "summary.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ETHER_TYPE_IPV4	 0x0800
#define ETHER_TYPE_ARP	 0x0806
#define ETHER_TYPE_VLAN	 0x8100
#define ETHER_TYPE_QINQ	 0x88a8
#define ETHER_TYPE_IPV6	 0x86dd
#define MAX_EXTENSIONS	 6
#define PROTOCOL_UNKNOWN 255

/* What is still to be read, and what is written already. */
struct cursor {
	const uint8_t *at;
	uint32_t left;
	char *text;
	size_t room;
};

/* The two ends, and what lies between the IP header and the payload. */
struct ip {
	int family;
	const uint8_t *source, *destination;
	uint8_t protocol;
	const char *fragment; /* "first", "later" or NULL */
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

static uint16_t word(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

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

static void skip(struct cursor *cursor, uint32_t length)
{
	cursor->at += length;
	cursor->left -= length;
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

static void say_ip(struct cursor *cursor, const struct ip *ip)
{
	say(cursor, ip->family == AF_INET ? "ip " : "ip6 ");
	say_address(cursor, ip->family, ip->source, -1);
	say(cursor, " > ");
	say_address(cursor, ip->family, ip->destination, -1);
	if (ip->protocol != PROTOCOL_UNKNOWN)
		say(cursor, " proto %u", ip->protocol);
	if (ip->fragment)
		say(cursor, " frag %s", ip->fragment);
	say_payload(cursor, cursor->left);
}

/* The cursor is at the IP payload, and left is what the IP header says is there. */
static void say_transport(struct cursor *cursor, const struct ip *ip)
{
	const uint8_t *header = cursor->at;
	uint32_t length;
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol == ip->protocol && cursor->left >= protocols[i].header &&
		    (!protocols[i].family || protocols[i].family == ip->family))
			break;
	}
	if (i == sizeof(protocols) / sizeof(protocols[0]) ||
	    (ip->fragment && !strcmp(ip->fragment, "later"))) {
		say_ip(cursor, ip);
		return;
	}
	say(cursor, "%s ", protocols[i].name);
	say_address(cursor, ip->family, ip->source, protocols[i].ports ? word(header) : -1);
	say(cursor, " > ");
	say_address(cursor, ip->family, ip->destination,
		    protocols[i].ports ? word(header + 2) : -1);
	length = protocols[i].header;
	if (ip->protocol == IPPROTO_TCP) {
		say_tcp_flags(cursor, header[13]);
		if (header[12] >> 4 > 5 && header[12] >> 2 <= cursor->left)
			length = (uint32_t)header[12] >> 2 & ~3u;
	}
	if (!protocols[i].ports)
		say(cursor, " type %u", header[0]);
	if (ip->fragment)
		say(cursor, " frag %s", ip->fragment);
	say_payload(cursor, cursor->left - length);
}

/* False if it is no well-formed header. */
static bool say_ipv4(struct cursor *cursor)
{
	const uint8_t *header = cursor->at;
	uint32_t length, total;
	struct ip ip = {.family = AF_INET};

	if (cursor->left < 20 || header[0] >> 4 != 4)
		return false;
	length = (header[0] & 0xfu) * 4;
	total = word(header + 2);
	if (length < 20 || total < length || total > cursor->left)
		return false;
	ip.source = header + 12;
	ip.destination = header + 16;
	ip.protocol = header[9];
	if (word(header + 6) & 0x1fff)
		ip.fragment = "later";
	else if (word(header + 6) & 0x2000)
		ip.fragment = "first";
	cursor->left = total; /* behind it is padding */
	skip(cursor, length);
	say_transport(cursor, &ip);
	return true;
}

/* How long the extension header is; 0 if it is none. */
static uint32_t extension_length(uint8_t protocol, const uint8_t *header)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case 135: /* mobility */
	case 139: /* HIP */
	case 140: /* shim6 */
		return (header[1] + 1u) * 8;
	case IPPROTO_AH:
		return (header[1] + 2u) * 4;
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/* Walks the extension headers; ip->protocol is what is behind them, if it gets there. */
static void skip_extensions(struct cursor *cursor, struct ip *ip)
{
	static const uint8_t none[8];
	uint32_t length;

	for (int i = 0;; i++) {
		const uint8_t *header = cursor->left >= 8 ? cursor->at : none;
		uint8_t current = ip->protocol;

		length = extension_length(current, header);
		if (!length)
			return;
		if (i == MAX_EXTENSIONS || cursor->left < 8 || length > cursor->left) {
			ip->protocol = PROTOCOL_UNKNOWN;
			return;
		}
		ip->protocol = header[0];
		if (current == IPPROTO_FRAGMENT && word(header + 2) & 0xfff8) {
			ip->fragment = "later";
			skip(cursor, length);
			return;
		}
		if (current == IPPROTO_FRAGMENT && header[3] & 1)
			ip->fragment = "first";
		skip(cursor, length);
	}
}

static bool say_ipv6(struct cursor *cursor)
{
	const uint8_t *header = cursor->at;
	struct ip ip = {.family = AF_INET6};
	uint32_t payload;

	if (cursor->left < 40 || header[0] >> 4 != 6)
		return false;
	payload = word(header + 4);
	if (payload > cursor->left - 40)
		return false;
	ip.source = header + 8;
	ip.destination = header + 24;
	ip.protocol = payload ? header[6] : PROTOCOL_UNKNOWN;
	cursor->left = 40 + payload;
	skip(cursor, 40);
	skip_extensions(cursor, &ip);
	say_transport(cursor, &ip);
	return true;
}

static bool say_arp(struct cursor *cursor)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};

	if (cursor->left < 28 || memcmp(cursor->at, ethernet_ipv4, sizeof(ethernet_ipv4)))
		return false;
	say(cursor, "arp ");
	say_address(cursor, AF_INET, cursor->at + 14, -1);
	say(cursor, " > ");
	say_address(cursor, AF_INET, cursor->at + 24, -1);
	return true;
}

static void say_ether(struct cursor *cursor, const uint8_t *frame, uint16_t type)
{
	static const char *const format = "%02x:%02x:%02x:%02x:%02x:%02x";
	const uint8_t *mac = frame + 6;

	say(cursor, "ether ");
	say(cursor, format, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	mac = frame;
	say(cursor, " > ");
	say(cursor, format, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	say(cursor, " type 0x%04x len %u", type, cursor->left);
}

void summary_write(char *text, size_t size, const void *frame, uint32_t length)
{
	struct cursor cursor = {frame, length, text, size};
	uint16_t type;

	if (size)
		*text = '\0';
	if (length < 14) {
		say(&cursor, "hex ");
		for (uint32_t i = 0; i < length; i++)
			say(&cursor, "%02x", cursor.at[i]);
		return;
	}
	type = word(cursor.at + 12);
	skip(&cursor, 14);
	for (int i = 0; i < 2 && cursor.left >= 4; i++) {
		if (type != ETHER_TYPE_VLAN && type != ETHER_TYPE_QINQ)
			break;
		say(&cursor, "vlan %u ", word(cursor.at) & 0xfffu);
		if (cursor.at[0] >> 5)
			say(&cursor, "pcp %u ", cursor.at[0] >> 5);
		type = word(cursor.at + 2);
		skip(&cursor, 4);
	}
	if (type == ETHER_TYPE_IPV4 && say_ipv4(&cursor))
		return;
	if (type == ETHER_TYPE_IPV6 && say_ipv6(&cursor))
		return;
	if (type == ETHER_TYPE_ARP && say_arp(&cursor))
		return;
	say_ether(&cursor, frame, type);
}
