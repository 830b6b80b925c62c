/* SPDX-License-Identifier: MIT */
/* buddy.c - tests of splitting and merging in a zone of 1024 frames of its own. */
#include "mm/buddy.h"
#include "../../mm/zone_lock.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"

static struct test_zone tz;

static unsigned long free_in(const struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_PAGES);
}

/* Take a block and count it, as rmqueue does. */
static struct page *take(struct zone *zone, unsigned int order, unsigned int mt)
{
	struct page *page = buddy_alloc(zone, order, mt);

	if (page) {
		zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
		set_page_count(page, 1);
	}
	return page;
}

static void give(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	set_page_count(page, 0);
	zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	buddy_free(zone, page, order, mt);
}

KTEST(buddy, a_free_range_becomes_the_largest_blocks)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);

	REQUIRE_LARGE_BLOCK(zone);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	EXPECT_EQ(free_in(zone), 1024);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

KTEST(buddy, split_leaves_one_block_of_each_smaller_order)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	page = take(zone, 0, MIGRATE_MOVABLE);
	EXPECT_TRUE(page && page_order(page) == 0 && page_migratetype(page) == MIGRATE_MOVABLE);
	for (unsigned int order = 0; order < MAX_ORDER - 1; order++)
		EXPECT_EQ(zone->free_area[order].nr_free, 1);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 0);
	EXPECT_EQ(zone->nonempty[MIGRATE_MOVABLE], BIT(MAX_ORDER - 1) - 1);
	EXPECT_SOUND(buddy_check(zone));
	give(zone, page, 0, MIGRATE_MOVABLE);
	test_zone_close(&tz);
}

KTEST(buddy, free_merges_up_to_top)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);

	REQUIRE_LARGE_BLOCK(zone);
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page = take(zone, order, MIGRATE_MOVABLE);

		ASSERT_TRUE(page);
		give(zone, page, order, MIGRATE_MOVABLE);
		EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
		EXPECT_EQ(zone->nonempty[MIGRATE_MOVABLE], BIT(MAX_ORDER - 1));
	}
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

KTEST(buddy, the_smallest_block_that_fits_is_taken)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *a, *b;

	REQUIRE_LARGE_BLOCK(zone);
	a = take(zone, 2, MIGRATE_MOVABLE);
	b = take(zone, 2, MIGRATE_MOVABLE);
	EXPECT_TRUE(b == buddy_of(a, 2)); /* the split-off half, not a larger block */
	EXPECT_EQ(zone->free_area[2].nr_free, 0);
	EXPECT_EQ(zone->free_area[9].nr_free, 1);
	give(zone, a, 2, MIGRATE_MOVABLE);
	EXPECT_EQ(zone->free_area[2].nr_free, 1); /* its buddy is still out */
	give(zone, b, 2, MIGRATE_MOVABLE);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	test_zone_close(&tz);
}

KTEST(buddy, blocks_are_aligned_to_their_order)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *held[64];
	unsigned int orders[64], n = 0;

	REQUIRE_LARGE_BLOCK(zone);
	for (; n < 64; n++) {
		orders[n] = ktest_below(5);
		held[n] = take(zone, orders[n], MIGRATE_MOVABLE);
		if (!held[n])
			break;
		EXPECT_TRUE(IS_ALIGNED(page_to_pfn(held[n]), 1ul << orders[n]));
		EXPECT_EQ(page_order(held[n]), orders[n]);
	}
	while (n--)
		give(zone, held[n], orders[n], MIGRATE_MOVABLE);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	test_zone_close(&tz);
}

KTEST(buddy, an_empty_list_gives_nothing)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *all;

	REQUIRE_LARGE_BLOCK(zone);
	EXPECT_TRUE(!buddy_alloc(zone, 0, MIGRATE_UNMOVABLE));
	all = take(zone, MAX_ORDER - 1, MIGRATE_MOVABLE);
	EXPECT_TRUE(all && !buddy_alloc(zone, 0, MIGRATE_MOVABLE));
	EXPECT_EQ(free_in(zone), 0);
	give(zone, all, MAX_ORDER - 1, MIGRATE_MOVABLE);
	test_zone_close(&tz);
}

