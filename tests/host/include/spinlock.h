/* SPDX-License-Identifier: MIT */
/* spinlock.h - include/spinlock.h's calls over the host's asm/. (That header includes "asm/..."
 * from its own folder, so it cannot be used here.) */
#pragma once
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/spinlock.h"
#include "bug.h"

typedef struct spinlock {
	arch_spinlock_t raw;
} spinlock_t;

#define SPIN_LOCK_INIT                                                                             \
	(spinlock_t)                                                                               \
	{                                                                                          \
		.raw = { 0, 0 }                                                                    \
	}
#define DEFINE_SPINLOCK(name) spinlock_t name = {.raw = {0, 0}}

static inline void spin_lock_init(spinlock_t *lock)
{
	*lock = SPIN_LOCK_INIT;
}

static inline void spin_lock(spinlock_t *lock)
{
	arch_spin_lock(&lock->raw);
}

static inline void spin_unlock(spinlock_t *lock)
{
	arch_spin_unlock(&lock->raw);
}

static inline unsigned long spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = local_irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return arch_spin_is_locked(&lock->raw);
}
