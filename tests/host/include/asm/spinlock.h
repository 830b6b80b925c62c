/* SPDX-License-Identifier: MIT */
/* spinlock.h - a lock for one thread: taking it twice would hang the machine, so it stops the test;
 * so does a release by who does not hold it. */
#pragma once
#include "asm/page.h"
#include "types.h"

typedef struct {
	u16 next;
	u16 owner; /* differs from next while it is held */
} arch_spinlock_t;

/* How many locks are held: nothing may be printed meanwhile. */
extern unsigned int host_locks_held;

static inline void arch_spin_lock(arch_spinlock_t *lock)
{
	if (lock->next != lock->owner)
		host_bug("spinlock %p taken twice", (void *)lock);
	lock->next++;
	host_locks_held++;
}

static inline bool arch_spin_trylock(arch_spinlock_t *lock)
{
	if (lock->next != lock->owner)
		return false;
	arch_spin_lock(lock);
	return true;
}

static inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	if (lock->next == lock->owner)
		host_bug("spinlock %p released, but it is not held", (void *)lock);
	lock->owner++;
	host_locks_held--;
}

static inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return lock->owner != lock->next;
}
