/* SPDX-License-Identifier: MIT */
/* frames.c - see frames.h. Owns: the table of held blocks, the owner of each frame. */
#include "frames.h"
#include "asm/page_ops.h"
#include "host.h"
#include "mm/check.h"
#include "mm/vmstat.h"
#include "world.h"

enum { MAX_ZONES = MAX_NUMNODES * MAX_NR_ZONES };

static struct held blocks[BLOCKS_MOST];
static u32 free_slots[BLOCKS_MOST], nr_free_slots;
static u32 owner[FRAMES_MOST]; /* 1 + slot of the block that holds the frame */
static unsigned long held_pages, zone_held[MAX_ZONES];
static long base_books[MAX_ZONES]; /* what boot itself holds */
static unsigned long base_allocated[MAX_ZONES];
static long free_before[MAX_ZONES];
unsigned long frames_ops;

static unsigned int zone_index(const struct zone *zone)
{
	return (unsigned int)zone->node * MAX_NR_ZONES + (unsigned int)zone->zone_idx;
}

static long zone_books(const struct zone *zone)
{
	return (long)(zone_pages_allocated(zone) - zone_pages_freed(zone));
}

void frames_start(void)
{
	struct zone *zone;

	if (max_pfn > FRAMES_MOST)
		host_bug("machine of %lu frames for a model of %d", max_pfn, FRAMES_MOST);
	memset(blocks, 0, sizeof(blocks));
	memset(owner, 0, sizeof(owner));
	memset(zone_held, 0, sizeof(zone_held));
	held_pages = 0;
	nr_free_slots = 0;
	for (u32 i = BLOCKS_MOST; i-- > 0;)
		free_slots[nr_free_slots++] = i;
	for_each_zone (zone) {
		base_books[zone_index(zone)] = zone_books(zone);
		base_allocated[zone_index(zone)] =
			populated_zone(zone) ? zone_take_census(zone).allocated : 0;
	}
}

/* --- what a request may get --------------------------------------------------------------- */

static bool zone_allowed(const struct page *page, gfp_t gfp)
{
	unsigned int idx = page_zonenum(page);

	if (gfp & __GFP_DMA)
		return idx == ZONE_DMA;
	if (!(gfp & __GFP_HIGHMEM))
		return idx <= ZONE_NORMAL;
	return idx <= (gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_HIGHMEM);
}

static bool node_allowed(const struct page *page, gfp_t gfp, int nid)
{
	int node = page_to_nid(page);

	if (gfp & __GFP_THISNODE && node != (nid == NUMA_NO_NODE ? numa_node_id() : nid))
		return false;
	return !(gfp & __GFP_HARDWALL) || mems_allowed >> node & 1;
}

/* The high-order reserve is open to atomic requests and to those that may use everything. */
static bool type_allowed(const struct page *page, gfp_t gfp)
{
	unsigned int mt = page_migratetype(page);

	if (mt == gfp_migratetype(gfp))
		return true;
	return mt == MIGRATE_HIGHATOMIC && (!(gfp & __GFP_DIRECT_RECLAIM) || gfp & __GFP_MEMALLOC);
}

static void check_new(const struct page *page, unsigned int order, gfp_t gfp, int nid)
{
	unsigned long pfn = page_to_pfn(page);

	if (!page_pointer_valid(page) || pfn + (1ul << order) > max_pfn) {
		host_fail(__FILE__, __LINE__, "frame %lu does not exist", pfn);
		return;
	}
	CHECK(IS_ALIGNED(pfn, 1ul << order));
	CHECK_EQ(page_order(page), order);
	CHECK_EQ(page_ref_count(page), 1);
	CHECK_EQ(page_mapcount(page), 0);
	CHECK(!page->mapping);
	CHECK_EQ(page->flags & PAGE_FLAGS_MASK, gfp & __GFP_COMP && order ? 1ul << PG_head : 0);
	CHECK(zone_allowed(page, gfp));
	CHECK(node_allowed(page, gfp, nid));
	CHECK(type_allowed(page, gfp));
	for (unsigned long i = 0; i < 1ul << order; i++) {
		if (owner[pfn + i])
			host_fail(__FILE__, __LINE__, "frame %lu is handed out twice", pfn + i);
		if (PageReserved(page + i) || (i && page_ref_count(page + i)))
			host_fail(__FILE__, __LINE__, "frame %lu is not free", pfn + i);
	}
}

static void set_owner(unsigned long pfn, unsigned int order, u32 value)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		owner[pfn + i] = value;
}

void frames_add(struct page *page, unsigned int order, gfp_t gfp, int nid)
{
	u32 slot;

	check_new(page, order, gfp, nid);
	if (!nr_free_slots)
		host_bug("too many blocks held");
	slot = free_slots[--nr_free_slots];
	blocks[slot] = (struct held){page, order, 1, gfp};
	set_owner(page_to_pfn(page), order, slot + 1);
	held_pages += 1ul << order;
	zone_held[zone_index(page_zone(page))] += 1ul << order;
}

void frames_remove(struct page *page)
{
	u32 slot = owner[page_to_pfn(page)] - 1;
	unsigned int order = blocks[slot].order;

	set_owner(page_to_pfn(page), order, 0);
	held_pages -= 1ul << order;
	zone_held[zone_index(page_zone(page))] -= 1ul << order;
	blocks[slot].page = NULL;
	free_slots[nr_free_slots++] = slot;
}

struct held *frames_find(const struct page *page)
{
	u32 slot = owner[page_to_pfn(page)];

