/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Whether this kernel can replace a function of a loaded program (freplace): libxdp's dispatcher,
 * through which several programs share an interface, is made of that.
 */
#ifndef XDIVERT_FREPLACE_H
#define XDIVERT_FREPLACE_H

/*
 * Found out by doing it with two programs of two instructions, attached to nothing. 0: it can.
 * Else a negative errno, and `step` is what failed.
 */
int freplace_probe(const char **step);

#endif
