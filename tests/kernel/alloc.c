/* SPDX-License-Identifier: MIT */
/* alloc.c - tests of the page allocator's calls: what each flag changes, what each call returns. */
#include "asm/page_ops.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/vmstat.h"
#include "preempt.h"

static bool frame_is(const struct page *page, u32 word)
{
	u32 found;

	return check_page_fill(page_to_pfn(page), word, &found) < 0;
}

KTEST(alloc, page_has_one_reference_and_is_not_mapped)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_EQ(page_count(page), 1);
	EXPECT_EQ(page_mapcount(page), 0);
	EXPECT_TRUE(!page->mapping && !(page->flags & PAGE_FLAGS_MASK));
	EXPECT_STREQ(page_kind(page_to_pfn(page)), "allocated");
	__free_page(page);
}

KTEST(alloc, every_order_is_aligned_and_counted)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, order);

		REQUIRE_LARGE_BLOCK(page);
		EXPECT_TRUE(IS_ALIGNED(page_to_pfn(page), 1ul << order));
		EXPECT_EQ(page_order(page), order);
		__free_pages(page, order);
	}
}

KTEST(alloc, constant_and_variable_flags_do_the_same)
{
	volatile gfp_t gfp = GFP_KERNEL;
	volatile unsigned int order = 2;
	struct page *a = alloc_pages(gfp, order), *b;

	ASSERT_TRUE(a);
	__free_pages(a, order);
	b = alloc_pages(GFP_KERNEL, 2);
	EXPECT_TRUE(a == b);
	__free_pages(b, 2);
}

/* --- where ------------------------------------------------------------------------------ */

KTEST(alloc, gfp_dma_gives_pages_below_16_mib)
{
	struct page *page = alloc_pages(GFP_DMA, 2);

	ASSERT_TRUE(page);
	EXPECT_TRUE(page_to_phys(page) + 4 * PAGE_SIZE <= 16ull << 20);
	EXPECT_EQ(page_zonenum(page), ZONE_DMA);
	__free_pages(page, 2);
}

KTEST(alloc, gfp_dma32_gives_pages_below_4_gib)
{
	struct page *page = alloc_page(GFP_DMA32 | GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_TRUE(page_to_phys(page) < 1ull << 32);
	__free_page(page);
}

KTEST(alloc, gfp_kernel_gives_pages_with_a_kernel_address)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_TRUE(!PageHighMem(page) && page_to_pfn(page) < max_low_pfn);
	EXPECT_TRUE(virt_to_page(lowmem_page_address(page)) == page);
	__free_page(page);
}

KTEST(alloc, gfp_highuser_gives_high_pages_when_there_are_any)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	ASSERT_TRUE(page);
	EXPECT_EQ(PageHighMem(page), first_zone(GFP_HIGHUSER)->zone_idx == ZONE_HIGHMEM);
	__free_page(page);
}

KTEST(alloc, movable_pages_go_to_zone_movable_when_there_is_one)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE), *plain;

	ASSERT_TRUE(page);
	EXPECT_EQ(page_migratetype(page), MIGRATE_MOVABLE);
	EXPECT_EQ(page_zonenum(page), first_zone(GFP_HIGHUSER_MOVABLE)->zone_idx);
	plain = alloc_page(GFP_HIGHUSER);
	EXPECT_TRUE(plain && page_zonenum(plain) != ZONE_MOVABLE);
	__free_page(page);
	__free_page(plain);
}

/* Is there a zone that a request for a high page could take one from? */
static bool has_free_pages(const pg_data_t *pgdat)
{
	for (int i = 0; i < ZONE_MOVABLE; i++) {
		const struct zone *zone = &pgdat->node_zones[i];

		if ((long)zone_page_state(zone, NR_FREE_PAGES) > zone->plenty[ZONE_HIGHMEM])
			return true;
	}
	return false;
}

KTEST(alloc, thisnode_never_leaves_the_node)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct page *page = alloc_pages_node(
			pgdat->node_id,
			GFP_HIGHUSER | __GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY, 0);

		if (page)
			EXPECT_EQ(page_to_nid(page), pgdat->node_id);
		else /* a node without memory, or with hardly any outside ZONE_MOVABLE */
			EXPECT_TRUE(!has_free_pages(pgdat));
		if (page)
			__free_page(page);
	}
}

KTEST(alloc, node_without_fitting_memory_falls_back)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct page *page = alloc_pages_node(pgdat->node_id, GFP_DMA, 0);

		ASSERT_TRUE(page);
		EXPECT_EQ(page_zonenum(page), ZONE_DMA);
		__free_page(page);
	}
}

