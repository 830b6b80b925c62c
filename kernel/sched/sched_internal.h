/* SPDX-License-Identifier: MIT */
/* sched_internal.h - a CPU's run queue: for the files of kernel/sched/ only. */
#pragma once
#include "sched.h"

/* (L) lock; taken with interrupts off, innermost of all but the console's. It is the machine's bare
 * lock: the checking ones need `current`, which changes while it is held. */
struct rq {
	arch_spinlock_t lock;
	bool poked;                       /* another CPU wants this one to look again */
	unsigned int nr_running;          /* (L) runnable tasks, the running one included */
	u32 ready;                        /* (L) bit p: queue[p] is not empty */
	struct list_head queue[NR_PRIOS]; /* (L) those that wait for the CPU */
	struct task_struct *curr, *idle;  /* (L) */
	unsigned long switches, preemptions, migrations, wakeups; /* (L) */
	unsigned long ticks, idle_ticks;                          /* (L) of the timer */
	bool started; /* (C) there is an idle task to switch to */
};

DECLARE_PER_CPU(struct rq, runqueue);
#define cpu_rq(cpu) per_cpu_ptr(&runqueue, cpu)
#define this_rq()   raw_cpu_ptr(&runqueue)

static inline unsigned long rq_lock(struct rq *rq)
{
	unsigned long flags = local_irq_save();

	arch_spin_lock(&rq->lock);
	return flags;
}

static inline void rq_unlock(struct rq *rq, unsigned long flags)
{
	arch_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

/* Queue operations, rq->lock held. */
void enqueue_task(struct rq *rq, struct task_struct *p, bool at_tail);
void dequeue_task(struct rq *rq, struct task_struct *p);
struct task_struct *pick_next_task(struct rq *rq);

/* Does anybody on the queue come before curr, or share its turn? */
bool rq_wants_cpu(const struct rq *rq);

/* Ask the CPU of rq to look again; rq->lock held. */
void resched_curr(struct rq *rq, unsigned int cpu);

/* p has come to its queue: does it preempt who runs there? rq->lock held. */
void check_preempt(struct rq *rq, const struct task_struct *p);

/* Where a task that wakes up goes. */
unsigned int select_task_rq(const struct task_struct *p);
