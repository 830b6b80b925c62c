/* SPDX-License-Identifier: MIT */
/* world.c - boots a machine of a given shape as kernel/init.c and kernel/setup.c do, and checks
 * what came out against the shape itself. Owns: nothing. */
#include "world.h"
#include "asm/memmap.h"
#include "asm/page_ops.h"
#include "host.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/numa.h"
#include "mm/page_alloc.h"
#include "mm/reserved.h"
#include "mm/vmstat.h"

enum { JUNK = 0x5a };
#define JUNK_MOST (MiB(48))

void world_add_ram(struct world *w, u64 start, u64 end, int nid)
{
	w->ram[w->nr_ram++] = (struct world_range){start, end, nid};
	if (nid >= (int)w->nr_nodes)
		w->nr_nodes = (unsigned int)nid + 1;
}

void world_take(struct world *w, u64 start, u64 end)
{
	w->taken[w->nr_taken].start = start;
	w->taken[w->nr_taken++].end = end;
}

void world_pc(struct world *w, u64 end)
{
	world_add_ram(w, KiB(4), KiB(640), -1);
	world_add_ram(w, MiB(1), end, -1);
	world_take(w, MiB(1), MiB(1) + KiB(400));
}

void world_small(struct world *w)
{
	*w = (struct world){.low_limit = MiB(32), .movable = MiB(16)};
	world_add_ram(w, KiB(4), KiB(640), 0);
	world_add_ram(w, MiB(1), MiB(8), 0);
	world_add_ram(w, MiB(8), MiB(14), 1);
	world_add_ram(w, MiB(16), MiB(20), 0);
	world_add_ram(w, MiB(20), MiB(24), 1);
	world_add_ram(w, MiB(24), MiB(30), 0);
	world_add_ram(w, MiB(32), MiB(36), 1);
	world_add_ram(w, MiB(36), MiB(48), 0);
	world_add_ram(w, MiB(52), MiB(64), 1);
	world_take(w, MiB(1), MiB(1) + KiB(400));
}

/* --- boot --------------------------------------------------------------------------------- */

static void firmware_table(const struct world *w, struct numa_info *info)
{
	numa_info_reset(info);
	info->nr_nodes = w->nr_nodes;
	for (unsigned int i = 0; i < w->nr_ram; i++)
		if (w->ram[i].nid >= 0)
			info->blocks[info->nr_blocks++] =
				(struct node_block){w->ram[i].start, w->ram[i].end, w->ram[i].nid};
}

static void place_cpus(const struct world *w)
{
	for (unsigned int cpu = 0; cpu < max(w->cpus, 1u); cpu++) {
		set_cpu_possible(cpu);
		set_cpu_online(cpu);
		per_cpu(numa_node, cpu) = w->cpu_node[cpu];
	}
}

void world_start_memblock(const struct world *w)
{
	struct numa_info info;

	world_reset();
	memblock_reset();
	memblock.current_limit = BOOT_MAPPED;
	for (unsigned int i = 0; i < w->nr_taken; i++) {
		memblock_reserve(w->taken[i].start, w->taken[i].end - w->taken[i].start);
		reserved_remember(w->taken[i].start, w->taken[i].end, "kernel_text");
	}
	for (unsigned int i = 0; i < w->nr_ram; i++)
		memblock_add(w->ram[i].start, w->ram[i].end - w->ram[i].start);
	firmware_table(w, &info);
	numa_init(w->nr_nodes ? &info : NULL, w->fake_nodes);
}

/* RAM does not come zeroed: fill the low part of a small machine, and all of mem_map, with junk. */
static void fill_with_junk(void)
{
	phys_addr_t pos = 0;
	struct free_range r;

	while (memblock_next_free(&pos, NUMA_NO_NODE, &r) && r.end <= JUNK_MOST &&
	       r.end <= PFN_PHYS(max_low_pfn))
		memset(__va(r.start), JUNK, (size_t)(r.end - r.start));
	for (unsigned long pfn = 0; pfn < max_pfn; pfn += MAX_ORDER_NR_PAGES)
		if (pfn_valid(pfn))
			memset(pfn_to_page(pfn), JUNK, MAX_ORDER_NR_PAGES * sizeof(struct page));
}

/* What was given back of mem_map, and free memory around it, is nobody's to touch. */
static void forbid_around_memmap(void)
{
	phys_addr_t start = __pa(mem_map), pos;
	phys_addr_t end = start + ALIGN(max_pfn, MAX_ORDER_NR_PAGES) * sizeof(struct page);
	struct free_range r;

	pos = start > SZ_1M ? start - SZ_1M : 0;
	while (memblock_next_free(&pos, NUMA_NO_NODE, &r) && r.start < end + SZ_1M) {
		r.end = min(min(r.end, end + SZ_1M), (phys_addr_t)MAXMEM);
		if (r.start < r.end)
			host_forbid(__va(r.start), (size_t)(r.end - r.start));
	}
}

void world_build(const struct world *w)
{
	phys_addr_t low_limit = w->low_limit ? w->low_limit : MAXMEM;

	world_start_memblock(w);
	place_cpus(w);
	memblock.current_limit = low_limit;
	memmap_alloc(low_limit);
	fill_with_junk();
	free_area_init(w->movable);
	if (w->page_owner)
		page_owner_init();
	if (!w->plain_frames)
		forbid_around_memmap();
	memblock_free_all();
	page_alloc_init();
	if (nr_cpu_ids > 1)
		page_alloc_add_cpus();
}

