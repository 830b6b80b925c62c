/* SPDX-License-Identifier: MIT */
/* interrupts.c - /proc/interrupts: what has been served, by CPU. The lines of the 8259 all come to
 * the boot CPU. Owns: nothing. */
#include "asm/apic.h"
#include "asm/irq.h"
#include "asm/restart.h"
#include "console.h"
#include "cpumask.h"
#include "proc.h"

static void show_line(unsigned int irq, const char *name)
{
	unsigned int cpu;

	cprintf("%3u:", irq);
	for_each_online_cpu (cpu)
		cprintf(" %10lu", cpu ? 0 : irq_count(irq));
	cprintf("   XT-PIC  %s\n", name);
}

static void show_vector(const char *word, unsigned int vector, const char *name)
{
	unsigned int cpu;

	cprintf("%s:", word);
	for_each_online_cpu (cpu)
		cprintf(" %10lu", apic_count(vector, cpu));
	cprintf("   %s\n", name);
}

void show_interrupts(void)
{
	static const char *const names[NR_IRQS] = {[IRQ_TIMER] = "timer", [IRQ_SERIAL] = "ttyS0"};
	unsigned int cpu;

	cprintf("    ");
	for_each_online_cpu (cpu)
		cprintf("       CPU%u", cpu);
	cprintf("\n");
	for (unsigned int irq = 0; irq < NR_IRQS; irq++)
		if (names[irq])
			show_line(irq, names[irq]);
	if (apic_present()) {
		show_vector("LOC", LOCAL_TIMER_VECTOR, "Local timer interrupts");
		show_vector("RES", RESCHEDULE_VECTOR, "Rescheduling interrupts");
		show_vector("CAL", CALL_FUNCTION_VECTOR, "Function call interrupts");
		show_vector("TLB", TLB_FLUSH_VECTOR, "TLB shootdowns");
	}
	cprintf("SPU: %10lu   Spurious interrupts\n", irq_spurious());
	cprintf("RST: %10lu   Restarted sections\n", nr_restarts);
}
