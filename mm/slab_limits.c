/* SPDX-License-Identifier: MIT */
/* slab_limits.c - how much of a cache the CPUs keep for themselves: its slot, its arrays, their
 * sizes.
 *
 * Owns: who has which slot and arrays. A change is made in two steps: array_kit_alloc() gets all
 * the memory for it, array_kit_install() cannot fail; so a cache has the arrays of its limits
 * always, and nothing is allocated under slab_mutex. Source: Bonwick 2001 (magazines). Locks:
 * slab_mutex (M), then each CPU is asked for its own arrays. */
#include "errno.h"
#include "lib/bitops.h"
#include "mm/slab.h"
#include "preempt.h"
#include "slab_internal.h"
#include "slab_report.h"
#include "unwind.h"

static DECLARE_BITMAP(slots_used, SLAB_SLOTS);   /* (M) */
static DECLARE_BITMAP(arrays_used, SLAB_ARRAYS); /* (M) */

/* --- the mutex ------------------------------------------------------------------------------- */

void slab_lock(void)
{
	mutex_lock(&slab_mutex);
	unwind_disable();
}

void slab_unlock(void)
{
	mutex_unlock(&slab_mutex);
	unwind_enable();
}

bool slab_refuse_cache(const struct kmem_cache *cache, const char *call, unsigned long caller)
{
	const char *why = cache_trouble(cache);

	if (why)
		report_bad_cache(cache, call, why, caller);
	return why;
}

bool slab_refuse_atomic(const struct kmem_cache *cache, const char *call, unsigned long caller)
{
	unsigned long site;

	if (likely(!atomic_context(&site)))
		return false;
	report_bad_cache(cache, call, "in_atomic", caller);
	return true;
}

/* --- slots and arrays ------------------------------------------------------------------------ */

/* A run of n clear bits, set then. Returns: its first; 0: none (bit 0 is nobody's). */
static unsigned int take_bits(unsigned long *map, unsigned int size, unsigned int n)
{
	unsigned int run = 0;

	for (unsigned int i = 1; i < size; i++) {
		run = test_bit(i, map) ? 0 : run + 1;
		if (run < n)
			continue;
		for (unsigned int k = i + 1 - n; k <= i; k++)
			__set_bit(k, map);
		return i + 1 - n;
	}
	return 0;
}

void slab_take_slot(struct kmem_cache *cache, int class)
{
	unsigned int slot, i;

	cache->slot = &slab_slots[SLAB_SLOTS - 1];
	cache->arrays = &slab_arrays[0];
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	if (class >= 0)
		__set_bit((unsigned int)class, slots_used);
	slot = class < 0 ? take_bits(slots_used, SLAB_SLOTS - 1, 1) : (unsigned int)class;
	i = slot || !class ? take_bits(arrays_used, SLAB_ARRAYS, nr_node_ids) : 0;
	if (!i) {
		cache->flags |= SLAB_NO_ARRAYS;
		if (class < 0 && slot)
			__clear_bit(slot, slots_used);
		return;
	}
	cache->slot = &slab_slots[slot];
	cache->arrays = &slab_arrays[i];
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int nid = 0; nid < nr_node_ids; nid++)
			array_install(cache, cpu, (int)nid, NULL, 0, 0);
}

