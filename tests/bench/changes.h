/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What changes of a live policy take that need no load: of its dynamic sets, and of its flows.
 */
#ifndef XDIVERT_BENCH_CHANGES_H
#define XDIVERT_BENCH_CHANGES_H

/* Medians, in a set of 100,000 addresses and a table of 65,536 flows. */
struct changes {
	double element_us; /* one more, or one less; the table is opened for it */
	double element_open_us; /* likewise, in a table that is open */
	double anew_percent; /* of the added: no place was free, and the table was made anew */
	double replace_ms; /* all elements, by as many others */
	double flow_us; /* one more */
};

/* 0, or a negative errno, and a message has been written. */
int changes_take(struct changes *changes);

#endif
