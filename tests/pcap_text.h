/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Conditions of rules in the language of pcap-filter(7), for libpcap to judge.
 *
 * libpcap reads headers where they would be if all before them were as usual. So the two are only
 * compared where that is so: pcap_means_the_same() says for which packets. What can be said is
 * said, so that there are few others: VLAN tags (libpcap's own `vlan` moves what follows, and does
 * so here, once for each tag that a packet has) and fragments (libpcap reads ports in first ones,
 * too, which is excluded in the text).
 */
#ifndef XDIVERT_TESTS_PCAP_TEXT_H
#define XDIVERT_TESTS_PCAP_TEXT_H

#include "ast.h"
#include "packet/dissect.h"

#include <stdbool.h>
#include <stddef.h>

#define PCAP_TEXT 65536

/*
 * Writes the filter that a rule's condition is for frames with `tags` VLAN tags. False if it can't
 * be said: it asks for the receive queue, for bytes behind layer 3, or is too long.
 */
bool pcap_text(const struct rule *rule, unsigned int tags, char text[PCAP_TEXT]);

/*
 * Not for headers that are cut short or whose lengths lie, to which libpcap is blind, nor, if the
 * rule looks behind the IPv6 header, with extension headers in between, which it does not walk.
 */
bool pcap_means_the_same(const struct rule *rule, const struct dissection *packet);

#endif
