/* SPDX-License-Identifier: MIT */
/* smp.h - the CPUs that run. Until others are started it is the boot CPU alone. */
#pragma once
#include "types.h"

static inline bool cpu_online(unsigned int cpu)
{
	return cpu == 0;
}

static inline unsigned int num_online_cpus(void)
{
	return 1;
}

#define for_each_online_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)

/* Make another CPU call scheduler_ipi(). */
static inline void smp_send_reschedule(unsigned int cpu)
{
	(void)cpu;
}
