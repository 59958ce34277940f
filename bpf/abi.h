/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the program in the kernel and user space agree on: the layout of every map value, of the
 * metadata in front of a diverted frame, and of the packet as the classifier sees it.
 *
 * Included by BPF code and by user space alike; integer types come from <linux/types.h>.
 */
#ifndef XDIVERT_ABI_H
#define XDIVERT_ABI_H

#include <linux/types.h>

/* The classifier's view of one packet -------------------------------------------------------- */

/* What layer 3 is. Only a well-formed header counts: right version, complete, length that fits. */
enum xdv_l3 {
	XDV_L3_NONE,
	XDV_L3_IPV4,
	XDV_L3_IPV6,
	XDV_L3_ARP, /* Ethernet/IPv4 ARP, complete (RFC 826) */
};

/*
 * What layer 4 is, if its fixed header is complete. The first fragment of a datagram has its
 * layer 4 header too, but a rule may read it only if it speaks of fragments; otherwise the first
 * fragment would go one way and the rest another. Hence the FIRST bit.
 */
enum xdv_l4 {
	XDV_L4_NONE,
	XDV_L4_TCP,
	XDV_L4_UDP,
	XDV_L4_SCTP,
	XDV_L4_ICMP,
	XDV_L4_ICMP6,
	XDV_L4_FIRST = 8, /* added to one of the above: in the first fragment of several */
};

enum xdv_fragment {
	XDV_FRAGMENT_NONE, /* a whole datagram, also one in an "atomic" IPv6 fragment (RFC 6946) */
	XDV_FRAGMENT_FIRST, /* offset 0, more to come */
	XDV_FRAGMENT_LATER, /* offset > 0: no layer 4 header */
};

/*
 * All fields in host byte order, each in a word (or several, most significant first), so that a
 * decision tree can name a field by its word number. A field whose header is absent is 0.
 */
struct xdv_packet {
	__u32 ether_daddr[2]; /* bytes 0-3, bytes 4-5 */
	__u32 ether_saddr[2];
	__u32 ether_type; /* of the payload: behind the VLAN tags, if there are any */
	__u32 vlan_tags; /* 0, 1 or 2 */
	__u32 vlan_id[2]; /* of the outermost tag, and of the one behind it */
	__u32 vlan_pcp[2]; /* priority code points, likewise */
	__u32 l3; /* enum xdv_l3 */
	__u32 ip_saddr; /* of IPv4; of ARP, the sender's */
	__u32 ip_daddr; /* of IPv4; of ARP, the target's */
	__u32 ip6_saddr[4];
	__u32 ip6_daddr[4];
	__u32 protocol; /* of the IP payload; for IPv6 behind the extension headers, if all are
			 * known and complete; 255 ("reserved") if they are not */
	__u32 fragment; /* enum xdv_fragment */
	__u32 dscp; /* of IPv4 or IPv6: differentiated services code point */
	__u32 hop_limit; /* likewise; IPv4 calls it time to live */
	__u32 ip_length; /* bytes; IPv4: of all, IPv6: of what is behind its 40 bytes */
	__u32 l4; /* enum xdv_l4 */
	__u32 sport;
	__u32 dport;
	__u32 tcp_flags; /* 8 bits: CWR ECE URG ACK PSH RST SYN FIN */
	__u32 icmp_type; /* of ICMP or ICMPv6 */
	__u32 icmp_code;
	__u32 udp_length; /* as the UDP header has it: with its 8 bytes */
	__u32 arp_operation;
	__u32 arp_saddr[2]; /* Ethernet addresses: bytes 0-3, bytes 4-5 */
	__u32 arp_daddr[2];
	__u32 frame_length; /* bytes, from the Ethernet header on */
	__u32 rx_queue;
};

/* Only a well-formed header counts here, too, and only in a whole datagram. */
enum xdv_tunnel_kind {
	XDV_TUNNEL_NONE,
	XDV_TUNNEL_VXLAN,
	XDV_TUNNEL_GENEVE,
	XDV_TUNNEL_GRE,
	XDV_TUNNEL_GRE_KEY, /* GRE as well, with a key */
	XDV_TUNNEL_IPIP, /* IPv4 or IPv6, right behind the IP header */
};

/*
 * What the packet is a tunnel's. The headers that it carries are a second struct xdv_packet, whose
 * frame_length and rx_queue are not used.
 */
struct xdv_tunnel {
	__u32 kind; /* enum xdv_tunnel_kind */
	__u32 id; /* VNI of VXLAN and Geneve, key of GRE */
	__u32 protocol; /* Ethernet type of what is carried; a frame is 0x6558 */
	__u32 has_ether; /* 1: it is a frame, with a complete Ethernet header */
};