void slab_give_slot(struct kmem_cache *cache)
{
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		*per_cpu_ptr(cache->slot, cpu) = &slab_arrays[0];
	__clear_bit((unsigned long)(cache->slot - slab_slots), slots_used);
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		__clear_bit((unsigned long)(cache->arrays - slab_arrays) + nid, arrays_used);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* Objects that an array of another node's objects holds. */
enum { ALIEN_LIMIT = 12 };

void slab_set_free_limit(struct kmem_cache *cache)
{
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		cache->node[nid].free_limit =
			(1 + nr_cpus_on_node((int)nid)) * cache->limit + cache->num;
}

static bool is_home(unsigned int cpu, unsigned int nid)
{
	return per_cpu(numa_mem, cpu) == (int)nid;
}

static unsigned int array_limit(const struct array_limits *l, bool home)
{
	return home ? l->limit : min(l->limit, (unsigned int)ALIEN_LIMIT);
}

void array_kit_free(struct array_kit *kit)
{
	void *p, *next;

	for (unsigned int home = 0; home < 2; home++)
		for (p = kit->arrays[home]; p; p = next) {
			next = *(void **)p;
			kfree(p);
		}
	for (p = kit->shared; p; p = next) {
		next = ((struct shared_array *)p)->entry[0];
		kfree(p);
	}
	*kit = (struct array_kit){0};
}

static bool kit_add_array(struct array_kit *kit, const struct array_limits *l, bool home)
{
	void **entry = kmalloc_array(array_limit(l, home) + 1, sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return false;
	entry[0] = kit->arrays[home];
	kit->arrays[home] = entry;
	return true;
}

static bool kit_add_shared(struct array_kit *kit, const struct array_limits *l)
{
	unsigned int limit = l->shared * l->batchcount;
	struct shared_array *shared = kmalloc(sizeof(*shared) + limit * sizeof(void *), GFP_KERNEL);

	if (!shared)
		return false;
	*shared = (struct shared_array){.limit = limit};
	shared->entry[0] = kit->shared;
	kit->shared = shared;
	return true;
}

int array_kit_alloc(struct array_kit *kit, const struct array_limits *l)
{
	bool ok = true;

	*kit = (struct array_kit){0};
	for (unsigned int nid = 0; nid < nr_node_ids && ok; nid++) {
		for (unsigned int cpu = 0; l->limit && cpu < nr_cpu_ids && ok; cpu++)
			ok = kit_add_array(kit, l, is_home(cpu, nid));
		if (ok && l->shared && l->batchcount)
			ok = kit_add_shared(kit, l);
	}
	if (!ok)
		array_kit_free(kit);
	return ok ? 0 : -ENOMEM;
}

/* Give a CPU an array for a node's objects. */
static void new_array(struct kmem_cache *cache, const struct array_limits *l, unsigned int cpu,
                      unsigned int nid, struct array_kit *kit)
{
	bool home = is_home(cpu, nid);
	unsigned int limit = array_limit(l, home);
	void **entry = limit ? kit->arrays[home] : NULL;

	if (entry) {
		kit->arrays[home] = entry[0];
		entry[0] = NULL;
	}
	kfree(array_install(cache, cpu, (int)nid, entry, limit, min(l->batchcount, limit)));
}

/* Another shared array for a node. What the old one holds goes to the slabs when nobody can add to
 * it any more. */
static void new_shared(struct kmem_cache *cache, int nid, struct array_kit *kit)
{
	struct kmem_cache_node *node = &cache->node[nid];
	struct shared_array *shared = kit->shared, *old;
	unsigned long flags;

	if (shared)
		kit->shared = shared->entry[0];
	flags = raw_spin_lock_irqsave(&node->list_lock);
	old = node->shared;
	node->shared = shared;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	if (old)
		node_give(cache, nid, old->entry, old->avail);
	kfree(old);
}

void array_kit_install(struct kmem_cache *cache, const struct array_limits *l,
                       struct array_kit *kit)
{
	cache->limit = l->limit;
	cache->batchcount = l->batchcount;
	cache->shared = l->shared;
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
			new_array(cache, l, cpu, nid, kit);
		new_shared(cache, (int)nid, kit);
	}
	slab_set_free_limit(cache);
}

/* An array parks this much memory, as far as these numbers of objects allow; 252 entries and the
 * NULL one fit kmalloc-1k. (Linux's steps of 120, 54, 24, 8 objects park up to 96 KiB.) */
enum { ARRAY_BYTES = 16384, LEAST_LIMIT = 2, MOST_LIMIT = 252, MAX_TUNED_LIMIT = 16384 };

/* Between CPUs of a node a shared array pays; on one CPU it is one more place to look. */
struct array_limits slab_default_limits(const struct kmem_cache *cache)
{
	struct array_limits l = {0};

	l.limit = clamp(ARRAY_BYTES / cache->size, (unsigned int)LEAST_LIMIT,
	                (unsigned int)MOST_LIMIT);
	l.batchcount = (l.limit + 1) / 2;
	l.shared = nr_cpu_ids > 1 && cache->size <= PAGE_SIZE ? 8 : 0;
	if (cache->flags & SLAB_DEBUG_FLAGS)
		l.limit = l.shared = 0;
	return l;
}

/* --- tune ------------------------------------------------------------------------------------ */

/* slab_mutex held. */
static int tune(struct kmem_cache *cache, const struct array_limits *l, struct array_kit *kit,
                unsigned long caller)
{
	if (slab_refuse_cache(cache, "tune", caller) ||
	    cache->flags & (SLAB_NO_ARRAYS | SLAB_DEBUG_FLAGS))
		return -EINVAL;
	array_kit_install(cache, l, kit);
	return 0;
}

int kmem_cache_tune(struct kmem_cache *cache, unsigned int limit, unsigned int batchcount,
                    unsigned int shared)
{
	struct array_limits l = {limit, batchcount, shared};
	struct array_kit kit;
	int ret;

	if (slab_refuse_atomic(cache, "tune", _RET_IP_) || limit > MAX_TUNED_LIMIT ||
	    batchcount > limit || (limit && !batchcount) ||
	    (u64)shared * batchcount > MAX_TUNED_LIMIT)
		return -EINVAL;
	if (array_kit_alloc(&kit, &l))
		return -ENOMEM;
	slab_lock();
	ret = tune(cache, &l, &kit, _RET_IP_);
	slab_unlock();
	array_kit_free(&kit);
	return ret;
}
