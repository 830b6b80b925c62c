/* SPDX-License-Identifier: MIT */
/* slab_layout.c - how objects lie in a slab, and which object an address belongs to.
 *
 *   |colour| object 0 | object 1 | ... | object num-1 | rest | descriptor, when on-slab |
 *
 *   one object:  |left red zone| the user's part |right red zone| cookie | size | owners |
 *   without debugging and constructor: the user's part, whose first word is the cookie while free.
 *
 * Off-slab descriptors leave the pages to the objects: a power-of-two size then fills its slab and
 * each object is aligned to its size, and address bits tell whether an address is an object.
 * Owns: slab_reach, and the roots: slab_caches, slab_slots, slab_arrays. Source: Bonwick 1994, 3
 * and 4; Gorman ch. 8.2. */
#include "asm/page_ops.h"
#include "errno.h"
#include "lib/bitops.h"
#include "slab_internal.h"
#include "slab_debug_internal.h"

enum { CACHE_LINE = 64 };

unsigned long slab_reach;

/* SLAB_HWCACHE_ALIGN: whole lines; a small object gets a line's half or quarter. */
static unsigned int effective_align(const struct kmem_cache *cache)
{
	unsigned int line = CACHE_LINE;

	if (!(cache->flags & SLAB_HWCACHE_ALIGN))
		return max(cache->align, (unsigned int)sizeof(long));
	while (line / 2 >= cache->object_size && line > sizeof(long))
		line /= 2;
	return max(cache->align, line);
}

/* Where the parts of one object lie. Returns: its size. */
static size_t lay_out_object(struct kmem_cache *cache)
{
	size_t size = cache->object_size;

	cache->align = effective_align(cache);
	cache->object_offset = 0;
	cache->cookie_offset = 0;
	if (cache->flags & SLAB_DEBUG_FLAGS) {
		cache->object_offset = max(cache->align, (unsigned int)RED_ZONE_BYTES);
		size = ALIGN(size + RED_ZONE_BYTES, sizeof(long));
		cache->cookie_offset = (unsigned int)size;
		size += DEBUG_TAIL_BYTES + cache->object_offset;
	} else if (cache->ctor) {
		size = ALIGN(size, sizeof(long));
		cache->cookie_offset = (unsigned int)size;
		size += sizeof(long);
	}
	return ALIGN(max(size, sizeof(long)), (size_t)cache->align);
}

static size_t descriptor_bytes(unsigned int num)
{
	return ALIGN(sizeof(struct slab) + BITS_TO_LONGS(num) * sizeof(long),
	             (size_t)SLAB_LIST_ALIGN);
}

/* Objects that fit beside an on-slab descriptor: its size depends on their number. */
static unsigned int fit_on_slab(size_t bytes, size_t size)
{
	size_t n = min((bytes - sizeof(struct slab)) / size, (size_t)SLAB_MAX_OBJECTS);

	while (n && n * size + descriptor_bytes((unsigned int)n) > bytes)
		n--;
	return (unsigned int)n;
}

/* Set num and the place of the descriptor for one order. Returns: bytes of the slab not used by
 * objects and descriptor. */
static size_t try_order(struct kmem_cache *cache, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order, size = cache->size;
	unsigned int num = (unsigned int)min(bytes / size, (size_t)SLAB_MAX_OBJECTS);

	cache->order = order;
	cache->num = num;
	cache->flags &= ~(slab_flags_t)SLAB_OFF_SLAB;
	cache->descriptor_size = (unsigned int)descriptor_bytes(num);
	if (num && bytes - num * size >= cache->descriptor_size)
		return bytes - num * size - cache->descriptor_size; /* it fits into the rest */
	if (cache->flags & SLAB_ON_SLAB || (size < PAGE_SIZE / 8 && cache->align != size)) {
		cache->num = fit_on_slab(bytes, size);
		cache->descriptor_size = (unsigned int)descriptor_bytes(cache->num);
		return bytes - cache->num * size - cache->descriptor_size;
	}
	cache->flags |= SLAB_OFF_SLAB;
	return bytes - num * size;
}

