/* SPDX-License-Identifier: MIT */
/* slab.c - the way of an object: from a request to the object and back.
 *
 * The fast paths pop an object off this CPU's array and take its cookie off; or put the cookie on
 * and push. Otherwise: (1) refuse what makes no sense; (2) this CPU's array, refilled from the
 * node; (3) a new slab; (4) other nodes. A free looks where the address lies, checks that an object
 * begins there and that it is not free, and only then touches it.
 * Owns: nothing but the way. Source: Bonwick 1994; Gorman ch. 8.3. Locks: list_lock, in the steps.
 */
#include "mm/slab.h"
#include "fail.h"
#include "mm/trace_sites.h"
#include "may_sleep.h"
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "slab_report.h"

/* --- allocate: the long way ----------------------------------------------------------------- */

/* Flags that no object can honour. Returns: which, as a word; NULL: none. */
static const char *gfp_misfit(const struct kmem_cache *cache, gfp_t gfp)
{
	if (gfp & __GFP_HIGHMEM)
		return "highmem_object";
	if (gfp & __GFP_MOVABLE)
		return "movable_object";
	if (gfp & __GFP_COMP)
		return "compound_object";
	if (gfp & __GFP_DMA && !(cache->flags & SLAB_CACHE_DMA))
		return "cache_is_not_dma";
	if (gfp & __GFP_ZERO && cache->ctor)
		return "zero_of_constructed";
	return gfp_conflict(gfp);
}

static bool refuse_gfp(const struct kmem_cache *cache, gfp_t gfp, unsigned long caller)
{
	const char *conflict = gfp_misfit(cache, gfp);

	if (likely(!conflict))
		return false;
	report(REPORT_bad_gfp, gfp, caller, "refused", "gfp=0x%x conflict=%s cache=%s", gfp,
	       conflict, report_word(cache->name));
	return true;
}

/* One free object of a node: through the array when it is this CPU's own. */
static void *take_from(struct kmem_cache *cache, int nid)
{
	void *object = NULL;

	if (nid == numa_mem_id())
		return array_take(cache, nid);
	node_take(cache, nid, &object, 1);
	return object;
}

/* The wished node has nothing: any other that has, else a new slab anywhere. */
static void *find_elsewhere(struct kmem_cache *cache, gfp_t gfp, int nid, unsigned long caller)
{
	void *object = NULL;

	for (unsigned int other = 0; other < nr_node_ids && !object; other++)
		if ((int)other != nid)
			node_take(cache, (int)other, &object, 1);
	while (!object) {
		int grown = cache_grow(cache, gfp, nid, caller);

		if (grown == NUMA_NO_NODE)
			return NULL;
		node_take(cache, grown, &object, 1);
	}
	return object;
}

static void *find_object(struct kmem_cache *cache, gfp_t gfp, int nid, unsigned long caller)
{
	gfp_t here = gfp;
	void *object;

	if (nr_node_ids > 1 && !(gfp & __GFP_THISNODE))
		here = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) | __GFP_THISNODE |
		       __GFP_NOWARN;
	while (!(object = take_from(cache, nid))) {
		if (unlikely(cache->flags & SLAB_DEAD)) {
			report_bad_cache(cache, "alloc", "destroyed", caller);
			return NULL;
		}
		if (cache_grow(cache, here, nid, caller) == nid)
			continue;
		return here == gfp ? NULL : find_elsewhere(cache, gfp, nid, caller);
	}
	return object;
}

/* Is a free object of a checked cache as it must be? If not, tell, and it stays out of use. */
static bool look_free(const struct slab_place *at, void *object, unsigned long caller)
{
	struct kmem_cache *cache = at->slab->cache;
	struct slab_damage damage = slab_debug_look_free(cache, object);
	bool looks = cache->ctor_image && cache->flags & SLAB_CONSISTENCY_CHECKS;
	unsigned long expected = 0, found;
	int offset = -1;

	if (!damage.length && looks)
		offset = ctor_image_compare(cache->ctor_image, object, &expected);
	if (!damage.length && offset < 0)
		return true;
	slab_retire_object(cache, object);
	if (damage.length) {
		report_damage(at, &damage, false, caller);
		return false;
	}
	found = *(unsigned long *)((char *)object + offset);
	report_free_word(at, offset, found, expected, caller);
	return false;
}

/* The object leaves the free ones. Returns: false when it is not fit for use. */
static bool claim(struct kmem_cache *cache, void *object, unsigned long caller)
{
	unsigned long *cookie = object_cookie(cache, object);
	struct slab_place at = slab_place_of(object);
	unsigned long found = *cookie;

	if (!cookie_take(cookie, at.page->slab_array)) {
		slab_retire_object(cache, object);
		report_free_word(&at, cache->cookie_offset, found,
		                 array_cookie(at.page->slab_array), caller);
		return false;
	}
	return !(cache->flags & SLAB_DEBUG_FLAGS) || look_free(&at, object, caller);
}

