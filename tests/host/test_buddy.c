/* SPDX-License-Identifier: MIT */
/* test_buddy.c - split and merge in one small zone. The oracle: given which frames are free, the
 * free blocks are known, because everything that can merge has merged. */
#include "../../mm/zone_lock.h"
#include <stdlib.h>
#include "host.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/page_isolation.h"
#include "mm/pageblock.h"
#include "small_zone.h"

static struct zone *zone;

static unsigned long nr_free(unsigned int order)
{
	return zone->free_area[order].nr_free;
}

static unsigned long free_pages_counted(void)
{
	return zone_page_state(zone, NR_FREE_PAGES);
}

static unsigned int largest_free(unsigned int mt)
{
	return zone->nonempty[mt] ? __fls(zone->nonempty[mt]) : MAX_ORDER;
}

/* --- one type ----------------------------------------------------------------------------- */

TEST(any_range_becomes_the_largest_aligned_blocks)
{
	for (u32 i = 0; i < 300; i++) {
		unsigned long start = 1 + test_below(3000), n = 1 + test_below(i % 3 ? 40 : 4000);

		zone = small_zone_open(start, start + n, MIGRATE_MOVABLE);
		CHECK_EQ(free_pages_counted(), n);
		CHECK_SOUND(small_check());
	}
	zone = small_zone_open(0, 4096, MIGRATE_UNMOVABLE); /* frame 0 is a multiple of anything */
	CHECK_EQ(nr_free(MAX_ORDER - 1), 4);
}

TEST(split_leaves_one_block_of_each_smaller_order)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
		CHECK(small_take(order, MIGRATE_MOVABLE));
		for (unsigned int o = 0; o < MAX_ORDER; o++)
			CHECK_EQ(nr_free(o), o >= order && o < MAX_ORDER - 1);
		CHECK_SOUND(small_check());
	}
}

TEST(free_merges_up_to_top)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page;

		zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
		page = small_take(order, MIGRATE_MOVABLE);
		REQUIRE(page);
		small_give(page, order);
		CHECK_EQ(nr_free(MAX_ORDER - 1), 1);
		CHECK_EQ(zone->nonempty[MIGRATE_MOVABLE], BIT(MAX_ORDER - 1));
		CHECK_SOUND(small_check());
	}
}

TEST(the_smallest_block_that_fits_is_taken)
{
	zone = small_zone_open(1000, 3000, MIGRATE_MOVABLE);
	for (u32 i = 0; i < 2000 && !host_failed(); i++) {
		unsigned int order = test_below(8), held;
		unsigned long before[MAX_ORDER], want;
		struct page *page;

		small_expected_blocks(before);
		want = zone->nonempty[MIGRATE_MOVABLE] >> order;
		page = small_take(order, MIGRATE_MOVABLE);
		CHECK_EQ(page != NULL, want != 0);
		if (page && before[order + __ffs(want)])
			CHECK_EQ(nr_free(order + __ffs(want)), before[order + __ffs(want)] - 1);
		if (!page || test_chance(2)) {
			page = small_any_taken(&held);
			small_give(page, held);
		}
	}
}

/* Every zone that holds an order has it: a request fails only when no such block is free. */
static void random_steps(u32 steps, unsigned int orders)
{
	for (u32 i = 0; i < steps && !host_failed(); i++) {
		unsigned int order = test_below(orders), held;
		struct page *page;

		if (test_chance(2)) {
			bool fits = largest_free(MIGRATE_MOVABLE) < MAX_ORDER &&
			            largest_free(MIGRATE_MOVABLE) >= order;

			CHECK_EQ(small_take(order, MIGRATE_MOVABLE) != NULL, fits);
		} else if ((page = small_any_taken(&held))) {
			small_give(page, held);
		}
		CHECK_EQ(free_pages_counted(), small_free());
		CHECK_SOUND(small_check());
	}
}

