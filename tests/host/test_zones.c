/* SPDX-License-Identifier: MIT */
/* test_zones.c - whole machines of many shapes, booted from memblock to the page allocator. Each is
 * checked by mm_check() and against the shape itself (world_check() in world.c): every frame of RAM
 * is in the zone and node that its address says, is managed unless it was taken, and each managed
 * zone stands in each zonelist once. */
#include "asm/page_ops.h"
#include "host.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/numa.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/reserved.h"
#include "mm/vmstat.h"
#include "mm/zonelist.h"
#include "world.h"

static struct world w;

static void plain(u64 end)
{
	w = (struct world){0};
	world_pc(&w, end);
}

static void build_and_check(void)
{
	bool before = host_failed();

	world_build(&w);
	CHECK_SOUND(world_check());
	if (host_failed() && !before)
		world_describe(&w);
}

/* Every page that is free can be had, and all of them make what was free again. */
static void check_all_memory_is_usable(void)
{
	unsigned long before = world_free_pages(), n = 0;
	struct page *page, *chain = NULL;

	while ((page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		page->mapping = (struct address_space *)chain;
		chain = page;
		n++;
	}
	CHECK_EQ(n, before);
	while ((page = chain)) {
		chain = (struct page *)page->mapping;
		page->mapping = NULL;
		__free_page(page);
	}
	CHECK_EQ(world_free_pages(), before);
	CHECK_SOUND(world_check());
}

/* --- sizes -------------------------------------------------------------------------------- */

TEST(plain_machines_of_many_sizes_are_sound_and_usable)
{
	static const unsigned int sizes[] = {8, 9, 11, 15, 16, 17, 20, 24, 31, 33, 64, 100};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		plain(MiB(sizes[i]));
		build_and_check();
		check_all_memory_is_usable();
	}
}

TEST(ram_that_ends_anywhere_in_a_4_mib_block_is_sound)
{
	for (u64 end = MiB(20); end <= MiB(24); end += KiB(4) * (1 + test_below(60))) {
		plain(end);
		build_and_check();
	}
}

TEST(a_machine_of_896_mib_has_no_highmem_one_page_more_has)
{
	plain(MAXMEM);
	build_and_check();
	CHECK(!populated_zone(world_zone(0, ZONE_HIGHMEM)));
	CHECK_EQ(movable_zone, ZONE_NORMAL);
	plain(MAXMEM + PAGE_SIZE);
	build_and_check();
	CHECK_EQ(world_zone(0, ZONE_HIGHMEM)->managed_pages, 1);
	CHECK_EQ(movable_zone, ZONE_HIGHMEM);
}

/* Nothing touches the RAM itself, so it need not be there: mem_map of 4 GiB is 64 MiB here. */
TEST(four_gib_with_a_pci_hole_costs_no_mem_map_for_the_hole)
{
	plain(MiB(3072));
	world_add_ram(&w, MiB(4096), MiB(5120), -1);
	world_build(&w);
	CHECK_SOUND(world_check());
	CHECK_EQ(memmap_pages(), (3072 + 1024) / 4 * 16);
	CHECK(!pfn_valid(MiB(3072) >> 12) && !pfn_valid((MiB(4096) >> 12) - 1));
	CHECK(pfn_valid((MiB(3072) >> 12) - 1) && pfn_valid(MiB(4096) >> 12));
	CHECK_STR(page_kind(MiB(3500) >> 12), "hole");
	CHECK_STR(page_kind(MiB(5120) >> 12), "beyond_memory");
}

TEST(ram_whose_mem_map_does_not_fit_low_memory_is_left_out_and_told)
{
	plain(MiB(8192));
	w.low_limit = MiB(64);
	world_build(&w);
	CHECK_SOUND(world_check());
	CHECK(strstr(host_log(), "does not fit low memory"));
	CHECK(max_pfn < MiB(8192) >> 12 && max_pfn > MiB(1024) >> 12);
	CHECK_EQ(max_pfn, PFN_DOWN(memblock_end_of_DRAM()));
}

