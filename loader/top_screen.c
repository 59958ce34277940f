// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "top_screen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOME	   "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"
#define PLAIN	   "\033[0m"

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN };

static const char *const styles[] = {
	[STYLE_PLAIN] = "",	    [STYLE_BOLD] = "\033[1m",	[STYLE_DIM] = "\033[2m",
	[STYLE_RED] = "\033[1;31m", [STYLE_GREEN] = "\033[32m",
};

/* A screen that is being written, a line at a time. */
struct canvas {
	const struct screen *screen;
	FILE *out;
	unsigned int line; /* lines so far */
};

static unsigned int lines_left(const struct canvas *canvas)
{
	return canvas->line < canvas->screen->rows ? canvas->screen->rows - canvas->line : 0;
}

/* A line longer than the screen is cut; one below its end is not there. */
static void __attribute__((format(printf, 3, 4)))
put_line(struct canvas *canvas, enum style style, const char *format, ...)
{
	const char *start = canvas->screen->colour ? styles[style] : "";
	char text[512];
	va_list arguments;

	if (!lines_left(canvas))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *c = text; *c; c++) /* a name of a process may be anything */
		if ((unsigned char)*c < ' ')
			*c = '?';
	fprintf(canvas->out, "%s%s%.*s%s" CLEAR_LINE, canvas->line ? "\r\n" : "", start,
		(int)canvas->screen->columns, text, *start ? PLAIN : "");
	canvas->line++;
}

static double per_second(const struct rates *rates, uint64_t count)
{
	return rates->rules ? (double)count / rates->seconds : 0;
}

/* Four digits or so: "1204", "12.0k", "3.77M". */
static const char *amount(char text[16], double number)
{
	static const char units[] = {'k', 'M', 'G', 'T'};
	size_t unit = 0;

	if (number < 10000) {
		snprintf(text, 16, "%.0f", number);
		return text;
	}
	for (number /= 1000; number >= 1000 && unit + 1 < sizeof(units); unit++)
		number /= 1000;
	snprintf(text, 16, "%.*f%c", number < 10 ? 2 : number < 100 ? 1 : 0, number, units[unit]);
	return text;
}

static void put_head(struct canvas *canvas, const struct view *view, const struct rates *rates)
{
	const char *slash = strrchr(view->record.policy, '/');
	char a[16], b[16], c[16], d[16], e[16], f[16], clock[16] = "";
	time_t now = time(NULL);
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(clock, sizeof(clock), "%T", &parts);
	put_line(canvas, STYLE_BOLD, "%s  %s: %s, generation %" PRIu32 ", %s, %s", clock,
		 view->ifname, slash ? slash + 1 : view->record.policy, view->live.generation,
		 view->live.place == PLACES ? "mode unknown" : place_names[view->live.place],
		 attach_names[view->live.kind]);
	put_line(canvas, rates->lost ? STYLE_RED : STYLE_PLAIN,
		 "packets %s/s  bits %s/s  diverted %s/s  to kernel %s/s  dropped %s/s  lost %s/s",
		 amount(a, per_second(rates, rates->packets)),
		 amount(b, 8 * per_second(rates, rates->bytes)),
		 amount(c, per_second(rates, rates->diverted)),
		 amount(d, per_second(rates, rates->fallback)),
		 amount(e, per_second(rates, rates->dropped)),
		 amount(f, per_second(rates, rates->lost)));
	put_line(canvas, STYLE_PLAIN, "%s", "");
}

/* A rule's number, and by what it is sorted. */
struct place {
	size_t number;
	uint64_t now, ever;
};