TEST(random_operations_leave_exactly_the_maximal_free_blocks)
{
	for (u32 round = 0; round < 40 && !host_failed(); round++) {
		unsigned long start = test_below(1500), n = 30 + test_below(700);
		unsigned int held;
		struct page *page;

		zone = small_zone_open(start, start + n, MIGRATE_MOVABLE);
		random_steps(300, 1 + test_below(8));
		while ((page = small_any_taken(&held)))
			small_give(page, held);
		CHECK_EQ(free_pages_counted(), n);
		CHECK_SOUND(small_check());
	}
}

TEST(long_random_runs_keep_the_books)
{
	zone = small_zone_open(777, 777 + 3000, MIGRATE_MOVABLE);
	for (u32 i = 0; i < 200000 && !host_failed(); i++) {
		unsigned int held;
		struct page *page;

		if (!test_chance(3) &&
		    small_take(min(test_below(11), test_below(11)), MIGRATE_MOVABLE))
			continue;
		if ((page = small_any_taken(&held)))
			small_give(page, held);
		if (i % 2000 == 0)
			CHECK_SOUND(small_check());
	}
}

TEST(every_frame_can_be_had_once)
{
	zone = small_zone_open(1021, 2999, MIGRATE_RECLAIMABLE);
	for (u32 i = 0; i < 2999 - 1021; i++)
		CHECK(small_take(0, MIGRATE_RECLAIMABLE));
	CHECK(!small_take(0, MIGRATE_RECLAIMABLE));
	CHECK_EQ(free_pages_counted(), 0);
	CHECK_EQ(zone->nonempty[MIGRATE_RECLAIMABLE], 0);
	CHECK_SOUND(small_check());
}

/* --- many at once ------------------------------------------------------------------------- */

enum { RUN_FRAMES = 1500 };

/* The same zone with the same holes each time that it is asked for. */
static void open_with_holes(const bool *hole)
{
	zone = small_zone_open(333, 333 + RUN_FRAMES, MIGRATE_MOVABLE);
	for (u32 i = 0; i < RUN_FRAMES; i++)
		small_take(0, MIGRATE_MOVABLE);
	for (u32 i = 0; i < RUN_FRAMES; i++)
		if (hole[i])
			small_give(pfn_to_page(333 + i), 0);
}

/* All blocks of an order, in runs of any length. Returns: how many. */
static unsigned long take_in_runs(unsigned int order, struct page **out)
{
	unsigned long n = 0, got;

	while ((got = small_take_run(order, MIGRATE_MOVABLE, 1 + test_below(70), out + n)))
		n += got;
	return n;
}

TEST(runs_are_the_blocks_that_one_by_one_would_be)
{
	static struct page *run[RUN_FRAMES], *single;
	static bool hole[RUN_FRAMES];

	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		unsigned int order = test_below(4);
		unsigned long n;

		for (u32 i = 0; i < RUN_FRAMES; i++)
			hole[i] = !test_chance(1 + round % 9 * 8);
		open_with_holes(hole);
		n = take_in_runs(order, run);
		CHECK_SOUND(small_check());
		open_with_holes(hole);
		for (unsigned long i = 0; i < n; i++)
			if (small_take(order, MIGRATE_MOVABLE) != run[i])
				host_fail(__FILE__, __LINE__, "block %lu of a run is another", i);
		single = small_take(order, MIGRATE_MOVABLE);
		CHECK(!single);
	}
}

/* Up, down, or every second one before the others. */
static void reorder(struct page **held, unsigned long n, u32 how)
{
	static struct page *was[RUN_FRAMES];
	unsigned long evens = (n + 1) / 2;

	memcpy(was, held, n * sizeof(*held));
	for (unsigned long i = 0; i < n && how == 1; i++)
		held[i] = was[n - 1 - i];
	for (unsigned long i = 0; i < n && how == 2; i++)
		held[i] = was[i < evens ? 2 * i : 2 * (i - evens) + 1];
}

