// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-uring-echo: a TCP echo server on one io_uring, the plain way for what stays with the kernel.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"

#define APP	"xdv-uring-echo"
#define ENTRIES 1024
#define BUFFER	16384
#define IDLE_MS 1000 /* of the kernel's thread with --sqpoll, until it sleeps */
#define BATCH	64

static const char help[] =
	"usage: xdv-uring-echo [OPTION...] ADDRESS PORT\n"
	"\n"
	"Sends back what TCP connections bring: accept, receive and send on one io_uring, without\n"
	"another system call. Ends with Ctrl-C (SIGINT, SIGTERM) and prints how much it was.\n"
	"\n"
	"  -q, --sqpoll    a thread of the kernel's looks for work: it takes a processor\n"
	"  -h, --help      print this\n"
	"  -V, --version   print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 the kernel or privileges cannot do it.\n";

/* One at a time: it is received, or sent. */
struct connection {
	int fd;
	bool sending;
	size_t from, to; /* of the buffer, what is still to be sent */
	unsigned char buffer[BUFFER];
};

struct echo {
	struct io_uring ring;
	int listener;
	unsigned long long connections, bytes;
};

/* Room is made by submitting what there is. */
static struct io_uring_sqe *entry(struct echo *echo)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&echo->ring))) {
		io_uring_submit(&echo->ring);
		if (echo->ring.flags & IORING_SETUP_SQPOLL)
			io_uring_sqring_wait(&echo->ring);
	}
	return sqe;
}

/* One entry brings all connections. NULL says that it is this one. */
static void accept_all(struct echo *echo)
{
	struct io_uring_sqe *sqe = entry(echo);

	io_uring_prep_multishot_accept(sqe, echo->listener, NULL, NULL, SOCK_CLOEXEC);
	io_uring_sqe_set_data(sqe, NULL);
}

static void receive(struct echo *echo, struct connection *connection)
{
	struct io_uring_sqe *sqe = entry(echo);

	connection->sending = false;
	io_uring_prep_recv(sqe, connection->fd, connection->buffer, BUFFER, 0);
	io_uring_sqe_set_data(sqe, connection);
}

static void send_back(struct echo *echo, struct connection *connection)
{
	struct io_uring_sqe *sqe = entry(echo);

	connection->sending = true;
	io_uring_prep_send(sqe, connection->fd, connection->buffer + connection->from,
			   connection->to - connection->from, MSG_NOSIGNAL);
	io_uring_sqe_set_data(sqe, connection);
}

static void accepted(struct echo *echo, const struct io_uring_cqe *cqe)
{
	struct connection *connection;
	const int on = 1;

	if (cqe->res >= 0) {
		connection = malloc(sizeof(*connection));
		setsockopt(cqe->res, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (connection) {
			connection->fd = cqe->res;
			echo->connections++;
			receive(echo, connection);
		} else {
			close(cqe->res);
		}
	}
	if (!(cqe->flags & IORING_CQE_F_MORE))
		accept_all(echo);
}

static void moved(struct echo *echo, struct connection *connection, int result)
{
	if (result <= 0) { /* its end, or a fault of the connection's */
		close(connection->fd);
		free(connection);
		return;
	}
	if (!connection->sending) {
		connection->from = 0;
		connection->to = (size_t)result;
		send_back(echo, connection);
		return;
	}
	echo->bytes += (unsigned long long)result;
	connection->from += (size_t)result;
	if (connection->from < connection->to)
		send_back(echo, connection);
	else
		receive(echo, connection);
}

static int run(struct echo *echo)
{
	struct io_uring_cqe *cqes[BATCH];

	accept_all(echo);
	while (app_running) {
		int err = io_uring_submit_and_wait(&echo->ring, 1);
		unsigned int count = io_uring_peek_batch_cqe(&echo->ring, cqes, BATCH);

		if (err < 0 && err != -EINTR)
			return err;
		for (unsigned int i = 0; i < count; i++) {
			struct connection *connection = io_uring_cqe_get_data(cqes[i]);

			if (connection)
				moved(echo, connection, cqes[i]->res);
			else if (cqes[i]->res == -EINVAL)
				return -EOPNOTSUPP; /* no multishot: Linux before 5.19 */
			else
				accepted(echo, cqes[i]);
		}
		io_uring_cq_advance(&echo->ring, count);
	}
	return 0;
}

static int listen_on(const char *address, const char *port)
{
	struct sockaddr_in place = {.sin_family = AF_INET};
	unsigned long long number = app_number(port);
	const int on = 1;
	int fd;

	if (!number || number > 65535 || inet_pton(AF_INET, address, &place.sin_addr) != 1)
		return -EINVAL;
	place.sin_port = htons((uint16_t)number);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&place, sizeof(place)) || listen(fd, SOMAXCONN)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int serve(const char *address, const char *port, bool sqpoll)
{
	struct io_uring_params params = {.flags = sqpoll ? IORING_SETUP_SQPOLL : 0,
					 .sq_thread_idle = IDLE_MS};
	struct echo echo = {.listener = listen_on(address, port)};
	int err;

	if (echo.listener == -EINVAL)
		return app_usage(APP, "not an IPv4 address and a port", NULL);
	err = echo.listener < 0 ? echo.listener
				: io_uring_queue_init_params(ENTRIES, &echo.ring, &params);
	if (!err) {
		puts("ready");
		fflush(stdout);
		err = run(&echo);
		printf("%llu connections, %llu bytes\n", echo.connections, echo.bytes);
		/* the ring is taken down behind our back, and would keep the port until then */
		shutdown(echo.listener, SHUT_RDWR);
		io_uring_queue_exit(&echo.ring);
	}
	if (echo.listener >= 0)
		close(echo.listener);
	if (err)
		fprintf(stderr, APP ": %s:%s: %s\n", address, port, strerror(-err));
	return err ? app_status(err) : APP_DONE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"sqpoll", no_argument, NULL, 'q'},
		APP_OPTIONS,
		{},
	};
	bool sqpoll = false;
	int option;

	while ((option = getopt_long(argc, argv, "qhV", options, NULL)) != -1) {
		if (option != 'q')
			return app_option(APP, help, option);
		sqpoll = true;
	}
	if (argc - optind != 2)
		return app_usage(APP, "an address and a port are needed", NULL);
	app_catch_signals();
	return app_close_stdout(APP, serve(argv[optind], argv[optind + 1], sqpoll));
}
