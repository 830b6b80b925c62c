/* SPDX-License-Identifier: MIT */
/* slowpath.c - tests of what happens when memory is short: who may use which reserve, when reclaim,
 * compaction and OOM are called, when a request gives up. Reclaim is a fake that counts. */
#include "catch.h"
#include "console.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"

#define NOISELESS (__GFP_NOWARN)

/* --- reserves of a real zone ------------------------------------------------------------ */

/* ZONE_DMA is 16 MiB on every machine: small enough to be emptied. Requests that name it have no
 * other zone. */
static void drain_dma(struct page_chain *chain, gfp_t gfp)
{
	chain_fill(chain, GFP_DMA | gfp, ~0ul);
	drain_all_pages(NULL);
	chain_fill(chain, GFP_DMA | gfp, ~0ul);
}

static unsigned long dma_free(void)
{
	return zone_page_state(any_zone(ZONE_DMA), NR_FREE_PAGES);
}

KTEST(slowpath, each_kind_of_request_stops_at_its_own_mark)
{
	struct zone *dma = any_zone(ZONE_DMA);
	unsigned long min = min_wmark_pages(dma), before;
	struct page_chain chain;

	SKIP_UNLESS(min >= 16, "the min watermark is too small to tell its parts apart");
	chain_init(&chain);
	drain_dma(&chain, __GFP_DIRECT_RECLAIM | __GFP_NORETRY);
	EXPECT_TRUE(dma_free() >= min && dma_free() < min + 16);
	/* __GFP_HIGH alone: half of min */
	drain_dma(&chain, __GFP_HIGH | __GFP_DIRECT_RECLAIM | __GFP_NORETRY);
	EXPECT_TRUE(dma_free() >= min - min / 2 && dma_free() < min - min / 2 + 4);
	/* and one that cannot sleep: a quarter of that half more */
	before = dma_free();
	drain_dma(&chain, GFP_ATOMIC);
	EXPECT_TRUE(dma_free() < before);
	EXPECT_TRUE(dma_free() >= (min - min / 2) - (min - min / 2) / 4);
	/* who frees memory himself: all of it */
	drain_dma(&chain, __GFP_MEMALLOC);
	EXPECT_EQ(dma_free(), 0);
	EXPECT_TRUE(!alloc_page(GFP_DMA | __GFP_MEMALLOC | NOISELESS));
	chain_free(&chain);
}

KTEST(slowpath, nomemalloc_keeps_out_of_the_reserve_even_in_memalloc_context)
{
	struct page_chain chain;
	unsigned int saved;
	struct page *page;

	chain_init(&chain);
	drain_dma(&chain, 0);
	saved = memalloc_noreclaim_save();
	EXPECT_TRUE(!alloc_page(GFP_DMA | __GFP_NOMEMALLOC | NOISELESS));
	page = alloc_page(GFP_DMA | NOISELESS);
	EXPECT_TRUE(page);
	memalloc_noreclaim_restore(saved);
	EXPECT_TRUE(!alloc_page(GFP_DMA | NOISELESS));
	if (page)
		__free_page(page);
	chain_free(&chain);
}

KTEST(slowpath, highmem_requests_leave_low_memory_its_reserve)
{
	struct zone *high = any_zone(ZONE_HIGHMEM), *normal = any_zone(ZONE_NORMAL);
	LIST_HEAD(blocks);
	struct page *page, *next, *kernel_page;
	struct page_chain chain;
	unsigned long kept;

	SKIP_UNLESS(high && high->managed_pages < 1ul << 16, "no small highmem zone");
	SKIP_UNLESS(high->node == normal->node && nr_node_ids == 1, "several nodes");
	chain_init(&chain);
	while ((page = alloc_pages(GFP_HIGHUSER | NOISELESS | __GFP_NORETRY, 6)))
		list_add(&page->lru, &blocks);
	chain_fill(&chain, GFP_HIGHUSER | __GFP_NORETRY, ~0ul);
	kept = zone_page_state(normal, NR_FREE_PAGES) + zone_pcp_pages(normal);
	EXPECT_TRUE(kept >= (unsigned long)normal->lowmem_reserve[ZONE_HIGHMEM]);
	EXPECT_TRUE(normal->lowmem_reserve[ZONE_HIGHMEM] > 0);
	kernel_page = alloc_page(GFP_KERNEL); /* for this one they were kept */
	EXPECT_TRUE(kernel_page);
	if (kernel_page)
		__free_page(kernel_page);
	chain_free(&chain);
	list_for_each_entry_safe (page, next, &blocks, lru)
		__free_pages(page, 6);
}

