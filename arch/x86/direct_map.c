/* SPDX-License-Identifier: MIT */
/* direct_map.c - see asm/direct_map.h. Owns: nothing. */
#include "asm/direct_map.h"
#include "asm/pgtable.h"
#include "asm/tlb.h"

static unsigned long address_of(unsigned long pfn)
{
	return (unsigned long)__va(PFN_PHYS(pfn));
}

bool direct_map_set(unsigned long pfn, bool present)
{
	unsigned long va = address_of(pfn);
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

bool direct_map_is_large(unsigned long pfn)
{
	return pmd_large(*kernel_pmd(address_of(pfn)));
}

bool direct_map_has_table(unsigned long pfn)
{
	return lookup_kernel_pte(address_of(pfn)) != NULL;
}
