// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "loop.h"

#include "fail.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define ENTRIES	     256
#define BUFFERS	     64 /* a power of two; who finds none is tried again */
#define BUFFER_GROUP 1
#define SQPOLL_IDLE  50 /* ms after which the kernel's thread sleeps */
#define TIMERS	     16
#define DRAIN_MS     1000 /* what is cancelled is given so long */

/* Times must stay where they are until the kernel has read them: at the next submission. */
struct loop {
	struct io_uring ring;
	struct io_uring_buf_ring *shared;
	size_t shared_size;
	unsigned char *buffers;
	bool stopped;
	unsigned int under_way; /* operations */
	struct __kernel_timespec times[TIMERS];
	unsigned int time;
};

int64_t loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned char *buffer(const struct loop *loop, unsigned int number)
{
	return loop->buffers + (size_t)number * LOOP_BUFFER;
}

static void give_buffer(struct loop *loop, unsigned int number)
{
	io_uring_buf_ring_add(loop->shared, buffer(loop, number), LOOP_BUFFER,
			      (unsigned short)number, BUFFERS - 1, 0);
	io_uring_buf_ring_advance(loop->shared, 1);
}

static int share_buffers(struct loop *loop)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = BUFFER_GROUP};
	void *shared;
	int err;

	loop->buffers = malloc((size_t)BUFFERS * LOOP_BUFFER);
	if (!loop->buffers)
		return -ENOMEM;
	loop->shared_size = BUFFERS * sizeof(struct io_uring_buf);
	shared = mmap(NULL, loop->shared_size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE,
		      -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	loop->shared = shared;
	reg.ring_addr = (uintptr_t)shared;
	err = io_uring_register_buf_ring(&loop->ring, &reg, 0);
	if (err)
		return err == -EINVAL ? -EOPNOTSUPP : err;
	io_uring_buf_ring_init(loop->shared);
	for (unsigned int i = 0; i < BUFFERS; i++)
		give_buffer(loop, i);
	return 0;
}

static int set_up(struct loop *loop, bool sqpoll)
{
	struct io_uring_params params = {
		.flags = sqpoll ? IORING_SETUP_SQPOLL : IORING_SETUP_COOP_TASKRUN,
		.sq_thread_idle = SQPOLL_IDLE,
	};
	int err = io_uring_queue_init_params(ENTRIES, &loop->ring, &params);

	/* an older kernel knows the flag as little as what we need besides */
	if (err)
		return err == -EINVAL ? -EOPNOTSUPP : err;
	err = share_buffers(loop);
	if (err)
		io_uring_queue_exit(&loop->ring);
	return err;
}

static void free_buffers(struct loop *loop)
{
	if (loop->shared)
		munmap(loop->shared, loop->shared_size);
	free(loop->buffers);
}

int loop_create(struct loop **out, bool sqpoll, struct xdv_error *error)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int err = loop ? set_up(loop, sqpoll) : -ENOMEM;

	if (!err) {
		*out = loop;
		return 0;
	}
	if (loop)
		free_buffers(loop);
	free(loop);
	fail(error, err, "io_uring: %s", strerror(-err));
	if (err == -EOPNOTSUPP || err == -ENOSYS)
		fail_hint(error, err,
			  "the service needs Linux 5.19; without it, use the single commands");
	else if (err == -EPERM)
		fail_hint(error, err, "it is forbidden here: see sysctl kernel.io_uring_disabled");
	return err;
}

void loop_free(struct loop **loop)
{
	if (!*loop)
		return;
	io_uring_queue_exit(&(*loop)->ring);
	free_buffers(*loop);
	free(*loop);
	*loop = NULL;
}

static struct io_uring_sqe *entry(struct loop *loop)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&loop->ring);

	while (!sqe) {
		io_uring_submit(&loop->ring);
		io_uring_sqring_wait(&loop->ring); /* for the kernel's thread, if there is one */
		sqe = io_uring_get_sqe(&loop->ring);
	}
	return sqe;
}

static void begin(struct loop *loop, struct io_uring_sqe *sqe, struct operation *operation)
{
	loop->under_way++;
	io_uring_sqe_set_data(sqe, operation);
	operation->busy = true;
	operation->more = false;
}

void loop_accept(struct loop *loop, struct operation *operation, int fd)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	begin(loop, sqe, operation);
}

void loop_receive(struct loop *loop, struct operation *operation, int fd)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_recv(sqe, fd, NULL, LOOP_BUFFER, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT);
	sqe->buf_group = BUFFER_GROUP;
	begin(loop, sqe, operation);
}

