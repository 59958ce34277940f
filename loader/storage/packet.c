// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets of the gateway: short ones lie in a frame, long ones in several.
 */
#include "disk.h"

#include <string.h>

bool packet_alloc(struct gateway *gateway, struct packet *packet)
{
	packet->count = xdv_alloc(gateway->consumer, packet->frames, 1) == 1;
	return packet->count;
}

void packet_release(struct gateway *gateway, const struct packet *packet)
{
	xdv_release(gateway->consumer, packet->frames, packet->count);
}

bool packet_grow(struct gateway *gateway, struct packet *packet, uint32_t length)
{
	uint32_t room = 0;

	for (unsigned int i = 0; i < packet->count; i++)
		room += packet->frames[i].room;
	while (room < length) {
		struct xdv_frame *frame = &packet->frames[packet->count];

		if (packet->count == FRAMES || xdv_alloc(gateway->consumer, frame, 1) != 1)
			return false;
		frame->queue = packet->frames[0].queue;
		room += frame->room;
		packet->count++;
	}
	return true;
}

void packet_view(const struct packet *packet, struct aoe_frame *seen)
{
	*seen = (struct aoe_frame){.data = packet->frames[0].data,
				   .here = packet->frames[0].len,
				   .room = FRAMES * packet->frames[0].room};
	for (unsigned int i = 0; i < packet->count; i++)
		seen->length += packet->frames[i].len;
}

/* Frames behind its end are given back. */
static void set_length(struct gateway *gateway, struct packet *packet, uint32_t length)
{
	unsigned int used = 0;

	for (; length; used++) {
		struct xdv_frame *frame = &packet->frames[used];

		frame->len = length < frame->room ? length : frame->room;
		length -= frame->len;
		frame->more = length > 0;
	}
	xdv_release(gateway->consumer, packet->frames + used, packet->count - used);
	packet->count = used;
}

void packet_answer(struct gateway *gateway, struct packet *packet, uint32_t length)
{
	set_length(gateway, packet, length);
	if (gateway->answer_count + packet->count > ANSWERS) {
		packet_release(gateway, packet); /* the interface takes none: they will ask again */
		return;
	}
	memcpy(gateway->answers + gateway->answer_count, packet->frames,
	       packet->count * sizeof(*packet->frames));
	gateway->answer_count += packet->count;
}

void gateway_send_answers(struct gateway *gateway)
{
	int sent;

	if (!gateway->answer_count)
		return;
	sent = xdv_send(gateway->consumer, gateway->answers, gateway->answer_count);
	if (sent < 0) { /* what can't be sent is not wanted by anybody */
		xdv_release(gateway->consumer, gateway->answers, gateway->answer_count);
		sent = (int)gateway->answer_count;
	}
	gateway->answer_count -= (unsigned int)sent;
	memmove(gateway->answers, gateway->answers + sent,
		gateway->answer_count * sizeof(*gateway->answers));
}
