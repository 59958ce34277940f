/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How the command speaks: results on standard output, messages on standard error, and with
 * `--json` both as JSON on standard output.
 */
#ifndef XDIVERT_OUTPUT_H
#define XDIVERT_OUTPUT_H

#include "command.h"
#include "xdivert/error.h"

#include <stdbool.h>
#include <stdio.h>

struct json_t;

/* Set once, from the command line. `debug` shows what libbpf and libxdp say. */
void output_setup(bool json, bool debug);

/*
 * `xdivert: MESSAGE` and `hint: HINT`, or {"error": {"code", "message", "hint"}}.
 * Returns the status that the error's code stands for (status_from_errno()).
 */
enum status report(const struct xdv_error *error);
/* The same with a status of the caller's choice. */
enum status report_as(enum status status, const struct xdv_error *error);
/* For a call that has no struct xdv_error: "OBJECT: strerror(-err)"; hint may be NULL. */
enum status report_errno(int err, const char *object, const char *hint);

/* `xdivert: TEXT` on standard error, in JSON mode too: a remark, not a failure. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a JSON value, indented, and drops the caller's reference. */
void print_json(struct json_t *value);

/* A JSON string of any text: bytes that are not UTF-8 become "?". A new reference. */
struct json_t *json_text(const char *text);

/* "EPERM" of -EPERM; "error" for what has no name. */
const char *errno_name(int err);
enum status status_from_errno(int err);

/*
 * What there is to colour: standard output or error is a terminal, NO_COLOR is not set, and we
 * do not speak JSON.
 */
bool use_colour(FILE *out);

/* Flushes standard output; says so if not all of it could be written. */
enum status output_finish(enum status status);

#endif