/* --- checks ------------------------------------------------------------------------------- */

struct zone *world_zone(int nid, int idx)
{
	return &NODE_DATA(nid)->node_zones[idx];
}

unsigned long world_free_pages(void)
{
	unsigned int cpu = host_cpu;
	struct zone *zone;

	for (host_cpu = 0; host_cpu < nr_cpu_ids; host_cpu++)
		drain_local_pages(NULL);
	host_cpu = cpu;
	for_each_populated_zone (zone)
		buddy_settle(zone);
	return nr_free_pages();
}

/* Is the whole frame RAM that memblock had to give? */
static bool frame_was_free(unsigned long pfn)
{
	for (unsigned long i = 0; i < memblock.reserved.cnt; i++) {
		const struct memblock_region *r = &memblock.reserved.regions[i];

		if (r->base < PFN_PHYS(pfn + 1) && r->base + r->size > PFN_PHYS(pfn))
			return false;
	}
	return true;
}

/* The zone that a frame of RAM belongs to by its address alone; MAX_NR_ZONES: movable= moves it,
 * so either of two. */
static bool zone_is_right(const struct page *page, unsigned long pfn)
{
	int idx = (int)page_zonenum(page);
	int plain = pfn < MAX_DMA_PFN ? ZONE_DMA : pfn < max_low_pfn ? ZONE_NORMAL : ZONE_HIGHMEM;

	if (idx == ZONE_MOVABLE)
		return plain == (max_pfn > max_low_pfn ? ZONE_HIGHMEM : ZONE_NORMAL);
	return idx == plain;
}

static const char *check_frame(const struct memblock_region *r, unsigned long pfn,
                               unsigned long *managed)
{
	const struct page *page = pfn_to_page(pfn);
	const struct zone *zone = page_zone(page);

	if (!pfn_valid(pfn))
		return "RAM without a struct page";
	if (page_to_nid(page) != r->nid || !zone || zone->node != r->nid)
		return "frame is of another node";
	if (!zone_is_right(page, pfn) || !zone_spans_pfn(zone, pfn))
		return "frame is of another zone";
	if (PageReserved(page) == frame_was_free(pfn))
		return "frame is reserved and free, or neither";
	*managed += !PageReserved(page);
	return NULL;
}

/* Every frame of RAM is in the zone that its address says, and managed unless it was taken. */
static const char *check_frames(void)
{
	unsigned long ram = 0, managed = 0, present = 0;
	const struct memblock_region *r;
	const struct zone *zone;

	for_each_memory_region (r) {
		for (unsigned long pfn = PFN_UP(r->base); pfn < PFN_DOWN(r->base + r->size);
		     pfn++) {
			const char *wrong = check_frame(r, pfn, &managed);

			if (wrong)
				return wrong;
			ram++;
		}
	}
	for_each_zone (zone)
		present += zone->present_pages;
	if (present != ram)
		return "present pages are not the frames of RAM";
	return managed == totalram_pages() ? NULL : "managed pages are not the free frames of RAM";
}

static unsigned int times_listed(const struct zonelist *list, const struct zone *zone)
{
	unsigned int n = 0;

	for (const struct zoneref *z = list->_zonerefs; z->zone; z++)
		n += z->zone == zone && z->zone_idx == zone->zone_idx;
	return n;
}

static const char *check_zonelists(void)
{
	const struct zone *zone;
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		const struct zonelist *all = &pgdat->node_zonelists[ZONELIST_FALLBACK];
		const struct zonelist *own = &pgdat->node_zonelists[ZONELIST_NOFALLBACK];

		for_each_zone (zone) {
			unsigned int want = populated_zone(zone);

			if (times_listed(all, zone) != want)
				return "zone with memory is not once in a zonelist";
			if (times_listed(own, zone) != (zone->node == pgdat->node_id ? want : 0))
				return "THISNODE list has not exactly its own zones";
		}
	}
	return NULL;
}

/* Zones of one node do not overlap and span their pages. */
static const char *check_borders(void)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		unsigned long end = 0;

		for (int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct zone *zone = &pgdat->node_zones[idx];

			if (!populated_zone(zone))
				continue;
			if (zone->zone_start_pfn < end)
				return "zones of a node overlap";
			if (zone->present_pages > zone->spanned_pages)
				return "zone has more pages than it spans";
			end = zone_end_pfn(zone);
		}
	}
	return NULL;
}

const char *world_check(void)
{
	const struct zone *where;
	const char *wrong = mm_check(&where);

	if (!wrong)
		wrong = check_frames();
	if (!wrong)
		wrong = check_zonelists();
	if (!wrong)
		wrong = check_borders();
	return wrong ? wrong : host_check_idle();
}

void world_describe(const struct world *w)
{
	host_note("world: %u table nodes, %u fake, low_limit %lluK, movable %lluK, %u cpus",
	          w->nr_nodes, w->fake_nodes, (unsigned long long)w->low_limit >> 10,
	          (unsigned long long)w->movable >> 10, max(w->cpus, 1u));
	for (unsigned int i = 0; i < w->nr_ram; i++)
		host_note("  ram   %lluK-%lluK node %d", (unsigned long long)w->ram[i].start >> 10,
		          (unsigned long long)w->ram[i].end >> 10, w->ram[i].nid);
	for (unsigned int i = 0; i < w->nr_taken; i++)
		host_note("  taken %lluK-%lluK", (unsigned long long)w->taken[i].start >> 10,
		          (unsigned long long)w->taken[i].end >> 10);
}
