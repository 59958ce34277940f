/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The checksums of the Internet protocols.
 */
#ifndef XDIVERT_PACKET_CHECKSUM_H
#define XDIVERT_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* RFC 1071: sum up (every piece but the last of even length), finish, store big-endian. */
uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t count);
uint16_t checksum_finish(uint32_t sum);

/*
 * RFC 9260, appendix A: CRC32c of an SCTP packet whose checksum field is 0 and which goes on with
 * `zeros` more bytes, written to `where` as SCTP stores it.
 */
void checksum_put_crc32c(uint8_t *where, const uint8_t *bytes, size_t count, size_t zeros);

#endif
