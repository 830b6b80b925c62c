/* SPDX-License-Identifier: MIT */
/* pageblock.h - the migrate type of each 2 MiB block of memory.
 *
 * Pages that cannot move are kept apart from those that can, so that freeing or moving the latter
 * leaves whole blocks behind. One byte a block, all zones, in one array. Source: Gorman and
 * Whitcroft, "The What, The Why and the Where To of Anti-Fragmentation", OLS 2006. */
#pragma once
#include "mm/mmzone.h"

/* Indexed by pfn >> pageblock_order. (Z) of the zone that the block lies in. */
extern u8 *pageblock_types;

static inline unsigned int get_pfnblock_migratetype(unsigned long pfn)
{
	return pageblock_types[pfn >> pageblock_order];
}

static inline unsigned int get_pageblock_migratetype(const struct page *page)
{
	unsigned long bytes = (unsigned long)page - (unsigned long)mem_map;

	return pageblock_types[bytes / (sizeof(*page) * pageblock_nr_pages)]; /* one shift */
}

/* Context: the zone's lock, or boot. */
static inline void set_pageblock_migratetype(const struct page *page, unsigned int mt)
{
	pageblock_types[page_to_pfn(page) >> pageblock_order] = (u8)mt;
}

/* When pages of a type run out: where to take them from, in order. */
extern const u8 migrate_fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1];

/* Take a block of this order for type mt out of another type's free pages: from the largest block
 * that the fallback types have, and the whole pageblock with it when most of it is free or alike.
 * Context: zone->lock. Returns: first page or NULL: nothing anywhere. */
struct page *buddy_alloc_fallback(struct zone *zone, unsigned int order, unsigned int mt);

/* Put every free block of page's pageblock on the lists of mt, counted as those are. A pageblock
 * that is free as a whole merges as its type, set by the caller before, allows.
 * Context: zone->lock. Returns: free pages in the pageblock. */
unsigned long move_freepages_block(struct zone *zone, struct page *page, unsigned int mt);

/* Does all of page's pageblock belong to the zone? Firmware may set a node's border anywhere; a
 * pageblock that it cuts has one type for two zones, so nothing that is counted by pageblocks may
 * be done with it. */
bool pageblock_in_zone(const struct zone *zone, const struct page *page);

/* Reserve page's pageblock for high-order atomic allocations, at most 1 % of the zone; none that
 * another zone shares, and no half of a larger block, which is freed as one of one type.
 * Context: takes zone->lock. */
void reserve_highatomic_pageblock(struct page *page, struct zone *zone);

/* Give one highatomic pageblock of the zone back to mt. Returns: whether there was one with free
 * pages. Context: takes zone->lock. */
bool unreserve_highatomic_pageblock(struct zone *zone, unsigned int mt);

/* Pageblocks of each type in a zone that hold RAM, for reports. */
void count_pageblocks(const struct zone *zone, unsigned long counts[MIGRATE_TYPES]);

/* How often a fallback happened since boot, by wanted and taken type. */
extern unsigned long nr_fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES];
