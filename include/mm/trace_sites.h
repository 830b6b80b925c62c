/* SPDX-License-Identifier: MIT */
/* trace_sites.h - the trace events of the memory manager, one call each for the places where they
 * happen.
 *
 * A call that is not recorded is a test of a word and a jump. What stands on a fast path has no
 * call: who wants to see such events diverts the path, so that each request goes the long way,
 * which still uses what the fast way uses: pagesets and array caches give and take as ever. */
#pragma once
#include "mm/gfp.h"
#include "mm/mmzone.h"
#include "trace.h"

struct kmem_cache;

/* What has to be diverted for these events to be seen. */
enum {
	TRACE_NEEDS_KMAP = TRACE_BIT(kmap) | TRACE_BIT(kunmap),
	TRACE_NEEDS_SLAB = TRACE_BIT(kmalloc) | TRACE_BIT(kfree) | TRACE_BIT(kmem_cache_alloc) |
	                   TRACE_BIT(kmem_cache_free),
	TRACE_NEEDS_BUDDY = TRACE_BIT(buddy_split) | TRACE_BIT(buddy_merge) |
	                    TRACE_BIT(mm_page_alloc_zone_locked),
	TRACE_NEEDS_PAGES = TRACE_NEEDS_SLAB | TRACE_NEEDS_BUDDY | TRACE_BIT(mm_page_alloc) |
	                    TRACE_BIT(mm_page_free) | TRACE_BIT(mm_page_alloc_extfrag) |
	                    TRACE_BIT(mm_page_pcpu_drain) | TRACE_BIT(alloc_vmap_area) |
	                    TRACE_BIT(purge_vmap_area_lazy) | TRACE_BIT(free_vmap_area_noflush),
};

/* Lead every call for objects (mm/slab_cache.c), every kmap() and kunmap() (mm/kmap.c) the long
 * way, or no more. For pages: alloc_hooks_set(). Context: slab_divert() may sleep; kmap_divert()
 * any. */
void slab_divert(bool on);
void kmap_divert(bool on);

/* Events of pages that are left out: blocks below this order; those of other zones than this
 * (enum zone_type, MAX_NR_ZONES: none is left out). Events without order or page are not asked.
 * Anybody may read, trace_ctl.c writes. */
struct trace_filter {
	unsigned int min_order;
	unsigned int zone;
};
extern struct trace_filter trace_filter;

/* TRACE_SITE(event, (parameters), (arguments)): trace_event() tests, __trace_event() records. */
#define TRACE_SITE(event, params, args)                                                            \
	void __trace_##event params __cold;                                                        \
	static __always_inline void trace_##event params                                           \
	{                                                                                          \
		if (trace_enabled(event))                                                          \
			__trace_##event args;                                                      \
	}

/* page NULL: there was none. */
TRACE_SITE(mm_page_alloc,
           (const struct page *page, unsigned int order, gfp_t gfp, unsigned long caller),
           (page, order, gfp, caller))
TRACE_SITE(mm_page_free, (const struct page *page, unsigned int order, unsigned long caller),
           (page, order, caller))
TRACE_SITE(mm_page_alloc_zone_locked,
           (const struct page *page, unsigned int order, unsigned int mt), (page, order, mt))
/* n blocks that are about to leave a pageset. */
TRACE_SITE(mm_page_pcpu_drain,
           (struct page *const *blocks, unsigned long n, unsigned int order, unsigned int mt),
           (blocks, n, order, mt))
TRACE_SITE(mm_page_alloc_extfrag,
           (const struct page *page, unsigned int order, unsigned int fallback_order,
            unsigned int mt, unsigned int fallback_mt),
           (page, order, fallback_order, mt, fallback_mt))
TRACE_SITE(buddy_split,
           (const struct zone *zone, const struct page *page, unsigned int order, unsigned int mt),
           (zone, page, order, mt))
TRACE_SITE(buddy_merge,
           (const struct zone *zone, const struct page *page, unsigned int order, unsigned int mt),
           (zone, page, order, mt))

