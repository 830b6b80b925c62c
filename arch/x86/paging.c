/* SPDX-License-Identifier: MIT */
/* paging.c - the direct map and the rights of the kernel image.
 *
 * Owns: the tables of the first IMAGE_TABLES * 2 MiB. These are mapped by 4 KiB pages, because
 * rights change inside them; other tables are needed only where RAM begins or ends inside a 2 MiB
 * page, and come from memblock. Source: Intel SDM vol. 3, "PAE Paging", "Access Rights". Checked
 * after the fact by pgwalk.c, which shares no code with this. Locks: boot. */
#include "asm/paging.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/tlb.h"
#include "kernel.h"
#include "mm/memblock.h"

enum { IMAGE_TABLES = 2 };
#define ISA_HOLE_START 0xa0000ull
#define ISA_HOLE_END   0x100000ull

static pte_t image_pte[IMAGE_TABLES][PTRS_PER_PTE] __page_aligned;

static bool inside(unsigned long va, const void *start, const void *end)
{
	return va >= (unsigned long)start && va < (unsigned long)end;
}

/* Rights of one page of the direct map. */
static pgprot_t page_rights(unsigned long va)
{
	if (inside(va, _stext, _etext) || inside(va, __init_begin, __init_text_end))
		return PAGE_KERNEL_ROX;
	return inside(va, __start_rodata, __end_rodata) ? PAGE_KERNEL_RO : PAGE_KERNEL;
}

/* Is the frame in RAM, or in the ISA hole where the screen and the BIOS are? */
static bool frame_wanted(phys_addr_t pa)
{
	return (pa >= ISA_HOLE_START && pa < ISA_HOLE_END) ||
	       memblock_contains(&memblock.memory, pa, PAGE_SIZE);
}

static pte_t entry_for(phys_addr_t pa)
{
	unsigned long va = (unsigned long)__va(pa);

	if (!frame_wanted(pa) || inside(va, boot_stack_guard, boot_stack) ||
	    is_image_stack_guard(va))
		return (pte_t){0};
	direct_map_4k++;
	return pfn_pte(PFN_DOWN(pa), page_rights(va));
}

/* Fill a table for the 2 MiB at pa, up to limit. */
static void fill_table(pte_t *table, phys_addr_t pa, phys_addr_t limit)
{
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++, pa += PAGE_SIZE)
		set_pte(&table[i], pa < limit ? entry_for(pa) : (pte_t){0});
}

static pte_t *table_for(phys_addr_t pa)
{
	if (pa < IMAGE_TABLES * PMD_SIZE)
		return image_pte[pa >> PMD_SHIFT];
	return memblock_alloc(PAGE_SIZE, PAGE_SIZE);
}

/* Is anything below limit to be mapped in the 2 MiB at pa? Asked of whole ranges: a small machine
 * has 200,000 frames below MAXMEM that are not there. */
static bool any_wanted(phys_addr_t pa, phys_addr_t limit)
{
	phys_addr_t end = min(pa + PMD_SIZE, limit);
	struct memblock_region *r;

	if (pa >= end)
		return false;
	for_each_memory_region (r)
		if (r->base < end && r->base + r->size > pa)
			return true;
	return pa < ISA_HOLE_END && end > ISA_HOLE_START;
}

static pmd_t directory_entry(phys_addr_t pa, phys_addr_t limit)
{
	pte_t *table;

	if (pa >= IMAGE_TABLES * PMD_SIZE && pa + PMD_SIZE <= limit &&
	    memblock_contains(&memblock.memory, pa, PMD_SIZE)) {
		direct_map_2m++;
		return pfn_pmd(PFN_DOWN(pa), PAGE_KERNEL);
	}
	if (!any_wanted(pa, limit))
		return (pmd_t){0};
	table = table_for(pa);
	fill_table(table, pa, limit);
	return pte_table_pmd(__pa(table));
}

static void drop_identity_map(void)
{
	swapper_pg_dir[0].pgd = 0;
	write_cr3(read_cr3()); /* the CPU keeps copies of the four entries */
}

void init_memory_mapping(phys_addr_t low_limit)
{
	pmd_t *directory = swapper_pmd[0];

	memblock.current_limit = min(low_limit, (phys_addr_t)BOOT_MAPPED);
	for (phys_addr_t pa = 0; pa < MAXMEM; pa += PMD_SIZE)
		set_pmd(&directory[pa >> PMD_SHIFT], directory_entry(pa, low_limit));
	drop_identity_map();
	flush_tlb_all_local();
	memblock.current_limit = low_limit;
}

void image_make_data(unsigned long start, unsigned long end)
{
	for (unsigned long va = start; va < end; va += PAGE_SIZE) {
		phys_addr_t pa = __pa((void *)va);

		set_pte(&image_pte[pa >> PMD_SHIFT][pte_index(va)],
		        pfn_pte(PFN_DOWN(pa), PAGE_KERNEL));
	}
	flush_tlb_kernel_range(start, end);
}
