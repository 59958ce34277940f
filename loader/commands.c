// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"

static const char *const attach_choices[] = {"auto", "dispatcher", "link", NULL};
static const char *const mode_choices[] = {"auto", "native", "generic", NULL};
static const char *const emit_choices[] = {"tokens", "ast", "plan", "c", "asm", "obj", NULL};

#define JSON_OPTION                                                                                \
	{                                                                                          \
		.name = "json", .help = "print JSON, errors included"                              \
	}

const struct command_option common_options[] = {
	{.name = "help", .letter = 'h', .help = "show this help"},
	{.name = "debug", .help = "print what libbpf and libxdp have to say"},
	{.name = NULL},
};

static const struct command_option json_only[] = {
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option check_options[] = {
	{.name = "verifier",
	 .help = "have this kernel check the compiled policy, too, and say what that took (root)"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option compile_options[] = {
	{.name = "output",
	 .letter = 'o',
	 .value = "OBJECT",
	 .help = "where to write the object (FILE.bpf.o)"},
	{.name = "emit",
	 .value = "STAGE",
	 .choices = emit_choices,
	 .help = "print what a stage of the compiler made of the policy"},
	{.name = NULL},
};

static const struct command_option load_options[] = {
	{.name = "mode",
	 .value = "MODE",
	 .choices = mode_choices,
	 .help = "native: in the driver; generic: on any device, slower; auto: what works"},
	{.name = "attach",
	 .value = "HOW",
	 .choices = attach_choices,
	 .help = "dispatcher: beside other programs, by libxdp; link: alone; auto: what works"},
	{.name = "confirm",
	 .value = "TIME",
	 .help = "go back to what was live before, unless `xdivert confirm` follows in this time"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option plan_options[] = {
	{.name = "mode", .value = "MODE", .choices = mode_choices, .help = "as for load"},
	{.name = "attach", .value = "HOW", .choices = attach_choices, .help = "as for load"},
	{.name = "exit-code", .help = "exit with 5 if there is a difference"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option confirm_options[] = {
	{.name = "revert", .help = "go back to what was live before, at once"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option memnode_options[] = {
	{.name = "key",
	 .letter = 'k',
	 .value = "FILE",
	 .help = "who knows its first line may have the volumes"},
	{.name = "listen",
	 .letter = 'l',
	 .value = "ADDRESS",
	 .help = "of an RDMA device, with :PORT unless it is 7472; all of them without it"},
	{.name = NULL},
};

static const struct command_option storage_options[] = {
	{.name = "listen",
	 .value = "ADDRESS",
	 .help = "where clients come: ADDR:PORT, [ADDR]:PORT or unix:PATH (127.0.0.1:10809)"},
	{.name = "interface",
	 .value = "IFACE",
	 .help = "where the policy is live whose AoE disks, or without POLICY all volumes, "
		 "are served"},
	{.name = "clients", .value = "N", .help = "so many at the same time (128)"},
	{.name = "sqpoll", .help = "a thread of the kernel's looks for work: it takes a processor"},
	{.name = "parent",
	 .value = "PID",
	 .help = "serve: end when this process does, which has started it, as `xdivert run` has"},
	{.name = "write", .help = "bench: measures writes, too, over what is in the volume"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option test_options[] = {
	{.name = "evaluate",
	 .help = "ask the evaluator instead of the compiled program: needs no privilege"},
	{.name = "quiet", .letter = 'q', .help = "print only tests that fail, and totals"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option doctor_options[] = {
	{.name = "seconds",
	 .letter = 's',
	 .value = "N",
	 .help = "watch for losses so long (1); 0: do not"},
	{.name = "rdma", .help = "look at RDMA devices, too: transport, link, limits"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option run_options[] = {
	{.name = "metrics",
	 .value = "WHERE",
	 .help = "serve metrics for Prometheus at ADDRESS:PORT or unix:PATH"},
	{.name = "sqpoll",
	 .help = "let a thread of the kernel look for work: quicker answers, for some of a core"},
	{.name = NULL},
};

static const struct command_option watch_options[] = {
	{.name = "interval", .letter = 'i', .value = "SECONDS", .help = "of each line; 1"},
	{.name = "count", .letter = 'c', .value = "N", .help = "end after so many lines"},
	JSON_OPTION,
	{.name = NULL},
};

static const struct command_option capture_options[] = {
	{.name = "output",
	 .letter = 'o',
	 .value = "FILE",
	 .help = "where to write it; standard output"},
	{.name = "count", .letter = 'c', .value = "N", .help = "end after so many packets"},
	{.name = NULL},
};

static const struct command_option log_options[] = {
	{.name = "follow", .letter = 'f', .help = "go on, with what happens from now on"},
	JSON_OPTION,
	{.name = NULL},
};

const struct command command_table[] = {
	{
		.name = "check",
		.summary = "read a policy and say what is wrong with it",
		.synopsis = "FILE",
		.arguments_min = 1,
		.arguments_max = 1,
		.options = check_options,
		.details =
			"Checking is pure: it takes no privilege, no device and no kernel. With --verifier, the\n"
			"policy is compiled and loaded, but put onto no device.\n",
		.run = cmd_check,
	},
	{
		.name = "compile",
		.summary = "compile a policy into an object for the kernel",
		.synopsis = "FILE",
		.arguments_min = 1,
		.arguments_max = 1,
		.options = compile_options,
		.details = "Needs no privilege, no device and no kernel.\n",
		.run = cmd_compile,
	},
	{
		.name = "load",
		.summary = "make a policy live on an interface, in place of an older one",
		.synopsis = "IFACE[,IFACE...] FILE|OBJECT",
		.arguments_min = 2,
		.arguments_max = 2,
		.options = load_options,
		.details =
			"The change is one atomic step: each packet meets the old policy or the new "
			"one. What\ncannot be loaded leaves the old one running.\n"
			"\nSeveral interfaces, with commas between them, get it together: all of them, or "
			"none.\n"
			"\nWith --confirm 60s, the program in the kernel goes back by itself to the policy "
			"before, or\nto none, after a minute, unless `xdivert confirm IFACE` comes first. That "
			"takes no process: it\nholds when the shell, the connection and all else is gone.\n",
		.run = cmd_load,
	},
	{
		.name = "plan",
		.summary =
			"say what a load would change, and what it would take from this machine itself",
		.synopsis = "IFACE FILE|OBJECT",
		.arguments_min = 2,
		.arguments_max = 2,
		.options = plan_options,
		.details =
			"Rules, sets, consumers against those that are live, what happens to the device, "
			"and what the\npolicy would take of the connection it is typed over, of ARP and "
			"neighbour discovery, and of\nwhat goes to local sockets. Changes nothing.\n",
		.run = cmd_plan,
	},
	{
		.name = "confirm",
		.summary = "keep a policy that was loaded with --confirm",
		.synopsis = "IFACE",
		.arguments_min = 1,
		.arguments_max = 1,
		.options = confirm_options,
		.details =
			"From any terminal, while there is time: `xdivert show` says how much. Once it "
			"is over, this\ncommand says so, and clears away what is left.\n",
		.run = cmd_confirm,
	},
	{
		.name = "unload",
		.summary = "take the policy off an interface",
		.synopsis = "IFACE[,IFACE...]",
		.arguments_min = 1,
		.arguments_max = 1,
		.options = json_only,
		.run = cmd_unload,
	},
	{
		.name = "show",
		.summary =
			"show what is live: rules and their counters, consumers and their queues",
		.synopsis = "[IFACE]",
		.arguments_max = 1,
		.options = json_only,
		.details =
			"Without IFACE, that is all interfaces, and the storage that is served on this "
			"machine.\n",
		.run = cmd_show,
	},
	{
		.name = "flow",
		.summary =
			"say what is done with single flows, before the rules of the live policy",
		.synopsis = "add|del|list|flush IFACE [FLOW [=>] [ACTION]]",
		.arguments_min = 2,
		.arguments_max = (size_t)-1,
		.options = json_only,
		.details =
			"  xdivert flow add eth0 'udp 10.0.0.1:5000 > 10.0.0.2:53 => xsk feed timeout 30s'\n"
			"  xdivert flow add eth0 tcp [fd00::1]:80 [fd00::2]:4000 drop\n"
			"  xdivert flow del eth0 'udp 10.0.0.1:5000 > 10.0.0.2:53'\n"
			"\nA flow is udp, tcp or sctp from one address and port to another. ACTION is pass, "
			"drop,\nxsk CONSUMER, tx or tx swap; with `timeout` (ms, s, min, h, d) it ends after "
			"that time\nwithout a packet. The policy has to declare room: flows { size 65536 }.\n"
			"\nQuote what has a `>`: the shell would take `> 10.0.0.2:53` and `=> xsk` for files "
			"to write\nto. Or leave `>` and `=>` out.\n",
		.run = cmd_flow,
	},
	{
		.name = "set",
		.summary = "show and change the dynamic sets of the live policy",
		.synopsis =
			"add|del|replace IFACE SET ELEMENT...|- | flush|list IFACE SET | show IFACE",
		.arguments_min = 2,
		.arguments_max = (size_t)-1,
		.options = json_only,
		.details =
			"  xdivert set add eth0 blocked 10.0.0.1 10.0.0.2\n"
			"  xdivert set del eth0 sessions 10.0.0.5 . 31001\n"
			"  xdivert set replace eth0 blocked - <addresses.txt\n"
			"\nElements are written as in a policy; with -, standard input has them, one a "
			"line or as it\nlikes, with comments behind #. The set has to be `dynamic` in the "
			"policy. A change is one\natomic step, or none: packets meet the old set or the new "
			"one. `add` takes what is there\nalready for granted, `del` does not take what is "
			"not. A reload of the policy keeps what is\nin the set.\n",
		.run = cmd_set,
	},
	{
		.name = "top",
		.summary = "show on a screen what happens now: rules, losses, who serves what",
		.synopsis = "IFACE",
		.arguments_min = 1,
		.arguments_max = 1,
		.details = "Rules that meet packets come first. q ends it.\n",
		.run = cmd_top,
	},
	{
		.name = "watch",
		.summary = "print a line for each second: rates, what is lost, who serves what",
		.synopsis = "IFACE",
		.arguments_min = 1,
		.arguments_max = 1,
		.options = watch_options,
		.run = cmd_watch,
	},
	{
		.name = "capture",
		.summary = "write the samples that rules take as pcapng, each with its rule",
		.synopsis = "IFACE [RULE]",
		.arguments_min = 1,
		.arguments_max = 2,
		.options = capture_options,
		.details =
			"  xdivert capture eth0 flood -o flood.pcapng\n"
			"\nOf rules with `sample`, whatever their action is: also what is dropped. A sample "
			"has the\nfirst 128 bytes of a packet. There is one who reads them at a time; while `xdivert "
			"run` runs, that\nis the service, which gives them to up to 16 captures at once.\n",
		.run = cmd_capture,
	},
	{
		.name = "run",
		.summary = "run as a service: load policies, keep them, and say what happens",
		.synopsis = "[IFACE=FILE...]",
		.arguments_max = (size_t)-1,
		.options = run_options,
		.details =
			"SIGHUP loads the policies again; one that has errors leaves the old one live. A "
			"policy\nwhose interface is not there is loaded when it appears. SIGTERM ends the "
			"service and leaves\nthe policies on, but for those with `on-exit unload`. "
			"Without a policy, it serves what the\nother commands load.\n"
			"\nA policy's storage targets have a gateway (`xdivert help storage`) as long as it is "
			"live, which\nis started again when it dies, and when a load changes them.\n",
		.run = cmd_run,
	},
	{
		.name = "log",
		.summary = "say what has happened, and why, since the service runs",
		.synopsis = "[IFACE]",
		.arguments_max = 1,
		.options = log_options,
		.details =
			"Also what root does beside the service, on any interface: load, unload, confirm, "
			"set replace\nand set flush, each with its process; and how a trial (load "
			"--confirm) has ended.\n",
		.run = cmd_log,
	},
	{
		.name = "dpdk-args",
		.summary = "print what a DPDK application is started with to join a live policy",
		.synopsis = "IFACE TARGET",
		.arguments_min = 2,
		.arguments_max = 2,
		.options = json_only,
		.details =
			"  dpdk-testpmd $(xdivert dpdk-args eth0 fwd) --no-pci -- --forward-mode=rxonly\n"
			"\nThe policy declares the target: target fwd dpdk { queues all }. Start the "
			"application in\nthe network namespace of the interface. Its other options "
			"(cores, memory) are its own.\n",
		.run = cmd_dpdk_args,
	},
	{
		.name = "doctor",
		.summary = "say what this machine and a device can do, and what is lost and why",
		.synopsis = "[IFACE]",
		.arguments_max = 1,
		.options = doctor_options,
		.details =
			"Looks at the kernel, at privileges and limits, and at the device: driver, queues, MTU,\n"
			"offloads, the live policy and who serves it. Binds sockets of its own to queues that have\n"
			"none, sends a frame through one, and watches for a second which packets are lost and why.\n"
			"Changes nothing. Exit status 1: there is a problem.\n",
		.run = cmd_doctor,
	},
	{
		.name = "memnode",
		.summary = "offer memory that gateways read and write by RDMA",
		.synopsis = "NAME=SIZE[,file=PATH][,read-only]...",
		.arguments_min = 1,
		.arguments_max = (size_t)-1,
		.options = memnode_options,
		.details =
			"  xdivert memnode --key /etc/xdivert/memnode.key vol0=1G,file=/srv/vol0.img\n"
			"  xdivert storage serve vol0=rdma://10.9.0.2/vol0?key=/etc/xdivert/memnode.key\n"
			"\nThe second line is for the gateway. The node's processor takes no part in reads "
			"and writes. A\nvolume's file is read in the beginning, and has what was written after a "
			"flush, and at the end; a\nfile in a file system of memory (/dev/shm, hugetlbfs) is the "
			"memory itself, and so outlives the\nnode's process. Without a file, all is lost with the "
			"process. Ends with SIGINT or SIGTERM.\n",
		.run = cmd_memnode,
	},
	{
		.name = "storage",
		.summary =
			"serve volumes to NBD clients and AoE initiators, or show what is served",
		.synopsis =
			"serve NAME=BACKEND[,read-only][,cached]...|POLICY... | show | bench BACKEND",
		.arguments_min = 1,
		.arguments_max = (size_t)-1,
		.options = storage_options,
		.details =
			"  xdivert storage serve scratch=memory:1G vol0=file:/srv/vol0.img\n"
			"  nbd-client 127.0.0.1 -name vol0 /dev/nbd0\n"
			"\nBACKEND is memory:SIZE (with K, M, G or T), rdma://NODE/VOLUME?key=FILE, of an `xdivert memnode`, or file:PATH, a file or a block "
			"device of the\nsize that the volume is to have, with O_DIRECT where that works, "
			"unless it is `cached`.\nA write is answered when a read finds it; a flush, or "
			"a write with FUA, when a file has it on\nits disk. Ends with SIGINT or SIGTERM, "
			"when all that has come is answered and flushed.\n"
			"\nIn a policy, a volume is target vol0 storage { nbd \"127.0.0.1:10809\"; backend "
			"\"memory:1G\" },\nwith read-only and cached if wanted. With aoe shelf 0 slot 0, "
			"and --interface, it is a disk for\nAoE initiators there. `xdivert run` serves those of its "
			"policies by itself.\n"
			"\n`bench` measures a back end without clients: random reads, and with --write "
			"writes, of 4K and\n128K, 1 and 32 at a time.\n",
		.run = cmd_storage,
	},
	{
		.name = "test",
		.summary = "run a policy's own test lines, and packets from files, through it",
		.synopsis = "FILE|OBJECT [PCAP...]",
		.arguments_min = 1,
		.arguments_max = (size_t)-1,
		.options = test_options,
		.run = cmd_test,
	},
	{
		.name = "explain",
		.summary = "say which rule takes a packet, and why the ones before it do not",
		.synopsis = "FILE PACKET",
		.arguments_min = 2,
		.arguments_max = (size_t)-1,
		.options = json_only,
		.details = "PACKET is text, as in `test` lines, or bytes:\n"
			   "  'udp 10.1.1.1:5000 > 233.54.12.9:26400'\n"
			   "  'udp 10.0.0.1:1 > 10.0.0.2 vxlan 7 inner icmp 10.9.0.1 > 10.9.0.2'\n"
			   "  hex 0200 0000 0002 0200 0000 0001 0800 ...\n",
		.run = cmd_explain,
	},
	{
		.name = "help",
		.summary = "show the help of a command",
		.synopsis = "[COMMAND]",
		.arguments_max = 1,
		.run = cmd_help,
	},
	{.name = NULL},
};
