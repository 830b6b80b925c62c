/* SPDX-License-Identifier: MIT */
/* page_free.c - giving pages back, and refusing what is not to be given back.
 *
 * Owns: the decision whether a free is sound. The fast paths test everything that can be wrong in
 * one pass over the page's first four words and hand anything unusual to the full check, which
 * names it. Misuse that leaves the page as it was is refused; a page that is still in use by
 * somebody is quarantined: it never goes back to a free list.
 * Source: Gorman ch. 6.4. Reports: report.h. Locks: zone->lock, below everything. */
#include "free_fast.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/page_alloc.h"
#include "mm/pageblock.h"
#include "report.h"
#include "unwind.h"

/* Flags that a page may not have when it is freed, for the reason that somebody still uses it. */
#define PAGE_FLAGS_IN_USE                                                                          \
	(1ul << PG_locked | 1ul << PG_lru | 1ul << PG_active | 1ul << PG_swapcache |               \
	 1ul << PG_private | 1ul << PG_writeback | 1ul << PG_unevictable | 1ul << PG_mlocked)

/* To the buddy lists. A block of two pageblocks goes in halves, each as its own type: one of them
 * may have been isolated. They are one block again if they may. */
static void free_to_buddy(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned int part = min(order, (unsigned int)pageblock_order);
	unsigned long flags = zone_lock_irqsave(zone);

	for (unsigned long i = 0; i < 1ul << order; i += 1ul << part)
		free_block_locked(zone, page + i, part);
	zone->nr_direct_free += 1ul << order;
	zone_unlock_irqrestore(zone, flags);
}

/* Put a block where it belongs: this CPU's pageset or the buddy lists. */
static void free_block(struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);
	unsigned int list = (unsigned int)(page->flags >> PAGE_LIST_SHIFT) & (PCP_LISTS - 1);

	if (order < PCP_ORDERS && page_migratetype(page) < MIGRATE_PCPTYPES &&
	    zone->pageset[raw_smp_processor_id()] && /* all CPUs have one or none has */
	    likely(get_pageblock_migratetype(page) != MIGRATE_ISOLATE)) {
		this_cpu_add(pcp_nr_freed[list], 1ul << order);
		pageset_free(zone, page, order);
		return;
	}
	free_to_buddy(zone, page, order);
}

/* The last reference is gone and every check passed. */
static void free_unreferenced(struct page *page, unsigned int order, unsigned long caller)
{
	page->flags &= ~(PAGE_FLAGS_CLEARED_AT_FREE | 1ul << PG_head);
	page->free_site = caller;
	free_hooks_run(page, order, caller);
	free_block(page, order);
}

/* --- what can be wrong -------------------------------------------------------------------- */

static void report_outside(const struct page *page, unsigned int order, unsigned long caller)
{
	report(REPORT_free_outside, (unsigned long)page, caller, "refused",
	       "page=0x%08lx order=%u what=%s", (unsigned long)page, order,
	       !page                                 ? "null"
	       : (unsigned long)page % sizeof(*page) ? "misaligned"
	                                             : "not_in_mem_map");
}

/* The page has no references: who has it? The answer is in the first page of its block. */
static void report_unreferenced(struct page *page, unsigned int order, unsigned long caller)
{
	struct page *head = compound_head(page), *freed;

	if (head != page) {
		if (report(REPORT_free_tail, page_to_pfn(page), caller, "refused",
		           "%s freed_order=%u head_pfn=%lu head_order=%u alloc=%s",
		           page_fields(page), order, page_to_pfn(head), page_order(head),
		           report_site(head->alloc_site)))
			dump_page(head);
		return;
	}
	freed = last_freed_as(page);
	if (report(REPORT_double_free, page_to_pfn(page), caller, "refused",
	           "%s freed_order=%u state=%s first_free=%s alloc=%s", page_fields(page), order,
	           page_kind(page_to_pfn(page)), report_site(freed->free_site),
	           report_site(freed->alloc_site)))
		dump_page(page);
}

/* Why the page is still in use; NULL when it is not. refs: expected references. */
static const char *in_use_reason(const struct page *page, int refs)
{
	if (PageHWPoison(page))
		return "quarantined";
	if (!page_zone_sound(page))
		return "zone";
	if (page_ref_count(page) != refs)
		return "refcount";
	if (page_mapcount(page) != 0)
		return "mapped";
	if (page->mapping)
		return "mapping";
	if (page->flags & (1ul << PG_lru))
		return "lru";
	if (page->flags & (1ul << PG_buddy))
		return "buddy";
	if (page->flags & (1ul << PG_guard))
		return "guard";
	if (!(page->flags & (1ul << PG_managed)))
		return "unmanaged";
	if (page_migratetype(page) >= MIGRATE_TYPES)
		return "type";
	return page->flags & PAGE_FLAGS_IN_USE ? "flags" : NULL;
}

