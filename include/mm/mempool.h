/* SPDX-License-Identifier: MIT */
/* mempool.h - a reserve of objects for those who must not fail: min_nr of them are set aside, and
 * as long as users give back what they take, everybody gets one in the end.
 * Source: Gorman ch. 8; Linux's names. */
#pragma once
#include "spinlock.h"
#include "types.h"

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void(mempool_free_t)(void *element, void *pool_data);

typedef struct mempool {
	spinlock_t lock;
	unsigned int min_nr;           /* (P) elements kept */
	unsigned int curr_nr;          /* (P) of which so many are there now */
	void **elements;               /* (P) */
	void *pool_data;               /* (C) for the calls */
	mempool_alloc_t *alloc;        /* (C) */
	mempool_free_t *free;          /* (C) */
	unsigned long nr_from_reserve; /* (P) times the reserve helped */
} mempool_t;                           /* (P) lock */

/* Create a pool that keeps min_nr elements, all allocated now.
 * alloc:   may fail; free: cannot. pool_data: passed to both.
 * Returns: the pool; NULL: no memory, or no min_nr or calls (reported). Context: may sleep. */
mempool_t *mempool_create(unsigned int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
                          void *pool_data);

/* Give the pool and its reserve up. NULL is ignored. Returns: 0; -EBUSY with a report: elements of
 * the reserve are still with users, and the pool is as before. */
int mempool_destroy(mempool_t *pool);

/* Change min_nr. Returns: 0, -ENOMEM (nothing has changed) or -EINVAL. Context: may sleep. */
int mempool_resize(mempool_t *pool, unsigned int min_nr);

/* Allocate: by alloc() if that works without reclaim, else from the reserve, else by alloc() with
 * all that gfp allows. Returns: an element, or NULL: no memory, and the reserve is with users.
 * Context: as gfp says. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp);

/* Give an element back: the reserve is filled first. NULL is ignored; an element that is in the
 * reserve already is reported and refused. Context: as pool->free. */
void mempool_free(void *element, mempool_t *pool);

/* Elements from a cache (pool_data: the cache), from kmalloc (pool_data: the size), whole blocks of
 * pages (pool_data: the order; elements are struct page). */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data);
void mempool_free_slab(void *element, void *pool_data);
void *mempool_kmalloc(gfp_t gfp, void *pool_data);
void mempool_kfree(void *element, void *pool_data);
void *mempool_alloc_pages(gfp_t gfp, void *pool_data);
void mempool_free_pages(void *element, void *pool_data);

struct kmem_cache;
static inline mempool_t *mempool_create_slab_pool(unsigned int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, cache);
}
static inline mempool_t *mempool_create_kmalloc_pool(unsigned int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)size);
}
static inline mempool_t *mempool_create_page_pool(unsigned int min_nr, unsigned int order)
{
	return mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages,
	                      (void *)(unsigned long)order);
}
