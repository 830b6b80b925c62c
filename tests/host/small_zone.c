/* SPDX-License-Identifier: MIT */
/* small_zone.c - see small_zone.h. Owns: sz, its mem_map at 4 MiB of the arena. */
#include "small_zone.h"
#include "../../mm/internal.h"
#include "../../mm/zone_lock.h"
#include "asm/list_check.h"
#include "asm/memmap.h"
#include "asm/page.h"
#include "asm/page_ops.h"
#include "host.h"
#include "mm/buddy.h"
#include "mm/pageblock.h"

enum { MEM_MAP_AT = 4 << 20, TYPES_AT = 2 << 20 };

struct small_zone sz;

static void fill_entries(unsigned long from, unsigned long to, unsigned long flags, int refs)
{
	struct page entry = {.flags = flags, ._refcount = refs, ._mapcount = -1};

	memmap_fill(pfn_to_page(from), &entry, to - from);
}

static void create_mem_map(unsigned long tag)
{
	unsigned long first = ALIGN_DOWN(sz.start, MAX_ORDER_NR_PAGES);

	mem_map = __va(MEM_MAP_AT);
	max_pfn = max_low_pfn = ALIGN(sz.end, MAX_ORDER_NR_PAGES);
	for (unsigned long pfn = first; pfn < max_pfn; pfn += MAX_ORDER_NR_PAGES)
		memmap_mark(pfn_to_page(pfn));
	fill_entries(first, max_pfn, 1ul << PG_reserved, 1);
	fill_entries(sz.start, sz.end, tag, 0);
}

struct zone *small_zone_open(unsigned long start, unsigned long end, unsigned int mt)
{
	struct zone *zone = &sz.zone;

	world_reset();
	if (end - start > SMALL_FRAMES)
		host_bug("small zone of %lu frames", end - start);
	sz = (struct small_zone){.start = start, .end = end};
	zone->name = "small";
	zone->zone_idx = ZONE_NORMAL;
	zone->page_tag = 1ul << PG_managed | (unsigned long)ZONE_NORMAL << PAGE_ZONE_SHIFT;
	zone->zone_start_pfn = start;
	zone->managed_pages = zone->present_pages = zone->spanned_pages = end - start;
	zone_table[zone->page_tag >> PAGE_ZONE_SHIFT] = zone;
	create_mem_map(zone->page_tag);
	pageblock_types = __va(TYPES_AT);
	memset(pageblock_types, (int)mt, (max_pfn >> pageblock_order) + 1);
	host_register_lists(zone, sizeof(*zone));
	buddy_init(zone);
	buddy_free_range(zone, start, end);
	return zone;
}

/* --- the model ---------------------------------------------------------------------------- */

static void model_set(unsigned long pfn, unsigned int order, bool taken)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		sz.owner[pfn - sz.start + i] = (s8)(!taken ? 0
		                                    : i    ? -1 - (int)order
		                                           : 1 + (int)order);
}

/* A block that was handed out must be inside the zone, aligned, and nobody's. */
static void model_take(const struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	if (pfn < sz.start || pfn + (1ul << order) > sz.end || !IS_ALIGNED(pfn, 1ul << order)) {
		host_fail(__FILE__, __LINE__, "block %lu order %u is not of the zone", pfn, order);
		return;
	}
	for (unsigned long i = 0; i < 1ul << order; i++)
		if (sz.owner[pfn - sz.start + i])
			host_fail(__FILE__, __LINE__, "frame %lu is handed out twice", pfn + i);
	model_set(pfn, order, true);
	CHECK_EQ(page_order(page), order);
	CHECK(!PageBuddy(page));
}

static struct page *take(struct page *(*alloc)(struct zone *, unsigned int, unsigned int),
                         unsigned int order, unsigned int mt)
{
	unsigned long flags = zone_lock_irqsave(&sz.zone);
	struct page *page = alloc(&sz.zone, order, mt);

	if (page) {
		sz.zone.vm_stat[NR_FREE_PAGES] -= 1l << order;
		set_page_count(page, 1);
		model_take(page, order);
		CHECK_EQ(page_migratetype(page), mt);
	}
	zone_unlock_irqrestore(&sz.zone, flags);
	return page;
}

