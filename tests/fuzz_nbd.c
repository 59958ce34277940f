// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libFuzzer's way into nbd_property(): `make fuzz`.
 */
#include "nbd_property.h"

/* libFuzzer declares it nowhere in C. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	nbd_property(bytes, size);
	return 0;
}
