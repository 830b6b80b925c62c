/* SPDX-License-Identifier: MIT */
/* damage.c - tests of free lists that something wrote into (P12): list heads, marks, whole struct
 * pages. Each time it is told once, no page in use is handed out, and the books come out. The zone
 * is one of its own, so that only its lists are damaged. */
#include "../../mm/zone_lock.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"

static struct test_zone tz;
static struct zone *zone;

/* Both as the allocator does it: what was found is told when the lock is released. */
static struct page *take(unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = buddy_alloc(zone, order, MIGRATE_MOVABLE);

	if (page) {
		zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
		set_page_count(page, 1);
	}
	zone_unlock_irqrestore(zone, flags);
	return page;
}

static void give(struct page *page, unsigned int order)
{
	unsigned long flags = zone_lock_irqsave(zone);

	set_page_count(page, 0);
	zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	buddy_free(zone, page, order, MIGRATE_MOVABLE);
	zone_unlock_irqrestore(zone, flags);
}

static struct list_head *head_of(unsigned int order)
{
	return &zone->free_area[order].free_list[MIGRATE_MOVABLE];
}

/* One page taken: there is one free block of each order below the largest. */
#define OPEN_ZONE(held)                                                                            \
	do {                                                                                       \
		zone = test_zone_open(&tz, MIGRATE_MOVABLE);                                       \
		REQUIRE_LARGE_BLOCK(zone);                                                         \
		held = take(0);                                                                    \
	} while (0)

/* After the damage everything that is free can be taken, in single pages, and given back. */
static void expect_all_free(unsigned long pages)
{
	static struct page *all[MAX_ORDER_NR_PAGES];
	unsigned long n = 0;

	EXPECT_SOUND(buddy_check(zone));
	EXPECT_EQ(zone_page_state(zone, NR_FREE_PAGES), pages);
	while (n < MAX_ORDER_NR_PAGES && (all[n] = take(0)))
		n++;
	EXPECT_EQ(n, pages);
	while (n--)
		give(all[n], 0);
	EXPECT_SOUND(buddy_check(zone));
}

/* --- heads ------------------------------------------------------------------------------ */

static void overwrite_head(struct list_head *next)
{
	struct page *held, *page = NULL;

	OPEN_ZONE(held);
	head_of(4)->next = next;
	EXPECT_REPORT(list_corrupt, page = take(4));
	EXPECT_FIELD("what", "list_head");
	EXPECT_FIELD("order", "4");
	EXPECT_FIELD("type", "Movable");
	EXPECT_TRUE(page);
	give(page, 4);
	give(held, 0);
	expect_all_free(1024);
	test_zone_close(&tz);
}

KTEST(damage, a_list_head_that_points_nowhere_is_found_by_an_allocation)
{
	overwrite_head(NULL);
	overwrite_head((struct list_head *)0xdeadbeec);
	overwrite_head((struct list_head *)0xfffffffc);
	overwrite_head((struct list_head *)&tz); /* readable, and no list */
}

KTEST(damage, a_list_head_that_points_to_a_page_in_use_gives_nothing_away)
{
	struct page *held, *page = NULL;

	OPEN_ZONE(held);
	head_of(4)->next = &held->lru;
	EXPECT_REPORT(list_corrupt, page = take(4));
	EXPECT_TRUE(page && page != held);
	give(page, 4);
	expect_all_free(1023);
	give(held, 0);
	test_zone_close(&tz);
}

KTEST(damage, a_list_head_that_points_nowhere_is_found_by_a_free)
{
	struct page *held, *page;

	OPEN_ZONE(held);
	page = take(4); /* its buddy holds `held`, so it stays what it is */
	head_of(4)->next = (struct list_head *)0xdeadbeec;
	EXPECT_REPORT(list_corrupt, give(page, 4));
	EXPECT_FIELD("what", "list_head");
	give(held, 0);
	expect_all_free(1024);
	test_zone_close(&tz);
}

/* --- marks ------------------------------------------------------------------------------ */

KTEST(damage, a_free_mark_on_a_page_in_use_is_taken_away)
{
	struct page *a, *b;

	OPEN_ZONE(a);
	b = take(0);
	EXPECT_TRUE(b == buddy_of(a, 0));
	a->flags |= 1ul << PG_buddy;
	a->lru.next = a->lru.prev = NULL;
	EXPECT_REPORT(page_corrupt, give(b, 0));
	EXPECT_FIELD("what", "stray_mark");
	EXPECT_FIELD("refcount", "1");
	EXPECT_FIELD("action", "rebuilt");
	EXPECT_TRUE(!PageBuddy(a));
	expect_all_free(1023);
	give(a, 0);
	test_zone_close(&tz);
}

