/* SPDX-License-Identifier: MIT */
/* slab_internal.h - what the slab allocator's files share among themselves, lowest first. */
#pragma once
#include "lib/bitops.h"
#include "mm/page_alloc.h"
#include "mm/slab_def.h"
#include "mm/slab_check.h"
#include "mm/slab_ops.h"
#include "spinlock.h"

/* Kernel addresses below PAGE_OFFSET + slab_reach have a struct page: the end of low memory, or the
 * first hole in mem_map. (C) */
extern unsigned long slab_reach;

/* The links of slab_caches, for those who look a cache up in a context that cannot sleep; changed
 * under slab_mutex too. Interrupts off, alone. */
extern raw_spinlock_t slab_list_lock;

/* The cache of caches: it is no object itself. (C) */
extern const struct kmem_cache *slab_first_cache;

/* The entry of arrays that have none. */
extern void *slab_no_entry[1];

/* --- slab_layout.c: sizes ----------------------------------------------------------------- */

enum { SLAB_MAX_OBJECTS = 1024, SLAB_MAX_ORDER = 3 };

/* Work out everything about a cache's slabs from object_size, align, flags and ctor.
 * Returns: 0 or -E2BIG when no slab can hold an object. */
int slab_layout(struct kmem_cache *cache);

/* Which object's piece the offset from slab->objects lies in; exact for offsets within a slab. */
static inline unsigned int slab_index(const struct kmem_cache *cache, unsigned long offset)
{
	return (unsigned int)((u64)offset * cache->reciprocal >> 32);
}

/* The user's part of object k. */
static inline void *slab_object(const struct slab *slab, unsigned int k)
{
	return slab->objects + (size_t)k * slab->cache->size + slab->cache->object_offset;
}

static inline unsigned long *object_cookie(const struct kmem_cache *cache, const void *object)
{
	return (unsigned long *)((char *)object + cache->cookie_offset);
}

static inline unsigned int slab_words(const struct kmem_cache *cache)
{
	return (unsigned int)BITS_TO_LONGS(cache->num);
}

/* The array that objects of node nid belong to. */
static inline struct array_cache *node_array(const struct kmem_cache *cache, int nid)
{
	return cache->flags & SLAB_NO_ARRAYS ? cache->arrays : cache->arrays + nid;
}

/* How a free tells by arithmetic whether an object of a cache begins at p, an address in one of its
 * slabs: none of the bits of misfit is in p; else (first object - p) * misfit < starts, in 32 bits.
 * Both are exact. misfit all ones and starts 0: it cannot tell, and looks closer. */
struct start_test {
	unsigned long misfit;
	u32 starts;
};
struct start_test slab_start_test(const struct kmem_cache *cache);

/* Where an address is. */
struct slab_place {
	struct page *page; /* NULL: no frame of low memory */
	struct slab *slab; /* NULL: not in a slab */
	bool corrupt;      /* PG_slab, but its names of cache, slab and array do not agree */
	unsigned int index;
	long offset; /* from the user's part of object `index`; 0: it is an object */
};

/* Find out. Only struct pages and the slab's descriptor are looked at. */
struct slab_place slab_locate(const void *p);

/* The same, for an address whose struct page was found sound. */
struct slab_place slab_place_of(const void *p);

/* Why this is no cache that is in use: "null", "destroyed", "not_a_cache"; NULL: it is one. The
 * pointer is not followed. */
const char *cache_trouble(const struct kmem_cache *cache);

/* --- slab_grow.c: slabs ------------------------------------------------------------------- */

/* A new slab with all objects free and constructed. descriptor: for SLAB_OFF_SLAB caches.
 * nid: as kmem_cache_alloc_node(). Returns: NULL: no pages. */
struct slab *slab_build(struct kmem_cache *cache, gfp_t gfp, int nid, void *descriptor,
                        unsigned int colour, unsigned long caller);

/* Give its pages back. Returns: the descriptor, to be freed by the caller, when it was off-slab. */
void *slab_demolish(struct kmem_cache *cache, struct slab *slab);

/* --- slab_isolate.c: descriptors that were overwritten --------------------------------------- */

/* Is the descriptor what it was? Context: list_lock. */
bool slab_is_sound(const struct kmem_cache *cache, const struct slab *slab);

/* A page of the slab, found without trusting the descriptor; NULL: none. */
struct page *slab_find_page(const struct kmem_cache *cache, const struct slab *slab);

/* Take an unsound slab out of its node's lists, and its pages (page: any of them, NULL: not known)
 * out of use. Context: list_lock. */
void slab_isolate(struct kmem_cache *cache, struct kmem_cache_node *node, struct slab *slab,
                  struct page *page);

static inline enum slab_kind slab_kind_of(const struct kmem_cache *cache)
{
	return cache->flags & SLAB_RECLAIM_ACCOUNT ? SLAB_RECLAIMABLE : SLAB_UNRECLAIMABLE;
}

