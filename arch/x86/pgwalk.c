/* SPDX-License-Identifier: MIT */
/* pgwalk.c - the live page tables, read entry by entry. Owns: nothing.
 * An independent look: it shares no code with what builds the tables (paging.c). */
#include "asm/pgwalk.h"
#include "asm/cpufeature.h"
#include "asm/fixmap.h"
#include "asm/paging.h"
#include "asm/processor.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/uaccess.h"
#include "kernel.h"
#include "printk.h"
#include "report.h"

/* One 64-bit entry at a physical address, if the direct map reaches it. */
static bool read_entry(phys_addr_t pa, u64 *out)
{
	unsigned long lo, hi;

	if (pa >= MAXMEM)
		return false;
	if (!probe_kernel_word(__va(pa), &lo) || !probe_kernel_word(__va(pa + 4), &hi))
		return false;
	*out = (u64)hi << 32 | lo;
	return true;
}

static void resolve_large(struct pgwalk *w, unsigned long va)
{
	w->large = true;
	w->present = true;
	w->pte = pfn_pte(pmd_pfn(w->pmd) + pte_index(va), pmd_pgprot(w->pmd));
	w->pa = (w->pmd.pmd & PTE_PFN_MASK & ~(u64)(PMD_SIZE - 1)) | (va & (PMD_SIZE - 1));
}

struct pgwalk pgwalk(unsigned long va)
{
	struct pgwalk w = {.levels = 1};
	phys_addr_t table = read_cr3() & ~0x1ful;

	if (!read_entry(table + 8 * pgd_index(va), &w.pgd.pgd) || !pgd_present(w.pgd))
		return w;
	w.levels = 2;
	table = w.pgd.pgd & PTE_PFN_MASK;
	if (!read_entry(table + 8 * pmd_index(va), &w.pmd.pmd) || !pmd_present(w.pmd))
		return w;
	if (pmd_large(w.pmd)) {
		resolve_large(&w, va);
		return w;
	}
	w.levels = 3;
	table = w.pmd.pmd & PTE_PFN_MASK;
	if (!read_entry(table + 8 * pte_index(va), &w.pte.pte) || !pte_present(w.pte))
		return w;
	w.present = true;
	w.pa = (w.pte.pte & PTE_PFN_MASK) | (va & (PAGE_SIZE - 1));
	return w;
}

/* What an entry is to the walk: PDPT entries have no rights, and bit 7 means another thing in a
 * table than in a directory. */
enum entry_kind { ENTRY_POINTER, ENTRY_TABLE, ENTRY_LARGE, ENTRY_PAGE };

static void print_entry(void (*print)(const char *fmt, ...), const char *level, unsigned int index,
                        u64 e, enum entry_kind kind)
{
	bool leaf = kind >= ENTRY_LARGE;
	u64 pfn = kind == ENTRY_LARGE ? pmd_pfn((pmd_t){e}) : (e & PTE_PFN_MASK) >> PAGE_SHIFT;

	print("  %s[%3u] = %016llx %s%s%s%s%s%s%s%s%s pfn=%llu %s\n", level, index, e,
	      e & _PAGE_PRESENT ? "P" : "-", e & _PAGE_RW ? "W" : "-", e & _PAGE_USER ? "U" : "-",
	      e & _PAGE_NX ? "-" : "X", e & _PAGE_ACCESSED ? "A" : "-", e & _PAGE_DIRTY ? "D" : "-",
	      kind == ENTRY_LARGE ? "L" : "-", e & _PAGE_GLOBAL ? "G" : "-",
	      e & _PAGE_PCD ? "C" : "-", pfn,
	      !(e & _PAGE_PRESENT)  ? (e ? "hidden" : "empty")
	      : leaf                ? cache_mode_name(cache_mode_of(e, kind == ENTRY_LARGE))
	      : kind == ENTRY_TABLE ? "table"
	                            : "directory");
}

void pgwalk_print(unsigned long va, void (*print)(const char *fmt, ...))
{
	struct pgwalk w = pgwalk(va);

	print("walk of 0x%08lx (%s), cr3=0x%08lx:\n", va, address_class(va), read_cr3());
	print_entry(print, "pgd", pgd_index(va), w.pgd.pgd, ENTRY_POINTER);
	if (w.levels > 1)
		print_entry(print, "pmd", pmd_index(va), w.pmd.pmd,
		            pmd_large(w.pmd) ? ENTRY_LARGE : ENTRY_TABLE);
	if (w.levels > 2)
		print_entry(print, "pte", pte_index(va), w.pte.pte, ENTRY_PAGE);
	if (w.present)
		print("  -> pa 0x%09llx, %s page\n", w.pa, w.large ? "2 MiB" : "4 KiB");
	else
		print("  -> not mapped\n");
}

#define RANGE_FLAGS (_PAGE_RW | _PAGE_USER | _PAGE_NX | _PAGE_GLOBAL | _PAGE_PSE)

struct range_walk {
	struct map_range run;
	bool open;
	bool (*fn)(const struct map_range *range, void *arg);
	void *arg;
};

static bool close_run(struct range_walk *rw)
{
	bool go_on = !rw->open || rw->fn(&rw->run, rw->arg);

	rw->open = false;
	return go_on;
}

/* Extend the open run by [va, va + size) or close it and begin the next. */
static bool add_to_run(struct range_walk *rw, unsigned long va, unsigned long size, u64 flags,
                       enum cache_mode cache)
{
	const char *area = address_class(va);