TEST(what_comes_back_together_is_as_merged_as_one_by_one)
{
	static struct page *held[RUN_FRAMES];

	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		unsigned int order = test_below(4);
		unsigned long n, part;

		zone = small_zone_open(333, 333 + RUN_FRAMES, MIGRATE_MOVABLE);
		n = take_in_runs(order, held);
		reorder(held, n, round % 3);
		for (unsigned long i = 0; i < n; i += part) {
			part = min(1ul + test_below(90), n - i);
			small_give_many(held + i, part, order);
			if (test_chance(4))
				CHECK_SOUND(small_check());
		}
		CHECK_EQ(free_pages_counted(), RUN_FRAMES);
		CHECK_SOUND(small_check());
	}
}

/* Somebody writes to the struct page of a frame inside a free block. */
TEST(a_frame_inside_a_free_block_that_was_written_to_is_not_handed_out)
{
	static struct page *run[1024];

	for (u32 round = 0; round < 100 && !host_failed(); round++) {
		unsigned long before = report_count();
		struct page *bad;

		zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
		bad = pfn_to_page(1025 + test_below(1023));
		switch (round % 3) {
		case 0:
			set_page_count(bad, 1 + (int)test_below(5));
			break;
		case 1:
			bad->_mapcount = (int)test_below(5);
			break;
		case 2:
			bad->mapping = (void *)bad;
			break;
		}
		CHECK_EQ(take_in_runs(0, run) + zone->nr_quarantined, 1024);
		CHECK_EQ(sz.owner[page_to_pfn(bad) - 1024], 0);
		CHECK(report_count() != before);
		host_allow_reports(before);
	}
}

/* --- who does not merge ------------------------------------------------------------------- */

TEST(a_neighbour_of_another_zone_is_no_buddy)
{
	struct page *mine, *other;

	zone = small_zone_open(1024, 1024 + 512, MIGRATE_MOVABLE);
	mine = pfn_to_page(1024);
	other = pfn_to_page(1024 + 512);
	CHECK_EQ(nr_free(9), 1);
	/* the upper half looks like a free block, but its flags say another zone, then node */
	for (unsigned int shift = PAGE_ZONE_SHIFT; shift <= PAGE_NODE_SHIFT + 1; shift++) {
		other->flags = mine->flags ^ 1ul << shift;
		set_page_count(other, 0);
		CHECK(small_take(9, MIGRATE_MOVABLE) == mine);
		small_give(mine, 9);
		CHECK_EQ(nr_free(9), 1);
		CHECK_EQ(nr_free(10), 0);
	}
	CHECK_SOUND(small_check());
}

TEST(highatomic_and_isolated_pageblocks_stay_among_themselves)
{
	static const unsigned int apart[] = {MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE};

	for (u32 i = 0; i < ARRAY_SIZE(apart); i++) {
		struct page *a, *b;

		zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
		a = small_take(9, MIGRATE_MOVABLE);
		b = small_take(9, MIGRATE_MOVABLE);
		REQUIRE(a && b);
		set_pageblock_migratetype(a, apart[i]);
		small_give(a, 9);
		small_give(b, 9);
		CHECK_EQ(nr_free(9), 2);
		CHECK_EQ(nr_free(10), 0);
		CHECK_SOUND(small_check());
	}
}

TEST(ordinary_pageblocks_of_two_types_do_merge)
{
	struct page *a, *b;

	zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
	a = small_take(9, MIGRATE_MOVABLE);
	b = small_take(9, MIGRATE_MOVABLE);
	REQUIRE(a && b);
	set_pageblock_migratetype(a, MIGRATE_UNMOVABLE);
	small_give(a, 9);
	small_give(b, 9);
	CHECK_EQ(nr_free(10), 1);
	CHECK_SOUND(small_check());
}

/* --- fallback ----------------------------------------------------------------------------- */

