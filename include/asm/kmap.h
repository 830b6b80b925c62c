/* SPDX-License-Identifier: MIT */
/* kmap.h - the page-table entries behind kmap: each CPU's windows (fixmap slots, FIX_KMAP_BEGIN..)
 * and the 512 entries of pkmap. mm/kmap_local.c and mm/kmap.c decide; this maps and flushes.
 *
 * A window has a number: its address without the lower 12 bits. Entries are not global, so that a
 * write to CR3 flushes all of them at once. */
#pragma once
#include "asm/fixmap.h"
#include "asm/page.h"
#include "asm/percpu.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "compiler.h"
#include "types.h"

#define KMAP_FIRST   ((u32)(FIXADDR_START >> PAGE_SHIFT))
#define KMAP_WINDOWS (NR_CPUS * KMAP_SLOTS_PER_CPU)

/* What this CPU has mapped, for mm/kmap_local.c (there in words) and the interrupt code. */
enum {
	KMAP_NUMBER = 0xfffff,      /* bits 0-19: the window taken last */
	KMAP_DEPTH_SHIFT = 20,      /* bits 20-24: windows in use */
	KMAP_DEPTH = 0x1f,          /* ... after the shift */
	KMAP_SLOW = (int)(1u << 31) /* no shortcuts */
};
DECLARE_PER_CPU(u32, kmap_word);

static inline unsigned int kmap_depth(void)
{
	return raw_cpu_read(kmap_word) >> KMAP_DEPTH_SHIFT & KMAP_DEPTH;
}

/* Called when an interrupt handler returns with more or fewer windows than it began with. */
extern void (*kmap_leak_hook)(unsigned int depth_before);

extern u64 kmap_prot; /* (C) rights of every entry */
extern pte_t pkmap_pte[LAST_PKMAP];

/* Point the tables into the page directory. Context: boot, once. */
void kmap_arch_init(void);

/* --- windows ------------------------------------------------------------------------------ */

/* What stands above the number in a word falls off. */
static __always_inline void *kmap_window_va(u32 number)
{
	return (void *)((unsigned long)number << PAGE_SHIFT);
}

/* The number of the window that an address would lie in; of none of ours: no window's number. */
static __always_inline u32 kmap_window_number(const void *va)
{
	return (u32)((unsigned long)va >> PAGE_SHIFT);
}

/* The upper half first: the entry is never present with half a frame number. */
static __always_inline void __kmap_entry_set(pte_t *entry, phys_addr_t pa)
{
	WRITE_ONCE(*(u32 *)((unsigned long)entry + 4), (u32)(pa >> 32) | (u32)(kmap_prot >> 32));
	barrier();
	WRITE_ONCE(*(u32 *)entry, (u32)pa | (u32)kmap_prot);
	barrier();
}

/* Make it not present, the rest stays. Returns: whether it was present. */
static __always_inline bool __kmap_entry_clear(pte_t *entry)
{
	bool was;

	__asm__ volatile("btrl $0, %0" : "+m"(*(u32 *)entry), "=@ccc"(was) : : "memory");
	return was;
}

/* The subtraction is the linker's. */
static __always_inline pte_t *kmap_window_entry(u32 n)
{
	return (pte_t *)((unsigned long)fixmap_pte - KMAP_FIRST * sizeof(pte_t)) + n;
}

/* Map window n, which is not mapped. */
static __always_inline void kmap_window_set(u32 n, phys_addr_t pa)
{
	__kmap_entry_set(kmap_window_entry(n), pa);
}

/* The same for the page whose struct page is `offset` bytes into mem_map: what the compiler makes
 * of 64-bit arithmetic in 32-bit registers is twice as long. */
static __always_inline void kmap_window_set_page(u32 n, unsigned long offset)
{
	static const u32 scale = PAGE_SIZE / 32; /* sizeof(struct page): checked in kmap_local.c */
	u32 lo, hi;

	__asm__("mull %3" : "=a"(lo), "=d"(hi) : "0"(offset), "m"(scale) : "cc");
	__asm__ volatile("movl %1, %c3 - %c4 + 4(,%0,8)\n\t"
	                 "movl %2, %c3 - %c4(,%0,8)"
	                 :
	                 : "r"(n), "r"(hi | (u32)(kmap_prot >> 32)), "r"(lo | (u32)kmap_prot),
	                   "i"(fixmap_pte), "i"(KMAP_FIRST * 8)
	                 : "memory");
}

static __always_inline bool kmap_window_clear(u32 n)
{
	return __kmap_entry_clear(kmap_window_entry(n));
}

static inline bool kmap_window_mapped(u32 n)
{
	return pte_present(*kmap_window_entry(n));
}

static inline unsigned long kmap_window_pfn(u32 n)
{
	return pte_pfn(*kmap_window_entry(n));
}

/* Drop what this CPU remembers of window n; of all windows and pkmap entries. */
static inline void kmap_window_flush(u32 n)
{
	flush_tlb_one((unsigned long)kmap_window_va(n));
}

static inline void kmap_flush_all_local(void)
{
	write_cr3(read_cr3());
}

/* --- pkmap -------------------------------------------------------------------------------- */

static __always_inline void *pkmap_va(unsigned int i)
{
	return (void *)(PKMAP_BASE + i * PAGE_SIZE);
}

/* The entry of an address; LAST_PKMAP or more: none. */
static inline unsigned long pkmap_index(const void *va)
{
	return ((unsigned long)va - PKMAP_BASE) >> PAGE_SHIFT;
}

static inline void pkmap_set(unsigned int i, phys_addr_t pa)
{
	__kmap_entry_set(&pkmap_pte[i], pa);
}

static inline void pkmap_clear(unsigned int i)
{
	__kmap_entry_clear(&pkmap_pte[i]);
}

static inline bool pkmap_mapped(unsigned int i)
{
	return pte_present(pkmap_pte[i]);
}

static inline unsigned long pkmap_pfn(unsigned int i)
{
	return pte_pfn(pkmap_pte[i]);
}

static inline void pkmap_flush_one(unsigned int i)
{
	flush_tlb_one((unsigned long)pkmap_va(i));
}

/* --- sites -------------------------------------------------------------------------------- */

/* Store the address of this very instruction. */
static __always_inline void store_ip(unsigned long *where)
{
	__asm__ volatile("movl $., %0" : "=m"(*where));
}
