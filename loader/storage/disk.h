/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The insides of a gateway (gateway.h): its disks, and their requests on the way to volumes and
 * back.
 */
#ifndef XDIVERT_STORAGE_DISK_H
#define XDIVERT_STORAGE_DISK_H

#include "aoe.h"
#include "aoe_order.h"
#include "gateway.h"
#include "xdivert/consumer.h"

#include <net/if.h>

#define DISKS_MAX 16
#define JOBS	  512
#define BURST	  32
#define ANSWERS	  (JOBS + BURST) /* that wait for room in the transmit ring */

/* A request that waits for its volume, or for another one to the same sectors. */
struct job {
	struct job *prev, *next;
	struct disk *disk;
	struct xdv_frame frame;
	struct aoe_work work;
	struct volume_operation operation;
	uint64_t start; /* ns */
};

struct disk {
	struct gateway *gateway;
	struct export *export;
	struct aoe_target target;
	struct order *order;
	struct job *running, *waiting; /* in the order of arrival */
};

struct gateway {
	struct ring *ring;
	char ifname[IF_NAMESIZE];
	uint8_t address[6];
	uint32_t mtu;
	struct xdv_consumer *consumer; /* takes what is for any of the disks */
	bool polling, gone, ending, retrying;
	struct ring_operation readable, retry;
	struct __kernel_timespec retry_time;
	struct disk *disks[DISKS_MAX];
	unsigned int disk_count;
	struct job *jobs, *unused;
	unsigned int busy; /* jobs */
	struct xdv_frame answers[ANSWERS];
	unsigned int answer_count;
};

/*
 * Takes the frame: work is begun, or waits for other work on the same sectors. There is a job for
 * it in gateway->unused.
 */
void disk_work(struct disk *disk, const struct xdv_frame *frame, const struct aoe_work *wanted);

/* What is sent with the next gateway_send_answers(); takes the frame. */
void gateway_answer(struct gateway *gateway, const struct xdv_frame *frame);
void gateway_send_answers(struct gateway *gateway);

static inline void frame_view(const struct xdv_frame *frame, struct aoe_frame *seen)
{
	*seen = (struct aoe_frame){frame->data, frame->len, frame->room};
}

#endif
