/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where clients come: "ADDRESS:PORT", "[::1]:PORT" or "unix:PATH".
 */
#ifndef XDIVERT_STORAGE_ADDRESS_H
#define XDIVERT_STORAGE_ADDRESS_H

#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>

/* -EINVAL: it is not written as an address is. Asks nobody. */
int address_check(const char *text, struct xdv_error *error);

/*
 * A socket that listens; a Unix one that nobody listens on any more is replaced. -EINVAL as above;
 * -EADDRINUSE, -EADDRNOTAVAIL …: `error` says what.
 */
int address_listen(const char *text, struct xdv_error *error);

/* Takes a Unix socket away. */
void address_forget(const char *text);

#define ADDRESS_TEXT 128

/* Of a socket's own end, or of its peer: with the port that was chosen for port 0. */
void address_format(char text[ADDRESS_TEXT], int fd, bool peer);

#endif
