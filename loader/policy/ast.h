/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A policy as a tree: what the parser builds, the checker resolves and types, and the planner and
 * the evaluator read. Everything lives in the policy's arena.
 *
 * The parser fills what is marked "parsed"; the rest is the checker's. A policy without errors
 * has no unresolved name left.
 */
#ifndef XDIVERT_AST_H
#define XDIVERT_AST_H

#include "diag.h"
#include "field.h"
#include "source.h"

#include <stdbool.h>
#include <stdint.h>

#define KEY_PARTS_MAX 4 /* fields of a concatenation */

struct name {
	const char *text;
	struct location where;
};

/* A literal as written; what it means depends on the type it meets. */
enum literal_kind {
	LITERAL_NUMBER,
	LITERAL_IPV4,
	LITERAL_IPV6,
	LITERAL_ETHER,
	LITERAL_SYMBOL,
	LITERAL_FLAGS, /* syn|ack */
};

struct literal {
	enum literal_kind kind;
	struct location where;
	const char *text;
	union {
		uint32_t number; /* of LITERAL_NUMBER */
		struct value value; /* of the addresses */
		struct { /* of LITERAL_FLAGS */
			const struct name *flags;
			size_t flag_count;
		};
	};
};

/* One part of an element: a value, a range or a prefix. */
struct part {
	struct location where;
	struct literal first; /* parsed */
	struct literal last; /* parsed, if is_range */
	bool is_range; /* parsed */
	bool is_prefix; /* parsed: first/prefix */
	unsigned int prefix; /* parsed: bits */
	struct value lo, hi; /* inclusive; equal for a single value */
};

/* One element of a set: as many parts as the key has fields. */
struct element {
	struct location where;
	struct part *parts;
	size_t count;
};

struct elements {
	struct element *list;
	size_t count;
};

struct set {
	struct name name;
	struct name *type_names; /* parsed */
	enum value_type types[KEY_PARTS_MAX];
	size_t parts;
	struct name *words; /* parsed: what is behind the types: `dynamic size 1000` */
	size_t word_count;
	bool has_list; /* parsed: there are braces, if only empty ones */
	struct elements elements; /* of a dynamic set, those that it begins with */
	bool dynamic; /* may change while it is live; otherwise it is part of the program */
	bool prefixes; /* dynamic, and of prefixes; otherwise elements of it are single values */
	uint32_t size; /* elements that a dynamic set has room for; 0: see SET_SIZE_SHARED */
	size_t number; /* of a dynamic set: which of the plan's */
	bool used;
	bool broken; /* has errors; after a syntax error, known by name only */
};

/*
 * Dynamic sets of the same types whose size is not written have room for so many elements
 * together; a written size is a set's own.
 */
#define SET_SIZE_SHARED 65536u
#define SET_SIZE_MAX	(1u << 24)

enum expr_kind {
	EXPR_AND,
	EXPR_OR,
	EXPR_NOT,
	EXPR_HEADER, /* the packet has this header */
	EXPR_MATCH, /* a field, or a concatenation, is (not) one of some elements */
	EXPR_MASK, /* field & mask = value */
	EXPR_PCAP, /* a filter of libpcap's takes the frame */
};

/*
 * Bytes of a packet as a number, most significant first: `bytes(payload + 1, 4) & 0xffff00`.
 * l3 is behind the Ethernet header and the VLAN tags, l4 behind the IP header and its options or
 * extension headers, payload behind that of TCP (with options), UDP, SCTP or ICMP. What is behind
 * the IP datagram belongs to neither of the last two.
 */
enum slice_base { SLICE_L2, SLICE_L3, SLICE_L4, SLICE_PAYLOAD, SLICE_BASES };

struct slice {
	enum slice_base base;
	uint32_t offset, length;
	uint32_t mask;
};

#define SLICES_MAX	 8 /* different ones in a policy */
#define SLICE_OFFSET_MAX 2047
#define SLICE_LENGTH_MAX 4

struct bpf_insn;

/*
 * `pcap "EXPRESSION"`: the frame, with its VLAN tags and whatever its fragment, as tcpdump sees it.
 * `code` is what libpcap makes of the expression; same expressions share one.
 */
struct filter {
	const char *text; /* as it is between the quotes */
	struct bpf_insn *code;
	size_t length; /* in instructions */
	bool is_true; /* every packet is wanted */
	bool reads_vlan;
};

#define FILTERS_MAX	  16 /* different ones in a policy */
#define FILTER_TEXT_MAX	  4096
#define FILTER_LENGTH_MAX 512

/* The field as written: `ip saddr`. */
struct field_use {
	struct name header; /* of bytes, all of it */
	struct name name; /* of bytes, the base */
	enum field field;
	bool is_bytes; /* parsed */
	struct literal offset, length; /* of bytes, parsed */
	unsigned int slice; /* of bytes: which of the policy's */
};

