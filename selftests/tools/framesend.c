// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sends crafted Ethernet frames through a packet socket: what the kernel's own sockets cannot be
 * made to send. Without HEX, UDP datagrams that carry sequence numbers.
 */
#include "sequence.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

static const char usage[] =
	"usage: framesend [-c COUNT] [-n FIRST-NUMBER] [-s ADDRESS] [-d ADDRESS] [-p SOURCE-PORT]\n"
	"                 [-P PORT] [-m DESTINATION-MAC] [-v VLAN-ID]... [-t ETHER-TYPE]\n"
	"                 [-e hop|routing|destination|fragment]... [-F first|later]\n"
	"                 INTERFACE [HEX...]\n";

#define VLANS_MAX      4
#define EXTENSIONS_MAX 8

struct options {
	unsigned long count, number, sport, dport, ether_type;
	const char *source, *destination;
	uint8_t mac[6];
	unsigned long vlans[VLANS_MAX];
	int vlan_count;
	int extensions[EXTENSIONS_MAX]; /* next-header values */
	int extension_count;
	const char *fragment; /* NULL: a whole datagram */
};

struct frame {
	uint8_t bytes[2048];
	size_t len;
};

static void put(struct frame *frame, const void *bytes, size_t len)
{
	memcpy(frame->bytes + frame->len, bytes, len);
	frame->len += len;
}

static void put8(struct frame *frame, unsigned long n)
{
	put(frame, &(uint8_t){(uint8_t)n}, 1);
}

static void put16(struct frame *frame, unsigned long n)
{
	put(frame, &(uint16_t){htons((uint16_t)n)}, 2);
}

/* RFC 1071, over `len` bytes and the sum so far; not folded. */
static uint32_t add_up(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_ether(struct frame *frame, const struct options *options, unsigned long type)
{
	put(frame, options->mac, 6);
	put(frame, (const uint8_t[]){0x02, 0, 0, 0, 0, 0xfe}, 6);
	for (int i = 0; i < options->vlan_count; i++) {
		/* the outer one of two is a service tag (802.1ad) */
		put16(frame, options->vlan_count > 1 && i == 0 ? 0x88a8 : 0x8100);
		put16(frame, options->vlans[i]);
	}
	put16(frame, type);
}

static bool is_later(const struct options *options)
{
	return options->fragment && strcmp(options->fragment, "later") == 0;
}

/* Offset and flags as IPv4 has them; later fragments pretend to start at byte 1480. */
static unsigned int ipv4_fragment(const struct options *options)
{
	if (!options->fragment)
		return 0;
	return is_later(options) ? 1480 / 8 : 0x2000;
}

static void put_ipv4(struct frame *frame, const struct options *options, const uint8_t *address,
		     size_t payload)
{
	size_t start = frame->len;
	uint16_t sum;

	put(frame, (const uint8_t[]){0x45, 0}, 2);
	put16(frame, 20 + payload);
	put16(frame, 0x1234); /* identification */
	put16(frame, ipv4_fragment(options));
	put(frame, (const uint8_t[]){64, IPPROTO_UDP, 0, 0}, 4);
	put(frame, address, 8);
	sum = htons(fold(add_up(frame->bytes + start, 20, 0)));
	memcpy(frame->bytes + start + 10, &sum, 2);
}

static void put_extension(struct frame *frame, const struct options *options, int type, int next)
{
	put8(frame, (unsigned long)next);
	if (type == IPPROTO_FRAGMENT) {
		unsigned int more = options->fragment && !is_later(options);

		put8(frame, 0);
		put16(frame, is_later(options) ? 1480 : more);
		put(frame, "\x12\x34\x56\x78", 4);
	} else if (type == IPPROTO_ROUTING) {
		/* no segments left: hosts skip it whatever its type (RFC 8200, 4.4) */
		put(frame, (const uint8_t[]){0, 253, 0, 0, 0, 0, 0}, 7);
	} else {
		put(frame, (const uint8_t[]){0, 1, 4, 0, 0, 0, 0}, 7); /* PadN of four bytes */
	}
}

static void put_ipv6(struct frame *frame, const struct options *options, const uint8_t *address,
		     size_t payload)
{
	int count = options->extension_count;

	put(frame, (const uint8_t[]){0x60, 0, 0, 0}, 4);
	put16(frame, payload + 8u * (unsigned int)count);
	put8(frame, (unsigned long)(count ? options->extensions[0] : IPPROTO_UDP));
	put8(frame, 64);
	put(frame, address, 32);
	for (int i = 0; i < count; i++)
		put_extension(frame, options, options->extensions[i],
			      i + 1 < count ? options->extensions[i + 1] : IPPROTO_UDP);
}

static void put_udp(struct frame *frame, const struct options *options, const uint8_t *address,
		    size_t address_size, uint64_t number)
{
	struct sequence_payload payload = {.magic = SEQUENCE_MAGIC, .number = number};
	size_t start = frame->len, len = 8 + sizeof(payload);
	uint16_t sum;

	put16(frame, options->sport);
	put16(frame, options->dport);
	put16(frame, len);
	put16(frame, 0);
	put(frame, &payload, sizeof(payload));
	sum = htons(fold(add_up(frame->bytes + start, len,
				add_up(address, address_size, IPPROTO_UDP + (uint32_t)len))));
	memcpy(frame->bytes + start + 6, &sum, 2);
}

/* Both addresses, one behind the other; their size together, or 0. */
static size_t addresses(const struct options *options, uint8_t *bytes)
{
	if (inet_pton(AF_INET, options->source, bytes) == 1 &&
	    inet_pton(AF_INET, options->destination, bytes + 4) == 1)
		return 8;
	if (inet_pton(AF_INET6, options->source, bytes) == 1 &&
	    inet_pton(AF_INET6, options->destination, bytes + 16) == 1)
		return 32;
	return 0;
}

static int build(struct frame *frame, const struct options *options, uint64_t number)
{
	size_t payload = 8 + sizeof(struct sequence_payload), size;
	uint8_t address[32];

	frame->len = 0;
	size = addresses(options, address);
	if (!size)
		return -1;
	put_ether(frame, options,
		  options->ether_type ? options->ether_type
		  : size == 8	      ? ETH_P_IP
				      : ETH_P_IPV6);
	if (size == 8)
		put_ipv4(frame, options, address, payload);
	else
		put_ipv6(frame, options, address, payload);
	if (is_later(options)) {
		struct sequence_payload body = {.magic = SEQUENCE_MAGIC, .number = number};

		put(frame, "\0\0\0\0\0\0\0\0", 8);
		put(frame, &body, sizeof(body));
	} else {
		put_udp(frame, options, address, size, number);
	}
	return 0;
}

static int build_hex(struct frame *frame, const char *const *words)
{
	int high = -1;

	frame->len = 0;
	for (; *words; words++) {
		for (const char *p = *words; *p; p++) {
			int digit = isdigit(*p) ? *p - '0' : (*p | 0x20) - 'a' + 10;

			if (!isxdigit(*p) || frame->len == sizeof(frame->bytes))
				return -1;
			if (high >= 0)
				put8(frame, (unsigned long)(high << 4 | digit));
			high = high < 0 ? digit : -1;
		}
	}
	return high < 0 && frame->len >= 14 ? 0 : -1;
}

static int extension(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} table[] = {
		{"hop", IPPROTO_HOPOPTS},
		{"routing", IPPROTO_ROUTING},
		{"destination", IPPROTO_DSTOPTS},
		{"fragment", IPPROTO_FRAGMENT},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].type;
	fprintf(stderr, "%s: no such extension header\n", name);
	exit(2);
}

