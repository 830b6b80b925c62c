/* SPDX-License-Identifier: MIT */
/* node_init.c - pg_data_t and struct zone for every node, from memblock's ranges.
 *
 * Owns: the shape of the zones. A node's zone spans the part of the node that lies between the
 * zone's two borders: 16 MiB, the end of low memory, and the start of ZONE_MOVABLE on that node.
 * Source: Gorman ch. 2.2, 2.6 (free_area_init_core). Locks: boot. */
#include "asm/page_ops.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/mmzone.h"
#include "mm/zonelist.h"
#include "printk.h"

enum { PAGES_PER_WAITQUEUE = 256, MIN_WAITQUEUES = 4, MAX_WAITQUEUES = 4096 };

/* First frame of ZONE_MOVABLE on each node; 0: none. (C) */
static unsigned long movable_start[MAX_NUMNODES];

int zone_idx_of(unsigned long pfn, int nid)
{
	if (movable_start[nid] && pfn >= movable_start[nid])
		return ZONE_MOVABLE;
	if (pfn < MAX_DMA_PFN)
		return ZONE_DMA;
	return pfn < max_low_pfn ? ZONE_NORMAL : ZONE_HIGHMEM;
}

/* The borders of a zone index on a node, before the node's own range cuts them. */
static void zone_borders(int idx, int nid, unsigned long *start, unsigned long *end)
{
	static const unsigned long zero;
	unsigned long top = movable_start[nid] ? movable_start[nid] : max_pfn;
	unsigned long lows[MAX_NR_ZONES] = {zero, MAX_DMA_PFN, max_low_pfn, top};
	unsigned long highs[MAX_NR_ZONES] = {MAX_DMA_PFN, max_low_pfn, max_pfn, max_pfn};

	*start = lows[idx];
	*end = idx == ZONE_MOVABLE ? highs[idx] : min(highs[idx], top);
	if (idx == ZONE_MOVABLE && !movable_start[nid])
		*start = *end = max_pfn;
}

/* First and last + 1 frame of a node's RAM; false: it has none. */
static bool node_span(int nid, unsigned long *start, unsigned long *end)
{
	struct memblock_region *r;
	bool any = false;

	for_each_memory_region (r) {
		if (r->nid != nid)
			continue;
		if (!any)
			*start = PFN_UP(r->base);
		*end = PFN_DOWN(r->base + r->size);
		any = true;
	}
	return any;
}

/* RAM frames of a node in [start, end). */
static unsigned long present_in(int nid, unsigned long start, unsigned long end)
{
	struct memblock_region *r;
	unsigned long pages = 0;

	for_each_memory_region (r) {
		unsigned long from = max(PFN_UP(r->base), start);
		unsigned long to = min(PFN_DOWN(r->base + r->size), end);

		if (r->nid == nid && from < to)
			pages += to - from;
	}
	return pages;
}

/* Hashed wait queues for the zone's pages: one for 256 pages, a power of two. */
static void create_wait_table(struct zone *zone)
{
	unsigned long n = clamp(roundup_pow_of_two(zone->spanned_pages / PAGES_PER_WAITQUEUE + 1),
	                        (unsigned long)MIN_WAITQUEUES, (unsigned long)MAX_WAITQUEUES);

	zone->wait_table_hash_nr_entries = n;
	zone->wait_table_bits = __fls(n);
	zone->wait_table = memblock_alloc(n * sizeof(*zone->wait_table), 64);
	for (unsigned long i = 0; i < n; i++) {
		init_waitqueue_head(&zone->wait_table[i]);
	}
}

static void zone_init(pg_data_t *pgdat, int idx)
{
	struct zone *zone = &pgdat->node_zones[idx];

	zone->name = zone_names[idx];
	zone->zone_idx = idx;
	zone->node = pgdat->node_id;
	zone->zone_pgdat = pgdat;
	zone->page_tag = 1ul << PG_managed | (unsigned long)idx << PAGE_ZONE_SHIFT |
	                 (unsigned long)pgdat->node_id << PAGE_NODE_SHIFT;
	zone_table[zone->page_tag >> PAGE_ZONE_SHIFT] = zone;
	raw_spin_lock_init(&zone->lock);
	spin_lock_init(&zone->lru_lock);
	for (int i = 0; i < NR_LRU_LISTS; i++)
		INIT_LIST_HEAD(&zone->lru[i]);
	buddy_init(zone);
}

