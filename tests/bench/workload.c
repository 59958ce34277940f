// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "workload.h"

#include <string.h>

#define ANY_ADDRESS                                                                                \
	{                                                                                          \
		0, UINT32_MAX                                                                      \
	}
#define ANY_PORT                                                                                   \
	{                                                                                          \
		0, 65535                                                                           \
	}

/* The finalizer of MurmurHash3. */
uint32_t scramble(uint64_t i)
{
	i = (i + 1) * 0x9e3779b97f4a7c15;
	i = (i ^ i >> 33) * 0xff51afd7ed558ccd;
	i = (i ^ i >> 33) * 0xc4ceb9fe1a85ec53;
	return (uint32_t)(i >> 32);
}

static struct span prefix_span(uint32_t address, unsigned int bits)
{
	uint32_t free_bits = bits == 32 ? 0 : UINT32_MAX >> bits;

	return (struct span){address & ~free_bits, address | free_bits};
}

/* From 1024 up, each port once. */
static uint32_t port_of(size_t i)
{
	return 1024 + (uint32_t)(i * 40503 % 64000);
}

static struct match match_ports(size_t rules, size_t i)
{
	(void)rules;
	return (struct match){17,  ANY_ADDRESS, ANY_ADDRESS, ANY_PORT, {port_of(i), port_of(i)},
			      {0}, false};
}

static struct match match_prefix_port(size_t rules, size_t i)
{
	struct match match = match_ports(rules, i);

	match.saddr = prefix_span(0x0a000000 + (uint32_t)i * 256, 24);
	return match;
}

static struct match match_addresses(size_t rules, size_t i)
{
	struct match match = {0, ANY_ADDRESS, ANY_ADDRESS, ANY_PORT, ANY_PORT, {0}, true};

	(void)rules;
	for (size_t j = 0; j < MATCH_ADDRESSES; j++) /* an odd factor: no address comes twice */
		match.addresses[j] = 0x0b000000 +
				     ((uint32_t)(i * MATCH_ADDRESSES + j) * 0x9e3779b1 >> 8);
	return match;
}

/* Of networks that many rules share; one of four is a host. */
static struct span mixed_address(uint32_t dice, uint32_t network)
{
	static const unsigned int bits[] = {16, 20, 22, 24, 24, 24, 26, 28};
	uint32_t address = 0x0a000000 + ((scramble(network % 64) & 0xff) << 16) +
			   (scramble(network) & 0xffff);

	if (dice % 4 == 0)
		return prefix_span(address, 32);
	return prefix_span(address, bits[dice / 4 % 8]);
}

static struct span mixed_port(uint32_t dice, uint32_t value)
{
	uint32_t low = 1024 + value % 60000;

	if (dice % 8 < 4)
		return (struct span){low, low};
	if (dice % 8 < 6)
		return (struct span){low, low + value / 60000 % 1000 + 1};
	return (struct span)ANY_PORT;
}

/*
 * As lists of access rules are: five fields, hosts, networks, ranges, and what is left open. One
 * of eight leaves the source open, one of eight the destination; most the source's port.
 */
static struct match match_mixed(size_t rules, size_t i)
{
	uint32_t dice = scramble(i * 8), other = scramble(i * 8 + 1);
	struct match match = {
		dice % 16 < 9 ? 6 : 17, ANY_ADDRESS, ANY_ADDRESS, ANY_PORT, ANY_PORT, {0}, false};

	if (dice >> 4 & 7)
		match.saddr = mixed_address(scramble(i * 8 + 2),
					    scramble(i * 8 + 3) % (uint32_t)(rules / 2));
	if ((dice >> 4 & 7) != 1)
		match.daddr = mixed_address(scramble(i * 8 + 4),
					    scramble(i * 8 + 5) % (uint32_t)(rules / 2));
	if ((dice >> 8 & 7) == 0)
		match.sport = mixed_port(other, scramble(i * 8 + 6));
	match.dport = mixed_port(other >> 4, scramble(i * 8 + 7));
	return match;
}

static struct prefix prefix_of(uint64_t high, uint64_t low, unsigned int bits)
{
	struct prefix prefix = {{0}, bits};

