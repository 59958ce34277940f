// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void message_head(unsigned char head[MESSAGE_HEAD], size_t length)
{
	for (int i = 0; i < MESSAGE_HEAD; i++)
		head[i] = (unsigned char)(length >> 8 * (MESSAGE_HEAD - 1 - i));
}

static size_t length_of(const unsigned char head[MESSAGE_HEAD])
{
	size_t length = 0;

	for (int i = 0; i < MESSAGE_HEAD; i++)
		length = length << 8 | head[i];
	return length;
}

void message_clear(struct message_input *input)
{
	input->length = input->have = 0;
	input->complete = false;
}

int message_take(struct message_input *input, const void *bytes, size_t count, size_t *taken)
{
	const unsigned char *from = bytes;
	size_t left;

	*taken = 0;
	while (*taken < count && input->have < MESSAGE_HEAD)
		input->head[input->have++] = from[(*taken)++];
	if (input->have < MESSAGE_HEAD || input->complete)
		return 0;
	input->length = length_of(input->head);
	if (!input->length)
		return -EBADMSG;
	if (input->length > input->limit)
		return -EMSGSIZE;
	left = MESSAGE_HEAD + input->length - input->have;
	if (left > count - *taken)
		left = count - *taken;
	memcpy(input->body + input->have - MESSAGE_HEAD, from + *taken, left);
	input->have += left;
	*taken += left;
	if (input->have == MESSAGE_HEAD + input->length) {
		input->body[input->length] = '\0';
		input->complete = true;
	}
	return 0;
}
