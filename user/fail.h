/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How the library's functions fail: return fail(error, -EBUSY, "%s: ...", ...).
 */
#ifndef XDIVERT_FAIL_H
#define XDIVERT_FAIL_H

#include <xdivert/error.h>

/* Fills *error (which may be NULL), with an empty hint, and returns code. */
int fail(struct xdv_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds the hint to an error that fail() has filled, and returns its code. */
int fail_hint(struct xdv_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
