/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Whether this process may do what a load, an unload or a look at the live state takes.
 */
#ifndef XDIVERT_PRIVILEGES_H
#define XDIVERT_PRIVILEGES_H

#include "xdivert/error.h"

#include <stdbool.h>

/* An effective CAP_*; also if that can't be found out. */
bool privileges_has(unsigned int capability);

/*
 * -EPERM, and `error` names the capabilities that are missing to do `action` ("load a policy")
 * with `object`, where that takes loading a compiled policy into the kernel.
 */
int privileges_check(const char *object, const char *action, struct xdv_error *error);

/* The same where it takes only what is loaded already. */
int privileges_check_loaded(const char *object, const char *action, struct xdv_error *error);

#endif
