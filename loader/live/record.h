/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What is written down about a generation in /run: the policy with all it includes, its object, the
 * names of its rules, and how it was loaded (live.json).
 */
#ifndef XDIVERT_RECORD_H
#define XDIVERT_RECORD_H

#include "attach.h"
#include "program.h"

#include <stdint.h>
#include <time.h>

struct record {
	char policy[256]; /* the file's name, absolute */
	char hash[32]; /* of the policy's text: policy_hash() */
	char attach[16];
	char mode[16];
	struct attach_reasons reasons;
	uint32_t ifindex;
	uint32_t mtu; /* of the interface, when it was loaded; 0: not known */
	uint32_t previous; /* the generation that was live before, 0 for none */
	time_t time;
};

/* All of it; a generation's directory is made if there is none. */
int record_write(const char *ifname, uint32_t generation, const struct record *record,
		 const struct program *program, struct xdv_error *error);
/* live.json alone, in the place of the old one. */
int record_update(const char *ifname, uint32_t generation, const struct record *record);
/* What live.json says; what it does not say is empty. */
int record_read(struct record *record, const char *ifname, uint32_t generation);
/* The policy itself, without errors; the caller frees it. */
int record_policy(struct policy **policy, const char *ifname, uint32_t generation);

#endif
