// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ast.h"

#include "arena.h"

#include <string.h>

void policy_free(struct policy **policy)
{
	struct arena *arena = *policy ? (*policy)->arena : NULL;

	*policy = NULL;
	arena_free(&arena);
}

size_t policy_rule_number(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (strcmp(policy->rules[i]->name.text, name) == 0)
			return i + 1;
	return 0;
}

const char *policy_rule_name(const struct policy *policy, size_t number)
{
	return number && number <= policy->rule_count ? policy->rules[number - 1]->name.text
						      : "default";
}

const char *const slice_base_names[SLICE_BASES] = {"l2", "l3", "l4", "payload"};

char *field_use_text(char buffer[FIELD_TEXT], const struct field_use *use)
{
	if (use->is_bytes)
		snprintf(buffer, FIELD_TEXT, "bytes(%.8s + %u, %u)", use->name.text,
			 use->offset.number, use->length.number);
	else
		snprintf(buffer, FIELD_TEXT, "%s %s",
			 header_table[field_table[use->field].header].name,
			 field_table[use->field].name);
	return buffer;
}

size_t expr_operands(const struct expr *chain, const struct expr **operands)
{
	enum expr_kind kind = chain->kind;
	size_t count = 1;

	for (const struct expr *expr = chain; expr->kind == kind; expr = expr->left)
		count++;
	for (size_t i = count; operands && i-- > 0; chain = chain->left)
		operands[i] = i ? chain->right : chain;
	return count;
}
