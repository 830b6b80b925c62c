/* SPDX-License-Identifier: MIT */
/* page_bulk.c - many single pages at once.
 *
 * Owns: nothing. This CPU's pageset first, in one stretch with interrupts off. What it has not got,
 * or has no room for, goes from or to the zone's lists by CHUNK pages for each time the lock is
 * taken, past the pageset: to fill it and empty it again in small batches would cost more than the
 * pages do. Whatever is unusual goes page by page the way of single pages (page_alloc.c,
 * page_free.c), which finds out and tells.
 * Locks: zone->lock. */
#include "asm/irqflags.h"
#include "free_fast.h"
#include "internal.h"
#include "mm/gfp.h"
#include "mm/page_alloc.h"
#include "mm/pcp_ops.h"
#include "unwind.h"
#include "zone_lock.h"

enum { CHUNK = 64 }; /* pages for which interrupts are off at a time */

/* Fewer than this are fetched together with a batch for the pageset. */
enum { LEAST_DIRECT = 8 };

/* --- allocate ------------------------------------------------------------------------------ */

static __always_inline void give_to(struct page *page, unsigned long caller)
{
	set_page_count(page, 1);
	page->alloc_site = caller;
}

/* Fill empty entries from the pageset as long as it lasts.
 * Returns: the first entry that it could not fill, or end. */
static struct page **fill_from_pageset(struct pcp_stack **slot, struct page **array,
                                       struct page **end, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	struct pcp_stack *stack = this_cpu_ptr(*this_cpu_ptr(slot));
	struct page **top = stack->top;

	for (; array != end; array++) {
		struct page *page;

		if (unlikely(*array))
			continue;
		page = pcp_peek(top);
		if (unlikely(!page))
			break;
		top--;
		give_to(page, caller);
		*array = page;
	}
	stack->top = top;
	local_irq_restore(flags);
	return array;
}

/* Up to n pages from the zone that such requests try first, as far as it has plenty.
 * Returns: how many. */
static unsigned long take_from_zone(unsigned int class, unsigned long n, struct page **out)
{
	struct zone *zone = this_cpu_read(preferred_zones[class >> 2]);
	unsigned long flags, free, floor;

	if (unlikely(!zone))
		return 0;
	flags = zone_lock_irqsave(zone);
	free = zone_page_state(zone, NR_FREE_PAGES);
	floor = (unsigned long)zone->plenty[class >> 2];
	n = free > floor ? min(n, free - floor) : 0;
	n = rmqueue_many_locked(zone, 0, class & 3, n, out);
	zone->nr_direct_alloc += n;
	zone_unlock_irqrestore(zone, flags);
	return n;
}

/* Fill the empty entries from array on, up to the next that is not, straight from the lists.
 * Returns: the first that is not filled. */
static struct page **fill_from_zone(unsigned int class, struct page **array, struct page **end,
                                    unsigned long caller)
{
	struct page **pos = array;

	while (pos != end && !*pos)
		pos++;
	if (pos - array < LEAST_DIRECT)
		return array;
	unwind_disable();
	for (end = array + take_from_zone(class, (unsigned long)(pos - array), array); array != end;
	     array++)
		give_to(*array, caller);
	unwind_enable();
	return array;
}

/* One more entry, or some. Returns: the first that is not filled. */
static struct page **fill_some(gfp_t gfp, struct page **pos, struct page **end,
                               unsigned long caller)
{
	unsigned int class = gfp & ~GFP_PLAIN_MASK ? 0 : gfp_class(gfp);
	struct page **start = pos;

	if (likely(class)) {
		end = min(end, pos + CHUNK);
		pos = fill_from_pageset(&pcp_alloc_slots[class - 1], pos, end, caller);
		if (pos != end)
			pos = fill_from_zone(class - 1, pos, end, caller);
	}
	if (pos != start)
		return pos;
	if (!*pos)
		*pos = __alloc_pages_caller(gfp, 0, NUMA_NO_NODE, caller);
	return *pos ? pos + 1 : pos;
}

unsigned long alloc_pages_bulk_caller(gfp_t gfp, unsigned long nr, struct page **array,
                                      unsigned long caller)
{
	struct page **pos = array, **end = array + nr, **next;

	for (; pos != end; pos = next) {
		next = fill_some(gfp, pos, end, caller);
		if (unlikely(next == pos))
			break;
	}
	return (unsigned long)(pos - array);
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **array)
{
	return alloc_pages_bulk_caller(gfp, nr, array, _RET_IP_);
}

/* --- free ---------------------------------------------------------------------------------- */

/* The zone to whose lists the page may go at once, if nothing watches frees; else NULL. */
static struct zone *direct_zone(const struct page *page)
{
	struct zone *zone = zone_fast_table[page->flags >> PAGE_ZONE_SHIFT];

	return zone && zone_spans_pfn(zone, page_to_pfn(page)) ? zone : NULL;
}

/* Pages of one zone without references to its lists. Whoever begins to watch frees asks this CPU,
 * so that with interrupts off the answer of zone_fast_table stays true.
 * Returns: false: nothing is done, they must go one by one. */
static bool free_to_zone(struct zone *zone, struct page *const *pages, unsigned long n)
{
	unsigned long flags = zone_lock_irqsave(zone);
	bool direct = direct_zone(pages[0]) == zone;

	if (likely(direct)) {
		free_blocks_locked(zone, pages, n, 0);
		zone->nr_direct_free += n;
	}
	zone_unlock_irqrestore(zone, flags);
	return direct;
}

/* Pages whose references are dropped and for which the pageset has no room. */
struct leftover {
	struct zone *zone; /* of all of them */
	unsigned long n;
	struct page *pages[CHUNK];
};

static void flush_leftover(struct leftover *l, unsigned long caller)
{
	if (l->n && !free_to_zone(l->zone, l->pages, l->n))
		for (unsigned long i = 0; i < l->n; i++)
			free_dropped(l->pages[i], 0, caller);
	l->n = 0;
}

/* The page has no references any more, and its list no room. The list grows as far as it may for
 * the `more` pages that may follow, if it was not just seen to be full. */
static noinline void keep_leftover(struct leftover *l, struct page *page, long more,
                                   unsigned long caller)
{
	struct zone *zone = direct_zone(page);
	unsigned int mt = page_migratetype(page);

	if (l->n == CHUNK || l->zone != zone)
		flush_leftover(l, caller);
	if (!zone || (!l->n && mt < MIGRATE_PCPTYPES && pageset_grow(zone, 0, mt, more))) {
		free_dropped(page, 0, caller);
		return;
	}
	l->zone = zone;
	l->pages[l->n++] = page;
}

void free_pages_bulk_caller(unsigned long nr, struct page **array, unsigned long caller)
{
	struct leftover leftover;

	leftover.n = 0;
	leftover.zone = NULL;
	for (struct page **end = array + nr; array != end; array++) {
		struct page *page = *array;
		enum free_result result = try_free_small(page, 0, caller);

		*array = NULL;
		if (unlikely(result == LOOK_CLOSER && page)) /* NULL is in no mem_map, too */
			__free_pages_slow(page, 0, caller);
		if (unlikely(result == NO_ROOM))
			keep_leftover(&leftover, page, end - array, caller);
	}
	flush_leftover(&leftover, caller);
}

void free_pages_bulk_array(unsigned long nr, struct page **array)
{
	free_pages_bulk_caller(nr, array, _RET_IP_);
}
