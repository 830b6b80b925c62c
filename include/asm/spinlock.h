/* SPDX-License-Identifier: MIT */
/* spinlock.h - the ticket lock's two operations for this machine.
 * Source: Mellor-Crummey and Scott, 1991. Waiters get the lock in the order they came. */
#pragma once
#include "compiler.h"
#include "types.h"

typedef struct {
	u16 next;  /* the ticket that the next comer draws */
	u16 owner; /* the ticket that holds the lock; equal to next when it is free */
} __aligned(4) arch_spinlock_t;

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

/* Take the lock if it is free. Returns: whether it was. */
static __always_inline bool arch_spin_trylock(arch_spinlock_t *lock)
{
	u32 old = *(volatile u32 *)lock, next = (old & 0xffff0000) | ((old + 1) & 0xffff);

	if ((old & 0xffff) != old >> 16)
		return false;
	return __atomic_compare_exchange_n((u32 *)lock, &old, next, false, __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
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
