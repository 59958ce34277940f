// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/text.h"

#include "diag.h"
#include "packet/options.h"
#include "packet/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_HINT                                                                                 \
	"a packet begins with udp, tcp, sctp, icmp, icmp6, ip, ip6, arp, ether, vlan or hex"

#define ETHER_PAYLOAD  46 /* what the shortest Ethernet frame carries */
#define IP_PAYLOAD     20
#define LATER_PAYLOAD  8
#define PROTOCOL_OTHER 253

static int parse_packet(struct packet_parser *parser);

static const struct kind {
	const char *name;
	enum header header;
	bool ports;
} kinds[] = {
	{"udp", HEADER_UDP, true},    {"tcp", HEADER_TCP, true},      {"sctp", HEADER_SCTP, true},
	{"icmp", HEADER_ICMP, false}, {"icmp6", HEADER_ICMP6, false}, {"ip", HEADER_IP, false},
	{"ip6", HEADER_IP6, false},   {"arp", HEADER_ARP, false},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Builds what the tunnel carries. */
static int parse_carried(struct packet_parser *parser)
{
	struct packet_parser inner = {.words = parser->words, .in_tunnel = true};
	struct word first = words_peek(&inner.words);

	if (parse_packet(&inner) ||
	    packet_tunnel_carry(&inner.words, &first, &inner.spec, &parser->spec))
		return -EINVAL;
	if (packet_build(parser->carried, &inner.spec))
		return words_fail(&inner.words, &first, "use a smaller `len`",
				  "the frame would be longer than %d bytes", PACKET_MAX);
	parser->words = inner.words;
	return 0;
}

/* The tunnel is the last that there is to say: all behind it is said of what it carries. */
static int parse_tunnel(struct packet_parser *parser, const struct word *name)
{
	static const char *const given[] = {"len", "data", "proto"};

	if (parser->in_tunnel)
		return words_fail(&parser->words, name, NULL,
				  "a tunnel in a tunnel is not looked into");
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (packet_option_given(parser, given[i]))
			return words_fail(&parser->words, name, NULL,
					  "`%s` is given, but follows from what %s carries",
					  given[i], name->text);
	if (packet_tunnel_parse(&parser->words, name, &parser->spec))
		return -EINVAL;
	parser->carried = calloc(1, sizeof(*parser->carried));
	parser->spec.carried = parser->carried;
	return parser->carried ? parse_carried(parser) : -ENOMEM;
}

static int parse_options(struct packet_parser *parser)
{
	struct word name;

	while (words_next(&parser->words, &name)) {
		if (packet_tunnel_named(name.text))
			return parse_tunnel(parser, &name);
		if (packet_option_parse(parser, &name))
			return -EINVAL;
	}
	return 0;
}

static int parse_port(struct packet_parser *parser, const struct kind *kind,
		      const struct word *port, uint16_t *out)
{
	uint32_t number;

	if (!kind->ports)
		return words_fail(&parser->words, port, NULL, "%s packets have no ports",
				  kind->name);
	if (word_number(&parser->words, port, "a port", 65535, &number))
		return -EINVAL;
	*out = (uint16_t)number;
	return 0;
}

static int parse_endpoint(struct packet_parser *parser, const struct kind *kind, uint8_t *out,
			  uint16_t *out_port, bool *is_ip6)
{
	struct word word, address, port;

	if (words_expect(&parser->words, &word, "an address", kind->name))
		return -EINVAL;
	word_split_endpoint(&word, &address, &port);
	if (address.length && inet_pton(AF_INET, address.text, out) == 1)
		*is_ip6 = false;
	else if (address.length && inet_pton(AF_INET6, address.text, out) == 1)
		*is_ip6 = true;
	else
		return words_fail(
			&parser->words, &word,
			"addresses look like 10.0.0.1, 10.0.0.1:80, fe80::1 or [fe80::1]:80",
			"`%s` is not an address", word.text);
	if (word.length > address.length + (word.text[0] == '[' ? 2 : 0))
		return parse_port(parser, kind, &port, out_port);
	return 0;
}

static int wrong_family(struct packet_parser *parser, const struct kind *kind,
			const struct word *word)
{
	static const char *const hints[HEADERS] = {
		[HEADER_ICMP] = "for IPv6 write icmp6",
		[HEADER_ICMP6] = "for IPv4 write icmp",
		[HEADER_IP] = "for IPv6 write ip6",
		[HEADER_IP6] = "for IPv4 write ip",
		[HEADER_ARP] =
			"IPv6 has neighbour discovery: icmp6 ... type neighbour-solicitation",
	};

	return words_fail(&parser->words, word, hints[kind->header], "%s takes %s addresses",
			  kind->name, parser->spec.is_ip6 ? "IPv4" : "IPv6");
}

/* SRC > DST */
static int parse_endpoints(struct packet_parser *parser, const struct kind *kind)
{
	struct packet_spec *spec = &parser->spec;
	struct word from = words_peek(&parser->words), to;
	bool fits, is_ip6;

	if (parse_endpoint(parser, kind, spec->saddr, &spec->sport, &spec->is_ip6))
		return -EINVAL;
	fits = spec->is_ip6 ? kind->header != HEADER_ICMP && kind->header != HEADER_IP &&
				      kind->header != HEADER_ARP
			    : kind->header != HEADER_ICMP6 && kind->header != HEADER_IP6;
	if (!fits)
		return wrong_family(parser, kind, &from);
	if (words_arrow(&parser->words))
		return -EINVAL;
	to = words_peek(&parser->words);
	if (parse_endpoint(parser, kind, spec->daddr, &spec->dport, &is_ip6))
		return -EINVAL;
	if (is_ip6 != spec->is_ip6)
		return words_fail(&parser->words, &to, NULL,
				  "one address is IPv4, the other is IPv6");
	return 0;
}

static int parse_vlan(struct packet_parser *parser, const struct word *keyword)
{
	struct packet_spec *spec = &parser->spec;
	uint32_t id, priority = 0;
	struct word word;

	if (spec->vlan_count == PACKET_VLANS_MAX)
		return words_fail(&parser->words, keyword, NULL, "more than two VLAN tags");
	if (words_expect(&parser->words, &word, "an id", "vlan") ||
	    word_number(&parser->words, &word, "a VLAN id", 4095, &id))
		return -EINVAL;
	if (words_take(&parser->words, "pcp") &&
	    (words_expect(&parser->words, &word, "a priority", "pcp") ||
	     word_number(&parser->words, &word, "pcp", 7, &priority)))
		return -EINVAL;
	spec->vlans[spec->vlan_count].id = (uint16_t)id;
	spec->vlans[spec->vlan_count++].priority = (uint8_t)priority;
	return 0;
}

/* SMAC > DMAC [type TYPE]; with a type, that is all of the packet but its length. */
static int parse_ether(struct packet_parser *parser)
{
	struct packet_spec *spec = &parser->spec;
	struct word word;
	uint32_t type;

	spec->has_ether = true;
	if (words_expect(&parser->words, &word, "an Ethernet address", "ether") ||
	    word_ether(&parser->words, &word, spec->ether_saddr) || words_arrow(&parser->words) ||
	    words_expect(&parser->words, &word, "an Ethernet address", ">") ||
	    word_ether(&parser->words, &word, spec->ether_daddr))
		return -EINVAL;
	if (!words_take(&parser->words, "type"))
		return 0;
	if (words_expect(&parser->words, &word, "an Ethernet type", "type") ||
	    word_value(&parser->words, &word, "type", TYPE_ETHER_TYPE, &type))
		return -EINVAL;
	spec->top = HEADER_ETHER;
	spec->ether_type = (uint16_t)type;
	return 0;
}

static int unknown_kind(struct packet_parser *parser, const struct word *word)
{
	const char *names[KINDS + 3] = {"vlan", "ether", "hex"}, *near;

	if (!word->length)
		return words_fail(&parser->words, word,
				  "for example: udp 10.0.0.1:5000 > 10.0.0.2:53",
				  "the packet is missing");
	for (size_t i = 0; i < KINDS; i++)
		names[i + 3] = kinds[i].name;
	near = nearest_name(word->text, names, KINDS + 3);
	words_fail(&parser->words, word, KINDS_HINT, "`%s` is not a kind of packet", word->text);
	if (near)
		words_hint(&parser->words, "did you mean `%s`?", near);
	return -EINVAL;
}

static int parse_kind(struct packet_parser *parser, const struct word *word)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, word->text) == 0) {
			parser->spec.top = kinds[i].header;
			return parse_endpoints(parser, &kinds[i]);
		}
	}
	return unknown_kind(parser, word);
}

