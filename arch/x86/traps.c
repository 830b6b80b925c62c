/* SPDX-License-Identifier: MIT */
/* traps.c - every vector arrives here and is handed on.
 * Owns: the hooks for single steps and NMIs. */
#include "asm/traps.h"
#include "asm/apic.h"
#include "asm/irq.h"
#include "asm/processor.h"
#include "asm/restart.h"
#include "asm/uaccess.h"
#include "kernel.h"
#include "printk.h"
#include "stacktrace.h"

void (*single_step_hook)(struct pt_regs *regs);
bool (*nmi_hook)(struct pt_regs *regs);

/* Events that are told and survived. */
static bool is_benign(struct pt_regs *regs)
{
	switch (regs->trapno) {
	case X86_TRAP_NM: /* a hardware task switch (double fault) left CR0.TS set */
		clear_task_switched();
		return true;
	case X86_TRAP_NMI:
		if (!nmi_hook || !nmi_hook(regs))
			pr_warn("NMI at %pS, no known source; going on\n", (void *)regs->ip);
		return true;
	case X86_TRAP_DB:
		if (single_step_hook) {
			single_step_hook(regs);
			return true;
		}
		__attribute__((fallthrough));
	case X86_TRAP_BP:
		pr_warn("%s trap at %pS; going on\n", trap_name(regs->trapno), (void *)regs->ip);
		return true;
	}
	return false;
}

void trap_dispatch(struct pt_regs *regs)
{
	if (regs->trapno >= FIRST_IRQ_VECTOR) {
		restart_interrupted_section(regs);
		if (regs->trapno >= FIRST_APIC_VECTOR)
			apic_interrupt(regs);
		else
			do_irq(regs);
		return;
	}
	if (fixup_exception(regs) || is_benign(regs))
		return;
	oops(regs, regs->trapno == X86_TRAP_PF ? read_cr2() : 0);
}
