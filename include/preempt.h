/* SPDX-License-Identifier: MIT */
/* preempt.h - may this CPU be taken away from the running code, and may that code sleep?
 *
 * __preempt_count counts what stands against it: in the lowest byte spinlocks held and
 * preempt_disable() calls, in the next kmap_atomic() calls, in the upper half interrupt handlers.
 * preempt_site names the code that raised the lowest byte from zero, so that a report can say who
 * holds the lock; who called kmap_atomic() stands with its window.
 * Source: Love, Linux Kernel Development, ch. 10; names as in Linux. */
#pragma once
#include <asm/irqflags.h>
#include <asm/percpu.h>
#include <asm/preempt.h>
#include "compiler.h"

#define PREEMPT_OFFSET  1u
#define KMAP_OFFSET     (1u << 8)
#define HARDIRQ_OFFSET  (1u << 16)
#define KMAP_COUNT_MASK (HARDIRQ_OFFSET - KMAP_OFFSET) /* kmap_atomic() calls */

DECLARE_PER_CPU(unsigned int, __preempt_count);
DECLARE_PER_CPU(unsigned long, preempt_site);

/* While booting nothing else can run, so that everything may "sleep". */
enum system_states { SYSTEM_BOOTING, SYSTEM_RUNNING };
extern enum system_states system_state;

/* Somebody waits for this CPU: the count's top bit is clear (asm/preempt.h). */
#define PREEMPT_COUNT_MASK 0x7fffffffu
#define preempt_count()    (this_cpu_read(__preempt_count) & PREEMPT_COUNT_MASK)
#define in_interrupt()     (preempt_count() >= HARDIRQ_OFFSET)
#define in_atomic()        (!raw_cpu_test_zero(__preempt_count, PREEMPT_COUNT_MASK))
#define preemptible()      (!in_atomic() && !irqs_disabled())
#define need_resched()     raw_cpu_test_zero(__preempt_count, PREEMPT_NO_RESCHED)

static __always_inline void set_preempt_need_resched(void)
{
	this_cpu_and(__preempt_count, ~PREEMPT_NO_RESCHED);
}

static __always_inline void clear_preempt_need_resched(void)
{
	this_cpu_or(__preempt_count, PREEMPT_NO_RESCHED);
}

/* Put the count back to what it was: after coming back from somewhere else. Keeps the request. */
static inline void preempt_count_set(unsigned int count)
{
	this_cpu_and(__preempt_count, PREEMPT_NO_RESCHED);
	this_cpu_add(__preempt_count, count);
}

/* n: PREEMPT_OFFSET or HARDIRQ_OFFSET. The site is written after the count, when the CPU is sure to
 * be ours. */
static __always_inline void preempt_count_add(unsigned int n, unsigned long site)
{
	this_cpu_add(__preempt_count, n);
	if (likely(raw_cpu_test_zero(__preempt_count, (KMAP_OFFSET - 1) & ~n)))
		this_cpu_write(preempt_site, site);
}

static __always_inline void preempt_count_sub(unsigned int n)
{
	this_cpu_add(__preempt_count, -n);
}

/* Stay on this CPU, undisturbed by other threads, until preempt_enable(). They nest. The outermost
 * preempt_enable() lets those run who asked meanwhile. */
#define preempt_disable()                                                                          \
	do {                                                                                       \
		preempt_count_add(PREEMPT_OFFSET, _THIS_IP_);                                      \
		barrier();                                                                         \
	} while (0)
#define preempt_enable()                                                                           \
	do {                                                                                       \
		barrier();                                                                         \
		if (unlikely(raw_cpu_dec_and_test(__preempt_count)))                               \
			__preempt_schedule();                                                      \
	} while (0)
#define preempt_enable_no_resched()                                                                \
	do {                                                                                       \
		barrier();                                                                         \
		preempt_count_sub(PREEMPT_OFFSET);                                                 \
	} while (0)

/* Who mapped the innermost kmap window; 0: there is none. Set by mm/kmap_local.c. */
extern unsigned long (*kmap_holder_hook)(void);

/* Why the running code may not sleep: "interrupt", "preempt_off" (a spinlock is held, or
 * preempt_disable() was called), "kmap_atomic" or "irqs_off"; NULL when it may.
 * site: set to the code that brought this about, 0 when unknown. Context: any. */
const char *atomic_context(unsigned long *site);

/* The running code may sleep here: tell when it may not (report sleep_in_atomic). what: a word for
 * the report. */
void __might_sleep(const char *what, unsigned long caller);
#define might_sleep() __might_sleep("might_sleep", _THIS_IP_)

/* This CPU's copy of a variable, to be used until put_cpu_var(): get_cpu_var(x) += 1. */
#define get_cpu_var(var)                                                                           \
	(*({                                                                                       \
		preempt_disable();                                                                 \
		this_cpu_ptr(&(var));                                                              \
	}))
#define put_cpu_var(var)                                                                           \
	do {                                                                                       \
		(void)sizeof(var);                                                                 \
		preempt_enable();                                                                  \
	} while (0)
#define get_cpu_ptr(ptr)                                                                           \
	({                                                                                         \
		preempt_disable();                                                                 \
		this_cpu_ptr(ptr);                                                                 \
	})
#define put_cpu_ptr(ptr)                                                                           \
	do {                                                                                       \
		(void)sizeof(ptr);                                                                 \
		preempt_enable();                                                                  \
	} while (0)

/* The number of this CPU, right until put_cpu(). */
#define get_cpu()                                                                                  \
	({                                                                                         \
		preempt_disable();                                                                 \
		smp_processor_id();                                                                \
	})
#define put_cpu() preempt_enable()
