/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames from a capture file (pcap or pcapng), one after another.
 */
#ifndef XDIVERT_CAPTURE_H
#define XDIVERT_CAPTURE_H

#include "xdivert/error.h"

#include <stddef.h>
#include <stdint.h>

struct capture;

/* Beyond that, a length in a capture is not to be believed. */
#define CAPTURE_FRAME_MAX (256 * 1024)

struct captured_frame {
	const uint8_t *bytes; /* until the next one is read */
	size_t length;
	/* Bytes of it that the capture left out: they read as zeros here, so that the lengths in
	 * the headers are right. */
	size_t cut;
};

/* "-" is standard input. -ENOTSUP: not Ethernet; -EINVAL: not a capture. */
int capture_open(struct capture **capture, const char *file, struct xdv_error *error);
void capture_close(struct capture **capture);

/* 1, 0 at the end, or a negative errno: the file is damaged. */
int capture_next(struct capture *capture, struct captured_frame *frame, struct xdv_error *error);

#endif
