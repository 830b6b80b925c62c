/* SPDX-License-Identifier: MIT */
/* on_cpus.h - the same function on all CPUs at once, for tests. */
#pragma once
#include "cpu_worker.h"

/* Run fn(arg) on every online CPU at the same time, in its worker thread (on this one right here),
 * interrupts on; all begin together. A fault or panic in fn fails the case and ends fn alone.
 * Returns when all are done. */
void run_on_all_cpus(void (*fn)(void *arg), void *arg);

/* Run fn(arg) on another CPU, in its worker thread, without waiting; wait for it. One at a time. */
void start_on_cpu(unsigned int cpu, void (*fn)(void *arg), void *arg);
void wait_for_started(void);

/* Some CPU but this one that runs; NR_CPUS: there is none. */
unsigned int another_cpu(void);

#define SKIP_UNLESS_SMP() SKIP_UNLESS(num_online_cpus() > 1, "one CPU")
