/* SPDX-License-Identifier: MIT */
/* memlayout.h - the kernel's virtual address space, the drawing first and the constants second.
 *
 *   0x00000000  user
 *   PAGE_OFFSET direct map of low memory: 2 MiB global pages, va = pa + PAGE_OFFSET
 *     + 1 MiB     the kernel image: .text R-X, .rodata R--, .data and .bss RW-, 4 KiB pages
 *     .. LOWMEM_END_VA     everything else in it RW-
 *   0xF8000000  8 MiB hole: a pointer that runs off the direct map faults
 *   0xF8800000  VMALLOC_START .. VMALLOC_END   vmalloc, vmap, ioremap
 *   0xFED00000  PERCPU_BASE    1 MiB that is never mapped: what &variable of a per-CPU variable
 *                              and alloc_percpu() give; used without a CPU such a pointer faults
 *   0xFEE00000  PERCPU_UNITS   1 MiB per CPU, 8 of them: static variables, then dynamic ones
 *   0xFF600000  PKMAP_BASE     512 entries, one page table: kmap()
 *   0xFF800000  FIXADDR_START  compile-time slots, asm/fixmap.h; the lowest 4 MiB are the windows
 *                              of kmap_local_page() and kmap_atomic(), 128 slots per CPU
 *   0xFFFFF000  FIXADDR_TOP    the last page stays unmapped, so that NULL - 1 faults
 *
 * PAGE_OFFSET is a build choice (make SPLIT=3G|2G|1G, named for the user's share):
 *   3G  0xC0000000  low memory up to  896 MiB
 *   2G  0x80000000  low memory up to 1920 MiB
 *   1G  0x40000000  low memory up to 2944 MiB
 * With PAE each GiB of address space is one PDPT entry, so the kernel's half is 1, 2 or 3 page
 * directories, shared by every address space. */
#pragma once

#ifndef CONFIG_PAGE_OFFSET
#define CONFIG_PAGE_OFFSET 0xC0000000
#endif

#define SPLIT_NAME                                                                                 \
	(CONFIG_PAGE_OFFSET == 0xC0000000   ? "3G/1G"                                              \
	 : CONFIG_PAGE_OFFSET == 0x80000000 ? "2G/2G"                                              \
	                                    : "1G/3G")

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define _UL_(x) x##ul
#define _UL(x)  _UL_(x)

#define PAGE_OFFSET   _UL(CONFIG_PAGE_OFFSET)
#define LOWMEM_END_VA 0xF8000000ul

/* Bytes that the direct map can hold: where ZONE_HIGHMEM begins unless highmem= moves it. */
#define MAXMEM (LOWMEM_END_VA - PAGE_OFFSET)

/* What kmalloc(0) returns: in the page that is never mapped, at an offset from NULL that hardly any
 * structure has, so that a fault there can be told from that of a NULL pointer. */
#define ZERO_SIZE_VA 0xff0ul

#define VMALLOC_START 0xF8800000ul
#define VMALLOC_END   (PERCPU_BASE - 2 * PAGE_SIZE)

/* linker.ld links the per-CPU variables at PERCPU_BASE; CPU n's copies lie (n + 1) units higher. */
#define NR_CPUS          8
#define PERCPU_BASE      0xFED00000ul
#define PERCPU_UNIT_SIZE 0x100000ul
#define PERCPU_UNITS     (PERCPU_BASE + PERCPU_UNIT_SIZE)

#define PKMAP_BASE    0xFF600000ul
#define LAST_PKMAP    512
#define FIXADDR_START 0xFF800000ul
#define FIXADDR_TOP   0xFFFFF000ul

/* The image is linked and loaded at 1 MiB; the boot page tables reach this far. */
#define KERNEL_LOAD_PA 0x100000ul
#define BOOT_MAPPED    0x1000000ul

/* PAE has 36 physical address bits for Quire: 64 GiB, 2^24 page frames. */
#define PHYS_ADDR_BITS 36
#define PHYS_ADDR_SIZE (1ull << PHYS_ADDR_BITS)

/* One boot stack; make STACK=4K builds single-page stacks. */
#ifndef CONFIG_STACK_SIZE
#define CONFIG_STACK_SIZE 8192
#endif
#define THREAD_SIZE ((unsigned long)CONFIG_STACK_SIZE)
