// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "filter_generator.h"

#include "expr_text.h"

struct sentence {
	struct random *random;
	struct text out;
};

#define ANY(list) (list)[random_below(s->random, sizeof(list) / sizeof(*(list)))]

static void add_number(struct sentence *s)
{
	static const uint32_t some[] = {0,     1,      2,	   4,	       6,
					8,     14,     20,	   0xf,	       0xff,
					0x800, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff};

	text_add(&s->out, one_in(s->random, 3) ? "0x%x" : "%u",
		 one_in(s->random, 2) ? random_below(s->random, 64) : ANY(some));
}

static void add_value(struct sentence *s, unsigned int depth)
{
	static const char *const headers[] = {"ether", "ip",  "ip6",  "tcp",  "udp",
					      "icmp",  "arp", "sctp", "icmp6"};
	static const char *const signs[] = {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"};
	static const char *const sizes[] = {"", ":1", ":2", ":4"};

	switch (depth ? random_below(s->random, 8) : random_below(s->random, 4)) {
	case 0:
		add_number(s);
		break;
	case 1:
		text_add(&s->out, "len");
		break;
	case 2:
	case 3:
		text_add(&s->out, "%s[%u%s]", ANY(headers), random_below(s->random, 24),
			 ANY(sizes));
		break;
	case 4: /* a place that the packet says */
		text_add(&s->out, "%s[", ANY(headers));
		add_value(s, depth - 1);
		text_add(&s->out, "%s]", ANY(sizes));
		break;
	case 5:
		text_add(&s->out, "-(");
		add_value(s, depth - 1);
		text_add(&s->out, ")");
		break;
	default:
		text_add(&s->out, "(");
		add_value(s, depth - 1);
		text_add(&s->out, " %s ", ANY(signs));
		add_value(s, depth - 1);
		text_add(&s->out, ")");
		break;
	}
}

static void add_address(struct sentence *s)
{
	static const char *const ways[] = {"", "src ", "dst ", "src or dst ", "src and dst "};
	uint32_t a = random_below(s->random, 4), b = random_below(s->random, 256);

	switch (random_below(s->random, 6)) {
	case 0:
		text_add(&s->out, "%shost 10.0.%u.%u", ANY(ways), a, b);
		break;
	case 1:
		text_add(&s->out, "%snet 10.0.%u.0/24", ANY(ways), a);
		break;
	case 2:
		text_add(&s->out, "ip6 %shost 2001:db8:%x::%x", ANY(ways), a, b);
		break;
	case 3:
		text_add(&s->out, "%snet 2001:db8:%x::/48", ANY(ways), a);
		break;
	case 4:
		text_add(&s->out, "ether %shost 02:00:00:00:0%u:%02x", ANY(ways), a, b);
		break;
	default:
		text_add(&s->out, "arp %shost 10.0.0.%u", ANY(ways), b);
		break;
	}
}

static void add_primitive(struct sentence *s)
{
	static const char *const plain[] = {
		"ip",
		"ip6",
		"arp",
		"rarp",
		"tcp",
		"udp",
		"sctp",
		"icmp",
		"icmp6",
		"igmp",
		"ah",
		"esp",
		"vrrp",
		"pim",
		"stp",
		"ether multicast",
		"ether broadcast",
		"ip multicast",
		"ip6 multicast",
		"vlan",
		"vlan 7",
		"mpls",
		"mpls 100",
		"pppoed",
		"pppoes",
		"pppoes 7",
		"geneve",
		"geneve 9",
		"llc",
		"iso",
		"ipx",
		"less 60",
		"greater 90",
		"ip proto 47",
		"ip6 proto 6",
		"ether proto 0x88a2",
		"ip proto \\udp",
		"ether proto \\arp",
		"decnet",
		"llc rr",
		"tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
	};
	static const char *const ports[] = {"", "tcp ", "udp ", "src ", "tcp dst ", "sctp src "};
	static const char *const relations[] = {"=", "!=", "<", ">", "<=", ">="};
	uint32_t port = random_below(s->random, 1024);

	switch (random_below(s->random, 6)) {
	case 0:
		add_address(s);
		break;
	case 1:
		if (one_in(s->random, 2))
			text_add(&s->out, "%sport %u", ANY(ports), port);
		else
			text_add(&s->out, "%sportrange %u-%u", ANY(ports), port, port + 100);
		break;
	case 2:
	case 3:
		text_add(&s->out, "%s", ANY(plain));
		break;
	default:
		add_value(s, 2);
		text_add(&s->out, " %s ", ANY(relations));
		add_value(s, random_below(s->random, 3));
		break;
	}
}

static void add_condition(struct sentence *s, unsigned int depth)
{
	if (one_in(s->random, 6))
		text_add(&s->out, "not ");
	if (!depth || one_in(s->random, 3)) {
		add_primitive(s);
		return;
	}
	text_add(&s->out, "(");
	add_condition(s, depth - 1);
	text_add(&s->out, one_in(s->random, 2) ? " and " : " or ");
	add_condition(s, depth - 1);
	text_add(&s->out, ")");
}

void filter_random(struct random *random, char text[FILTER_RANDOM_TEXT])
{
	struct sentence s = {random, {text, FILTER_RANDOM_TEXT, 0}};

	add_condition(&s, random_below(random, 4));
}
