/* SPDX-License-Identifier: MIT */
/* test_page_alloc.c - the page allocator as its callers see it: more than a million random calls on
 * several machines against a model of who has which frame, and the ways in which it can run out. */
#include "asm/page_ops.h"
#include "errno.h"
#include "fail.h"
#include "frames.h"
#include "host.h"
#include "lib/bitops.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_isolation.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"
#include "mm/watermark.h"
#include "preempt.h"
#include "world.h"

static struct world w;

static void open_world(void)
{
	world_build(&w);
	frames_start();
}

/* --- random flags ------------------------------------------------------------------------- */

static gfp_t random_gfp(void)
{
	static const gfp_t bases[] = {
		GFP_KERNEL,
		GFP_KERNEL,
		GFP_KERNEL,
		GFP_ATOMIC,
		GFP_NOWAIT,
		GFP_NOIO,
		GFP_NOFS,
		GFP_USER,
		GFP_HIGHUSER,
		GFP_HIGHUSER_MOVABLE,
		GFP_HIGHUSER_MOVABLE,
		GFP_DMA,
		GFP_DMA32,
		GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_USER | __GFP_MOVABLE,
	};
	static const gfp_t extras[] = {__GFP_COLD,     __GFP_COMP,          __GFP_NOMEMALLOC,
	                               __GFP_NORETRY,  __GFP_RETRY_MAYFAIL, __GFP_THISNODE,
	                               __GFP_HARDWALL, __GFP_HIGH,          __GFP_MEMALLOC};
	gfp_t gfp = bases[test_below(ARRAY_SIZE(bases))];

	if (test_chance(3))
		gfp |= extras[test_below(ARRAY_SIZE(extras))];
	if (test_chance(4))
		gfp |= extras[test_below(ARRAY_SIZE(extras) - 1)];
	if ((gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC)) == (__GFP_MEMALLOC | __GFP_NOMEMALLOC))
		gfp &= ~__GFP_MEMALLOC;
	return test_chance(4) && gfp == GFP_KERNEL ? gfp : gfp | __GFP_NOWARN;
}

static unsigned int random_order(void)
{
	static const u8 orders[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10};

	return orders[test_below(ARRAY_SIZE(orders))];
}

static int random_node(void)
{
	return test_chance(2) ? NUMA_NO_NODE : (int)test_below(nr_node_ids);
}

/* --- random operations -------------------------------------------------------------------- */

/* Large atomic requests make highatomic pageblocks, whose end is not right yet: see the TODO cases.
 * The other random runs do without. */
static bool use_highatomic;

static bool may_reserve(gfp_t gfp, unsigned int order)
{
	return order && gfp & __GFP_HIGH && !(gfp & __GFP_DIRECT_RECLAIM);
}

static void op_alloc(void)
{
	gfp_t gfp = random_gfp();
	unsigned int order = random_order();

	if (may_reserve(gfp, order) && !use_highatomic)
		order = 0;
	frames_alloc(gfp, order, random_node());
}

static void op_free(void)
{
	struct held *h = frames_any();

	if (h)
		frames_free(h);
}

static void op_bulk(void)
{
	struct page *array[40] = {NULL};
	unsigned long n = 1 + test_below(40), got;
	gfp_t gfp = test_chance(2) ? GFP_KERNEL : random_gfp() & ~__GFP_COMP;

	frames_watermarks_before();
	got = alloc_pages_bulk_array(gfp | __GFP_NOWARN, n, array);
	frames_watermarks_after(gfp);
	CHECK(got <= n);
	frames_ops += got;
	for (unsigned long i = 0; i < 40; i++) {
		CHECK_EQ(array[i] != NULL, i < got);
		if (array[i])
			frames_add(array[i], 0, gfp | __GFP_NOWARN, NUMA_NO_NODE);
	}
	if (test_chance(2))
		return;
	for (unsigned long i = 0; i < got; i++)
		frames_remove(array[i]);
	if (got > 2)
		array[got / 2] = (frames_add(array[got / 2], 0, gfp, NUMA_NO_NODE), NULL);
	free_pages_bulk_array(n, array);
	for (unsigned long i = 0; i < 40; i++)
		CHECK(!array[i]);
}

