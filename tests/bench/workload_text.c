// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "workload.h"

#include <stdlib.h>

static unsigned int prefix_bits(struct span span)
{
	unsigned int bits = 32;

	for (uint32_t open = span.hi - span.lo; open; open >>= 1)
		bits--;
	return bits;
}

static void put_address(FILE *out, uint32_t address)
{
	fprintf(out, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
		address & 255);
}

static void put_span(FILE *out, const char *between, const char *field, struct span span,
		     bool is_address)
{
	if (is_address) {
		if (span.hi - span.lo == UINT32_MAX)
			return;
		fprintf(out, "%sip %s ", between, field);
		put_address(out, span.lo);
		if (prefix_bits(span) < 32)
			fprintf(out, "/%u", prefix_bits(span));
	} else if (span.hi - span.lo < 65535) {
		fprintf(out, "%s%s %u", between, field, span.lo);
		if (span.hi > span.lo)
			fprintf(out, "-%u", span.hi);
	}
}

static void put_rule(FILE *out, const struct workload *workload, const struct match *match,
		     size_t i)
{
	bool udp = match->protocol == 17;

	if (workload->pcap) {
		fprintf(out, "rule r%zu: pcap \"udp dst port %u\" => xsk feed\n", i + 1,
			match->dport.lo);
		return;
	}
	if (match->has_addresses) {
		fprintf(out, "set s%zu : ipv4%s { ", i + 1, workload->dynamic ? " dynamic" : "");
		for (size_t j = 0; j < MATCH_ADDRESSES; j++) {
			fputs(j ? ", " : "", out);
			put_address(out, match->addresses[j]);
		}
		fprintf(out, " }\nrule r%zu: ip saddr in @s%zu => xsk feed\n", i + 1, i + 1);
		return;
	}
	fprintf(out, "rule r%zu: %s", i + 1, udp ? "udp" : "tcp");
	put_span(out, " and ", "saddr", match->saddr, true);
	put_span(out, " and ", "daddr", match->daddr, true);
	put_span(out, udp ? " and udp " : " and tcp ", "sport", match->sport, false);
	put_span(out, udp ? " and udp " : " and tcp ", "dport", match->dport, false);
	fputs(" => xsk feed\n", out);
}

static void put_element(FILE *out, const struct workload *workload, size_t i)
{
	struct prefix prefix = workload->element(i);
	const uint8_t *a = prefix.address;

	if (workload->ipv6) {
		for (unsigned int j = 0; j < 16; j += 2)
			fprintf(out, "%s%x", j ? ":" : "", a[j] << 8 | a[j + 1]);
		fprintf(out, "/%u", prefix.bits);
	} else {
		fprintf(out, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
		if (prefix.bits < 32)
			fprintf(out, "/%u", prefix.bits);
	}
}

/* Metadata is left out: a test run does not take it off again, and the room is soon used up. */
char *workload_policy(const struct workload *workload)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (workload->flows)
		fprintf(out, "flows { size %zu }\n", workload->flows);
	fputs("consumer feed { queues all; metadata off }\n", out);
	if (workload->element) {
		fprintf(out, "set s : %s", workload->ipv6 ? "ipv6" : "ipv4");
		if (workload->dynamic)
			fprintf(out, " dynamic size %zu", workload->elements);
		fputs(" {\n", out);
		for (size_t i = 0; i < workload->elements; i++) {
			put_element(out, workload, i);
			fputs(i + 1 < workload->elements ? ",\n" : "\n}\n", out);
		}
		fprintf(out, "rule r1: %s saddr in @s => xsk feed\n",
			workload->ipv6 ? "ip6" : "ip");
	}
	for (size_t i = 0; workload->match && i < workload->rules; i++) {
		struct match match = workload->match(workload->rules, i);

		put_rule(out, workload, &match, i);
	}
	fputs("default pass\n", out);
	fclose(out);
	return text;
}

static void put_test(FILE *out, const char *word, struct span span, struct span all)
{
	if (span.lo == all.lo && span.hi == all.hi)
		return;
	if (span.lo == span.hi)
		fprintf(out, " && p->%s == %u", word, span.lo);
	else
		fprintf(out, " && p->%s - %uu <= %uu", word, span.lo, span.hi - span.lo);
}

/*
 * The packet is in a map, and read anew for each rule: what the verifier learned of it from one
 * rule would be more to verify in all that follow.
 */
char *workload_linear(const struct workload *workload)
{
	static const struct span address = {0, UINT32_MAX}, port = {0, 65535};
	char *text = NULL;
	size_t size;
	FILE *out = workload->match ? open_memstream(&text, &size) : NULL;

	if (!out)
		return NULL;
	fputs("#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)\n"
	      "#include \"packet.h\"\n\nchar _license[] SEC(\"license\") = \"GPL\";\n\n"
	      "static volatile struct xdv_packet packet;\n\n"
	      "SEC(\"xdp\")\nint linear(struct xdp_md *ctx)\n{\n"
	      "\tconst volatile struct xdv_packet *p = &packet;\n"
	      "\tstruct xdv_packet walked = {0};\n\n"
	      "\txdv_read_packet(ctx, &walked);\n"
	      "\tpacket = walked;\n",
	      out);
	for (size_t i = 0; i < workload->rules; i++) {
		struct match match = workload->match(workload->rules, i);

		fprintf(out, "\tif (%s",
			match.protocol == 0    ? "p->l3 == XDV_L3_IPV4"
			: match.protocol == 17 ? "p->l4 == XDV_L4_UDP"
					       : "p->l4 == XDV_L4_TCP");
		put_test(out, "ip_saddr", match.saddr, address);
		put_test(out, "ip_daddr", match.daddr, address);
		put_test(out, "sport", match.sport, port);
		put_test(out, "dport", match.dport, port);
		for (size_t j = 0; match.has_addresses && j < MATCH_ADDRESSES; j++)
			fprintf(out, "%sp->ip_saddr == %uu%s", j ? " || " : " && (",
				match.addresses[j], j + 1 == MATCH_ADDRESSES ? ")" : "");
		fprintf(out, ")\n\t\treturn %zu;\n", i + 1);
	}
	fputs("\treturn 0;\n}\n", out);
	fclose(out);
	return text;
}
