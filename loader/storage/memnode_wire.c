// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "memnode_wire.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int memnode_key_read(struct memnode_key *key, const char *path, struct xdv_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char line[MEMNODE_KEY_MAX + 2];
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status)) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		fail(error, err, "%s: the key can't be read: %s", path, strerror(-err));
		return fail_hint(error, err, "(umask 077; openssl rand -hex 32 >FILE) makes one");
	}
	length = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		fail(error, -EPERM, "%s: others may read the key, its mode is %04o", path,
		     status.st_mode & 07777);
		return fail_hint(error, -EPERM, "chmod 600 %s", path);
	}
	line[length > 0 ? length : 0] = '\0';
	key->length = (uint32_t)strcspn(line, "\r\n");
	if (key->length < MEMNODE_KEY_MIN || key->length > MEMNODE_KEY_MAX)
		return fail(error, -EINVAL, "%s: a key is a line of %d to %d characters", path,
			    MEMNODE_KEY_MIN, MEMNODE_KEY_MAX);
	memcpy(key->bytes, line, key->length);
	return 0;
}

int memnode_key_equals(const struct memnode_key *key, const uint8_t *bytes, uint32_t length)
{
	uint8_t difference = key->length != length;

	for (uint32_t i = 0; i < key->length && length == key->length; i++)
		difference |= (uint8_t)(key->bytes[i] ^ bytes[i]);
	return !difference;
}

int memnode_address_split(char *text, const char **host, const char **port)
{
	char *end = *text == '[' ? strchr(text, ']') : text + strcspn(text, ":");

	if (!end)
		return -EINVAL;
	*host = text + (*text == '[');
	*port = MEMNODE_PORT;
	if (*end == ']')
		*end++ = '\0';
	if (*end == ':' && end[1])
		*port = end + 1;
	else if (*end)
		return -EINVAL;
	*end = '\0';
	return **host ? 0 : -EINVAL;
}
