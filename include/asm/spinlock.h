/* SPDX-License-Identifier: MIT */
/* spinlock.h - the lock's two operations for this machine: test, and set.
 *
 * Whoever comes while the lock is free has it; waiters look without writing, so that they do not
 * take the line from the holder. Tickets would be fair, but where CPUs are threads of a simulator
 * and outnumber the host's, the next in line is mostly one that does not run, and everybody waits
 * for the host's scheduler (measured: 40 times slower with 8 CPUs on 2 host cores).
 * Source: Rudolph and Segall, 1984; Linux does the same below a hypervisor. */
#pragma once
#include "compiler.h"
#include "types.h"

typedef struct {
	u8 locked;
	u8 unused;
} arch_spinlock_t;

static __always_inline void arch_spin_lock(arch_spinlock_t *lock)
{
	u8 taken;

	__asm__ volatile("1:\tmovb $1, %0\n\t"
	                 "xchgb %0, %1\n\t"
	                 "testb %0, %0\n\t"
	                 "jnz 2f\n\t"
	                 ".pushsection .text.spin_wait, \"ax\"\n"
	                 "2:\tpause\n\t"
	                 "cmpb $0, %1\n\t"
	                 "jne 2b\n\t"
	                 "jmp 1b\n\t"
	                 ".popsection"
	                 : "=&q"(taken), "+m"(lock->locked)
	                 :
	                 : "memory", "cc");
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
