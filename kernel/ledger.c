/* SPDX-License-Identifier: MIT */
/* ledger.c - the books of a test case or stress run: free pages of each zone (pagesets drained),
 * quarantined pages, hooks, tunables. Owns: the stock taken before the case. When pages are
 * missing, allocated pages are counted by the code that allocated them, before and after; sites
 * that gained are named. */
#include "ledger.h"
#include "asm/tlb.h"
#include "console.h"
#include "kernel.h"
#include "kthread.h"
#include "ktest.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/vmalloc.h"
#include "mm/watermark.h"
#include "preempt.h"
#include "timer.h"

enum { MAX_ZONES = MAX_NUMNODES * MAX_NR_ZONES, MAX_SITES = 128, MAX_CACHES = 160 };

/* Counting looks at every frame, twice a case: up to 1 GiB. */
enum { COUNTED_PFNS = 1 << 18 };

struct site {
	unsigned long addr;
	long pages;
};

static struct stock {
	unsigned long free[MAX_ZONES], quarantined[MAX_ZONES], managed[MAX_ZONES];
	unsigned int hooks;
	unsigned long vm_areas, vm_pages, page_tables;
	struct percpu_stats percpu;
	struct kmap_stats kmap;
	unsigned long mems_allowed, min_free;
	unsigned int threads, timers;
	void (*flush_others)(unsigned long start, unsigned long end, unsigned long caller);
	bool fast;
	unsigned int preempt;
	unsigned int nr_caches;
	struct {
		const struct kmem_cache *cache;
		unsigned long objects, damaged;
	} caches[MAX_CACHES];
} before, after;

static struct site sites[MAX_SITES];
static unsigned int nr_sites;
static unsigned long allowed;

static unsigned int zone_index(const struct zone *zone)
{
	return (unsigned int)zone->node * MAX_NR_ZONES + (unsigned int)zone->zone_idx;
}

static void take_stock_of_caches(struct stock *s)
{
	struct kmem_cache *cache;

	kmem_cache_shrink_all();
	s->nr_caches = 0;
	mutex_lock(&slab_mutex);
	list_for_each_entry (cache, &slab_caches, list) {
		if (s->nr_caches == MAX_CACHES)
			break;
		s->caches[s->nr_caches].cache = cache;
		s->caches[s->nr_caches].damaged = cache->nr_damaged;
		s->caches[s->nr_caches++].objects = slab_count(cache).active_objects;
	}
	mutex_unlock(&slab_mutex);
}

/* Guards of split blocks are free again when the block is whole; their number says nothing. */
static unsigned long guard_pages(struct zone *zone)
{
	return debug_guardpage_minorder ? zone_take_census(zone).guard : 0;
}

static void take_stock(struct stock *s)
{
	struct zone *zone;

	s->preempt = preempt_count();
	kthread_reap();
	vm_unmap_aliases();
	percpu_shrink();
	kmap_get_stats(&s->kmap);
	take_stock_of_caches(s);
	drain_all_pages(NULL);
	percpu_get_stats(&s->percpu);
	for_each_populated_zone (zone) {
		unsigned int i = zone_index(zone);

		buddy_settle(zone);
		s->free[i] = zone_page_state(zone, NR_FREE_PAGES) + guard_pages(zone);
		s->quarantined[i] = zone->nr_quarantined;
		s->managed[i] = zone->managed_pages;
	}
	s->vm_areas = vmalloc_stats().areas;
	s->vm_pages = vmalloc_stats().pages;
	s->page_tables = nr_kernel_page_tables();
	s->hooks = alloc_hooks;
	s->mems_allowed = mems_allowed;
	s->min_free = min_free_kbytes;
	s->fast = pageset_fast_enabled();
	s->threads = nr_threads();
	s->timers = nr_pending_timers();
	s->flush_others = tlb_flush_others;
}

/* --- allocated pages by site ------------------------------------------------------------ */

static void add_site(unsigned long addr, long pages)
{
	for (unsigned int i = 0; i < nr_sites; i++) {
		if (sites[i].addr == addr) {
			sites[i].pages += pages;
			return;
		}
	}
	if (nr_sites < MAX_SITES)
		sites[nr_sites++] = (struct site){addr, pages};
}

/* Add sign times the pages that each site holds. */
static void count_sites(long sign)
{
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++) {
		const struct page *page = pfn_to_page(pfn);

		if (!pfn_valid(pfn) || PageReserved(page) || page_ref_count(page) <= 0)
			continue;
		add_site(page->alloc_site, sign * (1l << page_order(page)));
	}
}

static void name_leaks(void)
{
	if (max_pfn > COUNTED_PFNS) {
		cprintf("leak: run the case on 1 GiB or less to see by whom\n");
		return;
	}
	count_sites(1);
	for (unsigned int i = 0; i < nr_sites; i++)
		if (sites[i].pages > 0)
			cprintf("leak: %ld pages allocated by %s\n", sites[i].pages,
			        report_site(sites[i].addr));
}

/* --- open and close --------------------------------------------------------------------- */

void ledger_open(void)
{
	allowed = 0;
	nr_sites = 0;
	before = (struct stock){0};
	take_stock(&before);
	if (max_pfn <= COUNTED_PFNS)
		count_sites(-1);
}

void ledger_allow_quarantine(unsigned long pages)
{
	allowed += pages;
}