/* The smallest order that wastes at most an eighth; else, of the small orders, the one that wastes
 * least; else the smallest that holds an object. Returns: whether there is one. */
static bool choose_order(struct kmem_cache *cache, size_t *rest)
{
	unsigned int best = 0;
	size_t least = ~(size_t)0; /* waste, in bytes of a slab of the largest order */

	for (unsigned int order = 0; order <= SLAB_MAX_ORDER; order++) {
		size_t waste = try_order(cache, order) << (MAX_ORDER - order);

		if (!cache->num || waste >= least)
			continue;
		least = waste;
		best = order;
		if (waste <= (PAGE_SIZE << MAX_ORDER) / 8)
			break;
	}
	for (unsigned int order = SLAB_MAX_ORDER + 1; least == ~(size_t)0; order++) {
		if (order >= MAX_ORDER)
			return false;
		try_order(cache, order);
		if (cache->num)
			least = 0;
		best = order;
	}
	*rest = try_order(cache, best);
	return true;
}

/* --- is it an object's start? ----------------------------------------------------------------
 *
 * Let m = 2^32 / size, rounded down, plus 1; then size * m = 2^32 + e with 1 <= e <= size. An
 * address at k * size + r from the slab's first object, 0 <= r < size, gives, modulo 2^32,
 *
 *   (k * size + r) * m = k * e + r * m
 *
 * For the starts, r = 0 and 0 <= k < num, this is below num * e; for r = 0 behind the last object
 * it is not, and before the first one (in the colour) it wraps to nearly 2^32. With r > 0 it lies
 * between m - bytes and 2^32 - m + size + bytes, where bytes, those of the slab, are no less than
 * |k| * e, size and num * e: above num * e, and without wrapping, as m > 3 * bytes. Slabs of
 * several objects have at most 32 KiB, and objects of at most half of that: m > 2^18. Source:
 * Lemire, Kaser, Kurz, Faster Remainder by Direct Computation, 2019. */

_Static_assert((1ull << 32) / (PAGE_SIZE << SLAB_MAX_ORDER) * 2 > 3 * (PAGE_SIZE << SLAB_MAX_ORDER),
               "m > 3 * bytes");

/* A slab of one object: with m = 1 the product is the distance itself. */
static void set_reciprocal(struct kmem_cache *cache)
{
	cache->reciprocal = cache->num > 1 ? (u32)((1ull << 32) / cache->size) + 1 : 1;
	cache->starts = cache->num > 1 ? cache->num * (cache->size * cache->reciprocal) : 1;
}

struct start_test slab_start_test(const struct kmem_cache *cache)
{
	bool plain = cache->flags & SLAB_PLAIN, fills;

	fills = cache->num * cache->size == PAGE_SIZE << cache->order &&
	        !(cache->size & (cache->size - 1));
	if (plain && fills)
		return (struct start_test){.misfit = cache->size - 1ul};
	/* minus m has bits 30 and 31, of which every kernel address has one */
	if (plain && cache->reciprocal <= 1u << 30)
		return (struct start_test){-(unsigned long)cache->reciprocal, cache->starts};
	return (struct start_test){.misfit = ~0ul};
}

/* --- all together ----------------------------------------------------------------------------- */

int slab_layout(struct kmem_cache *cache)
{
	size_t size = lay_out_object(cache), rest;

	if (size > PAGE_SIZE << (MAX_ORDER - 1))
		return -E2BIG;
	cache->size = (unsigned int)size;
	if (!choose_order(cache, &rest))
		return -E2BIG;
	set_reciprocal(cache);
	cache->colour_off = max(cache->align, (unsigned int)CACHE_LINE);
	cache->colour = (unsigned int)(rest / cache->colour_off) + 1;
	return 0;
}