/* A node with pages but without DMA pages, or -1. */
static int node_without_dma(void)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		if (pgdat->node_present_pages && !pgdat->node_zones[ZONE_DMA].present_pages)
			return pgdat->node_id;
	}
	return -1;
}

KTEST(alloc, hardwall_holds_a_request_to_allowed_nodes)
{
	int near = any_zone(ZONE_DMA)->node, far = node_without_dma();
	struct page *held, *page;

	SKIP_UNLESS(far >= 0, "no second node");
	set_mems_allowed(1ul << far);
	page = alloc_pages_node(near, GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOWARN, 0);
	if (page)
		EXPECT_EQ(page_to_nid(page), far);
	/* a kernel request may leave its nodes when they have nothing: `far` has no DMA pages */
	held = alloc_pages_node(near, GFP_DMA | __GFP_NOWARN, 0);
	EXPECT_TRUE(held && page_to_nid(held) != far);
	EXPECT_TRUE(!alloc_pages_node(near, GFP_DMA | __GFP_HARDWALL | __GFP_NOWARN, 0));
	set_mems_allowed(~0ul);
	if (page)
		__free_page(page);
	__free_page(held);
}

/* --- what for --------------------------------------------------------------------------- */

KTEST(alloc, zero_clears_low_and_high_pages)
{
	static const gfp_t where[] = {GFP_KERNEL, GFP_HIGHUSER};

	for (u32 i = 0; i < ARRAY_SIZE(where); i++) {
		struct page *page = alloc_pages_node(NUMA_NO_NODE, where[i], 2);
		unsigned long pfn;

		ASSERT_TRUE(page);
		pfn = page_to_pfn(page);
		for (int k = 0; k < 4; k++)
			fill_page(pfn + (unsigned long)k, 0x5a5a5a5a);
		EXPECT_TRUE(frame_is(page + 3, 0x5a5a5a5a));
		__free_pages(page, 2);
		page = alloc_pages_node(NUMA_NO_NODE, where[i] | __GFP_ZERO, 2);
		EXPECT_EQ(page_to_pfn(page), pfn);
		for (int k = 0; k < 4; k++)
			EXPECT_TRUE(frame_is(page + k, 0));
		__free_pages(page, 2);
	}
}

KTEST(alloc, compound_pages_know_their_head)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);

	ASSERT_TRUE(page);
	EXPECT_TRUE(PageHead(page));
	for (int i = 0; i < 8; i++)
		EXPECT_TRUE(compound_head(page + i) == page && page_count(page + i) == 1);
	EXPECT_TRUE(compound_head(page + 8) != page);
	get_page(page + 5);
	EXPECT_EQ(page_ref_count(page), 2);
	put_page(page + 3);
	EXPECT_EQ(page_ref_count(page), 1);
	__free_pages(page, 3);
	EXPECT_TRUE(!PageHead(page));
}

KTEST(alloc, mobility_flags_choose_the_group)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 4);

	ASSERT_TRUE(page);
	EXPECT_EQ(page_migratetype(page), MIGRATE_RECLAIMABLE);
	__free_pages(page, 4);
	page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 4);
	EXPECT_EQ(page_migratetype(page), MIGRATE_MOVABLE);
	__free_pages(page, 4);
}

KTEST(alloc, cold_pages_do_not_come_from_the_pageset)
{
	struct page *hot = alloc_page(GFP_KERNEL), *cold;
	struct zone *zone;
	unsigned long inside;

	ASSERT_TRUE(hot);
	zone = page_zone(hot);
	__free_page(hot);
	inside = zone_pcp_pages(zone);
	cold = alloc_page(GFP_KERNEL | __GFP_COLD);
	EXPECT_TRUE(cold && cold != hot);
	EXPECT_EQ(zone_pcp_pages(zone), inside);
	__free_page(cold);
}

/* --- the other calls -------------------------------------------------------------------- */

KTEST(alloc, pages_by_address_lie_in_the_direct_map)
{
	unsigned long va = __get_free_pages(GFP_KERNEL, 1);

	ASSERT_TRUE(va);
	EXPECT_TRUE(va >= PAGE_OFFSET && va < LOWMEM_END_VA && IS_ALIGNED(va, 2 * PAGE_SIZE));
	memset((void *)va, 0x11, 2 * PAGE_SIZE);
	free_pages(va, 1);
	free_pages(0, 3); /* nothing, and nothing happens */
	va = __get_free_page(GFP_KERNEL);
	free_page(va);
	va = __get_dma_pages(GFP_KERNEL, 0);
	EXPECT_TRUE(va && __pa((void *)va) < 16ull << 20);
	free_page(va);
}

