/* SPDX-License-Identifier: MIT */
/* mobility.c - tests of migrate types: fallback, stealing, the high-order reserve, isolation. */
#include "../../mm/internal.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_alloc.h"
#include "mm/page_isolation.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"

static struct test_zone tz;

static struct page *take(struct zone *zone, struct page *page, unsigned int order)
{
	if (page) {
		zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
		set_page_count(page, 1);
	}
	return page;
}

static void give(struct zone *zone, struct page *page, unsigned int order)
{
	set_page_count(page, 0);
	zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	buddy_free(zone, page, order, get_pageblock_migratetype(page));
}

KTEST(mobility, fallback_order_is_linux)
{
	EXPECT_EQ(migrate_fallbacks[MIGRATE_UNMOVABLE][0], MIGRATE_RECLAIMABLE);
	EXPECT_EQ(migrate_fallbacks[MIGRATE_UNMOVABLE][1], MIGRATE_MOVABLE);
	EXPECT_EQ(migrate_fallbacks[MIGRATE_MOVABLE][0], MIGRATE_RECLAIMABLE);
	EXPECT_EQ(migrate_fallbacks[MIGRATE_RECLAIMABLE][0], MIGRATE_UNMOVABLE);
}

KTEST(mobility, unmovable_request_steals_a_whole_pageblock)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	unsigned long before = nr_fallbacks[MIGRATE_UNMOVABLE][MIGRATE_MOVABLE];
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	EXPECT_TRUE(!buddy_alloc(zone, 0, MIGRATE_UNMOVABLE));
	page = take(zone, buddy_alloc_fallback(zone, 0, MIGRATE_UNMOVABLE), 0);
	ASSERT_TRUE(page);
	EXPECT_EQ(nr_fallbacks[MIGRATE_UNMOVABLE][MIGRATE_MOVABLE] - before, 1);
	EXPECT_EQ(page_migratetype(page), MIGRATE_UNMOVABLE);
	EXPECT_EQ(get_pageblock_migratetype(page), MIGRATE_UNMOVABLE);
	/* the rest of what was split is unmovable too: the next request falls back no more */
	EXPECT_TRUE(zone->nonempty[MIGRATE_UNMOVABLE] != 0);
	EXPECT_SOUND(buddy_check(zone));
	give(zone, page, 0);
	test_zone_close(&tz);
}

KTEST(mobility, largest_block_is_stolen_first)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *small, *page;

	REQUIRE_LARGE_BLOCK(zone);
	small = take(zone, buddy_alloc(zone, 0, MIGRATE_MOVABLE), 0);
	page = take(zone, buddy_alloc_fallback(zone, 0, MIGRATE_UNMOVABLE), 0);
	ASSERT_TRUE(small && page);
	/* not from the pageblock that small lies in, where only small blocks are left */
	EXPECT_TRUE(get_pageblock_migratetype(small) == MIGRATE_MOVABLE);
	EXPECT_TRUE(page_to_pfn(page) >> pageblock_order != page_to_pfn(small) >> pageblock_order);
	give(zone, small, 0);
	give(zone, page, 0);
	test_zone_close(&tz);
}

KTEST(mobility, stealing_a_block_of_two_pageblocks_changes_both)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	page = take(zone, buddy_alloc_fallback(zone, 0, MIGRATE_UNMOVABLE), 0);
	ASSERT_TRUE(page);
	EXPECT_EQ(get_pageblock_migratetype(tz.block), MIGRATE_UNMOVABLE);
	EXPECT_EQ(get_pageblock_migratetype(tz.block + pageblock_nr_pages), MIGRATE_UNMOVABLE);
	EXPECT_EQ(zone->nonempty[MIGRATE_MOVABLE], 0);
	EXPECT_SOUND(buddy_check(zone));
	give(zone, page, 0);
	test_zone_close(&tz);
}

/* In a pageblock with 384 pages allocated as `home` and 128 free ones, an unmovable request takes a
 * free one. Returns: the pageblock's type afterwards; its free pages must be unmovable now. */
static unsigned int type_after_stealing(unsigned int home)
{
	struct zone *zone = test_zone_open(&tz, home);
	struct page *page;
	unsigned int mt;

	if (!zone)
		return MIGRATE_TYPES;
	for (unsigned int order = 9; order >= 7; order--)
		take(zone, buddy_alloc(zone, order, home), order);
	page = take(zone, buddy_alloc_fallback(zone, 0, MIGRATE_UNMOVABLE), 0);
	EXPECT_TRUE(page);
	mt = page ? get_pageblock_migratetype(page) : MIGRATE_TYPES;
	EXPECT_EQ(zone->nonempty[home], 0);
	EXPECT_EQ(zone->nonempty[MIGRATE_UNMOVABLE], BIT(7) - 1);
	test_zone_close(&tz);
	return mt;
}

