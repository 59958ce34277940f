/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * An AF_XDP socket for redirects to go to, in a network namespace of the process's own.
 */
#ifndef XDIVERT_BENCH_SOCKET_H
#define XDIVERT_BENCH_SOCKET_H

/* The socket's descriptor, which lives as long as the process; or a negative errno. */
int socket_open(void);

#endif
