/* SPDX-License-Identifier: MIT */
/* smp.h - calls to other CPUs, as on the machine: a CPU is played by setting host_cpu, and a call
 * is made at once. Those of nr_cpu_ids count as running. */
#pragma once
#include "cpumask.h"
#include "types.h"

typedef void (*smp_call_func_t)(void *arg);

int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *arg, bool wait);
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn, void *arg, bool wait);
void on_each_cpu(smp_call_func_t fn, void *arg, bool wait);
void stop_machine(smp_call_func_t fn, void *arg);
