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

/* The caller moves by sleeping for an instant: its own wake-up chooses the CPU. Returns: false: it
 * stays, because it holds a window or called migrate_disable(). */
static bool move_current(void)
{
	for (int tries = 0; !(current->cpus_allowed >> raw_smp_processor_id() & 1); tries++) {
		if (tries == 3)
			return false;
		__set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(1);
	}
	return true;
}

static u32 allow(struct task_struct *p, u32 mask)
{
	unsigned long flags = local_irq_save();
	u32 old;

	arch_spin_lock(&p->wake_lock);
	old = p->cpus_allowed;
	p->cpus_allowed = mask;
	arch_spin_unlock(&p->wake_lock);
	local_irq_restore(flags);
	return old;
}

int set_cpus_allowed(struct task_struct *p, u32 mask)
{
	u32 old;

	if (!mask_is_possible(mask))
		return -EINVAL;
	old = allow(p, mask);
	if (p != current || move_current())
		return 0;
	allow(p, old);
	return -EBUSY;
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