#define XDV_PACKET_WORDS     (sizeof(struct xdv_packet) / sizeof(__u32))
#define XDV_TUNNEL_WORDS     (sizeof(struct xdv_tunnel) / sizeof(__u32))
#define XDV_PROTOCOL_UNKNOWN 255

/* Maps ----------------------------------------------------------------------------------------- */

/* What a rule, or all flows together, took. */
struct xdv_counter {
	__u64 packets;
	__u64 bytes;
	/* of these, packets that a rule wanted to divert or redirect, and the kernel got because
	 * no socket, or no such interface, was there to take them */
	__u64 fallback;
	__u64 limited; /* of these, packets beyond the rule's limit: they took its other action */
};

/*
 * Value of the per-CPU array `rule_counters`: so many rules each, the first of all being number 0,
 * the default. Together they are where the processor finds them without asking for each where it
 * is, and user space reads a thousand by a few calls.
 */
#define XDV_COUNTERS 64

struct xdv_counters {
	struct xdv_counter of[XDV_COUNTERS];
};

/* Of a rule with a limit: see bpf/limit.h for what a token is. */
struct xdv_limit {
	__u64 rate; /* tokens that a nanosecond brings */
	__u64 cost; /* tokens that a packet takes */
	__u64 full; /* tokens of a full bucket */
	__u64 fill; /* nanoseconds in which an empty one is full */
};

/* Value of the per-CPU array `rule_samplers`; index 0 is the default, n the n-th rule. */
struct xdv_sampler {
	__u32 seen; /* packets since the last sample */
	__u32 reserved;
	__u64 lost; /* samples for which there was no room */
};

#define XDV_SAMPLE_BYTES 128

/* Record of the ring buffer `samples`. */
struct xdv_sample {
	__u64 time; /* ns, of CLOCK_MONOTONIC */
	__u32 generation; /* of the policy that `rule` belongs to */
	__u32 rule; /* 0 is the default, n the n-th rule */
	__u32 length; /* of the packet, in bytes */
	__u32 captured; /* of these, how many are here */
	__u32 queue; /* that it arrived on */
	__u32 interface; /* index of the same */
	__u8 bytes[XDV_SAMPLE_BYTES];
};

/* Value of the per-CPU array `rule_buckets`, indexed likewise. */
struct xdv_bucket {
	__u64 tokens;
	__u64 time; /* at which there were so many; bpf_ktime_get_ns(), 0: never */
};

/*
 * Value of the array `tree`: one question about one word of the packet, "is it in lo..lo+span?".
 * `yes` and `no` are the number of the next node, or an answer with XDV_TREE_ANSWER set.
 */
struct xdv_tree_node {
	__u32 word;
	__u32 lo;
	__u32 span;
	__u32 yes;
	__u32 no;
};

#define XDV_TREE_ANSWER 0x80000000u /* set in an answer, clear in the number of a node */

/*
 * Value of the array `indexes`: a perfect hash table, whose slots and displacements lie in the
 * arrays of those names. The hash of a key says which displacement, the two together which slot.
 */
struct xdv_index {
	__u32 seed;
	__u32 slots; /* number of its first slot */
	__u32 slot_mask; /* number of its slots, a power of two, less 1 */
	__u32 displacements; /* likewise */
	__u32 displacement_mask;
	__u32 reserved;
};

/* Value of the array `displacements`: the kernel keeps eight bytes for each, whatever its size. */
#define XDV_DISPLACEMENTS 4

struct xdv_displacements {
	__u16 of[XDV_DISPLACEMENTS];
};

/*
 * A slot, value of the array `slots`, is the words of the key and behind them what it leads to: a
 * node of `tree`, or an answer with XDV_TREE_ANSWER set. An empty slot has the answer 0, "none",
 * so that it does no harm if its key, all zeros, is met.
 */

/*
 * One more 64 bits of a key. The same in the kernel and where the tables are made; as good as it
 * must be for keys that nobody chooses after the seed is known.
 */
