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
#include "compiler.h"

#define PREEMPT_OFFSET 1u
#define KMAP_OFFSET    (1u << 8)
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
	if (raw_cpu_low_is_zero(__preempt_count))
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

/* Who mapped the innermost kmap window; 0: there is none. Set by mm/kmap_local.c. */
extern unsigned long (*kmap_holder_hook)(void);

/* Why the running code may not sleep: "interrupt", "preempt_off" (a spinlock is held, or
 * preempt_disable() was called), "kmap_atomic" or "irqs_off"; NULL when it may.
 * site: set to the code that brought this about, 0 when unknown. Context: any. */
const char *atomic_context(unsigned long *site);

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
