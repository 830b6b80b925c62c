/* SPDX-License-Identifier: MIT */
/* cmd_machine.c - the machine's own tables: segments, page tables. Owns: nothing. */
#include "asm/desc.h"
#include "asm/paging.h"
#include "asm/percpu.h"
#include "asm/pgwalk.h"
#include "console.h"
#include "shell.h"

/* --- gdt -------------------------------------------------------------------------------- */

static const char *const slot_names[GDT_ENTRIES] = {
	[0] = "null",
	[GDT_ENTRY_TLS_MIN] = "tls 1",
	[GDT_ENTRY_TLS_MIN + 1] = "tls 2",
	[GDT_ENTRY_TLS_MAX] = "tls 3",
	[GDT_ENTRY_KERNEL_CS] = "kernel code",
	[GDT_ENTRY_KERNEL_DS] = "kernel data",
	[GDT_ENTRY_DEFAULT_USER_CS] = "user code",
	[GDT_ENTRY_DEFAULT_USER_DS] = "user data",
	[GDT_ENTRY_TSS] = "tss",
	[GDT_ENTRY_LDT] = "ldt",
	[GDT_ENTRY_PERCPU] = "per-cpu data",
	[GDT_ENTRY_DOUBLEFAULT_TSS] = "double fault tss",
};

static const char *type_name(const struct desc_struct *d)
{
	static const char *const system[16] = {[DESC_TYPE_LDT] = "ldt",
	                                       [5] = "task gate",
	                                       [DESC_TYPE_TSS] = "tss avail",
	                                       [DESC_TYPE_TSS_BUSY] = "tss busy",
	                                       [12] = "call gate",
	                                       [14] = "int gate",
	                                       [15] = "trap gate"};
	static const char *const segment[16] = {"data r--", "data r-a", "data rw-", "data rwa",
	                                        "down r--", "down r-a", "down rw-", "down rwa",
	                                        "code --x", "code -xa", "code r-x", "code rxa",
	                                        "conf --x", "conf -xa", "conf r-x", "conf rxa"};

	if (d->s)
		return segment[d->type];
	return system[d->type] ? system[d->type] : "system";
}

static void show_descriptor(unsigned int i, const struct desc_struct *d, const char *name, bool ldt)
{
	cprintf("%5u %04x  %d  %u  %08x %08x  %u %u %u  %x %-9s %u %u  %s\n", i,
	        i * 8 + (ldt ? 4 : 0) + d->dpl, ldt, d->dpl, desc_base(d), desc_limit(d), d->g,
	        d->d, d->s, d->type, type_name(d), d->dpl, d->p, name ? name : "");
}

static bool run_gdt(int argc, char **argv)
{
	const struct desc_struct *gdt = cpu_gdt(raw_smp_processor_id());

	(void)argv;
	cprintf("index sel  TI RPL base     limit     G D S type        DPL P name\n");
	for (unsigned int i = 0; i < GDT_ENTRIES; i++)
		if (gdt[i].p)
			show_descriptor(i, &gdt[i], slot_names[i], false);
	cprintf("default LDT (%u entries):\n", LDT_ENTRIES);
	for (unsigned int i = 0; i < LDT_ENTRIES; i++)
		show_descriptor(i, default_ldt_entries() + i, "empty", true);
	return argc == 1;
}

/* --- page tables ------------------------------------------------------------------------ */

static bool show_range(const struct map_range *r, void *arg)
{
	unsigned long kb = (r->end - r->start) / 1024;

	(void)arg;
	cprintf("0x%08lx-0x%08lx %8luK   %s%s%s   %s  %s%s    %s\n", r->start, r->end - 1, kb,
	        r->flags & _PAGE_USER ? "U" : "-", r->flags & _PAGE_RW ? "RW" : "R-",
	        r->flags & _PAGE_NX ? "-" : "X", r->flags & _PAGE_PSE ? "2M" : "4K",
	        r->flags & _PAGE_GLOBAL ? "G" : "-", r->cache == CACHE_WB ? "-" : "C", r->area);
	return true;
}

static bool run_map(int argc, char **argv)
{
	(void)argv;
	cprintf("range                      size  rights page flags area\n");
	for_each_kernel_mapping(show_range, NULL);
	cprintf("writable and executable pages: %lu\n", count_wx_pages(NULL));
	return argc == 1;
}

static bool run_walk(int argc, char **argv)
{
	unsigned long va;

	if (argc != 2 || !shell_number(argv[1], &va))
		return false;
	pgwalk_print(va, cprintf);
	return true;
}

SHELL_COMMAND(gdt, "", "decode every segment descriptor", run_gdt, NULL);
SHELL_COMMAND(map, "", "kernel page tables by range and rights", run_map, NULL);
SHELL_COMMAND(walk, "ADDRESS", "page-table walk of an address, entry by entry", run_walk, NULL);
