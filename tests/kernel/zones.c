/* SPDX-License-Identifier: MIT */
/* zones.c - tests of reserves, zonelists and their tunables against formulas and a real Linux. */
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/watermark.h"
#include "mm/zonelist.h"
#include "proc.h"
#include "../data/oracle.h"

KTEST(zones, min_free_kbytes_is_linux_formula)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		unsigned long low = oracle[i].zones[0].managed + oracle[i].zones[1].managed;

		if (oracle[i].plain_min_free)
			EXPECT_EQ(calculate_min_free_kbytes(low * 4), oracle[i].min_free_kbytes);
	}
	EXPECT_EQ(calculate_min_free_kbytes(100), 128);
	EXPECT_EQ(calculate_min_free_kbytes(~0ul / 16), 65535);
}

KTEST(zones, pageset_sizes_are_those_of_a_real_linux)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		for (int z = 0; z < MAX_NR_ZONES; z++) {
			const struct oracle_zone *o = &oracle[i].zones[z];
			int batch = max(zone_batchsize(o->managed), 1);

			if (!o->pcp_high)
				continue;
			EXPECT_EQ(batch, o->pcp_batch);
			EXPECT_EQ(zone_highsize(o->managed, o->watermark[1], batch, 1),
			          o->pcp_high);
		}
	}
}

KTEST(zones, watermarks_follow_from_min_free_kbytes)
{
	unsigned long pages_min = min_free_kbytes / 4, low = 0;
	struct zone *zone;

	for_each_zone (zone)
		low += is_highmem(zone) ? 0 : zone->managed_pages;
	for_each_populated_zone (zone) {
		u64 share = (u64)pages_min * zone->managed_pages / low;
		u64 gap = max(share / 4, (u64)zone->managed_pages * watermark_scale_factor / 10000);
		u64 least =
			is_highmem(zone) ? clamp(zone->managed_pages / 1024, 32ul, 128ul) : share;

		/* boot-time memory freed later moves a share by less than one in a thousand */
		EXPECT_TRUE(least - min_wmark_pages(zone) + 1 <= 2 + least / 500);
		EXPECT_TRUE(low_wmark_pages(zone) - min_wmark_pages(zone) - gap + 1 <=
		            2 + gap / 500);
		EXPECT_EQ(high_wmark_pages(zone) - low_wmark_pages(zone),
		          low_wmark_pages(zone) - min_wmark_pages(zone));
	}
}

KTEST(zones, lowmem_reserve_is_what_lies_above_by_ratio)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		for (int i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &pgdat->node_zones[i];
			unsigned long above = 0;

			for (int j = i + 1; j < MAX_NR_ZONES; j++) {
				above += pgdat->node_zones[j].managed_pages;
				if (zone->managed_pages && lowmem_reserve_ratio[i])
					EXPECT_TRUE((unsigned long)zone->lowmem_reserve[j] -
					                    above / lowmem_reserve_ratio[i] + 1 <=
					            2);
				else
					EXPECT_EQ(zone->lowmem_reserve[j], 0);
			}
		}
	}
}

KTEST(zones, raising_min_free_kbytes_raises_all_watermarks)
{
	const struct proc_file *f = proc_find("/proc/sys/vm/min_free_kbytes");
	struct zone *zone = any_zone(ZONE_DMA);
	unsigned long old = min_free_kbytes, min_before = min_wmark_pages(zone);
	char text[16];

	ASSERT_TRUE(f && f->write);
	snprintf(text, sizeof(text), "%lu", old * 2);
	EXPECT_EQ(f->write(text), 0);
	EXPECT_TRUE(min_wmark_pages(zone) >= min_before * 2 - 1);
	EXPECT_TRUE(low_wmark_pages(zone) > min_wmark_pages(zone));
	snprintf(text, sizeof(text), "%lu", old);
	EXPECT_EQ(f->write(text), 0);
	EXPECT_TRUE(min_wmark_pages(zone) - min_before + 1 <= 2);
}