struct expr {
	enum expr_kind kind;
	struct location where;

	struct expr *left, *right; /* AND, OR; NOT has only left */

	struct name header_name; /* HEADER, parsed */
	enum header header;

	struct field_use fields[KEY_PARTS_MAX]; /* MATCH; MASK has one */
	size_t field_count;
	bool negated; /* `!=`: the header is there, and the value is another */
	struct name set_name; /* MATCH on a named set; text is NULL otherwise */
	struct set *set;
	struct elements elements; /* MATCH: the set's or the rule's own */

	struct literal mask_literal, value_literal; /* MASK, parsed */
	uint32_t mask, value;

	struct name filter_text; /* PCAP, parsed: what is between the quotes, and where they are */
	const struct filter *filter; /* of the policy's */
};

enum action_kind {
	ACTION_PASS,
	ACTION_DROP,
	ACTION_XSK,
	ACTION_TX,
	ACTION_REDIRECT,
	ACTION_DPDK,
	ACTION_STORAGE,
	ACTIONS
};

struct action {
	struct location where;
	struct name *words; /* parsed: all of it, as written */
	size_t word_count;
	struct name verb; /* text is NULL for a default that is implied */
	struct name target; /* the consumer or interface; text is NULL if there is none */
	enum action_kind kind;
	unsigned int consumer; /* index, for ACTION_XSK, _DPDK and _STORAGE */
	unsigned int interface; /* index, for ACTION_REDIRECT */
	bool swap; /* ACTION_TX with the Ethernet addresses exchanged */
	bool has_mark;
	uint32_t mark; /* for the consumer, in the metadata */
	struct limit *limit; /* NULL: none */
	uint32_t sample; /* one packet in so many is copied; 0: none */
};

/* Packets beyond `rate` in `unit`, and a burst, take another action. On each processor. */
struct limit {
	uint32_t rate; /* packets */
	uint64_t unit; /* nanoseconds */
	const char *unit_text; /* "s" */
	uint32_t burst; /* packets */
	struct action otherwise; /* has no limit itself */
};

/* Who takes the packets: all of them by AF_XDP sockets, in the kernel they are alike. */
enum consumer_kind {
	CONSUMER_XSK, /* an application, of libxdivert or bare: `consumer feed { … }` */
	CONSUMER_DPDK, /* DPDK's af_xdp driver: `target fwd dpdk { … }` */
	CONSUMER_STORAGE, /* a storage gateway: `target vol0 storage { … }` */
	CONSUMER_KINDS
};

/* What a storage target serves; the text of what is not said is NULL. */
struct storage {
	struct name backend; /* "file:/srv/vol0.img" */
	struct name nbd; /* where NBD clients come: "127.0.0.1:10809" */
	struct name aoe; /* it is a disk for AoE initiators, in this slot of this shelf */
	uint16_t shelf;
	uint8_t slot;
	bool read_only, cached;
};

/* Multicast groups of which the interface is a member while the policy is live: join.h. */
struct join {
	enum value_type type; /* TYPE_IPV4, TYPE_IPV6 */
	struct value first, last; /* inclusive */
};

struct consumer {
	struct name name;
	struct name kind_name; /* parsed: `dpdk`; text is NULL for `consumer` */
	enum consumer_kind kind;
	struct option {
		struct name name;
		struct name *words; /* as written, numbers and ranges too */
		size_t count;
		struct name string; /* instead of words, what is between the quotes */
		struct part *addresses; /* instead of words, an address, a prefix or a range */
	} * options; /* parsed */
	size_t option_count;
	struct storage storage; /* of CONSUMER_STORAGE */
	bool metadata; /* put struct xdv_metadata in front of each frame */
	uint32_t stall; /* milliseconds without an answer after which it hangs; 0: it never does */
	uint32_t fanout; /* sockets on each queue */
	struct allow {
		bool group; /* else a user */
		struct name who; /* its name or number */
	} * allow; /* who is handed sockets by `xdivert run`, besides root */
	size_t allow_count;
	struct join *joins;
	size_t join_count;
	bool steers; /* the NIC is asked to put its packets on the receive queue `steer` */
	uint32_t steer;
	bool used;
	bool broken; /* known by name only: of what kind it was meant to be is not clear */
};

/* Flows, which are put in while the policy is live, and come before its rules. */
struct flows {
	struct option *options; /* parsed */
	size_t option_count;
	uint32_t size; /* how many there may be */
};

#define FLOWS_SIZE_DEFAULT 65536
#define FLOWS_SIZE_MAX	   (1 << 24)

struct rule {
	struct name name;
	struct location where;
	struct expr *match;
	struct action action;
	/* The rule speaks of fragments: its layer 4 fields are read in first fragments too. */
	bool reads_fragments;
	bool reads_inner_fragments; /* the same of what a tunnel carries */
	bool unreachable; /* earlier rules take all its packets, or there are none */
	bool broken; /* has errors, or uses something that has: not fit to be reasoned about */
};

