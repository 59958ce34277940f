// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "rulenames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pins.h"

/* The file, terminated, or NULL with *err set. */
static char *read_text(const char *path, int *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat info;
	ssize_t length;

	if (fd < 0) {
		*err = -errno;
		return NULL;
	}
	*err = fstat(fd, &info) < 0 ? -errno : 0;
	if (!*err) {
		text = malloc((size_t)info.st_size + 1);
		*err = text ? 0 : -ENOMEM;
	}
	if (text) {
		length = read(fd, text, (size_t)info.st_size);
		*err = length < 0 ? -errno : 0;
		text[length < 0 ? 0 : length] = '\0';
	}
	close(fd);
	if (*err) {
		free(text);
		text = NULL;
	}
	return text;
}

int rulenames_read(struct rulenames_generation *generation, const char *path)
{
	uint32_t lines = 0;
	char *text, *line;
	int err;

	text = read_text(path, &err);
	if (!text)
		return err;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	generation->names = calloc(lines + 1u, sizeof(*generation->names));
	if (!generation->names) {
		free(text);
		return -ENOMEM;
	}
	generation->text = text;
	generation->count = 0;
	while ((line = strsep(&text, "\n")) && (*line || text))
		generation->names[generation->count++] = line;
	return 0;
}

static void forget(struct rulenames_generation *generation)
{
	free(generation->names);
	free(generation->text);
	memset(generation, 0, sizeof(*generation));
}

/* A file that cannot be read is remembered too: else each packet would try again. */
static const struct rulenames_generation *find(struct rulenames *names, const char *ifname,
					       uint32_t number)
{
	struct rulenames_generation *generation;
	char path[XDV_PATH_MAX];

	for (unsigned int i = 0; i < names->used; i++) {
		if (names->generations[i].generation == number)
			return &names->generations[i];
	}
	generation = &names->generations[names->next];
	names->next = (names->next + 1) % RULENAMES_GENERATIONS;
	if (names->used < RULENAMES_GENERATIONS)
		names->used++;
	forget(generation);
	generation->generation = number;
	if (!pins_run_path(path, sizeof(path), ifname, "%u/rules", number))
		(void)rulenames_read(generation, path);
	return generation;
}

const char *rulenames_get(struct rulenames *names, const char *ifname, uint32_t generation,
			  uint32_t rule)
{
	const struct rulenames_generation *found;

	if (!rule)
		return "default";
	found = find(names, ifname, generation);
	if (rule <= found->count)
		return found->names[rule - 1];
	snprintf(names->number, sizeof(names->number), "#%u", rule);
	return names->number;
}

void rulenames_free(struct rulenames *names)
{
	for (unsigned int i = 0; i < names->used; i++)
		forget(&names->generations[i]);
	names->used = 0;
}
