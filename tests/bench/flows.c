// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flows.h"

#include "flowmap.h"

#include <bpf/bpf.h>
#include <errno.h>

static int put(int table, const struct xdv_flow *flow, bool diverts)
{
	const struct xdv_flow_entry entry = {
		.action = diverts ? XDV_ACTION_XSK : XDV_ACTION_PASS,
		.target = diverts ? xdv_consumer_id("feed") : 0,
	};
	struct xdv_flow_key key;
	int err = flowmap_key(&key, flow);

	return err ? err : bpf_map_update_elem(table, &key, &entry, BPF_ANY);
}

static int put_frame(int table, const struct bench_frame *frame, bool diverts)
{
	const struct xdv_frame received = {.data = (void *)(uintptr_t)frame_bytes(frame),
					   .len = BENCH_FRAME_SIZE};
	struct xdv_flow flow;
	int err = xdv_flow_of_frame(&received, &flow);

	return err ? err : put(table, &flow, diverts);
}

/* From 203.0.113.0/24, which no frame is from, until the table is full. */
static int put_others(int table)
{
	struct xdv_flow flow = {.saddr = {203, 0, 113}, .family = 2, .protocol = 17};
	int err = 0;

	for (uint32_t i = 0; !err; i++) {
		flow.saddr[3] = (uint8_t)(i >> 16);
		flow.sport = (uint16_t)i;
		err = put(table, &flow, false);
	}
	return err == -E2BIG ? 0 : err;
}

int flows_fill(int table, const struct workload *workload, const struct frames *frames)
{
	int err = 0;

	if (!workload->flows)
		return 0;
	if (workload->aimed)
		err = put_frame(table, &frames->last, true);
	for (size_t i = 0; workload->aimed && !err && i < BENCH_FRAMES; i++)
		err = put_frame(table, &frames->list[i], frames->aims[i] != 0);
	return err ? err : put_others(table);
}
