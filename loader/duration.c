// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "duration.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};

#define UNITS (sizeof(units) / sizeof(*units))

int duration_parse(uint32_t *ms, const char *text)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < UNITS; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (errno || !number || number > UINT32_MAX / units[i].ms)
			return -ERANGE;
		*ms = (uint32_t)number * units[i].ms;
		return 0;
	}
	return -EINVAL;
}

void duration_format(char *text, size_t size, uint32_t ms)
{
	size_t unit = UNITS - 1;

	while (ms % units[unit].ms)
		unit--;
	snprintf(text, size, "%u%s", (unsigned int)(ms / units[unit].ms), units[unit].name);
}
