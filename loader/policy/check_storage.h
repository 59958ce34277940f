/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The options of storage targets, as check_consumer.c's table of options has them.
 */
#ifndef XDIVERT_CHECK_STORAGE_H
#define XDIVERT_CHECK_STORAGE_H

#include "check.h"

void storage_read_backend(struct policy *policy, struct consumer *consumer,
			  const struct option *option);
void storage_read_nbd(struct policy *policy, struct consumer *consumer,
		      const struct option *option);
void storage_read_aoe(struct policy *policy, struct consumer *consumer,
		      const struct option *option);
void storage_read_only(struct policy *policy, struct consumer *consumer,
		       const struct option *option);
void storage_read_cached(struct policy *policy, struct consumer *consumer,
			 const struct option *option);

/*
 * Those that serve something are the policy's volumes. NBD is TCP, and stays with the kernel:
 * targets that have nothing but that are no consumers.
 */
void storage_part(struct policy *policy);

/* A disk whose packets come by another one's target. */
bool storage_is_served(const struct policy *policy, const struct consumer *consumer);

/* Behind all of its options: whether they make sense together. */
void storage_check(struct policy *policy, struct consumer *consumer);

#endif
