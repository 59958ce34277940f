// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets that take several frames: whole in each call, in and out.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rings_fixture.h"
#include "xdivert/flow.h"

static int set_up(void **state)
{
	struct fixture *f;

	if (rings_set_up(state))
		return -1;
	f = *state;
	f->consumer.jumbo = true;
	return 0;
}

/* A packet of so many frames, the n-th of them full of `content` + n. */
static void kernel_receives_packet(struct fixture *f, int queue, unsigned int frames,
				   uint8_t content, const struct xdv_metadata *metadata)
{
	for (unsigned int i = 0; i < frames; i++) {
		f->options = i + 1 < frames ? XDP_PKT_CONTD : 0;
		assert_true(kernel_receives(f, queue, 100, (uint8_t)(content + i),
					    i ? NULL : metadata));
	}
	f->options = 0;
}

static void recv_gives_all_frames_of_a_packet(void **state)
{
	static const struct xdv_metadata metadata = {
		.magic = XDV_METADATA_MAGIC, .valid = XDV_METADATA_RULE, .rule = 17};
	struct fixture *f = *state;
	struct xdv_frame frames[8];

	receive(f, frames, 8);
	kernel_receives_packet(f, 0, 3, 10, &metadata);
	kernel_receives_packet(f, 0, 1, 20, NULL);
	assert_int_equal(receive(f, frames, 8), 4);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(*(uint8_t *)frames[i].data, 10 + i);
		assert_int_equal(!!frames[i].more, i < 2);
		assert_int_equal(frames[i].valid, i ? 0 : XDV_FRAME_RULE);
	}
	assert_false(frames[3].more);
	assert_int_equal(f->queues[0].rx_frames, 2);
	assert_int_equal(f->queues[0].rx_bytes, 400);
	assert_int_equal(xdv_release(&f->consumer, frames, 4), 0);
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

static void recv_splits_no_packet_between_two_calls(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[8];

	receive(f, frames, 8);
	kernel_receives_packet(f, 0, 2, 10, NULL);
	kernel_receives_packet(f, 0, 3, 20, NULL);
	assert_int_equal(receive(f, frames, 4), 2);
	assert_int_equal(*(uint8_t *)frames[0].data, 10);
	assert_int_equal(receive(f, frames, 3), 3);
	assert_int_equal(*(uint8_t *)frames[0].data, 20);
	assert_int_equal(*(uint8_t *)frames[2].data, 22);
	assert_int_equal(receive(f, frames, 4), 0);
}

static void recv_without_room_for_a_packet_says_so_and_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[8];

	receive(f, frames, 8);
	kernel_receives_packet(f, 0, 1, 10, NULL);
	kernel_receives_packet(f, 0, 3, 20, NULL);
	assert_int_equal(receive(f, frames, 2), 1);
	assert_int_equal(receive(f, frames, 2), -EMSGSIZE);
	assert_int_equal(xdv_recv(&f->consumer, frames, 2, 1000), -EMSGSIZE);
	/* the other queue does not suffer */
	kernel_receives_packet(f, 1, 2, 30, NULL);
	f->consumer.next = 1;
	assert_int_equal(receive(f, frames, 2), 2);
	assert_int_equal(*(uint8_t *)frames[0].data, 30);
	assert_int_equal(receive(f, frames, 8), 3);
	assert_int_equal(*(uint8_t *)frames[0].data, 20);
}

