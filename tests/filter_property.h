/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What must be so of any filter, or of any program of classic BPF, and any frame: it is refused,
 * or taken apart it gives the verdict that libpcap gives, and its C is not longer than it should
 * be. Ends the process, with a word on the place, if it is not so.
 */
#ifndef XDIVERT_TESTS_FILTER_PROPERTY_H
#define XDIVERT_TESTS_FILTER_PROPERTY_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both say whether it was not refused. The frame is tried, and others that are aimed. */
bool filter_property_text(const char *filter, const uint8_t *frame, size_t length);
bool filter_property_program(const struct bpf_insn *code, size_t count, const uint8_t *frame,
			     size_t length);

/* As a fuzzer has it: a choice, the number of instructions or a line of text, then a frame. */
void filter_property(const uint8_t *bytes, size_t size);

#endif
