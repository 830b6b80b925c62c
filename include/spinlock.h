/* SPDX-License-Identifier: MIT */
/* spinlock.h - a lock for short sections that never sleep.
 *
 * spinlock_t counts in preempt.h, so that a request to sleep while it is held names the holder.
 * raw_spinlock_t does not: it is for the innermost locks (zone->lock, the log), which are taken
 * with interrupts off and held for some ten instructions.
 * A lock that an interrupt handler also takes is always taken by spin_lock_irqsave(). The checking
 * build remembers the holder and names a CPU that takes the same lock twice instead of hanging. */
#pragma once
#include <asm/irqflags.h>
#include <asm/percpu.h>
#include <asm/spinlock.h>
#include "bug.h"
#include "preempt.h"

typedef struct raw_spinlock {
	arch_spinlock_t arch;
#ifdef CONFIG_DEBUG
	unsigned int holder_cpu; /* 1 + CPU, 0 while free */
	unsigned long holder_ip; /* who took it */
#endif
} raw_spinlock_t;

typedef struct spinlock {
	raw_spinlock_t rlock;
} spinlock_t;

#define SPIN_LOCK_INIT ((spinlock_t){.rlock = {.arch = {0, 0}}})
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name = {.arch = {0, 0}}
#define DEFINE_SPINLOCK(name)     spinlock_t name = {.rlock = {.arch = {0, 0}}}

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	*lock = (raw_spinlock_t){.arch = {0, 0}};
}

static inline void spin_lock_init(spinlock_t *lock)
{
	raw_spin_lock_init(&lock->rlock);
}

static __always_inline void spin_debug_before(raw_spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	if (READ_ONCE(lock->holder_cpu) == raw_smp_processor_id() + 1)
		panic("spinlock %p taken twice by cpu %u, held since %pS", (void *)lock,
		      raw_smp_processor_id(), (void *)lock->holder_ip);
#else
	(void)lock;
#endif
}

static __always_inline void spin_debug_taken(raw_spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	lock->holder_cpu = raw_smp_processor_id() + 1;
	lock->holder_ip = _THIS_IP_;
#else
	(void)lock;
#endif
}

static __always_inline void spin_debug_release(raw_spinlock_t *lock)
{
#ifdef CONFIG_DEBUG
	if (lock->holder_cpu != raw_smp_processor_id() + 1)
		panic("spinlock %p released by cpu %u, which does not hold it", (void *)lock,
		      raw_smp_processor_id());
	lock->holder_cpu = 0;
#else
	(void)lock;
#endif
}

/* Take the lock; interrupts as they are. Context: no handler takes this lock. */
static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	spin_debug_before(lock);
	arch_spin_lock(&lock->arch);
	spin_debug_taken(lock);
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	spin_debug_release(lock);
	arch_spin_unlock(&lock->arch);
}

/* Interrupts off, then the lock. Returns: the flags for raw_spin_unlock_irqrestore(). */
static __always_inline unsigned long raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags = local_irq_save();

	raw_spin_lock(lock);
	return flags;
}

static __always_inline void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	raw_spin_unlock(lock);
	local_irq_restore(flags);
}

static inline bool raw_spin_is_locked(const raw_spinlock_t *lock)
{
	return arch_spin_is_locked(&lock->arch);
}

/* The same for locks that count. */
static __always_inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	raw_spin_lock(&lock->rlock);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	raw_spin_unlock(&lock->rlock);
	preempt_enable();
}

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
	return raw_spin_is_locked(&lock->rlock);
}
