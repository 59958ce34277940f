/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the example consumers have in common: how they end and how they fail.
 */
#ifndef XDIVERT_APP_H
#define XDIVERT_APP_H

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xdivert/xdivert.h>

enum app_exit {
	APP_DONE,
	APP_FAILED,
	APP_USAGE,
	APP_CANNOT = 4, /* this kernel, this device or these privileges cannot do it */
};

/* How often a loop looks at app_running when no packet comes. */
#define APP_TICK_MS 100

static volatile sig_atomic_t app_running = 1;

static inline void app_end(int signal_number)
{
	(void)signal_number;
	app_running = 0;
}

/* The first SIGINT or SIGTERM ends the loop, a second one the program. */
static inline void app_catch_signals(void)
{
	struct sigaction action = {.sa_handler = app_end, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static inline int app_status(int err)
{
	static const int cannot[] = {EPERM, EACCES, EOPNOTSUPP, EAFNOSUPPORT, ENOBUFS};

	for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++) {
		if (cannot[i] == -err)
			return APP_CANNOT;
	}
	return APP_FAILED;
}

static inline int app_fail_open(const char *app, int err, const struct xdv_error *error)
{
	fprintf(stderr, "%s: %s\n", app, error->code ? error->message : strerror(-err));
	if (error->code && error->hint[0])
		fprintf(stderr, "hint: %s\n", error->hint);
	return app_status(err);
}

static inline int app_fail_receive(const char *app, int err, const char *ifname)
{
	fprintf(stderr, "%s: %s: %s\n", app, ifname,
		err == -ENODEV ? "the interface is gone" : strerror(-err));
	return app_status(err);
}

/* problem is NULL if getopt has said it already. */
static inline int app_usage(const char *app, const char *problem, const char *argument)
{
	if (problem)
		fprintf(stderr, "%s: %s%s%s\n", app, problem, argument ? ": " : "",
			argument ? argument : "");
	fprintf(stderr, "hint: %s --help\n", app);
	return APP_USAGE;
}

static inline int app_close_stdout(const char *app, int status);

/* Options that all apps have; their letters are "hV". */
/* clang-format off */
#define APP_OPTIONS {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}
/* clang-format on */

/* What is no option of the app's own ends it: the status to exit with. */
static inline int app_option(const char *app, const char *help, int option)
{
	if (option == 'h')
		fputs(help, stdout);
	else if (option == 'V')
		printf("%s %s\n", app, xdv_version());
	else
		return app_usage(app, NULL, NULL);
	return app_close_stdout(app, APP_DONE);
}

/*
 * For apps with no other options, and so many arguments, which begin at optind: the status to exit
 * with, or -1 to go on.
 */
static inline int app_arguments(const char *app, const char *help, const char *missing, int argc,
				char **argv, int count)
{
	static const struct option options[] = {APP_OPTIONS, {}};
	int option = getopt_long(argc, argv, "hV", options, NULL);

	if (option != -1)
		return app_option(app, help, option);
	return argc - optind == count ? -1 : app_usage(app, missing, NULL);
}

/* A number from 1 up; 0 if it is none. */
static inline unsigned long long app_number(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	return *end || *text == '-' ? 0 : number;
}

/* All that was printed must have arrived: a full disk is a failure. */
static inline int app_close_stdout(const char *app, int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "%s: standard output cannot be written: %s\n", app, strerror(errno));
	return APP_FAILED;
}

/* How many frames the first packet takes: those with `more`, and the one behind them. */
static inline unsigned int app_packet_frames(const struct xdv_frame *frames)
{
	unsigned int count = 1;

	while (frames[count - 1].more)
		count++;
	return count;
}

static inline double app_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#endif
