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
#define FRAMES	  6 /* of a packet: 9000 bytes take three on their way through the kernel */
#define ANSWERS	  ((JOBS + 2 * BURST) * FRAMES) /* frames that wait for room in the transmit ring */

/* An Ethernet frame, in one or several frames of the consumer's region. */
struct packet {
	struct xdv_frame frames[FRAMES];
	unsigned int count;
};

/* The data that lies in one frame. */
struct job_piece {
	struct volume_operation operation;
	struct job *job;
};

/* A request that waits for its volume, or for another one to the same sectors. */
struct job {
	struct job *prev, *next;
	struct disk *disk;
	struct packet packet;
	struct aoe_work work;
	struct job_piece pieces[FRAMES];
	unsigned int pending; /* pieces */
	int err; /* of one of them */
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
	uint8_t sectors_max; /* in a frame */
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
 * Takes the packet: work is begun, or waits for other work on the same sectors. There is a job for
 * it in gateway->unused.
 */
void disk_work(struct disk *disk, struct packet *packet, const struct aoe_work *wanted);

/* packet.c */

/* An empty one, with one frame. False: there is none. */
bool packet_alloc(struct gateway *gateway, struct packet *packet);
void packet_release(struct gateway *gateway, const struct packet *packet);
/* More frames, until there is room for so many bytes. False: there are not enough. */
bool packet_grow(struct gateway *gateway, struct packet *packet, uint32_t length);
void packet_view(const struct packet *packet, struct aoe_frame *seen);
/* Takes the packet, whose length is that now: gateway_send_answers() sends it. */
void packet_answer(struct gateway *gateway, struct packet *packet, uint32_t length);
void gateway_send_answers(struct gateway *gateway);

#endif
