// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "traffic.h"

#include "packet/build.h"
#include "packet/dissect.h"
#include "policy/eval.h"
#include "session.h"
#include "sockdiag.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESSES_MAX 64
#define FAR_PORT      40000

struct address {
	uint8_t family;
	uint8_t bytes[16];
	uint8_t near[16]; /* a neighbour of it */
	uint8_t far[16]; /* of a documentation's network: somebody far away */
};

struct asking {
	const struct policy *policy;
	struct traffic *traffic;
	struct address addresses[ADDRESSES_MAX]; /* of the interface */
	size_t address_count;
	uint8_t ether[6];
	struct packet_bytes packet;
};

/* --- the interface ------------------------------------------------------------------------------
 */

static void add_address(struct asking *asking, uint8_t family, const void *bytes)
{
	static const uint8_t far4[4] = {192, 0, 2, 77};
	static const uint8_t far6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 77};
	size_t size = family == AF_INET ? 4 : 16;
	struct address *address = &asking->addresses[asking->address_count];
	uint8_t *last = &address->near[size - 1];

	if (asking->address_count == ADDRESSES_MAX)
		return;
	address->family = family;
	memcpy(address->bytes, bytes, size);
	memcpy(address->near, bytes, size);
	memcpy(address->far, family == AF_INET ? far4 : far6, size);
	*last ^= 3;
	if (*last == 0 || *last == 255) /* would be the network, or everybody in it */
		*last ^= 2;
	asking->address_count++;
}

static void read_interface(struct asking *asking, const char *ifname)
{
	struct ifaddrs *list, *one;

	if (getifaddrs(&list))
		return;
	for (one = list; one; one = one->ifa_next) {
		const void *address = one->ifa_addr;

		if (!address || strcmp(one->ifa_name, ifname) != 0)
			continue;
		if (one->ifa_addr->sa_family == AF_INET)
			add_address(asking, AF_INET,
				    &((const struct sockaddr_in *)address)->sin_addr);
		else if (one->ifa_addr->sa_family == AF_INET6)
			add_address(asking, AF_INET6,
				    &((const struct sockaddr_in6 *)address)->sin6_addr);
		else if (one->ifa_addr->sa_family == AF_PACKET)
			memcpy(asking->ether, ((const struct sockaddr_ll *)address)->sll_addr, 6);
	}
	freeifaddrs(list);
}

/* It belongs to another interface, by which its packets come in, too, unless routes are odd. */
static bool is_of_another(const struct local_socket *socket, const char *ifname)
{
	size_t size = socket->family == AF_INET ? 4 : 16;
	bool another = false, this = false;
	struct ifaddrs *list, *one;

	if (getifaddrs(&list))
		return false;
	for (one = list; one; one = one->ifa_next) {
		const void *address = one->ifa_addr, *bytes;

		if (!address || one->ifa_addr->sa_family != socket->family)
			continue;
		bytes = socket->family == AF_INET
				? (const void *)&((const struct sockaddr_in *)address)->sin_addr
				: &((const struct sockaddr_in6 *)address)->sin6_addr;
		if (memcmp(bytes, socket->address, size) != 0)
			continue;
		if (strcmp(one->ifa_name, ifname) == 0)
			this = true;
		else if (!(one->ifa_flags & IFF_LOOPBACK))
			another = true;
	}
	freeifaddrs(list);
	return another && !this;
}

/* --- asking --------------------------------------------------------------------------------------
 */

/* Whether a packet goes elsewhere than to the kernel, beyond a limit perhaps; by which rule. */
static bool is_taken(struct asking *asking, struct packet_spec *spec, size_t *rule)
{
	static const uint8_t gateway[6] = {2, 0, 0, 0, 0, 1};
	const struct action *action;
	struct dissection packet;

	spec->has_ether = true;
	spec->hop_limit = 64;
	memcpy(spec->ether_saddr, gateway, 6);
	memcpy(spec->ether_daddr, asking->ether, 6);
	if (packet_build(&asking->packet, spec))
		return false;
	dissect(&packet, asking->packet.bytes, asking->packet.length);
	*rule = policy_evaluate(asking->policy, &packet);
	action = policy_action(asking->policy, *rule);
	return action->kind != ACTION_PASS ||
	       (action->limit && action->limit->otherwise.kind != ACTION_PASS);
}