/* `test EXPECTED: PACKET` */
struct policy_test {
	struct name expected; /* a rule, `default`, or an action's verb */
	const char *packet; /* the rest of the line */
	struct location packet_where;
};

struct policy {
	struct arena *arena;
	struct diags diags;
	const char *file;
	const char *text;
	struct sources sources; /* the first is this file; the others are included */
	bool incomplete; /* something could not be included */

	struct elements list; /* of policy_from_list() */
	struct set **sets; /* pointers stay valid while the list grows */
	size_t set_count;
	struct consumer **consumers;
	size_t consumer_count;
	struct consumer **volumes; /* storage targets that serve something; those with `aoe` take
				    * packets, and are consumers too */
	size_t volume_count;
	struct flows *flows; /* NULL: none */
	struct name on_exit; /* parsed: `unload`; text is NULL if it says nothing */
	bool unload_on_exit; /* when `xdivert run` ends it is to be taken off */
	/* to which packets are redirected, each once, by the first place that names it */
	struct name *interfaces;
	size_t interface_count;
	struct rule **rules;
	size_t rule_count;
	struct action default_action;
	bool has_default; /* written in the file, not implied */
	bool broken_rules; /* some rule had a syntax error and is missing */
	struct slice slices[SLICES_MAX];
	size_t slice_count;
	struct filter filters[FILTERS_MAX];
	size_t filter_count;
	struct policy_test **tests;
	size_t test_count;
};

/*
 * Reads and checks a policy. Always gives a policy, whose `diags` say what is wrong with it; the
 * caller frees it. Needs no privilege, no device and no kernel.
 */
struct policy *policy_from_text(const char *file, const char *text);
/* The same from what was read from a file, with a zero behind it. -EBADMSG: it is no text. */
int policy_from_bytes(struct policy **policy, const char *file, const char *text, size_t size);
/*
 * The same from what sources_write() has written: what it includes is in there, and no file is
 * read.
 */
struct policy *policy_from_bundle(const char *file, const char *bundle, size_t size);
/* The same from a file, "-" for standard input; 0, or a negative errno if it can't be read. */
#define POLICY_SIZE_MAX SOURCES_SIZE_MAX
int policy_from_file(struct policy **policy, const char *file);
void policy_free(struct policy **policy);

/*
 * The operands of a chain of `and` or of `or`, in the order of the file; a chain leans to the left
 * and may have thousands of links. Writes them to `operands` unless that is NULL; returns how many.
 */
size_t expr_operands(const struct expr *chain, const struct expr **operands);

/* Number of the rule of that name as the counters have it (1 = first); 0 if there is none. */
size_t policy_rule_number(const struct policy *policy, const char *name);
/* "default" for 0. */
const char *policy_rule_name(const struct policy *policy, size_t number);
const char *action_verb(enum action_kind kind);
/* The action of a rule by its number, the default's for 0. */
const struct action *policy_action(const struct policy *policy, size_t number);
/* Whether some rule, or the default, ever does this; also beyond a limit. */
bool policy_has_action(const struct policy *policy, enum action_kind kind);
bool policy_has_samples(const struct policy *policy);
/* Whether some consumer has several sockets on a queue. */
bool policy_spreads(const struct policy *policy);
/* Whether it hands packets to a consumer or target. */
bool action_diverts(enum action_kind kind);
/* What is said of a kind of consumer. */
struct consumer_words {
	enum action_kind action; /* that diverts to it */
	const char *name; /* "dpdk" */
	const char *noun; /* "dpdk target" */
	const char *statement, *kind; /* what declares it: "target", and " dpdk" behind its name */
};
extern const struct consumer_words consumer_words[CONSUMER_KINDS];
/* The verbs of all actions, by kind. */
extern const char *const action_verbs[ACTIONS];
/* As it is written in a policy: "xsk feed". Cut if it is too long; returns `buffer`. */
#define ACTION_TEXT 160
char *action_format(char *buffer, size_t size, const struct action *action);

/* "l2" … */
extern const char *const slice_base_names[SLICE_BASES];
/* "ip saddr", "bytes(payload + 1, 4)": returns `buffer`; FIELD_TEXT bytes suffice. */
#define FIELD_TEXT 64
char *field_use_text(char buffer[FIELD_TEXT], const struct field_use *use);

/* The stages behind policy_from_text(), each on its own. */
void policy_parse(struct policy *policy);
void policy_check(struct policy *policy);

/* Text dumps: `xdivert compile --emit tokens|ast`. */
void policy_dump_tokens(const char *text, FILE *out);
void policy_dump_ast(const struct policy *policy, FILE *out);

#endif
