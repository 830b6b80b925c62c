/* SPDX-License-Identifier: MIT */
/* setup.c - which memory there is and which of it is taken already.
 *
 * Owns: the sanitised map while booting. Every byte is either RAM that memblock knows, or is left
 * out for a reason that is printed. Source: Gorman ch. 3.5; names are Linux's. */
#include "setup.h"
#include "asm/cpufeature.h"
#include "asm/page.h"
#include "asm/paging.h"
#include "asm/sections.h"
#include "asm/smpboot.h"
#include "boot/acpi.h"
#include "boot/srat.h"
#include "bug.h"
#include "cmdline.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/numa.h"
#include "mm/reserved.h"
#include "mm/topology.h"
#include "printk.h"
#include "resource.h"

static struct e820_table e820_table __initdata;
static struct numa_info numa_info __initdata;

#define LOWEST_HIGHMEM (24ull << 20)

static phys_addr_t image_start(void)
{
	return (unsigned long)__boot_begin_pa;
}

static phys_addr_t image_end(void)
{
	return __pa(__kernel_end);
}

/* --- what must be RAM --------------------------------------------------------------------- */

static void __init require_ram(u64 start, u64 end, const char *what)
{
	if (start < end && !e820_all_of_type(&e820_table, start, end, E820_TYPE_RAM))
		panic("%s [mem 0x%llx-0x%llx] does not lie in RAM; map entry there is not usable",
		      what, start, end - 1);
}

static void __init require_apart(const struct boot_range *r, const char *what)
{
	if (r->start < image_end() && r->end > image_start())
		panic("%s [mem 0x%llx-0x%llx] overlaps the kernel [mem 0x%llx-0x%llx]", what,
		      r->start, r->end - 1, image_start(), image_end() - 1);
}

static void __init check_placement(const struct bootinfo *bi)
{
	require_ram(image_start(), image_end(), "kernel image");
	require_ram(bi->info.start, bi->info.end, "boot loader's info block");
	require_apart(&bi->info, "boot loader's info block");
	for (u32 i = 0; i < bi->nr_modules; i++) {
		pr_info("module %u: [mem 0x%llx-0x%llx] %s\n", i, bi->modules[i].range.start,
		        bi->modules[i].range.end - 1, bi->modules[i].cmdline);
		require_ram(bi->modules[i].range.start, bi->modules[i].range.end, "module");
		require_apart(&bi->modules[i].range, "module");
	}
}

/* --- what is taken ------------------------------------------------------------------------ */

static void __init reserve(phys_addr_t start, phys_addr_t end, const char *name)
{
	memblock_reserve(start, end - start);
	reserved_remember(start, end, name);
}

static void __init reserve_known(const struct bootinfo *bi)
{
	reserve(image_start(), __pa(__init_end), "kernel_init");
	reserve(__pa(_stext), __pa(_etext), "kernel_text");
	reserve(__pa(__start_rodata), __pa(__end_rodata), "kernel_rodata");
	reserve(__pa(_sdata), image_end(), "kernel_data");
	for (u32 i = 0; i < bi->nr_modules; i++)
		reserve(PAGE_ALIGN_DOWN(bi->modules[i].range.start),
		        PAGE_ALIGN(bi->modules[i].range.end), "module");
}

static void __init add_image_resources(void)
{
	resource_add(__pa(_stext), __pa(_etext) - 1, "Kernel code");
	resource_add(__pa(__start_rodata), __pa(__end_rodata) - 1, "Kernel rodata");
	resource_add(__pa(_sdata), __pa(_edata) - 1, "Kernel data");
	resource_add(__pa(__bss_start), image_end() - 1, "Kernel bss");
}

/* --- RAM ---------------------------------------------------------------------------------- */

/* End of the addresses that the CPU and the design can use. */
static u64 __init address_limit(void)
{
	u64 limit = phys_addr_limit();

	return boot_options.mem ? min(limit, (u64)boot_options.mem) : limit;
}

/* Whole pages of one usable range below the limit; what rounding and the limit lose is added up. */
static void __init add_ram(const struct e820_entry *e, u64 limit, u64 *above, u64 *rounded)
{
	u64 start = e->addr, end = e->addr + e->size;
	u64 cut = min(end, limit), first, last;

	if (start >= limit) {
		*above += end - start;
		return;
	}
	*above += end - cut;
	first = PAGE_ALIGN(start);
	last = PAGE_ALIGN_DOWN(cut);
	if (first >= last) {
		*rounded += cut - start;
		return;
	}
	*rounded += first - start + cut - last;
	memblock_add(first, last - first);
}

