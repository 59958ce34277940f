// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "subjects.h"

#include <stddef.h>

/* More than are written as straight code. */
#define ONE_RULE(n) "rule r" #n ": udp dport " #n " and ip6 saddr 2001:db8::" #n " => pass\n"
#define SEVENTEEN_RULES                                                                            \
	ONE_RULE(1)                                                                                \
	ONE_RULE(2)                                                                                \
	ONE_RULE(3)                                                                                \
	ONE_RULE(4)                                                                                \
	ONE_RULE(5)                                                                                \
	ONE_RULE(6)                                                                                \
	ONE_RULE(7)                                                                                \
	ONE_RULE(8)                                                                                \
	ONE_RULE(9)                                                                                \
	ONE_RULE(10)                                                                               \
	ONE_RULE(11) ONE_RULE(12) ONE_RULE(13) ONE_RULE(14) ONE_RULE(15) ONE_RULE(16) ONE_RULE(17)

#define DYNAMIC_SETS                                                                                \
	"set a : ipv4 dynamic size 7 { 10.0.0.1, 10.0.0.2, 255.255.255.255, 0.0.0.0 }\n"            \
	"set b : ipv4 dynamic { 10.0.0.2, 10.0.0.3 }\n set none : ipv4 dynamic\n"                   \
	"set nets : ipv4 dynamic prefixes { 10.1.0.0/16, 10.1.2.0/24, 1.2.3.4-1.2.3.9, 7.7.7.7 }\n" \
	"set all6 : ipv6 dynamic prefixes { ::/0 }\n"                                               \
	"set nets6 : ipv6 dynamic prefixes { 2001:db8::/33, 2001:db8::5-2001:db8::1:0:0:9 }\n"      \
	"set keys : ipv6 . ipv6 . port . port dynamic\n"                                            \
	"{ 2001:db8::1 . 2001:db8::2 . 0 . 65535, fe80::1 . :: . 7 . 8 }\n"                         \
	"set macs : ether . vlan-id dynamic { 02:00:00:00:00:01 . 7, 02:00:00:00:00:02 . 0 }\n"     \
	"set ids : number dynamic { 0x01020304, 7 }\n"
#define DYNAMIC_RULES                                                                              \
	"rule k: ip6 saddr . ip6 daddr . udp sport . udp dport in @keys => drop\n"                 \
	"rule a: ip saddr in @a and not ip daddr in @a => drop\n"                                  \
	"rule b: ip saddr in @b => drop\n rule c: ip daddr != @b and ip saddr @nets => drop\n"     \
	"rule n: ip daddr @none => pass\n rule d: ip daddr @nets or ip daddr @a => drop\n"         \
	"rule e: ip6 daddr @nets6 and not ip6 saddr @nets6 => drop\n"                              \
	"rule f: ether saddr . vlan id @macs => drop\n rule g: bytes(payload, 4) @ids => drop\n"   \
	"rule h: ip6 saddr @all6 and tcp => drop\n"

