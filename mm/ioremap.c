/* SPDX-License-Identifier: MIT */
/* ioremap.c - see mm/ioremap.h. Owns: nothing: which registers are mapped how is read from the
 * areas of the window. Locks: vmalloc_space.lock around the look for a conflict and the area's
 * entry into the window, so that of two who want the same registers in different modes one sees the
 * other. */
#include "mm/ioremap.h"
#include "asm/cpufeature.h"
#include "asm/page.h"
#include "errno.h"
#include "kernel.h"
#include "mm/memblock.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "report.h"
#include "vmalloc_internal.h"

/* --- refusals ----------------------------------------------------------------------------- */

static void refuse(phys_addr_t pa, unsigned long size, const char *reason, phys_addr_t limit,
                   unsigned long caller)
{
	report(REPORT_ioremap_refused, (unsigned long)pa, caller, "refused",
	       "pa=0x%llx size=%lu reason=%s limit=0x%llx", pa, size, reason, limit);
}

static const struct memblock_region *find_overlap(const struct memblock_type *type, phys_addr_t pa,
                                                  unsigned long size)
{
	const struct memblock_region *r;

	for_each_region(type, r) if (pa < r->base + r->size && pa + size > r->base) return r;
	return NULL;
}

/* The RAM that the range touches; NULL: none. The list of all RAM may have been too short. */
static const struct memblock_region *ram_inside(phys_addr_t pa, unsigned long size)
{
	const struct memblock_region *r = find_overlap(&memblock.physmem, pa, size);

	if (!r && (!memblock.physmem.cnt || memblock.physmem.dropped))
		r = find_overlap(&memblock.memory, pa, size);
	return r;
}

static bool range_is_sound(phys_addr_t pa, unsigned long size, unsigned long caller)
{
	phys_addr_t limit = phys_addr_limit();
	const struct memblock_region *ram;

	if (!size)
		refuse(pa, size, "zero", limit, caller);
	else if (pa + size < pa)
		refuse(pa, size, "wraps", limit, caller);
	else if (pa + size > limit)
		refuse(pa, size, "beyond_limit", limit, caller);
	else if ((ram = ram_inside(pa, size)))
		report(REPORT_ioremap_refused, (unsigned long)pa, caller, "refused",
		       "pa=0x%llx size=%lu reason=ram ram=0x%llx-0x%llx", pa, size, ram->base,
		       ram->base + ram->size - 1);
	else
		return true;
	return false;
}

/* What an area maps, or is about to, of the registers of another one in another mode. */
struct conflict {
	const struct vm_struct *wanted;
	bool found;
	struct vmap_record area;
	enum cache_mode have;
};

static bool compare(const struct vmap_area *area, void *arg)
{
	const struct vm_struct *vm = &area->vm;
	struct conflict *c = arg;

	if (!(vm->flags & VM_IOREMAP) || area->state > VMAP_BUSY || vm->cache == c->wanted->cache ||
	    c->wanted->phys_addr >= vm->phys_addr + get_vm_area_size(vm) ||
	    vm->phys_addr >= c->wanted->phys_addr + get_vm_area_size(c->wanted))
		return true;
	c->found = true;
	c->area = vmap_record_of(area);
	c->have = vm->cache;
	return false;
}

static void tell_conflict(const struct conflict *c, phys_addr_t pa, unsigned long size,
                          unsigned long caller)
{
	report(REPORT_ioremap_conflict, (unsigned long)pa, caller, "refused",
	       "pa=0x%llx size=%lu want=%s have=%s area=0x%08lx-0x%08lx alloc=%s", pa, size,
	       cache_mode_name(c->wanted->cache), cache_mode_name(c->have), c->area.start,
	       vmap_record_last(&c->area), report_site(c->area.caller));
}

/* --- map ---------------------------------------------------------------------------------- */

/* 2 MiB pages need both addresses at a multiple of it. */
static unsigned long best_align(phys_addr_t pa, unsigned long size)
{
	return size >= PMD_SIZE && IS_ALIGNED(pa, PMD_SIZE) ? PMD_SIZE : PAGE_SIZE;
}

/* Returns: 0, -EBUSY: the conflict was found; -ENOSPC. */
static int reserve(struct vmap_area *area, struct conflict *c)
{
	unsigned long size = area->vm.size;
	unsigned long align = best_align(area->vm.phys_addr, size - PAGE_SIZE);
	int ret = vmap_space_reserve_unless(area, size, align, compare, c);

	if (ret != -ENOSPC)
		return ret;
	vm_unmap_aliases();
	return vmap_space_reserve_unless(area, size, PAGE_SIZE, compare, c);
}

/* The area has addresses and says what it is for. */
static void *map_registers(struct vmap_area *area)
{
	struct vm_struct *vm = &area->vm;

	vm->addr = (void *)area->va_start;
	if (map_kernel_range(area->va_start, vm->phys_addr, get_vm_area_size(vm),
	                     pgprot_cached(PAGE_KERNEL, vm->cache), GFP_KERNEL)) {
		vmap_space_unreserve(area);
		trim_kernel_tables(area->va_start, area->va_end);
		return NULL;
	}
	area->state = VMAP_BUSY;
	return vm->addr;
}

void *__ioremap_caller(phys_addr_t pa, unsigned long size, enum cache_mode mode,
                       unsigned long caller)
{
	unsigned long offset = (unsigned long)(pa & (PAGE_SIZE - 1));
	struct conflict c = {.found = false};
	struct vmap_area *area;
	char *va = NULL;
	int ret;

	if (!range_is_sound(pa, size, caller) ||
	    !vm_size_is_sound("ioremap", size, PAGE_SIZE, caller) ||
	    !vm_may_wait("ioremap", caller))
		return NULL;
	area = vmap_area_alloc(GFP_KERNEL);
	if (!area)
		return NULL;
	area->vm = (struct vm_struct){.size = PAGE_ALIGN(offset + size) + PAGE_SIZE,
	                              .flags = VM_IOREMAP,
	                              .phys_addr = pa - offset,
	                              .cache = mode,
	                              .caller = caller};
	c.wanted = &area->vm;
	ret = reserve(area, &c);
	if (!ret)
		va = map_registers(area);
	else if (c.found)
		tell_conflict(&c, pa, size, caller);
	else
		report_no_hole("ioremap", area->vm.size - PAGE_SIZE,
		               best_align(pa, area->vm.size - PAGE_SIZE), caller);
	if (!va)
		vmap_area_free(area);
	return va ? va + offset : NULL;
}

void *ioremap(phys_addr_t pa, unsigned long size)
{
	return __ioremap_caller(pa, size, CACHE_UC_MINUS, _RET_IP_);
}

void *ioremap_uc(phys_addr_t pa, unsigned long size)
{
	return __ioremap_caller(pa, size, CACHE_UC, _RET_IP_);
}

void *ioremap_wc(phys_addr_t pa, unsigned long size)
{
	return __ioremap_caller(pa, size, CACHE_WC, _RET_IP_);
}

void *ioremap_wt(phys_addr_t pa, unsigned long size)
{
	return __ioremap_caller(pa, size, CACHE_WT, _RET_IP_);
}

void *ioremap_cache(phys_addr_t pa, unsigned long size)
{
	return __ioremap_caller(pa, size, CACHE_WB, _RET_IP_);
}

void iounmap(const volatile void *addr)
{
	struct vmap_area *area;

	if (!addr)
		return;
	area = vm_claim((const void *)((unsigned long)addr & PAGE_MASK), VM_IOREMAP, "iounmap",
	                VMAP_LAZY, _RET_IP_);
	if (area)
		vmap_free_now(area);
}
