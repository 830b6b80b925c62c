/* SPDX-License-Identifier: MIT */
/* test_watermarks.c - reserves, watermarks and pageset sizes against the figures that Linux printed
 * (tests/data/oracle.h), in a world of one node whose zones only have sizes. */
#include "../../mm/internal.h"
#include "../data/oracle.h"
#include "host.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/watermark.h"
#include "mm/zonelist.h"
#include "world.h"

static pg_data_t node;

/* A node without any memory: only the fields that the formulas look at. */
static void fake_world(const unsigned long managed[MAX_NR_ZONES], bool movable_is_highmem)
{
	world_reset();
	memset(&node, 0, sizeof(node));
	nr_node_ids = 1;
	node_data[0] = &node;
	movable_zone = movable_is_highmem ? ZONE_HIGHMEM : ZONE_NORMAL;
	for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
		struct zone *zone = &node.node_zones[idx];

		zone->name = zone_names[idx];
		zone->zone_idx = idx;
		zone->zone_pgdat = &node;
		zone->managed_pages = zone->present_pages = managed[idx];
		buddy_init(zone);
	}
	build_all_zonelists();
}

static void oracle_world(const struct oracle_machine *o)
{
	unsigned long managed[MAX_NR_ZONES];

	for (int idx = 0; idx < MAX_NR_ZONES; idx++)
		managed[idx] = o->zones[idx].managed;
	fake_world(managed, o->movable_is_highmem);
}

/* Compute everything anew: from the default min_free_kbytes, or from the machine's own. */
static void compute(const struct oracle_machine *o)
{
	oracle_world(o);
	if (o->plain_min_free) {
		init_per_zone_wmark_min();
		return;
	}
	min_free_kbytes = o->min_free_kbytes;
	setup_per_zone_wmarks();
	setup_per_zone_lowmem_reserve();
}

TEST(min_free_kbytes_is_what_linux_computes)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		compute(&oracle[i]);
		CHECK_EQ(min_free_kbytes, oracle[i].min_free_kbytes);
	}
}

TEST(watermarks_are_those_of_linux)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		compute(&oracle[i]);
		for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct oracle_zone *o = &oracle[i].zones[idx];

			for (int wmark = 0; wmark < NR_WMARK; wmark++)
				CHECK_EQ(node.node_zones[idx]._watermark[wmark],
				         o->watermark[wmark]);
		}
		if (host_failed())
			host_note("on %s", oracle[i].name);
	}
}

TEST(protection_is_that_of_linux)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		compute(&oracle[i]);
		for (int idx = 0; idx < MAX_NR_ZONES; idx++)
			for (int j = 0; j < MAX_NR_ZONES; j++)
				CHECK_EQ(node.node_zones[idx].lowmem_reserve[j],
				         oracle[i].zones[idx].protection[j]);
	}
}

TEST(pageset_sizes_are_those_of_linux)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		compute(&oracle[i]);
		for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct oracle_zone *o = &oracle[i].zones[idx];

			if (!o->pcp_high)
				continue;
			CHECK_EQ(node.node_zones[idx].pageset_high, o->pcp_high);
			CHECK_EQ(node.node_zones[idx].pageset_batch, o->pcp_batch);
		}
	}
}

/* totalreserve_pages: what /proc/zoneinfo's figures make by the documented rule. */
TEST(total_reserve_is_high_watermark_and_largest_protection_of_each_zone)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		unsigned long sum = 0;

		compute(&oracle[i]);
		for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct oracle_zone *o = &oracle[i].zones[idx];
			unsigned long most = 0;

			for (int j = 0; j < MAX_NR_ZONES; j++)
				most = max(most, o->protection[j]);
			sum += min(most + o->watermark[WMARK_HIGH], o->managed);
		}
		CHECK_EQ(totalreserve_pages, sum);
		CHECK_EQ(node.totalreserve_pages, sum);
	}
}

TEST(plenty_is_low_watermark_and_reserves)
{
	for (u32 i = 0; i < ARRAY_SIZE(oracle); i++) {
		compute(&oracle[i]);
		for (int idx = 0; idx < MAX_NR_ZONES; idx++)
			for (int j = 0; j < MAX_NR_ZONES; j++)
				CHECK_EQ(node.node_zones[idx].plenty[j],
				         oracle[i].zones[idx].watermark[WMARK_LOW] +
				                 oracle[i].zones[idx].protection[j]);
	}
}

TEST(min_free_kbytes_has_bounds)
{
	CHECK_EQ(calculate_min_free_kbytes(0), 128);
	CHECK_EQ(calculate_min_free_kbytes(1024), 128);
	CHECK_EQ(calculate_min_free_kbytes(1025), 128);
	CHECK_EQ(calculate_min_free_kbytes(1 << 20), 4096);
	CHECK_EQ(calculate_min_free_kbytes(1ul << 40), 262144);
}

TEST(int_sqrt_is_exact)
{
	for (unsigned long x = 0; x < 70000; x++) {
		unsigned long r = int_sqrt(x);

		CHECK(r * r <= x && (r + 1) * (r + 1) > x);
	}
	for (u32 i = 0; i < 100000; i++) {
		unsigned long x = (unsigned long)(test_random64() >> test_below(63)),
			      r = int_sqrt(x);

		CHECK(r * r <= x);
		CHECK(r == 0xffffffff || (r + 1) * (r + 1) > x);
	}
	CHECK_EQ(int_sqrt(~0ul), 0xffffffff);
}

