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
#include "report.h"
#include "unwind.h"

/* Is page in a pageblock of a zone? Else it is told. */
static bool in_pageblock(const struct page *page, const char *call, unsigned long caller)
{
	if (page_pointer_valid(page) && page_zone_sound(page))
		return true;
	report(REPORT_bad_isolation, (unsigned long)page, caller, "refused",
	       "page=0x%08lx call=%s what=%s", (unsigned long)page, call,
	       page_pointer_valid(page) ? page_kind(page_to_pfn(page)) : "no_page");
	return false;
}

int set_migratetype_isolate(struct page *page)
{
	struct zone *zone;
	unsigned long flags;
	int ret = -EBUSY;

	if (!in_pageblock(page, "isolate", _RET_IP_))
		return -EINVAL;
	unwind_disable();
	zone = page_zone(page);
	flags = zone_lock_irqsave(zone);
	if (get_pageblock_migratetype(page) < MIGRATE_PCPTYPES && pageblock_in_zone(zone, page)) {
		set_pageblock_migratetype(page, MIGRATE_ISOLATE);
		zone->nr_isolate_pageblock++;
		move_freepages_block(zone, page, MIGRATE_ISOLATE);
		ret = 0;
	}
	zone_unlock_irqrestore(zone, flags);
	if (!ret)
		pageset_update_fast();
	unwind_enable();
	return ret;
}

int unset_migratetype_isolate(struct page *page, unsigned int mt)
{
	struct zone *zone;
	unsigned long flags;
	int ret = -EINVAL;

	if (!in_pageblock(page, "unset", _RET_IP_))
		return -EINVAL;
	if (mt >= MIGRATE_PCPTYPES) {
		report(REPORT_bad_isolation, page_to_pfn(page), _RET_IP_, "refused",
		       "page=0x%08lx call=unset what=type type=%u", (unsigned long)page, mt);
		return -EINVAL;
	}
	unwind_disable();
	zone = page_zone(page);
	flags = zone_lock_irqsave(zone);
	if (get_pageblock_migratetype(page) == MIGRATE_ISOLATE) {
		set_pageblock_migratetype(page, mt);
		zone->nr_isolate_pageblock--;
		move_freepages_block(zone, page, mt);
		ret = 0;
	}
	zone_unlock_irqrestore(zone, flags);
	if (!ret)
		pageset_update_fast();
	unwind_enable();
	return ret;
}
