/* SPDX-License-Identifier: MIT */
/* vmalloc.c - an area with frames of its own: addresses, frames, mapping, in this order, and back
 * in the other on failure.
 *
 * Owns: nothing. (1) vmalloc() of a few pages takes an area that this CPU freed (vmap_cache.c).
 * Otherwise: (2) refuse sizes that make no sense; (3) reserve addresses, aligned for 2 MiB pages if
 * the area is that large and such a hole exists; (4) take frames, blocks of 2 MiB first as long as
 * there are any; (5) map. Where memory or addresses are missing, what was freed and is still kept
 * goes back first, once.
 * Source: Gorman ch. 7. Locks: vmalloc_space.lock and the page tables', one after the other. */
#include "mm/vmalloc.h"
#include "asm/page.h"
#include "errno.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vmstat.h"
#include "preempt.h"
#include "printk.h"
#include "report.h"
#include "vmalloc_internal.h"

#define GFP_VMALLOC (GFP_KERNEL | __GFP_HIGHMEM)

enum { LARGE_ORDER = PMD_SHIFT - PAGE_SHIFT, LARGE_PAGES = 1 << LARGE_ORDER };

/* One request. */
struct vm_request {
	unsigned long size, align; /* bytes: whole pages, without guard */
	gfp_t gfp;                 /* of the frames */
	int nid;
	unsigned long flags, caller;
};

/* --- addresses ---------------------------------------------------------------------------- */

static int reserve(struct vmap_area *area, const struct vm_request *rq, unsigned long align)
{
	int ret = vmap_space_reserve(area, rq->size + PAGE_SIZE, align);

	if (!ret)
		return 0;
	vm_unmap_aliases();
	return vmap_space_reserve(area, rq->size + PAGE_SIZE, align);
}

/* A large area begins at a 2 MiB boundary if there is room. */
static int reserve_best(struct vmap_area *area, const struct vm_request *rq)
{
	if (rq->size >= PMD_SIZE && LARGE_ORDER < MAX_ORDER &&
	    !reserve(area, rq, max(rq->align, (unsigned long)PMD_SIZE)))
		return 0;
	return reserve(area, rq, rq->align);
}

/* --- frames ------------------------------------------------------------------------------- */

/* Not zeroed: blocks of 2 MiB need a few entries only.
 * In one piece if that is to be had without effort; more than a page of entries else gets an area
 * of its own. */
static void *alloc_array(unsigned long entries, const struct vm_request *rq)
{
	size_t bytes = entries * sizeof(struct page *);
	gfp_t gfp = rq->gfp & ~(GFP_ZONEMASK | __GFP_ZERO);

	void *array = kmalloc(bytes, gfp | __GFP_NOWARN | (bytes > PAGE_SIZE ? __GFP_NORETRY : 0));

	if (array || bytes <= PAGE_SIZE)
		return array;
	return __vmalloc_caller(bytes, PAGE_SIZE, GFP_VMALLOC | (gfp & __GFP_NOWARN), rq->nid, 0,
	                        rq->caller);
}

/* As many 2 MiB blocks as the area can map and the zones have without effort. */
static void take_large_blocks(struct vmap_area *area, const struct vm_request *rq)
{
	gfp_t gfp = (rq->gfp & ~__GFP_NOFAIL) | __GFP_NORETRY | __GFP_NOWARN;
	struct vm_struct *vm = &area->vm;
	unsigned long most = rq->size >> PMD_SHIFT;

	if (LARGE_ORDER >= MAX_ORDER || !IS_ALIGNED(area->va_start, PMD_SIZE))
		return;
	while (vm->nr_large < most) {
		struct page *block = __alloc_pages_caller(gfp, LARGE_ORDER, rq->nid, rq->caller);

		if (!block)
			break;
		vm->pages[vm->nr_large++] = block;
	}
}

/* Single frames into the n entries from `pages` on. Returns: how many are there. */
static unsigned long take_singles(struct page **pages, unsigned long n, const struct vm_request *rq)
{
	gfp_t gfp = rq->gfp | __GFP_NOWARN;
	unsigned long got = 0;

	memset(pages, 0, n * sizeof(*pages)); /* a bulk fills what is empty */
	if (rq->nid == NUMA_NO_NODE && !alloc_hooks)
		got = alloc_pages_bulk_caller(gfp, n, pages, rq->caller);
	while (got < n && (pages[got] = __alloc_pages_caller(gfp, 0, rq->nid, rq->caller)))
		got++;
	for (unsigned long i = 0; i < got; i++)
		pages[i]->_mapcount = PAGE_MAPCOUNT_VMALLOC;
	return got;
}

static void give_back_frames(struct vm_struct *vm, unsigned long singles)
{
	for (unsigned int i = 0; i < vm->nr_large; i++)
		__free_pages(vm->pages[i], LARGE_ORDER);
	vmap_unmark_frames(vm->pages + vm->nr_large, singles);
	free_pages_bulk_array(singles, vm->pages + vm->nr_large);
	vm->nr_large = 0;
}

