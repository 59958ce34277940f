/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What an interface's driver can do with XDP, as the kernel says since Linux 6.3.
 */
#ifndef XDIVERT_FEATURES_H
#define XDIVERT_FEATURES_H

#include <stdint.h>

/* Bits of the kernel's enum netdev_xdp_act. */
#define XDP_FEATURE_BASIC     0x1u /* runs programs: aborted, drop, pass, tx */
#define XDP_FEATURE_REDIRECT  0x2u
#define XDP_FEATURE_TRANSMIT  0x4u /* takes packets that are redirected to it */
#define XDP_FEATURE_ZERO_COPY 0x8u /* of AF_XDP sockets */
#define XDP_FEATURE_PARTS     0x20u /* frames in several buffers */

/* Likewise NETDEV_XDP_ACT_NDO_XMIT_SG: also such as lie in several buffers. */
#define XDP_FEATURE_TRANSMIT_BUFFERS 0x40u

/* -EOPNOTSUPP: the kernel does not tell. */
int xdp_features(unsigned int ifindex, uint64_t *features);

#endif
