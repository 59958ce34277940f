// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "notes.h"

#include "fail.h"
#include "output.h"
#include "pins.h"
#include "requests.h"
#include "service.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static const char *member(const json_t *request, const char *name)
{
	return json_string_value(json_object_get(request, name));
}

/* An entry is a line of the log, and must not look like two. */
static void copy_line(char *line, size_t size, const char *text)
{
	size_t length = 0;

	for (; text[length] && length < size - 1; length++) {
		unsigned char byte = (unsigned char)text[length];

		line[length] = byte < 0x20 || byte == 0x7f ? '?' : text[length];
	}
	line[length] = '\0';
}

static int read_level(enum journal_level *level, const char *name)
{
	for (int i = 0; name && i < JOURNAL_LEVELS; i++)
		if (strcmp(name, journal_levels[i]) == 0) {
			*level = (enum journal_level)i;
			return 0;
		}
	return -EINVAL;
}

int note_read(struct note *note, const json_t *request, struct xdv_error *error)
{
	const char *ifname = member(request, "interface"), *text = member(request, "text");
	const json_t *reason = json_object_get(request, "reason");
	char path[XDV_PATH_MAX];

	if (!ifname || pins_run_path(path, sizeof(path), ifname, "%s", ""))
		return fail(error, -EINVAL, "\"interface\" is missing, or no name of one");
	if (read_level(&note->level, member(request, "level")))
		return fail(error, -EINVAL,
			    "\"level\" is missing, or not \"info\", \"warning\" or \"error\"");
	if (!text || !*text)
		return fail(error, -EINVAL, "\"text\" is missing, or empty");
	if (reason && !json_is_string(reason))
		return fail(error, -EINVAL, "\"reason\" is no text");
	copy_line(note->ifname, sizeof(note->ifname), ifname);
	copy_line(note->text, sizeof(note->text), text);
	copy_line(note->reason, sizeof(note->reason), reason ? json_string_value(reason) : "");
	return 0;
}

void notes_take(struct connection *connection, const json_t *request)
{
	struct service *service = connection_server(connection)->context;
	struct xdv_error error = {};
	char reason[300];
	struct note note;

	if (note_read(&note, request, &error)) {
		request_fail(connection, &error);
		return;
	}
	snprintf(reason, sizeof(reason), "%s%sprocess %d", note.reason, *note.reason ? "; " : "",
		 (int)connection_peer(connection)->pid);
	journal_write(&service->journal, note.level, note.ifname, reason, "%s", note.text);
	trials_look(&service->trials, note.ifname);
	request_answer(connection, json_pack("{s:o}", "noted", json_text(note.ifname)));
}
