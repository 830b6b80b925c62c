/* SPDX-License-Identifier: MIT */
/* mempool.c - reserves of objects. Owns: each pool's stack of elements.
 * (1) An allocation tries alloc() without reclaim, so that the reserve is spared; (2) then takes
 * from the reserve; (3) then alloc() with everything; (4) then, if it may sleep, stands in line.
 * (5) A free serves the first in line, else fills the reserve: an element goes from hand to hand,
 * so that nobody who comes later gets ahead. Who stands in line asks alloc() again now and then,
 * because memory may have come from elsewhere. Invariant: while somebody waits the reserve is
 * empty. Bound: while each user holds at most one element, min_nr users always get theirs. Source:
 * Linux's behaviour; it wakes and lets them race. Locks: pool->lock, then what try_to_wake_up()
 * takes. */
#include "mm/mempool.h"
#include "asm/devices.h"
#include "asm/list_check.h"
#include "errno.h"
#include "hung.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/slab.h"
#include "report.h"
#include "slab_internal.h"
#include "wait.h"

enum { MEMPOOL_MAGIC = 0x4c4f4f50, RETRY_TICKS = 5 };

/* One who waits, on its own stack. */
struct mempool_waiter {
	struct list_head entry; /* (P) */
	struct task_struct *task;
	void *element; /* (P) what it was given; it is out of the line then */
};

/* Hand an element to the first in line, else put it into the reserve. Locked.
 * Returns: false: there is no room. */
static bool put_element(mempool_t *pool, void *element)
{
	struct mempool_waiter *first;

	if (!list_empty(&pool->waiters)) {
		first = list_first_entry(&pool->waiters, struct mempool_waiter, entry);
		list_del_init(&first->entry);
		first->element = element;
		try_to_wake_up(first->task, TASK_NORMAL);
		return true;
	}
	if (pool->curr_nr >= pool->min_nr)
		return false;
	pool->elements[pool->curr_nr++] = element;
	return true;
}

/* An element of the reserve, if it holds more than `keep`. */
static void *take_element(mempool_t *pool, unsigned int keep)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	void *element = pool->curr_nr > keep ? pool->elements[--pool->curr_nr] : NULL;

	spin_unlock_irqrestore(&pool->lock, flags);
	return element;
}

/* Give elements of the reserve back to where they came from. */
static void empty_reserve(mempool_t *pool, unsigned int down_to)
{
	void *element;

	while ((element = take_element(pool, down_to)))
		pool->free(element, pool->pool_data);
}

/* One more element. Returns: whether the reserve has room for more. */
static bool add_element(mempool_t *pool, void *element)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	bool put = put_element(pool, element), room = pool->curr_nr < pool->min_nr;

	spin_unlock_irqrestore(&pool->lock, flags);
	if (!put)
		pool->free(element, pool->pool_data);
	return room;
}

static bool fill_reserve(mempool_t *pool)
{
	bool room = READ_ONCE(pool->curr_nr) < pool->min_nr;

	while (room) {
		void *element = pool->alloc(GFP_KERNEL, pool->pool_data);

		if (!element)
			return false;
		room = add_element(pool, element);
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

/* Tell about a call with what is no pool; it is not followed. Returns: whether it is none. */
static bool refuse_pool(const mempool_t *pool, unsigned long caller)
{
	if (likely(word_holds(&pool->magic, MEMPOOL_MAGIC)))
		return false;
	report(REPORT_mempool_misuse, (unsigned long)pool, caller, "refused",
	       "pool=0x%08lx reason=destroyed_or_not_a_pool", (unsigned long)pool);
	return true;
}

/* Why no pool can be made of this; NULL: it can. */
static const char *refusal(unsigned int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
                           const void *pool_data)
{
	if (!min_nr)
		return "empty_reserve";
	if (!alloc || !free)
		return "no_calls";
	if (alloc == mempool_kmalloc && !pool_data)
		return "no_size";
	return alloc == mempool_alloc_slab && !pool_data ? "no_cache" : NULL;
}

mempool_t *mempool_create(unsigned int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
                          void *pool_data)
{
	const char *why = refusal(min_nr, alloc, free, pool_data);
	mempool_t *pool;

	if (why) {
		refuse(NULL, NULL, why, _RET_IP_);
		return NULL;
	}
	pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return NULL;
	*pool = (mempool_t){.magic = MEMPOOL_MAGIC,
	                    .min_nr = min_nr,
	                    .pool_data = pool_data,
	                    .alloc = alloc,
	                    .free = free};
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->waiters);
	pool->elements = kmalloc_array(min_nr, sizeof(void *), GFP_KERNEL);
	if (pool->elements && fill_reserve(pool))
		return pool;
	empty_reserve(pool, 0);
	kfree(pool->elements);
	kfree(pool);
	return NULL;
}

/* Nobody has an element or waits for one: nobody finds the pool from now on. By the lock, because
 * the last to give one back may still hold it. */
static bool retire(mempool_t *pool)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	bool whole = pool->curr_nr == pool->min_nr;

	if (whole)
		pool->magic = 0;
	spin_unlock_irqrestore(&pool->lock, flags);
	return whole;
}

int mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return 0;
	if (refuse_pool(pool, _RET_IP_))
		return -EINVAL;
	if (!retire(pool)) {
		refuse(pool, NULL, "reserve_in_use", _RET_IP_);
		return -EBUSY;
	}
	empty_reserve(pool, 0);
	kfree(pool->elements);
	kfree(pool);
	return 0;
}

static void set_min(mempool_t *pool, unsigned int min_nr)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);

	pool->min_nr = min_nr;
	spin_unlock_irqrestore(&pool->lock, flags);
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
	unsigned int old;

	if (refuse_pool(pool, _RET_IP_))
		return -EINVAL;
	old = pool->min_nr;
	if (!min_nr) {
		refuse(pool, NULL, "empty_reserve", _RET_IP_);
		return -EINVAL;
	}
	if (min_nr <= old) { /* the array may stay larger than it must be */
		set_min(pool, min_nr);
		empty_reserve(pool, min_nr);
		return 0;
	}
	if (new_elements(pool, min_nr))
		return -ENOMEM;
	set_min(pool, min_nr);
	if (fill_reserve(pool))
		return 0;
	set_min(pool, old);
	empty_reserve(pool, old);
	return -ENOMEM;
}

static void *take_from_reserve(mempool_t *pool)
{
	void *element = take_element(pool, 0);

	if (element)
		__atomic_fetch_add(&pool->nr_from_reserve, 1, __ATOMIC_RELAXED);
	return element;
}

/* --- waiting -------------------------------------------------------------------------------- */

/* Stand in line, or take an element that has come meanwhile. */
static void join_line(mempool_t *pool, struct mempool_waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);

	if (pool->curr_nr)
		w->element = pool->elements[--pool->curr_nr];
	else
		list_add_tail(&w->entry, &pool->waiters);
	spin_unlock_irqrestore(&pool->lock, flags);
}

/* Out of the line. Returns: what it was given before, or NULL. */
static void *leave_line(mempool_t *pool, struct mempool_waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);

	if (!list_empty(&w->entry))
		list_del_init(&w->entry);
	spin_unlock_irqrestore(&pool->lock, flags);
	return w->element;
}

static void sleep_in_line(struct mempool_waiter *w)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	if (READ_ONCE(w->element))
		__set_current_state(TASK_RUNNING);
	else
		schedule_timeout(RETRY_TICKS);
}

/* Nobody has given anything back for very long: told once, and who may be ended is. */
static void tell_stuck(mempool_t *pool, struct mempool_waiter *w, unsigned long begin,
                       unsigned long caller)
{
	report(REPORT_hung_task, (unsigned long)pool, caller, "none",
	       "what=mempool_alloc pool=0x%08lx min_nr=%u waited_ticks=%lu", (unsigned long)pool,
	       pool->min_nr, jiffies - begin);
	if (!current->catch)
		return;
	mempool_free(leave_line(pool, w), pool);
	end_offender("waited for an element that nobody gave back");
}

