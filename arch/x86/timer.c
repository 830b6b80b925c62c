/* SPDX-License-Identifier: MIT */
/* timer.c - the 8254 as a periodic tick. Owns: the tick. Source: Intel 8254 data sheet. */
#include "asm/devices.h"
#include "asm/io.h"
#include "asm/irq.h"
#include "hung.h"
#include "sched.h"
#include "timer.h"

enum { PIT_HZ = 1193182, PIT_CHANNEL0 = 0x40, PIT_COMMAND = 0x43, PIT_RATE_GENERATOR = 0x34 };

static void timer_interrupt(struct pt_regs *regs)
{
	(void)regs;
	jiffies = jiffies + 1;
	run_timers();
	check_hung_tasks();
	scheduler_tick();
}

void timer_init(void)
{
	u16 divisor = PIT_HZ / HZ;

	outb(PIT_COMMAND, PIT_RATE_GENERATOR);
	outb(PIT_CHANNEL0, divisor & 0xff);
	outb(PIT_CHANNEL0, divisor >> 8);
	request_irq(IRQ_TIMER, timer_interrupt);
}
