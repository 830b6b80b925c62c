/* SPDX-License-Identifier: MIT */
/* core.c - switching tasks and waking them.
 *
 * Going to sleep and being woken meet like this. The sleeper sets ->state, then tests what it waits
 * for, then calls schedule(). The waker changes what is waited for, then reads ->state. Both steps
 * are ordered, so that either the sleeper sees the change or the waker sees the state. In the
 * second case the waker finds the task (1) still on its run queue, where setting ->state to RUNNING
 * is all there is to do, or (2) off it, when it waits until the CPU has really left the task's
 * stack
 * (->on_cpu), chooses a CPU and queues it there. The run queue's lock decides between the two.
 * The lock is taken by the task that leaves and given up by the one that comes.
 * Locks: p->wake_lock, then one rq->lock; interrupts off. Source: Love, ch. 4 and 9. */
#include "asm/devices.h"
#include "asm/processor.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"
#include "report.h"
#include "sched_internal.h"
#include "cpumask.h"
#include "smp.h"
#include "unwind.h"

struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next);
struct task_struct *schedule_tail(struct task_struct *prev);
void preempt_schedule(void);
void task_start(void);

void (*task_dead_hook)(struct task_struct *p);
void (*task_exit_hook)(void);
void (*sched_out_hook)(struct task_struct *prev);
void (*sched_in_hook)(struct task_struct *next);

/* --- switching ---------------------------------------------------------------------------- */

/* Runs on next's stack: prev is off the CPU now. */
static void finish_task_switch(struct task_struct *prev)
{
	struct rq *rq = this_rq();
	bool dead = prev->state == TASK_DEAD;

	__atomic_store_n(&prev->on_cpu, false, __ATOMIC_RELEASE);
	arch_spin_unlock(&rq->lock);
	if (dead && task_dead_hook)
		task_dead_hook(prev);
}

/* The first that a new task does; interrupts and preemption come on. */
struct task_struct *schedule_tail(struct task_struct *prev)
{
	preempt_count_set(PREEMPT_OFFSET);
	finish_task_switch(prev);
	local_irq_enable();
	preempt_enable_no_resched();
	cond_resched();
	return prev;
}

/* What a report may end belongs to the task (unwind.h). */
static void switch_unwind(struct task_struct *prev, const struct task_struct *next)
{
	prev->unwind_disabled = this_cpu_read(unwind_disabled);
	prev->unwind_due = this_cpu_read(unwind_due);
	this_cpu_write(unwind_disabled, next->unwind_disabled);
	this_cpu_write(unwind_due, next->unwind_due);
}

/* rq->lock held, interrupts off; the lock is given up on next's stack. */
static void context_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	unsigned int count = preempt_count();

	ASSERT(!next->on_cpu && next->cpu == prev->cpu);
	rq->switches++;
	next->switches++;
	next->on_cpu = true;
	rq->curr = next;
	this_cpu_write(current_task, next);
	switch_unwind(prev, next);
	if (sched_out_hook)
		sched_out_hook(prev);
	prev = __switch_to(prev, next);
	if (sched_in_hook)
		sched_in_hook(current);
	finish_task_switch(prev);
	preempt_count_set(count);
}

/* Where the task that leaves goes. preempted: it did not ask to leave. */
static void put_prev_task(struct rq *rq, struct task_struct *prev, bool preempted)
{
	if (prev == rq->idle)
		return;
	if (!preempted && prev->state != TASK_RUNNING) {
		prev->on_rq = false;
		rq->nr_running--;
		return;
	}
	/* who was preempted by a better task keeps the rest of its slice, and its place */
	enqueue_task(rq, prev, !preempted || !prev->slice);
	if (!prev->slice)
		prev->slice = SLICE_TICKS;
}

