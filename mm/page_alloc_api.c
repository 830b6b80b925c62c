/* SPDX-License-Identifier: MIT */
/* page_alloc_api.c - the calls around alloc_pages: by address, exact sizes, split.
 * Owns: nothing. Each is a few lines over page_alloc.h; contracts are there. */
#include "asm/page_ops.h"
#include "lib/bitops.h"
#include "mm/alloc_hooks.h"
#include "free_fast.h"
#include "internal.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"
#include "report.h"
#include "unwind.h"

/* Pages without a kernel address cannot be returned by address. */
static bool refuse_highmem(gfp_t gfp, unsigned long caller)
{
	if (likely(!(gfp & __GFP_HIGHMEM)))
		return false;
	report(REPORT_bad_gfp, gfp, caller, "refused", "gfp=0x%x conflict=highmem_by_address", gfp);
	return true;
}

static unsigned long get_free_pages(gfp_t gfp, unsigned int order, unsigned long caller)
{
	struct page *page;

	if (refuse_highmem(gfp, caller))
		return 0;
	page = alloc_plain(gfp, order);
	if (likely(page)) {
		page->alloc_site = caller;
		if (gfp & __GFP_ZERO)
			clear_pages(page, order);
	} else {
		page = __alloc_pages_caller(gfp, order, NUMA_NO_NODE, caller);
	}
	return page ? (unsigned long)lowmem_page_address(page) : 0;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	return get_free_pages(gfp, order, _RET_IP_);
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return get_free_pages(gfp | __GFP_ZERO, 0, _RET_IP_);
}

void __free_pages_any(struct page *page, unsigned int order)
{
	static void (*const by_order[PCP_ORDERS])(struct page * page) = {
		__free_pages_0, __free_pages_1, __free_pages_2, __free_pages_3};

	/* jumps, so that the return address stays the caller's */
	if (order < PCP_ORDERS)
		by_order[order](page);
	else if (order < MAX_ORDER)
		free_pages_large(page, order);
	else
		free_look_closer(page, order);
}

/* Is va the address of a low frame? */
static bool is_lowmem_address(unsigned long va)
{
	return va >= PAGE_OFFSET && PFN_DOWN(__pa((void *)va)) < max_low_pfn;
}

/* Is va the address of a whole low frame? 0 is not, but says nothing. */
static bool address_is_sound(unsigned long va, unsigned int order, unsigned long caller)
{
	if (likely(is_lowmem_address(va) && IS_ALIGNED(va, PAGE_SIZE)))
		return true;
	if (va)
		report(REPORT_free_outside, va, caller, "refused", "addr=0x%08lx order=%u what=%s",
		       va, order, is_lowmem_address(va) ? "unaligned" : "not_low_memory");
	return false;
}

void free_pages(unsigned long va, unsigned int order)
{
	if (address_is_sound(va, order, _RET_IP_))
		__free_pages_any(virt_to_page((void *)va),
		                 order); /* a jump: our caller is blamed */
}

/* --- split and exact sizes ---------------------------------------------------------------- */

/* Why page is not a whole block of this order that its caller alone has; NULL: it is. */
static const char *not_splittable(const struct page *page, unsigned int order)
{
	if (!page_pointer_valid(page))
		return "no_page";
	if (PageReserved(page) || page_ref_count(page) == 0)
		return page_kind(page_to_pfn(page));
	if (page_order(page) != order)
		return "order";
	if (page_ref_count(page) != 1)
		return "refcount";
	if (page_mapcount(page) != 0)
		return "mapped";
	if (page->mapping)
		return "mapping";
	return page->flags & PAGE_FLAGS_MASK & ~PAGE_FLAGS_CLEARED_AT_FREE ? "flags" : NULL;
}

void split_page(struct page *page, unsigned int order)
{
	const char *why = not_splittable(page, order);
	unsigned long flags;

	if (unlikely(why)) {
		report(REPORT_bad_split, (unsigned long)page, _RET_IP_, "refused",
		       "page=0x%08lx split_order=%u what=%s%s%s", (unsigned long)page, order, why,
		       page_pointer_valid(page) ? " " : "",
		       page_pointer_valid(page) ? page_fields(page) : "");
		return;
	}
	flags = page->flags & ~PAGE_ORDER_MASK;
	for (unsigned long i = 0; i < 1ul << order; i++) {
		page[i].flags = flags;
		page[i]._mapcount = -1;
		page[i].mapping = NULL;
		page[i].alloc_site = page->alloc_site;
		set_page_count(page + i, 1);
	}
}

/* Order of the smallest block that holds size bytes; MAX_ORDER when none does. */
static unsigned int order_of_size(size_t size)
{
	unsigned long pages = size / PAGE_SIZE + (size % PAGE_SIZE != 0);

	return pages > MAX_ORDER_NR_PAGES ? MAX_ORDER : fls(pages - 1);
}

static void *alloc_exact(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	unsigned long used = PAGE_ALIGN(size) / PAGE_SIZE;
	unsigned int order = order_of_size(size);
	struct page *page;

	if (!size) {
		report(REPORT_bad_size, 0, caller, "refused", "size=0 what=alloc_pages_exact");
		return NULL;
	}
	if (gfp & __GFP_COMP) {
		report(REPORT_bad_gfp, gfp, caller, "refused", "gfp=0x%x conflict=split_compound",
		       gfp);
		return NULL;
	}
	if (refuse_highmem(gfp, caller))
		return NULL;
	page = __alloc_pages_caller(gfp, order, nid, caller);
	if (!page)
		return NULL;
	unwind_disable();
	split_page(page, order);
	for (unsigned long i = used; i < 1ul << order; i++)
		__free_pages_slow(page + i, 0, caller);
	unwind_enable();
	return lowmem_page_address(page);
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_exact(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	return alloc_exact(size, gfp, nid, _RET_IP_);
}

void free_pages_exact(void *va, size_t size)
{
	unsigned long addr = (unsigned long)va, pages = size / PAGE_SIZE + (size % PAGE_SIZE != 0);

	if (!size || pages > MAX_ORDER_NR_PAGES) {
		report(REPORT_bad_size, addr, _RET_IP_, "refused",
		       "size=%lu what=free_pages_exact addr=0x%08lx", (unsigned long)size, addr);
		return;
	}
	unwind_disable();
	for (; va && pages; pages--, addr += PAGE_SIZE)
		if (address_is_sound(addr, 0, _RET_IP_))
			__free_pages_slow(virt_to_page((void *)addr), 0, _RET_IP_);
	unwind_enable();
}
