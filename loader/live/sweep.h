/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A network namespace that goes takes its interfaces with it, but not what is pinned for them.
 */
#ifndef XDIVERT_SWEEP_H
#define XDIVERT_SWEEP_H

/*
 * Removes what is kept of interfaces of other network namespaces whose device is gone: their link
 * is pinned and holds none. As far as it can, without a word.
 */
void namespaces_sweep(void);

#endif
