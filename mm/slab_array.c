/* SPDX-License-Identifier: MIT */
/* slab_array.c - each CPU's arrays of objects: the slow halves of pop and push.
 *
 * Owns: the arrays' contents. An array is
 * refilled and drained by batchcount objects at a time, by way of the node's shared array; the
 * oldest, at the bottom, go first, because the newest are in the CPU's cache. Source: Bonwick 2001
 * (magazines); Gorman ch. 8.5. Locks: interrupts off for the array, then the node's list_lock. */
#include "lib/string.h"
#include "smp.h"
#include "slab_internal.h"

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

size_t array_take_many(struct kmem_cache *cache, void **objects, size_t n)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = this_array(cache, numa_mem_id());

	if (!ac || (ac->top == ac->entry && !refill(cache, ac, ac->nid)))
		n = 0;
	if (n) {
		n = min(n, (size_t)array_avail(ac));
		ac->top -= n;
		memcpy(objects, ac->top + 1, n * sizeof(*objects));
	}
	local_irq_restore(flags);
	return n;
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

/* Push as many as there is room for, after a batch has made room. Returns: how many. */
static unsigned int push_some(struct kmem_cache *cache, struct array_cache *ac, void **objects,
                              unsigned int n)
{
	ac->touched = 1;
	if ((size_t)(ac->limit - ac->top) < n)
		drain(cache, ac, min(ac->batchcount, array_avail(ac)), node_give_shared);
	n = min(n, (unsigned int)(ac->limit - ac->top));
	memcpy(ac->top + 1, objects, n * sizeof(*objects));
	ac->top += n;
	return n;
}

void array_put_many(struct kmem_cache *cache, int nid, void **objects, unsigned int n)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = this_array(cache, nid);
	unsigned int pushed = ac ? push_some(cache, ac, objects, n) : 0;

	if (pushed < n)
		node_give_shared(cache, nid, objects + pushed, n - pushed);
	local_irq_restore(flags);
}

/* Interrupts off, on the array's CPU. */
static void drain_whole(struct kmem_cache *cache, struct array_cache *ac)
{
	if (ac->entry && array_avail(ac))
		drain(cache, ac, array_avail(ac), node_give);
}

void node_drain_shared(struct kmem_cache *cache, int nid)
{
	void *objects[16];
	unsigned int n;

	while ((n = node_take_shared(cache, nid, objects, ARRAY_SIZE(objects))))
		node_give(cache, nid, objects, n);
}

static void drain_here(void *cache)
{
	unsigned long flags = local_irq_save();

	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		drain_whole(cache, this_cpu_ptr(node_array((struct kmem_cache *)cache, (int)nid)));
	local_irq_restore(flags);
}

/* Has the CPU any object of the cache, as far as can be seen from outside? */
static bool holds_objects(struct kmem_cache *cache, unsigned int cpu)
{
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		if (array_avail(per_cpu_ptr(node_array(cache, (int)nid), cpu)))
			return true;
	return false;
}

void arrays_drain(struct kmem_cache *cache)
{
	struct cpumask holders = {0};
	unsigned int cpu;

	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	drain_here(cache);
	for_each_online_cpu (cpu)
		if (holds_objects(cache, cpu))
			cpumask_set_cpu(cpu, &holders);
	smp_call_function_many(&holders, drain_here, cache, true);
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		node_drain_shared(cache, (int)nid);
}

static void drain_all_here(void *unused)
{
	struct kmem_cache *cache;

	(void)unused;
	list_for_each_entry (cache, &slab_caches, list)
		if (!(cache->flags & SLAB_NO_ARRAYS))
			drain_here(cache);
}

void arrays_drain_all(void)
{
	on_each_cpu(drain_all_here, NULL, true);
}

/* An array that was not used since the last time is emptied. */
static void reap_here(void *cache)
{
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		struct array_cache *ac =
			this_cpu_ptr(node_array((struct kmem_cache *)cache, (int)nid));

		if (!ac->touched)
			drain_whole(cache, ac);
		ac->touched = 0;
	}
}

