/* SPDX-License-Identifier: MIT */
/* direct_map.c - see asm/direct_map.h. Owns: direct_map_by_pages. */
#include "asm/direct_map.h"
#include "asm/pgtable.h"
#include "asm/tlb.h"

bool direct_map_by_pages;

bool direct_map_set(unsigned long pfn, bool present)
{
	unsigned long va = (unsigned long)__va(PFN_PHYS(pfn));
	pte_t *pte = lookup_kernel_pte(va);

	if (!pte || pte_none(*pte))
		return false;
	if (present) {
		ptep_show(pte);
	} else {
		ptep_hide(pte);
		flush_tlb_page(va);
	}
	return true;
}
