/* SPDX-License-Identifier: MIT */
/* kmalloc.c - memory of any size: a cache for each size class, whole blocks above.
 *
 * Owns: the classes' caches. A large block is PG_slab of a cache that is none, kmalloc_large, so
 * that kfree() knows it and free_pages() refuses it. Its array is the one that never fits. Source:
 * Gorman ch. 8.4. Locks: none of its own. */
#include "bug.h"
#include "internal.h"
#include "lib/bitops.h"
#include "mm/slab.h"
#include "mm/trace_sites.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"

struct kmem_cache *kmalloc_caches[NR_KMALLOC_TYPES][NR_KMALLOC_CLASSES];

const unsigned int kmalloc_sizes[NR_KMALLOC_CLASSES] = {8,   16,  32,   64,   96,   128, 192,
                                                        256, 512, 1024, 2048, 4096, 8192};

/* The slot of each size up to 2048, in steps of KMALLOC_MIN_SIZE; size 0 has the slot of none. */
enum { TABLE_MAX = 2048, TABLE_STEP = KMALLOC_MIN_SIZE };
static struct array_cache **slot_of_size[TABLE_MAX / TABLE_STEP + 1];

void kmalloc_fill_table(void)
{
	slot_of_size[0] = &slab_slots[SLAB_SLOTS - 1];
	for (unsigned int size = TABLE_STEP; size <= TABLE_MAX; size += TABLE_STEP)
		slot_of_size[size / TABLE_STEP] = &slab_slots[kmalloc_index(size)];
}

/* --- large blocks --------------------------------------------------------------------------- */

/* While the trace is on alloc_plain() has nothing, so that each block comes by here. */
static noinline struct page *alloc_block_slow(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	unsigned int order = fls((size - 1) >> PAGE_SHIFT);
	struct page *page = __alloc_pages_caller(gfp, order, nid, caller);

	trace_kmalloc(page ? lowmem_page_address(page) : NULL, size, PAGE_SIZE << order, gfp, nid,
	              caller);
	return page;
}

/* As __alloc_pages(), blaming caller. */
static struct page *alloc_block(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	unsigned int order = fls((size - 1) >> PAGE_SHIFT);
	struct page *page = nid == NUMA_NO_NODE ? alloc_plain(gfp, order) : NULL;

	if (!page)
		return alloc_block_slow(size, gfp, nid, caller);
	page->alloc_site = caller;
	if (gfp & __GFP_ZERO)
		clear_pages(page, order);
	return page;
}

static void *alloc_large(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	struct page *page;

	if (gfp & (__GFP_HIGHMEM | __GFP_MOVABLE)) {
		report(REPORT_bad_gfp, gfp, caller, "refused",
		       "gfp=0x%x conflict=highmem_object size=%zu", gfp, size);
		return NULL;
	}
	page = alloc_block(size, gfp, nid, caller);
	if (!page)
		return NULL;
	page->slab_cache = &kmalloc_large;
	page->slab = NULL;
	page->slab_array = &slab_arrays[0];
	SetPageSlab(page);
	return lowmem_page_address(page);
}

/* --- allocate ------------------------------------------------------------------------------- */

static void *refuse_size(size_t size, unsigned long caller)
{
	report(REPORT_bad_size, size, caller, "refused", "size=%zu max=%lu what=kmalloc", size,
	       KMALLOC_MAX_SIZE);
	return NULL;
}

static void *kmalloc_caller(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	enum kmalloc_type type = gfp & __GFP_DMA ? KMALLOC_DMA : KMALLOC_NORMAL;

	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE)
		return refuse_size(size, caller);
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return alloc_large(size, gfp, nid, caller);
	return slab_alloc(kmalloc_caches[type][kmalloc_index(size)], gfp, nid, size, caller);
}

/* What the fast paths end in when the array is empty, or its object was written to. */
static noinline void *__fastcall slot_empty(struct array_cache **slot, gfp_t gfp)
{
	unsigned int class = (unsigned int)(slot - slab_slots);

	return slab_alloc(kmalloc_caches[KMALLOC_NORMAL][class], gfp, NUMA_NO_NODE,
	                  kmalloc_sizes[class], _RET_IP_);
}

static noinline void *__fastcall slot_empty_kernel(struct array_cache **slot)
{
	unsigned int class = (unsigned int)(slot - slab_slots);

	return slab_alloc(kmalloc_caches[KMALLOC_NORMAL][class], GFP_KERNEL, NUMA_NO_NODE,
	                  kmalloc_sizes[class], _RET_IP_);
}

static noinline void *object_spoilt(void *object, gfp_t gfp)
{
	return slab_alloc_spoilt(virt_to_page(object)->slab_cache, gfp, object, _RET_IP_);
}

static noinline void *__fastcall any_kernel_slow(size_t size)
{
	return kmalloc_caller(size, GFP_KERNEL, NUMA_NO_NODE, _RET_IP_);
}

void *__fastcall kmalloc_slot_kernel(struct array_cache **slot)
{
	struct array_cache *array;
	void *object;

	if (unlikely(!array_pop(slot, &object, &array)))
		return slot_empty_kernel(slot);
	if (unlikely(!cookie_take(object, array)))
		return object_spoilt(object, GFP_KERNEL);
	return object;
}

