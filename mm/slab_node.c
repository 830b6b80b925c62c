/* SPDX-License-Identifier: MIT */
/* slab_node.c - the slabs of a cache on one node: which have free objects, who gets them.
 *
 * Owns: a node's three lists, its counters and its shared array. A slab is on slabs_free when no
 * object is taken, on slabs_full when all are, else on slabs_partial; objects are taken from
 * partial slabs first, so that free ones can go.
 * Source: Bonwick 1994, 3.3; Gorman ch. 8.2. Differs: free objects are bits, not linked.
 * Locks: list_lock of the node; pages and descriptors are allocated and freed outside of it. */
#include "asm/bitops.h"
#include "bug.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "report.h"
#include "slab_internal.h"

void node_init(struct kmem_cache_node *node)
{
	*node = (struct kmem_cache_node){0};
	raw_spin_lock_init(&node->list_lock);
	INIT_LIST_HEAD(&node->slabs_partial);
	INIT_LIST_HEAD(&node->slabs_full);
	INIT_LIST_HEAD(&node->slabs_free);
}

/* --- one slab ------------------------------------------------------------------------------ */

/* Take up to n free objects of a slab. */
static unsigned int slab_take(struct slab *slab, void **objects, unsigned int n)
{
	const struct kmem_cache *cache = slab->cache;
	unsigned int words = slab_words(cache), word = slab->hint, size = cache->size;
	void **pos = objects, **end = objects + n;

	for (; word < words; word++) {
		char *base = slab_object(slab, word * (unsigned int)BITS_PER_LONG);
		unsigned long bits = slab->free[word];

		for (; bits && pos < end; bits &= bits - 1)
			*pos++ = base + (size_t)__ffs(bits) * size;
		slab->free[word] = bits;
		if (bits)
			break;
	}
	slab->hint = (u16)word;
	slab->inuse = (u16)(slab->inuse + (unsigned int)(pos - objects));
	return (unsigned int)(pos - objects);
}

/* Put a slab on the list that its fill calls for. */
static void slab_relist(struct kmem_cache_node *node, struct slab *slab)
{
	if (slab->inuse == slab->cache->num)
		list_add(&slab->list, &node->slabs_full);
	else if (slab->inuse)
		list_add(&slab->list, &node->slabs_partial);
	else
		list_add(&slab->list, &node->slabs_free);
	node->nr_free_slabs += !slab->inuse;
}

static struct slab *first_with_room(struct kmem_cache_node *node)
{
	if (!list_empty(&node->slabs_partial))
		return list_first_entry(&node->slabs_partial, struct slab, list);
	if (!list_empty(&node->slabs_free))
		return list_first_entry(&node->slabs_free, struct slab, list);
	return NULL;
}

/* --- take ----------------------------------------------------------------------------------- */

static void report_isolated(const struct kmem_cache *cache, const struct slab *slab)
{
	report(REPORT_slab_corrupt, (unsigned long)slab, _RET_IP_, "isolated",
	       "cache=%s slab=0x%08lx what=descriptor", report_word(cache->name),
	       (unsigned long)slab);
}

static unsigned int take_from_slab(struct kmem_cache_node *node, struct slab *slab, void **objects,
                                   unsigned int n)
{
	unsigned int got;

	node->nr_free_slabs -= !slab->inuse;
	__list_del_entry(&slab->list);
	got = slab_take(slab, objects, n);
	slab_relist(node, slab);
	node->free_objects -= got;
	return got;
}

unsigned int node_take(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	struct slab *slab, *isolated = NULL;
	unsigned int got = 0;

	node->touched = 1;
	while (got < n && (slab = first_with_room(node))) {
		if (unlikely(!slab_is_sound(cache, slab))) {
			slab_isolate(cache, node, slab, slab_find_page(cache, slab));
			isolated = slab;
			continue;
		}
		got += take_from_slab(node, slab, objects + got, n - got);
	}
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	if (unlikely(isolated))
		report_isolated(cache, isolated);
	return got;
}

