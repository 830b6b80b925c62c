/* SPDX-License-Identifier: MIT */
/* debug_pagealloc.h - free pages without a kernel address: debug_pagealloc=on. Whoever touches a
 * low page after it was freed faults at that instruction, and the oops says who freed it. */
#pragma once
#include "types.h"

enum { STALE_BLOCKS = 64 };

/* Map the direct map by 4 KiB pages and take every free page out of it, from now on at each free.
 * vmalloc keeps nothing then. Costs a page table for each 2 MiB and a TLB flush for each free, of
 * this CPU; of the others once for every STALE_BLOCKS blocks, until when they may reach these.
 * Returns: 0 or -ENOMEM, nothing is changed then. Context: may sleep. */
int debug_pagealloc_enable(void);

/* The opposite: everything is mapped again, 2 MiB pages are joined again. */
void debug_pagealloc_disable(void);

bool debug_pagealloc_enabled(void);

/* The fault explainer. Context: boot, once. */
void debug_pagealloc_init(void);
