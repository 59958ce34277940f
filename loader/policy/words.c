// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "words.h"

static const struct {
	const char *name;
	unsigned int bits;
} words[QUESTION_WORDS] = {
#define TUNNEL(member, n) [WORD_AT(tunnel.member)] = {"tunnel." #member, (n)}
#define WORD(member, n)                                                                            \
	[WORD_AT(packet.member)] = {#member, (n)}, [WORD_AT(inner.member)] = {"inner." #member, (n)}
	WORD(ether_daddr[0], 32),
	WORD(ether_daddr[1], 16),
	WORD(ether_saddr[0], 32),
	WORD(ether_saddr[1], 16),
	WORD(ether_type, 16),
	WORD(vlan_tags, 2),
	WORD(vlan_id[0], 12),
	WORD(vlan_id[1], 12),
	WORD(vlan_pcp[0], 3),
	WORD(vlan_pcp[1], 3),
	WORD(l3, 2),
	WORD(ip_saddr, 32),
	WORD(ip_daddr, 32),
	WORD(ip6_saddr[0], 32),
	WORD(ip6_saddr[1], 32),
	WORD(ip6_saddr[2], 32),
	WORD(ip6_saddr[3], 32),
	WORD(ip6_daddr[0], 32),
	WORD(ip6_daddr[1], 32),
	WORD(ip6_daddr[2], 32),
	WORD(ip6_daddr[3], 32),
	WORD(protocol, 8),
	WORD(fragment, 2),
	WORD(dscp, 6),
	WORD(hop_limit, 8),
	WORD(ip_length, 16),
	WORD(l4, 4),
	WORD(sport, 16),
	WORD(dport, 16),
	WORD(tcp_flags, 8),
	WORD(icmp_type, 8),
	WORD(icmp_code, 8),
	WORD(udp_length, 16),
	WORD(arp_operation, 16),
	WORD(arp_saddr[0], 32),
	WORD(arp_saddr[1], 16),
	WORD(arp_daddr[0], 32),
	WORD(arp_daddr[1], 16),
	WORD(frame_length, 32),
	WORD(rx_queue, 32),
	TUNNEL(kind, 3),
	TUNNEL(id, 32),
	TUNNEL(protocol, 16),
	TUNNEL(has_ether, 1),
#undef WORD
#undef TUNNEL
};

uint32_t use_word(const struct field_use *use)
{
	return use->field == FIELD_BYTES ? SLICE_VALUE(use->slice) : field_table[use->field].word;
}

unsigned int word_bits(uint32_t word)
{
	if (word >= SLICE_WORDS)
		return (word - SLICE_WORDS) % 2 ? 1 : 32;
	return word < QUESTION_WORDS ? words[word].bits : 1;
}

const char *word_name(uint32_t word)
{
	return word < QUESTION_WORDS ? words[word].name : NULL;
}
