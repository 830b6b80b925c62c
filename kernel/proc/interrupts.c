/* SPDX-License-Identifier: MIT */
/* interrupts.c - /proc/interrupts: lines that have been served. Owns: nothing. */
#include "asm/irq.h"
#include "asm/restart.h"
#include "console.h"
#include "proc.h"

void show_interrupts(void)
{
	static const char *const names[NR_IRQS] = {[IRQ_TIMER] = "timer", [IRQ_SERIAL] = "ttyS0"};

	cprintf("           CPU0\n");
	for (unsigned int irq = 0; irq < NR_IRQS; irq++)
		if (names[irq])
			cprintf("%3u: %10lu   XT-PIC  %s\n", irq, irq_count(irq), names[irq]);
	cprintf("SPU: %10lu   Spurious interrupts\n", irq_spurious());
	cprintf("RST: %10lu   Restarted sections\n", nr_restarts);
}
