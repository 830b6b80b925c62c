/* SPDX-License-Identifier: MIT */
/* irqflags.h - the interrupt flag as a variable: the harness sees whether code leaves it off. */
#pragma once
#include "types.h"

extern bool host_irqs_off;

static inline unsigned long local_save_flags(void)
{
	return host_irqs_off;
}

static inline void local_irq_disable(void)
{
	host_irqs_off = true;
}

static inline void local_irq_enable(void)
{
	host_irqs_off = false;
}

static inline unsigned long local_irq_save(void)
{
	unsigned long flags = local_save_flags();

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	host_irqs_off = flags;
}

static inline bool irqs_disabled(void)
{
	return host_irqs_off;
}