/* Do the heads of a node's lists lead to their first slabs? Context: list_lock. */
bool node_heads_are_sound(const struct kmem_cache_node *node);

/* Make a node's lists anew from the struct pages of its slabs. Context: list_lock. */
void node_rebuild(struct kmem_cache *cache, struct kmem_cache_node *node);

/* --- slab_node.c: lists ------------------------------------------------------------------- */

void node_init(struct kmem_cache_node *node);

/* Put a slab on the list that its fill calls for. Context: list_lock. */
void node_list_slab(struct kmem_cache_node *node, struct slab *slab);

/* Take up to n free objects of node nid's slabs, without growing. Returns: how many. */
unsigned int node_take(struct kmem_cache *cache, int nid, void **objects, unsigned int n);

/* The same from its shared array. */
unsigned int node_take_shared(struct kmem_cache *cache, int nid, void **objects, unsigned int n);

/* Give objects of node nid back to their slabs; free slabs that are too many go. The cookies are in
 * place. */
void node_give(struct kmem_cache *cache, int nid, void **objects, unsigned int n);

/* Give them to the shared array as far as there is room, the rest to their slabs. */
void node_give_shared(struct kmem_cache *cache, int nid, void **objects, unsigned int n);

/* Add a slab to the cache. nid: wished for, NUMA_NO_NODE for any.
 * Returns: the node that it lies on, or NUMA_NO_NODE: no memory. */
int cache_grow(struct kmem_cache *cache, gfp_t gfp, int nid, unsigned long caller);

/* Free up to n free slabs of a node. Returns: how many it freed. */
unsigned long node_shrink(struct kmem_cache *cache, int nid, unsigned long n);

/* --- slab_array.c: per-CPU arrays --------------------------------------------------------- */

/* One object of a node from this CPU's array, refilled if need be; without growing. */
void *array_take(struct kmem_cache *cache, int nid);

/* Up to n objects from this CPU's array for its home node, refilled if it is empty; without
 * growing. Their cookies are on. Returns: how many. */
size_t array_take_many(struct kmem_cache *cache, void **objects, size_t n);

/* One object of a node to this CPU's array, which is full: the oldest go on. */
void array_put(struct kmem_cache *cache, int nid, void *object);

/* Some objects of a node to this CPU's array, which may be full. */
void array_put_many(struct kmem_cache *cache, int nid, void **objects, unsigned int n);

/* All objects of a node's shared array back to their slabs; of that and of every CPU's; of every
 * CPU's arrays that were not used since the last time. The latter two ask the CPUs (smp.h). */
void node_drain_shared(struct kmem_cache *cache, int nid);
void arrays_drain(struct kmem_cache *cache);
void arrays_reap(struct kmem_cache *cache);

/* Empty the arrays of all caches with one call to each CPU: arrays_drain() of each cache then finds
 * nobody to ask. Context: as arrays_drain(). */
void arrays_drain_all(void);

/* Make a CPU's array for a node, empty, of limit + 1 entries, entry[0] NULL; entry NULL: none. The
 * objects in it go back to their slabs. Asks the CPU (smp.h). Returns: the entries that it had
 * before, or NULL. */
void **array_install(struct kmem_cache *cache, unsigned int cpu, int nid, void **entry,
                     unsigned int limit, unsigned int batchcount);

/* Empty a cache's arrays and let them take nothing, so that every call takes the long way; or let
 * them work again. */
void arrays_switch(struct kmem_cache *cache, bool on);

/* While slab_diverted is set no fast path finds an array to take from or an object that it knows,
 * so that every call takes the long way; but that one uses the arrays as ever. arrays_divert()
 * tells each CPU after it changed. Written with slab_mutex held. */
extern bool slab_diverted;
void arrays_divert(struct kmem_cache *cache);

/* What slab_start_test() says, or, diverted, that it cannot tell. */
struct start_test array_start_test(const struct kmem_cache *cache);

/* --- slab_quarantine.c: objects out of use for a while, or for good -------------------------- */

/* A freed object of a debugged cache waits; the oldest goes back to its slab instead. */
void quarantine_put(struct kmem_cache *cache, void *object, unsigned long caller);

/* All that wait go back. */
void quarantine_drain(struct kmem_cache *cache);

bool quarantine_holds(const struct kmem_cache *cache, const void *object);
unsigned int quarantine_count(const struct kmem_cache *cache);

/* A free object was found damaged: it stays taken for ever. */
void slab_retire_object(struct kmem_cache *cache, void *object);

/* --- slab_limits.c: slots, arrays and their sizes ------------------------------------------------
 */

/* Take slab_mutex. Meanwhile no report ends the running code, because nobody would give it back.
 * Nothing is allocated under it: reclaim takes it. Context: may sleep. */
void slab_lock(void);
void slab_unlock(void);

/* Tell about a call with what is no cache. Returns: whether it is none. Context: slab_mutex, so
 * that the answer stays true. */
bool slab_refuse_cache(const struct kmem_cache *cache, const char *call, unsigned long caller);

