/* SPDX-License-Identifier: MIT */
/* hung.c - tasks that wait for a wake-up which does not come. Owns: the limit.
 * Once a second, or more often if the limit is shorter, the boot CPU's timer looks at every task in
 * TASK_UNINTERRUPTIBLE. One that has slept longer than the limit is named; if it runs under
 * catch_run() (a test case, a shell command) it is marked and woken, and ends where it waits, so
 * that one missing wake_up() does not stop the rest. */
#include "hung.h"
#include "asm/devices.h"
#include "bug.h"
#include "catch.h"
#include "kernel.h"
#include "report.h"
#include "sched.h"
#include "timer.h"
#include "wait.h"

unsigned long hung_task_ticks = 30 * HZ;

static void tell(struct task_struct *p, unsigned long waited)
{
	report(REPORT_hung_task, (unsigned long)p, p->wait_site, "none",
	       "name=%s hung_pid=%d waited_ticks=%lu at=%pS", report_word(p->comm), p->pid, waited,
	       (void *)p->wait_site);
}

/* Under task_list_lock, so that the task does not go away. One that is not to be ended is told of
 * again when it has waited as long again. */
static bool look_at(struct task_struct *p, void *unused)
{
	unsigned long waited = jiffies - p->wait_since;

	(void)unused;
	if (p->state != TASK_UNINTERRUPTIBLE || p->on_rq || p->has_timeout || p->doomed ||
	    waited <= hung_task_ticks)
		return true;
	tell(p, waited);
	if (p->catch) {
		p->doomed = true;
		wake_up_process(p);
	} else {
		p->wait_since = jiffies;
	}
	return true;
}

void check_hung_tasks(void)
{
	unsigned long limit = hung_task_ticks;

	if (limit && !(jiffies % min(limit, (unsigned long)HZ)))
		for_each_task(look_at, NULL);
}

void end_if_doomed(void)
{
	if (!current->doomed)
		return;
	current->doomed = false;
	end_offender("waited for a wake-up that did not come");
}
