// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "filter_words.h"

#include "arena.h"
#include "diag.h"
#include "field.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What may stand behind a word, in place of one of libpcap's own. */
enum follows {
	NOTHING,
	STATIC, /* a name that libpcap knows by heart */
	PROTOCOL, /* the name of an IP protocol, behind a backslash */
	ETHER_PROTOCOL, /* in front of `proto`: it is one of those that libpcap knows by heart */
	PORT_RANGE
};

/* What can't be asked of a packet, and why. */
static const struct {
	const char *word, *why;
} refused[] = {
	{"protochain", "it runs in a loop, and programs in the kernel must end"},
	{"gateway", "it asks for the name of a host, and names are not looked up"},
	{"inbound", "a frame does not say which way it goes"},
	{"outbound", "a frame does not say which way it goes"},
	{"ifindex", "a frame does not say which device received it"},
};

static const struct special {
	const char *word;
	enum follows follows;
} specials[] = {
	{"portrange", PORT_RANGE}, {"proto", PROTOCOL},
	{"link", ETHER_PROTOCOL},  {"ether", ETHER_PROTOCOL},
	{"ppp", ETHER_PROTOCOL},   {"slip", ETHER_PROTOCOL},
	{"fddi", ETHER_PROTOCOL},  {"tr", ETHER_PROTOCOL},
	{"wlan", ETHER_PROTOCOL},  {"iso", ETHER_PROTOCOL},
	{"llc", STATIC},	   {"type", STATIC},
	{"subtype", STATIC},	   {"direction", STATIC},
	{"dir", STATIC},	   {"on", STATIC},
	{"ifname", STATIC},	   {"rset", STATIC},
	{"ruleset", STATIC},	   {"reason", STATIC},
	{"action", STATIC},
};

/* The other words of libpcap's filters, pcap-filter(7); some are of other links than Ethernet. */
const char filter_plain_words[] =
	"dst src host net mask port and or not less greater byte broadcast multicast len "
	"length arp rarp ip ip6 tcp udp sctp icmp icmp6 igmp igrp pim vrrp carp ah esp "
	"radio atalk aarp decnet lat sca moprc mopdl stp ipx netbeui esis es-is isis is-is "
	"l1 l2 iih lsp snp csnp psnp clnp vlan mpls pppoed pppoes geneve addr1 addr2 addr3 "
	"addr4 address1 address2 address3 address4 ra ta lane metac bcc oam oamf4 oamf4ec "
	"oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr rulenum srnr subrulenum fisu "
	"lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls icmptype "
	"icmpcode icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo "
	"icmp-routeradvert icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp "
	"icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply icmp6type "
	"icmp6code icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded "
	"icmp6-parameterproblem icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery "
	"icmp6-multicastlistenerreportv1 icmp6-multicastlistenerdone icmp6-routersolicit "
	"icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect "
	"icmp6-routerrenum icmp6-nodeinformationquery icmp6-nodeinformationresponse "
	"icmp6-ineighbordiscoverysolicit icmp6-ineighbordiscoveryadvert "
	"icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest "
	"icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert "
	"icmp6-certpathsolicit icmp6-certpathadvert icmp6-multicastrouteradvert "
	"icmp6-multicastroutersolicit icmp6-multicastrouterterm tcpflags tcp-fin tcp-syn "
	"tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr ";

#define REFUSED	  (sizeof(refused) / sizeof(*refused))
#define SPECIALS  (sizeof(specials) / sizeof(*specials))
#define PLAIN_MAX 200

struct scan {
	struct arena *arena;
	const char *text;
	/* the words right in front; NULL: they are plain, or something is between */
	const struct special *last, *before;
	bool wants_value; /* so does the word right in front: what comes is no word of the grammar
			   */
	struct filter_words *words;
	struct filter_fault *fault;
	char *out; /* where the next byte of words->text goes */
};

