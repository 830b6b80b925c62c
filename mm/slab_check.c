/* SPDX-License-Identifier: MIT */
/* slab_check.c - counts and checks everything that the slab allocator keeps. Owns: nothing.
 * A list is followed only as long as its links are intact. Locks: slab_mutex for all caches;
 * list_lock of each node in turn. */
#include "mm/slab_check.h"
#include "asm/list_check.h"
#include "lib/bitops.h"
#include "lib/hash.h"
#include "mm/slab_debug.h"
#include "mm/vmstat.h"
#include "printk.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"

/* --- walking ---------------------------------------------------------------------------------- */

enum { NR_LISTS = 3 };

static struct list_head *list_at(struct kmem_cache_node *node, unsigned int k)
{
	return k == 0 ? &node->slabs_full : k == 1 ? &node->slabs_partial : &node->slabs_free;
}

typedef const char *slab_visit_t(struct slab *slab, unsigned int list, void *arg);

static const char *visit_list(struct list_head *head, unsigned int k, slab_visit_t *fn, void *arg)
{
	const char *wrong = NULL;
	struct list_head *pos, *next;

	if (!list_links_intact(head, head->next, head->prev))
		return "a list of slabs is overwritten";
	for (pos = head->next; pos != head && !wrong; pos = next) {
		if (!list_links_intact(pos, pos->next, pos->prev))
			return "a slab's links are overwritten";
		next = pos->next;
		wrong = fn(list_entry(pos, struct slab, list), k, arg);
	}
	return wrong;
}

static const char *visit_node(struct kmem_cache_node *node, slab_visit_t *fn, void *arg)
{
	const char *wrong = NULL;

	for (unsigned int k = 0; k < NR_LISTS && !wrong; k++)
		wrong = visit_list(list_at(node, k), k, fn, arg);
	return wrong;
}

/* Visit every slab of a cache until fn returns something. fn runs under the node's list_lock. */
static const char *for_each_slab(struct kmem_cache *cache, slab_visit_t *fn, void *arg)
{
	const char *wrong = NULL;

	for (unsigned int nid = 0; nid < nr_node_ids && !wrong; nid++) {
		struct kmem_cache_node *node = &cache->node[nid];
		unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);

		wrong = visit_node(node, fn, arg);
		raw_spin_unlock_irqrestore(&node->list_lock, flags);
	}
	return wrong;
}

static unsigned int nr_free_bits(const struct slab *slab)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < slab_words(slab->cache); i++)
		n += hweight(slab->free[i]);
	return n;
}

/* --- counting --------------------------------------------------------------------------------- */

static const char *count_slab(struct slab *slab, unsigned int list, void *arg)
{
	struct slab_stats *s = arg;

	(void)list;
	s->num_slabs++;
	s->num_objects += slab->cache->num;
	s->active_slabs += slab->inuse != 0;
	s->active_objects += slab->inuse;
	return NULL;
}

static unsigned long count_parked(const struct kmem_cache *cache)
{
	unsigned long n = 0;

	if (cache->flags & SLAB_NO_ARRAYS)
		return 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int nid = 0; nid < nr_node_ids; nid++)
			n += array_avail(per_cpu_ptr(node_array(cache, (int)nid), cpu));
	return n;
}

static unsigned long count_shared(struct kmem_cache_node *node)
{
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	unsigned long n = node->shared ? node->shared->avail : 0;

	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	return n;
}

struct slab_stats slab_count(struct kmem_cache *cache)
{
	struct slab_stats s = {0};
	unsigned long unused;

	for_each_slab(cache, count_slab, &s);
	for (unsigned int nid = 0; nid < nr_node_ids; nid++)
		s.shared_avail += count_shared(&cache->node[nid]);
	s.parked = count_parked(cache) + s.shared_avail;
	s.waiting = quarantine_count(cache);
	unused = s.parked + s.waiting + cache->nr_damaged;
	s.active_objects -= min(s.active_objects, unused); /* arrays move on meanwhile */
	return s;
}

static unsigned long array_bytes(const struct kmem_cache *cache)
{
	unsigned long bytes = 0;

	if (cache->flags & SLAB_NO_ARRAYS)
		return 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int nid = 0; nid < nr_node_ids; nid++)
			bytes += per_cpu_ptr(node_array(cache, (int)nid), cpu)->room *
			         sizeof(void *);
	return bytes;
}

