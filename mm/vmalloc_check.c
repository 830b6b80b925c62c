/* SPDX-License-Identifier: MIT */
/* vmalloc_check.c - the whole state of the window, checked (I21-I24); its sums. Owns: nothing. */
#include "asm/page.h"
#include "kernel.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "vmalloc_internal.h"

struct check {
	const char *wrong;
	unsigned long present; /* pages that areas say are mapped */
};

/* The frame that the area's k-th page should be mapped to. */
static unsigned long expected_pfn(const struct vm_struct *vm, unsigned long k)
{
	unsigned long in_large = (unsigned long)vm->nr_large << (PMD_SHIFT - PAGE_SHIFT);

	if (vm->flags & VM_IOREMAP)
		return PFN_DOWN(vm->phys_addr) + k;
	if (k < in_large)
		return page_to_pfn(vm->pages[k >> (PMD_SHIFT - PAGE_SHIFT)]) +
		       (k & (PTRS_PER_PTE - 1));
	return page_to_pfn(vm->pages[vm->nr_large + k - in_large]);
}

static const char *check_frame(const struct vmap_area *area, unsigned long k)
{
	const struct vm_struct *vm = &area->vm;
	const struct page *page;

	if (vm->flags & VM_IOREMAP)
		return NULL;
	page = pfn_to_page(expected_pfn(vm, k));
	if (!page_pointer_valid(page) || page_ref_count(compound_head((struct page *)page)) < 1)
		return "vmalloc area has a frame that is free";
	return NULL;
}

/* One page of a busy, cached or lazy area that has its frames listed. */
static const char *check_page(const struct vmap_area *area, unsigned long k, struct check *c)
{
	unsigned long va = area->va_start + k * PAGE_SIZE, pfn;
	bool mapped = kernel_va_to_pfn(va, &pfn);
	const pte_t *pte = lookup_kernel_pte(va);

	if (mapped != (area->state == VMAP_BUSY))
		return mapped ? "freed vmalloc page is mapped" : "vmalloc page is not mapped";
	if (area->state == VMAP_LAZY && pte && !pte_none(*pte))
		return "lazily freed page has an entry";
	if (area->state == VMAP_CACHED && (!pte || !pte_hidden(*pte)))
		return "cached page's entry is not hidden";
	if (area->state == VMAP_CACHED)
		pfn = pte_pfn(*pte);
	c->present += mapped;
	if (area->state == VMAP_LAZY && !area->vm.pages)
		return NULL; /* its frames are gone already */
	if (area->state != VMAP_LAZY && pfn != expected_pfn(&area->vm, k))
		return "vmalloc page is mapped to another frame than the area's";
	return check_frame(area, k);
}

static const char *check_pages(const struct vmap_area *area, struct check *c)
{
	unsigned long pages = get_vm_area_size(&area->vm) >> PAGE_SHIFT, pfn;
	const char *wrong = NULL;

	for (unsigned long k = 0; k < pages && !wrong; k++) {
		if (area->vm.flags & VM_MAP)
			c->present += kernel_va_to_pfn(area->va_start + k * PAGE_SIZE, &pfn);
		else
			wrong = check_page(area, k, c);
	}
	return wrong;
}

static bool check_area(const struct vmap_area *area, void *arg)
{
	struct check *c = arg;
	unsigned long pfn;

	if (area->state == VMAP_NEW || area->state == VMAP_DEFERRED)
		c->wrong = "vmalloc area is half made or waits to be unmapped";
	else if (area->va_end - area->va_start != area->vm.size)
		c->wrong = "vmalloc area has not the size that it says";
	else if (kernel_va_to_pfn(area->va_end - PAGE_SIZE, &pfn))
		c->wrong = "guard page of a vmalloc area is mapped";
	else
		c->wrong = check_pages(area, c);
	return !c->wrong;
}

const char *vmalloc_check(void)
{
	unsigned long present;
	struct check c = {0};

	c.wrong = vmap_space_check(&vmalloc_space);
	if (!c.wrong)
		vmalloc_for_each(check_area, &c);
	if (!c.wrong)
		c.wrong = kernel_tables_check(VMALLOC_START, VMALLOC_END, &present);
	if (!c.wrong && present != c.present)
		c.wrong = "pages are mapped in the vmalloc window that no area has";
	return c.wrong;
}

static bool add_area(const struct vmap_area *area, void *arg)
{
	struct vmalloc_stats *s = arg;

	if (area->state == VMAP_BUSY) {
		s->areas++;
		s->pages += area->vm.flags & VM_ALLOC ? area->vm.nr_pages : 0;
	}
	return true;
}

struct vmalloc_stats vmalloc_stats(void)
{
	struct vmalloc_stats s = {.cached = vmap_cached_pages(), .lazy = vmap_lazy_pages()};

	vmalloc_for_each(add_area, &s);
	s.largest_hole = vmap_largest_hole(&vmalloc_space);
	return s;
}
