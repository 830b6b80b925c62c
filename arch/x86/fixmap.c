/* SPDX-License-Identifier: MIT */
/* fixmap.c - compile-time virtual addresses. Owns: the page tables behind them and the early
 * windows. */
#include "asm/fixmap.h"
#include "asm/cpufeature.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "bug.h"
#include "kernel.h"

pte_t fixmap_pte[FIXMAP_TABLES * PTRS_PER_PTE] __page_aligned;
static bool window_used[EARLY_WINDOWS];

static pte_t *fixmap_entry(unsigned int idx)
{
	return &fixmap_pte[(fix_to_virt(idx) - FIXADDR_START) >> PAGE_SHIFT];
}

void set_fixmap(unsigned int idx, phys_addr_t pa, pgprot_t prot)
{
	ASSERT(idx < __end_of_fixed_addresses);
	set_pte(fixmap_entry(idx), pfn_pte(PFN_DOWN(pa), prot));
	flush_tlb_one(fix_to_virt(idx));
}

void clear_fixmap(unsigned int idx)
{
	ASSERT(idx < __end_of_fixed_addresses);
	set_pte(fixmap_entry(idx), (pte_t){0});
	flush_tlb_one(fix_to_virt(idx));
}

void fixmap_init(void)
{
	for (unsigned int i = 0; i < FIXMAP_TABLES; i++) {
		unsigned long va = FIXADDR_START + i * PMD_SIZE;

		set_pmd(pmd_offset(pud_offset(pgd_offset_k(va), va), va),
		        pte_table_pmd(__pa(fixmap_pte + i * PTRS_PER_PTE)));
	}
}

/* Slots grow downwards, so a window's first page is its highest slot. */
static unsigned int window_first_slot(unsigned int window)
{
	return FIX_EARLY_END + (window + 1) * EARLY_WINDOW_PAGES - 1;
}

static unsigned int find_window(void)
{
	unsigned int w = 0;

	while (w < EARLY_WINDOWS && window_used[w])
		w++;
	return w;
}

void *early_memremap(phys_addr_t pa, size_t size)
{
	unsigned long offset = pa & (PAGE_SIZE - 1);
	size_t pages = PFN_UP(offset + (u64)size);
	unsigned int w = find_window();

	u64 limit = phys_addr_limit();

	if (!size || pages > EARLY_WINDOW_PAGES || w == EARLY_WINDOWS || pa >= limit ||
	    size > limit - pa)
		return NULL;
	window_used[w] = true;
	for (unsigned int i = 0; i < pages; i++)
		set_fixmap(window_first_slot(w) - i, PAGE_ALIGN_DOWN(pa) + i * PAGE_SIZE,
		           PAGE_KERNEL);
	return (void *)(fix_to_virt(window_first_slot(w)) + offset);
}

void early_memunmap(void *va)
{
	unsigned int slot = virt_to_fix((unsigned long)va);
	unsigned int w = (slot - FIX_EARLY_END) / EARLY_WINDOW_PAGES;

	ASSERT(slot >= FIX_EARLY_END && w < EARLY_WINDOWS && window_used[w]);
	for (unsigned int i = 0; i < EARLY_WINDOW_PAGES; i++)
		if (pte_present(*fixmap_entry(window_first_slot(w) - i)))
			clear_fixmap(window_first_slot(w) - i);
	window_used[w] = false;
}