KTEST(mobility, a_pageblock_is_stolen_when_half_of_it_is_free_or_alike)
{
	unsigned int mt = type_after_stealing(MIGRATE_RECLAIMABLE);

	REQUIRE_LARGE_BLOCK(mt != MIGRATE_TYPES);
	EXPECT_EQ(mt, MIGRATE_UNMOVABLE);
	EXPECT_EQ(type_after_stealing(MIGRATE_MOVABLE), MIGRATE_MOVABLE);
}

KTEST(mobility, small_movable_request_takes_the_best_fit_and_no_pageblock)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_UNMOVABLE);
	struct page *held[9], *page;

	REQUIRE_LARGE_BLOCK(zone);
	/* leave nothing larger than order 2 free */
	held[8] = take(zone, buddy_alloc(zone, 0, MIGRATE_UNMOVABLE), 0);
	for (unsigned int order = 3; order < MAX_ORDER - 1; order++)
		held[order - 3] = take(zone, buddy_alloc(zone, order, MIGRATE_UNMOVABLE), order);
	page = take(zone, buddy_alloc_fallback(zone, 0, MIGRATE_MOVABLE), 0);
	ASSERT_TRUE(page);
	EXPECT_EQ(get_pageblock_migratetype(page), MIGRATE_UNMOVABLE);
	EXPECT_TRUE(page == buddy_of(held[8], 0)); /* the order-0 block, the best fit */
	give(zone, page, 0);
	give(zone, held[8], 0);
	for (unsigned int order = 3; order < MAX_ORDER - 1; order++)
		give(zone, held[order - 3], order);
	EXPECT_EQ(zone->free_area[MAX_ORDER - 1].nr_free, 1);
	test_zone_close(&tz);
}

KTEST(mobility, moving_a_pageblock_moves_every_free_block)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *page;

	REQUIRE_LARGE_BLOCK(zone);
	page = take(zone, buddy_alloc(zone, 0, MIGRATE_MOVABLE), 0);
	set_pageblock_migratetype(page, MIGRATE_RECLAIMABLE);
	EXPECT_EQ(move_freepages_block(zone, page, MIGRATE_RECLAIMABLE), pageblock_nr_pages - 1);
	EXPECT_EQ(zone->nonempty[MIGRATE_RECLAIMABLE], BIT(9) - 1);
	EXPECT_EQ(zone->nonempty[MIGRATE_MOVABLE], BIT(9));
	EXPECT_SOUND(buddy_check(zone));
	give(zone, page, 0);
	test_zone_close(&tz);
}

/* --- high-order reserve ----------------------------------------------------------------- */

KTEST(mobility, highatomic_pageblock_serves_only_those_who_may)
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);
	struct zone *zone;
	unsigned int mt;

	ASSERT_TRUE(page);
	zone = page_zone(page);
	mt = get_pageblock_migratetype(page);
	reserve_highatomic_pageblock(page, zone);
	if (!pageblock_in_zone(zone, page)) {
		EXPECT_EQ(zone->nr_reserved_highatomic, 0);
		__free_pages(page, 4);
		return;
	}
	EXPECT_EQ(zone->nr_reserved_highatomic, pageblock_nr_pages);
	EXPECT_EQ(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	__free_pages(page, 4);
	buddy_settle(zone);
	EXPECT_TRUE(zone->nonempty[MIGRATE_HIGHATOMIC] != 0);
	for (int i = 0; i < 20; i++) {
		struct page *other = alloc_pages(GFP_KERNEL, 4);

		EXPECT_TRUE(other && get_pageblock_migratetype(other) != MIGRATE_HIGHATOMIC);
		if (other)
			__free_pages(other, 4);
	}
	EXPECT_SOUND(zone_check(zone));
	EXPECT_TRUE(unreserve_highatomic_pageblock(zone, mt));
	EXPECT_EQ(zone->nr_reserved_highatomic, 0);
	EXPECT_TRUE(!unreserve_highatomic_pageblock(zone, mt));
	EXPECT_SOUND(zone_check(zone));
}

/* Reserve the pageblocks of as many blocks of a zone as there are. Returns: pages reserved then. */
static unsigned long reserve_all(struct zone *zone, struct page **blocks, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (page_zone(blocks[i]) == zone)
			reserve_highatomic_pageblock(blocks[i], zone);
	return zone->nr_reserved_highatomic;
}

