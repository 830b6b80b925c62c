/* SPDX-License-Identifier: MIT */
/* slab_quarantine.c - objects that are kept back: freed ones of a debugged cache for a while, so
 * that writes after the free meet poison and not the next owner; damaged ones for good.
 * Owns: cache->quarantine, cache->damaged. Locks: (D) cache->debug_lock, alone. */
#include "mm/slab_debug.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"

void slab_retire_object(struct kmem_cache *cache, void *object)
{
	unsigned long flags = raw_spin_lock_irqsave(&cache->debug_lock);

	for (unsigned int i = 0; i < SLAB_DAMAGED; i++) {
		if (cache->damaged[i])
			continue;
		cache->damaged[i] = object;
		break;
	}
	cache->nr_damaged++;
	raw_spin_unlock_irqrestore(&cache->debug_lock, flags);
}

static void release(struct kmem_cache *cache, void *object)
{
	struct page *page = virt_to_page(object);

	if (cache->flags & SLAB_DEBUG_FLAGS)
		slab_debug_init_object(cache, object);
	*object_cookie(cache, object) = array_cookie(page->slab_array);
	node_give(cache, page_to_nid(page), &object, 1);
}

unsigned long slab_release_damaged(struct kmem_cache *cache)
{
	unsigned long n = 0;

	for (unsigned int i = 0; i < SLAB_DAMAGED; i++) {
		void *object = cache->damaged[i];

		if (!object)
			continue;
		cache->damaged[i] = NULL;
		cache->nr_damaged--;
		release(cache, object);
		n++;
	}
	return n;
}

/* The object leaves the quarantine for its slab, unless it was written to meanwhile. */
static void let_go(struct kmem_cache *cache, void *object, unsigned long caller)
{
	struct slab_damage damage = slab_debug_look_free(cache, object);
	struct slab_place at = slab_locate(object);

	if (damage.length) {
		slab_retire_object(cache, object);
		report_damage(&at, &damage, false, caller);
		return;
	}
	node_give(cache, at.slab->nid, &object, 1);
}

/* Exchange the oldest entry for another object or NULL. */
static void *exchange(struct kmem_cache *cache, void *object)
{
	unsigned long flags = raw_spin_lock_irqsave(&cache->debug_lock);
	void **entry = &cache->quarantine[cache->quarantine_next++ % SLAB_QUARANTINE];
	void *old = *entry;

	*entry = object;
	raw_spin_unlock_irqrestore(&cache->debug_lock, flags);
	return old;
}

void quarantine_put(struct kmem_cache *cache, void *object, unsigned long caller)
{
	void *old = cache->flags & SLAB_POISON ? exchange(cache, object) : object;

	if (old)
		let_go(cache, old, caller);
}

void quarantine_drain(struct kmem_cache *cache)
{
	for (unsigned int i = 0; i < SLAB_QUARANTINE; i++) {
		void *old = exchange(cache, NULL);

		if (old)
			let_go(cache, old, _RET_IP_);
	}
}

bool quarantine_holds(const struct kmem_cache *cache, const void *object)
{
	for (unsigned int i = 0; i < SLAB_QUARANTINE; i++)
		if (cache->quarantine[i] == object)
			return true;
	for (unsigned int i = 0; i < SLAB_DAMAGED; i++)
		if (cache->damaged[i] == object)
			return true;
	return false;
}

unsigned int quarantine_count(const struct kmem_cache *cache)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SLAB_QUARANTINE; i++)
		n += cache->quarantine[i] != NULL;
	return n;
}
