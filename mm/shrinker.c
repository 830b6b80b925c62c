/* SPDX-License-Identifier: MIT */
/* shrinker.c - asks those who keep objects for later to keep fewer.
 *
 * Owns: the list of shrinkers. Pressure is a priority, 12 for a little and 0 for all there is. What
 * a shrinker was asked for in pieces smaller than its batch adds up in nr_deferred.
 * Until floor "pressure" brings reclaim of user pages, this is what direct reclaim does.
 * Source: Gorman ch. 10.5; Linux's formula. Locks: none; one context at a time. */
#include "mm/shrinker.h"
#include "errno.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "report.h"

static LIST_HEAD(shrinkers);

static bool is_registered(const struct shrinker *shrinker)
{
	const struct list_head *pos;

	for (pos = shrinkers.next; pos != &shrinkers; pos = pos->next)
		if (pos == &shrinker->list)
			return true;
	return false;
}

static int refuse(const struct shrinker *shrinker, const char *why, unsigned long caller)
{
	report(REPORT_bad_cache, (unsigned long)shrinker, caller, "refused",
	       "shrinker=0x%08lx name=%s reason=%s", (unsigned long)shrinker,
	       shrinker && shrinker->name ? report_word(shrinker->name) : "?", why);
	return -EINVAL;
}

int register_shrinker(struct shrinker *shrinker)
{
	if (!shrinker || !shrinker->count_objects || !shrinker->scan_objects)
		return refuse(shrinker, "shrinker_without_calls", _RET_IP_);
	if (is_registered(shrinker))
		return refuse(shrinker, "shrinker_registered_twice", _RET_IP_);
	shrinker->nr_deferred = 0;
	list_add_tail(&shrinker->list, &shrinkers);
	return 0;
}

void unregister_shrinker(struct shrinker *shrinker)
{
	if (is_registered(shrinker))
		list_del(&shrinker->list);
	else
		refuse(shrinker, "shrinker_not_registered", _RET_IP_);
}

/* How many objects this shrinker should look at. */
static unsigned long pressure_on(const struct shrinker *shrinker, unsigned long freeable,
                                 int priority)
{
	if (!priority)
		return freeable;
	if (!shrinker->seeks)
		return freeable / 2;
	return (freeable >> priority) * 4 / (unsigned long)shrinker->seeks;
}

static unsigned long shrink_one(struct shrinker *shrinker, struct shrink_control *sc, int priority)
{
	unsigned long batch = shrinker->batch ? shrinker->batch : SHRINK_BATCH;
	unsigned long freeable = shrinker->count_objects(shrinker, sc), freed = 0, total;

	if (!freeable || freeable == SHRINK_EMPTY)
		return 0;
	total = shrinker->nr_deferred + pressure_on(shrinker, freeable, priority);
	total = min(total, 2 * freeable);
	while (total && (total >= batch || total >= freeable || !priority)) {
		unsigned long n;

		sc->nr_to_scan = sc->nr_scanned = min(batch, total);
		n = shrinker->scan_objects(shrinker, sc);
		if (n == SHRINK_STOP || !sc->nr_scanned)
			break;
		freed += n;
		total -= min(sc->nr_scanned, total);
	}
	shrinker->nr_deferred = total;
	return freed;
}

unsigned long shrink_slab(gfp_t gfp, int nid, int priority)
{
	struct shrinker *shrinker, *next;
	unsigned long freed = 0;

	list_for_each_entry_safe (shrinker, next, &shrinkers, list) {
		struct shrink_control sc = {.gfp_mask = gfp, .nid = nid};

		freed += shrink_one(shrinker, &sc, priority);
	}
	return freed;
}

/* Direct reclaim: whatever shrinkers have, then the free slabs. */
static unsigned long reclaim_slabs(struct zonelist *zonelist, unsigned int order, gfp_t gfp)
{
	unsigned int saved = memalloc_noreclaim_save();
	unsigned long pages;

	(void)order;
	shrink_slab(gfp, zonelist->_zonerefs[0].zone->node, 0);
	pages = kmem_cache_reap();
	memalloc_noreclaim_restore(saved);
	return pages;
}

void shrinker_init(void)
{
	pressure_ops.reclaim = reclaim_slabs;
}