/* Are all free blocks of the pageblock on the lists of mt? */
static bool free_blocks_are(const struct page *in, unsigned int mt)
{
	unsigned long first = ALIGN_DOWN(page_to_pfn(in), pageblock_nr_pages);

	for (unsigned long pfn = max(first, sz.start); pfn < min(first + 512, sz.end); pfn++)
		if (PageBuddy(pfn_to_page(pfn)) && page_migratetype(pfn_to_page(pfn)) != mt)
			return false;
	return true;
}

/* What the fallback must do, worked out before it does it. */
struct plan {
	unsigned int from, order; /* MIGRATE_TYPES: nothing to take */
};

/* Largest block first; a small movable request takes the best fit unless it can steal much. */
static struct plan plan_fallback(unsigned int order, unsigned int mt)
{
	struct plan best = {MIGRATE_TYPES, 0}, fit = {MIGRATE_TYPES, 0};

	for (unsigned int o = order; o < MAX_ORDER; o++) {
		for (unsigned int i = MIGRATE_PCPTYPES - 1; i-- > 0;) {
			unsigned int from = migrate_fallbacks[mt][i];

			if (!buddy_count(zone, o, from))
				continue;
			best = (struct plan){from, o};
			if (fit.from == MIGRATE_TYPES || fit.order == o)
				fit = best;
		}
	}
	if (mt == MIGRATE_MOVABLE && order < pageblock_order / 2 &&
	    best.order < pageblock_order / 2)
		return fit;
	return best;
}

/* Pages of the pageblock that are free, or allocated as something that is at home with mt. */
static unsigned long friendly_pages(const struct page *in, unsigned int mt)
{
	unsigned long first = ALIGN_DOWN(page_to_pfn(in), pageblock_nr_pages), n = 0;

	for (unsigned long pfn = max(first, sz.start); pfn < min(first + 512, sz.end); pfn++) {
		s8 owner = sz.owner[pfn - sz.start];
		const struct page *head;

		n += !owner;
		if (!owner)
			continue;
		head = pfn_to_page(ALIGN_DOWN(pfn, 1ul << (abs(owner) - 1)));
		n += (page_migratetype(head) == MIGRATE_MOVABLE) == (mt == MIGRATE_MOVABLE);
	}
	return n;
}

static void check_fallback(unsigned int order, unsigned int mt)
{
	struct plan plan = plan_fallback(order, mt);
	unsigned long taken = plan.from == MIGRATE_TYPES ? 0 : nr_fallbacks[mt][plan.from];
	unsigned long blocks = plan.from == MIGRATE_TYPES ? 0 : nr_free(plan.order);
	bool all = mt != MIGRATE_MOVABLE || plan.order >= pageblock_order / 2;
	struct page *page = small_take_fallback(order, mt);
	unsigned int old;

	CHECK_EQ(page != NULL, plan.from != MIGRATE_TYPES);
	if (!page)
		return;
	old = get_pageblock_migratetype(page);
	CHECK_EQ(nr_fallbacks[mt][plan.from], taken + 1);
	CHECK_EQ(nr_free(plan.order), blocks - 1);
	if (all)
		CHECK(free_blocks_are(page, mt));
	if (plan.order >= pageblock_order)
		CHECK_EQ(old, mt);
	if (all && plan.order < pageblock_order && friendly_pages(page, mt) >= 256)
		CHECK_EQ(old, mt);
}

TEST(fallback_takes_the_planned_block_and_the_pageblock_when_most_is_friendly)
{
	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		zone = small_zone_open(512, 512 + 2048, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 250 && !host_failed(); i++) {
			unsigned int order = min(test_below(11), test_below(11)), held;
			unsigned int mt = test_below(MIGRATE_PCPTYPES);
			struct page *page;

			if (test_chance(3) && (page = small_any_taken(&held)))
				small_give(page, held);
			else if (buddy_has(zone, order, mt) && test_chance(2))
				small_take(order, mt);
			else
				check_fallback(order, mt);
			CHECK_SOUND(small_check());
		}
	}
}

