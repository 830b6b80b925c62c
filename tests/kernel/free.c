/* SPDX-License-Identifier: MIT */
/* free.c - tests of wrong frees (P1-P8 of the misuse list): each is named with its caller and with
 * who freed and allocated the page, and nothing changes: a fingerprint of the zone is compared. */
#include "asm/page_ops.h"
#include "asm/sections.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/vmstat.h"

/* The statement must be told as kind and leave the zone as it was. */
#define EXPECT_REFUSED(kind, zone, statement)                                                      \
	do {                                                                                       \
		u32 _before = zone_fingerprint(zone);                                              \
		EXPECT_REPORT(kind, statement);                                                    \
		EXPECT_EQ(zone_fingerprint(zone), _before);                                        \
		EXPECT_FIELD("action", "refused");                                                 \
	} while (0)

static noinline void free_first(struct page *page, unsigned int order)
{
	__free_pages(page, order);
	barrier(); /* not a tail call: the site must be this function */
}

static noinline struct page *alloc_here(unsigned int order)
{
	struct page *page = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, order);

	barrier();
	return page;
}

static void expect_sites(const char *first_free, const char *alloc)
{
	ktest_expect_field_function(__FILE__, __LINE__, "first_free", first_free);
	ktest_expect_field_function(__FILE__, __LINE__, "alloc", alloc);
}

static void expect_number(const char *field, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	EXPECT_FIELD(field, text);
}

/* --- double free ------------------------------------------------------------------------ */

KTEST(free, double_free_of_a_page_in_the_pageset)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	free_first(page, 0);
	EXPECT_REFUSED(double_free, page_zone(page), __free_page(page));
	EXPECT_FIELD_HERE("caller");
	EXPECT_FIELD("state", "pageset");
	expect_number("pfn", page_to_pfn(page));
	expect_sites("free_first", "alloc_here");
}

KTEST(free, double_free_of_a_block_in_the_buddy_lists)
{
	struct page *page = alloc_here(5);

	ASSERT_TRUE(page);
	free_first(page, 5);
	EXPECT_REFUSED(double_free, page_zone(page), __free_pages(page, 5));
	EXPECT_FIELD_HERE("caller");
	expect_sites("free_first", "alloc_here");
}

KTEST(free, double_free_of_a_block_that_has_merged)
{
	struct page *a = alloc_here(3), *b = alloc_here(3);

	ASSERT_TRUE(a && b);
	free_first(a, 3);
	free_first(b, 3);
	drain_all_pages(NULL);
	EXPECT_REFUSED(double_free, page_zone(a), __free_pages(a, 3));
	EXPECT_FIELD("state", "free");
	expect_sites("free_first", "alloc_here");
	EXPECT_REFUSED(double_free, page_zone(b), __free_pages(b, 3));
	expect_sites("free_first", "alloc_here");
}

KTEST(free, double_free_by_address_and_in_bulk)
{
	unsigned long va = __get_free_page(GFP_KERNEL);
	struct page *page = virt_to_page((void *)va), *array[1] = {page};

	ASSERT_TRUE(va);
	free_page(va);
	EXPECT_REFUSED(double_free, page_zone(page), free_page(va));
	EXPECT_FIELD_HERE("caller");
	EXPECT_REFUSED(double_free, page_zone(page), free_pages_bulk_array(1, array));
	EXPECT_FIELD_HERE("caller");
}

KTEST(free, double_free_is_counted_not_repeated)
{
	struct page *page = alloc_here(0);
	char times[16] = "";

	ASSERT_TRUE(page);
	__free_page(page);
	for (int i = 0; i < 4; i++)
		EXPECT_REPORT(double_free, __free_page(page));
	EXPECT_TRUE(report_field("times", times, sizeof(times)));
	EXPECT_STREQ(times, "4");
}

/* The words of a tail page are from its earlier life: those of the block's first page count. */
KTEST(free, tail_of_a_freed_block_names_who_freed_the_block)
{
	for (unsigned int order = 2; order < (pageset_fast_enabled() ? 7 : 3); order += 3) {
		struct page *page = alloc_here(order), *again;

		ASSERT_TRUE(page);
		split_page(page, order);
		for (unsigned int i = 0; i < 1u << order; i++)
			__free_page(page + i);
		drain_all_pages(NULL);
		again = alloc_here(order);
		ASSERT_TRUE(again);
		free_first(again, order);
		EXPECT_REPORT(double_free, __free_page(again + 1));
		expect_sites("free_first", "alloc_here");
		EXPECT_REPORT(bad_refcount, put_page(again + 3));
		ktest_expect_field_function(__FILE__, __LINE__, "first_free", "free_first");
	}
}

/* --- wrong order, tail ------------------------------------------------------------------ */

