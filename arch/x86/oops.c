/* SPDX-License-Identifier: MIT */
/* oops.c - a fault that nobody handles, told in full. Owns: the count of oopses.
 * Source: Intel SDM vol. 3, "Page-Fault Exceptions", "Interrupt 14". */
#include "asm/percpu.h"
#include "asm/pgwalk.h"
#include "asm/processor.h"
#include "asm/traps.h"
#include "asm/uaccess.h"
#include "bug.h"
#include "catch.h"
#include "fault.h"
#include "preempt.h"
#include "printk.h"
#include "report.h"
#include "stacktrace.h"

static unsigned int nr_oopses;

static void err_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(LOG_ERR, fmt, args);
	va_end(args);
}

static const char *access_kind(unsigned long error_code)
{
	if (error_code & X86_PF_INSTR)
		return "execute";
	return error_code & X86_PF_WRITE ? "write" : "read";
}

static const char *fault_reason(unsigned long error_code)
{
	if (error_code & X86_PF_RSVD)
		return "reserved_bit";
	return error_code & X86_PF_PROT ? "rights" : "not_present";
}

static void explain_page_fault(const struct pt_regs *regs, unsigned long address)
{
	unsigned long code = regs->orig_ax;
	const char *known = fault_explain(address);

	report(REPORT_kernel_fault, address, regs->ip, "none",
	       "addr=0x%08lx access=%s class=%s reason=%s mode=%s ip=%s%s%s", address,
	       access_kind(code), report_word(address_class(address)), fault_reason(code),
	       code & X86_PF_USER ? "user" : "kernel", report_ip(regs->ip), *known ? " " : "",
	       known);
	pr_err("#PF error code 0x%04lx: %s access by %s code, %s\n", code, access_kind(code),
	       code & X86_PF_USER ? "user" : "kernel",
	       code & X86_PF_RSVD   ? "a reserved bit is set in an entry: corrupt page table"
	       : code & X86_PF_PROT ? "the page's rights forbid it"
	                            : "no page there");
	if (address < PAGE_SIZE)
		pr_err("NULL pointer dereference, offset 0x%lx\n", address);
	pgwalk_print(address, err_printf);
}

static void explain_exception(const struct pt_regs *regs)
{
	report(REPORT_exception, regs->ip, regs->ip, "none", "trap=%s error_code=0x%lx ip=%s",
	       report_word(trap_name(regs->trapno)), regs->orig_ax, report_ip(regs->ip));
	if (regs->trapno == X86_TRAP_GP && regs->orig_ax)
		pr_err("selector 0x%04lx: index %lu, %s\n", regs->orig_ax & 0xfff8,
		       regs->orig_ax >> 3, regs->orig_ax & 2 ? "IDT" : "GDT or LDT");
}

void show_regs(const struct pt_regs *regs)
{
	pr_err("EIP: %04lx:%pS EFLAGS: %08lx CPU: %u\n", regs->cs, (void *)regs->ip, regs->flags,
	       raw_smp_processor_id());
	pr_err("EAX: %08lx EBX: %08lx ECX: %08lx EDX: %08lx\n", regs->ax, regs->bx, regs->cx,
	       regs->dx);
	pr_err("ESI: %08lx EDI: %08lx EBP: %08lx ESP: %08lx\n", regs->si, regs->di, regs->bp,
	       kernel_stack_pointer(regs));
	pr_err("DS: %04lx ES: %04lx FS: %04lx GS: %04lx\n", regs->ds, regs->es, regs->fs, regs->gs);
	pr_err("CR0: %08lx CR2: %08lx CR3: %08lx CR4: %08lx\n", read_cr0(), read_cr2(), read_cr3(),
	       read_cr4());
}

static void show_stack_words(const struct pt_regs *regs)
{
	const unsigned long *sp = (const unsigned long *)kernel_stack_pointer(regs);
	unsigned long word;

	pr_err("Stack:");
	for (int i = 0; i < 8 && probe_kernel_word(sp + i, &word); i++)
		pr_err(" %08lx", word);
	pr_err("\n");
}

static void __noreturn come_back(struct caught *caught, const struct pt_regs *regs,
                                 unsigned long address)
{
	caught->kind = CAUGHT_FAULT;
	caught->trapno = regs->trapno;
	caught->error_code = regs->orig_ax;
	caught->address = address;
	caught->ip = regs->ip;
	catch_deliver(caught);
}

void oops(struct pt_regs *regs, unsigned long address)
{
	struct caught *caught = catch_active(CAUGHT_FAULT);

	if (regs->trapno == X86_TRAP_PF)
		explain_page_fault(regs, address);
	else
		explain_exception(regs);
	pr_err("Oops: %s, error code %04lx [#%u]\n", trap_name(regs->trapno), regs->orig_ax,
	       __atomic_add_fetch(&nr_oopses, 1, __ATOMIC_RELAXED));
	show_regs(regs);
	show_stack_words(regs);
	show_stack(regs->ip, regs->bp);
	if (caught && report_mode != REPORT_PANIC)
		come_back(caught, regs, address);
	panic("unhandled %s%s", trap_name(regs->trapno), in_interrupt() ? " in an interrupt" : "");
}