TEST(one_page_of_ram_below_a_huge_hole_is_a_zone_of_its_own)
{
	plain(MiB(64));
	world_add_ram(&w, MiB(2000), MiB(2000) + PAGE_SIZE, -1);
	build_and_check();
	CHECK_EQ(world_zone(0, ZONE_HIGHMEM)->present_pages, 1);
	CHECK_EQ(zone_end_pfn(world_zone(0, ZONE_HIGHMEM)), (MiB(2000) >> 12) + 1);
	check_all_memory_is_usable();
}

/* Here mem_map in one piece would take 32 MiB; what it needs are 9 blocks' entries. */
TEST(a_page_above_a_huge_hole_is_kept_by_a_small_machine)
{
	plain(MiB(32));
	world_add_ram(&w, MiB(2000), MiB(2000) + PAGE_SIZE, -1);
	build_and_check();
	CHECK_EQ(world_zone(0, ZONE_HIGHMEM)->present_pages, 1);
	CHECK_EQ(memmap_pages(), 9 * 16);
	check_all_memory_is_usable();
}

TEST(a_page_above_too_huge_a_hole_is_left_out_and_named)
{
	plain(MiB(32));
	world_add_ram(&w, MiB(60000), MiB(60000) + PAGE_SIZE, -1);
	build_and_check();
	CHECK_EQ(memblock_end_of_DRAM(), MiB(32));
	CHECK(strstr(host_log(), "4 KiB of RAM in [mem 0xea6000000-0xea6000fff] are left unused"));
	check_all_memory_is_usable();
}

/* Wherever something stands in the way, mem_map lies around it. */
TEST(mem_map_in_pieces_finds_its_place_among_what_is_taken)
{
	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		plain(MiB(32));
		for (u32 i = 0; i < 6; i++) {
			u64 at = MiB(64) + MiB(4) * test_below(100);

			world_add_ram(&w, at, at + KiB(4) * (1 + test_below(2000)), -1);
		}
		for (u32 i = 0; i < 20; i++) {
			u64 at = MiB(2) + KiB(4) * test_below(7500);

			world_take(&w, at, at + KiB(4) * (1 + test_below(8)));
		}
		build_and_check();
	}
}

/* --- highmem= and movable= ---------------------------------------------------------------- */

TEST(highmem_begins_where_it_is_asked_to)
{
	for (u64 limit = MiB(24); limit <= MiB(72); limit += MiB(4)) {
		plain(MiB(64) + KiB(12));
		w.low_limit = limit;
		build_and_check();
		if (limit < MiB(64))
			CHECK_EQ(world_zone(0, ZONE_HIGHMEM)->zone_start_pfn, limit >> 12);
		CHECK_EQ(max_low_pfn, min(limit, MiB(64) + KiB(12)) >> 12);
	}
}

static void build_with_limit(void *arg)
{
	plain(MiB(64));
	w.low_limit = *(const u64 *)arg;
	world_build(&w);
}

/* setup_low_limit() rounds highmem= down and says so (tests/machine/boot.py); here it is a bug. */
TEST(highmem_that_begins_inside_a_4_mib_block_is_refused)
{
	for (u32 i = 0; i < 8; i++) {
		u64 limit = MiB(24) + KiB(4) * (1 + test_below(1023));

		EXPECT_PANIC("ASSERT(IS_ALIGNED(low_limit", build_with_limit, &limit);
	}
}

TEST(movable_is_cut_from_the_end_of_the_highest_zone)
{
	static const u64 sizes[] = {KiB(4), MiB(1), MiB(4), MiB(10), MiB(31), MiB(48), MiB(500)};

	for (u32 high = 0; high < 2; high++) {
		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			const struct zone *zone;

			plain(MiB(80));
			w.low_limit = high ? MiB(48) : 0;
			w.movable = sizes[i];
			build_and_check();
			zone = world_zone(0, ZONE_MOVABLE);
			CHECK_EQ(is_highmem(zone), high);
			CHECK(zone->present_pages <= sizes[i] >> 12);
			CHECK(zone->present_pages + 1024 >
			      min(sizes[i], high ? MiB(32) : MiB(64)) >> 12);
			CHECK(IS_ALIGNED(zone->zone_start_pfn, 1024));
		}
	}
}

