/* SPDX-License-Identifier: MIT */
/* helpers.c - see helpers.h. Owns: the watermarks saved by starve(). */
#include "helpers.h"
#include "console.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/watermark.h"
#include "shell.h"

struct zone *test_zone_open(struct test_zone *tz, unsigned int mt)
{
	struct zone *zone = &tz->zone;
	struct page *block = alloc_pages(GFP_KERNEL, MAX_ORDER - 1);

	if (!block)
		return NULL;
	*zone = (struct zone){.name = "test",
	                      .page_tag = page_zone(block)->page_tag,
	                      .zone_start_pfn = page_to_pfn(block),
	                      .spanned_pages = MAX_ORDER_NR_PAGES,
	                      .present_pages = MAX_ORDER_NR_PAGES,
	                      .managed_pages = MAX_ORDER_NR_PAGES};
	tz->guard = debug_guardpage_minorder;
	buddy_set_guard_order(0);
	tz->block = block;
	tz->flags = block->flags;
	for (int i = 0; i < 2; i++) {
		tz->types[i] = (u8)get_pageblock_migratetype(block + i * pageblock_nr_pages);
		set_pageblock_migratetype(block + i * pageblock_nr_pages, mt);
	}
	raw_spin_lock_init(&zone->lock);
	buddy_init(zone);
	set_page_count(block, 0);
	buddy_free_range(zone, zone->zone_start_pfn, zone_end_pfn(zone));
	return zone;
}

void test_zone_close(struct test_zone *tz)
{
	for (unsigned long i = 0; i < MAX_ORDER_NR_PAGES; i++) {
		tz->block[i].flags = tz->zone.page_tag;
		tz->block[i].mapping = NULL;
		tz->block[i]._mapcount = -1;
		set_page_count(tz->block + i, 0);
	}
	for (int i = 0; i < 2; i++)
		set_pageblock_migratetype(tz->block + i * pageblock_nr_pages, tz->types[i]);
	tz->block->flags = tz->flags;
	set_page_count(tz->block, 1);
	buddy_set_guard_order(tz->guard);
	__free_pages(tz->block, MAX_ORDER - 1);
}

bool any_zone_is_large(void)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if (zone->zone_idx <= ZONE_NORMAL && zone->managed_pages >= 3500)
			return true;
	return false;
}

bool first_zone_is_roomy(void)
{
	const struct zone *zone = first_zone(GFP_KERNEL);

	return zone_page_state(zone, NR_FREE_PAGES) > high_wmark_pages(zone) + 512;
}

void chain_init(struct page_chain *chain)
{
	INIT_LIST_HEAD(&chain->head);
	chain->count = 0;
}

unsigned long chain_fill(struct page_chain *chain, gfp_t gfp, unsigned long most)
{
	unsigned long n = 0;
	struct page *page;

	while (n < most && (page = alloc_pages(gfp | __GFP_NOWARN, 0))) {
		list_add(&page->lru, &chain->head);
		n++;
	}
	chain->count += n;
	return n;
}

void chain_free(struct page_chain *chain)
{
	struct page *page, *next;

	list_for_each_entry_safe (page, next, &chain->head, lru)
		__free_page(page);
	chain_init(chain);
}

static unsigned long saved[MAX_NUMNODES * MAX_NR_ZONES][NR_WMARK];

static unsigned long *saved_marks(const struct zone *zone)
{
	return saved[zone->node * MAX_NR_ZONES + zone->zone_idx];
}

static void set_watermarks(struct zone *zone, unsigned long pages)
{
	for (int w = 0; w < NR_WMARK; w++) {
		saved_marks(zone)[w] = zone->_watermark[w];
		zone->_watermark[w] = pages;
	}
	zone_update_plenty(zone);
}

static void restore_watermarks(struct zone *zone)
{
	for (int w = 0; w < NR_WMARK; w++)
		zone->_watermark[w] = saved_marks(zone)[w];
	zone_update_plenty(zone);
}

void starve(void)
{
	struct zone *zone;

	pageset_disable_fast();
	drain_all_pages(NULL);
	for_each_populated_zone (zone) /* a request may go to 3/8 of min: more than there is */
		set_watermarks(zone, zone->managed_pages * 4);
}

void starve_end(void)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		restore_watermarks(zone);
	pageset_enable_fast();
}

void lift_high_watermarks(void)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if (is_highmem(zone))
			set_watermarks(zone, 0);
}

void lift_high_watermarks_end(void)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if (is_highmem(zone))
			restore_watermarks(zone);
}

char command_text[16384];

const char *command_output(const char *line)
{
	console_capture(command_text, sizeof(command_text));
	shell_execute(line);
	console_capture_end();
	return command_text;
}

struct zone *first_zone(gfp_t gfp)
{
	const struct zonelist *list = node_zonelist(numa_node_id(), gfp);

	return next_zones_zonelist((struct zoneref *)list->_zonerefs, (int)gfp_zone(gfp))->zone;
}

struct zone *any_zone(int idx)
{
	struct zonelist *list = node_zonelist(numa_node_id(), 0);
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_zonelist (zone, z, list, MAX_NR_ZONES - 1)
		if (zone->zone_idx == idx && managed_zone(zone))
			return zone;
	return NULL;
}
