/* SPDX-License-Identifier: MIT */
/* threads.c - see threads.h. Owns: nothing. */
#include "threads.h"
#include "asm/devices.h"
#include "timer.h"

bool crew_make(struct crew *crew, unsigned int n, int (*fn)(void *), void *arg, size_t arg_size)
{
	crew->n = 0;
	while (crew->n < n) {
		struct task_struct *t =
			kthread_create(fn, (char *)arg + crew->n * arg_size, "crew/%u", crew->n);

		if (!t) {
			crew_join(crew);
			return false;
		}
		get_task_struct(t);
		crew->tasks[crew->n++] = t;
	}
	return true;
}

void crew_start(struct crew *crew)
{
	for (unsigned int i = 0; i < crew->n; i++)
		wake_up_process(crew->tasks[i]);
}

int crew_join(struct crew *crew)
{
	int sum = 0;

	for (unsigned int i = 0; i < crew->n; i++) {
		sum += kthread_join(crew->tasks[i]);
		put_task_struct(crew->tasks[i]);
	}
	crew->n = 0;
	return sum;
}

int crew_run(unsigned int n, int (*fn)(void *), void *arg, size_t arg_size)
{
	struct crew crew;

	if (!crew_make(&crew, n, fn, arg, arg_size))
		return -1;
	crew_start(&crew);
	return crew_join(&crew);
}

bool wait_until_asleep(const struct task_struct *task, unsigned int ticks)
{
	unsigned long end = jiffies + ticks;
	unsigned int tries = 0;

	while (task->state == TASK_RUNNING || task->state == TASK_NEW || task->on_cpu) {
		if (time_after(jiffies, end))
			return false;
		if (++tries < 1000)
			schedule(); /* mostly a turn of the other is enough */
		else
			schedule_timeout_uninterruptible(1);
	}
	return true;
}

bool crew_start_in_order(struct crew *crew)
{
	for (unsigned int i = 0; i < crew->n; i++) {
		wake_up_process(crew->tasks[i]);
		if (!wait_until_asleep(crew->tasks[i], 200))
			return false;
	}
	return true;
}
