// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Frames in and out, with rings in plain memory. (What real sockets do is for the selftests.)
 */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rings_fixture.h"

static void recv_without_packets_is_0_and_stocks_the_fill_rings(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame;

	assert_int_equal(receive(f, &frame, 1), 0);
	assert_int_equal(f->fill[0].producer, RING_SIZE);
	assert_int_equal(f->fill[1].producer, RING_SIZE);
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

static void recv_gives_packets_in_their_order(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[8];

	receive(f, frames, 8);
	for (uint8_t i = 0; i < 5; i++)
		assert_true(kernel_receives(f, 1, 60u + i, (uint8_t)(100 + i), NULL));
	assert_int_equal(receive(f, frames, 3), 3);
	assert_int_equal(receive(f, frames + 3, 5), 2);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(frames[i].len, 60 + i);
		assert_int_equal(*(uint8_t *)frames[i].data, 100 + i);
		assert_int_equal(frames[i].queue, 1);
		assert_int_equal(frames[i].room, FRAME_SIZE - XDP_PACKET_HEADROOM);
		assert_int_equal(frames[i].valid, 0);
	}
	assert_int_equal(f->queues[1].rx_frames, 5);
	assert_int_equal(f->queues[1].rx_bytes, 60 + 61 + 62 + 63 + 64);
}

/* What it would sleep on is not there. */
static void recv_for_latency_does_not_sleep(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame;

	f->consumer.epoll = -1;
	f->consumer.checked = INT64_MAX / 2; /* nor is an interface, to ask about */
	assert_int_equal(xdv_recv(&f->consumer, &frame, 1, 1), -EBADF);
	f->consumer.profile = XDV_PROFILE_FRUGAL;
	assert_int_equal(xdv_recv(&f->consumer, &frame, 1, 1), -EBADF);
	f->consumer.profile = XDV_PROFILE_LATENCY;
	assert_int_equal(xdv_recv(&f->consumer, &frame, 1, 1), 0);
	f->consumer.gone = -ENODEV;
	assert_int_equal(xdv_recv(&f->consumer, &frame, 1, XDV_WAIT), -ENODEV);
}

static void recv_serves_queues_in_turn(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[2];
	unsigned int served[QUEUES] = {0};

	receive(f, frames, 1);
	for (int round = 0; round < 20; round++) {
		/* both queues always have more than one burst */
		for (int queue = 0; queue < QUEUES; queue++) {
			while (f->rx[queue].producer - f->rx[queue].consumer < 4)
				assert_true(kernel_receives(f, queue, 60, 0, NULL));
		}
		assert_int_equal(receive(f, frames, 2), 2);
		served[frames[0].queue]++;
		served[frames[1].queue]++;
		assert_int_equal(xdv_release(&f->consumer, frames, 2), 0);
	}
	assert_int_equal(served[0], served[1]);
}

static const struct xdv_metadata metadata = {
	.magic = XDV_METADATA_MAGIC,
	.valid = XDV_METADATA_RULE,
	.generation = 3,
	.rule = 17,
};

static void recv_reads_the_rule(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame;

	receive(f, &frame, 1);
	assert_true(kernel_receives(f, 0, 60, 0, &metadata));
	assert_int_equal(receive(f, &frame, 1), 1);
	assert_int_equal(frame.valid, XDV_FRAME_RULE);
	assert_int_equal(frame.rule, 17);
	assert_int_equal(frame.generation, 3);
	assert_string_equal(xdv_rule_name(&f->consumer, &frame), "#17");
}

static void recv_reads_the_mark(void **state)
{
	struct xdv_metadata marked = metadata;
	struct fixture *f = *state;
	struct xdv_frame frame;

	marked.valid |= XDV_METADATA_MARK;
	marked.mark = 0xfeed0007;
	receive(f, &frame, 1);
	assert_true(kernel_receives(f, 0, 60, 0, &marked));
	assert_int_equal(receive(f, &frame, 1), 1);
	assert_int_equal(frame.valid, XDV_FRAME_RULE | XDV_FRAME_MARK);
	assert_int_equal(frame.rule, 17);
	assert_int_equal(frame.mark, 0xfeed0007);
	marked.valid = XDV_METADATA_RULE;
	assert_true(kernel_receives(f, 0, 60, 0, &marked));
	assert_int_equal(receive(f, &frame, 1), 1);
	assert_int_equal(frame.valid, XDV_FRAME_RULE);
	assert_int_equal(frame.mark, 0);
}