void *__fastcall kmalloc_slot(struct array_cache **slot, gfp_t gfp)
{
	struct array_cache *array;
	void *object;

	if (unlikely(!array_pop(slot, &object, &array)))
		return slot_empty(slot, gfp);
	if (unlikely(!cookie_take(object, array)))
		return object_spoilt(object, gfp);
	return object;
}

void *__fastcall kmalloc_any_kernel(size_t size)
{
	struct array_cache *array;
	void *object;

	if (unlikely(size > TABLE_MAX))
		return any_kernel_slow(size);
	if (unlikely(!array_pop_sized(slot_of_size, size, &object, &array)))
		return any_kernel_slow(size);
	if (unlikely(!cookie_take(object, array)))
		return object_spoilt(object, GFP_KERNEL);
	return object;
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc_caller(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

void *kmalloc_node(size_t size, gfp_t gfp, int nid)
{
	if (slab_refuse_node(nid, _RET_IP_))
		return NULL;
	return kmalloc_caller(size, gfp, nid, _RET_IP_);
}

/* n * size, reported when it does not fit. Returns: false then. */
static bool multiply(size_t n, size_t size, size_t *product, unsigned long caller)
{
	if (!__builtin_mul_overflow(n, size, product))
		return true;
	report(REPORT_bad_size, n, caller, "refused", "size=%zu count=%zu what=overflow", size, n);
	return false;
}

void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (!multiply(n, size, &bytes, _RET_IP_))
		return NULL;
	return kmalloc_caller(bytes, gfp, NUMA_NO_NODE, _RET_IP_);
}

/* --- free ----------------------------------------------------------------------------------- */

static noinline void kfree_traced(const void *p)
{
	kfree_caller(p, _RET_IP_);
}

static noinline void kfree_look_closer(const void *p)
{
	struct page *page = large_block_at(p);

	if (!page)
		return kfree_caller(p, _RET_IP_);
	if (trace_enabled(kfree)) /* a jump, as the other one */
		return kfree_traced(p);
	ClearPageSlab(page);
	__free_pages_any(page, page_order(page)); /* a jump: our caller is blamed */
}

/* The object has its cookie and is as good as free; this CPU's array is full. */
static noinline void kfree_no_room(const void *p)
{
	struct page *page = virt_to_page(p);

	array_put(page->slab_cache, page_to_nid(page), (void *)p);
}

void kfree(const void *p)
{
	struct array_cache *array;
	struct page *page;

	if (unlikely(!find_slab_page(p, &page)))
		return kfree_look_closer(p);
	array = page->slab_array;
	if (unlikely(!object_begins(page, array, p) || !cookie_put(p, array)))
		return kfree_look_closer(p);
	if (unlikely(!array_push(array, p)))
		return kfree_no_room(p);
}

/* --- sizes ---------------------------------------------------------------------------------- */

/* Bytes that may be used at p. Returns: 0: it is no object; reported. */
static size_t size_of_object(const void *p, const char *what, unsigned long caller)
{
	struct slab_place at = slab_locate(p);

	if (is_large_start(&at, p))
		return PAGE_SIZE << page_order(at.page);
	if (!at.slab || at.offset) {
		report_not_object(p, &at, what, caller);
		return 0;
	}
	if (slab_object_is_free(&at)) {
		report_freed(&at, what, caller);
		return 0;
	}
	if (at.slab->cache->flags & SLAB_RED_ZONE)
		return slab_tail(at.slab->cache, p)->requested;
	return at.slab->cache->object_size;
}

/* krealloc() to less: with red zones, the rest becomes red. */
static void *shrink_in_place(const void *p, size_t size)
{
	struct slab_place at = slab_locate(p);

	if (at.slab && at.slab->cache->flags & SLAB_RED_ZONE)
		slab_debug_resize(at.slab->cache, (void *)p, size);
	return (void *)p;
}

size_t ksize(const void *p)
{
	return ZERO_OR_NULL_PTR(p) ? 0 : size_of_object(p, "ksize", _RET_IP_);
}

static void *krealloc_caller(const void *p, size_t size, gfp_t gfp, unsigned long caller)
{
	size_t have = 0;
	void *to;

	if (!size) {
		kfree_caller(p, caller);
		return ZERO_SIZE_PTR;
	}
	if (!ZERO_OR_NULL_PTR(p)) {
		have = size_of_object(p, "krealloc", caller);
		if (!have)
			return NULL;
		if (size <= have)
			return shrink_in_place(p, size);
	}
	to = kmalloc_caller(size, gfp, NUMA_NO_NODE, caller);
	if (to && have) {
		memcpy(to, p, have);
		kfree_caller(p, caller);
	}
	return to;
}

void *krealloc(const void *p, size_t size, gfp_t gfp)
{
	return krealloc_caller(p, size, gfp, _RET_IP_);
}

void *krealloc_array(const void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (!multiply(n, size, &bytes, _RET_IP_))
		return NULL;
	return krealloc_caller(p, bytes, gfp, _RET_IP_);
}

void *kmemdup(const void *src, size_t size, gfp_t gfp)
{
	void *to = src ? kmalloc_caller(size, gfp, NUMA_NO_NODE, _RET_IP_) : NULL;

	return to && size ? memcpy(to, src, size) : to;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t bytes = s ? strlen(s) + 1 : 0;
	char *to = s ? kmalloc_caller(bytes, gfp, NUMA_NO_NODE, _RET_IP_) : NULL;

	return to ? memcpy(to, s, bytes) : NULL;
}
