/* SPDX-License-Identifier: MIT */
/* slab_node.c - the slabs of a cache on one node: which have free objects, who gets them.
 *
 * Owns: a node's three lists, its counters and its shared array. A slab is on slabs_free when no
 * object is taken, on slabs_full when all are, else on slabs_partial; objects are taken from
 * partial slabs first, so that free ones can go.
 * Source: Bonwick 1994, 3.3; Gorman ch. 8.2. Differs: free objects are bits, not linked.
 * Locks: list_lock of the node; pages and descriptors are allocated and freed outside of it. */
#include "asm/bitops.h"
#include "asm/page_ops.h"
#include "asm/list_check.h"
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

static void report_rebuilt(const struct kmem_cache *cache, int nid)
{
	report(REPORT_slab_corrupt, (unsigned long)&cache->node[nid], _RET_IP_, "rebuilt",
	       "cache=%s what=list_head node=%d slabs=%lu", report_word(cache->name), nid,
	       cache->node[nid].nr_slabs);
}

/* Can it be followed? What a list's head names may be anything after a wild write. */
static bool in_low_memory(const void *p)
{
	unsigned long offset = (unsigned long)p - PAGE_OFFSET;

	return likely(offset < slab_reach) ||
	       (offset >> PAGE_SHIFT < max_low_pfn && pfn_valid(offset >> PAGE_SHIFT));
}

/* list_lock, with heads that can be followed: those that cannot are made anew, and it is told. */
static unsigned long node_lock(struct kmem_cache *cache, struct kmem_cache_node *node)
{
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);

	if (likely(node_heads_are_sound(node)))
		return flags;
	node_rebuild(cache, node);
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	report_rebuilt(cache, (int)(node - cache->node));
	return raw_spin_lock_irqsave(&node->list_lock);
}

/* --- one slab ------------------------------------------------------------------------------ */

/* All objects of a word, from the first one, at p. Returns: where to go on in objects. */
static __always_inline void **take_full_word(char *p, unsigned int size, void **pos)
{
	for (void **end = pos + BITS_PER_LONG; pos != end; p += size)
		*pos++ = p;
	return pos;
}