struct slab_memory slab_memory(void)
{
	struct slab_memory m = {0};
	struct kmem_cache *cache;

	mutex_lock(&slab_mutex);
	list_for_each_entry (cache, &slab_caches, list) {
		struct slab_stats s = slab_count(cache);

		m.pages += s.num_slabs << cache->order;
		m.descriptors +=
			array_bytes(cache) + sizeof(*cache) + s.num_slabs * cache->descriptor_size;
		if (!(cache->flags & SLAB_ON_SLAB)) /* the allocator's own are no user's */
			m.live += s.active_objects * cache->size;
	}
	mutex_unlock(&slab_mutex);
	return m;
}

/* --- one slab ----------------------------------------------------------------------------------
 */

static const char *check_pages(const struct slab *slab)
{
	const struct kmem_cache *cache = slab->cache;
	const struct page *page = compound_head(virt_to_page(slab->objects));

	for (unsigned long i = 0; i < 1ul << cache->order; i++) {
		if (!PageSlab(page + i))
			return "a page of a slab is not PG_slab";
		if (page[i].slab_cache != cache || page[i].slab != slab)
			return "a page of a slab names another one";
		if (page[i].slab_array != node_array(cache, slab->nid))
			return "a page of a slab names another array";
		if (page[i].slab_objects != slab->objects)
			return "a page of a slab names another first object";
	}
	if (page_to_nid(page) != slab->nid || page_order(page) != cache->order)
		return "a slab's pages have another node or order";
	return NULL;
}

static const char *check_free_objects(struct slab *slab)
{
	struct kmem_cache *cache = slab->cache;

	for (unsigned int k = 0; k < cache->num; k++) {
		const void *object = slab_object(slab, k);

		if (!test_bit(k, slab->free))
			continue;
		if (*object_cookie(cache, object) != array_cookie(node_array(cache, slab->nid)))
			return "a free object has lost its cookie";
		if (cache->flags & SLAB_DEBUG_FLAGS && slab_debug_look_free(cache, object).length)
			return "a free object was written to";
	}
	return NULL;
}

static const char *check_bits(const struct slab *slab)
{
	unsigned int words = slab_words(slab->cache), num = slab->cache->num, i;

	if (slab->inuse > num || nr_free_bits(slab) + slab->inuse != num)
		return "free bits and objects in use do not make up the slab";
	for (i = num; i < words * BITS_PER_LONG; i++)
		if (test_bit(i, slab->free))
			return "an object that does not exist is free";
	for (i = 0; i < slab->hint; i++)
		if (slab->free[i])
			return "free bits below the hint";
	return NULL;
}

struct census {
	struct kmem_cache *cache;
	unsigned long slabs, free_slabs, free_objects;
};

static const char *check_slab(struct slab *slab, unsigned int list, void *arg)
{
	struct census *c = arg;
	const char *wrong;

	if (slab->cache != c->cache)
		return "a slab names another cache";
	wrong = check_bits(slab);
	if (wrong)
		return wrong;
	if (list != (slab->inuse == c->cache->num ? 0u : slab->inuse ? 1u : 2u))
		return "a slab is on the wrong list";
	c->slabs++;
	c->free_slabs += !slab->inuse;
	c->free_objects += c->cache->num - slab->inuse;
	wrong = check_pages(slab);
	return wrong ? wrong : check_free_objects(slab);
}

/* --- arrays ------------------------------------------------------------------------------------
 */

/* Entries must be taken objects of the cache and node, with their cookie, none twice. */
static const char *check_entries(struct kmem_cache *cache, void **entry, unsigned int n, int nid)
{
	for (unsigned int i = 0; i < n; i++) {
		struct slab_place at = slab_locate(entry[i]);

		if (!at.slab || at.slab->cache != cache || at.offset)
			return "an array holds what is no object of the cache";
		if (at.slab->nid != nid)
			return "an array holds an object of another node";
		if (test_bit(at.index, at.slab->free))
			return "an object is free in its slab and in an array";
		if (*object_cookie(cache, entry[i]) != array_cookie(at.page->slab_array))
			return "an object in an array has lost its cookie";
		for (unsigned int k = i + 1; k < n; k++)
			if (entry[k] == entry[i])
				return "an object is in an array twice";
	}
	return NULL;
}