TEST(fallback_never_touches_highatomic_or_isolated_blocks)
{
	for (unsigned int mt = MIGRATE_HIGHATOMIC; mt <= MIGRATE_ISOLATE; mt++) {
		zone = small_zone_open(1024, 2048, mt);
		if (mt == MIGRATE_ISOLATE)
			zone->vm_stat[NR_FREE_PAGES] = 0; /* isolated pages do not count */
		for (unsigned int want = 0; want < MIGRATE_PCPTYPES; want++)
			for (unsigned int order = 0; order < MAX_ORDER; order++)
				CHECK(!small_take_fallback(order, want));
		CHECK_SOUND(small_check());
	}
}

TEST(fallback_tables_name_the_other_types_once)
{
	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
		unsigned int seen = BIT(mt);

		for (unsigned int i = 0; i < MIGRATE_PCPTYPES - 1; i++)
			seen |= BIT(migrate_fallbacks[mt][i]);
		CHECK_EQ(seen, BIT(MIGRATE_PCPTYPES) - 1);
	}
	/* unmovable and reclaimable pages spoil movable pageblocks last */
	CHECK_EQ(migrate_fallbacks[MIGRATE_UNMOVABLE][1], MIGRATE_MOVABLE);
	CHECK_EQ(migrate_fallbacks[MIGRATE_RECLAIMABLE][1], MIGRATE_MOVABLE);
}

TEST(moving_a_pageblock_moves_its_free_blocks_and_no_others)
{
	for (u32 round = 0; round < 200 && !host_failed(); round++) {
		static const unsigned int others[] = {MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE,
		                                      MIGRATE_HIGHATOMIC};
		unsigned int mt = others[test_below(ARRAY_SIZE(others))];
		unsigned long flags, moved, in_block = 0, pfn;

		zone = small_zone_open(600, 600 + 1700, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 60; i++)
			small_take(test_below(7), MIGRATE_MOVABLE);
		pfn = 600 + test_below(1700);
		for (unsigned long p = ALIGN_DOWN(pfn, 512); p < ALIGN_DOWN(pfn, 512) + 512; p++)
			in_block += p >= sz.start && p < sz.end && !sz.owner[p - sz.start];
		set_pageblock_migratetype(pfn_to_page(pfn), mt);
		flags = zone_lock_irqsave(zone);
		moved = move_freepages_block(zone, pfn_to_page(pfn), mt);
		zone_unlock_irqrestore(zone, flags);
		CHECK_EQ(moved, in_block);
		CHECK(free_blocks_are(pfn_to_page(pfn), mt));
		for (unsigned long p = 512; p < sz.end; p += 512)
			if (p != ALIGN_DOWN(pfn, 512))
				CHECK(free_blocks_are(pfn_to_page(p), MIGRATE_MOVABLE));
		CHECK_SOUND(buddy_check(zone));
	}
}

/* --- guard pages -------------------------------------------------------------------------- */

static unsigned long guarded(void)
{
	unsigned long n = 0;

	for (unsigned long pfn = sz.start; pfn < sz.end; pfn++)
		if (PageGuard(pfn_to_page(pfn)))
			n += 1ul << page_order(pfn_to_page(pfn));
	return n;
}

TEST(guard_pages_are_kept_back_and_come_home)
{
	for (unsigned int minor = 1; minor <= 5; minor++) {
		unsigned int held;
		struct page *page;

		zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
		buddy_set_guard_order(minor);
		for (u32 i = 0; i < 600 && !host_failed(); i++) {
			if (test_chance(2))
				small_take(test_below(6), MIGRATE_MOVABLE);
			else if ((page = small_any_taken(&held)))
				small_give(page, held);
			CHECK_EQ(free_pages_counted() + guarded(), small_free());
			CHECK_SOUND(buddy_check(zone));
		}
		while ((page = small_any_taken(&held)))
			small_give(page, held);
		CHECK_EQ(guarded(), 0);
		CHECK_EQ(free_pages_counted(), 1024);
		CHECK_SOUND(small_check());
	}
}

