/* SPDX-License-Identifier: MIT */
/* spinlock.h - the lock's two operations for this machine: test, and set.
 *
 * Whoever comes while the lock is free has it; waiters look without writing, so that they do not
 * take the line from the holder. Tickets would be fair, but where CPUs are threads of a simulator
 * and outnumber the host's, the next in line is mostly one that does not run, and everybody waits
 * for the host's scheduler (measured: 40 times slower with 8 CPUs on 2 host cores).
 * A wait that cannot end is not waited for: spin_lock_stuck() names the lock.
 * Source: Rudolph and Segall, 1984; Linux does the same below a hypervisor. */
#pragma once
#include "asm/percpu.h"
#include "compiler.h"
#include "types.h"

typedef struct {
	u8 locked;
	u8 unused;
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
	u8 taken;

	__asm__ volatile("1:\tmovb $1, %0\n\t"
	                 "xchgb %0, %1\n\t"
	                 "testb %0, %0\n\t"
	                 "jnz 2f\n\t"
	                 ".pushsection .text.spin_wait, \"ax\"\n"
	                 "2:\tmovl %3, %%fs:%2\n"
	                 "3:\tpause\n\t"
	                 "cmpb $0, %1\n\t"
	                 "je 1b\n\t"
	                 "decl %%fs:%2\n\t"
	                 "jnz 3b\n\t"
	                 "leal %1, %%eax\n\t" /* does not come back */
	                 "call spin_lock_stuck\n\t"
	                 ".popsection"
	                 : "=&q"(taken), "+m"(lock->locked)
	                 : "m"(spin_looks_left), "i"(SPIN_LOOKS)
	                 : "memory", "cc");
}

/* Take the lock if it is free. Returns: whether it was. */
static __always_inline bool arch_spin_trylock(arch_spinlock_t *lock)
{
	return !READ_ONCE(lock->locked) && !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}

/* Stores are seen in order, so a plain one gives the lock back. */
static __always_inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	__asm__ volatile("movb $0, %0" : "=m"(lock->locked) : : "memory");
}

static __always_inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return READ_ONCE(lock->locked);
}