static const char *check_array(struct kmem_cache *cache, unsigned int cpu, int nid)
{
	const struct array_cache *ac = per_cpu_ptr(node_array(cache, nid), cpu);
	struct start_test test = array_start_test(cache);

	if (!ac->room)
		return NULL;
	if (ac->entry[0] || ac->top < ac->entry || ac->top > ac->entry + ac->room)
		return "an array's bounds are wrong";
	if (ac->misfit != test.misfit || ac->starts != test.starts)
		return "an array takes other addresses for objects";
	if (ac->cache != cache || ac->nid != nid)
		return "an array belongs to another cache";
	return check_entries(cache, ac->entry + 1, array_avail(ac), nid);
}

static const char *check_arrays(struct kmem_cache *cache, int nid)
{
	struct shared_array *shared = cache->node[nid].shared;
	const char *wrong = NULL;

	if (cache->flags & SLAB_NO_ARRAYS)
		return NULL;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids && !wrong; cpu++)
		wrong = check_array(cache, cpu, nid);
	if (!wrong && shared)
		wrong = shared->avail > shared->limit
		                ? "a shared array is fuller than full"
		                : check_entries(cache, shared->entry, shared->avail, nid);
	return wrong;
}

/* --- all ----------------------------------------------------------------------------------------
 */

const char *slab_check(struct kmem_cache *cache)
{
	struct census c = {.cache = cache};
	unsigned long slabs = 0, free_slabs = 0, free_objects = 0;
	const char *wrong = for_each_slab(cache, check_slab, &c);

	for (unsigned int nid = 0; nid < nr_node_ids && !wrong; nid++) {
		const struct kmem_cache_node *node = &cache->node[nid];

		slabs += node->nr_slabs;
		free_slabs += node->nr_free_slabs;
		free_objects += node->free_objects;
		wrong = check_arrays(cache, (int)nid);
	}
	if (!wrong && (slabs != c.slabs || free_slabs != c.free_slabs))
		wrong = "slabs are not as many as counted";
	if (!wrong && free_objects != c.free_objects)
		wrong = "free objects are not as many as counted";
	return wrong;
}

/* slab_mutex held. *pages: of all slabs. */
static const char *check_caches(const struct kmem_cache **where, unsigned long *pages)
{
	struct kmem_cache *cache;

	list_for_each_entry (cache, &slab_caches, list) {
		const char *wrong = slab_check(cache);

		*where = cache;
		if (wrong)
			return wrong;
		*pages += slab_count(cache).num_slabs << cache->order;
	}
	*where = NULL;
	return NULL;
}

const char *slab_check_all(const struct kmem_cache **where)
{
	unsigned long pages = 0;
	const char *wrong;

	mutex_lock(&slab_mutex);
	wrong = check_caches(where, &pages);
	mutex_unlock(&slab_mutex);
	if (wrong)
		return wrong;
	return pages == nr_slab_pages(SLAB_RECLAIMABLE) + nr_slab_pages(SLAB_UNRECLAIMABLE)
	               ? NULL
	               : "zones count other slab pages than there are";
}

static const char *hash_slab(struct slab *slab, unsigned int list, void *arg)
{
	u32 *h = arg;

	*h = fnv_mix(fnv_long(*h, (unsigned long)slab), list << 16 | slab->inuse);
	for (unsigned int i = 0; i < slab_words(slab->cache); i++)
		*h = fnv_long(*h, slab->free[i]);
	return NULL;
}

static u32 hash_arrays(u32 h, const struct kmem_cache *cache)
{
	if (cache->flags & SLAB_NO_ARRAYS)
		return h;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		for (unsigned int nid = 0; nid < nr_node_ids; nid++) {
			const struct array_cache *ac =
				per_cpu_ptr(node_array(cache, (int)nid), cpu);

			for (unsigned int i = 1; i <= array_avail(ac); i++)
				h = fnv_long(h, (unsigned long)ac->entry[i]);
		}
	}
	return h;
}

u32 slab_fingerprint(void)
{
	struct kmem_cache *cache;
	u32 h = FNV_INIT;

	mutex_lock(&slab_mutex);
	list_for_each_entry (cache, &slab_caches, list) {
		h = fnv_long(h, (unsigned long)cache);
		h = fnv_mix(h, cache->limit << 16 | cache->batchcount);
		for_each_slab(cache, hash_slab, &h);
		h = hash_arrays(h, cache);
		h = fnv_mix(h, quarantine_count(cache));
	}
	mutex_unlock(&slab_mutex);
	return h;
}