static inline __attribute__((always_inline)) __u64 xdv_hash(__u64 hash, __u64 key)
{
	hash = (hash ^ key) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* The slot of a hash, before it is displaced; its low half says which displacement. */
static inline __attribute__((always_inline)) __u32 xdv_hash_slot(__u64 hash)
{
	return (__u32)((hash * 0xd6e8feb86659fd93ull) >> 32);
}

/*
 * Value of the array `strides`: eight cells, or 256 bits. A table of ranges of 32-bit values begins
 * with 65,536 cells, one for each value of the high 16 bits: the number of a stride that has a bit
 * for each value of the next 8. With XDV_STRIDE_CELLS set it is the number of the first of 32
 * strides, which have a cell for each value of the next 8 bits instead, and these lead to bits for
 * each value of the last 8. Of the first two strides, one has no bit and one has all.
 */
struct xdv_stride {
	__u32 words[8];
};

#define XDV_STRIDE_NONE	 0u
#define XDV_STRIDE_ALL	 1u
#define XDV_STRIDE_CELLS 0x80000000u

/*
 * Dynamic sets. All sets of the same types are in one table: a hash of keys, and behind each key
 * the sets that it is in. User space writes it in memory that both share; the program only reads.
 *
 * Value of the array `dynamic_N`, the buckets of table N: slots of the words of a key and, behind
 * them, a bit for each set that the key is in. A slot without any is free. A key lies in one of
 * two buckets. The buckets are in two halves, of which one is read, so that any change becomes
 * visible by one write: to `live`.
 */
#define XDV_BUCKET_SLOTS 4

/* Value of the array `dynamic_tables`, by number of the table. */
struct xdv_dynamic {
	__u32 live; /* the half that is read: 0 or 1 */
	__u32 buckets; /* of each half */
	__u32 seed[2]; /* of each half */
	/* these are for user space */
	__u32 changing; /* a change is under way, or was cut short */
	__u32 reserved;
	__u32 count[32]; /* elements of each set, by its bit */
};

static inline __attribute__((always_inline)) __u64 xdv_dynamic_hash(__u32 seed, const __u32 *key,
								    const int words)
{
	__u64 hash = seed;

	for (int i = 0; i < words; i += 2)
		hash = xdv_hash(hash, key[i] | (i + 1 < words ? (__u64)key[i + 1] << 32 : 0));
	return hash;
}

static inline __attribute__((always_inline)) __u32 xdv_bucket_one(__u64 hash, __u32 buckets)
{
	return (__u32)((hash >> 32) * buckets >> 32);
}

static inline __attribute__((always_inline)) __u32 xdv_bucket_two(__u64 hash, __u32 buckets)
{
	return (__u32)((__u64)xdv_hash_slot(hash) * buckets >> 32);
}

/*
 * Value of the array `dynamic_lengths`: the lengths of the prefixes in one half of a table of
 * prefixes. Their keys are an address under its mask, and the length.
 */
#define XDV_LENGTHS_MAX 129

struct xdv_lengths {
	__u32 count;
	__u32 reserved[2];
	struct {
		__u32 mask[4];
		__u32 length;
	} list[XDV_LENGTHS_MAX];
};

/* What to do with a packet. */
enum xdv_action {
	XDV_ACTION_PASS,
	XDV_ACTION_DROP,
	XDV_ACTION_XSK,
	XDV_ACTION_TX,
	XDV_ACTION_REDIRECT,
};

/*
 * What tables and trees of rules answer: which rule it is, and what it does, so that nothing more
 * has to be looked up. The rule is in the highest bits: of two answers, the lower is of the first
 * rule. 0: no rule.
 *
 *   30 … 11  number of the rule
 *   10 …  8  enum xdv_action
 *    7 …  1  target. XSK: number of the consumer, in the order of the policy;
 *            REDIRECT: number of the interface, likewise;
 *            TX: 1 to exchange the Ethernet addresses, 0 to leave the frame as it is
 *    0       something stands in front of the action, and is in `rule_options`
 */
#define XDV_ANSWER(rule, action, target) ((rule) << 11 | (action) << 8 | (target) << 1)
#define XDV_ANSWER_OPTIONS		 0x1u

#define XDV_ANSWER_RULE(answer)	  ((answer) >> 11)
#define XDV_ANSWER_ACTION(answer) ((answer) >> 8 & 0x7)
#define XDV_ANSWER_TARGET(answer) ((answer) >> 1 & 0x7f)

#define XDV_ANSWER_RULES   0xfffff /* so many rules, and targets, have room */
#define XDV_ANSWER_TARGETS 0x80

/* Value of the array `rule_options`, by number of the rule: what stands in front of its action. */
struct xdv_rule_options {
	__u32 options; /* XDV_OPTION_ bits: which of these there are */
	__u32 mark; /* for the metadata */
	__u32 sample; /* one packet in so many */
	/* what is done beyond the limit, and with which mark */
	__u32 over; /* XDV_ANSWER() */
	__u32 over_mark;
	__u32 reserved;
	struct xdv_limit limit;
};

#define XDV_OPTION_MARK	     0x1u
#define XDV_OPTION_LIMIT     0x2u
#define XDV_OPTION_SAMPLE    0x4u
#define XDV_OPTION_OVER_MARK 0x8u

/*
 * Key of the hash `flows`: one direction of a TCP, UDP or SCTP conversation, as the header walk has
 * it. Ports and the words of addresses are in host byte order; IPv4 has the first word only. What
 * is not used is 0.
 */
struct xdv_flow_key {
	__u32 saddr[4];
	__u32 daddr[4];
	__u16 sport;
	__u16 dport;
	__u8 l3; /* enum xdv_l3 */
	__u8 protocol; /* of IP: 6, 17 or 132 */
	__u16 reserved;
};

/* Its value: what is done with the packets of a flow, whatever the rules say of them. */
struct xdv_flow_entry {
	__u16 action; /* enum xdv_action, REDIRECT excepted */
	__u16 reserved;
	/* XSK: xdv_consumer_id() of the consumer; TX: as in XDV_ANSWER() */
	__u32 target;
	__u64 timeout; /* ns without a packet, after which it is as if absent; 0: it stays */
	__u64 seen; /* when the last packet came, or it was added: ns, CLOCK_MONOTONIC_COARSE */
	__u64 packets; /* these three are counted by all processors together: atomically */
	__u64 bytes;
	__u64 fallback; /* of these packets, those that found no socket */
};

/*
 * How a flow names a consumer. Flows outlive the policy, in whose successor a consumer may have
 * another number: so it is the hash of its name (FNV-1a). No policy with flows has two consumers
 * of the same.
 */
static inline __attribute__((always_inline)) __u32 xdv_consumer_id(const char *name)
{
	__u32 hash = 0x811c9dc5;

	for (; *name; name++)
		hash = (hash ^ (__u8)*name) * 0x01000193;
	return hash;
}

/*
 * The sockets of a consumer, in its maps: first the first socket of each queue, where those look
 * who know of one a queue only, then the second of each, and so on. The maps of all but DPDK's have
 * room for the most that there may be, so that a policy can change how many are used.
 */
#define XDV_FANOUT_MAX			 16
#define XDV_SOCKET(queue, share, queues) ((queue) + (share) * (queues))

/*
 * Value of the mmap-able array `queues` that each consumer has, indexed likewise: a cache line that
 * the application writes which serves the socket, and one of the program. `xdivert show` reads
 * both.
 */
struct xdv_queue_state {
	__u32 pid; /* of the application, 0 if there was never one */
	__u32 flags;
	__u64 since; /* start time of that process (field 22 of /proc/PID/stat): tells a reused pid
		      */
	__u64 beat; /* goes up when it has taken packets, or gives frames to a kernel without any */
	__u32 socket; /* the queue's AF_XDP socket: a descriptor of that process */
	__u32 fanout; /* of the first socket: how many there are to be on each queue; the loader's
		       */
	__u64 reserved[4];

	__u64 answered; /* the beat, as the program has last seen it */
	__u64 asked; /* jiffies; when it then diverted the first packet */
	__u64 again; /* jiffies; it hangs, until when no packet is tried on it; 0: it does not */
	__u64 stalled; /* packets that went to the kernel because it hung */
	__u64 reserved_2[4];
};

_Static_assert(sizeof(struct xdv_queue_state) == 128, "two cache lines");

#define XDV_QUEUE_ZEROCOPY    0x1u /* as read back from the kernel (XDP_OPTIONS) */
#define XDV_QUEUE_NEED_WAKEUP 0x2u
#define XDV_QUEUE_SOCKET      0x4u /* `socket` is set */

/* Metadata in front of a diverted frame -------------------------------------------------------- */

/*
 * Lies in the 32 bytes before the first byte of the frame. Drivers without metadata support leave
 * whatever was there, so a reader checks `magic` and clears it before the frame is filled again.
 * A field holds something only if its bit in `valid` is set.
 */
struct xdv_metadata {
	__u16 magic; /* XDV_METADATA_MAGIC, which changes with the layout */
	__u16 vlan_tci;
	__u32 valid;
	__u32 generation; /* of the policy that `rule` belongs to */
	__u32 rule; /* 0 is the default, n the n-th rule */
	__u32 mark;
	__u32 rx_hash;
	__u64 rx_timestamp; /* ns, of the device's clock */
};

#define XDV_METADATA_MAGIC 0xd101

#define XDV_METADATA_RULE 0x1u
#define XDV_METADATA_MARK 0x2u
#define XDV_METADATA_FLOW 0x4u /* a flow diverted it, and no rule: RULE is not set */

/* Names ------------------------------------------------------------------------------------------
 */

/*
 * libxdp (and DPDK's af_xdp PMD through it) joins a program that is already attached if it is
 * called so, has an XSKMAP called so, and carries xsk_prog_version 1 in section "xdp_metadata".
 */
#define XDV_PROGRAM_NAME "xsk_def_prog"
#define XDV_XSKS_MAP	 "xsks_map"

/* The twin of the program that answers with the number of the rule instead of acting on it. */
#define XDV_CLASSIFY_NAME "xdv_classify"

#endif