KTEST(mobility, high_order_reserve_stays_near_one_percent)
{
	struct page *blocks[4];
	unsigned int n = 0;
	struct zone *zone;

	while (n < 4 && (blocks[n] = alloc_pages(GFP_DMA | __GFP_NOWARN, 9)))
		n++;
	zone = any_zone(ZONE_DMA);
	EXPECT_TRUE(reserve_all(zone, blocks, n) <
	            zone->managed_pages / 100 + 2 * pageblock_nr_pages);
	while (n--)
		__free_pages(blocks[n], 9);
	while (zone->nr_reserved_highatomic)
		unreserve_highatomic_pageblock(zone, MIGRATE_MOVABLE);
	EXPECT_SOUND(zone_check(zone));
}

KTEST(mobility, reserve_comes_first_for_its_users_and_not_at_all_for_others)
{
	struct zone *zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	struct page *first, *rest, *none, *last;

	REQUIRE_LARGE_BLOCK(zone);
	set_pageblock_migratetype(tz.block, MIGRATE_HIGHATOMIC);
	move_freepages_block(zone, tz.block, MIGRATE_HIGHATOMIC);
	first = rmqueue_locked(zone, 3, MIGRATE_MOVABLE, ALLOC_WMARK_MIN | ALLOC_HIGHATOMIC);
	EXPECT_TRUE(first && get_pageblock_migratetype(first) == MIGRATE_HIGHATOMIC);
	rest = rmqueue_locked(zone, 9, MIGRATE_MOVABLE, ALLOC_WMARK_MIN);
	EXPECT_TRUE(rest && get_pageblock_migratetype(rest) == MIGRATE_MOVABLE);
	none = rmqueue_locked(zone, 0, MIGRATE_MOVABLE, ALLOC_WMARK_MIN);
	EXPECT_TRUE(!none);
	last = rmqueue_locked(zone, 0, MIGRATE_MOVABLE, ALLOC_WMARK_MIN | ALLOC_NO_WATERMARKS);
	EXPECT_TRUE(last && get_pageblock_migratetype(last) == MIGRATE_HIGHATOMIC);
	EXPECT_EQ(zone->vm_stat[NR_FREE_PAGES], 512 - 8 - 1);
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

KTEST(mobility, high_order_atomic_request_makes_a_reserve_when_memory_is_low)
{
	struct zone *zone, *reserved = NULL;
	struct page *page;

	/* low enough for the slow path, not for an atomic request */
	pageset_disable_fast();
	drain_all_pages(NULL);
	for_each_populated_zone (zone) {
		zone->_watermark[WMARK_LOW] += zone->managed_pages * 2;
		zone_update_plenty(zone);
	}
	page = alloc_pages(GFP_ATOMIC, 2);
	for_each_populated_zone (zone) {
		zone->_watermark[WMARK_LOW] -= zone->managed_pages * 2;
		zone_update_plenty(zone);
		if (zone->nr_reserved_highatomic)
			reserved = zone;
	}
	pageset_enable_fast();
	ASSERT_TRUE(page);
	EXPECT_TRUE(reserved == page_zone(page) || !pageblock_in_zone(page_zone(page), page));
	__free_pages(page, 2);
	if (reserved)
		unreserve_highatomic_pageblock(reserved, MIGRATE_MOVABLE);
}

/* --- isolation -------------------------------------------------------------------------- */

KTEST(mobility, isolated_pageblock_gives_nothing_and_keeps_what_is_freed)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone;
	struct zone_census census;
	unsigned int mt;

	ASSERT_TRUE(page);
	zone = page_zone(page);
	mt = get_pageblock_migratetype(page);
	if (!pageblock_in_zone(zone, page)) {
		EXPECT_TRUE(set_migratetype_isolate(page) < 0);
		__free_page(page);
		return;
	}
	EXPECT_EQ(set_migratetype_isolate(page), 0);
	EXPECT_TRUE(set_migratetype_isolate(page) < 0);
	drain_all_pages(NULL);
	__free_page(page); /* past the pageset, into the isolated list */
	EXPECT_EQ(zone_pcp_pages(zone), 0);
	for (int i = 0; i < 50; i++) {
		struct page *other = alloc_page(GFP_KERNEL);

		EXPECT_TRUE(other && page_to_pfn(other) >> pageblock_order !=
		                             page_to_pfn(page) >> pageblock_order);
		__free_page(other);
	}
	census = zone_take_census(zone);
	EXPECT_TRUE(census.isolated > 0);
	EXPECT_SOUND(zone_check(zone));
	EXPECT_EQ(unset_migratetype_isolate(page, mt), 0);
	EXPECT_TRUE(unset_migratetype_isolate(page, mt) < 0);
	EXPECT_EQ(zone->nr_isolate_pageblock, 0);
	EXPECT_TRUE(zone_fast_table[zone->page_tag >> PAGE_ZONE_SHIFT] ==
	            (pageset_fast_enabled() ? zone : NULL));
	EXPECT_SOUND(zone_check(zone));
}

