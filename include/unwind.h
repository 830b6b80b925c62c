/* SPDX-License-Identifier: MIT */
/* unwind.h - when report=oops may end the code that runs.
 *
 * A report ends its offender by leaving all calls between it and the shell command or test case at
 * once. A call that has begun to change something must not be left half way: between
 * unwind_disable() and unwind_enable() the report is told as ever, but what it is to end goes on
 * until the outermost unwind_enable(). They nest, and cost two instructions each. The two words are
 * the running task's: the scheduler changes them with it. */
#pragma once
#include <asm/percpu.h>
#include "compiler.h"
#include "types.h"

DECLARE_PER_CPU(unsigned int, unwind_disabled); /* depth */
DECLARE_PER_CPU(unsigned int, unwind_due);      /* a report waits for depth 0 */

/* End what a report wanted to end, unless the depth is not 0 yet. kernel/report.c */
void unwind_if_enabled(void);

/* Is the running call to be ended when it has finished? */
static __always_inline bool unwind_is_due(void)
{
	return unlikely(this_cpu_read(unwind_due));
}

static __always_inline void unwind_disable(void)
{
	this_cpu_inc(unwind_disabled);
}

/* For where the end of the call is not known: what is to be ended is ended at the next
 * unwind_enable(), at the latest when the command or case comes to its end. */
static __always_inline void unwind_enable_later(void)
{
	this_cpu_dec(unwind_disabled);
}

static __always_inline void unwind_enable(void)
{
	this_cpu_dec(unwind_disabled);
	if (unwind_is_due())
		unwind_if_enabled();
}