static void __schedule(bool preempted)
{
	unsigned long flags = local_irq_save();
	struct rq *rq = this_rq();
	struct task_struct *prev = rq->curr, *next;

	arch_spin_lock(&rq->lock);
	clear_preempt_need_resched();
	WRITE_ONCE(rq->poked, false);
	rq->preemptions += preempted;
	put_prev_task(rq, prev, preempted);
	next = pick_next_task(rq);
	if (next != prev)
		context_switch(rq, prev, next);
	else
		arch_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

/* Sleeping where it is not allowed. It is told and then done, with the count put aside, because
 * whoever waits for something can do nothing else. */
static void check_atomic_schedule(unsigned long caller)
{
	char held[160];
	unsigned long site;

	if (likely(!in_atomic()))
		return;
	if (in_interrupt())
		panic("an interrupt handler tries to sleep at %pS", (void *)caller);
	if (!current->sleep_told) {
		atomic_context(&site);
		lockdep_format_held(held, sizeof(held));
		report(REPORT_sleep_in_atomic, (unsigned long)current, caller, "none",
		       "what=schedule context=preempt_off since=%pS%s%s", (void *)site,
		       *held ? " held=" : "", held);
	}
}

static void schedule_from(unsigned long caller)
{
	if (unlikely(!this_rq()->started))
		panic("sleeping at %pS before there are tasks", (void *)caller);
	check_atomic_schedule(caller);
	current->sleep_told = false;
	current->doomed = false; /* of an earlier sleep, which ended well after all */
	current->wait_since = jiffies;
	current->wait_site = caller;
	do {
		preempt_disable();
		__schedule(false);
		preempt_enable_no_resched();
	} while (need_resched() && !in_atomic());
}

void schedule(void)
{
	schedule_from(_RET_IP_);
}

void schedule_preempt_disabled(void)
{
	preempt_enable_no_resched();
	schedule_from(_RET_IP_);
	preempt_disable();
}

bool cond_resched(void)
{
	if (likely(!need_resched()) || !preemptible())
		return false;
	preempt_schedule();
	return true;
}

/* Until nobody wants this CPU more. */
static void preempt(void)
{
	do {
		preempt_disable();
		__schedule(true);
		preempt_enable_no_resched();
	} while (need_resched());
}

/* By preempt_schedule_thunk, with nothing held. */
void preempt_schedule(void)
{
	if (preemptible() && this_rq()->started)
		preempt();
}

void preempt_schedule_irq(void)
{
	if (this_rq()->started)
		preempt();
}

void schedule_dead(void)
{
	local_irq_disable();
	preempt_disable();
	current->state = TASK_DEAD;
	__schedule(false);
	BUG();
}

/* --- waking ------------------------------------------------------------------------------- */

void check_preempt(struct rq *rq, const struct task_struct *p)
{
	if (p->prio < rq->curr->prio)
		resched_curr(rq, p->cpu);
}

/* Case (1) above. */
static bool wake_on_queue(struct task_struct *p)
{
	struct rq *rq = cpu_rq(p->cpu);
	bool done;

	arch_spin_lock(&rq->lock);
	done = p->on_rq;
	if (done)
		p->state = TASK_RUNNING;
	arch_spin_unlock(&rq->lock);
	return done;
}

/* Case (2). */
static void queue_on(struct task_struct *p, unsigned int cpu)
{
	struct rq *rq = cpu_rq(cpu);

	arch_spin_lock(&rq->lock);
	rq->migrations += p->cpu != cpu;
	rq->wakeups++;
	p->cpu = cpu;
	p->state = TASK_RUNNING;
	p->on_rq = true;
	p->slice = SLICE_TICKS;
	rq->nr_running++;
	enqueue_task(rq, p, true);
	check_preempt(rq, p);
	arch_spin_unlock(&rq->lock);
}

bool try_to_wake_up(struct task_struct *p, unsigned int states)
{
	unsigned long flags = local_irq_save();
	bool asleep = false;

	arch_spin_lock(&p->wake_lock);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the caller's change before ->state */
	if (p->state & states) {
		asleep = true;
		if (!wake_on_queue(p)) {
			while (__atomic_load_n(&p->on_cpu, __ATOMIC_ACQUIRE))
				cpu_relax();
			queue_on(p, select_task_rq(p));
		}
	}
	arch_spin_unlock(&p->wake_lock);
	local_irq_restore(flags);
	if (asleep && preemptible() && need_resched())
		preempt_schedule();
	return asleep;
}

/* --- time --------------------------------------------------------------------------------- */

void scheduler_tick(void)
{
	struct rq *rq = this_rq();
	struct task_struct *curr;

	if (!rq->started)
		return;
	arch_spin_lock(&rq->lock);
	curr = rq->curr;
	curr->ticks++;
	rq->ticks++;
	rq->idle_ticks += curr == rq->idle;
	if (curr != rq->idle && curr->slice)
		curr->slice--;
	if (curr != rq->idle && !curr->slice) {
		if (rq_wants_cpu(rq))
			set_preempt_need_resched();
		else
			curr->slice = SLICE_TICKS;
	}
	arch_spin_unlock(&rq->lock);
}

void scheduler_ipi(void)
{
	if (READ_ONCE(this_rq()->poked))
		set_preempt_need_resched();
}
