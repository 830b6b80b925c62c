/* SPDX-License-Identifier: MIT */
/* kmap.h - the entries behind kmap as plain variables. Addresses are numbers, as on the machine,
 * and never pointers; a TLB for each CPU forgets only what it is told to (tests/host/kmap.c). */
#pragma once
#include "asm/memlayout.h"
#include "asm/page.h"
#include "asm/percpu.h"
#include "compiler.h"
#include "types.h"

enum { KMAP_SLOTS_PER_CPU = 128, LAST_PKMAP = 512 };

#define KMAP_FIRST   0xff800u
#define KMAP_WINDOWS (NR_CPUS * KMAP_SLOTS_PER_CPU)

enum {
	KMAP_NUMBER = 0xfffff,
	KMAP_DEPTH_SHIFT = 20,
	KMAP_DEPTH = 0x1f,
	KMAP_SLOW = (int)(1u << 31)
};
DECLARE_PER_CPU(u32, kmap_word);

static inline unsigned int kmap_depth(void)
{
	return raw_cpu_read(kmap_word) >> KMAP_DEPTH_SHIFT & KMAP_DEPTH;
}

extern void (*kmap_leak_hook)(unsigned int depth_before);

struct host_kmap_entry {
	unsigned long pfn;
	bool present;
};
extern struct host_kmap_entry host_windows[KMAP_WINDOWS], host_pkmap[LAST_PKMAP];

void kmap_arch_init(void);

static inline void *kmap_window_va(u32 number)
{
	return (void *)(unsigned long)((number & KMAP_NUMBER) << PAGE_SHIFT);
}

static inline u32 kmap_window_number(const void *va)
{
	return (unsigned long)va >> 32 ? 0 : (u32)((unsigned long)va >> PAGE_SHIFT);
}

/* Mapping twice, or a slot that does not exist, stops the test. */
void kmap_window_set(u32 n, phys_addr_t pa);
bool kmap_window_clear(u32 n);
bool kmap_window_mapped(u32 n);
unsigned long kmap_window_pfn(u32 n);

static inline void kmap_window_set_page(u32 n, unsigned long offset)
{
	kmap_window_set(n, PFN_PHYS(offset / 64)); /* sizeof(struct page) */
}

void kmap_window_flush(u32 n);
void kmap_flush_all_local(void);

static inline void *pkmap_va(unsigned int i)
{
	return (void *)(PKMAP_BASE + i * PAGE_SIZE);
}

static inline unsigned long pkmap_index(const void *va)
{
	return ((unsigned long)va - PKMAP_BASE) >> PAGE_SHIFT;
}

void pkmap_set(unsigned int i, phys_addr_t pa);
void pkmap_clear(unsigned int i);
bool pkmap_mapped(unsigned int i);
unsigned long pkmap_pfn(unsigned int i);
void pkmap_flush_one(unsigned int i);

static inline __attribute__((always_inline)) void store_ip(unsigned long *where)
{
	__asm__ volatile("leaq 0(%%rip), %0" : "=r"(*where));
}

/* --- for tests ---------------------------------------------------------------------------- */

/* The frame that host_cpu sees at a window's or entry's address: by its TLB, else by the entry, and
 * then the TLB remembers. Returns: the frame, or ~0ul: page fault. */
unsigned long kmap_touch(const void *va);
void kmap_host_reset(void);