void arrays_reap(struct kmem_cache *cache)
{
	if (!(cache->flags & SLAB_NO_ARRAYS))
		on_each_cpu(reap_here, cache, true);
}

/* --- install -------------------------------------------------------------------------------- */

bool slab_diverted;

struct start_test array_start_test(const struct kmem_cache *cache)
{
	const struct start_test cannot_tell = {.misfit = ~0ul};

	return slab_diverted ? cannot_tell : slab_start_test(cache);
}

/* What is to be done to one CPU's array for a node, by that CPU. */
struct array_job {
	struct kmem_cache *cache;
	unsigned int cpu;
	int nid;
	void **entry; /* the new one; then the old one, or NULL */
	unsigned int limit, batchcount;
};

/* Where nobody runs nobody is in the way. */
static void run_on_owner(unsigned int cpu, smp_call_func_t fn, void *arg)
{
	if (smp_call_function_single(cpu, fn, arg, true))
		fn(arg);
}

/* The array that the fast paths of a CPU take from. */
static void set_slot(struct kmem_cache *cache, unsigned int cpu, int nid)
{
	if (per_cpu(numa_mem, cpu) == nid)
		*per_cpu_ptr(cache->slot, cpu) =
			slab_diverted ? &slab_arrays[0] : node_array(cache, nid);
}

static void install(void *arg)
{
	struct array_job *job = arg;
	struct kmem_cache *cache = job->cache;
	struct array_cache *ac = per_cpu_ptr(node_array(cache, job->nid), job->cpu);
	struct start_test test = array_start_test(cache);
	unsigned int limit = job->limit;
	void **entry = job->entry;

	drain_whole(cache, ac);
	job->entry = ac->room ? ac->entry : NULL;
	*ac = (struct array_cache){
		.top = entry ? entry : slab_no_entry,
		.limit = entry ? entry + limit : slab_no_entry,
		.entry = entry ? entry : slab_no_entry,
		.misfit = test.misfit,
		.starts = test.starts,
		.room = (u16)(entry ? limit : 0),
		.batchcount = (u16)job->batchcount,
		.cache = cache,
		.nid = (s16)job->nid,
	};
	set_slot(cache, job->cpu, job->nid);
}

void **array_install(struct kmem_cache *cache, unsigned int cpu, int nid, void **entry,
                     unsigned int limit, unsigned int batchcount)
{
	struct array_job job = {cache, cpu, nid, entry, limit, batchcount};

	run_on_owner(cpu, install, &job);
	return job.entry;
}

/* limit 0: take nothing. */
static void switch_array(void *arg)
{
	struct array_job *job = arg;
	struct array_cache *ac = per_cpu_ptr(node_array(job->cache, job->nid), job->cpu);

	drain_whole(job->cache, ac);
	ac->limit = ac->entry + (job->limit ? ac->room : 0);
}

/* Have fn do something to each array of a cache, on the CPU whose it is. */
static void for_each_array(struct kmem_cache *cache, smp_call_func_t fn, unsigned int limit)
{
	if (cache->flags & SLAB_NO_ARRAYS)
		return;
	for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
			struct array_job job = {
				.cache = cache, .cpu = cpu, .nid = (int)nid, .limit = limit};

			run_on_owner(cpu, fn, &job);
		}
	}
}

void arrays_switch(struct kmem_cache *cache, bool on)
{
	for_each_array(cache, switch_array, on);
}

static void divert_array(void *arg)
{
	struct array_job *job = arg;
	struct array_cache *ac = per_cpu_ptr(node_array(job->cache, job->nid), job->cpu);
	struct start_test test = array_start_test(job->cache);

	ac->misfit = test.misfit;
	ac->starts = test.starts;
	set_slot(job->cache, job->cpu, job->nid);
}

void arrays_divert(struct kmem_cache *cache)
{
	for_each_array(cache, divert_array, 0);
}
