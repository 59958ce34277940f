// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flow_text.h"

#include "duration.h"
#include "packet/words.h"
#include "policy/diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define FLOW_HINT   "for example: udp 10.0.0.1:5000 > 10.0.0.2:53, tcp [fd00::1]:80 > [fd00::2]:4000"
#define ACTION_HINT "pass, drop, xsk CONSUMER, tx or tx swap, then: timeout 30s"

const char *const flow_action_names[] = {
	[XDV_FLOW_PASS] = "pass", [XDV_FLOW_DROP] = "drop",	  [XDV_FLOW_XSK] = "xsk",
	[XDV_FLOW_TX] = "tx",	  [XDV_FLOW_TX_SWAP] = "tx swap",
};

/* The verbs: the last one is two words. */
#define VERBS XDV_FLOW_TX_SWAP

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"udp", IPPROTO_UDP}, {"tcp", IPPROTO_TCP}, {"sctp", IPPROTO_SCTP}};

#define PROTOCOLS (sizeof(protocols) / sizeof(*protocols))

static int parse_protocol(struct words *words, struct xdv_flow *flow)
{
	const char *names[PROTOCOLS];
	struct word word;

	if (!words_next(words, &word))
		return words_fail(words, &word, FLOW_HINT, "the flow is missing");
	for (size_t i = 0; i < PROTOCOLS; i++) {
		names[i] = protocols[i].name;
		if (strcmp(word.text, names[i]) == 0) {
			flow->protocol = protocols[i].number;
			return 0;
		}
	}
	words_fail(words, &word, FLOW_HINT, "a flow begins with udp, tcp or sctp, not `%s`",
		   word.text);
	if (nearest_name(word.text, names, PROTOCOLS))
		words_hint(words, "did you mean `%s`?", nearest_name(word.text, names, PROTOCOLS));
	return -EINVAL;
}

static int parse_endpoint(struct words *words, const struct word *word, uint8_t address[16],
			  uint16_t *port, uint8_t *family)
{
	struct word host, number;
	uint32_t value;

	word_split_endpoint(word, &host, &number);
	if (host.length && inet_pton(AF_INET, host.text, address) == 1)
		*family = AF_INET;
	else if (host.length && inet_pton(AF_INET6, host.text, address) == 1)
		*family = AF_INET6;
	else
		return words_fail(words, word, "they look like 10.0.0.1:80 or [fe80::1]:80",
				  "`%s` is not an address with a port", word->text);
	if (!number.length)
		return words_fail(words, word, "a flow is one address and port to another",
				  "`%s` has no port", word->text);
	if (word_number(words, &number, "a port", 65535, &value))
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

/* Where nothing is behind the source, the shell has taken it. */
static int parse_ends(struct words *words, struct xdv_flow *flow)
{
	struct word from, to;
	uint8_t family;

	if (words_expect(words, &from, "an address", "udp, tcp or sctp"))
		return -EINVAL;
	if (parse_endpoint(words, &from, flow->saddr, &flow->sport, &flow->family))
		return -EINVAL;
	words_take(words, ">");
	if (!words_next(words, &to) || strcmp(to.text, "=") == 0)
		return words_fail(
			words, &to,
			"a shell takes `> DST` for a file to write to: quote the flow, or leave the `>` out",
			"expected the destination behind `%s`", from.text);
	if (parse_endpoint(words, &to, flow->daddr, &flow->dport, &family))
		return -EINVAL;
	if (family != flow->family)
		return words_fail(words, &to, NULL, "one address is IPv4, the other is IPv6");
	return 0;
}

static int parse_consumer(struct words *words, struct flow_text *out)
{
	struct word word;

	if (!words_next(words, &word))
		return words_fail(words, &word, "`xdivert show` lists the consumers",
				  "`xsk` needs the name of a consumer");
	if (word.length >= sizeof(out->consumer))
		return words_fail(words, &word, NULL,
				  "a consumer's name has at most %zu characters",
				  sizeof(out->consumer) - 1);
	snprintf(out->consumer, sizeof(out->consumer), "%.31s", word.text);
	return 0;
}

static int parse_action(struct words *words, struct flow_text *out)
{
	struct word word;
	size_t verb = 0;

	/* `=>`, to words, is two of them */
	if (words_take(words, "=") && !words_take(words, ">")) {
		word = words_peek(words);
		return words_fail(
			words, &word,
			"a shell takes the `> …` of `=> …` for a file to write to: quote it, or leave the `=>` out",
			"expected `>` behind `=`");
	}
	if (!words_next(words, &word))
		return words_fail(words, &word, ACTION_HINT, "expected what to do with the flow");
	while (verb < VERBS && strcmp(word.text, flow_action_names[verb]) != 0)
		verb++;
	if (verb == VERBS) {
		const char *near = nearest_name(word.text, flow_action_names, VERBS);

		words_fail(words, &word, ACTION_HINT, "flows have no action `%s`", word.text);
		if (near)
			words_hint(words, "did you mean `%s`?", near);
		return -EINVAL;
	}
	out->action = (enum xdv_flow_action)verb;
	if (out->action == XDV_FLOW_TX && words_take(words, "swap"))
		out->action = XDV_FLOW_TX_SWAP;
	return out->action == XDV_FLOW_XSK ? parse_consumer(words, out) : 0;
}

static int parse_time(struct words *words, uint32_t *ms)
{
	struct word word;
	int err;

	if (words_expect(words, &word, "a time", "timeout"))
		return -EINVAL;
	err = duration_parse(ms, word.text);
	if (err == -ERANGE)
		return words_fail(words, &word, NULL, "a timeout is 1ms to 49d, not %s", word.text);
	if (err)
		return words_fail(words, &word, DURATION_HINT, "`%s` is not a time", word.text);
	return 0;
}

int flow_from_text(struct flow_text *out, const char *text, bool acts,
		   struct packet_text_error *error)
{
	struct packet_text_error unused;
	struct words words = {.text = text, .error = error ? error : &unused};
	struct word rest;

	memset(out, 0, sizeof(*out));
	if (parse_protocol(&words, &out->flow) || parse_ends(&words, &out->flow))
		return -EINVAL;
	if (acts && parse_action(&words, out))
		return -EINVAL;
	if (acts && words_take(&words, "timeout") && parse_time(&words, &out->timeout_ms))
		return -EINVAL;
	if (words_next(&words, &rest))
		return words_fail(&words, &rest, acts ? ACTION_HINT : "the flow ends here",
				  "unexpected `%s`", rest.text);
	return 0;
}

char *flow_action_format(char text[FLOW_ACTION_TEXT], const struct xdv_flow_info *info)
{
	bool diverts = info->action == XDV_FLOW_XSK;
	char time[24] = "";

	if (info->timeout_ms)
		duration_format(time, sizeof(time), info->timeout_ms);
	snprintf(text, FLOW_ACTION_TEXT, "%s%s%s%s%s", flow_action_names[info->action],
		 diverts ? " " : "", diverts ? info->consumer[0] ? info->consumer : "?" : "",
		 *time ? " timeout " : "", time);
	return text;
}
