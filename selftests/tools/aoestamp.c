// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An AoE initiator that writes numbered blocks, and notes which number each block has at least,
 * once its write is answered; afterwards tells whether a file keeps that.
 *
 *   aoestamp IFACE SHELF.SLOT LOG     until SIGTERM; what is under way then is finished
 *   aoestamp --check FILE LOG
 *
 * What is not answered is sent again, with a new tag, over and over; and an answer to any of these
 * will do: it goes on to write the block anew while the repetitions are still on their way, and
 * reads it in between. None of them may undo what was answered. The log is mapped: what was noted
 * is there whoever is killed.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "aoeraw.h"

#define BLOCKS	  128u
#define WINDOW	  8
#define TAGS	  64u /* of the last repetitions of a request */
#define RESEND_MS 50 /* at first; each time longer */
#define PATIENCE  100000 /* ms for one request */

struct log {
	uint64_t sectors; /* of a block */
	uint64_t numbers[BLOCKS];
};

static struct request {
	bool busy, writes;
	uint8_t frame[RAW_FRAME];
	size_t length;
	unsigned int block;
	uint64_t number; /* that is written; or that is to be read at least */
	uint64_t first, last; /* ms: when it was sent */
	uint32_t tags[TAGS], sent; /* how often */
} window[WINDOW];

static struct raw_interface interface;
static struct raw_disk disk;
static struct log *noted;
static uint64_t next_number = 1;
static unsigned long long writes, reads, repeated;
static volatile sig_atomic_t ending;

static void end(int signal)
{
	(void)signal;
	ending = 1;
}

static void open_log(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *memory = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*noted)) == 0)
		memory = mmap(NULL, sizeof(*noted), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		raw_die("aoestamp", path);
	noted = memory;
}

/* All of it has that number, or a later one. */
static bool is_stamped(const uint8_t *data, size_t length, uint64_t number)
{
	for (size_t i = 0; i < length; i += sizeof(number)) {
		uint64_t found;

		memcpy(&found, data + i, sizeof(found));
		if (found < number)
			return false;
	}
	return true;
}

static void transmit(struct request *request)
{
	uint32_t tag = raw_tag(&interface);

	be32_put(request->frame + RAW_HEADER + 6, tag);
	request->tags[request->sent++ % TAGS] = tag;
	request->last = raw_now_ms();
	/* a link that is down, or a full queue: as if it had been lost on the way */
	if (send(interface.fd, request->frame, request->length, 0) < 0 && errno != ENOBUFS &&
	    errno != ENETDOWN)
		raw_die("aoestamp", "send");
}

/* One request a block at a time, as a page cache does it. */
static bool is_busy(unsigned int block)
{
	for (int i = 0; i < WINDOW; i++)
		if (window[i].busy && window[i].block == block)
			return true;
	return false;
}

static void begin(struct request *request)
{
	unsigned int block = (unsigned int)rand() % BLOCKS;
	uint32_t bytes = disk.frame_sectors * AOE_SECTOR;
	uint8_t *header;

	if (is_busy(block))
		return;
	request->busy = true;
	request->block = block;
	request->writes = rand() % 4 != 0;
	request->number = request->writes ? next_number++ : noted->numbers[block];
	request->sent = 0;
	header = raw_command(&interface, request->frame, &disk, request->writes ? 0x34 : 0x24,
			     (uint64_t)block * disk.frame_sectors, disk.frame_sectors);
	request->length = RAW_HEADER + AOE_DATA + (request->writes ? bytes : 0);
	for (size_t i = 0; request->writes && i < bytes; i += sizeof(request->number))
		memcpy(header + AOE_DATA + i, &request->number, sizeof(request->number));
	transmit(request);
	request->first = request->last;
}

static struct request *find_request(uint32_t tag)
{
	for (int i = 0; i < WINDOW; i++)
		for (uint32_t n = 0; window[i].busy && n < window[i].sent && n < TAGS; n++)
			if (window[i].tags[n] == tag)
				return &window[i];
	return NULL;
}

static void take_answer(const uint8_t *frame, size_t length)
{
	const uint8_t *header = frame + RAW_HEADER;
	struct request *request = find_request(be32_get(header + 6));
	uint32_t bytes = disk.frame_sectors * AOE_SECTOR;

	if (!request)
		return;
	request->busy = false;
	if (header[0] & AOE_ERROR || header[13] & 1) {
		fprintf(stderr, "block %u: error %u, status %#x\n", request->block, header[1],
			header[13]);
		exit(1);
	}
	if (request->writes) {
		noted->numbers[request->block] = request->number;
		writes++;
		return;
	}
	if (length < RAW_HEADER + AOE_DATA + bytes ||
	    !is_stamped(header + AOE_DATA, bytes, request->number)) {
		fprintf(stderr, "block %u: %llu, which was answered, is not there\n",
			request->block, (unsigned long long)request->number);
		exit(1);
	}
	reads++;
}

static void repeat(struct request *request)
{
	uint64_t now = raw_now_ms();
	uint64_t wait = RESEND_MS << (request->sent < 5 ? request->sent - 1 : 4);

	if (now - request->first > PATIENCE) {
		fprintf(stderr, "block %u: no answer\n", request->block);
		exit(1);
	}
	if (now - request->last < wait)
		return;
	transmit(request);
	repeated++;
}

/* Returns how many are under way. */
static unsigned int serve(void)
{
	uint8_t frame[RAW_FRAME];
	size_t length = raw_receive(&interface, frame, sizeof(frame), 0, 10);
	unsigned int busy = 0;

	if (length)
		take_answer(frame, length);
	for (int i = 0; i < WINDOW; i++) {
		if (window[i].busy)
			repeat(&window[i]);
		else if (!ending)
			begin(&window[i]);
		busy += window[i].busy;
	}
	return busy;
}

static int write_all(const char *ifname, const char *name, const char *path)
{
	open_log(path);
	if (!raw_open(&interface, ifname))
		raw_die("aoestamp", ifname);
	if (!raw_find(&interface, &disk, name) ||
	    disk.sectors < (uint64_t)BLOCKS * disk.frame_sectors)
		raw_die("aoestamp", name);
	noted->sectors = disk.frame_sectors;
	for (unsigned int i = 0; i < BLOCKS; i++)
		if (noted->numbers[i] >= next_number)
			next_number = noted->numbers[i] + 1;
	signal(SIGTERM, end);
	puts("ready");
	fflush(stdout);
	while (serve() || !ending)
		;
	printf("%llu writes, %llu reads, %llu times sent again\n", writes, reads, repeated);
	return 0;
}

static int check(const char *file, const char *path)
{
	unsigned int wrong = 0, blocks = 0;
	uint8_t block[RAW_FRAME];
	size_t length;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	open_log(path);
	length = noted->sectors * AOE_SECTOR;
	if (fd < 0 || length > sizeof(block))
		raw_die("aoestamp", file);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (!noted->numbers[i])
			continue;
		blocks++;
		if (pread(fd, block, length, (off_t)(i * length)) == (ssize_t)length &&
		    is_stamped(block, length, noted->numbers[i]))
			continue;
		wrong++;
		fprintf(stderr, "block %u: %llu, which was answered, is not there\n", i,
			(unsigned long long)noted->numbers[i]);
	}
	printf("%u blocks\n", blocks);
	return wrong || blocks < BLOCKS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--check") == 0)
		return check(argv[2], argv[3]);
	if (argc == 4)
		return write_all(argv[1], argv[2], argv[3]);
	fputs("usage: aoestamp IFACE SHELF.SLOT LOG | --check FILE LOG\n", stderr);
	return 2;
}
