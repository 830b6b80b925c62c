/* SPDX-License-Identifier: MIT */
/* checkers.c - tests of the tests: each invariant is broken by hand once and must be found. */
#include "mm/check.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"

static struct zone *victim(void)
{
	struct zone *zone = any_zone(ZONE_NORMAL);

	drain_all_pages(NULL);
	zone = zone ? zone : any_zone(ZONE_DMA);
	buddy_settle(zone);
	return zone;
}

/* A free block of the zone, of the largest order there is. */
static struct page *free_block_of(const struct zone *zone)
{
	for (unsigned int order = MAX_ORDER; order-- > 0;)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			if (zone->nonempty[mt] & BIT(order))
				return list_first_entry(&zone->free_area[order].free_list[mt],
				                        struct page, lru);
	return NULL;
}

#define EXPECT_FOUND(zone, text)                                                                   \
	do {                                                                                       \
		const char *_found = zone_check(zone);                                             \
		EXPECT_STREQ(_found ? _found : "nothing", text);                                   \
	} while (0)

KTEST(checkers, sound_state_is_sound)
{
	const struct zone *where;

	EXPECT_SOUND(mm_check(&where));
	EXPECT_TRUE(!where);
}

KTEST(checkers, wrong_free_count_is_found)
{
	struct zone *zone = victim();

	zone->vm_stat[NR_FREE_PAGES]++;
	EXPECT_FOUND(zone, "NR_FREE_PAGES is not the sum of the free lists");
	zone->vm_stat[NR_FREE_PAGES]--;
	zone->free_area[3].nr_free++;
	EXPECT_FOUND(zone, "nr_free is not the number of blocks");
	zone->free_area[3].nr_free--;
	EXPECT_SOUND(zone_check(zone));
}

KTEST(checkers, wrong_marks_of_a_free_block_are_found)
{
	struct zone *zone = victim();
	struct page *page = free_block_of(zone);
	unsigned long flags;

	ASSERT_TRUE(page);
	flags = page->flags;
	page->flags = flags & ~(1ul << PG_buddy);
	EXPECT_FOUND(zone, "free block's flags do not match its list");
	page->flags = flags ^ 1ul << PAGE_ORDER_SHIFT;
	EXPECT_FOUND(zone, "free block's flags do not match its list");
	page->flags = flags ^ 1ul << PAGE_MT_SHIFT;
	EXPECT_FOUND(zone, "free block's type does not match its list");
	page->flags = flags;
	set_page_count(page, 1);
	EXPECT_FOUND(zone, "free block has references");
	set_page_count(page, 0);
	EXPECT_SOUND(zone_check(zone));
}

KTEST(checkers, wrong_marks_inside_a_free_block_are_found)
{
	struct zone *zone = victim();
	struct page *page = free_block_of(zone);

	ASSERT_TRUE(page && page_order(page) > 0);
	set_page_count(page + 1, 1);
	EXPECT_FOUND(zone, "page inside a free block is marked otherwise");
	set_page_count(page + 1, 0);
	page[1].flags ^= 1ul << PG_buddy;
	EXPECT_FOUND(zone, "page inside a free block is marked otherwise");
	page[1].flags ^= 1ul << PG_buddy;
	EXPECT_SOUND(zone_check(zone));
}

KTEST(checkers, overwritten_link_is_found)
{
	struct zone *zone = victim();
	struct page *page = free_block_of(zone);
	struct list_head *next = page->lru.next, *prev = page->lru.prev;

	page->lru.next = NULL;
	EXPECT_FOUND(zone, "free list links do not match");
	page->lru.next = (struct list_head *)0xdeadbeef;
	EXPECT_FOUND(zone, "free list links do not match");
	page->lru.next = next;
	page->lru.prev = &page->lru;
	EXPECT_FOUND(zone, "free list links do not match");
	page->lru.prev = prev;
	EXPECT_SOUND(zone_check(zone));
}

KTEST(checkers, list_mask_that_lies_is_found)
{
	struct zone *zone = victim();
	unsigned long mask = zone->nonempty[MIGRATE_MOVABLE];

	zone->nonempty[MIGRATE_MOVABLE] = mask ^ BIT(0);
	EXPECT_FOUND(zone, "nonempty mask does not match the list");
	zone->nonempty[MIGRATE_MOVABLE] = mask;
}

