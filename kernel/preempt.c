/* SPDX-License-Identifier: MIT */
/* preempt.c - what the running code may not do now, and what may not be done to it. Owns: each
 * CPU's preempt count and its depth of calls that may not be left half way (unwind.h). */
#include "preempt.h"
#include "unwind.h"

DEFINE_PER_CPU(unsigned int, __preempt_count) = PREEMPT_NO_RESCHED;
DEFINE_PER_CPU(unsigned long, preempt_site);
DEFINE_PER_CPU(unsigned int, unwind_disabled);
DEFINE_PER_CPU(unsigned int, unwind_due);

enum system_states system_state;

unsigned long (*kmap_holder_hook)(void);

/* The low byte is what preempt_site goes by. */
static unsigned long holder(unsigned int count)
{
	unsigned long site = 0;

	if (count & (KMAP_OFFSET - 1) || !count)
		return count ? this_cpu_read(preempt_site) : 0;
	if (kmap_holder_hook)
		site = kmap_holder_hook();
	return site ? site : this_cpu_read(preempt_site);
}

const char *atomic_context(unsigned long *site)
{
	unsigned int count = preempt_count();

	*site = holder(count);
	if (system_state == SYSTEM_BOOTING)
		return NULL;
	if (in_interrupt())
		return "interrupt";
	if (count & (KMAP_OFFSET - 1))
		return "preempt_off";
	if (count)
		return "kmap_atomic";
	return irqs_disabled() ? "irqs_off" : NULL;
}
