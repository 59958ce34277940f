// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Joins the records of several receivers of one feed: what was lost and what came twice. Prints
 * `key=value` lines.
 */
#include "sequence.h"

static const char usage[] = "usage: seqreport [-f FROM] [-t TO] PROGRESS-FILE RECORD...\n"
			    "FROM and TO (exclusive) narrow it to a stretch of the feed.\n";

static void print(const char *key, uint64_t value)
{
	printf("%s=%llu\n", key, (unsigned long long)value);
}

/* The record's own part: how many of the stretch it has, the first of them and the last. */
static void report_record(const struct sequence_record *record, int number, uint64_t from,
			  uint64_t to)
{
	uint64_t received = 0, first = 0, last = 0;

	for (uint64_t i = from; i < to; i++) {
		if (!record->times[i])
			continue;
		if (!received)
			first = i;
		last = i;
		received++;
	}
	printf("received_%d=%llu\nfirst_%d=%llu\nlast_%d=%llu\n", number,
	       (unsigned long long)received, number, (unsigned long long)first, number,
	       (unsigned long long)last);
}

int main(int argc, char **argv)
{
	uint64_t from = 0, to = SEQUENCE_MAX, sent, lost = 0, twice = 0, first = 0, last = 0;
	int option, records;
	const struct sequence_record *record[16];

	while ((option = getopt(argc, argv, "f:t:")) != -1) {
		if (option == 'f') {
			from = argument(optarg, 0, SEQUENCE_MAX);
		} else if (option == 't') {
			to = argument(optarg, 0, SEQUENCE_MAX);
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	records = argc - optind - 1;
	if (records < 1 || records > 16) {
		fputs(usage, stderr);
		return 2;
	}
	sent = strcmp(argv[optind], "-") == 0 ? to : record_open(argv[optind])->received;
	to = to < sent ? to : sent;
	for (int i = 0; i < records; i++)
		record[i] = record_open(argv[optind + 1 + i]);
	for (uint64_t i = from; i < to; i++) {
		unsigned int times = 0;

		for (int k = 0; k < records; k++)
			times += record[k]->times[i];
		twice += times > 1;
		if (times)
			continue;
		if (!lost)
			first = i;
		last = i;
		lost++;
	}
	print("sent", to > from ? to - from : 0);
	print("lost", lost);
	print("first_lost", first);
	print("last_lost", last);
	print("twice", twice);
	for (int i = 0; i < records; i++)
		report_record(record[i], i + 1, from, to);
	return 0;
}
