/* SPDX-License-Identifier: MIT */
/* traps.c - every vector arrives here and is handed on.
 * Owns: the hooks for single steps and NMIs. */
#include "asm/traps.h"
#include "asm/apic.h"
#include "asm/irq.h"
#include "asm/processor.h"
#include "asm/restart.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "asm/uaccess.h"
#include "kernel.h"
#include "printk.h"
#include "sched.h"
#include "stacktrace.h"
#include "trace.h"

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

static void do_vector(void *arg)
{
	struct pt_regs *regs = arg;

	if (regs->trapno >= FIRST_APIC_VECTOR)
		apic_interrupt(regs);
	else
		do_irq(regs);
}

/* A handler that lets interrupts in is interrupted where it is. */
static void serve_irq(struct pt_regs *regs)
{
	unsigned long top = this_cpu_read(irq_stack_top);

	if (top && !in_interrupt())
		call_on_stack(do_vector, regs, top);
	else
		do_vector(regs);
}

/* The interrupted code may lose the CPU here if it could have lost it at this instruction: nothing
 * counted, interrupts on, and not inside code whose registers nobody would save. */
static void preempt_interrupted(const struct pt_regs *regs)
{
	if (!raw_cpu_test_zero(__preempt_count, ~0u) || !(regs->flags & X86_EFLAGS_IF))
		return;
	if (regs->ip - (unsigned long)__nopreempt_start <
	    (unsigned long)(__nopreempt_end - __nopreempt_start))
		return;
	preempt_schedule_irq();
}

static noinline void trace_page_fault(const struct pt_regs *regs)
{
	if (regs->trapno == X86_TRAP_PF)
		TRACE_EMIT(page_fault_kernel, .address = (u32)read_cr2(), .ip = (u32)regs->ip,
		           .error_code = (u32)regs->orig_ax);
}

void trap_dispatch(struct pt_regs *regs)
{
	if (regs->trapno >= FIRST_IRQ_VECTOR) {
		restart_interrupted_section(regs);
		serve_irq(regs);
		preempt_interrupted(regs);
		return;
	}
	if (trace_enabled(page_fault_kernel))
		trace_page_fault(regs);
	if (fixup_exception(regs) || is_benign(regs))
		return;
	oops(regs, regs->trapno == X86_TRAP_PF ? read_cr2() : 0);
}
