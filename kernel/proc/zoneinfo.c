/* SPDX-License-Identifier: MIT */
/* zoneinfo.c - /proc/zoneinfo: everything about every zone, in Linux 6.1's format. Owns: nothing.
 */
#include "console.h"
#include "lib/bitops.h"
#include "mm/mmzone.h"
#include "mm/pageset.h"
#include "mm/topology.h"
#include "mm/vmstat.h"
#include "proc.h"
#include "stat_names.h"

/* The first populated zone of a node also carries the node's counters. */
static bool first_of_node(const struct zone *zone)
{
	const struct zone *first = zone->zone_pgdat->node_zones;

	while (!populated_zone(first))
		first++;
	return first == zone;
}

static void show_node_stats(void)
{
	cprintf("\n  per-node stats");
	for (unsigned int i = 0; node_stat_names[i]; i++)
		cprintf("\n      %-12s %lu", node_stat_names[i], node_stat(node_stat_names[i]));
}

static void show_sizes(const struct zone *zone)
{
	cprintf("\n  pages free     %lu", zone_page_state(zone, NR_FREE_PAGES));
	cprintf("\n        boost    %lu", zone->watermark_boost);
	cprintf("\n        min      %lu", min_wmark_pages(zone));
	cprintf("\n        low      %lu", low_wmark_pages(zone));
	cprintf("\n        high     %lu", high_wmark_pages(zone));
	cprintf("\n        spanned  %lu", zone->spanned_pages);
	cprintf("\n        present  %lu", zone->present_pages);
	cprintf("\n        managed  %lu", zone->managed_pages);
	cprintf("\n        cma      %lu", 0ul);
	cprintf("\n        protection: (%ld", zone->lowmem_reserve[0]);
	for (int i = 1; i < MAX_NR_ZONES; i++)
		cprintf(", %ld", zone->lowmem_reserve[i]);
	cprintf(")");
}

/* How far a CPU's counter may run before it is folded into the zone's: 2 * log2 of CPUs and GiBs.
 * Quire counts exactly; the figure is what Linux prints for such a zone. */
static unsigned int stat_threshold(const struct zone *zone)
{
	unsigned long mem = zone->managed_pages >> (27 - PAGE_SHIFT);

	return min(125u, 2 * fls(nr_cpu_ids) * (1 + fls(mem)));
}

static void show_pagesets(const struct zone *zone)
{
	cprintf("\n  pagesets");
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct per_cpu_pages *pcp = zone->pageset[cpu];

		if (!pcp)
			continue;
		cprintf("\n    cpu: %u\n              count: %lu\n              high:  %d\n"
		        "              batch: %d\n  vm stats threshold: %u",
		        cpu, pcp_count(pcp), pcp->high, pcp->batch, stat_threshold(zone));
	}
}

static void show_zone(const struct zone *zone)
{
	cprintf("Node %d, zone %8s", zone->node, zone->name);
	if (populated_zone(zone) && first_of_node(zone))
		show_node_stats();
	show_sizes(zone);
	if (!populated_zone(zone)) {
		cprintf("\n");
		return;
	}
	for (unsigned int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		cprintf("\n      %-12s %lu", zone_stat_names[i],
		        zone_page_state(zone, (enum zone_stat_item)i));
	show_pagesets(zone);
	cprintf("\n  node_unreclaimable:  %u\n  start_pfn:           %lu\n", 0u,
	        zone->zone_start_pfn);
}

void show_zoneinfo(void)
{
	struct zone *zone;

	for_each_zone (zone)
		show_zone(zone);
}
