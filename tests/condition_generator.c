// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "condition_generator.h"

#include "value_generator.h"

#include <stdio.h>
#include <string.h>

#define ANY(list) (list)[random_below(draft->random, sizeof(list) / sizeof(*(list)))]

/* A rule in the making. */
struct draft {
	struct random *random;
	const struct vocabulary *words;
	struct topic topic;
	struct text *out;
};

static void draft_begin(struct draft *draft, const struct vocabulary *words, struct text *out)
{
	draft->random = words->random;
	draft->words = words;
	draft->topic = words->topics[random_below(words->random, VOCABULARY_TOPICS)];
	draft->out = out;
}

static bool is_of_topic(const struct draft *draft, enum header header)
{
	if (!header_can_lack(header))
		return true;
	if (header >= HEADER_VXLAN && header <= HEADER_IPIP)
		return draft->words->tunnels && header == draft->topic.tunnel;
	if (header_is_inner(header) != draft->topic.inner)
		return false;
	header = header_outer(header);
	return header <= HEADER_VLAN_SECOND || header == draft->topic.network ||
	       header == draft->topic.transport;
}

/* Of the topic, mostly; not one that is written in ways of its own. */
static enum field field_random(const struct draft *draft)
{
	for (;;) {
		enum field field = random_below(draft->random, FIELDS);
		enum value_type type = field_table[field].type;
		enum header header = field_table[field].header;
		bool elsewhere = header < HEADER_VXLAN || draft->words->tunnels;

		if (type == TYPE_TCP_FLAGS || type == TYPE_FRAGMENT || field == FIELD_BYTES)
			continue;
		if (is_of_topic(draft, header) || (elsewhere && one_in(draft->random, 20)))
			return field;
	}
}

/* FIELDS if the topic has none of this type. */
static enum field field_of_type(const struct draft *draft, enum value_type type)
{
	enum field found = FIELDS;
	uint32_t count = 0;

	for (enum field field = 0; field < FIELDS; field++)
		if (field_table[field].type == type &&
		    is_of_topic(draft, field_table[field].header) && one_in(draft->random, ++count))
			found = field;
	return found;
}

static void add_slice(const struct draft *draft, const struct slice *slice)
{
	text_add(draft->out, "bytes(%s", slice_base_names[slice->base]);
	if (slice->offset || one_in(draft->random, 2))
		text_add(draft->out, " + %u", slice->offset);
	text_add(draft->out, ", %u)", slice->length);
}

static void add_field(const struct draft *draft, enum field field)
{
	if (field == FIELD_BYTES)
		add_slice(draft, &draft->words->slices[0]);
	else
		text_add(draft->out, "%s %s", header_table[field_table[field].header].name,
			 field_table[field].name);
}

static const char *header_name(const struct draft *draft, enum header header)
{
	return header_table[draft->topic.inner ? HEADER_INNER + header : header].name;
}

static void add_element(const struct draft *draft, const enum value_type *types, size_t parts)
{
	for (size_t i = 0; i < parts; i++) {
		text_add(draft->out, i ? " . " : "");
		part_text_random(draft->out, draft->random, types[i]);
	}
}

static void add_elements(const struct draft *draft, const enum value_type *types, size_t parts)
{
	static const char *const beside[] = {" ", " = ", " != "};
	static const char *const before_list[] = {" { ", " in { ", " != { "};
	uint32_t count = 1 + random_below(draft->random, one_in(draft->random, 4) ? 12 : 4);

	if (!one_in(draft->random, 3)) {
		text_add(draft->out, "%s", ANY(beside));
		add_element(draft, types, parts);
		return;
	}
	text_add(draft->out, "%s", ANY(before_list));
	for (uint32_t i = 0; i < count; i++) {
		text_add(draft->out, i ? ", " : "");
		add_element(draft, types, parts);
	}
	text_add(draft->out, one_in(draft->random, 4) ? ", }" : " }");
}

static void add_field_match(const struct draft *draft)
{
	enum field field = field_random(draft);

	add_field(draft, field);
	add_elements(draft, &field_table[field].type, 1);
}

static void add_key_match(const struct draft *draft)
{
	size_t parts = 2 + random_below(draft->random, KEY_PARTS_MAX - 1);
	enum value_type types[KEY_PARTS_MAX];

	for (size_t i = 0; i < parts; i++) {
		enum field field = one_in(draft->random, 12) ? FIELD_BYTES : field_random(draft);

		text_add(draft->out, i ? " . " : "");
		add_field(draft, field);
		types[i] = field_table[field].type;
	}
	add_elements(draft, types, parts);
}