	if (rw->open && rw->run.end == va && rw->run.flags == flags && rw->run.cache == cache &&
	    rw->run.area == area) {
		rw->run.end = va + size;
		return true;
	}
	if (!close_run(rw))
		return false;
	rw->run = (struct map_range){va, va + size, flags, cache, area};
	rw->open = true;
	return true;
}

static bool walk_table(struct range_walk *rw, pmd_t pmd, unsigned long va)
{
	u64 e;

	for (unsigned int i = 0; i < PTRS_PER_PTE; i++, va += PAGE_SIZE) {
		if (!read_entry((pmd.pmd & PTE_PFN_MASK) + 8 * i, &e) || !(e & _PAGE_PRESENT))
			continue;
		if (!add_to_run(rw, va, PAGE_SIZE, e & RANGE_FLAGS & ~_PAGE_PSE,
		                cache_mode_of(e, false)))
			return false;
	}
	return true;
}

static bool walk_directory(struct range_walk *rw, pgd_t pgd, unsigned long va)
{
	pmd_t e;

	for (unsigned int i = 0; i < PTRS_PER_PMD; i++, va += PMD_SIZE) {
		if (!read_entry((pgd.pgd & PTE_PFN_MASK) + 8 * i, &e.pmd) || !pmd_present(e))
			continue;
		if (pmd_large(e) ? !add_to_run(rw, va, PMD_SIZE, e.pmd & RANGE_FLAGS,
		                               cache_mode_of(e.pmd, true))
		                 : !walk_table(rw, e, va))
			return false;
	}
	return true;
}

void for_each_kernel_mapping(bool (*fn)(const struct map_range *range, void *arg), void *arg)
{
	struct range_walk rw = {.fn = fn, .arg = arg};
	phys_addr_t table = read_cr3() & ~0x1ful;
	pgd_t pgd;

	for (unsigned int i = KERNEL_PGD_INDEX; i < PTRS_PER_PGD; i++) {
		if (!read_entry(table + 8 * i, &pgd.pgd) || !pgd_present(pgd))
			continue;
		if (!walk_directory(&rw, pgd, (unsigned long)i << PGDIR_SHIFT))
			return;
	}
	close_run(&rw);
}

static bool within(unsigned long va, const void *start, const void *end)
{
	return va >= (unsigned long)start && va < (unsigned long)end;
}

static const char *image_class(unsigned long va)
{
	if (within(va, _stext, _etext))
		return "kernel text";
	if (!initmem_freed && within(va, __init_begin, __init_text_end))
		return "init text";
	if (!initmem_freed && within(va, __init_text_end, __init_end))
		return "init data";
	if (within(va, __start_rodata, __end_rodata))
		return "kernel rodata";
	if (within(va, boot_stack_guard, boot_stack))
		return "boot stack guard";
	if (within(va, boot_stack, boot_stack_top))
		return "boot stack";
	if (within(va, image_stacks, image_stacks_end))
		return is_image_stack_guard(va) ? "stack guard" : "stack";
	if (within(va, _sdata, __kernel_end))
		return "kernel data";
	return NULL;
}

const char *address_class(unsigned long va)
{
	const char *image = image_class(va);

	if (va >= ZERO_SIZE_VA && va < PAGE_SIZE)
		return "zero size allocation";
	if (va < PAGE_SIZE)
		return "null";
	if (va < PAGE_OFFSET)
		return "user";
	if (image)
		return image;
	if (va < LOWMEM_END_VA)
		return "direct map";
	if (va < VMALLOC_START)
		return "hole above the direct map";
	if (va < PERCPU_BASE)
		return "vmalloc";
	if (va < PERCPU_UNITS)
		return "per-CPU pointer";
	if (va < PKMAP_BASE)
		return "per-CPU area";
	if (va < FIXADDR_START)
		return "pkmap";
	if (va <= fix_to_virt(FIX_KMAP_BEGIN))
		return "kmap window";
	return va < FIXADDR_TOP ? "fixmap" : "top guard";
}

struct wx_count {
	unsigned long pages;
	void (*print)(const char *fmt, ...);
};

static bool count_wx_run(const struct map_range *r, void *arg)
{
	struct wx_count *c = arg;

	if (!(r->flags & _PAGE_RW) || r->flags & _PAGE_NX)
		return true;
	c->pages += (r->end - r->start) >> PAGE_SHIFT;
	if (c->print)
		c->print("W+X: 0x%08lx-0x%08lx (%s)\n", r->start, r->end - 1, r->area);
	return true;
}

unsigned long count_wx_pages(void (*print)(const char *fmt, ...))
{
	struct wx_count c = {.print = print};

	for_each_kernel_mapping(count_wx_run, &c);
	return c.pages;
}

static void print_wx(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(LOG_ERR, fmt, args);
	va_end(args);
}

unsigned long check_wx(void)
{
	unsigned long pages;

	if (!cpu_features.nx) {
		pr_warn("W^X off: this CPU has no NX, every readable page is executable\n");
		return 0;
	}
	pages = count_wx_pages(print_wx);
	if (pages)
		report(REPORT_wx_mapping, pages, 0, "none", "pages=%lu", pages);
	else
		pr_info("W^X: no kernel page is writable and executable\n");
	return pages;
}
