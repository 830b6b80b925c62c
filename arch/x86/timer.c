/* SPDX-License-Identifier: MIT */
/* timer.c - the tick, and the 8254 as its source. Owns: jiffies. Source: Intel 8254 data sheet. */
#include "asm/devices.h"
#include "asm/io.h"
#include "asm/irq.h"
#include "asm/percpu.h"

enum { PIT_HZ = 1193182, PIT_CHANNEL0 = 0x40, PIT_COMMAND = 0x43, PIT_RATE_GENERATOR = 0x34 };

volatile unsigned long jiffies;
void (*tick_hook)(void);

void timer_tick(void)
{
	if (raw_smp_processor_id() == 0)
		jiffies = jiffies + 1;
	if (tick_hook)
		tick_hook();
}

static void timer_interrupt(struct pt_regs *regs)
{
	(void)regs;
	timer_tick();
}

void timer_init(void)
{
	u16 divisor = PIT_HZ / HZ;

	outb(PIT_COMMAND, PIT_RATE_GENERATOR);
	outb(PIT_CHANNEL0, divisor & 0xff);
	outb(PIT_CHANNEL0, divisor >> 8);
	request_irq(IRQ_TIMER, timer_interrupt);
}

void timer_stop(void)
{
	free_irq(IRQ_TIMER);
}
