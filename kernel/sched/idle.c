/* SPDX-License-Identifier: MIT */
/* idle.c - what a CPU does when there is nothing to do, and how it comes to do anything.
 * Owns: the idle tasks. */
#include "asm/apic.h"
#include "asm/devices.h"
#include "asm/irqflags.h"
#include "bug.h"
#include "hung.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "sched_internal.h"
#include "timer.h"

static DEFINE_PER_CPU(struct task_struct, idle_task);

/* Interrupts off between the test and the sleep, so that no wake-up is missed; preemption off, so
 * that the way out is always this one. */
static void __noreturn idle_loop(void)
{
	preempt_disable();
	for (;;) {
		local_irq_disable();
		if (!need_resched())
			safe_halt();
		local_irq_enable();
		if (need_resched())
			schedule_preempt_disabled();
	}
}

static void init_queues(struct rq *rq)
{
	for (unsigned int prio = 0; prio < NR_PRIOS; prio++)
		INIT_LIST_HEAD(&rq->queue[prio]);
}

void sched_init_cpu(unsigned int cpu)
{
	struct task_struct *idle = per_cpu_ptr(&idle_task, cpu);
	struct rq *rq = cpu_rq(cpu);
	char name[TASK_COMM_LEN];

	snprintf(name, sizeof(name), "idle/%u", cpu);
	task_init(idle, name, NULL, NULL);
	idle->cpu = cpu;
	idle->cpus_allowed = 1u << cpu;
	idle->prio = IDLE_PRIO;
	idle->state = TASK_RUNNING;
	idle->on_rq = true;
	idle->on_cpu = true;
	init_queues(rq);
	rq->idle = rq->curr = idle;
	per_cpu(current_task, cpu) = idle;
	task_add(idle);
}

void cpu_startup_entry(void)
{
	const struct kernel_stack *stack = stack_find((unsigned long)__builtin_frame_address(0));

	ASSERT(current == this_rq()->idle);
	if (stack)
		current->stack = *stack;
	this_rq()->started = true;
	local_irq_enable();
	idle_loop();
}

/* Every CPU's timer interrupt; the boot CPU's is the one that time goes by. */
static void tick(void)
{
	if (raw_smp_processor_id() == 0) {
		run_timers();
		check_hung_tasks();
	}
	scheduler_tick();
}

/* The boot CPU is the other way round: what runs is a task like any other, and idling is new. */
void sched_init(void)
{
	task_add(&init_task); /* task 0 */
	sched_init_cpu(0);
	this_rq()->curr = &init_task;
	this_rq()->nr_running = 1;
	this_cpu_write(current_task, &init_task);
}

void sched_start(void *idle_stack)
{
	struct task_struct *idle = this_rq()->idle;

	task_set_stack(idle, idle_stack, idle_loop);
	idle->on_cpu = false;
	this_rq()->started = true;
	tick_hook = tick;
	reschedule_hook = scheduler_ipi;
}
