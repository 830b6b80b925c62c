/* SPDX-License-Identifier: MIT */
/* ptrace.h - the registers as the entry code saves them (Linux's order and names).
 * entry.asm pushes them; change both together. */
#pragma once
#include "types.h"

struct pt_regs {
	unsigned long bx, cx, dx, si, di, bp, ax;
	unsigned long ds, es, fs, gs;
	unsigned long trapno;  /* vector: 0..31 exceptions, 32.. interrupts */
	unsigned long orig_ax; /* error code, 0 when the exception has none */
	unsigned long ip, cs, flags;
	unsigned long sp, ss; /* pushed by the CPU only when it comes from ring 3 */
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->cs & 3;
}

/* The stack pointer at the moment of the exception. In ring 0 the CPU pushes no sp, so the
 * interrupted stack begins where the sp field would be. */
static inline unsigned long kernel_stack_pointer(const struct pt_regs *regs)
{
	return user_mode(regs) ? regs->sp : (unsigned long)&regs->sp;
}
