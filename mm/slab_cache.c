/* SPDX-License-Identifier: MIT */
/* slab_cache.c - caches as a whole: made, tuned, given up; and the first ones.
 *
 * Owns: who is on slab_caches, and who has which slot and arrays. Boot: cache_cache, the
 * cache of caches, is the only one not allocated; its slabs need nothing but pages. The caches of
 * descriptors and kmalloc's come from it. They work without arrays until kmalloc() does, which then
 * gives arrays to all. Nothing is left behind.
 * Source: Gorman ch. 8.1, 8.7. Locks: none of its own. (M): what makes, tunes or gives up a
 * cache runs in one context at a time, never in an interrupt. */
#include "asm/page_ops.h"
#include "bug.h"
#include "errno.h"
#include "lib/bitops.h"
#include "fail.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"
#include "mm/slab_init.h"
#include "preempt.h"
#include "printk.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"

static DECLARE_BITMAP(slots_used, SLAB_SLOTS);
static DECLARE_BITMAP(arrays_used, SLAB_ARRAYS);

/* Room for the nodes of the only cache that is not allocated. */
static union {
	struct kmem_cache cache;
	char room[sizeof(struct kmem_cache) + MAX_NUMNODES * sizeof(struct kmem_cache_node)];
} first;
#define cache_cache (&first.cache)

/* Off-slab descriptors, by the words of bits that they have room for. */
static const unsigned int descriptor_words[] = {64 / BITS_PER_LONG, 256 / BITS_PER_LONG,
                                                SLAB_MAX_OBJECTS / BITS_PER_LONG};
static struct kmem_cache *descriptor_caches[ARRAY_SIZE(descriptor_words)];

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

/* Slots of kmalloc's classes are given by name; the last slot is that of none. */
static void take_slot(struct kmem_cache *cache, int class)
{
	unsigned int first_free, i;

	cache->slot = &slab_slots[SLAB_SLOTS - 1];
	cache->arrays = &slab_arrays[0];
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	first_free = class < 0 ? take_bits(slots_used, SLAB_SLOTS - 1, 1) : (unsigned int)class;
	i = take_bits(arrays_used, SLAB_ARRAYS, nr_node_ids);
	if ((class < 0 && !first_free) || !i) {
		cache->flags |= SLAB_NO_ARRAYS;
		return;
	}
	cache->slot = &slab_slots[first_free];
	cache->arrays = &slab_arrays[i];
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int nid = 0; nid < nr_node_ids; nid++)
			array_install(cache, cpu, (int)nid, NULL, 0, 0);
}

static void give_slot(struct kmem_cache *cache)
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

static void set_free_limit(struct kmem_cache *cache)
{
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		cache->node[nid].free_limit =
			(1 + nr_cpus_on_node((int)nid)) * cache->limit + cache->num;
}

/* Give a CPU an array for a node's objects. */
static int new_array(struct kmem_cache *cache, unsigned int cpu, int nid)
{
	bool home = per_cpu(numa_mem, cpu) == nid;
	unsigned int limit = home ? cache->limit : min(cache->limit, (unsigned int)ALIEN_LIMIT);
	void **entry = NULL;

	if (limit) {
		entry = kmalloc_array(limit + 1, sizeof(*entry), GFP_KERNEL);
		if (!entry)
			return -ENOMEM;
		entry[0] = NULL;
	}
	kfree(array_install(cache, cpu, nid, entry, limit, min(cache->batchcount, limit)));
	return 0;
}

static int new_shared(struct kmem_cache *cache, int nid)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned int limit = cache->shared * cache->batchcount;
	struct shared_array *shared = NULL, *old;
	unsigned long flags;

	if (limit) {
		shared = kmalloc(sizeof(*shared) + limit * sizeof(void *), GFP_KERNEL);
		if (!shared)
			return -ENOMEM;
		*shared = (struct shared_array){.limit = limit};
	}
	node_drain_shared(cache, nid);
	flags = raw_spin_lock_irqsave(&node->list_lock);
	old = node->shared;
	node->shared = shared;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	kfree(old);
	return 0;
}