KTEST(free, wrong_order_names_both_orders)
{
	static const unsigned int pairs[][2] = {{3, 2}, {2, 3}, {0, 1}, {1, 0},
	                                        {5, 4}, {4, 5}, {5, 0}};

	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct page *page = alloc_here(pairs[i][0]);

		ASSERT_TRUE(page);
		EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, pairs[i][1]));
		EXPECT_FIELD_HERE("caller");
		expect_number("order", pairs[i][0]);
		expect_number("freed_order", pairs[i][1]);
		ktest_expect_field_function(__FILE__, __LINE__, "alloc", "alloc_here");
		__free_pages(page, pairs[i][0]);
	}
}

KTEST(free, order_beyond_the_largest_is_refused)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, MAX_ORDER));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 77));
	/* beyond what the flags word has room for: bits of the type, the zone, none */
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 16));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 17));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 32));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 128));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 4096));
	EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, 0x80000000u));
	EXPECT_FIELD_HERE("caller");
	for (unsigned int order = MAX_ORDER; order; order <<= 1)
		EXPECT_REFUSED(wrong_order, page_zone(page), __free_pages(page, order));
	__free_page(page);
}

KTEST(free, tail_page_names_its_head)
{
	struct page *page = alloc_here(3);

	ASSERT_TRUE(page);
	for (unsigned int i = 1; i < 8; i++) {
		EXPECT_REFUSED(free_tail, page_zone(page), __free_page(page + i));
		expect_number("head_pfn", page_to_pfn(page));
		expect_number("head_order", 3);
	}
	EXPECT_REFUSED(free_tail, page_zone(page), __free_pages(page + 4, 2));
	ktest_expect_field_function(__FILE__, __LINE__, "alloc", "alloc_here");
	__free_pages(page, 3);
}

/* --- not the allocator's ---------------------------------------------------------------- */

KTEST(free, kernel_text_and_other_reserved_pages_are_named)
{
	struct zone *dma = any_zone(ZONE_DMA);

	EXPECT_REFUSED(free_reserved, dma, __free_page(virt_to_page(_stext)));
	EXPECT_FIELD("what", "kernel_text");
	EXPECT_REFUSED(free_reserved, dma, __free_page(pfn_to_page(0)));
	EXPECT_REFUSED(free_reserved, dma, __free_page(pfn_to_page(0xb8)));
	EXPECT_REFUSED(free_reserved, page_zone(virt_to_page(mem_map)),
	               __free_page(virt_to_page(mem_map)));
	EXPECT_FIELD("what", "mem_map");
	EXPECT_REFUSED(free_reserved, dma, free_page((unsigned long)_sdata));
	EXPECT_FIELD("what", "kernel_data");
	EXPECT_FIELD_HERE("caller");
}

KTEST(free, pointers_that_are_no_page_are_named)
{
	struct zone *zone = any_zone(ZONE_DMA);
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	EXPECT_REFUSED(free_outside, zone, __free_page(NULL));
	EXPECT_FIELD("what", "null");
	EXPECT_REFUSED(free_outside, zone, __free_page((struct page *)0x1234560));
	EXPECT_FIELD("what", "not_in_mem_map");
	EXPECT_REFUSED(free_outside, zone, __free_page((struct page *)&page));
	EXPECT_REFUSED(free_outside, zone,
	               __free_page(mem_map + ALIGN(max_pfn, MAX_ORDER_NR_PAGES)));
	for (unsigned int off = 1; off < sizeof(*page); off++) {
		EXPECT_REFUSED(free_outside, page_zone(page),
		               __free_page((struct page *)((char *)page + off)));
		EXPECT_FIELD("what", "misaligned");
	}
	__free_page(page);
}

KTEST(free, addresses_that_are_no_low_page_are_named)
{
	unsigned long va = __get_free_page(GFP_KERNEL);

	ASSERT_TRUE(va);
	EXPECT_REPORT(free_outside, free_page(va + 1));
	EXPECT_FIELD("what", "unaligned");
	EXPECT_REPORT(free_outside, free_page(0x12345000));
	EXPECT_FIELD("what", "not_low_memory");
	EXPECT_REPORT(free_outside, free_page(LOWMEM_END_VA + 0x5000));
	EXPECT_FIELD_HERE("caller");
	free_page(va);
}

/* The last block of RAM usually ends before its 4 MiB do: those entries exist and are reserved. */
KTEST(free, entries_behind_the_end_of_memory_are_refused)
{
	SKIP_UNLESS(!IS_ALIGNED(max_pfn, MAX_ORDER_NR_PAGES), "memory ends on 4 MiB");
	EXPECT_REPORT(free_reserved, __free_page(mem_map + max_pfn));
}

