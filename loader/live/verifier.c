// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "verifier.h"

#include "fail.h"
#include "lineinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line of text, not terminated. */
struct line {
	const char *start;
	size_t length;
};

static struct line trimmed(struct line line)
{
	while (line.length && strchr(" \t", *line.start)) {
		line.start++;
		line.length--;
	}
	while (line.length && strchr(" \t\r", line.start[line.length - 1]))
		line.length--;
	return line;
}

static bool next_line(const char **at, struct line *line)
{
	if (!**at)
		return false;
	line->start = *at;
	line->length = strcspn(*at, "\n");
	*at += line->length + ((*at)[line->length] == '\n');
	return true;
}

static bool starts_with(struct line line, const char *prefix)
{
	return line.length >= strlen(prefix) && memcmp(line.start, prefix, strlen(prefix)) == 0;
}

/* The line before the one that starts at `at`; false at the start of the text. */
static bool line_before(const char *text, const char **at, struct line *line)
{
	const char *end = *at;

	if (end == text)
		return false;
	end--; /* the newline */
	*at = end;
	while (*at > text && (*at)[-1] != '\n')
		(*at)--;
	line->start = *at;
	line->length = (size_t)(end - *at);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "R1=ctx() R2_w=42": the state of registers; "R1 is not a pointer" is a reason. */
static bool is_register_state(struct line line)
{
	size_t i = 1;

	if (line.length < 2 || line.start[0] != 'R' || !is_digit(line.start[1]))
		return false;
	while (i < line.length && is_digit(line.start[i]))
		i++;
	return i == line.length || line.start[i] != ' ';
}

/* Instructions, remarks on the path taken and statistics do not say what is wrong. */
static bool is_reason(struct line line)
{
	static const char *const noise[] = {
		"; ",	       "from ",	   "processed ",  "verification time", "stack depth",
		"func#",       "last_idx", "regs=",	  "parent ",	       "mark_precise",
		"peak_states", "insn_",	   "propagating",
	};

	if (!line.length || is_digit(line.start[0]) || is_register_state(line))
		return false;
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (starts_with(line, noise[i]))
			return false;
	return true;
}

/* What the verifier gives up at is told in the line of the instruction that it has come to. */
static void cut_instruction(struct line *line)
{
	static const char limit[] = "BPF program is too large";
	const char *found = memmem(line->start, line->length, limit, strlen(limit));

	if (!found)
		return;
	line->length -= (size_t)(found - line->start);
	line->start = found;
}

static void find_reason(struct refusal *refusal, const char *log)
{
	const char *at = log + strlen(log);
	struct line line;

	while (line_before(log, &at, &line)) {
		line = trimmed(line);
		cut_instruction(&line);
		if (!is_reason(line))
			continue;
		snprintf(refusal->reason, sizeof(refusal->reason), "%.*s", (int)line.length,
			 line.start);
		return;
	}
	snprintf(refusal->reason, sizeof(refusal->reason), "it gives no reason");
}

/* Number of the first line of the text that is this one, 0 if none is. */
static unsigned int line_number(const char *text, struct line wanted)
{
	struct line line;

	for (unsigned int number = 1; next_line(&text, &line); number++) {
		line = trimmed(line);
		if (line.length == wanted.length &&
		    memcmp(line.start, wanted.start, line.length) == 0)
			return number;
	}
	return 0;
}

/* The first line of the policy's files that is this one. */
static void find_text(struct refusal *refusal, const struct sources *sources, struct line wanted)
{
	for (unsigned int i = 0; i < sources->count && !refusal->line; i++) {
		refusal->line = line_number(sources->list[i].text, wanted);
		refusal->source = i;
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "FILE:LINE", the file without its directories: of the policy, or nothing. */
static void read_place(struct refusal *refusal, const struct sources *sources, const char *place)
{
	for (unsigned int i = 0; i < sources->count && !refusal->line; i++) {
		const char *name = base_name(sources->list[i].file);
		size_t length = strlen(name);

		if (strncmp(place, name, length) != 0 || place[length] != ':')
			continue;
		refusal->line = (unsigned int)strtoul(place + length + 1, NULL, 10);
		refusal->source = i;
	}
}

/*
 * Linux 6.10 and later: "; SOURCE @ FILE:LINE". Cuts the end off `line`; gives the place, or NULL.
 */
static const char *cut_place(struct line *line)
{
	for (size_t i = line->length; i-- > 2;) {
		const char *at = line->start + i;

		if (memcmp(at - 2, " @ ", 3) != 0)
			continue;
		line->length = i - 2;
		return at + 1;
	}
	return NULL;
}

/* The last piece of source in the log that is a line of the policy. */
static void find_line(struct refusal *refusal, const struct policy *policy, const char *log)
{
	const char *at = log + strlen(log);
	struct line line;

	while (!refusal->line && line_before(log, &at, &line)) {
		const char *place;

		if (!starts_with(line, "; "))
			continue;
		line.start += 2;
		line.length -= 2;
		place = cut_place(&line);
		line = trimmed(line);
		if (place)
			read_place(refusal, &policy->sources, place);
		else if (line.length)
			find_text(refusal, &policy->sources, line);
	}
}

void refusal_find(struct refusal *refusal, const struct policy *policy, const char *log)
{
	refusal->line = refusal->source = 0;
	find_reason(refusal, log);
	find_line(refusal, policy, log);
}

/* The last instruction in the log, "162: (61) r1 = …"; false if there is none. */
static bool last_instruction(const char *log, unsigned int *insn)
{
	const char *at = log + strlen(log);
	struct line line;

	while (line_before(log, &at, &line)) {
		char *end;
		unsigned long number = strtoul(line.start, &end, 10);

		if (end == line.start || strncmp(end, ": (", 3) != 0)
			continue;
		*insn = (unsigned int)number;
		return true;
	}
	return false;
}

/*
 * The object knows the line of the instruction; the log names it in most cases, but not always
 * after a branch was gone back to.
 */
static void find_instruction(struct refusal *refusal, const struct program *program,
			     const char *log)
{
	const struct sources *sources = &program->policy->sources;
	unsigned int insn, line = 0;

	if (!last_instruction(log, &insn))
		return;
	for (unsigned int i = 0; i < sources->count && !line; i++) {
		line = lineinfo_line(program->object, program->object_size, sources->list[i].file,
				     insn);
		if (!line)
			continue;
		refusal->line = line;
		refusal->source = i;
	}
}

/* Keeps the log; false if that fails. */
static bool keep_log(const char *log, const char *path, char *kept, size_t size)
{
	const char *directory = getenv("TMPDIR");
	size_t length = strlen(log);
	ssize_t written;
	int fd;

	if (path) {
		snprintf(kept, size, "%s", path);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	} else {
		snprintf(kept, size, "%s/xdivert-verifier-XXXXXX",
			 directory && *directory ? directory : "/tmp");
		fd = mkostemp(kept, O_CLOEXEC);
	}
	if (fd < 0)
		return false;
	written = write(fd, log, length);
	close(fd);
	return written == (ssize_t)length;
}

static const char *rule_at(const struct policy *policy, const struct refusal *refusal)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct location *where = &policy->rules[i]->where;

		if (where->source == refusal->source && where->line <= refusal->line &&
		    refusal->line <= where->end_line)
			return policy->rules[i]->name.text;
	}
	return NULL;
}

int verifier_explain(const struct program *program, const char *log, const char *path,
		     struct xdv_error *error)
{
	const struct policy *policy = program->policy;
	struct refusal refusal;
	const char *rule, *file;
	char kept[200];

	refusal_find(&refusal, policy, log);
	find_instruction(&refusal, program, log);
	rule = refusal.line ? rule_at(policy, &refusal) : NULL;
	file = policy->sources.list[refusal.source].file;
	if (rule)
		fail(error, -EBADMSG, "%s:%u: rule %s: the kernel's verifier refused it: %s", file,
		     refusal.line, rule, refusal.reason);
	else if (refusal.line)
		fail(error, -EBADMSG, "%s:%u: the kernel's verifier refused it: %s", file,
		     refusal.line, refusal.reason);
	else
		fail(error, -EBADMSG, "%s: the kernel's verifier refused the program: %s",
		     policy->file, refusal.reason);
	if (keep_log(log, path, kept, sizeof(kept)))
		fail_hint(error, -EBADMSG, "all that the verifier said is in %s", kept);
	else
		fail_hint(error, -EBADMSG, "--debug shows what libbpf has to say about it");
	return -EBADMSG;
}