static void op_exact(void)
{
	size_t size = 1 + test_below(test_chance(8) ? 600000 : 60000);
	unsigned long pages = DIV_ROUND_UP(size, PAGE_SIZE);
	struct page *page;
	void *va;

	frames_watermarks_before();
	va = alloc_pages_exact(size, GFP_KERNEL | __GFP_NOWARN);
	frames_watermarks_after(GFP_KERNEL);
	frames_ops += pages;
	if (!va)
		return;
	page = virt_to_page(va);
	for (unsigned long i = 0; i < pages; i++)
		frames_add(page + i, 0, GFP_KERNEL, NUMA_NO_NODE);
	if (test_chance(2))
		return;
	for (unsigned long i = 0; i < pages; i++)
		frames_remove(page + i);
	free_pages_exact(va, size);
}

static void op_split(void)
{
	struct held *h = frames_any();
	struct page *page;
	unsigned int order;
	gfp_t gfp;

	if (!h || h->order > 5 || h->refs > 1 || PageHead(h->page))
		return;
	page = h->page;
	order = h->order;
	gfp = h->gfp & ~(__GFP_COMP | __GFP_HARDWALL | __GFP_THISNODE);
	frames_remove(page);
	split_page(page, order);
	for (unsigned long i = 0; i < 1ul << order; i++)
		frames_add(page + i, 0, gfp, NUMA_NO_NODE);
}

static void op_get(void)
{
	struct held *h = frames_any();

	if (!h || h->refs > 5)
		return;
	get_page(h->page + test_below(1u << h->order));
	h->refs++;
	CHECK_EQ(page_count(h->page + test_below(1u << h->order)), h->refs);
}

static void op_put(void)
{
	struct held *h = frames_any();

	if (!h || h->refs < 2)
		return;
	put_page(h->page + test_below(1u << h->order));
	h->refs--;
}

static void op_drain(void)
{
	struct zone *zone = world_zone((int)test_below(nr_node_ids), (int)test_below(MAX_NR_ZONES));

	if (test_chance(2))
		drain_local_pages(test_chance(2) ? zone : NULL);
	else
		drain_all_pages(test_chance(2) ? zone : NULL);
}

static void op_mems(void)
{
	static const unsigned long masks[] = {~0ul, ~0ul, 1, 2, 3};

	set_mems_allowed(masks[test_below(ARRAY_SIZE(masks))]);
}

/* The nth request from now fails, and only that one. */
static void op_fail(void)
{
	unsigned long nth = 1 + test_below(5);

	fail_arm(FAIL_alloc_pages, nth);
	while (--nth) {
		struct page *page = frames_alloc(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0, -1);

		if (!page)
			break;
	}
	if (!nth)
		CHECK(!alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, test_below(3)));
	fail_arm(FAIL_alloc_pages, 0);
}

static void op_reserves(void)
{
	unsigned int saved;

	switch (test_below(4)) {
	case 0:
		min_free_kbytes = 128 + test_below(2000);
		setup_per_zone_wmarks();
		break;
	case 1:
		percpu_pagelist_high_fraction = test_chance(2) ? 0 : 8 + test_below(500);
		setup_per_zone_wmarks();
		break;
	case 2:
		saved = memalloc_noreclaim_save();
		frames_alloc(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, random_order(), -1);
		memalloc_noreclaim_restore(saved);
		break;
	default:
		lowmem_reserve_ratio[test_below(2)] = test_chance(2) ? 0 : 1 + test_below(300);
		setup_per_zone_lowmem_reserve();
	}
}

/* --- isolation ---------------------------------------------------------------------------- */

static unsigned long isolated_pfn; /* 0: none */