const struct subject_text subject_texts[] = {
	{"empty", "default pass\n"},
	{"default_drop", "default drop\n"},
	{"headers", "rule a: arp => drop\n rule b: sctp => pass\n rule c: icmp6 => drop\n"
		    "rule d: vlan and tcp => drop\n rule e: not ether => drop\n"
		    "rule f: not ip and not ip6 => pass\n rule g: udp => drop\n"},
	{"fragments", "rule first: ip frag first and udp dport 53 => drop\n"
		      "rule later: ip frag later and ip protocol udp => drop\n"
		      "rule first6: ip6 frag first and udp dport 53 => drop\n"
		      "rule any6: ip6 frag any => pass\n rule any: ip frag any => pass\n"
		      "rule whole: udp dport 53 => drop\n rule rest: ip frag != none => drop\n"
		      "rule damaged: not udp and ip protocol udp => drop\n"},
	{"extension_headers",
	 "rule a: ip6 protocol tcp and not tcp => drop\n"
	 "rule b: ip6 protocol 60 => drop\n rule c: ip6 protocol != 17 and not tcp => drop\n"
	 "rule d: udp dport 1000-2000 and ip6 => drop\n rule e: ip6 and not ip6 protocol 0-254 => drop\n"},
	{"vlans",
	 "rule a: vlan id 100 and ether type 0x8100 => drop\n"
	 "rule b: vlan id 4095 => drop\n rule c: ether type vlan => pass\n"
	 "rule d: vlan id 1-9 and udp sport 9 => drop\n rule e: ether type 0x88a8 => drop\n"},
	{"ip_details",
	 "rule a: ip dscp ef and ip ttl 2-64 => drop\n rule b: ip dscp af11 - af13 => pass\n"
	 "rule c: ip ttl 1 => drop\n rule d: ip length 20-27 => drop\n"
	 "rule e: ip6 dscp { cs1, 3, 63 } => drop\n rule f: ip6 hoplimit != 255 and icmp6 => drop\n"
	 "rule g: ip6 length 0 => drop\n rule h: ip6 length 40-100 and not udp => drop\n"
	 "rule i: not ip length 0-100 and udp => drop\n"
	 "rule j: ip saddr . ip ttl { 10.0.0.1 . 255, 10.0.0.0/8 . 7 } => drop\n"},
	{"l4_details",
	 "rule a: icmp code 1-3 => drop\n rule b: icmp6 type 1 and icmp6 code != 4 => drop\n"
	 "rule c: udp length 8 => drop\n rule d: not udp length 0-60 and udp => pass\n"
	 "rule e: ip frag first and udp length 60 => drop\n"},
	{"frames",
	 "rule a: frame length 64-65 => drop\n rule b: frame length != 0-120 and udp => drop\n"
	 "rule c: rx queue 1-65535 => drop\n rule d: frame length 200 and rx queue 0 => drop\n"
	 "rule e: not rx queue != 0 and tcp => drop\n"},
	{"tags",
	 "rule a: vlan[1] id 7 and vlan[0] id 100 => drop\n rule b: vlan pcp 5-7 => drop\n"
	 "rule c: vlan[1] pcp 0 and udp => drop\n rule d: vlan[1] and not vlan[1] id 0-4000 => drop\n"
	 "rule e: vlan and not vlan[1] and tcp => drop\n"},
	{"bytes",
	 "rule a: udp dport 443 and bytes(payload, 1) & 0x80 = 0 and bytes(payload + 1, 4) & 0xff000000 = 0x07000000 => drop\n"
	 "rule b: bytes(payload + 1, 2) & 0x0ff0 = 0x10-0x200 => drop\n"
	 "rule c: bytes(l4, 4) { 1-70000, 0xc0000000 } and not udp => drop\n"
	 "rule d: ip frag first and bytes(l4 + 1, 1) != 53 => drop\n"
	 "rule e: bytes(l2 + 14, 3) 0x450000-0x4500ff and vlan => pass\n"
	 "rule f: not bytes(l3 + 40, 1) 0-0x7f => drop\n"},
	{"bytes_looked_up",
	 "rule a: bytes(payload, 2) = 7 and udp => drop\n rule b: bytes(payload, 2) = 9 => drop\n" SEVENTEEN_RULES
	 "rule c: bytes(l3 + 8, 1) & 3 != 0 => drop\n"
	 "rule d: ip ttl & 0xf0 = 0x30 => drop\n"
	 "rule e: bytes(payload + 1, 4) & 0xffffff = 5-5000 => drop\n"},
	{"tunnels",
	 "rule a: vxlan vni 0-3 and inner ip and inner tcp dport 80 => drop\n"
	 "rule b: vxlan and inner ip6 and not inner tcp => drop\n"
	 "rule c: vxlan vni 0xffffff => pass\n rule d: geneve vni 7 and geneve protocol teb => drop\n"
	 "rule e: geneve protocol ip6 and inner ip6 => drop\n rule f: geneve vni != 7 => pass\n"
	 "rule g: gre key 5 and gre protocol ip => drop\n rule h: gre key != 5 => pass\n"
	 "rule i: gre and inner ether => drop\n rule j: gre and not inner ip and not inner ip6 => drop\n"
	 "rule k: ipip and inner ip => drop\n rule l: ipip and inner udp => pass\n"
	 "rule m: ip6 and ipip => drop\n rule n: vxlan => drop\n rule o: gre => pass\n"},
	{"inner",
	 "rule a: inner ip frag first and inner udp dport 53 => drop\n"
	 "rule b: inner udp dport 53 and inner udp length 8-60 => drop\n"
	 "rule c: inner ip6 protocol != 17 and inner ip6 hoplimit 64 => drop\n"
	 "rule d: inner ip6 and not inner ip6 protocol 0-254 => drop\n"
	 "rule e: inner vlan id 100 and inner vlan[1] and inner tcp flags syn => drop\n"
	 "rule f: inner ether saddr 02:00:00:00:00:01-02:00:00:00:01:00 => pass\n"
	 "rule g: inner ether type != ip and inner vlan pcp 1-6 => drop\n"
	 "rule h: inner arp saddr ip 10.0.0.0/8 => drop\n rule i: inner icmp code 1-3 => drop\n"
	 "rule j: inner ip saddr . inner sctp dport { 10.0.0.1 . 7, 10.0.0.0/30 . 8-9 } => drop\n"
	 "rule k: not inner ip ttl 1-64 and inner ip length 40-100 => drop\n"
	 "rule l: inner ip frag later => drop\n rule m: inner ip6 frag any => drop\n"
	 "rule n: ip frag none and vxlan vni 0-7 or inner tcp dport & 1 = 1 => pass\n"},
	/* No `inner`: what is in there is not walked. */
	{"tunnels_alone", "rule a: vxlan vni 5 => drop\n rule b: gre protocol ip => drop\n"},
	{"inner_looked_up",
	 "set hosts : ipv4 . port { 10.0.0.0/30 . 53, 10.0.0.1 . 1000-1010, 10.0.1.2 . 80 }\n"
	 "set tenants : vni { 1, 3, 5-9, 100, 200-300, 400, 500, 600, 700, 800, 0xffffff }\n" SEVENTEEN_RULES
	 "rule a: vxlan vni in @tenants and inner tcp dport 22 => drop\n"
	 "rule b: inner ip saddr . inner udp sport in @hosts and bytes(l3 + 1, 1) & 0xfc = 0 => drop\n"
	 "rule c: gre key 1-9 and inner ip6 daddr 2001:db8::/32 => drop\n"
	 "rule d: inner tcp flags & (syn|ack) = syn => pass\n rule e: inner icmp6 => drop\n"
	 "rule f: udp dport 4789 and not vxlan => drop\n rule g: inner vlan and not inner ip => drop\n"},
	{"arp_fields",
	 "rule a: arp operation reply and arp saddr ip 10.0.0.0/8 => drop\n"
	 "rule b: arp daddr ip 10.0.0.1 => drop\n rule c: arp operation != request => pass\n"
	 "rule d: arp saddr ether 02:00:00:00:00:01-02:00:00:00:01:00 => drop\n"
	 "rule e: arp saddr ip . arp daddr ip { 10.0.0.2 . 10.0.0.3 } => drop\n"
	 "rule f: arp daddr ether 00:00:00:00:00:00 => drop\n rule g: ip saddr 10.0.0.2 => drop\n"},
	{"flags", "rule a: tcp flags syn and not tcp flags ack => drop\n"
		  "rule b: tcp flags & (syn|ack|rst) = ack => pass\n"
		  "rule c: tcp flags & 0xff = 0 => drop\n rule d: tcp flags & 0xc0 != 0 => drop\n"},
	{"absent_headers", "rule c: icmp type != 8 => drop\n"
			   "rule a: not tcp dport 22 and not udp dport != 53 and ip => drop\n"
			   "rule b: not (ip saddr 10.0.0.0/8 or ip6 saddr fe80::/10) => pass\n"
			   "rule d: icmp6 type != echo-request => drop\n"},
	{"extremes",
	 "rule a: ip saddr 0.0.0.0/0 and tcp dport 0 => drop\n"
	 "rule b: ip daddr 255.255.255.255 => drop\n rule c: udp sport 65535 => drop\n"
	 "rule d: ip6 saddr ::/0 and tcp dport 65535 => drop\n"
	 "rule e: ip6 daddr ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff => drop\n"
	 "rule f: ether daddr ff:ff:ff:ff:ff:ff => pass\n rule g: ip protocol 0 => drop\n"
	 "rule h: ip6 saddr :: => drop\n rule i: udp dport 0-65535 => drop\n"},
	/* A condition that the tree leaves to straight code, and one on the same set. */
	{"beside_the_tree",
	 "set hosts : ipv6 { 2001:db8::/64, 2001:db8:1::1, 2001:db8:1::10-2001:db8:2::5 }\n"
	 "rule others: ip6 daddr != @hosts => drop\n" SEVENTEEN_RULES
	 "rule rest: ip6 daddr @hosts => drop\n"},
	{"sent_back", "rule a: udp => tx swap\n rule b: tcp => tx\n rule c: arp => tx swap\n"
		      "default tx swap\n"},
	{"redirected", "rule a: udp => redirect eth1\n rule b: tcp => redirect eth0.100\n"
		       "rule c: arp => redirect eth1\n default drop\n"},
	{"limited", "consumer feed { }\n"
		    "rule a: udp => limit 1/h burst 500 else drop pass\n"
		    "rule b: tcp => limit 1/h burst 1 else tx swap mark 7 xsk feed\n"
		    "rule c: arp => limit 3/h burst 1000000 else pass drop\n"
		    "default limit 1/h burst 50 else redirect eth1 drop\n"},
	{"sampled", "rule a: udp => sample 1/3 tx swap\n rule b: tcp => sample 1/1 drop\n"
		    "rule c: arp => pass\n default sample 1/1000 pass\n"},
	{"flows", "flows { size 32 }\nconsumer feed { }\nconsumer other { metadata off }\n"
		  "rule a: udp => tx swap\n rule b: tcp dport 1-500 => xsk feed\n"
		  "rule c: ip frag any => drop\n default tx\n"},
	{"flows_without_consumers", "flows { }\nrule a: sctp sport 1000-60000 => tx swap\n"
				    "rule b: ip6 => drop\nrule c: vlan and udp => drop\n"},
	{"flows_looked_up", "flows { size 100 }\nconsumer feed { }\n"
			    "rule a: bytes(payload, 2) = 7 and udp => drop\n" SEVENTEEN_RULES
			    "rule rest: udp or tcp or sctp => sample 1/3 tx swap\n"},
	{"wide_ranges", "rule a: ip6 saddr 2001:db8::ffff:ffff-2001:db8::1:0:0:1 => drop\n"
			"rule b: ether saddr 02:00:00:00:ff:ff-02:00:00:01:00:01 => drop\n"
			"rule c: ip saddr 10.255.255.255-11.0.0.1 => drop\n"},
	{"dynamic_sets", DYNAMIC_SETS DYNAMIC_RULES},
	{"dynamic_sets_looked_up", DYNAMIC_SETS SEVENTEEN_RULES DYNAMIC_RULES},
	{NULL, NULL},
};

