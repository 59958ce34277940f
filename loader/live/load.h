/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Making a policy live on an interface, and taking it off.
 *
 * A new generation is built aside: programs loaded, maps filled, all of it pinned and written
 * down. Then one step attaches it. Killed before that step, the old policy is live; behind it,
 * the new one; what is left of the other is removed by the next command.
 */
#ifndef XDIVERT_LOAD_H
#define XDIVERT_LOAD_H

#include "attach.h"
#include "program.h"

enum load_change {
	LOAD_NEW,
	LOAD_REPLACED,
	LOAD_UNCHANGED, /* the same text as before; loaded again all the same */
};

struct load_report {
	struct device device;
	struct live now;
	enum load_change change;
	uint32_t replaced; /* the generation that was live before */
	struct attach_reasons reasons;
	unsigned int confirm; /* seconds in which it must be confirmed; 0: it need not */
	char warning[512]; /* what the device may not show of what the policy asks; "" for nothing
			    */
};

/*
 * Errors are negative errnos with a message and a hint: -EPERM, privileges; -ENODEV, no such
 * interface; -EBUSY, somebody else's program or another process at work; -EOPNOTSUPP, the kernel
 * or the device cannot do it; -EBADMSG, the verifier refused the program. What was live before
 * is then live still.
 */
int policy_load(const char *ifname, const struct program *program,
		const struct attach_request *request, struct load_report *report,
		struct xdv_error *error);

/*
 * The same on several interfaces, each its own report: all of them get the policy, or none. It is
 * built aside for all, then attached to each as a policy whose trial is over, so that the ones
 * before decide still; one write to a map that they share makes it decide on all of them at once.
 * Killed before that, the load has changed nothing.
 */
#define LOAD_INTERFACES_MAX 64
int policy_load_together(const char *const *ifnames, size_t count, const struct program *program,
			 const struct attach_request *request, struct load_report *reports,
			 struct xdv_error *error);

/* The same for a caller who holds the lock of the interface. */
int policy_load_held(const struct device *device, const struct program *program,
		     const struct attach_request *request, struct load_report *report,
		     struct xdv_error *error);

/*
 * Takes the policies off, one after the other; of none, if one of the interfaces has nothing of
 * ours: -ENOENT. `generations` are those that were live, 0 where none was; `*done` are off if this
 * fails.
 */
int policy_unload_together(const char *const *ifnames, size_t count, uint32_t *generations,
			   size_t *done, struct xdv_error *error);

/* The same of one, for a caller who holds the lock of the interface. */
int policy_unload_held(const char *ifname, uint32_t *generation, struct xdv_error *error);

/*
 * Removes what is kept of a policy that is not attached any more, and what it had of the device, by
 * the name that this had then; `ifindex` 0: the device is gone.
 */
int policy_clear_away(const char *ifname, unsigned int ifindex);

/* Whether the device shows the program what the policy asks for. -EOPNOTSUPP: it does not. */
int device_suits(const struct device *device, const struct policy *policy, char *warning,
		 size_t size, struct xdv_error *error);

/* Adds to the text of warnings, behind "; " if there is one already. */
void warning_add(char *warning, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Mounts bpffs if it is not there. */
int bpffs_ready(struct xdv_error *error);

#endif