static void __init fill_memblock(void)
{
	u64 limit = address_limit(), above = 0, rounded = 0;

	for (u32 i = 0; i < e820_table.nr_entries; i++)
		if (e820_table.entries[i].type == E820_TYPE_RAM)
			add_ram(&e820_table.entries[i], limit, &above, &rounded);
	if (above)
		pr_info("%llu MiB above 0x%llx unused (%s)\n", above >> 20, limit,
		        boot_options.mem == limit ? "mem=" : "limit of the address width");
	if (rounded)
		pr_info("%llu bytes of RAM lost to page rounding\n", rounded);
	if (memblock.memory.dropped)
		pr_warn("memory map truncated: %lu dropped\n", memblock.memory.dropped);
}

static void __init require_enough(void)
{
	u64 have = memblock_phys_mem_size() >> 10;

	/* the screen, the BIOS and its tables take up to 1 MiB of it */
	if (have < (MIN_MEMORY_MIB - 1) * 1024)
		panic("need at least %u MiB of memory, have %llu KiB", MIN_MEMORY_MIB, have);
}

void __init setup_memory(const struct bootinfo *bi)
{
	pr_info("Firmware's memory map (%s):\n", bi->protocol);
	e820_print(bi->e820);
	e820_sanitize(bi->e820, &e820_table);
	/* page 0 keeps NULL apart; 640 KiB .. 1 MiB is the screen and the BIOS */
	e820_reserve(&e820_table, 0, PAGE_SIZE);
	e820_reserve(&e820_table, 0xa0000, 0x100000);
	pr_info("Sanitised:\n");
	e820_print(&e820_table);
	check_placement(bi);
	memblock_reset();
	memblock.current_limit = BOOT_MAPPED;
	reserve_known(bi);
	fill_memblock();
	require_enough();
	resource_add_map(&e820_table);
	add_image_resources();
}

/* --- nodes -------------------------------------------------------------------------------- */

static bool __init read_srat(void)
{
	u32 length;
	const void *table = acpi_map("SRAT", &length);
	int ret;

	if (!table)
		return false;
	ret = srat_parse(table, length, &numa_info);
	acpi_unmap(table);
	if (ret)
		return false;
	table = acpi_map("SLIT", &length);
	if (table) {
		slit_parse(table, length, &numa_info);
		acpi_unmap(table);
	}
	return true;
}

void __init setup_nodes(const struct bootinfo *bi)
{
	bool have;

	acpi_init(bi, &e820_table);
	have = read_srat() && !boot_options.numa_off;
	numa_init(have ? &numa_info : NULL, boot_options.numa_off ? 0 : boot_options.numa_fake);
	smp_find_cpus(have ? &numa_info : NULL, boot_options.numa_fake, boot_options.maxcpus);
	if (!have || boot_options.numa_fake)
		return;
	this_cpu_write(numa_node, numa_cpu_node(&numa_info, cpu_features.apic_id));
	pr_info("NUMA: boot CPU on node %d\n", numa_node_id());
}

phys_addr_t setup_low_limit(void)
{
	phys_addr_t want = ALIGN_DOWN(boot_options.highmem, (phys_addr_t)SZ_4M);

	if (!boot_options.highmem)
		return MAXMEM;
	if (want < LOWEST_HIGHMEM || want > MAXMEM) {
		want = clamp(want, (phys_addr_t)LOWEST_HIGHMEM, (phys_addr_t)MAXMEM);
		pr_warn("highmem=: not possible, low memory ends at %llu MiB\n", want >> 20);
	} else if (want != boot_options.highmem) {
		pr_warn("highmem=: rounded down to %llu MiB\n", want >> 20);
	}
	return want;
}

void free_initmem(void)
{
	phys_addr_t start = image_start(), end = __pa(__init_end);

	initmem_freed = true;
	image_make_data((unsigned long)__va(start), (unsigned long)__init_end);
	memset(__va(start), 0xcc, (size_t)(end - start));
	free_reserved_area(start, end);
	pr_info("Freeing boot-time memory: %lluK\n", (end - start) >> 10);
}
