/* SPDX-License-Identifier: MIT */
/* pgtable.c - the top of the kernel's page tables, which everybody below and above refers to.
 * Owns: swapper_pg_dir, the page directories of the kernel's half, the mask of usable entry bits.
 */
#include "asm/pgtable.h"
#include "asm/cpufeature.h"
#include "asm/paging.h"

pgd_t swapper_pg_dir[PTRS_PER_PGD] __aligned(32);
pmd_t swapper_pmd[PTRS_PER_PGD - (CONFIG_PAGE_OFFSET >> PGDIR_SHIFT)][PTRS_PER_PMD] __page_aligned;
u64 __supported_pte_mask = ~0ull;

void paging_init_features(void)
{
	if (!cpu_features.nx)
		__supported_pte_mask &= ~_PAGE_NX;
	if (!cpu_features.pge)
		__supported_pte_mask &= ~_PAGE_GLOBAL;
}
