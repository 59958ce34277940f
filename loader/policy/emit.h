/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writes the C of a planned policy: short, to be read, and built on the headers of bpf/.
 */
#ifndef XDIVERT_EMIT_H
#define XDIVERT_EMIT_H

#include "plan.h"

/*
 * `source_lines`: with #line directives, by which the kernel's verifier names the line of the
 * policy that it has an objection to.
 */
void emit_program(const struct plan *plan, FILE *out, bool source_lines);

/* emit_expr.c: the condition of a rule, as C, in one line. */
void emit_condition(const struct plan *plan, const struct rule *rule, FILE *out);
/* emit_straight.c: the name of a rule in C: "RULE_order", "RULE_DEFAULT" for 0. */
void emit_rule_constant(const struct policy *policy, size_t number, char *out, size_t size);
/*
 * emit_action.c: the headers and maps that actions need, and act(), which does to a packet what its
 * rule says: as a switch over the rules of straight code, or as the data of a lookup.
 */
void emit_action_headers(const struct plan *plan, FILE *out);
void emit_action_maps(const struct plan *plan, FILE *out);
void emit_straight_verdict(const struct plan *plan, FILE *out);
void emit_lookup_verdict(const struct plan *plan, FILE *out);
/* The map of a consumer, by its number: "xsks_map", "xsks_1" …; returns `name`. */
const char *emit_consumer_map(unsigned int consumer, char *name, size_t size);
/*
 * In front of a divert: which of the consumer's sockets, if there are several on a queue, and what
 * is done `instead` if it hangs. Behind it the divert is to that socket.
 */
void emit_watch(const struct consumer *consumer, unsigned int number, const char *indent,
		const char *instead, FILE *out);
#define EMIT_TO(consumer)     ((consumer)->fanout > 1 ? "_to" : "")
#define EMIT_SOCKET(consumer) ((consumer)->fanout > 1 ? ", socket" : "")
/* emit_flows.c: act_on_flow(), which does to a packet what its flow says, if it is of one. */
void emit_flow_verdict(const struct plan *plan, FILE *out);
/* The name of a question in C: "in_exchanges"; returns `buffer`. */
char *emit_question_name(const struct plan *plan, size_t question, char *buffer, size_t size);
/*
 * emit_lookup.c: the looks of a classifier. emit_keys() writes a statement for each key, and
 * emit_lookup() the expression of one look, both with keys called key_0, key_1 …
 */
void emit_keys(const struct plan *plan, const struct classifier *classifier, FILE *out);
void emit_lookup(const struct classifier *classifier, size_t look, const char *words, FILE *out);
/*
 * emit_filter.c: filters of libpcap's, a function each, that says whether a frame is wanted; and
 * what it is called: "pcap_1".
 */
void emit_filters(const struct plan *plan, FILE *out);
void emit_filter_name(const struct plan *plan, const struct filter *filter, FILE *out);
/* "p->dport", "key->inner.dport", "key->in_exchanges", "key->bytes_1", "key->has_bytes_1" */
void emit_word(const struct plan *plan, uint32_t word, FILE *out);
/*
 * emit_dynamic.c: headers and tables of dynamic sets, and the looks into them. Of a look that
 * answers for several sets, emit_dynamic_looks() writes the statement that makes it, in front of
 * the rule that wants it first (by number; 0: all of them), and emit_dynamic_answer() what it says
 * of one set: "ip_saddr_sets >> SET_blocked & 1".
 */
void emit_dynamic_headers(const struct plan *plan, FILE *out);
void emit_dynamic(const struct plan *plan, FILE *out);
void emit_dynamic_looks(const struct plan *plan, size_t rule, FILE *out);
void emit_dynamic_answer(const struct plan *plan, const struct expr *expr, FILE *out);
/* emit_lookup.c: the words of a field, "p->ether_saddr[0], p->ether_saddr[1]". */
void emit_field_words(const struct plan *plan, const struct field_use *use, const char *before,
		      const char *between, FILE *out);
/* "(p->tcp_flags & 0x12) == 0x02" */
void emit_mask(const struct plan *plan, const struct expr *expr, FILE *out);
/* What the functions of a classifier take, and how it is called: "key", or "p" if that suffices. */
bool emit_takes_key(const struct plan *plan);
/* More is known of the packet than struct xdv_packet holds, and classify() takes it all. */
bool emit_has_key(const struct plan *plan);

#endif
