/* SPDX-License-Identifier: MIT */
/* slab_def.h - what caches are made of. For the allocator itself, for reports and tests.
 *
 *   kmem_cache --- node[n] --- slabs_full    every object taken
 *       |             |------- slabs_partial some
 *       |             |------- slabs_free    none; beyond free_limit they go back
 *       |             '------- shared        objects for all CPUs of the node, in an array
 *       '--- per CPU and node: array_cache   objects for this CPU, in an array used as a stack
 *
 * Free objects of a slab are bits in its descriptor: there is no pointer in a free object that a
 * stray write could turn into a weapon, and setting a bit twice is a double free. An object in an
 * array is taken as far as the slab knows.
 *
 * Every free object, wherever it is, holds the cache's cookie in one word: the address of the
 * array_cache that frees of its page go to. A free that finds the cookie looks closer (is it free
 * already?); an allocation that does not find it knows that the object was written to after it was
 * freed. The word is the object's first, or one behind the object when a constructor or debugging
 * needs the content kept.
 *
 * A CPU has an array for each node: allocations pop from the home node's, frees push to the one of
 * the page's node, which page->slab_array names. So the arrays of other nodes are what the books
 * call alien caches, and no path compares node numbers. */
#pragma once
#include "asm/memlayout.h"
#include "asm/percpu.h"
#include "lib/list.h"
#include "mm/gfp.h"
#include "mm/topology.h"
#include "spinlock.h"
#include "types.h"

typedef u32 slab_flags_t;

enum slab_flags {
	SLAB_CONSISTENCY_CHECKS = 1 << 0, /* F: look at each object twice */
	SLAB_RED_ZONE = 1 << 1,           /* Z: guard words on both sides of each object */
	SLAB_POISON = 1 << 2,             /* P: fill free objects, check the filling */
	SLAB_STORE_USER = 1 << 3,         /* U: remember who allocated and freed each object */
	SLAB_DEBUG_FLAGS = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
	SLAB_HWCACHE_ALIGN = 1 << 4, /* objects begin at cache lines, small ones at a part of one */
	SLAB_CACHE_DMA = 1 << 5,     /* pages from ZONE_DMA */
	SLAB_RECLAIM_ACCOUNT =
		1 << 6,          /* a shrinker can free the objects: pages grouped with such */
	SLAB_PANIC = 1 << 7,     /* panic when the cache cannot be created */
	SLAB_NO_ARRAYS = 1 << 8, /* never array caches: for rare objects */
	SLAB_CREATE_FLAGS = (1 << 9) - 1,
	/* set by the allocator */
	SLAB_OFF_SLAB = 1 << 16, /* descriptors are objects of descriptor_cache */
	SLAB_KMALLOC = 1 << 17,  /* of kmalloc's own */
	SLAB_NO_DEBUG = 1 << 18, /* slab_debug= leaves it alone: the allocator's own descriptors */
	SLAB_ON_SLAB = 1 << 19,  /* descriptors must lie in the slab */
	SLAB_DEAD = 1 << 21,     /* destroyed; there until the memory is used again */
	SLAB_PLAIN = 1 << 20,    /* no constructor, no debugging: objects need no further look */
};

struct kmem_cache;

/* What an address says to an array: an object begins there; its bits do not tell; no array is
 * there.
 */
enum array_fit { ARRAY_FITS, ARRAY_MISFIT, NO_ARRAY_THERE };

/* asm/slab_ops.h knows: top at 0, limit at 4, misfit at 8, starts at 12.
 * (O) owner CPU, interrupts off or restartable section  (C) constant while the cache lives */
struct array_cache {
	void **top;               /* (O) last filled entry; entry[0] is NULL */
	void **limit;             /* (O) entry that a push does not go beyond */
	unsigned long misfit;     /* (C) and starts: as slab_start_test() says */
	u32 starts;               /* (C) */
	void **entry;             /* (O) */
	u16 room, batchcount;     /* (C) entries behind entry[0]; moved at a time */
	u16 touched;              /* (O) used since the last reap? */
	s16 nid;                  /* (C) whose objects */
	struct kmem_cache *cache; /* (C) NULL: not in use */
};

_Static_assert(sizeof(void *) != 4 || sizeof(struct array_cache) == 32, "indexed by a shift");

/* Two array sets for each cache on a machine of two nodes. What does not get any works without
 * arrays. */
enum { SLAB_ARRAYS = 256, SLAB_SLOTS = 128 };
DECLARE_PER_CPU(struct array_cache, slab_arrays[SLAB_ARRAYS]);

/* By the cache's slot: the link address of the home node's array. The first are kmalloc's. */
DECLARE_PER_CPU(struct array_cache *, slab_slots[SLAB_SLOTS]);

static inline unsigned int array_avail(const struct array_cache *ac)
{
	return (unsigned int)(ac->top - ac->entry);
}

/* Objects for all CPUs of a node. (N) list_lock */
struct shared_array {
	unsigned int avail, limit;
	void *entry[];
};

/* Links of slabs lie at multiples of their size, so that a link with one bit wrong never points
 * into the middle of a neighbour, where it could look right. */
enum { SLAB_LIST_ALIGN = sizeof(struct list_head) };
#define __slab_list_aligned __aligned(2 * sizeof(void *))

/* (N) list_lock */
struct kmem_cache_node {
	struct list_head slabs_partial, slabs_full, slabs_free; /* (N) of struct slab */
	raw_spinlock_t list_lock;
	unsigned long nr_slabs, nr_free_slabs; /* (N) */
	unsigned long free_objects;            /* (N) in the slabs, not those in arrays */
	unsigned long free_limit;    /* (N) free objects beyond which free slabs go back */
	unsigned int colour_next;    /* (N) */
	unsigned int touched;        /* (N) used since the last reap? */
	struct shared_array *shared; /* (N) NULL: none */
} __slab_list_aligned;

