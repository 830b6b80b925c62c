/* SPDX-License-Identifier: MIT */
/* slab_bulk.c - many objects at a time: what is the same for all of them is done once.
 *
 * Taking moves entries from this CPU's array in one piece; what is left is each object's cookie.
 * Giving back looks for runs: plain objects that return to one array. Within a slab, a subtraction
 * and slab_start_test()'s product tell that an object begins there, without a look at its struct
 * page. A run gets its cookies first and goes to the array in one piece; so it ends before an
 * object that must be looked at closer, which may be one that the run has just freed.
 * Owns: nothing. Locks: none of its own; interrupts off in slab_array.c. */
#include "mm/slab.h"
#include "mm/trace_sites.h"
#include "slab_internal.h"

/* --- allocate ------------------------------------------------------------------------------- */

/* The cookies of objects from an array come off; those that lost theirs are replaced. Returns:
 * false: there is no other for one of them, and NULL in its place. */
static bool take_cookies(struct kmem_cache *cache, gfp_t gfp, void **objects, size_t n,
                         unsigned long caller)
{
	const struct array_cache *array = virt_to_page(objects[0])->slab_array;
	size_t offset = cache->cookie_offset;
	bool all = true;

	for (void **pos = objects, **end = objects + n; pos != end; pos++) {
		if (likely(cookie_take((unsigned long *)((char *)*pos + offset), array)))
			continue;
		*pos = slab_alloc_spoilt(cache, gfp, *pos, caller);
		all = all && *pos;
	}
	return all;
}

/* Up to n objects. Returns: how many entries of objects are filled; 0, or NULL in one of them:
 * there is no more memory. */
static size_t take_some(struct kmem_cache *cache, gfp_t gfp, void **objects, size_t n, bool *all,
                        unsigned long caller)
{
	size_t got = kmalloc_gfp_plain(gfp) ? array_take_many(cache, objects, n) : 0;

	if (likely(got)) {
		*all = take_cookies(cache, gfp, objects, got, caller);
		trace_object_alloc_bulk(cache, objects, got, gfp, caller);
		return got;
	}
	objects[0] = slab_alloc(cache, gfp, NUMA_NO_NODE, cache->object_size, caller);
	*all = objects[0];
	return 1;
}

size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **array)
{
	bool all = true;
	size_t n = 0;

	while (n < nr && all)
		n += take_some(cache, gfp, array + n, nr - n, &all, _RET_IP_);
	if (likely(all))
		return nr;
	kmem_cache_free_bulk(cache, n, array);
	return 0;
}

/* --- free ----------------------------------------------------------------------------------- */

/* Objects of a run: interrupts are off for as long as they are copied. */
enum { MOST_IN_RUN = 64 };

/* Put their cookies on objects of one slab, up to end, as long as they are taken objects of this
 * plain cache. Returns: where it ended. A function of its own for its registers' sake. */
static noinline void **run_in_slab(const struct page *page, void **pos, void **end)
{
	const struct kmem_cache *cache = page->slab_cache;
	const u32 bytes = cache->num * cache->size, factor = cache->reciprocal;
	const struct array_cache *array = page->slab_array;
	const char *first = page->slab_objects;

	for (; pos != end; pos++) {
		unsigned long offset = (unsigned long)((char *)*pos - first);

		if (offset >= bytes || (u32)offset * factor >= cache->starts ||
		    !cookie_put(*pos, array))
			break;
	}
	return pos;
}

/* Is it a page of a plain cache: of this one, or of any if it is NULL? */
static bool page_is_plain(const struct page *page, const struct kmem_cache *cache)
{
	const struct kmem_cache *owner = page->slab_cache;

	return (cache ? owner == cache : owner != NULL) && owner->flags & SLAB_PLAIN;
}

/* The same over several slabs, all of whose objects return to the array of the first. cache: whose
 * they must be; NULL: any. Returns: how many they are. */
static size_t find_run(const struct kmem_cache *cache, void **objects, size_t n)
{
	const struct array_cache *array = NULL;
	void **pos = objects, **end = objects + n, **from;
	struct page *page;

	do {
		if (!find_slab_page(*pos, &page) || !page_is_plain(page, cache) ||
		    (array && page->slab_array != array))
			break;
		array = page->slab_array;
		from = pos;
		pos = run_in_slab(page, pos, end);
	} while (pos != from && pos != end);
	return (size_t)(pos - objects);
}

/* One that is no part of a run. */
static void free_other(struct kmem_cache *cache, const void *p, unsigned long caller)
{
	if (!p)
		return;
	if (cache)
		slab_free(cache, p, caller);
	else
		kfree_caller(p, caller);
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **array)
{
	size_t run;

	for (size_t i = 0; i < nr; i += run) {
		run = find_run(cache, array + i, min(nr - i, (size_t)MOST_IN_RUN));
		if (likely(run)) {
			struct page *page = virt_to_page(array[i]);

			trace_object_free_bulk(cache, array + i, run, _RET_IP_);
			array_put_many(page->slab_cache, page_to_nid(page), array + i,
			               (unsigned int)run);
			continue;
		}
		free_other(cache, array[i], _RET_IP_);
		run = 1;
	}
}
