/* SPDX-License-Identifier: MIT */
/* slab_cache.c - caches as a whole: made, shrunk, given up; and the first ones.
 *
 * Owns: who is on slab_caches. Boot: cache_cache, the
 * cache of caches, is the only one not allocated; its slabs need nothing but pages. The caches of
 * descriptors and kmalloc's come from it. They work without arrays until kmalloc() does, which then
 * gives arrays to all. Nothing is left behind.
 * Source: Gorman ch. 8.1, 8.7. Locks: slab_mutex (M), slab_list_lock around each change of the
 * list. Nothing is allocated under slab_mutex, because reclaim takes it: what a change needs is
 * there before. No constructor runs under it, because one that faults would leave it locked. */
#include "asm/page_ops.h"
#include "bug.h"
#include "errno.h"
#include "lib/bitops.h"
#include "fail.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"
#include "mm/slab_init.h"
#include "mm/trace_sites.h"
#include "mutex.h"
#include "preempt.h"
#include "printk.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"
#include "unwind.h"

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

/* --- create ---------------------------------------------------------------------------------- */

static const char *refusal(const char *name, size_t size, size_t align, slab_flags_t flags)
{
	unsigned long site;

	if (!name || !*name)
		return "no_name";
	if (in_interrupt())
		return "in_interrupt";
	if (atomic_context(&site))
		return "in_atomic";
	if (!size)
		return "size_zero";
	if (size > KMALLOC_MAX_SIZE)
		return "too_large";
	if (align && (!is_power_of_2(align) || align > PAGE_SIZE))
		return "bad_align";
	if (flags & ~(slab_flags_t)SLAB_CREATE_FLAGS)
		return "bad_flags";
	return NULL;
}

