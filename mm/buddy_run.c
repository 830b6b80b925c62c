/* SPDX-License-Identifier: MIT */
/* buddy_run.c - many blocks of one order out of the lists at the price of a few.
 *
 * Owns: nothing. Taking one block after the other cuts a larger one into pieces that go onto lists
 * and off them again. Here it is cut once: its first blocks are handed out where they lie, and what
 * is left goes back in the largest pieces. What is chosen, and what the lists hold afterwards, is
 * the same as one by one.
 * Source: Bonwick 2001 (magazines are filled and emptied whole). */
#include "mm/buddy.h"
#include "free_area.h"

/* Give flags to the blocks of this order from page on, up to n, and list them. One that somebody
 * wrote to ends it: it goes back, to be told when it is taken. Returns: how many. */
static unsigned long hand_out(struct page *page, unsigned long n, unsigned int order,
                              unsigned long flags, struct page **out)
{
	struct page **pos = out, **end = out + n;

	for (; pos != end && likely(page_words_plain(page)); pos++, page += 1ul << order) {
		page->flags = flags;
		*pos = page;
	}
	return (unsigned long)(pos - out);
}

/* Blocks first..end-1 of those that page was cut into go free: end is a power of two. */
static void put_back(struct zone *zone, struct page *page, unsigned long first, unsigned long end,
                     unsigned int order, unsigned int mt)
{
	while (first < end) {
		unsigned int up = __ffs(first);

		buddy_insert(zone, page + (first << order), order + up, mt);
		first += 1ul << up;
	}
}

unsigned long buddy_alloc_run(struct zone *zone, unsigned int order, unsigned int mt,
                              unsigned long n, struct page **out)
{
	unsigned long blocks, taken;
	struct page *page;
	unsigned int found;

	if (unlikely(buddy_watched)) /* each cut is made by itself */
		return 0;
	page = take_first(zone, order, mt, &found);
	if (!page)
		return 0;
	blocks = 1ul << (found - order);
	taken = hand_out(page, min(n, blocks), order, page_block_flags(zone, order, mt), out);
	zone->vm_stat[NR_FREE_PAGES] -= (long)(taken << order);
	put_back(zone, page, taken, blocks, order, mt);
	return taken;
}