static void recv_tells_a_flow_from_a_rule(void **state)
{
	struct xdv_metadata by_flow = metadata;
	struct fixture *f = *state;
	struct xdv_frame frame;

	by_flow.valid = XDV_METADATA_FLOW;
	receive(f, &frame, 1);
	assert_true(kernel_receives(f, 0, 60, 0, &by_flow));
	assert_int_equal(receive(f, &frame, 1), 1);
	assert_int_equal(frame.valid, XDV_FRAME_FLOW);
	assert_int_equal(frame.rule, 0);
	assert_string_equal(xdv_rule_name(&f->consumer, &frame), "flows");
}

static void recv_believes_nothing_without_the_valid_bit(void **state)
{
	struct xdv_metadata nothing = metadata;
	struct fixture *f = *state;
	struct xdv_frame frame;

	nothing.valid = 0;
	receive(f, &frame, 1);
	assert_true(kernel_receives(f, 0, 60, 0, &nothing));
	assert_int_equal(receive(f, &frame, 1), 1);
	assert_int_equal(frame.valid, 0);
	assert_int_equal(frame.rule, 0);
	assert_string_equal(xdv_rule_name(&f->consumer, &frame), "-");
}

/* Every frame has had metadata once; then a driver comes that writes none. */
static void stale_metadata(struct fixture *f, uint64_t stripped)
{
	struct xdv_frame frame;

	f->stripped = stripped;
	receive(f, &frame, 1);
	for (uint32_t i = 0; i < 3 * FRAMES; i++) {
		assert_true(kernel_receives(f, 0, 60, 0, i < FRAMES ? &metadata : NULL));
		assert_int_equal(receive(f, &frame, 1), 1);
		assert_int_equal(frame.valid, i < FRAMES ? XDV_FRAME_RULE : 0);
		assert_int_equal(xdv_release(&f->consumer, &frame, 1), 0);
	}
}

static void recv_never_believes_stale_metadata(void **state)
{
	stale_metadata(*state, 0);
}

static void recv_never_believes_it_where_the_packet_begins_elsewhere(void **state)
{
	stale_metadata(*state, 14);
}

/* Nor what an application wrote there, in front of a header that it put on. */
static void release_clears_what_the_application_wrote(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame;

	receive(f, &frame, 1);
	for (uint32_t i = 0; i < 3 * FRAMES; i++) {
		assert_true(kernel_receives(f, 0, 60, 0, NULL));
		assert_int_equal(receive(f, &frame, 1), 1);
		assert_int_equal(frame.valid, 0);
		memcpy((char *)frame.data - sizeof(metadata), &metadata, sizeof(metadata));
		assert_int_equal(xdv_release(&f->consumer, &frame, 1), 0);
	}
}

