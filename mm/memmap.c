/* SPDX-License-Identifier: MIT */
/* memmap.c - mem_map: allocated, filled, and the free memory behind it handed over.
 *
 * Owns: mem_map's memory. One flat array, so that pfn and struct page convert by a shift; over a
 * 4 MiB block without any RAM (the PCI hole below 4 GiB) its memory is given back, and pfn_valid()
 * knows. Filling writes whole entries from a pattern per zone and state: two stores a page.
 * Source: Gorman ch. 2.5, 2.6. Differs: no per-page work beyond the copy; free ranges go to the
 * buddy lists as largest blocks. Locks: boot. */
#include "asm/memmap.h"
#include "zone_lock.h"
#include "asm/page_ops.h"
#include "asm/timestamp.h"
#include "lib/bitops.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/mmzone.h"
#include "mm/pageblock.h"
#include "mm/reserved.h"
#include "printk.h"
#include "report.h"

/* mem_map's entries for one 4 MiB block. */
#define PIECE_BYTES (sizeof(struct page) * MAX_ORDER_NR_PAGES)

struct memmap_cost memmap_cost;
static unsigned long nr_pieces;

unsigned long memmap_pages(void)
{
	return nr_pieces * PFN_UP(PIECE_BYTES);
}

/* --- allocation --------------------------------------------------------------------------- */

/* Is there RAM in block k? */
static bool block_has_ram(unsigned long k)
{
	phys_addr_t start = PFN_PHYS(k * MAX_ORDER_NR_PAGES);
	phys_addr_t end = start + PFN_PHYS(MAX_ORDER_NR_PAGES);
	struct memblock_region *r;

	for_each_memory_region (r)
		if (r->base < end && r->base + r->size > start)
			return true;
	return false;
}

static phys_addr_t try_alloc(unsigned long blocks, phys_addr_t low_limit)
{
	phys_addr_t size = (phys_addr_t)blocks * PIECE_BYTES;
	phys_addr_t pa = memblock_phys_alloc_range_nid(size, PIECE_BYTES, PFN_PHYS(MAX_DMA_PFN),
	                                               low_limit, NUMA_NO_NODE);

	if (!pa)
		pa = memblock_phys_alloc_range_nid(size, PIECE_BYTES, 0, low_limit, NUMA_NO_NODE);
	return pa;
}

/* All blocks if low memory can hold their entries, else as many as it can. */
static phys_addr_t alloc_for_blocks(unsigned long *blocks, phys_addr_t low_limit)
{
	unsigned long all = *blocks;
	phys_addr_t pa;

	while (!(pa = try_alloc(*blocks, low_limit))) {
		if (*blocks == 1)
			panic("no low memory for mem_map");
		*blocks -= max(*blocks / 32, 1ul);
	}
	if (*blocks < all) {
		pr_warn("mem_map for all memory does not fit low memory: RAM above %lu MiB is left "
		        "unused\n",
		        *blocks * 4);
		memblock_remove(PFN_PHYS(*blocks * MAX_ORDER_NR_PAGES), PHYS_ADDR_MAX);
	}
	return pa;
}

static void mark_pieces(phys_addr_t pa, unsigned long blocks)
{
	for (unsigned long k = 0; k < blocks; k++) {
		if (block_has_ram(k)) {
			memmap_mark((char *)mem_map + k * PIECE_BYTES);
			nr_pieces++;
		} else {
			memblock_phys_free(pa + k * PIECE_BYTES, PIECE_BYTES);
		}
	}
	pr_info("mem_map: %lu blocks of 4 MiB, %lu KiB (%lu KiB given back over holes)\n",
	        nr_pieces, nr_pieces * PIECE_BYTES / 1024,
	        (blocks - nr_pieces) * PIECE_BYTES / 1024);
}

void memmap_alloc(phys_addr_t low_limit)
{
	unsigned long blocks = DIV_ROUND_UP(PFN_DOWN(memblock_end_of_DRAM()), MAX_ORDER_NR_PAGES);
	phys_addr_t pa = alloc_for_blocks(&blocks, low_limit);
	size_t bytes;

	max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	max_low_pfn = min(max_pfn, PFN_DOWN(low_limit));
	nr_pieces = 0;
	mem_map = __va(pa);
	mark_pieces(pa, blocks);
	reserved_remember(pa, pa + (phys_addr_t)blocks * PIECE_BYTES, "mem_map");
	bytes = DIV_ROUND_UP(blocks * MAX_ORDER_NR_PAGES, pageblock_nr_pages);
	pageblock_types = memblock_alloc(bytes, 64);
	for (size_t i = 0; i < bytes; i++)
		pageblock_types[i] = MIGRATE_MOVABLE;
}

/* --- filling ------------------------------------------------------------------------------ */

enum page_state { STATE_FREE, STATE_RESERVED };