/* kmalloc() of a whole block; and any object, which is kmalloc's or another cache's. */
TRACE_SITE(kmalloc,
           (const void *ptr, size_t requested, size_t size, gfp_t gfp, int nid,
            unsigned long caller),
           (ptr, requested, size, gfp, nid, caller))
TRACE_SITE(kfree, (const void *ptr, unsigned long caller), (ptr, caller))
TRACE_SITE(kmem_cache_free, (const struct kmem_cache *cache, const void *ptr, unsigned long caller),
           (cache, ptr, caller))
void __trace_object_alloc(const struct kmem_cache *cache, const void *ptr, size_t requested,
                          gfp_t gfp, int nid, unsigned long caller) __cold;
static __always_inline void trace_object_alloc(const struct kmem_cache *cache, const void *ptr,
                                               size_t requested, gfp_t gfp, int nid,
                                               unsigned long caller)
{
	if (unlikely(trace_on & (TRACE_BIT(kmalloc) | TRACE_BIT(kmem_cache_alloc))))
		__trace_object_alloc(cache, ptr, requested, gfp, nid, caller);
}

/* Many objects of a cache, taken from or going back to an array. */
void __trace_object_alloc_bulk(const struct kmem_cache *cache, void **objects, size_t n, gfp_t gfp,
                               unsigned long caller) __cold;
static __always_inline void trace_object_alloc_bulk(const struct kmem_cache *cache, void **objects,
                                                    size_t n, gfp_t gfp, unsigned long caller)
{
	if (unlikely(trace_on & (TRACE_BIT(kmalloc) | TRACE_BIT(kmem_cache_alloc))))
		__trace_object_alloc_bulk(cache, objects, n, gfp, caller);
}
/* asked: the cache that the caller named, NULL: none, as kfree(). */
void __trace_object_free_bulk(const struct kmem_cache *asked, void **objects, size_t n,
                              unsigned long caller) __cold;
static __always_inline void trace_object_free_bulk(const struct kmem_cache *asked, void **objects,
                                                   size_t n, unsigned long caller)
{
	if (unlikely(trace_on & (TRACE_BIT(kfree) | TRACE_BIT(kmem_cache_free))))
		__trace_object_free_bulk(asked, objects, n, caller);
}

TRACE_SITE(slab_grow, (const struct kmem_cache *cache, const struct page *page), (cache, page))
TRACE_SITE(slab_reap, (const struct kmem_cache *cache, const struct page *page), (cache, page))

TRACE_SITE(alloc_vmap_area, (unsigned long va, unsigned long size, unsigned long align, int failed),
           (va, size, align, failed))
TRACE_SITE(free_vmap_area_noflush, (unsigned long va, unsigned long nr_lazy, unsigned long most),
           (va, nr_lazy, most))
TRACE_SITE(purge_vmap_area_lazy, (unsigned long start, unsigned long end, unsigned long n),
           (start, end, n))

/* An allocation of per-CPU memory, as it was asked for; ptr: what was given, at `off` behind base.
 */
struct trace_percpu {
	size_t size, align, bytes;
	gfp_t gfp;
	bool atomic;
	unsigned long base, off, caller;
};
TRACE_SITE(percpu_alloc_percpu, (const struct trace_percpu *what), (what))
TRACE_SITE(percpu_free_percpu, (unsigned long base, unsigned long off, unsigned long caller),
           (base, off, caller))

TRACE_SITE(mm_vmscan_wakeup_kswapd, (int nid, unsigned int order, gfp_t gfp), (nid, order, gfp))
TRACE_SITE(mm_vmscan_direct_reclaim_begin, (unsigned int order, gfp_t gfp), (order, gfp))
TRACE_SITE(mm_vmscan_direct_reclaim_end, (unsigned long nr_reclaimed), (nr_reclaimed))

TRACE_SITE(kmap, (const struct page *page, const void *va, unsigned long caller),
           (page, va, caller))
TRACE_SITE(kunmap, (const struct page *page, unsigned long caller), (page, caller))

#undef TRACE_SITE