/* --- fake pressure ---------------------------------------------------------------------- */

static struct {
	unsigned long wakes, reclaims, compacts, ooms;
	gfp_t gfp;               /* of the last reclaim */
	unsigned long progress;  /* what reclaim and oom claim to have freed */
	unsigned long relief_at; /* lift the starvation at this reclaim (or oom) call; 0: never */
	bool relieved;
	bool allocates;     /* the first reclaim asks for a page itself ... */
	struct page *inner; /* ... and gets this one */
} fake;

static void relieve_if(unsigned long calls)
{
	if (fake.relief_at && calls == fake.relief_at) {
		starve_end();
		fake.relieved = true;
	}
}

static void fake_wake(struct zone *zone, gfp_t gfp, unsigned int order, int highest_zoneidx)
{
	(void)zone, (void)gfp, (void)order, (void)highest_zoneidx;
	fake.wakes++;
}

static unsigned long fake_reclaim(struct zonelist *zonelist, unsigned int order, gfp_t gfp)
{
	(void)zonelist, (void)order;
	fake.gfp = gfp;
	relieve_if(++fake.reclaims);
	if (fake.allocates && fake.reclaims == 1)
		fake.inner = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL | NOISELESS, 0);
	return fake.progress;
}

static bool fake_compact(struct zonelist *zonelist, unsigned int order, gfp_t gfp)
{
	(void)zonelist, (void)order, (void)gfp;
	fake.compacts++;
	return true;
}

static bool fake_oom(struct zonelist *zonelist, unsigned int order, gfp_t gfp)
{
	(void)zonelist, (void)order, (void)gfp;
	relieve_if(++fake.ooms);
	return fake.relieved;
}

static struct page *ask_as_set(gfp_t gfp, unsigned int order)
{
	static const struct pressure_ops fakes = {fake_wake, fake_reclaim, fake_compact, fake_oom};
	struct pressure_ops before = pressure_ops;
	struct page *page;

	pressure_ops = fakes;
	starve();
	page = alloc_pages_node(NUMA_NO_NODE, gfp | NOISELESS, order);
	if (!fake.relieved)
		starve_end();
	pressure_ops = before;
	return page;
}

/* Ask for one block with every zone starved. */
static struct page *ask(gfp_t gfp, unsigned int order, unsigned long progress,
                        unsigned long relief_at)
{
	memset(&fake, 0, sizeof(fake));
	fake.progress = progress;
	fake.relief_at = relief_at;
	return ask_as_set(gfp, order);
}

static void give_back(struct page *page, unsigned int order)
{
	if (page)
		__free_pages(page, order);
}

/* Nodes that a request of this kind can be served from. */
static unsigned long nodes_for(gfp_t gfp)
{
	unsigned long seen = 0, n = 0;
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_zonelist (zone, z, node_zonelist(numa_node_id(), gfp), (int)gfp_zone(gfp)) {
		n += !(seen >> zone->node & 1);
		seen |= 1ul << zone->node;
	}
	return n;
}

KTEST(slowpath, kswapd_is_woken_once_on_each_node)
{
	EXPECT_TRUE(!ask(GFP_ATOMIC, 0, 0, 0));
	EXPECT_EQ(fake.wakes, nodes_for(GFP_ATOMIC));
}

KTEST(slowpath, kswapd_is_woken_only_by_requests_that_say_so)
{
	EXPECT_TRUE(!ask(GFP_ATOMIC, 0, 0, 0));
	EXPECT_TRUE(fake.wakes >= 1);
	EXPECT_TRUE(!ask(__GFP_HIGH, 0, 0, 0));
	EXPECT_EQ(fake.wakes, 0);
	EXPECT_TRUE(!ask(__GFP_DIRECT_RECLAIM | __GFP_NORETRY, 0, 0, 0));
	EXPECT_EQ(fake.wakes, 0);
}

