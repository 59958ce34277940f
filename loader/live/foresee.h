/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a load would do to a device, without doing it.
 */
#ifndef XDIVERT_FORESEE_H
#define XDIVERT_FORESEE_H

#include "attach.h"
#include "record.h"

#define FORESEE_NOTES 8

struct foresight {
	struct device device;
	struct live live;
	struct record record; /* of what is live */
	struct policy *policy; /* the one that is live; NULL: none is, or it can't be read */
	struct attach_plan plan;
	char notes[FORESEE_NOTES][200]; /* what happens to the device, in words */
	size_t note_count;
	char warning[512]; /* as struct load_report has it, as far as it is known by now */
};

/* Errors are those of policy_load() before anything is built. */
int load_foresee(struct foresight *foresight, const char *ifname, const struct policy *policy,
		 const struct attach_request *request, struct xdv_error *error);
void foresight_free(struct foresight *foresight);

/* How the policy goes onto the device, and whether that suits it; the first step of a load. */
int load_decide(struct attach_plan *plan, const struct device *device, const struct live *live,
		const struct policy *policy, const struct attach_request *request, char *warning,
		size_t size, struct xdv_error *error);

#endif
