/* SPDX-License-Identifier: MIT */
/* show_mem.c - the state of memory in a few lines, printed with every allocation failure.
 * Owns: nothing. Takes no lock: figures may be a moment apart. */
#include "asm/page.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/vmstat.h"
#include "printk.h"

#define K(pages) ((pages) << (PAGE_SHIFT - 10))

static void show_zone(const struct zone *zone)
{
	pr_info("Node %d %s free:%lukB pcp:%lukB min:%lukB low:%lukB high:%lukB present:%lukB "
	        "managed:%lukB\n",
	        zone->node, zone->name, K(zone_page_state(zone, NR_FREE_PAGES)),
	        K(zone_pcp_pages(zone)), K(min_wmark_pages(zone)), K(low_wmark_pages(zone)),
	        K(high_wmark_pages(zone)), K(zone->present_pages), K(zone->managed_pages));
}

static void show_orders(const struct zone *zone)
{
	pr_info("Node %d %s:", zone->node, zone->name);
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		pr_info(" %lu*%lukB", zone->free_area[order].nr_free, K(1ul << order));
	pr_info(" = %lukB\n", K(zone_page_state(zone, NR_FREE_PAGES)));
}

void show_mem(void)
{
	struct zone *zone;

	pr_info("Mem-Info: %lukB of %lukB free\n", K(nr_free_pages()), K(totalram_pages()));
	for_each_populated_zone (zone)
		show_zone(zone);
	for_each_populated_zone (zone) {
		buddy_settle(zone);
		show_orders(zone);
	}
}