unsigned int node_take_shared(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	struct shared_array *shared;
	unsigned long flags;

	if (!READ_ONCE(node->shared))
		return 0;
	flags = raw_spin_lock_irqsave(&node->list_lock);
	shared = node->shared;
	n = shared ? min(n, shared->avail) : 0;
	if (n) {
		shared->avail -= n;
		memcpy(objects, shared->entry + shared->avail, n * sizeof(*objects));
		node->touched = 1;
	}
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	return n;
}

/* --- give ----------------------------------------------------------------------------------- */

/* A run of objects of one slab, back into it. *twice: counts those that were in it already.
 * Returns: how long the run was. */
static unsigned int slab_give(struct slab *slab, void **objects, unsigned int n,
                              unsigned int *twice)
{
	const struct kmem_cache *cache = slab->cache;
	unsigned long bytes = (unsigned long)cache->num * cache->size;
	u32 reciprocal = cache->reciprocal;
	unsigned int i, lowest = ~0u, wrong = 0;
	char *base = slab->objects;

	for (i = 0; i < n; i++) {
		unsigned long offset = (unsigned long)((char *)objects[i] - base);
		unsigned int k = (unsigned int)((u64)offset * reciprocal >> 32);

		if (offset >= bytes)
			break;
		lowest = min(lowest, k);
		if (unlikely(__test_and_set_bit(k, slab->free)))
			wrong++;
	}
	slab->hint = (u16)min(lowest / (unsigned int)BITS_PER_LONG, (unsigned int)slab->hint);
	slab->inuse = (u16)(slab->inuse - i + wrong);
	*twice += wrong;
	return i;
}

/* What a batch of frees leaves to be done after the lock. */
struct aftermath {
	struct list_head surplus; /* slabs to be given back */
	struct slab *isolated;    /* the last one whose descriptor was overwritten */
	unsigned int twice; /* objects that were in their slab already: an array was damaged */
};

/* Objects back into their slabs, and the slabs onto the right lists. */
static void give_all(struct kmem_cache *cache, struct kmem_cache_node *node, void **objects,
                     unsigned int n, struct aftermath *after)
{
	for (unsigned int done = 0, run; done < n; done += run) {
		struct page *page = virt_to_page(objects[done]);
		struct slab *slab = page->slab;
		unsigned int twice = 0;

		run = 1;
		if (unlikely(!PageSlab(page)))
			continue; /* its slab was isolated */
		if (unlikely(!slab_is_sound(cache, slab))) {
			slab_isolate(cache, node, slab, page);
			after->isolated = slab;
			continue;
		}
		__list_del_entry(&slab->list);
		run = slab_give(slab, objects + done, n - done, &twice);
		slab_relist(node, slab);
		node->free_objects += run - twice;
		after->twice += twice;
	}
}

/* Unlink free slabs that are too many onto list. */
static void unlink_surplus(struct kmem_cache *cache, struct kmem_cache_node *node,
                           struct list_head *list)
{
	while (node->free_objects > node->free_limit && !list_empty(&node->slabs_free)) {
		struct slab *slab = list_last_entry(&node->slabs_free, struct slab, list);

		__list_del_entry(&slab->list);
		list_add(&slab->list, list);
		node->free_objects -= cache->num;
		node->nr_free_slabs--;
		node->nr_slabs--;
	}
}

/* A descriptor that slab_demolish() left. */
static void free_descriptor(struct kmem_cache *cache, void *descriptor)
{
	struct kmem_cache *from = cache->descriptor_cache;
	struct page *page = virt_to_page(descriptor);

	*object_cookie(from, descriptor) = array_cookie(page->slab_array);
	node_give(from, page_to_nid(page), &descriptor, 1);
}

static unsigned long demolish_list(struct kmem_cache *cache, struct list_head *list)
{
	struct slab *slab, *next;
	unsigned long n = 0;

	list_for_each_entry_safe (slab, next, list, list) {
		void *descriptor = slab_demolish(cache, slab);

		if (descriptor)
			free_descriptor(cache, descriptor);
		n++;
	}
	return n;
}

