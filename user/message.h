/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The control protocol, version 1: how `xdivert run` is spoken to. Over a Unix stream socket
 * (pins_service_path("control.socket")) go messages in both directions. Each is
 *
 *   4 bytes        length of what follows, most significant byte first; never 0
 *   that many      a JSON object, in UTF-8
 *
 * A request has at most MESSAGE_REQUEST_MAX bytes, an answer at most MESSAGE_ANSWER_MAX:
 *
 *   {"version": 1, "request": "NAME", …}
 *
 * and is answered by one object, which has the same "version" and either what was asked for or
 *
 *   {"version": 1, "error": {"code": "ENOENT", "message": "…", "hint": "…"}}
 *
 * After a request that says so, more objects follow by themselves, with "event": "NAME" in each.
 * Members that a side does not know it ignores; what it must not ignore changes the version.
 *
 *   request   who           members, and the answer
 *   status    root          pid, since, clients, interfaces: [{interface, file, state}]
 *   reload    root          as SIGHUP: {"reloading": N}
 *   log       root          entries: [ENTRY…], the oldest first; with "follow": true, each new one
 *                           is an event "log" with ENTRY's members:
 *                           {time, interface, level, text, reason}
 *   open      by policy     a consumer's sockets, for a process without privileges: "interface",
 *                           "consumer", and "frames", "ring_size", "frame_size", "zerocopy",
 *                           "jumbo", "takeover" as in struct xdv_consumer_options. The answer has
 *                           frames, frame_size, page_size, capacity, ring_size, jumbo, queues:
 *                           [{number, transmit}], and goes with descriptors (SCM_RIGHTS): of the
 *                           region, its ledger (user/region.h), the map of struct xdv_queue_state,
 *                           and a socket for each of `queues`. The consumer ends with the
 *                           connection. Events: "joined", with "capacity" and the descriptor of
 *                           another map of states; "yield": another process wants it
 *   stop      who has it    its packets go to the kernel: {"stopped": true}
 *   yield     who has it    it has let go of the rings. No answer
 *   capture   root          with a descriptor, of a file or pipe, to which the samples of "interface"
 *                           are written as pcapng; "rule" and "count" (packets) are limits.
 *                           "empty": true empties the file first, when the capture can be.
 *                           {"capturing": INTERFACE}; at its end the event "captured": packets,
 *                           lost, and "failed": {code, message, hint} if it was not asked for. One
 *                           a connection, and CAPTURES_MAX in all: one more is an error EBUSY
 *   finish    who captures  ends it: "captured" follows, when all is written
 *   note      root          another process has done something to "interface", which need not be
 *                           the service's: "level" (info, warning, error), "text" and, if there
 *                           is one, "reason" become an entry of the log, with the process's pid:
 *                           {"noted": INTERFACE}. If a policy is on trial there, how that ends
 *                           will be an entry, too
 *
 * "root" is user 0 and the user that the service runs as. A message that is too long, or no JSON
 * object, is answered by an error and ends the connection. So does silence: a client has
 * MESSAGE_IDLE_S seconds for each request, and to take each answer, unless it waits for events.
 * There are at most MESSAGE_CLIENTS connections, of them MESSAGE_USER_CLIENTS of one user, and
 * MESSAGE_OTHERS of all others than root; one more is answered by an error EBUSY at once. Nobody but
 * root can bring descriptors.
 */
#ifndef XDIVERT_MESSAGE_H
#define XDIVERT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_VERSION	     1
#define MESSAGE_HEAD	     4
#define MESSAGE_REQUEST_MAX  4096
#define MESSAGE_ANSWER_MAX   (1 << 20)
#define MESSAGE_IDLE_S	     10
#define MESSAGE_CLIENTS	     256
#define MESSAGE_OTHERS	     192
#define MESSAGE_USER_CLIENTS 32

/* One message as it comes, in whatever pieces. The owner gives `body`, of `limit` + 1 bytes. */
struct message_input {
	unsigned char head[MESSAGE_HEAD];
	char *body; /* with a zero behind it, once it is complete */
	size_t limit;
	size_t length; /* of the body; known when the head is there */
	size_t have; /* bytes so far, those of the head included */
	bool complete;
};

/*
 * Takes bytes up to the end of the message; sets *taken to how many. What comes behind a complete
 * one is not touched: begin again with message_clear(). -EMSGSIZE, -EBADMSG: its length is more
 * than the limit, or 0; nothing that follows has a meaning.
 */
int message_take(struct message_input *input, const void *bytes, size_t count, size_t *taken);
void message_clear(struct message_input *input);

void message_head(unsigned char head[MESSAGE_HEAD], size_t length);

#endif