/* One slab. Lies behind its objects or in an object of descriptor_cache. (N) */
struct slab {
	struct list_head list;    /* (N) */
	struct kmem_cache *cache; /* (C) */
	char *objects;            /* (C) the first one, colour included */
	u16 inuse;                /* (N) objects taken: allocated or in arrays */
	u16 hint;                 /* (N) words of free[] below it are 0 */
	u16 colour;               /* (C) objects begin this many colour_off into the pages */
	s16 nid;                  /* (C) */
	unsigned long free[];     /* (N) bit k: object k is free */
} __slab_list_aligned;

struct ctor_image;

/* Freed objects of a cache with poison wait here, oldest out first. Objects found damaged stay out
 * of use. (D) debug_lock */
enum { SLAB_QUARANTINE = 16, SLAB_DAMAGED = 8 };

/* (M) slab_mutex */
struct kmem_cache {
	const char *name;           /* (C); the cookie once the cache is destroyed */
	struct array_cache **slot;  /* (C) in slab_slots; that of none once it is destroyed */
	unsigned int cookie_offset; /* (C) of the cookie's word in an object */
	unsigned int size;          /* (C) from one object to the next */
	u32 reciprocal;             /* (C) of size: slab_index() */
	u32 starts;                 /* (C) offset * reciprocal of an object's start is below it */
	unsigned int num;           /* (C) objects in a slab */
	unsigned int order;         /* (C) pages of a slab: 2^order */
	slab_flags_t flags;         /* (C) */
	unsigned int object_size;   /* (C) what was asked for */
	unsigned int
		object_offset; /* (C) left red zone: from the piece's start to the user's part */
	unsigned int align;    /* (C) */
	unsigned int colour, colour_off; /* (C) number of colours, bytes between them */
	unsigned int descriptor_size;    /* (C) */
	gfp_t page_gfp;                  /* (C) for its pages */
	void (*ctor)(void *object);      /* (C) */
	struct array_cache *arrays; /* (C) link address of the first of nr_node_ids; or none's */
	struct kmem_cache *descriptor_cache;    /* (C) SLAB_OFF_SLAB */
	struct list_head list;                  /* (M) slab_caches */
	unsigned int limit, batchcount, shared; /* (M) */
	unsigned long nr_grown, nr_reaped;      /* slabs made and given back */
	struct ctor_image *ctor_image;          /* (C) what ctor makes, or NULL */
	raw_spinlock_t debug_lock;
	unsigned int quarantine_next;      /* (D) */
	unsigned int nr_isolated;          /* slabs whose descriptor was overwritten */
	unsigned int nr_damaged;           /* (D) objects out of use, beyond damaged[] too */
	void *damaged[SLAB_DAMAGED];       /* (D) NULL: no object */
	void *quarantine[SLAB_QUARANTINE]; /* (D) NULL: no object */
	struct kmem_cache_node node[];     /* nr_node_ids */
};

/* All caches, oldest first. (M): who goes along them holds it (slab_check.h). */
extern struct list_head slab_caches;

/* --- kmalloc's classes ---------------------------------------------------------------------- */

enum { KMALLOC_MIN_SIZE = 8, NR_KMALLOC_CLASSES = 13 };
#define KMALLOC_MAX_CACHE_SIZE 8192ul
#define KMALLOC_MAX_SIZE       (4ul << 20)

/* What kmalloc(0) returns: not NULL, never to be touched, fine to free. */
#define ZERO_SIZE_PTR       ((void *)ZERO_SIZE_VA)
#define ZERO_OR_NULL_PTR(p) (!(p) || (p) == ZERO_SIZE_PTR)

/* Class of a size 1..KMALLOC_MAX_CACHE_SIZE. Folds for constants. */
static __always_inline unsigned int kmalloc_index(size_t size)
{
	return size <= 8      ? 0
	       : size <= 16   ? 1
	       : size <= 32   ? 2
	       : size <= 64   ? 3
	       : size <= 96   ? 4
	       : size <= 128  ? 5
	       : size <= 192  ? 6
	       : size <= 256  ? 7
	       : size <= 512  ? 8
	       : size <= 1024 ? 9
	       : size <= 2048 ? 10
	       : size <= 4096 ? 11
	                      : 12;
}

/* Flags that ask for nothing the fast path does not do. */
static __always_inline bool kmalloc_gfp_plain(gfp_t gfp)
{
	return !(gfp & ~(__GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_RECLAIM | __GFP_NOWARN |
	                 __GFP_RETRY_MAYFAIL | __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_HARDWALL));
}

/* The pieces of kmalloc(): a known class with GFP_KERNEL, with other plain flags, any size with
 * GFP_KERNEL, everything else. (fastcall: the register choice saves a move.) */
void *kmalloc_slot_kernel(struct array_cache **slot) __fastcall;
void *kmalloc_slot(struct array_cache **slot, gfp_t gfp) __fastcall;
void *kmalloc_any_kernel(size_t size) __fastcall;
void *__kmalloc(size_t size, gfp_t gfp);

/* Those of kmem_cache_alloc(): with GFP_KERNEL, with other flags. */
void *kmem_cache_alloc_kernel(struct kmem_cache *cache) __fastcall;
void *__kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);

/* kmem_cache_free(), with the object where the fast path wants it. */
void __kmem_cache_free(void *object, struct kmem_cache *cache);

enum kmalloc_type { KMALLOC_NORMAL, KMALLOC_DMA, NR_KMALLOC_TYPES };
extern struct kmem_cache *kmalloc_caches[NR_KMALLOC_TYPES][NR_KMALLOC_CLASSES];
