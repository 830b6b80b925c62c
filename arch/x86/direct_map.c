/* SPDX-License-Identifier: MIT */
/* direct_map.c - see asm/direct_map.h. Owns: the counts of its pages. */
#include "asm/direct_map.h"
#include "asm/paging.h"
#include "asm/pgtable.h"
#include "asm/tlb.h"

unsigned long direct_map_4k, direct_map_2m;

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

void direct_map_note_split(bool split)
{
	direct_map_2m += split ? -1ul : 1;
	direct_map_4k += split ? PTRS_PER_PTE : -(unsigned long)PTRS_PER_PTE;
}
