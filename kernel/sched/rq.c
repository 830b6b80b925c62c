/* SPDX-License-Identifier: MIT */
/* rq.c - the run queues as data: who waits where, and where the next one goes.
 * Owns: runqueue. Invariants (sched_check): (1) bit p of ready is set exactly when queue[p] is not
 * empty; (2) a queued task is runnable, of this CPU, on the list of its priority, and not running;
 * (3) nr_running = queued tasks, and one more while curr is not the idle task. */
#include "kernel.h"
#include "lib/bitops.h"
#include "mm/topology.h"
#include "sched_internal.h"
#include "cpumask.h"
#include "smp.h"

DEFINE_PER_CPU(struct rq, runqueue);

void enqueue_task(struct rq *rq, struct task_struct *p, bool at_tail)
{
	if (at_tail)
		list_add_tail(&p->run_list, &rq->queue[p->prio]);
	else
		list_add(&p->run_list, &rq->queue[p->prio]);
	rq->ready |= 1u << p->prio;
}

void dequeue_task(struct rq *rq, struct task_struct *p)
{
	list_del_init(&p->run_list);
	if (list_empty(&rq->queue[p->prio]))
		rq->ready &= ~(1u << p->prio);
}

struct task_struct *pick_next_task(struct rq *rq)
{
	struct task_struct *p;

	if (!rq->ready)
		return rq->idle;
	p = list_first_entry(&rq->queue[__ffs(rq->ready)], struct task_struct, run_list);
	dequeue_task(rq, p);
	return p;
}

bool rq_wants_cpu(const struct rq *rq)
{
	return rq->ready && __ffs(rq->ready) <= rq->curr->prio;
}

void resched_curr(struct rq *rq, unsigned int cpu)
{
	if (cpu == raw_smp_processor_id()) {
		set_preempt_need_resched();
		return;
	}
	WRITE_ONCE(rq->poked, true);
	smp_send_reschedule(cpu);
}

/* --- which CPU ---------------------------------------------------------------------------- */

static bool may_run_on(const struct task_struct *p, unsigned int cpu)
{
	return p->cpus_allowed >> cpu & 1 && cpu_online(cpu);
}

/* Windows of kmap_local_page() belong to one CPU, so who holds one is as good as bound. */
static bool is_bound(const struct task_struct *p)
{
	return p->migrate_disabled || p->kmap_ctrl.idx;
}

/* The last CPU if it idles: its caches know the task; else the first of those that have the least
 * to do, beginning with the last CPU. Reads other queues without their locks: a guess may be old.
 */
unsigned int select_task_rq(const struct task_struct *p)
{
	unsigned int best = p->cpu, cpu, load, least = ~0u;

	if (is_bound(p))
		return p->cpu;
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		cpu = (p->cpu + i) % NR_CPUS;
		if (!may_run_on(p, cpu))
			continue;
		load = READ_ONCE(cpu_rq(cpu)->nr_running);
		if (load < least) {
			least = load;
			best = cpu;
		}
		if (!least)
			break;
	}
	return best;
}

/* --- looking ------------------------------------------------------------------------------ */

void rq_get_stats(unsigned int cpu, struct rq_stats *stats)
{
	const struct rq *rq = cpu_rq(cpu);

	*stats = (struct rq_stats){rq->nr_running, rq->switches, rq->preemptions, rq->migrations,
	                           rq->wakeups,    rq->ticks,    rq->idle_ticks};
}

static const char *check_queue(const struct rq *rq, unsigned int cpu, unsigned int prio,
                               unsigned int *queued)
{
	const struct list_head *pos;

	if (list_empty(&rq->queue[prio]) == (rq->ready >> prio & 1))
		return "run queue's mask does not fit its lists";
	list_for_each (pos, &rq->queue[prio]) {
		const struct task_struct *p = list_entry(pos, struct task_struct, run_list);

		if (p->prio != prio || p->cpu != cpu || !p->on_rq)
			return "task is queued where it does not belong";
		if (p == rq->curr || p == rq->idle)
			return "running or idle task is queued";
		++*queued;
	}
	return NULL;
}

static const char *check_rq(const struct rq *rq, unsigned int cpu)
{
	const char *wrong = NULL;
	unsigned int queued = 0;

	for (unsigned int prio = 0; prio < NR_PRIOS && !wrong; prio++)
		wrong = check_queue(rq, cpu, prio, &queued);
	if (wrong)
		return wrong;
	if (rq->nr_running != queued + (rq->curr != rq->idle))
		return "run queue's count does not fit its lists";
	return rq->curr->cpu != cpu || !rq->curr->on_cpu ? "running task is not there" : NULL;
}

const char *sched_check(void)
{
	const char *wrong = NULL;
	unsigned int cpu;

	for_each_online_cpu (cpu) {
		struct rq *rq = cpu_rq(cpu);
		unsigned long flags;

		if (wrong || !rq->started)
			continue;
		flags = rq_lock(rq);
		wrong = check_rq(rq, cpu);
		rq_unlock(rq, flags);
	}
	return wrong;
}
