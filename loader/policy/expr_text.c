// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "expr_text.h"

#include <stdarg.h>
#include <stdio.h>

#define ELEMENTS_SHOWN 4 /* of a list in a rule */

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->buffer + text->used, text->size - text->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->used += (size_t)length;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

bool text_is_full(const struct text *text)
{
	return text->used + 1 >= text->size;
}

void text_add_flags(struct text *out, uint32_t flags)
{
	const struct symbol *symbol = type_table[TYPE_TCP_FLAGS].symbols;
	const char *between = "";

	if (!flags)
		text_add(out, "none");
	for (; symbol->name; symbol++) {
		if (flags & symbol->lo) {
			text_add(out, "%s%s", between, symbol->name);
			between = "|";
		}
	}
}

void text_add_value(struct text *out, const struct value *value, enum value_type type)
{
	char text[VALUE_TEXT];

	if (type == TYPE_TCP_FLAGS)
		text_add_flags(out, value_number(value, type));
	else
		text_add(out, "%s", value_format(text, sizeof(text), value, type));
}

/* "any" for the range of fragments that goes by this name. */
static const char *range_name(const struct part *part, enum value_type type)
{
	const struct symbol *symbol = type_table[type].symbols;

	if (!symbol || part->is_range)
		return NULL;
	for (; symbol->name; symbol++)
		if (symbol->lo == value_number(&part->lo, type) &&
		    symbol->hi == value_number(&part->hi, type))
			return symbol->name;
	return NULL;
}

static void add_part(struct text *out, const struct part *part, enum value_type type)
{
	const char *name = range_name(part, type);

	if (name) {
		text_add(out, "%s", name);
		return;
	}
	text_add_value(out, &part->lo, type);
	if (part->is_prefix) {
		text_add(out, "/%u", part->prefix);
	} else if (value_compare(&part->lo, &part->hi, type) != 0) {
		text_add(out, "-");
		text_add_value(out, &part->hi, type);
	}
}

static void add_element(struct text *out, const struct element *element, const struct expr *expr)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		text_add(out, "%s", i ? " . " : "");
		add_part(out, &element->parts[i], field_table[expr->fields[i].field].type);
	}
}

void text_add_elements(struct text *out, const struct expr *expr)
{
	size_t count = expr->elements.count;

	if (expr->set) {
		text_add(out, "@%s", expr->set->name.text);
		return;
	}
	if (count == 1) {
		add_element(out, &expr->elements.list[0], expr);
		return;
	}
	text_add(out, "{ ");
	for (size_t i = 0; i < count && i < ELEMENTS_SHOWN; i++) {
		text_add(out, "%s", i ? ", " : "");
		add_element(out, &expr->elements.list[i], expr);
	}
	if (count > ELEMENTS_SHOWN)
		text_add(out, ", and %zu more", count - ELEMENTS_SHOWN);
	text_add(out, " }");
}