const struct subject_text sayable_texts[] = {
	{"ether", "rule a: ether saddr 02:00:00:00:00:01 => drop\n"
		  "rule b: ether daddr 02:00:00:00:ff:ff-02:00:00:01:00:01 => drop\n"
		  "rule c: ether type 0x88a2 => drop\n rule d: ether type != 0x600-0xffff => drop\n"
		  "rule e: not ether type { ip, ip6, arp, 0x8100 } => drop\n"
		  "rule f: ether saddr . ether type { 02:00:00:00:00:02 . ip6 } => drop\n"},
	{"tags", "rule a: vlan[1] id 7 and vlan[0] id 100 => drop\n rule b: vlan pcp 5-7 => drop\n"
		 "rule c: vlan[1] pcp 0 and udp => drop\n"
		 "rule d: vlan[1] and not vlan[1] id 0-4000 => drop\n"
		 "rule e: vlan id != 100-200 and tcp dport 1-1024 => drop\n"
		 "rule f: vlan and not vlan[1] and ip6 => drop\n rule g: vlan => drop\n"},
	{"arp", "rule a: arp operation reply and arp saddr ip 10.0.0.0/8 => drop\n"
		"rule b: arp daddr ip 10.0.0.1-10.0.1.2 => drop\n"
		"rule c: arp saddr ether 02:00:00:00:00:01-02:00:00:00:01:00 => drop\n"
		"rule d: arp saddr ip . arp daddr ip { 10.0.0.2 . 10.0.0.3 } => drop\n"
		"rule e: arp daddr ether != 00:00:00:00:00:00 and arp operation 2-9 => drop\n"
		"rule f: not arp and not ip and not ip6 => drop\n"},
	{"ip", "rule a: ip saddr 10.0.0.0/8 and ip daddr != 10.0.0.0/30 => drop\n"
	       "rule b: ip daddr 192.168.1.7-192.168.3.1 => drop\n"
	       "rule c: ip protocol { gre, esp, 89-110 } => drop\n rule d: ip dscp ef => drop\n"
	       "rule e: ip ttl 1-3 => drop\n rule f: ip length 20-40 => drop\n"
	       "rule g: ip ttl & 0xf0 = 0x30 => drop\n rule h: ip saddr 0.0.0.0/1 => drop\n"},
	{"ip6", "rule a: ip6 saddr 2001:db8::/32 and ip6 daddr != 2001:db8::/64 => drop\n"
		"rule b: ip6 saddr 2001:db8::ffff:ffff-2001:db8::1:0:0:1 => drop\n"
		"rule c: ip6 protocol { 0, 41, 60, icmp6 } => drop\n"
		"rule d: ip6 dscp { cs1, 3, 63 } => drop\n rule e: ip6 hoplimit != 60-255 => drop\n"
		"rule f: ip6 length 40-100 => drop\n rule g: ip6 daddr ::/1 => drop\n"},
	{"ports", "rule a: tcp dport 22 => drop\n rule b: udp sport 1000-2000 => drop\n"
		  "rule c: sctp dport { 7, 9, 100-200 } => drop\n"
		  "rule d: tcp sport != 1024-65535 and ip6 => drop\n"
		  "rule e: ip saddr . tcp dport { 10.0.0.0/30 . 1-100, 10.0.0.7 . 443 } => drop\n"
		  "rule f: udp dport 0 => drop\n rule g: sctp sport 65535 => drop\n"
		  "rule h: not (udp or tcp dport 0-32767) and ip => drop\n"},
	{"flags", "rule a: tcp flags syn and not tcp flags ack => drop\n"
		  "rule b: tcp flags & (syn|ack|rst) = ack => pass\n"
		  "rule c: tcp flags & 0xff = 0 => drop\n rule d: tcp flags & 0xc0 != 0 => drop\n"},
	{"icmp",
	 "rule a: icmp type echo-request => drop\n rule b: icmp type 3 and icmp code 1-3 => drop\n"
	 "rule c: icmp6 type != 128-137 => drop\n rule d: icmp6 code 4 => drop\n"
	 "rule e: icmp and not icmp type 0-20 => drop\n rule f: udp length 8-20 => drop\n"},
	{"fragments",
	 "rule a: ip frag first and udp dport 53 => drop\n"
	 "rule b: ip frag later and ip protocol udp => drop\n"
	 "rule c: ip frag none and tcp dport 22 => drop\n rule d: ip frag any => drop\n"
	 "rule e: ip6 frag first => drop\n rule f: ip6 frag later => drop\n"
	 "rule g: ip6 frag none and ip6 hoplimit 7 => drop\n"
	 "rule h: udp dport 53 => drop\n rule i: not tcp and ip protocol tcp => drop\n"},
	{"frames", "rule a: frame length 64-65 => drop\n"
		   "rule b: frame length != 0-120 and udp => drop\n"
		   "rule c: bytes(l2 + 60, 2) != 0-0x7fff => drop\n"
		   "rule d: bytes(l3 + 8, 1) & 3 != 0 and vlan => drop\n"
		   "rule e: bytes(l2 + 15, 3) 0x1000-0xffff => drop\n"
		   "rule f: not bytes(l3 + 40, 4) 0-0x7fffffff and frame length & 1 = 1 => drop\n"},
	{"sets",
	 "set hosts : ipv4 { 10.0.0.0/30, 10.0.1.1-10.0.1.3, 192.168.0.0/16, 10.0.0.7 }\n"
	 "set hosts6 : ipv6 { 2001:db8::/64, 2001:db8:1::10-2001:db8:2::5 }\n"
	 "set conversations : ipv4 . ipv4 . port . port\n"
	 "{ 10.0.0.0/30 . 10.0.1.0/24 . 1000-1010 . 53, 10.0.0.1 . 10.0.0.2 . 0-65535 . 80 }\n"
	 "rule a: ip saddr . ip daddr . udp sport . udp dport @conversations => drop\n"
	 "rule b: ip saddr @hosts and ip daddr != @hosts => drop\n"
	 "rule c: not ip6 saddr @hosts6 and ip6 daddr @hosts6 => drop\n"
	 "rule d: ip daddr @hosts or ip6 saddr @hosts6 => drop\n"},
	{NULL, NULL},
};
