/* SPDX-License-Identifier: MIT */
/* page_alloc.h - the page allocator's interface: Linux's calls.
 *
 * Sizes are orders: order k is 2^k contiguous pages, 0..10. Whoever frees gives back what it was
 * given: the first page and the same order; anything else is reported and refused.
 * A call with constant flags becomes a pop from this CPU's pageset (order 0..3) or from the zone's
 * lists (page_large.c); flags known only at run time are looked up first. What that does not serve
 * goes the long way in page_alloc.c.
 * Source: Gorman ch. 6. */
#pragma once
#include "asm/page.h"
#include "mm/gfp.h"
#include "mm/mmzone.h"
#include "mm/pageset.h"
#include "mm/topology.h"

/* --- allocate ----------------------------------------------------------------------------- */

/* Allocate 2^order contiguous pages near node nid.
 * gfp:     GFP_KERNEL may reclaim, so may sleep; GFP_ATOMIC never sleeps (irq-safe).
 * order:   0..MAX_ORDER-1. nid: a node, or NUMA_NO_NODE for this CPU's.
 * Locks:   takes zone->lock; call with no mm lock held.
 * Returns: first page (_refcount 1, content unspecified unless __GFP_ZERO), or NULL: out of memory,
 *          or the request is impossible (reported with the caller).
 * Source:  Gorman ch. 6.3. */
struct page *__alloc_pages(gfp_t gfp, unsigned int order, int nid);

/* The same, blaming `caller`; for wrappers that are not the user themselves. */
struct page *__alloc_pages_caller(gfp_t gfp, unsigned int order, int nid, unsigned long caller);

/* Pop from this CPU's pageset by slot. Returns: a block with one reference, or NULL: go the long
 * way. For alloc_pages(). (fastcall: the register choice saves a move.) */
struct page *alloc_pages_fast(struct pcp_stack **slot) __fastcall;

/* The same for orders 4 and up, from the buddy lists. class: highest zone * 4 + migrate type. */
struct page *alloc_pages_large(unsigned int order, unsigned int class);

/* Does the request allow sleeping where that is not allowed? The checking build asks before it goes
 * the fast way; the long way asks in every build, and reports. */
bool alloc_sleeps_in_atomic(gfp_t gfp);

/* Fill 2^order pages with zeroes, high pages through this CPU's window. Context: any. */
void clear_pages(struct page *page, unsigned int order);

/* Flags that ask for nothing the fast path does not do. */
#define GFP_FAST_MASK                                                                              \
	(GFP_ZONEMASK | __GFP_RECLAIMABLE | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_RECLAIM |     \
	 __GFP_NOWARN | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC |      \
	 __GFP_NOMEMALLOC | __GFP_HARDWALL)

/* Flags of a request that asks for nothing special once it has its block. */
#define GFP_PLAIN_MASK                                                                             \
	(GFP_CLASS_MASK | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_RECLAIM | __GFP_NOWARN |        \
	 __GFP_RETRY_MAYFAIL | __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_HARDWALL)

/* The bits that decide zone and migrate type: the five lowest. */
#define GFP_CLASS_MASK (GFP_ZONEMASK | __GFP_RECLAIMABLE)

/* By those five bits: 1 + highest zone * 4 + migrate type; 0 for a contradiction. */
extern const u8 gfp_classes[GFP_CLASS_MASK + 1];

static inline unsigned int gfp_class(gfp_t gfp)
{
	return gfp_classes[gfp & GFP_CLASS_MASK];
}

enum { GFP_ZONE_BAD = MAX_NR_ZONES };

