/* SPDX-License-Identifier: MIT */
/* memory_map.c - tests that nodes, zones and mem_map are what the firmware's map says. */
#include "asm/page_ops.h"
#include "asm/sections.h"
#include "bench.h"
#include "cmdline.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/check.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/page_alloc.h"
#include "mm/reserved.h"
#include "resource.h"

static unsigned long ram_pages;

static void add_ram(const struct resource *r, unsigned int depth)
{
	unsigned long first = PFN_UP(r->start), last = PFN_DOWN(r->end + 1);

	if (depth || strcmp(r->name, "System RAM"))
		return;
	last = min(last, max_pfn);
	if (first < last)
		ram_pages += last - first;
}

KTEST(memory_map, present_pages_are_the_firmwares_whole_pages)
{
	unsigned long present = 0;
	pg_data_t *pgdat;

	SKIP_UNLESS(!resources_dropped(), "the map has more ranges than the resource table");
	ram_pages = 0;
	resource_for_each(add_ram);
	for_each_online_pgdat (pgdat)
		present += pgdat->node_present_pages;
	EXPECT_EQ(present, ram_pages);
}

KTEST(memory_map, zones_begin_and_end_at_their_borders)
{
	struct zone *dma = any_zone(ZONE_DMA), *normal = any_zone(ZONE_NORMAL);
	struct zone *high = any_zone(ZONE_HIGHMEM), *zone;
	unsigned long dma_end = 0;

	ASSERT_TRUE(dma);
	for_each_populated_zone (zone)
		if (zone->zone_idx == ZONE_DMA)
			dma_end = max(dma_end, zone_end_pfn(zone));
	EXPECT_TRUE(normal ? dma_end == 4096 : dma_end <= 4096);
	if (nr_node_ids > 1)
		return;
	if (normal && NODE_DATA(0)->node_start_pfn < 4096)
		EXPECT_EQ(normal->zone_start_pfn, 4096);
	if (!high)
		return;
	EXPECT_EQ(high->zone_start_pfn, max_low_pfn);
	EXPECT_EQ(zone_end_pfn(normal), max_low_pfn);
	if (!boot_options.highmem)
		EXPECT_EQ(max_low_pfn, PFN_DOWN(MAXMEM));
}

static bool in_ram;
static unsigned long asked_pfn;

static void find_ram(const struct resource *r, unsigned int depth)
{
	if (!depth && !strcmp(r->name, "System RAM") && PFN_UP(r->start) <= asked_pfn &&
	    asked_pfn < PFN_DOWN(r->end + 1))
		in_ram = true;
}

static bool is_ram(unsigned long pfn)
{
	in_ram = false;
	asked_pfn = pfn;
	resource_for_each(find_ram);
	return in_ram;
}

KTEST(memory_map, page_zero_and_the_isa_hole_are_never_given_out)
{
	EXPECT_TRUE(PageReserved(pfn_to_page(0)));
	for (unsigned long pfn = 0xa0; pfn < 0x100; pfn++)
		EXPECT_TRUE(PageReserved(pfn_to_page(pfn)));
}

KTEST(memory_map, kernel_image_is_reserved_by_name)
{
	EXPECT_STREQ(page_kind(PFN_DOWN(__pa(_stext))), "kernel_text");
	EXPECT_STREQ(page_kind(PFN_DOWN(__pa(__start_rodata))), "kernel_rodata");
	EXPECT_STREQ(page_kind(PFN_DOWN(__pa(_sdata))), "kernel_data");
	EXPECT_STREQ(page_kind(PFN_DOWN(__pa(mem_map))), "mem_map");
}

KTEST(memory_map, boot_time_memory_was_given_back)
{
	struct page *page = virt_to_page(__init_begin);

	EXPECT_TRUE(!PageReserved(page));
	EXPECT_TRUE(strcmp(page_kind(page_to_pfn(page)), "kernel_init"));
}

