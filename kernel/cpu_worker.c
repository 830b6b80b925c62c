/* SPDX-License-Identifier: MIT */
/* cpu_worker.c - a thread for each CPU that does what others ask for. Owns: the threads, the piece
 * of work that each may have. Locks: none: the state says whose the piece is. */
#include "cpu_worker.h"
#include "asm/processor.h"
#include "compiler.h"
#include "errno.h"
#include "kthread.h"
#include "printk.h"
#include "wait.h"

/* EMPTY -> CLAIMED by a poster, -> POSTED when the piece is written, -> EMPTY by the worker. */
enum work_state { WORK_EMPTY, WORK_CLAIMED, WORK_POSTED };

struct cpu_worker {
	struct task_struct *task; /* (C) NULL: none */
	unsigned int state;       /* atomic: enum work_state */
	smp_call_func_t fn;
	void *arg;
	wait_queue_head_t wait;
};
static DEFINE_PER_CPU(struct cpu_worker, cpu_worker);

static int __noreturn work(void *data)
{
	struct cpu_worker *worker = data;

	for (;;) {
		smp_call_func_t fn;
		void *arg;

		wait_event_idle(worker->wait,
		                __atomic_load_n(&worker->state, __ATOMIC_ACQUIRE) == WORK_POSTED);
		fn = worker->fn;
		arg = worker->arg;
		__atomic_store_n(&worker->state, WORK_EMPTY, __ATOMIC_RELEASE);
		fn(arg);
	}
}

static bool claim(struct cpu_worker *worker)
{
	unsigned int empty = WORK_EMPTY;

	return __atomic_compare_exchange_n(&worker->state, &empty, WORK_CLAIMED, false,
	                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

int work_post(unsigned int cpu, smp_call_func_t fn, void *arg)
{
	struct cpu_worker *worker;

	if (!cpu_online(cpu) || cpu == raw_smp_processor_id())
		return -ENXIO;
	worker = per_cpu_ptr(&cpu_worker, cpu);
	if (!worker->task)
		return -ENXIO;
	while (!claim(worker))
		cpu_relax();
	worker->fn = fn;
	worker->arg = arg;
	__atomic_store_n(&worker->state, WORK_POSTED, __ATOMIC_RELEASE);
	wake_up(&worker->wait);
	return 0;
}

void cpu_workers_init(void)
{
	unsigned int cpu;

	if (num_online_cpus() == 1)
		return;
	for_each_online_cpu (cpu) {
		struct cpu_worker *worker = per_cpu_ptr(&cpu_worker, cpu);
		struct task_struct *task = kthread_create(work, worker, "worker/%u", cpu);

		if (!task) {
			pr_warn("no memory for the worker of CPU %u\n", cpu);
			continue;
		}
		init_waitqueue_head(&worker->wait);
		kthread_bind(task, cpu);
		worker->task = task;
		wake_up_process(task);
	}
	kthread_permanent();
}
