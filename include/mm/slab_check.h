/* SPDX-License-Identifier: MIT */
/* slab_check.h - the whole state of the slab allocator, counted and checked. */
#pragma once
#include "mm/slab_def.h"
#include "mutex.h"

/* Guards the list of caches, their limits, and that they exist: taken to make, give up, tune,
 * shrink or list them. Reclaim takes it, so nothing is allocated under it. */
extern struct mutex slab_mutex;

struct slab_stats {
	unsigned long active_objects; /* with their users */
	unsigned long num_objects;    /* in all slabs */
	unsigned long active_slabs;   /* with an object taken */
	unsigned long num_slabs;
	unsigned long parked;  /* objects in arrays */
	unsigned long waiting; /* in quarantine */
	unsigned long shared_avail;
};

/* Count a cache's objects. While others use the cache, what is on its way between slabs and arrays
 * may be missed. Context: any that the cache outlives; takes list_lock. */
struct slab_stats slab_count(struct kmem_cache *cache);

/* Memory of all caches together, in bytes. */
struct slab_memory {
	unsigned long pages; /* of slabs */
	unsigned long live;  /* objects with their users, as large as their cache makes them */
	unsigned long descriptors; /* of slabs, on and off them; caches; entries of arrays */
};
struct slab_memory slab_memory(void); /* Context: may sleep */

/* Check one cache: slabs on the list that matches their fill, bits and counters, back-pointers of
 * every page, cookies and guard bytes of every free object, entries of arrays (I17-I19 of the
 * invariants). Returns: NULL or what is wrong. Context: nothing else uses the cache. */
const char *slab_check(struct kmem_cache *cache);

/* Check all caches, and the zones' counts of slab pages (I20). Returns: NULL, or what is wrong;
 * *where: the cache, or NULL. Context: may sleep; nothing else uses the caches. */
const char *slab_check_all(const struct kmem_cache **where);

/* What an address in the direct map belongs to: an object of a cache, or a large block of kmalloc.
 */
struct slab_object_info {
	const char *cache;       /* NULL for a large block */
	unsigned long object;    /* where it begins */
	unsigned int index, num; /* which of how many in its slab */
	long offset;         /* from its beginning; in guard bytes and colour: below 0 or beyond */
	bool taken;          /* with a user: not free, parked, waiting or out of use */
	unsigned long large; /* bytes of a large block; 0: an object */
};

/* Look an address up. Returns: false: neither. Context: any; takes list_lock. */
bool slab_find_object(const void *p, struct slab_object_info *info);

/* Tell about objects that are still taken, each with its allocation site if that is remembered.
 * Returns: how many. For kmem_cache_destroy(). */
unsigned long slab_report_leaks(struct kmem_cache *cache, unsigned long caller);

/* A fingerprint of what a refused operation must leave alone: bits, counters, arrays. */
u32 slab_fingerprint(void); /* Context: may sleep */