KTEST(buddy, unaligned_ends_of_a_range_become_small_blocks)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	unsigned long start;

	REQUIRE_LARGE_BLOCK(zone);
	start = zone->zone_start_pfn;
	take(zone, MAX_ORDER - 1, MIGRATE_MOVABLE);
	set_page_count(tz.block, 0);
	tz.block->flags = zone->page_tag;
	buddy_free_range(zone, start + 3, start + 1021);
	/* 3..3 4..7 ... 256..511 and the mirror image */
	for (unsigned int order = 0; order < 9; order++)
		EXPECT_EQ(zone->free_area[order].nr_free, order == 1 ? 0 : 2);
	EXPECT_EQ(free_in(zone), 1018);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

/* Random blocks, each frame tagged by its holder: no two holders ever share a frame, and the books
 * come out after every 64 steps. */
KTEST(buddy, random_use_never_overlaps_and_merges_back)
{
	static struct page *held[96];
	static u8 orders[96], owner[MAX_ORDER_NR_PAGES];
	struct zone *zone = test_zone_open(&tz, MIGRATE_UNMOVABLE);
	unsigned long out = 0;

	REQUIRE_LARGE_BLOCK(zone);
	memset(owner, 0, sizeof(owner));
	memset(held, 0, sizeof(held));
	for (int step = 0; step < 6000; step++) {
		unsigned int i = ktest_below(96), mt = MIGRATE_UNMOVABLE;
		unsigned long first;

		if (held[i]) {
			first = (unsigned long)(held[i] - tz.block);
			for (unsigned long k = 0; k < 1ul << orders[i]; k++) {
				EXPECT_EQ(owner[first + k], i + 1);
				owner[first + k] = 0;
			}
			give(zone, held[i], orders[i], mt);
			out -= 1ul << orders[i];
			held[i] = NULL;
		} else {
			orders[i] = (u8)ktest_below(7);
			held[i] = take(zone, orders[i], mt);
			if (held[i]) {
				first = (unsigned long)(held[i] - tz.block);
				for (unsigned long k = 0; k < 1ul << orders[i]; k++) {
					EXPECT_EQ(owner[first + k], 0);
					owner[first + k] = (u8)(i + 1);
				}
				out += 1ul << orders[i];
			}
		}
		EXPECT_EQ(free_in(zone), 1024 - out);
		if (step % 64 == 0)
			EXPECT_SOUND(buddy_check(zone));
	}
	for (int i = 0; i < 96; i++)
		if (held[i])
			give(zone, held[i], orders[i], MIGRATE_UNMOVABLE);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	test_zone_close(&tz);
}

KTEST(buddy, blocks_of_two_types_merge_into_the_type_that_is_freed)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *a, *b;

	REQUIRE_LARGE_BLOCK(zone);
	a = take(zone, 9, MIGRATE_MOVABLE);
	b = take(zone, 9, MIGRATE_MOVABLE);
	give(zone, a, 9, MIGRATE_UNMOVABLE);
	EXPECT_EQ(buddy_count(zone, 9, MIGRATE_UNMOVABLE), 1);
	give(zone, b, 9, MIGRATE_MOVABLE);
	EXPECT_EQ(buddy_count(zone, 10, MIGRATE_MOVABLE), 1);
	EXPECT_EQ(zone->nonempty[MIGRATE_UNMOVABLE], 0);
	test_zone_close(&tz);
}

KTEST(buddy, isolated_pageblocks_do_not_merge_with_others)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *a, *b;

	REQUIRE_LARGE_BLOCK(zone);
	a = take(zone, 9, MIGRATE_MOVABLE);
	b = take(zone, 9, MIGRATE_MOVABLE);
	set_pageblock_migratetype(a, MIGRATE_ISOLATE);
	give(zone, b, 9, MIGRATE_MOVABLE);
	set_page_count(a, 0);
	buddy_free(zone, a, 9, MIGRATE_ISOLATE);
	EXPECT_EQ(zone->free_area[9].nr_free, 2);
	EXPECT_EQ(zone->free_area[10].nr_free, 0);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

KTEST(buddy, guard_pages_stay_out_of_use_and_merge_back)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	buddy_set_guard_order(3);
	page = take(zone, 0, MIGRATE_MOVABLE);
	/* halves of order 0, 1 and 2 became guards */
	EXPECT_EQ(free_in(zone), 1024 - 8);
	EXPECT_TRUE(PageGuard(page + 1) && PageGuard(page + 2) && PageGuard(page + 4));
	EXPECT_EQ(zone->free_area[0].nr_free + zone->free_area[1].nr_free +
	                  zone->free_area[2].nr_free,
	          0);
	EXPECT_STREQ(page_kind(page_to_pfn(page + 4)), "guard");
	give(zone, page, 0, MIGRATE_MOVABLE);
	EXPECT_EQ(free_in(zone), 1024);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	buddy_set_guard_order(0);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