/* All frames of the area, or none. */
static int take_frames(struct vmap_area *area, const struct vm_request *rq)
{
	struct vm_struct *vm = &area->vm;
	unsigned long singles, got;

	take_large_blocks(area, rq);
	singles = (rq->size >> PAGE_SHIFT) - (unsigned long)vm->nr_large * LARGE_PAGES;
	got = take_singles(vm->pages + vm->nr_large, singles, rq);
	if (got < singles && vm_unmap_aliases())
		got += take_singles(vm->pages + vm->nr_large + got, singles - got, rq);
	if (got == singles)
		return 0;
	if (!(rq->gfp & __GFP_NOWARN))
		pr_warn("vmalloc: no memory for %lu bytes asked for by %pB, %lu of %lu pages\n",
		        rq->size, (void *)rq->caller, got + vm->nr_large * LARGE_PAGES,
		        rq->size >> PAGE_SHIFT);
	give_back_frames(vm, got);
	return -ENOMEM;
}

/* --- mapping ------------------------------------------------------------------------------ */

static int map_frames(struct vmap_area *area, const struct vm_request *rq)
{
	gfp_t gfp = rq->gfp & ~(GFP_ZONEMASK | __GFP_ZERO);
	const struct vm_struct *vm = &area->vm;
	unsigned long va = area->va_start;

	for (unsigned int i = 0; i < vm->nr_large; i++, va += PMD_SIZE)
		if (map_kernel_range(va, page_to_phys(vm->pages[i]), PMD_SIZE, PAGE_KERNEL, gfp))
			return -ENOMEM;
	return map_kernel_pages(va, vm->pages + vm->nr_large, vm_nr_blocks(vm) - vm->nr_large,
	                        PAGE_KERNEL, gfp);
}

/* The cache takes areas of plain frames. The entries of a small one must lie in one table. */
static void note_whether_plain(struct vmap_area *area, const struct vm_request *rq)
{
	unsigned long last = area->va_end - PAGE_SIZE - 1;

	area->pte = lookup_kernel_pte(area->va_start);
	if (rq->nid != NUMA_NO_NODE || rq->flags || rq->align != PAGE_SIZE || area->vm.nr_large ||
	    (rq->gfp & ~(__GFP_ZERO | __GFP_NOWARN)) != GFP_VMALLOC)
		return;
	if (area->vm.nr_pages > VMAP_CACHE_PAGES)
		area->vm.flags |= VM_PLAIN_LARGE;
	else if (area->va_start >> PMD_SHIFT == last >> PMD_SHIFT)
		area->vm.flags |= VM_PLAIN;
}

/* --- together ----------------------------------------------------------------------------- */

static void describe(struct vmap_area *area, const struct vm_request *rq)
{
	area->vm.addr = (void *)area->va_start;
	area->vm.size = area->va_end - area->va_start;
	area->vm.flags = VM_ALLOC | rq->flags;
	area->vm.caller = rq->caller;
}

/* Frames and mapping for an area that has its addresses. */
static int fill_area(struct vmap_area *area, const struct vm_request *rq)
{
	struct vm_struct *vm = &area->vm;

	vm->pages = alloc_array(rq->size >> PAGE_SHIFT, rq);
	if (!vm->pages)
		return -ENOMEM;
	if (take_frames(area, rq))
		goto free_array;
	vm->nr_pages = (unsigned int)(rq->size >> PAGE_SHIFT);
	if (map_frames(area, rq))
		goto give_back;
	return 0;

give_back:
	unmap_kernel_range(area->va_start, rq->size);
	give_back_frames(vm, (rq->size >> PAGE_SHIFT) - (unsigned long)vm->nr_large * LARGE_PAGES);
free_array:
	vmap_free_array(vm->pages, rq->caller);
	return -ENOMEM;
}

static void *make_area(const struct vm_request *rq)
{
	struct vmap_area *area = vmap_area_alloc(GFP_KERNEL | (rq->gfp & __GFP_NOWARN));

	if (!area)
		return NULL;
	if (reserve_best(area, rq)) {
		if (!(rq->gfp & __GFP_NOWARN))
			report_no_hole("vmalloc", rq->size, rq->align, rq->caller);
		goto free_area;
	}
	describe(area, rq);
	if (fill_area(area, rq))
		goto release;
	note_whether_plain(area, rq);
	area->state = VMAP_BUSY;
	return area->vm.addr;

release:
	vmap_space_unreserve(area);
	trim_kernel_tables(area->va_start, area->va_end);
free_area:
	vmap_area_free(area);
	return NULL;
}

