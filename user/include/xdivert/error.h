/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a call says what went wrong, beyond its negative errno.
 */
#ifndef XDIVERT_ERROR_H
#define XDIVERT_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Filled by a call that fails, if the caller hands one in; untouched by a call that succeeds.
 * The caller owns it; strings are always terminated and may be cut.
 */
struct xdv_error {
	int code; /* the negative errno that the call returned */
	char message[256]; /* the object, what was expected, what was found: one line, no full stop
			    */
	char hint[256]; /* what to do next; may be empty */
};

#ifdef __cplusplus
}
#endif

#endif
