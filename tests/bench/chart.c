// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Bars on a logarithmic scale, two to a program: one packet again and again, and a mix of many.
 */
#include "report.h"

#include <math.h>
#include <string.h>

#define WIDTH  860
#define LEFT   250 /* where bars begin */
#define RIGHT  60 /* room for the figures behind them */
#define TOP    76
#define ROW    26
#define GAP    8 /* between workloads */
#define LOWEST 1.0 /* ns, where the scale begins */

static const char *const colours[SIDES] = {
	[SIDE_EMPTY] = "#888888",  [SIDE_WALK] = "#888888",    [SIDE_XDIVERT] = "#1b6ca8",
	[SIDE_LINEAR] = "#c8553d", [SIDE_BY_HAND] = "#b08a2e", [SIDE_XDP_FILTER] = "#6a8d3f",
};

static bool is_drawn(const struct subject *subject)
{
	return subject->program >= 0 && subject->side != SIDE_EMPTY &&
	       (!subject->acts || subject->side == SIDE_XDP_FILTER);
}

static double place(double ns, double most)
{
	double at = log10(ns > LOWEST ? ns / LOWEST : 1) / log10(most / LOWEST);

	return at * (WIDTH - LEFT - RIGHT);
}

static void put_bar(FILE *out, double y, double ns, double most, const char *colour, double opacity)
{
	double length = place(ns, most);

	fprintf(out,
		"<rect x=\"%d\" y=\"%.0f\" width=\"%.1f\" height=\"9\" fill=\"%s\" "
		"fill-opacity=\"%.2f\"/>\n"
		"<text x=\"%.1f\" y=\"%.0f\" class=\"figure\">%.*f</text>\n",
		LEFT, y, length > 1 ? length : 1, colour, opacity, LEFT + length + 5, y + 8.5,
		ns < 100 ? 1 : 0, ns);
}

static void put_grid(FILE *out, double most, double bottom)
{
	for (double ns = LOWEST; ns <= most; ns *= 10)
		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.0f\" class=\"grid\"/>\n"
			"<text x=\"%.1f\" y=\"%d\" class=\"axis\">%.0f ns</text>\n",
			LEFT + place(ns, most), TOP - 6, LEFT + place(ns, most), bottom,
			LEFT + place(ns, most), TOP - 10, ns);
}

void report_chart(const struct report *report, FILE *out)
{
	const struct bench *bench = report->bench;
	const struct workload *before = NULL;
	double most = 100, height = TOP, y = TOP;

	for (size_t i = 0; i < bench->count; i++) {
		const struct subject *subject = &bench->subjects[i];

		if (!is_drawn(subject))
			continue;
		most = fmax(most, above_empty(report, subject, false));
		most = fmax(most, above_empty(report, subject, true));
		height += ROW + (subject->workload != before ? GAP : 0);
		before = subject->workload;
	}
	most = pow(10, ceil(log10(most)));
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\">\n"
		"<style>text { font: 12px sans-serif; fill: #222 } .title { font-size: 15px; "
		"font-weight: bold } .side { fill: #555 } .figure { font-size: 10px } .axis { "
		"font-size: 10px; fill: #777; text-anchor: middle } .grid { stroke: #ddd }"
		"</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"12\" y=\"24\" class=\"title\">What it costs to decide about a packet"
		"</text>\n"
		"<text x=\"12\" y=\"42\" class=\"side\">ns above an empty XDP program; upper bar: "
		"one packet again and again, for the last rule; lower, lighter bar: %d packets"
		"</text>\n",
		WIDTH, height + 16, WIDTH, height + 16, BENCH_FRAMES);
	put_grid(out, most, height + 4);
	before = NULL;
	for (size_t i = 0; i < bench->count; i++) {
		const struct subject *subject = &bench->subjects[i];
		bool is_new = subject->workload != before;

		if (!is_drawn(subject))
			continue;
		y += is_new && before ? GAP : 0;
		if (subject->workload && is_new)
			fprintf(out, "<text x=\"12\" y=\"%.0f\">%s</text>\n", y + 14,
				subject->workload->title);
		fprintf(out, "<text x=\"%d\" y=\"%.0f\" class=\"side\">%s</text>\n", LEFT - 84,
			y + 14, side_names[subject->side]);
		put_bar(out, y, above_empty(report, subject, false), most, colours[subject->side],
			1);
		put_bar(out, y + 10, above_empty(report, subject, true), most,
			colours[subject->side], 0.55);
		y += ROW;
		before = subject->workload;
	}
	fputs("</svg>\n", out);
}
