/* SPDX-License-Identifier: MIT */
/* spinlock.h - a lock for short sections that never sleep.
 *
 * A lock that an interrupt handler also takes is always taken by spin_lock_irqsave(). The checking
 * build remembers the holder and names a CPU that takes the same lock twice instead of hanging. */
#pragma once
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/spinlock.h"
#include "bug.h"

typedef struct spinlock {
	arch_spinlock_t raw;
#ifdef CONFIG_DEBUG
	unsigned int holder_cpu; /* 1 + CPU, 0 while free */
	unsigned long holder_ip; /* who took it */
#endif
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

static __always_inline void spin_debug_before(spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	if (READ_ONCE(lock->holder_cpu) == smp_processor_id() + 1)
		panic("spinlock %p taken twice by cpu %u, held since %pS", (void *)lock,
		      smp_processor_id(), (void *)lock->holder_ip);
#else
	(void)lock;
#endif
}

static __always_inline void spin_debug_taken(spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	lock->holder_cpu = smp_processor_id() + 1;
	lock->holder_ip = _RET_IP_;
#else
	(void)lock;
#endif
}

static __always_inline void spin_debug_release(spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	if (lock->holder_cpu != smp_processor_id() + 1)
		panic("spinlock %p released by cpu %u, which does not hold it", (void *)lock,
		      smp_processor_id());
	lock->holder_cpu = 0;
#else
	(void)lock;
#endif
}

/* Take the lock; interrupts as they are. Context: no handler takes this lock. */
static __always_inline void spin_lock(spinlock_t *lock)
{
	spin_debug_before(lock);
	arch_spin_lock(&lock->raw);
	spin_debug_taken(lock);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	spin_debug_release(lock);
	arch_spin_unlock(&lock->raw);
}

/* Interrupts off, then the lock. Returns: the flags for spin_unlock_irqrestore(). */
static __always_inline unsigned long spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = local_irq_save();

	spin_lock(lock);
	return flags;
}

static __always_inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return arch_spin_is_locked(&lock->raw);
}
