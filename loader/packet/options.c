// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/options.h"

#include "diag.h"
#include "packet/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BIT(header) (1u << (header))
#define OVER_IP                                                                                    \
	(BIT(HEADER_IP) | BIT(HEADER_IP6) | BIT(HEADER_TCP) | BIT(HEADER_UDP) | BIT(HEADER_SCTP) | \
	 BIT(HEADER_ICMP) | BIT(HEADER_ICMP6))

static int parse_flags(struct packet_parser *parser, struct word word)
{
	uint32_t bits = 0, flag;
	char *rest = word.text, *name;

	if (word.text[0] >= '0' && word.text[0] <= '9') {
		if (word_number(&parser->words, &word, "flags", 255, &flag))
			return -EINVAL;
		parser->spec.tcp_flags = (uint8_t)flag;
		return 0;
	}
	while ((name = strsep(&rest, ",|"))) {
		struct word part = word;

		part.offset += (size_t)(name - word.text);
		part.length = strlen(name);
		memmove(part.text, name, part.length + 1);
		if (strcmp(name, "none") == 0)
			continue;
		if (word_value(&parser->words, &part, "flags", TYPE_TCP_FLAGS, &flag))
			return -EINVAL;
		bits |= flag;
	}
	parser->spec.tcp_flags = (uint8_t)bits;
	return 0;
}

static int parse_type(struct packet_parser *parser, struct word word)
{
	bool is_ip6 = parser->spec.top == HEADER_ICMP6;
	uint32_t type;

	if (word_value(&parser->words, &word, "type", is_ip6 ? TYPE_ICMP6_TYPE : TYPE_ICMP_TYPE,
		       &type))
		return -EINVAL;
	parser->spec.icmp_type = (uint8_t)type;
	return 0;
}

static int parse_protocol(struct packet_parser *parser, struct word word)
{
	uint32_t protocol;

	if (word_value(&parser->words, &word, "proto", TYPE_PROTOCOL, &protocol))
		return -EINVAL;
	parser->spec.protocol = (uint8_t)protocol;
	return 0;
}

static int parse_length(struct packet_parser *parser, struct word word)
{
	uint32_t length;

	if (word_number(&parser->words, &word, "len", PACKET_MAX, &length))
		return -EINVAL;
	parser->spec.payload = length;
	parser->has_payload = true;
	return 0;
}

static int parse_fragment(struct packet_parser *parser, struct word word)
{
	if (strcmp(word.text, "first") == 0)
		parser->spec.fragment = XDV_FRAGMENT_FIRST;
	else if (strcmp(word.text, "later") == 0)
		parser->spec.fragment = XDV_FRAGMENT_LATER;
	else
		return words_fail(&parser->words, &word, "`frag first` or `frag later`",
				  "`%s` is not a kind of fragment", word.text);
	return 0;
}

static int parse_ttl(struct packet_parser *parser, struct word word)
{
	uint32_t ttl;

	if (word_number(&parser->words, &word, "ttl", 255, &ttl))
		return -EINVAL;
	parser->spec.hop_limit = (uint8_t)ttl;
	return 0;
}

static int parse_dscp(struct packet_parser *parser, struct word word)
{
	uint32_t dscp;

	if (word_value(&parser->words, &word, "dscp", TYPE_DSCP, &dscp))
		return -EINVAL;
	parser->spec.dscp = (uint8_t)dscp;
	return 0;
}

static int parse_data(struct packet_parser *parser, struct word word)
{
	struct packet_bytes *bytes = calloc(1, sizeof(*bytes));
	int err = bytes ? word_hex(&parser->words, &word, bytes) : -ENOMEM;

	if (!err && bytes->length > PACKET_DATA_MAX)
		err = words_fail(&parser->words, &word, NULL, "more than %d bytes of data",
				 PACKET_DATA_MAX);
	if (!err) {
		memcpy(parser->spec.data, bytes->bytes, bytes->length);
		parser->spec.data_length = bytes->length;
	}
	free(bytes);
	return err ? -EINVAL : 0;
}

static int parse_code(struct packet_parser *parser, struct word word)
{
	uint32_t code;

	if (word_value(&parser->words, &word, "code", TYPE_ICMP_CODE, &code))
		return -EINVAL;
	parser->spec.icmp_code = (uint8_t)code;
	return 0;
}

static int parse_operation(struct packet_parser *parser, struct word word)
{
	uint32_t operation;

	if (word_value(&parser->words, &word, "operation", TYPE_ARP_OPERATION, &operation))
		return -EINVAL;
	parser->spec.arp_operation = (uint16_t)operation;
	return 0;
}

static const struct packet_option {
	const char *name;
	unsigned int kinds; /* of packets that have it */
	int (*parse)(struct packet_parser *parser, struct word word);
} options[] = {
	{"flags", BIT(HEADER_TCP), parse_flags},
	{"type", BIT(HEADER_ICMP) | BIT(HEADER_ICMP6), parse_type},
	{"code", BIT(HEADER_ICMP) | BIT(HEADER_ICMP6), parse_code},
	{"operation", BIT(HEADER_ARP), parse_operation},
	{"proto", BIT(HEADER_IP) | BIT(HEADER_IP6), parse_protocol},
	{"len", OVER_IP | BIT(HEADER_ETHER), parse_length},
	{"data", OVER_IP | BIT(HEADER_ETHER), parse_data},
	{"frag", OVER_IP, parse_fragment},
	{"ttl", OVER_IP, parse_ttl},
	{"dscp", OVER_IP, parse_dscp},
};

#define OPTIONS (sizeof(options) / sizeof(*options))

/* Of some kind of packet. */
static bool is_option(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0)
			return true;
	return false;
}

static int unknown_option(struct packet_parser *parser, const struct word *word)
{
	const char *names[OPTIONS + PACKET_TUNNELS_MAX], *near;
	size_t count = 0;

	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].kinds & BIT(parser->spec.top))
			names[count++] = options[i].name;
	if (!parser->in_tunnel)
		count += packet_tunnel_names(parser->spec.top, names + count);
	near = is_option(word->text) ? NULL : nearest_name(word->text, names, count);
	words_fail(&parser->words, word, NULL, "%s packets have no option `%s`",
		   header_table[parser->spec.top].name, word->text);
	if (near)
		words_hint(&parser->words, "did you mean `%s`?", near);
	else if (!count)
		words_hint(&parser->words, "the packet ends here");
	else
		words_hint_list(&parser->words, "they have: ", names, count);
	return -EINVAL;
}

bool packet_option_given(const struct packet_parser *parser, const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (parser->options & 1u << i && strcmp(options[i].name, name) == 0)
			return true;
	return false;
}

int packet_option_parse(struct packet_parser *parser, const struct word *name)
{
	struct word value;
	size_t i = 0;

	while (i < OPTIONS && (strcmp(options[i].name, name->text) != 0 ||
			       !(options[i].kinds & BIT(parser->spec.top))))
		i++;
	if (i == OPTIONS)
		return unknown_option(parser, name);
	if (parser->options & 1u << i)
		return words_fail(&parser->words, name, NULL, "`%s` is given twice", name->text);
	parser->options |= 1u << i;
	if (words_expect(&parser->words, &value, "a value", options[i].name))
		return -EINVAL;
	return options[i].parse(parser, value);
}
