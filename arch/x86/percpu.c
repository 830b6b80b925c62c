/* SPDX-License-Identifier: MIT */
/* percpu.c - the per-CPU units and their page tables. Owns: the tables, what is in
 * __per_cpu_offset.
 *
 * A table holds two CPUs' units. The first is static, and so are the frames of the boot CPU's
 * variables, because these are in use before there is an allocator; everything else comes from
 * mm/percpu.c. Two CPUs do not write the same entry. */
#include "asm/percpu.h"
#include "asm/percpu_area.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "asm/sections.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"

enum { UNITS_PER_TABLE = PMD_SIZE / PERCPU_UNIT_SIZE };

_Static_assert((PERCPU_UNITS & (PMD_SIZE - 1)) == 0, "a unit lies in one page table");
_Static_assert(PERCPU_UNITS + NR_CPUS * PERCPU_UNIT_SIZE == PKMAP_BASE, "units end at pkmap");

static pte_t boot_table[PTRS_PER_PTE] __page_aligned;
static pte_t *tables[NR_CPUS / UNITS_PER_TABLE];

size_t percpu_static_size(void)
{
	return (size_t)(__per_cpu_end - __per_cpu_start);
}

bool percpu_table_present(unsigned int cpu)
{
	return tables[cpu / UNITS_PER_TABLE];
}

void percpu_table_install(unsigned int cpu, void *page)
{
	unsigned long va = (unsigned long)percpu_unit(cpu);

	ASSERT(!percpu_table_present(cpu));
	tables[cpu / UNITS_PER_TABLE] = page;
	set_pmd(pmd_offset(pud_offset(pgd_offset_k(va), va), va), pte_table_pmd(__pa(page)));
}

void *percpu_table_remove(unsigned int cpu)
{
	pte_t *table = tables[cpu / UNITS_PER_TABLE];
	unsigned long va = (unsigned long)percpu_unit(cpu);

	if (!table || table == boot_table)
		return NULL;
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++)
		if (!pte_none(table[i]))
			return NULL;
	tables[cpu / UNITS_PER_TABLE] = NULL;
	set_pmd(pmd_offset(pud_offset(pgd_offset_k(va), va), va), (pmd_t){0});
	return table;
}

static pte_t *entry(unsigned int cpu, unsigned int index)
{
	ASSERT(cpu < NR_CPUS && index < PERCPU_UNIT_PAGES && percpu_table_present(cpu));
	return &tables[cpu / UNITS_PER_TABLE][cpu % UNITS_PER_TABLE * PERCPU_UNIT_PAGES + index];
}

void percpu_map_page(unsigned int cpu, unsigned int index, unsigned long pfn)
{
	pte_t *e = entry(cpu, index);

	ASSERT(pte_none(*e));
	set_pte(e, pfn_pte(pfn, PAGE_KERNEL));
}

unsigned long percpu_unmap_page(unsigned int cpu, unsigned int index)
{
	pte_t *e = entry(cpu, index);
	unsigned long pfn = pte_pfn(*e);

	ASSERT(pte_present(*e));
	set_pte(e, (pte_t){0});
	return pfn;
}

unsigned long percpu_page_pfn(unsigned int cpu, unsigned int index)
{
	return percpu_table_present(cpu) ? pte_pfn(*entry(cpu, index)) : 0;
}

void percpu_open(unsigned int cpu)
{
	memcpy(percpu_unit(cpu), __per_cpu_load, percpu_static_size());
	__per_cpu_offset[cpu] = (cpu + 1) * PERCPU_UNIT_SIZE;
	*(unsigned long *)((unsigned long)&this_cpu_off + __per_cpu_offset[cpu]) =
		__per_cpu_offset[cpu];
	*(unsigned int *)((unsigned long)&cpu_number + __per_cpu_offset[cpu]) = cpu;
}

void percpu_close(unsigned int cpu)
{
	__per_cpu_offset[cpu] = 0;
}

void setup_boot_cpu_area(void)
{
	ASSERT((unsigned long)__per_cpu_start == PERCPU_BASE);
	percpu_table_install(0, boot_table);
	for (size_t done = 0; done < percpu_static_size(); done += PAGE_SIZE)
		percpu_map_page(0, done / PAGE_SIZE, PFN_DOWN(__pa(__boot_cpu_area + done)));
	percpu_open(0);
}