struct page *small_take(unsigned int order, unsigned int mt)
{
	return take(buddy_alloc, order, mt);
}

struct page *small_take_fallback(unsigned int order, unsigned int mt)
{
	return take(buddy_alloc_fallback, order, mt);
}

void small_give(struct page *page, unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(&sz.zone);
	unsigned int part = min(order, (unsigned int)pageblock_order);

	set_page_count(page, 0);
	for (unsigned long i = 0; i < 1ul << order; i += 1ul << part)
		free_block_locked(&sz.zone, page + i, part);
	model_set(page_to_pfn(page), order, false);
	zone_unlock_irqrestore(&sz.zone, flags);
}

unsigned long small_take_run(unsigned int order, unsigned int mt, unsigned long n,
                             struct page **out)
{
	unsigned long flags = zone_lock_irqsave(&sz.zone);
	unsigned long got = buddy_alloc_run(&sz.zone, order, mt, n, out);

	for (unsigned long i = 0; i < got; i++) {
		set_page_count(out[i], 1);
		model_take(out[i], order);
		CHECK_EQ(page_migratetype(out[i]), mt);
	}
	zone_unlock_irqrestore(&sz.zone, flags);
	return got;
}

void small_give_many(struct page *const *blocks, unsigned long n, unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(&sz.zone);

	for (unsigned long i = 0; i < n; i++) {
		set_page_count(blocks[i], 0);
		model_set(page_to_pfn(blocks[i]), order, false);
	}
	free_blocks_locked(&sz.zone, blocks, n, order);
	zone_unlock_irqrestore(&sz.zone, flags);
}

struct page *small_any_taken(unsigned int *order)
{
	unsigned long n = sz.end - sz.start, at = test_below((u32)n);

	for (unsigned long i = 0; i < n; i++, at = (at + 1) % n) {
		if (sz.owner[at] <= 0)
			continue;
		*order = (unsigned int)sz.owner[at] - 1;
		return pfn_to_page(sz.start + at);
	}
	return NULL;
}

unsigned long small_free(void)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < sz.end - sz.start; i++)
		n += !sz.owner[i];
	return n;
}

static bool all_free(unsigned long pfn, unsigned int order)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		if (pfn + i < sz.start || pfn + i >= sz.end || sz.owner[pfn + i - sz.start])
			return false;
	return true;
}

/* Types that never mix: what lies in such pageblocks is not merged beyond them. */
static bool pageblocks_mix(unsigned long pfn, unsigned int order)
{
	unsigned int first = get_pfnblock_migratetype(pfn);

	for (unsigned long i = 0; i < 1ul << order; i += pageblock_nr_pages) {
		unsigned int mt = get_pfnblock_migratetype(pfn + i);

		if (mt != first && (mt >= MIGRATE_PCPTYPES || first >= MIGRATE_PCPTYPES))
			return false;
	}
	return true;
}

static void count_blocks(unsigned long pfn, unsigned int order, unsigned long count[MAX_ORDER])
{
	if (all_free(pfn, order) && pageblocks_mix(pfn, order)) {
		count[order]++;
		return;
	}
	if (order == 0)
		return;
	count_blocks(pfn, order - 1, count);
	count_blocks(pfn + (1ul << (order - 1)), order - 1, count);
}

void small_expected_blocks(unsigned long count[MAX_ORDER])
{
	memset(count, 0, MAX_ORDER * sizeof(*count));
	for (unsigned long pfn = ALIGN_DOWN(sz.start, MAX_ORDER_NR_PAGES); pfn < sz.end;
	     pfn += MAX_ORDER_NR_PAGES)
		count_blocks(pfn, MAX_ORDER - 1, count);
}

const char *small_check(void)
{
	unsigned long count[MAX_ORDER];
	const char *wrong = buddy_check(&sz.zone);

	if (wrong)
		return wrong;
	small_expected_blocks(count);
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		if (sz.zone.free_area[order].nr_free != count[order])
			return "free blocks are not the maximal ones of the free frames";
	return host_check_idle();
}
