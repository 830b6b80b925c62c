/* SPDX-License-Identifier: MIT */
/* pgtable_types.h - what a PAE page-table entry is made of.
 *
 *   va  31..30       29..21          20..12          11..0
 *       PDPT index   directory       table           offset
 *       pgd (= pud)  pmd             pte
 *       4 entries    512 entries     512 entries     4 KiB
 *                    or a 2 MiB page (PSE)
 *
 * Linux's five levels are folded: p4d and pud live inside the pgd entry. Every entry is 64 bits.
 * Source: Intel SDM vol. 3, "PAE Paging". */
#pragma once
#include "types.h"

typedef struct {
	u64 pte;
} pte_t;
typedef struct {
	u64 pmd;
} pmd_t;
typedef struct {
	u64 pgd;
} pgd_t;
typedef struct {
	pgd_t pgd;
} pud_t;

#define PTRS_PER_PGD 4
#define PTRS_PER_PMD 512
#define PTRS_PER_PTE 512

#define PGDIR_SHIFT 30
#define PMD_SHIFT   21
#define PGDIR_SIZE  (1ul << PGDIR_SHIFT)
#define PMD_SIZE    (1ul << PMD_SHIFT)
#define PMD_MASK    (~(PMD_SIZE - 1))

#define _PAGE_PRESENT  0x001ull
#define _PAGE_RW       0x002ull
#define _PAGE_USER     0x004ull
#define _PAGE_PWT      0x008ull
#define _PAGE_PCD      0x010ull
#define _PAGE_ACCESSED 0x020ull
#define _PAGE_DIRTY    0x040ull
#define _PAGE_PSE      0x080ull
#define _PAGE_GLOBAL   0x100ull
#define _PAGE_NX       (1ull << 63)

/* The third cache bit (asm/memtype.h): where a directory entry has PSE, a table entry has this; a
 * 2 MiB entry has it in a place of its own. */
#define PAGE_PAT_BIT       7
#define PAGE_PAT_LARGE_BIT 12
#define _PAGE_PAT          (1ull << PAGE_PAT_BIT)
#define _PAGE_PAT_LARGE    (1ull << PAGE_PAT_LARGE_BIT)

/* Bits 51..12 hold the frame number; those above MAXPHYADDR are reserved and fault. */
#define PTE_PFN_MASK   0x000ffffffffff000ull
#define PTE_FLAGS_MASK (~PTE_PFN_MASK)

/* Kernel mappings: global, accessed and dirty from the start so that the CPU never writes them. */
#define _KERNPG_BASE (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_GLOBAL)

typedef struct {
	u64 pgprot;
} pgprot_t;

#define __pgprot(x) ((pgprot_t){(x)})

/* Named by rights. NX is dropped by the accessors when the CPU has none. */
#define PAGE_KERNEL_RO      __pgprot(_KERNPG_BASE | _PAGE_NX)
#define PAGE_KERNEL_ROX     __pgprot(_KERNPG_BASE)
#define PAGE_KERNEL         __pgprot(_KERNPG_BASE | _PAGE_RW | _PAGE_NX)
#define PAGE_KERNEL_NOCACHE __pgprot(_KERNPG_BASE | _PAGE_RW | _PAGE_NX | _PAGE_PCD | _PAGE_PWT)
