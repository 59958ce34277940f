// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "box.h"

#include "arena.h"
#include "words.h"

#include <string.h>

const struct bound *box_bound(const struct box *box, uint32_t word)
{
	for (size_t i = 0; i < box->count; i++)
		if (box->bounds[i].word == word)
			return &box->bounds[i];
	return NULL;
}

/* Both sorted by word: a merge. */
bool box_intersect(struct arena *arena, const struct box *a, const struct box *b,
		   struct box *result)
{
	struct bound *bounds = arena_alloc(arena, (a->count + b->count) * sizeof(*bounds));
	size_t count = 0, i = 0, j = 0;

	while (i < a->count || j < b->count) {
		if (j == b->count || (i < a->count && a->bounds[i].word < b->bounds[j].word)) {
			bounds[count++] = a->bounds[i++];
		} else if (i == a->count || b->bounds[j].word < a->bounds[i].word) {
			bounds[count++] = b->bounds[j++];
		} else {
			const struct bound *one = &a->bounds[i++], *two = &b->bounds[j++];
			struct bound both = {one->word, one->lo > two->lo ? one->lo : two->lo,
					     one->hi < two->hi ? one->hi : two->hi};

			if (both.lo > both.hi)
				return false;
			bounds[count++] = both;
		}
	}
	*result = (struct box){bounds, count};
	return true;
}

bool box_covers(const struct box *outer, const struct box *inner)
{
	size_t j = 0;

	for (size_t i = 0; i < outer->count; i++) {
		const struct bound *bound = &outer->bounds[i];

		while (j < inner->count && inner->bounds[j].word < bound->word)
			j++;
		if (j == inner->count || inner->bounds[j].word != bound->word ||
		    inner->bounds[j].lo < bound->lo || inner->bounds[j].hi > bound->hi)
			return false;
	}
	return true;
}

struct boxes boxes_union(struct arena *arena, struct boxes a, struct boxes b)
{
	struct boxes result = {NULL, a.count + b.count};

	if (!a.count || !b.count)
		return a.count ? a : b;
	result.list = arena_alloc(arena, result.count * sizeof(*result.list));
	memcpy(result.list, a.list, a.count * sizeof(*a.list));
	memcpy(result.list + a.count, b.list, b.count * sizeof(*b.list));
	return result;
}

struct boxes boxes_product(struct arena *arena, struct boxes a, struct boxes b, size_t limit,
			   bool *overflow)
{
	struct boxes result = {NULL, 0};

	for (size_t i = 0; i < a.count; i++) {
		for (size_t j = 0; j < b.count; j++) {
			struct box both;

			if (!box_intersect(arena, &a.list[i], &b.list[j], &both))
				continue;
			if (result.count == limit) {
				*overflow = true;
				return result;
			}
			*arena_push(arena, &result.list, result.count) = both;
		}
	}
	return result;
}

#define WORD(member) WORD_AT(packet.member)
#define EXACTLY_AT(member, value)                                                                  \
	{                                                                                          \
		WORD_AT(member), (value), (value)                                                  \
	}
#define EXACTLY(member, value) EXACTLY_AT(packet.member, value)

/* If a word of a box has exactly this value, the bound follows. */
struct implication {
	uint32_t value;
	struct bound follows;
};

/* Of headers; in a tunnel as well. */
static const struct implication by_l3[] = {
	{XDV_L3_IPV4, EXACTLY(ether_type, 0x0800)},
	{XDV_L3_IPV6, EXACTLY(ether_type, 0x86dd)},
	{XDV_L3_ARP, EXACTLY(ether_type, 0x0806)},
};

static const struct implication by_fragment[] = {
	{XDV_FRAGMENT_FIRST, {WORD(l3), XDV_L3_IPV4, XDV_L3_IPV6}},
	{XDV_FRAGMENT_LATER, {WORD(l3), XDV_L3_IPV4, XDV_L3_IPV6}},
	{XDV_FRAGMENT_LATER, EXACTLY(l4, XDV_L4_NONE)},
};

