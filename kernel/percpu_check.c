/* SPDX-License-Identifier: MIT */
/* percpu_check.c - what the checking build asks before per-CPU data is used: is there such a CPU,
 * and can the running code not be moved off its own? Owns: nothing. */
#include "asm/percpu.h"
#include "preempt.h"
#include "report.h"

unsigned long checked_per_cpu_offset(unsigned int cpu)
{
	if (likely(cpu < NR_CPUS && __per_cpu_offset[cpu]))
		return __per_cpu_offset[cpu];
	report(REPORT_percpu_no_cpu, cpu, _RET_IP_, "refused", "no_cpu=%u cpus_possible=%u", cpu,
	       NR_CPUS);
	return 0; /* the pointer then leads nowhere: using it faults */
}

void check_stays_on_cpu(const char *what)
{
	if (likely(in_atomic() || irqs_disabled() || system_state == SYSTEM_BOOTING))
		return;
	report(REPORT_percpu_may_move, (unsigned long)what, _RET_IP_, "none",
	       "what=%s preempt_count=0 irqs=on", what);
}
