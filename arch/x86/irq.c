/* SPDX-License-Identifier: MIT */
/* irq.c - interrupt lines through the two 8259A controllers.
 * Owns: the controllers' masks, the handler of each line. Source: Intel 8259A data sheet. */
#include "asm/irq.h"
#include "asm/apic.h"
#include "asm/io.h"
#include "asm/irqflags.h"
#include "asm/kmap.h"
#include "errno.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "preempt.h"

enum { PIC1 = 0x20, PIC2 = 0xa0, PIC_EOI = 0x20, PIC_READ_ISR = 0x0b };

static void (*handlers[NR_IRQS])(struct pt_regs *regs);
static unsigned long counts[NR_IRQS];
static unsigned long spurious;
DEFINE_PER_CPU(unsigned long, irq_stack_top);
static u16 mask = 0xffff;

static void write_mask(void)
{
	outb(PIC1 + 1, (u8)mask);
	outb(PIC2 + 1, (u8)(mask >> 8));
}

/* The four initialisation words: edge triggered, vectors, cascade on line 2, 8086 mode. */
static void init_controller(u16 port, u8 vector, u8 cascade)
{
	outb(port, 0x11);
	outb(port + 1, vector);
	outb(port + 1, cascade);
	outb(port + 1, 0x01);
}

void irq_init(void)
{
	init_controller(PIC1, FIRST_IRQ_VECTOR, 1 << IRQ_CASCADE);
	init_controller(PIC2, FIRST_IRQ_VECTOR + 8, IRQ_CASCADE);
	write_mask();
}

int request_irq(unsigned int irq, void (*handler)(struct pt_regs *regs))
{
	unsigned long flags;

	if (irq >= NR_IRQS)
		return -EINVAL;
	if (handlers[irq])
		return -EBUSY;
	flags = local_irq_save();
	handlers[irq] = handler;
	mask &= (u16)~BIT(irq);
	if (irq >= 8)
		mask &= (u16)~BIT(IRQ_CASCADE);
	write_mask();
	local_irq_restore(flags);
	return 0;
}

void free_irq(unsigned int irq)
{
	unsigned long flags = local_irq_save();

	mask |= (u16)BIT(irq);
	write_mask();
	handlers[irq] = NULL;
	local_irq_restore(flags);
}

u16 irq_mask_lines(void)
{
	unsigned long flags = local_irq_save();
	u16 before = mask;

	mask = 0xffff;
	write_mask();
	apic_timer_mask(true);
	local_irq_restore(flags);
	return before;
}

void irq_unmask_lines(u16 masked_before)
{
	unsigned long flags = local_irq_save();

	mask = masked_before;
	write_mask();
	apic_timer_mask(false);
	local_irq_restore(flags);
}

/* Lines 7 and 15 also stand for "it went away": then the in-service bit is clear. */
static bool is_spurious(unsigned int irq)
{
	u16 port = irq < 8 ? PIC1 : PIC2;

	if ((irq & 7) != 7)
		return false;
	outb(port, PIC_READ_ISR);
	return !(inb(port) & 0x80);
}

static void end_of_interrupt(unsigned int irq)
{
	if (irq >= 8)
		outb(PIC2, PIC_EOI);
	outb(PIC1, PIC_EOI);
}

void do_irq(struct pt_regs *regs)
{
	unsigned int irq = (unsigned int)regs->trapno - FIRST_IRQ_VECTOR, windows;

	if (irq >= NR_IRQS || is_spurious(irq)) {
		spurious++;
		if (irq == 15)
			outb(PIC1, PIC_EOI); /* the first controller did see the cascade */
		return;
	}
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	windows = kmap_depth();
	counts[irq]++;
	if (handlers[irq])
		handlers[irq](regs);
	else
		spurious++;
	end_of_interrupt(irq);
	if (unlikely(kmap_depth() != windows) && kmap_leak_hook)
		kmap_leak_hook(windows);
	preempt_count_sub(HARDIRQ_OFFSET);
}

unsigned long irq_count(unsigned int irq)
{
	return irq < NR_IRQS ? counts[irq] : 0;
}

unsigned long irq_spurious(void)
{
	return spurious;
}