static bool node_is_sound(int nid, unsigned long caller)
{
	if (nid == NUMA_NO_NODE || (nid >= 0 && nid < (int)nr_node_ids && NODE_DATA(nid)))
		return true;
	report(REPORT_bad_node, (unsigned long)nid, caller, "refused", "node=%d nodes=%u", nid,
	       nr_node_ids);
	return false;
}

void *__vmalloc_caller(unsigned long size, unsigned long align, gfp_t gfp, int nid,
                       unsigned long flags, unsigned long caller)
{
	struct vm_request rq = {PAGE_ALIGN(size), align, gfp, nid, flags, caller};

	if (!vm_size_is_sound("vmalloc", size, align, caller) || !node_is_sound(nid, caller) ||
	    !vm_may_wait("vmalloc", caller))
		return NULL;
	vmap_run_deferred();
	if (rq.size >> PAGE_SHIFT > totalram_pages()) {
		if (!(gfp & __GFP_NOWARN))
			pr_warn("vmalloc: %lu bytes asked for by %pB are more than all memory\n",
			        size, (void *)caller);
		return NULL;
	}
	return make_area(&rq);
}

static void *vmalloc_plain(unsigned long size, gfp_t gfp, unsigned long caller)
{
	return __vmalloc_caller(size, PAGE_SIZE, GFP_VMALLOC | gfp, NUMA_NO_NODE, 0, caller);
}

/* A kept area, when there is one, for a context that may have it: interrupts off alone are seen by
 * the checking build only. size 0 becomes far too many pages. */
static __always_inline struct vmap_area *take_kept(unsigned long size, unsigned long caller)
{
	unsigned long last = (size - 1) >> PAGE_SHIFT;

	if (unlikely(alloc_hooks | preempt_count()))
		return NULL;
	if (DEBUG_BUILD && irqs_disabled())
		return NULL;
	if (unlikely(last >= VMAP_CACHE_PAGES))
		return vmap_cache_take_large(last + 1, caller);
	return vmap_cache_take(last + 1, caller);
}

void *vmalloc(unsigned long size)
{
	struct vmap_area *area = take_kept(size, _RET_IP_);

	return likely(area) ? area->vm.addr : vmalloc_plain(size, 0, _RET_IP_);
}

void *vzalloc(unsigned long size)
{
	struct vmap_area *area = take_kept(size, _RET_IP_);

	if (!area)
		return vmalloc_plain(size, __GFP_ZERO, _RET_IP_);
	for (unsigned int i = 0; i < area->vm.nr_pages; i++)
		clear_pages(area->vm.pages[i], 0);
	return area->vm.addr;
}

void *vmalloc_node(unsigned long size, int nid)
{
	return __vmalloc_caller(size, PAGE_SIZE, GFP_VMALLOC, nid, 0, _RET_IP_);
}

void *vmalloc_32(unsigned long size)
{
	return __vmalloc_caller(size, PAGE_SIZE, GFP_KERNEL, NUMA_NO_NODE, 0, _RET_IP_);
}

void *vmalloc_user(unsigned long size)
{
	return __vmalloc_caller(size, PAGE_SIZE, GFP_VMALLOC | __GFP_ZERO, NUMA_NO_NODE, VM_USERMAP,
	                        _RET_IP_);
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	return __vmalloc_caller(size, PAGE_SIZE, gfp, NUMA_NO_NODE, 0, _RET_IP_);
}

static void *alloc_elements(unsigned long n, unsigned long size, gfp_t gfp, const char *what,
                            unsigned long caller)
{
	unsigned long bytes;

	if (!__builtin_mul_overflow(n, size, &bytes))
		return vmalloc_plain(bytes, gfp, caller);
	report_size_overflow(what, n, size, caller);
	return NULL;
}

void *vmalloc_array(unsigned long n, unsigned long size)
{
	return alloc_elements(n, size, 0, "vmalloc_array", _RET_IP_);
}

void *vcalloc(unsigned long n, unsigned long size)
{
	return alloc_elements(n, size, __GFP_ZERO, "vcalloc", _RET_IP_);
}

/* --- free --------------------------------------------------------------------------------- */

void __vfree_caller(const void *addr, unsigned long caller)
{
	bool in_irq = in_interrupt();
	struct vmap_area *area;

	if (!addr)
		return;
	area = vm_claim(addr, VM_ALLOC, "vfree", in_irq ? VMAP_DEFERRED : VMAP_LAZY, caller);
	if (!area)
		return;
	if (in_irq) {
		vmap_defer(area);
		return;
	}
	if (!vmap_cache_keep_large(area))
		vmap_free_lazily(area);
	vmap_run_deferred();
}

void vfree(const void *addr)
{
	if (likely(!in_interrupt() && vmap_cache_give(addr, _RET_IP_)))
		return;
	__vfree_caller(addr, _RET_IP_);
}

void vmalloc_init(void)
{
	vmalloc_space_init();
	vmap_cache_init();
}
