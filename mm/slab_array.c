/* SPDX-License-Identifier: MIT */
/* slab_array.c - each CPU's arrays of objects: the slow halves of pop and push.
 *
 * Owns: the arrays' contents. An array is refilled and drained by batchcount objects at a time, by
 * way of the node's shared array; the oldest, at the bottom, go first, because the newest are in
 * the CPU's cache.
 * Source: Bonwick 2001 (magazines); Gorman ch. 8.5. Locks: interrupts off for the array, then the
 * node's list_lock. */
#include "lib/string.h"
#include "slab_internal.h"

static void *no_entry[1];

/* The array of caches that have none is always empty and always full, and fits no object. */
#define NO_ARRAY                                                                                   \
	{                                                                                          \
		.top = no_entry, .limit = no_entry, .misfit = ~0ul, .entry = no_entry              \
	}
DEFINE_PER_CPU(struct array_cache, slab_arrays[SLAB_ARRAYS]) = {NO_ARRAY};
DEFINE_PER_CPU(struct array_cache *,
               slab_slots[SLAB_SLOTS]) = {[0 ... SLAB_SLOTS - 1] = &slab_arrays[0]};

/* This CPU's array for a node; NULL: it has none at present. Interrupts off. */
static struct array_cache *this_array(const struct kmem_cache *cache, int nid)
{
	struct array_cache *ac = this_cpu_ptr(node_array(cache, nid));

	return ac->limit != ac->entry ? ac : NULL;
}

/* --- refill --------------------------------------------------------------------------------- */

/* Fill an empty array with up to a batch. Returns: whether there is anything in it now. */
static bool refill(struct kmem_cache *cache, struct array_cache *ac, int nid)
{
	void **entries = ac->entry + 1;
	unsigned int n;

	ac->touched = 1;
	n = node_take_shared(cache, nid, entries, ac->batchcount);
	if (!n)
		n = node_take(cache, nid, entries, ac->batchcount);
	ac->top = ac->entry + n;
	return n;
}

void *array_take(struct kmem_cache *cache, int nid)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = this_array(cache, nid);
	void *object = NULL;

	if (!ac)
		node_take(cache, nid, &object, 1);
	else if (ac->top != ac->entry || refill(cache, ac, nid))
		object = *ac->top--;
	local_irq_restore(flags);
	return object;
}

/* --- drain ---------------------------------------------------------------------------------- */

/* Move the n oldest objects on: to the shared array, or (give) to the slabs. */
static void drain(struct kmem_cache *cache, struct array_cache *ac, unsigned int n,
                  void (*give)(struct kmem_cache *, int, void **, unsigned int))
{
	unsigned int left = array_avail(ac) - n;

	give(cache, ac->nid, ac->entry + 1, n);
	memmove(ac->entry + 1, ac->entry + 1 + n, left * sizeof(*ac->entry));
	ac->top = ac->entry + left;
}

void array_put(struct kmem_cache *cache, int nid, void *object)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = this_array(cache, nid);

	if (!ac) {
		node_give(cache, nid, &object, 1);
		local_irq_restore(flags);
		return;
	}
	ac->touched = 1;
	if (ac->top >= ac->limit)
		drain(cache, ac, min(ac->batchcount, array_avail(ac)), node_give_shared);
	*++ac->top = object;
	local_irq_restore(flags);
}

void array_drain(struct kmem_cache *cache, unsigned int cpu, int nid)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = per_cpu_ptr(node_array(cache, nid), cpu);

	if (ac->entry && array_avail(ac))
		drain(cache, ac, array_avail(ac), node_give);
	local_irq_restore(flags);
}

void node_drain_shared(struct kmem_cache *cache, int nid)
{
	void *objects[16];
	unsigned int n;

	while ((n = node_take_shared(cache, nid, objects, ARRAY_SIZE(objects))))
		node_give(cache, nid, objects, n);
}

void arrays_drain(struct kmem_cache *cache)
{
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		/* the boot CPU is the only one that runs */
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
			array_drain(cache, cpu, (int)nid);
		node_drain_shared(cache, (int)nid);
	}
}

/* --- install -------------------------------------------------------------------------------- */

void array_install(struct kmem_cache *cache, unsigned int cpu, int nid, void **entry,
                   unsigned int limit, unsigned int batchcount)
{
	struct array_cache *link = node_array(cache, nid);
	struct array_cache *ac = per_cpu_ptr(link, cpu);
	unsigned long flags = local_irq_save();

	*ac = (struct array_cache){
		.top = entry ? entry : no_entry,
		.limit = entry ? entry + limit : no_entry,
		.entry = entry ? entry : no_entry,
		.misfit = array_misfit_bits(cache),
		.room = entry ? limit : 0,
		.batchcount = batchcount,
		.cache = cache,
		.nid = nid,
	};
	if (per_cpu(numa_node, cpu) == nid)
		*per_cpu_ptr(cache->slot, cpu) = link;
	local_irq_restore(flags);
}

void arrays_switch(struct kmem_cache *cache, bool on)
{
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
			struct array_cache *ac = per_cpu_ptr(node_array(cache, (int)nid), cpu);

			array_drain(cache, cpu, (int)nid);
			ac->limit = ac->entry + (on ? ac->room : 0);
		}
	}
}
