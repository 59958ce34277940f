// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "policy_generator.h"

#include "expr_text.h"
#include "generator_target.h"

#include <stdlib.h>
#include <string.h>

#define RULE_TEXT 8192

/* What the conditions of a rule are mostly about, so that not all of them exclude each other. */
struct topic {
	struct random *random;
	enum header network, transport;
	const char *inner; /* "inner " in front of all headers, or "" */
	struct text out;
};

static const enum header networks[] = {HEADER_IP, HEADER_IP, HEADER_IP6, HEADER_ARP};
static const enum header transports[] = {HEADER_TCP, HEADER_UDP, HEADER_SCTP, HEADER_ICMP,
					 HEADER_ICMP6};

static const char *const sets_text =
	"set hosts : ipv4 { 10.0.0.0/30, 10.0.1.1-10.0.1.3, 192.168.0.0/16, 10.0.0.7 }\n"
	"set hosts6 : ipv6 { 2001:db8::/64, 2001:db8:1::1, 2001:db8:1::10-2001:db8:2::5 }\n"
	"set ports : port { 22, 53, 80, 443, 1000-1010, 1005-1020, 5000, 60000-65535, 0 }\n"
	"set macs : ether { 02:00:00:00:00:01, 02:00:00:00:00:10-02:00:00:00:01:20 }\n"
	"set pairs : ipv4 . port { 10.0.0.0/30 . 53, 10.0.0.1 . 1000-1010, 10.0.1.2 . 80 }\n"
	"set pairs6 : ipv6 . port { 2001:db8::/64 . 53, 2001:db8:1::1 . 1000-1010 }\n"
	"set tuples : ipv4 . ipv4 . port . port\n"
	"{ 10.0.0.0/30 . 10.0.1.0/24 . 1000-1010 . 53, 10.0.0.1 . 10.0.0.2 . 0-65535 . 80 }\n"
	"set live_hosts : ipv4 dynamic { 10.0.0.1, 10.0.0.2, 10.0.1.3, 10.0.1.8 }\n"
	"set live_more : ipv4 dynamic size 9 { 10.0.0.2, 10.0.0.3, 10.0.1.8 }\n"
	"set live_hosts6 : ipv6 dynamic { 2001:db8::1, 2001:db8:1::1, 2001:db8:1::7 }\n"
	"set live_nets : ipv4 dynamic prefixes { 10.0.0.0/30, 10.0.1.1-10.0.1.6, 0.0.0.0/1 }\n"
	"set live_nets6 : ipv6 dynamic prefixes { 2001:db8::/64, 2001:db8:1::2-2001:db8:1::5 }\n"
	"set live_ports : port dynamic { 22, 53, 443, 65535, 0 }\n"
	"set live_macs : ether dynamic { 02:00:00:00:00:01, 02:00:00:00:01:03 }\n"
	"set live_pairs : ipv4 . port dynamic { 10.0.0.1 . 53, 10.0.0.2 . 80, 10.0.1.2 . 22 }\n"
	"set live_pairs6 : ipv6 . port dynamic { 2001:db8::1 . 53, 2001:db8:1::2 . 80 }\n";

static void add(struct topic *topic, const char *text)
{
	text_add(&topic->out, "%s", text);
}

/* Few different values, close together. */
static void add_value(struct topic *topic, enum value_type type)
{
	static const unsigned int ports[] = {22, 53, 54, 80, 1000, 1005, 1010, 5000, 65535, 0};
	static const unsigned int protocols[] = {1, 6, 17, 41, 44, 47, 50, 58, 59, 60, 132, 0, 254};
	static const unsigned int ether_types[] = {0x800, 0x806, 0x86dd, 0x8100, 0x88a8, 0x88a2};
	struct random *random = topic->random;
	struct text *out = &topic->out;

	switch (type) {
	case TYPE_IPV4:
		text_add(out, "10.0.%u.%u", random_below(random, 2), random_below(random, 9));
		break;
	case TYPE_IPV6:
		text_add(out, "2001:db8:%u::%u", random_below(random, 2), random_below(random, 9));
		break;
	case TYPE_ETHER:
		text_add(out, "02:00:00:00:0%u:%02x", random_below(random, 2),
			 random_below(random, 40));
		break;
	case TYPE_PORT:
		text_add(out, "%u", ports[random_below(random, 10)]);
		break;
	case TYPE_ETHER_TYPE:
		text_add(out, "0x%04x", ether_types[random_below(random, 6)]);
		break;
	case TYPE_QUEUE:
	case TYPE_ARP_OPERATION:
	case TYPE_ICMP_CODE:
		text_add(out, "%u", random_below(random, 3));
		break;
	case TYPE_VNI:
	case TYPE_GRE_KEY:
		text_add(out, "%u", random_below(random, 4));
		break;
	case TYPE_VLAN_ID:
		text_add(out, "%u", random_below(random, 2) * 4085 + random_below(random, 10));
		break;
	case TYPE_PROTOCOL:
		text_add(out, "%u", protocols[random_below(random, 13)]);
		break;
	case TYPE_LENGTH:
	case TYPE_FRAME_LENGTH:
		text_add(out, "%u", random_below(random, 100));
		break;
	default:
		text_add(out, "%u", random_below(random, 16) * 17 % (type_table[type].max + 1));
		break;
	}
}