static void release_gives_frames_back_to_the_kernel(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[RING_SIZE];

	receive(f, frames, 1);
	/* many times as many packets as there are frames: not one is lost on the way */
	for (uint32_t i = 0; i < 20 * FRAMES; i++) {
		assert_true(kernel_receives(f, i % 2, 60, 0, NULL));
		assert_int_equal(receive(f, frames, RING_SIZE), 1);
		assert_int_equal(xdv_release(&f->consumer, frames, 1), 0);
	}
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

static void release_refuses_a_frame_that_is_not_the_callers(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[2], twice[2], wild;

	receive(f, frames, 1);
	assert_true(kernel_receives(f, 0, 60, 0, NULL));
	assert_true(kernel_receives(f, 0, 60, 0, NULL));
	assert_int_equal(receive(f, frames, 2), 2);
	twice[0] = twice[1] = frames[0];
	wild = frames[1];
	wild.address = 1ull << 40;
	assert_int_equal(xdv_release(&f->consumer, &wild, 1), -EINVAL);
	wild.address = f->fill[0].addresses[(f->fill[0].producer - 1) % RING_SIZE];
	assert_int_equal(xdv_release(&f->consumer, &wild, 1), -EINVAL);
	assert_int_equal(xdv_release(&f->consumer, twice, 2), -EINVAL);
	assert_int_equal(xdv_release(&f->consumer, frames, 2), -EINVAL);
	/* the second of these was good, and is back: they are all there, once each */
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

static void recv_beats_when_it_takes_packets(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[4];
	uint64_t before;

	receive(f, frames, 1);
	before = f->states[0].beat;
	assert_true(kernel_receives(f, 0, 60, 0, NULL));
	assert_int_equal(receive(f, frames, 4), 1);
	assert_int_equal(f->states[0].beat, before + 1);
	for (int i = 0; i < 3; i++)
		assert_true(kernel_receives(f, 0, 60, 0, NULL));
	assert_int_equal(receive(f, frames, 4), 3);
	assert_int_equal(f->states[0].beat, before + 2); /* once a burst */
	assert_int_equal(receive(f, frames, 4), 0);
	assert_int_equal(f->states[0].beat, before + 2);
	assert_int_equal(f->states[1].beat, before); /* of the other queue nothing was taken */
}

/* A kernel without free frames has dropped what it had for us: now it may try again. */
static void release_beats_if_the_kernel_had_no_frames(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[FRAMES], spare[FRAMES];
	uint64_t before;
	int n = 0;

	receive(f, frames, 1);
	assert_int_equal(xdv_alloc(&f->consumer, spare, FRAMES), FRAMES - 2 * RING_SIZE);
	while (kernel_receives(f, 0, 60, 0, NULL)) {
		assert_int_equal(receive(f, frames + n, 1), 1);
		n++;
	}
	assert_int_equal(n, RING_SIZE);
	before = f->states[0].beat;
	assert_int_equal(receive(f, frames + n, 1), 0);
	assert_int_equal(f->states[0].beat, before);
	assert_int_equal(xdv_release(&f->consumer, frames, 1), 0);
	assert_int_equal(f->states[0].beat, before + 1);
	assert_int_equal(xdv_release(&f->consumer, frames + 1, 1), 0);
	assert_int_equal(f->states[0].beat, before + 1); /* it had one */
	assert_int_equal(f->states[1].beat, 1); /* of its first frames */
}

static void stats_count_what_went_to_the_kernel_since_the_open(void **state)
{
	struct xdv_consumer_stats stats = {.size = sizeof(stats)};
	struct fixture *f = *state;

	f->states[0].stalled = 100; /* of which 90 are from before */
	f->queues[0].stalled_before = 90;
	f->states[1].stalled = 7;
	assert_int_equal(xdv_consumer_stats(&f->consumer, &stats), 0);
	assert_int_equal(stats.stalled, 17);
	assert_int_equal(xdv_queue_stats(&f->consumer, 1, &stats), 0);
	assert_int_equal(stats.stalled, 7);
}

static void send_puts_frames_out_from_where_they_lie(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[3];
	uint8_t contents[RING_SIZE];

	receive(f, frames, 1);
	for (uint8_t i = 0; i < 3; i++)
		assert_true(kernel_receives(f, i == 1, 60, (uint8_t)(i + 1), NULL));
	assert_int_equal(receive(f, frames, 3), 3);
	assert_int_equal(xdv_send(&f->consumer, frames, 3), 3);
	assert_int_equal(kernel_sends(f, 0, contents), 2);
	assert_int_equal(contents[0], 1);
	assert_int_equal(contents[1], 3);
	assert_int_equal(kernel_sends(f, 1, contents), 1);
	assert_int_equal(contents[0], 2);
	/* through: the next call takes them back */
	receive(f, frames, 1);
	assert_int_equal(f->queues[0].in_flight + f->queues[1].in_flight, 0);
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2 * RING_SIZE);
}

static void send_takes_what_fits_and_leaves_the_rest(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[RING_SIZE + 3];
	uint8_t contents[RING_SIZE];

	assert_int_equal(xdv_alloc(&f->consumer, frames, RING_SIZE + 3), RING_SIZE + 3);
	for (unsigned int i = 0; i < RING_SIZE + 3; i++)
		frames[i].len = 60;
	assert_int_equal(xdv_send(&f->consumer, frames, RING_SIZE + 3), RING_SIZE);
	assert_int_equal(xdv_send(&f->consumer, frames + RING_SIZE, 3), 0);
	assert_int_equal(kernel_sends(f, 0, contents), RING_SIZE);
	assert_int_equal(xdv_send(&f->consumer, frames + RING_SIZE, 3), 3);
	assert_int_equal(f->queues[0].tx_frames, RING_SIZE + 3);
	assert_int_equal(f->queues[0].tx_bytes, 60 * (RING_SIZE + 3));
}

static void send_refuses_what_is_not_in_the_frame(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame, bad;

	assert_int_equal(xdv_alloc(&f->consumer, &frame, 1), 1);
	bad = frame;
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL); /* nothing in it */
	bad.len = bad.room + 1;
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL);
	bad.len = 60;
	bad.queue = QUEUES;
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL);
	bad = frame;
	bad.len = 60;
	bad.data = (char *)frame.data - XDP_PACKET_HEADROOM - 1; /* the frame before */
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL);
	bad.data = (char *)frame.data + frame.room;
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL);
	assert_int_equal(f->tx[0].producer, 0);
	/* all of the headroom may be used */
	bad.data = (char *)frame.data - XDP_PACKET_HEADROOM;
	bad.len = FRAME_SIZE;
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), 1);
	assert_int_equal(xdv_send(&f->consumer, &bad, 1), -EINVAL); /* it is gone */
	assert_int_equal(xdv_release(&f->consumer, &bad, 1), -EINVAL);
}

