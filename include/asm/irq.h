/* SPDX-License-Identifier: MIT */
/* irq.h - interrupt lines, delivered by the pair of 8259 controllers as vectors 32..47. */
#pragma once
#include "asm/percpu.h"
#include "asm/ptrace.h"
#include "types.h"

enum { FIRST_IRQ_VECTOR = 32, NR_IRQS = 16, IRQ_TIMER = 0, IRQ_CASCADE = 2, IRQ_SERIAL = 4 };

/* How deep this CPU is in interrupt handlers. */
DECLARE_PER_CPU(unsigned int, irq_depth);
#define in_interrupt() (this_cpu_read(irq_depth) != 0)

/* Set up both controllers with every line masked. Context: boot, interrupts off. */
void irq_init(void);

/* Let handler serve the line and unmask it. The handler runs with interrupts off and must not
 * sleep. Returns: 0, or -EBUSY when the line has a handler, -EINVAL when there is no such line. */
int request_irq(unsigned int irq, void (*handler)(struct pt_regs *regs));

/* Serve the interrupt in regs->trapno: handler, then end of interrupt. */
void do_irq(struct pt_regs *regs);

/* Interrupts served so far on a line, and those that no one had asked for. */
unsigned long irq_count(unsigned int irq);
unsigned long irq_spurious(void);
