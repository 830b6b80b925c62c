/* SPDX-License-Identifier: MIT */
/* page_alloc_slow.c - what happens when every zone is low.
 *
 *   (1) wake kswapd, look again down to the min watermark (atomic requests deeper);
 *   (2) who frees memory itself (MEMALLOC) may take everything;
 *   (3) who may not sleep fails here;
 *   (4) reclaim, look; drain the pagesets, look; compact for order > 0, look;
 *   (5) retry while reclaim makes progress, at most MAX_RECLAIM_RETRIES times without;
 *   (6) out of memory: kill something, retry; nothing to kill: fail, or with NOFAIL try for ever,
 *       where for ever means: panic by name once nothing can change any more.
 * Owns: pressure_ops. Source: Gorman ch. 6.3.2, 10, 13; Linux's order
 * of steps. Locks: none held while the pressure operations run. */
#include "mm/page_alloc_slow.h"
#include "bug.h"
#include "lib/string.h"
#include "internal.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "mm/trace_sites.h"
#include "mm/vmstat.h"
#include "printk.h"
#include "report.h"
#include "sched.h"

enum { MAX_RECLAIM_RETRIES = 16, PAGE_ALLOC_COSTLY_ORDER = 3 };

struct pressure_ops pressure_ops;

unsigned int memalloc_noreclaim_save(void)
{
	return current->memalloc_depth++;
}

void memalloc_noreclaim_restore(unsigned int saved)
{
	current->memalloc_depth = saved;
}

static unsigned int slow_alloc_flags(gfp_t gfp, unsigned int order)
{
	unsigned int flags = ALLOC_WMARK_MIN | ALLOC_CPUSET;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_MIN_RESERVE;
	if (!(gfp & __GFP_DIRECT_RECLAIM)) {
		flags |= ALLOC_NON_BLOCK;
		if (gfp & __GFP_HIGH && order > 0)
			flags |= ALLOC_HIGHATOMIC;
	}
	if (!(gfp & __GFP_HARDWALL))
		flags &= ~ALLOC_CPUSET; /* now it may leave its nodes */
	if (gfp & __GFP_COLD)
		flags |= ALLOC_COLD;
	return flags;
}

static bool in_memalloc(void)
{
	return current->memalloc_depth && !in_interrupt();
}

/* May the request take pages whatever the watermarks say? */
static bool may_use_reserve(gfp_t gfp)
{
	return !(gfp & __GFP_NOMEMALLOC) && (gfp & __GFP_MEMALLOC || in_memalloc());
}

static void wake_all_kswapds(unsigned int order, gfp_t gfp, const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;
	unsigned long woken = 0;

	count_vm_event(KSWAPD_WAKE);
	if (!pressure_ops.wake)
		return;
	for_each_zone_zonelist (zone, z, ac->zonelist, ac->highest_zoneidx) {
		if (woken >> zone->node & 1)
			continue;
		woken |= 1ul << zone->node;
		trace_mm_vmscan_wakeup_kswapd(zone->node, order, gfp);
		pressure_ops.wake(zone, gfp, order, ac->highest_zoneidx);
	}
}

static bool unreserve_highatomic(const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_zonelist (zone, z, ac->zonelist, ac->highest_zoneidx)
		if (unreserve_highatomic_pageblock(zone, ac->migratetype))
			return true;
	return false;
}

/* One round of reclaim and another look. *progress: pages that reclaim says it freed. */
static struct page *direct_reclaim(gfp_t gfp, unsigned int order, unsigned int flags,
                                   const struct alloc_context *ac, unsigned long *progress)
{
	struct page *page;
	unsigned int saved;

	*progress = 0;
	if (pressure_ops.reclaim) {
		saved = memalloc_noreclaim_save();
		count_vm_event(ALLOCSTALL);
		trace_mm_vmscan_direct_reclaim_begin(order, gfp);
		*progress = pressure_ops.reclaim(ac->zonelist, order, gfp);
		trace_mm_vmscan_direct_reclaim_end(*progress);
		memalloc_noreclaim_restore(saved);
	}
	page = get_page_from_freelist(order, flags, ac);
	if (page)
		return page;
	drain_all_pages(NULL);
	unreserve_highatomic(ac);
	return get_page_from_freelist(order, flags, ac);
}

static struct page *direct_compact(gfp_t gfp, unsigned int order, unsigned int flags,
                                   const struct alloc_context *ac)
{
	unsigned int saved;
	bool worth;

	if (!order || !pressure_ops.compact)
		return NULL;
	saved = memalloc_noreclaim_save();
	count_vm_event(COMPACTSTALL);
	worth = pressure_ops.compact(ac->zonelist, order, gfp);
	memalloc_noreclaim_restore(saved);
	return worth ? get_page_from_freelist(order, flags, ac) : NULL;
}

