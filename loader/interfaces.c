// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "interfaces.h"

#include "live/device.h"

#include <string.h>

/* "eth0,eth1" is two, unless there is one of that name. */
void interfaces_split(struct interfaces *interfaces, char *list)
{
	struct device device;
	char *rest = NULL, *name;

	if (!strchr(list, ',') || device_read(&device, list, NULL) == 0) {
		interfaces->names[interfaces->count++] = list;
		return;
	}
	for (name = strtok_r(list, ",", &rest); name && interfaces->count <= LOAD_INTERFACES_MAX;
	     name = strtok_r(NULL, ",", &rest))
		interfaces->names[interfaces->count++] = name;
	if (!interfaces->count)
		interfaces->names[interfaces->count++] = "";
}
