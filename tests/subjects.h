/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Small policies that judges try, each about one part of the language.
 */
#ifndef XDIVERT_TESTS_SUBJECTS_H
#define XDIVERT_TESTS_SUBJECTS_H

struct subject_text {
	const char *name, *text;
};

/* Both end with a NULL name. */
extern const struct subject_text subject_texts[];
/* What libpcap has words for, too. */
extern const struct subject_text sayable_texts[];

#endif