/* Frames [start, end) of one zone. */
static void fill_zone_part(unsigned long start, unsigned long end, int nid, int idx,
                           enum page_state state)
{
	struct page entry = {
		.flags = (unsigned long)idx << PAGE_ZONE_SHIFT |
	                 (unsigned long)nid << PAGE_NODE_SHIFT |
	                 1ul << (state == STATE_RESERVED ? PG_reserved : PG_managed),
		._refcount = state == STATE_RESERVED,
		._mapcount = -1,
	};

	memmap_fill(pfn_to_page(start), &entry, end - start);
}

/* Frames [start, end) of a node, cut where the zone changes. Borders are multiples of 4 MiB. */
static void fill(unsigned long start, unsigned long end, int nid, enum page_state state)
{
	while (start < end) {
		int idx = zone_idx_of(start, nid);
		unsigned long stop = start;

		while (stop < end && zone_idx_of(stop, nid) == idx)
			stop = ALIGN_DOWN(stop, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
		stop = min(stop, end);
		fill_zone_part(start, stop, nid, idx, state);
		start = stop;
	}
}

/* Frames [start, end) without RAM: those that share a block with RAM have entries, as reserved. */
static void fill_hole(unsigned long start, unsigned long end, int nid)
{
	unsigned long first_block_end = ALIGN(start, MAX_ORDER_NR_PAGES);
	unsigned long last_block = ALIGN_DOWN(end, MAX_ORDER_NR_PAGES);

	if (first_block_end >= last_block && first_block_end >= end) {
		fill(start, end, nid, STATE_RESERVED);
		return;
	}
	fill(start, first_block_end, nid, STATE_RESERVED);
	fill(max(last_block, first_block_end), end, nid, STATE_RESERVED);
}

/* Whole free pages of a byte range. */
static bool free_pfns(const struct free_range *r, unsigned long *start, unsigned long *end)
{
	*start = PFN_UP(r->start);
	*end = PFN_DOWN(r->end);
	return *start < *end;
}

/* One region of RAM: free pages as memblock says, reserved ones between them. */
static void fill_region(const struct memblock_region *region)
{
	unsigned long cursor = PFN_DOWN(region->base), end = PFN_DOWN(region->base + region->size);
	phys_addr_t pos = region->base;
	struct free_range r;

	while (memblock_next_free(&pos, NUMA_NO_NODE, &r) &&
	       r.start < region->base + region->size) {
		unsigned long from, to;

		if (!free_pfns(&r, &from, &to))
			continue;
		fill(cursor, from, region->nid, STATE_RESERVED);
		fill(from, to, region->nid, STATE_FREE);
		cursor = to;
	}
	fill(cursor, end, region->nid, STATE_RESERVED);
}

static void fill_all(void)
{
	struct memblock_region *r;
	unsigned long cursor = 0;
	int nid = 0;

	for_each_memory_region (r) {
		fill_hole(cursor, PFN_DOWN(r->base), r->nid);
		fill_region(r);
		cursor = PFN_DOWN(r->base + r->size);
		nid = r->nid;
	}
	fill_hole(cursor, ALIGN(cursor, MAX_ORDER_NR_PAGES), nid);
}

/* --- hand-over ---------------------------------------------------------------------------- */

static void free_range(unsigned long start, unsigned long end, int nid)
{
	while (start < end) {
		struct zone *zone = &NODE_DATA(nid)->node_zones[zone_idx_of(start, nid)];
		unsigned long stop = min(end, zone_end_pfn(zone));

		buddy_free_range(zone, start, stop);
		zone->managed_pages += stop - start;
		start = stop;
	}
}

void memblock_free_all(void)
{
	u64 before = timestamp();
	phys_addr_t pos = 0;
	struct free_range r;
	unsigned long start, end;

	fill_all();
	while (memblock_next_free(&pos, NUMA_NO_NODE, &r))
		if (free_pfns(&r, &start, &end))
			free_range(start, end, r.nid);
	memmap_cost.tsc = timestamp() - before;
	memmap_cost.pages = nr_pieces * MAX_ORDER_NR_PAGES;
	memblock_retire();
}

void free_reserved_area(phys_addr_t start, phys_addr_t end)
{
	reserved_forget(start, end);
	for (unsigned long pfn = PFN_UP(start); pfn < PFN_DOWN(end); pfn++) {
		struct page *page = pfn_to_page(pfn);
		struct zone *zone = page_zone(page);
		unsigned long flags;

		ASSERT(PageReserved(page));
		page->flags = zone->page_tag;
		set_page_count(page, 0);
		free_hooks_run(page, 0, _RET_IP_);
		flags = zone_lock_irqsave(zone);
		zone->managed_pages++;
		zone->vm_stat[NR_FREE_PAGES]++;
		buddy_free(zone, page, 0, get_pageblock_migratetype(page));
		zone_unlock_irqrestore(zone, flags);
	}
}
