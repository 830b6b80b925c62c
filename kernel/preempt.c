/* SPDX-License-Identifier: MIT */
/* preempt.c - what the running code may not do now. Owns: each CPU's preempt count. */
#include "preempt.h"
#include "lockdep.h"
#include "report.h"
#include "sched.h"

DEFINE_PER_CPU(unsigned int, __preempt_count) = PREEMPT_NO_RESCHED;
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

void __might_sleep(const char *what, unsigned long caller)
{
	const char *context;
	unsigned long site;
	char held[160];

	current->sleep_told = false;
	context = atomic_context(&site);
	if (likely(!context))
		return;
	current->sleep_told = true;
	lockdep_format_held(held, sizeof(held));
	report(REPORT_sleep_in_atomic, (unsigned long)current, caller, "none",
	       "what=%s context=%s since=%pS%s%s", what, context, (void *)site,
	       *held ? " held=" : "", held);
}
