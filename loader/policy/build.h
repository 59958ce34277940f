/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Runs clang on the emitted C.
 */
#ifndef XDIVERT_BUILD_H
#define XDIVERT_BUILD_H

#include "plan.h"
#include "xdivert/error.h"

#include <stddef.h>

enum build_output {
	BUILD_OBJECT, /* ELF, with the policy's text in section ".xdivert.policy" */
	BUILD_ANONYMOUS, /* ELF without the text: what is like it in all else can be loaded by it */
	BUILD_ASSEMBLY,
};

/*
 * The result is malloc'ed, the caller frees it. -ENOENT: no clang; -EBADMSG: clang refused the
 * program, its words are in `log` (malloc'ed too; may be NULL if the caller does not want them).
 * The compiler is `clang` in PATH, or what XDIVERT_CLANG names.
 */
int build_program(const struct plan *plan, enum build_output output, void **result, size_t *size,
		  char **log, struct xdv_error *error);

/* The path of that compiler. -ENOENT: there is none. */
int build_find_compiler(char *path, size_t size);

/* The anonymous object of a plan, from the cache where it is there, else made and kept. */
int build_cached(const struct plan *plan, void **object, size_t *size, char **log,
		 struct xdv_error *error);

/* The room of bpf_metadata_policy, _hash and _version in an object. */
#define BUILD_METADATA_SIZE 64
/* The policy's file, without its directories. */
const char *build_policy_name(const struct policy *policy);

/* The section's first line: "xdivert VERSION FILE"; what sources_write() writes follows. */
#define BUILD_POLICY_SECTION ".xdivert.policy"
#define BUILD_POLICY_HEAD    "xdivert " XDIVERT_VERSION " "

/* 64 bits that name a policy's text, with all it includes: FNV-1a, 16 hexadecimal digits. */
#define POLICY_HASH_TEXT 17
char *policy_hash(const struct policy *policy, char text[POLICY_HASH_TEXT]);

#endif
