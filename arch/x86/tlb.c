/* SPDX-License-Identifier: MIT */
/* tlb.c - see asm/tlb.h. Owns: the generation, the counters of flushes. */
#include "asm/tlb.h"
#include "asm/irqflags.h"
#include "asm/page.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "kernel.h"

void (*tlb_flush_others)(unsigned long start, unsigned long end, unsigned long caller);

static unsigned long generation; /* atomic */
static DEFINE_PER_CPU(unsigned long, flushed_pages);
static DEFINE_PER_CPU(unsigned long, flushed_all);

void local_flush_tlb_all(void)
{
	flush_tlb_all_local();
	this_cpu_inc(flushed_all);
}

void local_flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	unsigned long pages = (PAGE_ALIGN(end) - PAGE_ALIGN_DOWN(start)) >> PAGE_SHIFT;

	if (pages > TLB_FLUSH_CEILING) {
		local_flush_tlb_all();
		return;
	}
	this_cpu_add(flushed_pages, pages);
	for (start = PAGE_ALIGN_DOWN(start); pages--; start += PAGE_SIZE)
		flush_tlb_one(start);
}

/* Interrupts off, so that "this CPU" and "the others" are all of them: a thread that moved in
 * between would leave out the CPU that it came to. */
static noinline void flush_everywhere(unsigned long start, unsigned long end, unsigned long caller)
{
	unsigned long flags = local_irq_save();

	if (end)
		local_flush_tlb_kernel_range(start, end);
	else
		local_flush_tlb_all();
	tlb_flush_others(start, end, caller);
	local_irq_restore(flags);
}

static __always_inline void flush_range(unsigned long start, unsigned long end,
                                        unsigned long caller)
{
	if (tlb_flush_others)
		flush_everywhere(start, end, caller);
	else
		local_flush_tlb_kernel_range(start, end);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	flush_range(start, end, _RET_IP_);
}

void flush_tlb_page(unsigned long va)
{
	flush_range(va, va + 1, _RET_IP_);
}

static __always_inline void flush_all(unsigned long caller)
{
	if (tlb_flush_others)
		flush_everywhere(0, 0, caller);
	else
		local_flush_tlb_all();
	__atomic_fetch_add(&generation, 1, __ATOMIC_RELEASE);
}

void flush_tlb_all(void)
{
	flush_all(_RET_IP_);
}

unsigned long tlb_generation(void)
{
	return __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
}

unsigned long tlb_flushed_pages(void)
{
	return this_cpu_read(flushed_pages);
}

unsigned long tlb_flushed_all(void)
{
	return this_cpu_read(flushed_all);
}

void tlb_batch_add(struct tlb_batch *batch, unsigned long start, unsigned long end)
{
	batch->start = batch->pages ? min(batch->start, start) : start;
	batch->end = max(batch->end, end);
	batch->pages += (end - start) >> PAGE_SHIFT;
	batch->generation = tlb_generation();
}

/* A flush that was under way when the last address was added may have been too early for it: only
 * one that also began afterwards is sure, so two must have ended. */
static bool flushed_since(const struct tlb_batch *batch)
{
	return tlb_generation() - batch->generation >= 2;
}

void tlb_batch_flush(struct tlb_batch *batch)
{
	if (batch->pages && !flushed_since(batch)) {
		if (batch->end - batch->start <= TLB_FLUSH_CEILING * PAGE_SIZE)
			flush_range(batch->start, batch->end, _RET_IP_);
		else
			flush_all(_RET_IP_);
	}
	tlb_batch_init(batch);
}
