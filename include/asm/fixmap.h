/* SPDX-License-Identifier: MIT */
/* fixmap.h - virtual addresses known at compile time, mapped to whatever frame is wanted.
 *
 * Slot 0 is the page below FIXADDR_TOP and slots grow downwards, so that a slot's address is a
 * constant expression. The page tables behind the slots are static: mapping never allocates. */
#pragma once
#include "asm/memlayout.h"
#include "asm/percpu.h"
#include "asm/pgtable_types.h"
#include "types.h"

/* Windows that boot code uses for firmware tables before the direct map is complete. */
enum { EARLY_WINDOWS = 4, EARLY_WINDOW_PAGES = 128 };

enum fixed_addresses {
	FIX_CLEAR_PAGE_BEGIN, /* one per CPU: clear or fill a page that has no direct mapping */
	FIX_CLEAR_PAGE_END = FIX_CLEAR_PAGE_BEGIN + NR_CPUS - 1,
	FIX_APIC, /* registers of the local APICs: each CPU sees its own there */
	FIX_TEST, /* for tests of the fixmap itself; nothing is mapped below it */
	FIX_EARLY_END = 496,
	FIX_EARLY_BEGIN = FIX_EARLY_END + EARLY_WINDOWS * EARLY_WINDOW_PAGES - 1,
	/* kmap windows, each CPU's in a row from FIXADDR_START up: asm/kmap.h */
	KMAP_SLOTS_PER_CPU = 128,
	FIX_KMAP_END = (FIXADDR_TOP - PAGE_SIZE - FIXADDR_START) / PAGE_SIZE,
	FIX_KMAP_BEGIN = FIX_KMAP_END - NR_CPUS * KMAP_SLOTS_PER_CPU + 1,
	__end_of_fixed_addresses
};

_Static_assert((int)FIX_KMAP_BEGIN > (int)FIX_EARLY_BEGIN, "the early windows end below");

enum { FIXMAP_TABLES = (FIXADDR_TOP + PAGE_SIZE - FIXADDR_START) / PMD_SIZE };
extern pte_t fixmap_pte[FIXMAP_TABLES * PTRS_PER_PTE];

static inline unsigned long fix_to_virt(unsigned int idx)
{
	return FIXADDR_TOP - PAGE_SIZE - ((unsigned long)idx << PAGE_SHIFT);
}
static inline unsigned int virt_to_fix(unsigned long va)
{
	return (unsigned int)((FIXADDR_TOP - PAGE_SIZE - (va & PAGE_MASK)) >> PAGE_SHIFT);
}

/* Map slot idx to the frame at pa (page aligned) and flush this CPU's old translation.
 * Context: any; the caller owns the slot. */
void set_fixmap(unsigned int idx, phys_addr_t pa, pgprot_t prot);

/* Unmap slot idx and flush it. */
void clear_fixmap(unsigned int idx);

/* Point the fixmap's page tables into the kernel's page directory. Context: boot, once. */
void fixmap_init(void);

/* Map size bytes at pa for reading and writing while booting, any alignment.
 * size:    1 .. about 500 KiB; at most EARLY_WINDOWS mappings at a time, undone in any order.
 * Returns: the address of byte pa, or NULL: too large, no window free, beyond 64 GiB or
 * beyond what the CPU can address. */
void *early_memremap(phys_addr_t pa, size_t size);
void early_memunmap(void *va);
