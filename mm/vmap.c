/* SPDX-License-Identifier: MIT */
/* vmap.c - addresses for pages that somebody has already. Owns: nothing.
 * Source: Gorman ch. 7.2. */
#include "asm/memmap.h"
#include "asm/page.h"
#include "kernel.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "preempt.h"
#include "report.h"
#include "vmalloc_internal.h"

/* Why a page must not be mapped; NULL: it may. */
static const char *page_objection(struct page *page)
{
	if (!page)
		return "null";
	if (!page_pointer_valid(page))
		return "no_page";
	if (likely(page_ref_count(page) > 0) || page_ref_count(compound_head(page)) > 0)
		return NULL;
	return "free";
}

/* What nearly all are: a page with references of its own. */
static __always_inline bool is_held_page(const struct page *page)
{
	return memmap_holds(page) && IS_ALIGNED((unsigned long)page, sizeof(*page)) &&
	       page_ref_count(page) > 0;
}

static bool flags_are_sound(unsigned long flags, unsigned long caller)
{
	if (likely(!(flags & ~(unsigned long)(VM_MAP | VM_USERMAP))))
		return true;
	report(REPORT_vmap_bad_page, flags, caller, "refused", "flags=0x%lx what=flags", flags);
	return false;
}

static bool pages_are_sound(struct page *const *pages, unsigned int count, unsigned long caller)
{
	if (unlikely(!pages)) {
		report(REPORT_vmap_bad_page, 0, caller, "refused",
		       "count=%u pages=0x00000000 what=null_array", count);
		return false;
	}
	for (unsigned int i = 0; i < count; i++) {
		const char *what;

		if (likely(is_held_page(pages[i])))
			continue;
		what = page_objection(pages[i]);
		if (!what)
			continue;
		report(REPORT_vmap_bad_page, (unsigned long)pages[i], caller, "refused",
		       "index=%u count=%u size=%lu page=0x%08lx what=%s", i, count,
		       (unsigned long)count * PAGE_SIZE, (unsigned long)pages[i], what);
		return false;
	}
	return true;
}

static int reserve(struct vmap_area *area, unsigned long size)
{
	if (!vmap_space_reserve(area, size, PAGE_SIZE))
		return 0;
	vm_unmap_aliases();
	return vmap_space_reserve(area, size, PAGE_SIZE);
}

/* An area with addresses for size bytes: one that this CPU kept, or a new one. */
static struct vmap_area *make_area(unsigned long size, unsigned long caller)
{
	struct vmap_area *area = vmap_range_take(size >> PAGE_SHIFT);

	if (likely(area))
		return area;
	area = vmap_area_alloc(GFP_KERNEL);
	if (area && reserve(area, size + PAGE_SIZE)) {
		report_no_hole("vmap", size, PAGE_SIZE, caller);
		vmap_area_free(area);
		area = NULL;
	}
	return area;
}

static void *map_area(struct vmap_area *area, struct page **pages, unsigned long size,
                      unsigned long flags, pgprot_t prot, unsigned long caller)
{
	area->vm = (struct vm_struct){.addr = (void *)area->va_start,
	                              .size = size + PAGE_SIZE,
	                              .flags = VM_MAP | (flags & VM_USERMAP),
	                              .nr_pages = (unsigned int)(size >> PAGE_SHIFT),
	                              .caller = caller};
	if (map_kernel_pages(area->va_start, pages, size >> PAGE_SHIFT, prot, GFP_KERNEL)) {
		vmap_space_unreserve(area);
		trim_kernel_tables(area->va_start, area->va_end);
		vmap_area_free(area);
		return NULL;
	}
	area->state = VMAP_BUSY;
	return area->vm.addr;
}

static void *vmap_caller(struct page **pages, unsigned int count, unsigned long flags,
                         pgprot_t prot, unsigned long caller)
{
	unsigned long size;
	struct vmap_area *area;

	if (__builtin_mul_overflow((unsigned long)count, PAGE_SIZE, &size)) {
		report_size_overflow("vmap", count, PAGE_SIZE, caller);
		return NULL;
	}
	if (!vm_size_is_sound("vmap", size, PAGE_SIZE, caller) || !vm_may_wait("vmap", caller) ||
	    !flags_are_sound(flags, caller) || !pages_are_sound(pages, count, caller))
		return NULL;
	vmap_run_deferred();
	area = make_area(size, caller);
	return area ? map_area(area, pages, size, flags, prot, caller) : NULL;
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	return vmap_caller(pages, count, flags, prot, _RET_IP_);
}

void vunmap(const void *addr)
{
	struct vmap_area *area;

	if (!addr)
		return;
	area = vm_claim(addr, VM_MAP, "vunmap", VMAP_LAZY, _RET_IP_);
	if (area)
		vmap_free_now(area);
}
