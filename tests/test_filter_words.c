// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * To check a filter is to ask nobody: here, who looks a name up is caught.
 */
#include "arena.h"
#include "ast.h"
#include "filter_words.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What libpcap calls, instead of the C library's. */
#define CAUGHT __attribute__((visibility("default")))

static const char *looked_up; /* the last one, NULL: none */

CAUGHT int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		       struct addrinfo **result);
CAUGHT void freeaddrinfo(struct addrinfo *result);

/* Of IPv6 addresses in figures libpcap asks this what they are. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	struct sockaddr_in6 *address = calloc(1, sizeof(*address));

	(void)hints;
	if (service || !name || inet_pton(AF_INET6, name, &address->sin6_addr) != 1) {
		looked_up = service ? service : name;
		free(address);
		return EAI_NONAME;
	}
	address->sin6_family = AF_INET6;
	*result = calloc(1, sizeof(**result));
	(*result)->ai_family = AF_INET6;
	(*result)->ai_addr = (struct sockaddr *)address;
	(*result)->ai_addrlen = sizeof(*address);
	return 0;
}

void freeaddrinfo(struct addrinfo *result)
{
	free(result->ai_addr);
	free(result);
}

CAUGHT struct hostent *gethostbyname(const char *name)
{
	looked_up = name;
	return NULL;
}

CAUGHT int getnetbyname_r(const char *name, struct netent *entry, char *buffer, size_t size,
			  struct netent **result, int *error)
{
	(void)entry, (void)buffer, (void)size, (void)error;
	looked_up = name;
	*result = NULL;
	return 0;
}

CAUGHT int getprotobyname_r(const char *name, struct protoent *entry, char *buffer, size_t size,
			    struct protoent **result)
{
	(void)entry, (void)buffer, (void)size;
	looked_up = name;
	*result = NULL;
	return 0;
}

CAUGHT int ether_hostton(const char *name, struct ether_addr *address)
{
	(void)address;
	looked_up = name;
	return -1;
}

static bool compiles(const char *filter)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	struct bpf_program program;
	bool compiled = pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0;

	if (compiled)
		pcap_freecode(&program);
	pcap_close(pcap);
	return compiled;
}

/* Left to itself, libpcap does: else the tests below mean nothing. */
static void filter_words_libpcap_looks_names_up(void **state)
{
	static const char *const filters[] = {"host nowhere",	    "net nowhere",
					      "port nowhere",	    "ip proto \\nowhere",
					      "ether host nowhere", "portrange 1-nowhere"};

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		looked_up = NULL;
		if (compiles(filters[i]) || !looked_up)
			fail_msg("%s: nothing was looked up", filters[i]);
	}
}

static void filter_words_nothing_is_looked_up(void **state)
{
	static const char *const filters[] = {
		"host nowhere",
		"nowhere",
		"net nowhere",
		"port nowhere",
		"portrange 1-nowhere",
		"port 1-2",
		"portrange 1-2 or 3-4",
		"ip proto \\tcp",
		"ip6 proto \\nowhere",
		"proto (\\tcp or \\udp)",
		"ip proto \\tcp or nowhere",
		"ether proto \\nowhere",
		"ether proto \\ip and \\nowhere",
		"ether proto \\arp or \\rarp",
		"ether host nowhere",
		"iso proto \\clnp or esis",
		"llc rr or llc nowhere",
		"udp or 3com",
		"len-4 > 2",
		"ip6 host fe80::1 or nowhere",
		"host fe80::1nowhere",
		"host ::ffff:999.1.1.1",
		"host a:b:c:d:e:f",
		"host aa-bb-cc-dd-ee-fg",
		"host 1.2.3.4.5",
		"net 10.1 mask nowhere",
		"host \\host",
		"type mgt subtype nowhere",
		"on nowhere",
		"gateway nowhere",
		"src dst",
		"ether[0:4] = nowhere",
		"host $ab",
		"host deadbeefcafe or deadbeefcafee",
		"atalk or decnet host nowhere",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		char text[300];
		struct policy *policy;

		looked_up = NULL;
		snprintf(text, sizeof(text), "rule a: pcap \"%s\" => drop\n", filters[i]);
		policy = policy_from_text("test.policy", text);
		if (looked_up)
			fail_msg("%s: `%s` was looked up", filters[i], looked_up);
		policy_free(&policy);
	}
}

/* What is taken for a word of libpcap's is one: in place of a name, it is not looked up. */
static void filter_words_are_libpcaps(void **state)
{
	const char *word = filter_plain_words;

	(void)state;
	for (; *word; word += strcspn(word, " ") + 1) {
		char filter[100];

		snprintf(filter, sizeof(filter), "ether proto 1 and host %.*s",
			 (int)strcspn(word, " "), word);
		looked_up = NULL;
		compiles(filter);
		if (looked_up)
			fail_msg("libpcap takes `%s` for a name", looked_up);
	}
}

static void filter_words_protocols_are_numbers(void **state)
{
	struct arena *arena = arena_new();
	struct filter_words words;
	struct filter_fault fault;

	(void)state;
	assert_int_equal(filter_words_check(&words, arena,
					    "vlan and ip proto \\sctp or src net 1.2", &fault),
			 0);
	assert_string_equal(words.text, "vlan and ip proto 132 or src net 1.2");
	assert_true(words.vlan);
	assert_int_equal(filter_words_check(&words, arena, "ether proto \\ip", &fault), 0);
	assert_string_equal(words.text, "ether proto \\ip");
	assert_false(words.vlan);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_words_libpcap_looks_names_up),
		cmocka_unit_test(filter_words_nothing_is_looked_up),
		cmocka_unit_test(filter_words_are_libpcaps),
		cmocka_unit_test(filter_words_protocols_are_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
