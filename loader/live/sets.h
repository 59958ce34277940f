/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The dynamic sets of a live policy: what is in them, and changes. A change is atomic: packets meet
 * the set as it was or as it is to be. Killed at any point it is done or not done.
 */
#ifndef XDIVERT_SETS_H
#define XDIVERT_SETS_H

#include "dynamic_memory.h"
#include "plan.h"
#include "policy/elements.h"
#include "state.h"
#include "xdivert/error.h"

struct live_set {
	struct set_kind kind;
	char *types; /* "ipv4 . port", and " prefixes" behind it */
	unsigned int table;
	uint32_t bit; /* 0: no rule asks about the set, so that it is not kept */
	uint32_t size; /* 0: shares SET_SIZE_SHARED with others of its types */
	uint32_t count; /* elements, when the sets were opened */
};

struct live_sets {
	char ifname[16];
	uint32_t generation;
	char *text; /* of the file that says which there are */
	struct live_set *list;
	size_t count;
};

/* Those of a generation; none if it has no such file. Takes no lock. */
int live_sets_read(struct live_sets *sets, const char *ifname, uint32_t generation);
void live_sets_free(struct live_sets *sets);
/* NULL: there is none of that name. */
const struct live_set *live_sets_find(const struct live_sets *sets, const char *name);

/* The table of a set. -EBADMSG: it is another version's. */
int live_set_open(struct dynamic_memory *memory, const struct live_sets *sets,
		  const struct live_set *set);

enum set_verb { SET_ADD, SET_DELETE, SET_REPLACE };

struct set_change {
	const char *set;
	enum set_verb verb;
	const uint32_t *keys; /* all of elements_key_words() */
	size_t count;
	uint32_t before, now; /* elements; filled in */
};

/*
 * To be called under the interface's lock, with sets that were read under it. -ENOSPC: the set
 * would have more elements than it has room for; -ENOENT: what is to be deleted is not there, and
 * `missing` says which of the keys it is. Then nothing is changed.
 */
int live_set_change(const struct live_sets *sets, struct set_change *change, size_t *missing,
		    struct xdv_error *error);

/* What is written down about the sets of a policy: that file. */
void sets_write(const struct plan *plan, FILE *out);

/*
 * What is in the live sets goes into those of the same name and type of a policy that is about to
 * be live, whose object is loaded: with the elements that the policy says. -ENOSPC: there is no
 * room.
 */
struct object;
int live_sets_carry(const char *ifname, uint32_t generation, const struct plan *plan,
		    const struct object *object, struct xdv_error *error);

#endif