static void send_notices_a_frame_that_is_there_twice(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[2];

	assert_int_equal(xdv_alloc(&f->consumer, frames, 1), 1);
	frames[0].len = 60;
	frames[1] = frames[0];
	assert_int_equal(xdv_send(&f->consumer, frames, 2), 1);
	assert_int_equal(f->tx[0].producer, 1);
}

static void send_without_a_transmit_queue_takes_another(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frame;

	f->queues[1].transmit = false;
	f->consumer.transmit_count = 1;
	assert_int_equal(xdv_alloc(&f->consumer, &frame, 1), 1);
	frame.len = 60;
	frame.queue = 1;
	assert_int_equal(xdv_send(&f->consumer, &frame, 1), 1);
	assert_int_equal(f->tx[0].producer, 1);
}

static void alloc_gives_what_there_is(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[FRAMES + 1];

	receive(f, frames, 1);
	assert_int_equal(xdv_alloc(&f->consumer, frames, FRAMES + 1), FRAMES - 2 * RING_SIZE);
	assert_int_equal(xdv_alloc(&f->consumer, frames + FRAMES, 1), 0);
	assert_int_equal(frames[0].len, 0);
	assert_int_equal(xdv_release(&f->consumer, frames, FRAMES - 2 * RING_SIZE), 0);
}

static void alloc_takes_back_what_was_sent(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[FRAMES];
	uint8_t contents[RING_SIZE];

	assert_int_equal(xdv_alloc(&f->consumer, frames, FRAMES), FRAMES);
	for (unsigned int i = 0; i < 4; i++)
		frames[i].len = 60;
	assert_int_equal(xdv_send(&f->consumer, frames, 4), 4);
	assert_int_equal(xdv_alloc(&f->consumer, frames, 4), 0);
	assert_int_equal(kernel_sends(f, 0, contents), 4);
	assert_int_equal(xdv_alloc(&f->consumer, frames, 4), 4);
}

/* In each of the four rings some: all of them are free again, but for the application's. */
static void recover_frees_what_is_in_the_rings(void **state)
{
	struct fixture *f = *state;
	struct xdv_frame frames[4];

	receive(f, frames, 1);
	for (int i = 0; i < 4; i++)
		assert_true(kernel_receives(f, 0, 60, 0, NULL));
	assert_int_equal(receive(f, frames, 2), 2); /* the others stay in the ring */
	assert_int_equal(xdv_alloc(&f->consumer, frames + 2, 2), 2);
	frames[2].len = frames[3].len = 60;
	frames[3].queue = 1;
	assert_int_equal(xdv_send(&f->consumer, frames + 2, 2), 2);
	queue_recover(&f->queues[0], f->consumer.region);
	queue_recover(&f->queues[1], f->consumer.region);
	assert_int_equal(f->consumer.region->free_count, FRAMES - 2);
	assert_int_equal(xdv_release(&f->consumer, frames, 2), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rings_set_up, rings_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(recv_without_packets_is_0_and_stocks_the_fill_rings),
		TEST(recv_gives_packets_in_their_order),
		TEST(recv_for_latency_does_not_sleep),
		TEST(recv_serves_queues_in_turn),
		TEST(recv_reads_the_rule),
		TEST(recv_tells_a_flow_from_a_rule),
		TEST(recv_believes_nothing_without_the_valid_bit),
		TEST(recv_reads_the_mark),
		TEST(recv_never_believes_stale_metadata),
		TEST(recv_never_believes_it_where_the_packet_begins_elsewhere),
		TEST(release_clears_what_the_application_wrote),
		TEST(release_gives_frames_back_to_the_kernel),
		TEST(recv_beats_when_it_takes_packets),
		TEST(release_beats_if_the_kernel_had_no_frames),
		TEST(stats_count_what_went_to_the_kernel_since_the_open),
		TEST(release_refuses_a_frame_that_is_not_the_callers),
		TEST(send_puts_frames_out_from_where_they_lie),
		TEST(send_takes_what_fits_and_leaves_the_rest),
		TEST(send_refuses_what_is_not_in_the_frame),
		TEST(send_notices_a_frame_that_is_there_twice),
		TEST(send_without_a_transmit_queue_takes_another),
		TEST(alloc_gives_what_there_is),
		TEST(alloc_takes_back_what_was_sent),
		TEST(recover_frees_what_is_in_the_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
