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

void policy_parse(struct policy *policy)
{
	YY_BUFFER_STATE buffer;
	yyscan_t scanner;

	policy_lex_lex_init_extra(policy, &scanner);
	buffer = policy_lex__scan_string(policy->text, scanner);
	policy_parse_parse(scanner, policy);
	policy_lex__delete_buffer(buffer, scanner);
	policy_lex_lex_destroy(scanner);
}

void policy_dump_tokens(const char *text, FILE *out)
{
	struct policy policy = {.arena = arena_new(), .text = text};
	struct location where = {1, 1, 1, 1};
	POLICY_PARSE_STYPE value;
	YY_BUFFER_STATE buffer;
	yyscan_t scanner;
	const char *start = text;
	unsigned int line = 1;

	policy.diags.arena = policy.arena;
	policy.diags.text = text;
	policy_lex_lex_init_extra(&policy, &scanner);
	buffer = policy_lex__scan_string(text, scanner);
	while (policy_lex_lex(&value, &where, scanner)) {
		for (; line < where.line; line++)
			start = strchr(start, '\n') + 1;
		fprintf(out, "%u:%u\t%.*s\n", where.line, where.column,
			(int)(where.end_column - where.column), start + where.column - 1);
	}
	policy_lex__delete_buffer(buffer, scanner);
	policy_lex_lex_destroy(scanner);
	arena_free(&policy.arena);
}

struct policy *policy_from_text(const char *file, const char *text)
{
	struct arena *arena = arena_new();
	struct policy *policy = arena_alloc(arena, sizeof(*policy));

	policy->arena = arena;
	policy->file = arena_strndup(arena, file, strlen(file));
	policy->text = arena_strndup(arena, text, strlen(text));
	policy->diags = (struct diags){.arena = arena, .file = policy->file, .text = policy->text};
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
