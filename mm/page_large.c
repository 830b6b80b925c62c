/* SPDX-License-Identifier: MIT */
/* page_large.c - orders 4 and up: the short way into and out of the buddy lists.
 *
 * Owns: zone->deferred (zone_lock.h), with buddy.c. The request is plain, its zone has plenty: then
 * lock, take back what was freed last or split a block, unlock. Anything else returns NULL or goes
 * to page_free.c's full check.
 * Locks: zone->lock. */
#include "asm/memmap.h"
#include "free_fast.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/pageblock.h"
#include "zone_lock.h"

/* A block of this order and type: the one freed last if it is one, else from the lists. */
static __always_inline struct page *take_block(struct zone *zone, unsigned int order,
                                               unsigned int mt)
{
	struct page *page = zone->deferred;

	if (likely(page)) {
		if (likely(page->flags == page_block_flags(zone, order, mt))) {
			zone->deferred = NULL;
			return page;
		}
		zone_merge_deferred(zone);
	}
	return buddy_alloc(zone, order, mt);
}

struct page *alloc_pages_large(unsigned int order, unsigned int class)
{
	struct zone *zone = this_cpu_read(preferred_zones[class >> 2]);
	long size = 1l << order;
	struct page *page = NULL;
	unsigned long flags;

	if (unlikely(!zone))
		return NULL;
	flags = raw_spin_lock_irqsave(&zone->lock);
	if (likely(zone->vm_stat[NR_FREE_PAGES] >= zone->plenty[class >> 2] + size))
		page = take_block(zone, order, class & 3);
	if (likely(page)) {
		zone->vm_stat[NR_FREE_PAGES] -= size;
		zone->nr_direct_alloc += (unsigned long)size;
		set_page_count(page, 1);
		page->alloc_site = _RET_IP_;
	}
	raw_spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

/* Put the block aside, after whatever was put aside before. A zone with isolated pageblocks is not
 * in zone_fast_table, so the block counts as free. */
static __always_inline void put_aside(struct zone *zone, struct page *page, unsigned int order)
{
	if (unlikely(zone->deferred))
		zone_merge_deferred(zone);
	page->flags = page_block_flags(zone, order, get_pageblock_migratetype(page));
	zone->deferred = page;
	zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	zone->nr_direct_free += 1ul << order;
}

void free_pages_large(struct page *page, unsigned int order)
{
	struct zone *zone;
	unsigned long flags;
	u32 list;

	if (unlikely(!memmap_holds(page)))
		return free_look_closer(page, order);
	list = plain_page_list(page, order);
	if (unlikely(list >= PCP_LISTS))
		return free_look_closer(page, order);
	zone = zone_fast_table[list >> PAGE_MT_BITS];
	if (unlikely(!zone))
		return free_look_closer(page, order);
	if (unlikely(!page_ref_dec_and_test(page))) {
		page_ref_inc(page);
		return free_look_closer(page, order);
	}
	page->free_site = _RET_IP_;
	flags = raw_spin_lock_irqsave(&zone->lock);
	if (unlikely(zone->nr_isolate_pageblock)) { /* since zone_fast_table was read */
		raw_spin_unlock_irqrestore(&zone->lock, flags);
		return free_no_room(page, order);
	}
	put_aside(zone, page, order);
	raw_spin_unlock_irqrestore(&zone->lock, flags);
}