/* --- the roots ------------------------------------------------------------------------------- */

LIST_HEAD(slab_caches);
const struct kmem_cache *slab_first_cache;
DEFINE_MUTEX(slab_mutex);
DEFINE_RAW_SPINLOCK(slab_list_lock);
struct kmem_cache kmalloc_large = {.name = "kmalloc-large"};

void *slab_no_entry[1];

/* The array of caches that have none is always empty and always full, and fits no object. */
#define NO_ARRAY                                                                                   \
	{                                                                                          \
		.top = slab_no_entry, .limit = slab_no_entry, .misfit = ~0ul,                      \
		.entry = slab_no_entry                                                             \
	}
DEFINE_PER_CPU(struct array_cache, slab_arrays[SLAB_ARRAYS]) = {NO_ARRAY};
DEFINE_PER_CPU(struct array_cache *,
               slab_slots[SLAB_SLOTS]) = {[0 ... SLAB_SLOTS - 1] = &slab_arrays[0]};

/* --- where is it? ------------------------------------------------------------------------- */

static struct page *page_of(const void *p)
{
	unsigned long offset = (unsigned long)p - PAGE_OFFSET;
	unsigned long pfn = offset >> PAGE_SHIFT;

	return pfn < max_low_pfn && pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

/* Is there memory where a cache is said to be? */
static bool may_follow(const struct kmem_cache *cache)
{
	return cache == slab_first_cache || page_of(cache);
}

/* Do the names in the struct page agree? A name is followed only when another one vouches for it:
 * the array, by its place, for the cache. */
static bool names_agree(const struct page *page)
{
	struct array_cache *array = page->slab_array;
	const struct kmem_cache *cache;

	if (array < slab_arrays || array >= slab_arrays + SLAB_ARRAYS)
		return false;
	cache = raw_cpu_ptr(array)->cache;
	if (cache ? cache != page->slab_cache
	          : !may_follow(page->slab_cache) || page->slab_cache->arrays != array)
		return false;
	return page_of(page->slab) && page->slab->cache == page->slab_cache;
}

struct slab_place slab_place_of(const void *p)
{
	struct slab_place at = {.page = page_of(p)};
	const struct kmem_cache *cache;
	unsigned long offset;

	if (!at.page || !PageSlab(at.page) || at.page->slab_cache == &kmalloc_large)
		return at;
	cache = at.page->slab_cache;
	at.slab = at.page->slab;
	offset = (unsigned long)((const char *)p - at.slab->objects);
	if ((long)offset < 0) { /* in the colour */
		at.offset = (long)offset - (long)cache->object_offset;
		return at;
	}
	at.index = min(slab_index(cache, offset), cache->num - 1);
	at.offset = (const char *)p - (char *)slab_object(at.slab, at.index);
	return at;
}

struct slab_place slab_locate(const void *p)
{
	struct page *page = page_of(p);

	if (page && PageSlab(page) && page->slab_cache != &kmalloc_large && !names_agree(page))
		return (struct slab_place){.page = page, .corrupt = true};
	return slab_place_of(p);
}

static bool is_listed(const struct kmem_cache *cache)
{
	unsigned long flags = raw_spin_lock_irqsave(&slab_list_lock);
	struct kmem_cache *other;
	bool found = false;

	list_for_each_entry (other, &slab_caches, list)
		found = found || other == cache;
	raw_spin_unlock_irqrestore(&slab_list_lock, flags);
	return found;
}

const char *cache_trouble(const struct kmem_cache *cache)
{
	struct slab_place at;

	if (!cache)
		return "null";
	if (is_listed(cache))
		return NULL;
	at = slab_locate(cache);
	return at.slab && at.slab->cache->flags & SLAB_ON_SLAB && !at.offset ? "destroyed"
	                                                                     : "not_a_cache";
}
