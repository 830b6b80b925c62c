/* SPDX-License-Identifier: MIT */
/* irqflags.h - the interrupt flag of this CPU. */
#pragma once
#include "types.h"

#define X86_EFLAGS_IF 0x200u

static inline unsigned long local_save_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfl; popl %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void local_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Returns: the flags before, for local_irq_restore(). Nests. */
static inline unsigned long local_irq_save(void)
{
	unsigned long flags = local_save_flags();

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	__asm__ volatile("pushl %0; popfl" : : "g"(flags) : "memory", "cc");
}

static inline bool irqs_disabled(void)
{
	return !(local_save_flags() & X86_EFLAGS_IF);
}

/* Wait for an interrupt with interrupts on; sti holds them off until hlt is reached, so none is
 * missed between a test made with interrupts off and the sleep. */
static inline void safe_halt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}
