/* SPDX-License-Identifier: MIT */
/* vmstat.c - counters and their sums. Owns: the per-CPU event counters. */
#include "mm/vmstat.h"
#include "mm/pageset.h"
#include "mm/topology.h"

DEFINE_PER_CPU(struct vm_event_state, vm_event_states);

const char *const vm_event_names[NR_VM_EVENT_ITEMS] = {
#define X(item, name) [item] = #name,
	VM_EVENTS(X)
#undef X
};

unsigned long vm_event_count(enum vm_event_item item)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		sum += per_cpu(vm_event_states, cpu).event[item];
	return sum;
}

/* Pages freed into the zone's pagesets. */
static unsigned long freed_to_pagesets(const struct zone *zone)
{
	unsigned int first = (unsigned int)(zone->page_tag >> PAGE_LIST_SHIFT);
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			sum += per_cpu(pcp_nr_freed[first + mt], cpu);
	return sum;
}

unsigned long zone_pages_freed(const struct zone *zone)
{
	return zone->nr_direct_free + freed_to_pagesets(zone);
}

unsigned long zone_pages_allocated(const struct zone *zone)
{
	unsigned long sum = zone->nr_direct_alloc + freed_to_pagesets(zone);

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct per_cpu_pages *pcp = zone->pageset[cpu];

		if (pcp)
			sum += pcp->nr_filled - pcp->nr_drained - pcp_count(pcp);
	}
	return sum;
}

unsigned long zone_pcp_pages(const struct zone *zone)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (zone->pageset[cpu])
			sum += pcp_count(zone->pageset[cpu]);
	return sum;
}

unsigned long nr_free_pages(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		sum += zone_page_state(zone, NR_FREE_PAGES);
	return sum;
}

void count_numa_alloc(int preferred_nid, struct zone *zone, unsigned int order)
{
	struct zone *preferred = &NODE_DATA(preferred_nid)->node_zones[zone->zone_idx];
	unsigned long pages = 1ul << order;

	if (unlikely(zone->node != preferred_nid)) {
		__atomic_fetch_add(&zone->numa_stat[NUMA_MISS], pages, __ATOMIC_RELAXED);
		__atomic_fetch_add(&preferred->numa_stat[NUMA_FOREIGN], pages, __ATOMIC_RELAXED);
	}
	if (unlikely(zone->node != numa_node_id()))
		__atomic_fetch_add(&zone->numa_stat[NUMA_OTHER], pages, __ATOMIC_RELAXED);
}

unsigned long zone_numa_state(const struct zone *zone, enum numa_stat_item item)
{
	switch (item) {
	case NUMA_HIT:
		return zone_pages_allocated(zone) - zone->numa_stat[NUMA_MISS];
	case NUMA_LOCAL:
		return zone_pages_allocated(zone) - zone->numa_stat[NUMA_OTHER];
	default:
		return zone->numa_stat[item];
	}
}

unsigned long totalram_pages(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_zone (zone)
		sum += zone->managed_pages;
	return sum;
}

unsigned long totalhigh_pages(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_zone (zone)
		if (is_highmem(zone))
			sum += zone->managed_pages;
	return sum;
}

unsigned long nr_slab_pages(enum slab_kind kind)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		sum += (unsigned long)READ_ONCE(zone->nr_slab[kind]);
	return sum;
}