/* A range whose ends are right way round, a prefix, or a value. */
static void add_part(struct topic *topic, enum value_type type)
{
	uint32_t low = random_below(topic->random, 200), span = random_below(topic->random, 50);
	uint32_t choice = random_below(topic->random, 6), max = type_table[type].max;

	if (choice == 0 && type == TYPE_IPV4)
		text_add(&topic->out, "10.0.%u.0/%u", low % 2, 24 + span % 9);
	else if (choice == 0 && type == TYPE_IPV6)
		text_add(&topic->out, "2001:db8:%u::/%u", low % 2, 48 + span * 80 / 49);
	else if (choice == 1 && type == TYPE_IPV4)
		text_add(&topic->out, "10.0.0.%u-10.0.1.%u", low % 9, span % 9);
	else if (choice == 1 && type == TYPE_IPV6)
		text_add(&topic->out, "2001:db8::%u-2001:db8:1::%u", low % 9, span % 9);
	else if (choice <= 1 && type == TYPE_PORT)
		text_add(&topic->out, "%u-%u", low * 5, low * 5 + span * 20);
	else if (choice <= 1 && max && max < 70000)
		text_add(&topic->out, "%u-%u", low % (max + 1),
			 low % (max + 1) + span < max ? low % (max + 1) + span : max);
	else
		add_value(topic, type);
}

static enum field random_field(struct topic *topic)
{
	for (;;) {
		uint32_t field = random_below(topic->random, FIELDS);
		enum header header = field_table[field].header;

		if (field_table[field].type == TYPE_TCP_FLAGS ||
		    field_table[field].type == TYPE_FRAGMENT || field == FIELD_BYTES)
			continue;
		if (!*topic->inner && header >= HEADER_VXLAN)
			continue;
		if (header == HEADER_FRAME || header == HEADER_VXLAN || header == HEADER_GENEVE ||
		    header == HEADER_GRE || one_in(topic->random, 20))
			return (enum field)field;
		if (header_is_inner(header) != (*topic->inner != 0))
			continue;
		header = header_outer(header);
		if (header == HEADER_ETHER || header == HEADER_VLAN || header == topic->network ||
		    header == topic->transport)
			return (enum field)field;
	}
}

static void add_field_match(struct topic *topic)
{
	static const char *const sets[VALUE_TYPES][4] = {
		[TYPE_IPV4] = {"@hosts", "@live_hosts", "@live_more", "@live_nets"},
		[TYPE_IPV6] = {"@hosts6", "@live_hosts6", "@live_nets6", "@hosts6"},
		[TYPE_PORT] = {"@ports", "@live_ports", "@ports", "@ports"},
		[TYPE_ETHER] = {"@macs", "@live_macs", "@macs", "@macs"},
	};
	enum field field = random_field(topic);
	enum value_type type = field_table[field].type;
	uint32_t count = 1 + random_below(topic->random, one_in(topic->random, 4) ? 12 : 4);

	text_add(&topic->out, "%s %s %s", header_table[field_table[field].header].name,
		 field_table[field].name, one_in(topic->random, 5) ? "!= " : "");
	if (sets[type][0] && one_in(topic->random, 3)) {
		add(topic, sets[type][random_below(topic->random, 4)]);
	} else if (one_in(topic->random, 3)) {
		for (uint32_t i = 0; i < count; i++) {
			add(topic, i ? ", " : "{ ");
			add_part(topic, type);
		}
		add(topic, " }");
	} else {
		add_part(topic, type);
	}
}

