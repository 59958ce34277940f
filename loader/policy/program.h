/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A compiled policy: the object for the kernel, and what its maps are filled with.
 */
#ifndef XDIVERT_PROGRAM_H
#define XDIVERT_PROGRAM_H

#include "ast.h"
#include "bpf/abi.h"
#include "xdivert/error.h"

/*
 * Maps of the object (all BTF-defined; those marked * get their max_entries at load time):
 *   xsks_map *       XSKMAP of consumer 0, xsks_1, xsks_2 … of the others: XDV_SOCKET() in abi.h
 *   queues_N *       ARRAY of struct xdv_queue_state of consumer N } absent if it has
 *   beating_N *      XSKMAP of its sockets that answer             } `stall off`
 *   redirects *      DEVMAP of the policy's interfaces; absent if it has none
 *   rule_counters *  PERCPU_ARRAY of struct xdv_counters: one for the default and each rule
 *   rule_buckets *   PERCPU_ARRAY of struct xdv_bucket, the same; absent if no rule has a limit
 *   samples          RINGBUF of struct xdv_sample     } absent if no rule has samples
 *   rule_samplers *  PERCPU_ARRAY of struct xdv_sampler, the same
 *   rule_options *   ARRAY of struct xdv_rule_options, the same  } absent if the plan is
 *   tree *           ARRAY of struct xdv_tree_node               } does without
 *   indexes *        ARRAY of struct xdv_index                   }
 *   displacements *  ARRAY of struct xdv_displacements           }
 *   slots *          ARRAY of keys and answers, see bpf/abi.h    }
 *   strides *        ARRAY of struct xdv_stride                  }
 * Programs: XDV_PROGRAM_NAME, the one to attach, and XDV_CLASSIFY_NAME, for test runs.
 * Read-only data: `xdv_generation` and, with stall, `xdv_tick`, with fanout `xdv_queues`, set at
 * load time;
 * bpf_metadata_{policy,version,hash}.
 * Section ".xdivert.policy": the policy's text, with all it includes, so that an object can be
 * loaded where no clang is.
 */
struct program {
	struct policy *policy; /* owned */
	struct plan *plan; /* in the policy's arena */
	void *object; /* an ELF file in memory; owned */
	size_t object_size;
};

/* What an array map is filled with; it borrows from the program. */
struct table {
	const char *map;
	const void *values;
	size_t value_size;
	size_t count;
};

/* All of them, also of maps that the object does without. */
#define PROGRAM_TABLES 6
void program_tables(const struct program *program, struct table tables[PROGRAM_TABLES]);

/*
 * Plans, emits and builds a checked policy without errors. Takes the policy on success.
 * -E2BIG: no plan fits (a diagnostic says why); -ENOENT: no clang; -EBADMSG: clang refused what
 * we emitted, its output is in `log` (malloc'ed, the caller frees; may be NULL).
 */
int program_build(struct program **program, struct policy *policy, char **log,
		  struct xdv_error *error);

/* From an object that `xdivert compile -o` wrote. -ENOEXEC: not an ELF file, or not ours. */
int program_from_object(struct program **program, const void *object, size_t size,
			struct xdv_error *error);

/* From a policy and the object that it was compiled to. Takes the policy on success. */
int program_join(struct program **program, struct policy *policy, const void *object, size_t size,
		 struct xdv_error *error);

void program_free(struct program **program);

#endif