/* An allocated block cut in three by hand: half of the lower half goes free, the rest is in use. */
static struct page *cut_block(void)
{
	struct page *block = take(5);

	block->flags = block[8].flags = page_block_flags(zone, 3, MIGRATE_MOVABLE);
	block[16].flags = page_block_flags(zone, 4, MIGRATE_MOVABLE);
	set_page_count(block + 8, 1);
	set_page_count(block + 16, 1);
	give(block, 3);
	return block;
}

/* Order 3 that says 4 would merge over the 8 pages behind it, which are in use. */
KTEST(damage, an_order_that_grew_never_merges_over_pages_in_use)
{
	struct page *held, *block;

	OPEN_ZONE(held);
	block = cut_block();
	block->flags += 1ul << PAGE_ORDER_SHIFT;
	EXPECT_REPORT(page_corrupt, give(block + 16, 4));
	EXPECT_FIELD("what", "overwritten");
	EXPECT_FIELD("order", "3");
	expect_all_free(1024 - 1 - 8);
	give(block + 8, 3);
	give(held, 0);
	expect_all_free(1024);
	test_zone_close(&tz);
}

KTEST(damage, an_order_that_grew_is_put_right_by_an_allocation)
{
	struct page *held, *block;

	OPEN_ZONE(held);
	block = cut_block();
	block->flags += 1ul << PAGE_ORDER_SHIFT;
	EXPECT_REPORT(page_corrupt, EXPECT_TRUE(take(3) == block));
	EXPECT_EQ(page_order(block), 3);
	test_zone_close(&tz);
	(void)held;
}

/* --- a whole struct page ---------------------------------------------------------------- */

static void overwrite_entry(int byte)
{
	struct page *held, *victim;

	OPEN_ZONE(held);
	victim = list_first_entry(head_of(4), struct page, lru);
	memset(victim, byte, sizeof(*victim));
	EXPECT_REPORT(page_corrupt, EXPECT_TRUE(take(4) == victim));
	EXPECT_FIELD("what", "overwritten");
	EXPECT_FIELD("action", "rebuilt");
	EXPECT_TRUE(page_mapcount(victim) == 0 && !victim->mapping);
	give(victim, 4);
	give(held, 0);
	expect_all_free(1024);
	test_zone_close(&tz);
}

KTEST(damage, an_overwritten_entry_is_written_anew_because_its_neighbours_name_it)
{
	overwrite_entry(0);
	overwrite_entry(0xff);
	overwrite_entry(0xaa);
}

KTEST(damage, each_flag_of_a_free_block_that_was_flipped_is_put_right)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct page *held, *victim;

		OPEN_ZONE(held);
		victim = list_first_entry(head_of(4), struct page, lru);
		victim->flags ^= 1ul << bit;
		EXPECT_REPORT(page_corrupt, EXPECT_TRUE(take(4) == victim));
		EXPECT_FIELD("what", "overwritten");
		give(victim, 4);
		give(held, 0);
		expect_all_free(1024);
		test_zone_close(&tz);
	}
}

/* --- somebody uses what is free --------------------------------------------------------- */

static void use_free_block(int refs, int mappings, struct address_space *mapping, const char *what)
{
	struct page *held, *victim, *got = NULL;

	OPEN_ZONE(held);
	victim = list_first_entry(head_of(4), struct page, lru);
	victim->_refcount = refs;
	victim->_mapcount = mappings - 1;
	victim->mapping = mapping;
	EXPECT_REPORT(page_corrupt, got = take(4));
	EXPECT_FIELD("what", what);
	EXPECT_FIELD("action", "quarantined");
	EXPECT_TRUE(got && got != victim && PageHWPoison(victim));
	EXPECT_EQ(zone->nr_quarantined, 16);
	give(got, 4);
	give(held, 0);
	expect_all_free(1024 - 16);
	test_zone_close(&tz);
}

KTEST(damage, a_free_block_that_somebody_uses_is_quarantined_not_handed_out)
{
	use_free_block(1, 0, NULL, "refcount");
	use_free_block(0, 3, NULL, "mapped");
	use_free_block(0, 0, (struct address_space *)0xc1000000, "mapping");
}
