/* SPDX-License-Identifier: MIT */
/* page_isolation.c - pageblocks from which nothing is allocated while somebody empties them.
 * Owns: zone->nr_isolate_pageblock. Isolated free pages do not count as free.
 * While a zone has an isolated pageblock, frees leave the fast path, so that a page of that
 * pageblock cannot hide in a pageset. */
#include "mm/page_isolation.h"
#include "errno.h"
#include "mm/buddy.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/pageblock.h"
#include "mm/pageset.h"

int set_migratetype_isolate(struct page *page)
{
	struct zone *zone = page_zone(page);
	unsigned long flags = zone_lock_irqsave(zone);
	int ret = -EBUSY;

	if (get_pageblock_migratetype(page) < MIGRATE_PCPTYPES && pageblock_in_zone(zone, page)) {
		set_pageblock_migratetype(page, MIGRATE_ISOLATE);
		zone->nr_isolate_pageblock++;
		move_freepages_block(zone, page, MIGRATE_ISOLATE);
		ret = 0;
	}
	zone_unlock_irqrestore(zone, flags);
	if (!ret)
		pageset_update_fast();
	return ret;
}

int unset_migratetype_isolate(struct page *page, unsigned int mt)
{
	struct zone *zone = page_zone(page);
	unsigned long flags = zone_lock_irqsave(zone);
	int ret = -EINVAL;

	if (get_pageblock_migratetype(page) == MIGRATE_ISOLATE) {
		set_pageblock_migratetype(page, mt);
		zone->nr_isolate_pageblock--;
		move_freepages_block(zone, page, mt);
		ret = 0;
	}
	zone_unlock_irqrestore(zone, flags);
	if (!ret)
		pageset_update_fast();
	return ret;
}
