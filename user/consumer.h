/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Inside of a consumer's handle.
 */
#ifndef XDIVERT_CONSUMER_PRIVATE_H
#define XDIVERT_CONSUMER_PRIVATE_H

#include <net/if.h>
#include <xdivert/consumer.h>

#include "flows.h"
#include "ifinfo.h"
#include "pinned.h"
#include "queue.h"
#include "region.h"
#include "rulenames.h"

#define CONSUMER_NAME_MAX 64

struct xdv_consumer {
	struct xdv_region *region;
	struct queue *queues;
	unsigned int ifindex;
	unsigned int device_queues; /* that the device had when last looked at; 0: not known */
	unsigned int fanout; /* sockets on each queue of the device */
	unsigned int first, stride; /* its sockets: every stride-th of all, from first on */
	unsigned int limit; /* room in queues */
	unsigned int count; /* of them that are open */
	unsigned int transmit_count; /* the first so many of them can transmit */
	unsigned int next; /* queue that xdv_recv() looks at first */
	unsigned int idle; /* calls of xdv_recv() in a row that found nothing */
	int64_t checked; /* when we last looked at device and policy, ns */
	int epoll; /* over all sockets */
	enum xdv_profile profile;
	bool jumbo; /* packets may take several frames */
	bool joined;
	int gone; /* why nothing comes any more: -ENODEV, -ESHUTDOWN; 0: it does */
	int service; /* the connection to the service that handed it over; -1: there is none */
	pid_t lent_to; /* this process only keeps it for another one; 0: it is ours */
	struct pinned pinned; /* of a worker, the consumer's */
	struct rulenames names;
	struct xdv_flows *flows;
	struct xdv_consumer *main; /* of a worker other than the first; else NULL */
	struct workers *workers; /* the others; NULL: there are none */
	char ifname[IF_NAMESIZE];
	char name[CONSUMER_NAME_MAX];
	xdv_log_fn log;
	void *log_context;
};

/* The bytes that a frame may have; the kernel knows no others. */
#define OPTIONS_SMALL_FRAME 2048
#define OPTIONS_LARGE_FRAME 4096

/* Copies the caller's, puts the defaults in and refuses what cannot be. frame_size may be 0. */
int options_read(struct xdv_consumer_options *own, const struct xdv_consumer_options *theirs);

/* Opens sockets on each queue, and the region that they share; `info` learns how many queues. */
int sockets_open(struct xdv_consumer *consumer, const struct queue_config *config,
		 struct ifinfo *info, const struct xdv_consumer_options *options);
/* For each of the sockets that it has room for, options->frames of its own. */
int sockets_make_region(struct xdv_consumer *consumer, const struct xdv_consumer_options *options);
/* The handle's next socket. */
int sockets_open_next(struct xdv_consumer *consumer, const struct queue_config *config,
		      const struct ifinfo *info, struct xdv_error *error);
/*
 * One more, on a queue that the device did not have before. `missing`: so many of them are without
 * one, this one among them. They and the application have the same share each of what is free, and
 * their rings are as large as that. Of a policy without fanout only.
 */
int sockets_open_another(struct xdv_consumer *consumer, const struct ifinfo *info,
			 unsigned int missing, struct xdv_error *error);
/* Only the last one of them. */
void sockets_close_last(struct xdv_consumer *consumer);
void sockets_close(struct xdv_consumer *consumer);

void consumer_log(const struct xdv_consumer *consumer, enum xdv_log_level level, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* From now on the queues beat where the program of that policy looks. Counts go on. */
void consumer_beat_for(struct xdv_consumer *consumer, const struct pinned *pinned);

/* An epoll over all sockets, and the connection to the service if there is one. */
int consumer_watch(struct xdv_consumer *consumer, struct xdv_error *error);
/* Has one more socket in it. */
int consumer_watch_queue(struct xdv_consumer *consumer, unsigned int i, struct xdv_error *error);

/*
 * For the service: opens a consumer that `pid` will serve, without waiting for somebody to leave
 * it; consumer_lend_to() gives it to the next one.
 */
int consumer_lend(struct xdv_consumer **out, const char *ifname, const char *name,
		  const struct xdv_consumer_options *options, pid_t pid);
int consumer_lend_to(struct xdv_consumer *consumer, pid_t pid);

struct xdv_consumer *consumer_new(const struct xdv_consumer_options *options);

/* Puts the sockets of the handle where the program looks for them. */
int consumer_join(struct xdv_consumer *consumer, struct pinned *pinned, struct xdv_error *error);
int consumer_join_queue(struct xdv_consumer *consumer, const struct queue *queue,
			struct pinned *pinned, struct xdv_error *error);

/*
 * Takes its place in a policy that was loaded anew, if there is one, and opens sockets on queues
 * that have appeared. By the handle's own thread.
 */
void consumer_rejoin(struct xdv_consumer *consumer);

#endif
