/* SPDX-License-Identifier: MIT */
/* spinlock.h - the ticket lock's two operations for this machine.
 * Source: Mellor-Crummey and Scott, 1991. Waiters get the lock in the order they came. */
#pragma once
#include "compiler.h"
#include "types.h"

typedef struct {
	u16 next;  /* the ticket that the next comer draws */
	u16 owner; /* the ticket that holds the lock; equal to next when it is free */
} arch_spinlock_t;

static __always_inline void arch_spin_lock(arch_spinlock_t *lock)
{
	u16 ticket = 1;

	__asm__ volatile("lock xaddw %0, %1\n"
	                 "1:\tcmpw %2, %0\n\t"
	                 "jne 2f\n\t"
	                 ".pushsection .text.spin_wait, \"ax\"\n"
	                 "2:\tpause\n\t"
	                 "jmp 1b\n\t"
	                 ".popsection"
	                 : "+r"(ticket), "+m"(lock->next)
	                 : "m"(lock->owner)
	                 : "memory", "cc");
}

/* Only the holder writes owner, so one plain increment gives the lock to the next. */
static __always_inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	__asm__ volatile("incw %0" : "+m"(lock->owner) : : "memory", "cc");
}

static inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return lock->owner != lock->next;
}
