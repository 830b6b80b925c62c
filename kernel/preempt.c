/* SPDX-License-Identifier: MIT */
/* preempt.c - what the running code may not do now, and what may not be done to it. Owns: each
 * CPU's preempt count and its depth of calls that may not be left half way (unwind.h). */
#include "preempt.h"
#include "unwind.h"

DEFINE_PER_CPU(unsigned int, __preempt_count);
DEFINE_PER_CPU(unsigned long, preempt_site);
DEFINE_PER_CPU(unsigned int, unwind_disabled);
DEFINE_PER_CPU(unsigned int, unwind_due);

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