static const struct implication by_l4[] = {
#define LAYER4(kind, protocol_, l3_first, l3_last)                                                 \
	{(kind), EXACTLY(protocol, (protocol_))}, {(kind), EXACTLY(fragment, XDV_FRAGMENT_NONE)},  \
		{(kind), {WORD(l3), (l3_first), (l3_last)}},                                       \
		{(kind) + XDV_L4_FIRST, EXACTLY(protocol, (protocol_))},                           \
		{(kind) + XDV_L4_FIRST, EXACTLY(fragment, XDV_FRAGMENT_FIRST)},                    \
	{                                                                                          \
		(kind) + XDV_L4_FIRST,                                                             \
		{                                                                                  \
			WORD(l3), (l3_first), (l3_last)                                            \
		}                                                                                  \
	}
	LAYER4(XDV_L4_TCP, 6, XDV_L3_IPV4, XDV_L3_IPV6),
	LAYER4(XDV_L4_UDP, 17, XDV_L3_IPV4, XDV_L3_IPV6),
	LAYER4(XDV_L4_SCTP, 132, XDV_L3_IPV4, XDV_L3_IPV6),
	LAYER4(XDV_L4_ICMP, 1, XDV_L3_IPV4, XDV_L3_IPV4),
	LAYER4(XDV_L4_ICMP6, 58, XDV_L3_IPV6, XDV_L3_IPV6),
#undef LAYER4
};

/* Of tunnels, in front of which the packet's own headers are. */
static const struct implication by_tunnel[] = {
	{XDV_TUNNEL_VXLAN, EXACTLY(l4, XDV_L4_UDP)},
	{XDV_TUNNEL_VXLAN, EXACTLY(dport, 4789)},
	{XDV_TUNNEL_VXLAN, EXACTLY_AT(tunnel.protocol, 0x6558)},
	{XDV_TUNNEL_GENEVE, EXACTLY(l4, XDV_L4_UDP)},
	{XDV_TUNNEL_GENEVE, EXACTLY(dport, 6081)},
	{XDV_TUNNEL_GRE, EXACTLY(protocol, 47)},
	{XDV_TUNNEL_GRE, EXACTLY(fragment, XDV_FRAGMENT_NONE)},
	{XDV_TUNNEL_GRE_KEY, EXACTLY(protocol, 47)},
	{XDV_TUNNEL_GRE_KEY, EXACTLY(fragment, XDV_FRAGMENT_NONE)},
	{XDV_TUNNEL_IPIP, EXACTLY(fragment, XDV_FRAGMENT_NONE)},
	{XDV_TUNNEL_IPIP, EXACTLY_AT(tunnel.has_ether, 0)},
};

static const struct implication by_tunnel_ether[] = {
	{1, EXACTLY_AT(tunnel.protocol, 0x6558)},
};

static const struct implications {
	uint32_t word;
	uint32_t shift; /* of the words of what follows */
	const struct implication *list;
	size_t count;
} implications[] = {
#define LIST(word, shift, list)                                                                    \
	{                                                                                          \
		(word), (shift), (list), sizeof(list) / sizeof(*(list))                            \
	}
	LIST(WORD(l3), 0, by_l3),
	LIST(WORD(l4), 0, by_l4),
	LIST(WORD(fragment), 0, by_fragment),
	LIST(WORD_AT(inner.l3), INNER_WORDS, by_l3),
	LIST(WORD_AT(inner.l4), INNER_WORDS, by_l4),
	LIST(WORD_AT(inner.fragment), INNER_WORDS, by_fragment),
	LIST(WORD_AT(tunnel.kind), 0, by_tunnel),
	LIST(WORD_AT(tunnel.has_ether), 0, by_tunnel_ether),
#undef LIST
};

/* Adds what follows from an exact bound. False if it contradicts the box. */
static bool imply(struct arena *arena, const struct bound *bound, struct box *closed)
{
	const struct implications *of = implications;
	const struct implications *end = of + sizeof(implications) / sizeof(*implications);

	while (of < end && of->word != bound->word)
		of++;
	for (size_t i = 0; of < end && i < of->count; i++) {
		struct bound follows = of->list[i].follows;
		struct box more = {&follows, 1};

		follows.word += of->shift;
		if (of->list[i].value == bound->lo && !box_covers(&more, closed) &&
		    !box_intersect(arena, closed, &more, closed))
			return false;
	}
	return true;
}

bool box_close(struct arena *arena, const struct box *box, struct box *closed)
{
	*closed = *box;
	for (size_t i = 0; i < closed->count;) {
		const struct bound bound = closed->bounds[i++];
		const struct bound *before = closed->bounds;

		if (bound.lo != bound.hi)
			continue;
		if (!imply(arena, &bound, closed))
			return false;
		if (closed->bounds != before) /* more may follow from what is new */
			i = 0;
	}
	return true;
}