KTEST(checkers, unmerged_buddies_are_found)
{
	static struct test_zone tz;
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	page = buddy_alloc(zone, 2, MIGRATE_MOVABLE);
	buddy_insert(zone, page, 2, MIGRATE_MOVABLE); /* without a merge */
	EXPECT_STREQ(buddy_check(zone), "two free buddies are not merged");
	test_zone_close(&tz);
}

KTEST(checkers, lost_page_is_found)
{
	struct zone *zone = victim();
	struct page *page = alloc_page(GFP_KERNEL | __GFP_COLD);

	ASSERT_TRUE(page);
	zone = page_zone(page);
	drain_all_pages(NULL);
	set_page_count(page, 0); /* neither free nor allocated */
	EXPECT_FOUND(zone, "pages found in no list are not those in the pagesets");
	set_page_count(page, 1);
	EXPECT_SOUND(zone_check(zone));
	__free_page(page);
}

KTEST(checkers, damaged_pageset_is_found)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone = page_zone(page);
	struct pcp_list *list = &zone->pageset[0]->lists[0][MIGRATE_UNMOVABLE];
	struct page *top;

	__free_page(page);
	top = *list->stack->top;
	set_page_count(top, 1);
	EXPECT_FOUND(zone, "pageset entry has references");
	set_page_count(top, 0);
	top->flags ^= 1ul << PG_dirty;
	EXPECT_FOUND(zone, "pageset entry has another zone, order, type or a flag");
	top->flags ^= 1ul << PG_dirty;
	*list->stack->top = (struct page *)0x1234;
	EXPECT_FOUND(zone, "pageset entry is no page");
	*list->stack->top = top;
	list->base[0] = top;
	EXPECT_FOUND(zone, "pageset list has no NULL at the bottom");
	list->base[0] = NULL;
	list->stack->limit += 100000;
	EXPECT_FOUND(zone, "pageset list bounds are out of order");
	list->stack->limit -= 100000;
	EXPECT_SOUND(zone_check(zone));
}

KTEST(checkers, watermarks_out_of_order_are_found)
{
	struct zone *zone = victim();
	unsigned long low = zone->_watermark[WMARK_LOW];

	zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_HIGH] + 1;
	EXPECT_FOUND(zone, "watermarks are out of order");
	zone->_watermark[WMARK_LOW] = low;
	zone->lowmem_reserve[0] = 1;
	EXPECT_FOUND(zone, "zone keeps pages from requests that have no higher zone");
	zone->lowmem_reserve[0] = 0;
}

KTEST(checkers, wrong_totals_are_found)
{
	struct zone *zone = victim();

	zone->managed_pages++;
	EXPECT_FOUND(zone, "free, pageset and allocated pages do not sum to managed");
	zone->managed_pages--;
	zone->present_pages++;
	{
		const struct zone *where;

		EXPECT_STREQ(mm_check(&where), "zones' present pages do not sum to the node's");
	}
	zone->present_pages--;
}

KTEST(checkers, page_in_the_wrong_zone_is_found)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone = page_zone(page);
	const char *found;

	page->flags ^= 1ul << PAGE_ZONE_SHIFT;
	found = zone_check(zone);
	EXPECT_TRUE(found != NULL);
	page->flags ^= 1ul << PAGE_ZONE_SHIFT;
	EXPECT_SOUND(zone_check(zone));
	__free_page(page);
}

KTEST(checkers, damaged_memblock_lists_are_found)
{
	struct memblock_region r[3] = {{0x1000, 0x1000, 0}, {0x3000, 0x1000, 0}};
	struct memblock_type t = {
		.name = "t", .cnt = 2, .max = 3, .total_size = 0x2000, .regions = r};

	EXPECT_SOUND(memblock_check(&t));
	t.total_size++;
	EXPECT_STREQ(memblock_check(&t), "total size is not the sum");
	t.total_size--;
	r[1].base = 0x1800;
	EXPECT_STREQ(memblock_check(&t), "regions overlap or are not sorted");
	r[1].base = 0x2000;
	EXPECT_STREQ(memblock_check(&t), "neighbours are not joined");
	r[1].base = 0x3000;
	r[0].size = 0;
	EXPECT_STREQ(memblock_check(&t), "empty region");
}