/* Is a block larger than a pageblock held there? That case has a test of its own. */
static bool larger_block_held(unsigned long pfn)
{
	const struct held *h = frames_find(pfn_to_page(ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES)));

	return h && h->order > pageblock_order;
}

static void op_isolate(void)
{
	unsigned long pfn = test_below((u32)max_pfn);

	if (isolated_pfn) {
		CHECK_EQ(unset_migratetype_isolate(pfn_to_page(isolated_pfn),
		                                   test_below(MIGRATE_PCPTYPES)),
		         0);
		isolated_pfn = 0;
		return;
	}
	if (!pfn_valid(pfn) || PageReserved(pfn_to_page(pfn)) || larger_block_held(pfn))
		return;
	if (set_migratetype_isolate(pfn_to_page(pfn)) == 0)
		isolated_pfn = pfn;
}

static void random_op(unsigned int alloc_percent)
{
	static void (*const rare[])(void) = {op_bulk, op_exact,    op_split,  op_get,
	                                     op_get,  op_put,      op_drain,  op_mems,
	                                     op_fail, op_reserves, op_isolate};

	if (test_chance(8))
		rare[test_below(ARRAY_SIZE(rare))]();
	else if (test_below(100) < alloc_percent)
		op_alloc();
	else
		op_free();
}

static void end_random(unsigned long free)
{
	if (isolated_pfn)
		op_isolate();
	set_mems_allowed(~0ul);
	frames_free_all();
	CHECK_EQ(world_free_pages(), free);
	CHECK_SOUND(frames_check());
}

/* Between a machine that is nearly empty and one that is full, back and forth. */
static void random_calls(u32 calls)
{
	unsigned long free = world_free_pages();
	unsigned int percent = 60;

	isolated_pfn = 0;
	frames_ops = 0;
	for (u32 i = 0; i < calls && !host_failed(); i++) {
		host_cpu = test_below(nr_cpu_ids);
		if (i % 4096 == 0)
			percent = 35 + test_below(35);
		random_op(percent);
		if (i % 1024 == 0)
			CHECK_SOUND(frames_check());
	}
	end_random(free);
}

static void random_machine_calls(u32 calls)
{
	open_world();
	random_calls(calls);
	host_note("%lu allocations and frees", frames_ops);
}

TEST(random_calls_on_two_nodes_with_four_zones_agree_with_the_model)
{
	world_small(&w);
	random_machine_calls(400000);
}

TEST(random_calls_on_a_machine_of_12_mib_agree_with_the_model)
{
	w = (struct world){0};
	world_pc(&w, MiB(12));
	random_machine_calls(400000);
}

TEST(random_calls_on_four_fake_nodes_agree_with_the_model)
{
	w = (struct world){.fake_nodes = 4, .movable = MiB(8)};
	world_pc(&w, MiB(40));
	random_machine_calls(300000);
}

TEST(random_calls_on_two_cpus_agree_with_the_model)
{
	world_small(&w);
	w.cpus = 2;
	w.cpu_node[1] = 1;
	random_machine_calls(300000);
}

TEST(random_calls_with_owners_and_poison_agree_with_the_model)
{
	w = (struct world){.page_owner = true};
	world_pc(&w, MiB(10));
	open_world();
	page_poison_enable();
	random_calls(20000);
	CHECK(page_owner(1000));
}

TEST(random_calls_with_highatomic_reserves_agree_with_the_model)
{
	for (u32 round = 0; round < 8 && !host_failed(); round++) {
		world_small(&w);
		use_highatomic = true;
		random_machine_calls(60000);
	}
	use_highatomic = false;
}

/* --- many at once ------------------------------------------------------------------------- */

