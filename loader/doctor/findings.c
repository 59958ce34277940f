// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *const finding_level_names[FINDING_LEVELS] = {
	[FINDING_OK] = "ok",
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_PROBLEM] = "problem",
};

struct finding *finding_add(struct findings *findings, enum finding_level level,
			    const char *subject, const char *format, ...)
{
	struct finding *grown, *finding;
	va_list arguments;

	grown = reallocarray(findings->list, findings->count + 1, sizeof(*grown));
	if (!grown) {
		findings->missed++;
		return NULL;
	}
	findings->list = grown;
	finding = &grown[findings->count++];
	*finding = (struct finding){.level = level, .subject = subject};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	return finding;
}

void finding_advise(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	if (!finding)
		return;
	va_start(arguments, format);
	vsnprintf(finding->advice, sizeof(finding->advice), format, arguments);
	va_end(arguments);
}

size_t findings_of(const struct findings *findings, enum finding_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->list[i].level == level;
	return count;
}

void findings_free(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){};
}
