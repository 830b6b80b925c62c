/* SPDX-License-Identifier: MIT */
/* vmalloc.h - memory that is contiguous in kernel addresses, not in frames: Linux's calls.
 *
 * Frames come from high memory first, because they need no address of their own. Each area ends in
 * a guard page that is never mapped. 2 MiB pages are used where an area is large enough and there
 * are blocks of that size.
 * What is freed cannot be reached on this CPU from then on. Its addresses and frames are used again
 * only after a flush on every CPU: areas of 1..16 pages made by vmalloc() wait in a cache of this
 * CPU for the next request of their size, others in a list that is purged at 8 MiB, or less on a
 * small machine. vmap and ioremap areas are flushed and gone at once, as their frames are the
 * caller's.
 * Source: Gorman ch. 7. Locks: the window's and the page tables', both inside. */
#pragma once
#include "asm/pgtable_types.h"
#include "mm/gfp.h"
#include "mm/vm_struct.h"
#include "types.h"

/* --- allocate ----------------------------------------------------------------------------- */

/* Allocate size bytes, rounded up to pages.
 * Returns: the address, page aligned; NULL: out of memory (told once a call unless __GFP_NOWARN),
 *          no hole is large enough, or a size that makes no sense (reported).
 * Context: may sleep; not from an interrupt. */
void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);               /* zeroed */
void *vmalloc_node(unsigned long size, int nid); /* frames near node nid */
void *vmalloc_32(unsigned long size);            /* frames below 4 GiB: low memory here */
void *vmalloc_user(unsigned long size);          /* zeroed, may be mapped into a process */
void *__vmalloc(unsigned long size, gfp_t gfp);  /* gfp of the frames */

/* n elements of size bytes. A product that does not fit is reported, and NULL returned. */
void *vmalloc_array(unsigned long n, unsigned long size);
void *vcalloc(unsigned long n, unsigned long size);

/* The same with everything to choose, for wrappers that are not the user themselves.
 * align:   a power of two, at least a page. flags: VM_USERMAP or 0. */
void *__vmalloc_caller(unsigned long size, unsigned long align, gfp_t gfp, int nid,
                       unsigned long flags, unsigned long caller);

/* Free what the calls above returned. NULL is ignored. Anything else is reported with the nearest
 * area and refused: not the start of an area, freed already, made by vmap or ioremap.
 * Context: any; in an interrupt the area is only marked, and freed at the next call outside. */
void vfree(const void *addr);
void __vfree_caller(const void *addr, unsigned long caller);

/* Contiguous if that is to be had without effort, else vmalloc. gfp: at least GFP_KERNEL's bits. */
void *kvmalloc_node(size_t size, gfp_t gfp, int nid);
void *kvmalloc(size_t size, gfp_t gfp);
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp);
static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}
static inline void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}
void kvfree(const void *addr);

/* --- map ---------------------------------------------------------------------------------- */

/* Map count pages, in order, at consecutive addresses. The caller keeps them allocated until after
 * vunmap(). flags: VM_MAP, others are kept for /proc/vmallocinfo.
 * Returns: the address; NULL: as vmalloc(), or a page is NULL, no page or free (reported). */
void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot);

/* Undo vmap(). When it returns no CPU reaches the pages any more. NULL is ignored; misuse as
 * vfree(). Context: not from an interrupt. */
void vunmap(const void *addr);

/* --- look --------------------------------------------------------------------------------- */

/* Does addr lie in the window? */
bool is_vmalloc_addr(const void *addr);

/* The area that addr lies in, guard page included; NULL: none, or freed. It stays right only while
 * nobody frees it. Context: any. */
struct vm_struct *find_vm_area(const void *addr);

/* The frame behind an address of the window. Returns: NULL / 0: not mapped, or no RAM. */
struct page *vmalloc_to_page(const void *addr);
unsigned long vmalloc_to_pfn(const void *addr);

/* Call fn for each area in address order, freed ones that wait included; false stops. fn must not
 * allocate, free or print under it: it is called with the window's lock held. */
struct vmap_area;
void vmalloc_for_each(bool (*fn)(const struct vmap_area *area, void *arg), void *arg);

/* What is in the window now, in pages. */
struct vmalloc_stats {
	unsigned long areas, pages; /* busy ones and their frames */
	unsigned long cached, lazy; /* frames of freed areas in caches, and waiting for a purge */
	unsigned long largest_hole; /* bytes */
};
struct vmalloc_stats vmalloc_stats(void);

/* --- maintenance -------------------------------------------------------------------------- */

/* Prepare the window. Context: boot, after the slab caches. */
void vmalloc_init(void);

/* Give back everything that was freed and is still kept: caches, lazy areas, tables without use.
 * Linux's name for it. Returns: pages freed, tables included. Context: not from an interrupt. */
unsigned long vm_unmap_aliases(void);

/* Free at once and flush every CPU at each free, or no longer: debug_pagealloc=on does that. */
void vmalloc_set_strict(bool strict);

/* Check everything: window, page tables against areas, guards unmapped, frames of freed areas still
 * allocated (I21-I24). Context: nothing of vmalloc under way. Returns: NULL or what is wrong. */
const char *vmalloc_check(void);
