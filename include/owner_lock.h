/* SPDX-License-Identifier: MIT */
/* owner_lock.h - a lock for those who tell: log, console, reports.
 *
 * A CPU that holds it passes, because a fault while printing is printed too. When a panic has
 * stopped the other CPUs everybody passes: one of them may have been holding it. It checks nothing
 * and reports nothing, as it would have to print. Taken with interrupts off. */
#pragma once
#include <asm/percpu.h>
#include <asm/processor.h>
#include "types.h"

struct owner_lock {
	unsigned int owner; /* atomic: 1 + the CPU that has it, 0: free */
};

/* Set when only one CPU is left. kernel/console.c */
extern bool owner_locks_void;

/* Context: interrupts off. Returns: whether it was taken; false: there is no need to. */
static inline bool owner_lock_take(struct owner_lock *lock)
{
	unsigned int me = raw_smp_processor_id() + 1, nobody = 0;

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == me)
		return false;
	while (!__atomic_compare_exchange_n(&lock->owner, &nobody, me, false, __ATOMIC_ACQUIRE,
	                                    __ATOMIC_RELAXED)) {
		if (owner_locks_void)
			return false;
		nobody = 0;
		cpu_relax();
	}
	return true;
}

/* taken: what owner_lock_take() returned. */
static inline void owner_lock_give(struct owner_lock *lock, bool taken)
{
	if (taken)
		__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}
