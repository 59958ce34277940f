// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "traffic.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t running = 1;

static void stop(int signal_number)
{
	(void)signal_number;
	running = 0;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int failed(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err < 0 ? -err : errno));
	return 1;
}

/* Ticks that all processors were not idle, from proc(5): user nice system idle iowait irq softirq
 */
static uint64_t busy_ticks(void)
{
	unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	if (fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu", &user, &nice, &system, &irq,
		   &softirq) != 5)
		user = 0;
	fclose(file);
	return user + nice + system + irq + softirq;
}

void watch_start(struct watch *watch, const struct job *job)
{
	uint64_t begin = now_ns() + WARM_UP_NS;

	*watch = (struct watch){.start = begin};
	if (job->seconds > 0)
		watch->end = begin + (uint64_t)(job->seconds * 1e9);
	printf("ready\n");
	fflush(stdout);
}

bool watch_goes_on(struct watch *watch, unsigned int packets)
{
	uint64_t now = now_ns();

	if (!watch->warm && now >= watch->start) {
		watch->warm = true;
		watch->start = now;
		watch->busy = busy_ticks();
		watch->packets = 0;
		return running;
	}
	watch->packets += packets;
	return running && (!watch->end || now < watch->end);
}

void watch_report(const struct watch *watch)
{
	double seconds = (double)(now_ns() - watch->start) / 1e9;
	double busy = (double)(busy_ticks() - watch->busy) / (double)sysconf(_SC_CLK_TCK);

	printf("rate=%.0f cpu=%.2f\n", (double)watch->packets / seconds, busy / seconds);
}

static void swap(uint8_t *a, uint8_t *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t kept = a[i];

		a[i] = b[i];
		b[i] = kept;
	}
}

/* Sums are of pairs of bytes, in whatever order: an exchange does not change them. */
void turn_around(uint8_t *frame)
{
	swap(frame, frame + 6, 6);
	swap(frame + 26, frame + 30, 4); /* IPv4 without options */
	swap(frame + 34, frame + 36, 2);
}

static int usage(void)
{
	fputs("usage: traffic flood|count|ping|library|bare|socket|uring [-i INTERFACE] [-a ADDRESS]\n"
	      "               [-w drop|reflect|echo] [-p HOW-TO-WAIT] [-t SECONDS] [-n ROUNDS]\n"
	      "               [-m ETHERNET-ADDRESS] [-s SOURCE-ADDRESS]\n",
	      stderr);
	return 2;
}

static enum work work_from(const char *name)
{
	return strcmp(name, "echo") == 0      ? WORK_ECHO
	       : strcmp(name, "reflect") == 0 ? WORK_REFLECT
					      : WORK_DROP;
}

int main(int argc, char **argv)
{
	struct job job = {.interface = "eth0", .address = "0.0.0.0"};
	const char *ethernet = "", *source = "";
	unsigned int rounds = 10000;
	int option;

	while ((option = getopt(argc, argv, "i:a:w:p:t:n:m:s:")) >= 0) {
		switch (option) {
		case 'i':
			job.interface = optarg;
			break;
		case 'a':
			job.address = optarg;
			break;
		case 'w':
			job.work = work_from(optarg);
			break;
		case 'p':
			job.wait = optarg;
			break;
		case 't':
			job.seconds = strtod(optarg, NULL);
			break;
		case 'n':
			rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			ethernet = optarg;
			break;
		case 's':
			source = optarg;
			break;
		default:
			return usage();
		}
	}
	if (optind + 1 != argc)
		return usage();
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	if (strcmp(argv[optind], "flood") == 0)
		return flood(&job, ethernet, source);
	if (strcmp(argv[optind], "count") == 0)
		return count(&job);
	if (strcmp(argv[optind], "ping") == 0)
		return ping(&job, rounds);
	if (strcmp(argv[optind], "library") == 0)
		return receive_library(&job);
	if (strcmp(argv[optind], "bare") == 0)
		return receive_bare(&job);
	if (strcmp(argv[optind], "socket") == 0)
		return receive_socket(&job);
	if (strcmp(argv[optind], "uring") == 0)
		return receive_uring(&job);
	return usage();
}
