/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What `load` and `plan` have in common: how a policy is to go onto a device, and what is said of
 * the traffic that it takes from this machine itself.
 */
#ifndef XDIVERT_ATTACH_OPTIONS_H
#define XDIVERT_ATTACH_OPTIONS_H

#include "command.h"
#include "live/attach.h"
#include "live/traffic.h"

struct json_t;

/* --mode, --attach, --confirm. -EINVAL: usage. */
int attach_options_read(struct attach_request *request, const struct arguments *arguments,
			struct xdv_error *error);

/* On standard error, a line each. */
void traffic_remark(const struct traffic *traffic, const struct policy *policy);
/* A list of {"what", "rule", "number", "action"}; a new reference. */
struct json_t *traffic_json(const struct traffic *traffic, const struct policy *policy);

#endif