/* Make arrays of the cache's limits. */
static int make_arrays(struct kmem_cache *cache)
{
	if (cache->flags & SLAB_NO_ARRAYS)
		return 0;
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
			if (new_array(cache, cpu, (int)nid))
				return -ENOMEM;
		if (new_shared(cache, (int)nid))
			return -ENOMEM;
	}
	set_free_limit(cache);
	return 0;
}

static void drop_arrays(struct kmem_cache *cache)
{
	cache->limit = cache->batchcount = cache->shared = 0;
	make_arrays(cache); /* nothing to allocate */
}

/* An array parks this much memory, as far as these numbers of objects allow; 252 entries and the
 * NULL one fit kmalloc-1k. (Linux's steps of 120, 54, 24, 8 objects park up to 96 KiB.) */
enum { ARRAY_BYTES = 16384, LEAST_LIMIT = 2, MOST_LIMIT = 252, MAX_TUNED_LIMIT = 16384 };

/* Between CPUs of a node a shared array pays; on one CPU it is one more place to look. */
static void default_limits(struct kmem_cache *cache)
{
	cache->limit = clamp(ARRAY_BYTES / cache->size, (unsigned int)LEAST_LIMIT,
	                     (unsigned int)MOST_LIMIT);
	cache->batchcount = (cache->limit + 1) / 2;
	cache->shared = nr_cpu_ids > 1 && cache->size <= PAGE_SIZE ? 8 : 0;
	if (cache->flags & SLAB_DEBUG_FLAGS)
		cache->limit = cache->shared = 0;
}

/* --- create ---------------------------------------------------------------------------------- */

static const char *refusal(const char *name, size_t size, size_t align, slab_flags_t flags)
{
	struct kmem_cache *other;

	if (!name || !*name)
		return "no_name";
	if (in_interrupt())
		return "in_interrupt";
	if (!size)
		return "size_zero";
	if (size > KMALLOC_MAX_SIZE)
		return "too_large";
	if (align && (!is_power_of_2(align) || align > PAGE_SIZE))
		return "bad_align";
	if (flags & ~(slab_flags_t)SLAB_CREATE_FLAGS)
		return "bad_flags";
	list_for_each_entry (other, &slab_caches, list)
		if (!strcmp(other->name, name))
			return "name_taken";
	return NULL;
}

static struct kmem_cache *descriptor_cache_for(const struct kmem_cache *cache)
{
	unsigned int k = 0;

	while (descriptor_words[k] < slab_words(cache))
		k++;
	return descriptor_caches[k];
}

/* Fill in a zeroed cache. Returns: 0 or -E2BIG. */
static int set_up(struct kmem_cache *cache, const char *name, size_t size, size_t align,
                  slab_flags_t flags, void (*ctor)(void *))
{
	cache->name = name;
	cache->object_size = (unsigned int)size;
	cache->align = (unsigned int)align;
	cache->flags = slab_debug_flags_for(name, flags, ctor != NULL);
	cache->ctor = ctor;
	raw_spin_lock_init(&cache->debug_lock);
	cache->page_gfp = flags & SLAB_CACHE_DMA ? __GFP_DMA : 0;
	if (flags & SLAB_RECLAIM_ACCOUNT)
		cache->page_gfp |= __GFP_RECLAIMABLE;
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		node_init(&cache->node[nid]);
	if (slab_layout(cache))
		return -E2BIG;
	if (!ctor && !(cache->flags & SLAB_DEBUG_FLAGS))
		cache->flags |= SLAB_PLAIN;
	if (cache->flags & SLAB_OFF_SLAB)
		cache->descriptor_cache = descriptor_cache_for(cache);
	return 0;
}

