/* SPDX-License-Identifier: MIT */
/* hung.c - tasks that wait for a wake-up which does not come. Owns: the limit.
 * Once a second the boot CPU's timer looks at every task in TASK_UNINTERRUPTIBLE. One that has
 * slept longer than the limit is named; if it runs under catch_run() (a test case, a shell command)
 * it is marked and woken, and ends where it waits, so that one missing wake_up() does not stop the
 * rest. */
#include "hung.h"
#include "asm/devices.h"
#include "bug.h"
#include "catch.h"
#include "report.h"
#include "sched.h"
#include "timer.h"
#include "wait.h"

unsigned long hung_task_ticks = 30 * HZ;

struct hung {
	struct task_struct *task;
	unsigned long waited;
};

/* The one that has waited longest, not told of yet. */
static bool look_at(struct task_struct *p, void *arg)
{
	struct hung *worst = arg;
	unsigned long waited = jiffies - p->wait_since;

	if (p->state != TASK_UNINTERRUPTIBLE || p->on_rq || p->has_timeout || p->doomed)
		return true;
	if (waited > hung_task_ticks && waited > worst->waited)
		*worst = (struct hung){p, waited};
	return true;
}

/* A task that is not to be ended is told of again when it has waited as long again. */
static void tell(const struct hung *h)
{
	struct task_struct *p = h->task;

	report(REPORT_hung_task, (unsigned long)p, p->wait_site, "none",
	       "name=%s hung_pid=%d waited_ticks=%lu at=%pS", report_word(p->comm), p->pid,
	       h->waited, (void *)p->wait_site);
	if (p->catch) {
		p->doomed = true;
		wake_up_process(p);
	} else {
		p->wait_since = jiffies;
	}
}

void check_hung_tasks(void)
{
	struct hung worst = {NULL, 0};

	if (!hung_task_ticks || jiffies % HZ)
		return;
	for_each_task(look_at, &worst);
	if (worst.task)
		tell(&worst);
}

void end_if_doomed(void)
{
	if (!current->doomed)
		return;
	current->doomed = false;
	end_offender("waited for a wake-up that did not come");
}