static void fill_defaults(struct packet_parser *parser)
{
	struct packet_spec *spec = &parser->spec;

	if (spec->tunnel) {
		spec->payload = packet_tunnel_length(spec);
		return;
	}
	if (parser->has_payload && spec->payload < spec->data_length)
		spec->payload = spec->data_length;
	if (parser->has_payload)
		return;
	if (spec->data_length) {
		spec->payload = spec->data_length;
		return;
	}
	if (spec->top == HEADER_ETHER)
		spec->payload = ETHER_PAYLOAD;
	else if (spec->fragment == XDV_FRAGMENT_LATER)
		spec->payload = LATER_PAYLOAD;
	else if (spec->top == HEADER_IP || spec->top == HEADER_IP6)
		spec->payload = IP_PAYLOAD;
}

static int parse_packet(struct packet_parser *parser)
{
	struct packet_spec *spec = &parser->spec;
	struct word word;

	*spec = (struct packet_spec){.top = HEADERS,
				     .protocol = PROTOCOL_OTHER,
				     .hop_limit = 64,
				     .tcp_flags = 0x10,
				     .arp_operation = 1};
	words_next(&parser->words, &word);
	while (strcmp(word.text, "vlan") == 0) {
		if (parse_vlan(parser, &word))
			return -EINVAL;
		words_next(&parser->words, &word);
	}
	if (strcmp(word.text, "ether") == 0) {
		if (parse_ether(parser))
			return -EINVAL;
		if (spec->top == HEADERS)
			words_next(&parser->words, &word);
	}
	if (spec->top == HEADERS && parse_kind(parser, &word))
		return -EINVAL;
	spec->icmp_type = spec->top == HEADER_ICMP6 ? 128 : 8;
	if (parse_options(parser))
		return -EINVAL;
	fill_defaults(parser);
	return 0;
}

int packet_from_text(struct packet_bytes *out, const char *text, struct packet_text_error *error)
{
	struct packet_text_error unused;
	struct packet_parser parser = {.words = {.text = text, .error = error ? error : &unused}};
	struct word first = words_peek(&parser.words);
	int err;

	if (strcmp(first.text, "hex") == 0)
		return words_hex(&parser.words, out);
	err = parse_packet(&parser);
	if (err) {
		free(parser.carried);
		return -EINVAL;
	}
	err = packet_build(out, &parser.spec);
	free(parser.carried);
	if (err) {
		first = (struct word){.offset = 0, .length = strlen(text)};
		words_fail(&parser.words, &first, "use a smaller `len`",
			   "the frame would be longer than %d bytes", PACKET_MAX);
	}
	return err;
}
