/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Numbered datagrams, and the record of which of them came: what the senders, the receivers and
 * the report of the selftests share. Each tool is one file, hence the functions here.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Payload of a datagram. All ends are on one machine: host byte order. */
struct sequence_payload {
	char magic[8];
	uint64_t number; /* from 0, one for each datagram of a sender */
};

#define SEQUENCE_MAGIC "xdv-seq"

/* Numbers beyond are counted as foreign: about as many as an hour of a selftest would send. */
#define SEQUENCE_MAX (4u << 20)

/*
 * What a receiver got, in a shared file mapping: it survives SIGKILL of the receiver, and others
 * can read it while it grows. The file is sparse.
 */
struct sequence_record {
	uint64_t received; /* datagrams with a number, each time they came */
	uint64_t foreign; /* others */
	uint8_t times[SEQUENCE_MAX];
};

/* Maps `path`, kept if it exists, or, without a path, memory of the process; exits on failure. */
static inline struct sequence_record *record_open(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	struct sequence_record *record;

	if (path && (fd < 0 || ftruncate(fd, sizeof(*record)))) {
		perror(path);
		exit(1);
	}
	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
		      path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
	if (record == MAP_FAILED) {
		perror(path ? path : "record");
		exit(1);
	}
	if (fd >= 0)
		close(fd);
	return record;
}

/*
 * The magic is searched for, so that whatever headers are in front of it will do. Returns the
 * datagram's number, or SEQUENCE_MAX if it has none.
 */
static inline uint64_t record_count(struct sequence_record *record, const void *data, size_t len)
{
	struct sequence_payload payload;
	const char *found = memmem(data, len, SEQUENCE_MAGIC, sizeof(payload.magic));

	if (!found || (size_t)((const char *)data + len - found) < sizeof(payload)) {
		record->foreign++;
		return SEQUENCE_MAX;
	}
	memcpy(&payload, found, sizeof(payload));
	if (payload.number >= SEQUENCE_MAX) {
		record->foreign++;
		return SEQUENCE_MAX;
	}
	record->received++;
	if (record->times[payload.number] < UINT8_MAX)
		record->times[payload.number]++;
	return payload.number;
}

/* One line; `missing` are the gaps below the highest number that came. */
static inline void record_print(const struct sequence_record *record)
{
	uint64_t distinct = 0, end = 0, again = 0;

	for (uint64_t i = 0; i < SEQUENCE_MAX; i++) {
		if (!record->times[i])
			continue;
		distinct++;
		again += record->times[i] - 1u;
		end = i + 1;
	}
	printf("received %llu missing %llu duplicates %llu foreign %llu\n",
	       (unsigned long long)record->received, (unsigned long long)(end - distinct),
	       (unsigned long long)again, (unsigned long long)record->foreign);
	fflush(stdout);
}

static volatile sig_atomic_t stopped;

static inline void stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* SIGINT and SIGTERM end the main loop; system calls come back with EINTR. */
static inline void stop_on_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* A decimal number between min and max; exits on anything else. */
static inline unsigned long argument(const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n < min || n > max) {
		fprintf(stderr, "%s: expected a number from %lu to %lu\n", text, min, max);
		exit(2);
	}
	return n;
}

#endif