KTEST(slowpath, requests_that_cannot_sleep_never_reclaim)
{
	EXPECT_TRUE(!ask(GFP_ATOMIC, 0, 1, 1));
	EXPECT_TRUE(!ask(GFP_NOWAIT, 0, 1, 1));
	EXPECT_EQ(fake.reclaims + fake.compacts + fake.ooms, 0);
}

KTEST(slowpath, reclaim_that_frees_memory_saves_the_request)
{
	struct page *page = ask(GFP_KERNEL, 0, 32, 1);

	EXPECT_TRUE(page);
	EXPECT_EQ(fake.reclaims, 1);
	EXPECT_EQ(fake.ooms, 0);
	give_back(page, 0);
}

KTEST(slowpath, noretry_reclaims_once)
{
	EXPECT_TRUE(!ask(GFP_KERNEL | __GFP_NORETRY, 0, 32, 2));
	EXPECT_EQ(fake.reclaims, 1);
	EXPECT_EQ(fake.ooms, 0);
}

KTEST(slowpath, retry_mayfail_tries_long_but_kills_nobody)
{
	EXPECT_TRUE(!ask(GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0, 0, 0));
	EXPECT_TRUE(fake.reclaims > 8 && fake.reclaims < 64);
	EXPECT_EQ(fake.ooms, 0);
	/* even for a large block, for which others give up at once */
	EXPECT_TRUE(!ask(GFP_KERNEL | __GFP_RETRY_MAYFAIL, 8, 0, 0));
	EXPECT_TRUE(fake.reclaims > 8);
	EXPECT_TRUE(!ask(GFP_KERNEL, 8, 0, 0));
	EXPECT_TRUE(fake.reclaims <= 2);
}

KTEST(slowpath, oom_is_asked_when_reclaim_gives_up)
{
	struct page *page = ask(GFP_KERNEL, 0, 0, 0);

	EXPECT_TRUE(!page);
	EXPECT_EQ(fake.ooms, 1);
	EXPECT_TRUE(fake.reclaims > 8);
}

KTEST(slowpath, no_oom_for_nofs_costly_orders_or_low_zones)
{
	EXPECT_TRUE(!ask(GFP_NOFS, 0, 0, 0));
	EXPECT_EQ(fake.ooms, 0);
	EXPECT_TRUE(!ask(GFP_KERNEL, 4, 0, 0));
	EXPECT_EQ(fake.ooms, 0);
	EXPECT_TRUE(!ask(GFP_KERNEL | __GFP_DMA, 0, 0, 0));
	EXPECT_EQ(fake.ooms, 0);
	EXPECT_TRUE(!ask(GFP_KERNEL | __GFP_THISNODE, 0, 0, 0));
	EXPECT_EQ(fake.ooms, 0);
}

KTEST(slowpath, reclaim_is_told_whether_it_may_do_io_and_enter_file_systems)
{
	ask(GFP_NOIO | __GFP_NORETRY, 0, 0, 0);
	EXPECT_EQ(fake.gfp & (__GFP_IO | __GFP_FS), 0);
	ask(GFP_NOFS | __GFP_NORETRY, 0, 0, 0);
	EXPECT_EQ(fake.gfp & (__GFP_IO | __GFP_FS), __GFP_IO);
	ask(GFP_KERNEL | __GFP_NORETRY, 0, 0, 0);
	EXPECT_EQ(fake.gfp & (__GFP_IO | __GFP_FS), __GFP_IO | __GFP_FS);
}

KTEST(slowpath, compaction_is_tried_for_blocks_only)
{
	ask(GFP_KERNEL | __GFP_NORETRY, 0, 0, 0);
	EXPECT_EQ(fake.compacts, 0);
	ask(GFP_KERNEL | __GFP_NORETRY, 3, 0, 0);
	EXPECT_TRUE(fake.compacts >= 1);
}

