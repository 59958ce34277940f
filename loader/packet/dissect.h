/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a frame is, read in plain C: the second opinion on the header walk in bpf/, with which it
 * shares nothing but the definition of the language (field.h). `xdivert explain` speaks from it,
 * `xdivert test` and the tests compare the compiled program with it.
 */
#ifndef XDIVERT_PACKET_DISSECT_H
#define XDIVERT_PACKET_DISSECT_H

#include "bpf/abi.h"
#include "field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISSECT_VLANS_MAX      2
#define DISSECT_EXTENSIONS_MAX 6

/* Why the walk over the headers went no further than it did. */
enum dissect_end {
	DISSECT_COMPLETE, /* it read all that it knows of */
	DISSECT_ETHER_SHORT,
	DISSECT_VLAN_SHORT,
	DISSECT_VLAN_THIRD,
	DISSECT_ARP_SHORT,
	DISSECT_ARP_OTHER,
	DISSECT_IP_SHORT,
	DISSECT_IP_VERSION,
	DISSECT_IP_HEADER_LENGTH,
	DISSECT_IP_LENGTH_SMALL,
	DISSECT_IP_LENGTH_LARGE,
	DISSECT_IP6_SHORT,
	DISSECT_IP6_VERSION,
	DISSECT_IP6_LENGTH_LARGE,
	DISSECT_IP6_NO_PAYLOAD,
	DISSECT_EXTENSION_SHORT,
	DISSECT_EXTENSION_MANY,
	DISSECT_L4_SHORT,
	DISSECT_TUNNEL_SHORT,
	DISSECT_VXLAN_FLAGS,
	DISSECT_GENEVE_VERSION,
	DISSECT_GENEVE_CONTROL,
	DISSECT_GRE_FLAGS,
	DISSECT_ENDS
};

/*
 * A dissected frame, received on queue 0, as in test runs of the kernel. `values[f]` holds
 * something only if `has[field_table[f].header]`. The layer 4 headers of a first fragment are in
 * `has` as those of a whole datagram are: whether a rule may read them is the evaluator's question.
 */
struct dissection {
	const uint8_t *frame; /* borrowed */
	size_t length; /* of the frame */
	/* Where the bases of bytes() begin and end (enum slice_base); end 0: there is none. */
	struct {
		size_t start, end;
	} bases[4];
	bool has[HEADERS];
	struct value values[FIELDS]; /* as on the wire: most significant byte first */
	enum dissect_end end;

	unsigned int vlan_tags;
	uint16_t vlan_tci[DISSECT_VLANS_MAX]; /* outermost first */

	/* Of IPv4 and IPv6 */
	enum xdv_fragment fragment;
	uint16_t fragment_offset; /* bytes */
	/* XDV_PROTOCOL_UNKNOWN over IPv6 if it hides behind extension headers that are cut short,
	 * too many or not there */
	uint8_t protocol;
	uint8_t extensions[DISSECT_EXTENSIONS_MAX]; /* IPv6 extension headers, in their order */
	unsigned int extension_count;

	/* Bytes behind the last header that was understood, Ethernet padding not counted. */
	size_t payload;

	/* What a tunnel carries, from `start` to `end`; end 0: nothing that could be looked into */
	struct {
		size_t start, end;
		uint16_t type; /* Ethernet type; DISSECT_FRAME: it begins with an Ethernet header */
	} carried;
	bool has_gre_key;
	/* Likewise, of the headers in there */
	enum xdv_fragment inner_fragment;
	uint8_t inner_protocol;
};

#define DISSECT_FRAME 0x6558

void dissect(struct dissection *dissection, const void *frame, size_t length);

/*
 * What the tunnel of a packet carries, as a packet of its own. It has no tunnel: one within another
 * is not looked into. False if it carries nothing.
 */
bool dissect_inner(struct dissection *inner, const struct dissection *packet);

/* "the IPv4 header is cut short"; "" for DISSECT_COMPLETE. */
const char *dissect_end_text(enum dissect_end end);

/* The layer 4 header that is there, HEADERS if none is. */
enum header dissect_l4(const struct dissection *dissection);
/* The tunnel's header, likewise. */
enum header dissect_tunnel(const struct dissection *dissection);

#endif