KTEST(zones, bad_tunables_are_refused_and_change_nothing)
{
	static const char *const bad[] = {"", "x", "-1", "99999999999999999999", "1 2", "12abc"};
	const struct proc_file *f = proc_find("/proc/sys/vm/min_free_kbytes");
	unsigned long old = min_free_kbytes;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_TRUE(f->write(bad[i]) < 0);
	EXPECT_EQ(min_free_kbytes, old);
	EXPECT_TRUE(proc_find("/proc/sys/vm/watermark_scale_factor")->write("0") < 0);
	EXPECT_TRUE(proc_find("/proc/sys/vm/percpu_pagelist_high_fraction")->write("7") < 0);
	EXPECT_TRUE(proc_find("/proc/sys/vm/lowmem_reserve_ratio")->write("1 2 3 4 5") < 0);
	EXPECT_EQ(lowmem_reserve_ratio[0], 256);
}

KTEST(zones, ratio_of_zero_protects_nothing)
{
	const struct proc_file *f = proc_find("/proc/sys/vm/lowmem_reserve_ratio");
	struct zone *zone = any_zone(ZONE_DMA);

	EXPECT_EQ(f->write("0 0"), 0);
	EXPECT_EQ(zone->lowmem_reserve[MAX_NR_ZONES - 1], 0);
	EXPECT_EQ(f->write("256 32 0 0"), 0);
	if (any_zone(ZONE_NORMAL) && zone->node == any_zone(ZONE_NORMAL)->node &&
	    any_zone(ZONE_NORMAL)->managed_pages >= 256)
		EXPECT_TRUE(zone->lowmem_reserve[MAX_NR_ZONES - 1] > 0);
}

KTEST(zones, percpu_fraction_sizes_the_pagesets)
{
	const struct proc_file *f = proc_find("/proc/sys/vm/percpu_pagelist_high_fraction");
	struct zone *zone = any_zone(ZONE_DMA);
	int old = zone->pageset_high;

	EXPECT_EQ(f->write("16"), 0);
	EXPECT_EQ(zone->pageset_high,
	          max((int)(zone->managed_pages / 16 / nr_cpus_on_node(zone->node)),
	              zone->pageset_batch * 4));
	EXPECT_EQ(f->write("0"), 0);
	EXPECT_EQ(zone->pageset_high, old);
}

KTEST(zones, own_zones_come_first_highest_first)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct zoneref *z = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
		int last = MAX_NR_ZONES;

		for (; z->zone && z->zone->node == pgdat->node_id; z++) {
			EXPECT_TRUE(z->zone_idx < last);
			last = z->zone_idx;
		}
		for (; z->zone; z++)
			EXPECT_TRUE(z->zone->node != pgdat->node_id);
	}
}

KTEST(zones, farther_nodes_come_later)
{
	pg_data_t *pgdat;

	SKIP_UNLESS(nr_node_ids > 1, "one node");
	for_each_online_pgdat (pgdat) {
		struct zoneref *z = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
		int distance = 0;

		for (; z->zone; z++) {
			int d = node_distance(pgdat->node_id, z->zone->node);

			EXPECT_TRUE(d >= distance);
			distance = d;
		}
	}
}

KTEST(zones, a_page_of_the_asked_node_is_no_miss)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct zonelist *own = &pgdat->node_zonelists[ZONELIST_NOFALLBACK];
		struct zone *zone = next_zones_zonelist(own->_zonerefs, ZONE_NORMAL)->zone;
		unsigned long miss = zone ? zone->numa_stat[NUMA_MISS] : 0;
		unsigned long other = zone ? zone->numa_stat[NUMA_OTHER] : 0;
		struct page *page =
			alloc_pages_node(pgdat->node_id, GFP_KERNEL | __GFP_COLD | __GFP_NOWARN, 2);

		if (page && page_zone(page) == zone) {
			EXPECT_EQ(zone->numa_stat[NUMA_MISS], miss);
			EXPECT_EQ(zone->numa_stat[NUMA_OTHER] - other,
			          pgdat->node_id == numa_node_id() ? 0 : 4);
		}
		if (page)
			__free_pages(page, 2);
	}
}

