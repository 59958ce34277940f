/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The TCP and UDP sockets of this network namespace, as the kernel lists them (sock_diag). Needs no
 * privilege.
 */
#ifndef XDIVERT_SOCKDIAG_H
#define XDIVERT_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One end is here, the other is the peer: 0 of a socket that takes packets from anybody. */
struct local_socket {
	uint8_t family; /* AF_INET, AF_INET6; an IPv4 address in IPv6's clothes is AF_INET */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	bool any; /* bound to all addresses */
	bool both; /* and AF_INET6, but takes IPv4 as well */
	uint8_t address[16], peer[16]; /* the first 4 bytes for IPv4 */
	uint16_t port, peer_port;
	uint32_t inode;
};

enum local_sockets { SOCKETS_LISTENING, SOCKETS_CONNECTED };

/* malloc'ed. Of UDP, those without a peer listen. A negative errno if the kernel does not tell. */
int local_sockets(struct local_socket **list, size_t *count, enum local_sockets which);

#endif