TEST(movable_is_shared_between_the_nodes_that_reach_the_highest_zone)
{
	w = (struct world){.movable = MiB(24), .low_limit = MiB(32)};
	world_add_ram(&w, KiB(4), MiB(24), 0);
	world_add_ram(&w, MiB(24), MiB(64), 1);
	world_add_ram(&w, MiB(64), MiB(96), 2);
	build_and_check();
	CHECK(!populated_zone(world_zone(0, ZONE_MOVABLE)));
	CHECK_EQ(world_zone(1, ZONE_MOVABLE)->present_pages, MiB(12) >> 12);
	CHECK_EQ(world_zone(2, ZONE_MOVABLE)->present_pages, MiB(12) >> 12);
}

/* --- holes -------------------------------------------------------------------------------- */

TEST(ram_of_scattered_single_pages_is_sound)
{
	plain(MiB(24));
	for (u32 i = 0; i < 40; i++)
		world_add_ram(&w, MiB(24) + KiB(8) * i * (i + 3),
		              MiB(24) + KiB(8) * i * (i + 3) + KiB(4), -1);
	build_and_check();
	check_all_memory_is_usable();
}

TEST(no_free_block_spans_a_hole)
{
	plain(MiB(20));
	world_add_ram(&w, MiB(21), MiB(30), -1);
	world_add_ram(&w, MiB(30) + KiB(4), MiB(40), -1);
	build_and_check();
	CHECK(PageReserved(pfn_to_page(MiB(20) >> 12)));
	CHECK(PageReserved(pfn_to_page(MiB(30) >> 12)));
	CHECK_STR(page_kind(MiB(30) >> 12), "reserved");
	check_all_memory_is_usable();
}

TEST(memory_taken_in_bytes_takes_whole_frames)
{
	plain(MiB(24));
	world_take(&w, MiB(10) + 5, MiB(10) + 6);
	world_take(&w, MiB(11) - 1, MiB(11) + 1);
	build_and_check();
	CHECK(PageReserved(pfn_to_page(MiB(10) >> 12)));
	CHECK(!PageReserved(pfn_to_page((MiB(10) >> 12) + 1)));
	CHECK(PageReserved(pfn_to_page((MiB(11) >> 12) - 1)));
	CHECK(PageReserved(pfn_to_page(MiB(11) >> 12)));
	CHECK_STR(page_kind(MiB(11) >> 12), "kernel_text");
}

/* --- nodes -------------------------------------------------------------------------------- */

TEST(fake_nodes_have_equal_shares_of_ram)
{
	for (unsigned int n = 1; n <= MAX_NUMNODES + 2; n++) {
		unsigned int nodes = min(n, (unsigned int)MAX_NUMNODES);

		plain(MiB(97));
		w.fake_nodes = n;
		build_and_check();
		CHECK_EQ(nr_node_ids, nodes);
		for (unsigned int nid = 0; nid < nodes; nid++) {
			long share = (long)(MiB(96) >> 12) / nodes;
			long have = (long)NODE_DATA(nid)->node_present_pages;

			CHECK(have <= share + 2048 && have + 2048 >= share);
		}
	}
}

TEST(a_small_machine_with_many_fake_nodes_is_sound)
{
	for (u64 end = MiB(12); end < MiB(40); end += MiB(3)) {
		plain(end);
		w.fake_nodes = 8;
		build_and_check();
		check_all_memory_is_usable();
	}
}

TEST(interleaved_nodes_are_sound)
{
	world_small(&w);
	build_and_check();
	for (int nid = 0; nid < 2; nid++)
		for (int idx = 0; idx < MAX_NR_ZONES; idx++)
			CHECK(managed_zone(world_zone(nid, idx)));
	check_all_memory_is_usable();
}

