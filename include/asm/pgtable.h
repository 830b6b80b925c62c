/* SPDX-License-Identifier: MIT */
/* pgtable.h - page-table entries read, made and placed: Linux's accessor names.
 *
 * No code outside arch/x86 and these accessors looks at an entry's bits. Changing a live entry
 * asks for a flush: set_pte() alone leaves the old translation in the TLB. */
#pragma once
#include "asm/memtype.h"
#include "asm/page.h"
#include "asm/pgtable_types.h"
#include "compiler.h"

/* The kernel's page directory pointer table and its page directories, one per kernel GiB. */
#define KERNEL_PGD_INDEX (PAGE_OFFSET >> PGDIR_SHIFT)
#define KERNEL_PGD_PTRS  (PTRS_PER_PGD - KERNEL_PGD_INDEX)

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
extern pmd_t swapper_pmd[PTRS_PER_PGD - (CONFIG_PAGE_OFFSET >> PGDIR_SHIFT)][PTRS_PER_PMD];

/* All ones, without _PAGE_NX on a CPU that has no NX. (C) after early boot. */
extern u64 __supported_pte_mask;

static inline bool pte_none(pte_t e)
{
	return !e.pte;
}
static inline bool pte_present(pte_t e)
{
	return e.pte & _PAGE_PRESENT;
}
static inline bool pte_write(pte_t e)
{
	return e.pte & _PAGE_RW;
}
static inline bool pte_user(pte_t e)
{
	return e.pte & _PAGE_USER;
}
static inline bool pte_young(pte_t e)
{
	return e.pte & _PAGE_ACCESSED;
}
static inline bool pte_dirty(pte_t e)
{
	return e.pte & _PAGE_DIRTY;
}
static inline pgprot_t pte_pgprot(pte_t e)
{
	return __pgprot(e.pte & PTE_FLAGS_MASK);
}
static inline bool pte_global(pte_t e)
{
	return e.pte & _PAGE_GLOBAL;
}
static inline bool pte_exec(pte_t e)
{
	return !(e.pte & _PAGE_NX);
}
static inline unsigned long pte_pfn(pte_t e)
{
	return PFN_DOWN(e.pte & PTE_PFN_MASK);
}
static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return (pte_t){(PFN_PHYS(pfn) | prot.pgprot) & __supported_pte_mask};
}
static inline pte_t pte_set_flags(pte_t e, u64 flags)
{
	return (pte_t){(e.pte | flags) & __supported_pte_mask};
}
static inline pte_t pte_clear_flags(pte_t e, u64 flags)
{
	return (pte_t){e.pte & ~flags};
}
static inline pte_t pte_mkwrite(pte_t e)
{
	return pte_set_flags(e, _PAGE_RW);
}
static inline pte_t pte_wrprotect(pte_t e)
{
	return pte_clear_flags(e, _PAGE_RW);
}
static inline pte_t pte_mkdirty(pte_t e)
{
	return pte_set_flags(e, _PAGE_DIRTY);
}
static inline pte_t pte_mkclean(pte_t e)
{
	return pte_clear_flags(e, _PAGE_DIRTY);
}
static inline pte_t pte_mkyoung(pte_t e)
{
	return pte_set_flags(e, _PAGE_ACCESSED);
}
static inline pte_t pte_mkold(pte_t e)
{
	return pte_clear_flags(e, _PAGE_ACCESSED);
}
static inline pte_t pte_mkexec(pte_t e)
{
	return pte_clear_flags(e, _PAGE_NX);
}
static inline pte_t pte_modify(pte_t e, pgprot_t prot)
{
	return (pte_t){((e.pte & PTE_PFN_MASK) | prot.pgprot) & __supported_pte_mask};
}

static inline bool pmd_none(pmd_t e)
{
	return !e.pmd;
}
static inline bool pmd_present(pmd_t e)
{
	return e.pmd & _PAGE_PRESENT;
}
/* A 2 MiB page rather than a pointer to a page table. */
static inline bool pmd_large(pmd_t e)
{
	return (e.pmd & (_PAGE_PRESENT | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_PSE);
}
/* Neither empty nor a well-formed pointer to a page table. */
static inline bool pmd_bad(pmd_t e)
{
	return (e.pmd & (_PAGE_PRESENT | _PAGE_RW | _PAGE_PSE)) != (_PAGE_PRESENT | _PAGE_RW);
}
/* Of a 2 MiB page: its first frame. */
static inline unsigned long pmd_pfn(pmd_t e)
{
	return PFN_DOWN(e.pmd & PTE_PFN_MASK & ~(u64)(PMD_SIZE - 1));
}
/* Its rights and type as a 4 KiB entry has them. */
static inline pgprot_t pmd_pgprot(pmd_t e)
{
	return __pgprot(prot_from_large(e.pmd & (PTE_FLAGS_MASK | _PAGE_PAT_LARGE)));
}
static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	return (pmd_t){(PFN_PHYS(pfn) | prot_to_large(prot.pgprot)) & __supported_pte_mask};
}
static inline pmd_t pte_table_pmd(phys_addr_t table_pa)
{
	return (pmd_t){table_pa | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED};
}

