// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "peers.h"

#include "compile.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A chain of more rules is not even tried: clang and the verifier take minutes over it. */
#define LINEAR_RULES_MAX  1000
#define XDP_FILTER_OBJECT "/usr/lib/x86_64-linux-gnu/bpf/xdpfilt_alw_udp.o"

int peers_add_linear(struct bench *bench, const struct workload *workload,
		     const struct policy *policy)
{
	struct subject *subject;
	struct bpf_object *object;
	char *text;
	size_t size;
	void *built = NULL;
	int err;

	if (!workload->match)
		return 0;
	subject = subject_add(bench, SIDE_LINEAR, workload, false);
	if (workload->rules > LINEAR_RULES_MAX) {
		snprintf(subject->note, sizeof(subject->note), "not tried with more than %d rules",
			 LINEAR_RULES_MAX);
		return 0;
	}
	text = workload_linear(workload);
	err = text ? compile_bpf(text, &built, &size) : -ENOMEM;
	free(text);
	object = err ? NULL : bpf_object__open_mem(built, size, NULL);
	if (object && !(err = bpf_object__load(object))) {
		subject_weigh(
			subject,
			dup(bpf_program__fd(bpf_object__find_program_by_name(object, "linear"))));
		err = subject_check(subject, policy);
	} else {
		snprintf(subject->note, sizeof(subject->note), "does not load: %s",
			 strerror(err ? -err : errno));
		err = 0;
	}
	bpf_object__close(object);
	free(built);
	return err;
}

/* The port that a rule of a workload of ports asks for. */
static uint32_t port_of_rule(const struct workload *workload, uint32_t i)
{
	return workload->match(workload->rules, i).dport.lo;
}

int peers_add_by_hand(struct bench *bench, const struct workload *workload,
		      const struct policy *policy)
{
	struct bpf_object *object = bpf_object__open_mem(bench->programs, bench->programs_size,
							 NULL);
	struct subject *subject;
	struct bpf_program *program;
	uint32_t zero = 0;
	int err, ports;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, !strncmp(bpf_program__name(program), "by_hand", strlen("by_hand")));
	err = bpf_object__load(object);
	ports = bpf_object__find_map_fd_by_name(object, "ports");
	for (uint32_t i = 0; !err && i < workload->rules; i++) {
		uint32_t port = port_of_rule(workload, i), rule = i + 1;

		err = bpf_map_update_elem(ports, &port, &rule, BPF_ANY);
	}
	if (!err && bench->socket >= 0)
		err = bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "sockets"), &zero,
					  &bench->socket, BPF_ANY);
	for (int acts = 0; !err && acts < (bench->socket < 0 ? 1 : 2); acts++) {
		subject = subject_add(bench, SIDE_BY_HAND, workload, acts);
		subject_weigh(subject, dup(bpf_program__fd(bpf_object__find_program_by_name(
					       object, acts ? "by_hand_act" : "by_hand"))));
		err = subject_check(subject, policy);
	}
	bpf_object__close(object);
	return err;
}

/* What xdp-filter's own command writes for `xdp-filter port -p udp -m dst`. */
#define XDP_FILTER_DESTINATION 2
#define XDP_FILTER_UDP	       8

static int fill_xdp_filter(const struct bpf_object *object, const struct workload *workload)
{
	int map = bpf_object__find_map_fd_by_name(object, "filter_ports");
	int cpus = libbpf_num_possible_cpus(), err = 0;
	uint64_t *values = calloc((size_t)(cpus > 0 ? cpus : 1), sizeof(*values));

	for (int i = 0; values && i < cpus; i++)
		values[i] = XDP_FILTER_DESTINATION | XDP_FILTER_UDP;
	for (uint32_t i = 0; values && !err && i < workload->rules; i++) {
		uint32_t key = __builtin_bswap16((uint16_t)port_of_rule(workload, i));

		err = bpf_map_update_elem(map, &key, values, BPF_ANY);
	}
	free(values);
	return values ? err : -ENOMEM;
}

int peers_add_xdp_filter(struct bench *bench, const struct workload *workload,
			 const struct policy *policy)
{
	struct subject *subject = subject_add(bench, SIDE_XDP_FILTER, workload, true);
	struct bpf_object *object = bpf_object__open_file(XDP_FILTER_OBJECT, NULL);
	struct bpf_map *map;
	int err = 0;

	if (!object) {
		snprintf(subject->note, sizeof(subject->note), XDP_FILTER_OBJECT ": %s",
			 strerror(errno));
		return 0;
	}
	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
	err = bpf_object__load(object);
	if (!err)
		err = fill_xdp_filter(object, workload);
	if (err) {
		snprintf(subject->note, sizeof(subject->note), "does not load: %s", strerror(-err));
		err = 0;
	} else {
		subject_weigh(subject,
			      dup(bpf_program__fd(bpf_object__next_program(object, NULL))));
		err = subject_check(subject, policy);
	}
	bpf_object__close(object);
	return err;
}
