/* SPDX-License-Identifier: MIT */
/* meminfo.c - /proc/meminfo in Linux 6.1's lines and units (kB). Owns: nothing.
 * Lines about parts that Quire does not have yet read 0, because there is nothing to count. */
#include "asm/memlayout.h"
#include "asm/paging.h"
#include "console.h"
#include "kernel.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/pgtable.h"
#include "mm/topology.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"
#include "mm/watermark.h"
#include "proc.h"

static void line(const char *name, unsigned long pages)
{
	cprintf("%-16s%8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

static void line_kb(const char *name, unsigned long kb)
{
	cprintf("%-16s%8lu kB\n", name, kb);
}

static void zero_lines(const char *const *names)
{
	for (; *names; names++)
		line(*names, 0);
}

static unsigned long free_high_pages(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		if (is_highmem(zone))
			sum += zone_page_state(zone, NR_FREE_PAGES);
	return sum;
}

/* What new programs could have: free pages above what the kernel keeps back. */
static unsigned long available_pages(void)
{
	unsigned long free = nr_free_pages();

	return free > totalreserve_pages ? free - totalreserve_pages : 0;
}

static void show_totals(void)
{
	static const char *const caches[] = {
		"Buffers:",        "Cached:",       "SwapCached:",     "Active:",
		"Inactive:",       "Active(anon):", "Inactive(anon):", "Active(file):",
		"Inactive(file):", "Unevictable:",  "Mlocked:",        NULL};

	line("MemTotal:", totalram_pages());
	line("MemFree:", nr_free_pages());
	line("MemAvailable:", available_pages());
	zero_lines(caches);
	line("HighTotal:", totalhigh_pages());
	line("HighFree:", free_high_pages());
	line("LowTotal:", totalram_pages() - totalhigh_pages());
	line("LowFree:", nr_free_pages() - free_high_pages());
}

static void show_uses(void)
{
	static const char *const before[] = {"SwapTotal:", "SwapFree:", "Dirty:", "Writeback:",
	                                     "AnonPages:", "Mapped:",   "Shmem:", NULL};
	static const char *const after[] = {
		"SecPageTables:", "NFS_Unstable:", "Bounce:", "WritebackTmp:", NULL};

	zero_lines(before);
	line("KReclaimable:", nr_slab_pages(SLAB_RECLAIMABLE));
	line("Slab:", nr_slab_pages(SLAB_RECLAIMABLE) + nr_slab_pages(SLAB_UNRECLAIMABLE));
	line("SReclaimable:", nr_slab_pages(SLAB_RECLAIMABLE));
	line("SUnreclaim:", nr_slab_pages(SLAB_UNRECLAIMABLE));
	line_kb("KernelStack:", THREAD_SIZE / 1024);
	line("PageTables:", nr_kernel_page_tables());
	zero_lines(after);
	line("CommitLimit:", totalram_pages() / 2);
	line("Committed_AS:", 0);
}

void show_meminfo(void)
{
	struct vmalloc_stats vm = vmalloc_stats();
	struct percpu_stats percpu;

	show_totals();
	show_uses();
	line_kb("VmallocTotal:", (VMALLOC_END - VMALLOC_START) / 1024);
	line("VmallocUsed:", vm.pages);
	line_kb("VmallocChunk:", vm.largest_hole / 1024);
	percpu_get_stats(&percpu);
	line_kb("Percpu:", percpu.nr_pages * PAGE_SIZE / 1024);
	line_kb("DirectMap4k:", direct_map_4k * 4);
	line_kb("DirectMap2M:", direct_map_2m * 2048);
}
