/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Runs a classic BPF program as the compiler takes it apart, so that it can be judged by libpcap's
 * own interpreter without a kernel; and makes programs, of any bytes, that nobody would write.
 */
#ifndef XDIVERT_TESTS_CBPF_RUN_H
#define XDIVERT_TESTS_CBPF_RUN_H

#include "cbpf.h"

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool cbpf_run(const struct cbpf *cbpf, const uint8_t *frame, size_t length);

/* Whether it gives the verdict that libpcap gives of the program itself. */
bool cbpf_agrees(const struct cbpf *cbpf, const struct bpf_insn *code, size_t count,
		 const uint8_t *frame, size_t length);

/*
 * Reads a program out of bytes: of known instructions, mostly with jumps that lead somewhere, and
 * with a return at its end. Returns how many instructions it has, at least one, at most `max`.
 */
#define CBPF_INSN_BYTES 6
size_t cbpf_from_bytes(struct bpf_insn *code, size_t max, const uint8_t *bytes, size_t size);

#endif
