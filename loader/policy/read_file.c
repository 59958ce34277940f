// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_stream(FILE *in, size_t max, char **content, size_t *size)
{
	size_t used = 0, room = 0;
	char *buffer = NULL;
	int err = 0;

	do {
		char *grown = realloc(buffer, room = room * 2 + 65536);

		if (!grown) {
			err = -ENOMEM;
			break;
		}
		buffer = grown;
		errno = 0;
		used += fread(buffer + used, 1, room - used - 1, in);
		if (ferror(in))
			err = errno ? -errno : -EIO;
		else if (used > max)
			err = -EFBIG;
	} while (!err && !feof(in));
	if (err) {
		free(buffer);
		return err;
	}
	buffer[used] = 0;
	*content = buffer;
	*size = used;
	return 0;
}

int read_file(const char *file, size_t max, char **content, size_t *size)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	int err;

	if (!in)
		return -errno;
	err = read_stream(in, max, content, size);
	if (in != stdin)
		fclose(in);
	return err;
}
