/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * This machine's own traffic, as far as it can be known, and what a policy would take of it from
 * the kernel: the connection that the command is typed over, what keeps neighbours in touch, what
 * goes to local sockets. Asked of the evaluator, with packets that are made up for it.
 */
#ifndef XDIVERT_TRAFFIC_H
#define XDIVERT_TRAFFIC_H

#include "ast.h"

#define TRAFFIC_TEXT 200

/* One rule, or the default, and what it takes. */
struct taken {
	char what[TRAFFIC_TEXT]; /* "this session, tcp 10.0.0.9:40000 > 10.0.0.1:22" */
	size_t rule; /* number; 0: the default */
};

struct traffic {
	struct taken *list; /* malloc'ed */
	size_t count;
	/* the kernel does not list its sockets, so that nothing is known of them: an errno */
	int unknown;
};

/*
 * As if the packets came in by the interface, from its own network and from far away. Elements that
 * a dynamic set has got while live are not known here.
 */
void traffic_taken(struct traffic *traffic, const struct policy *policy, const char *ifname);
void traffic_free(struct traffic *traffic);

/* "takes this session, … (rule flood => drop)". Returns `text`. */
#define TRAFFIC_SENTENCE (TRAFFIC_TEXT + 320)
char *traffic_sentence(char text[TRAFFIC_SENTENCE], const struct taken *taken,
		       const struct policy *policy);

#endif
