// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/checksum.h"

uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

uint16_t checksum_finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Bit by bit: packets here are made one at a time. The polynomial is 0x1edc6f41, reflected. */
static uint32_t crc32c_add(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	return crc;
}

void checksum_put_crc32c(uint8_t *where, const uint8_t *bytes, size_t count, size_t zeros)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		crc = crc32c_add(crc, bytes[i]);
	for (size_t i = 0; i < zeros; i++)
		crc = crc32c_add(crc, 0);
	for (int i = 0; i < 4; i++) /* least significant byte first */
		where[i] = (uint8_t)(~crc >> 8 * i);
}
