// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "parser.h"

#include "parse.h"
/* lex.h needs the types of parse.h */
#include "lex.h"
#include "read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void policy_lex_list(void *scanner); /* lex.l */

struct expr *expr_new(struct policy *policy, enum expr_kind kind, struct location where)
{
	struct expr *expr = arena_alloc(policy->arena, sizeof(*expr));

	expr->kind = kind;
	expr->where = where;
	return expr;
}

struct expr *expr_join(struct policy *policy, enum expr_kind kind, struct expr *left,
		       struct expr *right)
{
	struct expr *expr = expr_new(policy, kind, location_span(left->where, right->where));

	expr->left = left;
	expr->right = right;
	return expr;
}

static struct policy *policy_new(const char *file, const char *text, size_t size)
{
	struct arena *arena = arena_new();
	struct policy *policy = arena_alloc(arena, sizeof(*policy));

	policy->arena = arena;
	policy->file = arena_strndup(arena, file, strlen(file));
	policy->text = arena_strndup(arena, text, size);
	policy->sources.arena = policy->diags.arena = arena;
	policy->diags.sources = &policy->sources;
	source_add(&policy->sources, policy->file, policy->text, size);
	return policy;
}

/* Parses a source as what the token says; gives the elements of a list. */
static struct elements parse_source(struct policy *policy, unsigned int source, int start)
{
	const struct source *text = &policy->sources.list[source];
	struct scan scan = {.source = source, .start = start};
	YY_BUFFER_STATE buffer;

	policy_lex_lex_init_extra(policy, &scan.scanner);
	buffer = policy_lex__scan_bytes(text->text, (int)text->size, scan.scanner);
	if (start == TOKEN_START_LIST)
		policy_lex_list(scan.scanner);
	policy_parse_parse(&scan, policy);
	policy_lex__delete_buffer(buffer, scan.scanner);
	policy_lex_lex_destroy(scan.scanner);
	return scan.elements;
}

static struct elements include(struct policy *policy, const struct name *name, int start)
{
	char error[INCLUDE_ERROR];
	struct diag *diag;
	int err = source_include(&policy->sources, name->text, &name->where, error);

	if (!err)
		return parse_source(policy, (unsigned int)policy->sources.count - 1, start);
	policy->incomplete = true;
	diag = diag_add(&policy->diags, E_INCLUDE, name->where, "%s", error);
	if (err == -ENOENT && name->text[0] != '/')
		diag_hint(&policy->diags, diag,
			  "relative names start from the directory of the file that includes");
	return (struct elements){NULL, 0};
}

void include_policy(struct policy *policy, const struct name *name)
{
	include(policy, name, 0);
}

struct elements include_list(struct policy *policy, const struct name *name)
{
	return include(policy, name, TOKEN_START_LIST);
}

void policy_parse(struct policy *policy)
{
	parse_source(policy, 0, 0);
}

void policy_dump_tokens(const char *text, FILE *out)
{
	struct policy *policy = policy_new("", text, strlen(text));
	struct location where = {1, 1, 1, 1, 0};
	POLICY_PARSE_STYPE value;
	YY_BUFFER_STATE buffer;
	yyscan_t scanner;

	policy_lex_lex_init_extra(policy, &scanner);
	buffer = policy_lex__scan_string(text, scanner);
	while (policy_lex_lex(&value, &where, scanner))
		fprintf(out, "%u:%u\t%.*s\n", where.line, where.column,
			(int)(where.end_column - where.column),
			source_line(&policy->sources, &where) + where.column - 1);
	policy_lex__delete_buffer(buffer, scanner);
	policy_lex_lex_destroy(scanner);
	policy_free(&policy);
}

struct policy *policy_from_text(const char *file, const char *text)
{
	struct policy *policy = policy_new(file, text, strlen(text));
	struct source *source = &policy->sources.list[0];
	struct stat info;

	if (stat(file, &info) == 0) {
		source->device = info.st_dev;
		source->inode = info.st_ino;
	}
	policy_parse(policy);
	policy_check(policy);
	return policy;
}

struct policy *policy_from_list(const char *file, const char *text, size_t size)
{
	struct policy *policy = policy_new(file, text, size);

	policy->list = parse_source(policy, 0, TOKEN_START_LIST);
	return policy;
}

struct policy *policy_from_bundle(const char *file, const char *bundle, size_t size)
{
	size_t own = strnlen(bundle, size);
	struct policy *policy = policy_new(file, bundle, own);

	policy->sources.bundle = own < size ? bundle + own + 1 : bundle + size;
	policy->sources.bundle_end = bundle + size;
	policy_parse(policy);
	policy_check(policy);
	return policy;
}

int policy_from_bytes(struct policy **policy, const char *file, const char *text, size_t size)
{
	if (memchr(text, 0, size))
		return -EBADMSG;
	*policy = policy_from_text(strcmp(file, "-") == 0 ? "<stdin>" : file, text);
	return 0;
}

int policy_from_file(struct policy **policy, const char *file)
{
	char *text;
	size_t size;
	int err = read_file(file, POLICY_SIZE_MAX, &text, &size);

	if (err)
		return err;
	err = policy_from_bytes(policy, file, text, size);
	free(text);
	return err;
}
