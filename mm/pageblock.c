/* SPDX-License-Identifier: MIT */
/* pageblock.c - keeping pages of one mobility together.
 *
 * Owns: the fallback table, highatomic pageblocks.
 * When a type has no free block, take from another type the LARGEST block: what is left over then
 * serves the next requests, and the two types mix in as few pageblocks as possible. If the request
 * is for unmovable or reclaimable pages, or the block is half a pageblock, the whole pageblock
 * changes its type with all its free pages.
 * Source: Gorman and Whitcroft, OLS 2006; Gorman, "Fragmentation avoidance"; Linux's names.
 * Locks: zone->lock where the header says so. */
#include "mm/pageblock.h"
#include "zone_lock.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/trace_sites.h"

unsigned long nr_fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES];

const u8 migrate_fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1] = {
	[MIGRATE_UNMOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE},
	[MIGRATE_MOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE},
	[MIGRATE_RECLAIMABLE] = {MIGRATE_UNMOVABLE, MIGRATE_MOVABLE},
};

/* The frames of page's pageblock that belong to the zone. */
static void block_range(const struct zone *zone, const struct page *page, unsigned long *start,
                        unsigned long *end)
{
	unsigned long first = ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages);

	*start = max(first, zone->zone_start_pfn);
	*end = min(first + pageblock_nr_pages, zone_end_pfn(zone));
}

bool pageblock_in_zone(const struct zone *zone, const struct page *page)
{
	unsigned long pfn = ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages);

	for (unsigned long end = pfn + pageblock_nr_pages; pfn < end; pfn++)
		if (pfn_valid(pfn) && page_zone(pfn_to_page(pfn)) != zone)
			return false;
	return true;
}

/* Is page, at pfn, the first of a free block of this zone? */
static bool heads_free_block(const struct zone *zone, const struct page *page)
{
	return PageBuddy(page) && page_is_buddy(zone, page, page_order(page));
}

/* A free block larger than a pageblock that covers this one: cut it into its two pageblocks. */
static void split_larger_block(struct zone *zone, struct page *page)
{
	struct page *head = pfn_to_page(ALIGN_DOWN(page_to_pfn(page), MAX_ORDER_NR_PAGES));
	unsigned int mt;

	while (page_is_buddy(zone, head, MAX_ORDER - 1)) {
		mt = page_migratetype(head);
		if (!buddy_remove(zone, head))
			continue; /* lists were rebuilt: look again */
		buddy_insert(zone, head, pageblock_order, mt);
		buddy_insert(zone, head + pageblock_nr_pages, pageblock_order, mt);
	}
}

/* A pageblock that is free as a whole can be half of a larger block, now that its type changed. */
static void merge_pageblock(struct zone *zone, struct page *page, unsigned int mt)
{
	page = pfn_to_page(ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages));
	if (!page_is_buddy(zone, page, pageblock_order) || !buddy_remove(zone, page))
		return;
	page->flags = zone->page_tag;
	buddy_free(zone, page, pageblock_order, mt);
}

unsigned long move_freepages_block(struct zone *zone, struct page *page, unsigned int mt)
{
	unsigned long pfn, end, moved = 0;

	split_larger_block(zone, page);
	block_range(zone, page, &pfn, &end);
	while (pfn < end) {
		struct page *p = pfn_to_page(pfn);
		unsigned int order = page_order(p);

		if (!heads_free_block(zone, p)) {
			pfn++;
			continue;
		}
		if (!buddy_move(zone, p, mt))
			continue; /* lists were rebuilt: look again */
		moved += 1ul << order;
		pfn += 1ul << order;
	}
	merge_pageblock(zone, page, mt);
	return moved;
}

/* Free pages in the pageblock, and allocated ones whose type is at home with mt. */
static void count_block(const struct zone *zone, const struct page *page, unsigned int mt,
                        unsigned long *free, unsigned long *alike)
{
	unsigned long pfn, end;

	*free = *alike = 0;
	block_range(zone, page, &pfn, &end);
	while (pfn < end) {
		const struct page *p = pfn_to_page(pfn);
		unsigned long size = 1;

		if (heads_free_block(zone, p)) {
			size = 1ul << page_order(p);
			*free += size;
		} else if (page_ref_count(p) > 0 && !PageReserved(p)) {
			size = 1ul << page_order(p);
			if ((page_migratetype(p) == MIGRATE_MOVABLE) == (mt == MIGRATE_MOVABLE))
				*alike += size;
		}
		pfn += size;
	}
}

/* May a request of type mt change the type of a pageblock from which it takes this order? */
static bool can_steal(unsigned int order, unsigned int mt)
{
	return order >= pageblock_order / 2 || mt != MIGRATE_MOVABLE;
}

/* A block larger than a pageblock: all its pageblocks change. */
static void change_types(const struct page *page, unsigned int order, unsigned int mt)
{
	for (unsigned long i = 0; i < 1ul << order; i += pageblock_nr_pages)
		set_pageblock_migratetype(page + i, mt);
}

/* The block has been chosen, and still lies on its list; decide what becomes of its pageblock.
 * Returns: the type whose lists the split-off halves go to. */
static unsigned int settle_pageblock(struct zone *zone, struct page *page, unsigned int order,
                                     unsigned int mt)
{
	unsigned int old = get_pageblock_migratetype(page);
	unsigned long free, alike;

	if (order >= pageblock_order) {
		change_types(page, order, mt);
		return mt;
	}
	if (!can_steal(order, mt) || old >= MIGRATE_PCPTYPES)
		return old;
	count_block(zone, page, mt, &free, &alike);
	if (free + alike >= pageblock_nr_pages / 2)
		set_pageblock_migratetype(page, mt);
	move_freepages_block(zone, page, mt);
	return mt;
}