/* Highest zone that the flags allow; GFP_ZONE_BAD for a contradiction. Folds for constants. */
static __always_inline unsigned int gfp_zone(gfp_t gfp)
{
	switch (gfp & GFP_ZONEMASK) {
	case 0:
	case __GFP_MOVABLE:
	case __GFP_DMA32:
	case __GFP_DMA32 | __GFP_MOVABLE:
		return ZONE_NORMAL;
	case __GFP_DMA:
	case __GFP_DMA | __GFP_MOVABLE:
		return ZONE_DMA;
	case __GFP_HIGHMEM:
		return ZONE_HIGHMEM;
	case __GFP_HIGHMEM | __GFP_MOVABLE:
		return ZONE_MOVABLE;
	}
	return GFP_ZONE_BAD;
}

/* Mobility group that the flags ask for. */
static __always_inline unsigned int gfp_migratetype(gfp_t gfp)
{
	return (gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT;
}

static __always_inline bool gfp_is_fast(gfp_t gfp, unsigned int order)
{
	return order < MAX_ORDER && !(gfp & ~(GFP_FAST_MASK | __GFP_ZERO)) &&
	       gfp_zone(gfp) != GFP_ZONE_BAD && gfp_migratetype(gfp) < MIGRATE_PCPTYPES &&
	       !(gfp & __GFP_NOFAIL && (gfp & __GFP_NORETRY || !(gfp & __GFP_DIRECT_RECLAIM))) &&
	       !(gfp & __GFP_MEMALLOC && gfp & __GFP_NOMEMALLOC);
}

/* Allocate 2^order contiguous pages near this CPU: __alloc_pages() with the fast way in line. */
static __always_inline struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	if (__builtin_constant_p(gfp) && __builtin_constant_p(order) && gfp_is_fast(gfp, order) &&
	    !(DEBUG_BUILD && alloc_sleeps_in_atomic(gfp))) {
		unsigned int class = gfp_zone(gfp) * 4 + gfp_migratetype(gfp);
		struct page *page =
			order < PCP_ORDERS
				? alloc_pages_fast(&pcp_alloc_slots[order * PCP_CLASSES + class])
				: alloc_pages_large(order, class);

		if (likely(page)) {
			if (gfp & __GFP_ZERO)
				clear_pages(page, order);
			return page;
		}
	}
	return __alloc_pages(gfp, order, NUMA_NO_NODE);
}

static __always_inline struct page *alloc_page(gfp_t gfp)
{
	return alloc_pages(gfp, 0);
}

static inline struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	return __alloc_pages(gfp, order, nid);
}

/* Allocate up to nr single pages into the empty (NULL) entries of array, in order.
 * Returns: how many entries of array hold a page afterwards; fewer than nr when memory is short.
 * Context: as alloc_pages. */
unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **array);
/* The same, blaming caller. */
unsigned long alloc_pages_bulk_caller(gfp_t gfp, unsigned long nr, struct page **array,
                                      unsigned long caller);

/* Pages by kernel address: low memory only, so no __GFP_HIGHMEM.
 * Returns: the address of the first byte, or 0. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);
#define __get_free_page(gfp)        __get_free_pages((gfp), 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | __GFP_DMA, (order))

/* size bytes, rounded up to pages, not to a power of two: the rest of the block goes back.
 * Returns: address or NULL. Free with free_pages_exact and the same size; a size that
 * alloc_pages_exact refuses is refused there, too, and NULL is ignored. */
void *alloc_pages_exact(size_t size, gfp_t gfp);
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp); /* from node nid, else the nearest */
void free_pages_exact(void *va, size_t size);

/* Turn an allocated block into 2^order single pages, each with its own reference. A block that is
 * not the caller's alone and whole, of this order, not compound, not mapped, is refused with a
 * report. */
void split_page(struct page *page, unsigned int order);

/* --- free --------------------------------------------------------------------------------- */

/* Give back what alloc_pages gave. The caller holds the only reference.
 * order:   the one it was allocated with.
 * Refused with a report, nothing changed: NULL or no page, reserved, free already, tail page, other
 * order, slab page. Quarantined with a report: still referenced, mapped or on an LRU list.
 * Context: any (irq-safe); takes zone->lock. */
