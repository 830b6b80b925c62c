/* SPDX-License-Identifier: MIT */
/* might_sleep.c - sleeping where it is not allowed, told before it happens. Owns: nothing. */
#include "lockdep.h"
#include "preempt.h"
#include "report.h"
#include "sched.h"

void __might_sleep(const char *what, unsigned long caller)
{
	const char *context;
	unsigned long site;
	char held[160];

	current->sleep_told = false;
	current->doomed = false; /* of an earlier wait, which ended well after all */
	context = atomic_context(&site);
	if (likely(!context))
		return;
	current->sleep_told = true;
	lockdep_format_held(held, sizeof(held));
	report(REPORT_sleep_in_atomic, (unsigned long)current, caller, "none",
	       "what=%s context=%s since=%pS%s%s", what, context, (void *)site,
	       *held ? " held=" : "", held);
}
