/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What an interface's driver can do with XDP, as the kernel says since Linux 6.3.
 */
#ifndef XDIVERT_FEATURES_H
#define XDIVERT_FEATURES_H

#include <stdint.h>

/* Bit of the kernel's NETDEV_XDP_ACT_NDO_XMIT: takes packets that are redirected to it. */
#define XDP_FEATURE_TRANSMIT 0x4u

/* -EOPNOTSUPP: the kernel does not tell. */
int xdp_features(unsigned int ifindex, uint64_t *features);

#endif