TEST(a_taken_page_has_a_guard_for_a_neighbour)
{
	struct page *page;

	zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
	buddy_set_guard_order(1);
	page = small_take(0, MIGRATE_MOVABLE);
	REQUIRE(page);
	CHECK(PageGuard(buddy_of(page, 0)));
	CHECK_STR(page_kind(page_to_pfn(buddy_of(page, 0))), "guard");
}

/* --- overwritten links -------------------------------------------------------------------- */

/* Links as a stray write leaves them. */
static struct list_head *wild_link(void)
{
	switch (test_below(7)) {
	case 0:
		return NULL;
	case 1:
		return (struct list_head *)0x5a5a5a5a5a5a5a5aul;
	case 2:
		return (struct list_head *)test_random64();
	case 3:
		return &pfn_to_page(sz.start + test_below((u32)(sz.end - sz.start)))->lru;
	case 4:
		return (struct list_head *)((char *)pfn_to_page(sz.start + 3) + test_below(60));
	case 5:
		return &zone->free_area[test_below(MAX_ORDER)].free_list[test_below(MIGRATE_TYPES)];
	}
	return LIST_POISON1;
}

static struct page *any_free_block(void)
{
	for (u32 tries = 0; tries < 5000; tries++) {
		unsigned long pfn = sz.start + test_below((u32)(sz.end - sz.start));

		if (PageBuddy(pfn_to_page(pfn)))
			return pfn_to_page(pfn);
	}
	return NULL;
}

static void take_everything(void)
{
	while (small_take(0, MIGRATE_MOVABLE))
		;
	CHECK_EQ(small_free(), 0);
}

static void give_everything(void)
{
	unsigned int held;
	struct page *page;

	while ((page = small_any_taken(&held)))
		small_give(page, held);
}

/* Overwrite the links of a free block, then use the zone until it is noticed: it is told, the lists
 * are rebuilt, and nothing is lost or handed out twice. */
static void damage_and_go_on(bool give_first)
{
	unsigned long before = report_count();
	struct page *page = any_free_block();

	if (!page)
		return;
	if (test_chance(2))
		page->lru.next = wild_link();
	if (test_chance(2))
		page->lru.prev = wild_link();
	if (give_first)
		give_everything();
	take_everything();
	if (report_count() != before)
		CHECK_EQ(report_last_kind(), REPORT_list_corrupt);
	host_allow_reports(before);
	CHECK_SOUND(small_check());
	give_everything();
	CHECK_EQ(free_pages_counted(), sz.end - sz.start);
	CHECK_SOUND(small_check());
}

static void damage_many(bool give_first)
{
	for (u32 round = 0; round < 300 && !host_failed(); round++) {
		zone = small_zone_open(1000, 1600, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 40; i++)
			small_take(test_below(5), MIGRATE_MOVABLE);
		damage_and_go_on(give_first);
	}
}

TEST(links_overwritten_are_found_by_allocations_and_nothing_is_lost)
{
	damage_many(false);
}

TEST(links_overwritten_are_found_by_frees_and_nothing_is_lost)
{
	damage_many(true);
}

/* The least case of it: two free buddies, the upper half of the zone damaged. */
TEST(a_repair_while_merging_keeps_the_free_count)
{
	struct page *page;

	zone = small_zone_open(1024, 1024 + 4, MIGRATE_MOVABLE);
	page = small_take(0, MIGRATE_MOVABLE); /* frame 1024; free: 1025, and 1026-1027 */
	REQUIRE(page == pfn_to_page(1024));
	pfn_to_page(1026)->lru.next = LIST_POISON1;
	EXPECT_REPORT(list_corrupt, small_give(page, 0));
	CHECK_EQ(free_pages_counted(), 4);
	CHECK_SOUND(small_check());
}

