// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert top: a screen that says what happens now, until q.
 */
#include "command.h"
#include "fail.h"
#include "live/privileges.h"
#include "output.h"
#include "top_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define INTERVAL_MS 1000
#define SETTLE_MS   200 /* until the first rates */

/* The other screen, so that what was there comes back; without a cursor. */
#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

static volatile sig_atomic_t ended, resized;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		ended = 1;
}

/* What is to be put back at the end. */
struct terminal {
	struct termios before;
	struct screen screen;
};

static void measure(struct terminal *terminal)
{
	struct winsize size = {};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	terminal->screen.rows = size.ws_row ? size.ws_row : 24;
	terminal->screen.columns = size.ws_col ? size.ws_col : 80;
}

static int enter(struct terminal *terminal)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &terminal->before))
		return -errno;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGWINCH, &action, NULL);
	signal(SIGTSTP, SIG_IGN); /* it would leave the terminal as we have made it */
	raw = terminal->before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		return -errno;
	terminal->screen.colour = use_colour(stdout);
	measure(terminal);
	fputs(ENTER, stdout);
	return 0;
}

static void leave(const struct terminal *terminal)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
}

/* True: q, or the end of input, came. Also returns when the time is over, or the size another. */
static bool wait_for_key(double until)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	double left = until - seconds_now();
	char key;

	if (poll(&input, 1, left > 0 ? (int)(left * 1000) + 1 : 0) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

static int draw(const struct terminal *terminal, const struct view *view, const struct rates *rates)
{
	char *text = top_screen(&terminal->screen, view, rates);

	if (!text)
		return -ENOMEM;
	fputs(text, stdout);
	fflush(stdout);
	free(text);
	return ferror(stdout) ? -EIO : 0;
}

/* Waits for the next look at the kernel's counts; draws again if the screen is another. */
static int dwell(struct terminal *terminal, const struct view *view, const struct rates *rates,
		 double until)
{
	int err = 0;

	while (!err && !ended && seconds_now() < until) {
		if (wait_for_key(until))
			ended = 1;
		if (!resized)
			continue;
		resized = 0;
		measure(terminal);
		err = draw(terminal, view, rates);
	}
	return err;
}

static int run(struct terminal *terminal, struct view *view, struct xdv_error *error)
{
	double time = seconds_now(), next = time + SETTLE_MS / 1e3;
	struct rates rates = {};
	struct view now;
	int err = draw(terminal, view, &rates);

	while (!err) {
		err = dwell(terminal, view, &rates, next);
		if (err || ended)
			break;
		err = view_read(&now, view->ifname, error);
		if (err)
			break;
		rates_free(&rates);
		err = rates_between(&rates, view, &now, seconds_now() - time);
		time = seconds_now();
		next = time + INTERVAL_MS / 1e3;
		view_free(view);
		*view = now;
		if (!err)
			err = draw(terminal, view, &rates);
	}
	rates_free(&rates);
	return err;
}

enum status cmd_top(const struct arguments *arguments)
{
	const char *ifname = arguments->list[0];
	struct terminal terminal = {};
	struct xdv_error error = {};
	struct view view;
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fail(&error, -ENOTTY, "top: standard input or output is no terminal");
		fail_hint(&error, -ENOTTY, "`xdivert watch %s` prints lines", ifname);
		return report_as(STATUS_USAGE, &error);
	}
	if (privileges_check_loaded(ifname, "see what is live", &error) ||
	    view_read(&view, ifname, &error))
		return report(&error);
	err = enter(&terminal);
	if (!err) {
		err = run(&terminal, &view, &error);
		leave(&terminal);
	}
	view_free(&view);
	if (error.code)
		return report(&error);
	return err ? report_errno(err, "the terminal", NULL) : STATUS_DONE;
}