/* Until somebody gives an element back, or the source has one again. */
static void *wait_for_element(mempool_t *pool, gfp_t gfp, unsigned long caller)
{
	struct mempool_waiter w = {.task = current, .entry = LIST_HEAD_INIT(w.entry)};
	unsigned long begin = jiffies;
	void *own = NULL, *given;
	bool told = false;

	join_line(pool, &w);
	while (!READ_ONCE(w.element) && !own) {
		sleep_in_line(&w);
		if (READ_ONCE(w.element))
			break;
		own = pool->alloc(gfp, pool->pool_data);
		if (own || told || !hung_task_ticks || jiffies - begin <= hung_task_ticks)
			continue;
		told = true;
		tell_stuck(pool, &w, begin, caller);
	}
	given = leave_line(pool, &w);
	if (own && given) /* both at once: the next in line gets one */
		mempool_free(own, pool);
	return given ? given : own;
}

/* May the request wait for others? While the machine boots there are none. */
static bool may_wait(gfp_t gfp, unsigned long caller)
{
	unsigned long site;

	if (!gfpflags_allow_blocking(gfp) || system_state == SYSTEM_BOOTING)
		return false;
	if (likely(!atomic_context(&site)))
		return true;
	__might_sleep("mempool_alloc", caller);
	current->sleep_told = false; /* it will not sleep */
	return false;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	gfp_t gently;
	void *element;
	bool waits;

	if (unlikely(refuse_pool(pool, _RET_IP_)))
		return NULL;
	waits = may_wait(gfp, _RET_IP_);
	if (gfpflags_allow_blocking(gfp) && !waits && system_state != SYSTEM_BOOTING)
		gfp &= ~__GFP_DIRECT_RECLAIM; /* it was told */
	gently = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_NOFAIL)) | __GFP_NOWARN |
	         __GFP_NOMEMALLOC;
	element = pool->alloc(gently & ~__GFP_MEMALLOC, pool->pool_data);
	if (element)
		return element;
	element = take_from_reserve(pool);
	if (element || !gfpflags_allow_blocking(gfp))
		return element;
	element = pool->alloc(gfp, pool->pool_data);
	if (!element)
		element = take_from_reserve(pool);
	return element || !waits ? element : wait_for_element(pool, gfp | __GFP_NOWARN, _RET_IP_);
}

static bool reserve_holds(const mempool_t *pool, const void *element)
{
	for (unsigned int i = 0; i < pool->curr_nr; i++)
		if (pool->elements[i] == element)
			return true;
	return false;
}

/* Can kmalloc() have returned it, with room for size bytes? */
static bool is_kmalloced(const void *element, size_t size)
{
	struct slab_place at = slab_locate(element);

	if (at.page && is_large_start(&at, element))
		return PAGE_SIZE << page_order(at.page) >= size;
	return at.slab && at.slab->cache->flags & SLAB_KMALLOC &&
	       at.slab->cache->object_size >= size && slab_object_is_taken(&at);
}

static bool is_block(struct page *page, unsigned int order)
{
	return page_pointer_valid(page) && page_ref_count(page) > 0 && page_order(page) == order &&
	       !PageSlab(page) && !PageReserved(page);
}

/* Can the pool's calls have made it, and is it in use? Calls that are not known here can have made
 * anything. */
static bool is_element(const mempool_t *pool, void *element)
{
	struct slab_place at;

	if (pool->alloc == mempool_kmalloc)
		return is_kmalloced(element, (size_t)pool->pool_data);
	if (pool->alloc == mempool_alloc_pages)
		return is_block(element, (unsigned int)(unsigned long)pool->pool_data);
	if (pool->alloc != mempool_alloc_slab)
		return true;
	at = slab_locate(element);
	return at.slab && at.slab->cache == pool->pool_data && slab_object_is_taken(&at);
}

enum give { GIVEN, IS_THERE, RESERVE_FULL };

static enum give give_to_reserve(mempool_t *pool, void *element)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	enum give result = reserve_holds(pool, element) ? IS_THERE
	                   : put_element(pool, element) ? GIVEN
	                                                : RESERVE_FULL;

	spin_unlock_irqrestore(&pool->lock, flags);
	return result;
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element || refuse_pool(pool, _RET_IP_))
		return;
	/* what does not go to the reserve is for pool->free to judge */
	if (READ_ONCE(pool->curr_nr) < pool->min_nr && !is_element(pool, element)) {
		refuse(pool, element, "not_an_element", _RET_IP_);
		return;
	}
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
