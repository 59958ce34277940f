/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Flows as text, as `xdivert flow` takes and prints them:
 *
 *   KIND SRC:PORT > DST:PORT [=>] ACTION [timeout TIME]
 *
 * KIND is udp, tcp or sctp; IPv6 addresses stand in brackets. ACTION is pass, drop, xsk CONSUMER,
 * tx or tx swap; TIME is 500ms, 30s, 5min, 2h or 1d. `>` may be left away, too: a shell takes it
 * for itself where it is not quoted.
 */
#ifndef XDIVERT_FLOW_TEXT_H
#define XDIVERT_FLOW_TEXT_H

#include "packet/text.h"
#include "xdivert/flow.h"

struct flow_text {
	struct xdv_flow flow;
	enum xdv_flow_action action;
	char consumer[sizeof(((struct xdv_flow_info *)NULL)->consumer)];
	uint32_t timeout_ms; /* 0: none */
};

/* `acts`: with an action, which has to be there, and otherwise must not. -EINVAL, and `error`. */
int flow_from_text(struct flow_text *out, const char *text, bool acts,
		   struct packet_text_error *error);

/* "xsk feed timeout 30s": what is behind the arrow. Returns `text`. */
#define FLOW_ACTION_TEXT 80
char *flow_action_format(char text[FLOW_ACTION_TEXT], const struct xdv_flow_info *info);

/* "pass", "drop", "xsk", "tx", "tx swap" */
extern const char *const flow_action_names[];

#endif
