// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct xdv_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	error->hint[0] = '\0';
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return code;
}

int fail_hint(struct xdv_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	vsnprintf(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
	return code;
}
