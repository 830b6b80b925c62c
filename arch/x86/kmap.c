/* SPDX-License-Identifier: MIT */
/* kmap.c - the page tables behind kmap. Owns: pkmap's table and the rights of its entries; the
 * windows' table is the fixmap's. */
#include "asm/kmap.h"

DEFINE_PER_CPU(u32, kmap_word) = (u32)KMAP_SLOW;
void (*kmap_leak_hook)(unsigned int depth_before);

u64 kmap_prot;
pte_t pkmap_pte[LAST_PKMAP] __page_aligned;

void kmap_arch_init(void)
{
	pgprot_t prot = PAGE_KERNEL;

	kmap_prot = prot.pgprot & ~_PAGE_GLOBAL & __supported_pte_mask;
	set_pmd(pmd_offset(pud_offset(pgd_offset_k(PKMAP_BASE), PKMAP_BASE), PKMAP_BASE),
	        pte_table_pmd(__pa(pkmap_pte)));
}
