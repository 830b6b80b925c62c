/* SPDX-License-Identifier: MIT */
/* vmalloc_report.c - misuse of vmalloc, vmap and ioremap, told with the area that is meant.
 * Owns: nothing. Nothing is told under the window's lock: what a report says is copied first. */
#include "asm/page_ops.h"
#include "kernel.h"
#include "lib/vsprintf.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "report.h"
#include "vmalloc_internal.h"

/* --- sizes -------------------------------------------------------------------------------- */

bool vm_size_is_sound(const char *what, unsigned long size, unsigned long align,
                      unsigned long caller)
{
	unsigned long most = VMALLOC_END - VMALLOC_START - PAGE_SIZE;
	const char *reason = NULL;

	if (!size)
		reason = "zero";
	else if (size > most)
		reason = "larger_than_window";
	else if (!is_power_of_2(align) || align < PAGE_SIZE)
		reason = "alignment";
	else if (align > most)
		reason = "alignment_larger_than_window";
	if (likely(!reason))
		return true;
	report(REPORT_vmalloc_bad_size, size, caller, "refused",
	       "what=%s size=%lu align=%lu reason=%s window=%lu", what, size, align, reason, most);
	return false;
}

void report_size_overflow(const char *what, unsigned long n, unsigned long size,
                          unsigned long caller)
{
	report(REPORT_vmalloc_bad_size, size, caller, "refused",
	       "what=%s size=%lu n=%lu reason=overflow", what, size, n);
}

void report_no_hole(const char *what, unsigned long size, unsigned long align, unsigned long caller)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	unsigned long largest = vmap_largest_hole(&vmalloc_space), areas = vmalloc_space.nr_areas;

	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	report(REPORT_vmalloc_no_hole, size, caller, "refused",
	       "what=%s size=%lu align=%lu largest_hole=%lu areas=%lu", what, size, align, largest,
	       areas);
}

/* --- frees -------------------------------------------------------------------------------- */

/* What was found at the address, copied under the lock. */
struct found {
	bool inside, starts; /* an area covers it; begins at it */
	bool any;            /* there is a nearest area */
	enum vmap_state state;
	struct vmap_record record; /* of the area, or of the nearest */
};

static struct found look_at(unsigned long va)
{
	const struct vmap_area *area = vmap_area_find(&vmalloc_space, va);
	struct found f = {.inside = area != NULL};

	if (!area)
		area = vmap_area_nearest(&vmalloc_space, va);
	f.any = area != NULL;
	if (area) {
		f.starts = area->va_start == va;
		f.state = area->state;
		f.record = vmap_record_of(area);
	}
	return f;
}

/* "nearest=... nearest_size=... alloc=..." */
static const char *nearest_fields(const struct found *f)
{
	char *buf = report_text();
	const struct vmap_record *r = &f->record;

	if (!f->any)
		return "nearest=none";
	scnprintf(buf, REPORT_TEXT, "nearest=0x%08lx-0x%08lx nearest_size=%lu type=%s alloc=%s",
	          r->start, vmap_record_last(r), r->size, vm_type_name(r->flags),
	          report_site(r->caller));
	return buf;
}

static const char *outside_name(unsigned long va)
{
	if (va < PAGE_OFFSET)
		return "user_address";
	return va < VMALLOC_START ? "low_memory" : "above_the_window";
}

static void report_twice(unsigned long va, const struct vmap_record *r, const char *call,
                         unsigned long caller)
{
	report(REPORT_vfree_twice, va, caller, "refused",
	       "addr=0x%08lx call=%s area=0x%08lx-0x%08lx size=%lu type=%s first_free=%s alloc=%s",
	       va, call, r->start, vmap_record_last(r), r->size, vm_type_name(r->flags),
	       report_site(r->freed_by), report_site(r->caller));
}

static void report_bad_address(unsigned long va, const struct found *f, const char *call,
                               unsigned long caller)
{
	const char *what = "never_allocated";

	if (va < VMALLOC_START || va >= VMALLOC_END)
		what = outside_name(va);
	else if (!IS_ALIGNED(va, PAGE_SIZE))
		what = "unaligned";
	else if (f->inside)
		what = "interior";
	report(REPORT_vfree_invalid, va, caller, "refused", "addr=0x%08lx call=%s what=%s %s", va,
	       call, what, nearest_fields(f));
}

static void report_mismatch(unsigned long va, const struct vmap_record *r, const char *call,
                            unsigned long caller)
{
	report(REPORT_vfree_mismatch, va, caller, "refused",
	       "addr=0x%08lx call=%s type=%s area=0x%08lx-0x%08lx size=%lu alloc=%s", va, call,
	       vm_type_name(r->flags), r->start, vmap_record_last(r), r->size,
	       report_site(r->caller));
}

static void report_bad_free(unsigned long va, const struct found *f, const char *call,
                            unsigned long caller)
{
	struct vmap_record before;

	if (f->starts && f->state != VMAP_BUSY)
		report_twice(va, &f->record, call, caller);
	else if (f->starts)
		report_mismatch(va, &f->record, call, caller);
	else if (!f->inside && vmap_recall(va, true, &before))
		report_twice(va, &before, call, caller);
	else
		report_bad_address(va, f, call, caller);
}

struct vmap_area *vm_claim(const void *addr, unsigned long kind, const char *call,
                           enum vmap_state claimed, unsigned long caller)
{
	unsigned long va = (unsigned long)addr, flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	struct vmap_area *area = vmap_area_at(&vmalloc_space, va);
	struct found f = {0};

	if (likely(area && area->state == VMAP_BUSY && area->vm.flags & kind)) {
		area->state = claimed;
		area->freed_by = caller;
	} else {
		f = look_at(va);
		area = NULL;
	}
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	if (unlikely(!area))
		report_bad_free(va, &f, call, caller);
	return area;
}