static int busier_first(const void *one, const void *other)
{
	const struct place *a = one, *b = other;

	if (a->now != b->now)
		return a->now < b->now ? 1 : -1;
	if (a->ever != b->ever)
		return a->ever < b->ever ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void put_rule(struct canvas *canvas, const struct view *view, const struct rates *rates,
		     size_t number)
{
	static const struct xdv_counter none;
	const struct xdv_counter *rate = rates->rules ? &rates->rules[number] : &none;
	char a[16], b[16], c[16], d[16], e[16], action[ACTION_TEXT];

	put_line(canvas, rate->packets ? STYLE_PLAIN : STYLE_DIM,
		 "%-20.20s %9s %9s %9s %9s %9s  %s", policy_rule_name(view->policy, number),
		 amount(a, per_second(rates, rate->packets)),
		 amount(b, 8 * per_second(rates, rate->bytes)),
		 amount(c, per_second(rates, rate->fallback)),
		 amount(d, per_second(rates, rate->limited)),
		 amount(e, (double)view->counters[number].packets),
		 action_format(action, sizeof(action), policy_action(view->policy, number)));
}

static void put_rules(struct canvas *canvas, const struct view *view, const struct rates *rates,
		      unsigned int room)
{
	size_t count = view->policy->rule_count + 1, shown;
	struct place *places = calloc(count, sizeof(*places));

	put_line(canvas, STYLE_BOLD, "%-20s %9s %9s %9s %9s %9s  %s", "rule", "packets/s", "bits/s",
		 "kernel/s", "limited/s", "packets", "action");
	for (size_t i = 0; places && i < count; i++)
		places[i] = (struct place){i, rates->rules ? rates->rules[i].packets : 0,
					   view->counters[i].packets};
	if (places)
		qsort(places, count, sizeof(*places), busier_first);
	shown = count <= room ? count : room ? room - 1 : 0;
	for (size_t i = 0; places && i < shown; i++)
		put_rule(canvas, view, rates, places[i].number);
	if (shown < count)
		put_line(canvas, STYLE_DIM, "and %zu more", count - shown);
	free(places);
}

static void put_queue(struct canvas *canvas, const struct consumer_view *consumer, size_t number)
{
	static const struct {
		enum style style;
		const char *text;
	} uses[] = {
		[QUEUE_EMPTY] = {STYLE_DIM, "nobody, to the kernel"},
		[QUEUE_SERVED] = {STYLE_GREEN, "served"},
		[QUEUE_STALLED] = {STYLE_RED, "STALLED, to the kernel"},
		[QUEUE_FOREIGN] = {STYLE_PLAIN, "not on libxdivert"},
	};
	const struct queue_view *queue = &consumer->queues[number];
	const struct losses *losses = &queue->losses;
	char a[16], b[16], c[16], d[16], who[64] = "", lost[96] = "";

	if (queue->use == QUEUE_SERVED || queue->use == QUEUE_STALLED)
		snprintf(who, sizeof(who), "%s (%" PRIu32 "), %s", queue->command, queue->pid,
			 queue->zero_copy ? "zero-copy" : "copy");
	if (losses->ring_full || losses->no_frame || losses->too_long || losses->invalid)
		snprintf(lost, sizeof(lost),
			 "; lost: ring full %s, no frame %s, too long %s, bad frame %s",
			 amount(a, (double)losses->ring_full), amount(b, (double)losses->no_frame),
			 amount(c, (double)losses->too_long), amount(d, (double)losses->invalid));
	put_line(canvas, uses[queue->use].style, "  queue %-3s %-22s  %s%s", queue->name,
		 uses[queue->use].text, who, lost);
}

static unsigned int consumer_lines(const struct view *view)
{
	size_t lines = 0;

	for (size_t i = 0; i < view->consumer_count; i++)
		lines += 1 + view->consumers[i].count;
	return lines > 1000 ? 1000 : (unsigned int)lines;
}

static void put_consumers(struct canvas *canvas, const struct view *view)
{
	for (size_t i = 0; i < view->consumer_count; i++) {
		const struct consumer_view *consumer = &view->consumers[i];

		put_line(canvas, STYLE_BOLD, "%s %s", consumer_words[consumer->kind].noun,
			 consumer->name);
		for (size_t j = 0; j < consumer->count; j++)
			put_queue(canvas, consumer, j);
	}
}

/* Consumers get what they want, as long as some rules have room, too. */
static unsigned int room_for_rules(const struct canvas *canvas, const struct view *view)
{
	unsigned int left = lines_left(canvas), wanted = consumer_lines(view) + 2;
	unsigned int least = left / 3;

	return left > wanted + least ? left - wanted : least;
}

char *top_screen(const struct screen *screen, const struct view *view, const struct rates *rates)
{
	struct canvas canvas = {.screen = screen};
	char *text = NULL;
	size_t length = 0;

	canvas.out = open_memstream(&text, &length);
	if (!canvas.out)
		return NULL;
	fputs(HOME, canvas.out);
	put_head(&canvas, view, rates);
	put_rules(&canvas, view, rates, room_for_rules(&canvas, view));
	put_line(&canvas, STYLE_PLAIN, "%s", "");
	put_consumers(&canvas, view);
	fputs(CLEAR_REST, canvas.out);
	if (fclose(canvas.out)) {
		free(text);
		return NULL;
	}
	return text;
}
