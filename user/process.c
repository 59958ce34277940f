// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "process.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t process_start(pid_t pid, char *name, size_t size)
{
	char path[64], line[1024], *open, *close;
	uint64_t start;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	/* the name is in parentheses and may have any in it: only the last one ends it */
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (!open || !close)
		return 0;
	*close = '\0';
	if (sscanf(close + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
		   &start) != 1)
		return 0;
	if (name)
		snprintf(name, size, "%s", open + 1);
	return start;
}

pid_t process_parent(pid_t pid)
{
	char path[64], line[512];
	const char *end;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}
