/* SPDX-License-Identifier: MIT */
/* spinlock.h - the ticket lock's two operations for this machine.
 * Source: Mellor-Crummey and Scott, 1991. Waiters get the lock in the order they came, and a wait
 * that cannot end is not waited for: spin_lock_stuck() names the lock. */
#pragma once
#include "asm/percpu.h"
#include "compiler.h"
#include "types.h"

typedef struct {
	u16 next;  /* the ticket that the next comer draws */
	u16 owner; /* the ticket that holds the lock; equal to next when it is free */
} arch_spinlock_t;

/* Looks at a taken lock before it counts as stuck. A lock is held for microseconds; a look takes
 * some 50 cycles (PAUSE), so that this is half a second at least. */
enum { SPIN_LOOKS = 1 << 25 };

/* Looks that are left to the wait under way on this CPU; an interrupt's wait in between only makes
 * it longer. */
DECLARE_PER_CPU(unsigned long, spin_looks_left);

/* A lock was waited for SPIN_LOOKS times: panic by name. kernel/panic.c */
void spin_lock_stuck(const arch_spinlock_t *lock) __noreturn;

static __always_inline void arch_spin_lock(arch_spinlock_t *lock)
{
	u16 ticket = 1;

	__asm__ volatile("lock xaddw %0, %1\n"
	                 "cmpw %2, %0\n\t"
	                 "jne 2f\n"
	                 "1:\t"
	                 ".pushsection .text.spin_wait, \"ax\"\n"
	                 "2:\tmovl %4, %%fs:%3\n"
	                 "3:\tpause\n\t"
	                 "cmpw %2, %0\n\t"
	                 "je 1b\n\t"
	                 "decl %%fs:%3\n\t"
	                 "jnz 3b\n\t"
	                 "leal %1, %%eax\n\t" /* does not come back */
	                 "call spin_lock_stuck\n\t"
	                 ".popsection"
	                 : "+r"(ticket), "+m"(lock->next)
	                 : "m"(lock->owner), "m"(spin_looks_left), "i"(SPIN_LOOKS)
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