static int refuse(struct scan *scan, const char *at, size_t length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(struct scan *scan, const char *at, size_t length, const char *format, ...)
{
	va_list arguments;

	scan->fault->offset = (size_t)(at - scan->text);
	scan->fault->length = length;
	va_start(arguments, format);
	vsnprintf(scan->fault->message, sizeof(scan->fault->message), format, arguments);
	va_end(arguments);
	scan->fault->hint[0] = 0;
	return -EINVAL;
}

static void hint(struct scan *scan, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void hint(struct scan *scan, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(scan->fault->hint, sizeof(scan->fault->hint), format, arguments);
	va_end(arguments);
}

static bool is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(text, word, length) == 0;
}

static const struct special *find_special(const char *text, size_t length)
{
	for (size_t i = 0; i < SPECIALS; i++)
		if (is(text, length, specials[i].word))
			return &specials[i];
	return NULL;
}

static bool is_plain_word(const char *text, size_t length)
{
	for (const char *word = filter_plain_words; *word; word += strcspn(word, " ") + 1)
		if (strcspn(word, " ") == length && memcmp(text, word, length) == 0)
			return true;
	return false;
}

/* Behind one of these stands an address or a number. */
static bool is_value_word(const char *text, size_t length)
{
	static const char *const words[] = {"host", "net", "mask", "port", "portrange"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(text, length, words[i]))
			return true;
	return false;
}

static const char *nearest_word(struct arena *arena, const char *name)
{
	char *words = arena_strndup(arena, filter_plain_words, sizeof(filter_plain_words) - 1),
	     *rest = NULL;
	const char *list[PLAIN_MAX];
	size_t count = 0;

	for (char *word = strtok_r(words, " ", &rest); word && count < PLAIN_MAX;
	     word = strtok_r(NULL, " ", &rest))
		list[count++] = word;
	return nearest_name(name, list, count);
}

/* Up to where libpcap takes letters, digits, `-`, `_` and `.` for one word. */
static size_t word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) ||
	       (text[length] && strchr("-_.", text[length])))
		length++;
	while (length > 1 && (text[length - 1] == '-' || text[length - 1] == '_'))
		length--;
	return length;
}

/* A number, decimal or hexadecimal: its length, 0 if there is none. */
static size_t number_length(const char *text)
{
	const char *hex = "0123456789abcdefABCDEF";

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && strspn(text + 2, hex))
		return 2 + strspn(text + 2, hex);
	return strspn(text, "0123456789");
}

/* `count` groups of up to `digits` hexadecimal digits (exactly, if `all`), with `between` them. */
static bool is_groups(const char *text, size_t length, size_t count, size_t digits, bool all,
		      char between)
{
	const char *end = text + length;

	for (size_t i = 0; i < count; i++) {
		size_t here = 0;

		while (text < end && here < digits && isxdigit((unsigned char)*text)) {
			text++;
			here++;
		}
		if (!here || (all && here < digits))
			return false;
		if (i + 1 < count && between && (text == end || *text++ != between))
			return false;
	}
	return text == end;
}

/* 7, 0x1f, 10.1, 10.0.0.1, and Ethernet addresses in their notations without colons. */
static bool is_literal(const char *text, size_t length)
{
	size_t used = number_length(text);

	for (size_t i = 1; i < 4 && used && used < length && text[used] == '.'; i++) {
		size_t more = number_length(text + used + 1);

		if (!more)
			break;
		used += 1 + more;
	}
	return (used && used == length) || is_groups(text, length, 3, 4, true, 0) ||
	       is_groups(text, length, 3, 4, true, '.') ||
	       is_groups(text, length, 6, 2, false, '.') ||
	       is_groups(text, length, 6, 2, false, '-');
}

/* Addresses with colons: their length, 0 if there is none. */
static size_t colon_address_length(const char *text)
{
	size_t length = strspn(text, "0123456789abcdefABCDEF:.");
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (length >= sizeof(copy) || !memchr(text, ':', length))
		return 0;
	memcpy(copy, text, length);
	copy[length] = 0;
	return is_groups(text, length, 6, 2, false, ':') || inet_pton(AF_INET6, copy, &address) == 1
		       ? length
		       : 0;
}