/* Run the constructor on two objects that are not the cache's, to see what it makes of them. */
static int learn_ctor(struct kmem_cache *cache)
{
	unsigned int words = cache->object_size / (unsigned int)sizeof(long);
	struct ctor_image *image;
	char *scratch;

	if (!cache->ctor)
		return 0;
	scratch = kmalloc(2 * (size_t)cache->size, GFP_KERNEL);
	image = kzalloc(sizeof(*image) + words * sizeof(image->word[0]), GFP_KERNEL);
	if (scratch && image) {
		memset(scratch, 0x00, cache->size);
		memset(scratch + cache->size, 0xff, cache->size);
		cache->ctor(scratch);
		cache->ctor(scratch + cache->size);
		image->nr_words = words;
		ctor_image_learn(image, scratch, scratch + cache->size);
		cache->ctor_image = image;
		image = NULL;
	}
	kfree(scratch);
	kfree(image);
	return cache->ctor_image ? 0 : -ENOMEM;
}

static void list_cache(struct kmem_cache *cache, int class)
{
	take_slot(cache, class);
	set_free_limit(cache);
	list_add_tail(&cache->list, &slab_caches);
}

static struct kmem_cache *create(const char *name, size_t size, size_t align, slab_flags_t flags,
                                 void (*ctor)(void *), unsigned long caller)
{
	const char *why = refusal(name, size, align, flags);
	struct kmem_cache *cache;

	if (why) {
		report(REPORT_bad_cache, size, caller, "refused",
		       "cache=%s size=%zu align=%zu flags=0x%x reason=%s",
		       name ? report_word(name) : "?", size, align, flags, why);
		return NULL;
	}
	cache = kmem_cache_zalloc(cache_cache, GFP_KERNEL);
	if (!cache)
		return NULL;
	if (set_up(cache, name, size, align, flags, ctor)) {
		kmem_cache_free(cache_cache, cache);
		return NULL;
	}
	list_cache(cache, -1);
	default_limits(cache);
	if (!make_arrays(cache) && !learn_ctor(cache))
		return cache;
	kmem_cache_destroy(cache);
	return NULL;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
                                     slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = create(name, size, align, flags, ctor, _RET_IP_);

	if (!cache && flags & SLAB_PANIC)
		panic("kmem_cache_create(\"%s\", %zu) failed", name, size);
	return cache;
}

/* --- shrink and destroy ---------------------------------------------------------------------- */

static unsigned long shrink(struct kmem_cache *cache)
{
	unsigned long freed = 0;

	quarantine_drain(cache);
	arrays_drain(cache);
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		freed += node_shrink(cache, (int)nid, ~0ul);
	return freed;
}

static unsigned long count_slabs(const struct kmem_cache *cache)
{
	unsigned long n = 0;

	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		n += cache->node[nid].nr_slabs;
	return n;
}

/* Tell about a call with what is no cache. Returns: whether it is none. */
static bool refuse_cache(const struct kmem_cache *cache, const char *call, unsigned long caller)
{
	const char *why = cache_trouble(cache);

	if (why)
		report_bad_cache(cache, call, why, caller);
	return why;
}

/* The allocator's own caches are needed for ever. */
static bool refuse_destroy(const struct kmem_cache *cache, unsigned long caller)
{
	if (refuse_cache(cache, "destroy", caller))
		return true;
	if (!(cache->flags & (SLAB_KMALLOC | SLAB_ON_SLAB)))
		return false;
	report_bad_cache(cache, "destroy", cache->flags & SLAB_KMALLOC ? "kmalloc" : "descriptors",
	                 caller);
	return true;
}

int kmem_cache_shrink(struct kmem_cache *cache)
{
	if (refuse_cache(cache, "shrink", _RET_IP_))
		return -EINVAL;
	shrink(cache);
	return count_slabs(cache) != 0;
}

