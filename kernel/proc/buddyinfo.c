/* SPDX-License-Identifier: MIT */
/* buddyinfo.c - /proc/buddyinfo and /proc/pagetypeinfo: free blocks by order, and by type.
 * Owns: nothing. The formats are Linux's, trailing blanks included. */
#include "console.h"
#include "mm/buddy.h"
#include "mm/pageblock.h"
#include "proc.h"

static void zone_head(const struct zone *zone)
{
	cprintf("Node %d, zone %8s ", zone->node, zone->name);
}

void show_buddyinfo(void)
{
	struct zone *zone;

	for_each_populated_zone (zone) {
		buddy_settle(zone);
		zone_head(zone);
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			cprintf("%6lu ", zone->free_area[order].nr_free);
		cprintf("\n");
	}
}

static void show_free_by_type(struct zone *zone)
{
	buddy_settle(zone);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
		cprintf("Node %4d, zone %8s, type %12s ", zone->node, zone->name,
		        migratetype_names[mt]);
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			cprintf("%6lu ", buddy_count(zone, order, mt));
		cprintf("\n");
	}
}

static void show_blocks_by_type(const struct zone *zone)
{
	unsigned long counts[MIGRATE_TYPES];

	count_pageblocks(zone, counts);
	zone_head(zone);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		cprintf("%12lu ", counts[mt]);
	cprintf("\n");
}

void show_pagetypeinfo(void)
{
	struct zone *zone;

	cprintf("Page block order: %d\n", pageblock_order);
	cprintf("Pages per block:  %lu\n\n", pageblock_nr_pages);
	cprintf("%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		cprintf("%6u ", order);
	cprintf("\n");
	for_each_populated_zone (zone)
		show_free_by_type(zone);
	cprintf("\n%-23s", "Number of blocks type ");
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		cprintf("%12s ", migratetype_names[mt]);
	cprintf("\n");
	for_each_populated_zone (zone)
		show_blocks_by_type(zone);
}
