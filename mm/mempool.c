/* SPDX-License-Identifier: MIT */
/* mempool.c - reserves of objects. Owns: each pool's stack of elements.
 * (1) An allocation tries alloc() without reclaim, so that the reserve is spared; (2) then takes
 * from the reserve; (3) then alloc() with everything. (4) A free fills the reserve first.
 * Bound: while each user holds at most one element, min_nr users always get theirs.
 * Source: Linux's behaviour, and its wait when the reserve is empty left out until there are
 * threads to wait. Locks: pool->lock, alone. */
#include "mm/mempool.h"
#include "errno.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "report.h"

static void put_in_reserve(mempool_t *pool, void *element)
{
	pool->elements[pool->curr_nr++] = element;
}

/* Give `nr` elements of the reserve back to where they came from. */
static void empty_reserve(mempool_t *pool, unsigned int down_to)
{
	while (pool->curr_nr > down_to)
		pool->free(pool->elements[--pool->curr_nr], pool->pool_data);
}

static bool fill_reserve(mempool_t *pool)
{
	while (pool->curr_nr < pool->min_nr) {
		void *element = pool->alloc(GFP_KERNEL, pool->pool_data);

		if (!element)
			return false;
		put_in_reserve(pool, element);
	}
	return true;
}

static void refuse(const mempool_t *pool, const void *element, const char *why,
                   unsigned long caller)
{
	report(REPORT_mempool_misuse, (unsigned long)element, caller, "refused",
	       "pool=0x%08lx obj=0x%08lx min_nr=%u curr_nr=%u reason=%s", (unsigned long)pool,
	       (unsigned long)element, pool ? pool->min_nr : 0, pool ? pool->curr_nr : 0, why);
}

mempool_t *mempool_create(unsigned int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
                          void *pool_data)
{
	mempool_t *pool;

	if (!min_nr || !alloc || !free) {
		refuse(NULL, NULL, min_nr ? "no_calls" : "empty_reserve", _RET_IP_);
		return NULL;
	}
	pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return NULL;
	*pool = (mempool_t){.min_nr = min_nr, .pool_data = pool_data, .alloc = alloc, .free = free};
	spin_lock_init(&pool->lock);
	pool->elements = kmalloc_array(min_nr, sizeof(void *), GFP_KERNEL);
	if (pool->elements && fill_reserve(pool))
		return pool;
	empty_reserve(pool, 0);
	kfree(pool->elements);
	kfree(pool);
	return NULL;
}

int mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return 0;
	if (pool->curr_nr != pool->min_nr) {
		refuse(pool, NULL, "reserve_in_use", _RET_IP_);
		return -EBUSY;
	}
	empty_reserve(pool, 0);
	kfree(pool->elements);
	kfree(pool);
	return 0;
}

/* Use another, larger or smaller, array for the reserve. */
static int new_elements(mempool_t *pool, unsigned int min_nr)
{
	void **elements = kmalloc_array(min_nr, sizeof(void *), GFP_KERNEL), **old;
	unsigned long flags;

	if (!elements)
		return -ENOMEM;
	flags = spin_lock_irqsave(&pool->lock);
	old = pool->elements;
	memcpy(elements, old, pool->curr_nr * sizeof(void *));
	pool->elements = elements;
	spin_unlock_irqrestore(&pool->lock, flags);
	kfree(old);
	return 0;
}

int mempool_resize(mempool_t *pool, unsigned int min_nr)
{
	unsigned int old = pool->min_nr;

	if (!min_nr) {
		refuse(pool, NULL, "empty_reserve", _RET_IP_);
		return -EINVAL;
	}
	if (min_nr <= old) { /* the array may stay larger than it must be */
		pool->min_nr = min_nr;
		empty_reserve(pool, min_nr);
		return 0;
	}
	if (new_elements(pool, min_nr))
		return -ENOMEM;
	pool->min_nr = min_nr;
	if (fill_reserve(pool))
		return 0;
	pool->min_nr = old;
	empty_reserve(pool, old);
	return -ENOMEM;
}

static void *take_from_reserve(mempool_t *pool)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	void *element = NULL;

	if (pool->curr_nr) {
		element = pool->elements[--pool->curr_nr];
		pool->nr_from_reserve++;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return element;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	gfp_t gently = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_NOFAIL)) | __GFP_NOWARN |
	               __GFP_NOMEMALLOC;
	void *element = pool->alloc(gently & ~__GFP_MEMALLOC, pool->pool_data);

	if (element)
		return element;
	element = take_from_reserve(pool);
	if (element || !gfpflags_allow_blocking(gfp))
		return element;
	element = pool->alloc(gfp, pool->pool_data);
	return element ? element : take_from_reserve(pool);
}

static bool reserve_holds(const mempool_t *pool, const void *element)
{
	for (unsigned int i = 0; i < pool->curr_nr; i++)
		if (pool->elements[i] == element)
			return true;
	return false;
}

enum give { GIVEN, IS_THERE, RESERVE_FULL };

static enum give give_to_reserve(mempool_t *pool, void *element)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	enum give result = reserve_holds(pool, element)   ? IS_THERE
	                   : pool->curr_nr < pool->min_nr ? GIVEN
	                                                  : RESERVE_FULL;

	if (result == GIVEN)
		put_in_reserve(pool, element);
	spin_unlock_irqrestore(&pool->lock, flags);
	return result;
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	switch (give_to_reserve(pool, element)) {
	case GIVEN:
		return;
	case IS_THERE:
		refuse(pool, element, "element_is_in_reserve", _RET_IP_);
		return;
	case RESERVE_FULL:
		pool->free(element, pool->pool_data);
	}
}

/* --- where elements come from --------------------------------------------------------------- */

void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	return kmem_cache_alloc(pool_data, gfp);
}

void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return kmalloc((size_t)pool_data, gfp);
}

void mempool_kfree(void *element, void *pool_data)
{
	(void)pool_data;
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(unsigned long)pool_data);
}

void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages(element, (unsigned int)(unsigned long)pool_data);
}
