/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The connections that the terminal depends on in which a command is typed.
 */
#ifndef XDIVERT_SESSION_H
#define XDIVERT_SESSION_H

#include "sockdiag.h"

#define SESSION_MAX 16

/*
 * What SSH_CONNECTION says, and the TCP sockets of this process's parents: those of an sshd are
 * among them, also behind sudo, which removes the variable. Not over loopback. Returns how many.
 */
size_t session_sockets(struct local_socket session[SESSION_MAX]);

#endif
