/* SPDX-License-Identifier: MIT */
/* cpu_worker.h - work that another CPU does in a thread: where an IPI (smp.h) is too narrow,
 * because the work sleeps, takes long or is to be interrupted. */
#pragma once
#include "smp.h"

/* Let another online CPU run fn(arg) in its worker thread: interrupts on, nothing held, as long as
 * it takes; it may sleep. One piece at a time for each CPU; a CPU that has not taken the last one
 * yet is waited for. Context: interrupts on.
 * Returns: 0, or -ENXIO: the CPU does not run, has no worker, or is this one. */
int work_post(unsigned int cpu, smp_call_func_t fn, void *arg);

/* A worker for every online CPU, if there is more than one. Context: boot, all CPUs started. */
void cpu_workers_init(void);
