/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writes captured packets as pcapng (the format that Wireshark and tcpdump read), with a comment
 * at each packet.
 */
#ifndef XDIVERT_PCAPNG_H
#define XDIVERT_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

/*
 * Writes the head of the file: one section, one Ethernet interface of that name, time in
 * nanoseconds. `application` is what wrote it. 0, -EIO with errno from the stream.
 */
int pcapng_start(FILE *file, const char *application, const char *ifname);

/*
 * Writes a packet that was received `time_ns` after 1970 (UTC). comment may be NULL. length is
 * both what is there and what was on the wire. 0, -EIO.
 */
int pcapng_packet(FILE *file, uint64_t time_ns, const void *data, uint32_t length,
		  const char *comment);

/* The same of a packet of which only the first `captured` bytes are there. */
int pcapng_packet_cut(FILE *file, uint64_t time_ns, const void *data, uint32_t captured,
		      uint32_t length, const char *comment);

/* In front of a packet, and the most that there is behind it. */
#define PCAPNG_HEAD	28
#define PCAPNG_TAIL_MAX 8

/*
 * For who writes a packet from where it lies: fills what is to be in front of it and behind it,
 * with no comment. How many bytes of the tail there are.
 */
uint32_t pcapng_around(void *head, void *tail, uint64_t time_ns, uint32_t length);

#endif