KTEST(free, slab_page_is_refused)
{
	struct page *page = alloc_here(1);

	ASSERT_TRUE(page);
	SetPageSlab(page);
	EXPECT_REFUSED(free_slab, page_zone(page), __free_pages(page, 1));
	ClearPageSlab(page);
	__free_pages(page, 1);
}

/* --- still in use: quarantined ---------------------------------------------------------- */

/* Undo a quarantine so that the ledger comes out: tests only. */
static void release(struct page *page, unsigned int order)
{
	ClearPageHWPoison(page);
	page_zone(page)->nr_quarantined -= 1ul << order;
}

/* The page's pageset list gets room, so that it is the fast path that has to look. */
static void make_room(unsigned int order)
{
	struct page *other = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, order);

	if (other)
		__free_pages(other, order);
}

static void expect_quarantine(struct page *page, unsigned int order, const char *reason)
{
	unsigned long before = page_zone(page)->nr_quarantined, free;

	drain_all_pages(NULL);
	free = nr_free_pages();
	make_room(order);
	EXPECT_REPORT(bad_page, __free_pages(page, order));
	EXPECT_FIELD("reason", reason);
	EXPECT_FIELD("action", "quarantined");
	EXPECT_TRUE(PageHWPoison(page));
	EXPECT_EQ(page_zone(page)->nr_quarantined, before + (1ul << order));
	EXPECT_STREQ(page_kind(page_to_pfn(page)), "quarantined");
	drain_all_pages(NULL);
	EXPECT_EQ(nr_free_pages(), free);
	EXPECT_REPORT(bad_page, __free_pages(page, order));
	EXPECT_FIELD("reason", "quarantined");
	release(page, order);
}

KTEST(free, page_with_other_references_is_quarantined)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	get_page(page);
	expect_quarantine(page, 0, "refcount");
	EXPECT_EQ(page_ref_count(page), 2);
	put_page(page);
	put_page(page);
}

KTEST(free, page_with_less_than_no_references_is_quarantined)
{
	struct page *page = alloc_here(5);
	const struct zone *where;

	ASSERT_TRUE(page);
	set_page_count(page, -5);
	EXPECT_REPORT(bad_page, __free_pages(page, 5));
	EXPECT_FIELD("reason", "refcount");
	EXPECT_FIELD("refcount", "-5");
	EXPECT_SOUND(mm_check(&where));
	release(page, 5);
	__free_pages(page, 5);
}

KTEST(free, mapped_page_is_quarantined)
{
	struct page *page = alloc_here(2);

	ASSERT_TRUE(page);
	page->_mapcount = 0;
	expect_quarantine(page, 2, "mapped");
	page->_mapcount = 41;
	expect_quarantine(page, 2, "mapped");
	page->_mapcount = -1;
	__free_pages(page, 2);
}

KTEST(free, page_of_a_mapping_is_quarantined)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	page->mapping = (struct address_space *)0xc1000000; /* nothing in its low 24 bits */
	expect_quarantine(page, 0, "mapping");
	page->mapping = (struct address_space *)0xc1234560;
	expect_quarantine(page, 0, "mapping");
	page->mapping = NULL;
	__free_page(page);
}

KTEST(free, page_on_an_lru_list_is_quarantined)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	SetPageLRU(page);
	expect_quarantine(page, 0, "lru");
	ClearPageLRU(page);
	__free_page(page);
}

KTEST(free, locked_page_is_quarantined)
{
	struct page *page = alloc_here(4);

	ASSERT_TRUE(page);
	SetPageLocked(page);
	expect_quarantine(page, 4, "flags");
	ClearPageLocked(page);
	__free_pages(page, 4);
}

/* A flags word that cannot be: the block is quarantined, and its flags are put right but for that.
 */
static void expect_flags_quarantined(unsigned int order, unsigned long flip, const char *reason)
{
	struct page *page = alloc_here(order);
	unsigned long flags;
	struct zone *zone;
	const struct zone *where;

	ASSERT_TRUE(page);
	zone = page_zone(page);
	flags = page->flags;
	page->flags ^= flip;
	EXPECT_REPORT(bad_page, __free_pages(page, order));
	EXPECT_FIELD("reason", reason);
	EXPECT_FIELD("action", "quarantined");
	EXPECT_FIELD("zone", zone->name);
	EXPECT_EQ(page->flags & ~(flip & PAGE_MT_MASK), flags | 1ul << PG_hwpoison);
	EXPECT_SOUND(mm_check(&where));
	drain_all_pages(NULL);
	EXPECT_SOUND(mm_check(&where));
	release(page, order);
	page->flags = flags;
	set_page_count(page, 1);
	__free_pages(page, order);
}