void *slab_alloc(struct kmem_cache *cache, gfp_t gfp, int nid, size_t requested,
                 unsigned long caller)
{
	void *object;

	if (refuse_gfp(cache, gfp, caller))
		return NULL;
	gfp = check_may_sleep(gfp, caller);
	if (unlikely(should_fail(FAIL_slab)))
		return NULL;
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();
	do
		object = find_object(cache, gfp, nid, caller);
	while (object && !claim(cache, object, caller));
	if (!object)
		return NULL; /* no event: the cache may be none any more */
	trace_object_alloc(cache, object, requested, gfp, nid, caller);
	if (cache->flags & SLAB_DEBUG_FLAGS)
		slab_debug_take(cache, object, requested, caller);
	if (gfp & __GFP_ZERO)
		memset(object, 0, cache->flags & SLAB_DEBUG_FLAGS ? requested : cache->object_size);
	return object;
}

/* --- allocate: the fast way ----------------------------------------------------------------- */

/* The object popped by a fast path was written to while it was free. */
void *slab_alloc_spoilt(struct kmem_cache *cache, gfp_t gfp, void *object, unsigned long caller)
{
	*object_cookie(cache, object) += array_cookie(virt_to_page(object)->slab_array);
	claim(cache, object, caller);
	return slab_alloc(cache, gfp, NUMA_NO_NODE, cache->object_size, caller);
}

/* The exits of the fast path: jumped to, so that the return address is its caller. */
static noinline void *alloc_slow(struct kmem_cache *cache, gfp_t gfp)
{
	return slab_alloc(cache, gfp, NUMA_NO_NODE, cache->object_size, _RET_IP_);
}

static noinline void *alloc_spoilt(struct kmem_cache *cache, gfp_t gfp, void *object)
{
	return slab_alloc_spoilt(cache, gfp, object, _RET_IP_);
}

static noinline void *__fastcall alloc_kernel_slow(struct kmem_cache *cache)
{
	return slab_alloc(cache, GFP_KERNEL, NUMA_NO_NODE, cache->object_size, _RET_IP_);
}

static noinline void *alloc_kernel_spoilt(void *object)
{
	return slab_alloc_spoilt(virt_to_page(object)->slab_cache, GFP_KERNEL, object, _RET_IP_);
}

void *__fastcall kmem_cache_alloc_kernel(struct kmem_cache *cache)
{
	struct array_cache *array;
	void *object;

	if (unlikely(!array_pop_cache(cache, &object, &array)))
		return alloc_kernel_slow(cache);
	if (unlikely(!cookie_take(object_cookie(cache, object), array)))
		return alloc_kernel_spoilt(object);
	return object;
}

void *__kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	struct array_cache *array;
	void *object;

	if (unlikely(!kmalloc_gfp_plain(gfp) || !array_pop(cache->slot, &object, &array)))
		return alloc_slow(cache, gfp);
	if (unlikely(!cookie_take(object_cookie(cache, object), array)))
		return alloc_spoilt(cache, gfp, object);
	return object;
}

bool slab_refuse_node(int nid, unsigned long caller)
{
	if (nid == NUMA_NO_NODE || (nid >= 0 && nid < (int)nr_node_ids && NODE_DATA(nid)))
		return false;
	report(REPORT_bad_node, (unsigned long)nid, caller, "refused", "node=%d nodes=%u", nid,
	       nr_node_ids);
	return true;
}

void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	if (slab_refuse_node(nid, _RET_IP_))
		return NULL;
	return slab_alloc(cache, gfp, nid, cache->object_size, _RET_IP_);
}

/* --- free ----------------------------------------------------------------------------------- */

static bool array_holds(const struct array_cache *ac, const void *object)
{
	for (unsigned int i = 1; i <= array_avail(ac); i++)
		if (ac->entry[i] == object)
			return true;
	return false;
}

static bool node_holds(struct kmem_cache_node *node, const struct slab_place *at,
                       const void *object)
{
	unsigned long flags = raw_spin_lock_irqsave(&node->list_lock);
	bool found = test_bit(at->index, at->slab->free);

	for (unsigned int i = 0; node->shared && i < node->shared->avail && !found; i++)
		found = node->shared->entry[i] == object;
	raw_spin_unlock_irqrestore(&node->list_lock, flags);
	return found;
}

