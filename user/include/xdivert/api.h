/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What every header of libxdivert needs: which functions the shared library exports.
 */
#ifndef XDIVERT_API_H
#define XDIVERT_API_H

#ifndef XDV_API
#define XDV_API __attribute__((visibility("default")))
#endif

#endif
