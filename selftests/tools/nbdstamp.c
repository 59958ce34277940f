// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Writes numbered blocks to a volume until its server is gone, and notes which number each block
 * has at least, once a flush was answered; afterwards tells whether a file keeps that.
 *
 *   nbdstamp HOST PORT VOLUME LOG
 *   nbdstamp --check FILE LOG
 *
 * The log is a 64-bit number a block, in a file that is mapped: what was noted is there whoever is
 * killed.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "nbdraw.h"

#define BLOCK  4096u
#define BLOCKS 1024u
#define BURST  32 /* writes in flight */

static uint64_t *open_log(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *memory = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, BLOCKS * sizeof(uint64_t)) == 0)
		memory = mmap(NULL, BLOCKS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, 0);
	if (memory == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	return memory;
}

/* The number all over, so that half a block is seen. */
static void stamp(uint8_t block[BLOCK], uint64_t number)
{
	for (size_t i = 0; i < BLOCK; i += sizeof(number))
		memcpy(block + i, &number, sizeof(number));
}

static bool is_stamped(const uint8_t block[BLOCK], uint64_t *number)
{
	memcpy(number, block, sizeof(*number));
	for (size_t i = 0; i < BLOCK; i += sizeof(*number))
		if (memcmp(block + i, number, sizeof(*number)) != 0)
			return false;
	return true;
}

static bool answered(int fd, unsigned int count)
{
	uint8_t reply[NBD_SIMPLE_SIZE];

	while (count--) {
		if (!raw_receive(fd, reply, sizeof(reply)))
			return false;
		if (be32_get(reply) != NBD_SIMPLE_MAGIC || be32_get(reply + 4)) {
			fprintf(stderr, "nbdstamp: a reply that is none, or an error\n");
			exit(1);
		}
	}
	return true;
}

/* One burst of writes to different blocks, and a flush; what was flushed is noted. */
static bool round_of(int fd, uint64_t *log, uint64_t *number)
{
	static uint8_t message[NBD_REQUEST_SIZE + BLOCK];
	unsigned int first = (unsigned int)rand() % BLOCKS;

	for (unsigned int i = 0; i < BURST; i++) {
		unsigned int block = (first + i * 7) % BLOCKS;

		raw_request(message, NBD_CMD_WRITE, i, (uint64_t)block * BLOCK, BLOCK);
		stamp(message + NBD_REQUEST_SIZE, *number + i);
		if (!raw_send(fd, message, sizeof(message)))
			return false;
	}
	if (!answered(fd, BURST))
		return false;
	raw_request(message, NBD_CMD_FLUSH, 0, 0, 0);
	if (!raw_send(fd, message, NBD_REQUEST_SIZE) || !answered(fd, 1))
		return false;
	for (unsigned int i = 0; i < BURST; i++)
		log[(first + i * 7) % BLOCKS] = *number + i;
	*number += BURST;
	return true;
}

static int write_all(const char *host, const char *port, const char *volume, const char *path)
{
	uint64_t *log = open_log(path), number = 1;
	int fd = raw_connect(host, port);

	for (unsigned int i = 0; i < BLOCKS; i++)
		number = log[i] >= number ? log[i] + 1 : number;
	if (fd < 0 || raw_open(fd, volume) < (uint64_t)BLOCKS * BLOCK) {
		fprintf(stderr, "nbdstamp: no volume of %u bytes there\n", BLOCKS * BLOCK);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (round_of(fd, log, &number))
		;
	return 0;
}

static int check(const char *file, const char *path)
{
	uint64_t *log = open_log(path), number, noted = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC), wrong = 0;
	uint8_t block[BLOCK];

	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (pread(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK) {
			perror(file);
			return 1;
		}
		if (!log[i])
			continue;
		noted++;
		if (is_stamped(block, &number) && number >= log[i])
			continue;
		wrong++;
		fprintf(stderr, "block %u: %llu, which was flushed, is not there\n", i,
			(unsigned long long)log[i]);
	}
	printf("%llu blocks\n", (unsigned long long)noted);
	return wrong || !noted;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--check") == 0)
		return check(argv[2], argv[3]);
	if (argc == 5)
		return write_all(argv[1], argv[2], argv[3], argv[4]);
	fputs("usage: nbdstamp HOST PORT VOLUME LOG | --check FILE LOG\n", stderr);
	return 2;
}
