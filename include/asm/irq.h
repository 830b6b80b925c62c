/* SPDX-License-Identifier: MIT */
/* irq.h - interrupt lines, delivered by the pair of 8259 controllers as vectors 32..47. */
#pragma once
#include "asm/percpu.h"
#include "asm/ptrace.h"
#include "types.h"

enum { FIRST_IRQ_VECTOR = 32, NR_IRQS = 16, IRQ_TIMER = 0, IRQ_CASCADE = 2, IRQ_SERIAL = 4 };

/* Each CPU serves its interrupts on a stack of its own, so that a thread's stack needs room for its
 * registers only; 0 until it has one: on the stack of whoever was interrupted. */
DECLARE_PER_CPU(unsigned long, irq_stack_top);

/* Set up both controllers with every line masked. Context: boot, interrupts off. */
void irq_init(void);

/* Let handler serve the line and unmask it. The handler runs with interrupts off and must not
 * sleep. Returns: 0, or -EBUSY when the line has a handler, -EINVAL when there is no such line. */
int request_irq(unsigned int irq, void (*handler)(struct pt_regs *regs));

/* Mask the line and forget its handler. */
void free_irq(unsigned int irq);

/* Mask every line and this CPU's timer and let them wait; irq_unmask_lines() with the value
 * returned puts them back. */
u16 irq_mask_lines(void);
void irq_unmask_lines(u16 masked_before);

/* Serve the interrupt in regs->trapno: handler, then end of interrupt. */
void do_irq(struct pt_regs *regs);

/* Interrupts served so far on a line, and those that no one had asked for. */
unsigned long irq_count(unsigned int irq);
unsigned long irq_spurious(void);