TEST(node_borders_inside_a_4_mib_block_are_sound)
{
	for (u32 i = 0; i < 12; i++) {
		u64 border = MiB(17) + KiB(4) * test_below(2048);

		w = (struct world){0};
		world_add_ram(&w, KiB(4), border, 0);
		world_add_ram(&w, border, MiB(32), 1);
		build_and_check();
		CHECK_EQ(page_to_nid(pfn_to_page((border >> 12) - 1)), 0);
		CHECK_EQ(page_to_nid(pfn_to_page(border >> 12)), 1);
		check_all_memory_is_usable();
	}
}

TEST(a_node_without_memory_falls_back_to_its_neighbours)
{
	struct page *page;

	w = (struct world){.nr_nodes = 3, .cpus = 1, .cpu_node = {1}};
	world_add_ram(&w, KiB(4), MiB(24), 0);
	world_add_ram(&w, MiB(24), MiB(40), 2);
	build_and_check();
	CHECK_EQ(NODE_DATA(1)->node_present_pages, 0);
	CHECK_EQ(numa_node_id(), 1);
	page = alloc_pages(GFP_KERNEL, 0);
	REQUIRE(page);
	__free_page(page);
	CHECK(!alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
	check_all_memory_is_usable();
}

TEST(ram_that_the_table_forgets_goes_to_node_0_with_a_warning)
{
	w = (struct world){0};
	world_add_ram(&w, KiB(4), MiB(16), 1);
	world_add_ram(&w, MiB(16), MiB(24), -1);
	world_add_ram(&w, MiB(24), MiB(32), 2);
	world_add_ram(&w, MiB(32), MiB(36), -1);
	build_and_check();
	CHECK_EQ(page_to_nid(pfn_to_page(MiB(20) >> 12)), 0);
	CHECK_EQ(page_to_nid(pfn_to_page(MiB(34) >> 12)), 0);
	CHECK_EQ(page_to_nid(pfn_to_page(MiB(25) >> 12)), 2);
	CHECK(strstr(host_log(), "belongs to no node, goes to node 0"));
}

TEST(zonelists_go_from_the_nearest_node_outwards)
{
	static const u8 line[4][4] = {
		{10, 20, 30, 40}, {20, 10, 20, 30}, {30, 20, 10, 20}, {40, 30, 20, 10}};
	struct numa_info info;

	w = (struct world){0};
	for (int nid = 0; nid < 4; nid++)
		world_add_ram(&w, nid ? MiB(16 * nid) : KiB(4), MiB(16 * nid + 16), nid);
	world_start_memblock(&w);
	numa_info_reset(&info);
	info.nr_nodes = 4;
	for (int nid = 0; nid < 4; nid++) {
		memcpy(info.distance[nid], line[nid], 4);
		info.blocks[info.nr_blocks++] =
			(struct node_block){MiB(16 * nid), MiB(16 * nid + 16), nid};
	}
	numa_init(&info, 0);
	memblock.current_limit = MAXMEM;
	memmap_alloc(MAXMEM);
	free_area_init(0);
	memblock_free_all();
	page_alloc_init();
	CHECK_SOUND(world_check());
	for (int nid = 0; nid < 4; nid++) {
		const struct zoneref *z = NODE_DATA(nid)->node_zonelists[0]._zonerefs;
		int last = 0;

		CHECK_EQ(z->zone->node, nid);
		for (; z->zone; z++) {
			CHECK(node_distance(nid, z->zone->node) >= last);
			last = node_distance(nid, z->zone->node);
		}
	}
}

/* --- random ------------------------------------------------------------------------------- */

/* A multiple of 4 KiB, usually a round one. */
static u64 random_size(u64 most)
{
	static const u32 grains[] = {4, 4, 64, 1024, 4096};
	u64 grain = KiB(grains[test_below(ARRAY_SIZE(grains))]);

	return ALIGN_DOWN(test_random64() % most, grain) + KiB(4);
}

static void random_machine(void)
{
	u64 at = MiB(10) + random_size(MiB(8));
	int nodes = test_chance(2) ? -1 : 1 + (int)test_below(MAX_NUMNODES);

	w = (struct world){0};
	world_add_ram(&w, KiB(4), KiB(640), nodes < 0 ? -1 : 0);
	world_add_ram(&w, MiB(1), at, nodes < 0 ? -1 : (int)test_below((u32)nodes));
	world_take(&w, MiB(1), MiB(1) + KiB(400));
	for (u32 n = test_below(14); n--;) {
		u64 start = at + (test_chance(2) ? 0 : random_size(MiB(9))), end;

		end = start + random_size(test_chance(3) ? MiB(16) : MiB(3));
		world_add_ram(&w, start, end, nodes < 0 ? -1 : (int)test_below((u32)nodes + 1) - 1);
		if (test_chance(3))
			world_take(&w, start + test_below(9000), start + 9000 + test_below(90000));
		at = end;
	}
	w.nr_nodes = nodes < 0 ? 0 : (unsigned int)nodes;
	w.fake_nodes = test_chance(4) ? 1 + test_below(9) : 0;
	w.low_limit = test_chance(2) ? MiB(24) + MiB(4) * test_below(12) : 0;
	w.movable = test_chance(2) ? random_size(MiB(40)) : 0;
	w.cpus = 1 + test_below(3);
	for (u32 cpu = 0; cpu < w.cpus && nodes > 0 && !w.fake_nodes; cpu++)
		w.cpu_node[cpu] = (int)test_below((u32)nodes);
	w.page_owner = test_chance(4);
}

TEST(random_machines_are_sound_and_usable)
{
	for (u32 i = 0; i < 250 && !host_failed(); i++) {
		random_machine();
		build_and_check();
		if (i % 4 == 0)
			check_all_memory_is_usable();
	}
}

/* --- other books -------------------------------------------------------------------------- */

TEST(wait_tables_have_a_queue_for_256_pages)
{
	struct zone *zone;

	plain(MiB(1200));
	world_build(&w);
	for_each_populated_zone (zone) {
		unsigned long n = zone->wait_table_hash_nr_entries;

		CHECK(is_power_of_2(n) && n >= 4 && n <= 4096);
		CHECK(n == 4096 || n * 256 >= zone->spanned_pages);
		CHECK_EQ(BIT(zone->wait_table_bits), n);
		CHECK(list_empty(&zone->wait_table[n - 1].head));
	}
}

TEST(boot_memory_given_back_becomes_free_pages)
{
	unsigned long free, managed;

	plain(MiB(24));
	world_build(&w);
	free = world_free_pages();
	managed = totalram_pages();
	CHECK(PageReserved(pfn_to_page(256)));
	free_reserved_area(MiB(1), MiB(1) + KiB(400));
	CHECK_EQ(world_free_pages(), free + 100);
	CHECK_EQ(totalram_pages(), managed + 100);
	CHECK(!PageReserved(pfn_to_page(256)));
	CHECK_STR(reserved_name(256), "reserved");
	CHECK_SOUND(buddy_check(world_zone(0, ZONE_DMA)));
}

TEST(pageblocks_begin_as_movable)
{
	unsigned long counts[MIGRATE_TYPES];
	struct zone *zone;

	world_small(&w);
	world_start_memblock(&w);
	memblock.current_limit = MiB(32);
	memmap_alloc(MiB(32));
	free_area_init(0);
	memblock_free_all();
	for_each_populated_zone (zone) {
		count_pageblocks(zone, counts);
		CHECK(counts[MIGRATE_MOVABLE] > 0);
		CHECK_EQ(counts[MIGRATE_UNMOVABLE] + counts[MIGRATE_RECLAIMABLE] +
		                 counts[MIGRATE_HIGHATOMIC] + counts[MIGRATE_ISOLATE],
		         0);
	}
}

TEST(memblock_is_retired_by_the_hand_over)
{
	plain(MiB(16));
	world_build(&w);
	CHECK(memblock.retired);
}

static void boot_small(void *arg)
{
	(void)arg;
	world_build(&w);
}

TEST(a_machine_without_low_memory_for_mem_map_panics_by_name)
{
	w = (struct world){0};
	world_add_ram(&w, KiB(4), KiB(8), -1);
	world_add_ram(&w, MiB(2000), MiB(2100), -1);
	EXPECT_PANIC("no low memory for mem_map", boot_small, NULL);
}