KTEST(alloc, zeroed_page_is_zero)
{
	u32 *p = (u32 *)get_zeroed_page(GFP_KERNEL);

	ASSERT_TRUE(p);
	for (unsigned int i = 0; i < PAGE_SIZE / 4; i++)
		EXPECT_EQ(p[i], 0);
	free_page((unsigned long)p);
}

KTEST(alloc, exact_sizes_give_the_rest_back)
{
	static const size_t sizes[] = {1, PAGE_SIZE, 3 * PAGE_SIZE, 5 * PAGE_SIZE + 1, 100 * 1024};
	struct zone *zone;

	SKIP_UNLESS(!debug_guardpage_minorder, "guard pages take from what is free");
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long before, pages = PAGE_ALIGN(sizes[i]) / PAGE_SIZE;
		void *va;

		drain_all_pages(NULL);
		before = nr_free_pages();
		va = alloc_pages_exact(sizes[i], GFP_KERNEL);
		ASSERT_TRUE(va);
		zone = page_zone(virt_to_page(va));
		EXPECT_EQ(nr_free_pages() + zone_pcp_pages(zone), before - pages);
		for (unsigned long k = 0; k < pages; k++)
			EXPECT_EQ(page_ref_count(virt_to_page(va) + k), 1);
		free_pages_exact(va, sizes[i]);
	}
}

KTEST(alloc, an_exact_size_may_be_the_largest_block)
{
	size_t size = MAX_ORDER_NR_PAGES * PAGE_SIZE;
	void *va = alloc_pages_exact(size, GFP_KERNEL | __GFP_NOWARN);

	REQUIRE_LARGE_BLOCK(va);
	free_pages_exact(va, size);
}

KTEST(alloc, split_page_makes_single_pages)
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	ASSERT_TRUE(page);
	split_page(page, 3);
	for (int i = 7; i >= 0; i--) {
		EXPECT_TRUE(page_order(page + i) == 0 && page_ref_count(page + i) == 1);
		__free_page(page + i);
	}
}

static void expect_no_split(struct page *page, unsigned int order, const char *what)
{
	u32 before = mm_fingerprint();

	EXPECT_REPORT(bad_split, split_page(page, order));
	EXPECT_FIELD("what", what);
	EXPECT_FIELD("action", "refused");
	EXPECT_EQ(mm_fingerprint(), before);
}

KTEST(alloc, split_of_what_is_no_whole_block_is_refused)
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	ASSERT_TRUE(page);
	expect_no_split(NULL, 3, "no_page");
	expect_no_split((struct page *)((char *)page + 4), 3, "no_page");
	expect_no_split(page, 2, "order");
	expect_no_split(page, 4096, "order");
	expect_no_split(page + 4, 2, "tail");
	get_page(page);
	expect_no_split(page, 3, "refcount");
	put_page(page);
	page->_mapcount = 3;
	expect_no_split(page, 3, "mapped");
	page->_mapcount = -1;
	page->mapping = (struct address_space *)0xc1000000;
	expect_no_split(page, 3, "mapping");
	page->mapping = NULL;
	SetPageHead(page);
	expect_no_split(page, 3, "flags");
	ClearPageHead(page);
	SetPageUptodate(page); /* of the content: each page has it */
	split_page(page, 3);
	EXPECT_TRUE(PageUptodate(page) && PageUptodate(page + 7));
	expect_no_split(page, 3, "order");
	for (int i = 0; i < 8; i++)
		__free_page(page + i);
	drain_all_pages(NULL);
	expect_no_split(page, 0, "free");
}

KTEST(alloc, bulk_fills_the_empty_entries_only)
{
	struct page *array[70] = {0}, *mine = alloc_page(GFP_KERNEL);

	array[3] = mine;
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, 70, array), 70);
	EXPECT_TRUE(array[3] == mine);
	for (int i = 0; i < 70; i++) {
		ASSERT_TRUE(array[i] && page_ref_count(array[i]) == 1);
		for (int k = 0; k < i; k++)
			EXPECT_TRUE(array[k] != array[i]);
	}
	free_pages_bulk_array(70, array);
	for (int i = 0; i < 70; i++)
		EXPECT_TRUE(!array[i]);
	EXPECT_EQ(alloc_pages_bulk_array(GFP_KERNEL, 0, array), 0);
}

