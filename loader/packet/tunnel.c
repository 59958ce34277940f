// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The tunnel of a packet as text: `vxlan 42 inner`.
 */
#include "packet/tunnel.h"

#include <errno.h>
#include <string.h>

#define BIT(header) (1u << (header))

static const struct tunnel {
	enum header header;
	unsigned int carriers; /* kinds of packets that have it */
	const char *carrier_names;
	const char *id; /* what it is, where it must be given */
	uint32_t id_max;
	uint16_t port;
	uint8_t protocol; /* 0: as what is carried has it */
} tunnels[] = {
	{HEADER_VXLAN, BIT(HEADER_UDP), "udp", "a VNI", 0xffffff, 4789, 17},
	{HEADER_GENEVE, BIT(HEADER_UDP), "udp", "a VNI", 0xffffff, 6081, 17},
	{HEADER_GRE, BIT(HEADER_IP) | BIT(HEADER_IP6), "ip or ip6", NULL, UINT32_MAX, 0, 47},
	{HEADER_IPIP, BIT(HEADER_IP) | BIT(HEADER_IP6), "ip or ip6", NULL, 0, 0, 0},
};

#define TUNNELS (sizeof(tunnels) / sizeof(*tunnels))

static const struct tunnel *find(const char *name)
{
	for (size_t i = 0; i < TUNNELS; i++)
		if (strcmp(header_table[tunnels[i].header].name, name) == 0)
			return &tunnels[i];
	return NULL;
}

bool packet_tunnel_named(const char *name)
{
	return find(name) != NULL;
}

size_t packet_tunnel_names(enum header top, const char **names)
{
	size_t count = 0;

	for (size_t i = 0; i < TUNNELS; i++)
		if (tunnels[i].carriers & BIT(top))
			names[count++] = header_table[tunnels[i].header].name;
	return count;
}

static int parse_id(struct words *words, const struct tunnel *tunnel, struct packet_spec *spec)
{
	const char *name = header_table[tunnel->header].name;
	struct word word;

	if (tunnel->id) {
		if (words_expect(words, &word, tunnel->id, name))
			return -EINVAL;
	} else if (tunnel->id_max && words_take(words, "key")) {
		if (words_expect(words, &word, "a number", "key"))
			return -EINVAL;
	} else {
		return 0;
	}
	spec->has_tunnel_id = true;
	return word_number(words, &word, tunnel->id ? tunnel->id : "key", tunnel->id_max,
			   &spec->tunnel_id);
}

int packet_tunnel_parse(struct words *words, const struct word *keyword, struct packet_spec *spec)
{
	const struct tunnel *tunnel = find(keyword->text);
	struct word word;

	if (!(tunnel->carriers & BIT(spec->top)))
		return words_fail(words, keyword, NULL, "%s is in packets of %s, not of %s",
				  keyword->text, tunnel->carrier_names,
				  header_table[spec->top].name);
	spec->tunnel = tunnel->header;
	if (parse_id(words, tunnel, spec))
		return -EINVAL;
	if (!words_next(words, &word) || strcmp(word.text, "inner") != 0)
		return words_fail(words, &word,
				  "for example: inner tcp 10.0.0.1:5000 > 10.0.0.2:80",
				  "expected `inner`, and the packet that the tunnel carries");
	if (!spec->dport)
		spec->dport = tunnel->port;
	spec->protocol = tunnel->protocol;
	return 0;
}

int packet_tunnel_carry(struct words *words, const struct word *first,
			const struct packet_spec *inner, struct packet_spec *spec)
{
	spec->carries_frame = spec->tunnel == HEADER_VXLAN || inner->vlan_count ||
			      inner->has_ether || inner->top == HEADER_ARP;
	if (spec->tunnel == HEADER_IPIP && spec->carries_frame)
		return words_fail(words, first, "gre carries both", "ipip carries IP, not frames");
	if (spec->tunnel == HEADER_IPIP)
		spec->protocol = inner->is_ip6 ? 41 : 4;
	return 0;
}