KTEST(mobility, isolation_of_what_is_no_pageblock_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 before;

	ASSERT_TRUE(page);
	before = mm_fingerprint();
	EXPECT_REPORT(bad_isolation, EXPECT_TRUE(set_migratetype_isolate(NULL) < 0));
	EXPECT_FIELD("what", "no_page");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(bad_isolation,
	              EXPECT_TRUE(set_migratetype_isolate(mem_map +
	                                                  ALIGN(max_pfn, MAX_ORDER_NR_PAGES)) < 0));
	EXPECT_REPORT(bad_isolation,
	              EXPECT_TRUE(set_migratetype_isolate((struct page *)((char *)page + 4)) < 0));
	EXPECT_REPORT(bad_isolation, EXPECT_TRUE(unset_migratetype_isolate(NULL, 0) < 0));
	EXPECT_EQ(mm_fingerprint(), before);
	__free_page(page);
}

KTEST(mobility, isolation_ends_as_a_type_that_a_pageblock_may_have)
{
	static const unsigned int none[] = {MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE, MIGRATE_TYPES, 200,
	                                    ~0u};
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int mt;

	ASSERT_TRUE(page);
	mt = get_pageblock_migratetype(page);
	if (pageblock_in_zone(page_zone(page), page)) {
		EXPECT_EQ(set_migratetype_isolate(page), 0);
		for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
			EXPECT_REPORT(bad_isolation,
			              EXPECT_TRUE(unset_migratetype_isolate(page, none[i]) < 0));
			EXPECT_FIELD("what", "type");
			EXPECT_EQ(get_pageblock_migratetype(page), MIGRATE_ISOLATE);
		}
		EXPECT_EQ(unset_migratetype_isolate(page, mt), 0);
		EXPECT_SOUND(zone_check(page_zone(page)));
	}
	__free_page(page);
}

/* A guard page next to a page that goes free in an isolated pageblock is not counted free with it.
 */
KTEST(mobility, guard_pages_in_an_isolated_pageblock_are_not_counted)
{
	unsigned int before = debug_guardpage_minorder, mt;
	struct page *page;
	struct zone *zone;

	drain_all_pages(NULL);
	buddy_set_guard_order(3);
	page = alloc_page(GFP_KERNEL | __GFP_COLD);
	buddy_set_guard_order(before);
	ASSERT_TRUE(page);
	zone = page_zone(page);
	mt = get_pageblock_migratetype(page);
	if (!pageblock_in_zone(zone, page)) {
		buddy_set_guard_order(max(before, 3u));
		__free_page(page);
		drain_all_pages(NULL);
		buddy_set_guard_order(before);
		return;
	}
	EXPECT_EQ(set_migratetype_isolate(page), 0);
	EXPECT_SOUND(zone_check(zone));
	buddy_set_guard_order(max(before, 3u)); /* merges take guards as long as it is on */
	__free_page(page);
	drain_all_pages(NULL);
	buddy_set_guard_order(before);
	EXPECT_SOUND(zone_check(zone));
	EXPECT_EQ(unset_migratetype_isolate(page, mt), 0);
	EXPECT_SOUND(zone_check(zone));
}

KTEST(mobility, isolating_half_of_a_large_block_splits_it_and_merges_it_back)
{
	struct page *block = alloc_pages(GFP_KERNEL, MAX_ORDER - 1);
	struct zone *zone;
	unsigned int types[2];

	REQUIRE_LARGE_BLOCK(block);
	zone = page_zone(block);
	types[0] = get_pageblock_migratetype(block);
	types[1] = get_pageblock_migratetype(block + pageblock_nr_pages);
	__free_pages(block, MAX_ORDER - 1);
	SKIP_UNLESS(types[0] == types[1], "the block's halves differ in type");
	buddy_settle(zone);
	EXPECT_EQ(set_migratetype_isolate(block + pageblock_nr_pages), 0);
	EXPECT_TRUE(PageBuddy(block) && page_order(block) == pageblock_order);
	EXPECT_SOUND(zone_check(zone));
	EXPECT_EQ(unset_migratetype_isolate(block + pageblock_nr_pages, types[1]), 0);
	EXPECT_TRUE(PageBuddy(block) && page_order(block) == MAX_ORDER - 1);
	EXPECT_SOUND(zone_check(zone));
}

KTEST(mobility, pageblocks_are_counted_by_type)
{
	struct zone *zone;

	for_each_populated_zone (zone) {
		unsigned long counts[MIGRATE_TYPES], sum = 0;

		count_pageblocks(zone, counts);
		for (int mt = 0; mt < MIGRATE_TYPES; mt++)
			sum += counts[mt];
		EXPECT_TRUE(sum >= zone->present_pages >> pageblock_order);
		EXPECT_TRUE(sum <= (zone->spanned_pages >> pageblock_order) + 2);
	}
}