static void send_puts_all_frames_of_a_packet_out(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[8];
	uint8_t contents[RING_SIZE];

	receive(f, frames, 8);
	kernel_receives_packet(f, 0, 3, 10, NULL);
	kernel_receives_packet(f, 0, 1, 20, NULL);
	assert_int_equal(receive(f, frames, 8), 4);
	assert_int_equal(xdv_send(&f->consumer, frames, 4), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(f->tx[0].descriptors[i].options, i < 2 ? XDP_PKT_CONTD : 0);
	assert_int_equal(f->queues[0].tx_frames, 2);
	assert_int_equal(kernel_sends(f, 0, contents), 4);
	receive(f, frames, 1);
	assert_int_equal(f->queues[0].in_flight, 0);
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

/* Into a ring of 8: twice three fit, and the third packet waits as a whole. */
static void send_splits_no_packet_where_the_ring_is_full(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[9];
	uint8_t contents[RING_SIZE];

	assert_int_equal(xdv_alloc(&f->consumer, frames, 9), 9);
	for (unsigned int i = 0; i < 9; i++) {
		frames[i].len = 100;
		frames[i].more = i % 3 != 2;
	}
	assert_int_equal(xdv_send(&f->consumer, frames, 9), 6);
	assert_int_equal(f->tx[0].producer, 6);
	assert_int_equal(xdv_send(&f->consumer, frames + 6, 3), 0);
	assert_int_equal(kernel_sends(f, 0, contents), 6);
	assert_int_equal(xdv_send(&f->consumer, frames + 6, 3), 3);
}

static void send_refuses_a_packet_as_a_whole(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[XDV_PACKET_FRAMES + 2];
	unsigned int n = XDV_PACKET_FRAMES + 1;

	assert_int_equal(xdv_alloc(&f->consumer, frames, n), n);
	for (unsigned int i = 0; i < n; i++) {
		frames[i].len = 100;
		frames[i].more = i + 1 < n;
	}
	assert_int_equal(xdv_send(&f->consumer, frames, n), -EINVAL); /* too many */
	assert_int_equal(xdv_send(&f->consumer, frames + n - 3, 2), -EINVAL); /* no end */
	frames[n - 1].queue = 1;
	assert_int_equal(xdv_send(&f->consumer, frames + n - 3, 3), -EINVAL);
	frames[n - 1].queue = 0;
	frames[n - 1].len = 0;
	assert_int_equal(xdv_send(&f->consumer, frames + n - 3, 3), -EINVAL);
	frames[n - 1].len = 100;
	f->consumer.jumbo = false;
	assert_int_equal(xdv_send(&f->consumer, frames + n - 3, 3), -EINVAL);
	f->consumer.jumbo = true;
	assert_int_equal(f->tx[0].producer, 0);
	/* they all belong to the caller still */
	assert_int_equal(xdv_send(&f->consumer, frames + n - 3, 3), 3);
	assert_int_equal(xdv_release(&f->consumer, frames, n - 3), 0);
}

static void send_takes_the_packets_before_a_bad_one(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[4];

	assert_int_equal(xdv_alloc(&f->consumer, frames, 4), 4);
	for (unsigned int i = 0; i < 4; i++)
		frames[i].len = 100;
	frames[0].more = frames[2].more = 1;
	frames[3] = frames[0]; /* twice */
	frames[3].more = 0;
	assert_int_equal(xdv_send(&f->consumer, frames, 4), 2);
	assert_int_equal(f->tx[0].producer, 2);
	assert_int_equal(xdv_release(&f->consumer, &frames[2], 1), 0);
}

/* IPv4, UDP, of 8,000 bytes: the frame has the first 100 of them. */
static void flow_of_a_packet_is_in_its_first_frame(void **state)
{
	static const uint8_t headers[42] = {[12] = 0x08,	[14] = 0x45, [16] = 8000 >> 8,
					    [17] = 8000 & 0xff, [23] = 17,   [26] = 10,
					    [30] = 10,		[35] = 1,    [37] = 2};
	unsigned char bytes[100] = {0};
	struct xdv_frame frame = {.data = bytes, .len = sizeof(bytes), .more = 1};
	struct xdv_flow flow;

	(void)state;
	memcpy(bytes, headers, sizeof(headers));
	assert_int_equal(xdv_flow_of_frame(&frame, &flow), 0);
	assert_int_equal(flow.sport, 1);
	assert_int_equal(flow.dport, 2);
	frame.more = 0; /* cut: not well-formed */
	assert_int_equal(xdv_flow_of_frame(&frame, &flow), -ENOMSG);
	frame.more = 1;
	frame.len = 40;
	assert_int_equal(xdv_flow_of_frame(&frame, &flow), -ENOMSG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, rings_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(recv_gives_all_frames_of_a_packet),
		TEST(recv_splits_no_packet_between_two_calls),
		TEST(recv_without_room_for_a_packet_says_so_and_keeps_it),
		TEST(send_puts_all_frames_of_a_packet_out),
		TEST(send_splits_no_packet_where_the_ring_is_full),
		TEST(send_refuses_a_packet_as_a_whole),
		TEST(send_takes_the_packets_before_a_bad_one),
		cmocka_unit_test(flow_of_a_packet_is_in_its_first_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