KTEST(alloc, references_keep_a_page_until_the_last_is_gone)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	get_page(page);
	EXPECT_TRUE(get_page_unless_zero(page));
	EXPECT_EQ(page_ref_count(page), 3);
	put_page(page);
	put_page(page);
	EXPECT_STREQ(page_kind(page_to_pfn(page)), "allocated");
	put_page(page);
	EXPECT_EQ(page_ref_count(page), 0);
	EXPECT_TRUE(!get_page_unless_zero(page));
}

KTEST(alloc, allocation_and_free_sites_are_remembered)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char name[64];

	ASSERT_TRUE(page);
	snprintf(name, sizeof(name), "%ps", (void *)page->alloc_site);
	EXPECT_STREQ(name, __func__);
	__free_page(page);
	snprintf(name, sizeof(name), "%ps", (void *)page->free_site);
	EXPECT_STREQ(name, __func__);
}

/* --- refusals --------------------------------------------------------------------------- */

KTEST(alloc, order_that_does_not_exist_is_refused)
{
	struct page *page = NULL;

	EXPECT_REPORT(bad_order, page = alloc_pages(GFP_KERNEL, MAX_ORDER));
	EXPECT_TRUE(!page);
	EXPECT_FIELD("order", "11");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(bad_order, page = alloc_pages_node(0, GFP_KERNEL | __GFP_ZERO, 1000));
	EXPECT_TRUE(!page);
}

KTEST(alloc, contradictory_flags_are_refused_by_name)
{
	static const struct {
		gfp_t gfp;
		const char *conflict;
	} cases[] = {
		{GFP_DMA | __GFP_HIGHMEM, "zones"},
		{GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE, "movable_and_reclaimable"},
		{GFP_KERNEL | __GFP_NOFAIL | __GFP_NORETRY, "nofail_and_may_fail"},
		{GFP_ATOMIC | __GFP_NOFAIL, "nofail_without_reclaim"},
		{GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, "memalloc_and_nomemalloc"},
		{GFP_KERNEL | 0x80000000u, "unknown_bits"},
	};
	struct page *page = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		volatile gfp_t gfp = cases[i].gfp;

		EXPECT_REPORT(bad_gfp, page = alloc_pages(gfp, 0));
		EXPECT_TRUE(!page);
		EXPECT_FIELD("conflict", cases[i].conflict);
		EXPECT_FIELD_HERE("caller");
	}
	EXPECT_REPORT(bad_gfp, page = alloc_page(GFP_DMA | __GFP_HIGHMEM));
	EXPECT_TRUE(!page);
}

KTEST(alloc, node_that_does_not_exist_is_refused)
{
	struct page *page = NULL;

	EXPECT_REPORT(bad_node, page = alloc_pages_node((int)nr_node_ids, GFP_KERNEL, 0));
	EXPECT_TRUE(!page);
	EXPECT_REPORT(bad_node, page = alloc_pages_node(-7, GFP_KERNEL, 0));
	EXPECT_TRUE(!page);
	EXPECT_FIELD("node", "-7");
}

KTEST(alloc, high_pages_cannot_be_asked_for_by_address)
{
	unsigned long va = 1;

	EXPECT_REPORT(bad_gfp, va = __get_free_pages(GFP_HIGHUSER, 0));
	EXPECT_EQ(va, 0);
	EXPECT_FIELD("conflict", "highmem_by_address");
	EXPECT_FIELD_HERE("caller");
}

KTEST(alloc, exact_size_zero_and_compound_are_refused)
{
	void *va = &va;

	EXPECT_REPORT(bad_size, va = alloc_pages_exact(0, GFP_KERNEL));
	EXPECT_TRUE(!va);
	EXPECT_REPORT(bad_gfp, va = alloc_pages_exact(5000, GFP_KERNEL | __GFP_COMP));
	EXPECT_TRUE(!va);
	EXPECT_REPORT(bad_order, va = alloc_pages_exact(~(size_t)0, GFP_KERNEL));
	EXPECT_TRUE(!va);
}

KTEST(alloc, exact_free_of_a_size_that_cannot_be_is_refused)
{
	void *va = alloc_pages_exact(PAGE_SIZE, GFP_KERNEL);
	u32 before;

	ASSERT_TRUE(va);
	before = mm_fingerprint();
	EXPECT_REPORT(bad_size, free_pages_exact(va, ~(size_t)0));
	EXPECT_REPORT(bad_size, free_pages_exact(va, 0));
	EXPECT_REPORT(bad_size, free_pages_exact(va, MAX_ORDER_NR_PAGES * PAGE_SIZE + 1));
	EXPECT_FIELD_HERE("caller");
	free_pages_exact(NULL, PAGE_SIZE);
	EXPECT_EQ(mm_fingerprint(), before);
	free_pages_exact(va, PAGE_SIZE);
}

