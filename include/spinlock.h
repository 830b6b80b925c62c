/* SPDX-License-Identifier: MIT */
/* spinlock.h - a lock for short sections that never sleep.
 *
 * spinlock_t counts in preempt.h, so that a request to sleep while it is held names the holder.
 * raw_spinlock_t does not: it is for the innermost locks (zone->lock, vmalloc's), which are taken
 * with interrupts off and held for some ten instructions.
 * A lock that an interrupt handler also takes is always taken with interrupts off: by the _irqsave
 * calls, or by the _irq calls where interrupts are known to be on. The checking build (lockdep.h)
 * names a lock taken twice, given up by somebody else, or in an order that can deadlock; every
 * build panics by the lock's name when it has waited absurdly long (asm/spinlock.h). */
#pragma once
#include <asm/irqflags.h>
#include <asm/spinlock.h>
#include "bug.h"
#include "lockdep.h"
#include "preempt.h"

typedef struct raw_spinlock {
	arch_spinlock_t arch;   /* first: spin_lock_stuck() */
	struct lockdep_map dep; /* its name, and what the checking build knows of it */
} raw_spinlock_t;

typedef struct spinlock {
	raw_spinlock_t rlock;
} spinlock_t;

#define DEFINE_RAW_SPINLOCK(lock) raw_spinlock_t lock = {LOCKDEP_INIT(#lock)}
#define DEFINE_SPINLOCK(lock)     spinlock_t lock = {.rlock = {LOCKDEP_INIT(#lock)}}

static inline void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name,
                                        const struct lock_key *key)
{
	lock->arch = (arch_spinlock_t){0};
	lockdep_init_map(&lock->dep, name, key);
}

/* Each place that initialises locks is a class of them for the checking build. */
#define raw_spin_lock_init(lock)                                                                   \
	do {                                                                                       \
		static const struct lock_key _key;                                                 \
		__raw_spin_lock_init(lock, #lock, &_key);                                          \
	} while (0)
#define spin_lock_init(lock)                                                                       \
	do {                                                                                       \
		static const struct lock_key _key;                                                 \
		__raw_spin_lock_init(&(lock)->rlock, #lock, &_key);                                \
	} while (0)

/* Take the lock; interrupts as they are. Context: no handler takes this lock. */
static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	lock_acquire(&lock->dep, LOCK_SPIN, _THIS_SITE_);
	arch_spin_lock(&lock->arch);
	lock_taken(&lock->dep, _THIS_SITE_);
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	if (lock_release(&lock->dep, _THIS_SITE_))
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

/* The same for locks that count. An unlock of a lock that is not held does nothing (checking build:
 * reported). */
static __always_inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	raw_spin_lock(&lock->rlock);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	if (!lock_release(&lock->rlock.dep, _THIS_SITE_))
		return;
	arch_spin_unlock(&lock->rlock.arch);
	preempt_enable();
}

/* Returns: whether the lock is the caller's now. */
static __always_inline bool spin_trylock(spinlock_t *lock)
{
	preempt_disable();
	if (arch_spin_trylock(&lock->rlock.arch)) {
		lock_acquired_try(&lock->rlock.dep, LOCK_SPIN, _THIS_SITE_);
		lock_taken(&lock->rlock.dep, _THIS_SITE_);
		return true;
	}
	preempt_enable();
	return false;
}

static __always_inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

/* Preemption comes back after interrupts, so that who waits for the CPU gets it here. */
static __always_inline void spin_unlock_irq(spinlock_t *lock)
{
	if (!lock_release(&lock->rlock.dep, _THIS_SITE_))
		return;
	arch_spin_unlock(&lock->rlock.arch);
	local_irq_enable();
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
	if (!lock_release(&lock->rlock.dep, _THIS_SITE_)) {
		local_irq_restore(flags);
		return;
	}
	arch_spin_unlock(&lock->rlock.arch);
	local_irq_restore(flags);
	preempt_enable();
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return raw_spin_is_locked(&lock->rlock);
}

/* The caller must hold it: for the entry of functions that rely on that. */
#ifdef CONFIG_DEBUG
#define lockdep_assert_held(lock) ASSERT(lock_is_held(&(lock)->rlock.dep))
#else
#define lockdep_assert_held(lock) ((void)(lock))
#endif
