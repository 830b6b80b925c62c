/* SPDX-License-Identifier: MIT */
/* preempt.c - what the running code may not do now. Owns: each CPU's preempt count. */
#include "preempt.h"

DEFINE_PER_CPU(unsigned int, __preempt_count);
DEFINE_PER_CPU(unsigned long, preempt_site);

enum system_states system_state;

const char *atomic_context(unsigned long *site)
{
	*site = in_atomic() ? this_cpu_read(preempt_site) : 0;
	if (system_state == SYSTEM_BOOTING)
		return NULL;
	if (in_interrupt())
		return "interrupt";
	if (in_atomic())
		return "preempt_off";
	return irqs_disabled() ? "irqs_off" : NULL;
}
