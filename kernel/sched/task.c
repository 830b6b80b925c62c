/* SPDX-License-Identifier: MIT */
/* task.c - tasks as objects: their stacks, the list of all. Owns: the list, the next pid.
 * Locks: task_list_lock, interrupts off, alone. */
#include "asm/page.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"
#include "sched.h"
#include "spinlock.h"

enum { STACK_FILL = 0x57ac57ac };

void task_start(void);

static LIST_HEAD(tasks);
static DEFINE_RAW_SPINLOCK(task_list_lock);
static int last_pid = -1;

void stack_fill(void *stack, unsigned long size)
{
	for (u32 *p = stack; p < (u32 *)((char *)stack + size); p++)
		*p = STACK_FILL;
}

unsigned long stack_high_water(const struct kernel_stack *stack)
{
	const u32 *p = (const u32 *)stack->bottom;

	while (p < (const u32 *)stack->top && *p == STACK_FILL)
		p++;
	return stack->top - (unsigned long)p;
}

/* What __switch_to pops: edi, esi, ebx, ebp, then where it returns to. */
void task_set_stack(struct task_struct *p, void *stack, void (*fn)(void))
{
	unsigned long *sp = (unsigned long *)((char *)stack + THREAD_SIZE);

	p->stack = (struct kernel_stack){.name = p->comm,
	                                 .guard = (unsigned long)stack - PAGE_SIZE,
	                                 .bottom = (unsigned long)stack,
	                                 .top = (unsigned long)sp};
	stack_fill(stack, THREAD_SIZE);
	*--sp = 0; /* nobody called task_start: backtraces end */
	*--sp = (unsigned long)task_start;
	*--sp = 0;
	*--sp = (unsigned long)fn;
	*--sp = 0;
	*--sp = 0;
	p->sp = (unsigned long)sp;
	stack_register(&p->stack);
}

void task_init(struct task_struct *p, const char *comm, void *stack, void (*fn)(void))
{
	*p = (struct task_struct){.state = TASK_NEW,
	                          .cpu = raw_smp_processor_id(),
	                          .cpus_allowed = ~0u,
	                          .prio = DEFAULT_PRIO,
	                          .slice = SLICE_TICKS,
	                          .usage = 1};
	strscpy(p->comm, comm, sizeof(p->comm));
	INIT_LIST_HEAD(&p->run_list);
	if (stack)
		task_set_stack(p, stack, fn);
}

void task_add(struct task_struct *p)
{
	unsigned long flags = raw_spin_lock_irqsave(&task_list_lock);

	p->pid = ++last_pid;
	list_add_tail(&p->all_list, &tasks);
	raw_spin_unlock_irqrestore(&task_list_lock, flags);
}

void task_remove(struct task_struct *p)
{
	unsigned long flags = raw_spin_lock_irqsave(&task_list_lock);

	list_del(&p->all_list);
	raw_spin_unlock_irqrestore(&task_list_lock, flags);
}

void for_each_task(bool (*fn)(struct task_struct *p, void *arg), void *arg)
{
	unsigned long flags = raw_spin_lock_irqsave(&task_list_lock);
	struct task_struct *p;

	list_for_each_entry (p, &tasks, all_list)
		if (!fn(p, arg))
			break;
	raw_spin_unlock_irqrestore(&task_list_lock, flags);
}

const char *task_state_name(const struct task_struct *p)
{
	switch (p->state) {
	case TASK_RUNNING:
		return "R";
	case TASK_INTERRUPTIBLE:
		return "S";
	case TASK_UNINTERRUPTIBLE:
		return "D";
	case TASK_NEW:
		return "N";
	default:
		return "X";
	}
}
