/* SPDX-License-Identifier: MIT */
/* memmap.c - mem_map: allocated, filled, and the free memory behind it handed over.
 *
 * Owns: mem_map's memory. One flat array, so that pfn and struct page convert by a shift; what
 * would describe 4 MiB blocks without any RAM (the PCI hole below 4 GiB) is left out: that part of
 * the array's range belongs to others or is not even memory, and pfn_valid() knows. So a machine
 * with little low memory keeps a page above a huge hole. Filling writes whole entries from a
 * pattern per zone and state: two stores a page. Source: Gorman ch. 2.5, 2.6. Differs: no per-page
 * work beyond the copy; free ranges go to the buddy lists as largest blocks. Locks: boot. */
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

/* 4 MiB blocks [first, end): the next one on each side has no RAM. */
struct block_run {
	unsigned long first, end;
};

static unsigned long block_of(phys_addr_t pa)
{
	return PFN_DOWN(pa) / MAX_ORDER_NR_PAGES;
}

/* The first run from block `from` on, cut at block `limit`. Returns: false when there is none. */
static bool next_run(unsigned long from, unsigned long limit, struct block_run *run)
{
	struct memblock_region *r;
	bool found = false;

	for_each_memory_region (r) {
		unsigned long first = max(block_of(r->base), from);
		unsigned long end = min(block_of(r->base + r->size - 1) + 1, limit);

		if (first >= end)
			continue;
		if (found && first > run->end)
			break;
		if (!found)
			run->first = first;
		run->end = end;
		found = true;
	}
	return found;
}

#define for_each_run(run, limit) for ((run)->end = 0; next_run((run)->end, limit, run);)

/* Is the memory free that mem_map needs for the first `blocks` blocks if it begins at pa? */
static bool fits(phys_addr_t pa, unsigned long blocks, phys_addr_t low_limit)
{
	struct block_run run;

	for_each_run(&run, blocks)
	{
		phys_addr_t start = pa + run.first * PIECE_BYTES;
		phys_addr_t end = pa + run.end * PIECE_BYTES;

		if (end > low_limit || !memblock_is_free(start, end - start))
			return false;
	}
	return true;
}

/* Lowest place for mem_map from `from` on; 0: there is none. */
static phys_addr_t find_place(phys_addr_t from, unsigned long blocks, phys_addr_t low_limit)
{
	phys_addr_t end = min(low_limit, memblock_end_of_DRAM());

	for (phys_addr_t pa = from; pa < end; pa += PIECE_BYTES)
		if (fits(pa, blocks, low_limit))
			return pa;
	return 0;
}

/* End of the RAM blocks that are left with a 32nd less of them. */
static unsigned long fewer_blocks(unsigned long blocks)
{
	unsigned long limit = blocks - max(blocks / 32, 1ul);
	struct block_run run;

	for_each_run(&run, limit);
	return run.end;
}

/* RAM from this block on cannot be described. There is some. */
static void drop_ram_above(unsigned long blocks)
{
	phys_addr_t start = PFN_PHYS(blocks * MAX_ORDER_NR_PAGES), end = memblock_end_of_DRAM();
	phys_addr_t before = memblock_phys_mem_size();
	struct memblock_region *r = memblock.memory.regions;

	while (r->base + r->size <= start)
		r++;
	start = max(start, r->base);
	memblock_remove(start, PHYS_ADDR_MAX);
	pr_warn("mem_map for all memory does not fit low memory: %llu KiB of RAM in "
	        "[mem 0x%llx-0x%llx] are left unused\n",
	        (before - memblock_phys_mem_size()) >> 10, start, end - 1);
}

/* A place for the entries of all blocks, else of as many as low memory can hold. */
static phys_addr_t place_for_blocks(unsigned long *blocks, phys_addr_t low_limit)
{
	unsigned long all = *blocks;
	phys_addr_t pa;

	while (!(pa = find_place(PFN_PHYS(MAX_DMA_PFN), *blocks, low_limit)) &&
	       !(pa = find_place(PIECE_BYTES, *blocks, low_limit))) {
		*blocks = fewer_blocks(*blocks);
		if (!*blocks)
			panic("no low memory for mem_map");
	}
	if (*blocks < all)
		drop_ram_above(*blocks);
	return pa;
}

static void take_pieces(phys_addr_t pa, unsigned long blocks)
{
	struct block_run run;

	nr_pieces = 0;
	for_each_run(&run, blocks)
	{
		phys_addr_t start = pa + run.first * PIECE_BYTES;
		phys_addr_t end = pa + run.end * PIECE_BYTES;

		memblock_reserve(start, end - start);
		reserved_remember(start, end, "mem_map");
		for (unsigned long k = run.first; k < run.end; k++)
			memmap_mark((char *)mem_map + k * PIECE_BYTES);
		nr_pieces += run.end - run.first;
	}
	pr_info("mem_map: %lu blocks of 4 MiB, %lu KiB (%lu KiB left out over holes)\n", nr_pieces,
	        nr_pieces * PIECE_BYTES / 1024, (blocks - nr_pieces) * PIECE_BYTES / 1024);
}

/* What follows reserves mem_map piece by piece: the list must not grow into a later one. */
static void make_room_for_pieces(void)
{
	if (memblock_make_room(memblock.memory.cnt))
		panic("no low memory for mem_map");
}

void memmap_alloc(phys_addr_t low_limit)
{
	unsigned long blocks = block_of(memblock_end_of_DRAM() - 1) + 1;
	phys_addr_t pa;
	size_t bytes;

	ASSERT(IS_ALIGNED(low_limit, PFN_PHYS(MAX_ORDER_NR_PAGES)));
	make_room_for_pieces();
	pa = place_for_blocks(&blocks, low_limit);
	max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	max_low_pfn = min(max_pfn, PFN_DOWN(low_limit));
	mem_map = __va(pa);
	take_pieces(pa, blocks);
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
