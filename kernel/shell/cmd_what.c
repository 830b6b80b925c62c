/* SPDX-License-Identifier: MIT */
/* cmd_what.c - `what ADDRESS`: everything that the kernel's books say about one address, a line
 * each. Owns: nothing; nothing at the address itself is touched. `mm what` of GDB prints the same
 * lines from outside, and tests compare the two. */
#include "asm/address_class.h"
#include "asm/fixmap.h"
#include "asm/kmap.h"
#include "asm/memmap.h"
#include "asm/page_ops.h"
#include "asm/pgwalk.h"
#include "asm/stack.h"
#include "console.h"
#include "ksyms.h"
#include "lib/string.h"
#include "mm/highmem.h"
#include "mm/page_ref.h"
#include "mm/percpu.h"
#include "mm/slab_check.h"
#include "mm/vmalloc.h"
#include "mm/vmap_area.h"
#include "report.h"
#include "shell.h"

/* --- frames and what lies in them --------------------------------------------------------- */

static void tell_frame(unsigned long pfn)
{
	const char *kind = page_kind(pfn);
	struct page *page;

	if (!pfn_valid(pfn)) {
		cprintf("  frame %lu: %s\n", pfn, kind);
		return;
	}
	page = pfn_to_page(pfn);
	if (!strcmp(kind, "free"))
		page = deferred_block_of(page) ? deferred_block_of(page) : free_block_head(page);
	else if (!PageReserved(page))
		page = compound_head(page);
	cprintf("  frame %lu: %s, block %lu of order %u, %s, zone %s, node %d\n", pfn, kind,
	        page_to_pfn(page), page_order(page),
	        page_migratetype(page) < MIGRATE_TYPES ? migratetype_names[page_migratetype(page)]
	                                               : "?",
	        zone_names[page_zonenum(page)], page_to_nid(page));
}

static void tell_mapping(unsigned long va)
{
	struct pgwalk walk = pgwalk(va);

	if (!walk.present) {
		cprintf("  not mapped\n");
		return;
	}
	cprintf("  mapped to pa 0x%09llx by a %s page\n", walk.pa, walk.large ? "2 MiB" : "4 KiB");
	tell_frame(PFN_DOWN(walk.pa));
}

static void tell_object(unsigned long va)
{
	struct slab_object_info o;

	if (!slab_find_object((void *)va, &o))
		return;
	if (o.large)
		cprintf("  kmalloc block of %lu bytes at 0x%08lx, offset %ld\n", o.large, o.object,
		        o.offset);
	else
		cprintf("  object 0x%08lx, number %u of %u in its slab, of cache %s, offset %ld, "
		        "%s\n",
		        o.object, o.index, o.num, o.cache, o.offset, o.taken ? "taken" : "free");
}

static void tell_struct_page(unsigned long va)
{
	if (memmap_holds((void *)va))
		cprintf("  struct page of frame %lu, offset %lu\n",
		        (va - (unsigned long)mem_map) / sizeof(struct page),
		        va % sizeof(struct page));
}

/* --- areas -------------------------------------------------------------------------------- */

struct area_query {
	unsigned long va;
	bool found;
	struct vmap_area area; /* a copy */
};

static bool match_area(const struct vmap_area *area, void *arg)
{
	struct area_query *q = arg;

	q->found = q->va >= area->va_start && q->va < area->va_end;
	if (q->found)
		q->area = *area;
	return !q->found;
}

static const char *area_type(const struct vm_struct *vm)
{
	if (vm->flags & VM_IOREMAP)
		return "ioremap";
	return vm->flags & VM_MAP ? "vmap" : "vmalloc";
}

static void tell_area(unsigned long va)
{
	static const char *const states[] = {
		[VMAP_NEW] = "being made",
		[VMAP_BUSY] = "in use",
		[VMAP_CACHED] = "freed and kept for the next of its size",
		[VMAP_LAZY] = "freed and waiting for a flush",
		[VMAP_DEFERRED] = "freed in an interrupt",
	};
	struct area_query q = {.va = va};
	const struct vm_struct *vm = &q.area.vm;

	vmalloc_for_each(match_area, &q);
	if (!q.found)
		return;
	cprintf("  %s%s area 0x%08lx-0x%08lx, %s, made by %s",
	        va - q.area.va_start < get_vm_area_size(vm) ? "" : "guard page of ", area_type(vm),
	        q.area.va_start, q.area.va_end, states[q.area.state], report_site(vm->caller));
	if (q.area.state != VMAP_BUSY && q.area.state != VMAP_NEW)
		cprintf(", freed by %s", report_site(q.area.freed_by));
	cprintf(", offset %lu\n", va - q.area.va_start);
}

