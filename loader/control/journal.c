// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "journal.h"

#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const journal_levels[JOURNAL_LEVELS] = {
	[JOURNAL_INFO] = "info",
	[JOURNAL_WARNING] = "warning",
	[JOURNAL_ERROR] = "error",
};

int journal_open(struct journal *journal)
{
	journal->entries = json_array();
	return journal->entries ? 0 : -ENOMEM;
}

void journal_close(struct journal *journal)
{
	json_decref(journal->entries);
	journal->entries = NULL;
}

static void time_text(char *text, size_t size)
{
	struct timespec now;
	struct tm parts;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	length = strftime(text, size, "%FT%T", gmtime_r(&now.tv_sec, &parts));
	snprintf(text + length, size - length, ".%03ldZ", now.tv_nsec / 1000000);
}

static const char *member(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text ? text : "";
}

void journal_print(const json_t *entry, int with_time)
{
	const char *ifname = member(entry, "interface"), *level = member(entry, "level");
	const char *reason = member(entry, "reason");

	if (with_time)
		printf("%s ", member(entry, "time"));
	if (*ifname)
		printf("%s: ", ifname);
	if (strcmp(level, journal_levels[JOURNAL_INFO]) != 0)
		printf("%s: ", level);
	printf("%s%s%s%s\n", member(entry, "text"), *reason ? " (" : "", reason,
	       *reason ? ")" : "");
}

void journal_write(struct journal *journal, enum journal_level level, const char *ifname,
		   const char *reason, const char *format, ...)
{
	char text[512], when[40];
	va_list arguments;
	json_t *entry;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	time_text(when, sizeof(when));
	entry = json_pack("{s:s, s:o*, s:s, s:o, s:o}", "time", when, "interface",
			  ifname ? json_text(ifname) : NULL, "level", journal_levels[level], "text",
			  json_text(text), "reason", json_text(reason));
	if (!entry)
		return;
	/* systemd's journal has a time of its own */
	journal_print(entry, !getenv("JOURNAL_STREAM"));
	fflush(stdout);
	if (json_array_size(journal->entries) >= JOURNAL_ENTRIES)
		json_array_remove(journal->entries, 0);
	json_array_append(journal->entries, entry);
	if (journal->told)
		journal->told(journal->context, entry);
	json_decref(entry);
}
