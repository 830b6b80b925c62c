/* SPDX-License-Identifier: MIT */
/* slab.h - objects smaller than a page, and memory of any size: Linux's calls.
 *
 * A cache (struct kmem_cache) holds objects of one kind, cut out of slabs: blocks of pages that it
 * takes from the page allocator. kmalloc() is a set of such caches, one a size class; above
 * KMALLOC_MAX_CACHE_SIZE it takes whole blocks. Memory is always low memory with a kernel address.
 * A call with constant flags becomes a pop from this CPU's array cache, kfree() a push: slab_def.h.
 *
 * Misuse is reported and refused in every build: freeing twice, freeing what is no object, to the
 * wrong cache, writing to a freed object. slab_debug=FZPU finds more (slab_debug.h).
 * Source: Bonwick, "The Slab Allocator", 1994; Gorman ch. 8. */
#pragma once
#include "lib/string.h"
#include "mm/gfp.h"
#include "mm/slab_def.h"
#include "types.h"

/* --- caches ------------------------------------------------------------------------------- */

/* Create a cache of objects of size bytes.
 * name:    kept by pointer until the cache is destroyed; no other cache may have it.
 * align:   0 (a word) or a power of two up to a page. flags: enum slab_flags.
 * ctor:    runs for each object when its slab is made, not at each allocation: who frees an object
 *          leaves it as ctor made it. NULL: none.
 * Context: may sleep; in atomic context it is refused (reported), as are the calls for whole caches
 *          below. Any number of threads may call them at once.
 * Returns: the cache, or NULL: no memory, or arguments that make no sense (reported). With
 *          SLAB_PANIC it never returns NULL. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
                                     slab_flags_t flags, void (*ctor)(void *object));

/* A cache for objects of one structure type. */
#define KMEM_CACHE(type, flags)                                                                    \
	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), flags, NULL)

/* Give a cache up, with all of its pages. NULL is ignored.
 * Returns: 0; or -EBUSY with a report that lists the objects still allocated: the cache is as
 *          before and usable; -EINVAL, reported: it is no cache (any more), or one of the
 *          allocator's own. Context: as kmem_cache_create(). */
int kmem_cache_destroy(struct kmem_cache *cache);

/* Allocate an object.
 * gfp:     as alloc_pages(); __GFP_ZERO clears it, not with a constructor. Not HIGHMEM, MOVABLE or
 * COMP. __GFP_DMA only for caches made with SLAB_CACHE_DMA. Returns: the object, or NULL: out of
 * memory, or flags that make no sense (reported). Context: any with GFP_ATOMIC or GFP_NOWAIT; takes
 * the node's list_lock and zone->lock. */
static __always_inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	return __builtin_constant_p(gfp) && gfp == GFP_KERNEL ? kmem_cache_alloc_kernel(cache)
	                                                      : __kmem_cache_alloc(cache, gfp);
}

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

/* The same from node nid (NUMA_NO_NODE: this CPU's), from others when it has no memory, unless
 * gfp has __GFP_THISNODE. */
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int nid);

/* Free an object of this cache. Anything else is reported and refused. NULL is ignored.
 * Context: any. */
static __always_inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	__kmem_cache_free(object, cache);
}

/* Allocate nr objects into array. Returns: nr, or 0 and none is allocated. */
size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **array);

/* Free nr objects; cache NULL: each to the cache that it is from. */
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **array);

/* Give free slabs back to the page allocator, objects parked in array caches included.
 * Returns: 0 when the cache has no slab left, else 1; -EINVAL, reported: it is no cache.
 * Context: may sleep. */
int kmem_cache_shrink(struct kmem_cache *cache);

/* The same for all caches. Returns: pages given back. Context: may sleep. */
unsigned long kmem_cache_shrink_all(void);

/* The same for all caches, but what was used since the last time is spared.
 * Returns: pages given back, by this call or by another one that it waited for. Context: may sleep.
 */
unsigned long kmem_cache_reap(void);

/* Set a cache's limits at run time, with objects live (`slabtune`).
 * limit: objects that each CPU's array holds, 0: no array; batchcount: moved at a time, 1..limit;
 * shared: batches in each node's shared array, 0: none.
 * Returns: 0; -EINVAL (reported when it is no cache); -ENOMEM, and nothing has changed.
 * Context: may sleep. */
int kmem_cache_tune(struct kmem_cache *cache, unsigned int limit, unsigned int batchcount,
                    unsigned int shared);

/* Bytes that a user may use of each object. */
unsigned int kmem_cache_size(const struct kmem_cache *cache);

/* --- kmalloc ------------------------------------------------------------------------------ */

/* Allocate size bytes of physically contiguous memory. Power-of-two sizes are aligned to their
 * size, all others to at least 8 bytes.
 * gfp:     as kmem_cache_alloc(), and __GFP_DMA for memory below 16 MiB.
 * Returns: the address; ZERO_SIZE_PTR for size 0; NULL: out of memory, or more than
 *          KMALLOC_MAX_SIZE (reported).
 * Context: as kmem_cache_alloc(). */
static __always_inline void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(gfp) && kmalloc_gfp_plain(gfp)) {
		if (!__builtin_constant_p(size)) {
			if (gfp == GFP_KERNEL)
				return kmalloc_any_kernel(size);
		} else if (size && size <= KMALLOC_MAX_CACHE_SIZE) {
			struct array_cache **slot = &slab_slots[kmalloc_index(size)];

			return gfp == GFP_KERNEL ? kmalloc_slot_kernel(slot)
			                         : kmalloc_slot(slot, gfp);
		}
	}
	return __kmalloc(size, gfp);
}

static __always_inline void *kzalloc(size_t size, gfp_t gfp)
{
	void *object;

	if (!__builtin_constant_p(size) || !size || size > KMALLOC_MAX_CACHE_SIZE)
		return kmalloc(size, gfp | __GFP_ZERO);
	object = kmalloc(size, gfp);
	return object ? memset(object, 0, size) : NULL;
}

/* n objects of size bytes. A product that does not fit is reported, and NULL returned. */
void *kmalloc_array(size_t n, size_t size, gfp_t gfp);
static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/* From node nid, see kmem_cache_alloc_node(). */
void *kmalloc_node(size_t size, gfp_t gfp, int nid);

/* Change an allocation's size, moving it if need be; the content up to the smaller size stays.
 * object NULL: kmalloc(); size 0: kfree(), returns ZERO_SIZE_PTR.
 * Returns: where it is now; NULL: no memory, or object is none (reported); object is as before. */
void *krealloc(const void *object, size_t size, gfp_t gfp);
void *krealloc_array(const void *object, size_t n, size_t size, gfp_t gfp);

/* Bytes that may be used at object, at least what was asked for; 0 for NULL, ZERO_SIZE_PTR and,
 * reported, for what is no object. */
size_t ksize(const void *object);

/* Free what kmalloc() or kmem_cache_alloc() returned; NULL and ZERO_SIZE_PTR are ignored. Anything
 * else is reported by what it is, and refused. Context: any. */
void kfree(const void *object);

/* A copy of size bytes; of a string. NULL when there is no memory, or src is NULL. */
void *kmemdup(const void *src, size_t size, gfp_t gfp);
char *kstrdup(const char *s, gfp_t gfp);
