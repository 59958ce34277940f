/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The FILE argument of commands: a policy, or an object that `xdivert compile` made of one.
 */
#ifndef XDIVERT_INPUT_H
#define XDIVERT_INPUT_H

#include "command.h"
#include "policy/program.h"

/* Reads a policy, whatever is wrong with what is in it. The caller frees it. */
enum status input_read(const char *file, struct policy **policy);

/*
 * Reads a policy and shows what there is to say of it: on standard error, or with --json, if it
 * is rejected, as {"error": {...}, "diagnostics": [...]}. Gives a policy without errors, which
 * the caller frees, or a status other than STATUS_DONE.
 */
enum status input_policy(const char *file, struct policy **policy, bool json);

/* The same, and compiled; FILE may also be an object. */
enum status input_program(const char *file, struct program **program, bool json);

/* Compiles a policy that was read; takes it, also on failure. */
enum status input_compile(struct policy *policy, struct program **program, bool json);

/* Shows the diagnostics of a policy that is rejected. Returns STATUS_REJECTED. */
enum status input_reject(struct policy *policy, bool json);

#endif