/* Returns: pages missing. */
static long compare_zone(const struct zone *zone, const struct stock *after, complain_t complain)
{
	unsigned int i = zone_index(zone);
	long quarantined = (long)(after->quarantined[i] - before.quarantined[i]);
	long missing = (long)(before.free[i] - after->free[i]) - quarantined;

	if (missing)
		complain("ledger", 0, "zone %s of node %d has %ld free pages less than before",
		         zone->name, zone->node, missing);
	if (after->managed[i] != before.managed[i])
		complain("ledger", 0, "zone %s manages %lu pages, %lu before", zone->name,
		         after->managed[i], before.managed[i]);
	return missing;
}

/* Caches are listed oldest first, so the same ones stand at the same place. */
static void compare_caches(complain_t complain)
{
	if (after.nr_caches != before.nr_caches)
		complain("ledger", 0, "%u caches, %u before", after.nr_caches, before.nr_caches);
	for (unsigned int i = 0; i < min(before.nr_caches, after.nr_caches); i++) {
		if (after.caches[i].cache != before.caches[i].cache)
			complain("ledger", 0, "cache %s is new", after.caches[i].cache->name);
		else if (after.caches[i].objects != before.caches[i].objects ||
		         after.caches[i].damaged != before.caches[i].damaged)
			complain("ledger", 0, "cache %s has %lu objects (%lu damaged), %lu before",
			         after.caches[i].cache->name, after.caches[i].objects,
			         after.caches[i].damaged, before.caches[i].objects);
	}
}

static unsigned long sum_quarantined(const struct stock *s)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < MAX_ZONES; i++)
		sum += s->quarantined[i];
	return sum;
}

static void compare_mappings(const struct stock *after, complain_t complain)
{
	if (after->vm_areas != before.vm_areas || after->vm_pages != before.vm_pages)
		complain("ledger", 0, "%ld vmalloc areas and %ld pages in them more than before",
		         (long)(after->vm_areas - before.vm_areas),
		         (long)(after->vm_pages - before.vm_pages));
	if (after->page_tables != before.page_tables)
		complain("ledger", 0, "%ld page tables more than before",
		         (long)(after->page_tables - before.page_tables));
}

/* A case that failed half way must not leave its hooks to the next. */
static void restore_hooks(const struct stock *after)
{
	for (unsigned int hook = HOOK_POISON; hook <= HOOK_FAIL; hook <<= 1)
		if ((after->hooks ^ before.hooks) & hook)
			alloc_hooks_set((enum alloc_hook)hook, before.hooks & hook);
}

/* Windows that a failed case left are taken back, or they would be the next one's. */
static void compare_kmap(const struct stock *after, complain_t complain)
{
	const struct kmap_stats *a = &before.kmap, *b = &after->kmap;

	if (a->windows != b->windows || a->mappings != b->mappings || a->mode != b->mode)
		complain("ledger", 0, "kmap: %u windows, %lu mappings, mode %d; before %u, %lu, %d",
		         b->windows, b->mappings, (int)b->mode, a->windows, a->mappings,
		         (int)a->mode);
	if (b->windows > a->windows)
		kmap_local_release(a->windows, "test");
}

/* What holds one case's preempt count up, or below zero, would make the next ones fail. */
static void compare_preempt(complain_t complain)
{
	if (preempt_count() == before.preempt)
		return;
	complain("ledger", 0, "preempt count 0x%x, before 0x%x", preempt_count(), before.preempt);
	this_cpu_write(__preempt_count, before.preempt);
}

static bool name_percpu(const struct percpu_alloc_info *info, void *arg)
{
	(void)arg;
	cprintf("per-CPU: %lu bytes at offset 0x%lx by %s\n", (unsigned long)info->size,
	        info->offset, report_site(info->site));
	return true;
}

static void compare_percpu(const struct stock *after, complain_t complain)
{
	const struct percpu_stats *a = &before.percpu, *b = &after->percpu;

	if (a->used_bytes == b->used_bytes && a->nr_allocs == b->nr_allocs)
		return;
	complain("ledger", 0, "%lu per-CPU bytes in %lu pieces, %lu in %lu before",
	         (unsigned long)b->used_bytes, b->nr_allocs, (unsigned long)a->used_bytes,
	         a->nr_allocs);
	percpu_for_each(name_percpu, NULL);
}

long ledger_close(complain_t complain)
{
	const struct kmem_cache *cache;
	const char *wrong;
	struct zone *zone;
	long missing = 0;

	compare_preempt(complain);
	take_stock(&after);
	compare_caches(complain);
	wrong = slab_check_all(&cache);
	if (wrong)
		complain("ledger", 0, "%s: %s", cache ? cache->name : "caches", wrong);
	for_each_populated_zone (zone)
		missing += compare_zone(zone, &after, complain);
	if (sum_quarantined(&after) > sum_quarantined(&before) + allowed)
		complain("ledger", 0, "%lu pages quarantined",
		         sum_quarantined(&after) - sum_quarantined(&before));
	compare_mappings(&after, complain);
	compare_percpu(&after, complain);
	if (after.threads != before.threads)
		complain("ledger", 0, "%u threads, %u before", after.threads, before.threads);
	if (after.timers != before.timers)
		complain("ledger", 0, "%u timers are set, %u before", after.timers, before.timers);
	compare_kmap(&after, complain);
	restore_hooks(&after);
	if (after.hooks != before.hooks || after.mems_allowed != before.mems_allowed ||
	    after.min_free != before.min_free || after.fast != before.fast ||
	    after.flush_others != before.flush_others)
		complain("ledger", 0, "a hook or tunable was left changed");
	if (missing > 0)
		name_leaks();
	return missing;
}
