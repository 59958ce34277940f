/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A packet in one line, in the words of a policy's `test` lines and of `xdivert explain`, so that
 * what was seen can be pasted there.
 */
#ifndef XDIVERT_SUMMARY_H
#define XDIVERT_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

/* Room for the longest: two IPv6 addresses and ports, two VLAN tags, all TCP flags. */
#define SUMMARY_MAX 256

/*
 * "udp 10.1.1.1:5000 > 233.54.12.9:26400 len 18". Never fails: a packet of which nothing is known
 * but its bytes is "ether SOURCE > DESTINATION type 0x88a2 len 46", or "hex ...", if it has not
 * even that. text is always terminated, and may be cut.
 */
void summary_write(char *text, size_t size, const void *frame, uint32_t length);

#endif
