/* SPDX-License-Identifier: MIT */
/* cpumask.c - see cpumask.h. Owns: the sets of possible and online CPUs, nr_cpu_ids. */
#include "cpumask.h"
#include "bug.h"
#include "kernel.h"

struct cpumask __cpu_online_mask = {1}, __cpu_possible_mask = {1};
unsigned int nr_cpu_ids = 1;

void set_cpu_online(unsigned int cpu)
{
	ASSERT(cpu_possible(cpu));
	cpumask_set_cpu(cpu, &__cpu_online_mask);
}

void set_cpu_possible(unsigned int cpu)
{
	ASSERT(cpu < NR_CPUS);
	cpumask_set_cpu(cpu, &__cpu_possible_mask);
	nr_cpu_ids = max(nr_cpu_ids, cpu + 1);
}
