// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "output.h"

#include "fail.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

/* What the kernel says of a program or device that it does not support; no errno of user space. */
#define ENOTSUPP 524

static struct {
	bool json;
	bool debug;
} output;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return output.debug ? vfprintf(stderr, format, arguments) : 0;
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return output.debug ? vfprintf(stderr, format, arguments) : 0;
}

void output_setup(bool json, bool debug)
{
	output.json = json;
	output.debug = debug;
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

enum status status_from_errno(int err)
{
	static const struct {
		int err;
		enum status status;
	} table[] = {
		{EPERM, STATUS_UNSUPPORTED},	       {EACCES, STATUS_UNSUPPORTED},
		{EOPNOTSUPP, STATUS_UNSUPPORTED},      {ENOTSUPP, STATUS_UNSUPPORTED},
		{EPROTONOSUPPORT, STATUS_UNSUPPORTED}, {EAFNOSUPPORT, STATUS_UNSUPPORTED},
		{ENOSYS, STATUS_UNSUPPORTED},	       {EBADMSG, STATUS_REJECTED},
	};

	if (err == 0)
		return STATUS_DONE;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == -err)
			return table[i].status;
	return STATUS_FAILED;
}

const char *errno_name(int err)
{
	const char *name = err == -ENOTSUPP ? "ENOTSUPP" : strerrorname_np(-err);

	return name ? name : "error";
}

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = strdup(text);
	for (char *at = copy; at && *at; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	string = json_string(copy ? copy : "?");
	free(copy);
	return string;
}

static void report_json(const struct xdv_error *error)
{
	print_json(json_pack("{s:{s:s, s:o, s:o}}", "error", "code", errno_name(error->code),
			     "message", json_text(error->message), "hint", json_text(error->hint)));
}

enum status report_as(enum status status, const struct xdv_error *error)
{
	if (output.json) {
		report_json(error);
		return status;
	}
	fflush(stdout);
	fprintf(stderr, "xdivert: %s\n", error->message);
	if (error->hint[0])
		fprintf(stderr, "hint: %s\n", error->hint);
	return status;
}

enum status report(const struct xdv_error *error)
{
	return report_as(status_from_errno(error->code), error);
}

enum status report_errno(int err, const char *object, const char *hint)
{
	struct xdv_error error;

	fail(&error, err, "%s: %s", object, strerror(-err));
	if (hint)
		fail_hint(&error, err, "%s", hint);
	return report(&error);
}

void remark(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("xdivert: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static bool unprintable; /* some result could not be put into JSON */

void print_json(json_t *value)
{
	if (!value || json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII)) {
		fputs("{\"error\": {\"code\": \"EILSEQ\", \"message\": \"a name is not UTF-8\"}}",
		      stdout);
		unprintable = true;
	}
	fputc('\n', stdout);
	json_decref(value);
}

bool use_colour(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");

	return !output.json && !(no_colour && *no_colour) && isatty(fileno(out));
}

enum status output_finish(enum status status)
{
	bool failed = ferror(stdout) != 0;

	failed |= fflush(stdout) != 0;
	if (!failed && !unprintable)
		return status;
	if (failed && errno != EPIPE) /* who reads no more needs no telling */
		fprintf(stderr, "xdivert: standard output: %s\n", strerror(errno));
	return status == STATUS_DONE ? STATUS_FAILED : status;
}
