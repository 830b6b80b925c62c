/* SPDX-License-Identifier: MIT */
/* preempt.h - may this CPU be taken away from the running code, and may that code sleep?
 *
 * __preempt_count counts what stands against it: in the lower half spinlocks held and
 * preempt_disable() calls, in the upper half interrupt handlers. preempt_site names the code that
 * raised the count from zero, so that a report can say who holds the lock.
 * Source: Love, Linux Kernel Development, ch. 10; names as in Linux. */
#pragma once
#include <asm/irqflags.h>
#include <asm/percpu.h>
#include "compiler.h"

#define PREEMPT_OFFSET 1u
#define HARDIRQ_OFFSET (1u << 16)

DECLARE_PER_CPU(unsigned int, __preempt_count);
DECLARE_PER_CPU(unsigned long, preempt_site);

/* While booting nothing else can run, so that everything may "sleep". */
enum system_states { SYSTEM_BOOTING, SYSTEM_RUNNING };
extern enum system_states system_state;

#define preempt_count() this_cpu_read(__preempt_count)
#define in_interrupt()  (preempt_count() >= HARDIRQ_OFFSET)
#define in_atomic()     (preempt_count() != 0)

static __always_inline void preempt_count_add(unsigned int n, unsigned long site)
{
	if (!preempt_count())
		this_cpu_write(preempt_site, site);
	this_cpu_add(__preempt_count, n);
}

static __always_inline void preempt_count_sub(unsigned int n)
{
	this_cpu_add(__preempt_count, -n);
}

/* Stay on this CPU, undisturbed by other threads, until preempt_enable(). They nest. */
#define preempt_disable()                                                                          \
	do {                                                                                       \
		preempt_count_add(PREEMPT_OFFSET, _THIS_IP_);                                      \
		barrier();                                                                         \
	} while (0)
#define preempt_enable()                                                                           \
	do {                                                                                       \
		barrier();                                                                         \
		preempt_count_sub(PREEMPT_OFFSET);                                                 \
	} while (0)

/* Why the running code may not sleep: "interrupt", "preempt_off" (a spinlock is held, or
 * preempt_disable() was called) or "irqs_off"; NULL when it may.
 * site: set to the code that brought this about, 0 when unknown. Context: any. */
const char *atomic_context(unsigned long *site);
