/* SPDX-License-Identifier: MIT */
/* vmalloc_internal.h - what the files of the vmalloc window share among themselves. */
#pragma once
#include "mm/page.h"
#include "mm/vmap_area.h"
#include "preempt.h"

/* vmalloc_space.c ------------------------------------------------------------------------------ */

/* The window. For GDB: vmalloc_space.tree and .list are plain structures. */
extern struct vmap_space vmalloc_space;

/* An area as it was when something happened to it. */
struct vmap_record {
	unsigned long start, end; /* guard page included */
	unsigned long size;       /* bytes that may be used: without it */
	unsigned long flags, caller, freed_by;
};

/* The last byte that may be used. */
static inline unsigned long vmap_record_last(const struct vmap_record *r)
{
	return r->start + r->size - 1;
}

/* Copy what reports say about an area. */
struct vmap_record vmap_record_of(const struct vmap_area *area);

/* Give addresses back that were never mapped, or never seen by anybody. */
void vmap_space_unreserve(struct vmap_area *area);

/* Take an area that was flushed everywhere out of the window for good, and remember it. */
void vmap_space_forget(struct vmap_area *area);

/* The area freed last that began at (exact) or covered va and is gone. Returns: false: unknown. */
bool vmap_recall(unsigned long va, bool exact, struct vmap_record *out);

/* "vmalloc", "vmap" or "ioremap". */
const char *vm_type_name(unsigned long flags);

/* Ask for addresses; purging, when there is no hole and something to purge, is the caller's.
 * Returns: 0 or -ENOSPC. */
int vmap_space_reserve(struct vmap_area *area, unsigned long size, unsigned long align);

/* The same, if accepts() does so with every area that there is. area->vm says already what the area
 * will be, for those who look while it is being made. Returns: as above; -EBUSY: one was not. */
int vmap_space_reserve_unless(struct vmap_area *area, unsigned long size, unsigned long align,
                              bool (*accepts)(const struct vmap_area *area, void *arg), void *arg);

void vmalloc_space_init(void);

/* vmalloc_report.c ----------------------------------------------------------------------------- */

/* Is the size one that the window could ever hold? Else tell why not, with what asked for it. */
bool vm_size_is_sound(const char *what, unsigned long size, unsigned long align,
                      unsigned long caller);

/* Making and mapping areas may wait: may this context? Else tell why not. */
bool vm_may_wait_slow(const char *what, unsigned long caller);
static __always_inline bool vm_may_wait(const char *what, unsigned long caller)
{
	return likely(!in_atomic() && !irqs_disabled()) || vm_may_wait_slow(what, caller);
}

void report_size_overflow(const char *what, unsigned long n, unsigned long size,
                          unsigned long caller);
void report_no_hole(const char *what, unsigned long size, unsigned long align,
                    unsigned long caller);

/* Take a busy area of this kind (VM_ALLOC, VM_MAP or VM_IOREMAP) that begins at addr away from its
 * owner: its state becomes `claimed`, freed_by the caller. Misuse is told and refused.
 * call: the call's name, for reports. Returns: the area or NULL. Context: any. */
struct vmap_area *vm_claim(const void *addr, unsigned long kind, const char *call,
                           enum vmap_state claimed, unsigned long caller);

/* vmap_cache.c --------------------------------------------------------------------------------- */

/* Areas of up to this many pages are kept for the next of their size, each size in a list of its
 * own. Larger ones are in one list. */
enum { VMAP_CACHE_PAGES = 64 };

/* A kept area of this many pages, mapped again for caller; NULL: there is none. Context: any. */
struct vmap_area *vmap_cache_take(unsigned long nr_pages, unsigned long caller);

/* The same for more pages than VMAP_CACHE_PAGES. Context: task. */
struct vmap_area *vmap_cache_take_large(unsigned long nr_pages, unsigned long caller);

/* A vmap area of this many pages that was unmapped and flushed: addresses and no more. NULL: none
 * is kept. Context: task. */
struct vmap_area *vmap_range_take(unsigned long nr_pages);

/* The fast free. Returns: false: not a plain small area, the cache is full, or something is odd;
 * nothing is changed then. Context: task. */
bool vmap_cache_give(const void *addr, unsigned long caller);

/* Keep a claimed area of more than VMAP_CACHE_PAGES. Returns: false: it is not plain, or the cache
 * is full; nothing is changed then. Context: task. */
bool vmap_cache_keep_large(struct vmap_area *area);

/* Unmap a claimed vmalloc area; it is freed after the next flush of every CPU. Context: task. */
void vmap_free_lazily(struct vmap_area *area);

/* Unmap and flush a claimed area now, and forget it, or keep the addresses of a small vmap area for
 * the next of its size. Its frames are somebody else's. */
void vmap_free_now(struct vmap_area *area);

/* An area claimed in an interrupt waits for the next call outside. */
void vmap_defer(struct vmap_area *area);
extern struct vmap_area *vmap_deferred; /* (L) vmalloc_space.lock */
void vmap_run_deferred(void);

/* Single frames of an area are to go back: frees need not refuse them any more. */
static inline void vmap_unmark_frames(struct page *const *pages, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		pages[i]->_mapcount = -1;
}

/* Free an area's array of pages: kmalloc's, or an area itself. */
void vmap_free_array(struct page **pages, unsigned long caller);

/* Make and free descriptors. */
struct vmap_area *vmap_area_alloc(gfp_t gfp);
void vmap_area_free(struct vmap_area *area);

void vmap_cache_init(void);
unsigned long vmap_cached_pages(void);
unsigned long vmap_lazy_pages(void);