/* What a stale pointer to the cache will find: no array, no slab, and a flag that says why. */
static void bury(struct kmem_cache *cache)
{
	cache->slot = &slab_slots[SLAB_SLOTS - 1];
	cache->arrays = &slab_arrays[0];
	cache->flags = SLAB_DEAD | SLAB_NO_ARRAYS;
}

int kmem_cache_destroy(struct kmem_cache *cache)
{
	if (!cache)
		return 0;
	if (refuse_destroy(cache, _RET_IP_))
		return -EINVAL;
	shrink(cache);
	if (slab_report_leaks(cache, _RET_IP_))
		return -EBUSY;
	if (slab_release_damaged(cache))
		shrink(cache);
	if (count_slabs(cache)) { /* more were damaged than it remembers */
		report(REPORT_cache_busy, (unsigned long)cache, _RET_IP_, "refused",
		       "cache=%s objects=%u size=%u what=damaged", report_word(cache->name),
		       cache->nr_damaged, cache->object_size);
		return -EBUSY;
	}
	drop_arrays(cache);
	give_slot(cache);
	__list_del_entry(&cache->list);
	kfree(cache->ctor_image);
	bury(cache);
	kmem_cache_free(cache_cache, cache);
	return 0;
}

unsigned long kmem_cache_shrink_all(void)
{
	struct kmem_cache *cache;
	unsigned long pages = 0;

	arrays_drain_all();
	list_for_each_entry (cache, &slab_caches, list)
		if (!(cache->flags & SLAB_ON_SLAB) || cache == cache_cache)
			pages += shrink(cache) << cache->order;
	/* the others' descriptors lie in these */
	for (unsigned int k = 0; k < ARRAY_SIZE(descriptor_caches); k++)
		pages += shrink(descriptor_caches[k]) << descriptor_caches[k]->order;
	return pages;
}

unsigned int kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->object_size;
}

/* --- reap ------------------------------------------------------------------------------------ */

static unsigned long reap_node(struct kmem_cache *cache, int nid)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long n = node->nr_free_slabs;

	if (!node->touched)
		node_drain_shared(cache, nid);
	else
		n = DIV_ROUND_UP(n, 5); /* a busy cache keeps most */
	node->touched = 0;
	return node_shrink(cache, nid, n) << cache->order;
}

unsigned long kmem_cache_reap(void)
{
	struct kmem_cache *cache;
	unsigned long pages = 0;

	list_for_each_entry (cache, &slab_caches, list) {
		quarantine_drain(cache);
		arrays_reap(cache);
		for (unsigned int nid = 0; nid < nr_node_ids; nid++)
			pages += reap_node(cache, (int)nid);
	}
	return pages;
}

/* --- tune ------------------------------------------------------------------------------------ */

int kmem_cache_tune(struct kmem_cache *cache, unsigned int limit, unsigned int batchcount,
                    unsigned int shared)
{
	unsigned int old_limit, old_batch, old_shared;

	if (refuse_cache(cache, "tune", _RET_IP_))
		return -EINVAL;
	old_limit = cache->limit;
	old_batch = cache->batchcount;
	old_shared = cache->shared;
	if (cache->flags & (SLAB_NO_ARRAYS | SLAB_DEBUG_FLAGS) || limit > MAX_TUNED_LIMIT ||
	    batchcount > limit || (limit && !batchcount) ||
	    (u64)shared * batchcount > MAX_TUNED_LIMIT)
		return -EINVAL;
	cache->limit = limit;
	cache->batchcount = batchcount;
	cache->shared = shared;
	if (!make_arrays(cache))
		return 0;
	cache->limit = old_limit;
	cache->batchcount = old_batch;
	cache->shared = old_shared;
	make_arrays(cache); /* what it cannot replace stays as it is */
	return -ENOMEM;
}

/* While a slab failure is to be injected, every request takes the long way. */
static void slab_failure_armed(bool armed)
{
	struct kmem_cache *cache;

	list_for_each_entry (cache, &slab_caches, list)
		arrays_switch(cache, !armed);
}

