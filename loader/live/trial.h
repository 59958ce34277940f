/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * `load --confirm`: the new program goes back to the one before by itself, in the kernel, unless it
 * is confirmed in time (bpf/trial.h). What was live before is kept until then. After a trial that
 * was not confirmed, the next load puts the program itself back, and removes what is left.
 */
#ifndef XDIVERT_LIVE_TRIAL_H
#define XDIVERT_LIVE_TRIAL_H

#include "object.h"
#include "state.h"

#include <stdint.h>

/*
 * Whether the generation that was found attached is on trial. If that is over, `live->generation`
 * becomes the one that is live again, 0 for none.
 */
void trial_find(struct live *live, const char *ifname);

/* The end of a trial that begins now; and one that is past: the policy before decides. */
uint64_t trial_end_after(unsigned int seconds);
#define TRIAL_OVER 1

/* Before the object is attached. `before` is the generation to go back to, or 0. */
int trial_begin(const struct object *object, const char *ifname, uint32_t before, uint64_t end,
		struct xdv_error *error);
/* The policy is confirmed: without this, the program before would stay as long as the map. */
void trial_forget_before(const char *ifname, uint32_t generation);

/* Rounded up; 0: it is over. */
uint64_t trial_ms_left(const struct trial *trial);
unsigned int trial_seconds_left(const struct trial *trial);

/*
 * Whoever holds the lock: what was kept for the way back of a policy that is confirmed goes. What
 * the device does not take of it is added to the warning.
 */
void trial_settle(const char *ifname, uint32_t generation, char *warning, size_t size);
/*
 * The same of a trial that is over: the policy before is loaded once more, as itself, or nothing is
 * left where none was. Gives the generation that is live then.
 */
int trial_clear_away(const struct device *device, const struct live *live, uint32_t *generation,
		     struct xdv_error *error);

struct confirm_report {
	struct trial trial; /* as it was found */
	uint32_t live; /* the generation that is live now; 0: none */
	/*
	 * What the device does not take of the policy that is confirmed; or what is left of the one
	 * that is out could not be removed, as the next load does. "": nothing.
	 */
	char warning[512];
};

/*
 * Keeps the policy. -ENOENT: none is on trial; -ETIMEDOUT: it is too late, what was before is live
 * again.
 */
int policy_confirm(const char *ifname, struct confirm_report *report, struct xdv_error *error);

/* Goes back at once, without waiting for the end. -ENOENT: no policy is on trial. */
int policy_go_back(const char *ifname, struct confirm_report *report, struct xdv_error *error);

#endif