/* Calls for whole caches may sleep. Returns: true, reported: this context may not. */
bool slab_refuse_atomic(const struct kmem_cache *cache, const char *call, unsigned long caller);

/* Give a cache a slot and arrays, without entries yet, or SLAB_NO_ARRAYS when there are none left;
 * take them away. class: of kmalloc, whose slots are given by name; -1: another cache.
 * Context: slab_mutex, or boot. */
void slab_take_slot(struct kmem_cache *cache, int class);
void slab_give_slot(struct kmem_cache *cache);

/* As kmem_cache_tune(). */
struct array_limits {
	unsigned int limit, batchcount, shared;
};

/* The entries of all arrays that limits call for. */
struct array_kit {
	void **arrays[2]; /* of alien objects, of a CPU's own; chained by their entry[0] */
	struct shared_array *shared; /* chained by their entry[0] */
};

struct array_limits slab_default_limits(const struct kmem_cache *cache);
void slab_set_free_limit(struct kmem_cache *cache);

/* Get them. Returns: 0, or -ENOMEM and the kit is empty. Context: may sleep. */
int array_kit_alloc(struct array_kit *kit, const struct array_limits *l);

/* Give back what is (still) in a kit. */
void array_kit_free(struct array_kit *kit);

/* The cache's limits become these, its arrays those of the kit, which was allocated for them; of a
 * cache without arrays the kit stays as it is. Objects in the old arrays go back to their slabs.
 * Context: slab_mutex, or boot. */
void array_kit_install(struct kmem_cache *cache, const struct array_limits *l,
                       struct array_kit *kit);

/* --- kmalloc.c ---------------------------------------------------------------------------- */

extern const unsigned int kmalloc_sizes[NR_KMALLOC_CLASSES];

/* What the pages of a large block name as their cache. It is on no list and has no object. */
extern struct kmem_cache kmalloc_large;

/* Is p, which lies at that place, the start of a large block? */
bool is_large_start(const struct slab_place *at, const void *p);

/* kfree() blaming caller. */
void kfree_caller(const void *p, unsigned long caller);

/* Sizes to slots. Context: boot. */
void kmalloc_fill_table(void);

/* --- slab.c ------------------------------------------------------------------------------- */

/* kmem_cache_alloc_node() blaming caller. requested: bytes that the user asked for. */
void *slab_alloc(struct kmem_cache *cache, gfp_t gfp, int nid, size_t requested,
                 unsigned long caller);

/* Is nid no node that objects can be asked from? If so, it is reported. */
bool slab_refuse_node(int nid, unsigned long caller);

/* A fast path popped an object whose cookie was gone: put it out of use, take another. */
void *slab_alloc_spoilt(struct kmem_cache *cache, gfp_t gfp, void *object, unsigned long caller);

/* Is the object at a place in the slab's free bits or in an array? */
bool slab_object_is_free(const struct slab_place *at);

/* Is the place the start of an object, and the object not free? */
static inline bool slab_object_is_taken(const struct slab_place *at)
{
	return at->slab && !at->offset && !slab_object_is_free(at);
}

/* Free an object, whatever it turns out to be. cache: whose it must be; NULL: any. */
void slab_free(struct kmem_cache *cache, const void *object, unsigned long caller);

/* --- frees without a further look ----------------------------------------------------------- */

/* Is there a page at the address, and PG_slab? That of a large block names kmalloc_large. */
static __always_inline bool find_slab_page(const void *p, struct page **page)
{
	unsigned long offset = (unsigned long)p - PAGE_OFFSET;

	if (unlikely(offset >= slab_reach))
		return false;
	*page = pfn_to_page(offset >> PAGE_SHIFT);
	return likely((*page)->flags & 1ul << PG_slab);
}

/* Is it the first page of a large block? Its others are not PG_slab. */
static inline bool page_is_large(const struct page *page)
{
	return PageSlab(page) && page->slab_cache == &kmalloc_large;
}

/* The first page of the large block that begins at p; NULL: none does. */
static inline struct page *large_block_at(const void *p)
{
	struct page *page;

	if (!find_slab_page(p, &page) || !page_is_large(page) || (unsigned long)p % PAGE_SIZE)
		return NULL;
	return page;
}

/* Does an object of a plain cache begin at p, which lies in this PG_slab page of that array? */
static __always_inline bool object_begins(const struct page *page, struct array_cache *array,
                                          const void *p)
{
	enum array_fit fit = array_fit(array, p);

	if (fit != ARRAY_MISFIT)
		return likely(fit == ARRAY_FITS);
	return array_starts(array, (u32)((unsigned long)page->slab_objects - (unsigned long)p));
}

/* An object of a plain cache. Is it taken? Then it has its cookie now and is as good as free. */
static __always_inline bool cookie_put(const void *object, const struct array_cache *array)
{
	if (unlikely(*(const unsigned long *)object == array_cookie(array)))
		return false;
	*(unsigned long *)object = array_cookie(array);
	return true;
}
