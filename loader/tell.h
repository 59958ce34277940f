/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a command has done to an interface, for the log of the service.
 */
#ifndef XDIVERT_TELL_H
#define XDIVERT_TELL_H

#include "control/journal.h"

/*
 * Says so to the service, if one runs here; `reason` is "" if there is none. Nothing depends on it:
 * whether it is heard is not said, and a service that does not answer is not waited for long.
 */
void tell_service(enum journal_level level, const char *ifname, const char *reason,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