KTEST(free, marks_of_free_pages_are_refused_on_a_page_that_is_freed)
{
	for (unsigned int order = 0; order < 6; order += 5) {
		expect_flags_quarantined(order, 1ul << PG_buddy, "buddy");
		expect_flags_quarantined(order, 1ul << PG_guard, "guard");
		expect_flags_quarantined(order, 1ul << PG_managed, "unmanaged");
	}
	expect_flags_quarantined(0, 7ul << PAGE_MT_SHIFT, "type");
}

/* Has any node of that number pages? */
static bool node_has_pages(int nid)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if (zone->node == nid)
			return true;
	return false;
}

/* A node without pages, at once; a zone that has some, before the page gets into its lists (below).
 */
KTEST(free, a_page_never_goes_to_another_zone_or_node_than_its_frame)
{
	SKIP_UNLESS(!node_has_pages(7), "all eight nodes have pages");
	expect_flags_quarantined(0, 7ul << PAGE_NODE_SHIFT, "zone");
	expect_flags_quarantined(5, 7ul << PAGE_NODE_SHIFT, "zone");
}

static void expect_stray(unsigned int order)
{
	struct zone *dma = any_zone(ZONE_DMA), *normal = any_zone(ZONE_NORMAL);
	struct page *page = alloc_here(order);
	unsigned long flags;
	const struct zone *where;

	ASSERT_TRUE(page);
	if (page_zone(page) != normal || dma->node != normal->node) {
		__free_pages(page, order);
		return;
	}
	drain_all_pages(NULL);
	__free_pages(alloc_pages_node(dma->node, GFP_KERNEL | GFP_DMA, order), order);
	buddy_settle(dma); /* there is room for one in the pageset, none waits to be merged */
	flags = page->flags;
	page->flags ^= PAGE_FIELD_MASK(1, PAGE_ZONE_SHIFT); /* Normal to DMA */
	EXPECT_REPORT(page_corrupt, __free_pages(page, order); drain_all_pages(NULL);
	              buddy_settle(dma));
	EXPECT_FIELD("action", "quarantined");
	EXPECT_FIELD("zone", "Normal");
	EXPECT_SOUND(mm_check(&where));
	release(page, order);
	page->flags = flags;
	set_page_count(page, 1);
	__free_pages(page, order);
}

KTEST(free, a_page_that_went_to_another_zone_on_the_fast_path_is_found_by_the_drain)
{
	SKIP_UNLESS(any_zone(ZONE_NORMAL), "one zone");
	SKIP_UNLESS(pageset_fast_enabled(), "the fast paths are off");
	expect_stray(0);
	expect_stray(5);
}

KTEST(free, flags_about_old_content_do_not_matter)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	SetPageDirty(page);
	SetPageUptodate(page);
	SetPageReferenced(page);
	__free_page(page);
	EXPECT_TRUE(!(page->flags & PAGE_FLAGS_MASK));
}

KTEST(free, last_put_of_a_page_in_use_is_quarantined)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	page->_mapcount = 0;
	EXPECT_REPORT(bad_page, put_page(page));
	EXPECT_FIELD("reason", "mapped");
	EXPECT_EQ(page_ref_count(page), 1);
	release(page, 0);
	page->_mapcount = -1;
	__free_page(page);
}

/* --- references ------------------------------------------------------------------------- */

KTEST(free, put_below_zero_is_refused)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	free_first(page, 0);
	EXPECT_REFUSED(bad_refcount, page_zone(page), put_page(page));
	EXPECT_FIELD("what", "put_page");
	EXPECT_FIELD_HERE("caller");
	ktest_expect_field_function(__FILE__, __LINE__, "first_free", "free_first");
}

KTEST(free, a_free_page_is_not_resurrected)
{
	struct page *page = alloc_here(0);

	ASSERT_TRUE(page);
	__free_page(page);
	EXPECT_REFUSED(bad_refcount, page_zone(page), get_page(page));
	EXPECT_FIELD("what", "get_page");
	EXPECT_EQ(page_ref_count(page), 0);
	EXPECT_REPORT(bad_refcount, get_page((struct page *)0x10));
	EXPECT_REPORT(bad_refcount, put_page((struct page *)0x10));
}

/* The kernel goes on after any of it. */
KTEST(free, allocator_is_sound_after_all_kinds_of_misuse)
{
	struct page *page = alloc_here(1);
	const struct zone *where;

	ASSERT_TRUE(page);
	EXPECT_REPORT(free_tail, __free_page(page + 1));
	EXPECT_REPORT(wrong_order, __free_page(page));
	__free_pages(page, 1);
	EXPECT_REPORT(double_free, __free_pages(page, 1));
	EXPECT_REPORT(free_outside, __free_page(NULL));
	EXPECT_SOUND(mm_check(&where));
	page = alloc_here(1);
	EXPECT_TRUE(page);
	__free_pages(page, 1);
}