static void zone_set_range(struct zone *zone, unsigned long node_start, unsigned long node_end)
{
	unsigned long start, end;

	zone_borders(zone->zone_idx, zone->node, &start, &end);
	start = max(start, node_start);
	end = min(end, node_end);
	if (start >= end)
		return;
	zone->present_pages = present_in(zone->node, start, end);
	if (!zone->present_pages)
		return;
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	create_wait_table(zone);
	pr_info("  node %d zone %-7s [pfn %lu-%lu] present %lu\n", zone->node, zone->name, start,
	        end - 1, zone->present_pages);
}

static void init_node(int nid)
{
	pg_data_t *pgdat = memblock_alloc(sizeof(*pgdat), 64);
	unsigned long start = 0, end = 0;

	pgdat->node_id = nid;
	init_waitqueue_head(&pgdat->kswapd_wait);
	node_data[nid] = pgdat;
	for (int idx = 0; idx < MAX_NR_ZONES; idx++)
		zone_init(pgdat, idx);
	if (!node_span(nid, &start, &end)) {
		pr_info("  node %d has no memory\n", nid);
		return;
	}
	pgdat->node_start_pfn = start;
	pgdat->node_spanned_pages = end - start;
	pgdat->node_present_pages = present_in(nid, start, end);
	pgdat->node_mem_map = pfn_to_page(start);
	for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
		zone_set_range(&pgdat->node_zones[idx], start, end);
		if (populated_zone(&pgdat->node_zones[idx]))
			pgdat->nr_zones = idx + 1;
	}
}

/* --- ZONE_MOVABLE ------------------------------------------------------------------------- */

/* The frame from which the last `pages` RAM frames of a node lie, not below `lowest`. */
static unsigned long count_back(int nid, unsigned long pages, unsigned long lowest)
{
	struct memblock_region *r = memblock.memory.regions + memblock.memory.cnt;

	while (r-- > memblock.memory.regions) {
		unsigned long start = max(PFN_UP(r->base), lowest),
			      end = PFN_DOWN(r->base + r->size);

		if (r->nid != nid || start >= end)
			continue;
		if (end - start >= pages)
			return end - pages;
		pages -= end - start;
	}
	return lowest;
}

/* The same share of each node that reaches into the highest zone, in whole 4 MiB blocks. */
static void find_movable_starts(unsigned long pages)
{
	unsigned long lowest = max_pfn > max_low_pfn ? max_low_pfn : MAX_DMA_PFN;
	unsigned long present, total = 0;
	unsigned int nodes = 0;

	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		movable_start[nid] = 0;
		present = present_in((int)nid, lowest, max_pfn);
		nodes += present > 0;
		total += present;
	}
	if (pages > total)
		pr_warn("movable=: the highest zone has only %lu MiB\n",
		        total >> (20 - PAGE_SHIFT));
	movable_zone = max_pfn > max_low_pfn ? ZONE_HIGHMEM : ZONE_NORMAL;
	for (unsigned int nid = 0; pages && nodes && nid < nr_node_ids; nid++) {
		if (!present_in((int)nid, lowest, max_pfn))
			continue;
		movable_start[nid] =
			ALIGN(count_back((int)nid, pages / nodes, lowest), MAX_ORDER_NR_PAGES);
		if (movable_start[nid] >= max_pfn)
			movable_start[nid] = 0;
	}
}

void free_area_init(phys_addr_t movable)
{
	find_movable_starts(PFN_DOWN(min(movable, (phys_addr_t)PHYS_ADDR_SIZE)));
	pr_info("Zones:\n");
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		init_node((int)nid);
}
