/* SPDX-License-Identifier: MIT */
/* tlb.h - forgetting translations of kernel addresses.
 *
 * Kernel mappings are global, so a CR3 write does not drop them: one page goes by invlpg, all of
 * them by switching CR4.PGE off and on. Ranges of up to TLB_FLUSH_CEILING pages go page by page.
 * A flush counts for every CPU that runs. The others are reached through tlb_flush_others, which
 * whoever starts them fills in; until then this CPU is all there is.
 * Source: Intel SDM vol. 3, "Invalidation of TLBs and Paging-Structure Caches". */
#pragma once
#include "compiler.h"
#include "types.h"

enum { TLB_FLUSH_CEILING = 33 };

/* Drop this CPU's translations of the pages in [start, end), global ones too. Context: any. */
void local_flush_tlb_kernel_range(unsigned long start, unsigned long end);
void local_flush_tlb_all(void);

/* The same on every CPU: when it returns, none can reach what was mapped there. Also drops what a
 * CPU remembers about a page table that was taken out of the directory.
 * Context: interrupts on once other CPUs run, no lock that an interrupt handler takes. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
void flush_tlb_page(unsigned long va);
void flush_tlb_all(void);

/* Make the other CPUs flush [start, end), or everything when end is 0, for the code at caller.
 * NULL: there are none. */
extern void (*tlb_flush_others)(unsigned long start, unsigned long end, unsigned long caller);

/* Is this CPU the only one that could remember a translation? Then a local flush is a flush. */
static inline bool tlb_local_is_all(void)
{
	return !tlb_flush_others;
}

/* How many flushes of everything on every CPU have begun. */
unsigned long tlb_generation(void);

/* Pages flushed one by one, and flushes of everything, of this CPU. For /proc/vmstat and tests. */
unsigned long tlb_flushed_pages(void);
unsigned long tlb_flushed_all(void);

/* Unmapped addresses that wait to be flushed together. */
struct tlb_batch {
	unsigned long start, end; /* around all of them */
	unsigned long pages;      /* their sum, 0: empty */
	unsigned long generation; /* tlb_generation() when the last one was added */
};

/* Empty a batch. */
static inline void tlb_batch_init(struct tlb_batch *batch)
{
	*batch = (struct tlb_batch){0};
}

/* [start, end) was unmapped and is not flushed on every CPU. */
void tlb_batch_add(struct tlb_batch *batch, unsigned long start, unsigned long end);

/* Flush all of it at once, by pages when they are few, not at all when a flush of everything has
 * begun and ended since the last was added; the batch is empty afterwards.
 * Context: as flush_tlb_all(). */
void tlb_batch_flush(struct tlb_batch *batch);
