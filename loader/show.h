/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * `xdivert show`: a view of an interface as text and as JSON.
 */
#ifndef XDIVERT_SHOW_H
#define XDIVERT_SHOW_H

#include "live/observe.h"

#include <stdio.h>

struct json_t;

void show_text(const struct view *view, FILE *out);
struct json_t *show_json(const struct view *view);

/* What there is to say of dynamic sets: "blocked : ipv4  3 of 1000", and a list of objects. */
void show_set(const struct live_set *set, FILE *out);
struct json_t *show_sets_json(const struct live_sets *sets);

/*
 * A rule as it is in the file, behind its name, in one line and without comments; of number 0, the
 * default, its action. malloc'ed; NULL for want of memory.
 */
char *rule_source(const struct policy *policy, size_t number);

/* All of them, by number, in one go. */
char **rule_sources(const struct policy *policy);
void rule_sources_free(char **sources, const struct policy *policy);

#endif
