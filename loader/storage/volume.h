/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where the bytes are: what each kind of back end has to do. A further kind is a file with a
 * struct volume_kind, and a line in volume.c.
 *
 * An operation is done when it is where the client is told it is: a write where a later read of
 * anybody finds it; with `durable`, and a flush, on stable storage if the volume has some.
 */
#ifndef XDIVERT_VOLUME_H
#define XDIVERT_VOLUME_H

#include "ring.h"

#include <stdbool.h>
#include <stdint.h>

enum volume_verb {
	VOLUME_READ,
	VOLUME_WRITE,
	VOLUME_FLUSH, /* all writes that are done by now */
	VOLUME_DISCARD, /* what is read there afterwards is not defined */
	VOLUME_ZERO,
	VOLUME_VERBS
};

struct volume;

/*
 * One of them. The caller fills what is above the line and leaves it alone until `done`, which may
 * be called before volume_begin() returns. The range lies within the volume.
 */
struct volume_operation {
	enum volume_verb verb;
	bool durable; /* this write, zeroing or discarding, before it is done */
	bool allocate; /* VOLUME_ZERO: with space for later writes */
	bool alone; /* nobody else waits: it may take its time before volume_begin() returns */
	bool registered; /* `data` lies in the memory that is registered with the ring */
	uint32_t length;
	uint64_t offset;
	void *data; /* of a read or write */
	void (*done)(struct volume_operation *operation, int err);
	/* ---- the volume's own */
	struct volume *volume;
	struct volume_operation *next;
	struct ring_operation ring;
	uint32_t progress; /* bytes */
	unsigned int side; /* of a gate */
	bool syncing; /* it is done, but not durable yet */
};

struct volume {
	const struct volume_kind *kind;
	uint64_t size; /* bytes */
	unsigned char *memory; /* all of it, for who can read and write in place; NULL: not so */
	/* Borrowed: counts bytes, see struct storage_counters; NULL: nobody does. */
	uint64_t *copied;
	char place[128]; /* what it is, for people: "memory", "/srv/vol0.img, O_DIRECT" */
};

#define VOLUME_MEMORIES 2 /* frames of NBD, and of AoE */

struct volume_options {
	bool read_only;
	bool cached; /* by the kernel, although the volume would go without */
	struct ring *ring; /* borrowed: outlives the volume */
};

struct volume_kind {
	const char *name; /* "file" */
	int (*check)(const char *argument, struct xdv_error *error); /* may be NULL */
	int (*open)(struct volume **volume, const char *argument,
		    const struct volume_options *options, struct xdv_error *error);
	/*
	 * Lends it memory that data of operations will lie in, until it is closed. May be NULL;
	 * else there is no operation before it, and VOLUME_MEMORIES at the most.
	 */
	int (*use_memory)(struct volume *volume, void *base, size_t length,
			  struct xdv_error *error);
	void (*begin)(struct volume *volume, struct volume_operation *operation);
	void (*close)(struct volume *volume); /* nothing is under way */
};

extern const struct volume_kind volume_memory, volume_file, volume_rdma;

/*
 * Opens "KIND:ARGUMENT". -EINVAL: there is no such kind, or no such size …; others are those of
 * open(2). `error` says all.
 */
int volume_open(struct volume **volume, const char *text, const struct volume_options *options,
		struct xdv_error *error);
void volume_close(struct volume **volume);

/* Whether it is written as it has to be; opens nothing. -EINVAL. */
int volume_check(const char *text, struct xdv_error *error);

static inline void volume_begin(struct volume *volume, struct volume_operation *operation)
{
	volume->kind->begin(volume, operation);
}

/* "1G": a number with K, M, G or T. -EINVAL: it is none, or 0, or too large for a file. */
int size_read(const char *text, uint64_t *size);

#endif
