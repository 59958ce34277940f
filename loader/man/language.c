// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "manual.h"

#include "diag.h"
#include "field.h"

#include <string.h>

static void field_list(enum header header, FILE *out)
{
	size_t count = 0;

	for (int field = 0; field < FIELD_INNER; field++) {
		const struct field_info *info = &field_table[field];

		if (info->header != header || field == FIELD_BYTES)
			continue;
		if (!count++)
			fputs(".Bl -column \"saddr ether\" \"arp-operation\"\n", out);
		fprintf(out, ".It Cm %s Ta Vt %s Ta ", info->name, type_table[info->type].name);
		roff_text(info->doc, out);
		putc('\n', out);
	}
	if (count)
		fputs(".El\n", out);
}

bool write_headers(const char *unused, FILE *out)
{
	(void)unused;
	fputs(".Bl -tag -width Ds\n", out);
	for (int header = 0; header < HEADER_INNER; header++) {
		fprintf(out, ".It Cm %s\n", header_table[header].name);
		roff_text(header_table[header].doc, out);
		putc('\n', out);
		field_list((enum header)header, out);
	}
	fputs(".El\n", out);
	return true;
}

static void symbol_list(enum value_type type, FILE *out)
{
	const char *format = type == TYPE_ETHER_TYPE ? " (0x%04x)" : " (%u)";
	const struct symbol *symbol = type_table[type].symbols;

	for (const char *comma = "or one of "; symbol->name; symbol++, comma = ",\n") {
		fputs(comma, out);
		roff_text(symbol->name, out);
		if (symbol->lo == symbol->hi)
			fprintf(out, format, symbol->lo);
	}
}

bool write_types(const char *unused, FILE *out)
{
	(void)unused;
	fputs(".Bl -tag -width Ds\n", out);
	for (int type = 0; type < VALUE_TYPES; type++) {
		const struct type_info *info = &type_table[type];

		fprintf(out, ".It Vt %s\n", info->name);
		roff_text(info->article_name, out);
		if (info->max && type != TYPE_IPV4)
			fprintf(out, ",\n0 to %u", info->max);
		fputs(info->symbols ? ",\n" : "", out);
		if (info->symbols)
			symbol_list((enum value_type)type, out);
		putc('\n', out);
	}
	fputs(".El\n", out);
	return true;
}

bool write_codes(const char *unused, FILE *out)
{
	(void)unused;
	fputs(".Bl -tag -width E0000\n", out);
	for (int code = 0; code < DIAG_CODES; code++) {
		fprintf(out, ".It Er %s\n", diag_code_name((enum diag_code)code));
		roff_text(diag_code_meaning((enum diag_code)code), out);
		putc('\n', out);
	}
	fputs(".El\n", out);
	return true;
}
