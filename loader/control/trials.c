// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "trials.h"

#include "live/trial.h"
#include "service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* It stays when its end is told, so that this is told once. */
struct watched {
	struct watched *next;
	struct trials *trials;
	char ifname[IF_NAMESIZE];
	uint32_t generation; /* 0: it is cancelled */
	struct operation end;
};

static int find(struct live *live, const char *ifname)
{
	struct device device;
	int err = device_read(&device, ifname, NULL);

	return err ? err : live_find(live, &device, NULL);
}

static void forget(struct watched *watched)
{
	struct watched **link = &watched->trials->list;

	while (*link != watched)
		link = &(*link)->next;
	*link = watched->next;
	free(watched);
}

static void cancel(struct watched *watched)
{
	watched->generation = 0;
	if (watched->end.busy)
		loop_cancel(watched->trials->service->loop, &watched->end);
	else
		forget(watched);
}

static void note_end(const struct watched *watched, const struct live *live)
{
	struct journal *journal = &watched->trials->service->journal;
	char reason[64] = "nothing was before: no policy is live";

	if (live->trial.generation == watched->generation) {
		if (live->generation)
			snprintf(reason, sizeof(reason), "generation %u is live again",
				 live->generation);
		journal_write(journal, JOURNAL_WARNING, watched->ifname, reason,
			      "generation %u was not confirmed in time and is out",
			      watched->generation);
	} else if (live->generation == watched->generation) {
		/* by a process that could not say so here */
		journal_write(journal, JOURNAL_INFO, watched->ifname, "",
			      "generation %u is confirmed", watched->generation);
	}
}

static void has_ended(struct operation *operation, int result)
{
	struct watched *watched = container(operation, struct watched, end);
	struct live live = {};

	if (!watched->generation || result != -ETIME || find(&live, watched->ifname))
		forget(watched);
	else if (live.trial.generation == watched->generation && !live.trial.over)
		/* the clock of the trial runs while the machine sleeps, ours does not */
		loop_timer(watched->trials->service->loop, &watched->end,
			   trial_ms_left(&live.trial));
	else
		note_end(watched, &live);
}

static void watch(struct trials *trials, const char *ifname, const struct trial *trial)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched) {
		journal_write(&trials->service->journal, JOURNAL_ERROR, ifname, "out of memory",
			      "the end of the trial of generation %u will not be told",
			      trial->generation);
		return;
	}
	*watched = (struct watched){.next = trials->list,
				    .trials = trials,
				    .generation = trial->generation,
				    .end.done = has_ended};
	snprintf(watched->ifname, sizeof(watched->ifname), "%s", ifname);
	trials->list = watched;
	loop_timer(trials->service->loop, &watched->end, trial_ms_left(trial));
}

void trials_look(struct trials *trials, const char *ifname)
{
	struct watched *watched = trials->list;
	struct live live = {};

	if (trials->service->ending || find(&live, ifname))
		return;
	while (watched && (!watched->generation || strcmp(watched->ifname, ifname) != 0))
		watched = watched->next;
	if (watched && watched->generation == live.trial.generation)
		return;
	if (watched) /* who ended it has told */
		cancel(watched);
	if (live.trial.generation)
		watch(trials, ifname, &live.trial);
}

void trials_end(struct trials *trials)
{
	struct watched *next;

	for (struct watched *watched = trials->list; watched; watched = next) {
		next = watched->next;
		cancel(watched);
	}
}
