/* SPDX-License-Identifier: MIT */
/* trace_sites.c - from what a site knows to the fields of its event. Owns: trace_filter.
 * Locks: none; sites may hold any. */
#include "mm/trace_sites.h"
#include "asm/memlayout.h"
#include "lib/string.h"
#include "mm/pageblock.h"
#include "mm/pageset.h"
#include "slab_internal.h"

struct trace_filter trace_filter = {.zone = MAX_NR_ZONES};

/* Addresses are 32 bits wide on the machine that is traced. */
static u32 word(const volatile void *p)
{
	return (u32)(unsigned long)p;
}

static u32 pfn_of(const struct page *page)
{
	return page ? (u32)page_to_pfn(page) : 0;
}

static unsigned int zone_of(const struct page *page)
{
	return (unsigned int)((page->flags & PAGE_ZONE_MASK) >> PAGE_ZONE_SHIFT);
}

/* Does the filter let a block of pages through? */
static bool passes(const struct page *page, unsigned int order)
{
	if (order < trace_filter.min_order)
		return false;
	return trace_filter.zone == MAX_NR_ZONES || (page && zone_of(page) == trace_filter.zone);
}

static void copy_name(char *to, const char *name)
{
	size_t n = min(strlen(name), (size_t)TRACE_NAME);

	memcpy(to, name, n);
}

/* --- pages -------------------------------------------------------------------------------- */

