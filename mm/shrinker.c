/* SPDX-License-Identifier: MIT */
/* shrinker.c - asks those who keep objects for later to keep fewer.
 *
 * Owns: the list of shrinkers. Pressure is a priority, 12 for a little and 0 for all there is. What
 * a shrinker was asked for in pieces smaller than its batch adds up in nr_deferred.
 * Several tasks may go along the list at once. Each says in task->shrinking whose calls it runs, so
 * the lock is let go meanwhile and a shrinker's calls may sleep; one that leaves stays on the list
 * until nobody is in it, because who comes out of it looks for its next. A task that is ended
 * inside of a call does not hold it any more (catch.c puts task->shrinking back). Until floor
 * "pressure" brings reclaim of user pages, this is what direct reclaim does. Source: Gorman
 * ch. 10.5; Linux's formula. Locks: shrinker_lock, then task_list_lock. */
#include "mm/shrinker.h"
#include "errno.h"
#include "hung.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "report.h"
#include "sched.h"
#include "asm/devices.h"
#include "spinlock.h"
#include "unwind.h"
#include "wait.h"

static DEFINE_SPINLOCK(shrinker_lock);
static LIST_HEAD(shrinkers);                      /* shrinker_lock */
static DECLARE_WAIT_QUEUE_HEAD(shrinker_left_by); /* somebody came out of a shrinker that leaves */

/* Somebody who waits looks again at least as often, for a task may be ended inside of a call. */
enum { LOOK_TICKS = 10 };

/* Locked. */
static bool is_registered(const struct shrinker *shrinker)
{
	const struct shrinker *s;

	list_for_each_entry (s, &shrinkers, list)
		if (s == shrinker)
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

/* From inside of a call the list could be waited for by who is on it. NULL: the call is fine. */
static const char *misplaced(void)
{
	unsigned long site;

	if (current->shrinking)
		return "called_by_a_shrinker";
	return atomic_context(&site) ? "in_atomic" : NULL;
}

int register_shrinker(struct shrinker *shrinker)
{
	const char *why = misplaced();
	bool twice;

	if (!shrinker || !shrinker->count_objects || !shrinker->scan_objects)
		why = "shrinker_without_calls";
	if (why)
		return refuse(shrinker, why, _RET_IP_);
	spin_lock(&shrinker_lock);
	twice = is_registered(shrinker);
	if (!twice) {
		shrinker->nr_deferred = 0;
		shrinker->leaving = false;
		list_add_tail(&shrinker->list, &shrinkers);
	}
	spin_unlock(&shrinker_lock);
	return twice ? refuse(shrinker, "shrinker_registered_twice", _RET_IP_) : 0;
}

/* --- unregister ----------------------------------------------------------------------------- */

struct inside {
	const struct shrinker *shrinker;
	const struct task_struct *task; /* NULL: nobody */
};

static bool is_outside(struct task_struct *p, void *arg)
{
	struct inside *in = arg;

	if (READ_ONCE(p->shrinking) == in->shrinker)
		in->task = p;
	return !in->task;
}

/* Take it off the list unless somebody runs it. Returns: whether it is off. */
static bool try_remove(struct shrinker *shrinker)
{
	struct inside in = {.shrinker = shrinker};

	spin_lock(&shrinker_lock);
	for_each_task(is_outside, &in);
	if (!in.task)
		list_del(&shrinker->list);
	spin_unlock(&shrinker_lock);
	return !in.task;
}

static void wait_until_left(struct shrinker *shrinker, unsigned long caller)
{
	unsigned long begin = jiffies;
	bool told = false, removed = false;

	unwind_disable(); /* the list must not keep it for ever */
	while (!removed) {
		wait_event_timeout(shrinker_left_by, removed || (removed = try_remove(shrinker)),
		                   LOOK_TICKS);
		if (removed || told || !hung_task_ticks || jiffies - begin <= hung_task_ticks)
			continue;
		told = true;
		report(REPORT_hung_task, (unsigned long)shrinker, caller, "none",
		       "what=unregister_shrinker name=%s waited_ticks=%lu",
		       shrinker->name ? report_word(shrinker->name) : "?", jiffies - begin);
	}
	unwind_enable();
}

void unregister_shrinker(struct shrinker *shrinker)
{
	const char *why = misplaced();

	if (!why) {
		spin_lock(&shrinker_lock);
		if (!is_registered(shrinker) || shrinker->leaving)
			why = "shrinker_not_registered";
		else
			shrinker->leaving = true;
		spin_unlock(&shrinker_lock);
	}
	if (why)
		refuse(shrinker, why, _RET_IP_);
	else
		wait_until_left(shrinker, _RET_IP_);
}

/* --- pressure -------------------------------------------------------------------------------- */

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
	total = __atomic_exchange_n(&shrinker->nr_deferred, 0, __ATOMIC_RELAXED);
	total = min(total + pressure_on(shrinker, freeable, priority), 2 * freeable);
	while (total && (total >= batch || total >= freeable || !priority)) {
		unsigned long n;

		sc->nr_to_scan = sc->nr_scanned = min(batch, total);
		n = shrinker->scan_objects(shrinker, sc);
		if (n == SHRINK_STOP || !sc->nr_scanned)
			break;
		freed += n;
		total -= min(sc->nr_scanned, total);
	}
	__atomic_fetch_add(&shrinker->nr_deferred, total, __ATOMIC_RELAXED);
	return freed;
}

/* The first shrinker behind pos that stays; this task is in it then. Locked. Returns: NULL: none.
 */
static struct shrinker *enter_next(const struct list_head *pos)
{
	struct shrinker *s;

	while ((pos = pos->next) != &shrinkers) {
		s = list_entry(pos, struct shrinker, list);
		if (s->leaving)
			continue;
		WRITE_ONCE(current->shrinking, s);
		return s;
	}
	return NULL;
}

/* Out of prev (NULL: the beginning), into the next one. */
static struct shrinker *go_on(struct shrinker *prev)
{
	struct shrinker *next;
	bool awaited;

	spin_lock(&shrinker_lock);
	awaited = prev && prev->leaving;
	WRITE_ONCE(current->shrinking, NULL);
	next = enter_next(prev ? &prev->list : &shrinkers);
	spin_unlock(&shrinker_lock);
	if (awaited)
		wake_up_all(&shrinker_left_by);
	return next;
}

unsigned long shrink_slab(gfp_t gfp, int nid, int priority)
{
	struct shrinker *shrinker = NULL;
	unsigned long freed = 0;

	if (current->shrinking) /* a shrinker's call is short of memory: it cannot wait for itself
	                         */
		return 0;
	while ((shrinker = go_on(shrinker))) {
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
