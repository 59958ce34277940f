/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What systemd is told of a service with Type=notify: sd_notify(3), without its library.
 */
#ifndef XDIVERT_NOTIFY_H
#define XDIVERT_NOTIFY_H

/* "READY=1", "STOPPING=1", … Nothing happens where nobody wants to know. */
void notify_manager(const char *state);

/* The same with "STATUS=": one line for a person. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "RELOADING=1" with the time it wants since systemd 253. */
void notify_reloading(void);

#endif
