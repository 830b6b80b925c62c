/* SPDX-License-Identifier: MIT */
/* policy.c - where a task may run and how soon. Owns: nothing. Locks: p->wake_lock, rq->lock. */
#include "bug.h"
#include "errno.h"
#include "sched_internal.h"
#include "cpumask.h"
#include "smp.h"

void migrate_disable(void)
{
	current->migrate_disabled++;
	barrier();
}

void migrate_enable(void)
{
	ASSERT(current->migrate_disabled);
	barrier();
	current->migrate_disabled--;
}

static bool mask_is_possible(u32 mask)
{
	unsigned int cpu;

	for_each_online_cpu (cpu)
		if (mask >> cpu & 1)
			return true;
	return false;
}

/* The caller moves by sleeping for an instant: its own wake-up chooses the CPU. */
static void move_current(void)
{
	while (!(current->cpus_allowed >> raw_smp_processor_id() & 1)) {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(1);
	}
}

int set_cpus_allowed(struct task_struct *p, u32 mask)
{
	unsigned long flags;

	if (!mask_is_possible(mask))
		return -EINVAL;
	flags = local_irq_save();
	arch_spin_lock(&p->wake_lock);
	p->cpus_allowed = mask;
	arch_spin_unlock(&p->wake_lock);
	local_irq_restore(flags);
	if (p == current)
		move_current();
	return 0;
}

void sched_set_prio(struct task_struct *p, unsigned int prio)
{
	unsigned long flags = local_irq_save();
	struct rq *rq;

	ASSERT(prio < NR_PRIOS && p->prio != IDLE_PRIO);
	arch_spin_lock(&p->wake_lock);
	rq = cpu_rq(p->cpu);
	arch_spin_lock(&rq->lock);
	if (p->on_rq && rq->curr != p) {
		dequeue_task(rq, p);
		p->prio = prio;
		enqueue_task(rq, p, true);
		check_preempt(rq, p);
	} else {
		p->prio = prio;
		if (rq->curr == p && rq_wants_cpu(rq))
			resched_curr(rq, p->cpu);
	}
	arch_spin_unlock(&rq->lock);
	arch_spin_unlock(&p->wake_lock);
	local_irq_restore(flags);
	cond_resched();
}
