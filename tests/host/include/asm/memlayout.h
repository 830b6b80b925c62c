/* SPDX-License-Identifier: MIT */
/* memlayout.h - the host's stand-in for the machine's address space.
 *
 *   host_arena            + pa   low memory, pa below MAXMEM: the direct map
 *   host_arena + MAXMEM          nothing: a kernel address of a high frame faults
 *   host_high             + pa   high frames, which only asm/page_ops.h reaches
 * Sizes are the machine's, so that zones begin at the same frames. */
#pragma once

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

extern char *host_arena;

#define PAGE_OFFSET   ((unsigned long)host_arena)
#define MAXMEM        0x38000000ul /* 896 MiB */
#define LOWMEM_END_VA (PAGE_OFFSET + MAXMEM)

/* Kernel addresses above the direct map: numbers as on the machine, never pointers (vm.h). */
#define CONFIG_PAGE_OFFSET 0xC0000000
#define VMALLOC_START      0xF8800000ul
#define VMALLOC_END        (0xFED00000ul - 2 * PAGE_SIZE)
#define PKMAP_BASE         0xFF600000ul
#define ZERO_SIZE_VA       0xff0ul

#define BOOT_MAPPED 0x1000000ul

#define PHYS_ADDR_BITS 36
#define PHYS_ADDR_SIZE (1ull << PHYS_ADDR_BITS)
