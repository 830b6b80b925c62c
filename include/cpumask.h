/* SPDX-License-Identifier: MIT */
/* cpumask.h - sets of CPUs, one bit each: which there may be, which run.
 *
 * A CPU is possible when the firmware lists it and it has its per-CPU area; it is online from the
 * moment that it answers interrupts. CPU 0 is the one that booted. Possible CPUs are 0 ..
 * nr_cpu_ids-1; one that did not start leaves a hole among the online ones. */
#pragma once
#include <asm/percpu.h>
#include "lib/bitops.h"
#include "types.h"

typedef struct cpumask {
	unsigned long bits; /* atomic */
} cpumask_t;

_Static_assert(NR_CPUS <= BITS_PER_LONG, "a mask is one word");

extern struct cpumask __cpu_online_mask, __cpu_possible_mask;
#define cpu_online_mask   ((const struct cpumask *)&__cpu_online_mask)
#define cpu_possible_mask ((const struct cpumask *)&__cpu_possible_mask)

/* Possible CPUs are 0 .. nr_cpu_ids-1. */
extern unsigned int nr_cpu_ids;

static inline bool cpumask_test_cpu(unsigned int cpu, const struct cpumask *mask)
{
	return cpu < NR_CPUS && __atomic_load_n(&mask->bits, __ATOMIC_ACQUIRE) >> cpu & 1;
}

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *mask)
{
	__atomic_fetch_or(&mask->bits, 1ul << cpu, __ATOMIC_SEQ_CST);
}

static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *mask)
{
	__atomic_fetch_and(&mask->bits, ~(1ul << cpu), __ATOMIC_SEQ_CST);
}

/* The lowest CPU of the set that is at least cpu; NR_CPUS: none. */
static inline unsigned int cpumask_next_from(unsigned int cpu, const struct cpumask *mask)
{
	unsigned long left = cpu < NR_CPUS ? __atomic_load_n(&mask->bits, __ATOMIC_ACQUIRE) : 0;

	left = left >> cpu % BITS_PER_LONG << cpu % BITS_PER_LONG;
	return left ? __ffs(left) : NR_CPUS;
}

#define for_each_cpu(cpu, mask)                                                                    \
	for ((cpu) = cpumask_next_from(0, mask); (cpu) < NR_CPUS;                                  \
	     (cpu) = cpumask_next_from((cpu) + 1, mask))
#define for_each_online_cpu(cpu)   for_each_cpu(cpu, cpu_online_mask)
#define for_each_possible_cpu(cpu) for_each_cpu(cpu, cpu_possible_mask)

#define cpu_online(cpu)   cpumask_test_cpu(cpu, cpu_online_mask)
#define cpu_possible(cpu) cpumask_test_cpu(cpu, cpu_possible_mask)

static inline unsigned int cpumask_weight(const struct cpumask *mask)
{
	unsigned int cpu, n = 0;

	for_each_cpu(cpu, mask) n++;
	return n;
}
#define num_online_cpus()   cpumask_weight(cpu_online_mask)
#define num_possible_cpus() cpumask_weight(cpu_possible_mask)

/* For the code that starts CPUs. */
void set_cpu_online(unsigned int cpu);
void set_cpu_possible(unsigned int cpu);
