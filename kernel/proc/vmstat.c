/* SPDX-License-Identifier: MIT */
/* vmstat.c - /proc/vmstat: "name value", one counter a line. Owns: the names. */
#include "mm/vmstat.h"
#include "asm/memlayout.h"
#include "console.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "proc.h"
#include "stat_names.h"

const char *const zone_stat_names[NR_VM_ZONE_STAT_ITEMS] = {
	"nr_free_pages",
	"nr_zone_inactive_anon",
	"nr_zone_active_anon",
	"nr_zone_inactive_file",
	"nr_zone_active_file",
	"nr_zone_unevictable",
	"nr_zone_write_pending",
	"nr_mlock",
	"nr_bounce",
	"nr_free_cma",
};

const char *const node_stat_names[] = {
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	"nr_page_table_pages",
	"nr_sec_page_table_pages",
	"nr_swapcached",
	NULL,
};

unsigned long node_stat(const char *name)
{
	if (!strcmp(name, "nr_slab_reclaimable"))
		return nr_slab_pages(SLAB_RECLAIMABLE);
	if (!strcmp(name, "nr_slab_unreclaimable"))
		return nr_slab_pages(SLAB_UNRECLAIMABLE);
	/* in KiB, as Linux counts stacks */
	return strcmp(name, "nr_kernel_stack") ? 0 : THREAD_SIZE / 1024;
}

static void show_zone_sums(void)
{
	struct zone *zone;

	for (unsigned int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++) {
		unsigned long sum = 0;

		for_each_populated_zone (zone)
			sum += zone_page_state(zone, (enum zone_stat_item)i);
		cprintf("%s %lu\n", zone_stat_names[i], sum);
	}
}

static void show_numa(void)
{
	static const char *const names[NR_NUMA_STATS] = {"numa_hit", "numa_miss", "numa_foreign",
	                                                 "numa_local", "numa_other"};
	struct zone *zone;

	for (unsigned int i = 0; i < NR_NUMA_STATS; i++) {
		unsigned long sum = 0;

		for_each_populated_zone (zone)
			sum += zone_numa_state(zone, (enum numa_stat_item)i);
		cprintf("%s %lu\n", names[i], sum);
	}
}

static void show_pgalloc(void)
{
	static const char *const names[MAX_NR_ZONES] = {"dma", "normal", "high", "movable"};
	unsigned long freed = 0;
	struct zone *zone;

	for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
		unsigned long sum = 0;

		for_each_populated_zone (zone)
			if (zone->zone_idx == idx)
				sum += zone_pages_allocated(zone);
		cprintf("pgalloc_%s %lu\n", names[idx], sum);
	}
	for_each_populated_zone (zone)
		freed += zone_pages_freed(zone);
	cprintf("pgfree %lu\n", freed);
}

static void show_fallbacks(void)
{
	unsigned long sum = 0;

	for (int a = 0; a < MIGRATE_PCPTYPES; a++)
		for (int b = 0; b < MIGRATE_PCPTYPES; b++)
			sum += nr_fallbacks[a][b];
	cprintf("pgalloc_extfrag %lu\n", sum);
}

void show_vmstat(void)
{
	show_zone_sums();
	show_numa();
	for (unsigned int i = 0; node_stat_names[i]; i++)
		cprintf("%s %lu\n", node_stat_names[i], node_stat(node_stat_names[i]));
	show_pgalloc();
	for (unsigned int i = 0; i < NR_VM_EVENT_ITEMS; i++)
		cprintf("%s %lu\n", vm_event_names[i], vm_event_count((enum vm_event_item)i));
	show_fallbacks();
}
