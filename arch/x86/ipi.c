/* SPDX-License-Identifier: MIT */
/* ipi.c - what a CPU does when another one interrupts it. Owns: the reschedule hook. */
#include "asm/apic.h"
#include "asm/nmi.h"
#include "asm/shootdown.h"
#include "smp.h"

void (*reschedule_hook)(void);

static void call_function(struct pt_regs *regs)
{
	(void)regs;
	smp_run_queued_calls();
}

static void reschedule(struct pt_regs *regs)
{
	(void)regs;
	if (reschedule_hook)
		reschedule_hook();
}

void ipi_init(void)
{
	apic_set_handler(CALL_FUNCTION_VECTOR, call_function);
	apic_set_handler(RESCHEDULE_VECTOR, reschedule);
	nmi_init();
	shootdown_init();
}