KTEST(buddy, lists_can_be_rebuilt_from_the_marks)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *held[3];
	unsigned long nr[MAX_ORDER], free;

	REQUIRE_LARGE_BLOCK(zone);
	for (unsigned int i = 0; i < 3; i++)
		held[i] = take(zone, i, MIGRATE_MOVABLE);
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		nr[order] = zone->free_area[order].nr_free;
	free = free_in(zone);
	memset(zone->free_area, 0x5a, sizeof(zone->free_area));
	memset(zone->nonempty, 0x5a, sizeof(zone->nonempty));
	EXPECT_EQ(buddy_rebuild(zone), free);
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		EXPECT_EQ(zone->free_area[order].nr_free, nr[order]);
	EXPECT_SOUND(buddy_check(zone));
	for (unsigned int i = 0; i < 3; i++)
		give(zone, held[i], i, MIGRATE_MOVABLE);
	test_zone_close(&tz);
}

KTEST(buddy, rebuilt_lists_do_not_count_isolated_pages)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *isolated;

	REQUIRE_LARGE_BLOCK(zone);
	isolated = take(zone, 9, MIGRATE_MOVABLE);
	set_pageblock_migratetype(isolated, MIGRATE_ISOLATE);
	set_page_count(isolated, 0);
	buddy_free(zone, isolated, 9, MIGRATE_ISOLATE);
	EXPECT_EQ(buddy_rebuild(zone), 512);
	EXPECT_EQ(free_in(zone), 512);
	EXPECT_EQ(buddy_count(zone, 9, MIGRATE_ISOLATE), 1);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

/* --- overwritten links (P12) ------------------------------------------------------------ */

/* Under the zone's lock, as the allocator does: what was found is told when it is released. */
static struct page *take_locked(struct zone *zone, unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = take(zone, order, MIGRATE_MOVABLE);

	zone_unlock_irqrestore(zone, flags);
	return page;
}

static void give_locked(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(zone);

	give(zone, page, order, MIGRATE_MOVABLE);
	zone_unlock_irqrestore(zone, flags);
}

static void overwrite_and_take(unsigned long next, unsigned long prev)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *held, *victim, *again = NULL;
	char pfn[16];

	REQUIRE_LARGE_BLOCK(zone);
	held = take(zone, 0, MIGRATE_MOVABLE);
	victim = buddy_of(held, 0); /* the only free block of order 0 */
	if (next)
		victim->lru.next = (struct list_head *)next;
	if (prev)
		victim->lru.prev = (struct list_head *)prev;
	EXPECT_REPORT(list_corrupt, again = take_locked(zone, 0));
	snprintf(pfn, sizeof(pfn), "%lu", page_to_pfn(victim));
	EXPECT_FIELD("pfn", pfn);
	EXPECT_FIELD("action", "rebuilt");
	EXPECT_TRUE(again == victim); /* rebuilt, then taken as if nothing had been */
	EXPECT_SOUND(buddy_check(zone));
	give(zone, held, 0, MIGRATE_MOVABLE);
	give(zone, again, 0, MIGRATE_MOVABLE);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	test_zone_close(&tz);
}

KTEST(buddy, wild_next_link_is_found_before_it_is_used)
{
	overwrite_and_take(0x41414141, 0);
}

KTEST(buddy, wild_prev_link_is_found_before_it_is_used)
{
	overwrite_and_take(0, 0x00000004);
}

KTEST(buddy, link_to_another_page_is_found)
{
	overwrite_and_take((unsigned long)&mem_map[100].lru, 0);
}

KTEST(buddy, damage_met_while_merging_is_mended_too)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *held;

	REQUIRE_LARGE_BLOCK(zone);
	held = take(zone, 3, MIGRATE_MOVABLE);
	buddy_of(held, 3)->lru.next = NULL;
	EXPECT_REPORT(list_corrupt, give_locked(zone, held, 3));
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	EXPECT_EQ(free_in(zone), 1024);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}
