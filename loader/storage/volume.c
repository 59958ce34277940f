// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "volume.h"

#include "fail.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct volume_kind *const kinds[] = {&volume_memory, &volume_file, &volume_rdma};

int size_read(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	unsigned long long number;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (errno || !number || (*end && (!unit || end[1])))
		return -EINVAL;
	for (; unit && unit >= units; unit--) {
		if (number > INT64_MAX / 1024)
			return -EINVAL;
		number *= 1024;
	}
	if (number > INT64_MAX)
		return -EINVAL;
	*size = number;
	return 0;
}

/* The kind, and what is behind its colon; NULL if there is no such kind. */
static const struct volume_kind *find(const char *text, const char **argument,
				      struct xdv_error *error)
{
	size_t length = strcspn(text, ":");

	*argument = text + length + (text[length] == ':');
	for (size_t i = 0; **argument && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i]->name) == length && memcmp(kinds[i]->name, text, length) == 0)
			return kinds[i];
	fail(error, -EINVAL, "'%s' is no back end of a volume", text);
	fail_hint(error, -EINVAL,
		  "there are memory:SIZE, such as memory:1G, file:PATH and rdma://NODE/VOLUME");
	return NULL;
}

int volume_check(const char *text, struct xdv_error *error)
{
	const char *argument;
	const struct volume_kind *kind = find(text, &argument, error);

	if (!kind)
		return -EINVAL;
	return kind->check ? kind->check(argument, error) : 0;
}

int volume_open(struct volume **volume, const char *text, const struct volume_options *options,
		struct xdv_error *error)
{
	const char *argument;
	const struct volume_kind *kind = find(text, &argument, error);

	return kind ? kind->open(volume, argument, options, error) : -EINVAL;
}

void volume_close(struct volume **volume)
{
	if (*volume)
		(*volume)->kind->close(*volume);
	*volume = NULL;
}