TEST(as_many_pages_as_there_are_leave_each_zone_its_reserve)
{
	static struct page *pages[16384];
	unsigned long got, again;

	world_small(&w);
	open_world();
	got = alloc_pages_bulk_array(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, ARRAY_SIZE(pages), pages);
	CHECK(got > 5000 && got < ARRAY_SIZE(pages));
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++) {
			struct zone *zone = world_zone(nid, idx);

			if (zone && zone->managed_pages)
				CHECK(zone_page_state(zone, NR_FREE_PAGES) >=
				      min_wmark_pages(zone));
		}
	free_pages_bulk_array(ARRAY_SIZE(pages), pages);
	again = alloc_pages_bulk_array(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, ARRAY_SIZE(pages),
	                               pages);
	CHECK_EQ(again, got);
	free_pages_bulk_array(ARRAY_SIZE(pages), pages);
	CHECK_SOUND(frames_check());
}

/* --- highatomic pageblocks ---------------------------------------------------------------- */

TEST(a_pageblock_that_leaves_the_high_order_reserve_merges_again)
{
	struct page *page = NULL, *before;
	struct zone *zone;

	w = (struct world){0};
	world_pc(&w, MiB(64));
	open_world();
	zone = world_zone(0, ZONE_NORMAL);
	do {
		before = page;
		page = frames_alloc(GFP_KERNEL, pageblock_order, 0);
		REQUIRE(page && page_zone(page) == zone);
	} while (!before || buddy_of(page, pageblock_order) != before);
	reserve_highatomic_pageblock(page, zone);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	frames_free_all();
	CHECK_SOUND(frames_check());
	CHECK(unreserve_highatomic_pageblock(zone, MIGRATE_UNMOVABLE)); /* as its buddy is */
	CHECK_SOUND(frames_check());
}

/* A block of two pageblocks comes back as one block of one type: its half is no reserve. */
TEST(half_of_a_4_mib_block_is_not_reserved)
{
	struct page *page;

	w = (struct world){0};
	world_pc(&w, MiB(64));
	open_world();
	page = frames_alloc(GFP_KERNEL, MAX_ORDER - 1, 0);
	REQUIRE(page);
	reserve_highatomic_pageblock(page, page_zone(page));
	frames_free_all();
	CHECK_EQ(page_zone(page)->nr_reserved_highatomic, 0);
	CHECK_SOUND(frames_check());
}

/* Pages of the reserve must not get into a pageset, from which anybody pops. */
TEST(pages_of_the_high_order_reserve_stay_out_of_the_pagesets)
{
	struct zone *zone;
	struct page *page;

	w = (struct world){0};
	world_pc(&w, MiB(12));
	open_world();
	zone = world_zone(0, ZONE_DMA);
	page = alloc_pages(GFP_KERNEL, 9);
	REQUIRE(page);
	reserve_highatomic_pageblock(page, zone);
	__free_pages(page, 9);
	while (frames_alloc(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0, -1) && !host_failed()) {
		CHECK_SOUND(pageset_check(zone->pageset[0]));
		if (!zone->vm_stat[NR_FREE_PAGES])
			break;
	}
	frames_free_all();
	CHECK_SOUND(frames_check());
}

/* --- isolation ---------------------------------------------------------------------------- */

static void isolate_half_of_a_held_block(unsigned int half)
{
	const struct zone *where;
	struct page *page;

	w = (struct world){0};
	world_pc(&w, MiB(24));
	open_world();
	page = alloc_pages(GFP_KERNEL, MAX_ORDER - 1);
	REQUIRE(page);
	CHECK_EQ(set_migratetype_isolate(page + half * pageblock_nr_pages), 0);
	CHECK_SOUND(mm_check(&where));
	__free_pages(page, MAX_ORDER - 1);
	CHECK_SOUND(mm_check(&where));
	CHECK_EQ(unset_migratetype_isolate(page + half * pageblock_nr_pages, MIGRATE_MOVABLE), 0);
	CHECK_SOUND(mm_check(&where));
}

TEST(isolating_the_first_half_of_a_held_4_mib_block_keeps_the_books)
{
	isolate_half_of_a_held_block(0);
}

TEST(isolating_the_second_half_of_a_held_4_mib_block_keeps_the_books)
{
	isolate_half_of_a_held_block(1);
}
