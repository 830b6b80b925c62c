/* SPDX-License-Identifier: MIT */
/* vm.c - see vm.h. Owns: the page directory pointer table, the TLBs. The kernel's page directory is
 * frame 0 of the machine, which is never RAM. */
#include "vm.h"
#include <sanitizer/asan_interface.h>
#include "asm/cpufeature.h"
#include "asm/direct_map.h"
#include "asm/page_ops.h"
#include "asm/percpu.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "host.h"
#include "mm/page.h"
#include "mm/topology.h"

pgd_t swapper_pg_dir[PTRS_PER_PGD];
u64 __supported_pte_mask = ~0ull;
struct cpu_features cpu_features;

enum { TLB_ENTRIES = 1 << 15 }; /* more than the window has pages */

static struct translation {
	unsigned long va_page, pfn; /* va_page 0: none */
} tlb[NR_CPUS][TLB_ENTRIES];
static unsigned int nr_used[NR_CPUS];

static struct translation *entry_of(unsigned int cpu, unsigned long va)
{
	return &tlb[cpu][(va >> PAGE_SHIFT) % TLB_ENTRIES];
}

void flush_tlb_one(unsigned long va)
{
	struct translation *t = entry_of(host_cpu, va);

	if (t->va_page == va >> PAGE_SHIFT)
		t->va_page = 0;
}

static void flush_cpu(unsigned int cpu)
{
	if (nr_used[cpu])
		memset(tlb[cpu], 0, sizeof(tlb[cpu]));
	nr_used[cpu] = 0;
}

void flush_tlb_all_local(void)
{
	flush_cpu(host_cpu);
}

static void flush_others(unsigned long start, unsigned long end, unsigned long caller)
{
	(void)caller;
	unsigned int self = host_cpu;

	for (host_cpu = 0; host_cpu < nr_cpu_ids; host_cpu++) {
		if (host_cpu == self)
			continue;
		if (!end)
			flush_cpu(host_cpu);
		for (unsigned long va = start; va < end; va += PAGE_SIZE)
			flush_tlb_one(va);
	}
	host_cpu = self;
}

void vm_use_all_cpus(void)
{
	tlb_flush_others = flush_others;
}

bool vm_walk(unsigned long va, unsigned long *pfn, u64 *entry)
{
	const pmd_t *pmd = kernel_pmd(va);
	const pte_t *pte;

	if (!pmd_present(*pmd))
		return false;
	if (pmd_large(*pmd)) {
		*pfn = pmd_pfn(*pmd) + pte_index(va);
		*entry = pmd->pmd;
		return true;
	}
	pte = pte_offset_kernel((pmd_t *)pmd, va);
	*pfn = pte_pfn(*pte);
	*entry = pte->pte;
	return pte_present(*pte);
}

u8 *vm_touch(unsigned long va)
{
	struct translation *t = entry_of(host_cpu, va);
	unsigned long pfn;
	u64 entry;

	if (t->va_page != va >> PAGE_SHIFT) {
		if (!vm_walk(va, &pfn, &entry))
			return NULL;
		*t = (struct translation){va >> PAGE_SHIFT, pfn};
		nr_used[host_cpu]++;
	}
	return (u8 *)host_frame(t->pfn) + (va & (PAGE_SIZE - 1));
}

unsigned int vm_tlb_count(unsigned long start, unsigned long end)
{
	unsigned int n = 0;

	for (unsigned long va = start; va < end; va += PAGE_SIZE)
		n += entry_of(host_cpu, va)->va_page == va >> PAGE_SHIFT;
	return n;
}

static bool reaches_free_frame(const struct translation *t)
{
	return t->va_page && pfn_valid(t->pfn) &&
	       page_ref_count(compound_head(pfn_to_page(t->pfn))) == 0;
}

const char *vm_tlb_check(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (unsigned int i = 0; nr_used[cpu] && i < TLB_ENTRIES; i++)
			if (reaches_free_frame(&tlb[cpu][i]))
				return "a CPU has a translation to a frame that is free";
	return NULL;
}

/* A frame out of the direct map is memory that nobody may touch. */
bool direct_map_set(unsigned long pfn, bool present)
{
	void *frame = host_frame(pfn);

	if (!present)
		ASAN_POISON_MEMORY_REGION(frame, PAGE_SIZE);
	return true;
}

bool direct_map_is_large(unsigned long pfn)
{
	(void)pfn;
	return false;
}

bool direct_map_has_table(unsigned long pfn)
{
	(void)pfn;
	return false;
}

void direct_map_note_split(bool split)
{
	(void)split;
}

u64 phys_addr_limit(void)
{
	return PHYS_ADDR_SIZE;
}

void vm_reset(void)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		flush_cpu(cpu);
	cpu_features = (struct cpu_features){.pat = true, .nx = true, .phys_bits = PHYS_ADDR_BITS};
	swapper_pg_dir[pgd_index(VMALLOC_START)] = (pgd_t){_PAGE_PRESENT};
}
