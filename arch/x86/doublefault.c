/* SPDX-License-Identifier: MIT */
/* doublefault.c - a stack that ran into its guard page, named.
 *
 * The push that hits the guard page faults; the CPU cannot push that fault's frame either, so it
 * raises a double fault, and vector 8 switches to a task with a stack of its own. The broken
 * context lies in the main TSS and CR2 still holds the address in the guard page.
 * Owns: nothing. */
#include "asm/desc.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "asm/stack.h"
#include "asm/uaccess.h"
#include "bug.h"
#include "catch.h"
#include "report.h"
#include "stacktrace.h"

void doublefault_main(void);

/* Frames on the chain from bp: how deep the recursion went. */
static unsigned int count_frames(unsigned long bp)
{
	unsigned long next;
	unsigned int n = 0;

	while (!(bp & 3) && probe_kernel_word((void *)bp, &next)) {
		n++;
		if (next <= bp)
			break;
		bp = next;
	}
	return n;
}

static void report_overflow(const struct tss_struct *tss, unsigned long address)
{
	const struct kernel_stack *s = stack_find(address);

	if (!s) {
		report(REPORT_exception, address, tss->ip, "none",
		       "trap=double_fault addr=0x%08lx sp=0x%08x", address, tss->sp);
		return;
	}
	report(REPORT_stack_overflow, s->guard, tss->ip, "none",
	       "stack=%s addr=0x%08lx guard=0x%08lx-0x%08lx size=%lu depth=%lu frames=%u sp=0x%08x",
	       s->name, address, s->guard, s->bottom - 1, s->top - s->bottom, s->top - tss->sp,
	       count_frames(tss->bp), tss->sp);
}

/* Make the main task go on where catch_run() waits. */
static void resume_catcher(struct tss_struct *tss, struct caught *caught, unsigned long address)
{
	const struct jmp_context *ctx = catch_context(caught);

	caught->kind = CAUGHT_STACK_OVERFLOW;
	caught->trapno = 8;
	caught->address = address;
	caught->ip = tss->ip;
	tss->bx = ctx->bx;
	tss->si = ctx->si;
	tss->di = ctx->di;
	tss->bp = ctx->bp;
	tss->sp = ctx->sp;
	tss->ip = ctx->ip;
	tss->flags = ctx->flags;
	tss->ax = 1; /* what arch_setjmp returns */
}

/* Runs as the double-fault task, interrupts off, on its own stack. */
void doublefault_main(void)
{
	struct tss_struct *tss = cpu_tss(raw_smp_processor_id());
	unsigned long address = read_cr2();
	struct caught *caught = catch_active(CAUGHT_STACK_OVERFLOW);

	report_overflow(tss, address);
	show_stack(tss->ip, tss->bp);
	if (!caught)
		panic("double fault");
	resume_catcher(tss, caught, address);
}