KTEST(alloc, references_never_become_negative)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	set_page_count(page, 0x7ffffffe);
	get_page(page);
	EXPECT_REPORT(bad_refcount, get_page(page));
	EXPECT_FIELD("what", "get_page");
	EXPECT_FIELD("refcount", "2147483647");
	EXPECT_EQ(page_ref_count(page), 0x7fffffff);
	EXPECT_TRUE(!get_page_unless_zero(page));
	set_page_count(page, 1);
	__free_page(page);
}

KTEST(alloc, sleeping_request_in_an_interrupt_is_named)
{
	volatile gfp_t gfp = GFP_KERNEL | __GFP_ZERO;
	struct page *page = NULL;

	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_REPORT(sleep_in_atomic, page = alloc_pages(gfp, 0));
	preempt_count_sub(HARDIRQ_OFFSET);
	ASSERT_TRUE(page);
	__free_page(page);
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	page = alloc_page(GFP_ATOMIC | __GFP_ZERO); /* this one may */
	preempt_count_sub(HARDIRQ_OFFSET);
	ASSERT_TRUE(page);
	__free_page(page);
}

/* Nothing in the flags or the order that the fast paths do not know. */
static struct page *ask_long_way(gfp_t gfp)
{
	return alloc_pages_node(numa_node_id(), gfp, 0);
}

KTEST(alloc, sleeping_request_under_a_spinlock_names_the_holder)
{
	DEFINE_SPINLOCK(lock);
	struct page *page = NULL;
	unsigned long flags;

	spin_lock(&lock);
	EXPECT_REPORT(sleep_in_atomic, page = ask_long_way(GFP_KERNEL));
	EXPECT_FIELD("context", "preempt_off");
	EXPECT_FIELD_HERE("since");
	__free_page(page);
	page = ask_long_way(GFP_ATOMIC);
	spin_unlock(&lock);
	__free_page(page);
	flags = local_irq_save();
	EXPECT_REPORT(sleep_in_atomic, page = ask_long_way(GFP_KERNEL));
	EXPECT_FIELD("context", "irqs_off");
	EXPECT_FIELD("since", "?");
	local_irq_restore(flags);
	__free_page(page);
	page = ask_long_way(GFP_KERNEL);
	__free_page(page);
}

KTEST(alloc, checking_build_asks_on_the_fast_path_too)
{
	struct page *page;

	SKIP_UNLESS(DEBUG_BUILD, "production build");
	preempt_disable();
	EXPECT_REPORT(sleep_in_atomic, page = alloc_page(GFP_KERNEL));
	preempt_enable();
	__free_page(page);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
}

/* --- under load ------------------------------------------------------------------------- */

static void tag_block(const struct page *page, unsigned int order, u32 tag)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		*(u32 *)lowmem_page_address(page + i) = tag + (u32)i;
}

static bool tag_intact(const struct page *page, unsigned int order, u32 tag)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		if (*(u32 *)lowmem_page_address(page + i) != tag + (u32)i)
			return false;
	return true;
}

/* Content tags: if two holders ever get the same frame, one finds the other's tag. */
KTEST(alloc, random_load_never_gives_a_frame_to_two)
{
	static struct {
		struct page *page;
		unsigned int order;
		u32 tag;
	} held[128];

	memset(held, 0, sizeof(held));
	for (int step = 0; step < 8000; step++) {
		unsigned int i = ktest_below(128);

		if (held[i].page) {
			EXPECT_TRUE(tag_intact(held[i].page, held[i].order, held[i].tag));
			__free_pages(held[i].page, held[i].order);
			held[i].page = NULL;
			continue;
		}
		held[i].order = ktest_below(16) ? ktest_below(4) : ktest_below(7);
		held[i].tag = ktest_random();
		held[i].page =
			alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, held[i].order);
		if (held[i].page)
			tag_block(held[i].page, held[i].order, held[i].tag);
	}
	for (int i = 0; i < 128; i++) {
		if (!held[i].page)
			continue;
		EXPECT_TRUE(tag_intact(held[i].page, held[i].order, held[i].tag));
		__free_pages(held[i].page, held[i].order);
	}
}