/* How many nodes behind `from`, counting in a circle. */
static unsigned int steps_behind(int from, int nid)
{
	return ((unsigned int)nid + nr_node_ids - (unsigned int)from) % nr_node_ids;
}

KTEST(zones, equally_far_nodes_follow_in_a_circle)
{
	pg_data_t *pgdat;

	SKIP_UNLESS(nr_node_ids > 2, "fewer than three nodes");
	for_each_online_pgdat (pgdat) {
		struct zoneref *z = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
		int from = pgdat->node_id;

		for (; z->zone && z[1].zone; z++) {
			int a = z->zone->node, b = z[1].zone->node;

			if (node_distance(from, a) == node_distance(from, b))
				EXPECT_TRUE(steps_behind(from, a) <= steps_behind(from, b));
		}
	}
}

KTEST(zones, thisnode_list_has_own_zones_only)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct zoneref *z = pgdat->node_zonelists[ZONELIST_NOFALLBACK]._zonerefs;
		unsigned int n = 0;

		for (; z->zone; z++, n++)
			EXPECT_EQ(z->zone->node, pgdat->node_id);
		for (int i = 0; i < MAX_NR_ZONES; i++)
			n -= populated_zone(&pgdat->node_zones[i]);
		EXPECT_EQ(n, 0);
	}
}

KTEST(zones, every_zone_with_memory_is_in_every_fallback_list_once)
{
	pg_data_t *pgdat;
	struct zone *zone;

	for_each_online_pgdat (pgdat) {
		for_each_zone (zone) {
			struct zoneref *z = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
			unsigned int n = 0;

			for (; z->zone; z++)
				n += z->zone == zone;
			EXPECT_EQ(n, populated_zone(zone));
		}
	}
}

KTEST(zones, wait_tables_are_powers_of_two_for_256_pages)
{
	struct zone *zone;

	for_each_populated_zone (zone) {
		unsigned long n = zone->wait_table_hash_nr_entries;

		EXPECT_TRUE(is_power_of_2(n) && n >= 4 && n <= 4096 &&
		            BIT(zone->wait_table_bits) == n);
		EXPECT_TRUE(n == 4096 || n * 256 >= zone->spanned_pages);
		EXPECT_TRUE(list_empty(&zone->wait_table[n - 1].head));
	}
}

KTEST(zones, hot_fields_lie_on_their_own_cache_lines)
{
	EXPECT_EQ(offsetof(struct zone, lock) % 64, 0);
	EXPECT_EQ(offsetof(struct zone, lru_lock) % 64, 0);
	EXPECT_EQ(offsetof(struct zone, vm_stat) % 64, 0);
	EXPECT_TRUE(offsetof(struct zone, lru_lock) - offsetof(struct zone, lock) >= 64);
}

KTEST(zones, watermark_test_counts_reserves_and_orders)
{
	struct zone zone = {.vm_stat = {[NR_FREE_PAGES] = 100}, .lowmem_reserve = {0, 10, 30, 30}};

	zone.nonempty[MIGRATE_MOVABLE] = BIT(3) | BIT(5);
	EXPECT_TRUE(zone_watermark_ok(&zone, 0, 99, ZONE_DMA, 0));
	EXPECT_TRUE(!zone_watermark_ok(&zone, 0, 100, ZONE_DMA, 0));
	EXPECT_TRUE(zone_watermark_ok(&zone, 0, 89, ZONE_NORMAL, 0));
	EXPECT_TRUE(!zone_watermark_ok(&zone, 0, 90, ZONE_NORMAL, 0));
	EXPECT_TRUE(zone_watermark_ok(&zone, 3, 92, ZONE_DMA, 0));
	EXPECT_TRUE(!zone_watermark_ok(&zone, 3, 93, ZONE_DMA, 0));
	EXPECT_TRUE(zone_watermark_ok(&zone, 5, 0, ZONE_DMA, 0));
	EXPECT_TRUE(!zone_watermark_ok(&zone, 6, 0, ZONE_DMA, 0));
}