/* In one of the sets whose types the topic has fields of. */
static void add_set_match(const struct draft *draft)
{
	static const char *const before_set[] = {" ", " in ", " != "};

	for (int attempt = 0; draft->words->set_count && attempt < 8; attempt++) {
		uint32_t number = random_below(draft->random, (uint32_t)draft->words->set_count);
		const struct named_set *set = &draft->words->sets[number];
		enum field fields[KEY_PARTS_MAX];
		bool fits = true;

		for (size_t i = 0; i < set->parts; i++) {
			fields[i] = field_of_type(draft, set->types[i]);
			fits &= fields[i] != FIELDS;
		}
		if (!fits)
			continue;
		for (size_t i = 0; i < set->parts; i++) {
			text_add(draft->out, i ? " . " : "");
			add_field(draft, fields[i]);
		}
		text_add(draft->out, "%s@%s", ANY(before_set), set->name);
		return;
	}
	add_field_match(draft);
}

static void add_mask_match(const struct draft *draft)
{
	enum field field;
	enum value_type type;

	do {
		field = field_random(draft);
		type = field_table[field].type;
	} while (!type_table[type].max || type == TYPE_IPV4);
	add_field(draft, field);
	text_add(draft->out, " ");
	mask_text_random(draft->out, draft->random, type, type_table[type].max);
}

static void add_flags_match(const struct draft *draft)
{
	text_add(draft->out, "%s flags ", header_name(draft, HEADER_TCP));
	if (one_in(draft->random, 2)) {
		mask_text_random(draft->out, draft->random, TYPE_TCP_FLAGS, 255);
		return;
	}
	text_add(draft->out, one_in(draft->random, 3) ? "!= " : "");
	text_add_flags(draft->out, 1 + random_below(draft->random, 255));
}

static void add_fragment_match(const struct draft *draft)
{
	static const char *const kinds[] = {"none",   "first",	    "later",	      "any",
					    "!= any", "{ any, 0 }", "in { 1, none }", "!= first"};
	enum header network = draft->topic.network == HEADER_IP6 ? HEADER_IP6 : HEADER_IP;

	text_add(draft->out, "%s frag %s", header_name(draft, network), ANY(kinds));
}

/* Values that the bytes can have, and that have no bit beside the mask. */
static void add_slice_match(const struct draft *draft)
{
	const struct slice *slice = &ANY(draft->words->slices);
	uint32_t max = UINT32_MAX >> (32 - 8 * slice->length), mask = slice->mask;
	uint32_t low = random_below(draft->random, one_in(draft->random, 2) ? 20 : max);
	uint32_t high = low + random_below(draft->random, max - low);
	bool negated = one_in(draft->random, 4);

	add_slice(draft, slice);
	if (mask)
		text_add(draft->out, " & 0x%x", mask);
	else
		mask = max;
	if (one_in(draft->random, 3))
		text_add(draft->out, " %s { %u, 0x%x-0x%x, %u }", negated ? "!=" : "in", low & mask,
			 low, high, high & mask);
	else if (one_in(draft->random, 2))
		text_add(draft->out, " %s %u", negated ? "!=" : "=", low & mask);
	else
		text_add(draft->out, " %s %u-%u", negated ? "!=" : "=", low, high);
}

static void add_header(const struct draft *draft)
{
	enum header header = one_in(draft->random, 2) ? draft->topic.network
						      : draft->topic.transport;

	if (one_in(draft->random, 2)) {
		text_add(draft->out, "%s", header_name(draft, header));
		return;
	}
	do
		header = random_below(draft->random,
				      draft->words->tunnels ? HEADERS : HEADER_FRAME);
	while (!header_can_lack(header));
	text_add(draft->out, "%s", header_table[header].name);
}

static void add_atom(const struct draft *draft)
{
	static void (*const atoms[])(const struct draft *draft) = {
		add_header,	 add_header,	  add_fragment_match, add_slice_match,
		add_field_match, add_key_match,	  add_set_match,      add_set_match,
		add_set_match,	 add_field_match, add_field_match,    add_field_match,
	};

	if (one_in(draft->random, 20)) /* few: a plan has room for 40 different ones */
		add_mask_match(draft);
	else if (one_in(draft->random, 16))
		text_add(draft->out, "pcap \"%s\"", ANY(draft->words->filters));
	else if (draft->topic.transport == HEADER_TCP && one_in(draft->random, 8))
		add_flags_match(draft);
	else
		ANY(atoms)(draft);
}