static struct page *take_unmovable(unsigned int order)
{
	struct page *page = small_take(order, MIGRATE_UNMOVABLE);

	return page ? page : small_take_fallback(order, MIGRATE_UNMOVABLE);
}

/* The block that a fallback has chosen is counted until it is handed out, whatever is found damaged
 * while its pageblock changes type. */
TEST(links_overwritten_are_found_by_fallbacks_and_nothing_is_lost)
{
	for (u32 round = 0; round < 300 && !host_failed(); round++) {
		unsigned long before = report_count();

		zone = small_zone_open(1000, 2600, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 60; i++)
			small_take(test_below(5), MIGRATE_MOVABLE);
		for (u32 i = 0; i < 4; i++)
			any_free_block()->lru.next = wild_link();
		while (take_unmovable(test_below(3)) || take_unmovable(0))
			;
		host_allow_reports(before);
		CHECK_EQ(small_free(), 0);
		CHECK_SOUND(small_check());
		give_everything();
		CHECK_SOUND(small_check());
	}
}

/* Taking a pageblock out of the count and back in, with damage on the way. */
TEST(links_overwritten_are_found_by_isolation_and_nothing_is_lost)
{
	for (u32 round = 0; round < 300 && !host_failed(); round++) {
		unsigned long before = report_count();
		struct page *page;

		zone = small_zone_open(1024, 3072, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 60; i++)
			small_take(test_below(5), MIGRATE_MOVABLE);
		page = any_free_block();
		page->lru.next = wild_link();
		CHECK_EQ(set_migratetype_isolate(page), 0);
		CHECK_SOUND(small_check());
		any_free_block()->lru.prev = wild_link();
		CHECK_EQ(unset_migratetype_isolate(page, MIGRATE_MOVABLE), 0);
		give_everything();
		take_everything();
		host_allow_reports(before);
		CHECK_SOUND(small_check());
	}
}

TEST(two_isolated_halves_are_one_block)
{
	struct page *page;

	zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
	page = pfn_to_page(1024);
	CHECK_EQ(set_migratetype_isolate(page), 0);
	CHECK_SOUND(small_check());
	CHECK_EQ(set_migratetype_isolate(page + pageblock_nr_pages), 0);
	CHECK_SOUND(small_check());
	CHECK_EQ(free_pages_counted(), 0);
	CHECK_EQ(unset_migratetype_isolate(page + pageblock_nr_pages, MIGRATE_UNMOVABLE), 0);
	CHECK_SOUND(small_check());
	CHECK_EQ(unset_migratetype_isolate(page, MIGRATE_MOVABLE), 0);
	CHECK_SOUND(small_check());
	CHECK_EQ(nr_free(MAX_ORDER - 1), 1);
}

TEST(damage_is_told_with_block_links_and_neighbour)
{
	struct page *page, *victim;

	zone = small_zone_open(1024, 2048, MIGRATE_MOVABLE);
	page = small_take(0, MIGRATE_MOVABLE);
	REQUIRE(page);
	victim = page + 1;
	CHECK(PageBuddy(victim));
	victim->lru.next = (struct list_head *)0xdeadbeeful;
	EXPECT_REPORT(list_corrupt, small_take(0, MIGRATE_MOVABLE));
	CHECK_FIELD("next", "0xdeadbeef");
	CHECK_FIELD("neighbour", "allocated");
	CHECK_FIELD("action", "rebuilt");
	CHECK_FIELD("order", "0");
	CHECK_EQ(zone->nr_repairs, 1);
	CHECK_SOUND(small_check());
}

