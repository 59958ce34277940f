/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * For tests that run a policy's program in the kernel and look whether it diverts: one real socket,
 * on queue 0 of a loopback device that the test has for itself, where test runs come in.
 */
#ifndef LONE_SOCKET_H
#define LONE_SOCKET_H

#include "live/object.h"
#include "queue.h"

extern struct queue lone_socket;

/* Of the group. Without privileges there is no socket, and text_load() skips the test. */
int lone_socket_open(void **state);
int lone_socket_close(void **state);

/* Fails the test if it can't be loaded. */
void text_load(struct program **program, struct object **object, const char *text);

#endif
