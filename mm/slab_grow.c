/* SPDX-License-Identifier: MIT */
/* slab_grow.c - from pages to a slab and back. Owns: the struct pages of a slab while it lives.
 * Every page of a slab, tail pages too, is PG_slab and names its cache and slab, so that a free
 * needs no search for the first page. Takes no lock of the slab allocator.
 * Source: Gorman ch. 8.2. */
#include "lib/bitops.h"
#include "mm/trace_sites.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"

/* Flags that a caller may pass on to the page allocator. */
#define GFP_PASSED_ON                                                                              \
	(__GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_RECLAIM | __GFP_NOWARN | __GFP_RETRY_MAYFAIL |   \
	 __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_HARDWALL |       \
	 __GFP_THISNODE | __GFP_DMA | __GFP_RECLAIMABLE)

static void count_pages(const struct kmem_cache *cache, struct page *page, long pages)
{
	__atomic_fetch_add(&page_zone(page)->nr_slab[slab_kind_of(cache)], pages, __ATOMIC_RELAXED);
}

static void mark_pages(struct kmem_cache *cache, struct page *page, struct slab *slab)
{
	struct array_cache *array = node_array(cache, page_to_nid(page));

	for (unsigned long i = 0; i < 1ul << cache->order; i++) {
		page[i].slab_cache = cache;
		page[i].slab = slab;
		page[i].slab_array = array;
		page[i].slab_objects = slab->objects;
		SetPageSlab(page + i);
	}
	count_pages(cache, page, 1l << cache->order);
}

static void unmark_pages(struct kmem_cache *cache, struct page *page)
{
	count_pages(cache, page, -(1l << cache->order));
	for (unsigned long i = 0; i < 1ul << cache->order; i++) {
		ClearPageSlab(page + i);
		page[i].slab_cache = NULL;
		page[i].slab = NULL;
		page[i].mapping = NULL;
	}
}

static void set_all_free(struct slab *slab, unsigned int num)
{
	unsigned int words = num / (unsigned int)BITS_PER_LONG, rest = num % BITS_PER_LONG;

	for (unsigned int i = 0; i < words; i++)
		slab->free[i] = ~0ul;
	if (rest)
		slab->free[words] = (1ul << rest) - 1;
}

static void put_cookies(struct kmem_cache *cache, struct slab *slab, unsigned long cookie)
{
	char *pos = (char *)object_cookie(cache, slab_object(slab, 0));
	unsigned int size = cache->size;

	for (char *end = pos + (size_t)cache->num * size; pos != end; pos += size)
		*(unsigned long *)pos = cookie;
}

static void init_objects(struct kmem_cache *cache, struct slab *slab, struct array_cache *array)
{
	for (unsigned int k = 0; !(cache->flags & SLAB_PLAIN) && k < cache->num; k++) {
		void *object = slab_object(slab, k);

		if (cache->flags & SLAB_DEBUG_FLAGS)
			slab_debug_init_object(cache, object);
		if (cache->ctor)
			cache->ctor(object);
	}
	put_cookies(cache, slab, array_cookie(array));
	set_all_free(slab, cache->num);
}

struct slab *slab_build(struct kmem_cache *cache, gfp_t gfp, int nid, void *descriptor,
                        unsigned int colour, unsigned long caller)
{
	struct page *page;
	struct slab *slab;
	char *base;

	gfp = (gfp & GFP_PASSED_ON) | cache->page_gfp;
	page = __alloc_pages_caller(gfp, cache->order, nid, caller);
	if (!page)
		return NULL;
	base = lowmem_page_address(page);
	slab = descriptor;
	if (!slab)
		slab = (struct slab *)(base + (PAGE_SIZE << cache->order) - cache->descriptor_size);
	colour %= cache->colour;
	*slab = (struct slab){
		.cache = cache,
		.objects = base + (size_t)colour * cache->colour_off,
		.colour = (u16)colour,
		.nid = (s16)page_to_nid(page),
	};
	mark_pages(cache, page, slab);
	init_objects(cache, slab, page->slab_array);
	__atomic_fetch_add(&cache->nr_grown, 1, __ATOMIC_RELAXED);
	trace_slab_grow(cache, page);
	return slab;
}

void *slab_demolish(struct kmem_cache *cache, struct slab *slab)
{
	struct page *page = compound_head(virt_to_page(slab->objects));

	trace_slab_reap(cache, page);
	unmark_pages(cache, page);
	__atomic_fetch_add(&cache->nr_reaped, 1, __ATOMIC_RELAXED);
	__free_pages_slow(page, cache->order, _RET_IP_);
	return cache->flags & SLAB_OFF_SLAB ? slab : NULL;
}