void __free_pages_slow(struct page *page, unsigned int order, unsigned long caller);
void __free_pages_any(struct page *page, unsigned int order);
void free_pages_large(struct page *page, unsigned int order); /* PCP_ORDERS..MAX_ORDER-1 */
void __free_pages_0(struct page *page);
void __free_pages_1(struct page *page);
void __free_pages_2(struct page *page);
void __free_pages_3(struct page *page);

static __always_inline void __free_pages(struct page *page, unsigned int order)
{
	if (!__builtin_constant_p(order) || order >= MAX_ORDER)
		__free_pages_any(page, order);
	else if (order > 3)
		free_pages_large(page, order);
	else if (order == 0)
		__free_pages_0(page);
	else if (order == 1)
		__free_pages_1(page);
	else if (order == 2)
		__free_pages_2(page);
	else
		__free_pages_3(page);
}

static __always_inline void __free_page(struct page *page)
{
	__free_pages(page, 0);
}

/* Free the single pages in array and set its entries to NULL; NULL entries are skipped. */
void free_pages_bulk_array(unsigned long nr, struct page **array);
/* The same, blaming caller. */
void free_pages_bulk_caller(unsigned long nr, struct page **array, unsigned long caller);

/* By address; 0 is ignored, as kfree(NULL) is. */
void free_pages(unsigned long va, unsigned int order);
#define free_page(va) free_pages((va), 0)

/* --- addresses ---------------------------------------------------------------------------- */

static inline struct page *virt_to_page(const void *va)
{
	return pfn_to_page(PFN_DOWN(__pa(va)));
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	/* one multiplication by a power of two instead of two shifts */
	return (phys_addr_t)((unsigned long)page - (unsigned long)mem_map) *
	       (PAGE_SIZE / sizeof(struct page));
}

/* The kernel address of a low page, without looking. */
static inline void *lowmem_page_address(const struct page *page)
{
	return __va(page_to_phys(page));
}

/* --- context ------------------------------------------------------------------------------ */

/* What reclaim offers to the allocator; floor "pressure" fills it in. Until then each entry is NULL
 * and counts as no progress. All are called without locks; reclaim, compact and oom may sleep. */
struct pressure_ops {
	/* Wake the node's kswapd: free pages fell below low for this order. */
	void (*wake)(struct zone *zone, gfp_t gfp, unsigned int order, int highest_zoneidx);
	/* Free pages now. Returns: how many. */
	unsigned long (*reclaim)(struct zonelist *zonelist, unsigned int order, gfp_t gfp);
	/* Make a free block of this order by moving pages. Returns: whether it may have. */
	bool (*compact)(struct zonelist *zonelist, unsigned int order, gfp_t gfp);
	/* Out of memory: kill something. Returns: whether memory will become free. */
	bool (*oom)(struct zonelist *zonelist, unsigned int order, gfp_t gfp);
};
extern struct pressure_ops pressure_ops;

/* Between these, this CPU's allocations may use the whole reserve and never reclaim: for code that
 * frees memory (PF_MEMALLOC). Nests. Returns: what restore wants. */
unsigned int memalloc_noreclaim_save(void);
void memalloc_noreclaim_restore(unsigned int saved);

/* Nodes that __GFP_HARDWALL requests are held to; others leave them only when these are full.
 * Default: all. */
extern unsigned long mems_allowed;
void set_mems_allowed(unsigned long nodes);

/* Free pages that may be handed out above the watermarks, for reports and sizing. */
unsigned long nr_free_buffer_pages(void);

/* May this zone give 2^order pages to such a request and keep `mark` and the lowmem reserve?
 * alloc_flags: enum alloc_flags. Source: Gorman ch. 2.2.1. */
bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark,
                       int highest_zoneidx, unsigned int alloc_flags);

/* Print the state of memory: what an allocation failure shows. */
void show_mem(void);
