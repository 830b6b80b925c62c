/* SPDX-License-Identifier: MIT */
/* threads.h - several threads for one case. */
#pragma once
#include "ktest.h"
#include "kthread.h"

enum { MAX_CREW = 64 };

/* Threads that run fn(arg + i * arg_size), started together, joined together. */
struct crew {
	struct task_struct *tasks[MAX_CREW];
	unsigned int n;
};

/* Make n threads, not running yet; prio: NR_PRIOS leaves the default. Returns: false: no memory
 * (nothing is left). */
bool crew_make(struct crew *crew, unsigned int n, int (*fn)(void *), void *arg, size_t arg_size);

/* Let them run. */
void crew_start(struct crew *crew);

/* One by one, each only when the one before sleeps: they then stand in line in the order of their
 * numbers. Returns: false: one does not sleep; it and those behind it may not have been started. */
bool crew_start_in_order(struct crew *crew);

/* Wait until each has ended. Returns: the sum of what they returned. */
int crew_join(struct crew *crew);

/* All three. Returns: the sum, -1: no memory. */
int crew_run(unsigned int n, int (*fn)(void *), void *arg, size_t arg_size);

/* Wait until the task sleeps (state is not RUNNING and it is off its CPU), at most `ticks`.
 * Returns: whether it does. */
bool wait_until_asleep(const struct task_struct *task, unsigned int ticks);