static void add_key_match(struct topic *topic)
{
	bool ip6 = topic->network == HEADER_IP6;
	const char *transport = topic->transport == HEADER_SCTP	 ? "sctp"
				: topic->transport == HEADER_TCP ? "tcp"
								 : "udp";
	const char *relation = one_in(topic->random, 4) ? "!=" : "in";

	if (!ip6 && one_in(topic->random, 3))
		text_add(&topic->out,
			 "%sip saddr . %sip daddr . %s%s sport . %s%s dport %s @tuples",
			 topic->inner, topic->inner, topic->inner, transport, topic->inner,
			 transport, relation);
	else
		text_add(&topic->out, "%s%s %s . %s%s %s %s %s", topic->inner, ip6 ? "ip6" : "ip",
			 one_in(topic->random, 2) ? "saddr" : "daddr", topic->inner, transport,
			 one_in(topic->random, 2) ? "sport" : "dport", relation,
			 one_in(topic->random, 3) ? (ip6 ? "@live_pairs6" : "@live_pairs")
						  : (ip6 ? "@pairs6" : "@pairs"));
}

static void add_atom(struct topic *topic)
{
	static const char *const fragments[] = {"none", "first", "later", "any"};
	static const char *const masks[] = {
		"tcp flags syn",
		"tcp flags syn|ack",
		"tcp flags != fin|psh",
		"tcp flags & (syn|ack|rst) = syn",
		"tcp flags & (syn|ack) != ack",
		"tcp flags & 0xc3 = 0x41",
	};
	static const char *const bytes[] = {
		"bytes(payload + 1, 4) = 0x11223344",
		"bytes(payload, 1) & 0xc0 != 0x40",
		"bytes(l4 + 2, 2) 50-60",
		"bytes(l3 + 1, 1) & 0xfc in { 0, 8, 0x10-0x40 }",
		"bytes(l2 + 60, 2) != 0-0x7fff",
		"ip saddr . bytes(payload + 2, 2) { 10.0.0.0/30 . 0-0x1000, 10.0.0.1 . 7 }",
	};
	static const char *const filters[] = {
		"pcap \"udp port 53\"",
		"pcap \"net 10.0.0.0/30 or ip6 net 2001:db8:1::/48\"",
		"pcap \"vlan and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn\"",
		"pcap \"ip[2:2] - ((ip[0] & 0xf) << 2) > 20\"",
		"pcap \"ether[0] & 1 != 0 and not arp\"",
		"pcap \"less 70\"",
		"pcap \"ip[ip[8]] > 9 and portrange 0-1005\"",
	};
	struct random *random = topic->random;

	switch (random_below(random, 14)) {
	case 13:
		add(topic, filters[random_below(random, 7)]);
		break;
	case 12:
		add(topic, bytes[random_below(random, 6)]);
		break;
	case 0:
		text_add(&topic->out, "%s%s", topic->inner,
			 header_table[one_in(random, 2) ? topic->network : topic->transport].name);
		break;
	case 1:
		add(topic,
		    header_table[random_below(random, *topic->inner ? HEADERS : HEADER_VXLAN)]
			    .name);
		break;
	case 2:
		text_add(&topic->out, "%s%s frag %s%s", topic->inner,
			 topic->network == HEADER_IP6 ? "ip6" : "ip",
			 one_in(random, 4) ? "!= " : "", fragments[random_below(random, 4)]);
		break;
	case 3:
		text_add(&topic->out, "%s%s", topic->inner,
			 topic->transport == HEADER_TCP ? masks[random_below(random, 6)]
							: header_table[topic->transport].name);
		break;
	case 4:
	case 5:
		add_key_match(topic);
		break;
	default:
		add_field_match(topic);
		break;
	}
}

static void add_expr(struct topic *topic, unsigned int depth)
{
	bool is_and = one_in(topic->random, 2);

	add(topic, one_in(topic->random, 10) ? "not " : "");
	if (!depth || one_in(topic->random, 4)) {
		add_atom(topic);
		return;
	}
	add(topic, "(");
	add_expr(topic, depth - 1);
	add(topic, is_and ? " and " : " or ");
	add_expr(topic, depth - 1);
	if (one_in(topic->random, 3)) {
		add(topic, is_and ? " and " : " or ");
		add_expr(topic, depth - 1);
	}
	add(topic, ")");
}