static const char *join(const struct draft *draft, bool is_and)
{
	if (one_in(draft->random, 6))
		return is_and ? " && " : " || ";
	return is_and ? " and " : " or ";
}

static void add_expr(const struct draft *draft, unsigned int depth)
{
	bool is_and = one_in(draft->random, 2);
	uint32_t more = 1 + random_below(draft->random, 2);

	if (one_in(draft->random, 10))
		text_add(draft->out, one_in(draft->random, 3) ? "! " : "not ");
	if (!depth || one_in(draft->random, 4)) {
		add_atom(draft);
		return;
	}
	text_add(draft->out, "(");
	add_expr(draft, depth - 1);
	for (uint32_t i = 0; i < more; i++) {
		text_add(draft->out, "%s", join(draft, is_and));
		add_expr(draft, depth - 1);
	}
	text_add(draft->out, ")");
}

/* Begins with something plain, and is never too short, so that few rules take nearly everything. */
void conditions_random(struct text *out, struct vocabulary *vocabulary, unsigned int depth)
{
	struct draft draft;
	uint32_t more;

	draft_begin(&draft, vocabulary, out);
	more = depth ? random_below(draft.random, 3) : 1 + random_below(draft.random, 2);
	if (one_in(draft.random, 2))
		add_field_match(&draft);
	else
		add_set_match(&draft);
	for (uint32_t i = 0; i < more; i++) {
		text_add(out, "%s", join(&draft, true));
		if (depth)
			add_expr(&draft, random_below(draft.random, depth + 1));
		else
			add_atom(&draft);
	}
}

void types_random(struct vocabulary *vocabulary, struct named_set *set)
{
	struct draft draft;

	draft_begin(&draft, vocabulary, NULL);
	set->parts = one_in(draft.random, 2) ? 1 : 1 + random_below(draft.random, KEY_PARTS_MAX);
	for (size_t i = 0; i < set->parts; i++)
		set->types[i] = one_in(draft.random, 20) ? TYPE_NUMBER
							 : field_table[field_random(&draft)].type;
}

static void topic_choose(struct topic *topic, struct random *random, bool tunnels)
{
	static const enum header networks[] = {HEADER_IP, HEADER_IP, HEADER_IP6, HEADER_ARP};

	topic->network = networks[random_below(random, sizeof(networks) / sizeof(*networks))];
	topic->transport = HEADER_TCP + random_below(random, WALKED_HEADERS - HEADER_TCP);
	topic->tunnel = HEADER_VXLAN + random_below(random, HEADER_INNER - HEADER_VXLAN);
	topic->inner = tunnels && one_in(random, 2);
}

static void slice_choose(struct slice *slice, struct random *random)
{
	slice->base = random_below(random, SLICE_BASES);
	slice->offset = random_below(random, one_in(random, 4) ? 60 : 12);
	slice->length = 1 + random_below(random, SLICE_LENGTH_MAX);
	slice->mask = 1 + random_below(random, UINT32_MAX >> (32 - 8 * slice->length));
}

static void filter_choose(char *filter, struct random *random)
{
	static const char *const written[] = {
		"udp port 53",
		"net 10.0.0.0/30 or ip6 net 2001:db8:1::/48",
		"vlan and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
		"ip[2:2] - ((ip[0] & 0xf) << 2) > 20",
		"ether[0] & 1 != 0 and not arp",
		"less 70",
		"ip[ip[8]] > 9 and portrange 0-1005",
	};

	if (one_in(random, 2))
		filter_random(random, filter);
	else
		snprintf(filter, FILTER_RANDOM_TEXT, "%s",
			 written[random_below(random, sizeof(written) / sizeof(*written))]);
}

void vocabulary_choose(struct vocabulary *vocabulary, struct random *random)
{
	memset(vocabulary, 0, sizeof(*vocabulary));
	vocabulary->random = random;
	vocabulary->tunnels = one_in(random, 3);
	for (size_t i = 0; i < VOCABULARY_TOPICS; i++)
		topic_choose(&vocabulary->topics[i], random, vocabulary->tunnels);
	for (size_t i = 0; i < VOCABULARY_SLICES; i++)
		slice_choose(&vocabulary->slices[i], random);
	vocabulary->slices[0].length = 4;
	vocabulary->slices[0].mask = 0;
	for (size_t i = 0; i < VOCABULARY_FILTERS; i++)
		filter_choose(vocabulary->filters[i], random);
}
