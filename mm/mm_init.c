/* SPDX-License-Identifier: MIT */
/* mm_init.c - the last step of the hand-over: reserves, zonelists, pagesets. Owns: nothing. */
#include "mm/mm_init.h"
#include "bug.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/topology.h"
#include "mm/watermark.h"
#include "mm/zonelist.h"

static void create_pagesets(struct zone *zone)
{
	pageset_set_high_and_batch(zone);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		void *memory = alloc_pages_exact(pageset_bytes(zone), GFP_KERNEL | __GFP_ZERO);

		if (!memory)
			panic("no memory for the pageset of zone %s", zone->name);
		pageset_install(zone, cpu, memory);
	}
}

void page_alloc_init(void)
{
	struct zone *zone;

	build_all_zonelists();
	pageset_update_fast();
	init_per_zone_wmark_min();
	for_each_populated_zone (zone)
		if (managed_zone(zone))
			create_pagesets(zone);
	alloc_hooks_init();
	pageset_enable_fast();
}