/* --- leaks and damage ------------------------------------------------------------------------- */

/* Is object k with a user: not free, not parked, waiting or out of use? */
static bool is_taken(struct slab *slab, unsigned int k)
{
	struct slab_place at = {
		.page = virt_to_page(slab_object(slab, k)), .slab = slab, .index = k};

	return !test_bit(k, slab->free) && !slab_object_is_free(&at) &&
	       !quarantine_holds(slab->cache, slab_object(slab, k));
}

bool slab_find_object(const void *p, struct slab_object_info *info)
{
	struct slab_place at = slab_locate(p);
	struct page *head = at.page ? compound_head(at.page) : NULL;

	if (head && page_is_large(head)) {
		*info = (struct slab_object_info){.object =
		                                          (unsigned long)lowmem_page_address(head),
		                                  .large = PAGE_SIZE << page_order(head)};
		info->offset = (long)((unsigned long)p - info->object);
		return true;
	}
	if (!at.slab)
		return false;
	*info = (struct slab_object_info){
		.cache = at.slab->cache->name,
		.object = (unsigned long)slab_object(at.slab, at.index),
		.index = at.index,
		.num = at.slab->cache->num,
		.offset = at.offset,
		.taken = is_taken(at.slab, at.index),
	};
	return true;
}

enum { LEAKS_SHOWN = 10, TAKEN_SEEN = 64 };

/* Objects that were in no slab when the lock was held; some of them may be parked. */
struct taken_objects {
	void *object[TAKEN_SEEN];
	unsigned int n;
};

static const char *note_taken(struct slab *slab, unsigned int list, void *arg)
{
	struct taken_objects *seen = arg;

	(void)list;
	for (unsigned int k = 0; k < slab->cache->num && seen->n < TAKEN_SEEN; k++)
		if (!test_bit(k, slab->free))
			seen->object[seen->n++] = slab_object(slab, k);
	return seen->n < TAKEN_SEEN ? NULL : "";
}

/* What is told is looked up again without the lock, because telling takes it: the cache's users may
 * be at work. */
static void show_leaks(struct kmem_cache *cache)
{
	struct taken_objects seen = {.n = 0};
	unsigned int shown = 0;

	for_each_slab(cache, note_taken, &seen);
	for (unsigned int i = 0; i < seen.n && shown < LEAKS_SHOWN; i++) {
		struct slab_place at = slab_locate(seen.object[i]);

		if (!at.slab || at.slab->cache != cache || !is_taken(at.slab, at.index))
			continue;
		shown++;
		pr_err("  still allocated: %s\n", slab_fields(&at));
		print_owners(&at);
	}
}

unsigned long slab_report_leaks(struct kmem_cache *cache, unsigned long caller)
{
	unsigned long live = slab_count(cache).active_objects;

	if (live && report(REPORT_cache_busy, (unsigned long)cache, caller, "refused",
	                   "cache=%s objects=%lu size=%u", report_word(cache->name), live,
	                   cache->object_size))
		show_leaks(cache);
	return live;
}

static const char *validate_slab(struct slab *slab, unsigned int list, void *arg)
{
	struct kmem_cache *cache = slab->cache;
	unsigned long *found = arg;

	(void)list;
	for (unsigned int k = 0; k < cache->num; k++) {
		struct slab_place at = {
			.page = virt_to_page(slab_object(slab, k)), .slab = slab, .index = k};
		bool taken = is_taken(slab, k);
		struct slab_damage damage =
			taken ? slab_debug_look_taken(cache, slab_object(slab, k))
			      : slab_debug_look_free(cache, slab_object(slab, k));

		if (!damage.length)
			continue;
		++*found;
		report_damage(&at, &damage, taken, _RET_IP_);
		if (taken)
			slab_debug_repair(cache, slab_object(slab, k));
	}
	return NULL;
}

unsigned long slab_validate(struct kmem_cache *cache)
{
	unsigned long found = 0;

	for (unsigned int nid = 0; nid < nr_node_ids && cache->flags & SLAB_DEBUG_FLAGS; nid++)
		visit_node(&cache->node[nid], validate_slab, &found); /* it reports: no lock */
	return found;
}
