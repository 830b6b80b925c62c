/* SPDX-License-Identifier: MIT */
/* smp.h - making other CPUs do something: Linux's calls.
 *
 * A call runs on its CPU as an interrupt handler does: interrupts off, no sleeping, short. Whoever
 * waits is told when a CPU does not answer within ipi_timeout_ms: kind ipi_timeout names the CPU,
 * the call and where that CPU is; after ten times that long the machine panics. */
#pragma once
#include "cpumask.h"
#include "types.h"

typedef void (*smp_call_func_t)(void *arg);

/* Run fn(arg) on one CPU; here, when it is this one.
 * wait:    return when it is done; else when it is on its way.
 * Context: interrupts on once other CPUs run, not from an interrupt handler: otherwise two CPUs can
 *          wait for each other (reported, and done all the same). No lock held that code with
 *          interrupts off takes.
 * Returns: 0, or -ENXIO: no such CPU runs. */
int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *arg, bool wait);

/* The same on every online CPU of the set but this one, all at once. */
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn, void *arg, bool wait);

/* On every CPU but this one; on every CPU, this one included (interrupts off here too). */
void smp_call_function(smp_call_func_t fn, void *arg, bool wait);
void on_each_cpu(smp_call_func_t fn, void *arg, bool wait);

/* Run fn(arg) here while every other CPU waits with interrupts off: nothing that holds a lock with
 * interrupts off, and no half-done restartable section, is under way anywhere. fn must not wait
 * for another CPU, but may flush translations. Context: as above. */
void stop_machine(smp_call_func_t fn, void *arg);

/* Make the scheduler of another CPU look again. Context: any. */
void smp_send_reschedule(unsigned int cpu);

/* Stop every other CPU for good, whatever it does. Returns: whether there was any.
 * Context: any; for panic. */
bool smp_send_stop(void);

/* How long an answer may take. (S) */
extern unsigned int ipi_timeout_ms;

/* --- for the interrupt handlers and for what waits itself ------------------------------------ */

/* Run what others have queued for this CPU. Context: interrupts off. */
void smp_run_queued_calls(void);

/* The clock of one wait. Begin with a zeroed one. */
struct ipi_wait {
	u64 start;
	bool told;
};

/* Called over and over while waiting for cpu to do `what` (`fn`, or 0) for caller: relaxes, tells,
 * panics. Returns: true, once, when it has just been told. */
bool ipi_wait_turn(struct ipi_wait *wait, unsigned int cpu, const char *what, unsigned long fn,
                   unsigned long caller);