TEST(ratio_of_zero_keeps_nothing)
{
	compute(&oracle[3]);
	lowmem_reserve_ratio[ZONE_DMA] = 0;
	setup_per_zone_lowmem_reserve();
	for (int j = 0; j < MAX_NR_ZONES; j++) {
		CHECK_EQ(node.node_zones[ZONE_DMA].lowmem_reserve[j], 0);
		CHECK_EQ(node.node_zones[ZONE_NORMAL].lowmem_reserve[j],
		         oracle[3].zones[ZONE_NORMAL].protection[j]);
	}
}

TEST(watermarks_grow_with_min_free_kbytes_and_scale_factor)
{
	compute(&oracle[3]);
	for (u32 i = 0; i < 200; i++) {
		min_free_kbytes = 128 + test_below(100000);
		watermark_scale_factor = 1 + test_below(3000);
		setup_per_zone_wmarks();
		for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct zone *zone = &node.node_zones[idx];
			unsigned long gap =
				zone->_watermark[WMARK_LOW] - zone->_watermark[WMARK_MIN];

			CHECK(zone->_watermark[WMARK_MIN] <= zone->_watermark[WMARK_LOW]);
			CHECK_EQ(zone->_watermark[WMARK_HIGH] - zone->_watermark[WMARK_LOW], gap);
			CHECK(gap >= zone->managed_pages * watermark_scale_factor / 10000);
		}
	}
}

TEST(low_memory_shares_min_free_by_size)
{
	for (u32 i = 0; i < 500; i++) {
		unsigned long managed[MAX_NR_ZONES], sum;

		for (int idx = 0; idx < MAX_NR_ZONES; idx++)
			managed[idx] = test_chance(4) ? 0 : test_below(1 << 18);
		fake_world(managed, test_chance(2));
		init_per_zone_wmark_min();
		sum = node.node_zones[ZONE_DMA]._watermark[WMARK_MIN] +
		      node.node_zones[ZONE_NORMAL]._watermark[WMARK_MIN];
		if (movable_zone != ZONE_HIGHMEM)
			sum += node.node_zones[ZONE_MOVABLE]._watermark[WMARK_MIN];
		CHECK(sum <= min_free_kbytes / 4);
		if (managed[ZONE_DMA] || managed[ZONE_NORMAL])
			CHECK(sum + 3 >= min_free_kbytes / 4);
	}
}

TEST(batches_are_a_power_of_two_less_one_and_at_most_63)
{
	for (unsigned long managed = 0; managed < 1ul << 21; managed += 1 + managed / 50) {
		int batch = zone_batchsize(managed);

		CHECK(((batch + 1) & batch) == 0 && batch >= 0 && batch <= 63);
		CHECK(zone_highsize(managed, managed / 100, max(batch, 1), 4) >= max(batch, 1) * 4);
	}
	percpu_pagelist_high_fraction = 8;
	CHECK_EQ(zone_highsize(80000, 100, 1, 2), 5000);
	percpu_pagelist_high_fraction = 0;
	CHECK_EQ(zone_highsize(80000, 100, 1, 2), 50);
	CHECK_EQ(zone_highsize(80000, 100, 63, 2), 252);
}

/* --- the test that requests make ---------------------------------------------------------- */

/* The rule as the header says it. */
static bool model_ok(const struct zone *zone, unsigned int order, unsigned long mark, int highest,
                     unsigned int flags)
{
	long least = (long)mark;
	unsigned long types = 0;

	if (flags & ALLOC_MIN_RESERVE)
		least -= least / 2;
	if (flags & ALLOC_MIN_RESERVE && flags & ALLOC_NON_BLOCK)
		least -= least / 4;
	if (!(flags & ALLOC_HIGHATOMIC))
		least += (long)zone->nr_reserved_highatomic;
	least += zone->lowmem_reserve[highest];
	if (flags & ALLOC_NO_WATERMARKS)
		least = 0;
	if (zone->vm_stat[NR_FREE_PAGES] - (1l << order) < least)
		return false;
	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		types |= zone->nonempty[mt];
	if (flags & (ALLOC_HIGHATOMIC | ALLOC_NO_WATERMARKS))
		types |= zone->nonempty[MIGRATE_HIGHATOMIC];
	return order == 0 || types >> order;
}

TEST(watermark_test_agrees_with_its_rule)
{
	static const unsigned int some[] = {ALLOC_MIN_RESERVE,   ALLOC_NON_BLOCK, ALLOC_HIGHATOMIC,
	                                    ALLOC_NO_WATERMARKS, ALLOC_CPUSET,    ALLOC_COLD};
	struct zone *zone = &node.node_zones[ZONE_NORMAL];

	compute(&oracle[0]);
	for (u32 i = 0; i < 200000 && !host_failed(); i++) {
		unsigned int flags = 0, order = test_chance(2) ? 0 : test_below(MAX_ORDER);
		unsigned long mark = test_below(200);

		for (u32 k = 0; k < ARRAY_SIZE(some); k++)
			flags |= test_chance(3) ? some[k] : 0;
		zone->vm_stat[NR_FREE_PAGES] = test_below(400) - (test_chance(20) ? 300 : 0);
		if (zone->vm_stat[NR_FREE_PAGES] < 0)
			zone->vm_stat[NR_FREE_PAGES] = 0;
		zone->nr_reserved_highatomic = test_chance(2) ? 0 : test_below(100);
		for (int j = 0; j < MAX_NR_ZONES; j++)
			zone->lowmem_reserve[j] = test_chance(2) ? 0 : (long)test_below(100);
		for (int mt = 0; mt < MIGRATE_TYPES; mt++)
			zone->nonempty[mt] = test_chance(2) ? 0 : test_below(1 << MAX_ORDER);
		for (int j = 0; j < MAX_NR_ZONES; j++)
			CHECK_EQ(zone_watermark_ok(zone, order, mark, j, flags),
			         model_ok(zone, order, mark, j, flags));
	}
}