/* --- boot ------------------------------------------------------------------------------------ */

/* Low memory up to the first block of mem_map that does not exist. */
static unsigned long __init find_reach(void)
{
	unsigned long pfn = 0;

	while (pfn < max_low_pfn && pfn_valid(pfn))
		pfn += MAX_ORDER_NR_PAGES;
	return min(pfn, max_low_pfn) << PAGE_SHIFT;
}

static struct kmem_cache *__init boot_cache(const char *name, size_t size, size_t align,
                                            slab_flags_t flags, int class)
{
	struct kmem_cache *cache = kmem_cache_zalloc(cache_cache, GFP_KERNEL);

	if (!cache || set_up(cache, name, size, align, flags, NULL))
		panic("no memory for the cache %s", name);
	list_cache(cache, class);
	return cache;
}

static void __init create_kmalloc_caches(void)
{
	static const char *const names[NR_KMALLOC_TYPES][NR_KMALLOC_CLASSES] = {
		{"kmalloc-8", "kmalloc-16", "kmalloc-32", "kmalloc-64", "kmalloc-96", "kmalloc-128",
	         "kmalloc-192", "kmalloc-256", "kmalloc-512", "kmalloc-1k", "kmalloc-2k",
	         "kmalloc-4k", "kmalloc-8k"},
		{"dma-kmalloc-8", "dma-kmalloc-16", "dma-kmalloc-32", "dma-kmalloc-64",
	         "dma-kmalloc-96", "dma-kmalloc-128", "dma-kmalloc-192", "dma-kmalloc-256",
	         "dma-kmalloc-512", "dma-kmalloc-1k", "dma-kmalloc-2k", "dma-kmalloc-4k",
	         "dma-kmalloc-8k"},
	};
	static const slab_flags_t flags[NR_KMALLOC_TYPES] = {
		SLAB_KMALLOC, SLAB_KMALLOC | SLAB_CACHE_DMA | SLAB_NO_ARRAYS};

	for (int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (int k = 0; k < NR_KMALLOC_CLASSES; k++) {
			size_t size = kmalloc_sizes[k];

			kmalloc_caches[type][k] =
				boot_cache(names[type][k], size,
			                   is_power_of_2(size) ? min(size, (size_t)PAGE_SIZE) : 32,
			                   flags[type], k);
		}
	}
}

static void __init create_descriptor_caches(void)
{
	static const char *const names[] = {"slab-64", "slab-256", "slab-1024"};

	for (unsigned int k = 0; k < ARRAY_SIZE(names); k++)
		descriptor_caches[k] = boot_cache(
			names[k], sizeof(struct slab) + descriptor_words[k] * sizeof(long),
			SLAB_LIST_ALIGN, SLAB_NO_ARRAYS | SLAB_NO_DEBUG | SLAB_ON_SLAB, -1);
}

void __init kmem_cache_init(void)
{
	struct kmem_cache *cache;

	slab_reach = find_reach();
	for (unsigned int k = 0; k < NR_KMALLOC_CLASSES; k++)
		__set_bit(k, slots_used);
	set_up(cache_cache, "kmem_cache",
	       offsetof(struct kmem_cache, node) + nr_node_ids * sizeof(struct kmem_cache_node),
	       SLAB_LIST_ALIGN, SLAB_ON_SLAB | SLAB_NO_DEBUG | SLAB_NO_ARRAYS, NULL);
	list_cache(cache_cache, -1);
	create_descriptor_caches();
	create_kmalloc_caches();
	kmalloc_fill_table();
	list_for_each_entry (cache, &slab_caches, list) {
		default_limits(cache);
		if (make_arrays(cache))
			panic("no memory for the arrays of the cache %s", cache->name);
	}
	fail_set_hook(FAIL_slab, slab_failure_armed);
}
