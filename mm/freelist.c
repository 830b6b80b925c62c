/* SPDX-License-Identifier: MIT */
/* freelist.c - which zone serves a request.
 *
 * Owns: the walk along the zonelist and the watermark test; mems_allowed. A zone is skipped when
 * the request would leave it fewer free pages than the watermark, plus what it keeps for requests
 * that have no higher zone (lowmem_reserve), plus its high-order reserve.
 * Source: Gorman ch. 2.2.1, 6.3.2; Linux's names. Locks: zone->lock inside rmqueue;
 * set_mutex for who changes mems_allowed. */
#include "mm/buddy.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/page_alloc.h"
#include "mm/page_alloc_slow.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"
#include "mutex.h"

unsigned long mems_allowed = ~0ul;

/* Free pages that this request must leave in the zone. */
static unsigned long request_floor(const struct zone *zone, unsigned long mark, int highest_zoneidx,
                                   unsigned int alloc_flags)
{
	unsigned long min = mark;

	if (alloc_flags & ALLOC_NO_WATERMARKS)
		return 0;
	if (alloc_flags & ALLOC_MIN_RESERVE) {
		min -= min / 2;
		if (alloc_flags & ALLOC_NON_BLOCK)
			min -= min / 4;
	}
	/* a high-order reserve is no use to others */
	if (!(alloc_flags & ALLOC_HIGHATOMIC))
		min += zone->nr_reserved_highatomic;
	return min + (unsigned long)zone->lowmem_reserve[highest_zoneidx];
}

/* Is there a free block of this order that the request may take? */
static bool has_block(const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		if (buddy_has(zone, order, mt))
			return true;
	return alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_NO_WATERMARKS) &&
	       buddy_has(zone, order, MIGRATE_HIGHATOMIC);
}

bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark,
                       int highest_zoneidx, unsigned int alloc_flags)
{
	unsigned long floor = request_floor(zone, mark, highest_zoneidx, alloc_flags);

	if (zone_page_state(zone, NR_FREE_PAGES) < floor + (1ul << order))
		return false;
	return order == 0 || has_block(zone, order, alloc_flags);
}

static struct page *rmqueue_buddy(struct zone *zone, unsigned int order, unsigned int mt,
                                  unsigned int alloc_flags, unsigned long floor)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = NULL;

	if (zone_page_state(zone, NR_FREE_PAGES) >= floor + (1ul << order))
		page = rmqueue_locked(zone, order, mt, alloc_flags);
	if (page)
		zone->nr_direct_alloc += 1ul << order;
	zone_unlock_irqrestore(zone, flags);
	return page;
}

/* Take a block from this zone: by the pageset for small orders. */
static struct page *rmqueue(struct zone *zone, unsigned int order, const struct alloc_context *ac,
                            unsigned int alloc_flags, unsigned long floor)
{
	if (order < PCP_ORDERS && zone->pageset[raw_smp_processor_id()] &&
	    !(alloc_flags & (ALLOC_COLD | ALLOC_HIGHATOMIC)))
		return pageset_alloc(zone, order, ac->migratetype, alloc_flags, floor);
	return rmqueue_buddy(zone, order, ac->migratetype, alloc_flags, floor);
}

static bool node_allowed(const struct zone *zone, unsigned int alloc_flags)
{
	return !(alloc_flags & ALLOC_CPUSET) || mems_allowed >> zone->node & 1;
}

struct page *get_page_from_freelist(unsigned int order, unsigned int alloc_flags,
                                    const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_zonelist (zone, z, ac->zonelist, ac->highest_zoneidx) {
		unsigned long mark = wmark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);
		struct page *page;

		if (!node_allowed(zone, alloc_flags))
			continue;
		if (!zone_watermark_ok(zone, order, mark, ac->highest_zoneidx, alloc_flags))
			continue;
		page = rmqueue(zone, order, ac, alloc_flags,
		               request_floor(zone, mark, ac->highest_zoneidx, alloc_flags));
		if (!page)
			continue;
		if (unlikely(alloc_flags & ALLOC_HIGHATOMIC && order))
			reserve_highatomic_pageblock(page, zone);
		count_numa_alloc(ac->preferred_nid, zone, order);
		return page;
	}
	return NULL;
}

void set_mems_allowed(unsigned long nodes)
{
	static DEFINE_MUTEX(set_mutex); /* the fast paths are switched once for each change */
	bool was_all, all = nodes == ~0ul;

	mutex_lock(&set_mutex);
	was_all = mems_allowed == ~0ul;
	WRITE_ONCE(mems_allowed, nodes);
	if (was_all && !all)
		pageset_disable_fast();
	if (!was_all && all)
		pageset_enable_fast();
	mutex_unlock(&set_mutex);
}