/* Is killing something a fair answer to this request? */
static bool may_oom(gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	if (order > PAGE_ALLOC_COSTLY_ORDER || ac->highest_zoneidx < ZONE_NORMAL)
		return false;
	if (gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_THISNODE))
		return false;
	return gfp & __GFP_FS || gfp & __GFP_NOFAIL;
}

/* Is another round of reclaim worth it? rounds counts those without progress. */
static bool should_retry(gfp_t gfp, unsigned int order, unsigned long progress, int *rounds)
{
	if (gfp & __GFP_NORETRY)
		return false;
	if (order > PAGE_ALLOC_COSTLY_ORDER && !(gfp & __GFP_RETRY_MAYFAIL))
		return false;
	if (progress && order <= PAGE_ALLOC_COSTLY_ORDER)
		*rounds = 0;
	return (progress || pressure_ops.reclaim) && ++*rounds <= MAX_RECLAIM_RETRIES;
}

static bool try_oom(gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	if (!may_oom(gfp, order, ac) || !pressure_ops.oom)
		return false;
	count_vm_event(OOM_KILL);
	return pressure_ops.oom(ac->zonelist, order, gfp);
}

/* The first ten of each shell command or test case only: the log is for reading. */
static void warn_alloc(gfp_t gfp, unsigned int order, unsigned long caller)
{
	static unsigned long epoch;
	static unsigned int told;
	char text[160];

	if (epoch != report_epoch())
		told = 0;
	epoch = report_epoch();
	if (gfp & __GFP_NOWARN || told >= 10)
		return;
	told++;
	gfp_format(text, sizeof(text), gfp);
	pr_warn("page allocation failure: order:%u, mode:0x%x(%s), caller %pB\n", order, gfp, text,
	        (void *)caller);
	show_mem();
	if (told == 10)
		pr_warn("page allocation failure: further ones are not told\n");
}

/* The sleeping part: reclaim and compact until it works or there is no point. */
static struct page *reclaim_until_done(gfp_t gfp, unsigned int order, unsigned int flags,
                                       const struct alloc_context *ac)
{
	unsigned long progress;
	struct page *page;
	int rounds = 0;

	do {
		page = direct_compact(gfp, order, flags, ac);
		if (page)
			return page;
		page = direct_reclaim(gfp, order, flags, ac, &progress);
		if (page)
			return page;
		if (gfp & __GFP_KSWAPD_RECLAIM)
			wake_all_kswapds(order, gfp, ac);
	} while (should_retry(gfp, order, progress, &rounds) || try_oom(gfp, order, ac));
	return NULL;
}

/* NOFAIL: the last page of the machine is better than no page; then there is nothing left. */
static struct page *alloc_nofail(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
                                 unsigned long caller)
{
	struct page *page =
		get_page_from_freelist(order, ALLOC_WMARK_MIN | ALLOC_NO_WATERMARKS, ac);

	if (page)
		return page;
	show_mem();
	panic("__GFP_NOFAIL allocation of order %u (gfp 0x%x) for %pB: nothing left to reclaim",
	      order, gfp, (void *)caller);
}

/* Is there a zone for the request at all? On a node without memory __GFP_THISNODE has none. */
static bool no_zone_fits(const struct alloc_context *ac)
{
	return !next_zones_zonelist(ac->zonelist->_zonerefs, ac->highest_zoneidx)->zone;
}

struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
                                  unsigned long caller)
{
	unsigned int flags = slow_alloc_flags(gfp, order);
	struct page *page;

	if (gfp & __GFP_KSWAPD_RECLAIM)
		wake_all_kswapds(order, gfp, ac);
	page = get_page_from_freelist(order, flags, ac);
	if (!page && may_use_reserve(gfp)) {
		flags |= ALLOC_NO_WATERMARKS;
		page = get_page_from_freelist(order, flags, ac);
	}
	if (!page && gfpflags_allow_blocking(gfp) && !in_memalloc() && !no_zone_fits(ac))
		page = reclaim_until_done(gfp, order, flags, ac);
	if (!page && !gfpflags_allow_blocking(gfp)) {
		drain_local_pages(NULL); /* pages parked under other orders and types */
		page = get_page_from_freelist(order, flags, ac);
	}
	if (!page && gfp & __GFP_NOFAIL)
		page = alloc_nofail(gfp, order, ac, caller);
	if (!page)
		warn_alloc(gfp, order, caller);
	return page;
}
