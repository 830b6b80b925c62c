/* SPDX-License-Identifier: MIT */
/* page_alloc.c - the way of a request: alloc_pages from the first instruction to the page.
 *
 * Owns: nothing but the way. (1) The fast path pops a block off this CPU's pageset; that is all,
 * because watermarks were looked at when the batch was taken (pageset.h). Otherwise: (2) refuse
 * flags that contradict each other; (3) walk the zonelist (freelist.c); (4) failing that, wake,
 * reclaim, retry (page_alloc_slow.c); (5) make the block the caller's.
 * Source: Gorman ch. 6.3; Linux's names.
 * Locks: zone->lock in the steps below; none may be held by the caller. */
#include "mm/page_alloc.h"
#include "asm/page_ops.h"
#include "mm/alloc_hooks.h"
#include "internal.h"
#include "may_sleep.h"
#include "mm/memblock.h"
#include "mm/page_alloc_slow.h"
#include "mm/pcp_ops.h"
#include "mm/trace_sites.h"
#include "preempt.h"
#include "report.h"
#include "unwind.h"

void clear_pages(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	for (unsigned long i = 0; i < 1ul << order; i++)
		clear_page_pfn(pfn + i);
}

/* A block that nobody has yet becomes the caller's. Its mapping is NULL and its _mapcount -1: frees
 * see to that. */
static void prep_new_page(struct page *page, unsigned int order, gfp_t gfp, unsigned long caller)
{
	page->alloc_site = caller;
	set_page_count(page, 1);
	if (gfp & __GFP_COMP && order)
		SetPageHead(page);
	if (gfp & __GFP_ZERO)
		clear_pages(page, order);
}

/* Tell about an impossible request. Returns: true when there is something wrong. */
static bool refuse_request(gfp_t gfp, unsigned int order, int nid, unsigned long caller)
{
	const char *conflict = gfp_conflict(gfp);

	if (order >= MAX_ORDER)
		report(REPORT_bad_order, order, caller, "refused", "order=%u max=%u gfp=0x%x",
		       order, MAX_ORDER - 1, gfp);
	else if (conflict)
		report(REPORT_bad_gfp, gfp, caller, "refused", "gfp=0x%x conflict=%s order=%u", gfp,
		       conflict, order);
	else if (nid < 0 || nid >= (int)nr_node_ids || !NODE_DATA(nid))
		report(REPORT_bad_node, (unsigned long)nid, caller, "refused", "node=%d nodes=%u",
		       nid, nr_node_ids);
	else
		return false;
	return true;
}

bool alloc_sleeps_in_atomic(gfp_t gfp)
{
	unsigned long site;

	return gfpflags_allow_blocking(gfp) && atomic_context(&site);
}

static struct alloc_context prepare_request(gfp_t gfp, int nid)
{
	return (struct alloc_context){
		.zonelist = node_zonelist(nid, gfp),
		.preferred_nid = nid,
		.highest_zoneidx = (int)gfp_zone(gfp),
		.migratetype = gfp_migratetype(gfp),
	};
}

/* A block from the zonelist, the slow path included. */
static struct page *find_block(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
                               unsigned long caller)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW | ALLOC_CPUSET;
	struct page *page;

	if (gfp & __GFP_COLD)
		alloc_flags |= ALLOC_COLD;
	page = get_page_from_freelist(order, alloc_flags, ac);
	return likely(page) ? page : alloc_pages_slowpath(gfp, order, ac, caller);
}

/* A block whose free memory was written to is quarantined, and another one taken, unless the caller
 * is about to be ended for it. */
static struct page *find_sound_block(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
                                     unsigned long caller)
{
	struct page *page;

	do {
		page = find_block(gfp, order, ac, caller);
		if (!page || likely(alloc_hooks_run(page, order, gfp, caller)))
			return page;
	} while (!unwind_is_due());
	return NULL;
}

struct page *__alloc_pages_caller(gfp_t gfp, unsigned int order, int nid, unsigned long caller)
{
	struct alloc_context ac;
	struct page *page;

	if (nid == NUMA_NO_NODE)
		nid = numa_node_id();
	if (unlikely(refuse_request(gfp, order, nid, caller)))
		return NULL;
	gfp = check_may_sleep(gfp, caller);
	if (unlikely(alloc_should_fail(caller)))
		return NULL;
	unwind_disable();
	ac = prepare_request(gfp, nid);
	page = find_sound_block(gfp, order, &ac, caller);
	if (likely(page))
		prep_new_page(page, order, gfp, caller);
	else
		trace_mm_page_alloc(NULL, order, gfp, caller);
	unwind_enable();
	return page;
}

/* --- without detours ---------------------------------------------------------------------- */

/* The fast path: everything that is usually done for a block of order 0..3 is in here. */
struct page *__fastcall alloc_pages_fast(struct pcp_stack **slot)
{
	struct page *page;

	if (unlikely(!pcp_pop(slot, &page)))
		return NULL;
	set_page_count(page, 1);
	page->alloc_site = _RET_IP_;
	return page;
}

struct page *alloc_plain(gfp_t gfp, unsigned int order)
{
	unsigned int class = gfp_class(gfp);
	struct page *page;

	if (unlikely(gfp & ~(GFP_PLAIN_MASK | __GFP_ZERO) || !class))
		return NULL;
	if (DEBUG_BUILD && alloc_sleeps_in_atomic(gfp))
		return NULL;
	if (order >= PCP_ORDERS)
		return order < MAX_ORDER ? alloc_pages_large(order, class - 1) : NULL;
	if (!pcp_pop(&pcp_alloc_slots[order * PCP_CLASSES + class - 1], &page))
		return NULL;
	set_page_count(page, 1);
	return page;
}

/* Flags that are not known at compile time: their class by table, then as above. */
struct page *__alloc_pages(gfp_t gfp, unsigned int order, int nid)
{
	struct page *page = likely(nid == NUMA_NO_NODE) ? alloc_plain(gfp, order) : NULL;

	if (unlikely(!page))
		return __alloc_pages_caller(gfp, order, nid, _RET_IP_);
	page->alloc_site = _RET_IP_;
	if (gfp & __GFP_ZERO)
		clear_pages(page, order);
	return page;
}