static bool is_port_range(const char *text, size_t length)
{
	size_t first = number_length(text);

	return first && text[first] == '-' && number_length(text + first + 1) &&
	       first + 1 + number_length(text + first + 1) == length;
}

static void copy(struct scan *scan, const char *text, size_t length)
{
	memcpy(scan->out, text, length);
	scan->out += length;
}

static int refuse_name(struct scan *scan, const char *at, size_t length)
{
	char name[64];
	const char *near;

	snprintf(name, sizeof(name), "%.*s", (int)length, at);
	near = scan->wants_value ? NULL : nearest_word(scan->arena, name);
	refuse(scan, at, length, "`%s` is a name, and a filter's names are not looked up", name);
	if (is_port_range(at, length))
		hint(scan, "write `portrange %s`", name);
	else if (near)
		hint(scan, "did you mean `%s`?", near);
	else
		hint(scan, "write the address or number that it stands for");
	return -EINVAL;
}

/* `ip proto \tcp`: its number goes to libpcap, which would read it in /etc/protocols. */
static int protocol(struct scan *scan, const char *at, size_t length)
{
	const struct symbol *symbol = type_table[TYPE_PROTOCOL].symbols;

	if (scan->before && scan->before->follows == ETHER_PROTOCOL) {
		copy(scan, at, length);
		return 0;
	}
	while (symbol->name && !is(at + 1, length - 1, symbol->name))
		symbol++;
	if (!symbol->name) {
		refuse(scan, at, length, "`%.*s` is no protocol whose number is known here",
		       (int)length - 1, at + 1);
		hint(scan, "write the number of the protocol");
		return -EINVAL;
	}
	scan->out += sprintf(scan->out, "%u", symbol->lo);
	return 0;
}

/* Behind a backslash, what would be a word of libpcap's is a name. */
static int escaped(struct scan *scan, const char **text)
{
	const char *at = *text;
	size_t length = 1 + strcspn(at + 1, " !()\n\t");

	*text += length;
	if (scan->last && scan->last->follows == PROTOCOL && length > 1)
		return protocol(scan, at, length);
	return refuse_name(scan, at, length);
}

static bool is_known(const struct scan *scan, const char *at, size_t length)
{
	enum follows follows = scan->last ? scan->last->follows : NOTHING;

	return follows == STATIC || is_plain_word(at, length) || is_literal(at, length) ||
	       (follows == PORT_RANGE && is_port_range(at, length));
}

static int plain(struct scan *scan, const char **text)
{
	const char *at = *text;
	size_t length = colon_address_length(at);
	const struct special *special = NULL;

	if (!length) {
		length = word_length(at);
		for (size_t i = 0; i < REFUSED; i++)
			if (is(at, length, refused[i].word))
				return refuse(scan, at, length,
					      "`%s` can't be asked of a packet: %s",
					      refused[i].word, refused[i].why);
		special = find_special(at, length);
		if (!special && !is_known(scan, at, length))
			return refuse_name(scan, at, length);
	}
	scan->words->vlan |= is(at, length, "vlan");
	scan->wants_value = is_value_word(at, length);
	copy(scan, at, length);
	scan->before = scan->last;
	scan->last = special;
	*text += length;
	return 0;
}

int filter_words_check(struct filter_words *words, struct arena *arena, const char *text,
		       struct filter_fault *fault)
{
	struct scan scan = {.arena = arena, .text = text, .words = words, .fault = fault};
	char *out = arena_alloc(arena, strlen(text) + 1);
	int err = 0;

	scan.out = out;
	*words = (struct filter_words){.text = out};
	while (*text && !err) {
		if (isalnum((unsigned char)*text) || colon_address_length(text)) {
			err = plain(&scan, &text);
		} else if (*text == '\\') {
			err = escaped(&scan, &text);
			scan.last = scan.before = NULL;
			scan.wants_value = false;
		} else {
			if (!isspace((unsigned char)*text)) {
				scan.last = scan.before = NULL;
				scan.wants_value = false;
			}
			copy(&scan, text++, 1);
		}
	}
	return err;
}
