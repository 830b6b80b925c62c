/* SPDX-License-Identifier: MIT */
/* mempool.h - a reserve of objects for those who must not fail: min_nr of them are set aside, and
 * as long as users give back what they take, everybody gets one in the end.
 * Source: Gorman ch. 8; Linux's names. */
#pragma once
#include "lib/list.h"
#include "spinlock.h"
#include "types.h"

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void(mempool_free_t)(void *element, void *pool_data);

typedef struct mempool {
	unsigned long magic; /* (C) MEMPOOL_MAGIC until it is destroyed */
	spinlock_t lock;
	unsigned int min_nr;           /* (P) elements kept */
	unsigned int curr_nr;          /* (P) of which so many are there now */
	void **elements;               /* (P) */
	void *pool_data;               /* (C) for the calls */
	mempool_alloc_t *alloc;        /* (C) */
	mempool_free_t *free;          /* (C) */
	unsigned long nr_from_reserve; /* atomic: times the reserve helped */
	struct list_head waiters;      /* (P) who found it empty, in order */
} mempool_t;                           /* (P) lock */

/* Create a pool that keeps min_nr elements, all allocated now.
 * alloc:   may fail; free: cannot. pool_data: passed to both.
 * Returns: the pool; NULL: no memory, or no min_nr, calls, size or cache (reported).
 * Context: may sleep. */
mempool_t *mempool_create(unsigned int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
                          void *pool_data);

/* Give the pool and its reserve up. NULL is ignored. Returns: 0; -EBUSY with a report: elements of
 * the reserve are still with users, and the pool is as before; -EINVAL with a report: it is no pool
 * (any more). */
int mempool_destroy(mempool_t *pool);

/* Change min_nr. Returns: 0, -ENOMEM (nothing has changed) or -EINVAL. Context: may sleep; one at a
 * time for a pool, which others may use meanwhile. */
int mempool_resize(mempool_t *pool, unsigned int min_nr);

/* Allocate: by alloc() if that works without reclaim, else from the reserve, else by alloc() with
 * all that gfp allows, else, if gfp may sleep, by waiting in line until an element comes back.
 * Returns: an element, or NULL: no memory, the reserve is with users, and gfp may not sleep (or the
 * machine still boots). Who waits longer than hung_task_ticks is reported, and ended where it can
 * be. Context: as gfp says. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp);

/* Give an element back: who waits longest gets it, else the reserve is filled. NULL is ignored; an
 * element that is in the reserve already, or that the pool's calls cannot have made, is reported
 * and refused. Context: as pool->free. */
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
