/* SPDX-License-Identifier: MIT */
/* init_task.c - the first task: the code that boots. Owns: init_task, each CPU's current task.
 */
#include "sched.h"

struct task_struct init_task = {
	.state = TASK_RUNNING,
	.on_cpu = true,
	.on_rq = true,
	.cpus_allowed = ~0u,
	.prio = DEFAULT_PRIO,
	.slice = SLICE_TICKS,
	.usage = 1,
	.comm = "init",
	.run_list = LIST_HEAD_INIT(init_task.run_list),
	.all_list = LIST_HEAD_INIT(init_task.all_list),
};

DEFINE_PER_CPU(struct task_struct *, current_task) = &init_task;
