/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A load in its steps, for who makes several policies live together: all are built aside, then
 * attached. The locks of the interfaces are the caller's.
 */
#ifndef XDIVERT_LOADING_H
#define XDIVERT_LOADING_H

#include "consumers.h"
#include "flows.h"
#include "load.h"
#include "pins.h"
#include "record.h"
#include "targets.h"

struct loading {
	const struct program *program; /* borrowed */
	struct device device;
	struct live live; /* before */
	struct attach_plan plan;
	unsigned int confirm; /* seconds, 0 for no trial */
	int trial_end; /* the map that switches several interfaces at once; 0: it is alone */
	uint32_t generation;
	struct consumers consumers;
	struct flow_move flows;
	struct targets targets;
	struct object *object;
	struct record record;
	char hash_before[sizeof(((struct record *)0)->hash)];
	char warning[512]; /* as struct load_report has it */
	struct live now; /* once it is attached */
	bool begun; /* there is something to undo */
	bool attached; /* there is not */
};

/* stage.c: compiled, loaded, filled, pinned and written down. On failure nothing of it stays. */
int loading_stage(struct loading *load, const struct device *device, const struct program *program,
		  const struct attach_request *request, struct xdv_error *error);
/*
 * load.c: attached, in one step. From this moment on it decides; but of several, the policies
 * before do until the end of the trial, which is past, is written anew.
 */
int loading_attach(struct loading *load, struct xdv_error *error);
/* load.c: it decides now: what was before is taken over from, and goes. */
void loading_settle(struct loading *load, struct load_report *report);
/* stage.c: closes what is open; what was staged and not attached is removed. */
void loading_end(struct loading *load);

/* What is to be taken off an interface, or is left of what was on one that is gone. */
struct unloading {
	const char *ifname; /* borrowed */
	struct live live;
	struct device device;
	bool exists; /* there is an interface of that name */
	unsigned int ifindex; /* of what has the policy, under whatever name; 0: it is gone */
};

/* unload.c: -ENOENT: nothing of ours is there. */
int unloading_find(struct unloading *unloading, const char *ifname, struct xdv_error *error);
int unloading_do(const struct unloading *unloading, struct xdv_error *error);

/* stage.c: where the verifier's log is kept. */
int loading_log_path(const struct loading *load, char path[XDV_PATH_MAX]);
/* load.c: takes over what older generations have counted, and removes them. */
int counters_settle(const char *ifname, uint32_t generation, uint32_t on_trial);

#endif
