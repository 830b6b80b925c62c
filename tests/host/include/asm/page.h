/* SPDX-License-Identifier: MIT */
/* page.h - addresses and page frame numbers, converted: as on the machine, with the arena as the
 * direct map. A kernel address is asked for low memory only; anything else stops the test. */
#pragma once
#include "asm/memlayout.h"
#include "types.h"

#define PAGE_ALIGN_DOWN(x) ((x) & ~(__typeof__(x))(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)      PAGE_ALIGN_DOWN((x) + (__typeof__(x))(PAGE_SIZE - 1))

#define PFN_DOWN(pa)  ((unsigned long)((phys_addr_t)(pa) >> PAGE_SHIFT))
#define PFN_UP(pa)    ((unsigned long)(((phys_addr_t)(pa) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)

void host_bug(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

static inline phys_addr_t __pa(const volatile void *va)
{
	return (phys_addr_t)((unsigned long)va - PAGE_OFFSET);
}

static inline void *__va(phys_addr_t pa)
{
	if (pa >= MAXMEM)
		host_bug("kernel address of 0x%llx, which is not low memory",
		         (unsigned long long)pa);
	return host_arena + pa;
}
