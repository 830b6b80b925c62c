/* SPDX-License-Identifier: MIT */
/* rmqueue.c - blocks out of a zone's free lists or back into them, counted.
 * Owns: the order of attempts within a zone: own type, fallback, high-order reserve. Neighbours
 * that come back together are made one block before they meet the lists, where they would merge
 * step by step. Everything here works under zone->lock. */
#include "mm/buddy.h"
#include "internal.h"
#include "mm/pageblock.h"
#include "mm/trace_sites.h"
#include "zone_lock.h"

struct page *rmqueue_locked(struct zone *zone, unsigned int order, unsigned int mt,
                            unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (alloc_flags & ALLOC_HIGHATOMIC)
		page = buddy_alloc(zone, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = buddy_alloc(zone, order, mt);
	if (!page)
		page = buddy_alloc_fallback(zone, order, mt);
	/* the last resort of whoever may use everything */
	if (!page && alloc_flags & (ALLOC_NO_WATERMARKS | ALLOC_NON_BLOCK))
		page = buddy_alloc(zone, order, MIGRATE_HIGHATOMIC);
	if (page) {
		trace_mm_page_alloc_zone_locked(page, order, mt);
		zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
	}
	return page;
}

unsigned long rmqueue_many_locked(struct zone *zone, unsigned int order, unsigned int mt,
                                  unsigned long n, struct page **out)
{
	unsigned long got = 0, run;

	while (got < n) {
		run = buddy_alloc_run(zone, order, mt, n - got, out + got);
		if (!run && (out[got] = rmqueue_locked(zone, order, mt, 0)))
			run = 1;
		if (!run)
			break;
		got += run;
	}
	return got;
}

void free_block_locked(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned int mt = get_pageblock_migratetype(page);

	if (likely(mt != MIGRATE_ISOLATE))
		zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	buddy_free(zone, page, order, mt);
}

/* --- many back ---------------------------------------------------------------------------- */

/* How many blocks of this size (of struct pages) lie one behind the other, up or down, from the
 * first of pos..end-1. */
static __always_inline unsigned long run_length(struct page *const *pos, struct page *const *end,
                                                unsigned long size)
{
	struct page *const *first = pos++;
	unsigned long next, step;

	if (pos == end)
		return 1;
	next = (unsigned long)*pos;
	step = next - (unsigned long)*first;
	if (likely(step != size && step != -size))
		return 1;
	for (; pos != end && (unsigned long)*pos == next; pos++)
		next += step;
	return (unsigned long)(pos - first);
}

/* Neighbours, as the largest aligned blocks, none of which lies in two pageblocks. */
static void free_neighbours(struct zone *zone, struct page *page, unsigned long pages)
{
	unsigned long pfn = page_to_pfn(page);

	while (pages) {
		unsigned int order = min(__fls(pages), __ffs(pfn | pageblock_nr_pages));

		free_block_locked(zone, page, order);
		page += 1ul << order;
		pfn += 1ul << order;
		pages -= 1ul << order;
	}
}

void free_blocks_locked(struct zone *zone, struct page *const *blocks, unsigned long n,
                        unsigned int order)
{
	struct page *const *end = blocks + n;
	unsigned long run;

	for (; blocks != end; blocks += run) {
		run = 1;
		if (likely(!buddy_watched)) /* else each merge is made by itself */
			run = run_length(blocks, end, sizeof(struct page) << order);
		if (run == 1)
			free_block_locked(zone, *blocks, order);
		else
			free_neighbours(zone, min(blocks[0], blocks[run - 1]), run << order);
	}
}