TEST(rebuilding_sound_lists_changes_no_count)
{
	for (u32 round = 0; round < 50; round++) {
		unsigned long before[MAX_ORDER], after[MAX_ORDER], flags;

		zone = small_zone_open(900, 900 + 2500, MIGRATE_MOVABLE);
		for (u32 i = 0; i < 100; i++)
			small_take(test_below(8), MIGRATE_MOVABLE);
		small_expected_blocks(before);
		flags = zone_lock_irqsave(zone);
		CHECK_EQ(buddy_rebuild(zone), small_free());
		zone_unlock_irqrestore(zone, flags);
		for (unsigned int o = 0; o < MAX_ORDER; o++)
			after[o] = nr_free(o);
		CHECK(!memcmp(before, after, sizeof(before)));
		CHECK_SOUND(small_check());
	}
}

/* --- the checker itself ------------------------------------------------------------------- */

/* Each breaks one thing that buddy_check() is there to see. */
static void break_count(struct page *free, struct page *taken)
{
	(void)taken;
	zone->free_area[page_order(free)].nr_free++;
}

static void break_sum(struct page *free, struct page *taken)
{
	(void)free, (void)taken;
	zone->vm_stat[NR_FREE_PAGES]--;
}

static void break_mask(struct page *free, struct page *taken)
{
	(void)taken;
	zone->nonempty[MIGRATE_MOVABLE] ^= BIT(page_order(free));
}

static void break_mask_of_empty_list(struct page *free, struct page *taken)
{
	(void)free, (void)taken;
	zone->nonempty[MIGRATE_HIGHATOMIC] |= BIT(3);
}

static void break_mark(struct page *free, struct page *taken)
{
	(void)taken;
	free->flags &= ~(1ul << PG_buddy);
}

static void break_order(struct page *free, struct page *taken)
{
	(void)taken;
	free->flags += 1ul << PAGE_ORDER_SHIFT;
}

static void break_type(struct page *free, struct page *taken)
{
	(void)taken;
	free->flags += 1ul << PAGE_MT_SHIFT;
}

static void break_zone(struct page *free, struct page *taken)
{
	(void)taken;
	free->flags ^= 1ul << PAGE_NODE_SHIFT;
}

static void break_refs(struct page *free, struct page *taken)
{
	(void)taken;
	set_page_count(free, 1);
}

static void break_links(struct page *free, struct page *taken)
{
	(void)taken;
	free->lru.prev = &free->lru;
}

static void break_inside(struct page *free, struct page *taken)
{
	(void)taken;
	if (page_order(free))
		set_page_count(free + 1, 1);
	else
		break_refs(free, taken);
}

/* A block that nobody gave. */
static void break_owner(struct page *free, struct page *taken)
{
	(void)free;
	buddy_insert(zone, taken, page_order(taken), MIGRATE_MOVABLE);
}

/* One block taken apart and not put together. */
static void break_merging(struct page *free, struct page *taken)
{
	unsigned int order = page_order(free);

	if (!order) {
		break_sum(free, taken);
		return;
	}
	buddy_remove(zone, free);
	buddy_insert(zone, free, order - 1, MIGRATE_MOVABLE);
	buddy_insert(zone, buddy_of(free, order - 1), order - 1, MIGRATE_MOVABLE);
}

TEST(the_checker_sees_every_kind_of_damage)
{
	static void (*const breaks[])(struct page *, struct page *) = {
		break_count,   break_sum,   break_mask,   break_mask_of_empty_list,
		break_mark,    break_order, break_type,   break_zone,
		break_refs,    break_links, break_inside, break_owner,
		break_merging,
	};

	for (u32 i = 0; i < ARRAY_SIZE(breaks) * 20; i++) {
		unsigned int held;
		struct page *taken;

		zone = small_zone_open(1024, 1800, MIGRATE_MOVABLE);
		for (u32 k = 0; k < 30; k++)
			small_take(test_below(6), MIGRATE_MOVABLE);
		taken = small_any_taken(&held);
		CHECK_SOUND(buddy_check(zone));
		breaks[i % ARRAY_SIZE(breaks)](any_free_block(), taken);
		if (!buddy_check(zone))
			host_fail(__FILE__, __LINE__, "damage %u is not seen",
			          (unsigned int)(i % ARRAY_SIZE(breaks)));
	}
}