static struct page *take_from(struct zone *zone, unsigned int order, unsigned int current_order,
                              unsigned int from, unsigned int mt)
{
	struct page *page = buddy_first(zone, current_order, from);
	unsigned int rest;

	if (unlikely(!page))
		return NULL; /* lists were rebuilt: look again */
	rest = settle_pageblock(zone, page, current_order, mt);
	if (!page_is_buddy(zone, page, current_order) || !buddy_remove(zone, page))
		return NULL; /* lists were rebuilt: look again */
	__atomic_fetch_add(&nr_fallbacks[mt][from], 1, __ATOMIC_RELAXED); /* zones share it */
	buddy_expand(zone, page, order, current_order, rest);
	page->flags = page_block_flags(zone, order, mt);
	trace_mm_page_alloc_extfrag(page, order, current_order, mt, from);
	return page;
}

/* The fallback type with a free block of exactly this order; MIGRATE_TYPES: none. */
static unsigned int find_fallback(const struct zone *zone, unsigned int order, unsigned int mt)
{
	for (unsigned int i = 0; i < MIGRATE_PCPTYPES - 1; i++)
		if (zone->nonempty[migrate_fallbacks[mt][i]] & BIT(order))
			return migrate_fallbacks[mt][i];
	return MIGRATE_TYPES;
}

/* A movable page that takes less than half a pageblock takes the best fit: it will move again. */
static bool wants_best_fit(unsigned int order, unsigned int mt)
{
	return mt == MIGRATE_MOVABLE && order < pageblock_order / 2;
}

static struct page *steal_best_fit(struct zone *zone, unsigned int order, unsigned int mt)
{
	for (unsigned int o = order; o < MAX_ORDER; o++) {
		unsigned int from = find_fallback(zone, o, mt);

		if (from != MIGRATE_TYPES)
			return take_from(zone, order, o, from, mt);
	}
	return NULL;
}

static struct page *steal(struct zone *zone, unsigned int order, unsigned int mt)
{
	for (unsigned int o = MAX_ORDER; o-- > order;) {
		unsigned int from = find_fallback(zone, o, mt);

		if (from == MIGRATE_TYPES)
			continue;
		if (!can_steal(o, mt) && wants_best_fit(order, mt))
			return steal_best_fit(zone, order, mt);
		return take_from(zone, order, o, from, mt);
	}
	return NULL;
}

struct page *buddy_alloc_fallback(struct zone *zone, unsigned int order, unsigned int mt)
{
	unsigned long repairs;
	struct page *page;

	do {
		repairs = zone->nr_repairs;
		page = steal(zone, order, mt);
	} while (unlikely(!page && zone->nr_repairs != repairs)); /* look again */
	return page;
}

void reserve_highatomic_pageblock(struct page *page, struct zone *zone)
{
	unsigned long max_managed = zone->managed_pages / 100 + pageblock_nr_pages;
	unsigned long flags = zone_lock_irqsave(zone);
	unsigned int mt = get_pageblock_migratetype(page);

	if (zone->nr_reserved_highatomic < max_managed && mt < MIGRATE_PCPTYPES &&
	    page_order(page) <= pageblock_order && pageblock_in_zone(zone, page)) {
		zone->nr_reserved_highatomic += pageblock_nr_pages;
		zone_update_plenty(zone);
		set_pageblock_migratetype(page, MIGRATE_HIGHATOMIC);
		move_freepages_block(zone, page, MIGRATE_HIGHATOMIC);
	}
	zone_unlock_irqrestore(zone, flags);
}

/* A free block in a highatomic pageblock, any order; NULL: none. */
static struct page *find_highatomic(struct zone *zone)
{
	unsigned long mask;
	struct page *page;

	while ((mask = zone->nonempty[MIGRATE_HIGHATOMIC])) {
		page = buddy_first(zone, __ffs(mask), MIGRATE_HIGHATOMIC);
		if (likely(page))
			return page;
	}
	return NULL;
}

bool unreserve_highatomic_pageblock(struct zone *zone, unsigned int mt)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = find_highatomic(zone);

	if (page) {
		zone->nr_reserved_highatomic -=
			min((unsigned long)pageblock_nr_pages, zone->nr_reserved_highatomic);
		zone_update_plenty(zone);
		set_pageblock_migratetype(page, mt);
		move_freepages_block(zone, page, mt);
	}
	zone_unlock_irqrestore(zone, flags);
	return page != NULL;
}

/* Does any frame of the pageblock belong to the zone and is RAM? */
static bool block_present(const struct zone *zone, unsigned long pfn)
{
	unsigned long end = min(pfn + pageblock_nr_pages, zone_end_pfn(zone));

	for (pfn = max(pfn, zone->zone_start_pfn); pfn < end; pfn++)
		if (pfn_valid(pfn) && page_zone(pfn_to_page(pfn)) == zone)
			return true;
	return false;
}

void count_pageblocks(const struct zone *zone, unsigned long counts[MIGRATE_TYPES])
{
	unsigned long pfn = ALIGN_DOWN(zone->zone_start_pfn, pageblock_nr_pages);

	for (int mt = 0; mt < MIGRATE_TYPES; mt++)
		counts[mt] = 0;
	for (; pfn < zone_end_pfn(zone); pfn += pageblock_nr_pages)
		if (block_present(zone, pfn))
			counts[get_pfnblock_migratetype(pfn)]++;
}