	return slot ? &blocks[slot - 1] : NULL;
}

struct held *frames_any(void)
{
	u32 at = test_below(BLOCKS_MOST);

	if (nr_free_slots == BLOCKS_MOST)
		return NULL;
	if (test_chance(2)) /* slots are used from the bottom up: find one soon */
		at = test_below(BLOCKS_MOST - nr_free_slots);
	for (u32 i = 0; i < BLOCKS_MOST; i++, at = (at + 1) % BLOCKS_MOST)
		if (blocks[at].page)
			return &blocks[at];
	return NULL;
}

unsigned long frames_held(void)
{
	return held_pages;
}

/* --- watermarks --------------------------------------------------------------------------- */

void frames_watermarks_before(void)
{
	const struct zone *zone;

	for_each_populated_zone (zone)
		free_before[zone_index(zone)] = zone->vm_stat[NR_FREE_PAGES];
}

/* What the header of gfp.h promises about the reserves. */
static long least_left(const struct zone *zone, gfp_t gfp)
{
	long least = (long)min_wmark_pages(zone);

	if (gfp & __GFP_MEMALLOC && !(gfp & __GFP_NOMEMALLOC))
		return 0;
	if (gfp & __GFP_HIGH) {
		least -= least / 2;
		if (!(gfp & __GFP_DIRECT_RECLAIM))
			least -= least / 4;
	}
	return least + zone->lowmem_reserve[gfp_zone(gfp)];
}

void frames_watermarks_after(gfp_t gfp)
{
	const struct zone *zone;

	for_each_populated_zone (zone) {
		long before = free_before[zone_index(zone)], now = zone->vm_stat[NR_FREE_PAGES];

		if (now < before && now < least_left(zone, gfp))
			host_fail(
				__FILE__, __LINE__,
				"zone %s of node %d: %ld free, %ld before, gfp 0x%x must leave %ld",
				zone->name, zone->node, now, before, gfp, least_left(zone, gfp));
	}
}

/* --- allocate and free -------------------------------------------------------------------- */

/* Calls with constant flags are compiled differently: take some of them. */
static struct page *alloc_constant(gfp_t gfp, unsigned int order)
{
	switch ((gfp == GFP_KERNEL ? 0 : gfp == GFP_HIGHUSER_MOVABLE ? 16 : 32) + order) {
	case 0:
		return alloc_pages(GFP_KERNEL, 0);
	case 1:
		return alloc_pages(GFP_KERNEL, 1);
	case 3:
		return alloc_pages(GFP_KERNEL, 3);
	case 4:
		return alloc_pages(GFP_KERNEL, 4);
	case 9:
		return alloc_pages(GFP_KERNEL, 9);
	case 16:
		return alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	case 18:
		return alloc_pages(GFP_HIGHUSER_MOVABLE, 2);
	case 22:
		return alloc_pages(GFP_HIGHUSER_MOVABLE, 6);
	}
	return alloc_pages(gfp, order);
}

struct page *frames_alloc(gfp_t gfp, unsigned int order, int nid)
{
	struct page *page;

	frames_ops++;
	frames_watermarks_before();
	page = nid == NUMA_NO_NODE ? alloc_constant(gfp, order) : alloc_pages_node(nid, gfp, order);
	frames_watermarks_after(gfp);
	if (page)
		frames_add(page, order, gfp, nid);
	return page;
}

static void free_by_constant(struct page *page, unsigned int order)
{
	switch (order) {
	case 0:
		__free_page(page);
		break;
	case 1:
		__free_pages(page, 1);
		break;
	case 2:
		__free_pages(page, 2);
		break;
	case 3:
		__free_pages(page, 3);
		break;
	case 4:
		__free_pages(page, 4);
		break;
	default:
		__free_pages(page, order);
	}
}

void frames_free(struct held *h)
{
	struct page *page = h->page;
	unsigned int order = h->order;

	frames_ops++;
	for (; h->refs > 1; h->refs--)
		put_page(page);
	frames_remove(page);
	switch (test_below(4)) {
	case 0:
		put_page(page + (order ? test_below(1u << order) : 0));
		break;
	case 1:
		if (!PageHighMem(page)) {
			free_pages((unsigned long)lowmem_page_address(page), order);
			break;
		}
		/* fall through */
	case 2:
		__free_pages_any(page, order);
		break;
	default:
		free_by_constant(page, order);
	}
}

void frames_free_all(void)
{
	for (u32 slot = 0; slot < BLOCKS_MOST; slot++)
		if (blocks[slot].page)
			frames_free(&blocks[slot]);
}

/* --- check -------------------------------------------------------------------------------- */

static const char *check_zone(struct zone *zone)
{
	unsigned int i = zone_index(zone);

	if (zone_take_census(zone).allocated != base_allocated[i] + zone_held[i])
		return "allocated pages of a zone are not those that the test holds";
	if (zone_books(zone) != base_books[i] + (long)zone_held[i])
		return "allocated less freed pages of a zone are not those that the test holds";
	return NULL;
}

const char *frames_check(void)
{
	const struct zone *where;
	const char *wrong = mm_check(&where);
	struct zone *zone;

	if (wrong) {
		host_note("in zone %s of node %d:", where ? where->name : "?",
		          where ? where->node : -1);
		return wrong;
	}
	for_each_populated_zone (zone) {
		wrong = check_zone(zone);
		if (wrong)
			return wrong;
	}
	return host_check_idle();
}
