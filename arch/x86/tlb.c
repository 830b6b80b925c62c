/* SPDX-License-Identifier: MIT */
/* tlb.c - see asm/tlb.h. Owns: the numbers of complete flushes, the counters of flushes. */
#include "asm/tlb.h"
#include "asm/irqflags.h"
#include "asm/page.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "kernel.h"

void (*tlb_flush_others)(unsigned long start, unsigned long end, unsigned long caller);

/* Flushes of everything on every CPU are numbered when they begin; several may be under way, and
 * end in any order, or be told of long after they did. (A) atomic */
static unsigned long begun;     /* (A) the newest one's number */
static unsigned long completed; /* (A) the greatest number of one that has ended */
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

static void note_completed(unsigned long number)
{
	unsigned long newest = __atomic_load_n(&completed, __ATOMIC_RELAXED);

	while ((long)(number - newest) > 0 &&
	       !__atomic_compare_exchange_n(&completed, &newest, number, false, __ATOMIC_RELEASE,
	                                    __ATOMIC_RELAXED))
		;
}

static __always_inline void flush_all(unsigned long caller)
{
	unsigned long number = __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);

	if (tlb_flush_others)
		flush_everywhere(0, 0, caller);
	else
		local_flush_tlb_all();
	note_completed(number);
}

void flush_tlb_all(void)
{
	flush_all(_RET_IP_);
}

unsigned long tlb_generation(void)
{
	return __atomic_load_n(&begun, __ATOMIC_RELAXED);
}

unsigned long tlb_flushed_pages(void)
{
	return this_cpu_read(flushed_pages);
}

unsigned long tlb_flushed_all(void)
{
	return this_cpu_read(flushed_all);
}

/* The entries are cleared before the number is read, so a flush with a greater one sees that. */
void tlb_batch_add(struct tlb_batch *batch, unsigned long start, unsigned long end)
{
	batch->start = batch->pages ? min(batch->start, start) : start;
	batch->end = max(batch->end, end);
	batch->pages += (end - start) >> PAGE_SHIFT;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	batch->generation = tlb_generation();
}

/* How many have ended says nothing: those may all have begun too early for the last address. */
static bool flushed_since(const struct tlb_batch *batch)
{
	return (long)(__atomic_load_n(&completed, __ATOMIC_ACQUIRE) - batch->generation) > 0;
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