/* Take up to n free objects of a slab. */
static unsigned int slab_take(struct slab *slab, void **objects, unsigned int n)
{
	const struct kmem_cache *cache = slab->cache;
	unsigned int words = slab_words(cache), word = slab->hint, size = cache->size;
	void **pos = objects, **end = objects + n;

	for (; word < words; word++) {
		char *base = slab_object(slab, word * (unsigned int)BITS_PER_LONG);
		unsigned long bits = slab->free[word];

		if (!~bits && end - pos >= (long)BITS_PER_LONG) {
			pos = take_full_word(base, size, pos);
			bits = 0;
		}
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
	node_list_slab(node, slab);
	node->free_objects -= got;
	return got;
}

unsigned int node_take(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	struct slab *slab, *isolated = NULL;
	unsigned int got = 0;
	bool rebuilt = false;

	node->touched = 1;
	while (got < n && (slab = first_with_room(node))) {
		if (unlikely(!in_low_memory(slab))) {
			node_rebuild(cache, node);
			rebuilt = true;
			continue;
		}
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
	if (unlikely(rebuilt))
		report_rebuilt(cache, nid);
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

/* A run of objects of one slab, back into it. *twice: those that were in it already. Returns: how
 * long the run was. */
static __always_inline unsigned int slab_give(const struct kmem_cache *cache, struct slab *slab,
                                              void **objects, unsigned int n, unsigned int *twice)
{
	const char *base = slab->objects;
	unsigned long bytes = (unsigned long)cache->num * cache->size;
	u32 reciprocal = cache->reciprocal;
	unsigned int i, lowest = ~0u, wrong = 0;

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
	*twice = wrong;
	return i;
}

/* What a batch of frees leaves to be done after the lock. */
struct aftermath {
	struct list_head surplus; /* slabs to be given back */
	struct slab *isolated;    /* the last one whose descriptor was overwritten */
	unsigned int twice; /* objects that were in their slab already: an array was damaged */
};

/* A slab with this many objects taken is on slabs_partial. */
static __always_inline bool is_partial(const struct kmem_cache *cache, unsigned int inuse)
{
	return inuse - 1 < cache->num - 1;
}

/* A slab got run objects back, and there is more to it: it changes lists, or something is wrong. */
static noinline void settle(struct kmem_cache *cache, struct kmem_cache_node *node,
                            struct page *page, unsigned int twice, struct aftermath *after)
{
	struct slab *slab = page->slab;

	if (unlikely(!slab_is_sound(cache, slab))) {
		slab_isolate(cache, node, slab, page);
		after->isolated = slab;
		return;
	}
	after->twice += twice;
	__list_del_entry(&slab->list);
	node_list_slab(node, slab);
}

/* Objects back into their slabs, and the slabs onto the right lists. The whole descriptor is looked
 * at before a list is changed, and before an object is taken from it; a slab that is and remains
 * partial needs only name its cache: what is written to it keeps what is wrong with it wrong. */
static void give_all(struct kmem_cache *cache, struct kmem_cache_node *node, void **objects,
                     unsigned int n, struct aftermath *after)
{
	void **end = objects + n;

	for (unsigned int run; objects < end; objects += run) {
		struct page *page = virt_to_page(*objects);
		struct slab *slab = page->slab;
		unsigned int twice, before;

		run = 1;
		if (unlikely(!PageSlab(page)))
			continue; /* its slab was isolated */
		if (unlikely(slab->cache != cache)) {
			settle(cache, node, page, 0, after);
			continue;
		}
		before = slab->inuse;
		run = slab_give(cache, slab, objects, (unsigned int)(end - objects), &twice);
		node->free_objects += run - twice;
		if (unlikely(twice || !run || !is_partial(cache, before) ||
		             !is_partial(cache, slab->inuse)))
			settle(cache, node, page, twice, after);
		run += !run; /* an object that is not in its slab is lost with it */
	}
}

/* Unlink free slabs that are too many onto list. */
static void unlink_surplus(struct kmem_cache *cache, struct kmem_cache_node *node,
                           struct list_head *list)
{
	while (node->free_objects > node->free_limit && !list_empty(&node->slabs_free)) {
		struct slab *slab = list_last_entry(&node->slabs_free, struct slab, list);

		if (unlikely(!word_holds((unsigned long *)&slab->list.next,
		                         (unsigned long)&node->slabs_free)))
			return; /* whoever takes a slab will tell */
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
	unsigned long flags = node_lock(cache, node);

	node_list_slab(node, slab);
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
	int wanted = nid == NUMA_NO_NODE ? numa_mem_id() : nid;

	while (!node_take(from, wanted, &descriptor, 1)) {
		wanted = cache_grow(from, gfp, nid, caller);
		if (wanted == NUMA_NO_NODE)
			return NULL;
	}
	return descriptor;
}

/* Whose turn of colours it is. Only a slab that was made uses one up. */
static unsigned int *colour_counter(struct kmem_cache *cache, int nid)
{
	return &cache->node[nid == NUMA_NO_NODE ? numa_mem_id() : nid].colour_next;
}

int cache_grow(struct kmem_cache *cache, gfp_t gfp, int nid, unsigned long caller)
{
	unsigned int *colours = colour_counter(cache, nid);
	struct slab *slab, *descriptor = NULL;

	if (cache->flags & SLAB_OFF_SLAB) {
		descriptor = alloc_descriptor(cache, gfp & ~(__GFP_DMA | __GFP_RECLAIMABLE), nid,
		                              caller);
		if (!descriptor)
			return NUMA_NO_NODE;
	}
	slab = slab_build(cache, gfp, nid, descriptor, READ_ONCE(*colours), caller);
	if (!slab) {
		if (descriptor)
			free_descriptor(cache, descriptor);
		return NUMA_NO_NODE;
	}
	__atomic_fetch_add(colours, 1, __ATOMIC_RELAXED);
	nid = slab->nid;
	add_slab(cache, slab);
	return nid;
}

unsigned long node_shrink(struct kmem_cache *cache, int nid, unsigned long n)
{
	struct kmem_cache_node *node = &cache->node[nid];
	unsigned long flags = node_lock(cache, node), limit = node->free_limit;
	LIST_HEAD(surplus);

	n = min(n, node->nr_free_slabs);
	node->free_limit = node->free_objects - n * cache->num;
	unlink_surplus(cache, node, &surplus);
	node->free_limit = limit;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	return demolish_list(cache, &surplus);
}
