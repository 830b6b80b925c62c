/* SPDX-License-Identifier: MIT */
/* rmqueue.c - one block out of a zone's free lists or back into them, counted.
 * Owns: the order of attempts within a zone: own type, fallback, high-order reserve.
 * Everything here works under zone->lock. */
#include "mm/buddy.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/pageblock.h"

struct page *rmqueue_locked(struct zone *zone, unsigned int order, unsigned int mt,
                            unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (alloc_flags & ALLOC_HIGHATOMIC)
		page = buddy_alloc(zone, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = buddy_alloc(zone, order, mt);
	if (!page)
		page = buddy_alloc_fallback(zone, order, mt);
	/* the last resort of whoever may use everything */
	if (!page && alloc_flags & (ALLOC_NO_WATERMARKS | ALLOC_NON_BLOCK))
		page = buddy_alloc(zone, order, MIGRATE_HIGHATOMIC);
	if (page)
		zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
	return page;
}

void free_block_locked(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned int mt = get_pageblock_migratetype(page);

	if (likely(mt != MIGRATE_ISOLATE))
		zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	buddy_free(zone, page, order, mt);
}

void quarantine_block(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned long flags = zone_lock_irqsave(zone);

	if (!PageHWPoison(page)) {
		SetPageHWPoison(page);
		zone->nr_quarantined += 1ul << order;
	}
	zone_unlock_irqrestore(zone, flags);
}
