/* SPDX-License-Identifier: MIT */
/* vm.h - kernel addresses above the direct map on the host: plain numbers, which are never pointers
 * here. A walker over the accessors takes the MMU's place, with a TLB for each CPU that forgets
 * only what it is told to: stale translations show. */
#pragma once
#include "types.h"

/* The byte at va as host_cpu sees it: by its TLB, else by the tables, and then the TLB remembers.
 * Returns: where it is, NULL: page fault. */
u8 *vm_touch(unsigned long va);

/* The same without a TLB: what the tables say now. Present entries only. */
bool vm_walk(unsigned long va, unsigned long *pfn, u64 *entry);

/* Translations that some CPU still has. NULL, or which rule one of them breaks: it reaches a frame
 * that is free (I24). */
const char *vm_tlb_check(void);

/* How many translations of [start, end) this CPU has. */
unsigned int vm_tlb_count(unsigned long start, unsigned long end);

/* Flushes reach all CPUs of the world from now on. */
void vm_use_all_cpus(void);

/* Called by machine_reset(). */
void vm_reset(void);
