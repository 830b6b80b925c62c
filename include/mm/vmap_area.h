/* SPDX-License-Identifier: MIT */
/* vmap_area.h - which addresses of a window are taken, and by whom.
 *
 * Areas hang in a red-black tree by address and in a list in the same order. Each area knows the
 * hole below it, each subtree its largest hole, so that the lowest hole that is large enough is
 * found in O(log n), more only where the alignment does not fit. The hole above the last area
 * belongs to nobody: it is looked at last.
 * A window is an object of its own: tests make small ones.
 * Source: Gorman ch. 7 (areas in address order); Cormen et al. ch. 14 (augmented trees). Differs
 * from Linux: one tree of what is taken, not a second one of what is free.
 * Locks: the window's, taken by the caller unless it says otherwise. */
#pragma once
#include "asm/pgtable_types.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "mm/vm_struct.h"
#include "spinlock.h"

enum vmap_state {
	VMAP_NEW,      /* being made: has addresses, not all of its pages */
	VMAP_BUSY,     /* somebody's */
	VMAP_CACHED,   /* freed, entries hidden, frames kept for the next of this size */
	VMAP_LAZY,     /* freed, unmapped, waits for the flush with its frames */
	VMAP_DEFERRED, /* freed in an interrupt: to be unmapped later */
};

struct vmap_area {
	unsigned long va_start, va_end; /* (L) [start, end), guard page included */
	struct rb_node rb_node;         /* (L) */
	unsigned long hole,
		max_hole;      /* (L) bytes free below it; the most below any in its subtree */
	struct list_head list; /* (L) neighbours by address */
	struct vmap_area *next_free; /* the next in the cache, or of those to purge or unmap */
	pte_t *pte;                  /* of va_start, when all of it lies in one table */
	enum vmap_state state;       /* (L) */
	unsigned long freed_by;      /* (L) who freed it, while it is not busy */
	struct vm_struct vm;
};

/* (C) constant after init (L) lock */
struct vmap_space {
	raw_spinlock_t lock;
	unsigned long start, end; /* (C) */
	struct rb_tree tree;      /* (L) */
	struct list_head list;    /* (L) all areas, lowest first */
	unsigned long nr_areas;   /* (L) */
	unsigned long used;       /* (L) bytes in areas */
};

/* An empty window over [start, end). */
void vmap_space_init(struct vmap_space *space, unsigned long start, unsigned long end);

/* Give the area the lowest size bytes that are free at a multiple of align.
 * size:    a multiple of the page size, > 0; align: a power of two of at least a page.
 * Returns: 0, va_start and va_end set; -ENOSPC: no hole is large enough; nothing is changed. */
int vmap_area_insert(struct vmap_space *space, struct vmap_area *area, unsigned long size,
                     unsigned long align);

/* Take an area out of the window. */
void vmap_area_remove(struct vmap_space *space, struct vmap_area *area);

/* The area that va lies in, guard page included; NULL when there is none.
 * Without the lock the answer is a guess that cannot fault: for fault reports. */
struct vmap_area *vmap_area_find(const struct vmap_space *space, unsigned long va);

/* The area that begins at va exactly. As few steps as the tree allows. */
static inline struct vmap_area *vmap_area_at(const struct vmap_space *space, unsigned long va)
{
	struct rb_node *node = space->tree.root;

	while (node) {
		struct vmap_area *area = rb_entry(node, struct vmap_area, rb_node);

		if (va == area->va_start)
			return area;
		node = node->child[va > area->va_start];
	}
	return NULL;
}

/* The area with the least distance to va, NULL when there is none at all. */
struct vmap_area *vmap_area_nearest(const struct vmap_space *space, unsigned long va);

/* The first area that begins at va or above. */
struct vmap_area *vmap_area_above(const struct vmap_space *space, unsigned long va);

/* Bytes of the largest hole. O(1). */
unsigned long vmap_largest_hole(const struct vmap_space *space);

/* Check the window whole: tree (order, balance, largest holes recomputed), list against tree, areas
 * disjoint and inside, sums (I21, I22). Takes the lock. Returns: NULL or what is wrong. */
const char *vmap_space_check(struct vmap_space *space);
