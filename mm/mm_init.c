/* SPDX-License-Identifier: MIT */
/* mm_init.c - the last step of the hand-over: reserves, zonelists, pagesets. Owns: nothing. */
#include "mm/mm_init.h"
#include "bug.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/topology.h"
#include "mm/watermark.h"
#include "mm/zonelist.h"

static void create_pageset(struct zone *zone, unsigned int cpu)
{
	void *memory = alloc_pages_exact_nid(per_cpu(numa_node, cpu), pageset_bytes(zone),
	                                     GFP_KERNEL | __GFP_ZERO);

	if (!memory)
		panic("no memory for the pageset of CPU %u in zone %s", cpu, zone->name);
	pageset_install(zone, cpu, memory);
}

void page_alloc_init(void)
{
	struct zone *zone;

	build_all_zonelists();
	pageset_update_fast();
	init_per_zone_wmark_min();
	for_each_populated_zone (zone)
		if (managed_zone(zone)) {
			pageset_set_high_and_batch(zone);
			create_pageset(zone, 0);
		}
	alloc_hooks_init();
	pageset_enable_fast();
}

void page_alloc_add_cpus(void)
{
	struct zone *zone;

	for_each_populated_zone (zone) {
		if (!managed_zone(zone))
			continue;
		pageset_set_high_and_batch(zone); /* the node's CPUs share the watermark */
		for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++)
			create_pageset(zone, cpu);
	}
	pageset_update_fast();
}
