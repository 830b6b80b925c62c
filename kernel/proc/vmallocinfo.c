/* SPDX-License-Identifier: MIT */
/* vmallocinfo.c - /proc/vmallocinfo in Linux's format: one area a line by address, who asked for
 * it, what is behind it, frames by node. Owns: nothing. Freed areas that wait for the purge are
 * listed as Linux lists them. */
#include "console.h"
#include "kernel.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"
#include "mm/vmap_area.h"
#include "proc.h"

/* One line's worth, copied under the window's lock. */
struct line {
	unsigned long start; /* the first area at or above this address */
	bool found;
	unsigned long va_start, va_end;
	enum vmap_state state;
	struct vm_struct vm;
	unsigned long nodes[MAX_NUMNODES];
};

static void count_nodes(const struct vm_struct *vm, unsigned long *nodes)
{
	unsigned int blocks = vm_nr_blocks(vm);

	for (unsigned int i = 0; vm->pages && i < blocks; i++)
		nodes[page_to_nid(vm->pages[i])] += i < vm->nr_large ? PMD_SIZE >> PAGE_SHIFT : 1;
}

static bool copy_line(const struct vmap_area *area, void *arg)
{
	struct line *l = arg;

	if (area->va_start < l->start || area->state == VMAP_NEW)
		return true;
	l->found = true;
	l->va_start = area->va_start;
	l->va_end = area->va_end;
	l->state = area->state;
	l->vm = area->vm;
	if (area->state == VMAP_BUSY)
		count_nodes(&area->vm, l->nodes);
	return false;
}

static void print_nodes(const struct line *l)
{
	for (unsigned int nid = 0; nid < MAX_NUMNODES; nid++)
		if (l->nodes[nid])
			cprintf(" N%u=%lu", nid, l->nodes[nid]);
}

static void print_line(const struct line *l)
{
	const struct vm_struct *vm = &l->vm;

	cprintf("0x%08lx-0x%08lx %7lu", l->va_start, l->va_end, l->va_end - l->va_start);
	if (l->state != VMAP_BUSY) {
		cprintf(" unpurged vm_area\n");
		return;
	}
	cprintf(" %pB", (void *)vm->caller);
	if (vm->nr_pages)
		cprintf(" pages=%u", vm->nr_pages);
	if (vm->flags & VM_IOREMAP)
		cprintf(" phys=0x%016llx ioremap", vm->phys_addr);
	if (vm->flags & VM_ALLOC)
		cprintf(" vmalloc");
	if (vm->flags & VM_MAP)
		cprintf(" vmap");
	if (vm->flags & VM_USERMAP)
		cprintf(" user");
	if (vm->pages && is_vmalloc_addr(vm->pages))
		cprintf(" vpages");
	print_nodes(l);
	cprintf("\n");
}

void show_vmallocinfo(void)
{
	struct line l = {.start = VMALLOC_START};

	for (;;) {
		vmalloc_for_each(copy_line, &l);
		if (!l.found)
			return;
		print_line(&l);
		l = (struct line){.start = l.va_end};
	}
}