void loop_receive_with(struct loop *loop, struct operation *operation, int fd, struct msghdr *msg)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_recvmsg(sqe, fd, msg, MSG_CMSG_CLOEXEC);
	io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT);
	sqe->buf_group = BUFFER_GROUP;
	begin(loop, sqe, operation);
}

const void *loop_received(const struct loop *loop, const struct operation *operation)
{
	return buffer(loop, operation->flags >> IORING_CQE_BUFFER_SHIFT);
}

void loop_read(struct loop *loop, struct operation *operation, int fd, void *data, size_t size)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_read(sqe, fd, data, (unsigned int)size, (__u64)-1);
	begin(loop, sqe, operation);
}

void loop_write(struct loop *loop, struct operation *operation, int fd, const void *data,
		size_t size)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_write(sqe, fd, data, (unsigned int)size, (__u64)-1);
	begin(loop, sqe, operation);
}

void loop_close(struct loop *loop, struct operation *operation, int fd)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_close(sqe, fd);
	begin(loop, sqe, operation);
}

void loop_send(struct loop *loop, struct operation *operation, int fd, const struct msghdr *msg)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_sendmsg(sqe, fd, msg, MSG_NOSIGNAL);
	begin(loop, sqe, operation);
}

void loop_poll(struct loop *loop, struct operation *operation, int fd, unsigned int events)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_poll_add(sqe, fd, events);
	begin(loop, sqe, operation);
}

void loop_timer(struct loop *loop, struct operation *operation, uint64_t ms)
{
	struct __kernel_timespec *time = &loop->times[loop->time++ % TIMERS];
	struct io_uring_sqe *sqe = entry(loop);

	*time = (struct __kernel_timespec){.tv_sec = (long long)(ms / 1000),
					   .tv_nsec = (long long)(ms % 1000) * 1000000};
	io_uring_prep_timeout(sqe, time, 0, 0);
	begin(loop, sqe, operation);
	io_uring_submit(&loop->ring); /* reads the time */
}

void loop_cancel(struct loop *loop, struct operation *operation)
{
	struct io_uring_sqe *sqe;

	if (!operation->busy)
		return;
	sqe = entry(loop);
	io_uring_prep_cancel(sqe, operation, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

static void complete(struct loop *loop, const struct io_uring_cqe *cqe)
{
	struct operation *operation = io_uring_cqe_get_data(cqe);
	unsigned int flags = cqe->flags;
	int result = cqe->res;

	if (!operation)
		return;
	operation->flags = flags;
	operation->more = flags & IORING_CQE_F_MORE;
	operation->busy = operation->more;
	loop->under_way -= !operation->more;
	operation->done(operation, result); /* it may be gone now */
	if (flags & IORING_CQE_F_BUFFER)
		give_buffer(loop, flags >> IORING_CQE_BUFFER_SHIFT);
}

static void complete_all(struct loop *loop)
{
	struct io_uring_cqe *cqe;

	while (io_uring_peek_cqe(&loop->ring, &cqe) == 0) {
		const struct io_uring_cqe copy = {
			.user_data = cqe->user_data, .res = cqe->res, .flags = cqe->flags};

		io_uring_cqe_seen(&loop->ring, cqe);
		complete(loop, &copy);
	}
}

int loop_run(struct loop *loop)
{
	int err;

	loop->stopped = false;
	while (!loop->stopped) {
		err = io_uring_submit_and_wait(&loop->ring, 1);
		if (err < 0 && err != -EINTR && err != -EAGAIN && err != -EBUSY)
			return err;
		complete_all(loop);
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

static void cancel_all(struct loop *loop)
{
	struct io_uring_sqe *sqe = entry(loop);

	io_uring_prep_cancel(sqe, NULL, IORING_ASYNC_CANCEL_ANY);
	io_uring_sqe_set_data(sqe, NULL);
}

static void go_on(struct loop *loop)
{
	struct __kernel_timespec pause = {.tv_nsec = 10000000};
	struct io_uring_cqe *cqe;

	io_uring_submit_and_wait_timeout(&loop->ring, &cqe, 1, &pause, NULL);
	complete_all(loop);
}

void loop_wait(struct loop *loop, const unsigned int *left, unsigned int ms)
{
	int64_t end = loop_now() + ms;

	while (*left && loop_now() < end)
		go_on(loop);
}

void loop_drain(struct loop *loop, unsigned int ms)
{
	int64_t end;

	loop_wait(loop, &loop->under_way, ms);
	end = loop_now() + DRAIN_MS;
	while (loop->under_way && loop_now() < end) {
		cancel_all(loop);
		go_on(loop);
	}
}