static void tell_pkmap(unsigned long va)
{
	static struct kmap_use uses[LAST_PKMAP];
	unsigned long base = va & PAGE_MASK, index = pkmap_index((void *)va);
	unsigned int n = kmap_list_entries(uses, LAST_PKMAP);

	for (unsigned int i = 0; i < n; i++) {
		if (uses[i].va != base)
			continue;
		cprintf("  pkmap entry %lu: %u users, pfn %lu, mapped by %s\n", index,
		        uses[i].count, uses[i].pfn, report_site(uses[i].site));
		return;
	}
	cprintf("  pkmap entry %lu: not in use\n", index);
}

static void tell_window(unsigned long va)
{
	u32 n = kmap_window_number((void *)va), k = n - KMAP_FIRST;

	cprintf("  kmap window of CPU %u, slot %u: ", k / KMAP_SLOTS_PER_CPU,
	        k % KMAP_SLOTS_PER_CPU);
	if (kmap_window_mapped(n))
		cprintf("pfn %lu, mapped by %s\n", kmap_window_pfn(n),
		        report_site(kmap_sites[k].mapped));
	else
		cprintf("not in use\n");
}

/* --- per-CPU, stacks, code ---------------------------------------------------------------- */

struct percpu_query {
	unsigned long offset;
	struct percpu_alloc_info found;
};

static bool match_percpu(const struct percpu_alloc_info *info, void *arg)
{
	struct percpu_query *q = arg;

	if (q->offset - info->offset >= info->size)
		return true;
	q->found = *info;
	return false;
}

static void tell_percpu(unsigned long va)
{
	unsigned long offset = (va - PERCPU_BASE) % PERCPU_UNIT_SIZE;
	unsigned long unit = (va - PERCPU_BASE) / PERCPU_UNIT_SIZE;
	struct percpu_query q = {.offset = offset};

	if (unit)
		cprintf("  copy of CPU %lu, pointer 0x%08lx\n", unit - 1, PERCPU_BASE + offset);
	if (!percpu_for_each(match_percpu, &q))
		cprintf("  per-CPU allocation of %lu bytes, made by %s, offset %lu\n",
		        (unsigned long)q.found.size, report_site(q.found.site),
		        offset - q.found.offset);
}

static void tell_stack(unsigned long va)
{
	const struct kernel_stack *s = stack_find(va);

	if (!s)
		return;
	if (va < s->bottom)
		cprintf("  guard page of stack %s\n", s->name);
	else
		cprintf("  stack %s, %lu bytes below its top\n", s->name, s->top - va);
}

static void tell_code(unsigned long va)
{
	unsigned long offset, size;
	const char *name = ksym_lookup(va, &offset, &size);

	if (name)
		cprintf("  function %s+0x%lx\n", name, offset);
}

static void tell_place(unsigned long va)
{
	const char *class = address_class(va);

	if (!strcmp(class, "kernel text") || !strcmp(class, "init text"))
		tell_code(va);
	else if (va >= VMALLOC_START && va < VMALLOC_END)
		tell_area(va);
	else if (va >= PERCPU_BASE && va < PERCPU_UNITS + NR_CPUS * PERCPU_UNIT_SIZE)
		tell_percpu(va);
	else if (!strcmp(class, "pkmap"))
		tell_pkmap(va);
	else if (!strcmp(class, "kmap window") && va - FIXADDR_START < KMAP_WINDOWS * PAGE_SIZE)
		tell_window(va);
	else if (!strcmp(class, "fixmap"))
		cprintf("  fixmap slot %u\n", virt_to_fix(va));
}

static bool run_what(int argc, char **argv)
{
	unsigned long va;

	if (argc < 2)
		return false;
	for (int i = 1; i < argc; i++) {
		if (!shell_number(argv[i], &va))
			return false;
		cprintf("0x%08lx: %s\n", va, address_class(va));
		tell_mapping(va);
		tell_place(va);
		tell_stack(va);
		tell_struct_page(va);
		tell_object(va);
	}
	return true;
}

SHELL_COMMAND(what, "ADDRESS ...", "what lies at a kernel address", run_what, NULL);
