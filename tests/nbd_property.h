/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What holds whatever a client says: its connection comes to an end, everything that it held is
 * given back, and nothing is read or written that is not its own (a sanitizer sees to that).
 */
#ifndef XDIVERT_TEST_NBD_PROPERTY_H
#define XDIVERT_TEST_NBD_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

#define NBD_PROPERTY_MAX (64u << 10) /* what a socket takes at once; the rest is left out */

/* Aborts if it does not hold. The first byte says how the rest is cut, and sent. */
void nbd_property(const uint8_t *bytes, size_t size);

/* A conversation that makes use of all there is, behind its first byte; returns its length. */
size_t nbd_property_seed(uint8_t *out, size_t size);

#endif
