// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Filters of libpcap's: `pcap "udp and not host 10.0.0.1"`.
 */
#include "check.h"

#include "arena.h"
#include "cbpf.h"
#include "filter_words.h"

#include <pcap/pcap.h>
#include <string.h>

/* Of the frame, as much as classic BPF sees. */
#define SNAPLEN 65535

/* Columns from the opening quote to a byte of the filter: a backslash may be in front of it. */
static unsigned int columns_to(const char *raw, size_t offset)
{
	const char *at = raw + 1;

	for (size_t i = 0; i < offset; i++)
		at += at[0] == '\\' && (at[1] == '"' || at[1] == '\\') ? 2 : 1;
	return (unsigned int)(at - raw);
}

/* The place of some bytes of the filter in the policy. */
static struct location place(const struct policy *policy, const struct name *text, size_t offset,
			     size_t length)
{
	const char *raw = source_line(&policy->sources, &text->where) + text->where.column - 1;
	struct location where = text->where;

	where.column += columns_to(raw, offset);
	where.end_column = text->where.column + columns_to(raw, offset + length);
	return where;
}

static void words_fault(struct policy *policy, const struct name *text,
			const struct filter_fault *fault)
{
	struct diag *diag = diag_add(&policy->diags, E_FILTER,
				     place(policy, text, fault->offset, fault->length), "%s",
				     fault->message);

	if (*fault->hint)
		diag_hint(&policy->diags, diag, "%s", fault->hint);
}

static void libpcap_fault(struct policy *policy, const struct name *text, const char *message)
{
	static const char prefix[] = "can't parse filter expression: ";
	struct diag *diag;

	if (strncmp(message, prefix, strlen(prefix)) == 0)
		message += strlen(prefix);
	if (strcmp(message, "expression rejects all packets") == 0) {
		diag_add(&policy->diags, E_CONTRADICTION, text->where,
			 "the filter contradicts itself: it takes no packet");
		return;
	}
	diag = diag_add(&policy->diags, E_FILTER, text->where,
			"libpcap does not take this filter: %s", message);
	diag_hint(&policy->diags, diag,
		  "pcap-filter(7) has the grammar; `tcpdump -d` tries a filter");
}

/* Checks that the kernel's program can do what the filter asks. */
static bool read_code(struct policy *policy, struct filter *filter, const struct name *text)
{
	enum cbpf_fault fault;
	struct cbpf cbpf;

	if (filter->length > FILTER_LENGTH_MAX) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TOO_COMPLEX, text->where,
				   "the filter comes to %zu instructions, of at most %d",
				   filter->length, FILTER_LENGTH_MAX),
			  "long lists of addresses and ports are cheaper as sets");
		return false;
	}
	fault = cbpf_read(&cbpf, policy->arena, filter->code, filter->length);
	if (fault == CBPF_OUTSIDE)
		diag_add(&policy->diags, E_FILTER, text->where,
			 "the filter asks for what is not in the frame, or in front of it");
	else if (fault)
		diag_add(&policy->diags, E_FILTER, text->where,
			 "libpcap makes a program of this filter that can't run in the kernel");
	else if (cbpf.blocks[0].step_count || cbpf.blocks[0].end != CBPF_GOTO)
		return true;
	else if (cbpf.blocks[0].yes == CBPF_UNWANTED)
		libpcap_fault(policy, text, "expression rejects all packets");
	else
		filter->is_true = true;
	if (!filter->is_true)
		return false;
	diag_add(&policy->diags, W_REDUNDANT, text->where,
		 "the filter says nothing: it takes every packet");
	return true;
}

/* Takes the program over from libpcap. */
static bool compile(struct policy *policy, struct filter *filter, const struct name *text,
		    const char *words)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	bool compiled;

	if (!pcap) {
		libpcap_fault(policy, text, "out of memory");
		return false;
	}
	compiled = pcap_compile(pcap, &program, words, true, PCAP_NETMASK_UNKNOWN) == 0;
	if (compiled) {
		filter->length = program.bf_len;
		filter->code = arena_alloc(policy->arena, filter->length * sizeof(*filter->code));
		memcpy(filter->code, program.bf_insns, filter->length * sizeof(*filter->code));
		pcap_freecode(&program);
	} else {
		libpcap_fault(policy, text, pcap_geterr(pcap));
	}
	pcap_close(pcap);
	return compiled && read_code(policy, filter, text);
}

static bool text_check(struct policy *policy, const struct expr *expr)
{
	if (strcmp(expr->header_name.text, "pcap") != 0) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_SYNTAX, expr->filter_text.where,
				   "a text in quotes can't stand behind `%s`",
				   expr->header_name.text),
			  "pcap \"FILTER\" asks a filter as tcpdump has them");
		return false;
	}
	if (strlen(expr->filter_text.text) > FILTER_TEXT_MAX) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TOO_COMPLEX, expr->filter_text.where,
				   "a filter has at most %d characters", FILTER_TEXT_MAX),
			  "long lists of addresses and ports are cheaper as sets");
		return false;
	}
	return true;
}

void filter_check(struct policy *policy, struct expr *expr)
{
	const struct name *text = &expr->filter_text;
	struct filter filter = {.text = text->text};
	struct filter_words words;
	struct filter_fault fault;

	if (!text_check(policy, expr))
		return;
	for (size_t i = 0; i < policy->filter_count && !expr->filter; i++)
		if (strcmp(policy->filters[i].text, text->text) == 0)
			expr->filter = &policy->filters[i];
	if (expr->filter)
		return;
	if (filter_words_check(&words, policy->arena, text->text, &fault)) {
		words_fault(policy, text, &fault);
		return;
	}
	filter.reads_vlan = words.vlan;
	if (!compile(policy, &filter, text, words.text))
		return;
	if (policy->filter_count == FILTERS_MAX) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TOO_COMPLEX, expr->where,
				   "a policy can ask %d different filters", FILTERS_MAX),
			  "join filters that are alike by `or`, or write them as conditions");
		return;
	}
	expr->filter = &policy->filters[policy->filter_count];
	policy->filters[policy->filter_count++] = filter;
}
