// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "workload.h"

#include <string.h>

struct flow {
	unsigned int protocol;
	uint32_t saddr, daddr;
	const uint8_t *saddr6; /* IPv6, if not NULL */
	uint32_t sport, dport;
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

const uint8_t *frame_bytes(const struct bench_frame *frame)
{
	return (const uint8_t *)frame->head;
}

static uint8_t *put_ipv4(uint8_t *at, const struct flow *flow, uint32_t length)
{
	at[0] = 0x45;
	put16(at + 2, 20 + length);
	at[8] = 64;
	at[9] = (uint8_t)flow->protocol;
	put32(at + 12, flow->saddr);
	put32(at + 16, flow->daddr);
	return at + 20;
}

static uint8_t *put_ipv6(uint8_t *at, const struct flow *flow, uint32_t length)
{
	at[0] = 0x60;
	put16(at + 4, length);
	at[6] = (uint8_t)flow->protocol;
	at[7] = 64;
	memcpy(at + 8, flow->saddr6, 16);
	put16(at + 24, 0x2001);
	put32(at + 36, flow->daddr);
	return at + 40;
}

/* Neither checksums nor payload: no program here looks at them. */
static void put_frame(struct bench_frame *frame, const struct flow *flow)
{
	uint8_t *at = (uint8_t *)frame->head;
	uint32_t length = flow->protocol == 6 ? 20 : 8;

	memset(frame, 0, sizeof(*frame));
	at[5] = 1;
	at[11] = 2;
	put16(at + 12, flow->saddr6 ? 0x86dd : 0x0800);
	at = flow->saddr6 ? put_ipv6(at + 14, flow, length) : put_ipv4(at + 14, flow, length);
	put16(at, flow->sport);
	put16(at + 2, flow->dport);
	if (flow->protocol == 6) {
		at[12] = 0x50;
		at[13] = 0x10;
	} else {
		put16(at + 4, length);
	}
}

static uint32_t pick(struct span span, uint32_t dice)
{
	return span.lo + (uint32_t)((uint64_t)dice * ((uint64_t)span.hi - span.lo + 1) >> 32);
}

/* From 198.18.0.0/15, to low ports: nothing is aimed at, though a wide rule may take it. */
static struct flow flow_astray(uint32_t dice)
{
	return (struct flow){.protocol = 17,
			     .saddr = 0xc6120000 + (scramble(dice) & 0x1ffff),
			     .daddr = 0xc0000200 + (dice & 0xff),
			     .sport = 1024 + scramble(dice + 1ull) % 60000,
			     .dport = scramble(dice + 2ull) % 1000};
}

static struct flow flow_of_match(const struct match *match, uint32_t dice)
{
	struct flow flow = {
		.protocol = match->protocol ? match->protocol : 17,
		.saddr = pick(match->saddr, scramble(dice + 1ull)),
		.daddr = pick(match->daddr, scramble(dice + 2ull)),
		.sport = pick(match->sport, scramble(dice + 3ull)),
		.dport = pick(match->dport, scramble(dice + 4ull)),
	};

	if (match->has_addresses)
		flow.saddr = match->addresses[dice % MATCH_ADDRESSES];
	return flow;
}

/* An address of the prefix; what the prefix leaves open is random. */
static void address_of(const struct prefix *prefix, uint32_t dice, uint8_t address[16])
{
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int fixed = prefix->bits > 8 * i ? prefix->bits - 8 * i : 0;
		uint32_t open = fixed >= 8 ? 0 : 0xffu >> fixed;

		address[i] = (uint8_t)(prefix->address[i] | (scramble(dice + i) & open));
	}
}

static struct flow flow_of_element(const struct workload *workload, size_t i, uint32_t dice,
				   uint8_t address[16])
{
	struct prefix prefix = workload->element(i);
	struct flow flow = flow_astray(dice);

	address_of(&prefix, dice, address);
	flow.saddr = (uint32_t)address[0] << 24 | address[1] << 16 | address[2] << 8 | address[3];
	flow.saddr6 = workload->ipv6 ? address : NULL;
	return flow;
}

static void aim(const struct workload *workload, size_t i, uint32_t dice, struct bench_frame *frame)
{
	uint8_t address[16];
	struct match match;
	struct flow flow;

	if (workload->element) {
		flow = flow_of_element(workload, i, dice, address);
	} else {
		match = workload->match(workload->rules, i);
		flow = flow_of_match(&match, dice);
	}
	put_frame(frame, &flow);
}

static void aim_astray(const struct workload *workload, uint32_t dice, struct bench_frame *frame)
{
	static const struct prefix nowhere = {{0xfd}, 8}; /* unique local */
	struct flow flow = flow_astray(dice);
	uint8_t address[16];

	address_of(&nowhere, dice, address);
	flow.saddr6 = workload->ipv6 ? address : NULL;
	put_frame(frame, &flow);
}

void workload_frames(const struct workload *workload, struct frames *frames)
{
	size_t targets = workload->element ? workload->elements : workload->rules;

	aim(workload, targets - 1, 7, &frames->last);
	for (uint32_t i = 0; i < BENCH_FRAMES; i++) {
		uint32_t dice = scramble(1000000 + i);
		size_t target = scramble(2000000 + i) % targets;

		frames->aims[i] = dice % 4 ? (uint32_t)target + 1 : 0;
		if (frames->aims[i])
			aim(workload, target, dice, &frames->list[i]);
		else
			aim_astray(workload, dice, &frames->list[i]);
	}
}
