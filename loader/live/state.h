/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The live state of an interface as it is kept (user/pins.h says where): who may change it, which
 * generations there are, which of them is live, and how the rest is cleaned away.
 */
#ifndef XDIVERT_STATE_H
#define XDIVERT_STATE_H

#include "device.h"
#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>

/* At most one process changes the state of an interface. */
struct state_lock {
	int fd;
	char path[512];
};

/* -EBUSY: another process has it; `error` names its pid. */
int state_lock(struct state_lock *lock, const char *ifname, struct xdv_error *error);
/* The same, but waits for so long while another process has it. */
int state_lock_wait(struct state_lock *lock, const char *ifname, unsigned int ms,
		    struct xdv_error *error);
/* The same of an interface's directory in /run, without a word. */
int state_lock_path(struct state_lock *lock, const char *run);
void state_unlock(struct state_lock *lock);

/* How a program of ours is attached. */
enum attach_kind {
	ATTACH_NONE,
	ATTACH_LINK, /* alone, by a bpf_link that is pinned */
	ATTACH_DISPATCHER, /* beside others, in libxdp's dispatcher */
	ATTACH_KINDS
};

extern const char *const attach_names[ATTACH_KINDS];

/* A policy that is live until it is confirmed, or the time is over (bpf/trial.h). */
struct trial {
	uint32_t generation; /* the one on trial; 0: none is */
	uint64_t end; /* nanoseconds of CLOCK_BOOTTIME */
	bool over; /* it was not confirmed: what was live before is live again */
};

struct live {
	enum attach_kind kind;
	enum xdp_place place;
	uint32_t program; /* id */
	/*
	 * The one that decides about packets. 0: the program is ours, but what was kept about it is
	 * lost; or its trial is over, and there was none before.
	 */
	uint32_t generation;
	struct trial trial;
	/*
	 * Of ours too, in a dispatcher: a replacement was cut short, and these, older, are still
	 * to be detached.
	 */
	uint32_t leftover[8];
	size_t leftovers;
};

/*
 * What of ours is attached to the device. -EBUSY: what is kept under its name belongs to another
 * interface, which had that name before.
 */
int live_find(struct live *live, const struct device *device, struct xdv_error *error);

/*
 * The name under which a policy was loaded on the device, if it had another one then: only by that
 * name is what is kept of it found. False: there is none.
 */
bool live_under_old_name(char name[IF_NAMESIZE], const struct device *device);

/* A policy was loaded on a device that had the name of this one, and is gone: the link tells. */
bool live_went_with_another(const struct device *device);

/* Generations of which there is anything, in bpffs or in /run; the highest number, 0 for none. */
#define GENERATIONS_MAX 64
struct generations {
	uint32_t number[GENERATIONS_MAX];
	size_t count;
	uint32_t highest;
};

void generations_list(struct generations *generations, const char *ifname);

/* The generation that the program belongs to, 0 if it is not ours. */
uint32_t generation_of_program(const char *ifname, uint32_t program);

/* Removes what is kept of a generation; of all generations but two; of the interface. */
int generation_remove(const char *ifname, uint32_t generation);
int generations_remove_but(const char *ifname, uint32_t generation, uint32_t other);
int state_remove(const char *ifname);
/* The directories of the interface, as far as there is nothing in them. */
void state_remove_empty(const char *ifname);

#endif
