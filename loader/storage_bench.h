/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef XDIVERT_STORAGE_BENCH_COMMAND_H
#define XDIVERT_STORAGE_BENCH_COMMAND_H

#include "command.h"

/* xdivert storage bench BACKEND */
enum status storage_bench(const struct arguments *arguments);

#endif