static void parse_mac(uint8_t *mac, const char *text)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
		   mac + 5) != 6) {
		fprintf(stderr, "%s: expected an Ethernet address\n", text);
		exit(2);
	}
}

static void set_option(struct options *options, int option, const char *text)
{
	switch (option) {
	case 'c':
		options->count = argument(text, 1, SEQUENCE_MAX);
		break;
	case 'n':
		options->number = argument(text, 0, SEQUENCE_MAX);
		break;
	case 's':
		options->source = text;
		break;
	case 'd':
		options->destination = text;
		break;
	case 'p':
		options->sport = argument(text, 0, 65535);
		break;
	case 'P':
		options->dport = argument(text, 0, 65535);
		break;
	case 'm':
		parse_mac(options->mac, text);
		break;
	case 'v':
		if (options->vlan_count < VLANS_MAX)
			options->vlans[options->vlan_count++] = argument(text, 0, 4095);
		break;
	case 't':
		options->ether_type = strtoul(text, NULL, 0);
		break;
	case 'e':
		if (options->extension_count < EXTENSIONS_MAX)
			options->extensions[options->extension_count++] = extension(text);
		break;
	case 'F':
		options->fragment = text;
		break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

/* 10,000 a second: slow enough for a ring of 256 packets. */
static int send_frames(int fd, const struct options *options, const char *const *hex)
{
	struct timespec pause = {.tv_nsec = 100000};
	struct frame frame;

	for (unsigned long i = 0; i < options->count; i++) {
		if (hex[0] ? build_hex(&frame, hex) : build(&frame, options, options->number + i)) {
			fputs(hex[0] ? "framesend: expected hex digits, 14 bytes or more\n"
				     : "framesend: expected two addresses of one family\n",
			      stderr);
			return 2;
		}
		if (send(fd, frame.bytes, frame.len, 0) < 0) {
			perror("send");
			return 1;
		}
		nanosleep(&pause, NULL);
	}
	printf("sent %lu\n", options->count);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {.count = 1,
				  .sport = 5000,
				  .dport = 9000,
				  .source = "10.77.0.2",
				  .destination = "10.77.0.1",
				  .mac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int option, fd;

	while ((option = getopt(argc, argv, "c:n:s:d:p:P:m:v:t:e:F:")) != -1)
		set_option(&options, option, optarg);
	if (optind >= argc) {
		fputs(usage, stderr);
		return 2;
	}
	address.sll_ifindex = (int)if_nametoindex(argv[optind]);
	/* protocol 0: it sends only */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (!address.sll_ifindex || fd < 0) {
		perror(argv[optind]);
		return 1;
	}
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(argv[optind]);
		return 1;
	}
	return send_frames(fd, &options, (const char *const *)argv + optind + 1);
}
