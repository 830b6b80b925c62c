/* SPDX-License-Identifier: MIT */
/* page.h - addresses and page frame numbers, converted.
 *
 * Three kinds never mix: va (a pointer or unsigned long), pa (phys_addr_t), pfn (unsigned long).
 * The direct map makes va and pa of low memory differ by PAGE_OFFSET. */
#pragma once
#include "asm/memlayout.h"
#include "types.h"

#define PAGE_ALIGN_DOWN(x) ((x) & ~(__typeof__(x))(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)      PAGE_ALIGN_DOWN((x) + (__typeof__(x))(PAGE_SIZE - 1))

#define PFN_DOWN(pa)  ((unsigned long)((phys_addr_t)(pa) >> PAGE_SHIFT))
#define PFN_UP(pa)    ((unsigned long)(((phys_addr_t)(pa) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)

/* Direct map only: va must lie in [PAGE_OFFSET, LOWMEM_END_VA), pa below MAXMEM. */
static inline phys_addr_t __pa(const volatile void *va)
{
	return (phys_addr_t)((unsigned long)va - PAGE_OFFSET);
}

static inline void *__va(phys_addr_t pa)
{
	return (void *)((unsigned long)pa + PAGE_OFFSET);
}