/* Begins with something plain, and is never too short, so that few rules take nearly everything. */
static void add_conditions(struct topic *topic, unsigned int depth)
{
	uint32_t more = depth ? random_below(topic->random, 3) : 1 + random_below(topic->random, 2);

	add_field_match(topic);
	for (uint32_t i = 0; i < more; i++) {
		add(topic, " and ");
		if (depth)
			add_expr(topic, random_below(topic->random, depth + 1));
		else
			add_atom(topic);
	}
}

static void add_rule(struct random *random, char *text, size_t number, unsigned int depth,
		     bool tunnels)
{
	struct topic topic = {
		.random = random,
		.network = networks[random_below(random, 4)],
		.transport = transports[random_below(random, 5)],
		.inner = tunnels && one_in(random, 2) ? "inner " : "",
		.out = {text, RULE_TEXT, 0},
	};
	static const char *const actions[] = {
		"pass",
		"drop",
		"xsk one",
		"xsk two",
		"tx",
		"tx swap",
		"redirect eth1",
		"redirect eth0.7",
		"mark 7 xsk one",
		"mark 0xffffffff xsk one",
		"sample 1/10 pass",
		"sample 1/1 mark 9 limit 1/h burst 30 else drop xsk one",
		"limit 1/h burst 40 else drop pass",
		"mark 3 limit 2/h burst 200 else mark 4 xsk one xsk one",
		"limit 1/h burst 1000000 else pass tx swap",
		"limit 1/h burst 7 else tx swap redirect eth1"};
	static const size_t action_count = sizeof(actions) / sizeof(*actions);

	text_add(&topic.out, "rule r%zu: ", number);
	add_conditions(&topic, depth);
	if (topic.out.used > RULE_TEXT - 100) { /* cut in the middle of something */
		topic.out.used = 0;
		text_add(&topic.out, "rule r%zu: udp", number);
	}
	text_add(&topic.out, " => %s\n", actions[random_below(random, action_count)]);
}

static struct policy *assemble(char (*rules)[RULE_TEXT], size_t count)
{
	size_t size = strlen(sets_text) + count * RULE_TEXT + 200;
	char *text = malloc(size);
	struct text out = {text, size, 0};
	struct policy *policy;

	text_add(&out, "%sconsumer one { %s }%s\nconsumer two { metadata off; stall off }\n",
		 sets_text, count % 3 ? "stall 1s" : "",
		 count % 4 == 3 ? " flows { size 50 }" : "");
	for (size_t i = 0; i < count; i++)
		text_add(&out, "%s", rules[i]);
	text_add(&out, "default %s\n", count % 2 ? "drop" : "pass");
	policy = policy_from_text("random.policy", text);
	free(text);
	return policy;
}

/* Takes out the rules in which there are errors; one rule is one line. */
static size_t without_errors(const struct policy *policy, char (*rules)[RULE_TEXT], size_t count)
{
	size_t kept = 0, first_line = 1;

	for (const char *c = sets_text; *c; c++)
		first_line += *c == '\n';
	first_line += 2; /* consumers */
	for (size_t i = 0; i < count; i++) {
		bool is_wrong = false;

		for (size_t j = 0; j < policy->diags.count; j++)
			is_wrong |= diag_is_error(policy->diags.list[j].code) &&
				    policy->diags.list[j].where.line == first_line + i;
		if (!is_wrong)
			memmove(rules[kept++], rules[i], RULE_TEXT);
	}
	return kept;
}

struct policy *policy_random(uint64_t seed, size_t count, unsigned int depth)
{
	struct random random = {seed * 0x9e3779b97f4a7c15ull | 1};
	char(*rules)[RULE_TEXT] = calloc(count, RULE_TEXT);
	bool tunnels = one_in(&random, 3);
	struct policy *policy;

	for (size_t i = 0; i < count; i++)
		add_rule(&random, rules[i], i + 1, depth, tunnels);
	policy = assemble(rules, count);
	while (policy->diags.errors && count) {
		size_t left = without_errors(policy, rules, count);

		if (left == count) /* not a rule's fault */
			break;
		count = left;
		policy_free(&policy);
		policy = assemble(rules, count);
	}
	free(rules);
	return policy;
}
