// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libFuzzer's way into text_properties: the one that the program is called like (`make fuzz`).
 */
#include "text_property.h"

#include <stdio.h>
#include <string.h>

/* libFuzzer declares them nowhere in C. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct text_property *property = text_properties;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr((*argv)[0], '/'), *name = slash ? slash + 1 : (*argv)[0];

	(void)argc;
	while (property->name && strcmp(property->name, name) != 0)
		property++;
	if (property->name)
		return 0;
	fprintf(stderr, "%s: there is no such property\n", name);
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	property->holds(bytes, size);
	return 0;
}
