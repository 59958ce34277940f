/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A compiled policy in the kernel: maps made and filled, programs verified. Not attached.
 */
#ifndef XDIVERT_OBJECT_H
#define XDIVERT_OBJECT_H

#include "program.h"

#include <stdbool.h>

struct bpf_object;
struct object;

/* Descriptors of the maps of a consumer; what they hold is in user/pins.h. */
struct consumer_maps {
	int xsks, queues, beating;
};

/* All zeros is a load for test runs of the program, with room for one queue. */
struct object_options {
	unsigned int queues; /* room for sockets in the consumers' maps; 0: for one */
	uint32_t generation; /* what diverted frames say they were diverted by */
	/* indexes of the policy's interfaces, borrowed; NULL: redirects to none */
	const unsigned int *interfaces;
	const struct consumer_maps *consumers; /* by consumer, borrowed; NULL: makes its own */
	int flows; /* the table of flows, borrowed; 0: makes its own */
	bool buffers; /* frames may lie in several: the program is loaded so as to know */
	bool classify; /* load the classifier too, for object_classify() */
	bool trial; /* the program goes back by itself: bpf/trial.h */
	int trial_end; /* the map that says when, borrowed; 0: makes its own */
	const char *log_path; /* where the verifier's log goes; NULL: a temporary file */
};

/*
 * Borrows `program`, which must outlive the object.
 * -EPERM: no privilege to load; -EBADMSG: the verifier refused the program, `error` says which
 * line of the policy and why; other errnos are the kernel's.
 */
int object_load(struct object **object, const struct program *program,
		const struct object_options *options, struct xdv_error *error);
void object_close(struct object **object);

/* Descriptors, owned by the object; negative if there is no such program or map. */
int object_program_fd(const struct object *object);
int object_classifier_fd(const struct object *object);
int object_map_fd(const struct object *object, const char *map);

/* What the kernel made of the program. */
struct object_cost {
	uint32_t checked; /* instructions that the verifier looked at, of 1,000,000 at most */
	uint32_t instructions;
	uint32_t machine_code; /* bytes; 0: the JIT is off, or this process may not know */
};

/* `checked` is 0 before Linux 5.16. */
int object_cost(const struct object *object, struct object_cost *cost);

/*
 * Opens the same program a second time, not loaded, on the maps of the first: what is in them and
 * what was checked holds for both. The caller closes it.
 */
int object_reopen(const struct object *object, struct bpf_object **second, struct xdv_error *error);

/*
 * Runs the program on a frame: which rule takes it, what it does with it (enum xdp_action).
 * -EMSGSIZE: the kernel test-runs frames of OBJECT_FRAME_MIN bytes to a little under a page.
 */
#define OBJECT_FRAME_MIN 14
int object_classify(const struct object *object, const void *frame, size_t length, uint32_t *rule);
/* What it leaves of the frame is written to `out`, which has room for `length` bytes, or NULL. */
int object_run(const struct object *object, const void *frame, size_t length, void *out,
	       uint32_t *action);

/* A string variable in the object's read-only data, "" if it has none of that name. Borrowed. */
const char *object_string(const struct object *object, const char *name);

#endif
