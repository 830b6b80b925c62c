/* SPDX-License-Identifier: MIT */
/* kthread.h - kernel threads: a function with a stack of its own that is scheduled like any task.
 *
 * The stack (THREAD_SIZE, make STACK=) comes from vmalloc with an unmapped page below it, so that
 * an overflow faults and is named. A thread ends by returning from its function. */
#pragma once
#include "compiler.h"
#include "sched.h"

/* Make a thread that will run fn(data); it sleeps until wake_up_process(). fmt: its name.
 * Context: may sleep. Returns: the task, or NULL: out of memory.
 * The pointer is good until the thread has ended, or, for who calls kthread_stop() or has taken a
 * reference by get_task_struct(), until that call or put_task_struct(). */
struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *fmt, ...)
	__printf(3, 4);

/* The same, running. */
#define kthread_run(fn, data, ...)                                                                 \
	({                                                                                         \
		struct task_struct *_task = kthread_create(fn, data, __VA_ARGS__);                 \
		if (_task)                                                                         \
			wake_up_process(_task);                                                    \
		_task;                                                                             \
	})

/* Before its first wake-up: it will run on this CPU only. Returns: 0 or -EINVAL: no such CPU. */
int kthread_bind(struct task_struct *task, unsigned int cpu);

/* Ask a thread to end, wake it, wait until it has. Its function tests kthread_should_stop(), or it
 * has returned already and a reference was taken. A thread that never ran ends without running.
 * Context: may sleep; once for each thread. Returns: what its function returned, -EINTR: never
 * ran, -ENODEV (reported): not a thread. */
int kthread_stop(struct task_struct *task);

/* Wait until a thread has ended by itself; one that never ran ends without running. The caller has
 * a reference. Context: may sleep. Returns: as kthread_stop(). */
int kthread_join(struct task_struct *task);

/* In the thread: has somebody called kthread_stop()? */
bool kthread_should_stop(void);

/* Give a reference back; the last one frees the task. Context: may sleep. */
void put_task_struct(struct task_struct *p);

/* Free what threads that have ended left. The ledger calls it before it counts. Context: may sleep.
 */
void kthread_reap(void);

/* Threads that exist: running, or ended and not freed yet. */
unsigned int nr_threads(void);

/* The threads that exist now are part of the machine: nr_threads() does not count them. */
void kthread_permanent(void);

/* Stacks for interrupts and for the boot CPU's idle task, the thread that frees what others leave.
 * Context: boot, when vmalloc works. */
void kthread_init(void);

/* For `ps`; NULL when the CPU has none. */
const struct kernel_stack *irq_stack(unsigned int cpu);

/* A stack on which the CPU will serve its interrupts. Context: boot, may sleep, before that CPU
 * takes interrupts. Returns: 0 or -ENOMEM. */
int irq_stack_init(unsigned int cpu);
