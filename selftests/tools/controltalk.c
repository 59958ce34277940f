// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A client of the control socket that need not be well-behaved.
 *
 *   controltalk say JSON...   sends each, and prints each answer on a line
 *   controltalk raw HEX       sends the bytes, and prints what is answered until the end
 *   controltalk drip          sends a request a byte at a time, too slowly, until it is ended
 *   controltalk flood         asks for the log again and again and reads nothing, until it is ended
 *   controltalk hold N        opens N connections: prints how many were taken and how many refused,
 *                             and holds them until a signal
 */
#include "control.h"
#include "message.h"
#include "sequence.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATUS "{\"version\":1,\"request\":\"status\"}"
#define LOG    "{\"version\":1,\"request\":\"log\"}"

static int open_one(void)
{
	struct xdv_error error;
	int fd = control_connect(&error);

	if (fd < 0) {
		fprintf(stderr, "controltalk: %s\n", error.message);
		exit(1);
	}
	return fd;
}

static int send_text(int fd, const char *text)
{
	unsigned char head[MESSAGE_HEAD];

	message_head(head, strlen(text));
	return send(fd, head, sizeof(head), MSG_NOSIGNAL) < 0 ||
	       send(fd, text, strlen(text), MSG_NOSIGNAL) < 0;
}

/* 1: an answer, 0: nothing more comes. */
static int print_answer(int fd, int timeout_ms)
{
	struct xdv_error error = {};
	json_t *answer;
	int err = control_receive(fd, &answer, NULL, NULL, timeout_ms, &error);

	if (err == -EPIPE || err == -EAGAIN)
		return 0;
	if (err) {
		printf("error %d %s\n", err, error.message);
		return 1;
	}
	json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(answer);
	return 1;
}

static int say(char **texts)
{
	int fd = open_one();

	for (; *texts; texts++) {
		send_text(fd, *texts);
		if (!print_answer(fd, -1))
			puts("ended");
	}
	return 0;
}

static int raw(const char *hex)
{
	int fd = open_one();
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		unsigned char one = (unsigned char)byte;

		send(fd, &one, 1, MSG_NOSIGNAL);
	}
	while (print_answer(fd, -1))
		;
	puts("ended");
	return 0;
}

static int drip(void)
{
	int fd = open_one();
	struct pollfd ended = {.fd = fd, .events = POLLIN};

	for (unsigned char byte = 0; !stopped; byte = ' ') {
		if (send(fd, &byte, 1, MSG_NOSIGNAL) < 0 || poll(&ended, 1, 700) > 0)
			break;
	}
	puts("ended");
	return 0;
}

static int flood(void)
{
	int fd = open_one();

	while (!stopped && !send_text(fd, LOG))
		;
	puts("ended");
	return 0;
}

static int hold(int count)
{
	struct pollfd *all = calloc((size_t)count, sizeof(*all));
	int taken = 0, refused = 0;

	for (int i = 0; all && i < count; i++)
		all[i] = (struct pollfd){.fd = open_one(), .events = POLLIN};
	/* who is refused is told at once, and in the order of coming: when the last one is, all are
	 */
	if (all)
		poll(&all[count - 1], 1, 2000);
	for (int i = 0; all && i < count; i++) {
		if (poll(&all[i], 1, 0) > 0)
			refused++;
		else
			taken++;
	}
	printf("%d taken, %d refused\nready\n", taken, refused);
	fflush(stdout);
	while (!stopped)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	stop_on_signals();
	if (strcmp(mode, "say") == 0)
		return say(argv + 2);
	if (strcmp(mode, "raw") == 0 && argc == 3)
		return raw(argv[2]);
	if (strcmp(mode, "drip") == 0)
		return drip();
	if (strcmp(mode, "flood") == 0)
		return flood();
	if (strcmp(mode, "hold") == 0 && argc == 3)
		return hold(atoi(argv[2]));
	fputs("usage: controltalk say JSON... | raw HEX | drip | flood | hold N\n", stderr);
	return 2;
}
