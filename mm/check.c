/* SPDX-License-Identifier: MIT */
/* check.c - the whole-state checkers: what must hold whenever nothing is under way.
 *
 * Owns: nothing. The census walks mem_map from block to block: at the first page of a block the
 * order says where the next one begins, so a lost, doubled or overlapping block shows as a sum that
 * does not come out. Takes zone->lock for each zone; pagesets of other CPUs must be quiet. */
#include "mm/check.h"
#include "internal.h"
#include "lib/bitops.h"
#include "lib/hash.h"
#include "mm/buddy.h"
#include "mm/mm_init.h"
#include "mm/pageset.h"
#include "mm/topology.h"
#include "mm/vmstat.h"
#include "zone_lock.h"

/* Count the block at page. Returns: its pages. */
static unsigned long census_block(const struct page *page, struct zone_census *c)
{
	unsigned long size = 1ul << page_order(page);

	if (PageReserved(page)) {
		c->reserved++;
		return 1;
	}
	if (PageBuddy(page))
		*(page_migratetype(page) == MIGRATE_ISOLATE ? &c->isolated : &c->free) += size;
	else if (PageGuard(page))
		c->guard += size;
	else if (page_ref_count(page) > 0)
		c->allocated += size;
	else
		c->pageset += size;
	return size;
}

/* The next frame from pfn on that has a struct page; blocks of 4 MiB have or have not. */
static unsigned long next_valid(unsigned long pfn)
{
	while (pfn < max_pfn && !pfn_valid(pfn))
		pfn = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
	return pfn;
}

static struct zone_census take_census_locked(const struct zone *zone)
{
	struct zone_census c = {0};
	unsigned long pfn = next_valid(ALIGN_DOWN(zone->zone_start_pfn, MAX_ORDER_NR_PAGES));

	while (pfn < zone_end_pfn(zone)) {
		const struct page *page = pfn_to_page(pfn);
		struct zone_census other = {0};
		bool mine = page_zone(page) == zone && pfn >= zone->zone_start_pfn;

		pfn = next_valid(pfn + census_block(page, mine ? &c : &other));
	}
	return c;
}

struct zone_census zone_take_census(struct zone *zone)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct zone_census c = take_census_locked(zone);

	zone_unlock_irqrestore(zone, flags);
	return c;
}

/* Reserved entries count holes too; only RAM is present. */
static const char *check_conservation(struct zone *zone)
{
	struct zone_census c = zone_take_census(zone);
	unsigned long managed = c.free + c.pageset + c.allocated + c.guard + c.isolated;

	if (c.free != zone_page_state(zone, NR_FREE_PAGES))
		return "free pages found in mem_map are not NR_FREE_PAGES";
	if (c.pageset != zone_pcp_pages(zone))
		return "pages found in no list are not those in the pagesets";
	if (managed != zone->managed_pages)
		return "free, pageset and allocated pages do not sum to managed";
	if (managed + c.reserved < zone->present_pages)
		return "managed and reserved pages do not sum to present";
	return zone->managed_pages <= zone->present_pages ? NULL
	                                                  : "more pages managed than present";
}

static const char *check_watermarks(const struct zone *zone)
{
	if (zone->_watermark[WMARK_MIN] > zone->_watermark[WMARK_LOW] ||
	    zone->_watermark[WMARK_LOW] > zone->_watermark[WMARK_HIGH])
		return "watermarks are out of order";
	for (int i = 0; i <= zone->zone_idx; i++)
		if (zone->lowmem_reserve[i] != 0)
			return "zone keeps pages from requests that have no higher zone";
	return NULL;
}

/* Each page's flags say the zone whose range it lies in (I12). */
static const char *check_page_zones(const struct zone *zone)
{
	unsigned long pfn = next_valid(zone->zone_start_pfn);

	for (; pfn < zone_end_pfn(zone); pfn = next_valid(pfn + 1)) {
		const struct page *page = pfn_to_page(pfn);

		if (page_to_nid(page) != zone->node)
			continue; /* nodes may interleave */
		if ((int)page_zonenum(page) != zone_idx_of(pfn, zone->node))
			return "struct page says another zone than its frame lies in";
	}
	return NULL;
}

static const char *check_pagesets(const struct zone *zone)
{
	const char *wrong = NULL;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids && !wrong; cpu++)
		if (zone->pageset[cpu])
			wrong = pageset_check(zone->pageset[cpu]);
	return wrong;
}

const char *zone_check(struct zone *zone)
{
	const char *wrong = check_watermarks(zone);

	if (wrong || !populated_zone(zone))
		return wrong;
	wrong = buddy_check(zone);
	if (!wrong)
		wrong = check_pagesets(zone);
	if (!wrong)
		wrong = check_conservation(zone);
	return wrong ? wrong : check_page_zones(zone);
}

static const char *check_node(const pg_data_t *pgdat)
{
	unsigned long present = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		present += pgdat->node_zones[i].present_pages;
	return present == pgdat->node_present_pages
	               ? NULL
	               : "zones' present pages do not sum to the node's";
}

const char *mm_check(const struct zone **where)
{
	const char *wrong;
	struct zone *zone;
	pg_data_t *pgdat;

	*where = NULL;
	for_each_online_pgdat (pgdat) {
		wrong = check_node(pgdat);
		if (wrong)
			return wrong;
	}
	for_each_zone (zone) {
		*where = zone;
		wrong = zone_check(zone);
		if (wrong)
			return wrong;
	}
	*where = NULL;
	return NULL;
}

/* --- fingerprint ------------------------------------------------------------------------ */

static u32 hash_page(u32 h, const struct page *page)
{
	h = fnv_long(h, page->flags);
	h = fnv_mix(h, (u32)page->_refcount);
	h = fnv_mix(h, (u32)page->_mapcount);
	h = fnv_long(h, (unsigned long)page->mapping);
	h = fnv_long(h, page->index);
	h = fnv_long(h, page->private);
	h = fnv_long(h, (unsigned long)page->lru.next);
	return fnv_long(h, (unsigned long)page->lru.prev);
}

static u32 hash_pageset(u32 h, const struct per_cpu_pages *pcp)
{
	for (unsigned int i = 0; i < PCP_ORDERS * MIGRATE_PCPTYPES; i++) {
		const struct pcp_list *list =
			&pcp->lists[i / MIGRATE_PCPTYPES][i % MIGRATE_PCPTYPES];

		for (struct page **p = list->base; p <= list->stack->top; p++)
			h = fnv_long(h, (unsigned long)*p);
	}
	return h;
}

u32 zone_fingerprint(struct zone *zone)
{
	unsigned long flags = zone_lock_irqsave(zone);
	unsigned long pfn = next_valid(zone->zone_start_pfn);
	u32 h = FNV_INIT;

	for (; pfn < zone_end_pfn(zone); pfn = next_valid(pfn + 1))
		h = hash_page(h, pfn_to_page(pfn));
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		h = fnv_long(h, zone->free_area[order].nr_free);
	h = fnv_long(h, (unsigned long)zone->vm_stat[NR_FREE_PAGES]);
	h = fnv_long(h, zone->managed_pages);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (zone->pageset[cpu])
			h = hash_pageset(h, zone->pageset[cpu]);
	zone_unlock_irqrestore(zone, flags);
	return h;
}

u32 mm_fingerprint(void)
{
	struct zone *zone;
	u32 h = FNV_INIT;

	for_each_populated_zone (zone)
		h = fnv_mix(h, zone_fingerprint(zone));
	return h;
}