	for (unsigned int i = 0; i < bits; i++) {
		uint64_t half = i < 64 ? high : low;

		if (half >> (63 - i % 64) & 1)
			prefix.address[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return prefix;
}

static struct prefix element_address(size_t i)
{
	uint32_t address = 0x0b000000 + ((uint32_t)i * 0x9e3779b1 >> 8);

	return prefix_of((uint64_t)address << 32, 0, 32);
}

/* Lengths about as often as the Internet's routes have them; unicast addresses only. */
static struct prefix element_prefix(size_t i)
{
	static const unsigned int bits[] = {24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
					    24, 24, 23, 23, 22, 22, 22, 21, 20, 19};
	static const unsigned int rare[] = {12, 14, 15, 16, 17, 18, 25, 26, 28, 29, 30, 32};
	uint32_t dice = scramble(i * 2 + 1), address = scramble(i * 2) % 0xdf000000 + 0x01000000;

	return prefix_of((uint64_t)address << 32, 0,
			 dice % 16 ? bits[dice / 16 % 20] : rare[dice / 16 % 12]);
}

/* In 2000::/3. */
static struct prefix element_prefix6(size_t i)
{
	static const unsigned int bits[] = {48, 48, 48, 48, 48, 48, 48, 48, 32, 32,
					    32, 32, 44, 44, 40, 40, 36, 46, 47, 29};
	static const unsigned int rare[] = {30, 33, 34, 35, 38, 42, 45, 56, 64, 128};
	uint32_t dice = scramble(i * 3 + 2);
	uint64_t high = (uint64_t)scramble(i * 3) << 32 | scramble(i * 3 + 1);

	return prefix_of(high >> 3 | 1ull << 61, high * 0x9e3779b97f4a7c15,
			 dice % 16 ? bits[dice / 16 % 20] : rare[dice / 16 % 10]);
}

const struct workload workloads[] = {
	{"one", "one", "1 rule", 1, .match = match_ports},
	{"ports", "ports-10", "10 UDP ports", 10, .match = match_ports},
	{"ports", "ports-1k", "1,000 UDP ports", 1000, .match = match_ports},
	{"ports", "ports-10k", "10,000 UDP ports", 10000, .match = match_ports},
	{"prefix", "prefix-10", "10 prefix + port", 10, .match = match_prefix_port},
	{"prefix", "prefix-1k", "1,000 prefix + port", 1000, .match = match_prefix_port},
	{"prefix", "prefix-10k", "10,000 prefix + port", 10000, .match = match_prefix_port},
	{"mixed", "mixed-1k", "1,000 mixed", 1000, .match = match_mixed},
	{"mixed", "mixed-10k", "10,000 mixed", 10000, .match = match_mixed},
	{"sets", "sets-1k", "1,000 sets of ten", 1000, .match = match_addresses},
	{"flows", "flows-miss", "65,536 flows, none met", 1, .flows = 65536, .match = match_ports},
	{"flows", "flows-hit", "65,536 flows, all met", 1, .flows = 65536, .aimed = true,
	 .match = match_ports},
	{"set", "addresses", "100,000 addresses", 1, 100000, .element = element_address},
	{"set", "prefixes", "100,000 prefixes", 1, 100000, .element = element_prefix},
	{"set", "prefixes6", "100,000 IPv6 prefixes", 1, 100000, .ipv6 = true,
	 .element = element_prefix6},
	{"dynamic", "dynamic-1", "1 dynamic set of ten", 1, .dynamic = true,
	 .match = match_addresses},
	{"dynamic", "dynamic-32", "32 dynamic sets of ten", 32, .dynamic = true,
	 .match = match_addresses},
	{"dynamic", "dynamic-100k", "100,000, dynamic", 1, 100000, .dynamic = true,
	 .element = element_address},
	{"pcap", "pcap-1", "1 tcpdump filter", 1, .pcap = true, .match = match_ports},
	{"pcap", "pcap-10", "10 tcpdump filters", 10, .pcap = true, .match = match_ports},
};

const size_t workload_count = sizeof(workloads) / sizeof(*workloads);

const struct workload *workload_find(const char *name)
{
	for (size_t i = 0; i < workload_count; i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}