void __trace_mm_page_alloc(const struct page *page, unsigned int order, gfp_t gfp,
                           unsigned long caller)
{
	if (passes(page, order))
		TRACE_EMIT(mm_page_alloc, .page = word(page), .pfn = pfn_of(page),
		           .order = (u8)order,
		           .migratetype = (u8)((gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT),
		           .gfp_flags = gfp, .call_site = (u32)caller);
}

void __trace_mm_page_free(const struct page *page, unsigned int order, unsigned long caller)
{
	if (passes(page, order))
		TRACE_EMIT(mm_page_free, .page = word(page), .pfn = pfn_of(page),
		           .order = (u8)order, .call_site = (u32)caller);
}

void __trace_mm_page_alloc_zone_locked(const struct page *page, unsigned int order, unsigned int mt)
{
	if (passes(page, order))
		TRACE_EMIT(mm_page_alloc_zone_locked, .page = word(page), .pfn = pfn_of(page),
		           .order = (u8)order, .migratetype = (u8)mt,
		           .percpu_refill = order < PCP_ORDERS && mt < MIGRATE_PCPTYPES);
}

void __trace_mm_page_pcpu_drain(struct page *const *blocks, unsigned long n, unsigned int order,
                                unsigned int mt)
{
	for (struct page *const *end = blocks + n; blocks != end; blocks++)
		if (passes(*blocks, order))
			TRACE_EMIT(mm_page_pcpu_drain, .page = word(*blocks),
			           .pfn = pfn_of(*blocks), .order = (u8)order,
			           .migratetype = (u8)mt);
}

void __trace_mm_page_alloc_extfrag(const struct page *page, unsigned int order,
                                   unsigned int fallback_order, unsigned int mt,
                                   unsigned int fallback_mt)
{
	if (passes(page, order))
		TRACE_EMIT(mm_page_alloc_extfrag, .page = word(page), .pfn = pfn_of(page),
		           .alloc_order = (u8)order, .fallback_order = (u8)fallback_order,
		           .pageblock_order = pageblock_order, .alloc_migratetype = (u8)mt,
		           .fallback_migratetype = (u8)fallback_mt,
		           .fragmenting = fallback_order < pageblock_order,
		           .change_ownership = get_pageblock_migratetype(page) == mt);
}

void __trace_buddy_split(const struct zone *zone, const struct page *page, unsigned int order,
                         unsigned int mt)
{
	if (passes(page, order))
		TRACE_EMIT(buddy_split, .page = word(page), .pfn = pfn_of(page), .order = (u8)order,
		           .migratetype = (u8)mt, .node = (s8)zone->node,
		           .zone = (u8)zone->zone_idx);
}

void __trace_buddy_merge(const struct zone *zone, const struct page *page, unsigned int order,
                         unsigned int mt)
{
	if (passes(page, order))
		TRACE_EMIT(buddy_merge, .page = word(page), .pfn = pfn_of(page), .order = (u8)order,
		           .migratetype = (u8)mt, .node = (s8)zone->node,
		           .zone = (u8)zone->zone_idx);
}

/* --- objects ------------------------------------------------------------------------------ */

void __trace_kmalloc(const void *ptr, size_t requested, size_t size, gfp_t gfp, int nid,
                     unsigned long caller)
{
	TRACE_EMIT(kmalloc, .call_site = (u32)caller, .ptr = word(ptr), .bytes_req = (u32)requested,
	           .bytes_alloc = (u32)size, .gfp_flags = gfp, .node = (s16)nid);
}

static void emit_cache_alloc(const struct kmem_cache *cache, const void *ptr, gfp_t gfp, int nid,
                             unsigned long caller)
{
	struct trace_kmem_cache_alloc data = {.call_site = (u32)caller,
	                                      .ptr = word(ptr),
	                                      .bytes_req = (u16)cache->object_size,
	                                      .bytes_alloc = (u16)cache->size,
	                                      .gfp_flags = gfp,
	                                      .node = (s16)nid};

	copy_name(data.name, cache->name);
	trace_emit(TRACE_kmem_cache_alloc, &data, sizeof(data));
}

void __trace_object_alloc(const struct kmem_cache *cache, const void *ptr, size_t requested,
                          gfp_t gfp, int nid, unsigned long caller)
{
	if (cache->flags & SLAB_KMALLOC)
		trace_kmalloc(ptr, requested, cache->size, gfp, nid, caller);
	else if (trace_enabled(kmem_cache_alloc))
		emit_cache_alloc(cache, ptr, gfp, nid, caller);
}

void __trace_object_alloc_bulk(const struct kmem_cache *cache, void **objects, size_t n, gfp_t gfp,
                               unsigned long caller)
{
	for (void **end = objects + n; objects != end; objects++)
		if (*objects)
			__trace_object_alloc(cache, *objects, cache->object_size, gfp, -1, caller);
}

void __trace_kfree(const void *ptr, unsigned long caller)
{
	TRACE_EMIT(kfree, .call_site = (u32)caller, .ptr = word(ptr));
}

void __trace_kmem_cache_free(const struct kmem_cache *cache, const void *ptr, unsigned long caller)
{
	struct trace_kmem_cache_free data = {.call_site = (u32)caller, .ptr = word(ptr)};

	copy_name(data.name, cache->name);
	trace_emit(TRACE_kmem_cache_free, &data, sizeof(data));
}

void __trace_object_free_bulk(const struct kmem_cache *asked, void **objects, size_t n,
                              unsigned long caller)
{
	for (void **end = objects + n; objects != end; objects++) {
		if (asked)
			trace_kmem_cache_free(asked, *objects, caller);
		else
			trace_kfree(*objects, caller);
	}
}

void __trace_slab_grow(const struct kmem_cache *cache, const struct page *page)
{
	struct trace_slab_grow data = {.page = word(page),
	                               .pfn = pfn_of(page),
	                               .order = (u8)cache->order,
	                               .node = (s8)page_to_nid(page),
	                               .objects = (u16)cache->num};

	copy_name(data.name, cache->name);
	if (passes(page, cache->order))
		trace_emit(TRACE_slab_grow, &data, sizeof(data));
}

void __trace_slab_reap(const struct kmem_cache *cache, const struct page *page)
{
	struct trace_slab_reap data = {.page = word(page),
	                               .pfn = pfn_of(page),
	                               .order = (u8)cache->order,
	                               .node = (s8)page_to_nid(page),
	                               .objects = (u16)cache->num};

	copy_name(data.name, cache->name);
	if (passes(page, cache->order))
		trace_emit(TRACE_slab_reap, &data, sizeof(data));
}

/* --- addresses ---------------------------------------------------------------------------- */

void __trace_alloc_vmap_area(unsigned long va, unsigned long size, unsigned long align, int failed)
{
	TRACE_EMIT(alloc_vmap_area, .va_start = failed ? 0 : (u32)va, .size = (u32)size,
	           .align = (u32)align, .vstart = (u32)VMALLOC_START, .vend = (u32)VMALLOC_END,
	           .failed = failed != 0);
}

void __trace_free_vmap_area_noflush(unsigned long va, unsigned long nr_lazy, unsigned long most)
{
	TRACE_EMIT(free_vmap_area_noflush, .va_start = (u32)va, .nr_lazy = (u32)nr_lazy,
	           .nr_lazy_max = (u32)most);
}

void __trace_purge_vmap_area_lazy(unsigned long start, unsigned long end, unsigned long n)
{
	TRACE_EMIT(purge_vmap_area_lazy, .start = (u32)start, .end = (u32)end,
	           .num_purged = (u32)n);
}

void __trace_kmap(const struct page *page, const void *va, unsigned long caller)
{
	if (passes(page, 0))
		TRACE_EMIT(kmap, .page = word(page), .pfn = pfn_of(page), .address = word(va),
		           .call_site = (u32)caller);
}

void __trace_kunmap(const struct page *page, unsigned long caller)
{
	if (passes(page, 0))
		TRACE_EMIT(kunmap, .page = word(page), .pfn = pfn_of(page),
		           .call_site = (u32)caller);
}

/* --- per-CPU memory, pressure ------------------------------------------------------------- */

void __trace_percpu_alloc_percpu(const struct trace_percpu *what)
{
	TRACE_EMIT(percpu_alloc_percpu, .call_site = (u32)what->caller, .is_atomic = what->atomic,
	           .size = (u16)what->size, .align = (u32)what->align, .base_addr = (u32)what->base,
	           .off = (u32)what->off, .ptr = (u32)(what->base + what->off),
	           .bytes_alloc = (u32)what->bytes, .gfp_flags = what->gfp);
}

void __trace_percpu_free_percpu(unsigned long base, unsigned long off, unsigned long caller)
{
	TRACE_EMIT(percpu_free_percpu, .base_addr = (u32)base, .off = (u32)off,
	           .ptr = (u32)(base + off), .call_site = (u32)caller);
}

void __trace_mm_vmscan_wakeup_kswapd(int nid, unsigned int order, gfp_t gfp)
{
	TRACE_EMIT(mm_vmscan_wakeup_kswapd, .nid = (s8)nid, .order = (u8)order, .gfp_flags = gfp);
}

void __trace_mm_vmscan_direct_reclaim_begin(unsigned int order, gfp_t gfp)
{
	TRACE_EMIT(mm_vmscan_direct_reclaim_begin, .order = (u8)order, .gfp_flags = gfp);
}

void __trace_mm_vmscan_direct_reclaim_end(unsigned long nr_reclaimed)
{
	TRACE_EMIT(mm_vmscan_direct_reclaim_end, .nr_reclaimed = (u32)nr_reclaimed);
}