/* Another line, or NULL for want of memory. */
static struct taken *add(struct asking *asking, size_t rule)
{
	struct traffic *traffic = asking->traffic;
	struct taken *grown = reallocarray(traffic->list, traffic->count + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	traffic->list = grown;
	grown[traffic->count] = (struct taken){.rule = rule};
	return &grown[traffic->count++];
}

static void set_ends(struct packet_spec *spec, uint8_t family, const uint8_t *from,
		     const uint8_t *to)
{
	spec->is_ip6 = family == AF_INET6;
	memcpy(spec->saddr, from, 16);
	memcpy(spec->daddr, to, 16);
}

/* --- the session ---------------------------------------------------------------------------------
 */

static const char *endpoint(char text[64], uint8_t family, const uint8_t *address, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];

	inet_ntop(family, address, host, sizeof(host));
	snprintf(text, 64, family == AF_INET ? "%s:%u" : "[%s]:%u", host, port);
	return text;
}

static void ask_session(struct asking *asking, const struct local_socket *socket)
{
	struct packet_spec spec = {.top = HEADER_TCP, .tcp_flags = 0x18, .payload = 36};
	char from[64], to[64];
	struct taken *taken;
	size_t rule;

	set_ends(&spec, socket->family, socket->peer, socket->address);
	spec.sport = socket->peer_port;
	spec.dport = socket->port;
	if (!is_taken(asking, &spec, &rule))
		return;
	taken = add(asking, rule);
	if (taken)
		snprintf(taken->what, sizeof(taken->what), "this session, tcp %s > %s",
			 endpoint(from, socket->family, socket->peer, socket->peer_port),
			 endpoint(to, socket->family, socket->address, socket->port));
}

/* --- the neighbours ------------------------------------------------------------------------------
 */

static void ask_neighbours(struct asking *asking, const struct address *address)
{
	static const struct {
		struct packet_spec spec;
		uint8_t family;
		const char *what;
	} talks[] = {
		{{.top = HEADER_ARP, .arp_operation = 1}, AF_INET, "ARP requests of neighbours"},
		{{.top = HEADER_ARP, .arp_operation = 2}, AF_INET, "ARP replies of neighbours"},
		{{.top = HEADER_ICMP6, .icmp_type = 135}, AF_INET6, "IPv6 neighbour solicitations"},
		{{.top = HEADER_ICMP6, .icmp_type = 136},
		 AF_INET6,
		 "IPv6 neighbour advertisements"},
	};

	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		struct packet_spec spec = talks[i].spec;
		struct taken *taken;
		size_t rule;

		if (talks[i].family != address->family)
			continue;
		set_ends(&spec, address->family, address->near, address->bytes);
		taken = is_taken(asking, &spec, &rule) ? add(asking, rule) : NULL;
		if (taken)
			snprintf(taken->what, sizeof(taken->what), "%s", talks[i].what);
	}
}

/* Of each family once: a second address gives the same answers, but for odd policies. */
static void ask_all_neighbours(struct asking *asking)
{
	bool asked[2] = {};

	for (size_t i = 0; i < asking->address_count; i++) {
		bool *done = &asked[asking->addresses[i].family == AF_INET6];

		if (!*done)
			ask_neighbours(asking, &asking->addresses[i]);
		*done = true;
	}
}

/* --- those who listen ----------------------------------------------------------------------------
 */

static const char listeners[] = "what goes to local sockets: ";

static bool is_listed(const char *list, const char *port)
{
	size_t length = strlen(port);

	for (; (list = strstr(list, port)); list += length)
		if (list[length] == '\0' || list[length] == ',')
			return true;
	return false;
}

