/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The field table: every header and field that a rule can name, in one place. The checker, the
 * planner, the emitter, the evaluator's tests and the manual page all read it.
 */
#ifndef XDIVERT_FIELD_H
#define XDIVERT_FIELD_H

#include <stddef.h>
#include <stdint.h>

/* Types of values. Width and notation of each are in field.c. */
enum value_type {
	TYPE_IPV4,
	TYPE_IPV6,
	TYPE_ETHER,
	TYPE_PORT,
	TYPE_ETHER_TYPE,
	TYPE_VLAN_ID,
	TYPE_PROTOCOL,
	TYPE_TCP_FLAGS,
	TYPE_ICMP_TYPE,
	TYPE_ICMP6_TYPE,
	TYPE_FRAGMENT,
	TYPE_DSCP,
	TYPE_HOPS,
	TYPE_LENGTH,
	TYPE_FRAME_LENGTH,
	TYPE_ICMP_CODE,
	TYPE_QUEUE,
	TYPE_VLAN_PCP,
	TYPE_ARP_OPERATION,
	TYPE_NUMBER,
	TYPE_VNI,
	TYPE_GRE_KEY,
	VALUE_TYPES
};

/* A value: `width` bytes of its type, most significant first, at the start of `bytes`. */
#define VALUE_BYTES 16
struct value {
	uint8_t bytes[VALUE_BYTES];
};

/* A name that can stand for a number, or for a range of them. */
struct symbol {
	const char *name;
	uint32_t lo, hi;
};

struct type_info {
	const char *name; /* as in `set NAME : TYPE`, and in messages */
	const char *article_name; /* "an IPv4 address", "a port" */
	unsigned int width; /* bytes of a value */
	uint32_t max; /* greatest number, for types of up to four bytes */
	const struct symbol *symbols; /* ends with a NULL name; may be NULL */
};

extern const struct type_info type_table[VALUE_TYPES];

/* Headers: a bare name in a rule says that the packet has this header. */
enum header {
	HEADER_ETHER,
	HEADER_VLAN,
	HEADER_VLAN_SECOND,
	HEADER_ARP,
	HEADER_IP,
	HEADER_IP6,
	HEADER_TCP,
	HEADER_UDP,
	HEADER_SCTP,
	HEADER_ICMP,
	HEADER_ICMP6,
	WALKED_HEADERS, /* those above: in the packet, and again in what a tunnel carries */
	HEADER_FRAME = WALKED_HEADERS, /* what every packet has, and no condition of its own */
	HEADER_RX, /* likewise: where it was received */
	HEADER_VXLAN,
	HEADER_GENEVE,
	HEADER_GRE,
	HEADER_IPIP,
	HEADER_INNER, /* that of a walked header, plus this: the one in the tunnel */
	HEADERS = HEADER_INNER + WALKED_HEADERS
};

struct header_info {
	const char *name;
	const char *doc;
};

extern const struct header_info header_table[HEADERS];

enum field {
	FIELD_ETHER_DADDR,
	FIELD_ETHER_SADDR,
	FIELD_ETHER_TYPE,
	FIELD_VLAN_ID,
	FIELD_VLAN_PCP,
	FIELD_VLAN_SECOND_ID,
	FIELD_VLAN_SECOND_PCP,
	FIELD_ARP_OPERATION,
	FIELD_ARP_SADDR_ETHER,
	FIELD_ARP_SADDR_IP,
	FIELD_ARP_DADDR_ETHER,
	FIELD_ARP_DADDR_IP,
	FIELD_IP_SADDR,
	FIELD_IP_DADDR,
	FIELD_IP_PROTOCOL,
	FIELD_IP_FRAG,
	FIELD_IP_DSCP,
	FIELD_IP_TTL,
	FIELD_IP_LENGTH,
	FIELD_IP6_SADDR,
	FIELD_IP6_DADDR,
	FIELD_IP6_PROTOCOL,
	FIELD_IP6_FRAG,
	FIELD_IP6_DSCP,
	FIELD_IP6_HOPLIMIT,
	FIELD_IP6_LENGTH,
	FIELD_TCP_SPORT,
	FIELD_TCP_DPORT,
	FIELD_TCP_FLAGS,
	FIELD_UDP_SPORT,
	FIELD_UDP_DPORT,
	FIELD_UDP_LENGTH,
	FIELD_SCTP_SPORT,
	FIELD_SCTP_DPORT,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_ICMP6_TYPE,
	FIELD_ICMP6_CODE,
	WALKED_FIELDS, /* those above are fields of walked headers */
	FIELD_FRAME_LENGTH = WALKED_FIELDS,
	FIELD_RX_QUEUE,
	FIELD_BYTES, /* bytes(BASE + OFFSET, LENGTH): which, the use of it says */
	FIELD_VXLAN_VNI,
	FIELD_GENEVE_VNI,
	FIELD_GENEVE_PROTOCOL,
	FIELD_GRE_PROTOCOL,
	FIELD_GRE_KEY,
	FIELD_INNER, /* that of a walked field, plus this: the one in the tunnel */
	FIELDS = FIELD_INNER + WALKED_FIELDS
};

struct field_info {
	enum header header;
	const char *name; /* behind the header's: "saddr" */
	enum value_type type;
	unsigned int word; /* first one that holds it: see words.h */
	unsigned int words; /* how many */
	const char *doc;
};

extern const struct field_info field_table[FIELDS];

/* A packet may lack it: it can be asked for alone, and is what a field needs. */
static inline int header_can_lack(enum header header)
{
	return header != HEADER_FRAME && header != HEADER_RX;
}

static inline int header_is_inner(enum header header)
{
	return header >= HEADER_INNER;
}

/* The same header, or field, in front of all tunnels. */
static inline enum header header_outer(enum header header)
{
	return header >= HEADER_INNER ? header - HEADER_INNER : header;
}

static inline enum field field_outer(enum field field)
{
	return field >= FIELD_INNER ? field - FIELD_INNER : field;
}

static inline int header_is_l4(enum header header)
{
	header = header_outer(header);
	return header >= HEADER_TCP && header <= HEADER_ICMP6;
}

/* -1 if there is none of that name. */
int header_find(const char *name);
int field_find(enum header header, const char *name);
int type_find(const char *name);

uint32_t value_number(const struct value *value, enum value_type type); /* up to 4 bytes wide */
struct value value_from_number(uint32_t number, enum value_type type);
int value_compare(const struct value *a, const struct value *b, enum value_type type);

/* Writes a value as a user would; returns `buffer`. VALUE_TEXT bytes always suffice. */
#define VALUE_TEXT 48
char *value_format(char *buffer, size_t size, const struct value *value, enum value_type type);

#endif
