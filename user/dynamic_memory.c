// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dynamic_memory.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* All of an array, whose elements the kernel lays at multiples of 8 bytes. */
static int map_array(struct memory *memory, int fd, size_t element, size_t least)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err)
		return err;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != element ||
	    info.max_entries < least)
		return -EBADMSG;
	memory->length = (element + 7) / 8 * 8 * info.max_entries;
	memory->start = mmap(NULL, memory->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory->start == MAP_FAILED) {
		memory->start = NULL;
		return -errno;
	}
	return 0;
}

_Static_assert(sizeof(struct xdv_dynamic) % 8 == 0, "elements lie at multiples of 8 bytes");

_Static_assert(sizeof(struct xdv_lengths) % 8 == 0, "the lengths of both halves are an array");

int dynamic_open(struct dynamic_memory *memory, unsigned int number, unsigned int key_words,
		 int tables, int lengths, int buckets)
{
	struct dynamic_memory opened = {.map.key_words = key_words};
	size_t bucket = XDV_BUCKET_SLOTS * (key_words + 1) * sizeof(uint32_t);
	int err;

	err = map_array(&opened.tables, tables, sizeof(struct xdv_dynamic), number + 1);
	if (!err)
		err = map_array(&opened.buckets, buckets, bucket, 2);
	if (!err && lengths >= 0)
		err = map_array(&opened.lengths, lengths, sizeof(struct xdv_lengths),
				2 * (number + 1));
	if (err) {
		dynamic_close(&opened);
		return err;
	}
	opened.map.state = (struct xdv_dynamic *)opened.tables.start + number;
	opened.map.slots = opened.buckets.start;
	if (lengths >= 0)
		opened.map.lengths = (struct xdv_lengths *)opened.lengths.start + 2 * number;
	/* the program computes with this, within the map's bounds; here nobody else sees to it */
	if (!opened.map.state->buckets)
		opened.map.state->buckets = (uint32_t)(opened.buckets.length / bucket / 2);
	if (opened.map.state->buckets > opened.buckets.length / bucket / 2) {
		dynamic_close(&opened);
		return -EBADMSG;
	}
	*memory = opened;
	return 0;
}

static void unmap(const struct memory *memory)
{
	if (memory->start)
		munmap(memory->start, memory->length);
}

void dynamic_close(struct dynamic_memory *memory)
{
	unmap(&memory->tables);
	unmap(&memory->lengths);
	unmap(&memory->buckets);
	memset(memory, 0, sizeof(*memory));
}