/* "what goes to local sockets: tcp 22, udp 53": one line a rule. */
static void add_listener(struct asking *asking, size_t rule, const struct local_socket *socket)
{
	struct traffic *traffic = asking->traffic;
	struct taken *taken = NULL;
	char port[16];

	snprintf(port, sizeof(port), "%s %u", socket->protocol == IPPROTO_TCP ? "tcp" : "udp",
		 socket->port);
	for (size_t i = 0; i < traffic->count; i++)
		if (traffic->list[i].rule == rule &&
		    strncmp(traffic->list[i].what, listeners, sizeof(listeners) - 1) == 0)
			taken = &traffic->list[i];
	if (!taken) {
		taken = add(asking, rule);
		if (taken)
			snprintf(taken->what, sizeof(taken->what), "%s%s", listeners, port);
		return;
	}
	if (is_listed(taken->what, port)) /* asked about once more, with another address */
		return;
	if (strlen(taken->what) + sizeof(port) + 6 < sizeof(taken->what))
		strcat(strcat(taken->what, ", "), port);
	else if (!strstr(taken->what, ", ..."))
		strcat(taken->what, ", ...");
}

static bool reaches(const struct local_socket *socket, const struct address *address)
{
	size_t size = address->family == AF_INET ? 4 : 16;

	if (socket->any)
		return socket->family == address->family || socket->both;
	return socket->family == address->family &&
	       memcmp(socket->address, address->bytes, size) == 0;
}

static void ask_listener(struct asking *asking, const struct local_socket *socket,
			 const struct address *address)
{
	struct packet_spec spec = {
		.top = socket->protocol == IPPROTO_TCP ? HEADER_TCP : HEADER_UDP,
		.tcp_flags = 0x02,
		.payload = socket->protocol == IPPROTO_TCP ? 0 : 8,
		.sport = FAR_PORT,
		.dport = socket->port,
	};
	size_t rule;

	set_ends(&spec, address->family, address->near, address->bytes);
	if (is_taken(asking, &spec, &rule))
		add_listener(asking, rule, socket);
	memcpy(spec.saddr, address->far, 16);
	if (is_taken(asking, &spec, &rule))
		add_listener(asking, rule, socket);
}

static int ask_listeners(struct asking *asking)
{
	struct local_socket *sockets;
	size_t count;
	int err = local_sockets(&sockets, &count, SOCKETS_LISTENING);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; sockets[i].port && j < asking->address_count; j++)
			if (reaches(&sockets[i], &asking->addresses[j]))
				ask_listener(asking, &sockets[i], &asking->addresses[j]);
	free(sockets);
	return 0;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

void traffic_taken(struct traffic *traffic, const struct policy *policy, const char *ifname)
{
	struct local_socket session[SESSION_MAX];
	struct asking *asking = calloc(1, sizeof(*asking));
	size_t count;

	*traffic = (struct traffic){};
	if (!asking)
		return;
	asking->policy = policy;
	asking->traffic = traffic;
	read_interface(asking, ifname);
	count = session_sockets(session);
	for (size_t i = 0; i < count; i++)
		if (!is_of_another(&session[i], ifname))
			ask_session(asking, &session[i]);
	ask_all_neighbours(asking);
	traffic->unknown = ask_listeners(asking);
	free(asking);
}

void traffic_free(struct traffic *traffic)
{
	free(traffic->list);
	*traffic = (struct traffic){};
}

char *traffic_sentence(char text[TRAFFIC_SENTENCE], const struct taken *taken,
		       const struct policy *policy)
{
	char action[ACTION_TEXT];

	action_format(action, sizeof(action), policy_action(policy, taken->rule));
	if (taken->rule)
		snprintf(text, TRAFFIC_SENTENCE, "takes %s (rule %s => %s)", taken->what,
			 policy_rule_name(policy, taken->rule), action);
	else
		snprintf(text, TRAFFIC_SENTENCE, "takes %s (default %s)", taken->what, action);
	return text;
}