/* Under the lock: all of them back, and surplus slabs out of the lists. */
static void give_locked(struct kmem_cache *cache, struct kmem_cache_node *node, void **objects,
                        unsigned int n, struct aftermath *after)
{
	*after = (struct aftermath){.surplus = LIST_HEAD_INIT(after->surplus)};
	give_all(cache, node, objects, n, after);
	unlink_surplus(cache, node, &after->surplus);
}

/* After the lock: tell, and let the surplus go. */
static void after_give(struct kmem_cache *cache, struct aftermath *after)
{
	if (unlikely(after->isolated))
		report_isolated(cache, after->isolated);
	if (unlikely(after->twice))
		report(REPORT_slab_corrupt, (unsigned long)cache, _RET_IP_, "refused",
		       "cache=%s what=free_object_in_array count=%u", report_word(cache->name),
		       after->twice);
	if (unlikely(!list_empty(&after->surplus)))
		demolish_list(cache, &after->surplus);
}

void node_give(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	struct aftermath after;

	give_locked(cache, node, objects, n, &after);
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	after_give(cache, &after);
}

void node_give_shared(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	struct shared_array *shared = node->shared;
	unsigned int room = shared ? min(n, shared->limit - shared->avail) : 0;
	struct aftermath after;

	if (room) {
		memcpy(shared->entry + shared->avail, objects, room * sizeof(*objects));
		shared->avail += room;
	}
	give_locked(cache, node, objects + room, n - room, &after);
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	after_give(cache, &after);
}

/* --- grow and shrink -------------------------------------------------------------------------- */

static void add_slab(struct kmem_cache *cache, struct slab *slab)
{
	struct kmem_cache_node *node = &cache->node[slab->nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);

	slab_relist(node, slab);
	node->nr_slabs++;
	node->free_objects += cache->num;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
}

/* A descriptor from its cache, which may have to grow itself; its own descriptors are on-slab, so
 * that is as deep as it goes. */
static struct slab *alloc_descriptor(struct kmem_cache *cache, gfp_t gfp, int nid,
                                     unsigned long caller)
{
	struct kmem_cache *from = cache->descriptor_cache;
	void *descriptor;
	int wanted = nid == NUMA_NO_NODE ? numa_node_id() : nid;

	while (!node_take(from, wanted, &descriptor, 1)) {
		wanted = cache_grow(from, gfp, nid, caller);
		if (wanted == NUMA_NO_NODE)
			return NULL;
	}
	return descriptor;
}

static unsigned int next_colour(struct kmem_cache *cache, int nid)
{
	struct kmem_cache_node *node = &cache->node[nid == NUMA_NO_NODE ? numa_node_id() : nid];

	return __atomic_fetch_add(&node->colour_next, 1, __ATOMIC_RELAXED);
}

int cache_grow(struct kmem_cache *cache, gfp_t gfp, int nid, unsigned long caller)
{
	struct slab *slab, *descriptor = NULL;

	if (cache->flags & SLAB_OFF_SLAB) {
		descriptor = alloc_descriptor(cache, gfp & ~(__GFP_DMA | __GFP_RECLAIMABLE), nid,
		                              caller);
		if (!descriptor)
			return NUMA_NO_NODE;
	}
	slab = slab_build(cache, gfp, nid, descriptor, next_colour(cache, nid), caller);
	if (!slab) {
		if (descriptor)
			free_descriptor(cache, descriptor);
		return NUMA_NO_NODE;
	}
	nid = slab->nid;
	add_slab(cache, slab);
	return nid;
}

unsigned long node_shrink(struct kmem_cache *cache, int nid, unsigned long n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock), limit = node->free_limit;
	LIST_HEAD(surplus);

	n = min(n, node->nr_free_slabs);
	node->free_limit = node->free_objects - n * cache->num;
	unlink_surplus(cache, node, &surplus);
	node->free_limit = limit;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	return demolish_list(cache, &surplus);
}
