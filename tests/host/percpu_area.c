/* SPDX-License-Identifier: MIT */
/* percpu_area.c - one unit of memory for each CPU. Owns: the units and which frame stands for which
 * page. A page that is not mapped is poisoned; a page that becomes mapped is full of junk. All CPUs
 * have their static variables from the beginning. */
#include "asm/percpu_area.h"
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include "host.h"
#include "host_private.h"

/* Stand for the frames of static pages: no frame of RAM has such a number. */
#define STATIC_PFN (1ul << 40)

enum { JUNK = 0xa5 };

static char *units;
static unsigned long pfns[NR_CPUS][PERCPU_UNIT_PAGES];

/* The template and so every unit begin at a page. */
static __section("percpu_data") __aligned(4096) __used char percpu_alignment[16];

size_t percpu_static_size(void)
{
	return (size_t)(__stop_percpu_data - __start_percpu_data);
}

char *percpu_unit(unsigned int cpu)
{
	return units + cpu * PERCPU_UNIT_SIZE;
}

bool percpu_table_present(unsigned int cpu)
{
	return cpu < NR_CPUS;
}

void percpu_table_install(unsigned int cpu, void *page)
{
	host_bug("a table for cpu %u at %p, which has one", cpu, page);
}

void *percpu_table_remove(unsigned int cpu)
{
	(void)cpu;
	return NULL;
}

void percpu_map_page(unsigned int cpu, unsigned int index, unsigned long pfn)
{
	char *va = percpu_unit(cpu) + index * PAGE_SIZE;

	if (pfns[cpu][index])
		host_bug("page %u of cpu %u is mapped already", index, cpu);
	pfns[cpu][index] = pfn;
	ASAN_UNPOISON_MEMORY_REGION(va, PAGE_SIZE);
	memset(va, JUNK, PAGE_SIZE);
}

unsigned long percpu_unmap_page(unsigned int cpu, unsigned int index)
{
	unsigned long pfn = pfns[cpu][index];

	if (!pfn || pfn >= STATIC_PFN)
		host_bug("page %u of cpu %u cannot be unmapped", index, cpu);
	pfns[cpu][index] = 0;
	ASAN_POISON_MEMORY_REGION(percpu_unit(cpu) + index * PAGE_SIZE, PAGE_SIZE);
	return pfn;
}

unsigned long percpu_page_pfn(unsigned int cpu, unsigned int index)
{
	return pfns[cpu][index];
}

void percpu_open(unsigned int cpu)
{
	__per_cpu_offset[cpu] = (unsigned long)percpu_unit(cpu) - percpu_base();
}

void percpu_close(unsigned int cpu)
{
	__per_cpu_offset[cpu] = 0;
}

void percpu_areas_setup(void)
{
	units = aligned_alloc(PAGE_SIZE, NR_CPUS * PERCPU_UNIT_SIZE);
	percpu_areas_reset();
}

void percpu_areas_reset(void)
{
	size_t statics = ALIGN(percpu_static_size(), PAGE_SIZE);

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		for (unsigned int i = 0; i < PERCPU_UNIT_PAGES; i++)
			pfns[cpu][i] = i < statics / PAGE_SIZE
			                       ? STATIC_PFN + cpu * PERCPU_UNIT_PAGES + i
			                       : 0;
		ASAN_UNPOISON_MEMORY_REGION(percpu_unit(cpu), statics);
		ASAN_POISON_MEMORY_REGION(percpu_unit(cpu) + statics, PERCPU_UNIT_SIZE - statics);
		percpu_open(cpu);
	}
}