static void report_in_use(struct page *page, unsigned int order, unsigned long caller,
                          const char *reason)
{
	unsigned long flags = page->flags; /* as they were found */

	quarantine_block(page, order);
	if (report(REPORT_bad_page, page_to_pfn(page), caller, "quarantined",
	           "%s reason=%s refcount=%d mapcount=%d mapping=0x%08lx flags=0x%08lx alloc=%s",
	           page_fields(page), reason, page_ref_count(page), page_mapcount(page),
	           (unsigned long)page->mapping, flags, report_site(page->alloc_site)))
		dump_page(page);
	if (page_ref_count(page) < 0)
		set_page_count(page, 1); /* the quarantine holds it */
}

static void report_simple(enum report_kind kind, struct page *page, unsigned int order,
                          unsigned long caller)
{
	/* put_page() has dropped the reference by which page_kind() would know a slab */
	const char *what = PageSlab(page) ? "slab" : page_kind(page_to_pfn(page));

	if (report(kind, page_to_pfn(page), caller, "refused", "%s freed_order=%u what=%s alloc=%s",
	           page_fields(page), order, what, report_site(page->alloc_site)))
		dump_page(page);
}

/* The area still maps it and will give it back, so nothing need be kept out of use. */
static noinline void report_vmalloc_frame(const struct page *page, unsigned long caller)
{
	report(REPORT_bad_page, page_to_pfn(page), caller, "refused", "%s reason=vmalloc alloc=%s",
	       page_fields(page), report_site(page->alloc_site));
}

/* Is it sound to free this block, whose count should be `refs` now? If not, tell why. */
static bool free_is_sound(struct page *page, unsigned int order, int refs, unsigned long caller)
{
	const char *reason;

	if (!page_pointer_valid(page))
		report_outside(page, order, caller);
	else if (PageReserved(page))
		report_simple(REPORT_free_reserved, page, order, caller);
	else if (refs && page_ref_count(page) == 0)
		report_unreferenced(page, order, caller);
	else if (PageSlab(page))
		report_simple(REPORT_free_slab, page, order, caller);
	else if (page->_mapcount == PAGE_MAPCOUNT_VMALLOC)
		report_vmalloc_frame(page, caller);
	else if (page_order(page) != order)
		report_simple(REPORT_wrong_order, page, order, caller);
	else if ((reason = in_use_reason(page, refs)))
		report_in_use(page, order, caller, reason);
	else
		return true;
	return false;
}

/* --- the calls ---------------------------------------------------------------------------- */

/* noinline, here and on the exits below: what is rare must not cost the fast paths registers. */
noinline void __free_pages_slow(struct page *page, unsigned int order, unsigned long caller)
{
	unwind_disable();
	if (free_is_sound(page, order, 1, caller)) {
		set_page_count(page, 0);
		free_unreferenced(page, order, caller);
	}
	unwind_enable();
}

/* The last reference is dropped already. A page that is still in use gets it back, for the
 * quarantine to hold. */
noinline void free_dropped(struct page *page, unsigned int order, unsigned long caller)
{
	unwind_disable();
	if (free_is_sound(page, order, 0, caller))
		free_unreferenced(page, order, caller);
	else
		set_page_count(page, 1);
	unwind_enable();
}

void free_last_reference(struct page *page, unsigned long caller)
{
	free_dropped(page, page_order(page), caller);
}

/* --- without detours ---------------------------------------------------------------------- */

noinline void free_look_closer(struct page *page, unsigned int order)
{
	__free_pages_slow(page, order, _RET_IP_);
}

noinline void free_no_room(struct page *page, unsigned int order)
{
	free_dropped(page, order, _RET_IP_);
}

static __always_inline void free_small(struct page *page, unsigned int order)
{
	switch (try_free_small(page, order, _RET_IP_)) {
	case FREED:
		return;
	case LOOK_CLOSER:
		return free_look_closer(page, order);
	case NO_ROOM:
		return free_no_room(page, order);
	}
}

void __free_pages_0(struct page *page)
{
	free_small(page, 0);
}

void __free_pages_1(struct page *page)
{
	free_small(page, 1);
}

void __free_pages_2(struct page *page)
{
	free_small(page, 2);
}

void __free_pages_3(struct page *page)
{
	free_small(page, 3);
}