bool slab_object_is_free(const struct slab_place *at)
{
	struct kmem_cache *cache = at->slab->cache;
	const void *object = slab_object(at->slab, at->index);
	const struct array_cache *link = at->page->slab_array;

	if (*object_cookie(cache, object) != array_cookie(link))
		return false;
	if (node_holds(&cache->node[at->slab->nid], at, object) || quarantine_holds(cache, object))
		return true;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (array_holds(per_cpu_ptr(link, cpu), object))
			return true;
	return false;
}

/* Tell why this is no object that can be freed to the cache. Returns: true when there is a reason.
 */
static bool refuse_free(const struct slab_place *at, const struct kmem_cache *cache, const void *p,
                        unsigned long caller)
{
	if (!at->slab || at->offset)
		report_not_object(p, at, "free", caller);
	else if (cache && at->slab->cache != cache)
		report_wrong_cache(at, cache, caller);
	else if (slab_object_is_free(at))
		report_freed(at, "free", caller);
	else
		return false;
	return true;
}

/* Is the object as its constructor made it? If not, tell and make it so. */
static void check_ctor(const struct slab_place *at, void *object, unsigned long caller)
{
	const struct ctor_image *image = at->slab->cache->ctor_image;
	unsigned long expected;
	int offset = image ? ctor_image_compare(image, object, &expected) : -1;

	if (offset < 0)
		return;
	report_ctor(at, offset, expected, caller);
	ctor_image_restore(image, object);
}

/* Guard bytes of an object that is about to become free: what is damaged is told and repaired. */
static void check_red_zones(const struct slab_place *at, void *object, unsigned long caller)
{
	struct kmem_cache *cache = at->slab->cache;
	struct slab_damage damage = slab_debug_look_taken(cache, object);

	if (!damage.length)
		return;
	report_damage(at, &damage, true, caller);
	slab_debug_repair(cache, object);
}

/* Is it in a slab that was isolated? Its user cannot know. */
static bool is_isolated(const struct slab_place *at)
{
	struct page *head = at->page && !at->slab ? compound_head(at->page) : NULL;

	return head && PageHWPoison(head) && head->slab_array >= slab_arrays &&
	       head->slab_array < slab_arrays + SLAB_ARRAYS;
}

void slab_free(struct kmem_cache *cache, const void *p, unsigned long caller)
{
	struct slab_place at = slab_locate(p);
	void *object = (void *)p;

	if (is_isolated(&at) || refuse_free(&at, cache, p, caller))
		return;
	if (cache)
		trace_kmem_cache_free(cache, p, caller);
	else
		trace_kfree(p, caller);
	cache = at.slab->cache;
	if (cache->ctor)
		check_ctor(&at, object, caller);
	if (cache->flags & SLAB_DEBUG_FLAGS) {
		check_red_zones(&at, object, caller);
		slab_debug_release(cache, object, caller);
	}
	*object_cookie(cache, object) = array_cookie(at.page->slab_array);
	if (cache->flags & SLAB_DEBUG_FLAGS)
		quarantine_put(cache, object, caller);
	else
		array_put(cache, at.slab->nid, object);
}

static noinline void free_slow(const void *p, struct kmem_cache *cache)
{
	if (!p)
		return;
	if (cache)
		slab_free(cache, p, _RET_IP_);
	else
		report_bad_cache(cache, "free", "null", _RET_IP_);
}

/* Its cache is the right one. */
static noinline void free_own_slow(const void *p)
{
	slab_free(virt_to_page(p)->slab_cache, p, _RET_IP_);
}

static noinline void free_no_room(const void *p)
{
	struct page *page = virt_to_page(p);

	array_put(page->slab_cache, page_to_nid(page), (void *)p);
}

void __kmem_cache_free(void *p, struct kmem_cache *cache)
{
	struct array_cache *array;
	struct page *page;

	if (unlikely(!find_slab_page(p, &page) || page->slab_cache != cache))
		return free_slow(p, cache);
	array = page->slab_array;
	if (unlikely(!object_begins(page, array, p) || !cookie_put(p, array)))
		return free_own_slow(p);
	if (unlikely(!array_push(array, p)))
		return free_no_room(p);
}

/* --- free: blocks of any size ---------------------------------------------------------------- */

static void free_large(struct page *page, unsigned long caller)
{
	trace_kfree(lowmem_page_address(page), caller);
	ClearPageSlab(page);
	__free_pages_slow(page, page_order(page), caller);
}

bool is_large_start(const struct slab_place *at, const void *p)
{
	/* the first page has the references */
	return at->page && page_is_large(at->page) && IS_ALIGNED((unsigned long)p, PAGE_SIZE);
}

void kfree_caller(const void *p, unsigned long caller)
{
	struct slab_place at;

	if (ZERO_OR_NULL_PTR(p))
		return;
	at = slab_locate(p);
	if (is_large_start(&at, p))
		free_large(at.page, caller);
	else
		slab_free(NULL, p, caller);
}
