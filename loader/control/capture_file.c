// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "capture_file.h"

#include "pcapng.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void forget(struct capture_file *file)
{
	if (file->next)
		fclose(file->next);
	free(file->next_bytes);
	free(file->bytes);
	file->next = NULL;
	file->next_bytes = file->bytes = NULL;
	file->size = 0;
}

static void go_on(struct capture_file *file);

static void has_closed(struct operation *operation, int result)
{
	struct capture_file *file = container(operation, struct capture_file, operation);

	if (result == -ECANCELED) /* the service ends, and could not wait */
		close(file->fd);
	file->fd = -1;
	if (result < 0 && !file->err)
		file->err = result;
	file->over(file);
}

static void give_up(struct capture_file *file, int err)
{
	file->err = err;
	file->ending = true;
	forget(file);
}

static void has_room(struct operation *operation, int result)
{
	struct capture_file *file = container(operation, struct capture_file, operation);

	if (result < 0)
		give_up(file, result);
	go_on(file);
}

static void has_written(struct operation *operation, int result)
{
	struct capture_file *file = container(operation, struct capture_file, operation);

	if (result == -EAGAIN && !file->hurries) { /* a pipe that does not wait by itself */
		operation->done = has_room;
		loop_poll(file->loop, operation, file->fd, POLLOUT);
		return;
	}
	if (result > 0)
		file->written += (size_t)result;
	else if (result != -EINTR && result != -EAGAIN)
		give_up(file, result ? result : -EIO);
	go_on(file);
}

/* What waits is what is written now. False: nothing waits. */
static bool turn_over(struct capture_file *file)
{
	int err;

	free(file->bytes);
	file->bytes = NULL;
	file->size = file->written = 0;
	if (!file->next)
		return false;
	err = fclose(file->next);
	file->next = NULL;
	if (err) {
		give_up(file, -ENOMEM);
		return false;
	}
	file->bytes = file->next_bytes;
	file->size = file->next_size;
	file->next_bytes = NULL;
	return file->size > 0;
}

static void go_on(struct capture_file *file)
{
	if (file->operation.busy)
		return;
	if (file->hurries && (file->written < file->size || file->next))
		give_up(file, -ECANCELED);
	if (file->written < file->size || turn_over(file)) {
		file->operation.done = has_written;
		loop_write(file->loop, &file->operation, file->fd, file->bytes + file->written,
			   file->size - file->written);
	} else if (file->ending) {
		forget(file);
		file->operation.done = has_closed;
		loop_close(file->loop, &file->operation, file->fd);
	}
}

FILE *capture_file_put(struct capture_file *file)
{
	if (file->ending)
		return NULL;
	if (!file->next)
		file->next = open_memstream(&file->next_bytes, &file->next_size);
	if (!file->next || ftell(file->next) >= CAPTURE_FILE_WAITING)
		return NULL;
	return file->next;
}

void capture_file_write(struct capture_file *file)
{
	if (!file->ending)
		go_on(file);
}

void capture_file_end(struct capture_file *file)
{
	if (file->ending)
		return;
	file->ending = true;
	go_on(file);
}

void capture_file_hurry(struct capture_file *file)
{
	/* a file waits for nobody: what is left is written */
	if (file->operation.done == has_closed || lseek(file->fd, 0, SEEK_CUR) >= 0)
		return;
	file->hurries = true;
	loop_cancel(file->loop, &file->operation);
}

int capture_file_open(struct capture_file *file, struct loop *loop, int fd, const char *ifname)
{
	FILE *head;

	file->loop = loop;
	file->fd = fd;
	head = capture_file_put(file);
	if (head && pcapng_start(head, "xdivert " XDIVERT_VERSION, ifname) == 0) {
		capture_file_write(file);
		return 0;
	}
	forget(file);
	close(fd);
	return -ENOMEM;
}