KTEST(slowpath, reclaim_itself_never_reclaims)
{
	unsigned int saved = memalloc_noreclaim_save();

	/* in this context the request may use the reserve instead */
	struct page *page = ask(GFP_KERNEL, 0, 0, 0);

	memalloc_noreclaim_restore(saved);
	EXPECT_EQ(fake.reclaims, 0);
	EXPECT_TRUE(page);
	give_back(page, 0);
}

KTEST(slowpath, pages_for_reclaim_come_from_the_reserve_not_from_reclaim)
{
	memset(&fake, 0, sizeof(fake));
	fake.allocates = true;
	EXPECT_TRUE(!ask_as_set(GFP_KERNEL | __GFP_NORETRY, 0));
	EXPECT_EQ(fake.reclaims, 1);
	EXPECT_TRUE(fake.inner);
	give_back(fake.inner, 0);
}

KTEST(slowpath, nofail_takes_the_last_page_rather_than_none)
{
	struct page *page = ask(GFP_KERNEL | __GFP_NOFAIL, 0, 0, 0);

	EXPECT_TRUE(page); /* there were pages, only the watermarks forbade them */
	EXPECT_TRUE(fake.ooms >= 1);
	give_back(page, 0);
}

static void ask_nofail(void *arg)
{
	(void)arg;
	alloc_page(GFP_DMA | GFP_KERNEL | __GFP_NOFAIL | NOISELESS);
	barrier(); /* not a tail call: the caller must be this function */
}

KTEST(slowpath, nofail_with_nothing_left_is_a_panic_by_name)
{
	struct page_chain chain;
	struct caught c;

	chain_init(&chain);
	drain_dma(&chain, __GFP_MEMALLOC);
	EXPECT_EQ(catch_run(ask_nofail, NULL, &c), CAUGHT_PANIC);
	EXPECT_TRUE(strstr(c.message, "NOFAIL") && strstr(c.message, "ask_nofail"));
	chain_free(&chain);
}

static bool says_failure(gfp_t gfp)
{
	static char text[4096];

	starve();
	console_capture(text, sizeof(text));
	EXPECT_TRUE(!alloc_pages_node(NUMA_NO_NODE, gfp, 1));
	console_capture_end();
	starve_end();
	return strstr(text, "page allocation failure: order:1") != NULL &&
	       strstr(text, "Mem-Info") != NULL;
}

KTEST(slowpath, failure_is_told_with_the_state_of_memory_unless_nowarn)
{
	EXPECT_TRUE(says_failure(GFP_NOWAIT));
	EXPECT_TRUE(!says_failure(GFP_NOWAIT | __GFP_NOWARN));
}

/* --- exhaustion ------------------------------------------------------------------------- */

KTEST(slowpath, pages_parked_in_pagesets_are_fetched_before_giving_up)
{
	struct page_chain chain;
	struct page *parked[8];
	struct zone *zone;

	chain_init(&chain);
	drain_dma(&chain, 0);
	/* free eight pages: they go to the pageset, order 1 needs them merged */
	for (int i = 0; i < 8; i++) {
		parked[i] = list_first_entry(&chain.head, struct page, lru);
		list_del(&parked[i]->lru);
		chain.count--;
	}
	zone = page_zone(parked[0]);
	for (int i = 0; i < 8; i++)
		__free_page(parked[i]);
	/* a small zone has a pageset too small for all eight */
	EXPECT_TRUE(zone_pcp_pages(zone) > 0);
	parked[0] = alloc_page(GFP_DMA | __GFP_MOVABLE | NOISELESS);
	EXPECT_TRUE(parked[0]); /* of another type than those in the pageset */
	if (parked[0])
		__free_page(parked[0]);
	chain_free(&chain);
}

KTEST(slowpath, exhausted_zone_recovers_every_page)
{
	struct page_chain chain;
	unsigned long before;

	drain_all_pages(NULL);
	before = dma_free();
	for (int round = 0; round < 3; round++) {
		chain_init(&chain);
		drain_dma(&chain, __GFP_MEMALLOC);
		EXPECT_EQ(dma_free(), 0);
		chain_free(&chain);
		drain_all_pages(NULL);
		EXPECT_EQ(dma_free(), before);
	}
}