static inline bool pgd_none(pgd_t e)
{
	return !e.pgd;
}
static inline bool pgd_present(pgd_t e)
{
	return e.pgd & _PAGE_PRESENT;
}
static inline bool pud_present(pud_t e)
{
	return pgd_present(e.pgd);
}

static inline unsigned int pgd_index(unsigned long va)
{
	return (unsigned int)(va >> PGDIR_SHIFT);
}
static inline unsigned int pmd_index(unsigned long va)
{
	return (va >> PMD_SHIFT) & (PTRS_PER_PMD - 1);
}
static inline unsigned int pte_index(unsigned long va)
{
	return (va >> PAGE_SHIFT) & (PTRS_PER_PTE - 1);
}

/* The entry of a kernel address at each level. Tables lie in the direct map. */
static inline pgd_t *pgd_offset_k(unsigned long va)
{
	return &swapper_pg_dir[pgd_index(va)];
}
static inline pud_t *pud_offset(pgd_t *pgd, unsigned long va)
{
	(void)va; /* folded: the pgd entry is the pud entry */
	return (pud_t *)pgd;
}
static inline pmd_t *pmd_offset(pud_t *pud, unsigned long va)
{
	return (pmd_t *)__va(pud->pgd.pgd & PTE_PFN_MASK) + pmd_index(va);
}
static inline pte_t *pte_offset_kernel(pmd_t *pmd, unsigned long va)
{
	return (pte_t *)__va(pmd->pmd & PTE_PFN_MASK) + pte_index(va);
}

/* Write an entry's halves so that no walker sees a present entry with half a frame number:
 * the upper half first when it becomes present, the lower half first when it goes. */
static inline void set_pte(pte_t *p, pte_t e)
{
	u32 *half = (u32 *)p;

	WRITE_ONCE(half[0], 0);
	barrier();
	WRITE_ONCE(half[1], (u32)(e.pte >> 32));
	barrier();
	WRITE_ONCE(half[0], (u32)e.pte);
}
/* The same where it is known to be none before, or to become none. */
static __always_inline void pte_fill(pte_t *p, pte_t e)
{
	WRITE_ONCE(((u32 *)p)[1], (u32)(e.pte >> 32));
	barrier();
	WRITE_ONCE(((u32 *)p)[0], (u32)e.pte);
}
static __always_inline void pte_clear(pte_t *p)
{
	WRITE_ONCE(((u32 *)p)[0], 0);
	barrier();
	WRITE_ONCE(((u32 *)p)[1], 0);
}
static inline void set_pmd(pmd_t *p, pmd_t e)
{
	set_pte((pte_t *)p, (pte_t){e.pmd});
}

/* Replace a present entry by another present one in one 64-bit step, so that whoever runs or stands
 * on the page goes on. Asks for a flush. */
static inline void set_pte_live(pte_t *p, pte_t e)
{
	u64 before;

	do
		before = p->pte;
	while (!__sync_bool_compare_and_swap(&p->pte, before, e.pte));
}
static inline void set_pmd_live(pmd_t *p, pmd_t e)
{
	set_pte_live((pte_t *)p, (pte_t){e.pmd});
}

/* A hidden entry keeps its frame and rights but is not present, so that showing it again is one
 * bit. Hiding asks for a flush, showing does not: the CPU remembers no entry that was absent. */
static inline bool pte_hidden(pte_t e)
{
	return e.pte && !(e.pte & _PAGE_PRESENT);
}
static __always_inline void ptep_show(pte_t *p)
{
	*(u32 *)p |= (u32)_PAGE_PRESENT;
	barrier();
}
static __always_inline void ptep_hide(pte_t *p)
{
	*(u32 *)p &= ~(u32)_PAGE_PRESENT;
	barrier();
}

/* The table entry of a kernel address: NULL when there is no table, or a 2 MiB page instead.
 * Context: any; the tables must not be freed meanwhile. */
static inline pte_t *lookup_kernel_pte(unsigned long va)
{
	pgd_t *pgd = pgd_offset_k(va);
	pmd_t *pmd;

	if (!pgd_present(*pgd))
		return NULL;
	pmd = pmd_offset(pud_offset(pgd, va), va);
	if (!pmd_present(*pmd) || pmd_large(*pmd))
		return NULL;
	return pte_offset_kernel(pmd, va);
}

/* The directory entry of a kernel address. Context: any; its directory exists from boot on. */
static inline pmd_t *kernel_pmd(unsigned long va)
{
	return pmd_offset(pud_offset(pgd_offset_k(va), va), va);
}