KTEST(memory_map, ram_has_struct_pages_and_far_holes_have_none)
{
	for (int i = 0; i < 300; i++) {
		unsigned long pfn = ktest_below((u32)max_pfn);

		if (is_ram(pfn))
			EXPECT_TRUE(pfn_valid(pfn) && page_pointer_valid(pfn_to_page(pfn)));
		else if (pfn_valid(pfn))
			EXPECT_TRUE(PageReserved(pfn_to_page(pfn)));
	}
	EXPECT_TRUE(!pfn_valid(max_pfn) && !pfn_valid(~0ul));
}

KTEST(memory_map, managed_and_reserved_sum_to_present_in_every_zone)
{
	struct zone *zone;

	for_each_populated_zone (zone) {
		struct zone_census c = zone_take_census(zone);
		unsigned long holes = zone->spanned_pages - zone->present_pages;

		EXPECT_TRUE(zone->managed_pages <= zone->present_pages);
		/* reserved entries are reserved RAM and those holes that share a block with RAM */
		EXPECT_TRUE(c.reserved >= zone->present_pages - zone->managed_pages);
		EXPECT_TRUE(nr_node_ids > 1 || c.reserved <= zone->present_pages -
		                                                     zone->managed_pages + holes +
		                                                     MAX_ORDER_NR_PAGES);
	}
}

KTEST(memory_map, no_reserved_page_of_ram_is_managed)
{
	struct zone *zone = any_zone(ZONE_DMA);
	unsigned long reserved = 0;

	for (unsigned long pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)
		if (PageReserved(pfn_to_page(pfn)) && is_ram(pfn) &&
		    page_zone(pfn_to_page(pfn)) == zone)
			reserved++;
	EXPECT_EQ(reserved, zone->present_pages - zone->managed_pages);
}

KTEST(memory_map, mem_map_lies_in_low_memory_and_costs_what_it_says)
{
	EXPECT_TRUE(__pa(mem_map) + memmap_pages() * PAGE_SIZE <= PFN_PHYS(max_low_pfn) ||
	            memmap_pages() * PAGE_SIZE < max_pfn * sizeof(struct page));
	EXPECT_TRUE(IS_ALIGNED((unsigned long)mem_map, sizeof(struct page) * MAX_ORDER_NR_PAGES));
	EXPECT_EQ(sizeof(struct page), 32);
}

KTEST(memory_map, struct_pages_say_their_zone_and_node)
{
	for (int i = 0; i < 500; i++) {
		unsigned long pfn = ktest_below((u32)max_pfn);
		struct page *page = pfn_to_page(pfn);

		if (!pfn_valid(pfn))
			continue;
		EXPECT_EQ(page_to_pfn(page), pfn);
		EXPECT_EQ(page_zonenum(page), zone_idx_of(pfn, page_to_nid(page)));
		if (!PageReserved(page))
			EXPECT_TRUE(zone_spans_pfn(page_zone(page), pfn));
	}
}

KTEST(memory_map, filling_mem_map_costs_at_most_five_instructions_a_page)
{
	SKIP_UNLESS(clock_counts_instructions(), "the clock counts time here");
	/* some thousand go to the nodes and zones, however few their pages */
	EXPECT_TRUE(memmap_cost.tsc <= 5ull * memmap_cost.pages + 10000);
}

KTEST(memory_map, boot_allocator_is_retired_with_a_name)
{
	EXPECT_TRUE(memblock.retired);
}

KTEST(memory_map, only_reserved_frames_go_free)
{
	struct page *page = alloc_page(GFP_KERNEL);
	phys_addr_t pa = page_to_phys(page), end = PFN_PHYS(ALIGN(max_pfn, MAX_ORDER_NR_PAGES));
	u32 before = mm_fingerprint();

	EXPECT_REPORT(not_reserved, free_reserved_area(pa, pa + PAGE_SIZE));
	EXPECT_FIELD("what", "allocated");
	EXPECT_REPORT(not_reserved, free_reserved_area(end, end + PAGE_SIZE));
	EXPECT_FIELD("what", "beyond_memory");
	EXPECT_FIELD_HERE("caller");
	EXPECT_EQ(mm_fingerprint(), before);
	__free_page(page);
}
