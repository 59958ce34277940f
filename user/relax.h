/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * For loops that look until something has changed: lets the other thread of the core go ahead.
 */
#ifndef XDIVERT_RELAX_H
#define XDIVERT_RELAX_H

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define cpu_relax() __asm__ volatile("yield" ::: "memory")
#else
#define cpu_relax() __asm__ volatile("" ::: "memory")
#endif

#endif
