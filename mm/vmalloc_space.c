/* SPDX-License-Identifier: MIT */
/* vmalloc_space.c - the one window that vmalloc, vmap and ioremap share: look-ups, who was where,
 * what a faulting address in it means.
 * Owns: vmalloc_space, the record of areas that are gone. Locks: vmalloc_space.lock. */
#include "errno.h"
#include "fault.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/trace_sites.h"
#include "mm/vmalloc.h"
#include "report.h"
#include "vmalloc_internal.h"

struct vmap_space vmalloc_space;

/* Areas that are gone, newest at nr_gone - 1. */
enum { NR_GONE = 64 };
static struct vmap_record gone[NR_GONE];
static unsigned int nr_gone;

const char *vm_type_name(unsigned long flags)
{
	if (flags & VM_IOREMAP)
		return "ioremap";
	return flags & VM_MAP ? "vmap" : "vmalloc";
}

struct vmap_record vmap_record_of(const struct vmap_area *area)
{
	return (struct vmap_record){.start = area->va_start,
	                            .end = area->va_end,
	                            .size = get_vm_area_size(&area->vm),
	                            .flags = area->vm.flags,
	                            .caller = area->vm.caller,
	                            .freed_by = area->freed_by};
}

int vmap_space_reserve(struct vmap_area *area, unsigned long size, unsigned long align)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	int ret = vmap_area_insert(&vmalloc_space, area, size, align);

	area->vm.size = size;
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	trace_alloc_vmap_area(area->va_start, size, align, ret);
	return ret;
}

/* Lock held. Returns: whether fn accepts every area. */
static bool all_areas(bool (*fn)(const struct vmap_area *area, void *arg), void *arg)
{
	const struct vmap_area *area;

	list_for_each_entry (area, &vmalloc_space.list, list)
		if (!fn(area, arg))
			return false;
	return true;
}

int vmap_space_reserve_unless(struct vmap_area *area, unsigned long size, unsigned long align,
                              bool (*accepts)(const struct vmap_area *area, void *arg), void *arg)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	int ret = all_areas(accepts, arg) ? vmap_area_insert(&vmalloc_space, area, size, align)
	                                  : -EBUSY;

	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	trace_alloc_vmap_area(area->va_start, size, align, ret);
	return ret;
}

void vmap_space_unreserve(struct vmap_area *area)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);

	vmap_area_remove(&vmalloc_space, area);
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
}

void vmap_space_forget(struct vmap_area *area)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);

	gone[nr_gone++ % NR_GONE] = vmap_record_of(area);
	vmap_area_remove(&vmalloc_space, area);
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
}

bool vmap_recall(unsigned long va, bool exact, struct vmap_record *out)
{
	unsigned int kept = min(nr_gone, (unsigned int)NR_GONE);

	for (unsigned int i = 1; i <= kept; i++) {
		*out = gone[(nr_gone - i) % NR_GONE];
		if (exact ? va == out->start : va >= out->start && va < out->end)
			return true;
	}
	return false;
}

/* --- look-ups ----------------------------------------------------------------------------- */

bool is_vmalloc_addr(const void *addr)
{
	unsigned long va = (unsigned long)addr;

	return va >= VMALLOC_START && va < VMALLOC_END;
}

struct vm_struct *find_vm_area(const void *addr)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	struct vmap_area *area = vmap_area_find(&vmalloc_space, (unsigned long)addr);

	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	return area && area->state == VMAP_BUSY ? &area->vm : NULL;
}

unsigned long vmalloc_to_pfn(const void *addr)
{
	unsigned long pfn;

	if (!is_vmalloc_addr(addr) || !kernel_va_to_pfn((unsigned long)addr, &pfn))
		return 0;
	return pfn;
}

struct page *vmalloc_to_page(const void *addr)
{
	unsigned long pfn = vmalloc_to_pfn(addr);

	return pfn && pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

void vmalloc_for_each(bool (*fn)(const struct vmap_area *area, void *arg), void *arg)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);

	all_areas(fn, arg);
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
}

/* --- faults ------------------------------------------------------------------------------- */

static void tell_area(char *buf, size_t size, const char *what, const struct vmap_record *r,
                      bool freed)
{
	int n = scnprintf(buf, size, "what=%s area=0x%08lx-0x%08lx size=%lu type=%s alloc=%s", what,
	                  r->start, vmap_record_last(r), r->size, vm_type_name(r->flags),
	                  report_site(r->caller));

	if (freed)
		scnprintf(buf + n, size - (size_t)n, " freed_by=%s", report_site(r->freed_by));
}

/* The access may be meant for the area above, from before its start. */
static bool tell_area_above(unsigned long va, char *buf, size_t size)
{
	const struct vmap_area *above = vmap_area_above(&vmalloc_space, va);
	struct vmap_record r;

	if (!above || above->va_start - va > PAGE_SIZE)
		return false;
	r = vmap_record_of(above);
	tell_area(buf, size, "before_area", &r, above->state != VMAP_BUSY);
	return true;
}

static void tell_nearest(unsigned long va, char *buf, size_t size)
{
	const struct vmap_area *nearest = vmap_area_nearest(&vmalloc_space, va);
	struct vmap_record r;

	if (!nearest) {
		scnprintf(buf, size, "what=no_area");
		return;
	}
	r = vmap_record_of(nearest);
	scnprintf(buf, size, "what=no_area nearest=0x%08lx-0x%08lx size=%lu type=%s alloc=%s",
	          r.start, vmap_record_last(&r), r.size, vm_type_name(r.flags),
	          report_site(r.caller));
}

/* Without the lock: a fault may come while it is held. */
static bool explain(unsigned long va, char *buf, size_t size)
{
	const struct vmap_area *area;
	struct vmap_record r;

	if (va < VMALLOC_START - PAGE_SIZE || va >= VMALLOC_END)
		return false;
	area = vmap_area_find(&vmalloc_space, va);
	if (area) {
		bool freed = area->state != VMAP_BUSY;

		r = vmap_record_of(area);
		tell_area(buf, size,
		          va > vmap_record_last(&r) ? "guard"
		          : freed                   ? "freed_area"
		                                    : "area",
		          &r, freed);
	} else if (vmap_recall(va, false, &r)) {
		tell_area(buf, size, "freed_area", &r, true);
	} else if (!tell_area_above(va, buf, size)) {
		tell_nearest(va, buf, size);
	}
	return true;
}

static struct fault_explainer explainer = {.explain = explain};

void vmalloc_space_init(void)
{
	nr_gone = 0;
	vmap_space_init(&vmalloc_space, VMALLOC_START, VMALLOC_END);
	fault_explainer_register(&explainer);
}