static bool name_is_taken(const char *name)
{
	struct kmem_cache *other;

	list_for_each_entry (other, &slab_caches, list)
		if (!strcmp(other->name, name))
			return true;
	return false;
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

/* class: of kmalloc's; -1: another cache. Context: slab_mutex, or boot. */
static void list_cache(struct kmem_cache *cache, int class)
{
	unsigned long flags;

	slab_take_slot(cache, class);
	slab_set_free_limit(cache);
	flags = raw_spin_lock_irqsave(&slab_list_lock);
	list_add_tail(&cache->list, &slab_caches);
	raw_spin_unlock_irqrestore(&slab_list_lock, flags);
}

static void unlist_cache(struct kmem_cache *cache)
{
	unsigned long flags = raw_spin_lock_irqsave(&slab_list_lock);

	__list_del_entry(&cache->list);
	raw_spin_unlock_irqrestore(&slab_list_lock, flags);
	slab_give_slot(cache);
}

/* A cache that is complete but for its arrays joins the others. Returns: false: another one has the
 * name. */
static bool publish(struct kmem_cache *cache, const struct array_limits *l, struct array_kit *kit)
{
	bool taken;

	slab_lock();
	taken = name_is_taken(cache->name);
	if (!taken) {
		list_cache(cache, -1);
		array_kit_install(cache, l, kit);
	}
	slab_unlock();
	return !taken;
}

static void refuse_create(const char *name, size_t size, size_t align, slab_flags_t flags,
                          const char *why, unsigned long caller)
{
	report(REPORT_bad_cache, size, caller, "refused",
	       "cache=%s size=%zu align=%zu flags=0x%x reason=%s", name ? report_word(name) : "?",
	       size, align, flags, why);
}

/* Constructor learnt, arrays made, listed. *why: set when the cache cannot be. */
static bool complete_cache(struct kmem_cache *cache, const char **why)
{
	struct array_limits l = slab_default_limits(cache);
	struct array_kit kit;
	bool listed = false;

	if (array_kit_alloc(&kit, &l))
		return false;
	if (!learn_ctor(cache)) {
		listed = publish(cache, &l, &kit);
		if (!listed)
			*why = "name_taken";
	}
	array_kit_free(&kit); /* all of it when there was no slot */
	return listed;
}

static struct kmem_cache *create(const char *name, size_t size, size_t align, slab_flags_t flags,
                                 void (*ctor)(void *), unsigned long caller)
{
	const char *why = refusal(name, size, align, flags);
	struct kmem_cache *cache = NULL;

	if (!why) {
		cache = kmem_cache_zalloc(cache_cache, GFP_KERNEL);
		if (!cache)
			return NULL;
		if (!set_up(cache, name, size, align, flags, ctor) && complete_cache(cache, &why))
			return cache;
		kfree(cache->ctor_image);
		kmem_cache_free(cache_cache, cache);
	}
	if (why)
		refuse_create(name, size, align, flags, why, caller);
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

/* The allocator's own caches are needed for ever. */
static bool refuse_destroy(const struct kmem_cache *cache, unsigned long caller)
{
	if (slab_refuse_cache(cache, "destroy", caller))
		return true;
	if (!(cache->flags & (SLAB_KMALLOC | SLAB_ON_SLAB)))
		return false;
	report_bad_cache(cache, "destroy", cache->flags & SLAB_KMALLOC ? "kmalloc" : "descriptors",
	                 caller);
	return true;
}

int kmem_cache_shrink(struct kmem_cache *cache)
{
	int ret = -EINVAL;

	if (slab_refuse_atomic(cache, "shrink", _RET_IP_))
		return ret;
	slab_lock();
	if (!slab_refuse_cache(cache, "shrink", _RET_IP_)) {
		shrink(cache);
		ret = count_slabs(cache) != 0;
	}
	slab_unlock();
	return ret;
}

/* What a stale pointer to the cache will find: no array, no slab, and a flag that says why. */
static void bury(struct kmem_cache *cache)
{
	cache->slot = &slab_slots[SLAB_SLOTS - 1];
	cache->arrays = &slab_arrays[0];
	cache->flags = SLAB_DEAD | SLAB_NO_ARRAYS;
}

/* slab_mutex held. Returns: as kmem_cache_destroy(). */
static int withdraw(struct kmem_cache *cache, unsigned long caller)
{
	if (refuse_destroy(cache, caller))
		return -EINVAL;
	shrink(cache);
	if (slab_report_leaks(cache, caller))
		return -EBUSY;
	if (slab_release_damaged(cache))
		shrink(cache);
	if (count_slabs(cache)) { /* more were damaged than it remembers */
		report(REPORT_cache_busy, (unsigned long)cache, caller, "refused",
		       "cache=%s objects=%u size=%u what=damaged", report_word(cache->name),
		       cache->nr_damaged, cache->object_size);
		return -EBUSY;
	}
	array_kit_install(cache, &(struct array_limits){0}, &(struct array_kit){0});
	unlist_cache(cache);
	kfree(cache->ctor_image);
	bury(cache);
	kmem_cache_free(cache_cache, cache);
	return 0;
}

int kmem_cache_destroy(struct kmem_cache *cache)
{
	int ret;

	if (!cache)
		return 0;
	if (slab_refuse_atomic(cache, "destroy", _RET_IP_))
		return -EINVAL;
	slab_lock();
	ret = withdraw(cache, _RET_IP_);
	slab_unlock();
	return ret;
}

unsigned long kmem_cache_shrink_all(void)
{
	struct kmem_cache *cache;
	unsigned long pages = 0;

	slab_lock();
	arrays_drain_all();
	list_for_each_entry (cache, &slab_caches, list)
		if (!(cache->flags & SLAB_ON_SLAB) || cache == cache_cache)
			pages += shrink(cache) << cache->order;
	/* the others' descriptors lie in these */
	for (unsigned int k = 0; k < ARRAY_SIZE(descriptor_caches); k++)
		pages += shrink(descriptor_caches[k]) << descriptor_caches[k]->order;
	slab_unlock();
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

static unsigned long reap_all(void)
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

/* Many may be short of memory at once: whoever waited while another one went through all caches
 * has his result. */
unsigned long kmem_cache_reap(void)
{
	static unsigned long begun, freed; /* (M); begun is read without */
	unsigned long seen = READ_ONCE(begun), pages;

	slab_lock();
	if (begun == seen) {
		WRITE_ONCE(begun, seen + 1);
		freed = reap_all();
	}
	pages = freed;
	slab_unlock();
	return pages;
}

/* --- boot ------------------------------------------------------------------------------------ */

/* While a slab failure is to be injected, every request takes the long way. */
static void slab_failure_armed(bool armed)
{
	struct kmem_cache *cache;

	slab_lock();
	list_for_each_entry (cache, &slab_caches, list)
		arrays_switch(cache, !armed);
	slab_unlock();
}

void slab_divert(bool on)
{
	struct kmem_cache *cache;

	slab_lock();
	if (slab_diverted != on) {
		slab_diverted = on;
		list_for_each_entry (cache, &slab_caches, list)
			arrays_divert(cache);
	}
	slab_unlock();
}

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

static void __init boot_arrays(struct kmem_cache *cache)
{
	struct array_limits l = slab_default_limits(cache);
	struct array_kit kit = {0};

	if (!(cache->flags & SLAB_NO_ARRAYS) && array_kit_alloc(&kit, &l))
		panic("no memory for the arrays of the cache %s", cache->name);
	array_kit_install(cache, &l, &kit);
}

void __init kmem_cache_init(void)
{
	struct kmem_cache *cache;

	slab_reach = find_reach();
	slab_first_cache = cache_cache;
	set_up(cache_cache, "kmem_cache",
	       offsetof(struct kmem_cache, node) + nr_node_ids * sizeof(struct kmem_cache_node),
	       SLAB_LIST_ALIGN, SLAB_ON_SLAB | SLAB_NO_DEBUG | SLAB_NO_ARRAYS, NULL);
	list_cache(cache_cache, -1);
	create_descriptor_caches();
	create_kmalloc_caches();
	kmalloc_fill_table();
	list_for_each_entry (cache, &slab_caches, list)
		boot_arrays(cache);
	fail_set_hook(FAIL_slab, slab_failure_armed);
}
